"""A run stops by itself near the best possible loss, or when the loss no longer falls."""

from __future__ import annotations

import math
from typing import Any

import pytest

from linreg_widget.errors import SettingsError
from linreg_widget.settings import Stop
from linreg_widget.table.table import Table, crop_yields
from linreg_widget.training.stopping import Watch
from linreg_widget.training.trainer import Trainer


def scaled(**settings: Any) -> Trainer:
    """The crops, standardized: fifty epochs come near the best possible."""
    settings = {"learning_rate": 0.1, "standardize": True, "epochs": 1000, **settings}
    return Trainer(crop_yields(), **settings)


def times_best(trainer: Trainer) -> float:
    return trainer.insight.distance(trainer.loss())


def test_it_stops_at_the_first_epoch_that_is_near_enough() -> None:
    trainer = scaled(stop=Stop(within=1.5))
    trainer.run()
    assert trainer.status == "paused"
    assert trainer.position.batch == 0
    assert times_best(trainer) <= 1.5
    epoch = trainer.position.epoch
    assert f"Stopped after epoch {epoch}: the full-data loss" in trainer.notice
    assert "times the best possible, within the chosen 1.5." in trainer.notice
    trainer.back(by="epoch")
    assert (times_best(trainer) > 1.5, trainer.notice) == (True, "")


def test_it_changes_no_number_of_the_run() -> None:
    trainer, plain = scaled(stop=Stop(within=1.5)), scaled()
    trainer.run()
    plain.step(count=trainer.position.update)
    assert trainer.recording.losses.tobytes() == plain.recording.losses.tobytes()


def test_going_on_is_possible_and_a_run_that_is_near_is_not_stopped_again() -> None:
    trainer = scaled(stop=Stop(within=1.5), epochs=100)
    trainer.run()
    assert trainer.status == "paused"
    trainer.run()
    assert (trainer.status, trainer.notice) == ("finished", "")
    trainer.seek(0)
    trainer.run()
    assert "within the chosen 1.5" in trainer.notice


def test_it_stops_when_the_loss_has_not_fallen_for_so_many_epochs() -> None:
    trainer = scaled(stop=Stop(patience=5))
    trainer.run()
    assert trainer.status == "paused"
    end = trainer.position.epoch
    losses = []
    for epoch in range(1, end + 1):
        trainer.seek(5 * epoch)
        losses.append(trainer.loss())
    assert min(losses) == losses[-6]
    assert all(min(losses[:k]) in losses[k - 5 : k] for k in range(5, end))


@pytest.mark.clock
def test_a_run_by_slices_stops_the_same() -> None:
    whole, sliced = scaled(stop=Stop(patience=5)), scaled(stop=Stop(patience=5))
    whole.run()
    while not sliced.notice and sliced.advance(60, 3):
        pass
    assert sliced.notice == whole.notice


def test_without_a_stop_nothing_is_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    trainer = scaled(epochs=5)
    monkeypatch.setattr(type(trainer), "loss", lambda _: pytest.fail("the loss was worked out"))
    trainer.run()
    assert trainer.status == "finished"


def test_a_stop_can_be_set_later_and_taken_back() -> None:
    trainer = scaled(epochs=100)
    trainer.stop = Stop(within=1.5)
    trainer.run()
    assert trainer.notice
    trainer.stop = Stop()
    trainer.run()
    assert trainer.status == "finished"


def test_one_update_after_the_other_stops_and_goes_on_the_same() -> None:
    trainer = scaled(stop=Stop(within=1.5), epochs=100)
    first = sum(1 for _ in trainer)
    assert "within the chosen 1.5" in trainer.notice
    assert first == trainer.position.update < 500
    assert trainer.specimen.ended
    assert trainer.notice  # to look inside is to do nothing
    assert sum(1 for _ in trainer) == 500 - first


def test_watch_counts_epochs_without_a_new_low() -> None:
    watch = Watch(Stop(patience=2))
    looks = [watch.look(epoch, loss, math.inf) for epoch, loss in enumerate([5, 4, 4, 3, 3, 3], 1)]
    assert [bool(words) for words in looks] == [False, False, False, False, False, True]
    assert "has not fallen below 3 for 2 epochs" in looks[-1]


@pytest.mark.parametrize("within", [1, 0.5, -3, math.nan, math.inf, True, "2"])
def test_a_factor_is_a_number_above_one(within: Any) -> None:
    with pytest.raises(SettingsError, match=r"within is .*; it must be a number above 1"):
        Stop(within=within)


@pytest.mark.parametrize("patience", [0, 1.5, "x", True])
def test_patience_is_a_whole_number(patience: Any) -> None:
    with pytest.raises(SettingsError, match=r"patience is .*; it must be a whole number, 1"):
        Stop(patience=patience)


LINE = Table.parse("x,y\n1,3\n2,5\n3,7\n4,9")


@pytest.mark.slow
@pytest.mark.parametrize("settings", [{}, {"standardize": True}, {"learning_rate": 0.1}])
def test_on_a_perfect_line_it_stops_at_what_float32_reaches(settings: dict[str, Any]) -> None:
    trainer = Trainer(LINE, epochs=5000, stop=Stop(within=1.1), **settings)
    trainer.run()
    assert trainer.status == "paused"
    assert trainer.position.epoch < 5000
    assert trainer.loss() < 1e-11
    assert 1 <= times_best(trainer) <= 1.1
    assert "32-bit numbers come no nearer to 0" in trainer.notice
    assert not any(word in trainer.notice for word in ("inf", "nan", "e-3"))


@pytest.mark.slow
def test_it_stops_where_the_steps_are_too_small_for_float32() -> None:
    trainer = Trainer(LINE, epochs=5000, batch_size=4, stop=Stop(within=1.1))
    trainer.set(w=[[2.0001]], b=[0.9997])  # most of the way, which takes thousands of epochs
    trainer.run()
    assert trainer.status == "paused"
    assert "w and b have only repeated earlier numbers" in trainer.notice
    assert 1.1 < times_best(trainer) < math.inf
    here, loss = trainer.position.epoch, trainer.loss()
    trainer.run(here + 100)
    assert trainer.loss() == loss


def test_steps_that_still_move_something_are_not_a_circle() -> None:
    watch = Watch(Stop(within=1.1))
    for epoch in range(100):
        assert watch.look(epoch, 2.0, 2.0, bytes([epoch])) == ""
    for epoch in range(100, 120):
        assert watch.look(epoch, 2.0, 2.0, b"new") == ""
    assert "repeated earlier numbers" in watch.look(120, 2.0, 2.0, b"new")
    assert watch.look(121, 2.0, 2.0, b"new") == ""
