"""The classic mistakes of an update, each seen in its graph, and the good one beside them."""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import Any

import pytest
import torch

from linreg_widget import LinregError, Trainer, crop_yields
from linreg_widget.microscope.codeview import CodeView
from linreg_widget.microscope.graph import Graph
from linreg_widget.microscope.graphwire import encode_graph
from linreg_widget.model import gradient_update, mse_loss
from tests.microscope.graphs import OWN
from tests.training.mistaken import clears_too_early, never_calls_backward
from tests.training.updates import MANNERLY, never_clears

Phases = Generator[str, None, Any]
Update = Callable[..., Phases]


def no_mode(model: Any, x: Any, y: Any, learning_rate: float) -> Phases:
    loss = mse_loss(model(x), y)
    loss.backward()
    yield "backward"
    model.w -= learning_rate * model.w.grad
    return loss.item()


def no_mode_and_new(model: Any, x: Any, y: Any, learning_rate: float) -> Phases:
    loss = mse_loss(model(x), y)
    loss.backward()
    yield "backward"
    model.w = model.w - learning_rate * model.w.grad
    model.b = model.b - learning_rate * model.b.grad
    return loss.item()


def detached(model: Any, x: Any, y: Any, learning_rate: float) -> Phases:
    predictions = model(x)
    loss = mse_loss(predictions.detach(), y) + model.b.sum()
    loss.backward()
    yield "backward"
    model.b.grad = None
    return loss.item()


def taken_out(model: Any, x: Any, y: Any, learning_rate: float) -> Phases:
    penalty = model.w.square().sum().item()
    loss = model.b.square().sum() + penalty
    loss.backward()
    yield "backward"
    model.b.grad = None
    return loss.item()


def through_numpy(model: Any, x: Any, y: Any, learning_rate: float) -> Phases:
    predictions = torch.from_numpy(model(x).detach().numpy())
    loss = mse_loss(predictions, y)
    loss.backward()
    yield "backward"
    return loss.item()


def off_too_early(model: Any, x: Any, y: Any, learning_rate: float) -> Phases:
    with torch.no_grad():
        predictions = model(x)
    loss = mse_loss(predictions, y) + model.b.sum()
    loss.backward()
    yield "backward"
    model.b.grad = None
    return loss.item()


def frozen(model: Any, x: Any, y: Any, learning_rate: float) -> Phases:
    model.w.requires_grad_(requires_grad=False)
    loss = mse_loss(model(x), y)
    loss.backward()
    yield "backward"
    model.b.grad = None
    return loss.item()


def all_frozen(model: Any, x: Any, y: Any, learning_rate: float) -> Phases:
    model.w.requires_grad_(requires_grad=False)
    model.b.requires_grad_(requires_grad=False)
    loss = mse_loss(model(x), y)
    loss.backward()
    yield "backward"
    return loss.item()


def whole_numbers(model: Any, x: Any, y: Any, learning_rate: float) -> Phases:
    w = torch.round(model.w.detach()).long().requires_grad_()
    yield "never"
    return float(w.sum())


def used_twice(model: Any, x: Any, y: Any, learning_rate: float) -> Phases:
    loss = mse_loss(model(x), y)
    loss.backward()
    loss.backward()
    yield "backward"
    return loss.item()


def kept_and_used_twice(model: Any, x: Any, y: Any, learning_rate: float) -> Phases:
    loss = mse_loss(model(x), y)
    loss.backward(retain_graph=True)
    loss.backward()
    yield "backward"
    model.w.grad = model.b.grad = None
    return loss.item()


def past_autograd(model: Any, x: Any, y: Any, learning_rate: float) -> Phases:
    loss = mse_loss(model(x), y)
    loss.backward()
    yield "backward"
    model.w.data -= learning_rate * model.w.grad
    model.w.grad = model.b.grad = None
    return loss.item()


def many_losses(model: Any, x: Any, y: Any, learning_rate: float) -> Phases:
    losses = (model(x) - y) ** 2
    losses.backward()
    yield "backward"
    return losses.mean().item()


def overwritten(model: Any, x: Any, y: Any, learning_rate: float) -> Phases:
    error = model(x) - y
    squares = error * error
    error += 1
    loss = squares.mean()
    loss.backward()
    yield "backward"
    return loss.item()


def one_left_out(model: Any, x: Any, y: Any, learning_rate: float) -> Phases:
    centre = model.b * 0 if model.b.sum() > 1e9 else 0
    loss = mse_loss(x @ model.w.t() + 0 * model.b.detach() + centre, y)
    unused = model.b + 1
    loss.backward()
    yield "backward"
    model.w.grad = None
    return loss.item() + 0 * float(unused.sum().detach())


def spread(model: Any, x: Any, y: Any, learning_rate: float) -> Phases:
    loss = (y[:, 0] - model(x)[:, :1]).square().mean()
    loss.backward()
    yield "backward"
    model.w.grad = model.b.grad = None
    return loss.item()


