"""Predictions against targets, for all rows of a table or a sample of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypedDict

import numpy as np
from numpy.typing import NDArray

from linreg_widget.quiet import quietly
from linreg_widget.table import name_row

if TYPE_CHECKING:
    import torch

    from linreg_widget.table import Table

__all__ = ["Fit", "FitArrays", "FitNames"]

_MOST_ROWS = 200
_MOST_TARGETS = 8


class FitNames(TypedDict):
    """What never changes of a ``Fit``."""

    rows: list[str]
    """All rows, or a sample of them."""
    count: int
    """How many rows there are in all."""
    targets: list[str]


class FitArrays(TypedDict):
    """The numbers of a ``Fit``: m rows are shown, of t targets."""

    targets: NDArray[np.float32]
    """Shape (m, t)."""
    predictions: NDArray[np.float32]
    """Shape (m, t)."""
    rmse: NDArray[np.float32]
    """The root of the mean squared residual over all rows, shape (t,)."""
    worst: NDArray[np.float32]
    """The largest residual of all rows by size, shape (t,)."""


class Fit:
    """What is shown of a table's predictions: all rows, or 200 evenly spaced ones.

    Parameters
    ----------
    table : Table
    """

    def __init__(self, table: Table) -> None:
        count = min(table.rows, _MOST_ROWS)
        self.rows = np.linspace(0, table.rows - 1, count).round().astype(np.int64)
        """Which rows are shown, shape (m,)."""
        self._table = table
        self._targets = table.targets[self.rows, :_MOST_TARGETS]

    def words(self) -> FitNames:
        """Return what never changes, for JSON."""
        table = self._table
        return {
            "rows": [name_row(table.row_names, row) for row in self.rows.tolist()],
            "count": table.rows,
            "targets": list(table.target_names[:_MOST_TARGETS]),
        }

    @quietly
    def numbers(self, predictions: torch.Tensor) -> FitArrays:
        """Return what changes as the model learns.

        Parameters
        ----------
        predictions : tensor, shape (rows, outputs)
        """
        targets = self._table.targets[:, :_MOST_TARGETS]
        made = predictions.numpy()[:, :_MOST_TARGETS]
        error = made.astype(np.float64) - targets
        rmse = np.sqrt(np.mean(error * error, axis=0))
        return {
            "targets": self._targets,
            "predictions": made[self.rows],
            "rmse": rmse.astype(np.float32),
            "worst": np.abs(error).max(axis=0).astype(np.float32),
        }
