"""The clock that all of this package goes by: the one place that knows what time it is.

Whatever depends on time asks here: how long a slice of a run is, when a frame is due, how long a
tape may take. So tests can let the machine seem twenty times faster, or slower.
"""

from __future__ import annotations

import contextlib
import gc
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

SPEED = 1.0
"""How many seconds pass here in one real second. Anything but 1 is for tests."""


def now() -> float:
    """Return the seconds since a moment that is fixed for the process's life."""
    return SPEED * time.perf_counter()


def worked() -> float:
    """Return how long the processor has worked for this thread, in seconds."""
    return SPEED * time.thread_time()


@contextlib.contextmanager
def without_pauses() -> Iterator[None]:
    """Postpone garbage collection until afterwards; also a decorator.

    With torch and matplotlib loaded, one collection takes a tenth of a second, and importing, or
    making many objects that stay, triggers it for nothing.
    """
    searching = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if searching:
            gc.enable()
