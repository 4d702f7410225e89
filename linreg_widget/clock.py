"""The clock that all of this package goes by: the one place that knows what time it is.

How long a slice of a run is, when a frame is due, how long a tape may take: all of it is asked
here. So tests can run all of it with a machine that seems twenty times quicker, or slower.
"""

from __future__ import annotations

import time

__all__ = ["now", "worked"]

SPEED = 1.0
"""How many seconds pass here in one second. Anything but 1 is for tests."""


def now() -> float:
    """Return seconds, from a moment that stays the same as long as the process lives."""
    return SPEED * time.perf_counter()


def worked() -> float:
    """Return how long the processor has worked for this thread, in seconds."""
    return SPEED * time.thread_time()
