"""What the data say before any training: how good a fit can get, and how fast one may learn.

The loss of linear regression is a quadratic bowl. Its lowest point is the least-squares solution
(``leastsquares``), its steepest curvature limits the learning rate, its flattest says how long it
takes (``curvature``). All of that follows from the table, the batch size and the scaling alone.
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

import numpy as np

from linreg_widget.quiet import quiet
from linreg_widget.settings import check_setting, rate_text
from linreg_widget.table import Table
from linreg_widget.wording import isolated, said

from .curvature import Curvature, curvature
from .survey import Survey

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from .leastsquares import Factored, LeastSquares

__all__ = ["Insight", "round_rate"]

_HALF_ULP = float(np.finfo(np.float32).eps) / 2  # the most that one rounding to float32 changes
_ROUNDINGS = 3  # of what a prediction adds up: of w and b, of their products with x, of the sums
_MOSTLY = 0.75  # of a direction's squared length, that one parameter has to have


@quiet
class Insight:
    """What a table says about its best fit, and about learning rates.

    Made by ``Insight.of(table)``, or read from ``trainer.insight``, which follows the trainer's
    batch size and scaling. What it has worked out it keeps.

    Examples
    --------
    >>> insight = Insight.of(crop_yields(), batch_size=3)
    >>> insight.largest_stable_rate
    0.00011155...
    >>> insight.least_squares.loss, insight.condition_number, insight.rank
    (0.909..., 2.2e+06..., 3)
    """

    def __init__(self, survey: Survey, batch_size: int, *, standardize: bool) -> None:
        self._survey = survey
        self.batch_size = batch_size
        """Rows in a batch."""
        self.standardize = standardize
        """Whether curvatures and rates are those of the scaled features."""

    @classmethod
    def of(
        cls, table: object, *, batch_size: int | None = None, standardize: bool = False
    ) -> Insight:
        """Return what a table says.

        Parameters
        ----------
        table : Table or anything that ``Table.of`` takes
        batch_size : int, optional
            Rows in a batch; all of them if not given.
        standardize : bool
            Whether the features are scaled to mean 0 and standard deviation 1 first.

        Raises
        ------
        TableError, SettingsError
            If the table or a setting is not usable.
        """
        table = Table.of(table)
        size = table.rows if batch_size is None else check_setting("batch_size", batch_size)
        scaled = bool(check_setting("standardize", standardize))
        return cls(Survey(table), size, standardize=scaled)

    def but(self, *, batch_size: int, standardize: bool) -> Insight:
        """Return that of the same table with other settings; what is known of it stays known."""
        if (batch_size, standardize) == (self.batch_size, self.standardize):
            return self
        return Insight(self._survey, batch_size, standardize=standardize)

    # ---- the best fit ------------------------------------------------------------------------

    @property
    def table(self) -> Table:
        """The table."""
        return self._survey.table

    @property
    def least_squares(self) -> LeastSquares:
        """The best w (t, d) and b (t,), in the table's units, and their loss; float64.

        The table holds float32 numbers. What their rounding leaves open is not decided: a column
        that others make up to within it counts as dependent.
        """
        return self._survey.best

    @functools.cached_property
    def scaled_least_squares(self) -> LeastSquares:
        """The same solution for the scaled features: weights w · std, biases b + w · mean."""
        best = self.least_squares
        mean, std = self._survey.scaling
        return best._replace(w=best.w * std, b=best.b + best.w @ mean)

    @property
    def merged(self) -> dict[int, tuple[int, int]]:
        """Features whose different numbers scaling merges: how many there are, and are left."""
        return self._survey.merged if self.standardize else {}

    @property
    def mean_loss(self) -> float:
        """The loss of predicting each target's mean, whatever the features."""
        return float(np.mean(self._survey.variances))

    @property
    def rank(self) -> int:
        """How many of the features are independent of one another and not constant."""
        return self.least_squares.rank

    @property
    def r2(self) -> NDArray[np.float64]:
        """R² of the least-squares fit for each target, shape (t,); NaN for a constant target."""
        return self.r2_of(self.least_squares.target_losses)

    @property
    def rmse(self) -> NDArray[np.float64]:
        """Root of the least-squares fit's mean squared error for each target, (t,), its units."""
        return np.sqrt(self.least_squares.target_losses)

    @property
    def r2_alone(self) -> NDArray[np.float64]:
        """R² of a line through one feature alone, (t, d); 0 for a constant feature or target."""
        factored = self._survey.factored
        x, y = np.split(factored.r, [factored.features], axis=1)
        x = np.where(np.linalg.norm(x, axis=0) > factored.noise, x, 0)
        sizes = np.outer(np.linalg.norm(y, axis=0), np.linalg.norm(x, axis=0))
        return np.asarray((y.T @ x / np.where(sizes > 0, sizes, 1)) ** 2)

    def r2_of(self, target_losses: ArrayLike) -> NDArray[np.float64]:
        """Return the share of each target's variance that a fit with such losses explains, (t,)."""
        variances = self._survey.variances
        shares = 1 - np.asarray(target_losses, np.float64) / variances
        return np.where(variances > 0, shares, np.nan)

    def target_losses(self, w: ArrayLike, b: ArrayLike) -> NDArray[np.float64]:
        """Return the loss over the whole table for any w and b, target by target.

        Worked out in float64 from the factored table, so that a million rows cost no more than ten:
        the mean squared residual is that of the centred columns plus that of the means.

        Parameters
        ----------
        w, b : array_like, shapes (..., t, d) and (..., t)
            In units of the scaled features if ``standardize``, else of the table.

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

        It is the least-squares loss and what rounding adds, ``rounding``, or where that is less,
        what predicting the means comes to, with all weights 0. Below it losses cannot be
        told apart, and it is at least the smallest normal float32, 1.2e-38: the squares of smaller
        errors are lost.
        """
        smallest = float(np.finfo(np.float32).tiny)
        mean = self._factored.mean[self.table.features :]
        with_mean = self.mean_loss + float(np.mean((_ROUNDINGS * _HALF_ULP * mean) ** 2))
        return max(min(self.least_squares.loss + self.rounding, with_mean), smallest)

    @functools.cached_property
    def rounding(self) -> float:
        """The loss that float32 may leave of a perfect fit, by its rounding alone.

        A prediction x w + b is rounded three times: w and b are, the products are, and the sums
        are. Each rounding changes it by up to 2⁻²⁴ (Σ |x w| + |b|) (Higham, *Accuracy and Stability
        of Numerical Algorithms*, 2nd edition, section 3.1; of many sums the errors mostly cancel:
        Higham and Mary, SIAM J. Sci. Comput. 41, 2019). Where features depend on one another, w
        keeps much of what was drawn for it, numbers of about 1. (Not for a constant feature, which
        does the bias's work together with the bias.)
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
        """Whether the fit is perfect but for rounding to float32."""
        return self.floor > 2 * self.least_squares.loss

    def distance(self, loss: float) -> float:
        """Return how many times the best possible a loss is: at least 1, or NaN for NaN.

        Rounding may leave less than ``floor`` by luck; that is no better than the best possible.
        """
        times = loss / self.floor
        return 1.0 if times < 1 else times

    # ---- curvature ---------------------------------------------------------------------------

    @property
    def curvatures(self) -> NDArray[np.float64]:
        """The eigenvalues of the loss's Hessian for one target, steepest first, shape (d + 1,).

        Flat directions, along which no w or b changes the loss, have 0.
        """
        return self._curvature.values

    @property
    def directions(self) -> NDArray[np.float64]:
        """Their eigenvectors as columns, weights and then the bias, (d + 1, k); no flat ones."""
        return self._curvature.directions

    def name_of_direction(self, index: int) -> str:
        """Say which parameters a direction mostly is: "mostly the weight of Rainfall".

        Parameters
        ----------
        index : int
            In the order of ``directions``.
        """
        names, bias = self.table.feature_names, self.table.features
        shares = self.directions[:, index] ** 2
        order = np.argsort(-shares, kind="stable").tolist()
        main = order[: 1 if shares[order[0]] > _MOSTLY else 2]
        weights = [isolated(names[column]) for column in main if column != bias]
        words = [f"the weight{'s' if len(weights) > 1 else ''} of {' and '.join(weights)}"]
        parts = words * bool(weights) + ["the bias"] * (bias in main)
        return f"mostly {' and '.join(parts)}"

    @property
    def condition_number(self) -> float:
        """The largest curvature over the smallest one that is not 0.

        Gradient descent needs about this many updates at best: the steepest direction limits the
        rate, and the flattest has to go the whole way at it.
        """
        return float(self.curvatures[0] / self.curvatures[self._curvature.rank - 1])

    @property
    def largest_stable_rate(self) -> float:
        """The learning rate above which full-batch gradient descent on this table diverges.

        It is 2 / λ of the largest curvature λ. Along that direction each step multiplies the error
        by 1 - rate · λ, which shrinks only while its size stays below 1 (Nesterov, *Lectures on
        Convex Optimization*, 2018, section 2.1.5).
        """
        return 2 / float(self.curvatures[0])

    @functools.cached_property
    def worst_batch_rate(self) -> float:
        """A rate up to which no batch, whichever rows it has, throws w and b further from its best.

        A bound, not a limit: above it some batch may, though others make up for it. The curvature
        of a batch's loss is at most the sum of its rows' squared lengths |[x 1]|², times 2 / (m t);
        and no more than what all n rows together have, n / m times that of the full loss. The
        smallest batch counts too, which is what is left over at an epoch's end.
        """
        n, t = self.table.rows, self.table.outputs
        rates = []
        for size in {min(self.batch_size, n), n % self.batch_size or n}:
            longest = self._survey.longest(size, standardize=self.standardize)
            rates.append(max(size * t / longest, self.largest_stable_rate * size / n))
        return min(*rates, self.largest_stable_rate)

    @property
    def safe_rate(self) -> float:
        """A rate to learn with: a tenth of the largest stable one, to one significant digit.

        Where single batches are much steeper than the whole table, what they allow.
        """
        worst = self.worst_batch_rate
        bound = round_rate(worst)
        if bound > worst:
            bound = round_rate(bound * 0.9)
        return min(round_rate(self.largest_stable_rate / 10), bound)

    def half_lives(self, learning_rate: float) -> NDArray[np.float64]:
        """Return how many epochs each direction takes to halve its error.

        A step along a direction of curvature λ multiplies the error by 1 - rate · λ; with small
        batches that is so on average. An epoch has n / batch size steps.

        Parameters
        ----------
        learning_rate : float

        Returns
        -------
        ndarray, shape (d + 1,)
            In the order of ``curvatures``; infinity where it does not shrink.
        """
        rate = check_setting("learning_rate", learning_rate)
        steps = -(-self.table.rows // self.batch_size)
        step = rate * self.curvatures
        # log1p keeps the digits of tiny steps.
        logs = np.where(step < 1, np.log1p(-np.minimum(step, 1)), np.log(np.abs(1 - step)))
        lives = np.log(2) / -logs
        return np.asarray(np.where(logs < 0, lives, np.inf) / steps)

    def slowest_half_life(self, learning_rate: float) -> float:
        """Return how many epochs the slowest of the directions that are not flat takes."""
        return float(self.half_lives(learning_rate)[: self._curvature.rank].max())

    @functools.cached_property
    def _factored(self) -> Factored:
        return self._survey.factored_as(standardize=self.standardize)

    @functools.cached_property
    def _curvature(self) -> Curvature:
        return curvature(self._factored, self.rank)

    def __repr__(self) -> str:
        table = self.table
        scaled = ", standardized" if self.standardize else ""
        return (
            f"Insight: {table.rows} rows, rank {self.rank} of {table.features} features{scaled}\n"
            f"best possible loss {said(self.floor)}, predicting the mean "
            f"{said(self.mean_loss)}\n"
            f"largest stable rate {rate_text(self.largest_stable_rate)}, for the worst batch of "
            f"{self.batch_size} {rate_text(self.worst_batch_rate)}\n"
            f"condition number {said(self.condition_number)}"
        )


def round_rate(rate: float) -> float:
    """Round a rate to one significant digit: 1.1155e-05 becomes 1e-05."""
    return float(f"{rate:.0e}")
