"""A view of a run is whole by itself, and its stamp tells whether the run has changed."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import pytest
import torch

from linreg_widget import settings as rules
from linreg_widget.errors import SettingsError, UpdateError
from linreg_widget.model import gradient_update, mse_loss
from linreg_widget.recording.schedule import Schedule
from linreg_widget.settings import Settings, Stop
from linreg_widget.table.table import crop_yields
from linreg_widget.training import batches as batches_module
from linreg_widget.training.replay import Replay
from linreg_widget.training.run import Run
from linreg_widget.training.trainer import Trainer
from linreg_widget.training.view import RunView
from tests.crops import crops
from tests.training.oracle import state_of

pytestmark = pytest.mark.clock  # most looks at losses have their time

# ---- a view by itself ----------------------------------------------------------------------------


def test_a_view_reads_a_run_that_has_no_trainer() -> None:
    run = Run(crop_yields(), Settings(learning_rate=1e-5, batch_size=3), gradient_update)
    run.train(20)
    view, trainer = RunView(run), crops()
    trainer.step(count=20)
    assert (view.position, view.settings) == (trainer.position, trainer.settings)
    assert (view.status, view.total, view.batches) == ("paused", trainer.total, trainer.batches)
    assert view.loss() == trainer.loss()
    assert view.batch_loss == trainer.batch_loss
    assert repr(view.coefficients()) == repr(trainer.coefficients())
    assert view.insight.floor == trainer.insight.floor
    assert view.diagnosis == trainer.diagnosis
    assert view.specimen.phases == trainer.specimen.phases
    assert view.comparison().equals(trainer.comparison())
    assert view.to_script() == trainer.to_script()
    assert (view.kept, view.stop, view.notice, view.failure) == ((), Stop(), "", None)
    assert view.stamp == trainer.stamp
    run.train(21)
    assert view.position.update == 21


def test_a_view_has_no_verbs() -> None:
    view: Any = RunView(Run(crop_yields(), Settings(1e-5, batch_size=3), gradient_update))
    for verb in ("step", "run", "back", "seek", "reset", "change", "set", "keep", "pause"):
        assert not hasattr(view, verb)
    with pytest.raises(AttributeError):
        view.stop = Stop(within=2)


def test_a_replay_goes_everywhere_and_the_trainer_stays() -> None:
    trainer = crops(stop=Stop(within=1.5))
    trainer.step(count=90)
    trainer.keep("ninety")
    trainer.step("phase", 2)
    before, numbers = trainer.stamp, state_of(trainer.model)
    replay = Replay(trainer)
    for update in (50, 3, 4, 90):
        replay.visit(update, 1)
        assert (replay.position.update, replay.phases) == (update, 1)
    assert trainer.stamp == before
    assert state_of(trainer.model) == numbers
    assert replay.model is not trainer.model
    assert replay.recording is not trainer.recording
    assert (replay.kept, replay.stop) == (trainer.kept, trainer.stop)
    assert replay.lock is trainer.lock


# ---- its stamp -----------------------------------------------------------------------------------


def fails_later(model: Any, x: Any, y: Any, learning_rate: float) -> Any:
    model.count = getattr(model, "count", 0) + 1
    if model.count > 30:
        raise ValueError("thirty is enough")
    return (yield from gradient_update(model, x, y, learning_rate))


def made(**given: Any) -> Trainer:
    trainer = crops(**given)
    trainer.step(count=20)
    trainer.seek(12)
    return trainer


def fail(trainer: Trainer) -> None:
    with pytest.raises(UpdateError):
        trainer.step(count=40)


CHANGES: dict[str, Callable[[Trainer], object]] = {
    "a step": Trainer.step,
    "a phase": lambda trainer: trainer.step("phase"),
    "a step back": Trainer.back,
    "a place": lambda trainer: trainer.seek(20),
    "a reset": Trainer.reset,
    "a rate that waits": lambda trainer: trainer.change(learning_rate=2e-5),
    "the number of epochs": lambda trainer: trainer.change(epochs=9),
    "numbers set by hand": lambda trainer: trainer.set(b=[0, 0]),
    "a failure": fail,
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=[*CHANGES])
def test_a_stamp_is_another_after(change: Callable[[Trainer], object]) -> None:
    trainer = made(update=fails_later)
    before = trainer.stamp
    change(trainer)
    assert trainer.stamp != before


LOOKS: dict[str, Callable[[Trainer], object]] = {
    "nothing": lambda _trainer: None,
    "looks": lambda trainer: (trainer.specimen, trainer.diagnosis, trainer.full_losses(math.inf)),
    "a script": Trainer.to_script,
    "a run that is kept": Trainer.keep,
    "a replay": lambda trainer: Replay(trainer).visit(20),
    "a way there and back": lambda trainer: (trainer.seek(3), trainer.seek(12)),
}


@pytest.mark.parametrize("look", LOOKS.values(), ids=[*LOOKS])
def test_a_stamp_is_the_same_after(look: Callable[[Trainer], object]) -> None:
    trainer = made()
    before = trainer.stamp
    look(trainer)
    assert trainer.stamp == before
    assert hash(trainer.stamp) == hash(before)


def test_what_was_recorded_stays_as_long_as_the_history_does() -> None:
    trainer = made()
    before = trainer.stamp.history
    trainer.seek(20)
    trainer.step(count=5)
    assert trainer.stamp.history == before
    trainer.set(b=[0, 0])  # at the end, so nothing is cut off, but no replay comes by it
    by_hand = trainer.stamp.history
    assert by_hand != before
    trainer.seek(5)
    trainer.change(learning_rate=2e-5)
    assert trainer.stamp.history == by_hand
    trainer.step()
    assert trainer.stamp.history not in (before, by_hand)


# ---- work done once ------------------------------------------------------------------------------


def test_a_schedule_is_made_once_for_a_change(monkeypatch: pytest.MonkeyPatch) -> None:
    trainer = made()
    trainer.change(learning_rate=2e-5, batch_size=4)
    schedules = []
    changed = Schedule.changed

    def counted(schedule: Schedule, update: int, settings: Settings) -> Schedule:
        schedules.append(changed(schedule, update, settings))
        return schedules[-1]

    monkeypatch.setattr(Schedule, "changed", counted)
    trainer._run.train(13)
    assert [trainer.recording.schedule] == schedules
    assert trainer.recording.segment_at(12).settings.batch_size == 4


def test_a_rate_that_waits_is_not_checked_at_each_look(monkeypatch: pytest.MonkeyPatch) -> None:
    trainer = made()
    checked = []
    check = rules._positive_number

    def counted(value: object) -> float:
        checked.append(value)
        return check(value)

    monkeypatch.setattr(rules, "_positive_number", counted)
    trainer.change(learning_rate=2.5e-5)
    for _ in range(5):
        assert trainer.settings.rate == 2.5e-5
        assert trainer.stamp.settings is trainer.settings
        assert trainer.total > trainer.batches
    trainer.step()
    assert len(checked) <= 4
    with pytest.raises(SettingsError):
        trainer.change(learning_rate=-1)


# ---- the loss over all rows ----------------------------------------------------------------------


@pytest.fixture
def rows(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Of how many rows a loss was worked out, each time."""
    rows: list[int] = []

    def counted(predictions: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
        rows.append(len(predictions))
        return mse_loss(predictions, targets)

    monkeypatch.setattr(batches_module, "mse_loss", counted)
    return rows


@pytest.mark.parametrize("standardize", [False, True])
def test_a_loss_over_all_rows_is_worked_out_once_and_is_that_of_w_and_b(
    rows: list[int], *, standardize: bool
) -> None:
    trainer = crops(standardize=standardize, learning_rate=1e-3 if standardize else 1e-5)
    first = trainer.loss()
    assert trainer.full_losses()[1].tolist() == [first]
    assert trainer.loss() == first
    assert len(rows) == 1
    trainer.step(count=3)
    trainer.step("phase")
    there = trainer.loss()
    assert there != first
    assert there == float(mse_loss(trainer.predictions(), torch.tensor(trainer.table.targets)))
    trainer.seek(0)
    assert trainer.loss() == first
    with torch.no_grad():
        trainer.model.b += 1  # behind the trainer's back
    assert trainer.loss() == float(
        mse_loss(trainer.predictions(), torch.tensor(trainer.table.targets))
    )
    assert trainer.loss() != first
    assert trainer.full_losses()[1][0] == first


def test_losses_that_are_known_are_told_without_working_any_out(rows: list[int]) -> None:
    trainer = crops(learning_rate=1e-5)
    trainer.step("epoch")
    assert [part.tolist() for part in trainer.full_losses(None)] == [[], []]
    assert rows == []
    updates, losses = trainer.full_losses(0)
    assert updates.tolist() == [5]
    assert [part.tolist() for part in trainer.full_losses(None)] == [[5], losses.tolist()]
    assert len(rows) == 1


def test_the_loss_over_many_rows_is_added_up_in_blocks_and_worked_out_once(
    rows: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    trainer = crops(held_out=0.4)
    whole, unseen = trainer.loss(), trainer.held_out_loss()
    assert rows == [9, 6]
    monkeypatch.setattr(batches_module, "_MANY", 5)
    monkeypatch.setattr(batches_module, "_PREDICTED", 4)
    rows.clear()
    trainer = crops(held_out=0.4)
    assert trainer.loss() == pytest.approx(whole, rel=1e-6)
    assert trainer.held_out_loss() == pytest.approx(unseen, rel=1e-6)
    assert rows == [4, 4, 1, 4, 2]
    assert trainer.loss() == trainer.full_losses()[1][0]
    assert rows == [4, 4, 1, 4, 2]
