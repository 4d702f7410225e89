"""Numbers at their edges: what float32 can reach and hold, and NumPy told to raise."""

from __future__ import annotations

import contextlib
import itertools
import math
import re
from functools import partial
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from linreg_widget.errors import SettingsError, UpdateError
from linreg_widget.insight.findings import findings
from linreg_widget.insight.insight import Insight
from linreg_widget.model import mse_loss
from linreg_widget.panel.readings import Readings
from linreg_widget.plots.valley.scene import Valley
from linreg_widget.settings import Settings, Stop
from linreg_widget.table.table import Table, crop_yields
from linreg_widget.training.summary import described
from linreg_widget.training.trainer import Trainer
from tests.lanes import at_length, examples
from tests.tables import EDGES, extreme
from tests.training.updates import Phases

pytestmark = pytest.mark.clock

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
    assert not re.search(r"\binf\b", words)
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


# ---- NumPy told to raise -------------------------------------------------------------------------


def tour(trainer: Trainer) -> str:
    """Do and read all that a trainer offers; return what is said on the way."""
    said = [repr(trainer.table), trainer.table.to_csv(), repr(trainer.table.to_frame())]
    for verb in (
        partial(trainer.step, "phase"),
        trainer.step,
        partial(trainer.keep, "one update"),
        trainer.run,
        trainer.back,
        partial(trainer.run, 2),
        partial(trainer.seek, 1),
        partial(trainer.change, learning_rate=trainer.settings.rate / 2),
        partial(trainer.run, 2),
        partial(trainer.set, b=np.full(trainer.table.outputs, 1e-44)),
        trainer.run,
        partial(trainer.reset, standardize=not trainer.settings.standardize),
        partial(trainer.run, 2),
    ):
        with contextlib.suppress(SettingsError):  # after a divergence
            verb()
        insight, recording = trainer.insight, trainer.recording
        said += [repr(getattr(insight, name)) for name in dir(Insight) if name[0] != "_"]
        said += [repr(insight), *findings(insight, trainer.settings.rate)]
        said += [repr(part) for part in (trainer, recording, recording.to_frame(), trainer.loss())]
        said += [repr(trainer.coefficients(scaled=scaled)) for scaled in (False, True)]
        said += [repr(part) for part in (trainer.target_losses(), trainer.predictions())]
        said += [repr(part) for part in (trainer.full_losses(math.inf), trainer.comparison())]
        said += [described(trainer, trainer.loss(), insight.floor), trainer.diagnosis.words]
        said += [repr(recording.epoch_means()), repr(recording.path()), trainer.to_script()]
        said += [repr(trainer.predict(np.full(trainer.table.features, 1e-50)))]
        said += [repr(Readings(trainer).now(at_rest=True)), Valley(trainer).look().words]
    if trainer.diagnosis.kind and trainer.diagnosis.safe_rate:
        trainer.rescue("start")
    return "\n".join(said)


LOUDEST = {"a run that diverges", "the largest numbers", "fewer digits", "numbers of all sizes"}
"""Where NumPy has most to say: in `make test` the tour of these alone is made in silence, too."""


@pytest.mark.parametrize("name", EDGES)
def test_a_whole_tour_does_not_ask_what_numpy_is_to_raise(name: str) -> None:
    table, settings = EDGES[name]
    with np.errstate(all="raise"):
        raised = tour(Trainer(table, Settings(epochs=5), **settings))  # type: ignore[arg-type]
    if name in LOUDEST or at_length():
        with np.errstate(all="ignore"):
            ignored = tour(Trainer(table, Settings(epochs=5), **settings))  # type: ignore[arg-type]
        assert raised == ignored


@settings(max_examples=examples(5), deadline=None)
@given(table=extreme(), standardize=st.booleans())
def test_no_table_makes_numpy_raise(*, table: Table, standardize: bool) -> None:
    with np.errstate(all="raise"):
        tour(Trainer(table, epochs=2, standardize=standardize, learning_rate=1e-3))


