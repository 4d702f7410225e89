"""Large batches, gathered ahead by a thread of their own: the same rows, whatever happens."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import torch

from linreg_widget import Trainer
from linreg_widget.training import ahead, batches
from linreg_widget.training.ahead import Ahead

if TYPE_CHECKING:
    from linreg_widget.training.batches import Batch

pytestmark = pytest.mark.clock  # threads are started


@pytest.fixture
def begun(monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """Whether each one was begun, in order; few batches are cut at a time."""
    monkeypatch.setattr(batches, "_BYTES", 70_000)
    made: list[bool] = []
    begin = Ahead.begin

    def noted(self: Ahead) -> bool:
        made.append(begin(self))
        return made[-1]

    monkeypatch.setattr(Ahead, "begin", noted)
    return made


def large(rows: int = 3_000, features: int = 20, targets: int = 1, size: int = 200) -> Trainer:
    """A trainer whose batches are large."""
    numbers = np.random.default_rng(rows)
    x = numbers.standard_normal((rows, features), dtype=np.float32)
    y = numbers.standard_normal((rows, targets), dtype=np.float32)
    return Trainer((x, y), learning_rate=1e-3, batch_size=size, epochs=3)


def all_batches(trainer: Trainer, start: int, stop: int) -> list[Batch]:
    """What the updates from ``start`` to ``stop`` are given."""
    run, found = trainer._run, list[Any]()
    while start + len(found) < stop:
        found += run.batches.cut(run.recording.schedule, start + len(found), stop)
    return found


def check(trainer: Trainer, found: list[Batch], start: int) -> None:
    """Hold batches against the rows that they are to have."""
    table, run = trainer.table, trainer._run
    assert found
    for at, (x, y) in enumerate(found):
        rows = run.batches.rows(run.recording.schedule, start + at)
        assert np.array_equal(x.numpy(), table.inputs[rows])
        assert np.array_equal(y.numpy(), table.targets[rows])
        assert (x.dtype, y.dtype) == (torch.float32, torch.float32)
        assert x.data_ptr() % 64 == y.data_ptr() % 64 == 0
        assert x.untyped_storage().nbytes() == x.nbytes, "it is no view of other rows"


@pytest.mark.parametrize(
    ("rows", "features", "targets", "size"),
    [(3_000, 20, 1, 200), (3_001, 20, 3, 200), (70_001, 3, 1, 900), (30_000, 30, 1, 20_000)],
)
def test_the_batches_are_the_tables_rows_in_the_epochs_order(
    begun: list[bool], rows: int, features: int, targets: int, size: int
) -> None:
    trainer = large(rows, features, targets, size)
    found = all_batches(trainer, 0, trainer.total)
    assert len(found) == trainer.total
    assert any(begun)
    check(trainer, found, 0)


def test_where_a_run_is_cut_short_the_next_rows_are_still_right(begun: list[bool]) -> None:
    trainer = large()
    for start, stop in ((0, 4), (4, 5), (5, 45), (3, 9), (9, 11), (12, 13), (14, 45), (0, 1)):
        check(trainer, all_batches(trainer, start, stop), start)
    assert sum(begun) > 10


def test_a_step_gathers_nothing_ahead(begun: list[bool]) -> None:
    trainer = large()
    trainer.step()
    trainer.step("phase")
    trainer.back()
    assert not begun


def test_small_batches_are_not_gathered_ahead(begun: list[bool]) -> None:
    large(size=16).run()
    assert not begun


def test_batches_that_fill_the_memory_are_gathered_when_they_are_due(
    begun: list[bool], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ahead, "_MOST_BYTES", 1_000)
    trainer = large(size=1_000)
    check(trainer, all_batches(trainer, 0, 3), 0)
    assert begun
    assert not any(begun)


@pytest.mark.parametrize("fault", ["gathering", "starting"])
def test_what_fails_in_the_thread_is_done_without_it(
    begun: list[bool], monkeypatch: pytest.MonkeyPatch, fault: str
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise MemoryError if fault == "gathering" else RuntimeError("can't start new thread")

    if fault == "gathering":
        monkeypatch.setattr(np, "take", fail)
    else:
        monkeypatch.setattr(Ahead, "start", fail)
    trainer = large()
    check(trainer, all_batches(trainer, 0, 15), 0)
    assert len(begun) > 1
    assert any(begun) is (fault == "gathering")


def test_losses_are_those_without_a_thread(
    begun: list[bool], monkeypatch: pytest.MonkeyPatch
) -> None:
    with_threads = large()
    with_threads.run()
    assert any(begun)
    monkeypatch.setattr(Ahead, "begin", lambda _: False)
    without = large()
    without.run()
    assert np.array_equal(with_threads.recording.losses, without.recording.losses)
    assert torch.equal(with_threads.model.w, without.model.w)


def test_a_change_on_the_way_takes_hold_of_the_next_batch(begun: list[bool]) -> None:
    trainer = large()
    trainer.advance(1e9, 6)
    trainer.change(batch_size=300)
    trainer.advance(1e9, 4)
    assert any(begun)
    check(trainer, all_batches(trainer, 5, 12), 5)
    assert [len(x) for x, _ in all_batches(trainer, 5, 8)] == [200, 300, 300]
