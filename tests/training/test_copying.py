"""Copies of a trainer, by copy and pickle, are trainers of their own in the very same state."""

from __future__ import annotations

import copy
import functools
import multiprocessing
import pickle
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from linreg_widget.errors import SettingsError, UpdateError
from linreg_widget.model import LinearRegression, gradient_update, mse_loss
from linreg_widget.settings import Stop
from linreg_widget.table.table import crop_yields
from linreg_widget.training.trainer import Trainer
from tests.crops import crops
from tests.training.oracle import state_of
from tests.training.updates import MANNERLY, momentum

Copier = Callable[[Any], Any]


def pickled(thing: Any, protocol: int = pickle.DEFAULT_PROTOCOL) -> Any:
    return pickle.loads(pickle.dumps(thing, protocol))


COPIERS: dict[str, Copier] = {
    "copy": copy.copy,
    "deepcopy": copy.deepcopy,
    **{
        f"protocol {protocol}": functools.partial(pickled, protocol=protocol)
        for protocol in range(pickle.HIGHEST_PROTOCOL + 1)
    },
}


# `make test` tries the oldest and the newest protocol.
_BETWEEN = [f"protocol {protocol}" for protocol in range(1, pickle.HIGHEST_PROTOCOL)]


@pytest.fixture(
    params=[
        pytest.param(copier, id=name, marks=pytest.mark.matrix if name in _BETWEEN else ())
        for name, copier in COPIERS.items()
    ]
)
def copied(request: pytest.FixtureRequest) -> Copier:
    copier: Copier = request.param
    return copier


def account(trainer: Trainer) -> dict[str, Any]:
    """All that can be read off a trainer, in a form that == compares to the bit."""
    recording = trainer.recording
    return {
        "model": state_of(trainer.model) if trainer.model.w.is_leaf else repr(trainer.model),
        "position": trainer.position,
        "status": trainer.status,
        "notice": trainer.notice,
        "failure": str(trainer.failure),
        "settings": trainer.settings,
        "stop": trainer.stop,
        "total": trainer.total,
        "losses": recording.losses.tobytes(),
        "segments": recording.segments,
        "edited": recording.edited,
        "diverged": recording.diverged_at,
        "branches": [(repr(one), one.losses.tobytes()) for one in recording.branches],
        "checkpoints": recording.checkpoints,
        "kept": [(run.name, run.loss, run.path.w.tobytes()) for run in trainer.kept],
        "table": trainer.table,
        "function": trainer.update_function,
    }


def fails_at_ten(model: Any, x: Any, y: Any, learning_rate: float) -> Any:
    model.count = getattr(model, "count", 0) + 1
    if model.count == 10:
        raise ValueError("ten is enough")
    return (yield from gradient_update(model, x, y, learning_rate))


def ready() -> Trainer:
    return crops()


def finished() -> Trainer:
    trainer = crops(epochs=4)
    trainer.run()
    return trainer


def within_an_update() -> Trainer:
    trainer = crops()
    trainer.step(count=70)
    trainer.step("phase", 3)
    return trainer


def in_the_past() -> Trainer:
    trainer = crops()
    trainer.step(count=90)
    trainer.back(count=33)
    return trainer


def with_a_past() -> Trainer:
    """Changes of settings, numbers set by hand, a branch, a run before, kept runs, a change due."""
    trainer = crops(seed=3)
    trainer.step(count=20)
    trainer.keep("slow")
    trainer.reset(seed=4)
    trainer.step(count=30)
    trainer.back(count=10)
    trainer.change(learning_rate=3e-5, batch_size=4)
    trainer.step(count=9)
    trainer.set(w=np.full((2, 3), 0.5))
    trainer.step(count=2)
    trainer.change(shuffle=False, epochs=77)
    return trainer


def stopped() -> Trainer:
    trainer = crops(stop=Stop(within=200))
    trainer.run()
    return trainer


