"""The lessons run from top to bottom, and what their text says about numbers is what they compute.

A number in the text that was computed is followed by an invisible mark with its expression:
``289<!--= trainer.recording.losses[-1] -->``. It is evaluated in the notebook's own namespace,
after all cells and after the Python blocks of the same text (the answers to the exercises), and
must agree to the digits shown. Zeros at the end of a whole number count as not shown.
"""

from __future__ import annotations

import json
import math
import re
import tomllib
from pathlib import Path
from typing import Any, NamedTuple

import nbformat
import pytest
from nbclient import NotebookClient
from nbformat.v4 import new_code_cell

LESSON = Path(__file__).parents[1] / "notebooks" / "01_crop_yields.ipynb"
NUMBER = r"(?P<number>[+−]?\d[\d,]*(?:\.\d+)?(?:e[+-]?\d+)?)"
MARK = re.compile(NUMBER + r"[%*]*<!--= (?P<expression>.+?) -->")
BLOCK = re.compile(r"^```python\n(.+?)^```", re.MULTILINE | re.DOTALL)

# What the marks may use beside the lesson's own names.
HELPERS = """
from linreg_widget import Insight

def at(update, rate=1e-6):
    trainer = Trainer(crop_yields(), learning_rate=rate)
    trainer.advance(float("inf"), update)
    return trainer

def as_number(value):
    return value.item() if hasattr(value, "item") else value
"""


class Mark(NamedTuple):
    """A number as the text shows it, and how it is computed."""

    number: str
    expression: str


class Lesson(NamedTuple):
    """The lesson after it was run."""

    outputs: dict[str, list[Any]]
    """The outputs of each code cell, by the cell's id."""
    values: dict[Mark, float]
    """What the marks' expressions gave."""


def texts() -> dict[str, str]:
    """Return the lesson's text cells by their ids."""
    cells = nbformat.read(LESSON, as_version=4).cells
    return {cell.id: cell.source for cell in cells if cell.cell_type == "markdown"}


def marks_in(text: str) -> list[Mark]:
    return [Mark(*found.group("number", "expression")) for found in MARK.finditer(text)]


@pytest.fixture(scope="module")
def lesson() -> Lesson:
    """Run the lesson, then the Python blocks in its text, and evaluate the marks."""
    notebook = nbformat.read(LESSON, as_version=4)
    asked: list[list[Mark]] = []

    def ask(marks: list[Mark]) -> None:
        values = ", ".join(f"as_number({mark.expression})" for mark in marks)
        code = f"import json; print(json.dumps([{values}]))"
        notebook.cells.append(new_code_cell(code, id=f"marks-{len(asked)}"))
        asked.append(marks)

    notebook.cells.append(new_code_cell(HELPERS, id="helpers"))
    plain = [text for text in texts().values() if not BLOCK.search(text)]
    ask([mark for text in plain for mark in marks_in(text)])
    for name, text in texts().items():
        for number, block in enumerate(BLOCK.findall(text)):
            notebook.cells.append(new_code_cell(block, id=f"{name}-{number}"))
        if BLOCK.search(text):
            ask(marks_in(text))
    NotebookClient(notebook, timeout=300, kernel_name="python3").execute()
    outputs = {cell.id: cell.outputs for cell in notebook.cells if cell.cell_type == "code"}
    values: dict[Mark, float] = {}
    for number, marks in enumerate(asked):
        answer = json.loads(outputs[f"marks-{number}"][0]["text"])
        values.update(zip(marks, answer, strict=True))
    return Lesson(outputs, values)


def agrees(number: str, value: float) -> bool:
    """Whether `value`, rounded to the digits that `number` shows, is `number`."""
    plain = number.replace("−", "-").replace(",", "")
    shown = float(plain)
    digits = re.sub(r"e.*|\D", "", plain)
    digits = digits.lstrip("0") if "." in plain else digits.strip("0")
    if not digits:
        return math.isclose(value, 0, abs_tol=0.5)
    return math.isclose(float(f"{value:.{len(digits) - 1}e}"), shown, rel_tol=1e-9)


@pytest.mark.parametrize(
    ("number", "value"),
    [
        ("2,818", 2817.69),
        ("21,000", 20988.4),
        ("−74", -73.95),
        ("+0.90", 0.898),
        ("1.12e-4", 1.1155e-4),
        ("1.0", 1.007),
    ],
)
def test_a_number_agrees_to_the_digits_shown(number: str, value: float) -> None:
    assert agrees(number, value)


@pytest.mark.parametrize(
    ("number", "value"),
    [
        ("2,817", 2817.69),
        ("22,000", 20988.4),
        ("−74", 73.95),
        ("0.403", 0.4036),
        ("1.12e-4", 1.1155e-5),
        ("289", math.nan),
        ("289", math.inf),
    ],
)
def test_a_number_that_is_off_does_not_agree(number: str, value: float) -> None:
    assert not agrees(number, value)


def test_the_numbers_in_the_text_are_what_the_lesson_computes(lesson: Lesson) -> None:
    assert len(lesson.values) > 20
    wrong = {mark: value for mark, value in lesson.values.items() if not agrees(mark.number, value)}
    assert not wrong


def test_every_mark_is_read_and_none_is_at_the_start_of_a_line() -> None:
    # There it would begin a block of HTML, and the rest of the line would not be Markdown.
    for text in texts().values():
        assert text.count("<!--") == len(marks_in(text))
        assert not re.search(r"^\s*<!--", text, re.MULTILINE)


def test_no_cell_warns_or_fails(lesson: Lesson) -> None:
    for cell, outputs in lesson.outputs.items():
        for output in outputs:
            assert output["output_type"] != "error", cell
            assert output.get("name") != "stderr", (cell, output)


def test_the_update_by_hand_has_the_loss_of_the_widgets_first_update(lesson: Lesson) -> None:
    (output,) = lesson.outputs["same-loss"]
    assert output["data"]["text/plain"].endswith("True)")


def test_it_opens_in_colab_from_where_the_project_says_that_it_is() -> None:
    project = tomllib.loads((LESSON.parents[1] / "pyproject.toml").read_text(encoding="utf-8"))
    home = project["project"]["urls"]["Source"].removeprefix("https://github.com")
    there = f"https://colab.research.google.com/github{home}/blob/main/notebooks/{LESSON.name}"
    assert texts()["title"].startswith("[![Open in Colab]")
    assert f"({there})" in texts()["title"]


def test_the_widgets_are_shown(lesson: Lesson) -> None:
    shown = [
        cell
        for cell, outputs in lesson.outputs.items()
        for output in outputs
        if "application/vnd.jupyter.widget-view+json" in output.get("data", {})
    ]
    assert shown[:2] == ["widget", "magic"]


def test_it_is_committed_as_written_by_hand() -> None:
    notebook = nbformat.read(LESSON, as_version=4)
    nbformat.validate(notebook)
    assert (notebook.nbformat, notebook.nbformat_minor) == (4, 5)
    assert set(notebook.metadata) == {"kernelspec", "language_info"}
    assert notebook.metadata.kernelspec.name == "python3"
    for cell in notebook.cells:
        assert re.fullmatch(r"[a-z][a-z-]+", cell.id), "an id says what the cell is for"
        assert cell.metadata == {}
        if cell.cell_type == "code":
            assert cell.outputs == []
            assert cell.execution_count is None