@pytest.mark.parametrize("name", EDGES)
def test_data_of_any_kind_are_read_while_numpy_is_to_raise(name: str) -> None:
    table, _ = EDGES[name]
    frame = table.to_frame()
    with np.errstate(all="raise"):
        for data in (frame, frame.astype(np.float64), dict(frame), frame.to_numpy(np.float64)):
            assert np.array_equal(Table.of(data, table.outputs).inputs, table.inputs)
        assert np.array_equal(Table.parse(table.to_csv(), table.outputs).inputs, table.inputs)


def test_an_update_function_runs_as_the_user_told_numpy() -> None:
    heard: set[str] = set()

    def listening(model: Any, x: torch.Tensor, y: torch.Tensor, learning_rate: float) -> Phases:
        heard.add(np.geterr()["over"])
        loss = mse_loss(model(x), y)
        yield "predict"
        return loss.item() * learning_rate

    def overflowing(model: Any, x: torch.Tensor, y: torch.Tensor, learning_rate: float) -> Phases:
        yield "predict"
        return float(np.float64(1e300) * np.float64(1e300))

    with np.errstate(all="raise"):
        trainer = Trainer(LINE, update=listening, epochs=2)
        trainer.run()
        assert heard == {"raise"}
        with pytest.raises(UpdateError, match="FloatingPointError: overflow"):
            Trainer(LINE, update=overflowing).run()
        assert np.geterr()["over"] == "raise"


# ---- shapes at their edges -----------------------------------------------------------------------

SHAPES = {
    "a perfect line": 2_500,
    "two rows": 3_000,
    "one row": 200,
    "more features than rows": 500,
    "all rows equal": 200,
    "a constant target": 5_000,
    "a feature of zeros": 500,
    "nothing but zeros": 200,
    "tiny numbers": 200,
    "the smallest numbers": 200,
    "fewer digits": 200,
}


LONGEST = {("a constant target", False), ("a feature of zeros", False)}
"""The test after the next runs the first of them as well, and the second is much like it."""


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "standardize"),
    [
        pytest.param(*one, marks=pytest.mark.matrix if one in LONGEST else ())
        for one in itertools.product(SHAPES, [False, True])
    ],
)
def test_a_run_that_is_to_stop_near_the_best_does(name: str, *, standardize: bool) -> None:
    table, _ = EDGES[name]
    stop = Stop(within=1.1)
    trainer = Trainer(table, epochs=SHAPES[name], standardize=standardize, stop=stop)
    trainer.run()
    assert trainer.status == "paused"
    assert (
        "32-bit numbers come no nearer" in trainer.notice or "within the chosen" in trainer.notice
    )
    words = re.findall(r"\S+ times the best", f"{trainer.notice}\n{said_of(trainer)}")
    assert "the best possible" in trainer.notice
    assert all(re.match(r"\d", word) for word in words)


@pytest.mark.slow
def test_a_rate_at_which_steps_become_too_small_is_told_of() -> None:
    table, _ = EDGES["a constant target"]
    trainer = Trainer(table, epochs=5_000, stop=Stop(within=1.1))
    trainer.set(w=[[1e-4]], b=[4.999])  # most of the way, which takes thousands of epochs
    trainer.run()
    assert "in which even the slowest error" in trainer.notice
    assert "At this learning rate, 32-bit numbers come no nearer than" in trainer.notice
    trainer.change(learning_rate=trainer.settings.rate * 5)
    trainer.run(500)
    assert trainer.insight.distance(trainer.loss()) < 100


# ---- words ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", EDGES)
def test_what_is_said_of_any_table_is_finite(name: str) -> None:
    table, settings = EDGES[name]
    trainer = Trainer(table, Settings(epochs=5), **settings | {"standardize": True})  # type: ignore[arg-type]
    assert 0 < trainer.insight.floor < math.inf
    assert not re.search(r"\binf\b", said_of(trainer).split("[")[0])
    trainer.run()
    words = "\n".join([*findings(trainer.insight, 0.1), Valley(trainer).look().words])
    assert "∞" not in words
    assert "inf " not in words
    assert "nan" not in words
