"""The trainer's verbs: where they lead, in which words they refuse, and what a failure leaves."""

from __future__ import annotations

import _thread
import math
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from types import FrameType
from typing import Any, NamedTuple

import numpy as np
import pytest
import torch

import linreg_widget
from linreg_widget.errors import SettingsError, UpdateError
from linreg_widget.model import gradient_update, mse_loss
from linreg_widget.recording.schedule import Position
from linreg_widget.settings import Settings
from linreg_widget.table.table import Table, crop_yields
from linreg_widget.training.trainer import Trainer
from linreg_widget.wording import said
from tests.crops import crops
from tests.lanes import at_length
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


# ---- divergence ----------------------------------------------------------------------------------


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


# ---- failures ------------------------------------------------------------------------------------

FAILING: list[int] = []  # the number of updates before the one that is to fail, if any is


def fails_in(phase: str) -> Callable[..., Any]:
    def failing(model: Any, x: torch.Tensor, y: torch.Tensor, learning_rate: float) -> Any:
        def maybe(here: str) -> None:
            if here == phase and [model.count] == FAILING:
                raise ZeroDivisionError("the trap is shut")

        model.count = getattr(model, "count", -1) + 1
        maybe("begin")
        loss = mse_loss(model(x), y)
        yield "loss"
        loss.backward()
        maybe("backward")
        yield "backward"
        with torch.no_grad():
            model.w -= model.w.grad * learning_rate
            maybe("update")
            model.b -= model.b.grad * learning_rate
        yield "update"
        model.w.grad.zero_()
        maybe("zero")
        model.b.grad.zero_()
        return loss.item()

    return failing


@pytest.fixture(autouse=True)
def no_trap() -> None:
    FAILING.clear()


GOES: dict[str, Callable[[Trainer], object]] = {
    "phase": lambda trainer: trainer.step("phase", 9),
    "update": lambda trainer: trainer.step("update", 9),
    "epoch": lambda trainer: trainer.step("epoch", 9),
    "run": Trainer.run,
    "advance": lambda trainer: trainer.advance(60),
}


@pytest.mark.parametrize("phase", ["begin", "backward", "update", "zero"])
@pytest.mark.parametrize("go", GOES)
def test_a_failing_update_is_named_and_the_state_before_it_kept(phase: str, go: str) -> None:
    trainer = crops(update=fails_in(phase), epochs=10)
    trainer.step(count=7)
    whole = crops(epochs=10)
    whole.step(count=8)
    FAILING[:] = [8]
    with pytest.raises(UpdateError, match="update 9 failed in failing, line") as error:
        GOES[go](trainer)
    assert "ZeroDivisionError: the trap is shut. The state before" in str(error.value)
    assert error.value.source == f'maybe("{phase}")'
    lines = Path(__file__).read_text(encoding="utf-8").splitlines()
    assert lines[error.value.line - 1].strip() == error.value.source  # type: ignore[operator]
    assert isinstance(error.value.__cause__, ZeroDivisionError)
    assert (trainer.status, trainer.failure) == ("failed", error.value)
    assert trainer.position == Position(8, None, 1, 3)
    assert same_model(trainer, whole)
    assert torch.is_grad_enabled()

    with pytest.raises(UpdateError):  # and again
        trainer.step()
    assert trainer.status == "failed"
    FAILING.clear()
    trainer.step()  # mended
    assert (trainer.status, trainer.failure, trainer.position.update) == ("paused", None, 9)
    trainer.run()
    whole.run()
    assert same_model(trainer, whole)
    assert trainer.recording.losses.tobytes() == whole.recording.losses.tobytes()


def empty() -> Any:
    return next(iter(()))


def raises_bare(_: Any) -> Any:
    raise KeyError


MORE = "StopIteration: next[(][)] was asked for more than there is"
EXHAUSTED: dict[str, tuple[str, Callable[[Any], Any]]] = {
    "next(iter(()))": (MORE, lambda _: next(iter(()))),
    "in a function": (MORE, lambda _: empty()),
    "of a tensor": (MORE, lambda x: next(iter(x[:0]))),
    "a value": ("StopIteration: 3", lambda _: next(ended())),
    "no words": ("KeyError[.] The state", raises_bare),
}


def ended() -> Any:
    return 3
    yield


