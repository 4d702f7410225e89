"""What the data say before any training: how good a fit can get, and how fast training may go.

The loss of linear regression is a quadratic bowl. Its lowest point is the least-squares solution
(``leastsquares``), its largest curvature limits the learning rate, and its smallest determines how
long training takes. All of this follows from the table, the batch size and the scaling alone.

The bowl's Hessian has the same block for each target, H = 2 / (n t) · ZᵀZ, where Z = [X 1] holds
the rows' features and a 1 for the bias. The block's eigenvalues are the curvatures, and its
eigenvectors are the directions.
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from linreg_widget.messages import say
from linreg_widget.quiet import quiet
from linreg_widget.settings import check_setting
from linreg_widget.table import Table
from linreg_widget.wording import isolated

from .leastsquares import TableStatistics

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from .leastsquares import Factored, LeastSquares, Scaling

_HALF_ULP = float(np.finfo(np.float32).eps) / 2  # the largest relative error of float32's rounding
_ROUNDINGS = 3  # in a prediction: of w and b, of their products with x, of the sums
_MOSTLY = 0.75  # of a direction's squared length: a parameter with so much of it names it alone
_WIDE = 256  # features, from which on squares are tried first: they take less than half the time
_LEAST = 1e-7  # of the largest curvature: one below has too few digits if it is worked out so
_CLOSE = 1e-7  # of the largest singular value: above this share, the plain SVD is accurate


@quiet
class Insight:
    """What a table says about its best fit, and about learning rates.

    Made by ``Insight.of(table)``, or read from ``trainer.insight``, which follows the trainer's
    batch size and scaling. Each value is computed once.

    Parameters
    ----------
    statistics : TableStatistics
        Of the table; ``Insight.of`` makes them.
    batch_size : int
        Rows in a batch.
    standardize : bool
        Whether the features are scaled first.

    Examples
    --------
    >>> insight = Insight.of(crop_yields(), batch_size=3)
    >>> insight.largest_stable_rate
    0.00011155...
    >>> insight.least_squares.loss, insight.condition_number, insight.rank
    (0.909..., 2200917.9..., 3)
    """

    def __init__(self, statistics: TableStatistics, batch_size: int, *, standardize: bool) -> None:
        self._statistics = statistics
        self.batch_size = batch_size
        """Rows in a batch."""
        self.standardize = standardize
        """Whether curvatures and rates are for the scaled features."""

    @classmethod
    def of(
        cls, table: object, *, batch_size: int | None = None, standardize: bool = False
    ) -> Insight:
        """Return what a table says.

        Parameters
        ----------
        table : Table or anything that ``Table.of`` takes
        batch_size : int, optional
            Rows in a batch; by default all of them.
        standardize : bool
            Whether the features are first scaled to mean 0 and standard deviation 1.

        Raises
        ------
        TableError, SettingsError
            If the table or a setting cannot be used.
        """
        table = Table.of(table)
        size = table.rows if batch_size is None else check_setting("batch_size", batch_size)
        scaled = bool(check_setting("standardize", standardize))
        return cls(TableStatistics(table), size, standardize=scaled)

    def but(self, *, batch_size: int, standardize: bool) -> Insight:
        """Return an Insight into the same table with other settings; what is known is kept.

        Parameters
        ----------
        batch_size : int
            Rows in a batch.
        standardize : bool
            Whether the features are scaled first.
        """
        if (batch_size, standardize) == (self.batch_size, self.standardize):
            return self
        return Insight(self._statistics, batch_size, standardize=standardize)

    # ---- the best fit ------------------------------------------------------------------------

    @property
    def table(self) -> Table:
        """The table."""
        return self._statistics.table

    @property
    def least_squares(self) -> LeastSquares:
        """The best w (t, d) and b (t,), in the table's units, and their loss; float64.

        The table's numbers are rounded to float32. A column that is a combination of others to
        within that rounding counts as dependent.
        """
        return self._statistics.best

    @property
    def scaling(self) -> Scaling:
        """The features' means and standard deviations, each (d,)."""
        return self._statistics.scaling

    @functools.cached_property
    def scaled_least_squares(self) -> LeastSquares:
        """The solution for the scaled features: weights w · std, biases b + w · mean."""
        best = self.least_squares
        w, b = self.scaling.scaled(best.w, best.b)
        return best._replace(w=w, b=b)

    @property
    def merged(self) -> dict[int, tuple[int, int]]:
        """Features in which scaling merges different numbers: how many there were, and are left."""
        return self._statistics.merged if self.standardize else {}

    @property
    def mean_loss(self) -> float:
        """The loss of always predicting each target's mean."""
        return float(np.mean(self._statistics.variances))

    @property
    def rank(self) -> int:
        """The number of features that are neither constant nor a combination of others."""
        return self.least_squares.rank

    @property
    def r2(self) -> NDArray[np.float64]:
        """R² of the least-squares fit for each target, shape (t,); NaN for a constant target."""
        return self.r2_of(self.least_squares.target_losses)

    @property
    def rmse(self) -> NDArray[np.float64]:
        """Root mean squared error of the least-squares fit for each target, in its units, (t,)."""
        return np.sqrt(self.least_squares.target_losses)

    @property
    def r2_alone(self) -> NDArray[np.float64]:
        """R² of a line through one feature alone, (t, d); 0 for a constant feature or target."""
        factored = self._factored
        x, y = np.split(factored.r, [factored.features], axis=1)
        x = np.where(np.linalg.norm(x, axis=0) > factored.noise, x, 0)
        sizes = np.outer(np.linalg.norm(y, axis=0), np.linalg.norm(x, axis=0))
        return np.asarray((y.T @ x / np.where(sizes > 0, sizes, 1)) ** 2)

    def r2_of(self, target_losses: ArrayLike) -> NDArray[np.float64]:
        """Return R², the share of each target's variance that a fit with these losses explains.

        Parameters
        ----------
        target_losses : array_like, shape (t,)
            Each target's loss, as ``target_losses()`` has it.

        Returns
        -------
        ndarray of float64, shape (t,)
            NaN for a constant target.
        """
        variances = self._statistics.variances
        shares = 1 - np.asarray(target_losses, np.float64) / variances
        return np.where(variances > 0, shares, np.nan)

    def target_losses(self, w: ArrayLike, b: ArrayLike) -> NDArray[np.float64]:
        """Return each target's loss over the whole table, for any w and b.

        Computed in float64 from the factored table, so a million rows cost no more than ten: the
        mean squared residual is that of the centred columns plus that of the means.

        Parameters
        ----------
        w, b : array_like, shapes (..., t, d) and (..., t)
            For the scaled features if ``standardize``, else in the table's units.

        Returns
        -------
        ndarray, shape (..., t)
        """
        table = self._factored
        d, n = table.features, table.rows
        weights, biases = np.asarray(w, np.float64), np.asarray(b, np.float64)
        spread = table.r[:, d:].T - weights @ table.r[:, :d].T
        shift = table.mean[d:] - weights @ table.mean[:d] - biases
        losses: NDArray[np.float64] = (spread * spread).sum(axis=-1) / n + shift * shift
        return losses

    @functools.cached_property
    def floor(self) -> float:
        """The best possible loss of a model with float32 numbers: never 0.

        It is the least-squares loss plus ``rounding``, or the loss of predicting the means, with
        all weights 0, if that is lower. Losses below it cannot be told apart. It is at least the
        smallest normal float32, 1.2e-38, since the squares of smaller errors are lost.
        """
        smallest = float(np.finfo(np.float32).tiny)
        mean = self._factored.mean[self.table.features :]
        with_mean = self.mean_loss + float(np.mean((_ROUNDINGS * _HALF_ULP * mean) ** 2))
        return max(min(self.least_squares.loss + self.rounding, with_mean), smallest)

    @functools.cached_property
    def rounding(self) -> float:
        """The loss that float32's rounding alone can leave of a perfect fit.

        A prediction x w + b is rounded three times: w and b, the products, and the sums. Each
        rounding changes it by up to 2⁻²⁴ (Σ |x w| + |b|) (Higham, *Accuracy and Stability of
        Numerical Algorithms*, 2nd edition, section 3.1; in long sums most errors cancel: Higham and
        Mary, SIAM J. Sci. Comput. 41, 2019). If features depend on one another, their weights keep
        much of their initial values, numbers of about 1. (Not so for a constant feature, which
        shares the bias's work.)
        """
        best = self.scaled_least_squares if self.standardize else self.least_squares
        w = np.abs(best.w)
        for column, parts in best.dependent.items():
            if parts:
                w[:, [column, *parts]] = np.maximum(w[:, [column, *parts]], 1)
        errors = _ROUNDINGS * _HALF_ULP * self._factored.terms(w, best.b)
        return float(np.mean(errors * errors))

    @property
    def is_exact(self) -> bool:
        """Whether the best fit is perfect, apart from float32's rounding."""
        return self.floor > 2 * self.least_squares.loss

    def distance(self, loss: float) -> float:
        """Return a loss as a multiple of the best possible one: at least 1, or NaN for NaN.

        A loss below ``floor``, which rounding can produce by luck, counts as the best possible.

        Parameters
        ----------
        loss : float
            Over the whole table.
        """
        times = loss / self.floor
        return 1.0 if times < 1 else times

    # ---- curvature ---------------------------------------------------------------------------

    @property
    def curvatures(self) -> NDArray[np.float64]:
        """The eigenvalues of the loss's Hessian for one target, steepest first, shape (d + 1,).

        0 for a flat direction, along which the loss does not change.
        """
        return self._curvature.values

    @property
    def directions(self) -> NDArray[np.float64]:
        """The eigenvectors as columns, weights, then bias, shape (d + 1, k): no flat directions."""
        return self._curvature.directions

    @property
    def root(self) -> NDArray[np.float64]:
        """A root of that Hessian, (k, d + 1): a step adds half its image's square to the loss."""
        factor = np.sqrt(2 / (self.table.rows * self.table.outputs))
        return np.asarray(self._factored.root * factor)

    def name_of_direction(self, index: int) -> str:
        """Say which parameters dominate a direction: "mostly the weight of Rainfall".

        Parameters
        ----------
        index : int
            The direction's column in ``directions``.
        """
        names, bias = self.table.feature_names, self.table.features
        shares = self.directions[:, index] ** 2
        order = np.argsort(-shares, kind="stable").tolist()
        main = order[: 1 if shares[order[0]] > _MOSTLY else 2]
        weights = [isolated(names[column]) for column in main if column != bias]
        parts = [say("directions.weights", count=len(weights), names=weights)] if weights else []
        parts += [say("directions.bias")] * (bias in main)
        return say("directions.mostly", parts=parts)

    @property
    def condition_number(self) -> float:
        """The largest curvature divided by the smallest one that is not 0.

        Gradient descent needs about this many updates at best: the steepest direction limits the
        learning rate, and the flattest has to get along with it.
        """
        return float(self.curvatures[0] / self.curvatures[self._curvature.rank - 1])

    @property
    def largest_stable_rate(self) -> float:
        """The learning rate above which full-batch gradient descent on this table diverges.

        It is 2 / λ for the largest curvature λ. Along that direction each step multiplies the error
        by 1 - rate · λ, so the error shrinks only if that is between -1 and 1 (Nesterov, *Lectures
        on Convex Optimization*, 2018, section 2.1.5).
        """
        return 2 / float(self.curvatures[0])

    @functools.cached_property
    def worst_batch_rate(self) -> float:
        """A learning rate at which no batch, whatever its rows, overshoots its own lowest loss.

        This is a bound, not a limit: above it some batch may overshoot, and others may make up for
        it. The curvature of the loss of a batch of m rows is at most 2 / (m t) times the sum of its
        rows' squared lengths |[x 1]|², and at most n / m times that of the loss of all n rows. The
        smaller batch at an epoch's end counts too.
        """
        n, t = self.table.rows, self.table.outputs
        rates = []
        for size in {min(self.batch_size, n), n % self.batch_size or n}:
            longest = self._statistics.longest(size, standardize=self.standardize)
            rates.append(max(size * t / longest, self.largest_stable_rate * size / n))
        return min(*rates, self.largest_stable_rate)

    @property
    def safe_rate(self) -> float:
        """A good first learning rate: a tenth of the largest stable one, to one significant digit.

        Lower still if ``worst_batch_rate`` is below that.
        """
        worst = self.worst_batch_rate
        bound = round_rate(worst)
        if bound > worst:
            bound = round_rate(bound * 0.9)
        return min(round_rate(self.largest_stable_rate / 10), bound)

    def half_lives(self, learning_rate: float) -> NDArray[np.float64]:
        """Return the number of epochs in which each direction's error halves.

        A step along a direction of curvature λ multiplies the error by 1 - rate · λ; with small
        batches it does so on average. An epoch has n / batch size steps.

        Parameters
        ----------
        learning_rate : float

        Returns
        -------
        ndarray, shape (d + 1,)
            In the order of ``curvatures``; infinite if the error does not shrink.
        """
        rate = check_setting("learning_rate", learning_rate)
        steps = -(-self.table.rows // self.batch_size)
        step = rate * self.curvatures
        # log1p is accurate for tiny steps, too.
        logs = np.where(step < 1, np.log1p(-np.minimum(step, 1)), np.log(np.abs(1 - step)))
        lives = np.log(2) / -logs
        return np.asarray(np.where(logs < 0, lives, np.inf) / steps)

    def slowest_half_life(self, learning_rate: float) -> float:
        """Return the number of epochs in which the slowest direction's error halves.

        Parameters
        ----------
        learning_rate : float
        """
        return float(self.half_lives(learning_rate)[: self._curvature.rank].max())

    @functools.cached_property
    def _factored(self) -> Factored:
        return self._statistics.factored_as(standardize=self.standardize)

    @functools.cached_property
    def _curvature(self) -> Curvature:
        return curvature(self._factored, self.rank)

    def __repr__(self) -> str:
        table = self.table
        return say(
            "reprs.insight",
            rows=table.rows,
            rank=self.rank,
            features=table.features,
            standardize=self.standardize,
            floor=self.floor,
            mean=self.mean_loss,
            limit=self.largest_stable_rate,
            batch=self.batch_size,
            worst=self.worst_batch_rate,
            condition=self.condition_number,
        )


def round_rate(rate: float) -> float:
    """Round a rate to one significant digit: 1.1155e-05 becomes 1e-05."""
    return float(f"{rate:.0e}")


class Curvature(NamedTuple):
    """Eigenvalues and eigenvectors of one target's block of the loss's Hessian."""

    values: NDArray[np.float64]
    """Curvatures, descending; 0 for flat directions, shape (d + 1,)."""
    directions: NDArray[np.float64]
    """Unit vectors, without flat directions, as columns: weights, then bias, (d + 1, k)."""

    @property
    def rank(self) -> int:
        """The number k of directions that are not flat."""
        return int(self.directions.shape[1])


def curvature(table: Factored, rank: int) -> Curvature:
    """Return the curvatures of a table's loss.

    They are the squared singular values of a root of ZᵀZ, which is not formed but for many features
    whose curvatures are not far apart. An SVD is accurate only relative to the largest singular
    value, so the small ones are taken from the inverse, where they are the largest. This works for
    features in any units, such as 1e-30 next to 1.

    Parameters
    ----------
    table : Factored
    rank : int
        The number of independent features.
    """
    n, d, root = table.rows, table.features, table.root
    targets = len(table.mean) - d
    size = np.abs(root).max()  # dividing by it keeps squares from overflowing
    found = _by_squares(root / size, rank) if _WIDE <= d < len(root) else None
    singular, directions = _by_singular_values(root / size, rank) if found is None else found
    values = np.zeros(d + 1)
    values[: rank + 1] = 2 / (n * targets) * (singular * size) ** 2
    return Curvature(values, directions)


def _by_squares(
    root: NDArray[np.float64], rank: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]] | None:
    """Return the leading singular values and directions from a root's square.

    None if the smallest would have too few digits: each square is off by as much as the largest's
    last digits (Golub and Van Loan, *Matrix Computations*, 4th edition, section 8.1).
    """
    squares, directions = np.linalg.eigh(root.T @ root)
    squares, directions = squares[::-1][: rank + 1], directions[:, ::-1][:, : rank + 1]
    if squares[-1] < _LEAST * squares[0]:
        return None
    return np.sqrt(squares), directions


def _by_singular_values(
    root: NDArray[np.float64], rank: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the leading singular values and directions of a root, the small ones accurate too."""
    _, singular, vectors = np.linalg.svd(root, full_matrices=False)
    directions = vectors[: rank + 1].T.copy()
    singular = singular[: rank + 1].copy()
    far = singular < _CLOSE * singular[0]
    if rank == root.shape[1] - 1 and far.any():
        triangle = np.linalg.qr(root, mode="r")
        inverse = np.linalg.solve(triangle, np.eye(len(triangle)))
        # The inverse's left singular vectors are the directions, the flattest first.
        left, of_inverse, _ = np.linalg.svd(inverse)
        singular[far] = 1 / of_inverse[::-1][far]
        directions[:, far] = left[:, ::-1][:, far]
    return singular, directions
