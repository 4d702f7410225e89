"""What the plots share: the screens that a figure can be shown on, and how often it is drawn.

A plot looks at a trainer when it is told to, and draws what it sees on ipympl's canvas or, where
there is none, into a plain image. It is told far more often than it draws: at most five times a
second, and never for more than a tenth of the time, so that a slow machine trains, not draws.
"""

from __future__ import annotations

import contextlib
import importlib
import math
import sys
from typing import TYPE_CHECKING, Any, Protocol

import ipywidgets
from matplotlib.backend_bases import ResizeEvent
from matplotlib.backends.backend_agg import FigureCanvasAgg

from linreg_widget.errors import SettingsError
from linreg_widget.quiet import quietly

from .painting import DRAWING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager

    from matplotlib.figure import Figure

__all__ = ["BACKENDS", "Drawn", "PlainImage", "Throttle", "resolved", "screen_of"]

BACKENDS = ("auto", "ipympl", "image", "none")
_MOST_PER_SECOND = 5
_IMAGE_SCALE = 1.5  # image pixels for a page's pixel, since the page's own ratio is not known
_SHARE = 0.1  # of the time, that drawing may take
_MOST_CREDIT = 0.1  # seconds of drawing that may be saved up


class Drawn(Protocol):
    """A figure that can be shown: ``LossFigure``, ``ValleyFigure``."""

    figure: Figure

    def paint(self) -> None:
        """Draw a frame on the figure's canvas."""

    def png(self, *, fine: bool) -> bytes:
        """Return the painted frame as a PNG, in full colour or with fewer."""


def resolved(backend: str | None) -> str:
    """Decide what to draw on: "ipympl", "image" or "none".

    Raises
    ------
    SettingsError
        If it is none of ``BACKENDS``, or "ipympl" where that cannot be imported.
    """
    if backend is None:
        return "none"
    if backend not in BACKENDS:
        raise SettingsError(f"plot is {backend!r}; it must be one of {', '.join(BACKENDS)}.")
    if backend == "auto" and "google.colab" in sys.modules:
        return "image"  # Colab has no ipympl, and asks its readers before it loads foreign widgets
    if backend in ("image", "none"):
        return backend
    try:
        importlib.import_module(".canvas", __package__)
    except ImportError as error:
        if backend == "auto":
            return "image"
        raise SettingsError(
            f"plot is 'ipympl', but ipympl cannot be imported ({error}): install it, "
            "or use plot='image'."
        ) from error
    return "ipympl"


def screen_of(
    drawn: Drawn,
    lock: AbstractContextManager[object],
    backend: str,
    label: str,
    *,
    pressed: Callable[[float, float], None] | None = None,
) -> Any:
    """Return the widget that shows a figure.

    Parameters
    ----------
    drawn : Drawn
    lock : context manager
        The widget's lock, re-entrant.
    backend : {"ipympl", "image"}
    label : str
        What the canvas is called.
    pressed : callable, optional
        Called under the lock with the place, in the figure's pixels, at which a reader presses the
        first mouse button. An image hears of none.
    """
    if backend == "image":
        return PlainImage(drawn)
    from .canvas import PlotCanvas

    return PlotCanvas(drawn, lock, label, pressed)


class PlainImage(ipywidgets.Image):  # type: ignore[misc]  # ipywidgets publishes no types
    """The figure as a plain image, for notebooks without ipympl."""

    def __init__(self, drawn: Drawn) -> None:
        super().__init__(format="png", layout={"width": "100%", "height": "auto"})
        self.layout.max_width = f"{drawn.figure.bbox.width:.0f}px"
        drawn.figure.set_dpi(_IMAGE_SCALE * drawn.figure.dpi)
        FigureCanvasAgg(drawn.figure)
        self._drawn: Drawn | None = drawn
        self.add_class("linreg-plot")

    @quietly
    def show_frame(self, *, fine: bool) -> None:
        """Paint the figure's state and send it."""
        if self._drawn is not None:
            with DRAWING:
                self._drawn.paint()
                self.value = self._drawn.png(fine=fine)

    def resize(self, width: float, height: float) -> None:
        """Take another size, in a page's pixels."""
        if self._drawn is not None:
            ratio = _IMAGE_SCALE / self._drawn.figure.dpi
            self._drawn.figure.set_size_inches(width * ratio, height * ratio)
            self._drawn.figure.canvas.callbacks.process(
                "resize_event", ResizeEvent("resize_event", self._drawn.figure.canvas)
            )
            self.layout.max_width = f"{width:.0f}px"

    def close(self) -> None:
        """Close this widget and its layout, and let go of the figure."""
        self.layout.close()
        super().close()
        self._drawn, self.value = None, b""


class Throttle:
    """Says when the next frame may be drawn.

    Drawing has an account: time earns credit at a tenth of its length, and a frame costs what it
    took. So a rare frame that takes long does not stop the plot if those before were quick.

    Parameters
    ----------
    clock : callable
        Seconds.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._start = -math.inf
        self._credit, self._seen = _MOST_CREDIT, clock()

    def is_due(self) -> bool:
        """Tell whether it is time for another frame, and there is credit for it."""
        now = self._clock()
        self._credit = min(self._credit + _SHARE * (now - self._seen), _MOST_CREDIT)
        self._seen = now
        return self._credit > 0 and now - self._start >= 1 / _MOST_PER_SECOND

    @contextlib.contextmanager
    def measured(self, *, free: bool) -> Iterator[None]:
        """Time a frame, which a run at rest has for nothing."""
        self._start = self._clock()
        try:
            yield
        finally:
            if not free:
                self._credit -= self._clock() - self._start
