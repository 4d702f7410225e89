"""(o) What a class costs: the memory and the processor of kernels with a widget each."""

from __future__ import annotations

import contextlib
import json
import os
import statistics
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jupyter_client.manager import KernelManager

from tests.benchmarks.common import MissingError, Plan, say

if TYPE_CHECKING:
    from collections.abc import Iterator

TITLE = "Thirty kernels, each with a widget: memory and processor, at rest and while all run"
_LEFT = 6 * 2**30  # bytes of memory that other programs keep
_REST = 10.0  # seconds
_PATIENCE = 300  # seconds for one answer
_SHOW = """
from IPython.display import display
from linreg_widget import TrainerWidget
widget = TrainerWidget()
display(widget)
"""
# What a page does: it asks for slices until the run has ended, at the speed that can be watched.
_RUN = """
import json, time
wall, cpu = time.perf_counter(), time.process_time()
widget.panel.reset()
widget.panel.start()
while widget.panel._pull:
    widget.panel._on_message(None, {"kind": "advance", "client": "a", "id": 1}, [])
    time.sleep(0.05)
print(json.dumps([time.perf_counter() - wall, time.process_time() - cpu, widget.update]))
"""


def measure(plan: Plan) -> None:
    """Measure and print."""
    if not Path("/proc/self/smaps_rollup").exists():
        raise MissingError("it reads /proc, which only Linux has")
    with contextlib.ExitStack() as running:
        kernels: list[_Kernel] = []
        before, wanted = _available(), plan.rounds(30, 3)
        while len(kernels) < wanted and _available() > _LEFT:
            kernels.append(running.enter_context(_kernel()))
            kernels[-1].execute(_SHOW)
        used = (before - _available()) / len(kernels)
        cpu = [kernel.cpu for kernel in kernels]
        time.sleep(_REST)
        rest = [(kernel.cpu - was) / _REST for kernel, was in zip(kernels, cpu, strict=True)]
        resident, own = zip(*(kernel.memory for kernel in kernels), strict=True)
        say(
            f"{len(kernels)} kernels at rest: {_mb(used)} MB of the machine's memory each, "
            f"{_mb(statistics.median(own))} MB of it shared with no other process, "
            f"{_mb(statistics.median(resident))} MB resident; "
            f"{100 * statistics.mean(rest):.2f}% of a core each, "
            f"{100 * sum(rest):.1f}% all together."
        )
        for kernel in kernels:
            kernel.begin(_RUN)
        ended = [json.loads(kernel.end()) for kernel in kernels]
        walls, seconds, updates = zip(*ended, strict=True)
        cost = statistics.median(seconds)
        later = [kernel.memory[1] for kernel in kernels]
        say(
            f"All run {updates[0]} updates at once, to be watched: it takes "
            f"{statistics.median(walls):.1f} s (the slowest {max(walls):.1f} s), {cost:.2f} s of "
            f"the processor each: {100 * cost / 5:.0f}% of a core for the 5 s that such a run "
            f"takes. Afterwards {_mb(statistics.median(later))} MB are its own."
        )


class _Kernel:
    """A kernel of its own, as a hub would start it."""

    def __init__(self, client: Any, process: int) -> None:
        self._client, self._process = client, process
        self._asked = ""

    def execute(self, code: str) -> str:
        """Run code, and return what it printed."""
        self.begin(code)
        return self.end()

    def begin(self, code: str) -> None:
        """Have code run."""
        self._asked = self._client.execute(code)

    def end(self) -> str:
        """Wait until the code has run, and return what it printed."""
        printed = ""
        while True:
            message = self._client.get_iopub_msg(timeout=_PATIENCE)
            if message["parent_header"].get("msg_id") != self._asked:
                continue
            content = message["content"]
            if message["msg_type"] == "error":
                raise RuntimeError("\n".join(content["traceback"]))
            if message["msg_type"] == "stream" and content["name"] == "stdout":
                printed += content["text"]
            if content.get("execution_state") == "idle":
                return printed

    @property
    def cpu(self) -> float:
        """The seconds that the processor has worked for it."""
        fields = Path(f"/proc/{self._process}/stat").read_text(encoding="utf-8").rpartition(")")[2]
        user, system = fields.split()[11:13]
        return (int(user) + int(system)) / float(os.sysconf("SC_CLK_TCK"))

    @property
    def memory(self) -> tuple[int, int]:
        """Its bytes in memory, and those that are its own."""
        text = Path(f"/proc/{self._process}/smaps_rollup").read_text(encoding="utf-8")
        found = {line.split(":")[0]: line.split()[1] for line in text.splitlines()[1:]}
        own = int(found["Private_Clean"]) + int(found["Private_Dirty"])
        return 1024 * int(found["Rss"]), 1024 * own


@contextlib.contextmanager
def _kernel() -> Iterator[_Kernel]:
    manager = KernelManager(kernel_name="python3")
    manager.start_kernel(env={**os.environ, "OMP_NUM_THREADS": "1"})
    client = manager.client()
    client.start_channels()
    try:
        client.wait_for_ready(timeout=_PATIENCE)
        provisioner: Any = manager.provisioner
        yield _Kernel(client, provisioner.pid)
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)


def _available() -> int:
    """Return the bytes of memory that the machine has left."""
    lines = Path("/proc/meminfo").read_text(encoding="utf-8").splitlines()
    return 1024 * int(next(line for line in lines if line.startswith("MemAvailable")).split()[1])


def _mb(size: float) -> str:
    return f"{size / 2**20:,.0f}"
