"""A real kernel for a test, and its widgets' comms, seen and driven as a front end would.

>>> with Kernel() as kernel:
...     kernel.execute("widget = TrainerWidget()")
...     panel = kernel.comm_of("widget.panel")
...     panel.send({"kind": "step", "client": "a", "id": 1, "by": "update"})
...     panel.wait(lambda: panel.state["update"] == 1)
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from jupyter_client.manager import KernelManager

from tests.kernel.client import Client
from tests.lanes import HERE, Lane


@dataclass(frozen=True)
class Message:
    """One message from the kernel's side of a comm."""

    method: str
    """``open``, ``update``, ``echo_update``, ``custom`` or ``close``."""
    content: dict[str, Any]
    """The state that was sent, buffers put in their places, or the custom message's content."""
    buffers: tuple[bytes, ...] = ()
    parent: str = ""
    """The id of the message that the kernel was handling."""


@dataclass
class Comm:
    """The front end's side of one widget's comm."""

    kernel: Kernel
    identity: str
    messages: list[Message] = field(default_factory=list)
    """All that came, oldest first."""
    state: dict[str, Any] = field(default_factory=dict)
    """The widget's state as a front end would hold it; binary traits are bytes."""
    is_open: bool = True

    def send(
        self,
        content: dict[str, Any],
        *,
        buffers: Iterable[bytes] = (),
        subshell: str | None = None,
    ) -> str:
        """Send a custom message, as ``model.send`` does; returns its id, for `Kernel.handled`.

        From 7.4 on, ipykernel handles it on the shell that last published on this comm, whatever
        `subshell` says: ``kernel.execute("widget.panel.send({})", subshell=...)`` moves it there.
        """
        return self._send({"method": "custom", "content": content}, tuple(buffers), subshell)

    def set(self, *, subshell: str | None = None, **state: object) -> str:
        """Set traits, as ``model.set`` and ``save_changes`` do; returns the message's id."""
        self.state.update(state)
        return self._send({"method": "update", "state": state, "buffer_paths": []}, (), subshell)

    def _send(self, data: dict[str, Any], buffers: tuple[bytes, ...], subshell: str | None) -> str:
        content = {"comm_id": self.identity, "data": data}
        return self.kernel.request("comm_msg", content, buffers=buffers, subshell=subshell)

    def custom(self, **like: object) -> list[dict[str, Any]]:
        """Return the contents of the custom messages that have all of `like`'s entries."""
        contents = (message.content for message in self.messages if message.method == "custom")
        return [content for content in contents if like.items() <= content.items()]

    def wait(
        self, condition: Callable[[], bool], otherwise: str = "the state was not reached"
    ) -> None:
        """Take in messages until `condition` holds."""
        self.kernel.wait(condition, otherwise)

    def take(
        self, method: str, data: dict[str, Any], buffers: tuple[bytes, ...], parent: str
    ) -> None:
        """Take in a message from the kernel."""
        content = data.get("content" if method == "custom" else "state", {})
        if method != "custom":
            _put_buffers(content, data.get("buffer_paths", []), buffers)
        if method in ("open", "update"):
            self.state.update(content)
        self.is_open = self.is_open and method != "close"
        self.messages.append(Message(method, content, buffers, parent))


class Kernel(Client):
    """A new IPython kernel, shut down at the end of the ``with`` block.

    Parameters
    ----------
    lane
        What it runs on: a Python, and an ipykernel.
    """

    def __init__(self, lane: Lane = HERE) -> None:
        lane.check()
        self.comms: dict[str, Comm] = {}
        self.manager: Any = KernelManager(kernel_name=lane.name)
        self.manager.start_kernel()
        super().__init__(self.manager.connection_file)
        try:
            self.wait_until_ready()
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Shut the kernel down and close the sockets."""
        self.manager.shutdown_kernel(now=True)
        super().close()

    def interrupt(self) -> None:
        """Interrupt the cell that runs."""
        self.manager.interrupt_kernel()

    def comm_of(self, expression: str) -> Comm:
        """Return the comm of a widget, given as an expression in the kernel."""
        identity: str = self.eval(f"({expression}).comm.comm_id")
        self.wait(lambda: identity in self.comms, "the comm's opening did not arrive")
        return self.comms[identity]

    def on_comm(
        self, kind: str, content: dict[str, Any], buffers: tuple[bytes, ...], parent: str
    ) -> None:
        """Hand a comm message to its `Comm`."""
        identity, data = content["comm_id"], content.get("data", {})
        if kind == "comm_open":
            self.comms[identity] = Comm(self, identity)
        method = data.get("method", "") if kind == "comm_msg" else kind.removeprefix("comm_")
        if identity in self.comms:
            self.comms[identity].take(method, data, buffers, parent)


def _put_buffers(
    state: dict[str, Any], paths: list[list[str | int]], buffers: tuple[bytes, ...]
) -> None:
    """Put each buffer where its path says, as a front end does."""
    for path, buffer in zip(paths, buffers, strict=True):
        place: Any = state
        for step in path[:-1]:
            place = place[step]
        place[path[-1]] = buffer
