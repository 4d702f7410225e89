"""A plot's canvas in a notebook: ipympl's, under the widget's lock and without pyplot.

ipympl's `Canvas` shows the figure, and its `FigureManager`, here in no registry, answers the page's
messages. The page asks for a toolbar, so there is one, hidden. Mouse and keyboard are not answered:
a plot is to be read, and matplotlib's shortcuts (L toggles the log axis) would surprise. The one
exception is a press of the first mouse button, for a plot that asks for it.

Every frame is a whole picture. ipympl's own frames hold only what changed since the last one, so a
page too busy to show each of them is left with remains of old curves.
"""

from __future__ import annotations

import math
import warnings
from base64 import b64encode
from typing import TYPE_CHECKING, Any, TypeGuard

import matplotlib as mpl

from linreg_widget.quiet import quietly

from .painting import DRAWING, READ_LATE, own_style

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from contextlib import AbstractContextManager

    from .screens import Drawn

__all__ = ["PlotCanvas"]

# Importing ipympl makes it the session's back end if matplotlib is loaded. A plot inside a widget
# must not change where the notebook's own figures appear, so that call is let go unheard.
_use, mpl.use = mpl.use, lambda *_args, **_options: None
try:
    from ipympl.backend_nbagg import Canvas, FigureManager
finally:
    mpl.use = _use

_ANSWERED = {
    "closing",
    "draw",
    "initialized",
    "refresh",
    "resize",
    "send_image_mode",
    "set_device_pixel_ratio",
    "set_dpi_ratio",
}


class PlotCanvas(Canvas):  # type: ignore[misc]  # ipympl publishes no types
    """A figure's widget, which takes a lock around its messages and its drawing.

    Parameters
    ----------
    drawn : Drawn
        What it shows; the figure's canvas from now on.
    lock : context manager
        The widget's lock, re-entrant.
    label : str
        What it is called.
    pressed : callable, optional
        Called under the lock with the place, in the figure's pixels from the lower left, at which
        a reader presses the first mouse button.
    """

    def __init__(
        self,
        drawn: Drawn,
        lock: AbstractContextManager[object],
        label: str,
        pressed: Callable[[float, float], None] | None = None,
    ) -> None:
        self._drawn: Any = drawn
        self._lock = lock
        self._pressed = pressed
        self._fine = True
        self._frame = b""
        self._url_is_old = False
        super().__init__(drawn.figure)
        # The page asks for a toolbar, whatever the notebook's own figures have; and
        # traitlets warns about how ipympl makes it.
        with own_style(["toolbar"]), warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            FigureManager(self, 0)
        width, height = drawn.figure.get_size_inches() * drawn.figure.dpi
        self._set_device_pixel_ratio(Canvas.current_dpi_ratio)
        with self.hold_sync():
            self._size = (width, height)  # or a page without a kernel reserves no room
            self._figure_label = label
            self.header_visible = self.footer_visible = self.resizable = False
            self.toolbar_visible = "hidden"
            self.add_class("linreg-plot")

    @quietly
    def show_frame(self, *, fine: bool) -> None:
        """Paint the figure's state and send it, with or without an answering page."""
        with self._lock, DRAWING:
            self._fine = fine
            try:
                self._drawn.paint()
            finally:
                self._fine = True

    @quietly
    def resize(self, width: float, height: float) -> None:
        """Take another size, in a page's pixels."""
        with self._lock, DRAWING, own_style(READ_LATE):
            self.handle_resize({"width": width, "height": height})

    @quietly
    def draw(self) -> None:
        """Draw everything and send it."""
        with self._lock, own_style(READ_LATE):
            super().draw()

    def get_diff_image(self) -> bytes:
        """Return the frame to be sent: all of it, always."""
        self._png_is_old = False
        frame: bytes = self._drawn.png(fine=self._fine)
        return frame

    def send_binary(self, data: bytes) -> None:
        """Send a frame to all windows, and keep it for pages that have no kernel."""
        self._frame, self._url_is_old = data, True
        if self.syncing_data_url and self._fine:  # no window yet, perhaps never: nbclient
            self._renew_url()
        self.send({"data": '{"type": "binary"}'}, buffers=[data])

    def get_state(self, key: str | Iterable[str] | None = None, drop_defaults: bool = False) -> Any:  # noqa: FBT001, FBT002
        """Return the widget's state with the latest frame, which ipympl no longer keeps in it."""
        with self._lock:
            wanted = self.keys if key is None else {key} if isinstance(key, str) else key
            if self._url_is_old and "_data_url" in wanted:
                self._renew_url()
            return super().get_state(key, drop_defaults)

    def set_cursor(self, cursor: object) -> None:
        """Leave the mouse pointer alone; matplotlib would change it for each drawing."""

    def close(self) -> None:
        """Close this widget and those that it made, and let go of the figure."""
        with self._lock:
            for widget in (self.toolbar.layout, self.toolbar, self.layout):
                widget.close()
            super().close()
            self._frame, self._data_url = b"", ""
            self._drawn = self.figure = self.renderer = self._pressed = None

    def _renew_url(self) -> None:
        """Keep the frame with the prefix that makes it an address; ipympl forgets it in boxes."""
        self._url_is_old = False
        self._data_url = "data:image/png;base64," + b64encode(self._frame).decode()

    @quietly
    def _handle_message(self, sender: object, content: dict[str, Any], buffers: object) -> None:
        if content.get("type") == "button_press" and self._pressed is not None:
            self._press(content)
        if content.get("type") not in _ANSWERED:
            return
        with self._lock, DRAWING:
            super()._handle_message(sender, content, buffers)
            if content["type"] == "initialized":
                self.send_state("resizable")  # each window begins with a handle of its own accord

    def _press(self, content: dict[str, Any]) -> None:
        """Tell of a press. The page counts from the top, in pixels of the canvas, not its own."""
        x, y = content.get("x"), content.get("y")
        if content.get("button") != 0 or not (_is_number(x) and _is_number(y)):
            return
        with self._lock:
            if self._pressed is not None:
                self._pressed(x, self._drawn.figure.bbox.height - y)


def _is_number(value: object) -> TypeGuard[float]:
    return isinstance(value, int | float) and math.isfinite(value)
