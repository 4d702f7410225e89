"""The trainer's verbs: where they lead, and in which words they refuse."""

from __future__ import annotations

import math
import threading
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch

from linreg_widget.errors import SettingsError
from linreg_widget.model import gradient_update, mse_loss
from linreg_widget.recording.schedule import Position
from linreg_widget.settings import Settings
from linreg_widget.table.table import Table, crop_yields
from linreg_widget.training.trainer import Trainer
from linreg_widget.wording import said
from tests.crops import crops
from tests.training import updates
from tests.training.oracle import PHASES, Held, Naive, article, same_model, state_of

# ---- where the verbs lead ------------------------------------------------------------------------


def test_a_trainer_begins_ready_and_a_run_finishes_it() -> None:
    trainer = crops()
    assert (trainer.status, trainer.position) == ("ready", Position(0, None, 0, 0))
    assert (trainer.total, trainer.batches) == (250, 5)
    trainer.run()
    assert (trainer.status, trainer.position) == ("finished", Position(250, None, 50, 0))
    trainer.run()
    assert trainer.position.update == 250


@pytest.mark.clock
def test_run_of_n_updates_equals_n_steps() -> None:
    runner, stepper, iterator, puller = (crops(epochs=3) for _ in range(4))
    runner.run()
    for _ in range(15):
        stepper.step()
    positions = list(iterator)
    while puller.advance(0):
        pass
    assert positions[:6] == [
        *(Position(update, None, 0, update) for update in range(1, 5)),
        Position(5, None, 1, 0),
        Position(6, None, 1, 1),
    ]
    for other in (stepper, iterator, puller):
        assert same_model(other, runner)
        assert other.recording.losses.tobytes() == runner.recording.losses.tobytes()
        assert (other.position, other.status) == (runner.position, "finished")


def test_five_phases_make_an_update() -> None:
    trainer = crops()
    seen = []
    for _ in range(5):
        trainer.step("phase")
        seen.append((trainer.position.phase, trainer.position.update, trainer.status))
    assert seen == [*((phase, 0, "paused") for phase in PHASES), (None, 1, "paused")]


def test_stepping_by_epoch_ends_where_the_rows_do() -> None:
    trainer = crops()
    trainer.step("phase", 7)
    trainer.step("epoch")
    assert trainer.position == Position(5, None, 1, 0)
    trainer.step("epoch", 2)
    assert trainer.position == Position(15, None, 3, 0)


def test_back_from_within_goes_to_the_beginning() -> None:
    trainer = crops()
    trainer.step("phase", 5 * 7 + 2)
    assert trainer.position == Position(7, "loss", 1, 2)
    trainer.back()
    assert trainer.position == Position(7, None, 1, 2)
    trainer.back("epoch")
    assert trainer.position == Position(5, None, 1, 0)
    trainer.back("phase")
    assert trainer.position == Position(4, "update", 0, 4)
    trainer.back("epoch")
    trainer.back("epoch")
    trainer.back("update", 99)
    trainer.back("phase", 3)
    assert (trainer.position, trainer.status) == (Position(0, None, 0, 0), "ready")
    assert len(trainer.recording) == 7


@pytest.mark.clock
def test_past_the_end_epochs_are_raised_to_fit() -> None:
    ways: list[tuple[Callable[[Trainer], object], int, int]] = [
        (lambda trainer: trainer.step(), 3, 11),
        (lambda trainer: trainer.step("phase"), 3, 10),
        (lambda trainer: trainer.step("epoch", 3), 5, 25),
        (lambda trainer: trainer.run(4), 6, 30),
    ]
    for go, epochs, update in ways:
        trainer = crops(epochs=2)
        trainer.run()
        go(trainer)
        assert (trainer.settings.epochs, trainer.position.update) == (epochs, update)
        assert trainer.total == 5 * epochs
    trainer = crops(epochs=2)
    trainer.run()
    assert trainer.advance(60) == 0
    assert trainer.plan(3) == 5
    assert trainer.advance(60) == 15


