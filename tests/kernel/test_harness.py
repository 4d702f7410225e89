"""The harness against a small anywidget: what a test sees is what a front end would."""

from __future__ import annotations

import contextlib
import os
import select
import socket
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from jupyter_client.manager import KernelManager
from nbclient import NotebookClient
from nbformat.v4 import new_notebook

from tests import warm
from tests.kernel.client import PATIENCE, Client, KernelError
from tests.kernel.harness import Kernel

COUNTER = """
import struct, threading
import anywidget, traitlets

class Counter(anywidget.AnyWidget):
    _esm = "export default { render() {} }"
    value = traitlets.Int(0).tag(sync=True)
    _data = traitlets.Bytes(b"").tag(sync=True)

    def __init__(self):
        super().__init__()
        self.threads = set()
        self.on_msg(self._on_message)

    def _on_message(self, _widget, message, buffers):
        self.threads.add(threading.current_thread() is threading.main_thread())
        self.value += message["by"]
        self._data = struct.pack("<d", float("nan")) + b"".join(bytes(b) for b in buffers)
        self.send({"kind": "done", "id": message["id"]})

counter = Counter()
"""


@pytest.fixture(scope="module")
def kernel() -> Iterator[Kernel]:
    """Yield one kernel for all tests here: each makes what it looks at."""
    with Kernel() as kernel:
        yield kernel


@pytest.fixture
def counting(kernel: Kernel) -> Kernel:
    kernel.execute(COUNTER)
    return kernel


@pytest.mark.skipif(not hasattr(socket, "AF_UNIX"), reason="there are no sockets with names")
def test_kernels_listen_at_files_and_take_no_port(kernel: Kernel) -> None:
    at_files = {"transport": "ipc", "ip": kernel.manager.ip}
    assert at_files.items() <= kernel.manager.get_connection_info().items()
    assert Path(f"{kernel.manager.ip}-{kernel.manager.shell_port}").is_socket()
    client = NotebookClient(new_notebook())
    manager: Any = client.create_kernel_manager()
    assert manager.transport == "ipc"
    assert manager.ip != kernel.manager.ip


def test_a_message_is_answered_with_state_and_then_a_reply(counting: Kernel) -> None:
    comm = counting.comm_of("counter")
    assert comm.state["value"] == 0
    comm.send({"id": 7, "by": 3}, buffers=[b"abc"])
    comm.wait(lambda: bool(comm.custom(kind="done", id=7)))
    assert comm.state["value"] == 3 == counting.eval("counter.value")
    assert comm.state["_data"] == struct.pack("<d", float("nan")) + b"abc"
    assert comm.custom(id=8) == []


def test_traits_are_set_from_outside(counting: Kernel) -> None:
    comm = counting.comm_of("counter")
    counting.handled(comm.set(value=5))
    assert counting.eval("counter.value") == 5


def test_a_message_reaches_a_subshell_while_a_cell_runs(counting: Kernel) -> None:
    comm, subshell = counting.comm_of("counter"), counting.create_subshell()
    counting.execute("counter.send({})", subshell=subshell)
    cell = counting.start("while counter.value < 2: pass")
    comm.send({"id": 1, "by": 2}, subshell=subshell)
    counting.finish(cell)
    counting.wait(lambda: bool(comm.custom(id=1)), "no reply")
    assert counting.eval("list(counter.threads)") == [False]


def test_an_error_in_the_kernel_is_an_error_here(kernel: Kernel) -> None:
    with pytest.raises(KernelError, match="ZeroDivisionError"):
        kernel.execute("1 / 0")
    with pytest.raises(KernelError, match="NameError"):
        kernel.eval("nothing")
    execution = kernel.execute("print('seen'); 1 / 0", check=False)
    assert (execution.stdout, execution.error) == ("seen\n", "ZeroDivisionError: division by zero")


def test_a_running_cell_can_be_interrupted(kernel: Kernel) -> None:
    cell = kernel.start("print('on', flush=True)\nwhile True: pass")
    kernel.wait(lambda: kernel.output(cell) == "on\n", "the cell did not start")
    kernel.interrupt()
    assert kernel.finish(cell, check=False).error.startswith("KeyboardInterrupt")


@pytest.mark.skipif(warm.VARIABLE not in os.environ, reason="no process can be forked for others")
def test_a_warm_kernel_has_torch_loaded_and_is_interrupted_and_ended_as_any_other() -> None:
    manager: Any = KernelManager(kernel_name="python3")
    manager.start_kernel()
    try:
        with Client(manager.connection_file) as kernel:
            kernel.wait_until_ready()
            loaded = "[name in __import__('sys').modules for name in ('torch', 'linreg_widget')]"
            assert kernel.eval(loaded) == [True, False]
            process = kernel.eval("__import__('os').getpid()")
            assert process != manager.provisioner.process.pid, "which only stands for it"
            cell = kernel.start("print('on', flush=True)\nwhile True: pass")
            kernel.wait(lambda: kernel.output(cell) == "on\n", "the cell did not start")
            manager.interrupt_kernel()
            assert kernel.finish(cell, check=False).error.startswith("KeyboardInterrupt")
    finally:
        manager.shutdown_kernel(now=True)
    wait_until_gone(process)


def wait_until_gone(process: int) -> None:
    """Wait for a process to end that was killed with the one that stood for it."""
    with contextlib.suppress(ProcessLookupError), open_process(process) as ended:
        assert select.select([ended], [], [], PATIENCE)[0]


@contextlib.contextmanager
def open_process(number: int) -> Iterator[int]:
    """Yield a file that can be read once the process has ended."""
    file = os.pidfd_open(number)
    try:
        yield file
    finally:
        os.close(file)
