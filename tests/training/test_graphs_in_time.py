"""The graph of any moment: the same again, bit for bit, and the run as if nobody had looked."""

from __future__ import annotations

import copy
from collections.abc import Callable, Generator
from typing import Any, NamedTuple

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from linreg_widget import LinregError, Trainer, crop_yields
from linreg_widget.microscope.codeview import CodeView
from linreg_widget.microscope.graph import Graph
from linreg_widget.microscope.graphwire import encode_graph
from linreg_widget.microscope.trace import Trace
from linreg_widget.model import gradient_update
from linreg_widget.panel.codec import pack
from linreg_widget.training import run as runs
from linreg_widget.training.replay import Replay
from tests.lanes import examples
from tests.microscope.graphs import OWN
from tests.training.oracle import state_of
from tests.training.updates import CHANGING, MANNERLY, momentum

Phases = Generator[str, None, Any]
CODE = CodeView.of(gradient_update)


def bits(graph: Graph, code: CodeView = CODE) -> tuple[Any, bytes]:
    """All that is in a graph."""
    words, arrays = encode_graph(graph, code)
    return words, pack(arrays)


# ---- random updates ------------------------------------------------------------------------------


class Recipe(NamedTuple):
    """How a random update function goes."""

    bends: tuple[str, ...]
    loss: str
    penalty: str
    step: str
    clear: bool
    phases: bool

    def update(self, model: Any, x: torch.Tensor, y: torch.Tensor, rate: float) -> Phases:
        out = model(x) if self.bends else x @ model.w.T + model.b
        for place, name in enumerate(self.bends):
            out = BENDS[name](out, model)
            if self.phases:
                yield f"{name} {place}"  # a phase is sought by its name
        loss = LOSSES[self.loss](out, y) + PENALTIES[self.penalty](model)
        yield "loss"
        yield from self._step(model, loss, rate)
        if self.clear:
            model.w.grad = model.b.grad = None
        return loss.item()

    def _step(self, model: Any, loss: torch.Tensor, rate: float) -> Phases:
        if self.step == "grad":
            found = torch.autograd.grad(loss, (model.w, model.b), allow_unused=True)
            yield "grad"
            with torch.no_grad():
                for one, slope in zip((model.w, model.b), found, strict=True):
                    if slope is not None:
                        one -= rate * slope  # noqa: PLW2901
            return
        loss.backward()
        yield "backward"
        for one in (model.w, model.b):
            if one.grad is None:
                continue
            if self.step == "data":
                one.data -= rate * one.grad
            elif self.step == "sign":
                with torch.no_grad():
                    one.sub_(rate * one.grad.sign())
            else:
                with torch.no_grad():
                    one -= rate * one.grad / (1 + one.grad.norm())  # noqa: PLW2901


BENDS: dict[str, Callable[[torch.Tensor, Any], torch.Tensor]] = {
    "scale": lambda out, _: out / 100,
    "tanh": lambda out, _: torch.tanh(out / 50) * 50,
    "shift": lambda out, model: out + model.b.mean(),
    "again": lambda out, model: out * (1 + 1e-3 * model.w.mean()),
    "detach": lambda out, _: out + 0.1 * out.detach(),
    "in place": lambda out, _: (out * 1).mul_(0.9),
    "rows": lambda out, _: torch.stack([*out]),
    "pick": lambda out, _: torch.cat([out[:1], out[1:] * 0.5]),
    "clone": lambda out, _: out.clone().contiguous().view(out.shape),
    "where": lambda out, _: torch.where(out > 0, out, 0.1 * out),
    "max": lambda out, _: out - out.max(dim=0).values,
}
LOSSES: dict[str, Callable[[torch.Tensor, torch.Tensor], torch.Tensor]] = {
    "mean": lambda out, y: ((out - y) ** 2).mean(),
    "sum": lambda out, y: torch.sum((out - y) * (out - y)) / len(y),
    "mse": torch.nn.functional.mse_loss,
    "huber": torch.nn.functional.smooth_l1_loss,
    "log": lambda out, y: torch.log1p((out - y).abs()).sum(),
}
PENALTIES: dict[str, Callable[[Any], Any]] = {
    "none": lambda _: 0,
    "w": lambda model: 1e-3 * (model.w * model.w).sum(),
    "norm": lambda model: model.w.norm() * 1e-2 + model.b.abs().sum(),
}
RECIPES = st.builds(
    Recipe,
    bends=st.lists(st.sampled_from([*BENDS]), max_size=4).map(tuple),
    loss=st.sampled_from([*LOSSES]),
    penalty=st.sampled_from([*PENALTIES]),
    step=st.sampled_from(["normed", "grad", "data", "sign"]),
    clear=st.booleans(),
    phases=st.booleans(),
)


