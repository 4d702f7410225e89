"""(l) How long a reader waits for ``%load_ext``, and for the first widget."""

from __future__ import annotations

import json
import subprocess
import sys

from tests.benchmarks.common import Plan, at_most, report, say

TITLE = "%load_ext; the first TrainerWidget() after torch and matplotlib are loaded"
_PROGRAM = """
import json, sys, time
import IPython, ipywidgets
from IPython.core.interactiveshell import InteractiveShell

shell = InteractiveShell.instance()
if sys.argv[1] == "widget":
    import matplotlib.pyplot, numpy, torch
wall, cpu = time.perf_counter(), time.process_time()
if sys.argv[1] == "widget":
    import linreg_widget
    linreg_widget.TrainerWidget()
else:
    shell.run_line_magic("load_ext", "linreg_widget")
    assert "numpy" not in sys.modules
print(json.dumps([time.perf_counter() - wall, time.process_time() - cpu]))
"""


def measure(plan: Plan) -> None:
    """Measure and print."""
    for what, goal in (("magic", 0.03), ("widget", 0.1)):
        _run(what)  # so that all files have been read, and compiled, once
        wall, cpu = zip(*(_run(what) for _ in range(plan.rounds(9, 3))), strict=True)
        say("%load_ext linreg_widget:" if what == "magic" else "The first TrainerWidget():")
        report("Seconds", wall, at_most(goal))
        report("Seconds of the processor", cpu)


def _run(what: str) -> list[float]:
    done = subprocess.run(
        [sys.executable, "-c", _PROGRAM, what], capture_output=True, text=True, check=True
    )
    return list(json.loads(done.stdout))
