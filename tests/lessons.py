"""A lesson, run as its reader would run it, with every answer that a reader might give.

Text cells may hold computed numbers. Each is followed by an invisible mark with its expression:
``289<!--= trainer.recording.losses[-1] -->``. It is evaluated in the notebook's own namespace,
after all cells and after the Python blocks of the same text, and must agree to the digits shown.
Zeros at the end of a whole number count as not shown.

An exercise is four cells: the question ``exercise-NAME``, a code cell ``answer-NAME`` in which
nothing is answered yet, ``check-NAME``, which says what is wrong, and ``solution-NAME``, whose
Python blocks are the answer.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import nbformat
from nbformat.v4 import new_code_cell

from gallery import executing

LESSONS = executing.LESSONS

NUMBER = r"(?P<number>[+−]?\d[\d,\N{NARROW NO-BREAK SPACE}]*(?:\.\d+)?(?:e[+-]?\d+)?)"
MARK = re.compile(NUMBER + r"[%*]*<!--= (?P<expression>.+?) -->")
# Where a number is code, part of a formula or of an address.
NOT_PROSE = re.compile(r"```.*?```|\$\$.*?\$\$|`[^`\n]*`|\]\([^)]*\)", re.DOTALL)
BLOCK = re.compile(r"^```python\n(.+?)^```", re.MULTILINE | re.DOTALL)

# What nbgrader's third schema asks of a cell (nbgrader/nbgraderformat/v3.json).
NBGRADER = {
    "schema_version": int,
    "grade_id": str,
    "grade": bool,
    "solution": bool,
    "locked": bool,
    "task": bool,
    "points": int,
}

# What the widgets of a lesson ask, hide and lock, by their names.
RULES = """
import json
from linreg_widget import TrainerWidget
print(json.dumps({
    name: (value.ask, value.hide, value.lock)
    for name, value in [*globals().items()]
    if isinstance(value, TrainerWidget) and not name.startswith("_")
}))
"""

# What the marks may use beside the lesson's own names.
HELPERS = """
from linreg_widget import Insight, Trainer, crop_yields

def at(update, rate=1e-6, **settings):
    trainer = Trainer(crop_yields(), learning_rate=rate, **settings)
    trainer.advance(float("inf"), update)
    return trainer

def ended(rate, table=None, **settings):
    trainer = Trainer(table or crop_yields(), learning_rate=rate, **settings)
    trainer.run()
    return trainer

def as_number(value):
    return value.item() if hasattr(value, "item") else value
"""


class Mark(NamedTuple):
    """A number as the text shows it, and how it is computed."""

    number: str
    expression: str


class Wrong(NamedTuple):
    """A wrong answer, and words that the check has for it."""

    answer: str
    words: str


class Right(NamedTuple):
    """An answer that is right, though it is written otherwise than the solution."""

    answer: str


class Rules(NamedTuple):
    """What a widget asks, hides and locks."""

    ask: Any
    hide: list[str]
    lock: list[str]


class Lesson(NamedTuple):
    """A lesson after it was run."""

    path: Path
    outputs: dict[str, list[Any]]
    """The outputs of each code cell as committed, by the cell's id."""
    rules: dict[str, Rules]
    """The rules of the lesson's widgets, by their names."""
    values: dict[Mark, float]
    """What the marks' expressions gave."""
    solved: dict[str, list[Any]]
    """The outputs of each exercise's check after the solution."""
    refused: list[tuple[str, Wrong, list[Any]]]
    """The outputs of the checks after wrong answers."""
    taken: list[tuple[str, Right, list[Any]]]
    """The outputs of the checks after right ones."""


def cells_of(lesson: Path) -> dict[str, Any]:
    """Return a lesson's cells by their ids."""
    return {cell.id: cell for cell in nbformat.read(lesson, as_version=4).cells}


def texts_of(lesson: Path) -> dict[str, str]:
    """Return a lesson's text cells by their ids."""
    cells = cells_of(lesson)
    return {name: cell.source for name, cell in cells.items() if cell.cell_type == "markdown"}


def exercises_of(lesson: Path) -> list[str]:
    """Return the names of a lesson's exercises."""
    names = [name for name in cells_of(lesson) if name.startswith("exercise-")]
    return [name.removeprefix("exercise-") for name in names]


