"""A tape: every moment on it is what the kernel would show, and making it moves nothing."""

from __future__ import annotations

import itertools
import math
import pickle
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from linreg_widget import Table, Trainer, UpdateError, clock, crop_yields
from linreg_widget.model import gradient_update, mse_loss
from linreg_widget.panel.codec import pack
from linreg_widget.panel.tape import AT_REST, FOR_A_PAGE, Tape, Taping, rounds
from tests.lanes import examples
from tests.microscope.looking import look
from tests.panel.tapes import decode, seen, taped


def state(trainer: Trainer) -> tuple[object, ...]:
    """All that can be told of a trainer without moving it."""
    model = trainer.model
    recording = trainer.recording
    tensors = [model.w, model.b, model.w.grad, model.b.grad]
    return (
        *(trainer.position, trainer.status, trainer.settings, trainer.notice, trainer.failure),
        *(recording.losses.tobytes(), recording.version, recording.checkpoints, recording.edited),
        *(len(recording.branches), trainer.total, recording.snapshots.spare),
        pickle.dumps([None if one is None else one.detach().numpy() for one in tensors]),
    )


def compare(trainer: Trainer, moments: dict[tuple[int, int], Any]) -> None:
    """Each moment on the tape is what a trainer that goes there shows."""
    for (update, phases), moment in moments.items():
        trainer._run.go_to(update, phases)
        frame = look(trainer)
        assert moment["_frame"]["sentence"] == frame.sentence
        assert moment["_frame_data"] == frame.data
        assert moment["_frame"]["tensors"] == seen(trainer)["_frame"]["tensors"]


@settings(max_examples=examples(6))
@given(
    updates=st.integers(0, 40),
    phases=st.integers(0, 4),
    batch=st.sampled_from([3, 4, 15]),
    most=st.sampled_from([500, 3_000, 12_000, 60_000]),
    standardize=st.booleans(),
)
def test_every_moment_is_what_the_trainer_shows_there_and_the_budget_holds(
    updates: int, phases: int, batch: int, most: int, *, standardize: bool
) -> None:
    trainer = Trainer(crop_yields(), batch_size=batch, standardize=standardize)
    if updates:
        trainer.step("update", updates)
    if phases:
        trainer.step("phase", phases)
    before = state(trainer)
    shown = seen(trainer)
    moments = taped(trainer, most)
    assert state(trainer) == before
    if most >= 12_000:
        assert {(0, 0), (updates, 0), (updates, phases)} <= set(moments)
    if moments:
        assert next(iter(moments.values())) == shown
    compare(trainer, moments)


def test_a_short_run_is_all_on_the_tape() -> None:
    trainer = Trainer(crop_yields(), epochs=4)
    trainer.run()
    moments = taped(trainer)
    assert set(moments) == {(u, p) for u in range(20) for p in range(5)} | {(20, 0)}
    trainer.back("update", 7)
    assert set(taped(trainer)) == set(moments)


@pytest.mark.slow
def test_of_a_long_run_moments_are_spread_evenly_over_the_log_of_their_number() -> None:
    trainer = Trainer(crop_yields(), epochs=1000)
    trainer.run()
    updates = np.array(sorted({update for update, _ in taped(trainer, 60_000)}))
    assert (updates[0], updates[-1]) == (0, 5_000)
    assert len(updates) > 60
    steps = np.diff(np.log(updates[updates >= 4]))
    assert steps.max() < 0.7
    moments = taped(trainer, 20_000)
    compare(trainer, moments)


def test_a_diverged_run_is_taped_up_to_its_end() -> None:
    trainer = Trainer(crop_yields(), learning_rate=1.0)
    trainer.run()
    before = state(trainer)
    moments = taped(trainer)
    assert state(trainer) == before
    end = trainer.position.update
    assert moments[end, 0]["status"] == "diverged"
    assert moments[end, 0]["_explained"]["kind"] == "diverged"
    assert moments[end - 1, 0]["status"] == "paused"
    assert max(update for update, _ in moments) == end


def test_waiting_changes_and_weights_set_by_hand_stay_as_they_are() -> None:
    trainer = Trainer(crop_yields())
    trainer.step("epoch", 2)
    trainer.set(b=[1.0, 2.0])
    trainer.step("update", 3)
    trainer.change(learning_rate=3e-5)
    before = state(trainer)
    moments = taped(trainer)
    assert state(trainer) == before
    assert moments[13, 0]["learning_rate"] == 3e-5
    compare(trainer, moments)


def forgetful(model: Any, x: Any, y: Any, learning_rate: float) -> Any:
    """Draws random numbers, so that no way leads back."""
    loss = mse_loss(model(x), y)
    loss.backward()
    yield "backward"
    model.w.data -= model.w.grad * learning_rate * np.random.default_rng().normal()
    return loss.item()


