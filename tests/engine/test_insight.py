"""What the page's engine says of a table is what the kernel says: best fit, curvature, rates."""

from __future__ import annotations

import math
from typing import Any

import mpmath  # type: ignore[import-untyped]
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from linreg_widget.insight import Insight, scaling
from linreg_widget.table.table import Table, crop_yields
from tests.engine.conftest import Engine, numbered, wire
from tests.engine.test_runs import random_run
from tests.lanes import examples
from tests.tables import EDGES, extreme


def check(engine: Engine, table: Table, size: int, *, scaled: bool, share: float = 1e-9) -> None:
    insight = Insight.of(table, batch_size=size, standardize=scaled)
    rate = insight.safe_rate
    found = engine.ask("insight", wire(table), size, scaled, rate)
    best, mine_best = insight.least_squares, found["leastSquares"]
    assert (found["rank"], dict(mine_best["dependent"])) == (
        best.rank,
        {column: [*parts] for column, parts in best.dependent.items()},
    )

    def near(name: str, mine: Any, true: Any, least: float = 0) -> None:
        mine, true = np.array(mine, float), np.array(true, float)
        assert np.allclose(mine, true, rtol=share, atol=least), (name, mine, true)

    near("floor", found["floor"], insight.floor)
    near("rounding", found["rounding"], insight.rounding)
    near("mean_loss", found["meanLoss"], insight.mean_loss)
    near("limit", found["largestStableRate"], insight.largest_stable_rate)
    near("worst", found["worstBatchRate"], insight.worst_batch_rate)
    true = insight.curvatures if share < 1e-8 else _curvatures(table, insight)
    shown = best.rank + 1 if best.rank == table.features else 1  # flat directions are not told
    near("curvatures", found["curvatures"][:shown], true[:shown])
    if share < 1e-8:
        near("condition", found["conditionNumber"], insight.condition_number)
    if share < 1e-8 and rate > np.finfo(np.float32).tiny:  # below, no run has such a rate
        lives = [float(number.replace("Infinity", "inf")) for number in found["lives"]]
        near("lives", lives, insight.half_lives(rate))
    near("loss", mine_best["loss"], best.loss, 1e-9 * insight.mean_loss)
    terms = np.abs(table.inputs.astype(float)) @ np.abs(best.w).T + np.abs(best.b)
    predictions = table.inputs.astype(float) @ best.w.T + best.b
    mine = table.inputs.astype(float) @ np.array(mine_best["w"]).T + np.array(mine_best["b"])
    near("predictions", mine, predictions, 1e-9 * float(terms.max()))


def _curvatures(table: Table, insight: Insight) -> list[float]:
    """The Hessian's eigenvalues, steepest first, by 250 digits; NumPy's small ones are inexact."""
    mean, std = scaling(table)
    x = table.inputs.astype(float).tolist()
    with mpmath.workdps(250):
        if insight.standardize:
            columns = [*zip(mean.tolist(), std.tolist(), strict=True)]
            x = [
                [(mpmath.mpf(one) - m) / s for one, (m, s) in zip(row, columns, strict=True)]
                for row in x
            ]
        z = mpmath.matrix([[*row, 1] for row in x])
        values = mpmath.eigsy(z.T * z * 2 / (table.rows * table.outputs), eigvals_only=True)
        return sorted(map(float, values), reverse=True)


@pytest.mark.parametrize("scaled", [False, True])
@pytest.mark.parametrize("name", EDGES)
def test_tables_at_the_edges(engine: Engine, name: str, *, scaled: bool) -> None:
    check(engine, EDGES[name][0], 3, scaled=scaled)


@pytest.mark.parametrize("number", numbered(8, 60))
def test_random_tables(engine: Engine, number: int) -> None:
    trainer = random_run(number)
    check(engine, trainer.table, trainer.settings.batch_rows, scaled=trainer.settings.standardize)


@settings(max_examples=examples(15))
@given(table=extreme(), size=st.integers(1, 7), scaled=st.booleans())
def test_extreme_tables(engine: Engine, table: Table, size: int, *, scaled: bool) -> None:
    check(engine, table, size, scaled=scaled, share=1e-6)


def test_a_wrong_number_would_be_seen(engine: Engine) -> None:
    found = engine.ask("insight", wire(crop_yields()), 3, *(False, 1e-5))
    assert not math.isclose(found["largestStableRate"], 1.11e-4, rel_tol=1e-3)
    assert math.isclose(found["largestStableRate"], 1.1155e-4, rel_tol=1e-4)


def test_small_curvatures_are_exact_beside_dependent_features(engine: Engine) -> None:
    table = Table.of((np.array([[1.125, 0], [0, 1e15]], np.float32), np.zeros(2)))
    found = engine.ask("insight", wire(table), 2, *(False, 1e-32))
    large = float(np.float32(1e15)) ** 2
    assert found["rank"] == 1  # centred, x2 is a multiple of x1
    # The product of the two eigenvalues of Z Zᵀ is its determinant.
    assert math.isclose(found["conditionNumber"], large / (1.125**2 + 1), rel_tol=1e-12)
