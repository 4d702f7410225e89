"""The lessons run from top to bottom, their numbers are computed, their exercises can be solved.

How a lesson is run, and what its marks are, stands in `tests/lessons.py`.
"""

from __future__ import annotations

import math
import re
import tomllib
from pathlib import Path

import nbformat
import pytest

from tests.lessons import (
    LESSONS,
    Lesson,
    agrees,
    cells_of,
    exercises_of,
    marks_in,
    printed,
    raised,
    run,
    texts_of,
)
from tests.wrong_answers import WRONG

FIRST = LESSONS[0]
GRADED = "03_the_learning_rate"
UNANSWERED = "Not answered yet"

BADGE = "https://colab.research.google.com/assets/colab-badge.svg"
PROJECT = (FIRST.parents[1] / "pyproject.toml").read_text(encoding="utf-8")
HOME = tomllib.loads(PROJECT)["project"]["urls"]["Source"].removeprefix("https://github.com")
ON_COLAB = f"https://colab.research.google.com/github{HOME}/blob/main/notebooks"

# What nbgrader's third schema asks of a cell (nbgrader/nbgraderformat/v3.json).
NBGRADER = {
    "schema_version": int,
    "grade_id": str,
    "grade": bool,
    "solution": bool,
    "locked": bool,
    "task": bool,
}


@pytest.fixture(scope="module", params=LESSONS, ids=lambda path: path.stem)
def lesson(request: pytest.FixtureRequest, executed: Path) -> Lesson:
    """Return each lesson after it was run, once for all tests."""
    path: Path = request.param
    return run(path, WRONG.get(path.stem, {}), executed)


@pytest.fixture(params=LESSONS, ids=lambda path: path.stem)
def path(request: pytest.FixtureRequest) -> Path:
    """Return each lesson's file."""
    return Path(request.param)


# ---- marks -----------------------------------------------------------------------------------


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


def test_every_mark_is_read_and_none_is_at_the_start_of_a_line(path: Path) -> None:
    # There it would begin a block of HTML, and the rest of the line would not be Markdown.
    for text in texts_of(path).values():
        assert text.count("<!--") == len(marks_in(text))
        assert not re.search(r"^\s*<!--", text, re.MULTILINE)


# ---- what a lesson does ----------------------------------------------------------------------


def test_the_numbers_in_the_text_are_what_the_lesson_computes(lesson: Lesson) -> None:
    assert len(lesson.values) >= 10
    wrong = {mark: value for mark, value in lesson.values.items() if not agrees(mark.number, value)}
    assert not wrong


def test_no_cell_warns_or_fails(lesson: Lesson) -> None:
    for cell, outputs in lesson.outputs.items():
        assert not [*raised(outputs)], cell
        for output in outputs:
            assert output.get("name") != "stderr", (cell, output)


def shown(lesson: Lesson) -> list[str]:
    """Return the cells that show a widget."""
    return [
        cell
        for cell, outputs in lesson.outputs.items()
        for output in outputs
        if "application/vnd.jupyter.widget-view+json" in output.get("data", {})
    ]


def test_a_widget_is_shown(lesson: Lesson) -> None:
    assert shown(lesson)


def test_an_exercise_says_that_it_is_not_answered_and_fails_nobody(lesson: Lesson) -> None:
    for name in exercises_of(lesson.path):
        assert printed(lesson.outputs[f"check-{name}"]).startswith(UNANSWERED), name


def test_each_solution_is_accepted(lesson: Lesson) -> None:
    for name, outputs in lesson.solved.items():
        assert not [*raised(outputs)], name
        assert printed(outputs).startswith("Right"), name


def test_each_wrong_answer_is_refused_with_the_reason(lesson: Lesson) -> None:
    assert {name for name, _, _ in lesson.refused} == {*exercises_of(lesson.path)}
    for name, (answer, words), outputs in lesson.refused:
        (error,) = raised(outputs)
        assert error.startswith("AssertionError: "), (name, answer, error)
        assert words in error, (name, answer)


@pytest.mark.parametrize("lesson", [FIRST], indirect=True, ids=[FIRST.stem])
def test_the_update_by_hand_has_the_loss_of_the_widgets_first_update(lesson: Lesson) -> None:
    assert shown(lesson)[:2] == ["widget", "magic"]
    (output,) = lesson.outputs["same-loss"]
    assert output["data"]["text/plain"].endswith("True)")


# ---- how a lesson is written -----------------------------------------------------------------


def test_it_opens_with_a_question_and_a_way_to_open_it_on_colab(path: Path) -> None:
    title = texts_of(path)["title"]
    assert title.startswith(f"[![Open in Colab]({BADGE})]({ON_COLAB}/{path.name})\n\n# ")
    assert re.search(r"\*\*[^*]+\?\*\*", title)
    first, second = [*cells_of(path).values()][:2]
    assert (first.id, second.id) == ("title", "install")
    assert second.source == cells_of(FIRST)["install"].source


def test_its_reader_has_something_to_do_before_the_answer_and_exercises_after(path: Path) -> None:
    texts = texts_of(path)
    assert sum(text.count("**Your turn.**") for text in texts.values()) >= 3
    assert len(exercises_of(path)) >= 2


def test_an_exercise_is_a_question_an_empty_answer_a_check_and_a_folded_solution(
    path: Path,
) -> None:
    cells, names = cells_of(path), [*cells_of(path)]
    for name in exercises_of(path):
        parts = [f"{part}-{name}" for part in ("exercise", "answer", "check", "solution")]
        start = names.index(parts[0])
        assert names[start : start + 4] == parts
        assert cells[parts[0]].source.startswith("**Exercise ")
        assert "None" in cells[parts[1]].source
        assert "assert " in cells[parts[2]].source
        assert cells[parts[3]].source.startswith("<details><summary>Solution</summary>\n\n")


def test_each_lesson_names_the_next_one(path: Path) -> None:
    following = LESSONS[LESSONS.index(path) + 1 :]
    if following:
        assert f"`{following[0].stem}`" in "".join(texts_of(path).values())


def test_it_is_committed_as_written_by_hand(path: Path) -> None:
    notebook = nbformat.read(path, as_version=4)
    nbformat.validate(notebook)
    assert (notebook.nbformat, notebook.nbformat_minor) == (4, 5)
    assert set(notebook.metadata) == {"kernelspec", "language_info"}
    assert notebook.metadata.kernelspec.name == "python3"
    for cell in notebook.cells:
        assert re.fullmatch(r"[a-z][a-z-]+", cell.id), "an id says what the cell is for"
        assert path.stem == GRADED or cell.metadata == {}
        if cell.cell_type == "code":
            assert cell.outputs == []
            assert cell.execution_count is None


def test_the_graded_lessons_exercises_can_be_collected_with_nbgrader() -> None:
    (path,) = (path for path in LESSONS if path.stem == GRADED)
    exercises = exercises_of(path)
    answers, checks = ([f"{part}-{name}" for name in exercises] for part in ("answer", "check"))
    for cell in cells_of(path).values():
        if cell.id not in {*answers, *checks}:
            assert cell.metadata == {}
            continue
        assert set(cell.metadata) == {"nbgrader"}
        about = dict(cell.metadata.nbgrader)
        is_check = cell.id in checks
        if is_check:
            assert about.pop("points") > 0
        assert {key: type(value) for key, value in about.items()} == NBGRADER
        assert about == {
            "schema_version": 3,
            "grade_id": cell.id,
            "grade": is_check,
            "solution": not is_check,
            "locked": is_check,
            "task": False,
        }
