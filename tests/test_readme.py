"""What README.md and CHANGELOG.md say is so: the examples run, the commands and files exist."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from IPython.core.interactiveshell import InteractiveShell
from traitlets.config import Config

import linreg_widget
from linreg_widget import TrainerWidget
from linreg_widget.messages import say
from tests.environments import PYTHONS
from tests.lessons import LESSONS, cells_of, exercises_of, texts_of
from tests.release import PINNED, pins_of

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    """Return the README's blocks of code in a language."""
    return re.findall(rf"^```{language}\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)


@pytest.fixture
def shell() -> Any:
    make: Any = InteractiveShell
    return make(config=Config({"HistoryManager": {"enabled": False}}))


@pytest.fixture
def names() -> Iterator[dict[str, Any]]:
    """Yield the names of a notebook that runs the README's code; its widgets are closed."""
    found: dict[str, Any] = {}
    yield found
    for value in found.values():
        if isinstance(value, TrainerWidget):
            value.close()


def run_block(words: str, names: dict[str, Any]) -> None:
    """Run the one Python example that has these words in it."""
    (code,) = (block for block in blocks("python") if words in block)
    tree = ast.parse(code)
    if isinstance(tree.body[-1], ast.Expr):  # what a notebook would show
        tree.body[-1] = ast.parse(f"shown = {ast.unparse(tree.body[-1])}").body[0]
    exec(compile(tree, "<the README>", "exec"), names)  # noqa: S102 - the README's own code


def test_a_widget_is_three_lines(names: dict[str, Any]) -> None:
    run_block("learning_rate=1e-6)\nwidget", names)
    assert names["widget"].learning_rate == 1e-6


def test_a_lesson_asks_hides_and_locks(names: dict[str, Any]) -> None:
    run_block("lesson = ", names)
    assert (names["lesson"].ask, names["lesson"].lock) == ("diverges", ())
    assert names["lesson"].hide == ("compare", "valley")


def test_an_update_function_may_be_ones_own(names: dict[str, Any]) -> None:
    run_block("def momentum", names)
    names["shown"].run()
    assert names["shown"].trainer.loss() < 2000


def test_the_trainers_verbs_do_what_their_comments_say(
    names: dict[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    run_block("from linreg_widget import Trainer, crop_yields", names)
    assert "DataLoader" in capsys.readouterr().out
    trainer = names["trainer"]
    assert [branch.start for branch in trainer.recording.branches] == [100, 0]
    assert (trainer.status, trainer.settings.seed) == ("ready", 1)


def test_the_data_speak_and_two_runs_are_compared(names: dict[str, Any]) -> None:
    run_block("from linreg_widget import Insight", names)
    assert names["trainer"].comparison()["run"].tolist() == ["standardized", "now"]


def test_rows_are_held_out_and_the_run_stops_before_it_overfits(names: dict[str, Any]) -> None:
    run_block("from linreg_widget import Stop", names)
    trainer = names["early"]
    assert trainer.position.update == trainer.best_update
    assert "the rows held out" in trainer.recording.notices[max(trainer.recording.notices)]


def test_a_page_of_its_own_is_written(
    names: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    run_block('to_html("lesson.html")', names)
    assert {path.name for path in tmp_path.iterdir()} == {"lesson.html", "there.html"}


def test_what_a_teacher_gives_out_comes_back(
    names: dict[str, Any],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    run_block("exercise = ", names)
    exercise = names["exercise"]
    exercise.panel.page.press("step")
    exercise.panel.page.guess(30_000)
    run_block("exercise.to_html", names)
    run_block("exercise.answers", names)
    assert names["again"].trainer.loss() == exercise.trainer.loss()
    assert names["again"].status == "finished"
    answers = pd.read_csv(tmp_path / "answers.csv")
    assert answers[["guess", "right"]].to_numpy().tolist() == [[30_000, True]]
    assert capsys.readouterr().out.strip() == names["link"]
    assert (tmp_path / "exercise.html").exists()


def test_every_python_example_is_run() -> None:
    tests = Path(__file__).read_text(encoding="utf-8")
    used = re.findall(r"^    run_block\((['\"])(.+?)\1, names\)$", tests, re.MULTILINE)
    words = [ast.literal_eval(f"{quote}{text}{quote}") for quote, text in used]
    run = [block for block in blocks("python") if any(one in block for one in words)]
    assert run == blocks("python")


def test_a_question_of_ones_own_is_asked(names: dict[str, Any]) -> None:
    run_block("TrainerWidget(ask=[question])", names)
    panel = names["shown"].panel
    panel.page.press("step")
    assert panel._question["choices"] == names["question"]["choices"]


def test_the_magic_trains_on_the_table_in_its_cell(shell: Any) -> None:
    load, train = blocks("ipython")
    for code in (load, train.replace("%%linreg", "%%linreg -q -n crops")):
        shell.run_cell(code).raise_error()
    crops = shell.user_ns["crops"]
    assert crops.status == "finished"
    assert crops.status == "finished"
    assert crops.trainer.table.target_names == ("Mangoes", "Oranges")


def test_the_commands_are_in_the_makefile() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = re.findall(r"(?:`|^)make (\w+)", README, re.MULTILINE)
    assert {"lesson", "test"} <= set(targets)
    for target in targets:
        assert re.search(rf"^{target}:", makefile, re.MULTILINE), target


def test_the_keys_are_those_of_the_panel() -> None:
    code = (ROOT / "js" / "src" / "state" / "keys.ts").read_text(encoding="utf-8")
    (help_list,) = re.findall(
        r"const help.*?\[\n(.*?)^  \] as const;", code, re.MULTILINE | re.DOTALL
    )
    in_panel = [
        (key, say(message))
        for key, message in re.findall(r'\["(.+?)", say\("(.+?)"\)\]', help_list)
    ]
    (table,) = re.findall(r"^\| Control \| Key .+?\n\n", README, re.MULTILINE | re.DOTALL)
    in_readme = re.findall(r"^\| ([^|]+?) \| ([^|\s]+) \|", table, re.MULTILINE)[1:]
    others = ("Tab", "+ −", "Enter", "Ctrl Z", "Shift Enter")
    buttons = [(key, does) for key, does in in_panel if key not in others]
    assert [(key, does.replace(", ", " or ")) for does, key in in_readme] == buttons
    assert len(buttons) == 4


def test_the_linked_files_exist() -> None:
    links = [link for link in re.findall(r"\]\(([^)]+)\)", README) if not link.startswith("#")]
    assert "notebooks/images/trainer.png" in links
    assert [link for link in links if not (ROOT / link).exists()] == []


def test_links_within_the_page_lead_to_a_heading() -> None:
    headings = re.findall(r"^#+ (.+)$", README, re.MULTILINE)
    anchors = {re.sub(r"[^\w -]", "", one).lower().replace(" ", "-") for one in headings}
    links = re.findall(r"\]\(#([^)]+)\)", README)
    assert "for-teachers" in links
    assert [link for link in links if link not in anchors] == []


def test_each_row_of_where_it_works_says_how_that_is_known() -> None:
    (table,) = re.findall(r"^\| \| controls, microscope .+?\n\n", README, re.MULTILINE | re.DOTALL)
    rows = [line.rsplit(" |", 2)[1] for line in table.strip().splitlines()[2:]]
    ways = re.compile(r"`make (test|matrix)`|not tested|by hand|unit tests")
    assert len(rows) > 20
    assert [row for row in rows if not ways.search(row)] == []


def test_where_it_works_names_the_versions_that_tests_run_on() -> None:
    table = README[README.index("## Where it works") : README.index("## What is different here")]
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    tested = {
        (name, version)
        for file in PINNED
        for name, version in pins_of((ROOT / file).read_text(encoding="utf-8")).items()
    }
    (kernels,) = re.findall(r"^IPYKERNELS := (.+)$", makefile, re.MULTILINE)
    tested |= {("ipykernel", version) for version in kernels.split()}
    tested |= {("nbgrader", version) for version in re.findall(r"nbgrader==([\d.]+)", makefile)}
    tested |= {("python", version) for version in PYTHONS}
    programs = "JupyterLab|Notebook|ipykernel|marimo|nbgrader|papermill|Python"
    named = [
        (name.lower(), version)
        for name, versions in re.findall(rf"({programs}) (\d[\d.]*(?: and \d[\d.]*)?)", table)
        for version in versions.split(" and ")
    ]
    assert len(named) > 10
    assert [
        (name, version)
        for name, version in named
        if not any(f"{other}.".startswith(f"{version}.") for one, other in tested if one == name)
    ] == []


def test_each_lesson_is_in_the_table_with_the_minutes_that_it_says_itself() -> None:
    rows = re.findall(r"^\| \[`(\w+)`\].+?\| (\d+) \| .+ \|$", README, re.MULTILINE)
    assert [name for name, _ in rows] == [path.stem for path in LESSONS]
    for path, (_, minutes) in zip(LESSONS, rows, strict=True):
        assert f"It takes about {minutes} minutes" in texts_of(path)["title"]


def test_the_points_are_those_of_the_graded_lesson() -> None:
    ((points, exercises),) = re.findall(r"(\d) points for its (\w+)\s+exercises", README)
    (graded,) = (path for path in LESSONS if path.stem.startswith("03"))
    graders = [cell.metadata.get("nbgrader", {}) for cell in cells_of(graded).values()]
    assert sum(about.get("points", 0) for about in graders) == int(points)
    assert (exercises, len(exercises_of(graded))) == ("three", 3)


def test_the_changelog_has_this_version() -> None:
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert changelog.startswith("# Changelog\n\n## ")
    assert re.search(rf"^## {re.escape(linreg_widget.__version__)} ", changelog, re.MULTILINE)