def test_run_for_some_epochs_ends_the_one_under_way_first() -> None:
    trainer = crops()
    trainer.step(count=2)
    trainer.run(1)
    assert trainer.position == Position(5, None, 1, 0)
    trainer.run(2)
    assert trainer.position == Position(15, None, 3, 0)
    assert trainer.settings.epochs == 50


@pytest.mark.clock
def test_advance_works_for_a_slice_and_no_longer_than_asked() -> None:
    trainer = crops()
    assert trainer.advance(0) == 1
    assert trainer.advance(60, 7) == 7
    assert trainer.advance(60, 0) == 0
    trainer.step("phase", 2)
    assert trainer.advance(60, 0) == 0
    assert trainer.position.phase == "loss"
    assert trainer.advance(60, 1) == 1
    assert trainer.position == Position(9, None, 1, 4)
    assert trainer.advance(60) == 241
    assert trainer.advance(60) == 0


@pytest.mark.clock
def test_what_is_under_way_is_finished_even_if_the_run_was_made_shorter() -> None:
    for go in (Trainer.run, lambda t: t.advance(60), list, Trainer.step):
        trainer = crops()
        trainer.step("phase", 52)
        trainer.change(epochs=1)
        assert (trainer.status, trainer.total) == ("paused", 5)
        go(trainer)
        assert trainer.position == Position(11, None, 2, 1)
        assert (trainer.status, trainer.settings.epochs) == (
            ("finished", 1) if trainer.total == 5 else ("paused", 3)
        )


@pytest.mark.clock
def test_slices_yield_between_the_slices_and_follow_what_changes_there() -> None:
    trainer = crops(epochs=4)
    slices = trainer.slices(0)
    assert [next(slices) for _ in range(3)] == [1, 1, 1]
    trainer.change(epochs=2, batch_size=15)
    assert list(slices) == [1, 1]
    assert (trainer.position.epoch, trainer.total) == (2, 5)
    slices = trainer.slices(0, epochs=3)
    assert next(slices) == 1
    trainer.pause()
    assert list(slices) == []
    assert trainer.status == "paused"


@pytest.mark.clock
def test_pause_from_another_thread_ends_a_run_between_two_updates() -> None:
    reached = threading.Event()

    def telling(model: Any, x: torch.Tensor, y: torch.Tensor, learning_rate: float) -> Any:
        reached.set()
        return (yield from gradient_update(model, x, y, learning_rate))

    trainer = Trainer(crop_yields(), update=telling, epochs=10**9)

    def pause() -> None:
        reached.wait()
        trainer.pause()

    thread = threading.Thread(target=pause)
    thread.start()
    trainer.run()
    thread.join()
    assert trainer.status == "paused"
    assert trainer.position.phase is None
    assert len(trainer.recording) == trainer.position.update > 0


@pytest.mark.clock
def test_a_pause_while_nothing_runs_holds_up_nothing() -> None:
    trainer = crops(epochs=2)
    trainer.pause()
    trainer.step("epoch")
    assert trainer.position.update == 5
    trainer.pause()
    trainer.run()
    assert trainer.status == "finished"
    trainer.reset()
    trainer.pause()
    assert trainer.advance(60) == 10


def test_while_an_update_is_made_the_status_is_running() -> None:
    seen = []

    def looking(model: Any, x: torch.Tensor, y: torch.Tensor, learning_rate: float) -> Any:
        seen.append(trainer.status)
        yield "look"
        return mse_loss(model(x), y).item()

    trainer = Trainer(crop_yields(), update=looking, epochs=1)
    trainer.run()
    assert seen == ["running"] * 5
    assert trainer.status == "finished"


def test_the_model_stays_the_same_object() -> None:
    trainer = crops()
    model, w = trainer.model, trainer.model.w
    trainer.run()
    trainer.seek(3)
    trainer.reset(seed=4)
    assert trainer.model is model
    assert trainer.model.w is w


def test_reset_returns_to_the_same_beginning_or_draws_another() -> None:
    trainer = crops()
    start = state_of(trainer.model)
    trainer.run()
    end = state_of(trainer.model)
    trainer.reset()
    assert (trainer.status, state_of(trainer.model), len(trainer.recording)) == ("ready", start, 0)
    trainer.run()
    assert state_of(trainer.model) == end
    trainer.reset(seed=1)
    assert state_of(trainer.model) == state_of(crops(seed=1).model) != start
    trainer.reset(seed=0)
    assert state_of(trainer.model) == start


