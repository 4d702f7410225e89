"""The best that any w and b can do: least squares, by QR, with the columns that say nothing named.

The rows are centred and factored once, in chunks: what is left is a small triangle R with
RᵀR = (X - x̄)ᵀ(X - x̄), and it holds all that least squares and the loss's curvature ask for. The
triangle is never squared, so that no digits are lost as they are in the normal equations (Golub and
Van Loan, *Matrix Computations*, 4th edition, section 5.3; chunk by chunk as in Demmel, Grigori,
Hoemmen and Langou, SIAM J. Sci. Comput. 34, 2012).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from linreg_widget.wording import said

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

__all__ = ["Factored", "LeastSquares", "factored", "least_squares"]

_NOISE = 4 * float(np.finfo(np.float64).eps)  # of a residual, relative to the terms of a prediction
_ROUNDINGS = 4  # of each number: its own, and those of the sums that made the column's mean
_CHUNK = 32_768  # rows turned to float64 at a time
_BLOCK = 512  # rows factored at a time


class Factored(NamedTuple):
    """A table's numbers, reduced to what sums of products of its columns need."""

    rows: int
    """How many rows, n."""
    mean: NDArray[np.float64]
    """The columns' means, features first, shape (d + t,); zeros without a bias."""
    r: NDArray[np.float64]
    """The triangle of the centred columns, shape (k, d + t), with k = min(n, d + t)."""
    noise: NDArray[np.float64]
    """How long a feature's column of ``r`` may be by rounding alone, shape (d,)."""

    @property
    def features(self) -> int:
        """The number of features, d."""
        return len(self.noise)

    def terms(self, w: NDArray[np.float64], b: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return how large the numbers are that a prediction adds up, whatever their signs, (t,).

        The root mean square of Σ |x w| + |b| over all rows is at most Σ rms(x) |w| + |b|, by the
        triangle inequality; each rounding in a prediction is relative to that.
        """
        d = self.features
        spread = np.linalg.norm(self.r[:, :d], axis=0) / np.sqrt(self.rows)
        return np.asarray(np.abs(w) @ np.hypot(self.mean[:d], spread) + np.abs(b))

    def scaled(self, mean: NDArray[np.float64], std: NDArray[np.float64]) -> Factored:
        """Return what there would be of the features (x - mean) / std; both have shape (d,)."""
        d, center, r = self.features, self.mean.copy(), self.r.copy()
        center[:d] = (center[:d] - mean) / std
        r[:, :d] /= std
        return Factored(self.rows, center, r, self.noise / std)


class LeastSquares(NamedTuple):
    """The w and b of the lowest loss, float64."""

    w: NDArray[np.float64]
    """Weights, shape (t, d); 0 for features that add nothing to those before them."""
    b: NDArray[np.float64]
    """Biases, shape (t,)."""
    loss: float
    """The mean of the squared residuals over all rows and targets: no real numbers reach less.

    0 where it is no more than rounding to float64 leaves. What float32 can reach is
    ``Insight.floor``."""
    target_losses: NDArray[np.float64]
    """The same for each target, shape (t,); ``loss`` is their mean."""
    rank: int
    """How many features are independent of one another and not constant."""
    dependent: dict[int, tuple[int, ...]]
    """Features that add nothing, each with those it is made of; a constant one has none."""

    def __repr__(self) -> str:
        return (
            f"LeastSquares: loss {said(self.loss)}, rank {self.rank} of {self.w.shape[1]}\n"
            f"w {self.w.shape} = {self.w.tolist()}\n"
            f"b {self.b.shape} = {self.b.tolist()}"
        )


def factored(
    inputs: NDArray[np.floating], targets: NDArray[np.floating], *, bias: bool = True
) -> Factored:
    """Factor a table's rows, in chunks.

    Parameters
    ----------
    inputs, targets : ndarray, shapes (n, d) and (n, t)
        Of float32 or float64: of which kind decides what counts as rounding.
    bias : bool
        Whether the model has one. Without it the columns are not centred.
    """
    n, width = len(inputs), inputs.shape[1] + targets.shape[1]
    columns = (inputs, targets)
    mean = np.concatenate([part.mean(axis=0, dtype=np.float64) for part in columns])
    mean *= bias
    r = np.empty((0, width))
    largest = np.zeros(inputs.shape[1])
    for start in range(0, n, max(_CHUNK, width)):
        stop = start + max(_CHUNK, width)
        chunk = np.hstack([part[start:stop].astype(np.float64) for part in columns])
        largest = np.maximum(largest, np.abs(chunk[:, : len(largest)]).max(axis=0))
        r = _triangle(np.vstack([r, _triangles(chunk - mean)]))
    eps = float(np.finfo(inputs.dtype).eps)
    return Factored(n, mean, r, _ROUNDINGS * eps * np.sqrt(n) * largest)


def _triangles(rows: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return fewer rows with the same sums of products: the triangles of blocks of them.

    Blocks are so small that the linear algebra library does each in one thread: two threads on a
    busy machine wait for each other at every column, and take twenty times as long.
    """
    width = rows.shape[1]
    block = max(_BLOCK, 2 * width)
    whole = len(rows) // block * block
    blocks = rows[:whole].reshape(-1, block, width)
    return np.vstack([_triangle(blocks).reshape(-1, width), rows[whole:]])


def _triangle(rows: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(np.linalg.qr(rows, mode="r"), np.float64)


def least_squares(table: Factored) -> LeastSquares:
    """Return the w and b of the lowest loss.

    Where features depend on one another, many w reach it. Then a feature that is a combination of
    those before it gets the weight 0, as in R's ``lm``, and they do its work.
    """
    d, (independent, dependent) = table.features, _independent(table)
    x, y = table.r[:, independent], table.r[:, d:]
    size = np.linalg.norm(x, axis=0)
    q, triangle = np.linalg.qr(x / size)
    weights = np.linalg.solve(triangle, q.T @ y) / size[:, None]
    residual = y - x @ weights
    losses = (residual * residual).sum(axis=0) / table.rows
    w = np.zeros((y.shape[1], d))
    w[:, independent] = weights.T
    b = table.mean[d:] - w @ table.mean[:d]
    losses[losses <= (_NOISE * table.terms(w, b)) ** 2] = 0
    return LeastSquares(w, b, float(losses.mean()), losses, len(independent), dependent)


def _independent(table: Factored) -> tuple[list[int], dict[int, tuple[int, ...]]]:
    """Return the features that no ones before them make up, and of the others, which do.

    By Gram and Schmidt, each projection done twice (Giraud, Langou and Rozložník, Comput. Math.
    Appl. 50, 2005). What is left of a column counts as nothing if rounding may have made it: that
    of its own numbers, and that of the columns which are subtracted.
    """
    r, noise = table.r[:, : table.features], table.noise
    basis = np.empty((len(r), min(r.shape)))
    back = np.zeros((min(r.shape),) * 2)  # r[:, found] @ back[: len(found)] is the basis
    found: list[int] = []
    dependent: dict[int, tuple[int, ...]] = {}
    for column in range(table.features):
        known, count = basis[:, : len(found)], len(found)
        first = known.T @ r[:, column]
        left = r[:, column] - known @ first
        second = known.T @ left
        left -= known @ second
        factors = back[:count, :count] @ (first + second)
        rounding = noise[column] + np.abs(factors) @ noise[found]
        size = float(np.linalg.norm(left))
        if size > rounding and count < basis.shape[1]:
            basis[:, count] = left / size
            back[:count, count], back[count, count] = -factors / size, 1 / size
            found.append(column)
        else:
            shares = factors * np.linalg.norm(r[:, found], axis=0)
            dependent[column] = _made_of(found, shares, rounding)
    return found, dependent


def _made_of(
    columns: Sequence[int], shares: NDArray[np.float64], rounding: float
) -> tuple[int, ...]:
    """Return the columns that have a part in a combination, the largest shares first."""
    sizes = np.abs(shares)
    least = max(1e-6 * sizes.max(initial=0), rounding)
    return tuple(columns[index] for index in np.argsort(-sizes) if sizes[index] > least)
