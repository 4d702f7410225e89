"""(l) How long a reader waits for ``%load_ext``, for the first widget, and for a large one."""

from __future__ import annotations

import json
import subprocess
import sys

from tests.benchmarks.common import Plan, at_most, report, say

TITLE = "%load_ext; the first TrainerWidget() after torch and matplotlib are loaded; a large one"
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
    widget = linreg_widget.TrainerWidget()
else:
    shell.run_line_magic("load_ext", "linreg_widget")
    assert "numpy" not in sys.modules
found = [time.perf_counter() - wall, time.process_time() - cpu]
if sys.argv[1] == "widget":  # what happens at the end of a notebook's cell, once this is shown
    cpu = time.process_time()
    widget.draw_first()
    found.append(time.process_time() - cpu)
print(json.dumps(found))
"""

_LARGE = """
import json, sys, time
import matplotlib.pyplot, numpy as np
from linreg_widget import TrainerWidget

TrainerWidget().close()
rows = int(sys.argv[1])
numbers = np.random.default_rng(0)
x = numbers.standard_normal((rows, 10), dtype=np.float32)
y = x @ numbers.standard_normal((10, 1), dtype=np.float32)
wall, cpu = time.perf_counter(), time.process_time()
widget = TrainerWidget((x, y), batch_size=1_000)
opened = [time.perf_counter() - wall, time.process_time() - cpu]
cpu = time.process_time()
widget.panel.step()
widget.panel.step()
widget.panel.back()
assert widget.panel.update == 1
print(json.dumps([*opened, time.process_time() - cpu]))
"""
_ROWS, _ROWS_QUICKLY = 10_000_000, 2_000_000


def measure(plan: Plan) -> None:
    """Measure and print."""
    for what, goal in (("magic", 0.03), ("widget", 0.1)):
        _run(what)  # so that all files have been read, and compiled, once
        wall, cpu, *drawn = zip(*(_run(what) for _ in range(plan.rounds(9, 3))), strict=True)
        say("%load_ext linreg_widget:" if what == "magic" else "The first TrainerWidget():")
        report("Seconds", wall, at_most(goal))
        report("Seconds of the processor", cpu)
        for more in drawn:
            report("After it is shown, its plot's first frame", more)
    rows = plan.rounds(_ROWS, _ROWS_QUICKLY)
    found = [_run(str(rows), _LARGE) for _ in range(plan.rounds(3, 1))]
    wall, cpu, moved = zip(*found, strict=True)
    say(f"A widget of a table of {rows:,} × 10, given as two arrays:")
    report("Seconds", wall)
    report("Seconds of the processor", cpu, at_most(2))
    report("Two steps and one back, seconds of the processor", moved)


def _run(what: str, program: str = _PROGRAM) -> list[float]:
    done = subprocess.run(
        [sys.executable, "-c", program, what], capture_output=True, text=True, check=True
    )
    return list(json.loads(done.stdout))
