"""Page and cells at one trainer, at the same time: no lost update, no blank canvas, no exception.

Where messages come through a subshell, a round's cell first waits until a request of the page has
the trainer in its hands, in another thread, and then goes to work. Elsewhere the kernel does all of
a round's cell first, and then what the page has asked for meanwhile.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from PIL import Image

from tests.kernel.harness import Comm, Kernel
from tests.kernel.page import WAYS, Page, Shells
from tests.lanes import COLAB, COLAB_IPYMPL

ROUNDS = 200
WITH_CANVAS = [way._replace(lane=COLAB_IPYMPL) if way.lane is COLAB else way for way in WAYS]

# Slices of work are made ten times shorter, so that there are more seams between them.
WATCHED = """
import threading, time
from linreg_widget import pace

pace._SHORTEST = pace._LONGEST = 0.005
page_at_work = threading.Event()
waiting_in_vain = advanced = 0

def watch(name):
    verb = getattr(widget.trainer, name)
    def watched(*arguments, **options):
        global advanced
        if threading.current_thread() is not threading.main_thread():
            page_at_work.set()
        result = verb(*arguments, **options)
        if name == "advance":
            advanced += result
        return result
    setattr(widget.trainer, name, watched)

def begin(wait):
    global waiting_in_vain
    if wait and not page_at_work.wait(20):
        waiting_in_vain += 1
    page_at_work.clear()
"""

# What a cell may look at meanwhile.
LOOKING = """
assert len(widget.trainer.recording.to_frame()) >= 3
assert widget.trainer.loss() > 0 and widget.trainer.to_script()
"""

pytestmark = [
    pytest.mark.slow,
    pytest.mark.parametrize("shells", WITH_CANVAS, ids=str, indirect=True),
]


@pytest.fixture
def page(request: pytest.FixtureRequest, shells: Shells, kernel: Kernel) -> Iterator[Page]:
    """Yield a page with a canvas for tests of what is drawn, since drawing takes long."""
    plot = "ipympl" if "draw" in request.node.name else None
    options = f"learning_rate=1e-6, epochs=10**6, plot={plot!r}"
    with shells.page(f"TrainerWidget({options})") as page:
        kernel.execute(WATCHED)
        kernel.errors.clear()
        yield page


def rounds(shells: Shells) -> Iterator[str]:
    """Yield the first line of each round's cell, with the messages drawn to the subshell."""
    for _ in range(ROUNDS):
        shells.draw_messages("widget.panel")
        yield f"begin(wait={shells.subshell is not None})\n"


def assert_nothing_went_wrong(page: Page, kernel: Kernel) -> None:
    assert kernel.errors == []
    assert page.comm.state["_alert"] == ""
    assert kernel.eval("waiting_in_vain") == 0
    assert kernel.eval("len(widget.trainer.recording)") == kernel.eval("widget.update")
    assert kernel.eval("replayed()")


def test_steps_by_button_and_steps_in_a_cell_are_all_made(
    page: Page, kernel: Kernel, shells: Shells
) -> None:
    kernel.execute("watch('step')")
    made = 0
    for begin in rounds(shells):
        asked = [page.ask("step", by="update")]
        cell = kernel.start(f"{begin}for _ in range(3): widget.step()")
        asked += [page.ask("step", by="update") for _ in range(2)]
        kernel.finish(cell)
        page.wait(asked)
        made += 6
        assert page.comm.state["update"] == made
    assert kernel.eval("widget.trainer.position.update") == made == 6 * ROUNDS
    assert_nothing_went_wrong(page, kernel)


def test_a_cell_uses_the_trainer_while_the_page_runs_it(
    page: Page, kernel: Kernel, shells: Shells
) -> None:
    kernel.execute("watch('advance')")
    page.do("run")
    made = 0
    for begin in rounds(shells):
        asked = [page.ask("advance"), page.ask("advance")]
        kernel.execute(f"{begin}for _ in range(3): widget.trainer.step()\n{LOOKING}")
        page.wait(asked)
        made += 3
        assert page.comm.state["status"] == "running"
        assert kernel.eval("widget.trainer.position.update - advanced") == made
    page.do("pause")
    assert kernel.eval("advanced") >= 2 * ROUNDS, "each request was given at least one update"
    assert_nothing_went_wrong(page, kernel)


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
