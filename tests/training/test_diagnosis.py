"""What went wrong is told from the run's own data, with two ways out."""

from __future__ import annotations

import copy
from typing import Any

import numpy as np
import pytest
import torch

from linreg_widget.errors import SettingsError
from linreg_widget.model import gradient_update, mse_loss
from linreg_widget.table.table import Table
from linreg_widget.training.trainer import Trainer
from linreg_widget.wording import times
from tests.crops import crops
from tests.lanes import seeds
from tests.training import mistaken


def diverged_on_the_way() -> Trainer:
    """Fifty good epochs, then a rate that is too large."""
    trainer = crops()
    trainer.run()
    trainer.change(learning_rate=1.3e-4, epochs=200)
    trainer.run()
    assert trainer.status == "diverged"
    return trainer


def test_a_good_run_has_nothing_wrong_at_any_moment() -> None:
    trainer = crops()
    assert trainer.diagnosis.kind == ""
    for _ in trainer:
        assert trainer.diagnosis.kind == ""
    with pytest.raises(SettingsError, match="nothing to be rescued from"):
        trainer.rescue("start")


@pytest.mark.parametrize("seed", seeds(20))
@pytest.mark.parametrize("rate", [1e-6, 1e-5, 4e-5])
def test_the_noise_of_small_batches_is_no_growth(rate: float, seed: int) -> None:
    trainer = crops(learning_rate=rate, seed=seed, epochs=60)
    for _ in trainer:
        assert trainer.diagnosis.kind == "", trainer.position


def test_divergence_is_told_with_update_rate_and_what_grew() -> None:
    trainer = diverged_on_the_way()
    at, losses = trainer.position.update, trainer.recording.losses
    lowest = int(np.argmin(losses))
    found = trainer.diagnosis
    assert found.kind == "diverged"
    assert f"Diverged at update {at}:" in found.words
    assert f"from {losses[lowest]:.2f} at update {lowest + 1} to" in found.words
    assert f"at update {at - 1}." in found.words
    share = 1.3e-4 / trainer.insight.largest_stable_rate
    assert (
        f"The learning rate, 1.3e-4, is {times(share)} times the largest stable one" in found.words
    )
    assert "mostly the weights of Rainfall and Temperature" in found.words
    assert (found.safe_rate, found.good_update) == (1e-5, lowest)
    # The rate that is told is the one it happened with, whatever is chosen since.
    trainer.change(learning_rate=1e-6)
    assert trainer.diagnosis.words == found.words


def test_back_from_divergence_stands_the_last_finite_state() -> None:
    trainer = diverged_on_the_way()
    trainer.back()
    assert torch.isfinite(trainer.model.w).all()
    assert trainer.diagnosis.kind == "growing"


def test_a_run_that_grows_is_warned_of_long_before_it_overflows() -> None:
    trainer = crops(learning_rate=1.5e-4)
    warned = next(trainer.position.update for _ in trainer if trainer.diagnosis.kind)
    assert warned <= 15
    found = trainer.diagnosis
    assert found.kind == "growing"
    assert "The loss is growing: ×" in found.words
    assert "is 1.3 times the largest stable one, 1.12e-4: lower it." in found.words
    assert len(found.words) < 170
    trainer.run()
    assert trainer.status == "diverged"


def test_rescue_to_the_start() -> None:
    trainer = diverged_on_the_way()
    trainer.rescue("start")
    assert (trainer.status, trainer.settings.rate) == ("ready", 1e-5)
    assert len(trainer.recording.branches) == 1
    trainer.run()
    assert (trainer.status, trainer.diagnosis.kind) == ("finished", "")


def test_rescue_to_the_last_good_update() -> None:
    trainer = diverged_on_the_way()
    good = trainer.diagnosis.good_update
    trainer.rescue("good")
    assert (trainer.position.update, trainer.settings.rate) == (good, 1e-5)
    loss = trainer.loss()
    trainer.run()
    assert trainer.loss() < loss
    assert len(trainer.recording.branches) == 1


