"""From anywhere to anywhere: the state is always that of a fresh run, bit for bit."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from linreg_widget.errors import SettingsError, UpdateError
from linreg_widget.model import LinearRegression, gradient_update, mse_loss
from linreg_widget.recording.schedule import Position
from linreg_widget.settings import Settings
from linreg_widget.table.table import Table, crop_yields
from linreg_widget.training.trainer import Trainer
from tests.lanes import examples
from tests.training.oracle import PHASES, ByHand, Held, Naive, State, as_bytes, same_model, state_of
from tests.training.updates import MANNERLY, never_clears

RATES = (1e-5, 2e-5, 1e-4, 30.0)  # the last one diverges at once


def small_table() -> Table:
    """Seven of the article's rows: batches that come out even and batches that do not."""
    crops = crop_yields()
    return Table.of((crops.inputs[:7], crops.targets[:7]))


class Expected:
    """What a trainer should show, by the simplest means: settings kept update by update.

    Attributes
    ----------
    held : list of Held
        The settings of each recorded update.
    tail : Held
        Those of the first update that is not recorded.
    """

    def __init__(self, naive: Naive, tail: Held, epochs: int) -> None:
        self.naive, self.tail, self.epochs = naive, tail, epochs
        self.held: list[Held] = []
        self.update = self.phases = 0
        self.waiting: dict[str, Any] = {}
        self.diverged_at: int | None = None
        self.branches: list[tuple[int, bytes]] = []
        self.sets: tuple[ByHand, ...] = ()

    def at(self, update: int) -> Held:
        return self.held[update] if update < len(self.held) else self.tail

    @property
    def next_update(self) -> int:
        return self.update + (self.phases > 0)

    @property
    def diverged(self) -> bool:
        return self.update == self.diverged_at and not self.phases

    def moment(self) -> Any:
        return self.naive.after(self.held[: self.update], self.sets)

    def state(self) -> State:
        if self.phases:
            held, now = self.held[: self.update], self.at(self.update)
            return self.naive.inside(held, now, self.phases, self.sets)
        return self.naive.after(self.held[: self.update], self.sets).state

    def losses(self, start: int = 0) -> bytes:
        counts = range(start + 1, len(self.held) + 1)
        every = [self.naive.after(self.held[:count], self.sets).loss for count in counts]
        return np.array(every, np.float32).tobytes()

    def end_of(self, epoch: int) -> int:
        """Count on from here, one update at a time, to the end of an epoch."""
        update = place = row = 0
        start = self.next_update
        changed = self.at(start)._replace(**self.waiting) != self.at(start)
        while place <= epoch:
            now = self.at(update)
            if changed and update >= start:
                now = self.at(start)._replace(**self.waiting)
            row += now.size
            update += 1
            if row >= self.naive.rows:
                place, row = place + 1, 0
        return update

    @property
    def total(self) -> int:
        return self.end_of(self.epochs - 1)

    def begin(self) -> None:
        """Let what waits take hold, at the beginning of an update."""
        old = self.at(self.update)
        new = old._replace(**self.waiting)
        self.waiting = {}
        if new != old:
            self.leave()
            self.tail, self.diverged_at = new, None
        self.epochs = max(self.epochs, self.moment().epoch + 1)

    def leave(self) -> None:
        """Keep the future as a branch, unless one that was left here before begins like it."""
        losses = self.losses(self.update)
        del self.held[self.update :]
        self.sets = tuple(one for one in self.sets if one.update <= self.update)
        if not losses:
            return
        here = [known for start, known in self.branches if start == self.update]
        if any(known.startswith(losses) for known in here):
            return
        self.branches = [
            (start, known)
            for start, known in self.branches
            if start != self.update or not losses.startswith(known)
        ]
        self.branches.append((self.update, losses))

    def make_update(self) -> None:
        if not self.phases:
            self.begin()
        self.phases = 0
        now = self.at(self.update)
        if self.update == len(self.held):
            before = self.moment()
            loss = self.naive.after([*self.held, now], self.sets).loss
            if not math.isfinite(loss):
                if not before.finite:
                    self.diverged_at = self.update
                    return
                self.diverged_at = self.update + 1
            self.held.append(now)
        self.update += 1

    def make_phase(self) -> None:
        if not self.phases:
            self.begin()
        if self.phases == len(PHASES):
            self.make_update()
        else:
            self.phases += 1

    def train(self, stop: int) -> None:
        if self.phases:
            self.make_update()
        while self.update < stop and not self.diverged:
            self.make_update()

    def set_by_hand(self, weight: float, bias: float) -> None:
        self.phases, self.tail = 0, self.at(self.update)
        self.leave()
        self.diverged_at = None
        earlier = [one for one in self.sets if one.update < self.update]
        self.sets = (*earlier, ByHand(self.update, weight, bias))

    def back_phase(self) -> None:
        if self.phases:
            self.phases -= 1
        elif self.update:
            self.update, self.phases = self.update - 1, len(PHASES)


