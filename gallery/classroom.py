"""What a class needs beside a lesson, each made from the one notebook; ``make class``.

==========================  ======================================================================
``learner.ipynb``           without solutions and computed marks
``key.ipynb``               with each exercise answered
``nbgrader.ipynb``          a source for ``nbgrader generate_assignment``, with points
``slides.ipynb``            with slides for RISE and ``jupyter nbconvert --to slides``, and widgets
                            that are seen from the last row
``worksheet.html``, .pdf    to print: what the lesson asks, with room to write
``answers.html``, .pdf      the same with what the lesson answers
==========================  ======================================================================

``python -m gallery.classroom 01_crop_yields`` makes those of one lesson. What is made of a lesson
in another language, as ``de/01_ernteertraege``, is in that language.
"""

from __future__ import annotations

import argparse
import ast
import inspect
import re
import sys
from copy import deepcopy
from pathlib import Path
from typing import TYPE_CHECKING

import nbformat
from nbformat.v4 import new_code_cell, new_markdown_cell

from .colab import CELL
from .executing import LESSONS
from .texts import apart
from .worksheets import WORDS, language_of, pdf_of, worksheet

if TYPE_CHECKING:
    from collections.abc import Iterable

    from nbformat import NotebookNode

ROOT = Path(__file__).parents[1]
POINTS = 2
"""Points for each exercise to which the lesson gives none."""

MARK = re.compile(r"<!--.*?-->", re.DOTALL)
_BLOCK = re.compile(r"^```python\n(.+?)^```", re.MULTILINE | re.DOTALL)
_QUESTIONS = "quiz-questions"
_LARGE = """\
%%html
<style>
/* Widgets as large as a slide allows. */
.reveal .linreg { zoom: 1.3; }
</style>"""


def learner(notebook: NotebookNode) -> NotebookNode:
    """Return what learners get: without solutions, outputs, or what only tests read."""
    made = _emptied(notebook)
    made.cells = [cell for cell in made.cells if not cell.id.startswith("solution-")]
    for cell in made.cells:
        cell.metadata.pop("nbgrader", None)
        if cell.cell_type == "markdown":
            cell.source = MARK.sub("", cell.source)
    return made


def key(notebook: NotebookNode) -> NotebookNode:
    """Return the lesson with each exercise answered, so that every check passes when it runs."""
    made, words = _emptied(notebook), WORDS[language_of(notebook)]
    solutions = {
        cell.id.removeprefix("solution-"): "\n".join(_BLOCK.findall(cell.source)).strip()
        for cell in made.cells
        if cell.id.startswith("solution-")
    }
    for cell in made.cells:
        solution = solutions.get(cell.id.removeprefix("answer-"))
        if cell.id.startswith("answer-") and solution:
            cell.source = f"{cell.source.rstrip()}\n\n# {words.solution}\n{solution}"
        if cell.cell_type == "markdown":
            cell.source = MARK.sub("", cell.source)
    return made


def graded(notebook: NotebookNode) -> NotebookNode:
    """Return a source for nbgrader: checks give points, and solutions are taken out of a release.

    Points that the lesson gives stay. Answers are not nbgrader cells: learners replace their None,
    and the check says what is still missing. The check of an unanswered exercise raises nothing, so
    it ends with the points that it gives, which nbgrader takes as partial credit.
    """
    made = _emptied(notebook)
    for cell in made.cells:
        part = cell.id.partition("-")[0]
        if part in ("check", "solution") and "nbgrader" not in cell.metadata:
            is_check = part == "check"
            cell.metadata.nbgrader = {
                "schema_version": 3,
                "grade_id": cell.id,
                "grade": True,
                "solution": not is_check,
                "locked": is_check,
                "task": False,
                "points": POINTS if is_check else 0,
            }
            if is_check:
                cell.source = _scored(cell.source)
        if cell.cell_type == "markdown":
            cell.source = MARK.sub("", cell.source)
    return made


def slides(notebook: NotebookNode) -> NotebookNode:
    """Return the lesson as slides: one for each heading, below it one for each "Your turn".

    A widget has a slide of its own, with the few lines that make it. What only a reader at a
    keyboard needs is left out: the installation, the exercises' answers, checks and solutions; so
    is the code of questions of choice, which contains their answers.
    """
    made = _questions_apart(learner(notebook))
    made.cells[0].source = apart(made.cells[0].source)[1]  # the badge comes from elsewhere
    made.cells = [part for cell in made.cells for part in _at_headings(cell)]
    words = WORDS[language_of(notebook)]
    asks = rf"\*\*({words.turn}|{words.exercise})"
    widgets: set[str] = set()
    is_shown = False  # just before
    for number, cell in enumerate(made.cells):
        is_text = cell.cell_type == "markdown"
        cell.metadata.slideshow = {"slide_type": "-"}
        if cell.id.partition("-")[0] in ("answer", "check") or cell.id in (CELL, _QUESTIONS):
            cell.metadata.slideshow = {"slide_type": "skip"}
        elif not number or (is_text and re.search(r"^## ", cell.source, re.MULTILINE)):
            cell.metadata.slideshow = {"slide_type": "slide"}
        shows = _shows(cell, widgets)
        if cell.metadata.slideshow.slide_type == "-" and (
            is_shown or shows or re.search(asks, cell.source)
        ):
            cell.metadata.slideshow = {"slide_type": "subslide"}
        is_shown = shows
    # No width: JupyterLab's RISE cuts what is as wide as a share of the window.
    made.metadata.rise = {"scroll": True, "theme": "simple"}
    large = new_code_cell(_LARGE, id="slide-size")
    # A note is not shown, but its style holds; what is skipped is not in nbconvert's slides at all.
    large.metadata.slideshow = {"slide_type": "notes"}
    made.cells.insert(1, large)
    return made


