"""Features, targets and predictions, for all rows of a table or a sample of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypedDict

import numpy as np
from numpy.typing import NDArray

from linreg_widget.quiet import quietly
from linreg_widget.table import name_row

if TYPE_CHECKING:
    import torch

    from linreg_widget.table import Table

__all__ = ["Fit", "FitArrays", "FitInputs", "FitNames"]

_MOST_ROWS = 500
_MOST_TARGETS = 8
_MOST_FEATURES = 32
_MOST_NUMBERS = 1_600  # predictions, sent with every frame
_MOST_INPUTS = 8_000  # features of these rows, sent once


class FitNames(TypedDict):
    """What never changes of a ``Fit``."""

    rows: list[str]
    """All rows, or a sample of them."""
    index: list[int]
    """Their numbers in the table, from 0."""
    count: int
    """How many rows there are in all."""
    targets: list[str]
    leading: list[int]
    """For each target the feature, of those sent, that explains most of it alone."""
    means: list[float]
    """Of the features that are sent."""
    deviations: list[float]
    """Their standard deviations."""


class FitInputs(TypedDict):
    """The features of a ``Fit``, which never change: the leading d of them, for m rows."""

    columns: NDArray[np.float32]
    """In the table's units, shape (d, m)."""


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
    """What is shown of a table's predictions: all rows, or up to 500 evenly spaced ones.

    Parameters
    ----------
    table : Table
    """

    def __init__(self, table: Table) -> None:
        targets = min(table.outputs, _MOST_TARGETS)
        count = min(table.rows, _MOST_ROWS, _MOST_NUMBERS // targets)
        self.rows = np.linspace(0, table.rows - 1, count).round().astype(np.int64)
        """Which rows are shown, shape (m,)."""
        self.features = min(table.features, _MOST_FEATURES, max(1, _MOST_INPUTS // count))
        """How many features are shown, the leading ones: fewer of many rows."""
        self._table = table
        self._targets = table.targets[self.rows, :_MOST_TARGETS]

    def words(
        self,
        r2_alone: NDArray[np.float64],
        means: NDArray[np.float64],
        deviations: NDArray[np.float64],
    ) -> FitNames:
        """Return what never changes, for JSON.

        Parameters
        ----------
        r2_alone : ndarray, shape (outputs, features)
            How much of each target a line through one feature explains.
        means, deviations : ndarray, shape (features,)
            Of the features.
        """
        table, features = self._table, self.features
        return {
            "rows": [name_row(table.row_names, row) for row in self.rows.tolist()],
            "index": self.rows.tolist(),
            "count": table.rows,
            "targets": list(table.target_names[:_MOST_TARGETS]),
            "leading": r2_alone[:_MOST_TARGETS, :features].argmax(axis=1).tolist(),
            "means": means[:features].tolist(),
            "deviations": deviations[:features].tolist(),
        }

    def inputs(self) -> FitInputs:
        """Return the features, which never change either."""
        return {"columns": self._table.inputs[self.rows, : self.features].T}

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
