"""``make bench``: how fast it is, side by side with what one would write by hand.

    python -m tests.benchmarks [--only a,b] [--quick]

Nothing here is a test: numbers are printed with their goals, and the program succeeds whatever
they are. It fails only where something could not be measured.
"""

from __future__ import annotations

import argparse
import importlib
import os
import platform
import sys
import time
import traceback

import torch

import linreg_widget
from tests.benchmarks.common import MissingError, Plan

BENCHMARKS = {
    "a": "article_loop",
    "b": "tight_loop",
    "c": "live_run",
    "d": "step_click",
    "e": "live_plots",
    "f": "long_run",
    "g": "microscope",
    "h": "valley",
    "i": "insight",
    "j": "large_table",
    "k": "memory",
    "l": "start",
    "m": "page_plot",
    "n": "page_engine",
    "o": "kernels",
    "p": "page_in_browser",
}


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks")
    parser.add_argument("--only", default=",".join(BENCHMARKS), help="which, as in --only a,b")
    parser.add_argument("--quick", action="store_true", help="fewer rounds")
    options = parser.parse_args()
    letters = [letter.strip() for letter in options.only.split(",")]
    if unknown := [letter for letter in letters if letter not in BENCHMARKS]:
        parser.error(f"no benchmark {', '.join(unknown)}; there are {', '.join(BENCHMARKS)}")
    print(
        f"linreg_widget {linreg_widget.__version__}, torch {torch.__version__}, "
        f"Python {platform.python_version()}, {os.cpu_count()} cores, "
        f"load average {os.getloadavg()[0]:.1f}\n"
        "Ratios are medians over rounds, each of which measures ours and theirs in turn."
    )
    broken = False
    for letter in letters:
        start = time.monotonic()
        try:
            module = importlib.import_module(f"tests.benchmarks.{BENCHMARKS[letter]}")
            print(f"\n({letter}) {module.TITLE}", flush=True)
            module.measure(Plan(options.quick))
        except MissingError as missing:
            print(f"\n({letter}) could not be measured: {missing}")
            broken = True
        except Exception:  # noqa: BLE001 (one that breaks must not hide the others)
            print(f"\n({letter}) could not be measured:\n{traceback.format_exc()}")
            broken = True
        print(f"  [{time.monotonic() - start:.0f} s]", flush=True)
    return int(broken)


if __name__ == "__main__":
    sys.exit(main())
