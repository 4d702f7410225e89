"""The lessons run from top to bottom, their numbers are computed, their exercises can be solved.

How a lesson is run, and what its marks are, stands in `tests/lessons.py`.
"""

from __future__ import annotations

import math
import re
import tomllib
from pathlib import Path
from typing import Any

import nbformat
import pytest

from linreg_widget.lesson.controls import CONTROLS, TABS
from tests.lessons import (
    LESSONS,
    NBGRADER,
    Lesson,
    agrees,
    cells_of,
    digits_of,
    exercises_of,
    marks_in,
    plain_numbers_in,
    printed,
    raised,
    run,
    texts_of,
)
from tests.wrong_answers import WRONG

FIRST, SECOND = (
    path for path in LESSONS if path.stem in ("01_crop_yields", "02_one_gradient_update")
)
GRADED = "03_the_learning_rate"
ASKED = {
    "00_one_line": {"yours": "line"},
    "01_crop_yields": {"widget": "loss"},
    "02_one_gradient_update": {"oracle": "weight"},
    "03_the_learning_rate": {"widget": "diverges"},
}
UNANSWERED = "Not answered yet"

BADGE = "https://colab.research.google.com/assets/colab-badge.svg"
PROJECT = (FIRST.parents[1] / "pyproject.toml").read_text(encoding="utf-8")
HOME = tomllib.loads(PROJECT)["project"]["urls"]["Source"].removeprefix("https://github.com")
ON_COLAB = f"https://colab.research.google.com/github{HOME}/blob/main/notebooks"

PLAIN = {
    "00_one_line": {"125": "a loss to be reached"},
    "03_the_learning_rate": {
        "1.11e-4": "a rate that one tries, below the edge",
        "1.12e-4": "and one above it",
        "1.25": "the exercise's own choice",
        "149827": "an issue's number",
        "2025": "a year",
    },
    "07_your_own_table": {
        "106": "a misprint to be made",
        "0.999": "an example of an R² that is too good",
    },
}
"""Numbers of three or more digits that nothing computes, by lesson, each with the reason."""


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


def test_every_number_of_three_digits_is_marked_or_has_a_reason_not_to_be(path: Path) -> None:
    exempt = PLAIN.get(path.stem, {})
    plain = {
        number
        for text in texts_of(path).values()
        for number in plain_numbers_in(text)
        if len(digits_of(number)) >= 3
    }
    assert plain == {*exempt}


def test_a_plain_number_is_one_without_a_mark_outside_code_formulas_and_links() -> None:
    text = "1.25 and 289<!--= loss -->, `0.405`, 1,061 [7,777](8888.html) $$1.75$$\n```\n345\n```\n"
    assert plain_numbers_in(text) == ["1.25", "1,061", "7,777"]


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


def test_its_widgets_ask_what_the_text_says_that_they_ask(lesson: Lesson) -> None:
    asked = {name: rules.ask for name, rules in lesson.rules.items() if rules.ask}
    quiz: Any = asked.pop("quiz")
    assert asked == ASKED.get(lesson.path.stem, {})
    assert [one["question"][-1] in "?…" for one in quiz] == [True] * 3
    assert all(len(one["why"]) == len(one["choices"]) for one in quiz)
    assert len({one["right"] for one in quiz}) > 1  # nobody can answer them without reading


ACTS = ("reset", "back", "step", "run", "step_by", "set")


@pytest.mark.parametrize("lesson", [SECOND], indirect=True, ids=[SECOND.stem])
def test_the_second_lessons_widget_has_nothing_but_steps_and_the_microscope(lesson: Lesson) -> None:
    shown = {*CONTROLS} - {*lesson.rules["widget"].hide}
    # Without a plot there is no valley; all settings are in the tab that is hidden.
    assert shown & {*TABS} == {"microscope", "graph", "valley"}
    assert shown & {*ACTS} == {"reset", "back", "step", "step_by"}
    assert lesson.rules["widget"].lock == ["step_by"]
    (output,) = lesson.outputs["answers"]
    assert "Empty DataFrame" in output["data"]["text/plain"]  # nobody has pressed a button


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


