"""What the data say before any training: how good a fit can get, and how fast one may learn.

The loss of linear regression is a quadratic bowl. Its lowest point is the least-squares solution;
its steepest curvature limits the learning rate. Both follow from the table alone.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from .table import Table

__all__ = ["largest_stable_rate", "least_squares_loss", "round_rate", "scaling"]

_CHUNK = 65_536  # rows turned to float64 at a time, so that a large table is never copied whole


def scaling(table: Table) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The features' means and standard deviations, each (d,), as scikit-learn's StandardScaler has them.

    The deviation divides by n, not n - 1; where a feature is constant it is 1, so that scaling
    leaves zeros and no infinity.
    """
    x = table.inputs.astype(np.float64)
    mean = x.mean(axis=0)
    std = x.std(axis=0)
    # A constant column's deviation is rounding noise, not always an exact zero.
    constant = (x == x[0]).all(axis=0)
    return mean, np.where(constant | (std == 0), 1.0, std)


def largest_stable_rate(table: Table, *, standardize: bool = False) -> float:
    """The learning rate above which full-batch gradient descent on this table diverges.

    It is 2 / λmax, where λmax is the largest eigenvalue of the loss's Hessian,
    H = 2 / (n t) · [X 1]ᵀ[X 1] (the same block for each of the t targets). Along that eigenvector each
    step multiplies the error by 1 - rate · λmax, which shrinks only while its size stays below 1
    (Nesterov, *Lectures on Convex Optimization*, 2018, section 2.1.5).

    Parameters
    ----------
    table : Table
    standardize : bool
        Whether the features are scaled to mean 0 and standard deviation 1 first.

    Returns
    -------
    float
        Infinity where the curvature is too small for a float64, zero where it is too large.
    """
    mean, std = scaling(table) if standardize else (0.0, 1.0)
    scale = max(1.0, float(np.abs(table.inputs).max())) if not standardize else 1.0
    gram = np.zeros((table.features + 1, table.features + 1))
    for start in range(0, table.rows, _CHUNK):
        x = (table.inputs[start : start + _CHUNK].astype(np.float64) - mean) / std
        ones = np.full((len(x), 1), 1 / scale)
        design = np.hstack([x / scale, ones])  # scaled, so that squares of 1e30 stay finite
        gram += design.T @ design
    curvature = 2 / (table.rows * table.outputs) * float(np.linalg.eigvalsh(gram)[-1])
    return 2 / curvature / scale / scale


def round_rate(rate: float) -> float:
    """Round a positive rate to one significant digit: 1.1155e-05 becomes 1e-05."""
    return float(f"{rate:.0e}") if math.isfinite(rate) else rate


def least_squares_loss(table: Table) -> float:
    """The lowest loss that any w and b reach on the table: the mean of the squared residuals.

    Solved in float64 on centred features and targets, scaled by their largest sizes, by SVD
    (``numpy.linalg.lstsq``), so that collinear columns and columns of very different size do no harm.
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
