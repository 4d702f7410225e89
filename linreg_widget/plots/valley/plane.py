"""A plane through the space of all weights and biases, and the shape of the loss over it.

A place in that space is an array (t, d + 1): for each target its weights and then its bias. An
axis of the plane is a unit vector there, and where a place lies along it is their scalar product;
for a single parameter that is just its value.

The loss is a quadratic, so over the plane it is a bowl with ellipses for contours, known exactly
from three numbers and its lowest point. No grid is needed, on which the contours of a valley a
thousand times as long as wide would fall to pieces.
"""

from __future__ import annotations

import copy
import math
from typing import TYPE_CHECKING, NamedTuple, Protocol

import numpy as np

from linreg_widget.quiet import quiet

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

__all__ = ["Axis", "Bowl", "Losses", "Plane", "Window", "joined"]

_SCALES = 10.0 ** np.arange(-140, 141, 10)
_HUGE = 1e250  # a loss up to here can still be squared and summed
_FAR = 1e60  # so far out that a loss is its quadratic part, and nothing else to 16 digits
_PARALLEL = 1e-12  # of 1 minus a squared cosine: below it, rounding decides
_MOST_PARTS = 64  # of a direction, by which its rounding is judged
_NOISE = 1e-13  # of the parts' rises
_LONGEST = 1e6  # of windows, that a contour is taken to be long where the loss is flat
_POINTS = 720  # of a contour


class Losses(Protocol):
    """Where losses come from: an ``Insight``."""

    def target_losses(self, w: ArrayLike, b: ArrayLike) -> NDArray[np.float64]:
        """Return the losses of targets: (..., t, d) and (..., t) to (..., t)."""


class Axis(NamedTuple):
    """One axis to choose from."""

    name: str
    """What it is called: "w[Mangoes, Rainfall]", "Mangoes: steepest direction, mostly the bias"."""
    vector: NDArray[np.float64]
    """A unit vector, (t, d + 1)."""
    direction: bool
    """Whether it is a direction of all of a target's parameters, not a single one."""
    number: str
    """What a picture calls it that cannot write its name: "w[target 1, feature 3]"."""

    @property
    def short(self) -> str:
        """Its name without what the direction mostly is."""
        return self.name.rpartition(", mostly ")[0] if self.direction else self.name


class Window(NamedTuple):
    """A part of the plane, in units of its axes."""

    left: float
    right: float
    bottom: float
    top: float

    @property
    def size(self) -> NDArray[np.float64]:
        """Its width and height, (2,)."""
        return np.array([self.right - self.left, self.top - self.bottom])

    @property
    def corners(self) -> NDArray[np.float64]:
        """Its four corners, (4, 2)."""
        across, up = (self.left, self.right), (self.bottom, self.top)
        return np.array([(x, y) for x in across for y in up])

    def holds(self, places: NDArray[np.float64]) -> NDArray[np.bool_]:
        """Tell of places, (..., 2), which of them lie within it."""
        x, y = places[..., 0], places[..., 1]
        return (self.left <= x) & (x <= self.right) & (self.bottom <= y) & (y <= self.top)


