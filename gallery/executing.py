"""Runs a lesson from top to bottom, and keeps what its widgets need on a page without a kernel.

On that page, each widget stands where it stood when its cell had run, and the page trains it from
there. A widget that is shown again, after code has moved it or has opened another tab, is a second
widget there. A widget with its own update function needs a tape, and all need their pictures. So
cells after the lesson's own run every widget to its end, unless it is there already, and wind it
back.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
import re
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from copy import deepcopy
from importlib.metadata import version
from pathlib import Path
from typing import Any

import nbformat
from filelock import FileLock
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell

import linreg_widget
from linreg_widget.panel.tape import FOR_A_PAGE

LESSONS = sorted((Path(__file__).parents[1] / "notebooks").glob("*.ipynb"))
VIEW = "application/vnd.jupyter.widget-view+json"

_RUNNING = "running-on"
_RUN = """
from ipywidgets.widgets.widget import _instances as _linreg_open

def _linreg_widgets(models):
    return [_linreg_open[model] for model in models]

def _linreg_seek(places):
    for widget, (update, phase) in zip(_linreg_widgets(places), places.values()):
        widget.seek(update, phase or None)

def _linreg_run(models):
    from linreg_widget import LinregError

    left = {}
    for model, widget in zip(models, _linreg_widgets(models)):
        position = widget.trainer.position
        left[model] = position.update, position.phase
        if not widget.trainer.notice:  # else it has stopped by a rule
            try:
                widget.run()
            except LinregError:
                pass  # it is meant to fail, and its panel says why
    return left

def _linreg_turn(model, across, up):
    valley = getattr(_linreg_open.get(model), "_valley", None)
    if valley is not None:
        axes = dict(valley.across.options)
        valley.across.value, valley.up.value = axes[across], axes[up]

_linreg_shown = {model: place for model, place in {shown}.items() if model in _linreg_open}
_linreg_left = _linreg_run(_linreg_shown)
for _linreg_axes in {axes}:
    _linreg_turn(*_linreg_axes)
"""
_WINDING = "winding-back"
_WIND = f"""
_linreg_seek(_linreg_shown)
for _linreg_widget in _linreg_widgets(_linreg_shown):
    _linreg_widget.panel.make_tape(moments={FOR_A_PAGE})
