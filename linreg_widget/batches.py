"""The table's rows as tensors: scaled, in the order of each epoch, and cut into batches."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import torch

from . import insight
from .sampling import Sampling

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from .schedule import Schedule
    from .settings import Settings
    from .table import Table

__all__ = ["Batches"]

_MOST = 1024  # batches cut at a time, so that a single step in a long epoch stays quick


class Batches:
    """The batches of every update of a run.

    Parameters
    ----------
    table : Table
    settings : Settings
        Of which ``seed`` and ``standardize`` hold for the whole run.
    """

    def __init__(self, table: Table, settings: Settings) -> None:
        self.sampling = Sampling(settings.seed, table.outputs, table.features)
        """The run's random numbers."""
        self.scale = insight.scaling(table) if settings.standardize else None
        """Means and standard deviations of the features, each (d,), if they are scaled."""
        self.inputs = self.scaled(table.inputs)
        """All features as the model sees them, float32, (n, d)."""
        self.targets = torch.tensor(table.targets, device="cpu")
        """All targets, float32, (n, t)."""
        self._shuffled: tuple[int, torch.Tensor, torch.Tensor] | None = None  # of the latest epoch

    def scaled(self, inputs: NDArray[np.float32]) -> torch.Tensor:
        """Return features as the model sees them, float32, of the same shape."""
        if self.scale is not None:
            mean, std = self.scale
            with np.errstate(over="ignore"):
                inputs = ((inputs.astype(np.float64) - mean) / std).astype(np.float32)
        return torch.tensor(inputs, device="cpu")

    def cut(
        self, schedule: Schedule, update: int, stop: int
    ) -> list[tuple[torch.Tensor, torch.Tensor]]:
        """Return the batches x (rows, d), y (rows, t) of the updates after ``update`` updates.

        They are those of one epoch and of one size, at most up to ``stop`` updates.
        """
        place, size = schedule.locate(update), schedule.at(update).settings.batch_rows
        shuffle = schedule.at(update - place.batch).settings.shuffle  # as the epoch began
        x, y = self._epoch(place.epoch) if shuffle else (self.inputs, self.targets)
        last = min(stop, schedule.next_change(update) or stop)
        end = place.row + size * min(last - update, _MOST)
        if place.row or end < len(x):
            x, y = x[place.row : end], y[place.row : end]
        return list(zip(x.split(size), y.split(size), strict=True))

    def _epoch(self, epoch: int) -> tuple[torch.Tensor, torch.Tensor]:
        """Return the rows in the order of an epoch: permuted at once, not batch by batch."""
        if self._shuffled is None or self._shuffled[0] != epoch:
            order = self.sampling.order(epoch, len(self.inputs))
            self._shuffled = (epoch, self.inputs[order], self.targets[order])
        return self._shuffled[1:]
