"""What was found out about a run: what is wrong with it, and the ways out.

How it is found out stands in ``diagnosis``, which is not loaded before a run has made an update.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, NamedTuple, TypeVar

from linreg_widget.errors import SettingsError
from linreg_widget.messages import say

if TYPE_CHECKING:
    from collections.abc import Callable

_T = TypeVar("_T")


class Diagnosis(NamedTuple):
    """What is wrong with a run where it stands, and the ways out of it."""

    kind: Literal["", "still", "uphill", "loss", "growing", "diverged"]
    """Empty where all is well."""
    words: str
    """What happened and why, and what to change: the learning rate or the update function."""
    safe_rate: float | None
    """A rate to begin again with; None where no learning rate helps."""
    good_update: int | None
    """The last good moment: the updates done before the lowest batch loss. Its loss, of the batch
    and of all rows, is no higher than at the start; None if there is no such moment."""


class Remembered:
    """What was found out about a run; forgotten as soon as the run changes."""

    def __init__(self) -> None:
        self._of: tuple[Any, ...] = ()
        self._found: dict[Any, Any] = {}

    def once(self, of: tuple[Any, ...], key: object, find: Callable[[], _T]) -> _T:
        """Return what is known, or find it out and remember it."""
        if self._of != of:
            self._of, self._found = of, {}
        if key not in self._found:
            self._found[key] = find()
        found: _T = self._found[key]
        return found


def rescuable(found: Diagnosis, to: str) -> Diagnosis:
    """Return what is wrong with a run, if there is a rate that rescues it by that way.

    Raises
    ------
    SettingsError
        If nothing is wrong, no learning rate helps, or no moment was as good as the start.
    """
    if to not in ("start", "good", "best"):
        raise SettingsError(say("rescue.ways", value=repr(to)))
    if to == "best":
        raise SettingsError(say("rescue.no_best"))
    if not found.kind:
        raise SettingsError(say("rescue.nothing"))
    if found.safe_rate is None:
        raise SettingsError(say("rescue.no_rate", words=found.words))
    if to == "good" and found.good_update is None:
        raise SettingsError(say("rescue.no_good"))
    return found


def no_way_on(found: Diagnosis, *, own: bool) -> str:
    """Say why a run that has diverged cannot go on, and what can be done.

    Where neither its rate nor an update function of one's own is to blame, its words say what is.
    """
    unhelped = "code" if own else "none"
    return say(
        "rescue.no_way_on",
        words=found.words,
        way=unhelped if found.safe_rate is None else "rate",
        good=found.good_update is not None,
    )
