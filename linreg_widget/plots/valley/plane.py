"""A plane through the space of all weights and biases, the loss over it, and the window shown.

A place in that space is an array (t, d + 1): each target's weights and then its bias. An axis of
the plane is a unit vector there, and a place's coordinate along it is their scalar product; for a
single parameter that is its value.

The loss is a quadratic, so over the plane it is a bowl whose contours are ellipses, known exactly
from three numbers and its lowest point. This needs no grid, on which the contours of a valley a
thousand times as long as wide would break up.
"""

from __future__ import annotations

import copy
import itertools
import math
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from linreg_widget.quiet import quiet
from linreg_widget.wording import grouped, said

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike, NDArray

    from linreg_widget.insight import Insight

_PARALLEL = 1e-12  # of 1 minus a squared cosine: below it, there is only rounding
_NOISE = 1e-13  # of the rises of a step's parts: below it, there is only rounding
_LONGEST = 1e6  # windows: how long a contour is drawn at most, in a flat direction
_POINTS = 720  # of a contour
_MARGIN = 0.06  # of the window's size, left free around what it shows
_STEPS = 10  # in a window, at least: its limits are multiples of a step
_NARROWEST = 1e-9  # of a coordinate: a smaller span may be rounding
_MOST_HEIGHTS = 7
_WIDE = 300  # times the least height: from here on, the window shows the bottom of the bowl
_FAIR = 8  # times the least loss: from here on, contours at 1, 2 and 5 times powers of ten do


class Axis(NamedTuple):
    """One axis to choose from."""

    name: str
    """Such as "w[Mangoes, Rainfall]", "Mangoes: steepest direction, mostly the bias"."""
    vector: NDArray[np.float64]
    """A unit vector, (t, d + 1)."""
    direction: bool
    """Whether it is a direction of all of a target's parameters, not a single parameter."""
    number: str
    """Its name in a picture that has no font for ``name``: "w[target 1, feature 3]"."""
    short: str
    """Its name, without the parameters that dominate a direction."""


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
        """Tell which of the places, (..., 2), are within it."""
        x, y = places[..., 0], places[..., 1]
        return (self.left <= x) & (x <= self.right) & (self.bottom <= y) & (y <= self.top)