"""
_LEAVING = "as-they-were"
_LEAVE = "_linreg_seek(_linreg_left)"
# These show the whole run, although the panel is wound back: pictures, and the valley's words.
_DRAWN = {"MPLCanvasModel": ("_data_url",), "LabelModel": ("value",)}
_AXES = re.compile(r"Across: (.+?)\. Up: (.+?)\.")
# What tells a widget that is shown again from itself as it was shown before.
_MOVED = ("update", "_phase", "status", "tab", "task", "ask")
_QUIET = ["--log-level=ERROR"]  # or each kernel warns that its port is open
_DECISIVE = ("ipykernel", "ipympl", "ipywidgets", "matplotlib", "numpy", "pandas", "torch")


class LessonError(Exception):
    """A lesson that fails to run; the message names its cell."""


class _Client(NotebookClient):
    """Runs a notebook, and prepares its widgets if it has the cells for that."""

    def __init__(self, notebook: NotebookNode, **options: Any) -> None:
        super().__init__(notebook, **options)
        self._shown: dict[str, tuple[int, str]] = {}
        self._drawn: dict[tuple[str, str], str] = {}
        self._panels: dict[str, tuple[Any, Any]] = {}  # state and buffers, as first shown
        self._axes: list[tuple[str, ...]] = []  # of valleys, as their lessons tell to choose them
        self._again: dict[str, tuple[Any, Any]] = {}  # and of those that are shown again

    async def async_execute_cell(self, cell: NotebookNode, *args: Any, **options: Any) -> Any:
        if cell.id == _RUNNING:
            cell.source = _RUN.replace("{shown}", repr(self._shown))
            cell.source = cell.source.replace("{axes}", repr(self._axes))
        done = await super().async_execute_cell(cell, *args, **options)
        for output in cell.get("outputs", ()):
            if view := output.get("data", {}).get(VIEW, {}):
                view["model_id"] = self._noted(view["model_id"])
        if cell.id == _RUNNING:
            self._drawn = {
                (model, name): state[name]
                for model, state in self.widget_state.items()
                for name in _DRAWN.get(state.get("_model_name", ""), ())
            }
        elif cell.id == _WINDING:
            for (model, name), value in self._drawn.items():
                self.widget_state[model][name] = value
            for panel, (state, buffers) in self._panels.items():
                if state["_rows"]:
                    self.widget_state[panel], self.widget_buffers[panel] = state, buffers
            for model, (state, buffers) in self._again.items():
                self.widget_state[model], self.widget_buffers[model] = state, buffers
            self.store_widget_state = False  # what comes after it is not for the page
        return done

    def _update_display_id(self, display_id: str, msg: dict[str, Any]) -> None:
        """Leave outputs as they were shown: only where no widget is shown, a later picture is."""

    def _noted(self, model: str) -> str:
        """Note where a widget stands when it is shown; return by which id the page finds it so."""
        for child in self.widget_state.get(model, {}).get("children", ()):
            name = child.removeprefix("IPY_MODEL_")
            if "_phase" not in self.widget_state[name]:
                continue
            panel = deepcopy((self.widget_state[name], self.widget_buffers.get(name, {})))
            self._shown.setdefault(model, (panel[0]["update"], panel[0]["_phase"]))
            if told := _AXES.match(panel[0]["task"]):
                self._axes.append((model, *told.groups()))
            first, _ = self._panels.setdefault(name, panel)
            # A tape is long, and plays from where it is put.
            if panel[0]["_rows"] and any(first[key] != panel[0][key] for key in _MOVED):
                again = f"-{len(self._again)}"
                box = deepcopy(self.widget_state[model])
                box["children"] = [one + again * (one == child) for one in box["children"]]
                self._again[name + again] = panel
                self._again[model + again] = (box, {})
                return model + again
        return model


def preparing() -> list[NotebookNode]:
    """Return the cells that prepare the widgets for a page and then leave them as they were."""
    sources = {_RUNNING: _RUN, _WINDING: _WIND, _LEAVING: _LEAVE}
    return [new_code_cell(source, id=name) for name, source in sources.items()]


def opened(path: Path) -> NotebookNode:
    """Return a notebook that knows how many cells are its own; others may be added."""
    notebook: NotebookNode = nbformat.read(path, as_version=4)
    notebook.metadata.own = len(notebook.cells)
    return notebook


def execute(notebook: NotebookNode, name: str) -> None:
    """Run a notebook in place.

    Parameters
    ----------
    notebook : NotebookNode
    name : str
        What an error calls it.

    Raises
    ------
    LessonError
        If a cell fails that is not tagged ``raises-exception``.
    """
    with tempfile.TemporaryDirectory() as folder:
        # Nobody's own start-up files and back end.
        environment = {**os.environ, "IPYTHONDIR": folder}
        environment.pop("MPLBACKEND", None)
        client = _Client(notebook, timeout=300, kernel_name="python3", extra_arguments=_QUIET)
        try:
            # In a thread of its own: in the caller's an event loop may run, as Playwright's does.
            with ThreadPoolExecutor(1) as own:
                own.submit(lambda: asyncio.run(client.async_execute(env=environment))).result()
        except CellExecutionError as error:
            cell = next(cell for cell in notebook.cells if _fails(cell))
            number = notebook.cells.index(cell) + 1
            raise LessonError(
                f"{name} does not run: its cell {number} ({cell.id!r}) fails with "
                f"{error.ename}: {error.evalue}\n\n{cell.source}"
            ) from error


def execute_once(notebook: NotebookNode, kept: Path) -> NotebookNode:
    """Return a notebook with its outputs: run now, or before if nothing that matters has changed.

    What matters is its own cells, the package, and the packages that make its outputs. Processes
    that want the same notebook at the same time wait for each other.

    Parameters
    ----------
    notebook : NotebookNode
        From ``opened``.
    kept : Path
        The file in which it is, or will be.
    """
    fingerprint = _fingerprint(notebook)
    kept.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(kept.with_suffix(".lock")):
        if kept.exists():
            before: NotebookNode = nbformat.read(kept, as_version=4)
            if before.metadata.get("fingerprint") == fingerprint:
                return before
        execute(notebook, kept.stem)
        notebook.metadata.fingerprint = fingerprint
        part = kept.with_suffix(".part")
        nbformat.write(notebook, part)
        part.replace(kept)
    return notebook


def _fails(cell: NotebookNode) -> bool:
    may = "raises-exception" in cell.metadata.get("tags", ())
    return not may and any(one.output_type == "error" for one in cell.get("outputs", ()))


def _fingerprint(notebook: NotebookNode) -> str:
    own = [
        (cell.cell_type, cell.id, cell.source, cell.metadata)
        for cell in notebook.cells[: notebook.metadata.own]
    ]
    told = hashlib.sha256(repr(own).encode())
    for path in [Path(__file__), *sorted(Path(linreg_widget.__file__).parent.glob("**/*.py"))]:
        told.update(path.read_bytes())
    for package in _DECISIVE:
        told.update(f"{package} {version(package)} ".encode())
    told.update(sys.version.encode())
    return told.hexdigest()