@pytest.mark.parametrize("how", EXHAUSTED)
@pytest.mark.parametrize("by", ["phase", "update"])
def test_an_iterator_that_has_ended_is_told_with_its_line(how: str, by: Any) -> None:
    words, act = EXHAUSTED[how]

    def asks_for_more(model: Any, x: Any, y: Any, learning_rate: float) -> Any:
        yield "first"
        act(x)  # here
        return 1.0

    trainer = crops(update=asks_for_more)
    with pytest.raises(UpdateError, match=f"failed in asks_for_more, line .*{words}") as error:
        trainer.step(by, 2)
    assert error.value.source == "act(x)  # here"
    assert trainer.position.update == 0


def test_a_failure_past_the_end_makes_the_run_no_longer() -> None:
    trainer = crops(update=fails_in("update"), epochs=2)
    trainer.run()
    FAILING[:] = [10]
    with pytest.raises(UpdateError):
        trainer.step()
    assert (trainer.settings.epochs, trainer.total) == (2, 10)
    FAILING[:] = [12]
    with pytest.raises(UpdateError):
        trainer.step("epoch")
    assert (trainer.position.update, trainer.settings.epochs) == (12, 3)


def test_going_back_clears_a_failure() -> None:
    trainer = crops(update=fails_in("update"))
    trainer.step(count=3)
    FAILING[:] = [3]
    with pytest.raises(UpdateError):
        trainer.run()
    FAILING.clear()
    trainer.back()
    assert (trainer.status, trainer.failure, trainer.position.update) == ("paused", None, 2)


def in_no_grad(model: Any, x: torch.Tensor, y: torch.Tensor, learning_rate: float) -> Any:
    loss = mse_loss(model(x), y)
    loss.backward()
    with torch.no_grad():
        model.w -= model.w.grad * learning_rate
        yield "update"
    return loss.item()


@pytest.mark.parametrize("caller_learns", [True, False])
@pytest.mark.parametrize("by", ["phase", "update"])
def test_a_yield_inside_no_grad_is_refused_and_leaks_nothing(
    by: Any, *, caller_learns: bool
) -> None:
    trainer = crops(update=in_no_grad)
    start = state_of(trainer.model)
    with torch.set_grad_enabled(caller_learns):
        with pytest.raises(
            UpdateError, match=r"yields in line .*inside `with torch.no_grad"
        ) as error:
            trainer.step(by)
        assert torch.is_grad_enabled() is caller_learns
        del error
        trainer.reset()
        assert torch.is_grad_enabled() is caller_learns
    assert torch.is_grad_enabled()
    assert state_of(trainer.model) == start


def leaves_a_block_open(model: Any, x: torch.Tensor, y: torch.Tensor, learning_rate: float) -> Any:
    with torch.enable_grad():
        yield "inside"
    return (yield from gradient_update(model, x, y, learning_rate))


def test_leaving_a_suspended_update_does_not_switch_the_callers_gradients_on() -> None:
    with torch.no_grad():
        trainer = crops(update=leaves_a_block_open)
        ways: list[Callable[[], object]] = [trainer.back, trainer.reset, lambda: trainer.seek(0)]
        for leave in ways:
            trainer.step("phase")
            leave()
            assert not torch.is_grad_enabled()


@pytest.mark.parametrize(
    ("returned", "shown"),
    [(None, "None"), ("3.5", "'3.5'"), (torch.ones(2), "tensor"), ([1.0], r"\[1.0\]"), (1j, "1j")],
    ids=str,
)
def test_an_update_that_returns_no_number_is_refused(returned: Any, shown: str) -> None:
    def returning(model: Any, x: torch.Tensor, y: torch.Tensor, learning_rate: float) -> Any:
        yield "phase"
        return returned

    trainer = crops(update=returning)
    ways: list[Callable[[], object]] = [
        trainer.step,
        lambda: trainer.step("phase", 2),
        trainer.run,
    ]
    for go in ways:
        with pytest.raises(UpdateError, match=f"returned {shown}.*`return loss.item"):
            go()
        assert (trainer.position, trainer.status) == (Position(0, None, 0, 0), "failed")


@pytest.mark.parametrize("number", [2, np.float32(2), torch.tensor(2.0), torch.tensor([[2.0]])])
def test_numbers_of_any_kind_may_be_returned(number: Any) -> None:
    if isinstance(number, torch.Tensor):
        number = number.clone().requires_grad_()  # `return loss`, without .item()

    def returning(model: Any, x: torch.Tensor, y: torch.Tensor, learning_rate: float) -> Any:
        yield "phase"
        return number

    trainer = crops(update=returning)
    trainer.step(count=2)
    trainer.back()
    assert trainer.recording.losses.tolist() == [2, 2]