def trainer_of(recipe: Recipe, seed: int) -> Trainer:
    def update(model: Any, x: Any, y: Any, learning_rate: float) -> Phases:
        return (yield from recipe.update(model, x, y, learning_rate))

    return Trainer(crop_yields(), update=update, learning_rate=1e-3, seed=seed, batch_size=4)


@settings(max_examples=examples(10), deadline=None)
@given(recipe=RECIPES, seed=st.integers(0, 99))
def test_updates_have_the_same_bits_with_and_without(recipe: Recipe, seed: int) -> None:
    plain, looked_at = trainer_of(recipe, seed), trainer_of(recipe, seed)
    for _ in range(3):
        for trainer in (plain, looked_at):
            trainer.step()
        graph = looked_at.graph()
        assert state_of(looked_at.model) == state_of(plain.model)
        assert graph.nodes[0].title == "x"
        assert any(node.arrival is not None for node in graph.nodes)
    assert looked_at.recording.losses.tobytes() == plain.recording.losses.tobytes()


@settings(max_examples=examples(5), deadline=None)
@given(recipe=RECIPES, seed=st.integers(0, 99), phases=st.integers(1, 6))
def test_each_moment_has_one_graph(recipe: Recipe, seed: int, phases: int) -> None:
    trainer = trainer_of(recipe, seed)
    code = CodeView.of(trainer.update_function)
    trainer.step(count=2)
    trainer.step("phase", phases)
    here, wanted = trainer.position, bits(trainer.graph(), code)
    trainer.step(count=2)
    trainer.back(count=4)
    trainer.seek(here.update, here.phase)
    assert bits(trainer.graph(), code) == wanted


# ---- there and back ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "update", [gradient_update, *OWN, *MANNERLY, *CHANGING], ids=lambda one: str(one.__name__)
)
def test_going_back_gives_the_same_graph(update: Any) -> None:
    code = CodeView.of(update)
    trainer = Trainer(crop_yields(), update=update, learning_rate=1e-7, batch_size=5)
    found = []
    for _ in range(4):
        trainer.step("phase")
        found.append((trainer.position, bits(trainer.graph(), code)))
    trainer.step(count=3)
    for position, wanted in reversed(found):
        trainer.seek(position.update, position.phase)
        assert bits(trainer.graph(), code) == wanted
    replay = Replay(trainer)
    for position, wanted in found:
        phases = 0 if position.phase is None else len(wanted[0]["phases"])
        replay.visit(position.update, phases)
        assert bits(replay.graph(), code) == wanted


def test_looking_changes_nothing() -> None:
    trainer = Trainer(crop_yields(), update=momentum, learning_rate=1e-6)
    trainer.run(1)
    for by in ("update", "phase", "phase", "epoch"):
        trainer.step(by)
        before = state_of(trainer.model), trainer.stamp, trainer.recording.losses.tobytes()
        trainer.graph()
        assert (
            state_of(trainer.model),
            trainer.stamp,
            trainer.recording.losses.tobytes(),
        ) == before


