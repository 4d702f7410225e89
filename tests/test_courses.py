"""What the gallery tells teachers: confusions with their cells, and chapters of other courses."""

from __future__ import annotations

import functools
import re
from pathlib import Path
from urllib.parse import urlsplit

import pytest

import gallery
from gallery.confusions import CONFUSIONS, Confusion
from gallery.courses import CHAPTERS, COURSES
from gallery.executing import opened
from gallery.lessons import ONLY_IN_NOTEBOOKS, Lesson
from gallery.pages import PAGES
from tests.lessons import LESSONS, cells_of, exercises_of

NAMES = [path.stem for path in LESSONS]
# The twelve of the first lessons, and what learners elsewhere ask most often.
ASKED = (
    *("w.t()", "None", "zero", "no_grad", "so small", "nan", "bias", "jump", "epoch", "shuffled"),
    *("last batch", "scale", "(n, 1)", "step()", "validation", "sign", "random", "wrong row"),
    *("w = w", "dtype", "Adam"),
)


@functools.cache
def read(name: str) -> Lesson:
    """Return a lesson as the gallery shows it, made when it is first asked for."""
    path = next(path for path in LESSONS if path.stem == name)
    return Lesson(name, opened(path), PAGES)


@pytest.mark.parametrize("one", CONFUSIONS, ids=lambda one: one.question)
def test_a_confusion_has_a_cell_that_answers_it(one: Confusion) -> None:
    assert one.question.endswith("?")
    assert one.answer.endswith((".", ".)"))
    assert one.cells
    for name, cell in one.cells:
        lesson = read(name)
        assert cells_of(next(path for path in LESSONS if path.stem == name))[cell]
        assert lesson.anchor_of(cell) == f"cell-{cell}"  # a text, which the page does not fold away
        assert re.match(rf"{lesson.number}(\.\d| \w)", lesson.place_of(cell))


def test_about_twenty_confusions_are_there_each_once() -> None:
    questions = [one.question for one in CONFUSIONS]
    assert 20 <= len(questions) == len({*questions})
    assert [word for word in ASKED if not any(word in one for one in questions)] == []


def test_a_place_is_the_heading_above_the_cell() -> None:
    broken = read("04_break_it")
    assert broken.place_of("forgetful-answer") == "4.2 Without zero_()"
    # A cell that ends with the heading of the next section is still under its own.
    assert "## 2." in cells_of(LESSONS[5])["biases-text"].source
    assert read("05_scales_and_valleys").place_of("biases-text") == (
        "5.1 The number that will not move"
    )
    assert read("06_batches_and_noise").place_of("exercise-mean") == "6 Exercises"


@pytest.mark.parametrize("name", NAMES)
def test_each_lesson_has_objectives_times_and_needs(name: str) -> None:
    lesson = read(name)
    assert 3 <= len(lesson.objectives) <= 5
    assert all(one and not one.endswith((",", ".")) for one in lesson.objectives)
    assert sum(minutes for _, minutes in lesson.times) == lesson.minutes
    assert lesson.times[-1][0] == "exercises"
    assert re.match(r"nothing|lessons? \d|some Python", lesson.needs)


@pytest.mark.parametrize("name", NAMES)
def test_each_lesson_stands_beside_chapters_of_other_courses(name: str) -> None:
    assert {*CHAPTERS} == {*NAMES}
    assert {*CHAPTERS[name]} == {*COURSES}
    chapters = [one for of_course in CHAPTERS[name].values() for one in of_course]
    assert chapters
    for course, of_course in CHAPTERS[name].items():
        for one in of_course:
            assert one.name
            hosts = {urlsplit(course.address).netloc}
            if "fast.ai" in course.address:
                hosts.add("github.com")  # its book
            assert urlsplit(one.address).scheme == "https"
            assert urlsplit(one.address).netloc in hosts


def test_the_same_chapter_has_the_same_address_and_name() -> None:
    every = {one for by in CHAPTERS.values() for found in by.values() for one in found}
    assert len({one.name for one in every}) == len({one.address for one in every}) == len(every)


def test_what_only_the_notebook_can_do_is_marked() -> None:
    for path in LESSONS:
        marked = {one.name for one in read(path.stem).blocks if one.only}
        asked = {f"answer-{name}" for name in exercises_of(path)}
        assert marked == asked | {*ONLY_IN_NOTEBOOKS.get(path.stem, {})}
    # Whatever asks the reader to change a cell, or to put a table into it, stands before one.
    for path in LESSONS:
        cells = [*cells_of(path).values()]
        for at, cell in enumerate(cells):
            text = cell.source if cell.cell_type == "markdown" else ""
            if re.search(r"(?i)\*\*Your turn.*(into this cell|in this cell|run this cell)", text):
                following = next(one.id for one in cells[at:] if one.cell_type == "code")
                assert following in ONLY_IN_NOTEBOOKS[path.stem]


def test_a_lesson_is_named_in_one_file_only() -> None:
    names = {path.stem for path in LESSONS}
    found = {
        path.name: sorted(name for name in names if f'"{name}"' in path.read_text(encoding="utf-8"))
        for path in Path(gallery.__file__).parent.glob("*.py")
    }
    assert {file for file, some in found.items() if some} == {"lesson_names.py"}
    assert found["lesson_names.py"] == sorted(names)
