"""Whole runs: the page's engine makes the numbers that PyTorch makes."""

from __future__ import annotations

import math
from decimal import Decimal
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from linreg_widget.insight import Insight, round_rate
from linreg_widget.microscope import Specimen
from linreg_widget.settings import FIELDS
from linreg_widget.table.table import Table, crop_yields
from linreg_widget.training.trainer import Trainer
from linreg_widget.wording import measured
from tests.engine.conftest import Engine, floats, numbered, wire
from tests.lanes import at_length
from tests.tables import EDGES

MOST_UPDATES = 1000 if at_length() else 250


def settings_of(trainer: Trainer) -> dict[str, Any]:
    return {name: getattr(trainer.settings, name) for name in FIELDS}


def random_run(number: int) -> Trainer:
    """A table and settings at random: rates up to half of that of the worst batch."""
    rng = np.random.default_rng(number)
    n, d, t = (int(rng.integers(1, most + 1)) for most in (300, 30, 4))
    if number % 3 == 0:  # a small one, of which fewer than 16 numbers are drawn
        n, d, t = int(rng.integers(1, 12)), int(rng.integers(1, 4)), int(rng.integers(1, 4))
    inputs = rng.normal(rng.normal(0, 3, d), np.exp(rng.normal(0, 1.5, d)), (n, d))
    targets = inputs @ rng.normal(0, 1, (d, t)) + rng.normal(0, 1, (n, t))
    table = Table.of((inputs.astype(np.float32), targets.astype(np.float32)))
    held_out = 0.05 + 0.01 * (number % 40) if n > 3 and number % 2 == 0 else None
    size, scaled = int(rng.integers(1, n + 1)), bool(rng.integers(2))
    worst = Insight.of(table, batch_size=size, standardize=scaled).worst_batch_rate
    return Trainer(
        table,
        learning_rate=worst / 2 * float(rng.uniform(0.01, 1)),
        batch_size=size,
        epochs=int(np.clip(MOST_UPDATES // -(-n // size), 1, 50)),
        seed=int(rng.integers(2**53) if number % 2 else rng.integers(100)),
        shuffle=bool(rng.integers(5)),
        standardize=scaled,
        held_out=held_out,
    )


def near(found: NDArray[Any], true: NDArray[Any], least: float, share: float = 1e-5) -> None:
    """Assert that numbers agree to a share of their size, or to a difference."""
    assert found.shape == true.shape
    off = np.abs(found.astype(np.float64) - true) - np.maximum(least, share * np.abs(true))
    assert np.all(off <= 0), (found[off > 0][:5], true[off > 0][:5])


def same(found: dict[str, Any], specimen: Specimen, names: tuple[str, ...], share: float) -> None:
    """Assert that tensors agree to a share of their largest number, as far as they are kept."""
    for name in names:
        value = specimen.seen[name].value
        assert value is not None
        rows, columns = value.numbers.shape
        mine = floats(found[name]).reshape(math.prod(value.shape[:-1]), -1)
        near(mine[:rows, :columns], value.numbers, share * float(np.abs(value.numbers).max()))


@pytest.mark.parametrize("number", numbered(12, 200))
def test_a_run_is_that_of_pytorch(engine: Engine, number: int) -> None:
    trainer = random_run(number)
    table, settings = trainer.table, settings_of(trainer)
    start = [trainer.model.w.detach().numpy().copy(), trainer.model.b.detach().numpy().copy()]
    trainer.run()
    total = len(trainer.recording)
    moments = sorted({0, min(1, total - 1), total // 2, total - 1})
    found = engine.ask("whole", wire(table, trainer.held_out), settings, moments)
    assert found["settings"] == settings
    for name, true in zip(("w", "b"), start, strict=True):
        assert floats(found["start"][name]).tobytes() == true.ravel().tobytes()
    assert (found["update"], found["status"]) == (total, trainer.status) == (total, "finished")
    batches = trainer._run.batches
    for epoch, order in enumerate(found["orders"]):
        true_order = (
            batches.sampling.order(epoch, table.rows).tolist()
            if settings["shuffle"]
            else [*range(table.rows)]
        )
        assert order == true_order
    losses = trainer.recording.losses
    near(floats(found["losses"]), losses, 1e-6 * float(losses[0]))
    near(np.array(found["means"]), trainer.recording.epoch_means()[1], 1e-6 * float(losses[0]))
    near(np.array(found["full"]), np.array(trainer.loss()), 1e-6 * float(losses[0]))
    looked_at, unseen = trainer.held_out_losses()
    assert found["unseen"]["x"] == looked_at.tolist()
    assert (trainer.held_out is None) == (len(unseen) == 0)
    near(np.array(found["unseen"]["y"]), unseen, 1e-6 * max(float(losses[0]), *unseen[:1], 0))
    for name in ("w", "b"):
        true = getattr(trainer.model, name).detach().numpy().ravel()
        near(floats(found[name]), true, 1e-5 * float(np.abs(true).max()))
    for moment, inside in zip(moments, found["inside"], strict=True):
        trainer.seek(moment, "update")
        specimen = trainer.specimen
        assert inside["index"] == specimen.rows.tolist()
        same(inside["numbers"], specimen, ("x", "y", "predictions", "w", "b"), 2e-5)


@pytest.mark.parametrize("number", numbered(8, 40))
def test_a_single_update_is_that_of_pytorch(engine: Engine, number: int) -> None:
    trainer = random_run(1000 + number)
    settings = settings_of(trainer)
    found = engine.ask("whole", wire(trainer.table), {**settings, "epochs": 1}, [0])
    trainer.step("phase", 4)
    (inside,) = found["inside"]
    names = ("x", "y", "predictions", "loss", "w", "b", "w.grad", "b.grad")
    same(inside["numbers"], trainer.specimen, names, 1e-6)


@pytest.mark.parametrize("settings", [{}, {"learning_rate": 5e-5}, {"standardize": True}])
@pytest.mark.parametrize("seed", numbered(3, 20))
def test_what_the_page_shows_differs_by_at_most_a_unit_in_the_last_digit(
    engine: Engine, seed: int, settings: dict[str, Any]
) -> None:
    trainer = Trainer(crop_yields(), seed=seed, **settings)
    moments = [0, 1, 10, 100, 249]
    found = engine.ask("whole", wire(trainer.table), settings_of(trainer), moments)
    trainer.run()
    pairs = {"losses": [(floats(found["losses"]), trainer.recording.losses)]}
    for moment, inside in zip(moments, found["inside"], strict=True):
        trainer.seek(moment, "update")
        for name, seen in trainer.specimen.seen.items():
            if name != "learning_rate":
                assert seen.value is not None
                mine = floats(inside["numbers"][name])
                pairs.setdefault(name, []).append((mine, seen.value.numbers.ravel()))
    for arrays in pairs.values():
        mine, true = (np.concatenate(parts) for parts in zip(*arrays, strict=True))
        # What is left of a difference of much larger numbers: torch's own last bits depend on the
        # processor.
        least = 1e-6 * float(np.abs(true).max())
        for one, other in zip(mine, true, strict=True):
            assert abs(one - other) <= least or _units(float(one), float(other)) <= 1, (one, other)


def _units(one: float, other: float) -> float:
    """By how many units in the last digit two numbers differ as the page shows them."""
    first, second = (Decimal(plain(number)) for number in (one, other))
    places = max(int(number.as_tuple().exponent) for number in (first, second))
    return float(abs(first - second) / Decimal(1).scaleb(places))


def plain(number: float) -> str:
    """A number as the page shows it, without what only people want."""
    return measured(number).replace(",", "").replace("−", "-")


@pytest.mark.parametrize("seed", numbered(6, 30))
@pytest.mark.parametrize("rate", [2e-4, 1e-3, 0.1, 30.0])
def test_a_diverging_run_diverges_as_in_pytorch(engine: Engine, seed: int, rate: float) -> None:
    trainer = Trainer(crop_yields(), learning_rate=rate, seed=seed)
    settings = settings_of(trainer)
    trainer.run()
    assert trainer.status == "diverged"
    found = engine.ask("whole", wire(trainer.table), settings, [])
    assert found["status"] == "diverged"
    assert abs(found["update"] - len(trainer.recording)) <= 1


@pytest.mark.parametrize("name", EDGES)
def test_tables_at_the_edges_train_as_in_pytorch(engine: Engine, name: str) -> None:
    table, told = EDGES[name]
    trainer = Trainer(table, **{"epochs": 5, **told})  # type: ignore[arg-type]
    settings = settings_of(trainer)
    wanted = {**settings, "batch_size": None}
    limit = trainer.insight.largest_stable_rate / 10
    if round_rate(limit * (1 - 1e-9)) == round_rate(limit * (1 + 1e-9)):  # not just between two
        wanted["learning_rate"] = told.get("learning_rate")
    trainer.run()
    found = engine.ask("whole", wire(table), wanted, [])
    assert found["settings"] == settings
    assert found["status"] == trainer.status
    assert abs(found["update"] - len(trainer.recording)) <= (trainer.status == "diverged")
    if trainer.status != "diverged":
        losses = trainer.recording.losses
        near(floats(found["losses"]), losses, 1e-6 * float(losses[0]))
