"""The loss plot's axes: losses upwards, updates and epochs along; limits, ticks and labels.

A few artists, made once, draw them. Matplotlib's own axes make three artists for each tick and
measure all of them at each drawing: a whole drawing of the plot then takes 54 ms instead of 28 (of
which the axes take 37 instead of 11), with a secondary axis for the epochs.

Labels are plain text, as in "0.01" and "1e6". Matplotlib's own labels of a log axis are mathtext,
which is slow to draw and not safe to draw in two threads.
"""

from __future__ import annotations

import itertools
import math
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.lines import Line2D
from matplotlib.markers import TICKDOWN, TICKLEFT
from matplotlib.transforms import ScaledTranslation

from linreg_widget.messages import say
from linreg_widget.wording import grouped, said

from .painting import DIM, GRID, INK

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes
    from matplotlib.text import Text
    from matplotlib.transforms import Transform
    from numpy.typing import NDArray

    from linreg_widget.training import Trainer

_MOST_TICKS = 8  # along
_MOST_LOSSES = 12
_UPDATES_DOWN, _EPOCHS_DOWN = -7.0, -18.5  # where the rows of labels are below the axes, points
_MARGIN = 0.04  # decades, so that no curve runs along the edge
_FEW_DECADES = 1.6  # up to here, ticks between powers of ten have labels, too
_MOST_DECADE_TICKS = 8
_DECADE_STEPS = (1, 2, 3, 5, 10, 20, 50, 100, 200)

EDGE = 0.008
"""Of a run's updates: how much the axis along leaves free at both ends."""


class Scales:
    """Limits, grid, ticks and labels of one axes.

    Parameters
    ----------
    axes : Axes
        Its own axis lines and ticks are turned off.
    """

    def __init__(self, axes: Axes) -> None:
        self._axes = axes
        self._decades = (0.0, 0.0)
        self._reach: tuple[object, ...] = ()
        self.last = 1
        """The update at the end of the axis along."""
        axes.set(autoscale_on=False, ylim=(0.1, 1))  # else the new scale looks for its limits
        axes.set_yscale("log", nonpositive="clip")
        axes.set_axis_off()
        along, up = axes.get_xaxis_transform(), axes.get_yaxis_transform()
        self.grid = self._line(GRID, up, linewidth=0.8, zorder=0)
        self._line(GRID, axes.transAxes, linewidth=0.8).set_data([0, 0, 1], [1, 0, 0])
        self._plain = self._line(GRID, up, marker=TICKLEFT, markersize=2, markeredgewidth=0.6)
        self._marks = self._line(DIM, along, marker=TICKDOWN, markersize=4, markeredgewidth=0.8)
        self.losses = self._labels(_MOST_LOSSES, up, (-7, 0), "right", "center_baseline")
        self.updates = self._labels(_MOST_TICKS, along, (0, _UPDATES_DOWN), "center", "top")
        for text in self.updates:
            text.set_color(INK)
        self.epochs = self._labels(_MOST_TICKS, along, (0, _EPOCHS_DOWN), "center", "top")
        corner = axes.transAxes
        headers = [
            *self._labels(1, corner, (-9, _UPDATES_DOWN), "right", "top"),
            *self._labels(1, corner, (-9, _EPOCHS_DOWN), "right", "top"),
            *self._labels(1, corner, (-9, 5), "right", "bottom"),
        ]
        for text, axis in zip(headers, ("update", "epoch", "loss"), strict=True):
            text.set_text(say("plot.axis", axis=axis))
        headers[2].set_y(1)

    def reach_over(self, trainer: Trainer) -> bool:
        """Let the horizontal scale cover the whole run; return whether it changed."""
        segments, epochs = trainer.recording.segments, trainer.settings.epochs
        last = last_of(trainer)
        most = min(_MOST_TICKS, max(2, int(self._axes.bbox.width / self._axes.figure.dpi / 0.7)))
        if self._reach == (last, epochs, segments, most):
            return False
        self._reach, self.last = (last, epochs, segments, most), last
        self._axes.set_xlim(-EDGE * last, (1 + EDGE) * last)
        updates = whole_ticks(last, most)
        self._marks.set_data(updates, [0] * len(updates))
        _fill(self.updates, [((update, 0), grouped(f"{update:,}")) for update in updates])
        # While the settings stay the same, epochs are equally long, so these knots place them all.
        rows = trainer.table.rows
        knots = [segment.place.epoch + segment.place.row / rows for segment in segments]
        places = [segment.update for segment in segments]
        named = whole_ticks(epochs, most)
        along = np.interp(named, [*knots, epochs], [*places, trainer.total])
        _fill(
            self.epochs,
            [((x, 0), grouped(f"{epoch:,}")) for x, epoch in zip(along, named, strict=True)],
        )
        return True

    def rise_to(self, least: float, greatest: float, *, anew: bool) -> bool:
        """Let the scale of losses cover a range, in steps; return whether it changed.

        Parameters
        ----------
        least, greatest : float
            Losses above 0.
        anew : bool
            Whether the scale may shrink, because a new run begins.
        """
        bottom, top = half_decades(least, greatest)
        if not anew:
            bottom, top = min(bottom, self._decades[0]), max(top, self._decades[1])
        if (bottom, top) == self._decades:
            return False
        self._decades = (bottom, top)
        self._axes.set_ylim(10**bottom, 10**top)
        labelled, plain = decade_ticks(bottom, top)
        self.grid.set_data([0, 1, np.nan] * len(labelled), np.repeat(labelled, 3))
        self._plain.set_data([0] * len(plain), plain)
        _fill(self.losses, [((0, loss), said(loss)) for loss in labelled])
        return True

    # ---- inside ----------------------------------------------------------------------------------

    def _line(self, colour: str, transform: Transform, **look: float) -> Line2D:
        line = Line2D([], [], color=colour, transform=transform, clip_on=False)
        line.set(linestyle="none" if "marker" in look else "solid", **look)
        return self._axes.add_line(line)

    def _labels(
        self, count: int, base: Transform, points: tuple[float, float], across: str, up: str
    ) -> list[Text]:
        """Make texts that are shifted to the right and upwards by some points."""
        right, above = points
        scale = self._axes.figure.dpi_scale_trans
        transform = base + ScaledTranslation(right / 72, above / 72, scale)
        texts = [self._axes.text(0, 0, "", color=DIM, transform=transform) for _ in range(count)]
        for text in texts:
            text.set(horizontalalignment=across, verticalalignment=up)
        return texts