def test_a_rate_that_was_worked_out_is_worked_out_anew_when_features_are_scaled() -> None:
    trainer = Trainer(crop_yields())
    trainer.reset(standardize=True)
    assert trainer.settings.rate == 0.1
    trainer.reset(standardize=False)
    assert trainer.settings.rate == 1e-5
    trainer.change(learning_rate=2e-5)
    trainer.reset(standardize=True)
    assert trainer.settings.rate == 2e-5
    own = crops()
    own.reset(standardize=True)
    assert own.settings.rate == 1e-5


@pytest.mark.parametrize(
    ("refused", "words"),
    [
        (lambda t: t.step("row"), "by is 'row'; it must be 'phase', 'update' or 'epoch'"),
        (lambda t: t.back("batch"), "by is 'batch'"),
        (lambda t: t.step(count=0), "count is 0; it must be a whole number, 1 or more"),
        (lambda t: t.back(count=1.5), "count is 1.5"),
        (lambda t: t.step("phase", count=True), "count is True"),
        (lambda t: t.run(0), "epochs is 0"),
        (lambda t: t.run(-1), "epochs is -1"),
        (lambda t: t.run("all"), "epochs is 'all'"),
        (lambda t: t.slices(1, 0), "epochs is 0"),
        (lambda t: t.slices(-1), "seconds is -1"),
        (lambda t: t.plan(math.nan), "epochs is nan"),
        (lambda t: t.advance(math.nan), "seconds is nan; it must be a number, 0 or more"),
        (lambda t: t.advance("soon"), "seconds is 'soon'"),
        (lambda t: t.advance(1, -1), "updates is -1; it must be a whole number, 0 or more"),
        (lambda t: t.seek(-1), "update is -1"),
        (lambda t: t.seek(8), "update 8 is not recorded; recorded are 0 to 7"),
        (lambda t: t.seek(None), "update is None"),
        (lambda t: t.seek(2.5), "update is 2.5"),
        (lambda t: t.seek(3, "rest"), "'rest' is not a phase.*are predict, loss, backward, update"),
        (lambda t: t.reset(seed=-1), "seed is -1"),
        (lambda t: t.reset(standardize=1), "standardize is 1; it must be True or False"),
        (lambda t: t.change(seed=1), r"seed belongs to the start of a run; use reset\(seed=1\)"),
        (lambda t: t.change(standardize=True), r"use reset\(standardize=True\)"),
        (lambda t: t.change(learning_rate=1e-4, seed=1), "seed belongs"),
        (lambda t: t.change(epochs=7, batch_size=0), "batch_size is 0"),
        (
            lambda t: t.predict([1, 2]),
            r"shape \(2,\); they must be \(n, 3\) or \(3,\).*Temperature",
        ),
        (lambda t: t.predict([[[1, 2, 3]]]), r"shape \(1, 1, 3\)"),
        (lambda t: t.predict(5), r"shape \(\)"),
        (lambda t: t.predict([["a", "b", "c"]]), "inputs cannot be read as numbers"),
        (lambda t: t.predict(object), "inputs cannot be read as numbers"),
    ],
    ids=range(30),
)
def test_what_a_verb_cannot_use_it_refuses_and_changes_nothing(
    refused: Callable[[Trainer], object], words: str
) -> None:
    trainer = crops(epochs=4)
    trainer.step("phase", 37)
    before = (trainer.position, trainer.settings, trainer.status, state_of(trainer.model))
    with pytest.raises(SettingsError, match=words):
        refused(trainer)
    assert (trainer.position, trainer.settings, trainer.status, state_of(trainer.model)) == before
    trainer.run()
    losses, *_ = article(crop_yields(), 0, 1e-5, 3, epochs=4)
    assert trainer.recording.losses.tobytes() == losses.tobytes()


