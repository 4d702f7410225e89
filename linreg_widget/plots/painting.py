"""A figure that is painted, not plotted: moving artists on a stored picture of all the others.

The picture is drawn anew only when something on it has changed. A frame then costs a fraction of a
whole drawing.

Such a figure is made without pyplot, so that it is in no registry that would keep it alive.

It is the widget's and looks the same everywhere: its colours, sizes and fonts fit one another, and
the page turns them over for a dark theme. So the notebook's ``rcParams`` do not reach into it.
"""

from __future__ import annotations

import contextlib
import io
import threading
from typing import TYPE_CHECKING, Any, cast

import matplotlib as mpl
import numpy as np
from matplotlib.figure import Figure
from PIL import Image

from linreg_widget.quiet import quiet

from .colours import CARD
from .fonts import FONT

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from matplotlib.backend_bases import Event
    from matplotlib.backends.backend_agg import FigureCanvasAgg

__all__ = ["DRAWING", "READ_LATE", "Painting", "own_style"]

DRAWING = threading.RLock()
"""Held while drawing, inside the widget's lock: two widgets may be on two threads."""

# Not how a figure looks, but where and how this session shows it.
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
"""What matplotlib reads when it draws or changes an artist, and no artist keeps."""

_DPI = 100
_COLOURS = 256
_COMPRESSION = 3  # of 9: a tenth more bytes than the usual 6, in three quarters of the time


@contextlib.contextmanager
def own_style(names: Iterable[str] = _STYLE) -> Iterator[None]:
    """Draw in the widget's own style, whatever the notebook's rcParams say.

    rcParams are the whole session's, and a cell may read and write them meanwhile in another
    thread. So only those are touched that differ, and put back unless the cell has set them: as a
    rule, none. ``matplotlib.style.context`` replaces all, which takes 30 ms, and then undoes what
    the cell has set.

    Parameters
    ----------
    names : iterable of str
        What is about to be read.
    """
    current = cast("dict[str, Any]", mpl.rcParams)
    with DRAWING:
        # Through `dict`, for rcParams check each value, and ask for a back end where none is set.
        theirs = {name: dict.__getitem__(current, name) for name in names}
        theirs = {name: value for name, value in theirs.items() if value != _STYLE[name]}
        dict.update(current, {name: _STYLE[name] for name in theirs})
        try:
            yield
        finally:
            for name, value in theirs.items():
                if dict.__getitem__(current, name) is _STYLE[name]:
                    dict.__setitem__(current, name, value)


@quiet
class Painting:
    """A figure with one axes; what moves on it is painted by ``paint_over``.

    Parameters
    ----------
    size : tuple of float
        Width and height, inches.
    margins : tuple of float
        To the left, right, bottom and top of the axes, inches, whatever the figure's size.
    """

    def __init__(
        self, size: tuple[float, float], margins: tuple[float, float, float, float]
    ) -> None:
        self._margins = margins
        self._background: tuple[tuple[float, ...], object] | None = None
        self.figure = Figure(figsize=size, dpi=_DPI, facecolor=CARD)
        self.axes = self.figure.add_subplot()
        self._place_axes()
        self.figure.canvas.mpl_connect("draw_event", self._on_draw)
        self.figure.canvas.mpl_connect("resize_event", self._on_resize)

    @property
    def canvas(self) -> FigureCanvasAgg:
        """What it is drawn on."""
        return cast("FigureCanvasAgg", self.figure.canvas)

    def widen_right(self, inches: float) -> bool:
        """Let the margin to the right be so wide; return whether it changed."""
        if inches == self._margins[1]:
            return False
        self._margins = (self._margins[0], inches, *self._margins[2:])
        self._place_axes()
        return True

    def place_labels(self) -> None:
        """Put texts where there is room for them; called when the figure has another size."""

    def paint_over(self) -> None:
        """Paint the artists that move on the axes' canvas."""

    def forget_background(self) -> None:
        """Have the next frame drawn as a whole, since something that does not move has changed."""
        self._background = None

    def paint(self) -> None:
        """Draw a frame on the figure's canvas: only what moves, where the background still fits."""
        canvas = self.canvas
        with own_style(READ_LATE):
            if self._background is None or self._background[0] != self._shape():
                canvas.draw()
                return
            canvas.restore_region(self._background[1])
            self.paint_over()
            canvas.blit()

    def png(self, *, fine: bool) -> bytes:
        """Return the painted frame as a PNG: in full colour, or with 256 colours.

        256 colours take a third of the bytes and half the time; a moving picture does not show it.
        """
        picture = Image.fromarray(np.asarray(self.canvas.buffer_rgba())).convert("RGB")
        if not fine:
            card = picture.getpixel((0, 0))
            picture = picture.quantize(_COLOURS, Image.Quantize.FASTOCTREE)
            # The quantizer takes means of near colours; the card is to stay what it is.
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
        self._background = None

    def _shape(self) -> tuple[float, ...]:
        return (*self.figure.bbox.size, self.figure.dpi)

    def _on_draw(self, _event: Event) -> None:
        """Keep the background that has just been drawn, and paint on it what moves."""
        if not self.canvas.is_saving():
            self._background = (self._shape(), self.canvas.copy_from_bbox(self.figure.bbox))
            self.paint_over()

    def _on_resize(self, _event: Event) -> None:
        self._place_axes()
        self.place_labels()