def plain(model: Any, x: Any, y: Any, learning_rate: float) -> float:
    return 1.0


def three(model: Any, x: Any, y: Any) -> Any:
    yield "phase"


@pytest.mark.parametrize(
    ("function", "words"),
    [
        (plain, "must be a generator function"),
        (torch.optim.SGD, "must be a generator function"),
        (None, "must be a generator function"),
        ("gradient_update", "must be a generator function"),
        (three, "cannot be called as three.*too many positional arguments"),
    ],
    ids=["no yield", "a class", "None", "a text", "three parameters"],
)
def test_an_update_that_can_be_none_is_refused_at_once(function: Any, words: str) -> None:
    with pytest.raises(UpdateError, match=words):
        crops(update=function)


def test_torchs_own_words_reach_the_learner() -> None:
    def without_no_grad(model: Any, x: torch.Tensor, y: torch.Tensor, learning_rate: float) -> Any:
        loss = mse_loss(model(x), y)
        loss.backward()
        yield "backward"
        model.w -= model.w.grad * learning_rate
        return loss.item()

    def without_t(model: Any, x: torch.Tensor, y: torch.Tensor, learning_rate: float) -> Any:
        yield "begin"
        return mse_loss(x @ model.w + model.b, y).item()

    def rebinding(model: Any, x: torch.Tensor, y: torch.Tensor, learning_rate: float) -> Any:
        loss = mse_loss(model(x), y)
        loss.backward()
        yield "backward"
        with torch.no_grad():
            model.w = model.w - model.w.grad * learning_rate
        yield "update"
        return loss.item()

    for function, count, words in (
        (without_no_grad, 1, "a leaf Variable that requires grad"),
        (without_t, 1, "shapes cannot be multiplied"),
        (rebinding, 2, "NoneType"),
    ):
        trainer = crops(update=function)
        with pytest.raises(UpdateError, match=words):
            trainer.step(count=3)
        assert trainer.position.update == count - 1


# ---- interrupts ----------------------------------------------------------------------------------


def holds_together(trainer: Trainer) -> None:
    """See that the state is what the record says, and that the run can go on from it exactly."""
    assert torch.is_grad_enabled()
    held = []
    for update in range(trainer.position.update):
        now = trainer.recording.segment_at(update).settings
        held.append(Held(now.rate, now.batch_rows, now.shuffle))
    naive = NAIVE[trainer.settings.seed]
    phases = [None, *PHASES].index(trainer.position.phase)
    if phases:
        now = trainer.recording.segment_at(trainer.position.update).settings
        under = Held(now.rate, now.batch_rows, now.shuffle)
        assert state_of(trainer.model) == naive.inside(held, under, phases)
    else:
        assert state_of(trainer.model) == naive.after(held).state
    assert trainer.status in ("ready", "paused", "finished")
    losses = trainer.recording.losses
    assert np.isfinite(losses).all()
    assert len(losses) >= trainer.position.update
    end = trainer.position.epoch + 2
    trainer.run(2)
    assert trainer.position.epoch == end
    held = []
    for update in range(trainer.position.update):
        now = trainer.recording.segment_at(update).settings
        held.append(Held(now.rate, now.batch_rows, now.shuffle))
    assert state_of(trainer.model) == naive.after(held).state
    every = [naive.after(held[: count + 1]).loss for count in range(len(held))]
    recorded = trainer.recording.losses[: len(held)]
    assert recorded.tobytes() == np.array(every, np.float32).tobytes()


NAIVE = {seed: Naive(crop_yields(), seed) for seed in (0, 1)}


def busy_day(trainer: Trainer) -> None:
    """A bit of everything."""
    trainer.run(2)
    trainer.step("phase", 8)
    trainer.back("phase", 4)
    trainer.change(learning_rate=2e-5, batch_size=4)
    trainer.advance(60, 5)
    trainer.seek(3, "backward")
    trainer.step("epoch", 2)
    trainer.reset(seed=1)
    trainer.run(1)
    trainer.back("epoch")
    trainer.change(shuffle=False)
    trainer.step(count=3)


ROOMS = str(Path(linreg_widget.__file__).parent)


