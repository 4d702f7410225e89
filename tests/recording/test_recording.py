"""The record: what it says is what happened, and what it keeps is bounded."""

from __future__ import annotations

import gc
import sys
from types import FunctionType, ModuleType
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from linreg_widget.recording.checkpoints import Checkpoint, Checkpoints, Snapshot
from linreg_widget.recording.schedule import Place, Schedule
from linreg_widget.settings import Settings
from linreg_widget.table.table import Table, crop_yields
from linreg_widget.training.trainer import Trainer
from tests.crops import crops
from tests.lanes import examples


def patchwork() -> Trainer:
    """A run whose batch size and rate were changed within epochs and between them."""
    trainer = crops(epochs=6)
    trainer.step(count=7)
    trainer.change(batch_size=4, learning_rate=2e-5)
    trainer.step("epoch", 2)
    trainer.change(batch_size=15)
    trainer.step("epoch")
    trainer.change(batch_size=1)
    trainer.step(count=4)
    trainer.change(batch_size=7)
    trainer.run()
    trainer.step(count=1)
    return trainer


# ---- schedules -----------------------------------------------------------------------------------


@given(
    rows=st.integers(1, 12),
    first=st.integers(1, 14),
    changes=st.lists(st.tuples(st.integers(0, 40), st.integers(1, 14)), max_size=5),
    stop=st.integers(0, 60),
)
@settings(max_examples=examples(75))
def test_a_schedule_places_every_update_as_counting_does(
    rows: int, first: int, changes: list[tuple[int, int]], stop: int
) -> None:
    schedule = Schedule.of(rows, Settings(1e-5, 9, first))
    changes.sort(key=lambda change: change[0])
    for update, size in changes:
        schedule = schedule.changed(update, Settings(1e-5, 9, size))
    sizes = {0: first, **dict(changes)}
    epoch = batch = row = 0
    size = first
    ends, epochs, batches = [], [], []
    for update in range(stop + 60):
        size = sizes.get(update, size)
        assert schedule.at(update).settings.batch_size == size
        assert schedule.locate(update) == Place(epoch, batch, row)
        epochs.append(epoch + 1)
        batches.append(batch + 1)
        batch, row = batch + 1, row + size
        if row >= rows:
            ends.append(update + 1)
            epoch, batch, row = epoch + 1, 0, 0
    for number, end in enumerate(ends):
        assert schedule.end_of(number) == end
        within = [end for end in ends[number:] if end <= stop]
        assert schedule.epoch_ends(stop, number).tolist() == within
    made = schedule.until(stop)
    assert [segment.update for segment in made.segments[1:]] == [
        segment.update for segment in schedule.segments[1:] if segment.update < stop
    ]
    columns = made.columns(stop)
    assert columns["epoch"].tolist() == epochs[:stop]
    assert columns["batch"].tolist() == batches[:stop]


# ---- what it says --------------------------------------------------------------------------------


def test_losses_grow_by_appending_and_cannot_be_written() -> None:
    trainer = crops()
    trainer.step(count=3)
    first = trainer.recording.losses
    assert (str(first.dtype), first.shape) == ("float32", (3,))
    with pytest.raises(ValueError, match="read-only"):
        first[0] = 0
    trainer.run(500)
    assert trainer.recording.losses[:3].tobytes() == first.tobytes()
    assert len(trainer.recording) == len(trainer.recording.losses) == 2500


def test_epoch_means_are_the_means_of_the_batches_of_each_epoch() -> None:
    trainer = patchwork()
    frame = trainer.recording.to_frame()
    done = frame[frame["epoch"] <= trainer.position.epoch].groupby("epoch")
    ends, means = trainer.recording.epoch_means()
    assert (str(ends.dtype), str(means.dtype)) == ("int64", "float64")
    assert ends.tolist() == done["update"].max().tolist()
    expected = [group["loss"].astype(float).mean() for _, group in done]
    np.testing.assert_allclose(means, expected, rtol=1e-12)
    for first in range(9):
        later = trainer.recording.epoch_means(first)
        assert later[0].tolist() == ends[first:].tolist()
        np.testing.assert_allclose(later[1], means[first:], rtol=1e-12)


