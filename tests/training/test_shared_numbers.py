"""Updates whose tensors share their numbers or sit in modules travel in time to the same bits.

An ``nn.Linear`` that takes over the model's w, views of one flat vector, a best w so far: what
writes to one writes to the other, and that survives a way back, a copy and a pickle.
"""

from __future__ import annotations

import copy
import pickle
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest
import torch
import torch.nn.functional as F  # noqa: N812 - its usual name
from torch import nn

from linreg_widget.recording.checkpoints import Snapshot
from linreg_widget.training.trainer import Trainer
from tests.crops import crops as on_the_crops

if TYPE_CHECKING:
    from collections.abc import Callable


def steps_of(net: nn.Module, learning_rate: float) -> None:
    with torch.no_grad():
        for parameter in net.parameters():
            parameter.sub_(learning_rate * parameter.grad)  # type: ignore[operator]
    net.zero_grad()


def parameters(model: Any, x: torch.Tensor, y: torch.Tensor, learning_rate: float) -> Any:
    if not hasattr(model, "net"):
        model.net = nn.Linear(x.shape[1], y.shape[1])
        model.net.weight = nn.Parameter(model.w.detach())
        model.net.bias = nn.Parameter(model.b.detach())
    loss = F.mse_loss(model.net(x), y)
    loss.backward()
    yield "backward"
    steps_of(model.net, learning_rate)
    yield "update"
    return loss.item()


def data(model: Any, x: torch.Tensor, y: torch.Tensor, learning_rate: float) -> Any:
    if not hasattr(model, "net"):
        model.net = nn.Linear(x.shape[1], y.shape[1])
        model.net.weight.data, model.net.bias.data = model.w.data, model.b.data
    loss = F.mse_loss(model.net(x), y)
    loss.backward()
    yield "backward"
    steps_of(model.net, learning_rate)
    return loss.item()


def collects_in_a_module(model: Any, x: torch.Tensor, y: torch.Tensor, learning_rate: float) -> Any:
    """Collects the gradients of three batches, in a module's parameters."""
    if not hasattr(model, "net"):
        model.count, model.net = 0, nn.Linear(x.shape[1], y.shape[1])
        model.net.load_state_dict({"weight": model.w, "bias": model.b})
    loss = F.mse_loss(model.net(x), y)
    loss.backward()
    yield "backward"
    model.count += 1
    if model.count % 3 == 0:
        steps_of(model.net, learning_rate)
    with torch.no_grad():
        model.w.copy_(model.net.weight)
        model.b.copy_(model.net.bias)
    return loss.item()


def flat(model: Any, x: torch.Tensor, y: torch.Tensor, learning_rate: float) -> Any:
    if not hasattr(model, "flat"):
        size, shape = model.w.numel(), model.w.shape
        model.flat = torch.cat([model.w.detach().ravel(), model.b.detach()])
        model.w = model.flat[:size].view(shape).requires_grad_()
        model.b = model.flat[size:].requires_grad_()
    loss = F.mse_loss(model(x), y)
    loss.backward()
    yield "backward"
    model.flat -= learning_rate * torch.cat([model.w.grad.ravel(), model.b.grad])
    model.w.grad = model.b.grad = None
    return loss.item()


def in_a_list(model: Any, x: torch.Tensor, y: torch.Tensor, learning_rate: float) -> Any:
    model.all = [model.w.data, {"b": model.b.detach()}]
    loss = F.mse_loss(model(x), y)
    loss.backward()
    yield "backward"
    model.all[0] -= learning_rate * model.w.grad
    model.all[1]["b"] -= learning_rate * model.b.grad
    yield "update"
    model.w.grad = model.b.grad = None
    return loss.item()


def best_so_far(model: Any, x: torch.Tensor, y: torch.Tensor, learning_rate: float) -> Any:
    """Keeps a copy of the best w; where the loss falls, for a while w itself."""
    loss = F.mse_loss(model(x), y)
    loss.backward()
    yield "backward"
    falls = loss.item() < getattr(model, "lowest", float("inf"))
    model.lowest = min(loss.item(), getattr(model, "lowest", float("inf")))
    model.best = model.w.detach() if falls else model.w.detach().clone()
    with torch.no_grad():
        model.w -= learning_rate * model.w.grad
        model.b -= learning_rate * (model.b.grad + 1e-3 * model.best.sum())
    model.w.grad = model.b.grad = None
    return loss.item()


UPDATES = [parameters, data, collects_in_a_module, flat, in_a_list, best_so_far]


crops = partial(on_the_crops, epochs=4)


def bits(trainer: Trainer) -> bytes:
    model = trainer.model
    tensors = [model.w, model.b, getattr(model, "best", model.b)]
    numbers = b"".join(tensor.detach().numpy().tobytes() for tensor in tensors)
    return numbers + trainer.recording.losses.tobytes()


def again(trainer: Trainer) -> Trainer:
    found: Trainer = pickle.loads(pickle.dumps(trainer))
    return found


@pytest.mark.parametrize("update", UPDATES)
@pytest.mark.parametrize("at", [1, 7, 13])
def test_a_way_back_leads_to_the_same_bits(update: Any, at: int) -> None:
    trainer, other = crops(update=update), crops(update=update)
    other.step(count=at)
    there = bits(other)[: -4 * at]
    trainer.run()
    end = bits(trainer)
    trainer.seek(at)
    assert bits(trainer).startswith(there)
    trainer.step(by="phase")
    trainer.back(by="phase")
    assert bits(trainer).startswith(there)
    for _ in range(3):
        trainer.back()
        trainer.step()
    trainer.run()
    assert bits(trainer) == end


@pytest.mark.parametrize("update", UPDATES)
@pytest.mark.parametrize("copied", [copy.deepcopy, again, lambda one: again(again(one))])
def test_copies_go_on_to_the_same_bits(update: Any, copied: Callable[[Trainer], Trainer]) -> None:
    trainer = crops(update=update)
    trainer.step(count=4)
    twin = copied(trainer)
    trainer.run()
    twin.run()
    assert bits(twin) == bits(trainer)


def test_what_shares_no_numbers_any_more_is_parted_again() -> None:
    class Model:
        pass

    model: Any = Model()
    model.w, model.best = torch.ones(3, requires_grad=True), torch.zeros(3)
    snapshot = Snapshot(model)
    model.best = model.w.detach()
    snapshot.restore(model)
    assert (model.w.tolist(), model.best.tolist()) == ([1, 1, 1], [0, 0, 0])
    model.w.data += 1
    assert model.best.tolist() == [0, 0, 0]