@pytest.mark.clock
def test_numbers_of_any_kind_are_taken_by_the_verbs_too() -> None:
    trainer = crops()
    trainer.step("update", np.int64(3))  # type: ignore[arg-type]
    trainer.run(2.0)  # type: ignore[arg-type]
    trainer.seek(np.int32(4))  # type: ignore[arg-type]
    trainer.back(count=1.0)  # type: ignore[arg-type]
    assert trainer.position.update == 3
    assert trainer.advance(np.float64(60), np.int8(2)) == 2  # type: ignore[arg-type]


# ---- changes -------------------------------------------------------------------------------------


def test_a_change_holds_from_the_next_update_on_and_is_recorded() -> None:
    trainer = crops()
    trainer.step(count=3)
    trainer.change(learning_rate=2e-5)
    assert trainer.settings.learning_rate == 2e-5
    assert len(trainer.recording.segments) == 1
    trainer.step()
    assert [(s.update, s.settings.rate) for s in trainer.recording.segments] == [
        (0, 1e-5),
        (3, 2e-5),
    ]
    naive = Naive(crop_yields(), 0)
    held = [Held(1e-5, 3, shuffle=True)] * 3 + [Held(2e-5, 3, shuffle=True)]
    assert state_of(trainer.model) == naive.after(held).state


def test_a_change_within_an_update_leaves_that_update_alone() -> None:
    trainer = crops()
    trainer.step("phase", 17)
    trainer.change(learning_rate=2e-5, batch_size=5)
    trainer.back("phase")
    trainer.step("phase", 4)
    assert len(trainer.recording.segments) == 1
    trainer.step()
    assert [s.update for s in trainer.recording.segments] == [0, 4]
    assert trainer.position == Position(5, None, 1, 0)  # 12 rows by threes, and the last 3 at once


def test_a_change_that_waits_outlives_a_seek() -> None:
    trainer = crops()
    trainer.run()
    trainer.change(learning_rate=2e-5)
    trainer.seek(100)
    assert trainer.settings.rate == 2e-5
    assert len(trainer.recording) == 250
    trainer.step()
    assert [s.update for s in trainer.recording.segments] == [0, 100]
    assert len(trainer.recording) == 101
    assert [(b.start, len(b.losses)) for b in trainer.recording.branches] == [(100, 150)]


def test_a_change_to_what_holds_already_is_none() -> None:
    trainer = crops()
    trainer.run()
    trainer.seek(100)
    trainer.change(learning_rate=1e-5, batch_size=3, shuffle=True, seed=0, standardize=False)
    trainer.change(learning_rate=7e-5)
    trainer.change(learning_rate=1e-5)
    trainer.change()
    trainer.step()
    assert (len(trainer.recording), trainer.recording.branches) == (250, ())


def test_what_was_no_change_here_is_none_elsewhere_either() -> None:
    trainer = crops()
    trainer.step(count=10)
    trainer.change(learning_rate=2e-5)
    trainer.step(count=10)
    trainer.change(learning_rate=2e-5)
    trainer.seek(5)
    assert trainer.settings.rate == 1e-5
    trainer.step()
    assert len(trainer.recording) == 20
    trainer.change(learning_rate=2e-5)
    trainer.seek(15)
    assert trainer.settings.rate == 2e-5
    trainer.step()
    assert len(trainer.recording) == 20


def test_a_change_taken_back_leaves_one_stretch() -> None:
    trainer = crops()
    trainer.step(count=10)
    trainer.change(learning_rate=2e-5)
    trainer.step()
    trainer.back()
    trainer.change(learning_rate=1e-5)
    trainer.step()
    assert [segment.update for segment in trainer.recording.segments] == [0]
    assert [branch.start for branch in trainer.recording.branches] == [10]


def test_a_shuffle_switched_within_an_epoch_holds_from_the_next_one() -> None:
    trainer = crops(shuffle=False)
    trainer.step(count=2)
    trainer.change(shuffle=True)
    trainer.run()
    naive = Naive(crop_yields(), 0)
    held = [Held(1e-5, 3, shuffle=False)] * 2 + [Held(1e-5, 3, shuffle=True)] * 248
    assert state_of(trainer.model) == naive.after(held).state


