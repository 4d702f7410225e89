"""A plot's canvas in a notebook: ipympl's, under the widget's lock and without pyplot.

ipympl's `Canvas` shows the figure, and its `FigureManager`, here without pyplot's registry, answers
the page's messages. The page expects a toolbar, so there is a hidden one. Mouse and keyboard are
ignored: matplotlib's shortcuts (L toggles the log axis) would surprise a reader. The one exception
is a press of the main mouse button, for a plot that asks for it.

Every frame is a whole picture. ipympl's own frames hold only what changed since the last one, so a
page too busy to show each of them would keep remains of old curves.
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

    from matplotlib.figure import Figure

    from .painting import Painting

# Importing ipympl makes it the session's back end if matplotlib is loaded. A plot inside a widget
# must not change where the notebook's own figures appear, so that call does nothing here.
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
    """A figure's widget, which holds a lock while it answers messages and draws.

    Parameters
    ----------
    figure : Figure
        The figure to show; this becomes its canvas.
    lock : context manager
        The widget's lock, re-entrant.
    label : str
        The canvas's name.
    painting : callable
        Returns the figure's painting, ready to be drawn; the same one each time. First called,
        under the lock, when the page asks for a drawing, or for the state with its picture.
    pressed : callable, optional
        Called under the lock with the place, in the figure's pixels from the lower left, where the
        reader presses the main mouse button.
    """

    def __init__(
        self,
        figure: Figure,
        lock: AbstractContextManager[object],
        label: str,
        painting: Callable[[], Painting],
        pressed: Callable[[float, float], None] | None = None,
    ) -> None:
        self._painting: Callable[[], Painting] | None = None  # until this is ready, and once closed
        self._lock = lock
        self._pressed = pressed
        self._fine = True
        self._frame = b""
        self._url_is_old = False
        super().__init__(figure)
        # The page expects a toolbar, whatever the notebook's own figures have; and traitlets warns
        # about how ipympl makes it.
        with own_style(["toolbar"]), warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            FigureManager(self, 0)
        width, height = figure.get_size_inches() * figure.dpi
        self._set_device_pixel_ratio(Canvas.current_dpi_ratio)
        with self.hold_sync():
            self._size = (width, height)  # so that a page without a kernel reserves room
            self._figure_label = label
            self.header_visible = self.footer_visible = self.resizable = False
            self.toolbar_visible = "hidden"
            self.add_class("linreg-plot")
        self._painting = painting

    @property
    def is_drawn(self) -> bool:
        """Whether there is a frame yet."""
        return bool(self._frame)

    @quietly
    def show_frame(self, *, fine: bool) -> None:
        """Paint the figure's state and send it, with or without an answering page."""
        with self._lock, DRAWING:
            self._fine = fine
            try:
                self._painted().paint()
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
        with self._lock:
            self._painted()
            with own_style(READ_LATE):
                super().draw()

    def get_diff_image(self) -> bytes:
        """Return the frame to send: always a whole one."""
        self._png_is_old = False
        frame: bytes = self._painted().png(fine=self._fine)
        return frame

    def send_binary(self, data: bytes) -> None:
        """Send a frame to all windows, and keep it for pages without a kernel."""
        self._frame, self._url_is_old = data, True
        if self.syncing_data_url and self._fine:  # no window yet, or ever, as with nbclient
            self._renew_url()
        self.send({"data": '{"type": "binary"}'}, buffers=[data])

    def get_state(self, key: str | Iterable[str] | None = None, drop_defaults: bool = False) -> Any:  # noqa: FBT001, FBT002
        """Return the widget's state with the latest frame, which ipympl does not keep in it."""
        with self._lock:
            wanted = self.keys if key is None else {key} if isinstance(key, str) else key
            if self._painting is not None and not self.is_drawn and "_data_url" in wanted:
                self.draw()
            if self._url_is_old and "_data_url" in wanted:
                self._renew_url()
            return super().get_state(key, drop_defaults)

    def set_cursor(self, cursor: object) -> None:
        """Leave the mouse pointer as it is; matplotlib would change it at each drawing."""

    def close(self) -> None:
        """Close this widget and those that it made, and release the figure."""
        with self._lock:
            for widget in (self.toolbar.layout, self.toolbar, self.layout):
                widget.close()
            super().close()
            self._frame, self._data_url = b"", ""
            self._painting = self.figure = self.renderer = self._pressed = None

    def _painted(self) -> Any:
        """Return the painting, which is made for the first frame; None once this is closed."""
        return None if self._painting is None else self._painting()

    def _renew_url(self) -> None:
        """Keep the frame as a data URL; ipympl forgets the prefix if the canvas is in a box."""
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
                self.send_state("resizable")  # by default, each window has a resize handle

    def _press(self, content: dict[str, Any]) -> None:
        """Report a press. The page counts from the top, in the canvas's pixels, not its own."""
        x, y = content.get("x"), content.get("y")
        if content.get("button") != 0 or not (_is_number(x) and _is_number(y)):
            return
        with self._lock:
            if self._pressed is not None:
                self._pressed(x, self._painted().figure.bbox.height - y)


def _is_number(value: object) -> TypeGuard[float]:
    return isinstance(value, int | float) and math.isfinite(value)
