"""Neighbours that keep every processor core busy, as on a machine that others use too.

``pytest --busy`` starts them for as long as it runs.
"""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
from collections.abc import Iterator

__all__ = ["neighbours"]

# It ends by itself when whoever started it is gone, even if that was killed.
_SPIN = "import os; parent = os.getppid()\nwhile os.getppid() == parent: sum(range(100_000))"


@contextlib.contextmanager
def neighbours() -> Iterator[list[int]]:
    """Keep one process on each core busy; yield their ids."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    with contextlib.ExitStack() as running:
        started = [
            running.enter_context(subprocess.Popen([sys.executable, "-c", _SPIN]))
            for _ in range(cores or 1)
        ]
        try:
            yield [one.pid for one in started]
        finally:
            for one in started:
                one.kill()