def impatient() -> Trainer:
    trainer = crops(stop=Stop(patience=2), learning_rate=1e-4, batch_size=1)
    trainer.step("epoch", 1)
    trainer.run(2)
    return trainer


def diverged() -> Trainer:
    trainer = crops(learning_rate=0.1)
    trainer.run()
    return trainer


def failed() -> Trainer:
    trainer = crops(update=fails_at_ten)
    with pytest.raises(UpdateError):
        trainer.run()
    return trainer


def written_to() -> Trainer:
    """The model was changed behind the trainer's back, so no replay leads there."""
    trainer = crops()
    trainer.step(count=5)
    with torch.no_grad():
        trainer.model.w.fill_(0.25)
    return trainer


def standardized() -> Trainer:
    trainer = Trainer(crop_yields(), standardize=True)
    trainer.step(count=7)
    return trainer


STATES = (
    ready,
    finished,
    within_an_update,
    in_the_past,
    with_a_past,
    stopped,
    impatient,
    diverged,
    failed,
    written_to,
    standardized,
)


def go_on(trainer: Trainer) -> None:
    if trainer.status == "diverged":
        trainer.rescue("start")
    if trainer.status == "failed":
        trainer.seek(3)
        trainer.step(count=5)
        return
    trainer.step(count=5)
    trainer.step("epoch")
    trainer.step("phase")
    trainer.run(3)
    trainer.back("epoch")


@pytest.mark.parametrize("make", STATES)
@pytest.mark.clock
def test_a_copy_is_in_the_same_state_and_goes_on_the_same_way(
    make: Callable[[], Trainer], copied: Copier
) -> None:
    trainer = make()
    before = account(trainer)
    twin = copied(trainer)
    assert type(twin) is Trainer
    assert account(twin) == before
    assert account(trainer) == before
    assert repr(twin) == repr(trainer)
    go_on(twin)
    assert account(trainer) == before, "the copy shares something with it"
    go_on(trainer)
    assert account(twin) == account(trainer)


@pytest.mark.parametrize("update", MANNERLY)
def test_with_what_an_update_function_keeps_on_the_model(update: Any, copied: Copier) -> None:
    trainer = crops(update=update)
    trainer.step(count=60)
    for phases in (0, 1):
        if phases:
            trainer.step("phase", phases)
        twin = copied(trainer)
        assert account(twin) == account(trainer)
        assert twin.model is not trainer.model
        assert vars(twin.model).keys() == vars(trainer.model).keys()
        for one in (twin, trainer):
            one.step(count=20)
            one.seek(40)
        assert account(twin) == account(trainer)
        trainer.seek(60)


def test_an_optimizer_of_a_copy_moves_the_copy() -> None:
    from tests.training.updates import adam

    trainer = crops(update=adam)
    trainer.step(count=3)
    for copier in COPIERS.values():
        twin: Any = copier(trainer)
        (group,) = twin.model.optimizer.param_groups
        assert group["params"][0] is twin.model.w
        assert group["params"][1] is twin.model.b


@pytest.mark.clock
def test_a_copy_shares_nothing_that_changes(copied: Copier) -> None:
    trainer = with_a_past()
    twin = copied(trainer)
    assert twin.lock is not trainer.lock
    for name in ("w", "b"):
        one, other = getattr(twin.model, name), getattr(trainer.model, name)
        assert one.data_ptr() != other.data_ptr()
    assert not np.shares_memory(twin.recording.losses, trainer.recording.losses)
    assert twin.kept[0].curve[1] is not trainer.kept[0].curve[1]
    with trainer.lock:  # which would block, from another thread, if it were the twin's too
        twin.step()


class Named(Trainer):
    """A trainer that a user has added something to."""

    title = ""


def test_what_a_user_has_added_is_copied_too(copied: Copier) -> None:
    trainer = Named(crop_yields(), learning_rate=1e-5)
    trainer.step(count=4)
    trainer.title = "crops"
    twin = copied(trainer)
    assert type(twin) is Named
    assert (twin.title, twin.stamp) == ("crops", trainer.stamp)


