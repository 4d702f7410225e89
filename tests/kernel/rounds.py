"""Rounds in which a page and a cell are at one trainer at the same time.

Where messages come through a subshell, a round's cell first waits until a request of the page has
the trainer in its hands, in another thread, and then goes to work. Elsewhere the kernel does all of
a round's cell first, and then what the page has asked for meanwhile.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from tests.kernel.harness import Kernel
from tests.kernel.page import WAYS, Page, Shells
from tests.lanes import COLAB, COLAB_IPYMPL, at_length

ROUNDS = 200 if at_length() else 20
"""Each forces its meeting by an event: twenty prove nearly what two hundred prove."""
WITH_CANVAS = [way._replace(lane=COLAB_IPYMPL) if way.lane is COLAB else way for way in WAYS]

# Slices of work are made ten times shorter, so that there are more seams between them.
WATCHED = """
import threading
from unittest.mock import patch
from linreg_widget.panel import pace

patch.multiple(pace, _SHORTEST=0.005, _LONGEST=0.005).start()
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
"""


@contextlib.contextmanager
def watched(shells: Shells, plot: str | None) -> Iterator[Page]:
    """Show a long run, whose trainer can be watched."""
    options = f"learning_rate=1e-6, epochs=10**6, plot={plot!r}"
    with shells.page(f"TrainerWidget({options})") as page:
        shells.kernel.execute(WATCHED)
        shells.kernel.errors.clear()
        yield page


def rounds(shells: Shells) -> Iterator[str]:
    """Yield the first line of each round's cell, with the messages drawn to the subshell."""
    for _ in range(ROUNDS):
        shells.draw_messages("page_at_work.clear() or widget.panel")
        yield f"begin(wait={shells.subshell is not None})\n"


def assert_nothing_went_wrong(page: Page, kernel: Kernel) -> None:
    assert kernel.errors == []
    assert page.comm.state["_alert"] == ""
    assert kernel.eval("waiting_in_vain") == 0
    assert kernel.eval("len(widget.trainer.recording)") == kernel.eval("widget.update")
    assert kernel.eval("replayed()")
