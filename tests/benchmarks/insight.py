"""(i) What insight into a large table costs."""

from __future__ import annotations

import numpy as np

from linreg_widget import Insight, Table
from tests.benchmarks.common import Cost, Goal, Plan, cost_of, in_turn, median, report, say

TITLE = "Insight into a table of 1,000,000 × 10, against numpy.linalg.lstsq"
_ROWS, _FEATURES = 1_000_000, 10
_GOAL = Goal("under a second", lambda seconds: seconds < 1)


def measure(plan: Plan) -> None:
    """Measure and print."""
    numbers = np.random.default_rng(0)
    x = numbers.normal(3, 2, (_ROWS, _FEATURES)).astype(np.float32)
    y = (x[:, :1] + numbers.normal(size=(_ROWS, 1))).astype(np.float32)
    table = Table.of((x, y))

    def ours() -> Cost:
        return cost_of(lambda: _everything(table), 1)

    def theirs() -> Cost:
        design = np.hstack([x.astype(np.float64), np.ones((_ROWS, 1))])
        return cost_of(lambda: np.linalg.lstsq(design, y.astype(np.float64), rcond=None), 1)

    turns = in_turn(ours, theirs, plan.rounds(5, 2))
    say(
        "Ours: the least-squares solution with its rank, R² and RMSE, all curvatures, the largest "
        "stable rate, that of the worst batch, and the half-lives, from float32 rows in chunks. "
        "Theirs: the solution alone, from a float64 copy that is made beforehand. "
        f"{median(turns.one):.2f} and {median(turns.other):.2f} seconds."
    )
    report("Seconds", [cost.wall for cost in turns.one], _GOAL)
    report("Times as long", turns.slower)


def _everything(table: Table) -> None:
    insight = Insight.of(table, batch_size=64)
    assert insight.least_squares.rank == _FEATURES
    assert np.isfinite(insight.r2).all()
    assert np.isfinite(insight.rmse).all()
    assert 0 < insight.worst_batch_rate <= insight.largest_stable_rate
    assert np.isfinite(insight.half_lives(insight.safe_rate)).all()
