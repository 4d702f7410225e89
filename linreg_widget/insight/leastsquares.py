"""The lowest loss that any w and b can reach: least squares by QR, which finds dependent features.

The rows are centred and factored once, in chunks. The result is a small triangle R with
RᵀR = (X - x̄)ᵀ(X - x̄), which holds everything that least squares and the loss's curvature need. The
triangle is never squared, so no digits are lost as in the normal equations (Golub and Van Loan,
*Matrix Computations*, 4th edition, section 5.3; chunk by chunk as in Demmel, Grigori, Hoemmen and
Langou, SIAM J. Sci. Comput. 34, 2012).
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, NamedTuple, cast

import numpy as np

from linreg_widget.messages import say
from linreg_widget.quiet import quiet, quietly
from linreg_widget.table import COUNTED

from .passes import factored_at_once, longest_rows

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

    from linreg_widget.table import Table

_NOISE = 4 * float(np.finfo(np.float64).eps)  # of a residual, relative to the terms of a prediction
_CLEARLY = 0.5  # of what is left of a column: rounding that is less does not make it dependent
_ROUNDINGS = 4  # of each number: its own, and those of the sums in the column's mean
_CHUNK = 32_768  # rows converted to float64 at a time, so that a large table is never copied whole
_ROWS = 8192  # rows summed up at a time
_BLOCK = 512  # rows factored at a time
_MANY = 2**18  # rows, from which on a single pass over them is made, if one will do
_FEW = 8  # for an eighth of the rows or fewer, the longest are found without sorting all


class Scaling(NamedTuple):
    """The features' means and standard deviations, by which they are scaled: x' = (x - mean) / std.

    Of a model's w, (..., t, d), and b, (..., t), those for x are w' / std and b' - w' / std · mean.
    """

    mean: NDArray[np.float64]
    """Shape (d,)."""
    std: NDArray[np.float64]
    """Shape (d,); 1 for a constant feature."""

    def of(self, x: NDArray[np.floating]) -> NDArray[np.float64]:
        """Return features, scaled, in float64."""
        return np.asarray((x.astype(np.float64) - self.mean) / self.std)

    def scaled(
        self, w: NDArray[np.float64], b: NDArray[np.float64]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return w and b for scaled features that predict what these do for the table's."""
        return w * self.std, b + w @ self.mean

    def unscaled(
        self, w: NDArray[np.float64], b: NDArray[np.float64]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return w and b for the table's features that predict what these do for scaled ones."""
        w = w / self.std
        return w, b - w @ self.mean


class Factored(NamedTuple):
    """A table's numbers, reduced to a triangle with the same sums of products."""

    rows: int
    """The number n of rows."""
    mean: NDArray[np.float64]
    """The columns' means, features first, shape (d + t,); zeros if there is no bias."""
    r: NDArray[np.float64]
    """The triangle of the centred columns, shape (k, d + t), with k = min(n, d + t)."""
    noise: NDArray[np.float64]
    """The length that rounding alone can give a feature's column of ``r``, shape (d,)."""

    @property
    def features(self) -> int:
        """The number d of features."""
        return len(self.noise)

    @property
    def root(self) -> NDArray[np.float64]:
        """A matrix with the square ZᵀZ, where Z = [X 1] holds the features and a 1 for the bias."""
        first, d = self.r[:, : self.features], self.features
        root = np.zeros((len(first) + 1, d + 1))
        root[:-1, :d] = first
        root[-1] = np.sqrt(self.rows) * np.append(self.mean[:d], 1)
        return root

    def terms(self, w: NDArray[np.float64], b: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the size of the numbers that a prediction adds up, ignoring their signs, (t,).

        The root mean square of Σ |x w| + |b| over all rows is at most Σ rms(x) |w| + |b|, by the
        triangle inequality; each rounding in a prediction is relative to that.
        """
        d = self.features
        spread = np.linalg.norm(self.r[:, :d], axis=0) / np.sqrt(self.rows)
        return np.asarray(np.abs(w) @ np.hypot(self.mean[:d], spread) + np.abs(b))

    def scaled(self, mean: NDArray[np.float64], std: NDArray[np.float64]) -> Factored:
        """Return the same for the features (x - mean) / std; both have shape (d,)."""
        d, center, r = self.features, self.mean.copy(), self.r.copy()
        center[:d] = (center[:d] - mean) / std
        r[:, :d] /= std
        return Factored(self.rows, center, r, self.noise / std)


class LeastSquares(NamedTuple):
    """The w and b with the lowest loss, float64."""

    w: NDArray[np.float64]
    """Weights, shape (t, d); 0 for features that depend on those before them."""
    b: NDArray[np.float64]
    """Biases, shape (t,)."""
    loss: float
    """The mean squared residual over all rows and targets, the lowest with real numbers.

    0 if it is no larger than float64's rounding. ``Insight.floor`` is what float32 can reach."""
    target_losses: NDArray[np.float64]
    """The same for each target, shape (t,); ``loss`` is their mean."""
    rank: int
    """The number of features that are neither constant nor a combination of others."""
    dependent: dict[int, tuple[int, ...]]
    """Each dependent feature, with the features it is a combination of; () for a constant one."""

    def __repr__(self) -> str:
        return say(
            "reprs.least_squares",
            loss=self.loss,
            rank=self.rank,
            features=self.w.shape[1],
            w_shape=self.w.shape,
            w=self.w.tolist(),
            b_shape=self.b.shape,
            b=self.b.tolist(),
        )


def factored(
    inputs: NDArray[np.floating], targets: NDArray[np.floating], *, bias: bool = True
) -> Factored:
    """Factor a table's rows, in chunks.

    Parameters
    ----------
    inputs, targets : ndarray, shapes (n, d) and (n, t)
        float32 or float64; the type decides what counts as rounding.
    bias : bool
        Whether the model has a bias. Without one, the columns are not centred.
    """
    if bias and len(inputs) > _MANY and (found := factored_at_once(inputs, targets)) is not None:
        mean, r, largest = found
        return Factored(len(inputs), mean, r, _noise_of(inputs, largest))
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
    return Factored(n, mean, r, _noise_of(inputs, largest))


def _noise_of(inputs: NDArray[np.floating], largest: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the length that rounding alone can give columns with such largest numbers, (d,)."""
    eps = float(np.finfo(inputs.dtype).eps)
    return np.asarray(_ROUNDINGS * eps * np.sqrt(len(inputs)) * largest)


def _triangles(rows: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return fewer rows with the same sums of products: the triangles of blocks of rows.

    The blocks are small enough for the linear algebra library to use one thread for each: on a busy
    machine two threads wait for each other at every column, which takes twenty times as long.
    """
    width = rows.shape[1]
    block = max(_BLOCK, 2 * width)
    whole = len(rows) // block * block
    blocks = rows[:whole].reshape(-1, block, width)
    return np.vstack([_triangle(blocks).reshape(-1, width), rows[whole:]])


def _triangle(rows: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(np.linalg.qr(rows, mode="r"), np.float64)


def least_squares(table: Factored) -> LeastSquares:
    """Return the w and b with the lowest loss.

    If features depend on one another, many w reach it. Then a feature that is a combination of
    earlier ones gets the weight 0, as in R's ``lm``.
    """
    d, even = table.features, _all_independent(table)
    independent, dependent = ([*range(d)], {}) if even else _independent(table)
    x, y = table.r[:, independent], table.r[:, d:]
    size = np.linalg.norm(x, axis=0)
    triangle, image = x[:d] / size, y[:d]
    if not even:
        q, triangle = np.linalg.qr(x / size)
        image = q.T @ y
    weights = np.linalg.solve(triangle, image) / size[:, None]
    residual = y - x @ weights
    losses = (residual * residual).sum(axis=0) / table.rows
    w = np.zeros((y.shape[1], d))
    w[:, independent] = weights.T
    b = table.mean[d:] - w @ table.mean[:d]
    losses[losses <= (_NOISE * table.terms(w, b)) ** 2] = 0
    return LeastSquares(w, b, float(losses.mean()), losses, len(independent), dependent)


def _all_independent(table: Factored) -> bool:
    """Tell whether all features are independent beyond doubt, of a table factored to a triangle.

    What is left of a column is then on the diagonal, and the inverse says of which columns the rest
    is made; so ``_independent``, which takes them one by one, would find the same.
    """
    d, noise = table.features, table.noise
    triangle = table.r[:d, :d]
    if len(triangle) < d or np.tril(triangle, -1).any():
        return False
    if not (np.abs(np.diag(triangle)) > noise).all():
        return False
    size = np.linalg.norm(triangle, axis=0)
    inverse = np.linalg.inv(triangle / size)
    rounding = noise / size @ np.abs(inverse)  # as shares of what is left of each column
    return bool((rounding < _CLEARLY).all())


def _independent(table: Factored) -> tuple[list[int], dict[int, tuple[int, ...]]]:
    """Return the independent features, and for each dependent one those it is a combination of.

    By Gram-Schmidt, with each projection done twice (Giraud, Langou and Rozložník, Comput. Math.
    Appl. 50, 2005). A feature is dependent if what is left of its column can be rounding: of its
    own numbers, and of the columns that were subtracted.
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
    """Return the columns that contribute to a combination, the largest contribution first."""
    sizes = np.abs(shares)
    least = max(1e-6 * sizes.max(initial=0), rounding)
    return tuple(columns[index] for index in np.argsort(-sizes) if sizes[index] > least)


@quiet
class TableStatistics:
    """Everything about a table that no setting changes: computed once, when first asked for."""

    def __init__(self, table: Table) -> None:
        self.table = table
        self._lengths: dict[bool, NDArray[np.float64]] = {}
        self._longest: dict[tuple[int, bool], float] = {}

    @functools.cached_property
    def factored(self) -> Factored:
        """The table's rows, factored."""
        return factored(self.table.inputs, self.table.targets)

    @functools.cached_property
    def best(self) -> LeastSquares:
        """The least-squares solution, in the table's units."""
        return least_squares(self.factored)

    @functools.cached_property
    def scaling(self) -> Scaling:
        """The features' means and standard deviations, each (d,).

        For many rows these come from factoring, the same except for the last bits; a run that
        scales works them out by itself.
        """
        table = self.factored
        spread = np.linalg.norm(table.r[:, : table.features], axis=0)
        if table.rows > _MANY and (spread > table.noise).all():
            return Scaling(table.mean[: table.features], spread / np.sqrt(table.rows))
        return scaling(self.table)

    @functools.cached_property
    def variances(self) -> NDArray[np.float64]:
        """The mean squared distance of each target from its mean, (t,)."""
        spread = self.factored.r[:, self.factored.features :]
        return np.asarray((spread * spread).sum(axis=0) / self.table.rows)

    @functools.cached_property
    def merged(self) -> dict[int, tuple[int, int]]:
        """Features in which scaling merges different numbers: how many there were, and are left.

        If one row is far from all others, scaling moves the others so close together that float32
        cannot tell them apart. Listed if at most half of the different numbers are left.
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
        """Return the sum of |[x 1]|² over the given number of rows, the longest ones."""
        if self.table.rows > _MANY and rows == self.table.rows:
            return float((self.factored_as(standardize=standardize).root ** 2).sum())
        few = self.table.rows > _MANY and rows <= self.table.rows // _FEW
        if few and (rows, standardize) not in self._longest:
            scale = self.scaling if standardize else None
            self._longest[rows, standardize] = longest_rows(self.table.inputs, rows, scale)
        if few:
            return self._longest[rows, standardize]
        if standardize not in self._lengths:
            lengths = np.empty(self.table.rows)
            for start in range(0, self.table.rows, _CHUNK):
                x = self.table.inputs[start : start + _CHUNK].astype(np.float64)
                x = self.scaling.of(x) if standardize else x
                lengths[start : start + _CHUNK] = 1 + np.einsum("ij,ij->i", x, x)
            self._lengths[standardize] = np.cumsum(np.sort(lengths)[::-1])
        return float(self._lengths[standardize][rows - 1])


@quietly
def scaling(table: Table) -> Scaling:
    """Return the features' means and standard deviations, each (d,), as in ``StandardScaler``.

    The deviation divides by n, not n - 1, as in scikit-learn; for a constant feature it is 1, so
    that scaling gives zeros instead of infinity.
    """
    inputs = table.inputs
    # NumPy adds rows up one after the other, and so do blocks of them; a single column it adds up
    # in pairs. Either way these are the bits of x.mean(axis=0) and x.std(axis=0), x in float64.
    rows = _ROWS if table.features > 1 else table.rows
    blocks = [inputs[start : start + rows] for start in range(0, table.rows, rows)]
    mean = _sums(block.astype(np.float64) for block in blocks) / table.rows
    squares = _sums((block.astype(np.float64) - mean) ** 2 for block in blocks)
    std = np.sqrt(squares / table.rows)
    # A constant column's deviation may be rounding noise instead of an exact zero.
    constant = np.all([(block == inputs[0]).all(axis=0) for block in blocks], axis=0)
    return Scaling(mean, np.where(constant | (std == 0), 1.0, std))


def _sums(blocks: Iterable[NDArray[np.float64]]) -> NDArray[np.float64]:
    """Return the sums of the columns (k,) of blocks of rows, each (rows, k), row after row."""
    total: NDArray[np.float64] | None = None
    for block in blocks:
        total = (block if total is None else np.vstack([total, block])).sum(axis=0)
    return cast("NDArray[np.float64]", total)