@pytest.mark.slow
@pytest.mark.parametrize("rate", [1.2e-4, 1.5e-4, 2e-4, 3e-4, 1e-2, 30.0])
@pytest.mark.parametrize("seed", seeds(4, tried=1))
def test_good_means_no_worse_than_the_start(rate: float, seed: int) -> None:
    trainer = crops(learning_rate=rate, seed=seed, epochs=200)
    start = trainer.loss()
    trainer.run()
    assert trainer.status == "diverged"
    good, losses = trainer.diagnosis.good_update, trainer.recording.losses.copy()
    if good is None:
        with pytest.raises(SettingsError, match=r"as low as the start.*use rescue\('start'\)"):
            trainer.rescue("good")
        assert (trainer.status, trainer.settings.rate) == ("diverged", rate)
        with pytest.raises(SettingsError, match=r"or use rescue\('start'\)\.$"):
            trainer.step()
        trainer.rescue("start")
    else:
        with pytest.raises(SettingsError, match=r"rescue\('start'\) or rescue\('good'\)\.$"):
            trainer.step()
        trainer.rescue("good")
        assert 0 < good == trainer.position.update
        assert losses[good] <= losses[0]
        assert trainer.loss() <= start
    assert trainer.settings.rate == 1e-5
    for _ in trainer:
        assert trainer.diagnosis.kind == ""
    assert (trainer.status, trainer.loss() <= start) == ("finished", True)


@pytest.mark.parametrize("rate", [1.5e-4, 2e-4, 3e-4])
def test_a_growing_run_is_offered_only_what_is_no_worse_than_the_start(rate: float) -> None:
    trainer = crops(learning_rate=rate)
    start, offered = trainer.loss(), set()
    for _ in trainer:
        found = trainer.diagnosis
        if found.kind == "growing" and found.good_update not in offered:
            offered.add(found.good_update)
            twin = copy.deepcopy(trainer)
            if found.good_update is None:
                with pytest.raises(SettingsError, match="as low as the start"):
                    twin.rescue("good")
            else:
                twin.rescue("good")
                assert twin.loss() <= start
                assert twin.diagnosis.kind == ""
    assert offered


def test_a_moment_between_checkpoints_of_an_own_function_is_not_replayed_to_be_judged() -> None:
    calls = []

    def update(model: Any, x: Any, y: Any, learning_rate: float) -> Any:
        calls.append(1)
        return (yield from gradient_update(model, x, y, learning_rate))

    trainer = crops(update=update)
    trainer.run()
    trainer.change(learning_rate=1.3e-4, epochs=200)
    trainer.run()
    assert trainer.status == "diverged"
    before = len(calls)
    good = trainer.diagnosis.good_update
    assert good in trainer.recording.checkpoints
    assert len(calls) == before + 1, "to see what the function does"
    trainer.rescue("good")
    assert len(calls) == before + 1, "a checkpoint is at hand"
    assert trainer.loss() <= trainer.recording.full_losses.get(0, np.inf)


@pytest.mark.parametrize("rate", [2e-4, 3e-4, 1e-2, 30.0])
def test_a_run_that_never_was_good_starts_again(rate: float) -> None:
    trainer = crops(learning_rate=rate)
    trainer.run()
    assert trainer.diagnosis.good_update is None
    trainer.rescue("start")
    trainer.run()
    assert (trainer.status, trainer.diagnosis.kind) == ("finished", "")