def test_there_is_no_mean_of_an_epoch_that_is_not_complete() -> None:
    trainer = crops()
    for updates, epochs in ((0, 0), (4, 0), (1, 1), (1, 1), (4, 2)):
        if updates:
            trainer.step(count=updates)
        ends, means = trainer.recording.epoch_means()
        assert len(ends) == len(means) == epochs
        assert [len(part) for part in trainer.recording.epoch_means(1)] == [max(epochs - 1, 0)] * 2


def test_means_of_a_run_that_diverged_are_not_finite_and_warn_of_nothing() -> None:
    trainer = crops(learning_rate=1.0, batch_size=15)
    trainer.run()
    _, means = trainer.recording.epoch_means()
    assert np.isfinite(means[:-1]).all()
    assert np.isinf(means[-1])


def test_a_frame_has_a_row_for_each_update() -> None:
    trainer = patchwork()
    frame = trainer.recording.to_frame()
    assert list(frame.columns) == ["update", "epoch", "batch", "loss", "learning_rate"]
    assert frame["update"].tolist() == list(range(1, len(trainer.recording) + 1))
    assert frame["loss"].to_numpy().tobytes() == trainer.recording.losses.tobytes()
    assert frame["learning_rate"].tolist() == [1e-5] * 7 + [2e-5] * (len(frame) - 7)
    for update in range(len(frame)):
        place = trainer.recording.schedule.locate(update)
        assert frame.loc[update, ["epoch", "batch"]].tolist() == [place.epoch + 1, place.batch + 1]
    assert frame.groupby("epoch").size().tolist() == [5, 5, 4, 1, 6, 3, 1]
    assert len(crops().recording.to_frame()) == 0


def test_the_record_says_in_words_what_it_holds() -> None:
    trainer = crops()
    assert repr(trainer.recording) == "Recording: 0 updates; to_frame() gives a DataFrame"
    trainer.step(count=2)
    trainer.back()
    trainer.change(batch_size=5, shuffle=False)
    trainer.step()
    words = repr(trainer.recording)
    assert words.startswith("Recording: 2 updates, batch loss ")
    assert words.endswith(
        ", 1 change of settings, left behind: batch size 3, shuffle; to_frame() gives a DataFrame"
    )


# ---- branches ------------------------------------------------------------------------------------


def test_a_left_future_stays_as_a_branch_with_its_name() -> None:
    trainer = crops(seed=1234567)
    trainer.run()
    whole = trainer.recording.losses.copy()
    trainer.seek(100)
    trainer.change(learning_rate=2e-5)
    trainer.run()
    (branch,) = trainer.recording.branches
    assert (branch.start, branch.name) == (100, trainer_rate_name(1e-5))
    assert branch.losses.tobytes() == whole[100:].tobytes()
    assert branch.segments[0].settings.rate == 1e-5
    with pytest.raises(ValueError, match="read-only"):
        branch.losses[0] = 0
    trainer.reset(seed=2)
    assert [b.start for b in trainer.recording.branches] == [100, 0]
    assert trainer.recording.branches[1].name == f"{trainer_rate_name(1e-5)}, seed 1234567"
    trainer.run(1)
    trainer.reset(standardize=True)
    assert trainer.recording.branches[-1].name == "no standardize"
    trainer.run(1)
    trainer.reset()
    assert trainer.recording.branches[-1].name == trainer_rate_name(2e-5)


def trainer_rate_name(rate: float) -> str:
    trainer = crops(learning_rate=rate)
    trainer.step()
    trainer.reset()
    return trainer.recording.branches[0].name


def test_the_same_future_is_kept_once_and_in_full() -> None:
    trainer = crops()
    for epochs in (2, 4, 3):
        trainer.run(epochs)
        trainer.reset()
    assert [len(branch.losses) for branch in trainer.recording.branches] == [20]


def test_a_future_whose_sums_had_another_order_is_the_same_one() -> None:
    """One batch of all rows, shuffled or not, has the same loss but for its last bits."""
    table, losses = crops().table, set()
    for seed in range(20):
        trainer = Trainer(table, batch_size=15, learning_rate=1e-6, seed=seed, shuffle=False)
        trainer.run(1)
        trainer.seek(0)
        trainer.change(shuffle=True)
        trainer.run(1)
        (plain,) = trainer.recording.branches
        losses.add(float(plain.losses[0]) == float(trainer.recording.losses[0]))
        trainer.reset()
        assert [one.name for one in trainer.recording.branches] == [plain.name]
    assert losses == {True, False}  # or nothing was shown


