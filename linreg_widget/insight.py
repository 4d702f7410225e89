"""What the data say before any training: how good a fit can get, and how fast one may learn.

The loss of linear regression is a quadratic bowl. Its lowest point is the least-squares solution;
its steepest curvature limits the learning rate. Both follow from the table alone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from .errors import SettingsError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from .settings import Settings
    from .table import Table

__all__ = ["filled_in", "largest_stable_rate", "least_squares_loss", "round_rate", "scaling"]

_CHUNK = 65_536  # rows turned to float64 at a time, so that a large table is never copied whole
_SMALL_TABLE = 100  # rows, up to which batches are of the article's three


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


def largest_stable_rate(table: Table, *, standardize: bool = False) -> float:
    """Return the learning rate above which full-batch gradient descent on this table diverges.

    It is 2 / λmax, where λmax is the largest eigenvalue of the loss's Hessian,
    H = 2 / (n t) · [X 1]ᵀ[X 1] (the same block for each of the t targets). Along that eigenvector
    each step multiplies the error by 1 - rate · λmax, which shrinks only while its size stays below
    1 (Nesterov, *Lectures on Convex Optimization*, 2018, section 2.1.5).

    Parameters
    ----------
    table : Table
    standardize : bool
        Whether the features are scaled to mean 0 and standard deviation 1 first.

    Returns
    -------
    float
        Positive and finite for every table: squares of float32 numbers fit a float64.
    """
    mean, std = scaling(table) if standardize else (0.0, 1.0)
    wide = table.rows <= min(table.features, _CHUNK)  # then [X 1][X 1]ᵀ, with the same λmax
    gram: NDArray[np.float64] | float = 0.0
    for start in range(0, table.rows, _CHUNK):
        x = (table.inputs[start : start + _CHUNK].astype(np.float64) - mean) / std
        design = np.hstack([x, np.ones((len(x), 1))])
        gram = gram + (design @ design.T if wide else design.T @ design)
    return table.rows * table.outputs / float(np.linalg.eigvalsh(gram)[-1])


def filled_in(settings: Settings, table: Table) -> Settings:
    """Return settings with learning rate and batch size worked out where they are None.

    Raises
    ------
    SettingsError
        If the features are so large that no float32 number is a stable learning rate.
    """
    if settings.batch_size is None:
        settings = settings.but(batch_size=3 if table.rows <= _SMALL_TABLE else 64)
    if settings.learning_rate is None:
        limit = largest_stable_rate(table, standardize=settings.standardize)
        rate = round_rate(limit / 10)
        if rate < np.finfo(np.float32).tiny:
            raise SettingsError(
                f"the features are so large that the largest stable learning rate is {limit:.0e}, "
                "too small for float32; use standardize=True, or other units."
            )
        settings = settings.but(learning_rate=rate)
    return settings


def round_rate(rate: float) -> float:
    """Round a rate to one significant digit: 1.1155e-05 becomes 1e-05."""
    return float(f"{rate:.0e}")


def least_squares_loss(table: Table) -> float:
    """Return the lowest loss that any w and b reach: the mean of the squared residuals.

    Solved in float64 by SVD (``numpy.linalg.lstsq``) on centred features and targets, the features
    scaled by their largest sizes, so that collinear columns and very different scales do no harm.
    """
    x = table.inputs.astype(np.float64)
    y = table.targets.astype(np.float64)
    x -= x.mean(axis=0)
    y -= y.mean(axis=0)
    size = np.abs(x).max(axis=0)
    x /= np.where(size > 0, size, 1.0)
    w, *_ = np.linalg.lstsq(x, y, rcond=None)
    residual = y - x @ w
    return float(np.mean(residual * residual))