class TimeTravel(RuleBasedStateMachine):
    """Any sequence of verbs, each done by a trainer and by the expectation."""

    naives: dict[tuple[int, bool], Naive] = {}  # noqa: RUF012 - shared, so that runs are made once

    @initialize(size=st.integers(1, 8), shuffle=st.booleans(), rate=st.sampled_from(RATES))
    def begin(self, size: int, rate: float, *, shuffle: bool) -> None:
        self.trainer = Trainer(
            small_table(), learning_rate=rate, batch_size=size, shuffle=shuffle, epochs=3
        )
        self.expected = Expected(self.naive(0, standardize=False), Held(rate, size, shuffle), 3)
        self.seed, self.standardize = 0, False

    def naive(self, seed: int, *, standardize: bool) -> Naive:
        key = (seed, standardize)
        if key not in self.naives:
            self.naives[key] = Naive(small_table(), seed, standardize=standardize)
        return self.naives[key]

    def may_go(self) -> bool:
        """Whether the run may go on; if it diverged, see that it refuses to."""
        if not self.expected.diverged:
            return True
        with pytest.raises(SettingsError, match="Diverged at update"):
            self.trainer.step()
        with pytest.raises(SettingsError, match="Diverged at update"):
            self.trainer.run()
        return False

    @rule(count=st.integers(1, 12))
    def step_phases(self, count: int) -> None:
        if self.may_go():
            self.trainer.step("phase", count)
            for _ in range(count):
                self.expected.make_phase()
                if self.expected.diverged:
                    break

    @rule(count=st.integers(1, 9))
    def step_updates(self, count: int) -> None:
        if self.may_go():
            self.trainer.step(count=count)
            self.expected.train(self.expected.update + count)

    @rule(count=st.integers(1, 2))
    def step_epochs(self, count: int) -> None:
        if self.may_go():
            self.trainer.step("epoch", count)
            for _ in range(count):
                self.expected.train(self.expected.end_of(self.expected.moment().epoch))
                if self.expected.diverged:
                    break

    @rule(epochs=st.none() | st.integers(1, 2))
    def run(self, epochs: int | None) -> None:
        if self.may_go():
            self.trainer.run(epochs)
            expected = self.expected
            goal = expected.epochs
            if epochs is not None:
                goal = expected.moment().epoch + epochs
                expected.epochs = max(expected.epochs, goal)
            expected.train(expected.end_of(goal - 1))

    @rule(seconds=st.sampled_from([0.0, 60.0]), updates=st.none() | st.integers(0, 6))
    def advance(self, seconds: float, updates: int | None) -> None:
        expected, before = self.expected, self.expected.update
        done = self.trainer.advance(seconds, updates)
        stop = expected.total if updates is None else min(expected.total, before + updates)
        if updates == 0 or (not expected.phases and (expected.diverged or before >= stop)):
            assert done == 0
            return
        if seconds:
            expected.train(stop)
        else:  # one update, and the one that was under way, if there was one
            under_way = expected.phases > 0
            expected.make_update()
            if under_way and expected.update < stop and not expected.diverged:
                expected.make_update()
        assert done == expected.update - before

    @rule(count=st.integers(1, 7))
    def back_phases(self, count: int) -> None:
        self.trainer.back("phase", count)
        for _ in range(count):
            self.expected.back_phase()

    @rule(count=st.integers(1, 7))
    def back_updates(self, count: int) -> None:
        self.trainer.back("update", count)
        for _ in range(count):
            if not self.expected.phases:
                self.expected.update = max(0, self.expected.update - 1)
            self.expected.phases = 0

    @rule(count=st.integers(1, 2))
    def back_epochs(self, count: int) -> None:
        self.trainer.back("epoch", count)
        expected = self.expected
        for _ in range(count):
            if not expected.phases:
                expected.update = max(0, expected.update - 1)
            expected.phases = 0
            while expected.moment().batch:
                expected.update -= 1

    @rule(share=st.floats(0, 1), phase=st.none() | st.sampled_from(PHASES))
    def seek(self, share: float, phase: str | None) -> None:
        goal = round(share * len(self.expected.held))
        ended = goal == self.expected.diverged_at or goal >= self.trainer.total
        if phase is not None and ended:
            with pytest.raises(SettingsError, match="so no update comes after it"):
                self.trainer.seek(goal, phase)
            return
        self.expected.update = goal
        self.expected.phases = 0 if phase is None else PHASES.index(phase) + 1
        self.trainer.seek(goal, phase)

    @rule(share=st.floats(0, 1))
    def seek_in_vain(self, share: float) -> None:
        with pytest.raises(SettingsError, match="not recorded"):
            self.trainer.seek(len(self.expected.held) + 1)
        with pytest.raises(SettingsError, match=r"not a phase|no update comes after it"):
            self.trainer.seek(round(share * len(self.expected.held)), "lunch")

    @rule(rate=st.sampled_from(RATES))
    def change_rate(self, rate: float) -> None:
        self.trainer.change(learning_rate=rate)
        self.wait(rate=rate)

    @rule(size=st.integers(1, 8))
    def change_batch_size(self, size: int) -> None:
        self.trainer.change(batch_size=size)
        self.wait(size=size)

    @rule(rate=st.sampled_from(RATES), shuffle=st.booleans())
    def change_two(self, rate: float, *, shuffle: bool) -> None:
        self.trainer.change(learning_rate=rate, shuffle=shuffle)
        self.wait(rate=rate, shuffle=shuffle)

    def wait(self, **changes: Any) -> None:
        recorded = self.expected.at(self.expected.next_update)._asdict()
        waiting = {**self.expected.waiting, **changes}
        self.expected.waiting = {
            name: value for name, value in waiting.items() if value != recorded[name]
        }

    @precondition(lambda self: not self.expected.diverged)
    @rule(weight=st.sampled_from([-1.0, 0.25]), bias=st.sampled_from([0.5, 90.0]))
    def set_by_hand(self, weight: float, bias: float) -> None:
        """Put other weights and biases where the run stands, all w alike and all b."""
        self.trainer.set(w=np.full((2, 3), weight), b=np.full(2, bias))
        self.expected.set_by_hand(weight, bias)

    @rule(epochs=st.integers(1, 5))
    def change_epochs(self, epochs: int) -> None:
        self.trainer.change(epochs=epochs)
        self.expected.epochs = epochs

    @rule(seed=st.none() | st.integers(0, 2), standardize=st.none() | st.booleans())
    def reset(self, seed: int | None, standardize: bool | None) -> None:  # noqa: FBT001
        self.trainer.reset(seed, standardize=standardize)
        self.seed = self.seed if seed is None else seed
        self.standardize = self.standardize if standardize is None else standardize
        old = self.expected
        tail = old.at(old.update)._replace(**old.waiting)
        old.update = 0
        old.leave()
        naive = self.naive(self.seed, standardize=self.standardize)
        self.expected = Expected(naive, tail, old.epochs)
        self.expected.branches = old.branches

    @precondition(lambda self: not self.expected.phases)
    @rule()
    def compare_with_a_fresh_run(self) -> None:
        """Follow the record's own stretches, by the verbs, to the same place."""
        first, *later = self.trainer.recording.segments
        assert self.trainer.recording.edited == tuple(one.update for one in self.expected.sets)
        fresh = Trainer(self.trainer.table, first.settings.but(epochs=10**6))
        ways: list[Any] = [*self.expected.sets, *later]
        for way in sorted(ways, key=lambda way: way.update):
            if way.update > self.expected.update:
                break
            fresh.advance(60, way.update - fresh.position.update)
            if isinstance(way, ByHand):
                fresh.set(w=np.full((2, 3), way.weight), b=np.full(2, way.bias))
            else:
                now = way.settings
                fresh.change(learning_rate=now.rate, batch_size=now.batch_rows, shuffle=now.shuffle)
        fresh.advance(60, self.expected.update - fresh.position.update)
        assert same_model(fresh, self.trainer)

    @invariant()
    def stands_where_it_should(self) -> None:
        trainer, expected = self.trainer, self.expected
        moment = expected.moment()
        phase = PHASES[expected.phases - 1] if expected.phases else None
        assert trainer.position == Position(expected.update, phase, moment.epoch, moment.batch)
        assert state_of(trainer.model) == expected.state()

    @invariant()
    def recorded_what_happened(self) -> None:
        recording, expected = self.trainer.recording, self.expected
        assert len(recording) == len(expected.held)
        assert recording.losses.tobytes() == expected.losses()
        assert recording.diverged_at == expected.diverged_at
        for update in range(len(expected.held) + 1):
            held = recording.segment_at(update).settings
            assert Held(held.rate, held.batch_rows, held.shuffle) == expected.at(update)
        branches = [(branch.start, branch.losses.tobytes()) for branch in recording.branches]
        assert branches == expected.branches[-20:]

    @invariant()
    def knows_what_is_to_come(self) -> None:
        trainer, expected = self.trainer, self.expected
        moment = expected.moment()
        now = expected.at(expected.update)._replace(**expected.waiting)
        assert trainer.settings == Settings(
            learning_rate=now.rate,
            epochs=expected.epochs,
            batch_size=now.size,
            seed=self.seed,
            shuffle=now.shuffle,
            standardize=self.standardize,
        )
        assert trainer.total == expected.total
        first = expected.update - moment.batch
        assert trainer.batches == expected.end_of(moment.epoch) - first
        assert trainer.status == self.status()

    def status(self) -> str:
        expected = self.expected
        if expected.diverged:
            return "diverged"
        if not expected.phases and expected.update >= expected.total:
            return "finished"
        return "paused" if expected.phases or expected.update else "ready"