def test_epochs_can_be_changed_at_any_time_to_any_number() -> None:
    trainer = crops()
    trainer.run(20)
    trainer.change(epochs=10)
    assert (trainer.status, trainer.total, trainer.settings.epochs) == ("finished", 50, 10)
    trainer.change(epochs=30)
    assert (trainer.status, trainer.total) == ("paused", 150)
    trainer.run()
    assert trainer.position.epoch == 30
    assert trainer.recording.branches == ()


# ---- reading -------------------------------------------------------------------------------------


def test_predictions_are_made_in_the_tables_own_units() -> None:
    table = crop_yields()
    for standardize in (False, True):
        trainer = Trainer(table, standardize=standardize)
        trainer.run()
        everything = trainer.predict(table.inputs)
        assert everything.shape == (15, 2)
        assert not everything.requires_grad
        torch.testing.assert_close(trainer.predict(table.inputs[4]), everything[4])
        torch.testing.assert_close(trainer.predict(torch.tensor(table.inputs)), everything)
        torch.testing.assert_close(trainer.predict(table.inputs.tolist()), everything)
        grad = torch.tensor(table.inputs, dtype=torch.float64, requires_grad=True)
        torch.testing.assert_close(trainer.predict(grad), everything)
        w, b = trainer.coefficients()
        np.testing.assert_allclose(everything, table.inputs @ w.T + b, rtol=1e-3)
        loss = ((everything.numpy() - table.targets) ** 2).mean()
        assert trainer.loss() == pytest.approx(loss, rel=1e-5)
        scaled = trainer.coefficients(scaled=True)
        np.testing.assert_array_equal(scaled.w, trainer.model.w.detach().numpy())
        assert (scaled.w == w).all() is not standardize or not standardize
        assert trainer.predict([1e300, 0, 0]).shape == (2,)


def test_the_prompt_teaches() -> None:
    trainer = crops()
    trainer.step("phase", 7)
    assert repr(trainer).splitlines() == [
        "Trainer (paused): 15 rows, 3 features -> 2 targets",
        f"epoch 0 of 50, update 1 of 250, after loss, full-data loss {said(trainer.loss())}",
        "learning rate 1e-5, batches of 3, seed 0",
        "step(), run(), back(), seek(update), reset(), change(learning_rate=...)",
    ]


# ---- odd tables ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rows", "features", "targets", "batch_size"),
    [(1, 1, 1, 1), (1, 5, 2, 64), (2, 1, 1, 1000), (3, 50, 1, 2), (5, 1000, 4, 5), (1030, 1, 1, 1)],
)
def test_tables_of_any_shape_train_travel_and_return(
    rows: int, features: int, targets: int, batch_size: int
) -> None:
    numbers = np.random.default_rng(0)
    table = Table.of((numbers.normal(size=(rows, features)), numbers.normal(size=(rows, targets))))
    trainer = Trainer(table, batch_size=batch_size, epochs=2)
    trainer.run()
    per_epoch = math.ceil(rows / batch_size)
    assert (trainer.status, trainer.position.update) == ("finished", 2 * per_epoch)
    assert trainer.settings == Settings(trainer.settings.rate, 2, batch_size)
    end = state_of(trainer.model)
    trainer.back("epoch")
    assert trainer.position.update == per_epoch
    trainer.step("phase", 3)
    trainer.run()
    assert state_of(trainer.model) == end
    assert math.isfinite(trainer.loss())


def test_constant_columns_do_no_harm() -> None:
    table = Table.parse("a, b, y\n1, 7, 2\n2, 7, 4\n3, 7, 6")
    for standardize in (False, True):
        trainer = Trainer(table, standardize=standardize, epochs=200)
        trainer.run()
        assert trainer.status == "finished"
        assert all(np.isfinite(numbers).all() for numbers in trainer.coefficients())


def test_anything_that_a_table_can_be_made_of_will_do() -> None:
    trainer = Trainer({"x": [1, 2, 3], "y": [2, 4, 6]}, epochs=1)
    assert trainer.table == Table.of({"x": [1, 2, 3], "y": [2, 4, 6]})
    assert updates.momentum is not gradient_update