def spread_in_a_loss(model: Any, x: Any, y: Any, learning_rate: float) -> Phases:
    loss = torch.nn.functional.huber_loss(model(x)[:, 1], y[:, 1:])
    loss.backward()
    yield "backward"
    model.w.grad = model.b.grad = None
    return loss.item()


BROKEN: tuple[tuple[Update, str], ...] = (
    (no_mode, "model.w -= learning_rate * model.w.grad: w and b are leaves, whose changes torch"),
    (no_mode_and_new, "the step itself is part of the graph"),
    (no_mode_and_new, "model.w is now the result of an operation, not a leaf"),
    (detached, "predictions.detach(): the flow ends here. On this way, predictions and what it"),
    (detached, "No way leads back from the loss to w: its .grad stays None."),
    (taken_out, "model.w.square().sum().item(): the flow ends here."),
    (through_numpy, "model(x).detach(): the flow ends here."),
    (through_numpy, "torch has recorded nothing that leads here"),
    (off_too_early, "was computed under no_grad, so torch has not recorded it"),
    (frozen, "w has requires_grad=False: torch records nothing for it"),
    (all_frozen, "torch has recorded nothing that leads here"),
    (whole_numbers, "only floating-point numbers can have a gradient"),
    (used_twice, "this graph was used already"),
    (kept_and_used_twice, "backward() went through this graph 2 times, from torch.sum"),
    (clears_too_early, "w.grad is set to zero before the step takes it, so the step is 0."),
    (clears_too_early, "b.grad is set to zero before the step takes it, so the step is 0."),
    (never_clears, "w.grad was not cleared: backward() has added to what was there from before."),
    (past_autograd, "model.w.data bypasses autograd"),
    (many_losses, "backward() begins at a single number"),
    (overwritten, "a number that the derivative needs was changed in place"),
    (never_calls_backward, "Nothing has flowed back in this update: backward() was not called."),
    (spread, "y[:, 0] - model(x)[:, :1]: torch spreads (3, 1) and (3,) to (3, 3)"),
    (spread_in_a_loss, "so that each row meets all the others. Give both the same shape."),
    (one_left_out, "No way leads back from the loss to b: its .grad stays None."),
)


def graph_of(update: Update, updates: int = 2) -> Graph:
    trainer = Trainer(crop_yields(), update=update, learning_rate=1e-6)
    try:
        trainer.step(count=updates)
    except LinregError:
        assert trainer.status == "failed"
    return trainer.graph()


@pytest.mark.parametrize(
    ("update", "words"), BROKEN, ids=[f"{one[0].__name__}-{n}" for n, one in enumerate(BROKEN)]
)
def test_a_mistake_is_said(update: Update, words: str) -> None:
    graph = graph_of(update, 1 if update is no_mode_and_new else 2)
    assert any(words in flaw.words for flaw in graph.flaws), graph.flaws
    assert words in repr(graph)
    wire, _ = encode_graph(graph, CodeView.of(update))
    assert any(words in flaw for node in wire["nodes"] for flaw in node["flaws"])


def test_each_sentence_stands_at_its_node() -> None:
    graph = graph_of(detached)
    first, second = graph.flaws
    assert graph.nodes[first.node].title == "w"
    assert graph.nodes[second.node].label == "detach()"
    (refused,) = graph_of(used_twice).flaws
    assert graph_of(used_twice).nodes[refused.node].failure


@pytest.mark.parametrize("update", [gradient_update, *OWN], ids=lambda one: str(one.__name__))
def test_of_an_update_without_mistakes_nothing_is_said(update: Update) -> None:
    graph = graph_of(update, 3)
    assert not [flaw for flaw in graph.flaws if "torch.autograd" not in flaw.words]


@pytest.mark.parametrize("update", MANNERLY, ids=lambda one: str(one.__name__))
def test_unusual_updates_are_told_only_what_is_so(update: Update) -> None:
    said = {flaw.words.split(":")[0] for flaw in graph_of(update, 2).flaws}
    assert said <= {
        "w.grad was not cleared",
        "b.grad was not cleared",
        "model.w is now the result of an operation, not a leaf",
        "model.b is now the result of an operation, not a leaf",
        "model.w - w_grad * learning_rate",
        "model.b - b_grad * learning_rate",
        "model.w - model.w.grad * learning_rate",
        "model.b - model.b.grad * learning_rate",
    }


def test_a_failed_update_leaves_no_trace_of_its_graph() -> None:
    trainer = Trainer(crop_yields(), update=used_twice)
    with pytest.raises(LinregError, match="a second time"):
        trainer.step()
    before = trainer.model.w.detach().clone(), trainer.position, trainer.failure
    assert trainer.graph().nodes
    assert torch.equal(trainer.model.w, before[0])
    assert trainer.model.w.grad is None
    assert (trainer.position, trainer.failure, trainer.status) == (*before[1:], "failed")