TimeTravel.TestCase.settings = settings(
    max_examples=examples(30),
    stateful_step_count=25,
    suppress_health_check=[HealthCheck.too_slow],
)
TestTimeTravel = pytest.mark.clock(TimeTravel.TestCase)


# ---- update functions of one's own ---------------------------------------------------------------


def everything(value: Any) -> Any:
    """A model with all that it keeps, in a form that can be compared bit for bit."""
    if isinstance(value, LinearRegression):
        return everything(vars(value))
    if isinstance(value, torch.optim.Optimizer):
        return everything(value.state_dict())
    if isinstance(value, torch.Tensor):
        gradient = value.grad if value.is_leaf else "no leaf"
        return (as_bytes(value), value.requires_grad, everything(gradient))
    if isinstance(value, dict):
        return {key: everything(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [everything(item) for item in value]
    return value


@pytest.mark.parametrize("function", MANNERLY, ids=lambda function: function.__name__)
@settings(max_examples=examples(5))
@given(places=st.lists(st.tuples(st.integers(0, 27), st.integers(0, 3)), min_size=1, max_size=6))
def test_whatever_an_update_keeps_on_the_model_travels_with_it(
    function: Any, places: list[tuple[int, int]]
) -> None:
    def trainer() -> Trainer:
        return Trainer(crop_yields(), update=function, learning_rate=1e-6, epochs=6)

    traveller = trainer()
    traveller.run()
    losses = traveller.recording.losses.tobytes()
    for update, phases in places:
        traveller.seek(update)
        if phases:
            traveller.step("phase", phases)
        direct = trainer()
        if update:
            direct.step(count=update)
        if phases:
            direct.step("phase", phases)
        assert traveller.position == direct.position
        assert everything(traveller.model) == everything(direct.model)
        assert traveller.recording.losses[:30].tobytes() == losses
    traveller.back("phase", 2)
    traveller.run()
    direct = trainer()
    direct.run()
    assert everything(traveller.model) == everything(direct.model)


def test_without_zero_the_gradients_pile_up_and_the_loss_swings() -> None:
    piling = Trainer(crop_yields(), update=never_clears, learning_rate=1e-5)
    piling.run()
    clearing = Trainer(crop_yields(), learning_rate=1e-5)
    clearing.run()
    assert piling.loss() > 10 * clearing.loss()
    rises = np.diff(piling.recording.epoch_means()[1]) > 0
    assert 0.2 < rises.mean() < 0.8


# ---- update functions that do not do again what they did -----------------------------------------


def test_w_that_a_cell_has_changed_is_not_blamed_on_the_article_s_update() -> None:
    trainer = Trainer(crop_yields(), learning_rate=1e-5)
    trainer.step(count=11)
    with torch.no_grad():
        trainer.model.w[0, 0] = 5.0
    trainer.step(count=9)
    words = (
        r"update \d+, made again, .*: a cell has changed w or b behind the run\. Set them by set"
    )
    with pytest.raises(UpdateError, match=words):
        trainer.seek(13)


def test_a_function_that_remembers_elsewhere_is_found_out_instead_of_believed() -> None:
    velocity: list[Any] = []

    def forgetful(model: Any, x: torch.Tensor, y: torch.Tensor, learning_rate: float) -> Any:
        loss = mse_loss(model(x), y)
        w_grad, b_grad = torch.autograd.grad(loss, (model.w, model.b))
        yield "backward"
        old = velocity or [0, 0]
        velocity[:] = [0.9 * old[0] + w_grad, 0.9 * old[1] + b_grad]
        with torch.no_grad():
            model.w -= learning_rate * velocity[0]
            model.b -= learning_rate * velocity[1]
        return loss.item()

    trainer = Trainer(crop_yields(), update=forgetful, learning_rate=1e-6)
    trainer.run(5)
    losses = trainer.recording.losses.tobytes()
    words = r"update \d+, made again, has the loss .*outside of model.*model.velocity.*reset"
    with pytest.raises(UpdateError, match=words):
        trainer.back(count=3)
    assert trainer.status == "failed"
    assert trainer.position.update in trainer.recording.checkpoints
    assert trainer.recording.losses.tobytes() == losses
    with pytest.raises(UpdateError, match=words):
        trainer.run()
    trainer.reset()
    assert (trainer.status, trainer.position.update) == ("ready", 0)


def test_a_function_that_draws_random_numbers_is_found_out_too() -> None:
    def noisy(model: Any, x: torch.Tensor, y: torch.Tensor, learning_rate: float) -> Any:
        with torch.no_grad():
            model.w += torch.randn_like(model.w)
        yield "noise"
        return mse_loss(model(x), y).item()

    trainer = Trainer(crop_yields(), update=noisy, learning_rate=1e-6)
    trainer.step(count=8)
    with pytest.raises(UpdateError, match="draws random numbers"):
        trainer.seek(7)
    assert trainer.position.update == 5


# ---- far away ------------------------------------------------------------------------------------


@pytest.mark.slow
def test_long_ways_back_and_forth_are_as_exact_as_short_ones() -> None:
    def trainer() -> Trainer:
        return Trainer(crop_yields(), learning_rate=1e-5, batch_size=2, epochs=500)

    traveller, direct = trainer(), trainer()
    traveller.run()
    assert np.diff(traveller.recording.checkpoints).min() == 8
    traveller.recording.snapshots._kept = traveller.recording.snapshots._kept[::64]
    states = {}
    for update in (1, 511, 512, 513, 2900, 2901, 3333, 4000):
        direct.step(count=update - direct.position.update)
        states[update] = state_of(direct.model)
    for update in (3333, 1, 4000, 513, 2901, 512, 511, 2900):
        traveller.seek(update)
        assert state_of(traveller.model) == states[update]
    for update in range(2899, 2800, -1):
        traveller.back()
        assert traveller.position.update == update
    traveller.step("phase", 3)
    traveller.back("phase", 7)
    traveller.step(count=101)
    assert traveller.position.update == 2901
    assert state_of(traveller.model) == states[2901]


@pytest.mark.parametrize("phases", range(5))
def test_a_seek_to_where_the_record_ends_may_go_into_the_next_update(phases: int) -> None:
    trainer = Trainer(crop_yields(), learning_rate=1e-5)
    trainer.step(count=7)
    trainer.change(learning_rate=9e-5)  # waits, and goes on waiting
    trainer.seek(7, PHASES[phases - 1] if phases else None)
    other = Trainer(crop_yields(), learning_rate=1e-5)
    other.step("phase", 35 + phases)
    assert same_model(trainer, other)
    assert trainer.settings.rate == 9e-5
    trainer.step(count=2)
    changes = [segment.update for segment in trainer.recording.segments]
    assert changes == [0, 8 if phases else 7]


# ---- no update is made again where its end is at hand --------------------------------------------


class Calls:
    """The article's update, counted."""

    def __init__(self) -> None:
        self.made = 0

    def update(self, model: Any, x: Any, y: Any, learning_rate: float) -> Any:
        self.made += 1
        return (yield from gradient_update(model, x, y, learning_rate))

    def during(self, act: Callable[[], object]) -> int:
        before = self.made
        act()
        return self.made - before


def test_no_update_is_made_again_where_a_checkpoint_is_at_hand() -> None:
    calls = Calls()
    trainer = Trainer(crop_yields(), update=calls.update, learning_rate=1e-5)
    trainer.step(count=12)
    assert trainer.recording.checkpoints == [0, 5, 10]
    assert calls.during(lambda: trainer.back(count=2)) == 0
    assert calls.during(lambda: trainer.seek(5)) == 0
    assert calls.during(lambda: trainer.seek(10)) == 0
    assert calls.during(lambda: trainer.back("epoch")) == 0
    assert calls.during(lambda: trainer.seek(12)) == 2
    assert calls.during(lambda: trainer.set(b=[1, 2])) == 0
    trainer.step(count=2)
    assert calls.during(lambda: trainer.seek(12)) == 0
    assert calls.during(trainer.reset) == 0


def test_no_update_is_made_again_to_know_the_phases_of_the_next_one() -> None:
    calls = Calls()
    trainer = Trainer(crop_yields(), update=calls.update, learning_rate=1e-5)
    trainer.step(count=12)
    assert calls.during(lambda: trainer.seek(10, "backward")) == 2, "for its phases, and into it"
    assert calls.during(lambda: trainer.seek(12, "loss")) == 4
    trainer.seek(12)
    assert calls.during(lambda: trainer.back("phase")) == 3, "one from 10 to 11, and as above"
    assert trainer.position.phase == "update"


def test_a_run_that_diverges_is_gone_back_to_from_the_checkpoint_at_hand() -> None:
    calls = Calls()
    trainer = Trainer(crop_yields(), update=calls.update, learning_rate=1.0, batch_size=15)
    trainer.run()
    at = trainer.recording.diverged_at
    assert (trainer.status, trainer.recording.checkpoints[1]) == ("diverged", 1)
    assert at is not None
    assert calls.made <= at + 2, "the one that overflowed, once more"


def test_nothing_is_made_again_to_settle_at_a_checkpoint() -> None:
    calls = Calls()
    trainer = Trainer(crop_yields(), update=calls.update, learning_rate=1e-5)
    trainer.step(count=10)
    trainer._run.whole = False  # as an interrupt leaves it
    assert calls.during(lambda: trainer.step("phase")) == 1


def test_no_phase_comes_after_the_last_update() -> None:
    trainer = Trainer(crop_yields(), epochs=2)
    trainer.run()
    before = trainer.position
    with pytest.raises(SettingsError, match="the run ends at update 10, so no update comes"):
        trainer.seek(10, "predict")
    assert trainer.position == before
    trainer.seek(9, "predict")
    trainer.run()
    assert (trainer.status, len(trainer.recording)) == ("finished", 10)
    trainer.change(epochs=3)
    trainer.seek(10, "predict")
    assert trainer.position.update == 10
