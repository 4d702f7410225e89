"""A test that other clocks leave out cannot ask what time it is."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable

import pytest

from linreg_widget import clock
from tests import timeless

ASKS: tuple[Callable[[], object], ...] = (
    clock.now,
    clock.worked,
    lambda: threading.Thread(target=print).start(),
)


@pytest.mark.parametrize("ask", ASKS, ids=["now", "worked", "a thread"])
def test_who_asks_fails_though_the_refusal_is_caught(ask: Callable[[], object]) -> None:
    held = timeless.held()
    held.__enter__()
    with contextlib.suppress(AssertionError):
        ask()
    with pytest.raises(AssertionError, match="without the mark 'clock'"):
        held.__exit__(None, None, None)


def test_afterwards_there_is_time_again() -> None:
    with timeless.held():
        pass
    assert clock.now() > 0
