"""The annotations behind the loss plot's curves: floor, branches, changes of settings, divergence.

They change seldom, so they belong to the background that the frames are painted over; but more
often than the axes, so they are "animated" artists in matplotlib's sense, painted over the axes'
picture. Names are shown as they are, never as mathtext.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, TypeVar

import numpy as np
from matplotlib.lines import Line2D
from matplotlib.transforms import ScaledTranslation

from linreg_widget.messages import say
from linreg_widget.recording import MOST_BRANCHES, changes_of, label_of, means_by_epoch

from .axes import positive_span
from .fonts import write
from .painting import BAD, BRANCH, CARD, DIM, FLOOR, own_style

if TYPE_CHECKING:
    from collections.abc import Callable

    from matplotlib.axes import Axes
    from matplotlib.text import Text
    from matplotlib.transforms import Transform

    from linreg_widget.recording import Branch
    from linreg_widget.training import KeptRun, Trainer

A = TypeVar("A")
L = TypeVar("L", "Line2D", "Text")

_MOST_CHANGES = 8
_LONGEST_NAME = 33  # letters of a kept run's name that the plot shows
_BRANCH_COLUMNS = 256
_FLOOR_REACH = 1e-5  # of the least loss: a floor below this is labelled at the edge
_LETTER, _NAME_EDGE = 0.066, 0.14  # inches: of a name's letter, and beside the name
_FEW_WORDS = 3.2  # inches: axes that are narrower have no room for a sentence
_NAMELESS = 4.2  # inches: a narrower figure has no room for the names of curves beside it
_HIGH = 0.96  # of the axes' height: where the marks and words of an update are
_OVER_BRANCHES = 2.05  # a line's place in the drawing, whichever was made first
_RIGHT = 0.78  # of the axes' width: beyond it, words are to the left of their places


class Annotations:
    """The annotations in one axes.

    Parameters
    ----------
    axes : Axes
        With a log y axis.
    """

    def __init__(self, axes: Axes) -> None:
        self.floor = math.nan
        """The best possible loss of the run; NaN before the first ``follow``."""
        self._axes = axes
        self._state: tuple[object, ...] = ()
        self._floor_is_shown = True
        self._runs = np.empty(0)
        self.mean = math.nan
        """The loss of predicting the mean, whatever the features; NaN before."""
        self._artists: list[Line2D | Text] = []
        columns = axes.get_xaxis_transform()  # x in updates, y from 0 to 1
        rows = axes.get_yaxis_transform()
        self.floor_line = self._line(FLOOR, 1.4, (5, 3), rows)
        self.floor_label = self._label(FLOOR, 2)
        self.mean_line = self._line(DIM, 1.2, (1, 2), rows)
        self.mean_label = self._label(DIM, -4, axes.transAxes)
        self.mean_label.set(horizontalalignment="right", verticalalignment="bottom")
        self.empty_label = self._label(DIM, 0, axes.transAxes)
        """What stands where there are no losses yet; `paint` leaves it out."""
        self.empty_label.set(position=(0.5, 0.5), horizontalalignment="center")
        self._artists.remove(self.empty_label)
        self.change_lines = self._line(DIM, 0.8, (1, 2), columns)
        self.change_labels: list[Text] = []  # like those below, made when there is one
        self.branch_lines: list[Line2D] = []
        self.branch_labels: list[Text] = []
        self.run_lines: list[Line2D] = []
        self.run_labels: list[Text] = []
        self.bad_line = self._line(BAD, 1, (2, 2), columns)
        self.bad_mark = self._line(BAD, 0, None, columns)
        self.bad_mark.set(marker="X", markersize=8)
        self.bad_label = self._label(BAD, 8, columns)
        for line in (self.floor_line, self.mean_line):
            line.set_xdata([0, 1])
        for artist in (self.bad_line, self.bad_mark, self.bad_label):
            artist.set_zorder(artist.get_zorder() + 0.1)  # over what comes later

    def follow(self, trainer: Trainer, bad: int, shown: frozenset[str]) -> bool:
        """Take over a run's state; return whether any annotation has changed.

        Parameters
        ----------
        trainer : Trainer
        bad : int
            The first update whose loss is not finite, or 0.
        shown : frozenset of str
            Which of "floor", "branches" and "runs" to show.
        """
        recording = trainer.recording
        branches = recording.branches[-MOST_BRANCHES:] if "branches" in shown else ()
        runs = trainer.kept if "runs" in shown else ()
        floor, self.mean = trainer.insight.floor, trainer.insight.mean_loss
        empty = not (len(recording) or branches or runs)
        self.empty_label.set_text(say("losses.empty") if empty else "")
        state = (branches, runs, recording.segments, recording.edited, bad, "floor" in shown, floor)
        if state == self._state:
            return False
        self._state, self.floor = state, floor
        self._floor_is_shown = "floor" in shown
        self._show_branches(branches, trainer.table.rows)
        self._show_runs(runs)
        self._show_changes(changes_of(recording)[-_MOST_CHANGES:])
        self._show_bad(bad)
        return True

    def span(self, least: float, greatest: float) -> tuple[float, float]:
        """Widen the range of losses that the curves need so that the annotations fit."""
        low, high = positive_span(self._runs)
        least, greatest = min(least, low), max(greatest, high)
        shown = self._floor_is_shown and math.isfinite(self.floor) and self.floor > 0
        if not greatest:
            return (self.floor / 2, self.floor * 1000) if shown else (0.1, 1000)
        if shown and self.floor >= least * _FLOOR_REACH:
            return min(least, self.floor / 2), max(greatest, self.floor)  # its label is below it
        return least, greatest

    def place_labels(self) -> None:
        """Put the texts where there is room for them within the axes' new limits."""
        last, bottom = self._axes.get_xlim()[1], self._axes.get_ylim()[0]
        self._place_floor(bottom)
        self._place_mean(bottom)
        for text in (*self.change_labels, self.bad_label):
            right = text.get_position()[0] > _RIGHT * last
            text.set_horizontalalignment("right" if right else "left")
        self._part_names()

    def name_curves(self) -> float:
        """Name branches and kept runs right of the axes, if there is room; return the inches."""
        texts = (*self.branch_labels, *self.run_labels)
        named = self._axes.figure.bbox.width / self._axes.figure.dpi >= _NAMELESS
        for text in texts:
            text.set_visible(named)
        longest = max((len(text.get_text()) for text in texts), default=0) if named else 0
        return _NAME_EDGE + _LETTER * longest if longest else 0

    def paint(self) -> None:
        """Paint the annotations."""
        for artist in sorted(self._artists, key=lambda artist: artist.get_zorder()):
            self._axes.draw_artist(artist)

    # ---- inside ----------------------------------------------------------------------------------

    def _line(
        self,
        colour: str,
        width: float,
        dashes: tuple[float, ...] | None,
        transform: Transform | None = None,
    ) -> Line2D:
        line = Line2D([], [], color=colour, linewidth=width)
        line.set_linestyle((0, dashes) if dashes else "none")
        if transform is not None:
            line.set_transform(transform)
        return self._own(self._axes.add_line(line))

    def _label(
        self, colour: str, points: float, transform: Transform | None = None, *, card: bool = True
    ) -> Text:
        """Make a text that is some points to the right of its place."""
        shift = ScaledTranslation(points / 72, 0, self._axes.figure.dpi_scale_trans)
        base = self._axes.transData if transform is None else transform
        text = self._axes.text(0, 0, "", color=colour, transform=base + shift)
        text.set_verticalalignment("bottom" if transform is None else "center")
        if card:
            text.set_bbox({"facecolor": CARD, "alpha": 0.75, "linewidth": 0, "pad": 0.5})
        return self._own(text)

    def _own(self, artist: L) -> L:
        artist.set_animated(True)
        self._artists.append(artist)
        return artist

    def _name(self, colour: str) -> Text:
        """Make the name of a curve, which stands to the right of the axes."""
        text = self._label(colour, 5, self._axes.transAxes, card=False)
        text.set_clip_on(False)
        return text

    def _renew(
        self,
        lines: list[Line2D],
        names: list[Text],
        count: int,
        look: tuple[float, tuple[float, ...] | None],
    ) -> None:
        """Have lines with names for so many curves, all empty."""
        _grow(lines, count, lambda: self._line(BRANCH, *look))
        _grow(names, count, lambda: self._name(BRANCH))
        for line, text in zip(lines, names, strict=True):
            line.set_data([], [])
            text.set_text("")

    def _show_branches(self, branches: tuple[Branch, ...], rows: int) -> None:
        curves = [means_by_epoch(branch, rows, _BRANCH_COLUMNS) for branch in branches]
        self._renew(self.branch_lines, self.branch_labels, len(branches), (1.4, (4, 1.5)))
        for branch, (ends, means), line, text in zip(
            branches, curves, self.branch_lines, self.branch_labels, strict=False
        ):
            line.set_data(ends, means)
            text.set_text(label_of(branch))

    def _show_runs(self, runs: tuple[KeptRun, ...]) -> None:
        """Show the full-data loss of kept runs, which can be compared whatever their batches.

        A name that no font can draw becomes "run 3", which is also the page's name for the third.
        """
        self._runs = np.concatenate([np.empty(0), *(run.curve[1] for run in runs)])
        self._renew(self.run_lines, self.run_labels, len(runs), (1.6, None))
        names = _apart([run.name for run in runs])
        for number, (run, name, line, text) in enumerate(
            zip(runs, names, self.run_lines, self.run_labels, strict=False), start=1
        ):
            updates, losses = run.curve
            line.set(data=(updates, losses), color=run.colour, linestyle="solid")
            line.set_zorder(_OVER_BRANCHES)
            shown = np.flatnonzero(np.isfinite(losses) & (losses > 0))
            if len(shown):
                write(text, name, say("plot.run", number=number), _LONGEST_NAME)
                text.set_color(run.colour)

    def _show_changes(self, changes: list[tuple[int, str]]) -> None:
        places = [update for update, _ in changes]
        self.change_lines.set_data(np.repeat(places, 3), [0, 1, np.nan] * len(places))
        columns = self.change_lines.get_transform()
        _grow(self.change_labels, len(changes), lambda: self._label(DIM, 3, columns))
        padded = [*changes, *[(0, "")] * (len(self.change_labels) - len(changes))]
        for text, (update, words) in zip(self.change_labels, padded, strict=True):
            text.set(text=words, position=(update, _HIGH))

    def _show_bad(self, bad: int) -> None:
        self.bad_line.set_data([bad, bad], [0, 1])
        self.bad_mark.set_data([bad], [_HIGH])
        self.bad_label.set(text=say("plot.bad"), position=(bad, _HIGH))
        for artist in (self.bad_line, self.bad_mark, self.bad_label):
            artist.set_visible(bad > 0)

    def _place_floor(self, bottom: float) -> None:
        shown = self._floor_is_shown and self.floor >= bottom
        self.floor_line.set_visible(shown)
        self.floor_line.set_ydata([self.floor, self.floor])
        self.floor_label.set_visible(self._floor_is_shown and math.isfinite(self.floor))
        short = bool(self._axes.bbox.width / self._axes.figure.dpi < _FEW_WORDS)
        self.floor_label.set_text(say("plot.floor", floor=self.floor, below=not shown, short=short))
        height = self._height(max(self.floor, bottom))
        below = shown and height - self._height(bottom) > self._line_height()
        gap = 0.15 * self._line_height()
        self.floor_label.set_verticalalignment("top" if below else "bottom")
        self.floor_label.set_position((0, self._loss_at(height + (-gap if below else gap))))

    def _place_mean(self, bottom: float) -> None:
        top = self._axes.get_ylim()[1]
        shown = self._floor_is_shown and bottom <= self.mean <= top
        for artist in (self.mean_line, self.mean_label):
            artist.set_visible(shown)
        self.mean_line.set_ydata([self.mean, self.mean])
        self.mean_label.set_text(say("plot.mean", mean=self.mean, short=False))
        if shown:
            above = self._height(self.mean) + 0.1 * self._line_height()
            floor = self.floor_label
            if floor.get_visible() and floor.get_verticalalignment() == "bottom":
                taken = self._height(floor.get_position()[1])
                if taken - self._line_height() < above < taken + self._line_height():
                    above = taken + self._line_height()
            self.mean_label.set_position((1, self._share(above)))

    def _part_names(self) -> None:
        """Put the names of branches and kept runs beside the axes, and not on each other."""
        wanted, top = [], self._axes.get_ylim()[1]
        lines = (*self.branch_lines, *self.run_lines)
        for line, text in zip(lines, (*self.branch_labels, *self.run_labels), strict=True):
            if text.get_text():
                losses = np.asarray(line.get_ydata())
                last = losses[np.isfinite(losses) & (losses > 0)][-1]
                wanted.append((self._height(min(float(last), top)), text))
        wanted.sort(key=lambda pair: pair[0])
        heights: list[float] = []
        line_height = 0.8 * self._line_height()
        for lowest, _ in wanted:
            heights.append(max(lowest, heights[-1] + line_height) if heights else lowest)
        ceiling = self._height(top) + 0.5 * line_height
        for height, (_, text) in zip(reversed(heights), reversed(wanted), strict=True):
            ceiling = min(height, ceiling - line_height)
            text.set_position((1, self._share(ceiling)))

    def _share(self, height: float) -> float:
        """Return a height in the figure, in pixels, as a share of the axes'."""
        box = self._axes.bbox
        return float((height - box.y0) / box.height)

    def _height(self, loss: float) -> float:
        """Return a loss's height in the figure, in pixels."""
        return float(self._axes.transData.transform((0, loss))[1])

    def _loss_at(self, height: float) -> float:
        return float(self._axes.transData.inverted().transform((0, height))[1])

    def _line_height(self) -> float:
        points = 1.5 * float(self.floor_label.get_fontsize())
        return points / 72 * self._axes.figure.dpi


def _grow(artists: list[A], count: int, make: Callable[[], A]) -> None:
    """Make as many artists as are missing, in the figure's style."""
    with own_style():
        artists.extend(make() for _ in range(count - len(artists)))


def _apart(names: list[str]) -> list[str]:
    """Shorten long names, such as a run's settings, to what tells them apart: as the page does."""
    parts = {name: name.split(", ") for name in names if len(name) > _LONGEST_NAME}
    shared = set.intersection(*map(set, parts.values())) if parts else set()
    short = {
        name: ", ".join([first, *(part for part in rest if part not in shared)])
        for name, (first, *rest) in parts.items()
    }
    return [short.get(name, name) for name in names]
