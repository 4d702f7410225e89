"""A figure whose moving artists are painted over a cached picture of all the others; its colours.

Two pictures are kept: the ground, which matplotlib draws and where most texts are, and the
background, which is the ground with what changes now and then. Either is made anew only when
something in it has changed, so a frame costs a fraction of a whole drawing. (Four fifths of that
are texts.) The figure is made without pyplot, whose registry would keep it alive.

The figure looks the same everywhere, whatever the notebook's ``rcParams`` are: its colours, sizes
and fonts go together. The colours are for a light page; for a dark one, CSS inverts the finished
picture, so two windows of one kernel, and pages without a kernel, each show what suits them.
"""

from __future__ import annotations

import contextlib
import io
import struct
import threading
import zlib
from typing import TYPE_CHECKING, Any, cast

import matplotlib as mpl
import numpy as np
from matplotlib.figure import Figure
from PIL import Image

from linreg_widget.quiet import quiet

from .fonts import FONT

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from matplotlib.backend_bases import Event
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from numpy.typing import NDArray

# Blue, orange and green differ in lightness, so that people who cannot tell red from green see the
# difference; every curve also differs in width, dashes or markers. Text has a contrast of at least
# 4.5 against the card.
CARD = "#ffffff"
INK = "#1c1d21"  # the present, and the numbers of updates
DIM = "#62656e"  # other texts
GRID = "#e6e8ec"
BATCH = "#3f87d9"  # drawn faint
EPOCH = "#1d57b8"
FULL = "#c2500a"
FLOOR = "#23785a"
BRANCH = "#766590"
BAD = "#b3261e"
LOW = "#fffdfa"  # the valley's ground; its slopes rise to HIGH, in tints of FULL
HIGH = "#f0c9a8"

DRAWING = threading.RLock()
"""Held while drawing, inside the widget's lock: two widgets may draw in two threads."""

# Settings of where and how this session shows figures, not of how they look.
_SESSIONS = frozenset(
    ["backend", "backend_fallback", "interactive", "timezone", "date.epoch", "savefig.directory"]
)
_OWN = {"text.parse_math": False, "font.size": 9, "font.family": [FONT]}
_STYLE: dict[str, Any] = {
    name: _OWN.get(name, value)
    for name, value in dict.items(mpl.rcParamsDefault)
    if name not in _SESSIONS
}
READ_LATE = (
    *("agg.path.chunksize", "axes.unicode_minus", "lines.scale_dashes", "markers.fillstyle"),
    *("patch.edgecolor", "patch.force_edgecolor", "path.effects", "path.simplify"),
    *("path.simplify_threshold", "path.sketch", "path.snap", "text.hinting"),
    *("text.hinting_factor", "text.kerning_factor"),
)
"""The rcParams that matplotlib reads when it draws or changes an artist, not when it makes one."""

_DPI = 100
_COLOURS = 256
_COMPRESSION = 3  # of 9: 10% more bytes than the default 6, in three quarters of the time


@contextlib.contextmanager
def own_style(names: Iterable[str] = _STYLE) -> Iterator[None]:
    """Draw in the widget's own style, whatever the notebook's rcParams are.

    rcParams belong to the whole session, and a cell may read and write them at the same time in
    another thread. So only those that differ are changed, usually none, and restored unless the
    cell has set them meanwhile. ``matplotlib.style.context`` replaces all of them, which takes
    30 ms, and then undoes what the cell has set.

    Parameters
    ----------
    names : iterable of str
        The rcParams that are about to be read.
    """
    current = cast("dict[str, Any]", mpl.rcParams)
    with DRAWING:
        # Through `dict`, since rcParams validate each value, and choose a back end if none is set.
        theirs = {name: dict.__getitem__(current, name) for name in names}
        theirs = {name: value for name, value in theirs.items() if value != _STYLE[name]}
        dict.update(current, {name: _STYLE[name] for name in theirs})
        try:
            yield
        finally:
            for name, value in theirs.items():
                if dict.__getitem__(current, name) is _STYLE[name]:
                    dict.__setitem__(current, name, value)


def blank(width: float, height: float) -> Figure:
    """Return a figure without axes: it takes 1 ms, and with axes and texts 40.

    Parameters
    ----------
    width, height : float
        Inches.
    """
    with own_style():
        return Figure(figsize=(width, height), dpi=_DPI, facecolor=CARD)