def _at_headings(cell: NotebookNode) -> list[NotebookNode]:
    """Split a text cell into parts; each part but the first begins with a heading."""
    if cell.cell_type != "markdown":
        return [cell]
    parts = [part.strip() for part in re.split(r"^(?=## )", cell.source, flags=re.MULTILINE)]
    names = [cell.id, *(f"{cell.id}-{number}" for number in range(2, len(parts) + 1))]
    texts = [part for part in parts if part]
    return [new_markdown_cell(text, id=name) for name, text in zip(names, texts, strict=False)]


def _shows(cell: NotebookNode, widgets: set[str]) -> bool:
    """Tell whether a cell ends by showing a widget; add the widgets that it makes to `widgets`."""
    if cell.cell_type == "markdown":
        return False
    source = cell.source
    widgets |= set(re.findall(r"^(\w+) = TrainerWidget\(", source, re.MULTILINE))
    if source.startswith("%%linreg"):
        return True
    *_, last = source.rstrip().splitlines()
    return last in widgets or bool(re.search(r"^TrainerWidget\(", source, re.MULTILINE))


def _questions_apart(made: NotebookNode) -> NotebookNode:
    """Move a lesson's questions of choice into a cell before the one that asks them."""
    place = next((at for at, cell in enumerate(made.cells) if cell.id == "quiz"), None)
    if place is None:
        return made
    source = made.cells[place].source
    call = next(
        one
        for one in ast.walk(ast.parse(source))
        if isinstance(one, ast.keyword) and one.arg == "ask"
    )
    asked = ast.get_source_segment(source, call.value) or ""
    made.cells[place].source = source.replace(asked, "questions")
    alone = new_code_cell(f"questions = {inspect.cleandoc(asked)}", id=_QUESTIONS)
    made.cells.insert(place, alone)
    return made


def write_class(lessons: Iterable[Path], folder: Path, *, pdf: bool = True) -> list[Path]:
    """Write everything that is made of some lessons, each into a folder of its name.

    Parameters
    ----------
    lessons : iterable of Path
        Notebooks.
    folder : Path
        Files of a lesson in another language go into a subfolder of that language.
    pdf : bool
        Whether worksheets are printed as well, by Chromium.

    Returns
    -------
    list of Path
        The files.
    """
    written: list[Path] = []
    for path in lessons:
        notebook, into = nbformat.read(path, as_version=4), folder / _name_of(path)
        into.mkdir(parents=True, exist_ok=True)
        kinds = {"learner": learner, "key": key, "nbgrader": graded, "slides": slides}
        for name, make in kinds.items():
            written.append(into / f"{name}.ipynb")
            nbformat.write(make(notebook), written[-1])
        for name, answers in (("worksheet", False), ("answers", True)):
            written.append(into / f"{name}.html")
            page = worksheet(notebook, path.stem, answers=answers)
            written[-1].write_text(page, encoding="utf-8")
    if pdf:
        written += pdf_of([path for path in written if path.suffix == ".html"])
    return written


def _name_of(lesson: Path) -> str:
    """Return a lesson's name, with its folder if it is in another language."""
    language = lesson.parent.name
    return f"{language}/{lesson.stem}" if language in WORDS else lesson.stem


def _scored(check: str) -> str:
    """Return a check that ends with the points that it gives: none for a missing answer.

    Raises
    ------
    ValueError
        If it has another form than "if nothing is answered: …, else: …".
    """
    *_, last = ast.parse(check).body
    lines = check.rstrip().splitlines()
    if not (isinstance(last, ast.If) and last.orelse and last.end_lineno == len(lines)):
        raise ValueError(f"A check is one if with an else, and what it needs before:\n{check}")
    lines[last.lineno - 1 : last.lineno - 1] = ["points = 0"]
    return "\n".join([*lines, f"    points = {POINTS}", "points  # for nbgrader"])


def _emptied(notebook: NotebookNode) -> NotebookNode:
    """Return a copy without outputs."""
    made = deepcopy(notebook)
    for cell in made.cells:
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
    return made


def main() -> None:
    """Read the command line, and write."""
    lessons = [*LESSONS, *sorted(LESSONS[0].parent.glob("*/*.ipynb"))]
    names = [_name_of(path) for path in lessons]
    parser = argparse.ArgumentParser(prog="python -m gallery.classroom", description=__doc__)
    parser.add_argument("lessons", nargs="*", metavar="LESSON", help="all, if none is named")
    parser.add_argument("--into", type=Path, default=ROOT / "dist" / "class")
    parser.add_argument("--no-pdf", action="store_true", help="write no PDF, which needs Chromium")
    options = parser.parse_args()
    wanted = options.lessons or names
    stems = [path.stem for path in lessons]
    if unknown := [name for name in wanted if name not in (*names, *stems)]:
        parser.error(f"{unknown[0]!r} is not a lesson; there are {', '.join(names)}.")
    chosen = [path for path in lessons if {_name_of(path), path.stem} & {*wanted}]
    written = write_class(chosen, options.into, pdf=not options.no_pdf)
    sys.stdout.write(f"{len(written)} files are in {options.into.resolve()}\n")


if __name__ == "__main__":
    main()
