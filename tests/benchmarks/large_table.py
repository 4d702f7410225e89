"""(j) An epoch of a large table against the tight loop, and against scikit-learn's SGDRegressor."""

from __future__ import annotations

import importlib.util

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
