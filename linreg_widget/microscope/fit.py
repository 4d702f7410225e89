"""Features, targets and predictions, for all rows of a table or a sample of them.

Rows that are held out come along, as a second set of the same arrays.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypedDict

import numpy as np
from numpy.typing import NDArray

from linreg_widget.quiet import quietly
from linreg_widget.table import name_row

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    import torch

    from linreg_widget.table import Table

_BLOCK = 65_536  # rows looked at together
_MOST_ROWS = 500
_MOST_HELD_OUT = 250
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
    """The means of the features that are sent."""
    deviations: list[float]
    """Their standard deviations."""
    labels: list[str]
    """Names with units, as in a file, of the features that are sent and of the targets."""
    named: bool
    """Whether the rows have names of their own."""
    held_out: list[str]
    """The rows held out, or a sample of them; empty if there are none."""
    held_out_count: int
    """How many rows are held out in all."""


class FitInputs(TypedDict):
    """The features of a ``Fit``, which never change: the leading d of them, for m rows."""

    columns: NDArray[np.float32]
    """In the table's units, shape (d, m)."""
    held_out: NDArray[np.float32]
    """Those of the k rows held out that are shown, shape (d, k)."""


class FitArrays(TypedDict):
    """The numbers of a ``Fit``: m rows are shown, and k of those held out, of t targets."""

    targets: NDArray[np.float32]
    """Shape (m, t)."""
    predictions: NDArray[np.float32]
    """Shape (m, t)."""
    rmse: NDArray[np.float32]
    """The root of the mean squared residual over all rows, shape (t,)."""
    worst: NDArray[np.float32]
    """The largest residual of all rows by size, shape (t,)."""
    r2: NDArray[np.float32]
    """The share of the variance of all rows that is explained; NaN: it has none. Shape (t,)."""
    held_out_targets: NDArray[np.float32]
    """Shape (k, t)."""
    held_out_predictions: NDArray[np.float32]
    """Shape (k, t)."""
    held_out_rmse: NDArray[np.float32]
    """Over all rows held out, shape (t,); empty where none are."""
    held_out_r2: NDArray[np.float32]
    """Likewise, around the mean of those rows."""


class Fit:
    """What is shown of a table's predictions: all rows, or up to 500 evenly spaced ones.

    Parameters
    ----------
    table : Table
        The rows that are trained on.
    held_out : Table, optional
        Those that are not, of the same columns.
    """

    def __init__(self, table: Table, held_out: Table | None = None) -> None:
        targets = min(table.outputs, _MOST_TARGETS)
        most = _MOST_NUMBERS // targets
        self.rows = _spaced(table.rows, min(_MOST_ROWS, most))
        """Which rows are shown, shape (m,)."""
        others = 0 if held_out is None else held_out.rows
        self.others = _spaced(others, min(_MOST_HELD_OUT, most // 2))
        """Which of the rows held out are shown, shape (k,)."""
        shown = len(self.rows) + len(self.others)
        self.features = min(table.features, _MOST_FEATURES, max(1, _MOST_INPUTS // shown))
        """How many features are shown, the leading ones: fewer of many rows."""
        self._table = table
        self._held_out = held_out
        self._targets = table.targets[:, :_MOST_TARGETS]
        self._spread = spread_of(self._targets)

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
        table, held_out, features = self._table, self._held_out, self.features
        names = () if held_out is None else held_out.row_names
        return {
            "rows": [name_row(table.row_names, row) for row in self.rows.tolist()],
            "index": self.rows.tolist(),
            "count": table.rows,
            "targets": list(table.target_names[:_MOST_TARGETS]),
            "leading": r2_alone[:_MOST_TARGETS, :features].argmax(axis=1).tolist(),
            "means": means[:features].tolist(),
            "deviations": deviations[:features].tolist(),
            "labels": [
                *table.labels[:features],
                *table.labels[table.features :][:_MOST_TARGETS],
            ],
            "named": bool(table.row_names),
            "held_out": [name_row(names, row) for row in self.others.tolist()],
            "held_out_count": 0 if held_out is None else held_out.rows,
        }

    def inputs(self) -> FitInputs:
        """Return the features, which never change either."""
        d, others = self.features, np.empty((0, self.features), np.float32)
        if self._held_out is not None:
            others = self._held_out.inputs[self.others, :d]
        return {"columns": self._table.inputs[self.rows, :d].T, "held_out": others.T}

    @quietly
    def numbers(self, predictions: torch.Tensor, held_out: torch.Tensor | None = None) -> FitArrays:
        """Return what changes as the model learns.

        Parameters
        ----------
        predictions : tensor, shape (rows, outputs)
        held_out : tensor, shape (rows held out, outputs), optional
            The predictions for those.
        """
        known, made = self._targets, predictions.numpy()[:, :_MOST_TARGETS]
        rmse, worst, r2 = _as_float32(scored(made, known, self._spread))
        unseen = guessed = known[:0]
        unseen_rmse = unseen_r2 = np.empty(0, np.float32)
        if self._held_out is not None and held_out is not None:
            wanted = self._held_out.targets[:, :_MOST_TARGETS]
            found = held_out.numpy()[:, :_MOST_TARGETS]
            unseen_rmse, _, unseen_r2 = _as_float32(scored(found, wanted, spread_of(wanted)))
            unseen, guessed = wanted[self.others], found[self.others]
        return {
            "targets": known[self.rows],
            "predictions": made[self.rows],
            "rmse": rmse,
            "worst": worst,
            "r2": r2,
            "held_out_targets": unseen,
            "held_out_predictions": guessed,
            "held_out_rmse": unseen_rmse,
            "held_out_r2": unseen_r2,
        }


def _as_float32(scores: Iterable[NDArray[np.float64]]) -> Iterator[NDArray[np.float32]]:
    return (one.astype(np.float32) for one in scores)


def _spaced(rows: int, most: int) -> NDArray[np.int64]:
    """Return which rows are shown: all, or a limited number, evenly spaced."""
    return np.linspace(0, rows - 1, min(rows, most)).round().astype(np.int64)


def scored(
    made: NDArray[np.float32], targets: NDArray[np.float32], spread: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Return RMSE, the largest error by size, and R² for each target, each (t,).

    Parameters
    ----------
    made, targets : ndarray, shape (n, t)
    spread : ndarray, shape (t,)
        See ``spread_of``.
    """
    squares, worst = np.zeros(len(spread)), np.zeros(len(spread))
    for start in range(0, len(made), _BLOCK):
        some = slice(start, start + _BLOCK)
        error = np.abs(made[some].astype(np.float64) - targets[some])
        worst = np.maximum(worst, error.max(axis=0))
        squares += (error * error).sum(axis=0)
    r2 = np.where(spread > 0, 1 - squares / spread, np.nan)
    return np.sqrt(squares / len(made)), worst, r2


def spread_of(targets: NDArray[np.float32]) -> NDArray[np.float64]:
    """Return the sum of the squared distances of each target from its mean, (t,)."""
    mean, spread = targets.mean(axis=0, dtype=np.float64), np.zeros(targets.shape[1])
    for start in range(0, len(targets), _BLOCK):
        away = targets[start : start + _BLOCK] - mean
        spread += (away * away).sum(axis=0)
    return spread
