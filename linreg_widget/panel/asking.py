"""What the page can ask a panel for: its messages as acts, before some of which a lesson asks."""

from __future__ import annotations

import threading
from functools import partial
from typing import TYPE_CHECKING, Any

from linreg_widget.lesson import barred_message

from .pace import SLICE

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

    from linreg_widget.lesson import Question

    from .panel import TrainerPanel


_MOST_PIXELS = 10_000  # of a page


class PageActs:
    """The acts that the page can ask a panel for, and what its windows have told of themselves.

    Parameters
    ----------
    panel : TrainerPanel
    """

    def __init__(self, panel: TrainerPanel) -> None:
        self._panel = panel
        self._wide: set[object] = set()  # windows that show the loss beside the open tab
        self._ahead: dict[str, Any] = {}  # values that the host has still to send

    @property
    def opened(self) -> frozenset[str]:
        """The tabs that are seen: the open one, and in a wide window a second one."""
        tab = self._panel.tab
        if not self._wide:
            return frozenset({tab})
        return frozenset({"loss", "microscope" if tab == "loss" else tab})

    def do(self, message: Mapping[str, Any]) -> dict[str, Any]:
        """Do what a message asks for, if anything, and return what the reply says besides.

        Parameters
        ----------
        message : mapping
            Its kind, and what belongs to that kind; see ``requests``.

        Raises
        ------
        SettingsError
            If the lesson hides or locks the control that sends such a message.
        """
        panel, kind = self._panel, message.get("kind")
        to = panel.undoes if kind == "undo" else message.get("to")
        if barred := barred_message(kind, to, panel.gate.barred):
            panel.act(partial(panel.gate.check, barred), pause=False)
        elif kind == "tape":
            return {"more": not panel.make_tape(SLICE)}
        elif act := self._acts(message).get(kind):
            act()
        return {}

    def _acts(self, message: Mapping[str, Any]) -> dict[object, Callable[[], object]]:
        """Return what each kind of message asks for."""
        panel, get = self._panel, message.get

        def by() -> Any:  # a barred choice stays as it is, whatever the message says
            return panel.step_by if "step_by" in panel.gate.barred else get("by", panel.step_by)

        return {
            "advance": panel.advance,
            "step": lambda: self.press("step", by(), held=get("held") is True),
            "run": lambda: self.press("run"),
            "guess": lambda: self.guess(get("value")),
            "skip": self.skip,
            "back": lambda: panel.back(by()),
            "seek": lambda: panel.seek(get("update", 0)),
            "pause": panel.pause,
            "reset": panel.reset,
            "rescue": lambda: panel.rescue(get("to", "start")),
            "set": lambda: panel.set_entries(get("entries")),
            "draw": lambda: panel.draw(get("points"), str(get("pattern") or ""), get("onto")),
            "paste": lambda: panel.paste(message),
            "undo": self.undo,
            "keep": panel.keep,
            "forget": lambda: panel.forget(get("index", 0)),
            "look": lambda: self.look(message),
        }

    def look(self, message: Mapping[str, Any]) -> None:
        """Take over what a window of the page tells of itself; see ``requests.Look``."""
        note = self._wide.add if message.get("beside") is True else self._wide.discard
        note(str(message.get("client")))
        width, height = message.get("width"), message.get("height")
        if not (isinstance(width, int) and isinstance(height, int)):
            return
        if min(width, height) > 0 and max(width, height) < _MOST_PIXELS:
            self._panel.room = (width, height)

    def undo(self) -> None:
        """Take back what can be; pressed once too often, the key does nothing, as in any editor."""
        if self._panel.undoes:
            self._panel.undo()
        else:
            self._panel.act(bool, pause=False)  # what was refused before is over

    def news(self, values: Mapping[str, Any], answering: Collection[int]) -> dict[str, Any]:
        """Return those of a page's values that it has not told before.

        What a request brings ahead (see ``requests.Request``), the host sends once more when it
        comes to it: by then that request, or another one, may have led to another value.

        Parameters
        ----------
        values : mapping
            By trait.
        answering : collection of int
            The threads that are answering a request: it has brought what one of these sets.
        """
        if threading.get_ident() not in answering:
            new = object()
            return {name: one for name, one in values.items() if self._ahead.pop(name, new) != one}
        for name in self._panel.keys:
            present = getattr(self._panel, name)
            # The host's own message, if it has come first, has set it already.
            known = [*present] if isinstance(present, tuple) else present
            if name in values and values[name] != known:
                self._ahead[name] = values[name]
        return {**values}

    # ---- before which a lesson may ask ------------------------------------------------------

    def press(self, act: str, by: object = "update", *, held: bool = False) -> None:
        """Do what the page's Step or Run does: ask first if a guess is due, else act.

        Parameters
        ----------
        act : {"step", "run"}
        by : {"phase", "update", "epoch"}
            What a step goes by.
        held : bool
            Whether a key is held down, which asks nothing.
        """
        panel = self._panel
        # Read without the lock, which a cell may hold for as long as it trains.
        busy = panel.is_at_work or panel.trainer.status == "running"
        ask = partial(panel.gate.ask, act, by)
        if held or busy or panel.ask is None or not panel.act(ask, pause=False):
            self._do(act, by)

    def guess(self, value: object) -> None:
        """Answer the open question, and do the act that waited for it."""
        self._go_on(partial(self._panel.gate.guesses.guess, value))

    def skip(self) -> None:
        """Leave the open question without a guess, and do the act that waited for it."""
        self._go_on(self._panel.gate.guesses.skip)

    def _go_on(self, answer: Callable[[], Question]) -> None:
        panel = self._panel
        question = panel.act(partial(panel.gate.answered, answer), pause=False)
        if question is not None:  # else pressed twice, or answered in another window
            self._do(question.act, question.by)

    def _do(self, act: str, by: Any) -> None:
        if act == "run":
            self._panel.start()
        elif act == "step":
            self._panel.step(by)