def _fill(texts: list[Text], labels: Sequence[tuple[tuple[float, float], str]]) -> None:
    padded = [*labels, *[((0, 0), "")] * (len(texts) - len(labels))]
    for text, (place, words) in zip(texts, padded, strict=True):
        text.set(position=place, text=words)


# ---- arithmetic ----------------------------------------------------------------------------------


def last_of(trainer: Trainer) -> int:
    """Return the update at the end of the axis along."""
    kept = [run.updates for run in trainer.kept]
    return max(trainer.total, len(trainer.recording), 1, *kept)


def positive_span(*series: NDArray[np.floating]) -> tuple[float, float]:
    """Return the least and the greatest of the finite values above 0, or (inf, 0)."""
    least, greatest = math.inf, 0.0
    for values in series:
        shown = values[np.isfinite(values) & (values > 0)]
        if len(shown):
            least, greatest = min(least, float(shown.min())), max(greatest, float(shown.max()))
    return least, greatest


def half_decades(least: float, greatest: float) -> tuple[float, float]:
    """Round positive limits outwards to half powers of ten; return the exponents.

    >>> half_decades(0.9, 8000)
    (-0.5, 4.0)
    """
    bottom = math.floor(2 * (math.log10(least) - _MARGIN)) / 2
    top = math.ceil(2 * (math.log10(greatest) + _MARGIN)) / 2
    return bottom, top


def decade_ticks(bottom: float, top: float) -> tuple[list[float], list[float]]:
    """Return ticks from 10 ** bottom to 10 ** top: those with labels, and those without."""
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
    """Return at most `most` ticks from 0 to `last`: multiples of 1, 2 or 5 times a power of ten.

    >>> whole_ticks(250, 8)
    [0, 50, 100, 150, 200, 250]
    """
    steps = (digit * 10**power for power in itertools.count() for digit in (1, 2, 5))
    step = next(step for step in steps if last // step < most)
    return list(range(0, last + 1, step))
