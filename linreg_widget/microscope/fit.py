"""Features, targets and predictions, for all rows of a table or a sample of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from linreg_widget.quiet import quietly
from linreg_widget.table import name_row

if TYPE_CHECKING:
    import torch

    from linreg_widget.table import Table

__all__ = ["Fit"]

_MOST_ROWS = 500
_MOST_TARGETS = 8
_MOST_FEATURES = 32
_MOST_NUMBERS = 1_600  # predictions, sent with every frame
_MOST_INPUTS = 8_000  # features of these rows, sent once


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
        self._table = table
        self._targets = table.targets[self.rows, :_MOST_TARGETS]

    def words(self) -> dict[str, Any]:
        """Return what never changes, for JSON: rows by name and number, targets, how many rows."""
        table = self._table
        return {
            "rows": [name_row(table.row_names, row) for row in self.rows.tolist()],
            "index": self.rows.tolist(),
            "count": table.rows,
            "targets": list(table.target_names[:_MOST_TARGETS]),
        }

    def inputs(self) -> bytes:
        """Return the features of the rows shown, the leading ones, float32, little endian.

        In the table's units, column by column (d, m): up to 32 columns, fewer of many rows.
        """
        columns = min(_MOST_FEATURES, max(1, _MOST_INPUTS // len(self.rows)))
        return self._table.inputs[self.rows, :columns].T.astype("<f4").tobytes()

    @quietly
    def numbers(self, predictions: torch.Tensor) -> bytes:
        """Return the numbers as float32, little endian.

        The targets (m, t) and the predictions (m, t) of the rows shown, then for each target, over
        all rows, the root of the mean squared error and the largest error by size.
        """
        targets = self._table.targets[:, :_MOST_TARGETS]
        made = predictions.numpy()[:, :_MOST_TARGETS]
        error = made.astype(np.float64) - targets
        rmse = np.sqrt(np.mean(error * error, axis=0))
        parts = (self._targets, made[self.rows], rmse, np.abs(error).max(axis=0))
        return b"".join(part.astype("<f4").tobytes() for part in parts)
