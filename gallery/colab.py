"""Lessons that need no repository: their first cell holds the package; ``make colab``.

A lesson's first code cell installs the package where it is missing: from PyPI, or from a wheel that
lies beside the notebook, whichever is newer. So it works before a release and after it. A lesson
written by `write_carriers` needs neither: the wheel itself stands in the cell, which Colab and
Jupyter show folded. Upload that one file to Colab, and it runs.

``python -m gallery.colab --first-cell`` writes `FIRST_CELL` into all lessons.
"""

from __future__ import annotations

import argparse
import base64
import sys
import textwrap
from pathlib import Path
from typing import TYPE_CHECKING

import nbformat

import linreg_widget

from .executing import LESSONS
from .texts import apart

if TYPE_CHECKING:
    from collections.abc import Sequence

    from nbformat import NotebookNode

ROOT = Path(__file__).parents[1]
CELL = "install"
"""The id of a lesson's first code cell."""

# pip takes the newest that it finds, on its index and in the folder that is named.
FIRST_CELL = """\
# Installs the package where it is missing, as on Google Colab, and does nothing where it is there:
# from PyPI, or from a wheel that lies beside this notebook.
import importlib.util

if importlib.util.find_spec("linreg_widget") is None:
    %pip install -q --find-links . linreg_widget"""

_CARRIED_CELL = '''\
# @title Press ▶: installs linreg_widget, which this cell carries {{ display-mode: "form" }}
# It is {name}, and does nothing where the package is there.
import base64
import importlib.util
import tempfile
from pathlib import Path

if importlib.util.find_spec("linreg_widget") is None:
    _wheel = Path(tempfile.mkdtemp(), "{name}")
    _wheel.write_bytes(base64.b64decode("""
{letters}
"""))
    %pip install -q "{{_wheel}}"'''
_FOLDED = {"cellView": "form", "jupyter": {"source_hidden": True}}  # for Colab; for Jupyter
_WIDTH = 120  # editors are slow with long lines


def carried_cell(wheel: Path) -> str:
    """Return the code of a cell that holds a wheel, and installs it where the package is missing.

    Parameters
    ----------
    wheel : Path
    """
    letters = base64.b64encode(wheel.read_bytes()).decode("ascii")
    return _CARRIED_CELL.format(name=wheel.name, letters="\n".join(textwrap.wrap(letters, _WIDTH)))


def carrier(lesson: Path, wheel: Path) -> NotebookNode:
    """Return a lesson that carries its package, without the badge that links to the repository.

    Parameters
    ----------
    lesson, wheel : Path
    """
    notebook = _read(lesson)
    _, notebook.cells[0].source = apart(notebook.cells[0].source)
    cell = _install_cell(notebook, lesson)
    cell.source = carried_cell(wheel)
    cell.metadata.update(_FOLDED)
    return notebook


def write_carriers(into: Path, wheel: Path, lessons: Sequence[Path] = LESSONS) -> list[Path]:
    """Write lessons that carry their package, and return their files.

    Parameters
    ----------
    into : Path
        Their folder; it may already exist.
    wheel : Path
    lessons : sequence of Path
    """
    if not wheel.is_file():
        message = f"There is no wheel at {wheel}: run `make build`, or name one with --wheel."
        raise SystemExit(message)
    into.mkdir(parents=True, exist_ok=True)
    for lesson in lessons:
        nbformat.write(carrier(lesson, wheel), into / lesson.name)
    return [into / lesson.name for lesson in lessons]


def set_first_cells(lessons: Sequence[Path] = LESSONS) -> list[Path]:
    """Write `FIRST_CELL` into lessons, and return those that have changed.

    Parameters
    ----------
    lessons : sequence of Path
    """
    changed = []
    for lesson in lessons:
        notebook = _read(lesson)
        cell = _install_cell(notebook, lesson)
        if cell.source != FIRST_CELL:
            cell.source = FIRST_CELL
            nbformat.write(notebook, lesson)
            changed.append(lesson)
    return changed


def _read(lesson: Path) -> NotebookNode:
    notebook: NotebookNode = nbformat.read(lesson, as_version=4)
    return notebook


def _install_cell(notebook: NotebookNode, lesson: Path) -> NotebookNode:
    """Return the first code cell, which installs the package."""
    first: NotebookNode | None = next(
        (cell for cell in notebook.cells if cell.cell_type == "code"), None
    )
    if first is None or first.id != CELL:
        told = "no code" if first is None else f"the code cell {first.id!r}"
        message = f"{lesson.name} begins with {told}: its first code cell must be {CELL!r}."
        raise SystemExit(message)
    return first


def main(arguments: Sequence[str] | None = None) -> None:
    """Read the command line, and write."""
    wheel = ROOT / "dist" / f"linreg_widget-{linreg_widget.__version__}-py3-none-any.whl"
    parser = argparse.ArgumentParser(prog="python -m gallery.colab", description=__doc__)
    parser.add_argument("--into", type=Path, default=ROOT / "dist" / "colab")
    parser.add_argument("--wheel", type=Path, default=wheel)
    parser.add_argument("--first-cell", action="store_true", help="write the lessons' own cells")
    options = parser.parse_args(arguments)
    if options.first_cell:
        for lesson in set_first_cells():
            sys.stdout.write(f"{lesson.name} has the new first cell\n")
        return
    for lesson in write_carriers(options.into, options.wheel):
        sys.stdout.write(f"{lesson} carries {options.wheel.name}\n")


if __name__ == "__main__":
    main()
