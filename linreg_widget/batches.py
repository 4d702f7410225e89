"""The table's rows as tensors: scaled, in the order of each epoch, and cut into batches."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import torch

from .sampling import Sampling
from .survey import scaling

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from .schedule import Schedule
    from .settings import Settings
    from .table import Table

__all__ = ["Batches"]

_MOST = 1024  # batches cut at a time, so that a single step in a long epoch stays quick
_ROWS = 256  # rows permuted at a time where several epochs fit into them


class _Block(NamedTuple):
    """Some epochs' rows in their orders."""

    first: int
    """The first of the epochs."""
    x: torch.Tensor
    """Features, one epoch after the other, (rows, d)."""
    y: torch.Tensor
    """Targets, (rows, t)."""
    order: torch.Tensor | None
    """Which of the table's rows these are, (rows,); None if all of them, in its own order."""


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
        self.scale = scaling(table) if settings.standardize else None
        """Means and standard deviations of the features, each (d,), if they are scaled."""
        self.inputs = self.scaled(table.inputs)
        """All features as the model sees them, float32, (n, d)."""
        self.targets = torch.tensor(table.targets, device="cpu")
        """All targets, float32, (n, t)."""
        self._latest: tuple[tuple[int, bool], _Block] | None = None

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
        """Return the batches x (rows, d), y (rows, t) of the next updates after ``update`` updates.

        All are of one stretch of settings. There is at least one, and there are at most up to
        ``stop`` updates; to have the rest, cut again.
        """
        segment, place, n = schedule.at(update), schedule.locate(update), len(self.inputs)
        most = min(min(stop, schedule.next_change(update) or stop) - update, _MOST)
        size = segment.settings.batch_rows
        first, x, y, _ = self._block(schedule, update)
        start = (place.epoch - first) * n + place.row
        sizes = _sizes(n - place.row, size, most)
        if place.epoch != segment.place.epoch:  # else the epochs after it may be shuffled otherwise
            sizes += _sizes(n, size, most) * (len(x) // n - 1 - (place.epoch - first))
        sizes = sizes[:most]
        end = start + sum(sizes)
        return list(zip(x[start:end].split(sizes), y[start:end].split(sizes), strict=True))

    def rows(self, schedule: Schedule, update: int) -> NDArray[np.int64]:
        """Return which of the table's rows are in the batch of the next update, shape (rows,)."""
        place, n = schedule.locate(update), len(self.inputs)
        end = min(place.row + schedule.at(update).settings.batch_rows, n)
        first, _, _, order = self._block(schedule, update)
        if order is None:
            return np.arange(place.row, end)
        start = (place.epoch - first) * n
        return order[start + place.row : start + end].numpy()

    def _block(self, schedule: Schedule, update: int) -> _Block:
        """Return the rows of some epochs, that of the next update among them.

        The rows are permuted once an epoch, not batch by batch; and those of a small table in
        several epochs at once, because what torch spends on a call it then spends only once.
        """
        place, n = schedule.locate(update), len(self.inputs)
        shuffle = schedule.at(update - place.batch).settings.shuffle  # as the epoch began
        together = max(1, _ROWS // n)
        first = place.epoch - place.epoch % together
        if not shuffle and together == 1:
            return _Block(first, self.inputs, self.targets, None)
        if self._latest is None or self._latest[0] != (first, shuffle):
            orders = [
                self.sampling.order(first + k, n) if shuffle else torch.arange(n, device="cpu")
                for k in range(together)
            ]
            order = torch.cat(orders)
            block = _Block(first, self.inputs[order], self.targets[order], order)
            self._latest = ((first, shuffle), block)
        return self._latest[1]


def _sizes(rows: int, size: int, most: int) -> list[int]:
    """Return the sizes of the first batches that so many rows are cut into."""
    batches, rest = divmod(rows, size)
    return [size] * min(batches, most) + [rest] * (rest > 0)
