"""What a class gets of each lesson: opened, and run where it is to be run."""

from __future__ import annotations

import ast
import contextlib
import html
import io
import re
from pathlib import Path
from typing import Any
from unittest.mock import MagicMock

import nbformat
import pytest
from nbconvert import SlidesExporter
from nbformat import NotebookNode

from gallery import classroom, executing
from gallery.worksheets import choices_of, language_of, worksheet
from linreg_widget import Table
from tests.lanes import at_length
from tests.lessons import LESSONS, NBGRADER, exercises_of

NAMES = [path.stem for path in LESSONS]
OF_LESSONS = ("Trainer", "crops", "linear_with_our_numbers", "DataLoader")


@pytest.fixture(params=LESSONS, ids=NAMES)
def path(request: pytest.FixtureRequest) -> Path:
    lesson: Path = request.param
    return lesson


@pytest.fixture
def notebook(path: Path) -> NotebookNode:
    read: NotebookNode = nbformat.read(path, as_version=4)
    return read


def sources(notebook: NotebookNode) -> dict[str, str]:
    return {cell.id: cell.source for cell in notebook.cells}


def test_a_learner_gets_each_exercise_but_no_solution(path: Path, notebook: NotebookNode) -> None:
    notebook.cells[-1].source += "<!--= secret -->"
    made = classroom.learner(notebook)
    nbformat.validate(made)
    cells = sources(made)
    assert "<!--" not in "".join(cells.values())
    for name in exercises_of(path):
        assert f"solution-{name}" not in cells
        assert "None" in cells[f"answer-{name}"]
        assert f"check-{name}" in cells
    assert not any(cell.get("outputs") for cell in made.cells)
    assert not any("nbgrader" in cell.metadata for cell in made.cells)
    assert "<!--= secret -->" in notebook.cells[-1].source  # the lesson stays as it is


def test_outputs_of_a_lesson_that_was_run_are_left_out(notebook: NotebookNode) -> None:
    output = nbformat.v4.new_output("stream", text="42")
    code = next(cell for cell in notebook.cells if cell.cell_type == "code")
    code.outputs, code.execution_count = [output], 7
    for make in (classroom.learner, classroom.key, classroom.graded, classroom.slides):
        made = next(cell for cell in make(notebook).cells if cell.id == code.id)
        assert (made.outputs, made.execution_count) == ([], None)


def test_a_key_answers_each_exercise(path: Path, notebook: NotebookNode) -> None:
    cells = sources(classroom.key(notebook))
    for name in exercises_of(path):
        before, found, solution = cells[f"answer-{name}"].partition("# One solution\n")
        assert found, name
        assert "None" in before
        assert solution.splitlines()[0] in cells[f"solution-{name}"]


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES if at_length() else ["01_crop_yields"])
def test_a_keys_checks_agree_when_it_is_run_and_nbgraders_give_all_points(name: str) -> None:
    (path,) = (path for path in LESSONS if path.stem == name)
    lesson = nbformat.read(path, as_version=4)
    made, checks = classroom.key(lesson), sources(classroom.graded(lesson))
    for cell in made.cells:
        if cell.id.startswith("check-"):
            cell.source = checks[cell.id]
    made.metadata.own = len(made.cells)
    executing.execute(made, f"the key of {name}")
    given = points_of(lesson)
    for cell in made.cells:
        if cell.id.startswith("check-"):
            printed = "".join(one.get("text", "") for one in cell.outputs)
            assert printed, cell.id
            assert "Not answered yet" not in printed, cell.id
            assert cell.outputs[-1].data["text/plain"] == str(given[cell.id]), cell.id


def points_of(lesson: NotebookNode) -> dict[str, int]:
    """What nbgrader gives for each check at most."""
    cells = [cell for cell in classroom.graded(lesson).cells if cell.id.startswith("check-")]
    return {cell.id: cell.metadata.nbgrader.points for cell in cells}


