"""The valley's windows, contour heights and ticks: arithmetic, no screen."""

from __future__ import annotations

import itertools
import math
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from linreg_widget.wording import said

from .plane import Window

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from .plane import Bowl

__all__ = ["Heights", "even_ticks", "grown", "heights_in", "texts_of"]

_MARGIN = 0.06  # of the window's size, left free around what it has to show
_STEPS = 10  # of a window, at least: limits are multiples of a step
_NARROWEST = 1e-9  # of a coordinate: a span below it cannot be told from rounding
_MOST_HEIGHTS = 7
_WIDE = 300  # times the least height: from here on, the window shows the bottom of the bowl
_FAIR = 8  # times the least loss: from here on, losses of 1, 2 and 5 times powers of ten serve


def grown(window: Window | None, shown: NDArray[np.float64], reach: NDArray[np.float64]) -> Window:
    """Return a window that shows some points: the one there is, if it does, else one with room.

    Its limits are round numbers, so that it grows in steps.

    Parameters
    ----------
    window : Window or None
        The one so far, which stays part of the new one.
    shown : ndarray, shape (k, 2)
        Points, at least one, all finite.
    reach : ndarray, shape (2,)
        How large it is to be where the points do not tell, because they are all in one place.
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
    """What stands at each."""
    above: bool
    """Whether the texts tell the height, as "+10"; or else the loss itself."""


def heights_in(window: Window, bowl: Bowl) -> Heights:
    """Choose the contours in a window.

    Around the plane's lowest point each height is about three times the one before, so that they
    stand evenly there. Where the window shows but a part of a slope, they are round losses.
    """
    greatest, least = float(bowl.height(window.corners).max()), bowl.lowest_in(window)
    if not 0 < greatest < math.inf or greatest - least <= 1e-9 * greatest:
        return Heights([], [], above=True)
    if greatest > _WIDE * least:
        levels = _round_ones((1, 3), least, greatest)
        return Heights(levels, [f"+{said(level)}" for level in levels], above=True)
    low, high = bowl.floor + least, bowl.floor + greatest
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
    """Place at most so many ticks from low to high, at multiples of a round number.

    >>> even_ticks(-1.2, 3, 6)
    [-1.0, 0.0, 1.0, 2.0, 3.0]
    """
    step = _step((high - low) / most)
    first, last = math.ceil(low / step), math.floor(high / step)
    return [float(f"{index * step:.12g}") for index in range(first, last + 1)]


def texts_of(ticks: Sequence[float]) -> list[str]:
    """Write ticks with as many digits as tell them apart, and true minus signs.

    >>> texts_of([-0.5, 0.0, 0.5])
    ['−0.5', '0', '0.5']
    """
    size = max((abs(tick) for tick in ticks), default=0.0)
    if not 1e-3 <= size < 1e6:
        texts = [said(tick) for tick in ticks]
    else:
        texts = [said(tick) for tick in ticks]
    if len(set(texts)) == len(texts):
        return texts
    step = min(abs(one - other) for one, other in itertools.pairwise(ticks))
    digits = max(0, math.ceil(-math.log10(step) - 1e-9))
    if digits > 12 or size >= 1e15:
        return [f"{tick:.12g}".replace("-", "−") for tick in ticks]
    return [f"{tick:,.{digits}f}".replace("-", "−") for tick in ticks]


def _step(least: float) -> float:
    """Return the least of 1, 2 and 5 times a power of ten that is no less than a number."""
    power = math.floor(math.log10(least))
    return next(
        step
        for step in (float(f"{digit}e{power}") for digit in (1, 2, 5, 10))
        if step >= least * (1 - 1e-9)
    )