def interrupted_at(line: int, trainer: Trainer) -> bool:
    """Do the day's work, and raise KeyboardInterrupt before so many lines of the package ran."""
    left = [line]

    def trace(frame: FrameType, event: str, _argument: object) -> Any:
        if not frame.f_code.co_filename.startswith(ROOMS):
            return None
        if event == "line":
            left[0] -= 1
            if left[0] == 0:
                raise KeyboardInterrupt
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        busy_day(trainer)
    except KeyboardInterrupt:
        return True
    finally:
        sys.settrace(before)
    return False


@pytest.mark.slow
def test_an_interrupt_at_any_line_leaves_a_whole_update_and_the_record() -> None:
    line, hits = 1, 0
    while True:
        trainer = crops(epochs=1)
        if not interrupted_at(line, trainer):
            break
        hits += 1
        holds_together(trainer)
        line += 29 if at_length() else 307  # primes, so that loops are met at different places
    assert hits > 50


@pytest.mark.parametrize("phases", range(1, 6))
def test_an_interrupt_within_an_update_goes_back_to_before_it(phases: int) -> None:
    armed: list[bool] = []

    def interrupted(model: Any, x: torch.Tensor, y: torch.Tensor, learning_rate: float) -> Any:
        done = gradient_update(model, x, y, learning_rate)
        for _ in range(phases - 1):
            yield next(done)
        if armed and armed.pop():
            raise KeyboardInterrupt
        return (yield from done)

    for go in (Trainer.run, lambda t: t.step("phase", 9), lambda t: t.advance(9)):
        trainer = crops(update=interrupted)
        trainer.step(count=12)
        armed[:] = [True]
        with pytest.raises(KeyboardInterrupt):
            go(trainer)
        assert (trainer.position, trainer.status) == (Position(12, None, 2, 2), "paused")
        assert len(trainer.recording) == 12
        holds_together(trainer)

        trainer.reset()
        trainer.step(count=12)
        armed[:] = [True, True]  # on the way back again: then to the checkpoint before
        with pytest.raises(KeyboardInterrupt):
            go(trainer)
        assert (trainer.position, trainer.status) == (Position(10, None, 2, 0), "paused")
        assert len(trainer.recording) == 12
        holds_together(trainer)


