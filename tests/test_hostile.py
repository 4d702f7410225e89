"""What comes from outside is data: nothing of it is run, unpickled or fetched, and none hangs.

CONTRIBUTING.md has the table of what may be hostile, with the tests; this file holds it to that.
"""

from __future__ import annotations

import ast
import base64
import json
import pickle
import re
import zlib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import linreg_widget
from linreg_widget import LinregError, SettingsError, Table, TableError, crop_yields
from linreg_widget.table.columns import fill_names
from linreg_widget.training import trainer_from
from tests.lanes import at_length

ROOT = Path(__file__).parents[1]
PACKAGE = Path(linreg_widget.__file__).parent
MODULES = sorted(PACKAGE.rglob("*.py"))

RUNS = {"eval", "exec", "__import__", "system", "popen", "Popen", "check_output"}
UNPICKLES = {"load", "loads", "Unpickler", "read_pickle", "unsafe_load"}
OUTSIDE = {
    *("aiohttp", "ctypes", "dill", "ftplib", "http", "httpx", "joblib", "marshal", "requests"),
    *("shelve", "smtplib", "socket", "subprocess", "urllib", "urllib3", "webbrowser", "xml"),
}


def calls_in(path: Path) -> set[str]:
    """Return what a module calls, as it is written: ``json.loads``, ``open``."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return {ast.unparse(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}


def packages_in(path: Path) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {one.name.split(".")[0] for one in node.names}
        elif isinstance(node, ast.ImportFrom) and not node.level:
            found.add((node.module or "").split(".")[0])
    return found


def test_the_package_runs_unpickles_and_fetches_nothing() -> None:
    for path in MODULES:
        called = calls_in(path)
        assert not {one for one in called if one.rpartition(".")[2] in RUNS}, path
        loaded = {one for one in called if one.rpartition(".")[2] in UNPICKLES}
        assert loaded <= {"json.load", "json.loads", "np.load"}, path
        source = path.read_text(encoding="utf-8")
        for call in re.findall(r"^[^#]*\bnp\.load\([^)]*\)", source, re.MULTILINE):
            # Code that is written for others has no pickle either: NumPy's own default.
            assert "allow_pickle=False" in call or 'mmap_mode="c"' in call, (path, call)
        assert not packages_in(path) & OUTSIDE, path


def test_what_is_looked_for_would_be_found(tmp_path: Path) -> None:
    path = tmp_path / "bad.py"
    path.write_text("import urllib.request, os\nos.system('x'); torch.load(f); eval('1')\n")
    called = {one.rpartition(".")[2] for one in calls_in(path)}
    assert called & RUNS == {"system", "eval"}
    assert called & UNPICKLES == {"load"}
    assert packages_in(path) & OUTSIDE == {"urllib"}


class Trap:
    """What runs code when it is unpickled."""

    sprung = False

    def __reduce__(self) -> tuple[Any, ...]:
        return (setattr, (Trap, "sprung", True))


@pytest.mark.parametrize("packed", [False, True])
def test_a_link_that_is_a_pickle_is_refused_and_not_unpickled(*, packed: bool) -> None:
    Trap.sprung = False
    data = pickle.dumps(Trap())
    text = base64.urlsafe_b64encode(zlib.compress(data) if packed else data).decode()
    with pytest.raises(SettingsError, match="not a link of a run"):
        trainer_from(f"linreg1:{text}", crop_yields())
    assert not Trap.sprung
    pickle.loads(data)
    assert Trap.sprung, "it would have"


def test_a_link_that_swells_is_refused_before_it_has() -> None:
    small = zlib.compress(b" " * 30_000_000, 9)
    assert len(small) < 40_000
    text = base64.urlsafe_b64encode(small).decode()
    with pytest.raises(SettingsError, match="not a link of a run"):
        trainer_from(f"linreg1:{text}", crop_yields())


def test_a_link_nested_deeper_than_python_can_go_is_refused() -> None:
    text = base64.urlsafe_b64encode(zlib.compress(b"[" * 100_000)).decode()
    with pytest.raises(SettingsError, match="not a link of a run"):
        trainer_from(f"linreg1:{text}", crop_yields())


def test_a_table_that_is_a_pickle_is_refused_and_not_unpickled(tmp_path: Path) -> None:
    Trap.sprung = False
    for name in ("table.csv", "table.pkl", "table.npy"):
        path = tmp_path / name
        path.write_bytes(pickle.dumps(Trap()))
        with pytest.raises(LinregError):
            Table.of(path)
    assert not Trap.sprung


PIECES = {
    "spaces": " ",
    "tabs": "\t",
    "commas": ",",
    "points": ".",
    "digits": "1",
    "digits-and-points": "1.",
    "digits-and-commas": "1,",
    "digits-and-spaces": "1 ",
    "signs": "-",
    "exponents": "1e",
    "quotes": '"',
    "brackets": "(",
    "footnotes": "[1]",
    "pipes": "|",
    "dashes": "-+",
    "percents": "%",
    "money": "$",
    "braces": "{",
    "tags": "<b>",
    "entities": "&amp;",
    "escapes": "\\",
    "zeros": "\0",
    "backwards": "\u202e",
    "marks": "e\u0301",
}
"""Pieces of which a pattern that goes back and forth could not get enough."""


@pytest.mark.slow
@pytest.mark.parametrize("kind", PIECES)
def test_no_cell_or_name_however_long_hangs_the_reader(kind: str) -> None:
    """A pattern that takes exponential time would never end here."""
    long = PIECES[kind] * (5_000 if at_length() else 1_000)
    for text in (
        f"a,b\n1,2\n{long},3\n4,5\n",
        f"a,{long}\n1,2\n3,4\n",
        f"a,b\n1,2\n{long}x,3\n",
        long,
    ):
        words = ""
        try:
            words = repr(Table.parse(text))
        except LinregError as error:
            words = str(error)
        assert 0 < len(words) < 1_000, "and what is said of it is short"


class Counted(str):
    """A name that counts how often any such name is compared or hashed."""

    __slots__ = ()
    looks = 0

    def __eq__(self, other: object) -> bool:
        Counted.looks += 1
        return str.__eq__(self, other)

    def __hash__(self) -> int:
        Counted.looks += 1
        return str.__hash__(self)


@pytest.mark.parametrize("names", ["none", "those that are wanted", "those of others"])
def test_names_for_many_columns_are_found_without_looking_at_each_for_each(names: str) -> None:
    """Six thousand cells in a line are a table of six thousand columns without names."""
    count = 2_000
    given = {
        "none": [""] * count,
        "those that are wanted": [f"x{number}" for number in range(1, count + 1)],
        "those of others": [f"x{number}" for number in range(count // 2, count)] + [""] * count,
    }[names]
    Counted.looks = 0
    columns = [Counted(name) for name in given]
    filled = fill_names(columns, range(len(given)), ())
    assert len({*map(str, filled)}) == len(given)
    assert all(filled)
    assert Counted.looks < 10 * len(given)


LONG = "x" * 10_001


NAMED: dict[str, Callable[[], Table]] = {
    "column": lambda: Table.parse(f"{LONG},b\n1,2\n3,5\n6,7\n"),
    "row": lambda: Table.parse(f"name,a,b\n{LONG},1,2\nm,3,5\nn,6,7\n"),
    "key": lambda: Table.of({LONG: [1, 2, 3], "b": [2, 5, 7]}),
    "label": lambda: Table.of(pd.DataFrame({"a": [1, 2, 3], LONG: [2, 5, 7]})),
    "title": lambda: replace(crop_yields(), name=LONG),
}


@pytest.mark.parametrize("what", NAMED)
def test_a_name_that_would_fill_each_page_is_refused(what: str) -> None:
    with pytest.raises(TableError, match="10,001 characters, and 10,000 is the most"):
        NAMED[what]()


def test_a_text_longer_than_anybody_types_is_refused_before_it_is_read() -> None:
    with pytest.raises(TableError, match="2,000,001 characters, and 2,000,000 is the most"):
        Table.parse("\n" * 2_000_001)


@pytest.mark.skipif(not Path("/dev/zero").exists(), reason="such devices are Unix's")
def test_a_device_that_never_ends_is_not_read() -> None:
    with pytest.raises(TableError, match="it is a device and no file"):
        Table.of("/dev/zero")


def test_labels_that_pandas_takes_for_one_are_refused_in_words() -> None:
    with pytest.raises(TableError, match="more than one column is named 'nan'"):
        Table.of(pd.DataFrame({float("nan"): [1, 2, 3], None: [1, 4, 2]}))


# ---- the table of threats ------------------------------------------------------------------------


def test_each_test_that_the_table_of_threats_names_exists() -> None:
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    section = text.split("## What may be hostile\n")[1].split("\n## ")[0]
    rows = [line for line in section.splitlines() if line.startswith("| ")][1:]
    assert len(rows) >= 8
    for row in rows:
        files = re.findall(r"`(tests/[\w/]+\.py)`", row)
        assert files, row
        known = "".join((ROOT / file).read_text(encoding="utf-8") for file in files)
        names = re.findall(r"`(test_\w+)`", row)
        assert names, row
        for name in names:
            assert f"def {name}(" in known, name
    kinds = json.dumps(section).lower()
    for threat in ("table", "link", "notebook", "page", "pickle", "dependenc"):
        assert threat in kinds
