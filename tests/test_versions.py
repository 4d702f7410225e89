"""``linreg_widget.versions()``: what a report of an error says about an installation."""

from __future__ import annotations

import json
import subprocess
import sys
from importlib import metadata
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from IPython.lib.pretty import pretty

import linreg_widget

ROOT = Path(__file__).parents[1]


def test_it_names_the_package_python_and_what_it_stands_on() -> None:
    found = linreg_widget.versions()
    assert found["linreg_widget"] == linreg_widget.__version__
    assert found["Python"] == ".".join(map(str, sys.version_info[:3]))
    for name in ("torch", "numpy", "pandas", "matplotlib", "ipywidgets", "anywidget", "ipympl"):
        assert found[name] == metadata.version(name)


def test_it_is_printed_a_line_for_each_in_columns() -> None:
    found = linreg_widget.versions()
    lines = str(found).splitlines()
    assert lines == repr(found).splitlines() == pretty(found).splitlines()
    assert [line.split()[0] for line in lines] == [*found]
    column = lines[0].index(linreg_widget.__version__)
    for line, words in zip(lines, found.values(), strict=True):
        assert line[column:] == words
        assert line[column - 2 : column] == "  "


def test_a_needed_package_that_is_missing_is_said_and_a_front_end_is_left_out(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    known = metadata.version

    def version(name: str) -> str:
        if name in ("ipympl", "jupyterlab"):
            raise metadata.PackageNotFoundError(name)
        return known(name)

    monkeypatch.setattr(metadata, "version", version)
    found = linreg_widget.versions()
    assert found["ipympl"] == "not installed"
    assert "jupyterlab" not in found
    assert found["notebook"] == known("notebook")


def test_the_processor_is_named_as_torch_sees_it_where_torch_is_loaded(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    import torch

    seen = torch.backends.cpu.get_cpu_capability()
    assert linreg_widget.versions()["processor"].startswith(f"{seen}, ")
    monkeypatch.delitem(sys.modules, "torch")
    assert "torch is not loaded" in linreg_widget.versions()["processor"]
    monkeypatch.setitem(sys.modules, "torch", torch)


def test_it_is_listed_and_is_no_name_to_be_starred() -> None:
    assert "versions" in dir(linreg_widget)
    names: dict[str, Any] = {}
    exec("from linreg_widget import *", names)  # noqa: S102
    assert "versions" not in names
    assert not isinstance(linreg_widget.versions, ModuleType)


@pytest.mark.process
def test_it_loads_none_of_the_packages_that_it_names() -> None:
    code = (
        "import json, sys, linreg_widget; found = {*linreg_widget.versions()} - {'platform'}; "
        "print(json.dumps([*{name.split('.')[0].lower() for name in sys.modules} & found]))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert json.loads(done.stdout) == ["linreg_widget"]