class Plane:
    """The plane that two axes span.

    Parameters
    ----------
    across, up : Axis
        They may be askew, but not parallel.
    """

    def __init__(self, across: Axis, up: Axis) -> None:
        self.axes = across, up
        """Its two axes."""
        u, v = across.vector, up.vector
        cosine = float((u * v).sum())
        sine = float(((v - cosine * u) ** 2).sum())  # squared, with its digits
        self.is_plane = sine > _PARALLEL
        """Whether the axes span one: not so if they are parallel."""
        sine = max(sine, _PARALLEL)
        self.steps = (u - cosine * v) / sine, (v - cosine * u) / sine
        """What to add for one more along one axis and none along the other, each (t, d + 1)."""

    def coordinates(self, places: NDArray[np.floating]) -> NDArray[np.float64]:
        """Return where places lie along both axes: (..., t, d + 1) to (..., 2)."""
        far = [np.einsum("...ij,ij->...", places, axis.vector) for axis in self.axes]
        return np.stack(far, axis=-1).astype(np.float64)

    def place(
        self, through: NDArray[np.floating], x: float, y: float
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return the weights and biases at a point of the plane.

        Parameters
        ----------
        through : ndarray, shape (t, d + 1)
            A place in the plane: what the axes do not reach stays as it is there.
        x, y : float
            The point's coordinates.

        Returns
        -------
        w : ndarray, shape (t, d)
        b : ndarray, shape (t,)
        """
        here = self.coordinates(through)
        one, other = self.steps
        moved = through + (x - here[0]) * one + (y - here[1]) * other
        return moved[:, :-1], moved[:, -1]


@quiet
class Bowl:
    """The loss over a plane, as a quadratic.

    It is worked out far from the lowest point, where losses are nothing but their quadratic part:
    so nothing cancels, whether an axis is steep or flat, and whatever its units.

    Parameters
    ----------
    losses : Losses
    plane : Plane
    best : ndarray, shape (t, d + 1)
        A place of the lowest loss of all.
    """

    lowest: NDArray[np.float64]
    """The point of the plane with the lowest loss; of many, the one nearest to the place."""
    floor: float
    """The loss there."""

    def __init__(self, losses: Losses, plane: Plane, best: NDArray[np.float64]) -> None:
        self._losses = losses
        self._plane = plane
        self._best = best
        steps = [(step, self._rise(step)) for step in plane.steps]
        self.rises = np.array([rise for _, rise in steps])
        """Roots of the curvatures along both axes, (2,): 0 where the loss does not change."""
        self._units = [step * (_FAR / rise) if rise else step * 0 for step, rise in steps]
        cosine = min(max(self._product(*self._units), -1.0), 1.0)
        self._soft = 1 + cosine, 1 - cosine  # curvatures along (1, 1) and (1, -1), in such units
        self.lowest, self.floor = self._bottom(best)

    def through(self, place: NDArray[np.float64]) -> Bowl:
        """Return the bowl of the plane through a place, (t, d + 1): only its lowest point moves."""
        bowl = copy.copy(self)
        bowl.lowest, bowl.floor = self._bottom(place)
        return bowl

    def height(self, points: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return how much higher than at the lowest point the loss is, (..., 2) to (...)."""
        round_ = self._rounded(points)
        return np.asarray((round_ * round_).sum(axis=-1) / 2)

    def lowest_in(self, window: Window) -> float:
        """Return the least height within a window."""
        if window.holds(self.lowest):
            return 0.0
        share = np.linspace(0, 1, 201)[:, None]
        a, b, c, d = window.corners
        edges = [one + (other - one) * share for one, other in ((a, b), (a, c), (b, d), (c, d))]
        return float(self.height(np.concatenate(edges)).min())

    def contour(self, height: float, window: Window) -> NDArray[np.float64]:
        """Return the closed line of one height, (k, 2): an ellipse, dense where the window is.

        Where the loss is flat along a direction, the ellipse is so long that it looks straight.
        """
        turn = np.linspace(0, 2 * np.pi, _POINTS + 1)[:-1]
        if not window.holds(self.lowest):
            middle, *corners = self._rounded(
                np.vstack([window.corners.mean(axis=0), window.corners]), window
            )
            angle = math.atan2(middle[1], middle[0])
            cos, sin = math.cos(angle), math.sin(angle)
            seen = [math.atan2(y * cos - x * sin, x * cos + y * sin) for x, y in np.array(corners)]
            near = np.linspace(angle + min(seen), angle + max(seen), _POINTS)
            far = np.linspace(near[-1], near[0] + 2 * np.pi, _POINTS // 4)[1:-1]
            turn = np.concatenate([near, far])
        circle = math.sqrt(2 * height) * np.stack([np.cos(turn), np.sin(turn)], axis=-1)
        first, second = np.sqrt(np.maximum(self._soft, _PARALLEL))
        one, other = circle[:, 0] / first, circle[:, 1] / second
        level = np.stack([one + other, one - other], axis=-1) / math.sqrt(2)
        return self.lowest + level / self._rises_in(window)

    # ---- inside ----------------------------------------------------------------------------------

    def _bottom(self, through: NDArray[np.float64]) -> tuple[NDArray[np.float64], float]:
        """Find the lowest point of the plane through a place, and the loss there."""
        apart = through - self._best
        rise = self._rise(apart)
        slopes = np.zeros(2)
        if rise:
            far = apart * (_FAR / rise)
            slopes = rise * np.array([self._product(unit, far) for unit in self._units])
        one, other = (
            slope / soft if soft > _PARALLEL else 0.0
            for slope, soft in zip((slopes.sum(), slopes[0] - slopes[1]), self._soft, strict=True)
        )
        back = np.array([one + other, one - other]) / 2
        shift = np.divide(back, self.rises, out=np.zeros(2), where=self.rises > 0)
        lowest = self._plane.coordinates(through) - shift
        w, b = self._plane.place(through, *lowest.tolist())
        return lowest, self._loss(np.column_stack([w, b]))

    def _rounded(
        self, points: NDArray[np.float64], window: Window | None = None
    ) -> NDArray[np.float64]:
        """Return points, (..., 2), in units in which the bowl is round, its lowest point at 0."""
        rises = self.rises if window is None else self._rises_in(window)
        x, y = np.moveaxis((points - self.lowest) * rises, -1, 0)
        soft = np.asarray(self._soft) if window is None else np.maximum(self._soft, _PARALLEL)
        return np.stack([x + y, x - y], axis=-1) * np.sqrt(soft / 2)

    def _rises_in(self, window: Window) -> NDArray[np.float64]:
        """Return the rises, none of them so small that contours reach beyond all bounds."""
        over = self.rises * window.size
        return np.asarray(np.maximum(over, over.max() / _LONGEST) / window.size)

    def _loss(self, places: NDArray[np.float64]) -> float:
        return float(self._losses.target_losses(places[:, :-1], places[:, -1]).mean())

    def _rise(self, step: NDArray[np.float64]) -> float:
        """Return the root of twice the loss that a step costs by its curvature alone."""
        if not step.any():
            return 0.0
        step, size = step / (longest := np.abs(step).max()), float(longest)
        places = _SCALES[:, None, None] * step
        there, opposite = (
            self._losses.target_losses(side[..., :-1], side[..., -1]).mean(axis=-1)
            for side in (places, -places)
        )
        middle = self._loss(np.zeros_like(step))
        costs = there / 2 + opposite / 2 - middle
        largest = int(np.flatnonzero(there + opposite < _HUGE)[-1])
        cost = float(costs[largest])
        # Along a direction of dependent features, what is left is rounding: of sums of its parts.
        parts = np.argsort(-np.abs(step), axis=None)[: min(np.count_nonzero(step), _MOST_PARTS)]
        each = np.zeros((len(parts), step.size))
        each[range(len(parts)), parts] = step.flat[parts]
        each = each.reshape(-1, *step.shape) * _SCALES[largest]
        losses = self._losses.target_losses(each[..., :-1], each[..., -1]).mean(axis=-1)
        known = cost > _PARALLEL * middle and math.sqrt(cost) > _NOISE * np.sqrt(losses).sum()
        return math.sqrt(2 * cost) / float(_SCALES[largest]) * size if known else 0.0

    def _product(self, one: NDArray[np.float64], other: NDArray[np.float64]) -> float:
        """Return the cosine between steps of rise ``_FAR``, where lengths are rises."""
        if not (one.any() and other.any()):
            return 0.0
        return (self._loss(one + other) - self._loss(one - other)) / (2 * _FAR**2)


def joined(w: ArrayLike, b: ArrayLike) -> NDArray[np.float64]:
    """Return weights (..., t, d) and biases (..., t) as places, (..., t, d + 1)."""
    return np.concatenate(
        [np.asarray(w, np.float64), np.asarray(b, np.float64)[..., None]], axis=-1
    )
