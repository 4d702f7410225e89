"""Verbs in any order: the page's engine stands where the trainer does, with a fresh run's bits."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from linreg_widget.settings import FIELDS
from linreg_widget.table.table import Table, crop_yields
from linreg_widget.training.trainer import Trainer
from tests.engine.conftest import Engine, floats, wire
from tests.lanes import examples
from tests.training.oracle import PHASES

RATES = (1e-5, 2e-5, 1e-4, 30.0)  # the last one diverges at once
BY = st.sampled_from(["phase", "update", "epoch"])


def small_table() -> Table:
    """Seven of the article's rows: batches that come out even and batches that do not."""
    crops = crop_yields()
    return Table.of((crops.inputs[:7], crops.targets[:7]))


def other_rows() -> Table:
    """The rest of them."""
    crops = crop_yields()
    return Table.of((crops.inputs[7:], crops.targets[7:]))


@pytest.fixture(scope="module", autouse=True)
def process(engine: Engine) -> None:
    Travels.engine = engine


class Travels(RuleBasedStateMachine):
    """Does the same to both, and compares after each verb."""

    engine: Engine

    @initialize(
        rate=st.sampled_from(RATES),
        size=st.integers(1, 8),
        seed=st.integers(0, 3),
        unseen=st.booleans(),
    )
    def start(self, rate: float, size: int, seed: int, *, unseen: bool) -> None:
        table, held_out = small_table(), other_rows() if unseen else None
        self.trainer = Trainer(
            table, learning_rate=rate, batch_size=size, seed=seed, epochs=6, held_out=held_out
        )
        given = {name: getattr(self.trainer.settings, name) for name in FIELDS}
        self.state = self.engine.ask("begin", wire(table, held_out), given)

    def ask(self, verb: str, **what: Any) -> None:
        self.state = self.engine.ask("verb", {"verb": verb, **what})

    @property
    def inside(self) -> int:
        return len(self.trainer._run.phases)

    @precondition(lambda self: self.trainer.status != "diverged")
    @rule(by=BY, count=st.integers(1, 4))
    def step(self, by: Any, count: int) -> None:
        self.trainer.step(by, count)
        self.ask("step", by=by, count=count)

    @rule(by=BY, count=st.integers(1, 4))
    def back(self, by: Any, count: int) -> None:
        self.trainer.back(by, count)
        self.ask("back", by=by, count=count)

    @rule(share=st.floats(0, 1), phases=st.integers(0, 4))
    def seek(self, share: float, phases: int) -> None:
        update = round(share * len(self.trainer.recording))
        if update == self.trainer.recording.diverged_at or update >= self.trainer.total:
            phases = 0
        self.trainer.seek(update, PHASES[phases - 1] if phases else None)
        self.ask("seek", update=update, phases=phases)

    @rule(updates=st.integers(1, 40))
    def advance(self, updates: int) -> None:
        self.trainer.advance(1e9, updates)
        self.ask("advance", most=updates)

    @rule(
        changes=st.fixed_dictionaries(
            {},
            optional={
                "learning_rate": st.sampled_from(RATES),
                "batch_size": st.integers(1, 8),
                "shuffle": st.booleans(),
                "epochs": st.integers(1, 9),
            },
        )
    )
    def change(self, changes: Any) -> None:
        self.trainer.change(**changes)
        self.ask("change", changes=changes)

    @rule(
        changes=st.fixed_dictionaries(
            {}, optional={"seed": st.integers(0, 3), "standardize": st.booleans()}
        )
    )
    def reset(self, changes: Any) -> None:
        self.trainer.reset(**changes)
        self.ask("reset", changes=changes)

    @precondition(lambda self: self.trainer.status != "diverged")
    @rule(entry=st.integers(0, 7), value=st.floats(-2, 2, width=32))
    def set(self, entry: int, value: float) -> None:
        model = self.trainer.model
        w, b = model.w.detach().numpy().copy(), model.b.detach().numpy().copy()
        if self.inside:  # they are those of the update's beginning that are set
            self.trainer.back()
            w, b = model.w.detach().numpy().copy(), model.b.detach().numpy().copy()
            self.ask("back", by="update", count=1)
        name, row, column = ("w", *divmod(entry, 3)) if entry < 6 else ("b", 0, entry - 6)
        (w if name == "w" else b[None])[row, column] = value
        self.trainer.set(w=w, b=b)
        entries = [{"tensor": name, "row": row, "column": column, "value": value}]
        self.ask("set", entries=entries)

    @precondition(lambda self: self.trainer.can_undo)
    @rule()
    def undo(self) -> None:
        self.trainer.undo()
        self.ask("undo")

    @invariant()
    def both_stand_at_the_same_place(self) -> None:
        trainer, found = self.trainer, self.state
        recording, here = trainer.recording, trainer.position
        assert found["update"] == here.update
        assert found["phases"] == self.inside
        assert (found["epoch"], found["batch"]) == (here.epoch, here.batch)
        assert found["status"] == trainer.status
        assert found["settings"] == {name: getattr(trainer.settings, name) for name in FIELDS}
        assert found["total"] == trainer.total
        assert found["canUndo"] == trainer.can_undo
        assert found["updates"] == len(recording)
        assert found["diverged"] == recording.diverged_at
        assert found["edited"] == [*recording.edited]
        assert found["segments"] == [segment.update for segment in recording.segments]
        assert found["branches"] == [
            [one.start, len(one.losses), one.name] for one in recording.branches
        ]
        updates, unseen = trainer.held_out_losses()
        # The trainer also looks where it marks the code of the update function.
        marks = {mark.update for mark in recording.snapshots if mark.by_hand}
        known = np.isin(updates, [*(marks - {*recording.edited})], invert=True) & (unseen < 1e6)
        theirs = dict(zip(updates[known].tolist(), unseen[known].tolist(), strict=True))
        looked_at = zip(*found["unseen"].values(), strict=True)
        ours = {update: loss for update, loss in looked_at if loss is not None and loss < 1e6}
        assert ours == pytest.approx(theirs, rel=1e-3)
        w, b = trainer.model.w.detach().numpy(), trainer.model.b.detach().numpy()
        true = np.concatenate([w.ravel(), b])
        mine = floats(found["model"])
        if np.isfinite(true).all() and np.abs(true).max() < 1e6:
            assert np.allclose(mine, true, rtol=1e-5, atol=1e-5 * np.abs(true).max())

    @invariant()
    def the_bits_are_those_of_a_fresh_run(self) -> None:
        assert self.state["same"]

    @invariant()
    def the_microscope_shows_the_same_tensors(self) -> None:
        found, specimen = self.engine.ask("specimen"), self.trainer.specimen
        assert found["index"] == specimen.rows.tolist()
        assert found["number"] == specimen.number
        seen = {name: rest for name, *rest in found["seen"]}
        assert {name for name, rest in seen.items() if rest[1]} == set(specimen.later)
        for name, true in specimen.seen.items():
            shape, _, changed, numbers, old = seen[name]
            assert changed == true.changed, (name, found["done"])
            assert (numbers is None) == (true.value is None)
            assert (old is None) == (true.old is None)
            if true.value is not None:
                assert tuple(shape) == true.value.shape


def test_a_change_that_waits_where_it_holds_anyway_leaves_the_recorded_future(
    engine: Engine,
) -> None:
    state = Travels()
    state.engine = engine
    state.start(1e-5, 1, 0, unseen=False)
    state.advance(1)
    state.change({"learning_rate": 2e-5})
    state.advance(1)
    state.change({"learning_rate": 1e-5})
    state.seek(0.0, 0)
    state.advance(1)
    assert len(state.trainer.recording) == 2
    state.both_stand_at_the_same_place()


TestTravels = Travels.TestCase
TestTravels.settings = settings(
    max_examples=examples(15),
    stateful_step_count=15,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