def test_branches_are_bounded_in_number_and_in_bytes() -> None:
    trainer = crops()
    for seed in range(30):
        trainer.step()
        trainer.reset(seed=seed + 1)
    assert [b.name for b in trainer.recording.branches] == [f"seed {s}" for s in range(10, 30)]

    trainer = Trainer(crop_yields(), update=constant, learning_rate=1e-5, batch_size=15)
    for seed in range(4):
        trainer.step()
        trainer.recording._losses = np.full(2_000_000, seed, np.float32)
        trainer.recording.updates = 2_000_000
        trainer.reset(seed=seed + 1)
    assert [b.name for b in trainer.recording.branches] == ["seed 2", "seed 3"]


def test_the_version_tells_when_losses_were_cut_or_replaced() -> None:
    trainer = crops()
    versions = [trainer.recording.version]

    def changed() -> bool:
        versions.append(trainer.recording.version)
        return versions[-1] != versions[-2]

    trainer.run(3)
    trainer.change(learning_rate=2e-5)
    trainer.run(1)
    trainer.seek(7)
    trainer.back("phase")
    trainer.change(epochs=9)
    assert not changed()
    trainer.change(batch_size=2)
    assert not changed()
    trainer.step(count=2)
    assert changed()
    trainer.reset()
    assert changed()
    trainer.reset()
    assert changed()


# ---- checkpoints ---------------------------------------------------------------------------------


def constant(model: Any, x: torch.Tensor, y: torch.Tensor, learning_rate: float) -> Any:
    """Makes no tensor, so that a million updates take seconds; the record is that of any run."""
    yield "nothing"
    return 1.0


