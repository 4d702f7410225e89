"""Numbers at their edges: what float32 can reach and hold, and NumPy told to raise."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from linreg_widget.account import described
from linreg_widget.findings import findings
from linreg_widget.insight import Insight
from linreg_widget.table import Table, crop_yields
from linreg_widget.training import Trainer
from linreg_widget.valley import Valley

LINE = Table.parse("x,y\n1,3\n2,5\n3,7\n4,9")
YEARS = np.arange(2000, 2021.0)[:, None]

PERFECT = {
    "a line": LINE,
    "two rows": Table.parse("x,y\n1,3\n2,5"),
    "one row": Table.parse("x,y\n1,3"),
    "more features than rows": Table.of((np.eye(3, 5), np.arange(3.0))),
    "a constant target": Table.of((np.arange(3.0)[:, None], np.full(3, 5.0))),
    "targets of 0": Table.of((np.arange(3.0)[:, None], np.zeros(3))),
    "tiny targets": Table.of((np.arange(3.0)[:, None], 1e-30 * np.arange(3.0))),
    "years": Table.of((YEARS, 2 * YEARS + 1)),
    "years since 2000": Table.of((YEARS, YEARS - 2000)),
}


def said_of(trainer: Trainer) -> str:
    """Return all that is said of a run's best possible loss."""
    insight = trainer.insight
    trainer.keep("kept")
    return "\n".join(
        [
            repr(insight),
            repr(insight.least_squares),
            *findings(insight, trainer.settings.rate),
            described(trainer, trainer.loss(), insight.floor),
            Valley(trainer).look().words,
            str(trainer.comparison()["times_best"].tolist()),
        ]
    )


@pytest.mark.parametrize("standardize", [False, True])
@pytest.mark.parametrize("name", PERFECT)
def test_a_perfect_fit_is_as_good_as_float32_and_told_alike(
    name: str, *, standardize: bool
) -> None:
    trainer = Trainer(PERFECT[name], epochs=50, standardize=standardize)
    insight = trainer.insight
    assert 0 < insight.floor < 1e-5
    for epochs in (0, 1, 50):
        trainer.run(epochs) if epochs else None
        assert 1 <= insight.distance(trainer.loss()) < math.inf
    words = said_of(trainer)
    assert " inf" not in words
    assert "nan" not in words.casefold().replace("predicting the mean", "")
    assert "e-34" not in words
    assert "e−34" not in words
    assert "as near to 0 as 32-bit numbers come" in words


def test_the_best_possible_is_one_number_everywhere() -> None:
    trainer = Trainer(LINE)
    assert trainer.insight.floor == pytest.approx(1.34e-12, rel=0.01)
    words = said_of(trainer)
    assert words.count("1.341e-12") + words.count("1.341e−12") >= 4
    assert Valley(trainer).look().least == Valley(trainer).look().floor == trainer.insight.floor


def test_a_loss_that_rounding_leaves_is_the_best_possible() -> None:
    insight = Insight.of(LINE)
    assert [insight.distance(loss) for loss in (0.0, 1e-14, insight.floor)] == [1, 1, 1]
    assert insight.distance(3 * insight.floor) == pytest.approx(3)
    assert math.isnan(insight.distance(math.nan))
    assert math.isinf(insight.distance(math.inf))


def test_rounding_does_not_move_the_best_possible_of_data_that_scatter() -> None:
    insight = Insight.of(crop_yields())
    assert insight.floor == pytest.approx(insight.least_squares.loss, rel=1e-9)
    assert not insight.is_exact


def test_one_perfect_target_of_three_leaves_the_others_as_they_are() -> None:
    x = np.arange(6.0)[:, None]
    wild = np.array([[0.0, 3], [1, 1], [4, 4], [1, 1], [5, 5], [9, 9]])
    insight = Insight.of((x, np.hstack([2 * x + 1, wild])))
    assert insight.least_squares.target_losses[0] == 0
    assert insight.floor == pytest.approx(insight.least_squares.loss, rel=1e-6)


@settings(max_examples=20, deadline=None)
@given(
    rows=st.integers(1, 12),
    features=st.integers(1, 5),
    outputs=st.integers(1, 3),
    seed=st.integers(0, 10_000),
    standardize=st.booleans(),
)
def test_of_random_perfect_tables_no_run_is_better_than_the_best(
    *, rows: int, features: int, outputs: int, seed: int, standardize: bool
) -> None:
    random = np.random.default_rng(seed)
    x = random.normal(size=(rows, features)).round(2)
    y = x @ random.integers(-5, 6, (features, outputs)) + random.integers(-50, 50)
    trainer = Trainer(Table.of((x, y)), epochs=100, standardize=standardize)
    trainer.run()
    assert 1 <= trainer.insight.distance(trainer.loss()) < math.inf
