"""How the loss curves: which directions are steep, which are flat.

The loss of linear regression is a quadratic bowl. Its Hessian has the same block for each target,
H = 2 / (n t) · ZᵀZ, where Z = [X 1] holds the rows' features and a 1 for the bias; the eigenvalues
of the block are the curvatures, its eigenvectors the directions.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from .leastsquares import Factored

__all__ = ["Curvature", "curvature"]

_CLOSE = 1e-7  # share of the largest singular value down to which the plain SVD has its digits


class Curvature(NamedTuple):
    """The eigenvalues and eigenvectors of one target's block of the loss's Hessian."""

    values: NDArray[np.float64]
    """Curvatures, descending, 0 for flat directions, shape (d + 1,)."""
    directions: NDArray[np.float64]
    """The unit vectors of those that are not flat, as columns: weights, then bias, (d + 1, k)."""

    @property
    def rank(self) -> int:
        """The number of directions that are not flat, k."""
        return int(self.directions.shape[1])


def curvature(table: Factored, rank: int) -> Curvature:
    """Return the curvatures of a table's loss.

    They are squares of the singular values of a root of ZᵀZ, which is never formed. An SVD gets
    small singular values only as far as the largest one's digits reach; so these are taken from the
    inverse, whose largest they are. That serves features of any units, such as 1e-30 beside 1.

    Parameters
    ----------
    table : Factored
    rank : int
        How many features are independent.
    """
    n, d = table.rows, table.features
    targets = len(table.mean) - d
    root = np.zeros((len(table.r) + 1, d + 1))
    root[:-1, :d] = table.r[:, :d]
    root[-1, :d], root[-1, d] = table.mean[:d], 1
    root[-1] *= np.sqrt(n)
    size = np.abs(root).max()  # so that no square overflows
    _, singular, vectors = np.linalg.svd(root / size, full_matrices=False)
    directions = vectors[: rank + 1].T.copy()
    singular = singular[: rank + 1].copy()
    far = singular < _CLOSE * singular[0]
    if rank == d and far.any():
        triangle = np.linalg.qr(root / size, mode="r")
        inverse = np.linalg.solve(triangle, np.eye(d + 1))
        # Of the inverse, the left vectors are the directions, the least curved ones first.
        left, of_inverse, _ = np.linalg.svd(inverse)
        singular[far] = 1 / of_inverse[::-1][far]
        directions[:, far] = left[:, ::-1][:, far]
    values = np.zeros(d + 1)
    values[: rank + 1] = 2 / (n * targets) * (singular * size) ** 2
    return Curvature(values, directions)