def test_a_check_that_nobody_answered_gives_no_points(notebook: NotebookNode) -> None:
    cells = sources(classroom.graded(notebook))
    checks = [name for name in cells if name.startswith("check-")]
    assert checks
    for name in checks:
        # An answer's cell may use some of the lesson's names.
        names: dict[str, Any] = {"Table": Table} | dict.fromkeys(OF_LESSONS, MagicMock())
        said = io.StringIO()
        with contextlib.redirect_stdout(said):
            exec(cells[name.replace("check-", "answer-")], names)  # noqa: S102 - our own code
            exec(cells[name], names)  # noqa: S102
        assert "Not answered yet" in said.getvalue(), name
        assert names["points"] == 0, name
        assert cells[name].splitlines()[-1].startswith("points"), name


def test_a_check_of_another_form_is_refused(notebook: NotebookNode) -> None:
    check = next(cell for cell in notebook.cells if cell.id.startswith("check-"))
    check.metadata.pop("nbgrader", None)
    check.source += "\nprint('more')"
    with pytest.raises(ValueError, match="A check is one if with an else"):
        classroom.graded(notebook)


def test_nbgrader_gets_points_for_each_check(path: Path, notebook: NotebookNode) -> None:
    made = classroom.graded(notebook)
    nbformat.validate(made)
    marked = {cell.id: cell.metadata.nbgrader for cell in made.cells if "nbgrader" in cell.metadata}
    names = exercises_of(path)
    assert {*marked} == {f"{part}-{name}" for part in ("check", "solution") for name in names}
    for name, about in marked.items():
        assert {key: type(value) for key, value in about.items()} == NBGRADER
        assert about.grade_id == name
        assert (about.points > 0) is name.startswith("check-")
        assert about.locked is name.startswith("check-")
        assert about.solution is name.startswith("solution-")
    given = {cell.id: cell.metadata.get("nbgrader") for cell in notebook.cells}
    assert all(given[name] in (None, about) for name, about in marked.items())


def test_slides_have_one_for_each_heading_and_skip_what_needs_a_keyboard(
    path: Path, notebook: NotebookNode
) -> None:
    made = classroom.slides(notebook)
    nbformat.validate(made)
    kinds = {cell.id: cell.metadata.slideshow.slide_type for cell in made.cells}
    assert made.cells[0].metadata.slideshow.slide_type == "slide"
    assert (kinds["install"], kinds["slide-size"]) == ("skip", "notes")
    for name in exercises_of(path):
        assert (kinds[f"exercise-{name}"], kinds[f"answer-{name}"]) == ("subslide", "skip")
    exporter: Any = SlidesExporter
    size = next(cell for cell in made.cells if cell.id == "slide-size")
    style = {"text/html": size.source.partition("\n")[2]}
    size.outputs = [nbformat.v4.new_output("display_data", style)]  # as when it was run
    page, _ = exporter().from_notebook_node(made)
    # Each slide is a section, with a section in it for itself and for each slide below it.
    across, below = ([*kinds.values()].count(kind) for kind in ("slide", "subslide"))
    assert page.count("<section") == 2 * across + below
    assert across == 1 + sum(
        bool(re.search(r"^## ", cell.source, re.MULTILINE))
        for cell in made.cells[1:]
        if cell.cell_type == "markdown"
    )
    assert "Not answered yet" not in page
    assert ".reveal .linreg { zoom: 1.3; }" in page
    assert "colab-badge" not in page
    # The answers of the questions of choice are in the notebook, and on no slide.
    asked = choices_of(notebook)
    told = [why for one in asked for why in one["why"]]
    assert all(why not in words(page) for why in told)
    assert kinds["quiz-questions"] == "skip"
    alone = next(cell.source for cell in made.cells if cell.id == "quiz-questions")
    assert ast.literal_eval(alone.removeprefix("questions = ")) == asked
    # A slide begins with its heading, and a widget has one of its own.
    for cell in made.cells:
        if cell.cell_type == "markdown":
            assert "\n## " not in cell.source
    assert {kinds[name] for name in shown_in(made)} == {"subslide"}


def shown_in(notebook: NotebookNode) -> list[str]:
    """The cells that show a widget of the lesson's own."""
    found, names = [], set()
    for cell in notebook.cells:
        if cell.cell_type == "code" and cell.source.startswith("%%linreg"):
            found.append(cell.id)
        elif cell.cell_type == "code" and "%" not in cell.source:
            body = ast.parse(cell.source).body
            shown = ast.unparse(body[-1]) if body else ""
            names |= {line.split()[0] for line in cell.source.splitlines() if "= TrainerW" in line}
            if shown in names or shown.startswith("TrainerWidget("):
                found.append(cell.id)
    assert found
    return found


