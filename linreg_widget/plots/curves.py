"""The loss plot's curves: a few artists, made once, whose data follow a run.

They are "animated" artists in matplotlib's sense: left out when the figure is drawn, and painted
over that drawing in each frame.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.collections import PolyCollection
from matplotlib.lines import Line2D
from matplotlib.transforms import Bbox

from linreg_widget.recording import MOST_COLUMNS, Envelope, Thinned

from .axes import positive_span
from .painting import BATCH, CARD, EPOCH, FULL, INK

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes
    from numpy.typing import NDArray

    from linreg_widget.training import Trainer

_MOST_DOTS = 60  # batch losses with a dot each
_MOST_MARKERS = 26  # on the full-data curve
_AHEAD = 0.35  # opacity of a recorded future, relative to the past


class Curves:
    """Batch losses, epoch means, full-data losses and the present, in one axes.

    Parameters
    ----------
    axes : Axes
        With a log y axis.
    """

    def __init__(self, axes: Axes) -> None:
        self._axes = axes
        self._now = 0
        self.thinned = Thinned()
        """The losses as drawn."""
        self.band = PolyCollection([], facecolor=BATCH, alpha=0.28, linewidth=0)
        """From each column's least batch loss to its greatest."""
        self.batch = _line(BATCH, 0.9, alpha=0.6, markeredgecolor=BATCH)
        """Batch losses, or their columns' means."""
        self.epoch = _line(EPOCH, 2.6, markeredgecolor=EPOCH)
        self.full = _line(FULL, 1.2, marker="D", markersize=4)
        self.held_out = _line(FULL, 1.2, linestyle="--", marker="o", markersize=4)
        """The loss over the rows held out, if there are some."""
        self.held_out.set(markerfacecolor="none", markeredgecolor=FULL)
        self.now_line = _line(INK, 1, alpha=0.55, transform=axes.get_xaxis_transform())
        self.now_dot = _line(INK, 0, marker="o", markersize=6, clip_on=False)
        axes.add_collection(self.band, autolim=False)
        lines = (self.batch, self.epoch, self.full, self.held_out, self.now_line, self.now_dot)
        for line in lines:
            axes.add_line(line)
        for artist in (self.band, *lines):
            artist.set_animated(True)

    def follow(self, trainer: Trainer, seconds: float | None) -> None:
        """Take over a run's state.

        Parameters
        ----------
        trainer : Trainer
        seconds : float or None
            How long the trainer may take to compute full-data losses that are not known yet. None:
            only those that are known are shown.
        """
        recording = trainer.recording
        losses = recording.losses
        self.thinned = recording.thinned
        batch, means, few = self.thinned.batch, self.thinned.epoch, len(losses) <= _MOST_DOTS
        self.batch.set(data=(batch.ends, batch.mean), marker="." if few else "")
        self.band.set_verts(_bands(batch) if batch.stride > 1 else [])
        self.epoch.set(data=(means.ends, means.means))
        self.epoch.set_marker("o" if means.count == 1 else "")
        _show(self.full, *trainer.full_losses(seconds))
        if trainer.held_out is not None:
            updates, known = trainer.held_out_losses()
            some = slice(
                None, None, -max(1, -(-len(updates) // MOST_COLUMNS))
            )  # the last among them
            _show(self.held_out, updates[some][::-1], known[some][::-1])
        self._show_now(trainer.position.update, losses)

    def show(self, shown: frozenset[str]) -> None:
        """Show those of "batch", "epoch", "full" and "held_out", and hide the others."""
        for artist in (self.band, self.batch, self.now_dot):
            artist.set_visible("batch" in shown)
        self.epoch.set_visible("epoch" in shown)
        self.full.set_visible("full" in shown)
        self.held_out.set_visible("held_out" in shown)

    def span(self) -> tuple[float, float]:
        """Return the least and the greatest positive loss that is shown, or (inf, 0)."""
        series = []
        if self.batch.get_visible():
            series += [self.thinned.batch.low, self.thinned.batch.high]
        if self.epoch.get_visible():
            series.append(self.thinned.epoch.means)
        lines = [line for line in (self.full, self.held_out) if line.get_visible()]
        series += [np.asarray(line.get_ydata()) for line in lines]
        return positive_span(*series)

    def paint(self) -> None:
        """Paint the curves, faintly after the present, where they are only recorded."""
        box = self._axes.bbox
        now = float(self._axes.transData.transform((self._now, 1))[0])
        for artist in (self.band, self.batch, self.epoch, self.full, self.held_out):
            if self._now < self.thinned.batch.count:
                self._paint_faintly(artist, Bbox.from_extents(now, box.y0, box.x1, box.y1))
                artist.set_clip_box(Bbox.from_extents(box.x0, box.y0, now, box.y1))
            self._axes.draw_artist(artist)
            artist.set_clip_box(box)
        self._axes.draw_artist(self.now_line)
        self._axes.draw_artist(self.now_dot)

    # ---- inside ----------------------------------------------------------------------------------

    def _paint_faintly(self, artist: Artist, box: Bbox) -> None:
        alpha = artist.get_alpha()
        artist.set(clip_box=box, alpha=_AHEAD * (1 if alpha is None else alpha))
        self._axes.draw_artist(artist)
        artist.set_alpha(alpha)

    def _show_now(self, update: int, losses: NDArray[np.float32]) -> None:
        self._now = update
        self.now_line.set_data([update, update], [0, 1])
        height = losses[max(update - 1, 0) : update]
        self.now_dot.set_data([update] * len(height), height)


def _line(colour: str, width: float, **look: Any) -> Line2D:
    line = Line2D([], [], color=colour, linewidth=width, markeredgecolor=CARD)
    line.set(solid_capstyle="round", solid_joinstyle="round", **look)
    return line


def _show(line: Line2D, updates: NDArray[np.int64], losses: NDArray[np.float64]) -> None:
    line.set_data(updates, losses)
    line.set_markevery(_evenly(updates))


def _evenly(updates: NDArray[np.int64]) -> list[int]:
    """Choose a few points for markers, evenly along the run even if some losses are missing.

    They are a power of two checkpoints apart, so markers keep their places as the curve grows.
    """
    if len(updates) < 2:
        return [*range(len(updates))]
    stride = int(np.diff(updates).min())
    doublings = math.ceil(math.log2(max(int(updates[-1]) / (stride * _MOST_MARKERS), 1)))
    _, first = np.unique(updates // (stride * 2**doublings), return_index=True)
    return [int(index) for index in first]


def _bands(envelope: Envelope) -> list[NDArray[np.float64]]:
    """Outline the band between low and high: a polygon for each run of finite columns."""
    ends, low, high = envelope.ends, envelope.low, envelope.high
    edges = np.flatnonzero(np.diff(np.isfinite(low), prepend=False, append=False))
    return [
        np.column_stack(
            [
                np.concatenate([ends[start:stop], ends[start:stop][::-1]]),
                np.concatenate([low[start:stop], high[start:stop][::-1]]),
            ]
        )
        for start, stop in edges.reshape(-1, 2)
    ]
