"""How many updates are due by now, at a speed in updates a second."""

from __future__ import annotations

import math
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Pace"]


class Pace:
    """A metronome kept in the kernel, so that two windows which both ask do not double the speed.

    Parameters
    ----------
    clock : callable
        Returns seconds; for tests.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
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
        now = self._clock()
        if self._start is None:
            self._start, self._done = now, 0
        due = math.floor((now - self._start) * speed + 0.5) + 1 - self._done
        most = max(1, int(speed / 4))
        if due > most:
            self._start, self._done = now, 1
            return most
        self._done += due
        return due
