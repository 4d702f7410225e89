"""The widgets that a figure can be shown in, and how often it is drawn.

A plot looks at a trainer when it is told to, and draws what it sees on ipympl's canvas. Without
ipympl the page draws the losses, and the valley is a plain image. A plot is told far more often
than it draws: at most five times a second, and for at most a tenth of the time, so that a slow
machine spends its time on training.
"""

from __future__ import annotations

import contextlib
import importlib
import math
import sys
from typing import TYPE_CHECKING, Literal

import ipywidgets
from matplotlib.backends.backend_agg import FigureCanvasAgg

from linreg_widget import clock
from linreg_widget.errors import SettingsError
from linreg_widget.messages import say
from linreg_widget.quiet import quietly

from .painting import DRAWING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .painting import Painting

_MOST_PER_SECOND = 5
_IMAGE_SCALE = 1.5  # image pixels per pixel of the page, whose own ratio is not known
_SHARE = 0.1  # of the time: what drawing may take
_MOST_CREDIT = 0.1  # seconds of drawing that can be saved up


def resolved(backend: str | None, instead: Literal["page", "image"]) -> str:
    """Decide what to draw on: "ipympl", what there is instead, or "none".

    Parameters
    ----------
    backend : {"auto", "ipympl", "page", "image", "none"}
        What is asked for; of "page" and "image" only the one there is. None is "none".
    instead : {"page", "image"}
        What "auto" is in Google Colab and where ipympl cannot be imported.

    Raises
    ------
    SettingsError
        If it is none of these, or is "ipympl" and that cannot be imported.
    """
    if backend is None:
        return "none"
    known = ("auto", "ipympl", instead, "none")
    if backend not in known:
        raise SettingsError(say("fields.plot", value=repr(backend), names=", ".join(known)))
    if backend == "auto" and "google.colab" in sys.modules:
        return instead  # Colab has no ipympl, and asks before it loads third-party widgets
    if backend in (instead, "none"):
        return backend
    try:
        importlib.import_module(".canvas", __package__)
    except ImportError as error:
        if backend == "auto":
            return instead
        raise SettingsError(say("fields.no_ipympl", why=error, instead=repr(instead))) from error
    return "ipympl"


class PlainImage(ipywidgets.Image):  # type: ignore[misc]  # ipywidgets publishes no types
    """The figure as a plain image, for notebooks without ipympl."""

    def __init__(self, painting: Painting) -> None:
        super().__init__(format="png", layout={"width": "100%", "height": "auto"})
        self.layout.max_width = f"{painting.figure.bbox.width:.0f}px"
        painting.figure.set_dpi(_IMAGE_SCALE * painting.figure.dpi)
        FigureCanvasAgg(painting.figure)
        self._painting: Painting | None = painting
        self.add_class("linreg-plot")

    @quietly
    def show_frame(self, *, fine: bool) -> None:
        """Paint the figure's state and send it."""
        if self._painting is not None:
            with DRAWING:
                self._painting.paint()
                self.value = self._painting.png(fine=fine)

    def close(self) -> None:
        """Close this widget and its layout, and release the figure."""
        self.layout.close()
        super().close()
        self._painting, self.value = None, b""


class Throttle:
    """Says when the next frame may be drawn.

    Each second earns a tenth of a second of credit, and a frame costs the time it took. So a rare
    slow frame does not stop the plot if the frames before it were quick.
    """

    def __init__(self) -> None:
        self._start = -math.inf
        self._credit, self._seen = _MOST_CREDIT, clock.now()

    def is_due(self) -> bool:
        """Tell whether it is time for another frame, and there is credit for one."""
        now = clock.now()
        self._credit = min(self._credit + _SHARE * (now - self._seen), _MOST_CREDIT)
        self._seen = now
        return self._credit > 0 and now - self._start >= 1 / _MOST_PER_SECOND

    def wait(self, seconds: float) -> None:
        """Let no frame be drawn for so long."""
        self._start = clock.now() + seconds - 1 / _MOST_PER_SECOND

    @contextlib.contextmanager
    def measured(self, *, free: bool) -> Iterator[None]:
        """Charge for the time that a frame takes; ``free`` for a run at rest."""
        self._start = clock.now()
        try:
            yield
        finally:
            if not free:
                self._credit -= clock.now() - self._start
