"""The clock that all of this package goes by: the one place that knows what time it is.

How long a slice of a run is, when a frame is due, how long a tape may take: all of it is asked
here. So tests can run all of it with a machine that seems twenty times quicker, or slower.
"""

from __future__ import annotations

import contextlib
import gc
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

SPEED = 1.0
"""How many seconds pass here in one second. Anything but 1 is for tests."""


def now() -> float:
    """Return seconds, from a moment that stays the same as long as the process lives."""
    return SPEED * time.perf_counter()


def worked() -> float:
    """Return how long the processor has worked for this thread, in seconds."""
    return SPEED * time.thread_time()


@contextlib.contextmanager
def without_pauses() -> Iterator[None]:
    """Put Python's search for garbage off until afterwards; also a decorator.

    Beside torch and matplotlib there are so many objects that one search takes a tenth of a second,
    and importing, or making many objects that all stay, sets it off for nothing.
    """
    searching = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if searching:
            gc.enable()