def test_each_right_answer_is_taken_however_it_is_written(lesson: Lesson) -> None:
    for name, (answer,), outputs in lesson.taken:
        assert not [*raised(outputs)], (name, answer)
        assert printed(outputs).startswith("Right"), (name, answer)


@pytest.mark.parametrize("lesson", [FIRST], indirect=True, ids=[FIRST.stem])
def test_the_update_by_hand_has_the_loss_of_the_widgets_first_update(lesson: Lesson) -> None:
    assert shown(lesson)[:3] == ["widget", "watch", "ask"]
    (output,) = lesson.outputs["same-loss"]
    assert output["data"]["text/plain"].endswith("True)")


# ---- how a lesson is written -----------------------------------------------------------------


def test_its_first_cell_has_objectives_needs_and_a_time_for_each_section(path: Path) -> None:
    title = texts_of(path)["title"]
    objectives = title.split("By the end you can\n\n")[1].split("\n\n")[0]
    assert 3 <= len(re.findall("^- ", objectives, re.MULTILINE)) <= 4
    assert "You need" in title or "needs nothing" in title
    (names, minutes) = re.findall(r"^\| (?:section|minutes) \|(.+)\|$", title, re.MULTILINE)
    names, times = ([part.strip() for part in row.split("|")] for row in (names, minutes))
    text = "\n".join(texts_of(path).values())
    sections = re.findall(r"^## (\d+)\. ", text, re.MULTILINE)
    assert names == [*sections, "exercises", "together"]
    assert sections == [str(number + 1) for number in range(len(sections))]
    *parts, total = map(int, times)
    assert sum(parts) == total
    (stated,) = re.findall(r"about (\d+) minutes", title)
    assert int(stated) == total


def test_a_lesson_it_needs_comes_before_it(path: Path) -> None:
    number = int(path.stem[:2])
    needs = re.search(r"You need [^.]+\.", texts_of(path)["title"])
    for lesson in re.findall(r"lessons? (\d+)(?: and (\d+))?", needs[0] if needs else ""):
        assert all(int(one) < number for one in lesson if one)


def test_where_a_picture_is_drawn_it_says_what_is_seen(lesson: Lesson) -> None:
    drawn = [
        output["data"]["text/html"]
        for outputs in lesson.outputs.values()
        for output in outputs
        if "<svg" in output.get("data", {}).get("text/html", "")
    ]
    assert drawn
    for picture in "".join(drawn).split("<svg")[1:]:
        words = re.search(r'role="img" aria-label="([^"]+)"', picture)
        assert words
        assert len(words[1]) > 30
        assert "currentColor" in picture


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


def test_what_follows_an_answer_to_open_is_not_glued_to_it(path: Path) -> None:
    # Folded, an answer has no margin below it; a heading brings its own, and so does a cell.
    for name, text in texts_of(path).items():
        assert not re.search(r"</details>\s+(?!## )\S", text), name


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
        if cell.id == "quiz":  # it has the answers in it
            assert cell.metadata == {"cellView": "form", "jupyter": {"source_hidden": True}}
        else:
            assert path.stem == GRADED or cell.metadata == {}
        if cell.cell_type == "code":
            assert cell.outputs == []
            assert cell.execution_count is None


def test_the_graded_lessons_exercises_can_be_collected_with_nbgrader() -> None:
    # Seen with nbgrader 0.9.6: its release version keeps each answer's None, has the checks locked
    # and the solutions emptied. An answer that were nbgrader's own would become a line that raises.
    (path,) = (path for path in LESSONS if path.stem == GRADED)
    exercises = exercises_of(path)
    checks, solutions = ([f"{part}-{name}" for name in exercises] for part in ("check", "solution"))
    for cell in cells_of(path).values():
        if cell.id not in {*checks, *solutions}:
            assert "nbgrader" not in cell.metadata
            continue
        assert set(cell.metadata) == {"nbgrader"}
        about = dict(cell.metadata.nbgrader)
        is_check = cell.id in checks
        assert {key: type(value) for key, value in about.items()} == NBGRADER
        points = about.pop("points")
        assert points > 0 if is_check else points == 0
        assert about == {
            "schema_version": 3,
            "grade_id": cell.id,
            "grade": True,
            "solution": not is_check,
            "locked": is_check,
            "task": False,
        }
