"""The panel's verbs, for Python and for the page alike: each acts on the trainer under the lock."""

from __future__ import annotations

import functools
import time
from typing import TYPE_CHECKING, Any, Concatenate, Literal, ParamSpec, TypeVar

from linreg_widget.errors import SettingsError
from linreg_widget.microscope import given_by_hand

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from linreg_widget.settings import By
    from linreg_widget.training import KeptRun, Trainer

    from .pace import Pace, SliceLength

__all__ = ["SLICE", "PanelVerbs", "acting"]

T = TypeVar("T", bound="PanelVerbs")
P = ParamSpec("P")
R = TypeVar("R")

SLICE = 0.05
"""Seconds of work for one request of the page: short enough to stop at once."""


def acting(
    *, pause: bool = True, clear: bool = True, rest: bool = True
) -> Callable[[Callable[Concatenate[T, P], R]], Callable[Concatenate[T, P], R]]:
    """Let a verb act on the trainer under the lock, and then show what it led to, error or not.

    Parameters
    ----------
    pause : bool
        Whether a run is paused first.
    clear : bool
        Whether the alert is emptied.
    rest : bool
        Whether the trainer is at rest afterwards, even if a run goes on: all is to be shown.
    """

    def decorate(verb: Callable[Concatenate[T, P], R]) -> Callable[Concatenate[T, P], R]:
        @functools.wraps(verb)
        def act(self: T, /, *args: P.args, **kwargs: P.kwargs) -> R:
            do = functools.partial(verb, self, *args, **kwargs)
            return self._act(do, pause=pause, clear=clear, rest=rest)

        return act

    return decorate


def _entry_of(given: object) -> tuple[str, Any, Any, float]:
    """Return what a message says of one entry: tensor, row, column, and the number."""
    words = given if isinstance(given, dict) else {}
    name = str(words.get("tensor"))
    number = given_by_hand(name, words.get("value"), ()).item()
    return name, words.get("row"), words.get("column"), number


class PanelVerbs:
    """What can be done with a panel; ``TrainerPanel`` shows what it led to."""

    trainer: Trainer
    _blocking: bool
    _stop: bool
    _heard: bool
    make_tape: Callable[..., bool]
    _pull: Any
    _pace: Pace
    _slice: SliceLength
    _listeners: list[Callable[..., None]]

    def _act(self, do: Callable[[], R], *, pause: bool, clear: bool, rest: bool) -> R:
        """Do something to the trainer; see ``acting``."""
        raise NotImplementedError

    @acting()
    def step(self, by: By = "update", count: int = 1) -> None:
        """Go forward; see ``Trainer.step``. A run is paused first."""
        self.trainer.step(by, count)

    @acting()
    def back(self, by: By = "update", count: int = 1) -> None:
        """Go back; see ``Trainer.back``. A run is paused first."""
        self.trainer.back(by, count)

    @acting()
    def seek(self, update: int, phase: str | None = None) -> None:
        """Go to a recorded moment; see ``Trainer.seek``. A run is paused first."""
        self.trainer.seek(update, phase)

    @acting()
    def reset(self, seed: int | None = None, *, standardize: bool | None = None) -> None:
        """Begin again; see ``Trainer.reset``. A run is paused first."""
        self.trainer.reset(seed, standardize=standardize)

    @acting(pause=False)
    def change(self, /, **changes: Any) -> None:
        """Change settings from the next update on; see ``Trainer.change``. A run goes on."""
        self.trainer.change(**changes)

    @acting()
    def set(self, w: object = None, b: object = None) -> None:
        """Set weights or biases by hand; see ``Trainer.set``. A run is paused first."""
        self.trainer.set(w, b)

    @acting()
    def set_entries(self, entries: object) -> None:
        """Set entries of ``w`` and ``b`` by hand, all at once; see ``Trainer.set``.

        Parameters
        ----------
        entries : list of dict
            Each with a ``tensor``, "w" or "b", a ``row`` (0 for b), a ``column`` and a ``value``.
        """
        trainer = self.trainer
        given = [_entry_of(one) for one in entries] if isinstance(entries, list) else []
        if not given:
            raise SettingsError(f"{entries!r} are not entries of w and b.")
        if trainer.position.phase:
            trainer.seek(trainer.position.update)  # out of the update under way, and what it did
        numbers = {"w": trainer.model.w.detach().tolist(), "b": [trainer.model.b.detach().tolist()]}
        for name, row, column, value in given:
            try:
                numbers[name][row][column] = value
            except (KeyError, IndexError, TypeError):
                raise SettingsError(f"there is no entry {name!r}[{row!r}, {column!r}].") from None
        names = {name for name, *_ in given}
        trainer.set(
            w=numbers["w"] if "w" in names else None, b=numbers["b"][0] if "b" in names else None
        )

    @acting()
    def undo(self) -> None:
        """Take back what was last set by hand; see ``Trainer.undo``."""
        self.trainer.undo()

    @acting()
    def rescue(self, to: Literal["start", "good"]) -> None:
        """Go back to where all was well, with a safe rate; see ``Trainer.rescue``."""
        self.trainer.rescue(to)

    @acting(pause=False)
    def keep(self, name: str | None = None) -> KeptRun:
        """Keep the run as it stands, to compare others with it; see ``Trainer.keep``."""
        return self.trainer.keep(name)

    @acting(pause=False)
    def forget(self, index: int) -> None:
        """Drop a kept run; see ``Trainer.forget``."""
        self.trainer.forget(index)

    @acting()
    def pause(self) -> None:
        """Pause a run after the update under way."""

    @acting(pause=False)
    def start(self) -> None:
        """Let the page run the trainer, as its Run button does. Returns at once."""
        if not self._blocking and self.trainer.status not in ("finished", "diverged"):
            self._pace.restart()
            self._slice.restart()
            self._pull = True

    def run(self, epochs: int | None = None) -> None:
        """Train in this cell, live, to the end of the run or for some epochs; see ``Trainer.run``.

        The page shows every slice, and its Pause button stops the run where the kernel can hear it
        while a cell runs (subshells). An interrupt pauses it between two updates, with all kept.
        At the end the tape is made, if no page has been heard of that would ask for it: a notebook
        that is executed without one keeps only what is sent while a cell runs.
        """
        try:
            slices = self._begin(epochs)
            while self._next_slice(slices):
                time.sleep(0.001)  # a lock is not fair: let a waiting thread have it
        finally:
            self._blocking = False  # before the call, at which another interrupt may come
            self._end()
        if not self._heard:
            self.make_tape()

    @acting()
    def _begin(self, epochs: int | None) -> Iterator[int]:
        slices = self.trainer.slices(SLICE, epochs)
        self._blocking, self._stop = True, False
        return slices

    @acting(clear=False)
    def _end(self) -> None:
        """End a run in a cell, whatever ended it."""

    @acting(pause=False, clear=False, rest=False)
    def _next_slice(self, slices: Iterator[int]) -> bool:
        return not self._stop and next(slices, None) is not None

    def on_change(self, listener: Callable[..., None]) -> None:
        """Call ``listener(at_rest=...)`` under the lock whenever the trainer has moved."""
        self._listeners.append(listener)
