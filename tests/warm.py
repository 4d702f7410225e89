"""Kernels that begin with torch loaded, which takes longer than most tests.

One process for all of a session's workers loads once what is slow to load, none of it ours, and
becomes a kernel whenever one is started: it forks. The kernel's manager starts, signals and kills a
small process that stands for it:

- ``python tests/warm.py serve SOCKET`` forks, until its standard input is closed;
- ``python tests/warm.py start SOCKET -f CONNECTION`` is what a kernel's specification names.

A kernel is a process of its own, as every other: it has its own copy of all that is loaded. Where
it matters how Python starts, `tests/lanes.py` and ``tests/kernel`` start kernels the long way.
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
from pathlib import Path
from typing import NamedTuple, NoReturn

__all__ = ["install", "serving"]

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
        command = [sys.executable, __file__, "serve", str(address)]
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
        server = stack.enter_context(subprocess.Popen(command, **pipes))
        assert server.stdin is not None
        assert server.stdout is not None
        server.stdout.readline()  # it listens
        os.environ[VARIABLE] = str(address)
        try:
            yield
        finally:
            del os.environ[VARIABLE]
            server.stdin.close()


def install(folder: Path) -> None:
    """Let ``python3`` be a warm kernel, where there are any, for who has the folder in its path."""
    if VARIABLE not in os.environ:
        return
    start = [sys.executable, "-I", "-S", __file__, "start", os.environ[VARIABLE]]
    spec = folder / "kernels" / "python3" / "kernel.json"
    spec.parent.mkdir(parents=True)
    words = {"display_name": "Python 3 (ipykernel)", "language": "python"}
    command = [*start, "-f", "{connection_file}"]
    spec.write_text(json.dumps({"argv": command, **words}), encoding="utf-8")


# ---- the process that stands for a kernel --------------------------------------------------------


def start(address: str, arguments: list[str]) -> int:
    """Ask for a kernel, pass on what it is signalled, and end as it ends."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as server:
        server.connect(address)
        asked = {"arguments": arguments, "folder": os.getcwd(), "environment": {**os.environ}}
        socket.send_fds(server, [json.dumps(asked).encode()], [0, 1, 2])
        for one in _FORWARDED:
            signal.signal(one, lambda number, _: server.send(bytes([number])))
        status = server.recv(4)  # nothing, if the other end was killed
    return int(status or b"1")


# ---- the process that forks ----------------------------------------------------------------------


class _Kernel(NamedTuple):
    """A kernel that runs."""

    process: int
    ended: int
    """A file that can be read once it has ended."""
    asker: socket.socket


def serve(address: str) -> None:
    """Fork a kernel for each process that asks, until standard input is closed."""
    running: dict[int, _Kernel] = {}
    with (
        socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as door,
        selectors.DefaultSelector() as events,
    ):
        door.bind(address)
        door.listen(16)
        sys.stdout.write("listening\n")
        sys.stdout.flush()
        events.register(sys.stdin, selectors.EVENT_READ)
        events.register(door, selectors.EVENT_READ)
        while True:
            for key, _ in events.select():
                if key.fileobj is sys.stdin:
                    for kernel in running.values():
                        os.kill(kernel.process, signal.SIGKILL)
                    return
                if key.fileobj is door:
                    kernel = _forked(door, events)
                    running[kernel.process] = kernel
                elif (kernel := key.data) and key.fileobj is kernel.asker:
                    _signalled(kernel, events)
                else:
                    _ended(running.pop(kernel.process), events)


def _forked(door: socket.socket, events: selectors.BaseSelector) -> _Kernel:
    asker, _ = door.accept()
    text, files, _, _ = socket.recv_fds(asker, _MOST, 3)
    asked = json.loads(text)
    os.environ["JPY_PARENT_PID"] = str(os.getpid())  # ipykernel reads it as it is loaded
    for name in LOADED:
        importlib.import_module(name)
    process = os.fork()
    if not process:
        _become(asked, files)
    for file in files:
        os.close(file)
    kernel = _Kernel(process, os.pidfd_open(process), asker)
    for file in (asker, kernel.ended):
        events.register(file, selectors.EVENT_READ, kernel)
    return kernel


def _become(asked: dict[str, object], files: list[int]) -> NoReturn:
    """Be the kernel that was asked for."""
    status = 1
    try:
        os.setsid()
        for number, file in enumerate(files):
            os.dup2(file, number)
        os.closerange(3, 1024)  # what is between us and other kernels
        os.chdir(str(asked["folder"]))
        os.environ.clear()
        os.environ.update(asked["environment"])  # type: ignore[call-overload]
        paths = os.environ.get("PYTHONPATH", "").split(os.pathsep)
        sys.path[:0] = [path for path in paths if path and path not in sys.path]
        sys.argv = ["ipykernel_launcher", *asked["arguments"]]  # type: ignore[misc]
        runpy.run_module("ipykernel_launcher", run_name="__main__", alter_sys=True)
        status = 0
    except SystemExit as ended:
        status = ended.code if isinstance(ended.code, int) else int(ended.code is not None)
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)


def _signalled(kernel: _Kernel, events: selectors.BaseSelector) -> None:
    """Pass a signal on; if the process that stands for a kernel was killed, so is the kernel."""
    number = kernel.asker.recv(1)
    if not number:
        events.unregister(kernel.asker)
    os.kill(kernel.process, number[0] if number else signal.SIGKILL)


def _ended(kernel: _Kernel, events: selectors.BaseSelector) -> None:
    _, status = os.waitpid(kernel.process, 0)
    with contextlib.suppress(KeyError):
        events.unregister(kernel.asker)
    events.unregister(kernel.ended)
    os.close(kernel.ended)
    code = os.waitstatus_to_exitcode(status)
    with contextlib.suppress(OSError):  # nobody may be there to hear it
        kernel.asker.send(str(abs(code)).encode())
    kernel.asker.close()


if __name__ == "__main__":
    verb, where, *others = sys.argv[1:]
    if verb == "serve":
        serve(where)
    else:
        sys.exit(start(where, others))
