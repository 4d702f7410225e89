"""Taking turns: whichever thread calls a trainer's verb, it waits until the one before is done.

In kernels with subshells a notebook's cell and its page's buttons are on two threads.
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Concatenate, ParamSpec, Protocol, TypeVar

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable

__all__ = ["Locked", "in_turn"]


class Locked(Protocol):
    """What has a lock of its own, a re-entrant one."""

    lock: threading.RLock


P = ParamSpec("P")
T = TypeVar("T", bound=Locked)
R = TypeVar("R")


def in_turn(verb: Callable[Concatenate[T, P], R]) -> Callable[Concatenate[T, P], R]:
    """Let a method hold its object's lock for as long as it takes."""

    @functools.wraps(verb)
    def waiting(self: T, /, *args: P.args, **kwargs: P.kwargs) -> R:
        with self.lock:
            return verb(self, *args, **kwargs)

    return waiting
