"""What a trainer is asked for, checked: moments of its run, kept runs, rows to predict for."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from linreg_widget.errors import SettingsError
from linreg_widget.messages import say
from linreg_widget.microscope import as_float32
from linreg_widget.settings import whole_number

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray

    from linreg_widget.table import Table

T = TypeVar("T")


def moment_of(update: object, recorded: int) -> int:
    """Return a number of updates after which a run can be sought.

    Raises
    ------
    SettingsError
        If that many are not recorded.
    """
    goal = whole_number("update", update, 0)
    if goal > recorded:
        raise SettingsError(say("moments.not_recorded", update=goal, recorded=recorded))
    return goal


def check_goes_on(update: int, total: int, diverged_at: int | None) -> None:
    """Refuse a phase after the last update of a run.

    Raises
    ------
    SettingsError
        If the run ends, or has diverged, at this number of updates.
    """
    if update == diverged_at or update >= total:
        raise SettingsError(say("moments.no_more", ended=update >= total, update=update))


def without(kept: tuple[T, ...], index: object) -> tuple[T, ...]:
    """Return the kept runs without one, counted from 0.

    Raises
    ------
    SettingsError
        If there is none of this number.
    """
    place = whole_number("index", index, 0)
    if place >= len(kept):
        raise SettingsError(say("moments.kept", index=place, runs=len(kept)))
    return kept[:place] + kept[place + 1 :]


def features_for(names: Sequence[str], inputs: object) -> NDArray[np.float32]:
    """Return features as an array, (n, d) or (d,).

    Raises
    ------
    SettingsError
        If they are not numbers, or their last dimension is not the number of features.
    """
    x, d = as_float32("inputs", inputs, "(n, d) array"), len(names)
    if x.shape not in ((d,), (len(x) if x.ndim else 0, d)):
        raise SettingsError(
            say("held_out.inputs", shape=x.shape, features=d, names=", ".join(names))
        )
    return x


def unseen_of(held_out: Table | None) -> Table:
    """Return the rows held out.

    Raises
    ------
    SettingsError
        If there are none.
    """
    if held_out is None:
        raise SettingsError(say("held_out.none_out"))
    return held_out
