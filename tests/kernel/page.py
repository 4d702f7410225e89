"""The page's side of the protocol, by hand, and the ways that lead from it to a kernel.

>>> with Kernel(lane) as kernel, Shells.of(kernel, way).page("TrainerWidget()") as page:
...     page.do("step", by="update")
...     page.comm.state["update"]
1
"""

from __future__ import annotations

import contextlib
import itertools
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import pytest

from linreg_widget.panel.codec import unpack
from tests.kernel.harness import Comm, Kernel
from tests.lanes import COLAB, COLAB_IPYMPL, HERE, KERNELS, Lane


class Way(NamedTuple):
    """A lane, and the shell on which its kernel takes a page's messages."""

    lane: Lane
    subshell: bool

    def __str__(self) -> str:
        return f"{self.lane}-{'subshell' if self.subshell else 'shell'}"


SHELLS = [Way(lane, subshell=False) for lane in (*KERNELS, COLAB)]
SUBSHELLS = [Way(lane, subshell=True) for lane in KERNELS if lane.subshells]
WAYS = [*SHELLS, *SUBSHELLS]
"""All there are: messages come while a cell runs, or after it, in old kernels and in new ones."""


def tried(ways: Iterable[Way]) -> list[Any]:
    """Return ways as parameters: the newest kernel's and Colab's, and the others for the matrix."""
    ours = {HERE.name, COLAB.name, COLAB_IPYMPL.name}
    return [
        pytest.param(way, id=str(way), marks=() if way.lane.name in ours else pytest.mark.matrix)
        for way in ways
    ]


TIDY = """
__import__("unittest.mock").mock.patch.stopall()
__import__("ipywidgets").Widget.close_all()
get_ipython().reset()
"""

REPLAY = """
def replayed():
    with widget.trainer.lock:  # between two acts of the page
        return replayed_now()

def replayed_now():
    from linreg_widget import Trainer
    import torch
    one = widget.trainer
    other = Trainer(one.table, one.recording.segments[0].settings.but(epochs=10**6))
    done = one.position.update
    segments = [segment for segment in one.recording.segments if segment.update <= done]
    for segment, end in zip(segments, [*(s.update for s in segments[1:]), done]):
        other.change(**{name: getattr(segment.settings, name)
                        for name in ("learning_rate", "batch_size", "shuffle")})
        other.advance(1e9, updates=end - segment.update)
    for _ in range(0 if one.position.phase is None else 1):
        while other.position.phase != one.position.phase:
            other.step("phase")
    return bool(
        torch.equal(one.model.w, other.model.w)
        and torch.equal(one.model.b, other.model.b)
        and one.recording.losses[:done].tobytes() == other.recording.losses.tobytes()
    )
"""


@dataclass
class Page:
    """The front end's side, by hand: numbered commands, and what came back."""

    comm: Comm
    subshell: str | None
    client: str = "one"
    _ids: itertools.count[int] = field(default_factory=itertools.count)
    _answers: set[int] = field(default_factory=set)
    _read: int = 0

    def ask(self, kind: str, **more: object) -> int:
        """Send a command and return its number at once."""
        number = next(self._ids)
        content = {"kind": kind, "client": self.client, "id": number, **more}
        self.comm.send(content, subshell=self.subshell)
        return number

    def answered(self, number: int) -> bool:
        """Tell whether a command was answered."""
        messages = self.comm.messages
        for message in messages[self._read :]:
            content = message.content
            if message.method == "custom" and content.get("client") == self.client:
                self._answers.add(content["id"])
        self._read = len(messages)
        return number in self._answers

    def wait(self, numbers: list[int]) -> None:
        """Wait until all of these commands are answered."""
        self.comm.wait(lambda: all(map(self.answered, numbers)), "no answer")

    def do(self, kind: str, **more: object) -> None:
        """Send a command and wait for its answer."""
        number = self.ask(kind, **more)
        self.comm.wait(lambda: self.answered(number), f"no answer to {kind}")

    def pull(self, until: Callable[[], bool], *, in_flight: int = 2) -> None:
        """Keep requests in flight while the kernel wants them, as the page does."""
        asked: list[int] = []

        def turn() -> bool:
            waiting = [number for number in asked if not self.answered(number)]
            if self.comm.state["_pull"] and not until():
                asked.extend(self.ask("advance") for _ in range(in_flight - len(waiting)))
            return until() and not waiting

        self.comm.wait(turn, "the run did not get there")

    def losses(self) -> tuple[float, ...]:
        """Return the batch loss, the epoch's mean and the full-data loss on the wire."""
        arrays = unpack(bytes(self.comm.state["_losses"]))
        return tuple(float(arrays[name]) for name in ("batch", "epoch", "full"))


class Shells(NamedTuple):
    """A kernel, and the subshell through which pages are to talk to it, or None."""

    kernel: Kernel
    subshell: str | None

    @classmethod
    def of(cls, kernel: Kernel, way: Way) -> Shells:
        """Make a kernel ready for pages."""
        shells = cls(kernel, kernel.create_subshell() if way.subshell else None)
        shells.start_over()
        return shells

    def start_over(self) -> None:
        """Forget what tests have made in the kernel: widgets, names, and patches of `mock`.

        What is slow to start stays: the kernel, and the modules that it has loaded.
        """
        self.kernel.execute(TIDY)
        self.kernel.comms.clear()
        self.kernel.errors.clear()
        self.kernel.published.clear()
        self.kernel.execute("from linreg_widget import TrainerWidget")
        self.kernel.execute(REPLAY)

    @contextlib.contextmanager
    def page(self, widget: str) -> Iterator[Page]:
        """Show a widget, named ``widget`` in the kernel, for as long as the block lasts."""
        self.kernel.execute(f"widget = {widget}")
        self.draw_messages("widget.panel")
        yield Page(self.kernel.comm_of("widget.panel"), self.subshell)
        self.kernel.execute("widget.close()")

    def draw_messages(self, widget: str) -> None:
        """Let the subshell, if there is one, get the messages to a widget.

        From ipykernel 7.4 on, a message goes to the shell that last published on its comm.
        """
        if self.subshell is not None:
            self.kernel.execute(f"{widget}.send({{}})", subshell=self.subshell)
