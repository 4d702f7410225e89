"""What README.md and CHANGELOG.md say is so: the examples run, the commands and files exist."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from IPython.core.interactiveshell import InteractiveShell
from traitlets.config import Config

import linreg_widget

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    """Return the README's blocks of code in a language."""
    return re.findall(rf"^```{language}\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)


@pytest.fixture
def shell() -> Any:
    make: Any = InteractiveShell
    return make(config=Config({"HistoryManager": {"enabled": False}}))


def test_the_python_examples_do_what_their_comments_say(
    capsys: pytest.CaptureFixture[str],
) -> None:
    codes = [compile(code, "README.md", "exec") for code in blocks("python")]
    widget, lesson, script = codes[0], codes[1], codes[3]
    names: dict[str, Any] = {}
    exec(widget, names)  # noqa: S102 - the README's own code
    assert names["widget"].learning_rate == 1e-6
    names["widget"].close()
    exec(lesson, names)  # noqa: S102
    assert (names["lesson"].ask, names["lesson"].lock) == ("diverges", ())
    assert names["lesson"].hide == ("compare", "valley")
    names["lesson"].close()
    momentums = "momentum = TrainerWidget(update=momentum)"
    own = blocks("python")[2].replace("TrainerWidget(update=momentum)", momentums)
    exec(own, names)  # noqa: S102
    names["momentum"].run()
    assert names["momentum"].trainer.loss() < 2000
    names["momentum"].close()
    exec(script, names)  # noqa: S102
    assert "DataLoader" in capsys.readouterr().out
    trainer = names["trainer"]
    assert [branch.start for branch in trainer.recording.branches] == [100, 0]
    assert (trainer.status, trainer.settings.seed) == ("ready", 1)


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
    targets = re.findall(r"\bmake (\w+)", README)
    assert {"lesson", "test"} <= set(targets)
    for target in targets:
        assert re.search(rf"^{target}:", makefile, re.MULTILINE), target


def test_the_keys_are_those_of_the_panel() -> None:
    code = (ROOT / "js" / "src" / "keys.ts").read_text(encoding="utf-8")
    (help_list,) = re.findall(r"const HELP.*?= \[\n(.*?)^\];", code, re.MULTILINE | re.DOTALL)
    in_panel = re.findall(r'\["(.+?)", "(.+?)"\]', help_list)
    (table,) = re.findall(r"^\| Control \| Key .+?\n\n", README, re.MULTILINE | re.DOTALL)
    in_readme = re.findall(r"^\| ([^|]+?) \| ([^|\s]+) \|", table, re.MULTILINE)[1:]
    buttons = [(key, does) for key, does in in_panel if key not in ("Tab", "Enter")]
    assert [(key, does.replace(", ", " or ")) for does, key in in_readme] == buttons
    assert len(buttons) == 4


def test_the_linked_files_exist() -> None:
    links = re.findall(r"\]\(([^)]+)\)", README)
    assert "notebooks/images/trainer.png" in links
    assert [link for link in links if not (ROOT / link).exists()] == []


def test_the_changelog_has_this_version() -> None:
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert changelog.startswith("# Changelog\n\n## ")
    assert re.search(rf"^## {re.escape(linreg_widget.__version__)} ", changelog, re.MULTILINE)