# ---- on paper ------------------------------------------------------------------------------------


def words(page: str) -> str:
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", page)).split())


def packed(text: str) -> str:
    return "".join(text.split())


def test_a_worksheet_asks_all_and_answers_only_where_it_should(
    path: Path, notebook: NotebookNode
) -> None:
    plain, answered = (worksheet(notebook, path.stem, answers=has) for has in (False, True))
    for page in (plain, answered):  # nothing from outside, and no script
        policy = page.split('http-equiv="Content-Security-Policy" content="')[1].split('"')[0]
        assert policy == "default-src 'none'; style-src 'unsafe-inline'; img-src data:"
        assert page.index("Content-Security-Policy") < page.index("<style>")
    exercises = exercises_of(path)
    asked = choices_of(notebook)
    assert len(asked) == 3
    for name in exercises:
        title = re.match(r"\*\*(Exercise \d+: .+?)\*\*", sources(notebook)[f"exercise-{name}"])
        assert title
        assert title[1].replace("`", "") in words(plain)
    assert plain.count('class="room"') >= 5 * len(exercises)
    assert plain.count("☐") == sum(len(one["choices"]) for one in asked)
    assert "☒" not in plain
    assert 'class="answer"' not in plain
    assert answered.count("☒") == 3
    assert answered.count('class="answer"') >= len(exercises)
    for one in asked:
        for why in one["why"]:
            assert why not in words(plain)
            assert why in words(answered)
    for name in exercises:
        (solution, *_) = re.findall(r"```python\n(.+?)\n", sources(notebook)[f"solution-{name}"])
        assert packed(solution) in packed(words(answered))
        if len(solution) > 20:
            assert packed(solution) not in packed(words(plain))
    assert "<!--=" not in plain + answered
    assert "http" not in re.sub(r"<a [^>]+>|http-equiv", "", plain)


def test_each_turn_of_a_lesson_is_on_its_sheet_under_its_heading(
    path: Path, notebook: NotebookNode
) -> None:
    text = "\n\n".join(cell.source for cell in notebook.cells if cell.cell_type == "markdown")
    page = worksheet(notebook, path.stem, answers=False)
    assert page.count("<strong>Your turn.</strong>") == text.count("**Your turn.**")
    at, heading = 0, ""
    for line in re.split(r"(?m)^(?=## )|(?=\*\*Your turn\.\*\*)", classroom.MARK.sub("", text)):
        if line.startswith("## "):
            heading = line.splitlines()[0].removeprefix("## ")
        elif line.startswith("**Your turn."):
            at = page.index("<strong>Your turn.</strong>", at + 1)
            above = re.findall(r"<h2[^>]*>(.*?)</h2>", page[:at])[-1]
            assert words(above) == heading.replace("`", "").replace("*", "")
    asked = re.findall(r'<div class="asked">(.*?)</div>', page, re.DOTALL)
    assert not any(words(one).endswith(":") for one in asked)


def test_a_sheet_answers_what_is_asked_and_not_what_comes_next() -> None:
    found = {}
    for name in (
        *("01_crop_yields", "02_one_gradient_update", "03_the_learning_rate", "04_break_it"),
        *("06_batches_and_noise", "07_your_own_table", "08_rows_it_has_never_seen"),
        "10_from_scratch_to_torch_nn",
    ):
        (path,) = (path for path in LESSONS if path.stem == name)
        page = worksheet(nbformat.read(path, as_version=4), name, answers=True)
        for part in page.split('<div class="asked">')[1:]:
            question, _, answer = part.partition('<div class="answer">')
            found[words(question).removeprefix("Your turn. ")[:30]] = words(answer)[:40]
    # In the same cell, folded in it, in the next text; and of two in one cell each has its own.
    assert found["All slopes of this batch are n"].startswith("To bring the loss down, go against")
    assert found['May we now tell a farmer: "for'].startswith("No. We chose the moment")
    assert found["A desert: 110 °F, 10 mm of rai"].startswith("−22 tons.")
    assert found["Before each cell: error, warni"].startswith("A warning, among many others")
    assert found["There are three features and t"].startswith("Every target has a weight for ev")
    assert found["In the widget below, which is "].startswith("The run at 1e-4: it ends at 11.0")
    # What asks nothing is answered by nothing, and one question is no answer to another.
    assert found["Put a table of your own into t"] == ""
    assert found["Below, the two lines with zero"] == ""
    assert found["Choose Step by phase , press R"].startswith("No error. At first the loss falls")
    assert "Your turn" not in " ".join(found.values())