@pytest.mark.clock
def test_checkpoints_stand_where_short_epochs_end() -> None:
    trainer = crops()
    trainer.run()
    assert trainer.recording.checkpoints == list(range(0, 251, 5))
    updates, losses = trainer.full_losses(60)
    assert updates.tolist() == trainer.recording.checkpoints
    assert (str(updates.dtype), str(losses.dtype)) == ("int64", "float64")
    assert trainer.recording.full_losses == dict(
        zip(updates.tolist(), losses.tolist(), strict=True)
    )
    for update in (0, 125, 250):
        trainer.seek(update)
        assert losses[update // 5] == trainer.loss()


@pytest.mark.clock
def test_full_losses_come_newest_first_and_are_not_worked_out_twice() -> None:
    trainer = crops()
    trainer.run()
    for count in range(1, 52):
        updates, losses = trainer.full_losses(0)
        assert updates.tolist() == list(range(255 - 5 * count, 251, 5))
        assert len(losses) == count
    assert len(trainer.full_losses(0)[0]) == 51


@pytest.mark.clock
def test_full_losses_of_a_left_future_are_not_taken_for_the_new_one() -> None:
    trainer = crops()
    trainer.run()
    trainer.full_losses(60)
    trainer.seek(100)
    trainer.change(learning_rate=5e-5)
    trainer.run()
    updates, losses = trainer.full_losses(60)
    trainer.seek(200)
    assert losses[updates.tolist().index(200)] == trainer.loss()


def test_checkpoints_thin_out_and_none_is_further_than_a_stride() -> None:
    trainer = Trainer(crop_yields(), update=constant, learning_rate=1e-5, epochs=4_000)
    trainer.run()
    marks = trainer.recording.checkpoints
    assert 256 <= len(marks) <= 512
    (stride,) = set(np.diff(marks))
    assert marks[-1] + stride > 20_000


def test_checkpoints_of_large_models_are_bounded_by_their_bytes() -> None:
    def heavy(model: Any, x: torch.Tensor, y: torch.Tensor, learning_rate: float) -> Any:
        if not hasattr(model, "ballast"):
            model.ballast = torch.zeros(2**20)  # 4 MB
        yield "ballast"
        model.ballast += 1
        return model.ballast[0]

    trainer = Trainer(crop_yields(), update=heavy, learning_rate=1e-5, batch_size=15, epochs=70)
    trainer.run()
    assert len(trainer.recording.checkpoints) <= 16
    assert set(np.diff(trainer.recording.checkpoints)) == {8}
    trainer.seek(33)
    assert trainer.model.ballast.mean() == 33  # type: ignore[attr-defined]


def test_walking_back_costs_little_wherever_it_begins() -> None:
    """Every thirty-second step replays a stride, the others a few updates each."""
    calls = [0]

    def counting(model: Any, x: torch.Tensor, y: torch.Tensor, learning_rate: float) -> Any:
        calls[0] += 1
        yield "nothing"
        return 1.0

    trainer = Trainer(crop_yields(), update=counting, learning_rate=1e-5, epochs=4_000)
    trainer.run()
    stride = int(np.diff(trainer.recording.checkpoints)[0])
    assert stride == 40
    calls[0] = 0
    for step in range(1, 321):
        trainer.back()
        assert trainer.position.update == 20_000 - step
    assert calls[0] < 10 * stride + 320 * 64


@pytest.mark.matrix
def test_a_million_updates_fit_in_64_megabytes() -> None:
    """Counted is all that can be reached from the trainer: objects, arrays and torch's storages.

    The updates are made by the trainer itself, but by an update function that makes no tensors and
    so is quick. The snapshots hold the same tensors as any run's; 600 bytes are added for
    what torch keeps around each of them.
    """
    rows = np.arange(2000.0)
    table = Table.of((np.column_stack([rows] * 3), np.column_stack([rows] * 2)))
    trainer = Trainer(table, update=with_gradients, learning_rate=1e-5, batch_size=1, epochs=500)
    trainer.run()
    assert len(trainer.recording) == 1_000_000
    assert len(trainer.recording.checkpoints) > 200
    assert trainer.recording.checkpoints[-1] > 990_000
    assert 4_000_000 < bytes_held(trainer) < 64 * 2**20


def test_a_million_epochs_do_too() -> None:
    """With one update an epoch there is a seed to keep for each of them."""
    trainer = Trainer(crop_yields(), update=with_gradients, learning_rate=1e-5, batch_size=15)
    trainer._run.batches.sampling.order(1_000_000, 15)
    assert 8_000_000 < bytes_held(trainer) < 20 * 2**20


def bytes_held(root: object) -> int:
    seen: set[int] = set()
    left, total = [root], 0
    while left:
        thing = left.pop()
        if id(thing) in seen or isinstance(thing, type | ModuleType | FunctionType):
            continue
        seen.add(id(thing))
        total += sys.getsizeof(thing)
        if isinstance(thing, np.ndarray) and thing.base is None:
            total += thing.nbytes * (sys.getsizeof(thing) < thing.nbytes)
        if isinstance(thing, torch.Tensor):
            total += thing.untyped_storage().nbytes() + 600
            left.append(thing.grad)
        left.extend(gc.get_referents(thing))
    return total


def with_gradients(model: Any, x: torch.Tensor, y: torch.Tensor, learning_rate: float) -> Any:
    """Like ``constant``, but w and b have gradients, as after a real update."""
    if model.w.grad is None:
        model.w.grad, model.b.grad = torch.zeros_like(model.w), torch.zeros_like(model.b)
    yield "nothing"
    return 1.0


def test_the_list_of_checkpoints_by_itself() -> None:
    class Model:
        def __init__(self) -> None:
            self.w = torch.zeros(3)

    checkpoints = Checkpoints(Checkpoint(0, Snapshot(Model())), stride=10)
    assert checkpoints.due == 10
    for update in range(10, 101, 10):
        checkpoints.add(Checkpoint(update, Snapshot(Model())))
    assert [checkpoint.update for checkpoint in checkpoints] == list(range(0, 101, 10))
    assert checkpoints.before(39).update == 30
    assert checkpoints.before(40).update == 40
    checkpoints.spare = Checkpoint(38, Snapshot(Model()))
    assert [checkpoints.before(update).update for update in (37, 38, 39, 40)] == [30, 38, 38, 40]
    checkpoints.cut(38)
    assert [checkpoint.update for checkpoint in checkpoints] == [0, 10, 20, 30]
    assert checkpoints.before(99).update == 38
    assert checkpoints.due == 40
    checkpoints.cut(37)
    assert checkpoints.before(99).update == 30
