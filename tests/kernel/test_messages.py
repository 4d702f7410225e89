"""What a run sends: few messages, few bytes, and JSON that every page can read.

At most 100 messages and 250 kB are to go out in a second. A time is nothing to assert on, so they
are counted by slices of work: a page asks for one after the other, each is 0.05 s long or more, and
so a second holds 20 of them at most. The clock that the kernel goes by is moved by just that.
"""

from __future__ import annotations

import math

import pytest

from tests.kernel.harness import Kernel
from tests.kernel.page import Page, Shells, Way
from tests.lanes import COLAB_IPYMPL, HERE

SLICES = 100
SLICES_A_SECOND = 20
MOST_MESSAGES, MOST_BYTES, MOST_FRAMES = 100, 250_000, 5

# Training itself takes a tenth of what the clock says, so that the test is quick.
CLOCK = """
from unittest.mock import patch
from linreg_widget.panel import readings
from linreg_widget.plots import screens
time = 0.0
class Clock:
    now = staticmethod(lambda: time)
for module in readings, screens:
    patch.object(module, "clock", Clock).start()
widget.plot._throttle = screens.Throttle()  # the one before it has seen another clock
advance = widget.trainer.advance
slices = 0
def advanced(seconds, updates=None):
    global time, slices
    time, slices = time + 0.05, slices + 1
    return advance(0.005, updates)
widget.trainer.advance = advanced
"""

# Jupyter puts words in the place of numbers that JSON lacks, and a word is no number.
STRICT = """
import json
session, unfit = get_ipython().kernel.session, []
packed = session.pack
def pack(content):
    try:
        json.dumps(content, default=str, allow_nan=False)
    except ValueError:
        unfit.append(repr(content))
    return packed(content)
session.pack = pack
"""

LATEST, COLABS = Way(HERE, subshell=True), Way(COLAB_IPYMPL, subshell=False)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("shells", "updates"),
    [
        (LATEST, 10_000),
        (COLABS, 1_000),
        pytest.param(LATEST, 1_000, marks=pytest.mark.matrix),
        pytest.param(LATEST, 50_000, marks=pytest.mark.matrix),
    ],
    ids=str,
    indirect=["shells"],
)
def test_a_run_at_full_speed_sends_few_messages_and_few_bytes(
    shells: Shells, kernel: Kernel, updates: int
) -> None:
    options = "learning_rate=1e-6, epochs=10**7, plot='ipympl'"
    with shells.page(f"TrainerWidget({options})") as page:
        canvas = kernel.comm_of("widget.plot.widget")
        for asked in ("initialized", "draw"):
            kernel.handled(canvas.send({"type": asked}, subshell=shells.subshell))
        for _ in range(updates // 1000):
            kernel.execute("widget.trainer.advance(float('inf'), 1000)")
        kernel.execute(CLOCK)
        page.do("run")
        canvas.messages.clear()
        kernel.published.clear()
        ask_for_slices(page)
        sent = [size for _, size in kernel.published]
        frames = [message for message in canvas.messages if message.buffers]
        page.do("pause")
        assert kernel.eval("slices") == SLICES
        assert kernel.eval("widget.update") > updates
    assert len(sent) > 2 * SLICES, "each slice was answered, and its state told"
    assert len(sent) / SLICES * SLICES_A_SECOND <= MOST_MESSAGES
    assert sum(sent) / SLICES * SLICES_A_SECOND <= MOST_BYTES
    assert SLICES / SLICES_A_SECOND <= len(frames) <= MOST_FRAMES * SLICES / SLICES_A_SECOND + 1


def ask_for_slices(page: Page) -> None:
    """Keep two requests in flight, as a page does, and stop asking after so many."""
    asked = [page.ask("advance"), page.ask("advance")]
    while len(asked) < SLICES:
        page.wait(asked[-2:-1])
        asked.append(page.ask("advance"))
    page.wait(asked)


@pytest.mark.parametrize("shells", [LATEST, COLABS], ids=str, indirect=True)
def test_no_message_holds_a_number_that_json_lacks(shells: Shells, kernel: Kernel) -> None:
    kernel.execute(STRICT)
    with shells.page("TrainerWidget(learning_rate=1.0, plot='ipympl')") as page:
        page.do("step", by="phase")
        page.do("step", by="update")
        page.do("keep")
        page.do("run")
        page.pull(lambda: page.comm.state["status"] == "diverged")
        assert not all(map(math.isfinite, page.losses())), "bytes may hold them"
        page.do("keep")
        page.do("tape")
        kernel.execute("widget.tab = 'valley'")
        page.do("back", by="phase")
        page.do("rescue", to="start")
        assert page.comm.state["_alert"] == ""
        assert kernel.eval("unfit") == []
        kernel.execute("widget.panel.send({'loss': float('nan')})")
        assert len(kernel.eval("unfit")) == 1, "it would have been seen"
        kernel.execute("session.pack = packed")


def test_words_and_numbers_of_a_frame_come_in_one_message(shells: Shells, kernel: Kernel) -> None:
    with shells.page("TrainerWidget(learning_rate=1e-5, plot=None)") as page:
        page.comm.messages.clear()
        page.do("step", by="phase")
        updates = [one.content for one in page.comm.messages if one.method == "update"]
        (whole,) = [content for content in updates if {"_frame", "_frame_data"} & content.keys()]
        assert {"_frame", "_frame_data", "_phase"} <= whole.keys()