def marks_in(text: str) -> list[Mark]:
    """Return the marked numbers of a text."""
    return [Mark(*found.group("number", "expression")) for found in MARK.finditer(text)]


def plain_numbers_in(text: str) -> list[str]:
    """Return the numbers in a text's prose that are not marked."""
    prose = NOT_PROSE.sub(" ", MARK.sub(" ", text))
    return [found["number"].rstrip(",") for found in re.finditer(rf"(?<![\w.]){NUMBER}", prose)]


def run(path: Path, answers: Mapping[str, Sequence[Wrong | Right]], kept: Path) -> Lesson:
    """Run a lesson, then the answers to its exercises, and evaluate its marks.

    Parameters
    ----------
    path : Path
    answers : mapping
        Answers by the exercise's name; they are tried before the solution.
    kept : Path
        The folder of lessons that were run in this session, for the gallery as well.
    """
    notebook = executing.opened(path)
    committed = [cell.id for cell in notebook.cells if cell.cell_type == "code"]
    checks = {cell.id: cell.source for cell in notebook.cells if cell.id.startswith("check-")}
    asked: list[list[Mark]] = []

    def add(name: str, code: str, *, may_fail: bool = False) -> None:
        tags = {"tags": ["raises-exception"]} if may_fail else {}
        notebook.cells.append(new_code_cell(code, id=name, metadata=tags))

    def ask(marks: list[Mark]) -> None:
        values = ", ".join(f"as_number({mark.expression})" for mark in marks)
        add(f"marks-{len(asked)}", f"import json; print(json.dumps([{values}]))")
        asked.append(marks)

    texts = texts_of(path)
    add("rules", RULES)
    add("helpers", HELPERS)
    ask([mark for text in texts.values() if not BLOCK.search(text) for mark in marks_in(text)])
    notebook.cells += executing.preparing()
    for name, text in texts.items():
        exercise = name.removeprefix("solution-")
        check = checks.get(f"check-{exercise}") if name != exercise else None
        for number, one in enumerate(answers.get(exercise, ()) if check else ()):
            add(f"tried-{exercise}-{number}", f"{one.answer}\n\n{check}", may_fail=True)
        for number, block in enumerate(BLOCK.findall(text)):
            add(f"{name}-{number}", block)
        if check:
            add(f"solved-{exercise}", check)
        if BLOCK.search(text):
            ask(marks_in(text))
    notebook = executing.execute_once(notebook, kept / path.name)

    outputs = {cell.id: cell.outputs for cell in notebook.cells if cell.cell_type == "code"}
    values: dict[Mark, float] = {}
    for number, marks in enumerate(asked):
        numbers = json.loads(printed(outputs[f"marks-{number}"]).splitlines()[-1])
        values.update(zip(marks, numbers, strict=True))
    tried = [
        (name, one, outputs[f"tried-{name}-{number}"])
        for name in exercises_of(path)
        for number, one in enumerate(answers.get(name, ()))
    ]
    return Lesson(
        path,
        {name: outputs[name] for name in committed},
        {name: Rules(*rules) for name, rules in json.loads(printed(outputs["rules"])).items()},
        values,
        {name: outputs[f"solved-{name}"] for name in exercises_of(path)},
        [(name, one, shown) for name, one, shown in tried if isinstance(one, Wrong)],
        [(name, one, shown) for name, one, shown in tried if isinstance(one, Right)],
    )


def printed(outputs: list[Any]) -> str:
    """Return what a cell printed."""
    return "".join(one.get("text", "") for one in outputs if one.get("name") == "stdout")


def raised(outputs: list[Any]) -> Iterator[str]:
    """Yield what a cell raised, as "AssertionError: what is wrong"."""
    for one in outputs:
        if one["output_type"] == "error":
            yield f"{one['ename']}: {one['evalue']}"


def digits_of(number: str) -> str:
    """Return a number's digits, without zeros that only say where the point is."""
    digits = re.sub(r"e.*|\D", "", number)
    return digits.lstrip("0") if "." in number else digits.strip("0")


def agrees(number: str, value: float) -> bool:
    """Whether `value`, rounded to the digits that `number` shows, is `number`."""
    shown = float(number.replace("−", "-").replace(",", ""))
    digits = digits_of(number)
    if not digits:
        return math.isclose(value, 0, abs_tol=0.5)
    return math.isclose(float(f"{value:.{len(digits) - 1}e}"), shown, rel_tol=1e-9)
