"""The figure of the valley: contours of the loss, and the run's path through them.

Ground, contours, branches and names belong to the cached background; the run's path, the present
point and the numbers that follow it are painted over it. All artists are placed in shares of the
window, from 0 to 1, since the parameters' units may be of any size.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.collections import PolyCollection
from matplotlib.colors import to_rgb
from matplotlib.lines import Line2D
from matplotlib.markers import TICKDOWN, TICKLEFT, MarkerStyle
from matplotlib.path import Path
from matplotlib.transforms import Affine2D, Bbox, ScaledTranslation

from linreg_widget.messages import say
from linreg_widget.plots.fonts import write
from linreg_widget.plots.painting import (
    BRANCH,
    CARD,
    DIM,
    EPOCH,
    FLOOR,
    FULL,
    GRID,
    HIGH,
    INK,
    LOW,
    READ_LATE,
    Painting,
    blank,
    own_style,
)
from linreg_widget.quiet import quiet

from .labels import Room
from .plane import even_ticks, heights_in, texts_of
from .scene import MOST_LINES

if TYPE_CHECKING:
    from matplotlib.text import Text
    from matplotlib.transforms import Transform
    from numpy.typing import NDArray

    from .plane import Window
    from .scene import Scene

_SIZE = (6.4, 3.6)  # inches
_MARGINS = (0.80, 0.22, 0.60, 0.62)  # left, right, bottom and top, inches
_MOST_TICKS = 5
_MOST_CONTOURS = 7
_FEW_MOMENTS = 30  # of a path, with a dot each
_LONGEST_NAME = 40  # characters
_OUTSIDE = 20.0  # windows: a point further away is drawn at this distance, in the same direction
_ANYWHERE = 1e150  # windows
_EDGE = 0.025  # of the window: how far inside marks at its edge are
_GONE = 0.08  # of the window: from this distance on, the start has its own label
_STILL = 0.003  # of the window: a smaller shift of the lowest point is not drawn
_INSIDE = Bbox([[-0.1, -0.1], [1.1, 1.1]])
_CARD = 0.9  # opacity of the cards behind names: enough for a contrast of 4.5
_AHEAD = 0.35  # opacity of a recorded future


@quiet
class ValleyFigure(Painting):
    """A plane of weights and biases as a matplotlib figure."""

    def __init__(self) -> None:
        self._scene: Scene | None = None
        self._drawn: Scene | None = None  # the scene whose ground is drawn
        self.stand_ins: dict[str, str] = {}
        """Stand-ins for the names that cannot be drawn, each with its name."""
        with own_style():
            super().__init__(blank(*_SIZE), _MARGINS)
            self.axes.set_axis_off()
            self.axes.set(xlim=(0, 1), ylim=(0, 1))
            self._make_ground()
            self._make_scales()
            self._make_run()

    # ---- what is shown ---------------------------------------------------------------------------

    def follow(self, scene: Scene) -> None:
        """Take over a scene; `paint` then shows it."""
        self._scene = scene
        with own_style(READ_LATE):
            if self._drawn is None or not self._has_stayed(self._drawn, scene):
                self._drawn = scene
                self._show_ground(scene)
                self.place_labels()
                self.forget_ground()
            elif self._placed != self._shape():  # on a screen of another pixel ratio
                self.place_labels()
                self.forget_ground()
            self._show_run(scene)

    def point_at(self, x: float, y: float) -> tuple[float, float] | None:
        """Return the plane's coordinates at a place in pixels, from the lower left; None outside.

        Parameters
        ----------
        x, y : float
            In the figure's pixels: as many per pixel of the page as its device pixel ratio.
        """
        if self._scene is None:
            return None
        window = self._scene.window
        share = self.axes.transAxes.inverted().transform((x, y))
        if not ((share >= 0) & (share <= 1)).all():
            return None
        across, up = (np.array([window.left, window.bottom]) + share * window.size).tolist()
        return across, up

    def place_labels(self) -> None:
        """Put names and the contours' labels where they hide least."""
        scene = self._scene
        if scene is None:
            return
        room, window = Room(self.axes), scene.window
        path = _shares(scene.path, window)
        room.line(path)
        room.line(_shares(scene.ahead, window))
        marks = (*path[:1], *_ends(path), *_xy(self.best), *_xy(self.lowest))
        room.mark(np.array([mark for mark in marks if _is_inside(mark)]).reshape(-1, 2))
        for text, place in (
            (self.best_label, _xy(self.best)),
            (self.lowest_label, _xy(self.lowest)),
            (self.start_label, path[:1]),
        ):
            text.set_visible(bool(len(place)) and _is_inside(place[0]))
            if text.get_visible():
                room.beside(text, place[0])
        for text, (_, points) in zip(self.names, self._named, strict=True):
            ends = _ends(_shares(points, window))
            text.set_visible(bool(len(ends)))
            if len(ends):
                room.line(_shares(points, window))
                room.beside(text, ends[0])
        for text, words, line in zip(
            self.contour_labels, self._heights.texts, self.outlines, strict=False
        ):
            text.set_text(words)
            room.along(text, line)
        self._room, self._placed = room, self._shape()

    def paint_over(self) -> None:
        """Paint the run's path, the present point and the numbers that follow it."""
        for artist in self.moving:
            self.axes.draw_artist(artist)

    # ---- made once -------------------------------------------------------------------------------

    def _make_ground(self) -> None:
        self.contours = PolyCollection([], linewidths=0.7, zorder=1)
        """The ground within each contour, outermost first, and its line."""
        self.axes.add_collection(self.contours, autolim=False)
        self.ground = self.axes.patch
        self.ground.set_linewidth(0)
        self.axes.add_artist(self.ground)
        self.ground.set_zorder(0)
        self.contour_labels = [self._text(FULL) for _ in range(_MOST_CONTOURS)]
        self.branch_lines = [
            self._line(BRANCH, 1.4, linestyle=(0, (4, 1.5))) for _ in range(MOST_LINES)
        ]
        self.kept_lines = [self._line(BRANCH, 1.6) for _ in range(MOST_LINES)]
        self.names = [self._text(BRANCH) for _ in range(2 * MOST_LINES)]
        """The names of branches, then of kept runs, at their ends."""
        self.lowest = self._line(FULL, 0, marker="o", markersize=8, markerfacecolor=CARD)
        self.lowest.set(markeredgecolor=FULL, markeredgewidth=1.6)
        self.lowest_label = self._text(FULL)
        self.lowest_label.set_text(say("valley.lowest"))
        self.best = self._line(FLOOR, 0, marker="*", markersize=15, markeredgecolor=CARD)
        self.best_label = self._text(FLOOR)
        self.start = self._line(EPOCH, 0, marker="o", markersize=6, markerfacecolor=CARD)
        self.start.set(markeredgecolor=EPOCH, markeredgewidth=1.6)
        self.start_label = self._text(EPOCH)
        self.start_label.set_text(say("valley.start"))

    def _make_scales(self) -> None:
        along, up = self.axes.get_xaxis_transform(), self.axes.get_yaxis_transform()
        frame = self._line(GRID, 0.8, zorder=3, clip_on=False)
        frame.set_data([0, 1, 1, 0, 0], [0, 0, 1, 1, 0])
        self.marks = [
            self._line(DIM, 0, marker=marker, markersize=4, clip_on=False, zorder=3)
            for marker in (TICKDOWN, TICKLEFT)
        ]
        for mark in self.marks:
            mark.set_markeredgecolor(DIM)
        self.ticks = (
            [self._text(DIM, along, (0, -7), "center", "top") for _ in range(_MOST_TICKS + 2)],
            [
                self._text(DIM, up, (-7, 0), "right", "center_baseline")
                for _ in range(_MOST_TICKS + 2)
            ],
        )
        """The labels of the ticks, across and up."""
        corner = self.axes.transAxes
        self.across = self._text(INK, corner, (0, -21), "center", "top")
        self.up = self._text(INK, corner, (-44, 0), "center", "center")
        self.across.set_x(0.5)
        self.up.set(y=0.5, rotation=90)
        self.title = self._text(INK, corner, (0, 22), "left", "bottom")
        """A sentence: what is held."""
        self.title.set_y(1)

    def _make_run(self) -> None:
        halo: dict[str, Any] = {"solid_capstyle": "round", "solid_joinstyle": "round"}
        self.ahead = self._line(EPOCH, 2, alpha=_AHEAD, **halo)
        self._halo = self._line(CARD, 4.6, alpha=0.85, **halo)
        self.path = self._line(EPOCH, 2.2, markersize=5, **halo)
        self.now = self._line(INK, 0, marker="o", markersize=8, markeredgecolor=CARD)
        self.now.set(markeredgewidth=1.2, clip_on=False)
        self.now_label = self._text(INK)
        self.key = self._text(DIM, self.axes.transAxes, (0, 6), "left", "bottom")
        """What the numbers at the contours mean."""
        self.key.set_y(1)
        self.moving = (
            self.ahead,
            self._halo,
            self.path,
            self.start,
            self.start_label,
            self.lowest,
            self.best,
            self.now,
            self.now_label,
            self.key,
        )
        for artist in self.moving:
            artist.set_animated(True)

    def _line(self, colour: str, width: float, **look: Any) -> Line2D:
        line = Line2D([], [], color=colour, linewidth=width, **look)
        return self.axes.add_line(line)

    def _text(
        self,
        colour: str,
        base: Transform | None = None,
        points: tuple[float, float] = (0, 0),
        across: str = "center",
        up: str = "center",
    ) -> Text:
        """Make a text, shifted by some points; without ``base`` it is a label on a card."""
        shift = ScaledTranslation(points[0] / 72, points[1] / 72, self.figure.dpi_scale_trans)
        text = self.axes.text(0, 0, "", color=colour, zorder=4)
        text.set_transform((self.axes.transAxes if base is None else base) + shift)
        text.set(horizontalalignment=across, verticalalignment=up)
        if base is None:
            text.set_bbox({"facecolor": CARD, "alpha": _CARD, "linewidth": 0, "pad": 1.0})
        return text

    # ---- following -------------------------------------------------------------------------------

    def _show_ground(self, scene: Scene) -> None:
        window = scene.window
        self.stand_ins = {}
        self._heights = heights_in(window, scene.bowl)
        levels = self._heights.levels
        tints = _tints(len(levels) + 1)
        self.outlines = [
            _clipped(_shares(scene.bowl.contour(level, window), window, _ANYWHERE))
            for level in levels
        ]
        self.ground.set_facecolor(tints[-1])
        self.contours.set_verts(self.outlines[::-1])
        self.contours.set_facecolor(tints[-2::-1])
        self.contours.set_edgecolor((*to_rgb(FULL), 0.55))
        for text in self.contour_labels:
            text.set_text("")
        self._show_scales(scene)
        self._show_lines(scene)
        here = scene.is_best_here
        self.best.set_data(*_shares(scene.best[None], window).T)
        self.best.set(markerfacecolor=FLOOR if here else CARD, markersize=15 if here else 12)
        self.best.set(markeredgecolor=CARD if here else FLOOR, markeredgewidth=0.8 if here else 1.4)
        self.best_label.set_text(say("valley.best_point") if here else say("valley.best_beyond"))
        seen = not here and bool(window.holds(scene.bowl.lowest) and scene.bowl.rises.all())
        self.lowest.set_data(*_shares(scene.bowl.lowest[None][: int(seen)], window).T)

    def _has_stayed(self, old: Scene, new: Scene) -> bool:
        """Tell whether the ground of one scene is valid for another."""
        left = [*old.axes, *(line for _, line in (*old.branches, *old.kept))]
        now = [*new.axes, *(line for _, line in (*new.branches, *new.kept))]
        if (old.window, old.held, len(left)) != (new.window, new.held, len(now)):
            return False
        if not all(one is other for one, other in zip(left, now, strict=True)):
            return False
        shift = np.abs(new.bowl.lowest - old.bowl.lowest) / new.window.size
        same_loss = self._heights.above or math.isclose(old.floor, new.floor, rel_tol=_STILL)
        return same_loss and bool((shift < _STILL).all())

    def _show_scales(self, scene: Scene) -> None:
        window = scene.window
        limits = (window.left, window.right), (window.bottom, window.top)
        for index, (low, high) in enumerate(limits):
            ticks = even_ticks(low, high, _MOST_TICKS)
            places = [(tick - low) / (high - low) for tick in ticks]
            nothing = [0.0] * len(places)
            self.marks[index].set_data(*((nothing, places) if index else (places, nothing)))
            texts = self.ticks[index]
            words = [*texts_of(ticks), *[""] * (len(texts) - len(ticks))]
            for text, word, place in zip(
                texts, words, [*places, *[0.0] * (len(texts) - len(ticks))], strict=True
            ):
                text.set_text(word)
                text.set_position((0, place) if index else (place, 0))
        room = 2 * _LONGEST_NAME, _LONGEST_NAME + 15
        for text, axis, most in zip((self.across, self.up), scene.axes, room, strict=True):
            self._write(text, axis.short, axis.number, most)
        self.title.set_text(scene.held)

    def _show_lines(self, scene: Scene) -> None:
        nothing = [("", np.empty((0, 2)))] * MOST_LINES
        self._named = [
            *[*scene.branches, *nothing][:MOST_LINES],
            *[*scene.kept, *nothing][:MOST_LINES],
        ]
        count = range(MOST_LINES)
        numbers = [
            *(say("plot.branch", number=index + 1) for index in count),
            *(say("plot.run", number=index + scene.first_kept) for index in count),
        ]
        lines = (*self.branch_lines, *self.kept_lines)
        for line, text, (name, points), number in zip(
            lines, self.names, self._named, numbers, strict=True
        ):
            line.set_data(*_shares(points, scene.window).T)
            self._write(text, name, number, _LONGEST_NAME)

    def _write(self, text: Text, name: str, stand_in: str, most: int) -> None:
        if not write(text, name, stand_in, most):
            self.stand_ins[stand_in] = name

    def _show_run(self, scene: Scene) -> None:
        window = scene.window
        path, ahead = _shares(scene.path, window), _shares(scene.ahead, window)
        for line in (self._halo, self.path):
            line.set_data(*path.T)
        few = len(path) <= _FEW_MOMENTS
        self.path.set_marker("." if few else "")
        self.ahead.set_data(*(ahead.T if len(ahead) > 1 else ([], [])))
        self.start.set_data(*path[:1].T)
        here = _shares(scene.now[None], window)
        inside = bool(window.holds(scene.now))
        self.now.set_marker("o")
        if not inside and len(here):
            away = here[0] - 0.5
            self.now.set_marker(_arrow(away))
            here = 0.5 + away[None] * ((0.5 - _EDGE) / np.abs(away).max())
        self.now.set_data(*here.T)
        gone = np.abs(here - path[:1]).max(initial=0) if len(path) else 0
        self.start_label.set_visible(gone > _GONE and _is_inside(path[0]))
        self.now_label.set_visible(bool(len(here)))
        self.now_label.set_text(say("valley.now", loss=scene.loss, inside=inside))
        if len(here):
            self._room.beside(self.now_label, here[0], keep=False)
        self.key.set_text(say("valley.lines", floor=scene.floor, above=bool(self._heights.above)))


