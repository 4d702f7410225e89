"""(j) An epoch of a large table against the tight loop, and against scikit-learn's SGDRegressor."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from linreg_widget import Table, Trainer
from tests.benchmarks.common import Plan, at_least, at_most, cost_of, in_turn, median, report, say
from tests.benchmarks.loops import TightLoop

TITLE = "An epoch of 1,000,000 × 10 in batches of 1,000 against the tight loop"
_ROWS, _FEATURES, _BATCH = 1_000_000, 10, 1_000


def measure(plan: Plan) -> None:
    """Measure and print."""
    numbers = np.random.default_rng(0)
    x = numbers.standard_normal((_ROWS, _FEATURES), dtype=np.float32)
    y = x @ numbers.standard_normal((_FEATURES, 1), dtype=np.float32)
    table = Table.of((x, y))
    trainer = Trainer(table, learning_rate=1e-3, batch_size=_BATCH)
    tight = TightLoop(table, learning_rate=1e-3, batch_size=_BATCH)
    rounds = plan.rounds(12, 4)
    turns = in_turn(
        lambda: cost_of(lambda: trainer.run(1), 1), lambda: cost_of(lambda: tight.run(1), 1), rounds
    )
    same = trainer.recording.losses.tobytes() == np.array(tight.losses, np.float32).tobytes()
    say(
        f"An epoch takes the Trainer {median(turns.one):.3f} s, the tight loop "
        f"{median(turns.other):.3f} s. All losses are {'the same' if same else 'NOT THE SAME'}."
    )
    report("Times as long", turns.slower, at_most(1.02))
    report("By processor time", turns.dearer)
    _several_processes(plan)
    if importlib.util.find_spec("sklearn") is None:
        say("scikit-learn is not installed, so that its SGDRegressor is not measured.")
        return
    from sklearn.linear_model import SGDRegressor

    theirs = SGDRegressor(alpha=0, learning_rate="constant", eta0=1e-3)
    turns = in_turn(
        lambda: cost_of(lambda: trainer.run(1), 1),
        lambda: cost_of(lambda: theirs.partial_fit(x, y[:, 0]), 1),
        max(2, rounds // 3),
    )
    say(
        f"SGDRegressor, which makes an update a row, takes {median(turns.other):.3f} s for its "
        f"epoch, the Trainer {median(turns.one):.3f} s."
    )
    report("Times as fast", turns.faster, at_least(1))


def _several_processes(plan: Plan) -> None:
    """Measure the torchrun script, rows in a file, with one process and with two."""
    numbers = np.random.default_rng(0)
    x = numbers.standard_normal((200_000, 20), dtype=np.float32)
    y = x @ numbers.standard_normal((20, 1), dtype=np.float32)
    trainer = Trainer((x, y), learning_rate=1e-3, batch_size=50_000, epochs=plan.rounds(150, 50))
    with tempfile.TemporaryDirectory() as folder:
        np.save(Path(folder, "rows.npy"), np.hstack([x, y]))
        script = trainer.to_script(distributed=True, rows=Path(folder, "rows.npy"))
        Path(folder, "run.py").write_text(script, encoding="utf-8")
        rounds = range(plan.rounds(3, 1))
        times = {processes: [_seconds(folder, processes) for _ in rounds] for processes in (1, 2)}
    ratios = [one / two for one, two in zip(times[1], times[2], strict=True)]
    say("The torchrun script, 200,000 × 20 in batches of 50,000, one thread in each process.")
    report("Two processes, times as fast as one", ratios, at_least(1.6))


def _seconds(folder: str, processes: int) -> float:
    """Return the time from the first loss that the script prints to its end."""
    command = ["-m", "torch.distributed.run", "--standalone", f"--nproc-per-node={processes}"]
    with subprocess.Popen(
        [sys.executable, *command, "run.py", "--every", "1000"],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        cwd=folder,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
        text=True,
    ) as process:
        assert process.stdout is not None
        process.stdout.readline()
        start = end = time.perf_counter()
        for _ in process.stdout:
            end = time.perf_counter()
    return end - start
