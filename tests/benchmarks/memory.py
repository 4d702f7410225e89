"""(k) The memory of a large table and its trainer beside the caller's own arrays."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from tests.benchmarks.common import MissingError, Plan, at_most, report, say

TITLE = "Memory of Table.of and a trainer beside the caller's arrays, 4,000,000 × 10"
_ROWS = 4_000_000
_PROGRAM = """
import json, sys, tempfile
import numpy as np
from linreg_widget import Table, Trainer

rows, mapped = int(sys.argv[1]), sys.argv[2] == "mapped"
numbers = np.random.default_rng(0)
x = numbers.standard_normal((rows, 10), dtype=np.float32)
y = x @ numbers.standard_normal((10, 1), dtype=np.float32)
size = x.nbytes + y.nbytes
Trainer(Table.of((x[:1_000], y[:1_000])), learning_rate=1e-3).run(1)
if mapped:
    file = tempfile.NamedTemporaryFile(suffix=".npy")
    np.save(file, np.hstack([x, y]))
    del x, y
    given = np.load(file.name, mmap_mode="r")
else:
    given = (x, y)

def status(key):
    lines = open("/proc/self/status").read().splitlines()
    return 1024 * int(next(line for line in lines if line.startswith(key + ":")).split()[1])

open("/proc/self/clear_refs", "w").write("5")
before = status("RssAnon")
peak_before = status("VmRSS")
trainer = Trainer(Table.of(given), learning_rate=1e-3, batch_size=1_000, epochs=3)
trainer.run(1)
trainer.step()
trainer.back()
rest, peak = status("RssAnon") - before, status("VmHWM") - peak_before
print(json.dumps([rest / size, peak / size]))
"""


def measure(plan: Plan) -> None:
    """Measure and print."""
    if not Path("/proc/self/clear_refs").exists():
        raise MissingError("it reads /proc, which only Linux has")
    for kind in ("arrays", "mapped"):
        found = [_run(kind) for _ in range(plan.rounds(3, 1))]
        rest, peak = zip(*found, strict=True)
        if kind == "arrays":
            say("A pair of arrays, float32; a table, a trainer, an epoch, a step and one back.")
            report("At rest, times the caller's bytes", rest, at_most(1.3))
            report("At the peak", peak, at_most(1.3))
        else:
            say("The same from an .npy file that is mapped into memory: no copy.")
            report("At rest, times the file's bytes, pages of the file apart", rest)


def _run(kind: str) -> list[float]:
    done = subprocess.run(
        [sys.executable, "-c", _PROGRAM, str(_ROWS), kind],
        capture_output=True,
        text=True,
        check=True,
    )
    return list(json.loads(done.stdout))