def _shares(
    points: NDArray[np.float64], window: Window, most: float = _OUTSIDE
) -> NDArray[np.float64]:
    """Return points, (k, 2), as shares of a window, without those that are not finite.

    Points that are far away are moved nearer, in the same direction.
    """
    finite = points[np.isfinite(points).all(axis=1)]
    away = (finite - [window.left, window.bottom]) / window.size - 0.5
    away = np.clip(away, -_ANYWHERE, _ANYWHERE)
    far = np.abs(away).max(axis=1, keepdims=True, initial=0)
    return np.asarray(0.5 + away * (most / np.maximum(far, most)))


def _clipped(line: NDArray[np.float64]) -> NDArray[np.float64]:
    """Clip a closed line, (k, 2), to the axes and a margin, and close it along their edges."""
    closed = Path(np.vstack([line, line[:1]]), closed=True)
    found = closed.clip_to_bbox(_INSIDE).vertices
    return np.asarray(found, np.float64)


def _tints(count: int) -> list[tuple[float, float, float]]:
    """Return ``count`` tints, from the valley's ground upwards."""
    low, high = np.array(to_rgb(LOW)), np.array(to_rgb(HIGH))
    shares = np.linspace(0, 1, max(count, 2))[:count]
    return [(float(r), float(g), float(b)) for r, g, b in low + (high - low) * shares[:, None]]


def _arrow(away: NDArray[np.float64]) -> MarkerStyle:
    """Return a triangle that points in a direction, (2,)."""
    turn = Affine2D().rotate(math.atan2(away[1], away[0]) - math.pi / 2)
    return MarkerStyle("^", transform=turn)


def _xy(line: Line2D) -> NDArray[np.float64]:
    return np.column_stack([np.asarray(values, np.float64) for values in line.get_data()])


def _is_inside(place: NDArray[np.float64]) -> bool:
    return bool(((place >= 0) & (place <= 1)).all())


def _ends(line: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return a line's last point within the axes, (1, 2), or none, (0, 2)."""
    return line[((line >= 0) & (line <= 1)).all(axis=1)][-1:]
