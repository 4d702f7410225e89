"""Tests that no clock can change: `make matrix` leaves them out where it sets the clock.

In them nothing asks the package's clock, and no other thread is started, so that they do the same
however long it takes. That holds for all tests of the files of `FILES` but those with a mark of
`OTHERS`; `held` sees to it in every run.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any

import pytest

from linreg_widget import clock

FILES = (
    *(f"tests/{wing}/" for wing in ("table", "insight", "recording", "microscope", "training")),
    "tests/lesson/",
    *(f"tests/test_{name}.py" for name in ("model", "settings", "wording", "messages")),
    *("tests/panel/test_codec.py", "tests/plots/test_scene.py", "tests/plots/test_ticks.py"),
)
"""Where tests are timeless unless they are marked otherwise, by how the files' names begin."""
OTHERS = ("clock", "slow", "process", "matrix")
"""Of the tests with one of the last three, the clocks have none in any case."""


def mark(item: pytest.Item) -> None:
    """Mark a test as timeless if it is."""
    if item.nodeid.startswith(FILES) and not any(map(item.get_closest_marker, OTHERS)):
        item.add_marker("timeless")


@contextmanager
def held() -> Iterator[None]:
    """Fail if the block asks for the time or starts a thread, also where that is caught."""
    asked = []

    def refuse(*_: object) -> Any:
        asked.append("the time, or a thread")
        raise AssertionError(REFUSED)

    stand_in = SimpleNamespace(perf_counter=refuse, thread_time=refuse)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(clock, "time", stand_in)
        patch.setattr(threading.Thread, "start", refuse)
        yield
    assert not asked, REFUSED


REFUSED = "A test without the mark 'clock' asks for the time or starts a thread: see tests/timeless"
