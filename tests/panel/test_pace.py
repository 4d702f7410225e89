"""The metronome of a run at a speed, and the length of slices at full speed."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from linreg_widget import Trainer, crop_yields
from linreg_widget.panel import TrainerPanel
from linreg_widget.panel.pace import Pace, SliceLength, Slices, slices_of


def test_the_first_update_is_due_at_once_and_then_one_an_interval(stopped: SimpleNamespace) -> None:
    pace = Pace()
    due = []
    for _ in range(5):
        due.append(pace.due(1.0))
        stopped.now += 1.0
    assert due == [1, 1, 1, 1, 1]


def test_asking_a_little_early_or_late_changes_nothing(stopped: SimpleNamespace) -> None:
    pace = Pace()
    total = 0
    for step in (0.0, 0.98, 1.01, 0.97, 1.04):
        stopped.now += step
        total += pace.due(1.0)
    assert total == 5


def test_asking_twice_does_not_double_the_speed(stopped: SimpleNamespace) -> None:
    pace = Pace()
    total = 0
    for _ in range(20):
        total += pace.due(10.0) + pace.due(10.0)
        stopped.now += 0.1
    assert total == 20


def test_what_was_missed_is_not_made_up_for(stopped: SimpleNamespace) -> None:
    pace = Pace()
    assert pace.due(100.0) == 1
    stopped.now += 60.0
    assert pace.due(100.0) == 25
    assert pace.due(100.0) == 0


def test_a_restart_makes_the_next_update_due_at_once(stopped: SimpleNamespace) -> None:
    pace = Pace()
    assert pace.due(1.0) == 1
    assert pace.due(1.0) == 0
    pace.restart()
    assert pace.due(1.0) == 1


def slices(stopped: SimpleNamespace, between: float, count: int) -> float:
    """Work through slices with so much time between them; return how long the next one is."""
    length = SliceLength()
    for _ in range(count):
        length.begin()
        stopped.now += length.seconds
        length.end()
        stopped.now += between
    return length.seconds


def test_a_slice_is_short_where_showing_is_quick_and_longer_where_it_is_slow(
    stopped: SimpleNamespace,
) -> None:
    assert slices(stopped, 0.001, 40) == 0.05
    assert 0.05 < slices(stopped, 0.008, 40) < 0.15
    assert slices(stopped, 0.008, 40) == pytest.approx(12 * 0.008, rel=0.01)
    assert slices(stopped, 5.0, 40) == 0.15


def test_the_time_before_a_run_is_no_time_between_slices(stopped: SimpleNamespace) -> None:
    length = SliceLength()
    length.begin()
    length.end()
    length.restart()
    stopped.now += 100.0
    length.begin()
    assert length.seconds == 0.05


def test_a_slice_makes_what_is_due_at_a_speed_and_as_many_as_it_can_without_one() -> None:
    trainer = Trainer(crop_yields(), epochs=100)
    slices = Slices(trainer)
    assert [slices.work(1e-3), slices.work(1e-3)] == [1, 0]
    assert trainer.position.update == 1
    slices.restart()
    assert slices.work(1e-3) == 1, "as a run begins, an update is due at once"
    done = slices.work(None)
    assert done > 0
    assert trainer.position.update == 2 + done


@pytest.mark.usefixtures("ticking")
def test_a_cells_first_slice_is_longer_than_the_others() -> None:
    trainer = Trainer(crop_yields(), learning_rate=1e-6)
    first, *others = slices_of(trainer, None)
    assert first > 3 * max(others)
    assert min(others[:-1]) > 1
    assert first + sum(others) == trainer.total
    assert [*slices_of(trainer, None)] == []


@pytest.mark.usefixtures("ticking")
def test_the_slices_of_a_cell_end_where_its_epochs_do() -> None:
    trainer = Trainer(crop_yields(), learning_rate=1e-6, epochs=5)
    trainer.step()
    assert sum(slices_of(trainer, 20)) == 20 * 5 - 1
    assert trainer.settings.epochs == 20


def test_a_short_run_is_shown_once_at_its_end(stopped: SimpleNamespace) -> None:
    panel = TrainerPanel(Trainer(crop_yields(), learning_rate=1e-6))
    told: list[tuple[str, object]] = []
    panel.observe(lambda change: told.append((change.name, change.new)), ["update", "status"])
    panel.run()
    assert told == [("status", "running"), ("update", 250), ("status", "finished")]
    assert stopped.now == 100.0
    panel.close()
