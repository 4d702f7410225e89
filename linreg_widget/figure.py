"""The figure of a training run: what the loss plot draws, whatever it is then shown on.

A frame is painted, not plotted: the curves lie on a stored picture of axes, ticks and marks, which
is drawn anew only when something on it has changed. That costs a fraction of a whole drawing.

The figure is made without pyplot, so that it is in no registry that would keep it alive, and in
matplotlib's default style, so that the notebook's own style does not reach into it.
"""

from __future__ import annotations

import io
import threading
from typing import TYPE_CHECKING, Any, cast

import matplotlib.style
import numpy as np
from matplotlib.figure import Figure
from PIL import Image

from .colours import CARD, DIM
from .curves import Curves
from .marks import Marks
from .scales import Scales

if TYPE_CHECKING:
    from matplotlib.backend_bases import Event
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.legend import Legend

    from .training import Trainer

__all__ = ["DRAWING", "SHOWN", "LossFigure"]

DRAWING = threading.RLock()
"""Held while drawing, inside the widget's lock: two widgets may be on two threads."""

SHOWN = frozenset({"batch", "epoch", "full", "floor", "branches", "runs"})
"""What can be shown: losses of batches, means of epochs, losses over all rows, the least-squares
loss, futures that were left, and runs that were kept."""

_STYLE: list[str | dict[str, Any]] = ["default", {"text.parse_math": False, "font.size": 9}]
_SIZE = (8, 3)  # inches
_DPI = 100
_LEFT, _RIGHT, _BOTTOM, _TOP = 0.80, 0.20, 0.56, 0.34  # margins, inches
_COLOURS = 256
_BATCH, _BATCHES = "batch loss", "batch loss, from least to greatest"


class LossFigure:
    """The loss of a run as a matplotlib figure.

    Parameters
    ----------
    floor : float
        The least-squares loss of the table, or NaN.
    """

    def __init__(self, floor: float) -> None:
        self._version = -1
        self._background: tuple[tuple[float, ...], object] | None = None
        with matplotlib.style.context(_STYLE):
            self.figure = Figure(figsize=_SIZE, dpi=_DPI, facecolor=CARD)
            self._axes = self.figure.add_subplot()
            self.scales = Scales(self._axes)
            self.marks = Marks(self._axes, floor)
            self.curves = Curves(self._axes)
            self._shown = SHOWN
            self._legend = self._make_legend()
        self._place_axes()
        self.figure.canvas.mpl_connect("draw_event", self._on_draw)
        self.figure.canvas.mpl_connect("resize_event", self._on_resize)

    def follow(self, trainer: Trainer, seconds: float, shown: frozenset[str] = SHOWN) -> None:
        """Take over a trainer's state; `paint` then shows it.

        Parameters
        ----------
        trainer : Trainer
        seconds : float
            How long the trainer may work on full-data losses not yet known.
        shown : frozenset of str
            What of ``SHOWN`` is to be seen.
        """
        recording, other = trainer.recording, shown != self._shown
        self._shown = shown
        self.curves.follow(trainer, seconds)
        if other:
            self.curves.show(shown)
            self._legend.remove()
            with matplotlib.style.context(_STYLE):
                self._legend = self._make_legend()
        anew = other or recording.version != self._version
        changed = [
            other,
            self.marks.follow(
                trainer, self.curves.envelope.first_bad or recording.diverged_at or 0, shown
            ),
            self._name_batches(),
            self.scales.reach_over(trainer),
            self.scales.rise_to(*self.marks.span(*self.curves.span()), anew=anew),
        ]
        self._version = recording.version
        if any(changed):
            self.marks.place_labels()
            self._background = None

    def paint(self) -> None:
        """Draw a frame on the figure's canvas: only the curves, where the background still fits."""
        canvas = self._canvas()
        if self._background is None or self._background[0] != self._shape():
            canvas.draw()
            return
        canvas.restore_region(self._background[1])
        self.curves.paint()
        canvas.blit()

    def png(self, *, fine: bool) -> bytes:
        """Return the painted frame as a PNG: in full colour, or with 256 colours.

        256 colours take a third of the bytes and half the time; a moving picture does not show it.
        """
        picture = Image.fromarray(np.asarray(self._canvas().buffer_rgba())).convert("RGB")
        if not fine:
            card = picture.getpixel((0, 0))
            picture = picture.quantize(_COLOURS, Image.Quantize.FASTOCTREE)
            # The quantizer takes means of near colours; the card is to stay what it is.
            palette, index = picture.getpalette() or [], 3 * cast("int", picture.getpixel((0, 0)))
            palette[index : index + 3] = cast("tuple[int, int, int]", card)
            picture.putpalette(palette)
        buffer = io.BytesIO()
        picture.save(buffer, "png")
        return buffer.getvalue()

    # ---- inside ----------------------------------------------------------------------------------

    def _canvas(self) -> FigureCanvasAgg:
        return cast("FigureCanvasAgg", self.figure.canvas)

    def _make_legend(self) -> Legend:
        named = {
            "batch": (self.curves.batch, _BATCH),
            "epoch": (self.curves.epoch, "epoch mean"),
            "full": (self.curves.full, "full data"),
        }
        handles = [named[name] for name in named if name in self._shown]
        return self._axes.legend(
            [line for line, _ in handles],
            [words for _, words in handles],
            labelcolor=DIM,
            loc="lower left",
            bbox_to_anchor=(0, 1),
            ncols=3,
            frameon=False,
            borderaxespad=0.2,
            borderpad=0.2,
            columnspacing=2.2,
        )

    def _name_batches(self) -> bool:
        words = _BATCH if self.curves.envelope.stride == 1 else _BATCHES
        text = self._legend.get_texts()[0] if "batch" in self._shown else None
        if text is None or text.get_text() == words:
            return False
        text.set_text(words)
        return True

    def _place_axes(self) -> None:
        """Keep the margins' size in inches whatever the figure's."""
        width, height = self.figure.get_size_inches()
        inside = max(width - _LEFT - _RIGHT, 0.5), max(height - _BOTTOM - _TOP, 0.5)
        self._axes.set_position(
            (_LEFT / width, _BOTTOM / height, inside[0] / width, inside[1] / height)
        )
        self._background = None

    def _shape(self) -> tuple[float, ...]:
        return (*self.figure.bbox.size, self.figure.dpi)

    def _on_draw(self, _event: Event) -> None:
        """Keep the background that has just been drawn, and paint the curves on it."""
        canvas = self._canvas()
        if not canvas.is_saving():
            self._background = (self._shape(), canvas.copy_from_bbox(self.figure.bbox))
            self.curves.paint()

    def _on_resize(self, _event: Event) -> None:
        self._place_axes()
        self.marks.place_labels()
