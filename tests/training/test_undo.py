"""Taking back what was set by hand: the run is where and what it was, its future included."""

from __future__ import annotations

import copy

import pytest

from linreg_widget.errors import SettingsError
from linreg_widget.training.trainer import Trainer


def state(trainer: Trainer) -> tuple[object, ...]:
    recording, model = trainer.recording, trainer.model
    return (
        *(trainer.position, recording.losses.tobytes(), recording.edited, recording.by_hand),
        *(model.w.tolist(), model.b.tolist(), recording.schedule.segments),
    )


def test_undo_brings_back_numbers_place_and_future(trainer: Trainer) -> None:
    model = trainer.model
    trainer.step(count=9)
    trainer.seek(4)
    before = state(trainer)
    trainer.set(w=[[1, 2, 3], [4, 5, 6]], b=[7, 8])
    assert trainer.can_undo
    trainer.step(count=3)
    trainer.undo()
    assert state(trainer) == before
    assert trainer.model is model
    assert trainer.recording.branches[-1].name == "w and b set by hand"
    assert len(trainer.recording.branches[-1].losses) == 3
    trainer.step(count=5)
    assert len(trainer.recording) == 9, "the future is recorded still"


def test_undo_goes_back_into_an_update_under_way(trainer: Trainer) -> None:
    trainer.step(count=2)
    trainer.step("phase", 3)
    before = state(trainer)
    trainer.set(b=[1, 2])
    assert trainer.position.phase is None
    trainer.undo()
    assert state(trainer) == before


def test_sets_are_taken_back_one_after_the_other(trainer: Trainer) -> None:
    states = []
    for number in range(3):
        states.append(state(trainer))
        trainer.set(b=[number, number])
    for before in reversed(states):
        trainer.undo()
        assert state(trainer) == before
    assert not trainer.can_undo
    with pytest.raises(SettingsError, match="there is nothing to undo"):
        trainer.undo()


def test_what_is_no_longer_in_the_run_is_not_taken_back(trainer: Trainer) -> None:
    trainer.step(count=4)
    trainer.set(b=[1, 2])
    trainer.seek(2)
    trainer.change(learning_rate=1e-6)
    trainer.step()
    assert not trainer.can_undo
    trainer.set(b=[1, 2])
    trainer.reset()
    assert not trainer.can_undo


def test_a_copy_begins_without_a_way_back(trainer: Trainer) -> None:
    trainer.set(b=[1, 2])
    twin = copy.deepcopy(trainer)
    assert not twin.can_undo
    twin.set(b=[3, 4])
    twin.undo()
    assert twin.model.b.tolist() == [1, 2]
