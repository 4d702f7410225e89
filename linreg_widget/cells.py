"""Widgets of a cell that is run again: the new ones take the place of the old.

ipywidgets keeps every widget until it is closed, and the name that held it soon holds the next. So
a cell that is run again and again, as cells are in a lesson, would fill the kernel and the page
with panels and figures that nobody sees. The notebook says with each request which cell it is.
"""

from __future__ import annotations

import weakref
from typing import TYPE_CHECKING, Any, Protocol

from IPython.core.getipython import get_ipython

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["take_the_place_of_old_ones"]


class _Closable(Protocol):
    def close(self) -> None: ...


_made: dict[str, tuple[str, weakref.WeakSet[Any]]] = {}
"""Of each cell: its latest run, and the widgets that this run has made."""


def take_the_place_of_old_ones(widget: _Closable) -> None:
    """Close what earlier runs of the running cell made, and note that this run made a widget.

    Nothing is closed where the notebook does not say which cell runs (the classic notebook,
    nbclient, a console).
    """
    cell, run = _running()
    if cell is None:
        return
    latest, old = _made.get(cell, ("", weakref.WeakSet()))
    if latest != run:
        for one in list(old):
            one.close()
        old = weakref.WeakSet()
    old.add(widget)
    _made[cell] = run, old


def _running() -> tuple[str | None, str]:
    """Return the id of the cell that runs, or None, and that of the request which runs it."""
    parent: Mapping[str, Any] = getattr(get_ipython(), "parent_header", None) or {}
    metadata = parent.get("metadata") or {}
    # JupyterLab, Notebook 7 and VS Code; Colab (google.colab's history reads it there).
    cell = metadata.get("cellId") or (metadata.get("colab") or {}).get("cell_id")
    return cell, (parent.get("header") or {}).get("msg_id", "")