def test_a_run_that_cannot_be_made_again_is_left_where_it_is() -> None:
    trainer = Trainer(crop_yields(), update=forgetful)
    trainer.step("update", 12)
    before = state(trainer)
    taping = Taping(trainer, 200_000)
    assert taping.work()
    assert state(trainer) == before
    assert decode(taping.to_bytes())[0]["update"] == 12
    with pytest.raises(UpdateError):
        trainer.seek(9)


def test_what_is_not_finite_is_left_out_of_the_words_and_kept_in_the_numbers() -> None:
    tape = Tape(1000)
    frame: dict[str, Any] = {"tensors": []}
    numbers = pack({"batch": np.array([np.nan, np.inf])})
    assert tape.add({"update": 0, "_limit": float("inf"), "_losses": numbers, "_frame": frame})
    (moment,) = decode(tape.to_bytes())
    assert moment == {"update": 0, "_losses": numbers, "_frame": frame}


def test_a_tape_without_room_is_empty() -> None:
    tape = Tape(0)
    assert not tape.add({"update": 0})
    assert tape.to_bytes() == b""


@given(st.integers(0, 10**7))
def test_rounds_are_ever_closer_and_never_twice_the_same(updates: int) -> None:
    parts = list(rounds(updates))
    flat = [update for part in parts for update in part]
    assert len(set(flat)) == len(flat)
    assert {0, updates} <= set(parts[0])
    assert min(flat) >= 0
    assert max(flat) == updates
    if updates <= 300:
        assert len(flat) == updates + 1


@pytest.mark.usefixtures("ticking")
def test_a_taping_notices_that_the_trainer_has_moved() -> None:
    trainer = Trainer(crop_yields(), epochs=10)
    trainer.run()
    taping = Taping(trainer, 200_000)
    assert not taping.work(0.0)
    assert not taping.work(0.05)
    assert taping.fits
    assert taping.work()
    trainer.back()
    assert not taping.fits


@pytest.fixture
def never_slow(monkeypatch: pytest.MonkeyPatch) -> None:
    """On no machine is a moment given up for the time it takes."""
    monkeypatch.setattr(clock, "worked", lambda: 0.0)


@pytest.mark.usefixtures("never_slow")
def test_a_tape_that_has_its_moments_goes_on_when_it_may_have_more() -> None:
    trainer = Trainer(crop_yields(), epochs=4)
    trainer.run()
    taping = Taping(trainer, 200_000, moments=10)
    taping.work()
    assert taping.is_made
    assert len(decode(taping.to_bytes())) == 10
    taping.allow(math.inf)
    assert not taping.is_made
    assert taping.work()
    assert len(decode(taping.to_bytes())) == 101
    taping.allow(1)  # no more than it was allowed already
    assert taping.is_made


@pytest.mark.parametrize("speed", [0.05, 5])
def test_what_is_in_a_page_does_not_depend_on_the_speed_of_the_machine(
    monkeypatch: pytest.MonkeyPatch, speed: float
) -> None:
    def own(model: Any, x: Any, y: Any, learning_rate: float) -> Any:
        return (yield from gradient_update(model, x, y, learning_rate))

    trainer = Trainer(crop_yields(), update=own, epochs=4)
    trainer.run()
    worked = itertools.count(step=speed / 200)  # 5 ms for a moment, as on a busy machine
    monkeypatch.setattr(clock, "worked", lambda: next(worked))
    made = []
    for moments in (AT_REST, FOR_A_PAGE):
        taping = Taping(trainer, 200_000, moments)
        assert taping.work()
        made.append(len(decode(taping.to_bytes())))
    assert made == [101, 101]


@pytest.mark.usefixtures("never_slow")
def test_a_table_of_many_numbers_has_fewer_moments() -> None:
    rows = np.random.default_rng(0).normal(size=(50_000, 4))
    trainer = Trainer(Table.of((rows[:, :3], rows[:, 3])), batch_size=5_000, epochs=2)
    trainer.run()
    taping = Taping(trainer, 10**7, moments=10)
    assert taping.work()
    assert len(decode(taping.to_bytes())) == 4, "each costs as much as three of a small one"


def test_an_update_that_takes_long_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    trainer = Trainer(crop_yields(), epochs=4)
    trainer.run()
    worked = itertools.count()
    monkeypatch.setattr(clock, "worked", lambda: next(worked))
    taping = Taping(trainer, 200_000)
    assert taping.work()
    assert 0 < len(decode(taping.to_bytes())) < 20
