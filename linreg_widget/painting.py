"""A figure that is painted, not plotted: moving artists on a stored picture of all the others.

The picture is drawn anew only when something on it has changed. A frame then costs a fraction of a
whole drawing.

Such a figure is made without pyplot, so that it is in no registry that would keep it alive, and in
matplotlib's default style, so that the notebook's own style does not reach into it.
"""

from __future__ import annotations

import io
import threading
from typing import TYPE_CHECKING, Any, cast

import numpy as np
from matplotlib.figure import Figure
from PIL import Image

from .colours import CARD

if TYPE_CHECKING:
    from matplotlib.backend_bases import Event
    from matplotlib.backends.backend_agg import FigureCanvasAgg

__all__ = ["DRAWING", "STYLE", "Painting"]

DRAWING = threading.RLock()
"""Held while drawing, inside the widget's lock: two widgets may be on two threads."""

STYLE: list[str | dict[str, Any]] = ["default", {"text.parse_math": False, "font.size": 9}]
"""For ``matplotlib.style.context``, around all that makes texts."""

_DPI = 100
_COLOURS = 256
_COMPRESSION = 3  # of 9: a tenth more bytes than the usual 6, in three quarters of the time


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
