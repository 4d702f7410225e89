"""Kernels, and other processes, that begin with torch loaded: that takes longer than most tests.

One process for all of a session's workers loads once what is slow to load, none of it ours, and
becomes what is asked for: it forks. Who starts, signals and kills a kernel does so to a small
process that stands for it:

- ``python tests/warm.py serve SOCKET`` forks, until its standard input is closed;
- ``python tests/warm.py start SOCKET MODULE ...`` is in the place of ``python -m MODULE ...``.

What it becomes is a process of its own, with its own copy of all that is loaded. ``tests/kernel``
starts kernels the long way, as readers do.
"""

from __future__ import annotations

import contextlib
import importlib
import json
import os
import runpy
import selectors
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import NamedTuple

__all__ = ["command", "install", "serving"]

VARIABLE = "LINREG_WARM_KERNELS"
"""The variable with the socket's address, for all that the tests start."""
LOADED = ("torch", "pandas", "IPython", "ipykernel.kernelapp", "ipykernel.ipkernel", "anywidget")
"""Not matplotlib, which looks at its start for the back end that the kernel has chosen."""
_LONGEST = 100  # bytes of a socket's address
_MOST = 1 << 20  # bytes of a request
_FORWARDED = (signal.SIGINT, signal.SIGTERM)


# ---- for the tests -------------------------------------------------------------------------------


@contextlib.contextmanager
def serving() -> Iterator[None]:
    """Offer warm kernels for as long as the block lasts; nothing is loaded before the first."""
    with contextlib.ExitStack() as stack:
        address = Path(stack.enter_context(tempfile.TemporaryDirectory()), "door")
        if not hasattr(os, "pidfd_open") or len(bytes(address)) > _LONGEST:
            yield  # all kernels start the long way
            return
        # Without the folder of this file in the path, in which modules have common names.
        command = [sys.executable, "-P", __file__, "serve", str(address)]
        server = stack.enter_context(
            subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        )
        assert server.stdin is not None
        assert server.stdout is not None
        server.stdout.readline()  # it listens
        os.environ[VARIABLE] = str(address)
        try:
            yield
        finally:
            del os.environ[VARIABLE]
            server.stdin.close()


def command(module: str) -> list[str]:
    """Return how to start a module as a program: warm, where there is somebody to ask."""
    if VARIABLE not in os.environ:
        return [sys.executable, "-m", module]
    return [sys.executable, "-I", "-S", __file__, "start", os.environ[VARIABLE], module]


def install(folder: Path) -> None:
    """Let ``python3`` be a warm kernel for whoever has the folder in Jupyter's path."""
    spec = folder / "kernels" / "python3" / "kernel.json"
    spec.parent.mkdir(parents=True)
    words = {"display_name": "Python 3 (ipykernel)", "language": "python"}
    start = [*command("ipykernel_launcher"), "-f", "{connection_file}"]
    spec.write_text(json.dumps({"argv": start, **words}), encoding="utf-8")


# ---- the process that stands for another ---------------------------------------------------------


def start(address: str, arguments: list[str]) -> int:
    """Ask for a process, pass on what this one is signalled, and end as that one ends."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as server:
        server.connect(address)
        asked = {"arguments": arguments, "folder": str(Path.cwd()), "environment": {**os.environ}}
        socket.send_fds(server, [json.dumps(asked).encode()], [0, 1, 2])
        for one in _FORWARDED:
            signal.signal(one, lambda number, _: server.send(bytes([number])))
        status = server.recv(4)  # nothing, if the other end was killed
    return int(status or b"1")


# ---- the process that forks ----------------------------------------------------------------------


class _Child(NamedTuple):
    """A process that runs."""

    number: int
    ended: int
    """A file that can be read once it has ended."""
    asker: socket.socket


class _Asked(NamedTuple):
    """What a process is to be."""

    arguments: list[str]
    folder: str
    environment: dict[str, str]
    files: list[int]
    """Its standard input, output and errors."""


class _Server:
    """Forks for each process that asks."""

    def __init__(self, door: socket.socket, events: selectors.BaseSelector) -> None:
        self._door, self._events = door, events
        self._running: dict[int, _Child] = {}
        events.register(door, selectors.EVENT_READ, self._let_in)

    def wait(self) -> _Asked | None:
        """Do what is asked until standard input is closed; in a new process, return what it is."""
        self._events.register(sys.stdin, selectors.EVENT_READ)
        while True:
            for key, _ in self._events.select():
                if key.data is None:
                    for number in self._running:
                        os.kill(number, signal.SIGKILL)
                    return None
                asked: _Asked | None = key.data()
                if asked:
                    return asked

    def _let_in(self) -> _Asked | None:
        asker, _ = self._door.accept()
        text, files, _, _ = socket.recv_fds(asker, _MOST, 3)
        if not text:  # it was killed at once
            return None
        os.environ["JPY_PARENT_PID"] = str(os.getpid())  # which ipykernel reads as it is loaded
        for name in LOADED:
            importlib.import_module(name)
        number = os.fork()
        if not number:
            return _Asked(**json.loads(text), files=files)
        for file in files:
            os.close(file)
        child = self._running[number] = _Child(number, os.pidfd_open(number), asker)
        self._events.register(asker, selectors.EVENT_READ, partial(self._pass_on, child))
        self._events.register(child.ended, selectors.EVENT_READ, partial(self._end, child))
        return None

    def _pass_on(self, child: _Child) -> None:
        """Pass a signal on; what stands for a process that is killed is killed with it."""
        if child.number not in self._running:
            return  # it has ended in this very moment
        signalled = child.asker.recv(1)
        if not signalled:
            self._events.unregister(child.asker)
        os.kill(child.number, signalled[0] if signalled else signal.SIGKILL)

    def _end(self, child: _Child) -> None:
        _, status = os.waitpid(child.number, 0)
        del self._running[child.number]
        with contextlib.suppress(KeyError):  # where nobody is there to hear it
            self._events.unregister(child.asker)
        self._events.unregister(child.ended)
        os.close(child.ended)
        with contextlib.suppress(OSError):
            child.asker.send(str(abs(os.waitstatus_to_exitcode(status))).encode())
        child.asker.close()


def serve(address: str) -> _Asked | None:
    """Serve until standard input is closed; in a new process, return what it is to be."""
    with (
        socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as door,
        selectors.DefaultSelector() as events,
    ):
        door.bind(address)
        door.listen(16)
        sys.stdout.write("listening\n")
        sys.stdout.flush()
        return _Server(door, events).wait()


def become(asked: _Asked) -> None:
    """Be what was asked for, from here to the end of this process."""
    os.setsid()
    for number, file in enumerate(asked.files):
        os.dup2(file, number)
    os.closerange(3, 1024)  # what is between that process and others
    os.chdir(asked.folder)
    os.environ.clear()
    os.environ.update(asked.environment)
    paths = asked.environment.get("PYTHONPATH", "").split(os.pathsep)
    sys.path[:0] = [asked.folder, *filter(None, paths)]  # as python -m has them
    sys.argv = asked.arguments
    runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    verb, where, *others = sys.argv[1:]
    if verb == "start":
        sys.exit(start(where, others))
    elif what := serve(where):
        become(what)