class Plane:
    """The plane that two axes span.

    Parameters
    ----------
    across, up : Axis
        They need not be perpendicular, but must not be parallel.
    """

    def __init__(self, across: Axis, up: Axis) -> None:
        self.axes = across, up
        """Its two axes."""
        u, v = across.vector, up.vector
        cosine = float((u * v).sum())
        sine = float(((v - cosine * u) ** 2).sum())  # squared, with its digits
        self.is_plane = sine > _PARALLEL
        """Whether the axes span a plane: not if they are parallel."""
        sine = max(sine, _PARALLEL)
        self.steps = (u - cosine * v) / sine, (v - cosine * u) / sine
        """For each axis the step that adds 1 along it and 0 along the other, (t, d + 1)."""

    def coordinates(self, places: NDArray[np.floating]) -> NDArray[np.float64]:
        """Return the coordinates of places along both axes: (..., t, d + 1) to (..., 2)."""
        far = [np.einsum("...ij,ij->...", places, axis.vector) for axis in self.axes]
        return np.stack(far, axis=-1).astype(np.float64)

    def place(
        self, through: NDArray[np.floating], x: float, y: float
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return the weights and biases at a point of the plane.

        Parameters
        ----------
        through : ndarray, shape (t, d + 1)
            A place in the plane: parameters that are not on the axes keep their values there.
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

    A step's *image* under the root of the loss's Hessian has the step's rise as its length. It is
    known from the step alone, so no digits cancel, whether an axis is steep or flat, and whatever
    its units.

    Parameters
    ----------
    insight : Insight
    plane : Plane
    best : ndarray, shape (t, d + 1)
        A place with the lowest loss.
    """

    lowest: NDArray[np.float64]
    """The plane's point with the lowest loss; if there are many, the nearest to the place."""
    floor: float
    """The loss there."""

    def __init__(self, insight: Insight, plane: Plane, best: NDArray[np.float64]) -> None:
        self._insight, self._plane, self._best = insight, plane, best
        self._root = insight.root
        steps = [(step, self._rise(step)) for step in plane.steps]
        self.rises = np.array([rise for _, rise in steps])
        """Square roots of the curvatures along both axes, (2,); 0 if the loss does not change."""
        self._units = [self._image(step) / (rise or np.inf) for step, rise in steps]
        one, other = self._units
        # The curvatures along (1, 1) and (1, -1), in such units.
        both = [float(np.sum(step * step)) / 2 for step in (one + other, one - other)]
        self._soft = (both[0], both[1]) if self.rises.all() else (1.0, 1.0)
        self.lowest, self.floor = self._bottom(best)

    def through(self, place: NDArray[np.float64]) -> Bowl:
        """Return the bowl of the plane through a place, (t, d + 1): its lowest point moves."""
        bowl = copy.copy(self)
        bowl.lowest, bowl.floor = self._bottom(place)
        return bowl

    def height(self, points: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the loss at points minus that at the lowest point, (..., 2) to (...)."""
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
        """Return the closed line of one height, (k, 2): an ellipse, with most points in the window.

        If the loss is flat along a direction, the ellipse is so long that it looks straight.
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
        """Return the lowest point of the plane through a place, and the loss there."""
        apart = through - self._best
        image = self._image(apart) if self._rise(apart) else np.zeros_like(self._units[0])
        slopes = np.array([np.sum(unit * image) for unit in self._units])
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
        """Return points, (..., 2), in units that make the bowl round, its lowest point at 0."""
        rises = self.rises if window is None else self._rises_in(window)
        x, y = np.moveaxis((points - self.lowest) * rises, -1, 0)
        soft = np.asarray(self._soft) if window is None else np.maximum(self._soft, _PARALLEL)
        return np.stack([x + y, x - y], axis=-1) * np.sqrt(soft / 2)

    def _rises_in(self, window: Window) -> NDArray[np.float64]:
        """Return the rises, with a lower bound that keeps contours from becoming too long."""
        over = self.rises * window.size
        return np.asarray(np.maximum(over, over.max() / _LONGEST) / window.size)

    def _loss(self, places: NDArray[np.float64]) -> float:
        return float(self._insight.target_losses(places[:, :-1], places[:, -1]).mean())

    def _image(self, step: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return a step's image, (t, k)."""
        return np.asarray(step @ self._root.T)

    def _rise(self, step: NDArray[np.float64]) -> float:
        """Return the square root of a step's curvature: of twice the loss that it adds."""
        # Along a direction of dependent features, only the rounding of its parts' sums is left.
        parts = np.abs(step) * np.linalg.norm(self._root, axis=0)
        rise = float(np.linalg.norm(self._image(step)))
        return rise if rise > _NOISE * parts.sum() else 0.0


def joined(w: ArrayLike, b: ArrayLike) -> NDArray[np.float64]:
    """Return weights (..., t, d) and biases (..., t) as places, (..., t, d + 1)."""
    return np.concatenate(
        [np.asarray(w, np.float64), np.asarray(b, np.float64)[..., None]], axis=-1
    )


# ---- window, contours and ticks ------------------------------------------------------------------


def grown(window: Window | None, shown: NDArray[np.float64], reach: NDArray[np.float64]) -> Window:
    """Return a window that shows all points: the present one if it does, else a larger one.

    Its limits are round numbers, so it grows in steps.

    Parameters
    ----------
    window : Window or None
        The present window; the new one includes it.
    shown : ndarray, shape (k, 2)
        Points, at least one, all finite.
    reach : ndarray, shape (2,)
        The size to use if all points are in one place.
    """
    if window is not None and window.holds(shown).all():
        return window
    if window is not None:
        shown = np.vstack([shown, window.corners])
    low, high = shown.min(axis=0), shown.max(axis=0)
    size = high - low
    place = np.maximum(np.abs(low), np.abs(high))
    alone = size <= _NARROWEST * place
    size = np.where(alone, np.maximum(reach, 10 * _NARROWEST * place), size)
    margin = np.where(alone, size / 2, _MARGIN * size)
    limits = []
    for least, greatest in zip((low - margin).tolist(), (high + margin).tolist(), strict=True):
        step = _step((greatest - least) / _STEPS)
        limits += [step * math.floor(least / step), step * math.ceil(greatest / step)]
    return Window(*limits)


class Heights(NamedTuple):
    """The contours to draw."""

    levels: list[float]
    """Their heights above the plane's lowest point, ascending, at most seven."""
    texts: list[str]
    """The label of each."""
    above: bool
    """Whether the labels are heights, such as "+10", or losses."""


def heights_in(window: Window, bowl: Bowl) -> Heights:
    """Choose the contours in a window.

    Around the plane's lowest point each height is about three times the one before, so that the
    contours are evenly spaced. If the window shows only part of a slope, they are round losses.
    """
    greatest, least = float(bowl.height(window.corners).max()), bowl.lowest_in(window)
    if not 0 < greatest < math.inf or greatest - least <= 1e-9 * greatest:
        return Heights([], [], above=True)
    if greatest > _WIDE * least:
        levels = _round_ones((1, 3), least, greatest)
        return Heights(levels, [f"+{said(level)}" for level in levels], above=True)
    low, high = bowl.floor + least, bowl.floor + greatest
    if not low < high:  # beside a floor so high, the heights are lost
        return Heights([], [], above=True)
    if high > _FAIR * low:
        losses = _round_ones((1, 2, 5), low, high)
    else:
        losses = [one for one in even_ticks(low, high, _MOST_HEIGHTS - 2) if low < one < high]
    return Heights([loss - bowl.floor for loss in losses], texts_of(losses), above=False)


def _round_ones(digits: tuple[int, ...], low: float, high: float) -> list[float]:
    """Return digits times powers of ten between two limits, the largest seven, ascending."""
    last = math.floor(math.log10(high))
    powers = range(last, last - _MOST_HEIGHTS, -1)
    falling = (digit * 10.0**power for power in powers for digit in reversed(digits))
    inside = itertools.takewhile(lambda one: one > low, (one for one in falling if one < high))
    return sorted(itertools.islice(inside, _MOST_HEIGHTS))


def even_ticks(low: float, high: float, most: int) -> list[float]:
    """Return at most ``most`` ticks from low to high: multiples of a round number.

    >>> even_ticks(-1.2, 3, 6)
    [-1.0, 0.0, 1.0, 2.0, 3.0]
    """
    step = _step((high - low) / most)
    first, last = math.ceil(low / step), math.floor(high / step)
    return [float(f"{index * step:.12g}") for index in range(first, last + 1)]


def texts_of(ticks: Sequence[float]) -> list[str]:
    """Write ticks as ``said`` does, with more digits if it takes more to tell them apart.

    >>> texts_of([-0.5, 0.0, 0.5])
    ['−0.5', '0', '0.5']
    """
    texts = [said(tick) for tick in ticks]
    if len(set(texts)) == len(texts):
        return texts
    size = max(abs(tick) for tick in ticks)
    step = min(abs(one - other) for one, other in itertools.pairwise(ticks))
    digits = max(0, math.ceil(-math.log10(step) - 1e-9))
    if digits > 12 or size >= 1e15:
        return [f"{tick:.12g}".replace("-", "−") for tick in ticks]
    return [grouped(f"{tick:,.{digits}f}".replace("-", "−")) for tick in ticks]


def _step(least: float) -> float:
    """Return the least of 1, 2 and 5 times a power of ten that is at least ``least``."""
    power = math.floor(math.log10(least))
    return next(
        step
        for step in (float(f"{digit}e{power}") for digit in (1, 2, 5, 10))
        if step >= least * (1 - 1e-9)
    )
