"""How much work is due: updates, at a given speed; and how long a slice is, at full speed."""

from __future__ import annotations

import math
from itertools import chain, islice
from typing import TYPE_CHECKING

from linreg_widget import clock

if TYPE_CHECKING:
    from collections.abc import Iterator

    from linreg_widget.training import Trainer

SLICE = 0.05
"""Seconds of work for one request of the page: short enough to stop at once."""
_FIRST = 0.2  # of a run that a cell waits for: a short one is shown once, at its end
_SHORTEST = 0.05
_LONGEST = 0.15
_TIMES = 12
_WATCHED = 5  # seconds that a run takes that can be watched
_MOST_WATCHED = 2_500  # updates; a run of more is not slowed


def watched(speed: float | str | None, updates: int) -> float | None:
    """Return the updates a second that a speed comes to, None for as fast as it goes.

    Parameters
    ----------
    speed : float, "watch" or None
    updates : int
        Of the whole run.
    """
    if not isinstance(speed, str):
        return speed
    return updates / _WATCHED if 0 < updates <= _MOST_WATCHED else None


def slices_of(trainer: Trainer, epochs: int | None) -> Iterator[int]:
    """Return the slices of a run that a cell waits for; see ``Trainer.slices``."""
    first, others = (trainer.slices(seconds, epochs) for seconds in (_FIRST, SLICE))
    return chain(islice(first, 1), others)


class Pace:
    """A metronome in the kernel, so that two windows which both ask do not double the speed."""

    def __init__(self) -> None:
        self._start: float | None = None
        self._done = 0

    def restart(self) -> None:
        """Forget what was due; the next update is due at once."""
        self._start = None

    def due(self, speed: float) -> int:
        """Return the number of updates due by now, and count them as done.

        A page that asks a little early is given its update all the same: half an interval of
        grace. What was missed is not made up for: at most a quarter of a second's worth is due.
        """
        time = clock.now()
        if self._start is None:
            self._start, self._done = time, 0
        due = math.floor((time - self._start) * speed + 0.5) + 1 - self._done
        most = max(1, int(speed / 4))
        if due > most:
            self._start, self._done = time, 1
            return most
        self._done += due
        return due


class SliceLength:
    """How long to work for one request of the page: twelve times what lies between two slices.

    Between them the state is sent, and the next request is waited for, which takes longer where the
    kernel or the page is slow. A slice is 0.05 s long, so that a run is shown and stopped at once;
    up to 0.15 s where else more than a twelfth of the time would go into showing.
    """

    def __init__(self) -> None:
        self._ended: float | None = None
        self._between = 0.0
        self.seconds = _SHORTEST
        """How long the next slice is to be."""

    def restart(self) -> None:
        """Forget when the last slice ended: the time until the next one tells nothing."""
        self._ended = None

    def begin(self) -> None:
        """Note that a slice begins."""
        if self._ended is not None:
            between = clock.now() - self._ended
            self._between += 0.25 * (min(between, _LONGEST) - self._between)
            self.seconds = min(max(_SHORTEST, _TIMES * self._between), _LONGEST)

    def end(self) -> None:
        """Note that the work of a slice is done."""
        self._ended = clock.now()


class Slices:
    """The slices of work that a trainer does for a page, at whatever speed."""

    def __init__(self, trainer: Trainer) -> None:
        self._trainer = trainer
        self._pace = Pace()
        self._length = SliceLength()

    def restart(self) -> None:
        """Start again: a run begins, or its speed has changed."""
        self._pace.restart()
        self._length.restart()

    def work(self, speed: float | str | None) -> int:
        """Do one slice and return the number of updates done.

        Parameters
        ----------
        speed : float, "watch" or None
            Updates a second; None for as fast as it goes. See ``watched``.
        """
        updates_a_second = watched(speed, self._trainer.total)
        if updates_a_second is not None:
            self._length.restart()
            return self._trainer.advance(SLICE, self._pace.due(updates_a_second))
        self._length.begin()
        done = self._trainer.advance(self._length.seconds)
        self._length.end()
        return done
