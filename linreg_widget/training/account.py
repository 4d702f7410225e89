"""A run told to those who do not see its plot: in a sentence, and as a table by epochs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from linreg_widget.messages import say
from linreg_widget.recording import MeanDecimator
from linreg_widget.wording import said

if TYPE_CHECKING:
    from .comparison import Comparing

__all__ = ["EpochTable", "described"]

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
    stands = say("told.stands", loss=full, floor=floor)
    if not len(losses):
        return say("told.unbegun", total=total, stands=stands)
    if not update:
        return say("told.back", recorded=len(losses), stands=stands)
    first, last = float(losses[0]), float(losses[update - 1])
    if update == trainer.recording.diverged_at:
        return say("told.diverged", first=first, last=last, update=update)
    return say(
        "told.after",
        update=update,
        total=total,
        ahead=update < len(losses),
        recorded=len(losses),
        same=said(first) == said(last),
        first=first,
        last=last,
        stands=stands,
    )


class EpochTable:
    """The losses of a run by epochs, in at most a hundred rows and the start.

    Where there are more epochs, a row stands for as many as the next power of two: the mean is that
    of all of them, the loss over all rows that at their end. New epochs are read once.
    """

    def __init__(self) -> None:
        self._version = -1
        self._means = MeanDecimator(_MOST_ROWS)

    def to_bytes(self, trainer: Comparing, seconds: float) -> bytes:
        """Return the table, float64, little endian, row by row.

        A row has four numbers: completed epochs, completed updates, the mean batch loss of the
        epochs since the row before and the loss over all rows. NaN: not known, or not finite.

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
        rows = np.column_stack([epochs, updates, [np.nan, *means.means], full])
        return rows.astype("<f8").tobytes()