@quiet
class Painting:
    """A figure with one axes; ``paint_under`` and ``paint_over`` paint its animated artists.

    Parameters
    ----------
    figure : Figure
        A blank one.
    margins : tuple of float
        Left, right, below and above the axes, in inches, whatever the figure's size.
    """

    def __init__(self, figure: Figure, margins: tuple[float, float, float, float]) -> None:
        self._margins = margins
        self._ground: tuple[tuple[float, ...], object] | None = None
        self._background: object = None  # of the ground's shape
        self.figure = figure
        self.axes = self.figure.add_subplot()
        self._place_axes()
        self.figure.canvas.mpl_connect("draw_event", self._on_draw)
        self.figure.canvas.mpl_connect("resize_event", self._on_resize)

    @property
    def canvas(self) -> FigureCanvasAgg:
        """The canvas that the figure is drawn on."""
        return cast("FigureCanvasAgg", self.figure.canvas)

    def widen_right(self, inches: float) -> bool:
        """Let the margin to the right be so wide; return whether it changed."""
        if inches == self._margins[1]:
            return False
        self._margins = (self._margins[0], inches, *self._margins[2:])
        self._place_axes()
        return True

    def place_labels(self) -> None:
        """Put texts where there is room for them; called when the figure's size has changed."""

    def paint_under(self) -> None:
        """Paint the artists that belong to the background, but not to the ground."""

    def paint_over(self) -> None:
        """Paint the moving artists."""

    def forget_ground(self) -> None:
        """Draw the next frame as a whole, since something in the ground has changed."""
        self._ground = None

    def forget_background(self) -> None:
        """Paint the next frame's background anew, since something in it has changed."""
        self._background = None

    def paint(self) -> None:
        """Draw a frame on the canvas: only the moving artists, if the background is still valid."""
        canvas = self.canvas
        with own_style(READ_LATE):
            if self._ground is None or self._ground[0] != self._shape():
                canvas.draw()
                return
            if self._background is None:
                canvas.restore_region(self._ground[1])
                self._paint_on_ground()
            else:
                canvas.restore_region(self._background)
                self.paint_over()
            canvas.blit()

    def png(self, *, fine: bool) -> bytes:
        """Return the painted frame as a PNG, in full colour or with 256 colours.

        256 colours take a third of the bytes and half the time; in a moving picture nobody sees it.
        """
        pixels = np.asarray(self.canvas.buffer_rgba())
        if fine:
            return _png(pixels)
        picture = Image.fromarray(pixels).convert("RGB")
        card = picture.getpixel((0, 0))
        picture = picture.quantize(_COLOURS, Image.Quantize.FASTOCTREE)
        # The quantizer averages similar colours; the card's colour must not change.
        palette, index = picture.getpalette() or [], 3 * cast("int", picture.getpixel((0, 0)))
        palette[index : index + 3] = cast("tuple[int, int, int]", card)
        picture.putpalette(palette)
        buffer = io.BytesIO()
        picture.save(buffer, "png", compress_level=_COMPRESSION)
        return buffer.getvalue()

    # ---- inside ----------------------------------------------------------------------------------

    def _place_axes(self) -> None:
        left, right, bottom, top = self._margins
        width, height = self.figure.get_size_inches()
        inside = max(width - left - right, 0.5), max(height - bottom - top, 0.5)
        self.axes.set_position(
            (left / width, bottom / height, inside[0] / width, inside[1] / height)
        )
        self._ground = None

    def _shape(self) -> tuple[float, ...]:
        return (*self.figure.bbox.size, self.figure.dpi)

    def _on_draw(self, _event: Event) -> None:
        """Cache the ground that has just been drawn, and paint the animated artists over it."""
        if not self.canvas.is_saving():
            self._ground = (self._shape(), self.canvas.copy_from_bbox(self.figure.bbox))
            self._paint_on_ground()

    def _paint_on_ground(self) -> None:
        self.paint_under()
        self._background = self.canvas.copy_from_bbox(self.figure.bbox)
        self.paint_over()

    def _on_resize(self, _event: Event) -> None:
        self._place_axes()
        self.place_labels()


def _png(pixels: NDArray[np.uint8]) -> bytes:
    """Return a picture as a PNG: (height, width, 4), whose opacity is left out.

    Its rows are not filtered. Libraries try five filters on each row, which takes most of their
    time, and drawn lines on an even ground come out no smaller.
    """
    height, width, _ = pixels.shape
    rows = np.zeros((height, 1 + 3 * width), np.uint8)  # each begins with its filter: none
    rows[:, 1:] = pixels[..., :3].reshape(height, -1)
    header = struct.pack(">2I5B", width, height, 8, 2, 0, 0, 0)  # 8 bits, red, green and blue
    data = zlib.compress(rows.tobytes(), _COMPRESSION)
    parts = [b"IHDR" + header, b"IDAT" + data, b"IEND"]
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(part) - 4) + part + struct.pack(">I", zlib.crc32(part))
        for part in parts
    )
