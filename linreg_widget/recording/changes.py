"""What a plot of a run shows beside its losses: branches, and what was changed on the way."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import numpy as np

from linreg_widget.messages import say

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from linreg_widget.settings import Settings

    from .recording import Branch, Recording

MOST_BRANCHES = 8
"""How many branches are shown, the latest ones."""
_FEW = 10  # updates: a branch of fewer, from a step or two, has no name


def changes_of(recording: Recording) -> list[tuple[int, str]]:
    """Return the updates at which settings changed or w or b were set by hand, each with a label.

    The label is the learning rate, if that changed; else it may be empty.
    """
    changes = [
        (later.update, say("plot.rate", rate=later.settings.rate))
        if later.settings.rate != earlier.settings.rate
        else (later.update, "")
        for earlier, later in itertools.pairwise(recording.segments)
    ]
    by_hand = say("plot.by_hand")
    return sorted([*changes, *((update, by_hand) for update in recording.edited)])


def label_of(branch: Branch) -> str:
    """Return the branch's name; empty for one of a few updates, and where no loss is finite."""
    losses = branch.losses
    shown = len(losses) >= _FEW and (np.isfinite(losses) & (losses > 0)).any()
    return branch.name if shown else ""


def means_by_epoch(
    branch: Branch, rows: int, columns: int
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Average a branch's losses over one epoch's updates each: a curve instead of noise.

    Parameters
    ----------
    branch : Branch
    rows : int
        Rows in the table.
    columns : int
        The most points, k; where there are more epochs, a point stands for several.

    Returns
    -------
    ends : ndarray of int64, shape (k,)
        The updates after which they are drawn.
    means : ndarray of float64, shape (k,)
    """
    width = -(-rows // branch.segments[-1].settings.batch_rows)
    width = max(width, -(-len(branch.losses) // columns))
    starts = np.arange(0, len(branch.losses), width)
    stops = np.minimum(starts + width, len(branch.losses))
    sums = np.add.reduceat(branch.losses, starts, dtype=np.float64) if len(starts) else np.empty(0)
    return branch.start + stops, sums / (stops - starts)


def difference_of(one: Settings, other: Settings) -> str:
    """Name what ``one`` has that differs from ``other``: "learning rate 1e-6, batch size 3"."""
    return ", ".join(_named(name, getattr(one, name)) for name in one.differing(other))


def _named(setting: str, value: float) -> str:
    if setting == "learning_rate":
        return say("runs.rate", rate=value)
    if isinstance(value, bool):
        return say("runs.truth", setting=setting, on=value)
    return say("runs.number", setting=setting, value=value)
