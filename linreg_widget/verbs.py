"""The panel's verbs, for Python and for the page alike: each acts on the trainer under the lock."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, Literal, cast

from .errors import SettingsError
from .updates import given_by_hand

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager

    from .comparison import KeptRun
    from .pace import Pace, SliceLength
    from .training import By, Trainer

__all__ = ["SLICE", "PanelVerbs"]

SLICE = 0.05
"""Seconds of work for one request of the page: short enough to stop at once."""


class PanelVerbs:
    """What can be done with a panel; ``TrainerPanel`` shows what it led to."""

    trainer: Trainer
    _acting: Callable[..., AbstractContextManager[None]]
    _blocking: bool
    _stop: bool
    _heard: bool
    make_tape: Callable[..., bool]
    _pull: Any
    _pace: Pace
    _slice: SliceLength
    _listeners: list[Callable[..., None]]

    def step(self, by: By = "update", count: int = 1) -> None:
        """Go forward; see ``Trainer.step``. A run is paused first."""
        with self._acting():
            self.trainer.step(by, count)

    def back(self, by: By = "update", count: int = 1) -> None:
        """Go back; see ``Trainer.back``. A run is paused first."""
        with self._acting():
            self.trainer.back(by, count)

    def seek(self, update: int, phase: str | None = None) -> None:
        """Go to a recorded moment; see ``Trainer.seek``. A run is paused first."""
        with self._acting():
            self.trainer.seek(update, phase)

    def reset(self, seed: int | None = None, *, standardize: bool | None = None) -> None:
        """Begin again; see ``Trainer.reset``. A run is paused first."""
        with self._acting():
            self.trainer.reset(seed, standardize=standardize)

    def change(self, **changes: Any) -> None:
        """Change settings from the next update on; see ``Trainer.change``. A run goes on."""
        with self._acting(pause=False):
            self.trainer.change(**changes)

    def set(self, w: object = None, b: object = None) -> None:
        """Set weights or biases by hand; see ``Trainer.set``. A run is paused first."""
        with self._acting():
            self.trainer.set(w, b)

    def set_entry(self, tensor: object, row: object, column: object, value: object) -> None:
        """Set one entry of ``w``, or of ``b``, which has one row, by hand; see ``Trainer.set``."""
        with self._acting():
            name, trainer = str(tensor), self.trainer
            number = given_by_hand(name, value, ()).item()
            trainer.seek(trainer.position.update)  # out of an update under way, and of what it did
            try:
                numbers = {"w": trainer.model.w, "b": trainer.model.b}[name].detach().tolist()
                rows = numbers if name == "w" else [numbers]
                rows[cast("int", row)][cast("int", column)] = number
            except (KeyError, IndexError, TypeError):
                raise SettingsError(f"there is no entry {tensor!r}[{row!r}, {column!r}].") from None
            trainer.set(**{name: numbers})

    def rescue(self, to: Literal["start", "good"]) -> None:
        """Go back to where all was well, with a safe rate; see ``Trainer.rescue``."""
        with self._acting():
            self.trainer.rescue(to)

    def keep(self, name: str | None = None) -> KeptRun:
        """Keep the run as it stands, to compare others with it; see ``Trainer.keep``."""
        with self._acting(pause=False):
            return self.trainer.keep(name)

    def forget(self, index: int) -> None:
        """Drop a kept run; see ``Trainer.forget``."""
        with self._acting(pause=False):
            self.trainer.forget(index)

    def pause(self) -> None:
        """Pause a run after the update under way."""
        with self._acting():
            pass

    def start(self) -> None:
        """Let the page run the trainer, as its Run button does. Returns at once."""
        with self._acting(pause=False):
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
        with self._acting():
            slices = self.trainer.slices(SLICE, epochs)
            self._blocking, self._stop = True, False
        try:
            while self._next_slice(slices):
                time.sleep(0.001)  # a lock is not fair: let a waiting thread have it
        finally:
            with self._acting(clear=False):
                self._blocking = False
        if not self._heard:
            self.make_tape()

    def _next_slice(self, slices: Iterator[int]) -> bool:
        with self._acting(pause=False, clear=False, rest=False):
            return not self._stop and next(slices, None) is not None

    def on_change(self, listener: Callable[..., None]) -> None:
        """Call ``listener(at_rest=...)`` under the lock whenever the trainer has moved."""
        self._listeners.append(listener)
