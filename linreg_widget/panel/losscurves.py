"""The loss plot in numbers, for the page, which draws it wherever there is no canvas.

All is thinned, so that what is sent does not grow with the run.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, TypedDict

import numpy as np
from numpy.typing import NDArray

from linreg_widget.recording import (
    MOST_BRANCHES,
    changes_of,
    label_of,
    means_by_epoch,
)

from .codec import pack

if TYPE_CHECKING:
    from linreg_widget.training import RunView

Curve = Literal["batch", "epoch", "full", "held_out", "floor", "branches", "runs"]
"""What a loss plot may show."""

_COLUMNS = 512  # of batch losses
_POINTS = 256  # of epoch means, and of losses over all rows
_POINTS_OF_OTHERS = 128  # of a branch, and of a kept run
_MOST_CHANGES = 8


class CurveArrays(TypedDict):
    """The curves of the run: columns (k,) of batch losses, and points (m,) of the others."""

    ends: NDArray[np.int32]
    """The number of each column's last update."""
    low: NDArray[np.float32]
    """Each column's least finite batch loss, or NaN."""
    high: NDArray[np.float32]
    """Each column's greatest: infinity where one is not finite, so that it can be marked."""
    mean: NDArray[np.float32]
    """The mean of each column's finite batch losses, or NaN."""
    epoch_ends: NDArray[np.int32]
    """The updates at which epochs ended."""
    epoch: NDArray[np.float32]
    """The mean batch loss of the epochs since the point before."""
    full_ends: NDArray[np.int32]
    """The updates after which the loss over all rows is known."""
    full: NDArray[np.float32]
    """That loss."""
    held_out_ends: NDArray[np.int32]
    """The updates after which the loss over the rows held out is known."""
    held_out: NDArray[np.float32]
    """That loss."""


class Line(TypedDict):
    """Another run's curve in the plot."""

    name: str
    """The curve's name; empty if it has no label."""
    colour: str
    """A kept run's colour on a light page, as "#rrggbb"; empty for a branch."""
    start: int
    """The number of updates before a branch begins; 0 for a kept run."""
    points: int
    """How many of ``LineArrays`` are its own."""


class LineArrays(TypedDict):
    """The points of all lines, one line after the other, each (k,)."""

    ends: NDArray[np.int32]
    """Updates."""
    losses: NDArray[np.float32]
    """A branch's means by epochs; a kept run's losses over all rows."""


class Change(TypedDict):
    """A change of the settings, or of w or b by hand."""

    update: int
    """The number of updates before it."""
    words: str
    """Its label, which may be empty."""


def is_exact(trainer: RunView) -> bool:
    """Tell whether each batch loss is drawn, since there are few."""
    return len(trainer.recording) <= _COLUMNS


def curves_of(trainer: RunView, seconds: float) -> dict[str, Any]:
    """Return the traits that a run changes as it goes on.

    Parameters
    ----------
    trainer : RunView
    seconds : float
        How long to work on losses over all rows that are not known yet.
    """
    recording = trainer.recording
    batch = recording.thinned.batch.at_most(_COLUMNS)
    epoch = recording.thinned.epoch.at_most(_POINTS)
    full_ends, full = _thinned(*trainer.full_losses(seconds), _POINTS)
    held_out_ends, held_out = _thinned(*trainer.held_out_losses(), _POINTS)
    arrays: CurveArrays = {
        "ends": batch.ends.astype(np.int32),
        "low": batch.low.astype(np.float32),
        "high": np.where(batch.bad > 0, np.inf, batch.high).astype(np.float32),
        "mean": batch.mean.astype(np.float32),
        "epoch_ends": epoch.ends.astype(np.int32),
        "epoch": epoch.means.astype(np.float32),
        "full_ends": full_ends.astype(np.int32),
        "full": full.astype(np.float32),
        "held_out_ends": held_out_ends.astype(np.int32),
        "held_out": held_out.astype(np.float32),
    }
    changes: list[Change] = [
        {"update": update, "words": words}
        for update, words in changes_of(recording)[-_MOST_CHANGES:]
    ]
    return {"_curve": pack(arrays), "_changes": changes}


def others_of(trainer: RunView) -> dict[str, Any]:
    """Return the traits of branches and kept runs."""
    branches, kept = trainer.recording.branches[-MOST_BRANCHES:], trainer.kept
    rows, most = trainer.table.rows, _POINTS_OF_OTHERS
    curves = [
        *(means_by_epoch(branch, rows, most) for branch in branches),
        *(_thinned(*run.curve, most) for run in kept),
    ]
    named = [
        *((label_of(branch), "", branch.start) for branch in branches),
        *((run.name, run.colour, 0) for run in kept),
    ]
    lines: list[Line] = [
        {"name": name, "colour": colour, "start": start, "points": len(ends)}
        for (name, colour, start), (ends, _) in zip(named, curves, strict=True)
    ]
    columns = zip(*curves, strict=True) if curves else ((), ())
    ends, losses = (np.concatenate([np.empty(0), *parts]) for parts in columns)
    arrays: LineArrays = {
        "ends": ends.astype(np.int32),
        "losses": losses.astype(np.float32),
    }
    return {"_lines": lines, "_lines_data": pack(arrays)}


def _thinned(
    ends: NDArray[np.int64], losses: NDArray[np.float64], most: int
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Keep every k-th point and the last, so that about `most` are left."""
    chosen = np.arange(0, len(ends), max(1, -(-len(ends) // most)))
    chosen = np.union1d(chosen, np.arange(len(ends))[-1:])
    return ends[chosen], losses[chosen]