@pytest.mark.clock
def test_what_cannot_be_written_to_stays_so(copied: Copier) -> None:
    twin = copied(with_a_past())
    arrays = [twin.table.inputs, twin.table.targets, twin.recording.losses]
    arrays += [branch.losses for branch in twin.recording.branches]
    assert len(arrays) > 3
    for array in arrays:
        with pytest.raises(ValueError, match="read-only"):
            array[...] = 0


@pytest.mark.clock
def test_the_parts_of_a_trainer_copy_too(copied: Copier) -> None:
    trainer = with_a_past()
    for part in (trainer.table, trainer.settings, trainer.stop, trainer.position):
        assert copied(part) == part
    assert copied(Stop(1.5, 3)) == Stop(1.5, 3)
    recording = copied(trainer.recording)
    assert recording.to_frame().equals(trainer.recording.to_frame())
    assert repr(recording) == repr(trainer.recording)
    assert recording.checkpoints == trainer.recording.checkpoints
    (branch, *_) = trainer.recording.branches
    assert repr(copied(branch)) == repr(branch)
    assert copied(branch).losses.tobytes() == branch.losses.tobytes()
    (kept,) = trainer.kept
    assert (repr(copied(kept).settings), copied(kept).loss) == (repr(kept.settings), kept.loss)
    for asked in (False, True):
        insight = copied(trainer.insight)
        assert insight.largest_stable_rate == trainer.insight.largest_stable_rate
        assert insight.least_squares.loss == trainer.insight.least_squares.loss
        assert repr(insight) == repr(trainer.insight), asked
    model = LinearRegression(torch.ones(2, 3), torch.ones(2))
    assert state_of(copied(model)) == state_of(model)
    assert repr(copied(trainer.diagnosis)) == repr(trainer.diagnosis)
    error = copied(UpdateError("it failed", line=3, source="x = y"))
    assert (str(error), error.line, error.source) == ("it failed", 3, "x = y")


def test_an_empty_recording_goes_on_after_a_copy(copied: Copier) -> None:
    twin = copied(crops())
    twin.step(count=2000)
    assert len(twin.recording) == 2000


@pytest.mark.slow
def test_a_copy_of_a_long_run_makes_few_updates_again(monkeypatch: pytest.MonkeyPatch) -> None:
    trainer = crops(epochs=1000)
    trainer.run()
    trainer.step("phase", 2)
    made = 0
    compare = type(trainer.recording).compare

    def counted(*given: Any, own: bool) -> None:
        nonlocal made
        made += 1
        compare(*given, own=own)

    monkeypatch.setattr(type(trainer.recording), "compare", counted)
    twin = pickled(trainer)
    assert account(twin) == account(trainer)
    (*_, last) = trainer.recording.checkpoints
    assert made <= trainer.position.update - last
    made = 0
    trainer.step("update")
    pickled(trainer)
    assert made <= 1


def scaled_update(scale: float, model: Any, x: Any, y: Any, learning_rate: float) -> Any:
    loss = mse_loss(model(x), y)
    loss.backward()
    yield "backward"
    with torch.no_grad():
        model.w -= scale * learning_rate * model.w.grad
        model.w.grad.zero_()
    return loss.item()


def test_a_partial_of_a_function_that_can_be_imported_is_pickled() -> None:
    trainer = crops(update=functools.partial(scaled_update, 0.5))
    trainer.step(count=9)
    twin = pickled(trainer)
    for one in (trainer, twin):
        one.step(count=9)
    assert state_of(twin.model) == state_of(trainer.model)


def local_function() -> Any:
    def shadow(model: Any, x: Any, y: Any, learning_rate: float) -> Any:
        return (yield from gradient_update(model, x, y, learning_rate))

    return shadow


def renamed() -> Any:
    function = local_function()
    function.__qualname__ = "not_there"
    return function


