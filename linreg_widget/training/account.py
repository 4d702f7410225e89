"""A run told to those who do not see its plot: in a sentence, and as a table by epochs."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypedDict

import numpy as np
from numpy.typing import NDArray

from linreg_widget.recording import MeanDecimator
from linreg_widget.wording import said

if TYPE_CHECKING:
    from .comparison import Comparing

__all__ = ["EpochTable", "TableArrays", "described"]

_MOST_ROWS = 100  # even, as ``MeanDecimator`` wants it


def described(trainer: Comparing, full: float, floor: float) -> str:
    """Say in a sentence or two where a run stands and how its loss came there.

    Parameters
    ----------
    trainer : Comparing
    full : float
        The loss over all rows, with w and b as they are.
    floor : float
        The best possible loss, ``Insight.floor``.
    """
    losses, position, total = trainer.recording.losses, trainer.position, trainer.total
    update = position.update
    floor_words = f"the best possible, by least squares, is {said(floor)}"
    stands = f"the loss over all rows is {said(full)}, and {floor_words}"
    if not len(losses):
        return f"No update yet of {total:,}: {stands}."
    if not update:
        return f"Back at the start, with {len(losses):,} updates recorded: {stands}."
    first, last = said(float(losses[0])), said(float(losses[update - 1]))
    ahead = f" ({len(losses):,} are recorded)" if update < len(losses) else ""
    if update == trainer.recording.diverged_at:
        return (
            f"The run diverged: from {first}, the batch loss grew to {last} at update {update:,}."
        )
    moved = "is still" if first == last else f"went from {first} to"
    return f"After {update:,} of {total:,} updates{ahead} the batch loss {moved} {last}; {stands}."


class TableArrays(TypedDict):
    """The columns of an ``EpochTable``, each (rows,); NaN: not known, or not finite."""

    epochs: NDArray[np.float64]
    """Completed epochs."""
    updates: NDArray[np.float64]
    """Completed updates."""
    mean: NDArray[np.float64]
    """The mean batch loss of the epochs since the row before."""
    full: NDArray[np.float64]
    """The loss over all rows."""


class EpochTable:
    """The losses of a run by epochs, in at most a hundred rows and the start.

    Where there are more epochs, a row stands for as many as the next power of two: the mean is that
    of all of them, the loss over all rows that at their end. New epochs are read once.
    """

    def __init__(self) -> None:
        self._version = -1
        self._means = MeanDecimator(_MOST_ROWS)

    def to_arrays(self, trainer: Comparing, seconds: float) -> TableArrays:
        """Return the table, column by column.

        Parameters
        ----------
        trainer : Comparing
        seconds : float
            How long to work on losses over all rows that are not known yet.
        """
        recording, means = trainer.recording, self._means
        if recording.version != self._version:
            self._version = recording.version
            means.clear()
        means.extend(*recording.epoch_means(means.count))
        known = dict(zip(*(part.tolist() for part in trainer.full_losses(seconds)), strict=True))
        epochs = np.minimum(np.arange(len(means.ends) + 1) * means.stride, means.count)
        updates = [0, *means.ends.tolist()]
        full = [known.get(update, np.nan) for update in updates]
        return {
            "epochs": epochs.astype(np.float64),
            "updates": np.array(updates, np.float64),
            "mean": np.array([np.nan, *means.means]),
            "full": np.array(full, np.float64),
        }
