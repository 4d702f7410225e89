"""Runs that diverge: where they stop, and from where they can go on."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
import torch

from linreg_widget.errors import SettingsError
from linreg_widget.table.table import Table, crop_yields
from linreg_widget.training.trainer import Trainer
from tests.crops import crops
from tests.training.oracle import article, state_of


def test_a_run_stops_at_the_first_loss_that_is_not_finite() -> None:
    trainer = crops(learning_rate=1.0)
    trainer.run()
    losses = trainer.recording.losses
    assert (trainer.status, len(losses)) == ("diverged", trainer.position.update)
    assert np.isfinite(losses[:-1]).all()
    assert math.isinf(losses[-1])
    assert trainer.recording.diverged_at == len(losses)
    assert losses.tobytes() == article(crop_yields(), 0, 1.0, 3)[0][: len(losses)].tobytes()
    trainer.back()
    assert trainer.status == "paused"
    assert bool(trainer.model.w.isfinite().all())
    assert math.isfinite(trainer.recording.losses[trainer.position.update - 1])


def test_a_run_stops_where_w_is_no_longer_finite_though_the_loss_was() -> None:
    """A loss of 1e38 is finite, and its gradient is not."""
    table = Table.of((np.array([[3.0]]), np.array([[1e19]])))
    trainer = Trainer(table, learning_rate=1e30)
    trainer.run()
    assert (trainer.status, trainer.position.update) == ("diverged", 1)
    assert np.isfinite(trainer.recording.losses).all()
    assert not trainer.model.w.isfinite().all()
    trainer.back()
    assert trainer.model.w.isfinite().all()
    trainer.run()
    assert (trainer.status, trainer.position.update) == ("diverged", 1)


def test_a_run_may_diverge_in_its_very_first_update() -> None:
    table = Table.of((np.array([[1e30], [1.0]]), np.array([[1.0], [1e25]])))
    trainer = Trainer(table, learning_rate=1e-5, batch_size=2)
    trainer.run()
    assert (trainer.status, trainer.position.update) == ("diverged", 1)
    assert not np.isfinite(trainer.recording.losses).any()
    trainer.back()
    assert (trainer.status, state_of(trainer.model)) == ("ready", state_of(crops_like(table).model))


def crops_like(table: Table) -> Trainer:
    return Trainer(table, learning_rate=1e-5)


def test_a_loss_that_is_nan_or_too_large_for_float32_counts_as_divergence() -> None:
    for bad in (math.nan, math.inf, -math.inf, 1e39, -1e39):

        def once(
            model: Any, x: torch.Tensor, y: torch.Tensor, learning_rate: float, bad: float = bad
        ) -> Any:
            with torch.no_grad():
                model.w += 1
            yield "up"
            return bad if model.w[0, 0] > 4 else 1.0

        trainer = crops(update=once)
        trainer.run()
        count = len(trainer.recording)
        assert (trainer.status, trainer.position.update) == ("diverged", count)
        assert trainer.recording.losses[:-1].tolist() == [1.0] * (count - 1)
        last = trainer.recording.losses[-1]
        assert math.isnan(last) if math.isnan(bad) else last == math.copysign(math.inf, bad)
        trainer.back("phase", 3)
        trainer.step("phase", 3)
        assert trainer.status == "diverged"


@pytest.mark.parametrize("by", ["phase", "update", "epoch"])
def test_stepping_stops_where_the_run_diverges_and_is_refused_from_there(by: Any) -> None:
    trainer = crops(learning_rate=1.0)
    trainer.step(by, 1000)
    assert (trainer.status, trainer.position.phase) == ("diverged", None)
    assert trainer.advance(60) == 0
    assert list(trainer) == []
    for go in (lambda: trainer.step(by), trainer.run, lambda: trainer.slices(0)):
        with pytest.raises(SettingsError, match=r"Diverged at update 5.*rate, 1, is.*change\("):
            go()
    trainer.seek(0)
    trainer.change(learning_rate=1e-5)
    trainer.step()
    assert (trainer.status, trainer.recording.diverged_at) == ("paused", None)
    assert trainer.recording.branches[0].name == "learning rate 1"
