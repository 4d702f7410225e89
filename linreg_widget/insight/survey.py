"""What is worked out once for a table, and only when it is asked for."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

import numpy as np

from linreg_widget.quiet import quiet, quietly
from linreg_widget.table import COUNTED

from .leastsquares import Factored, LeastSquares, factored, least_squares

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from linreg_widget.table import Table

__all__ = ["Survey", "scaling"]

_CHUNK = 65_536  # rows turned to float64 at a time, so that a large table is never copied whole


@quiet
class Survey:
    """What is worked out once for a table, whatever the settings.

    Parameters
    ----------
    table : Table
    """

    def __init__(self, table: Table) -> None:
        self.table = table
        self._lengths: dict[bool, NDArray[np.float64]] = {}

    @functools.cached_property
    def factored(self) -> Factored:
        """The table's rows, factored."""
        return factored(self.table.inputs, self.table.targets)

    @functools.cached_property
    def best(self) -> LeastSquares:
        """The least-squares solution, in the table's units."""
        return least_squares(self.factored)

    @functools.cached_property
    def scaling(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """The features' means and standard deviations, each (d,)."""
        return scaling(self.table)

    @functools.cached_property
    def variances(self) -> NDArray[np.float64]:
        """The mean squared distance of each target from its mean, (t,)."""
        spread = self.factored.r[:, self.factored.features :]
        return np.asarray((spread * spread).sum(axis=0) / self.table.rows)

    @functools.cached_property
    def merged(self) -> dict[int, tuple[int, int]]:
        """Features whose different numbers scaling merges: how many there are, and are left.

        Where one row is far from all others, they lie close together beside it: float32 cannot
        hold what is left of their differences. Noted where that is at most half of them.
        """
        mean, std = self.scaling
        found: dict[int, tuple[int, int]] = {}
        for column, x in enumerate(self.table.inputs.T if self.table.rows <= COUNTED else ()):
            scaled = ((x.astype(np.float64) - mean[column]) / std[column]).astype(np.float32)
            before, left = len(np.unique(x)), len(np.unique(scaled))
            if 2 * left <= before:
                found[column] = before, left
        return found

    def factored_as(self, *, standardize: bool) -> Factored:
        """Return the factored rows of the table, or of the scaled features."""
        return self.factored.scaled(*self.scaling) if standardize else self.factored

    def longest(self, rows: int, *, standardize: bool) -> float:
        """Return the sum of |[x 1]|² over so many rows, the longest ones."""
        if standardize not in self._lengths:
            mean, std = self.scaling if standardize else (0.0, 1.0)
            lengths = np.empty(self.table.rows)
            for start in range(0, self.table.rows, _CHUNK):
                x = self.table.inputs[start : start + _CHUNK].astype(np.float64)
                x = (x - mean) / std
                lengths[start : start + _CHUNK] = 1 + np.einsum("ij,ij->i", x, x)
            self._lengths[standardize] = np.cumsum(np.sort(lengths)[::-1])
        return float(self._lengths[standardize][rows - 1])


@quietly
def scaling(table: Table) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the features' means and standard deviations, each (d,), as StandardScaler has them.

    The deviation divides by n, not n - 1, as in scikit-learn; where a feature is constant it is 1,
    so that scaling leaves zeros and no infinity.
    """
    x = table.inputs.astype(np.float64)
    mean = x.mean(axis=0)
    std = x.std(axis=0)
    # A constant column's deviation is rounding noise, not always an exact zero.
    constant = (x == x[0]).all(axis=0)
    return mean, np.where(constant | (std == 0), 1.0, std)