@pytest.mark.browser
def test_a_class_is_written_and_its_sheets_are_printed(tmp_path: Path) -> None:
    (path,) = (path for path in LESSONS if path.stem.startswith("03"))
    written = classroom.write_class([path], tmp_path)
    assert {one.name for one in written} == {
        *(f"{name}.ipynb" for name in ("learner", "key", "nbgrader", "slides")),
        *(f"{name}.{kind}" for name in ("worksheet", "answers") for kind in ("html", "pdf")),
    }
    for one in written:
        assert one.parent == tmp_path / path.stem
        if one.suffix == ".ipynb":
            nbformat.validate(nbformat.read(one, as_version=4))
        if one.suffix == ".pdf":
            data = one.read_bytes()
            assert data.startswith(b"%PDF-")
            assert 1 <= len(re.findall(rb"/Type\s*/Page\b", data)) <= 8


GERMAN = LESSONS[0].parent / "de" / "01_ernteertraege.ipynb"
ENGLISH = re.compile(
    r"\b(the|your turn|exercise|lesson|answers?|solution|three questions|one|not answered)\b",
    re.IGNORECASE,
)


def test_what_is_made_of_the_german_lesson_is_german() -> None:
    notebook = nbformat.read(GERMAN, as_version=4)
    assert language_of(notebook) == "de"
    plain, answered = (worksheet(notebook, GERMAN.stem, answers=has) for has in (False, True))
    for page in (plain, answered):
        assert '<html lang="de">' in page
        assert "<h1>Lektion 1. Ernteerträge: " in page
        assert "<h2>Drei Fragen</h2>" in page
        assert page.count("Du bist dran") >= 8
        prose = re.sub(
            r"(?s)<pre>.*?</pre>|<code>.*?</code>|<style>.*?</style>|<math.*?</math>", " ", page
        )
        assert ENGLISH.findall(words(prose)) == []
    assert "Name: ____" in plain
    assert "Mit Antworten" in answered
    assert plain.count('class="room"') >= 5 * len(exercises_of(GERMAN))
    assert answered.count("☒") == len(choices_of(notebook)) == 3
    key = sources(classroom.key(notebook))
    for name in exercises_of(GERMAN):
        assert "# Eine Lösung\n" in key[f"answer-{name}"]
    kinds = {
        cell.id: cell.metadata.slideshow.slide_type for cell in classroom.slides(notebook).cells
    }
    english = nbformat.read(GERMAN.parents[1] / "01_crop_yields.ipynb", as_version=4)
    assert kinds == {
        cell.id: cell.metadata.slideshow.slide_type for cell in classroom.slides(english).cells
    }


def test_the_german_lesson_has_a_folder_of_its_language(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("01_ernteertraege", "de/01_ernteertraege"):
        into = tmp_path / name.replace("/", "-")
        arguments: list[Any] = ["gallery.classroom", name, "--no-pdf", f"--into={into}"]
        monkeypatch.setattr("sys.argv", arguments)
        classroom.main()
        assert capsys.readouterr().out.startswith("6 files are in ")
        found = [one for one in into.rglob("*") if one.is_file()]
        assert {one.parent for one in found} == {into / "de" / "01_ernteertraege"}


def test_a_lesson_that_is_not_there_is_refused(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments: list[Any] = ["gallery.classroom", "99_nothing"]
    monkeypatch.setattr("sys.argv", arguments)
    with pytest.raises(SystemExit):
        classroom.main()
    assert "'99_nothing' is not a lesson; there are 00_one_line" in capsys.readouterr().err
