"""Places for the valley's labels: next to what they name, without hiding anything else."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable

    from matplotlib.axes import Axes
    from matplotlib.text import Text
    from numpy.typing import NDArray

_GAP = 9.0  # points from a mark to its name
_MARK = 6.0  # points that a mark reaches to each side
_CLOSE = 24.0  # points around a contour's label that are better left free
_SPACING = 8.0  # points between the places on a line that are considered
_DISTANCES = (1.0, 2.5, 4.0)  # in gaps
_SIDES = ((1, 0), (-1, 0), (0, 1), (0, -1), (1, 1), (-1, 1), (1, -1), (-1, -1))
_OUTSIDE, _COVERED, _CROSSED, _LATER = 1e4, 300.0, 4.0, 1.0  # penalties for a place


class Room:
    """The room that is left for texts in an axes; places are shares of it, from 0 to 1.

    Parameters
    ----------
    axes : Axes
        On a canvas that can measure texts.
    """

    def __init__(self, axes: Axes) -> None:
        self._point = axes.figure.dpi / 72
        self._size = np.array(axes.bbox.size)
        self._renderer = axes.figure.canvas.get_renderer()  # type: ignore[attr-defined]  # Agg's
        self._boxes: list[NDArray[np.float64]] = []
        self._lines = np.empty((0, 2))

    def mark(self, places: NDArray[np.float64]) -> None:
        """Keep marks, (k, 2), free."""
        reach = _MARK * self._point
        for place in places * self._size:
            self._boxes.append(np.array([place - reach, place + reach]))

    def line(self, places: NDArray[np.float64]) -> None:
        """Keep a line, (k, 2), free if possible."""
        self._lines = np.vstack([self._lines, self._dense(places)])

    def beside(self, text: Text, place: NDArray[np.float64], *, keep: bool = True) -> None:
        """Put a text next to a mark, on the side where it hides least.

        Parameters
        ----------
        text : Text
        place : ndarray, shape (2,)
        keep : bool
            Whether the text takes up its room from now on.
        """
        half, gap = self._half(text), _GAP * self._point
        least, box = np.inf, np.zeros((2, 2))
        for index, (far, side) in enumerate(itertools.product(_DISTANCES, _SIDES)):
            if least <= _LATER * index:
                break
            # On a diagonal, a text's corner comes closer to its mark.
            away = half + gap * far * (0.8 if all(side) else 1)
            middle = place * self._size + np.array(side) * away
            there = np.array([middle - half, middle + half])
            cost = self._cost(there) + _LATER * index
            if cost < least:
                least, box = cost, there
        text.set_position(tuple((box.mean(axis=0) / self._size).tolist()))
        if keep:
            self._boxes.append(box)

    def along(self, text: Text, line: NDArray[np.float64]) -> None:
        """Put a text on a closed line, (k, 2), far from everything else, or hide it."""
        half = self._half(text)
        places = self._dense(np.vstack([line, line[:1]])) if len(line) else line
        inside = (places >= half + 3) & (places <= self._size - half - 3)
        places = places[inside.all(axis=1)]
        if not len(places):
            text.set_text("")
            return
        free = np.full(len(places), np.inf)
        for low, high in self._boxes:
            apart = np.maximum(np.maximum(low - half - places, places - half - high), 0)
            free = np.minimum(free, np.hypot(*apart.T))
        if len(self._lines):
            apart = np.maximum(np.abs(places[:, None] - self._lines) - half, 0)
            free = np.minimum(free, np.hypot(apart[..., 0], apart[..., 1]).min(axis=1))
        best = int(np.argmax(np.minimum(free, _CLOSE * self._point)))
        if free[best] <= 0:
            text.set_text("")
            return
        text.set_position(tuple((places[best] / self._size).tolist()))
        self._boxes.append(np.array([places[best] - half, places[best] + half]))

    # ---- inside ----------------------------------------------------------------------------------

    def _half(self, text: Text) -> NDArray[np.float64]:
        """Return half a text's width and height, in pixels."""
        box = text.get_window_extent(self._renderer)
        return np.array([box.width, box.height]) / 2 + self._point

    def _dense(self, places: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return evenly spaced points of a line, in pixels, that are near or within the axes."""
        places = places * self._size
        lengths = np.hypot(*np.diff(places, axis=0).T) if len(places) > 1 else np.zeros(0)
        along = np.concatenate([[0.0], np.cumsum(lengths)])[: len(places)]
        if not len(along) or not along[-1]:
            return places
        steps = min(int(along[-1] / (_SPACING * self._point)) + 2, 2000)
        some = np.linspace(0, along[-1], steps)
        dense = np.stack([np.interp(some, along, column) for column in places.T], axis=-1)
        return np.asarray(dense[((dense > -0.1 * self._size) & (dense < 1.1 * self._size)).all(1)])

    def _cost(self, box: NDArray[np.float64]) -> float:
        """Return the penalty for a text in a box."""
        low, high = box
        cost = _OUTSIDE * float(np.maximum(-low, 0).sum() + np.maximum(high - self._size, 0).sum())
        cost += _COVERED * _covered(box, self._boxes)
        within = ((self._lines > low) & (self._lines < high)).all(axis=1)
        return cost + _CROSSED * float(within.sum())


def _covered(box: NDArray[np.float64], others: Iterable[NDArray[np.float64]]) -> int:
    """Count the boxes that overlap with a box; each is (2, 2): its least and greatest corner."""
    return sum(bool((box[0] < high).all() and (low < box[1]).all()) for low, high in others)
