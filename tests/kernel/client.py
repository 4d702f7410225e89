"""A small kernel client on plain sockets, with which kernel and browser tests ask the kernel.

It has no thread and no event loop, so it works beside Playwright's.
"""

from __future__ import annotations

import ast
import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

import zmq
from jupyter_client.client import KernelClient

PATIENCE = 180.0
"""Seconds after which a wait is given up. A limit for a dead kernel, not an expectation."""

_TO_JSON = """__import__("json").dumps(({}), default=lambda value: value.tolist())"""
# Between two acts of a page, of which another thread may be in the middle.
_BETWEEN = """
with {lock}:
    _seen = {value}
"""


class KernelError(Exception):
    """Code raised in the kernel; the message is its traceback, without colours."""


@dataclass
class Execution:
    """What one execution printed, showed and raised."""

    stdout: str = ""
    stderr: str = ""
    results: list[dict[str, Any]] = field(default_factory=list)
    """The MIME bundles of its displays and of its value, in order."""
    error: str = ""
    """The last line of its traceback, or "" ."""


class Client:
    """Talks to the running kernel of a connection file, for as long as the ``with`` block lasts."""

    def __init__(self, connection_file: str | Path) -> None:
        # A context of its own: that of the client is ended as it is collected, which waits for good
        # if its sockets are collected with it, still open.
        self._context = zmq.Context()
        client: Any = KernelClient(connection_file=str(connection_file), context=self._context)
        client.load_connection_file()
        self.session = client.session
        self.shell = client.connect_shell(identity=self.session.bsession)
        self.control = client.connect_control(identity=self.session.bsession)
        self.iopub = client.connect_iopub()
        self._replies: dict[str, dict[str, Any]] = {}
        self._executions: dict[str, Execution] = {}
        self._idle: set[str] = set()
        self.published: list[tuple[str, int]] = []
        """The kind and the size, in bytes, of all that the kernel has published."""
        self.errors: list[str] = []
        """Tracebacks of what was raised outside executions, as in a widget's callback."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the sockets; the kernel lives on."""
        for socket in (self.shell, self.control, self.iopub):
            socket.close(linger=0)
        self._context.term()

    def wait_until_ready(self) -> None:
        """Wait until the kernel answers, and until what it publishes reaches us.

        The first answers may have been published before we were connected, so it asks again.
        """
        asked: list[str] = []

        def answered() -> bool:
            asked.append(self.request("kernel_info_request", {}, control=True))
            self.pump(1.0)
            return any(request in self._idle and request in self._replies for request in asked)

        self.wait(answered, "the kernel did not answer")

    # Sending

    def request(
        self,
        kind: str,
        content: dict[str, Any],
        *,
        buffers: tuple[bytes, ...] = (),
        subshell: str | None = None,
        control: bool = False,
        metadata: dict[str, Any] | None = None,
    ) -> str:
        """Send a message on the shell or the control channel and return its id."""
        message = self.session.msg(kind, content, metadata=metadata)
        if subshell is not None:
            message["header"]["subshell_id"] = subshell
        self.session.send(self.control if control else self.shell, message, buffers=list(buffers))
        identity: str = message["header"]["msg_id"]
        return identity

    def reply(self, request: str) -> dict[str, Any]:
        """Wait for the reply to a request and return its content."""
        self.wait(lambda: request in self._replies, "no reply came")
        return self._replies.pop(request)

    def handled(self, request: str) -> None:
        """Wait until the kernel has done all that a message asked for."""
        self.wait(lambda: request in self._idle, "the message was not handled")

    def execute(
        self,
        code: str,
        *,
        check: bool = True,
        subshell: str | None = None,
        cell: str | None = None,
    ) -> Execution:
        """Run a cell to its end; raises `KernelError` if it raises and `check` is set."""
        request = self.start(code, subshell=subshell, cell=cell)
        return self.finish(request, check=check)

    def start(self, code: str, *, subshell: str | None = None, cell: str | None = None) -> str:
        """Start a cell, whose id JupyterLab would send with it, and return at once.

        It returns the request's id, for `finish`.
        """
        content = {"code": code, "silent": False, "store_history": True, "allow_stdin": False}
        content["stop_on_error"] = False  # or what is asked right after an error may be aborted
        metadata = None if cell is None else {"cellId": cell}
        request = self.request("execute_request", content, subshell=subshell, metadata=metadata)
        self._executions[request] = Execution()
        return request

    def finish(self, request: str, *, check: bool = True) -> Execution:
        """Wait for a cell that was started to end."""
        reply = self.reply(request)
        self.handled(request)
        if check:
            _check(reply)
        return self._executions.pop(request)

    def output(self, request: str) -> str:
        """Return what a cell that was started has printed so far."""
        return self._executions[request].stdout

    def eval(self, expression: str, *, subshell: str | None = None, lock: str | None = None) -> Any:
        """Return the value of an expression, by way of JSON; arrays and tensors come as lists.

        `lock` is held meanwhile, if given.
        """
        value = _TO_JSON.format(expression)
        content = {
            "code": _BETWEEN.format(lock=lock, value=value) if lock else "",
            "silent": True,
            "store_history": False,
            "user_expressions": {"value": "_seen" if lock else value},
            "allow_stdin": False,
        }
        reply = self.reply(self.request("execute_request", content, subshell=subshell))
        _check(reply)
        value = reply["user_expressions"]["value"]
        _check(value)
        return json.loads(ast.literal_eval(value["data"]["text/plain"]))

    def create_subshell(self) -> str:
        """Ask the kernel for a subshell and return its id."""
        # Not before the shell's thread has begun to work, or ipykernel 7 drops the request.
        self.execute("")
        reply = self.reply(self.request("create_subshell_request", {}, control=True))
        identity: str = reply["subshell_id"]
        return identity

    # Receiving

    def wait(self, condition: Callable[[], bool], otherwise: str) -> None:
        """Take in messages until `condition` holds; a TimeoutError with words if it never does."""
        deadline = time.monotonic() + PATIENCE
        while not condition():
            if time.monotonic() > deadline:
                message = f"Gave up after {PATIENCE:.0f} s: {otherwise}."
                raise TimeoutError(message)
            self.pump(0.05)

    def pump(self, seconds: float) -> None:
        """Take in what has arrived; waits at most `seconds` for the first message."""
        poller = zmq.Poller()
        for socket in (self.shell, self.control, self.iopub):
            poller.register(socket, zmq.POLLIN)
        ready = dict(poller.poll(int(seconds * 1000)))
        while ready:
            for socket in ready:
                frames = socket.recv_multipart(zmq.NOBLOCK)
                _, parts = self.session.feed_identities(frames)
                message = self.session.deserialize(parts)
                if socket is self.iopub:
                    self.published.append((message["header"]["msg_type"], sum(map(len, frames))))
                    self._take_published(message)
                else:
                    self._replies[message["parent_header"]["msg_id"]] = message["content"]
            ready = dict(poller.poll(0))

    def _take_published(self, message: dict[str, Any]) -> None:
        kind, content = message["header"]["msg_type"], message["content"]
        parent = message["parent_header"].get("msg_id", "")
        execution = self._executions.get(parent)
        if kind == "status" and content["execution_state"] == "idle":
            self._idle.add(parent)
        elif kind.startswith("comm_"):
            self.on_comm(kind, content, tuple(map(bytes, message["buffers"])), parent)
        elif execution is None:
            if kind == "error":
                self.errors.append("\n".join(content["traceback"]))
        elif kind == "stream" and content["name"] == "stdout":
            execution.stdout += content["text"]
        elif kind == "stream":
            execution.stderr += content["text"]
        elif kind in ("display_data", "execute_result"):
            execution.results.append(content["data"])
        elif kind == "error":
            execution.error = f"{content['ename']}: {content['evalue']}"

    def on_comm(
        self, kind: str, content: dict[str, Any], buffers: tuple[bytes, ...], parent: str
    ) -> None:
        """Take a comm message; nothing here, see `tests.kernel.harness`."""


def _check(reply: dict[str, Any]) -> None:
    if reply["status"] == "error":
        plain = f"{reply.get('ename')}: {reply.get('evalue')}"
        raise KernelError(plain)
    if reply["status"] != "ok":
        raise KernelError(reply["status"])
