"""Making a tape of a run: for a page with no kernel, which then plays what was recorded.

Only a second trainer moves (see ``Replay``), so that the tape may be made in slices, whenever
there is time, and dropped at any moment.
"""

from __future__ import annotations

import itertools
import math
from typing import TYPE_CHECKING

from linreg_widget import clock
from linreg_widget.errors import LinregError
from linreg_widget.training import Replay

from .readings import Readings
from .tape import Tape, rounds

if TYPE_CHECKING:
    from collections.abc import Iterator

    from linreg_widget.training import Trainer

__all__ = ["FOR_A_PAGE", "LONGEST", "Taping", "state_of"]

LONGEST = 1.0
"""Seconds of work on a tape of which nobody knows whether it will be played."""
FOR_A_PAGE = 6.0
"""Seconds of work on a tape that was asked for, on a page of its own."""
_MOST_WHOLE = 400  # updates with all phases
_WHOLE_FIRST = 4  # updates at the beginning of which every phase is on the tape


def state_of(trainer: Trainer) -> tuple[object, ...]:
    """Return what must not change for moments on a tape to be those of the run."""
    return trainer.stamp.history


class Taping:
    """A tape in the making.

    Parameters
    ----------
    trainer : Trainer
        It must stay as it is until the tape is made; ``fits`` tells whether it did.
    most : int
        Bytes that the tape may have.
    seconds : float
        How long to work on it, all in all, in time of this thread.
    """

    def __init__(self, trainer: Trainer, most: int, seconds: float = LONGEST) -> None:
        self._trainer = trainer
        self._tape = Tape(most)
        self._place = self._where()
        self._allowed = self._left = seconds
        self._work: Iterator[None] | None = self._make()
        self._taken: set[tuple[int, int]] = set()
        self._under_way = 0  # phases of the update under way

    @property
    def fits(self) -> bool:
        """Whether the trainer is still where and what it was."""
        return self._place == self._where()

    @property
    def is_made(self) -> bool:
        """Whether nothing is left to do."""
        return self._work is None or self._left <= 0

    def work(self, seconds: float = math.inf) -> bool:
        """Work for so long; return whether the tape is made."""
        deadline, start = clock.now() + seconds, clock.worked()
        while self._work is not None and self._left > 0 and clock.now() < deadline:
            try:
                next(self._work)
            except (StopIteration, LinregError):  # the latter: no way leads back in this run
                self._work = None
            now = clock.worked()
            self._left, start = self._left - (now - start), now
        return self.is_made

    def allow(self, seconds: float) -> None:
        """Let the work take so long, all in all; one that was given up for time goes on."""
        self._left += max(0.0, seconds - self._allowed)
        self._allowed = max(self._allowed, seconds)

    def to_bytes(self) -> bytes:
        """Return the tape as far as it is made."""
        return self._tape.to_bytes()

    def _where(self) -> tuple[object, ...]:
        return self._trainer.stamp

    def _make(self) -> Iterator[None]:
        """Write moment after moment, until the tape is full: what matters most comes first."""
        trainer = self._trainer
        if not self._take(Readings(trainer)):
            return
        self._under_way = max(phases for _, phases in self._taken)
        yield
        twin = Replay(trainer)
        readings = Readings(twin)
        for _ in twin.explore():
            yield
        for update, whole in self._stops(twin):
            for phases in itertools.count():
                twin.visit(update, phases)
                if not self._take(readings, (twin.position.update, twin.phases)):
                    return
                yield
                ended = twin.position.update != update
                if ended or not whole or not self._may_go_on(update, phases + 1):
                    break

    def _stops(self, twin: Replay) -> Iterator[tuple[int, bool]]:
        """Yield updates, and whether the phases of the next one are wanted as well."""
        position, updates = self._trainer.position, len(self._trainer.recording)
        yield updates, False
        for update in range(min(_WHOLE_FIRST, updates)):
            yield update, True
        yield position.update, True
        for some in rounds(updates):
            for update in some:
                near = twin.near(update)
                if (near, 0) not in self._taken:
                    yield near, False
        for update in range(_WHOLE_FIRST, min(updates, _MOST_WHOLE)):
            yield update, True

    def _may_go_on(self, update: int, phases: int) -> bool:
        """Tell whether the next update was recorded up to that phase; one under way was in part."""
        return update < len(self._trainer.recording) or phases <= self._under_way

    def _take(self, readings: Readings, place: tuple[int, int] | None = None) -> bool:
        """Write the moment that is read, if it is not on the tape; return whether there is room."""
        if place in self._taken:
            return True
        moment = readings.moment()
        frame = moment.get("_frame")
        if frame is None:
            return True  # a past update that cannot be made again
        phases = len(frame["phases"]) if moment["_phase"] else 0
        self._taken.add((moment["update"], phases))
        return self._tape.add(moment)