@pytest.fixture
def _interruptible() -> Iterator[None]:
    """Have SIGINT raise KeyboardInterrupt, also where a shell runs the tests in its background."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("_interruptible")
@pytest.mark.parametrize("before", [0, 1, 7, 40, 250])
def test_an_interrupt_from_outside_leaves_a_whole_update_too(before: int) -> None:
    under_way = threading.Event()
    made = 0

    def held(model: Any, x: torch.Tensor, y: torch.Tensor, learning_rate: float) -> Any:
        nonlocal made
        made += 1
        if made == before + 1:
            under_way.set()
            while True:  # nothing but the interrupt ends it
                mse_loss(model(x), y).backward()
        return (yield from gradient_update(model, x, y, learning_rate))

    def interrupt() -> None:
        under_way.wait()
        _thread.interrupt_main()

    outside = threading.Thread(target=interrupt, daemon=True)
    outside.start()
    trainer = crops(update=held, epochs=60)
    with pytest.raises(KeyboardInterrupt):
        trainer.run()
    outside.join()
    assert (trainer.position.update, trainer.position.phase) == (before, None)
    assert trainer.status == ("paused" if before else "ready")
    direct = crops(epochs=60)
    if before:
        direct.step(count=before)
    assert same_model(trainer, direct)
    assert trainer.recording.losses.tobytes() == direct.recording.losses.tobytes()


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


# ---- a w that nobody can predict with ------------------------------------------------------------


def leaving(name: str, make: Any, *, late: bool = False) -> Any:
    """An update function that leaves another thing as w or b, in its fourth update."""

    def update(model: Any, x: torch.Tensor, y: torch.Tensor, learning_rate: float) -> Any:
        yield from gradient_update(model, x, y, learning_rate)
        model.count = getattr(model, "count", 0) + 1
        if model.count > 3:
            if make is None:
                delattr(model, name)
            else:
                setattr(model, name, make(getattr(model, name)))
            if not late:
                yield "left"
        return 1.0

    return update


class Meddled(NamedTuple):
    """What a cell does to w or b between two updates, and what is said of it."""

    do: Callable[[Any], object]
    words: str


@pytest.mark.parametrize("before", [0, 1, 7])
@pytest.mark.parametrize("go", ["run", "step", "advance", "phases", "loss"])
@pytest.mark.parametrize(
    "meddled",
    [
        Meddled(lambda model: setattr(model, "b", torch.nn.Parameter(torch.zeros(7))), "b the sh"),
        Meddled(lambda model: delattr(model, "b"), "deleted model.b"),
        Meddled(lambda model: setattr(model.w, "data", torch.zeros(5, 5)), r"w the shape \(5, 5\)"),
        Meddled(lambda model: setattr(model.w, "data", model.w.data.double()), "w torch.float64"),
        Meddled(lambda model: setattr(model, "w", [1, 2]), "w a list"),
    ],
)
def test_a_w_or_b_that_a_cell_spoilt_is_refused_and_as_before_again(
    meddled: Meddled, go: str, before: int
) -> None:
    trainer = Trainer(crop_yields(), learning_rate=1e-5)
    for _ in range(before):
        trainer.step()
    good = Trainer(crop_yields(), learning_rate=1e-5)
    good.step(count=before + 1)
    ways: dict[str, Any] = {
        "run": trainer.run,
        "step": trainer.step,
        "advance": lambda: trainer.advance(1e6),
        "phases": lambda: trainer.step("phase"),
        "loss": trainer.loss,
    }
    meddled.do(trainer.model)
    with pytest.raises(UpdateError, match=meddled.words):
        ways[go]()
    if go == "loss":
        with pytest.raises(UpdateError, match=meddled.words):
            trainer.step()
    assert (trainer.status, trainer.position.update) == ("failed", before)
    trainer.step()
    assert trainer.position.update == before + 1
    assert trainer.model.w.tolist() == good.model.w.tolist()
    assert trainer.model.b.tolist() == good.model.b.tolist()


@pytest.mark.parametrize("go", ["run", "step"])
def test_a_w_that_a_cell_froze_stays_as_in_the_plain_loop(go: str) -> None:
    trainer = Trainer(crop_yields(), learning_rate=1e-5, epochs=10)
    trainer.step()
    frozen = trainer.model.w.tolist()
    trainer.model.w.requires_grad_(False)  # noqa: FBT003 - its gradient stays, and is zero
    trainer.run() if go == "run" else trainer.step(count=49)
    plain = Trainer(crop_yields(), learning_rate=1e-5, epochs=10)
    assert trainer.position.update == 50
    assert trainer.model.w.tolist() == frozen
    assert not trainer.model.w.requires_grad
    trainer.reset()
    trainer.run()
    plain.run()
    assert trainer.model.w.tolist() == plain.model.w.tolist() != frozen


def swapped(w: torch.Tensor) -> torch.Tensor:
    w.data = w.data.t().contiguous()
    return w


@pytest.mark.parametrize("late", [False, True])
@pytest.mark.parametrize("go", ["run", "step", "advance", "phases"])
@pytest.mark.parametrize(
    ("name", "make", "words"),
    [
        ("w", lambda w: w.detach().t().requires_grad_(), r"model.w the shape \(3, 2\).*\(2, 3\)"),
        ("w", swapped, r"model.w the shape \(3, 2\).*\(2, 3\)"),
        ("b", lambda b: b.sum(), r"model.b the shape \(\).*\(2,\)"),
        ("w", lambda w: w.double(), r"model.w torch.float64.*stay a float32 tensor"),
        ("b", lambda b: b.tolist(), r"model.b a list.*shape \(2,\)"),
        ("w", None, r"deleted model.w.*shape \(2, 3\)"),
    ],
)
def test_a_w_or_b_that_does_not_fit_is_refused_at_that_update(
    name: str, make: Any, words: str, go: str, *, late: bool
) -> None:
    trainer = Trainer(crop_yields(), update=leaving(name, make, late=late), learning_rate=1e-5)
    ways: dict[str, Any] = {
        "run": trainer.run,
        "step": lambda: trainer.step(count=9),
        "advance": lambda: trainer.advance(1e6),
        "phases": lambda: trainer.step("phase", 99),
    }
    with pytest.raises(UpdateError, match=words):
        ways[go]()
    assert (trainer.status, trainer.position.update, len(trainer.recording)) == ("failed", 3, 3)
    good = Trainer(crop_yields(), learning_rate=1e-5)
    good.step(count=3)
    assert trainer.model.w.tolist() == good.model.w.tolist()
    assert trainer.model.b.tolist() == good.model.b.tolist()
    assert math.isfinite(trainer.loss())
    trainer.back()
    assert trainer.position.update == 2