def test_a_branch_and_a_set_by_hand_have_their_own_graph() -> None:
    trainer = Trainer(crop_yields(), learning_rate=1e-5)
    trainer.step(count=2)
    first = bits(trainer.graph())
    trainer.back()
    trainer.change(learning_rate=1e-6)
    trainer.step()
    second = trainer.graph()
    assert bits(second) != first
    assert second.node("learning_rate").value.numbers.item() == 1e-6  # type: ignore[union-attr]
    trainer.set(w=np.zeros((2, 3)))
    assert {node.kind for node in trainer.graph().nodes} == {"leaf", "gradient"}
    assert not np.any(trainer.graph().node("w").value.numbers)  # type: ignore[union-attr]
    trainer.step("phase")
    assert not np.any(trainer.graph().node("self.w.t()").value.numbers)  # type: ignore[union-attr]


def test_a_copy_has_the_graph_too() -> None:
    trainer = Trainer(crop_yields(), learning_rate=1e-5)
    trainer.step(count=3)
    assert bits(copy.deepcopy(trainer).graph()) == bits(trainer.graph())


def test_after_a_reset_the_graph_begins_anew() -> None:
    trainer = Trainer(crop_yields(), learning_rate=1e-5)
    trainer.step()
    first = bits(trainer.graph())
    trainer.step(count=5)
    trainer.reset()
    assert not trainer.graph().phases
    trainer.step()
    assert bits(trainer.graph()) == first


# ---- never unless it is looked at ----------------------------------------------------------------


@pytest.fixture
def traces(monkeypatch: pytest.MonkeyPatch) -> list[Trace]:
    """All traces that are made from now on."""
    found: list[Trace] = []
    begin = Trace.__init__

    def noted(self: Trace, *args: Any) -> None:
        found.append(self)
        begin(self, *args)

    monkeypatch.setattr(Trace, "__init__", noted)
    return found


@pytest.mark.clock
def test_nothing_is_noted_unless_a_graph_is_asked_for(traces: list[Trace]) -> None:
    trainer = Trainer(crop_yields(), learning_rate=1e-5)
    trainer.run(3)
    trainer.step("phase", 7)
    trainer.back(count=3)
    trainer.advance(0.01)
    trainer.frame(CODE)
    assert not traces
    trainer.graph()
    assert len(traces) == 1
    trainer.run()
    assert len(traces) == 1


def test_of_a_run_that_is_looked_at_only_the_last_update_is_noted(traces: list[Trace]) -> None:
    trainer = Trainer(crop_yields(), learning_rate=1e-5)
    trainer.traced = True
    trainer.run(3)
    assert trainer.graph().update == 15
    assert len(traces) == 1


def test_what_is_traced_goes_on_after_a_reset(traces: list[Trace]) -> None:
    trainer = Trainer(crop_yields(), learning_rate=1e-5)
    trainer.traced = True
    trainer.reset()
    trainer.step()
    assert trainer.batch_loss > 0
    assert trainer.graph().update == 1
    assert len(traces) == 1
    trainer.traced = False
    trainer.step()
    assert trainer.batch_loss > 0
    assert len(traces) == 1


def test_phase_by_phase_the_update_is_made_once(monkeypatch: pytest.MonkeyPatch) -> None:
    begun: list[int] = []
    begin = runs.Run._next

    def noted(self: runs.Run, *args: Any) -> Any:
        begun.append(self.update)
        return begin(self, *args)

    monkeypatch.setattr(runs.Run, "_next", noted)
    trainer = Trainer(crop_yields(), learning_rate=1e-5)
    trainer.traced = True
    for _ in range(5):
        trainer.step("phase")
        trainer.graph()
    assert begun == [0]


def test_a_graph_of_an_update_that_cannot_be_made_again_is_refused() -> None:
    calls = []

    def counts(model: Any, x: Any, y: Any, learning_rate: float) -> Phases:
        calls.append(1)
        if len(calls) > 1:
            raise RuntimeError("only once")
        return (yield from gradient_update(model, x, y, learning_rate))

    trainer = Trainer(crop_yields(), update=counts)
    trainer.step()
    before = state_of(trainer.model), trainer.stamp
    with pytest.raises(LinregError, match="only once"):
        trainer.graph()
    assert (state_of(trainer.model), trainer.stamp) == before
