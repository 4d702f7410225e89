"""Limits, ticks and their texts for the loss plot's axes: arithmetic, no screen.

Texts are plain, as in "0.01" and "1e6". Matplotlib's own labels of a log axis are mathtext, which
is slow to draw and not safe to draw from two threads.
"""

from __future__ import annotations

import itertools
import math
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["decade_ticks", "half_decades", "positive_span", "whole_ticks"]

_MARGIN = 0.04  # decades, so that no curve runs along the edge
_FEW_DECADES = 1.6  # up to here, ticks between the powers of ten carry labels as well
_MOST_DECADE_TICKS = 8
_DECADE_STEPS = (1, 2, 3, 5, 10, 20, 50, 100, 200)


def positive_span(*series: NDArray[np.floating]) -> tuple[float, float]:
    """Return the least and the greatest of the finite values above 0, or (inf, 0)."""
    least, greatest = math.inf, 0.0
    for values in series:
        shown = values[np.isfinite(values) & (values > 0)]
        if len(shown):
            least, greatest = min(least, float(shown.min())), max(greatest, float(shown.max()))
    return least, greatest


def half_decades(least: float, greatest: float) -> tuple[float, float]:
    """Round positive limits outwards to half powers of ten, as exponents.

    >>> half_decades(0.9, 8000)
    (-0.5, 4.0)
    """
    bottom = math.floor(2 * (math.log10(least) - _MARGIN)) / 2
    top = math.ceil(2 * (math.log10(greatest) + _MARGIN)) / 2
    return bottom, top


def decade_ticks(bottom: float, top: float) -> tuple[list[float], list[float]]:
    """Place ticks from 10 ** bottom to 10 ** top: those with labels, and those without."""
    first, last = math.ceil(bottom), math.floor(top)
    step = next(step for step in _DECADE_STEPS if (last - first) // step < _MOST_DECADE_TICKS)
    powers = range(first, last + 1)
    labelled = [10.0**power for power in powers if power % step == 0]
    plain = [10.0**power for power in powers if power % step]
    if step > 1:
        return labelled, plain
    for power, digit in itertools.product(range(first - 1, last + 1), range(2, 10)):
        value = digit * 10.0**power
        if 10**bottom <= value <= 10**top:
            few = top - bottom < _FEW_DECADES and digit in (2, 3, 5)
            (labelled if few else plain).append(value)
    return sorted(labelled), plain


def whole_ticks(last: int, most: int) -> list[int]:
    """Place at most `most` ticks from 0 to `last`, at multiples of 1, 2 or 5 times a power of ten.

    >>> whole_ticks(250, 8)
    [0, 50, 100, 150, 200, 250]
    """
    steps = (digit * 10**power for power in itertools.count() for digit in (1, 2, 5))
    step = next(step for step in steps if last // step < most)
    return list(range(0, last + 1, step))
