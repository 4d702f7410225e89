"""Rows held out that are near copies of rows trained on: their loss tells little about new rows."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from linreg_widget.quiet import quietly

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from linreg_widget.table import Table

MOST_LOOKED_AT = 300
"""The most rows held out that are compared, evenly chosen."""


_NEAR = 0.1  # of the standard deviation, in each column
_CLOSER = 0.25  # of the distance to the nearest row that chance alone would give
_SPREAD = np.sqrt(12.0)  # width of a uniform distribution, in standard deviations
_MOST_KEPT = 20_000  # rows trained on, likewise


class Copy(NamedTuple):
    """A row held out, and those trained on that it nearly copies."""

    row: int
    """Its position among the rows held out."""
    of: list[int]
    """Positions among the rows trained on, nearest first."""
    exact: bool
    """Whether it has the same numbers as the nearest."""


@quietly
def near_copies(table: Table, held_out: Table) -> list[Copy]:
    """Return the rows held out that nearly copy rows trained on.

    A row is near another if no column differs by more than a tenth of its standard deviation, and
    if it is four times as near as the nearest row would be by chance, were all rows spread evenly
    in as many dimensions as there are features. Rows with the same numbers are always near.

    Parameters
    ----------
    table : Table
        The rows trained on.
    held_out : Table
        The others.
    """
    rows, others = (
        _columns(one, most) for one, most in ((table, _MOST_KEPT), (held_out, MOST_LOOKED_AT))
    )
    spread = rows[1].std(axis=0)
    spread[spread == 0] = 1
    by_chance = _SPREAD / 2 * table.rows ** (-1 / table.features)
    limit = min(_NEAR, _CLOSER * by_chance)
    found = []
    for row, numbers in zip(*others, strict=True):
        distance = (np.abs(rows[1] - numbers) / spread).max(axis=1)
        near = np.flatnonzero(distance <= limit)
        if len(near):
            nearest = near[np.argsort(distance[near], kind="stable")]
            exact = bool(distance[nearest[0]] == 0)
            found.append(Copy(int(row), rows[0][nearest].tolist(), exact))
    return found


def _columns(table: Table, most: int) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Return the positions of some rows, and all their numbers (k, d + t)."""
    chosen = np.unique(np.linspace(0, table.rows - 1, min(table.rows, most)).round().astype(int))
    numbers = np.hstack([table.inputs[chosen], table.targets[chosen]]).astype(np.float64)
    return chosen, numbers