def test_a_batch_that_overshoots_below_the_limit_is_told_so() -> None:
    """One long row in a batch of its own: below the limit for all rows, too steep alone."""
    rows = np.concatenate([np.full((30, 1), 0.01), [[10.0]]])
    trainer = Trainer((rows, rows * 3 + 1), learning_rate=0.08, batch_size=1, epochs=400)
    insight = trainer.insight
    assert insight.worst_batch_rate < 0.08 < insight.largest_stable_rate
    trainer.run()
    assert trainer.status == "diverged"
    assert "is below the limit for all rows" in trainer.diagnosis.words
    assert "some batches of 1 overshoot" in trainer.diagnosis.words
    safe_rate = trainer.diagnosis.safe_rate
    assert safe_rate is not None
    assert safe_rate <= insight.worst_batch_rate


def climbs(model: Any, x: Any, y: Any, learning_rate: float) -> Any:
    loss = mse_loss(model(x), y)
    loss.backward()
    yield "backward"
    with torch.no_grad():
        model.w += 40 * model.w.grad * learning_rate
        model.b += 40 * model.b.grad * learning_rate
        model.w.grad.zero_()
        model.b.grad.zero_()
    return loss.item()


def test_where_it_is_not_the_rate_the_update_function_is_named() -> None:
    trainer = crops(update=climbs, epochs=200)
    trainer.run()
    assert trainer.status == "diverged"
    assert "it must be the update function. w and b go uphill" in trainer.diagnosis.words


def test_one_row() -> None:
    trainer = Trainer(Table.of((np.array([[3.0]]), np.array([[1.0]]))), learning_rate=9.0)
    trainer.run()
    assert trainer.diagnosis.kind == "diverged"
    trainer.rescue("start")
    trainer.run()
    assert trainer.status == "finished"


def test_numbers_that_overflow_are_named_and_not_the_article_s_update() -> None:
    trainer = Trainer((np.arange(4.0), np.array([1e20, 2e20, 3e20, -1e20])), epochs=5)
    trainer.run()
    assert trainer.status == "diverged"
    assert "measure them in a larger unit" in trainer.diagnosis.words
    assert "update function" not in trainer.diagnosis.words
    for to in ("start", "good"):
        with pytest.raises(SettingsError, match=r"no learning rate helps.*larger unit"):
            trainer.rescue(to)


def test_w_and_b_set_far_out_by_hand_are_named() -> None:
    trainer = crops()
    trainer.set(b=[1e30, 1e30])
    trainer.step()
    assert trainer.status == "diverged"
    assert "w and b are so far from the best fit" in trainer.diagnosis.words
    assert "update function" not in trainer.diagnosis.words


@pytest.mark.parametrize("rate", [1e-5, 4e-5])
@pytest.mark.parametrize(
    "turned", [lambda mse: -mse, lambda mse: mse.log() - 20], ids=["turned", "log"]
)
def test_a_loss_below_0_that_falls_or_rises_is_no_growth(turned: Any, rate: float) -> None:
    """As a log-likelihood is: no multiple of it says anything."""
    update = mistaken.update(returned=lambda difference: turned((difference**2).mean()))
    trainer = crops(update=update, learning_rate=rate)
    for _ in trainer:
        assert trainer.diagnosis.kind == "", trainer.diagnosis.words
    assert trainer.recording.losses.max() < 0


@pytest.mark.parametrize("rate", [1e-2, 100.0])
@pytest.mark.parametrize("scale", [(1, 1e30), (1e19, 1e19), (1e30, 1)])
def test_no_rate_is_offered_where_the_squares_are_beyond_float32(
    scale: tuple[float, float], rate: float
) -> None:
    x = np.arange(1.0, 9.0)[:, np.newaxis]
    trainer = Trainer((scale[0] * x, scale[1] * x), learning_rate=rate)
    trainer.run()
    found = trainer.diagnosis
    assert (found.kind, found.safe_rate, found.good_update) == ("diverged", None, None)
    assert "measure them in a larger unit" in found.words
    with pytest.raises(SettingsError, match="no learning rate helps"):
        trainer.rescue("start")
    with pytest.raises(SettingsError, match=r"larger unit.*\. Go back\(\) or reset\(\)\.$"):
        trainer.step()
