"""Page and cells draw on one canvas, at the same time: it is never blank, nor out of date."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from PIL import Image

from tests.kernel.harness import Comm, Kernel
from tests.kernel.page import Page, Shells, tried
from tests.kernel.rounds import (
    ROUNDS,
    WITH_CANVAS,
    assert_nothing_went_wrong,
    rounds,
    watched,
)

pytestmark = [
    pytest.mark.slow,
    pytest.mark.parametrize("shells", tried(WITH_CANVAS), indirect=True),
]


@pytest.fixture
def page(shells: Shells) -> Iterator[Page]:
    with watched(shells, "ipympl") as page:
        yield page


def test_what_page_and_cell_draw_is_never_blank(page: Page, kernel: Kernel, shells: Shells) -> None:
    kernel.execute("watch('step')")
    canvas = kernel.comm_of("widget.plot.widget")
    kernel.handled(canvas.send({"type": "initialized"}, subshell=shells.subshell))
    kernel.handled(
        canvas.send({"type": "resize", "width": 300, "height": 150}, subshell=shells.subshell)
    )
    canvas.messages.clear()
    for begin in rounds(shells):
        shells.draw_messages("widget.plot.widget")
        asked = [page.ask("step", by="update")]
        drawn = canvas.send({"type": "draw"}, subshell=shells.subshell)
        kernel.execute(f"{begin}widget.step()")
        page.wait(asked)
        kernel.handled(drawn)
    frames = frames_of(canvas)
    assert len(frames) >= 2 * ROUNDS, "the page has asked for one a round, and the cell made one"
    kernel.execute("widget.plot.refresh(force=True)")
    kernel.wait(lambda: frames_of(canvas) != frames, "no frame came")
    assert frames_of(canvas)[-1] == frames[-1], "the page showed the last update"
    assert not any(is_of_one_colour(frame) for frame in set(frames))
    assert kernel.eval("widget.trainer.position.update") == 2 * ROUNDS
    assert_nothing_went_wrong(page, kernel)


def frames_of(canvas: Comm) -> list[bytes]:
    """Return all pictures that a canvas has sent."""
    return [
        buffer
        for message in canvas.messages
        for buffer in message.buffers
        if message.method == "custom"
    ]


def is_of_one_colour(png: bytes) -> bool:
    """Decode a picture, and tell whether nothing is on it."""
    pixels: Any = np.asarray(Image.open(io.BytesIO(png)).convert("RGB"))
    return bool((pixels == pixels[0, 0]).all())
