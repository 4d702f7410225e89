"""The how-to pages and the explanation: their code runs, and prints what stands below it."""

from __future__ import annotations

import ast
import contextlib
import doctest
import io
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from IPython.core.interactiveshell import InteractiveShell
from traitlets.config import Config

from gallery.manual import EXPLAINED, GUIDES, Guide
from linreg_widget import TrainerWidget

ROOT = Path(__file__).parents[1]
PAGES = (*GUIDES, EXPLAINED)
NAMES = [guide.name for guide in PAGES]
# A block of code, and what it prints, where the page shows that.
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$(?:\n+```text\n(.*?)^```$)?", re.MULTILINE | re.DOTALL)
ALIKE = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE


@pytest.fixture
def shell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """Yield IPython in a folder of its own; the widgets made there are closed."""
    monkeypatch.chdir(tmp_path)
    make: Any = InteractiveShell
    shell = make(config=Config({"HistoryManager": {"enabled": False}}))
    yield shell
    for value in [*shell.user_ns.values()]:
        if isinstance(value, TrainerWidget):
            value.close()


def blocks_of(guide: Guide) -> list[tuple[str, str, str]]:
    """Return the page's blocks: language, code, and what it prints."""
    return [(one[1], one[2], one[3] or "") for one in BLOCK.finditer(guide.body)]


def printed_by(shell: Any, code: str) -> str:
    """Run a block as a cell, and return what it printed, and the repr of its last line."""
    tree = ast.parse(code)
    last = tree.body[-1]
    if isinstance(last, ast.Expr):
        shown = f"_shown = {ast.unparse(last)}\nif _shown is not None: print(repr(_shown))"
        tree.body[-1:] = ast.parse(shown).body
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        exec(compile(tree, "<the page>", "exec"), shell.user_ns)  # noqa: S102 - our own
    return out.getvalue()


@pytest.mark.parametrize("guide", PAGES, ids=NAMES)
def test_the_code_of_a_page_runs_and_prints_what_stands_below_it(guide: Guide, shell: Any) -> None:
    checker = doctest.OutputChecker()
    code = [one for one in blocks_of(guide) if one[0] in ("python", "ipython")]
    assert code
    for language, source, wanted in code:
        if language == "ipython":
            result = shell.run_cell(source)
            result.raise_error()
            continue
        got = printed_by(shell, source)
        if wanted:
            example = doctest.Example(source, wanted)
            assert checker.check_output(wanted, got, ALIKE), checker.output_difference(
                example, got, ALIKE
            )


@pytest.mark.parametrize("guide", PAGES, ids=NAMES)
def test_no_block_is_left_out(guide: Guide) -> None:
    fences = re.findall(r"^```(\w+)$", guide.body, re.MULTILINE)
    languages = [language for language, *_ in blocks_of(guide)]
    outputs = [wanted for *_, wanted in blocks_of(guide) if wanted]
    assert len(languages) + len(outputs) == len(fences)
    assert {*languages} <= {"python", "ipython", "sh"}  # `text` stands below what prints it


@pytest.mark.parametrize("guide", PAGES, ids=NAMES)
def test_the_commands_of_a_page_are_in_the_makefile(guide: Guide) -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for target in re.findall(r"(?:`|^)make (\w+)", guide.body, re.MULTILINE):
        assert re.search(rf"^{target}:", makefile, re.MULTILINE), target


def test_what_a_page_prints_otherwise_would_be_seen(shell: Any) -> None:
    got = printed_by(shell, "print(1)\n2")
    assert got == "1\n2\n"
    assert not doctest.OutputChecker().check_output("1\n3\n", got, ALIKE)


def test_there_are_ten_tasks_and_each_page_says_what_it_is_for() -> None:
    assert len(GUIDES) == 10
    files = {path.stem for path in (ROOT / "gallery" / "howto").glob("*.md")}
    assert {f"howto-{name}" for name in files} == {guide.name for guide in GUIDES}
    for guide in PAGES:
        assert re.fullmatch(r"[A-Z].*[.?]", guide.summary), guide.name
        assert "\n" not in guide.summary