@pytest.mark.parametrize(
    "update",
    [
        local_function(),
        renamed(),
        lambda model, x, y, learning_rate: (yield from gradient_update(model, x, y, learning_rate)),
    ],
    ids=["local", "renamed", "lambda"],
)
def test_a_function_that_cannot_be_imported_is_refused_by_pickle_only(update: Any) -> None:
    trainer = crops(update=update)
    trainer.step(count=3)
    words = r"Can't pickle the update function .*Define it with def at the top level of a module"
    for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
        with pytest.raises(pickle.PicklingError, match=words):
            pickle.dumps(trainer, protocol)
    assert account(copy.deepcopy(trainer)) == account(trainer)


def test_cloudpickle_takes_such_a_function_along() -> None:
    cloudpickle = pytest.importorskip("cloudpickle")
    trainer = crops(update=local_function())
    trainer.step(count=3)
    twin = pickle.loads(cloudpickle.dumps(trainer))
    assert state_of(twin.model) == state_of(trainer.model)
    twin.step(count=3)


@pytest.mark.clock
def test_joblib_keeps_a_trainer_in_a_file(tmp_path: Path) -> None:
    joblib = pytest.importorskip("joblib")
    trainer = with_a_past()
    joblib.dump(trainer, tmp_path / "trainer")
    assert account(joblib.load(tmp_path / "trainer")) == account(trainer)


def trained(trainer: Trainer) -> Trainer:
    trainer.step(count=10)
    return trainer


@pytest.mark.process
def test_another_process_trains_a_trainer() -> None:
    trainer = crops(update=momentum)
    trainer.step(count=4)
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        there = pool.apply(trained, (trainer,))
    assert account(there) == account(trained(trainer))


@pytest.mark.process
def test_another_python_reads_the_pickle(tmp_path: Path) -> None:
    trainer = with_a_past()
    (tmp_path / "trainer").write_bytes(pickle.dumps(trainer))
    code = (
        "import pickle, sys; trainer = pickle.load(open(sys.argv[1], 'rb')); trainer.step();"
        "print(trainer.model.w.tolist())"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path / "trainer")],
        capture_output=True,
        text=True,
        check=True,
    )
    trainer.step()
    assert done.stdout.strip() == str(trainer.model.w.tolist())


def test_copies_are_made_where_gradients_are_off(copied: Copier) -> None:
    trainer = crops()
    trainer.step(count=3)
    with torch.inference_mode():
        twin = copied(trainer)
    twin.step(count=3)
    trainer.step(count=3)
    assert account(twin) == account(trainer)


class Noted(Trainer):
    """A trainer with something of the user's on it."""

    note: list[str]


def test_a_class_of_ones_own_keeps_what_it_holds(copied: Copier) -> None:
    trainer = Noted(crop_yields())
    trainer.note = ["mine"]
    twin = copied(trainer)
    assert type(twin) is Noted
    assert twin.note == ["mine"]
    twin.note.append("yours")
    assert trainer.note == ["mine"]


def test_a_list_with_one_trainer_twice_has_one_copy_twice() -> None:
    trainer = crops()
    for copier in (copy.deepcopy, pickled):
        one, other = copier([trainer, trainer])
        assert one is other


@pytest.mark.clock
def test_a_copy_is_taken_between_two_updates_of_another_thread() -> None:
    import threading

    trainer = crops(epochs=100_000)
    ended = threading.Event()

    def run() -> None:
        while not ended.is_set():
            trainer.advance(0.001)

    thread = threading.Thread(target=run)
    thread.start()
    try:
        twins = [copier(trainer) for copier in (copy.copy, copy.deepcopy, pickled) * 5]
    finally:
        ended.set()
        thread.join()
    for twin in twins:
        assert len(twin.recording) == twin.position.update
        twin.step()


def test_what_a_run_that_diverged_refuses_its_copy_refuses_the_copy() -> None:
    twin = pickled(diverged())
    with pytest.raises(SettingsError, match="Go back"):
        twin.step()
