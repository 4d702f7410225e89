"""When a widget is closed: as soon as the page no longer shows it and nothing else holds it.

ipywidgets keeps every widget until it is closed. So a cell that is run again and again, as in a
lesson, or a slider that makes a widget at each move (``interactive``), would fill the kernel and
the page with panels and figures that nobody sees. At the end of a request in which a widget was
made, or disappeared from the page, all widgets are checked:

- A widget that the page shows stays (``shown``): as an output of the latest run of a cell, in an
  ``Output`` until that is cleared, or in a box that is shown.
- A widget stays if something of the user's holds it or a part of it (``held``): a name, a list, an
  attribute, a closure. ``Out`` and ``_`` do not count.
- A widget that was never shown or held stays until the cell that made it runs again, and for good
  if the notebook does not say which cell runs (the classic notebook, nbclient).
- All others are closed. Of those that are still in ``Out``, the latest keep their trainers, in case
  somebody wants a run back.

At that moment a page's message for a closing widget may be under way in another thread, which then
holds it. So a widget with an unknown holder is checked again when the next few messages end.

While ``w = TrainerWidget()`` runs, w is still the name of the old widget; so the old one is closed
at the end of its cell. Outside a notebook nothing is closed.
"""

from __future__ import annotations

import weakref
from collections import deque
from typing import TYPE_CHECKING, Any, Protocol

from IPython.core.getipython import get_ipython

from linreg_widget.panel.outputs import Outputs, Pictured

from .held import Search, open_widgets
from .shown import Displays

if TYPE_CHECKING:
    from .shown import Request

_KEPT = 3  # closed widgets that keep their trainers, like IPython's _, __ and ___
_AGAIN = 3  # messages whose ends are waited for: each look is a search


class _Widget(Pictured, Protocol):
    def parts(self) -> list[Any]: ...

    def close(self) -> None: ...

    def let_go(self) -> None: ...


class _Life:
    """What is known of one widget: where it was made, and whether it was ever shown or held."""

    def __init__(self, made: Request) -> None:
        self.made = made
        self.was_seen = False


class _Watch:
    """Looks after the widgets of one shell."""

    def __init__(self, shell: Any) -> None:
        self.shell = shell
        self.displays = Displays(shell)
        self.lives: weakref.WeakKeyDictionary[_Widget, _Life] = weakref.WeakKeyDictionary()
        self.closed: deque[weakref.ref[_Widget]] = deque()
        self.looks = 0  # that are still due, though nothing has changed
        shell.events.register("pre_run_cell", self._on_cell)
        shell.events.register("post_run_cell", self._on_cell_end)
        shell.events.register("post_execute", self._on_message_end)
        self.outputs = Outputs(shell)

    def add(self, widget: _Widget) -> None:
        self.outputs.add(widget)
        with self.displays.lock:
            self.lives[widget] = _Life(self.displays.begin())
            self.displays.changed = True

    def _on_cell(self, *_: object) -> None:
        self.displays.begin()

    def _on_cell_end(self, result: Any = None) -> None:
        self.displays.returned(getattr(result, "result", None))
        self._close_the_left()

    def _on_message_end(self) -> None:
        if self.displays.begin().is_message:  # a cell's result is not displayed yet
            self._close_the_left()

    def _close_the_left(self) -> None:
        with self.displays.lock:
            if self.displays.changed:
                self.looks = 1 + _AGAIN
            if self.looks == 0:
                return
            self.looks -= 1
            self.displays.changed = False
            left = self._left()
        for widget in left:  # without the lock: each waits for its own
            widget.close()
            self.closed.append(weakref.ref(widget))
        while len(self.closed) > _KEPT:
            old = self.closed.popleft()()
            if old is not None:
                old.let_go()

    def _left(self) -> list[_Widget]:
        """Return the widgets that are neither shown nor held."""
        self.displays.forget()
        search = Search(self.shell, self.displays.shown(), self.displays.shown_by)
        groups: list[list[Any]] = [one.parts() for one in list(self.lives) if not one.is_closed]
        groups += [[one] for one in list(open_widgets().values()) if self.displays.shown_by(one)]
        ids = {id(one) for group in groups for one in group}
        near = search.reached(ids)
        self._note(
            groups, near | Search(None, self.displays.gone, self.displays.shown_by).reached(ids)
        )
        self.displays.gone.clear()
        dark = [group for group in groups if near.isdisjoint(map(id, group))]
        dark = [group for group in dark if not self._is_fresh(group)]
        unheld = search.unheld(dark) if dark else []
        if len(unheld) == len(dark):
            self.looks = 0
        self._note([group for group in dark if group not in unheld], ids)
        return [group[0] for group in unheld if group[0] in self.lives]

    def _is_fresh(self, group: list[Any]) -> bool:
        """Whether a widget may be yet to be shown: it never was, and its cell is as it was."""
        life = self.lives.get(group[0])
        return life is not None and not life.was_seen and self.displays.is_latest(life.made)

    def _note(self, groups: list[list[Any]], seen: set[int]) -> None:
        """Note which widgets were seen: shown or held."""
        for group in groups:
            life = self.lives.get(group[0])
            if life is not None and not seen.isdisjoint(map(id, group)):
                life.was_seen = True


_watches: list[_Watch] = []
"""The one of the present shell, if there is one."""


def watch() -> _Watch | None:
    """Begin to listen to the notebook, if there is one, and return who does."""
    shell = get_ipython()
    if not (hasattr(shell, "events") and hasattr(shell, "display_pub")):
        return None
    if not _watches or _watches[-1].shell is not shell:
        _watches[:] = [_Watch(shell)]
    return _watches[-1]


def look_after(widget: _Widget) -> None:
    """Close a new widget when it is no longer shown or held."""
    present = watch()
    if present is not None:
        present.add(widget)


watch()  # what is displayed before the first widget is made may come to hold it
