"""What the tests of the loss plot share: a lock that counts, frames, messages and pictures."""

from __future__ import annotations

import base64
import io

import numpy as np
from matplotlib.colors import to_rgb
from numpy.typing import NDArray
from PIL import Image

from linreg_widget.panel.closing.held import open_widgets
from linreg_widget.plots.loss import LossPlot

Pixels = NDArray[np.uint8]
"""Shape (height, width, 3)."""


class Lock:
    """A lock that knows how often it is held and how often it was taken."""

    def __init__(self) -> None:
        self.depth = self.taken = 0

    def __enter__(self) -> None:
        self.depth += 1
        self.taken += 1

    def __exit__(self, *_: object) -> None:
        self.depth -= 1


def registered() -> int:
    """Count the live widgets."""
    return len(open_widgets())


def captured(plot: LossPlot) -> list[bytes]:
    """Collect the frames that a plot's canvas sends from now on."""
    frames: list[bytes] = []

    def send(_content: object, buffers: list[bytes] | None = None) -> None:
        frames.extend(buffers or [])

    plot.widget.send = send
    return frames


def message(plot: LossPlot, **content: object) -> None:
    """Let the page say something to the canvas."""
    plot.widget._handle_custom_msg(content, [])


def latest(plot: LossPlot) -> bytes:
    """Return the picture in the widget's state, as a page without a kernel would get it."""
    state = plot.widget.get_state()
    prefix, data = state["_data_url"].split(",")
    assert prefix == "data:image/png;base64"
    return base64.b64decode(data)


def pixels(png: bytes) -> Pixels:
    """Decode a PNG."""
    return np.asarray(Image.open(io.BytesIO(png)).convert("RGB"))


def holds(image: Pixels, colour: str) -> bool:
    """Tell whether some pixels are of a colour, as good as exactly."""
    rgb = np.rint(255 * np.array(to_rgb(colour)))
    return bool((np.abs(image - rgb).max(axis=2) <= 3).any())


def is_blank(image: Pixels) -> bool:
    """Tell whether all pixels are of one colour."""
    return bool((image == image[0, 0]).all())
