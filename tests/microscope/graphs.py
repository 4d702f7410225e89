"""Ten update functions of one's own for the tests of graphs, and what torch says of each."""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import Any, NamedTuple

import numpy as np
import torch
import torch.nn.functional as nn
from torch.overrides import TorchFunctionMode

from linreg_widget.microscope.graph import Graph
from linreg_widget.microscope.specimen import Specimen
from linreg_widget.model import LinearRegression, mse_loss

Phases = Generator[str, None, Any]


def descend(model: Any, learning_rate: float) -> None:
    with torch.no_grad():
        for parameter in (model.w, model.b):
            parameter.sub_(learning_rate * parameter.grad)
            parameter.grad = None


def squares(model: Any, x: torch.Tensor, y: torch.Tensor, learning_rate: float) -> Phases:
    """A loss written out, with a power and a mean."""
    predictions = x @ model.w.T + model.b
    loss = ((predictions - y) ** 2).mean()
    yield "loss"
    loss.backward()
    yield "backward"
    descend(model, learning_rate)
    return loss.item()


def functional(model: Any, x: torch.Tensor, y: torch.Tensor, learning_rate: float) -> Phases:
    """Torch's own layer and loss: an operation each, of several functions inside."""
    loss = nn.mse_loss(nn.linear(x, model.w, model.b), y)
    loss.backward()
    yield "backward"
    descend(model, learning_rate)
    return loss.item()


def shrinks(model: Any, x: torch.Tensor, y: torch.Tensor, learning_rate: float) -> Phases:
    """A penalty: w is used three times, on two ways of its own."""
    penalty = 1e-2 * (model.w * model.w).sum() + 0.1 * model.w.abs().mean()
    loss = mse_loss(model(x), y) + penalty
    yield "loss"
    loss.backward()
    yield "backward"
    descend(model, learning_rate)
    return loss.item()


def robust(model: Any, x: torch.Tensor, y: torch.Tensor, learning_rate: float) -> Phases:
    """The root of 1 + the squared error: 1 on the left, a root, a division."""
    error = (model(x) - y) / 10
    loss = (torch.sqrt(1 + error.square()) - 1).sum() / len(x)
    yield "loss"
    loss.backward()
    yield "backward"
    descend(model, learning_rate)
    return float(loss.detach())


def curved(model: Any, x: torch.Tensor, y: torch.Tensor, learning_rate: float) -> Phases:
    """Through tanh, exp, log, sigmoid and relu."""
    scaled = model(x) / 100
    bent = torch.tanh(scaled) + torch.sigmoid(-scaled) + torch.relu(scaled)
    loss = (1 - bent).exp().mean() + torch.log(2 + bent.square()).sum() - 3 * y.mean() / 1e3
    loss.backward()
    yield "backward"
    descend(model, learning_rate)
    return loss.item()


def rows(model: Any, x: torch.Tensor, y: torch.Tensor, learning_rate: float) -> Phases:
    """Row by row, in a loop: picks, stacks and a matrix times a vector."""
    losses = []
    for row, wanted in zip(x, y, strict=True):
        error = model.w @ row + model.b - wanted
        losses.append(torch.dot(error, error))
    loss = torch.stack(losses).mean()
    yield "loss"
    loss.backward()
    yield "backward"
    descend(model, learning_rate)
    return loss.item()


def twice(model: Any, x: torch.Tensor, y: torch.Tensor, learning_rate: float) -> Phases:
    """Two losses, each with a backward() of its own: the gradients are added up."""
    mse_loss(model(x), y).backward()
    yield "first"
    loss = model.b.abs().sum()
    loss.backward()
    yield "second"
    descend(model, learning_rate)
    return loss.item()


def asks(model: Any, x: torch.Tensor, y: torch.Tensor, learning_rate: float) -> Phases:
    """Asks for gradients by torch.autograd.grad; .grad stays None."""
    loss = mse_loss(model(x), y)
    w_grad, b_grad = torch.autograd.grad(loss, (model.w, model.b))
    yield "backward"
    with torch.no_grad():
        model.w -= learning_rate * w_grad
        model.b -= learning_rate * b_grad
    return loss.item()


def velocity(model: Any, x: torch.Tensor, y: torch.Tensor, learning_rate: float) -> Phases:
    """Keeps a velocity on the model."""
    if not hasattr(model, "velocity"):
        model.velocity = torch.zeros_like(model.w)
    loss = mse_loss(model(x), y)
    loss.backward()
    yield "backward"
    model.velocity.mul_(0.9).add_(model.w.grad)
    model.w.grad.copy_(model.velocity)
    descend(model, learning_rate)
    return loss.item()


def in_place(model: Any, x: torch.Tensor, y: torch.Tensor, learning_rate: float) -> Phases:
    """Changes results in place, and reshapes them, on the way to the loss."""
    error = x.matmul(model.w.t()).add_(model.b).sub_(y)
    error *= 0.5
    loss = error.reshape(-1).pow(2).sum().div(y.numel())
    loss.backward()
    yield "backward"
    descend(model, learning_rate)
    return loss.item()


OWN: tuple[Callable[..., Phases], ...] = (
    *(squares, functional, shrinks, robust, curved, rows, twice, asks, velocity, in_place),
)


def a_batch(seed: int = 0) -> tuple[LinearRegression, torch.Tensor, torch.Tensor]:
    """A model of three features and two targets, and four rows of plain numbers."""
    numbers = np.random.default_rng(seed)
    w, b, x, y = (
        torch.tensor(numbers.normal(size=shape).astype(np.float32))
        for shape in ((2, 3), (2,), (4, 3), (4, 2))
    )
    return LinearRegression(w, b), x, y


class Made(NamedTuple):
    """A graph of an update that was made, and the model afterwards."""

    graph: Graph
    model: Any
    loss: float


def made(update: Callable[..., Phases], seed: int = 0, rate: float = 1e-3) -> Made:
    """Make an update of ``a_batch`` with its operations noted."""
    model, x, y = a_batch(seed)
    begun = update(model, x, y, rate)
    specimen = Specimen(begun, model, 1, np.arange(4), traced=True)
    loss = specimen.finish()
    assert specimen.graph is not None
    return Made(specimen.graph, model, loss)


class Asking(TorchFunctionMode):
    """Before each backward(), asks ``torch.autograd.grad`` for the gradient of every result."""

    def __init__(self) -> None:
        super().__init__()
        self.results: list[torch.Tensor] = []
        self.gradients: list[torch.Tensor | None] = []

    def __torch_function__(self, func: Any, _types: Any, args: Any = (), kwargs: Any = None) -> Any:
        name = getattr(func, "__name__", "")
        if name == "backward" or func is torch.autograd.grad:
            wanted = [*self.results]
            found: Any = torch.autograd.grad(args[0], wanted, retain_graph=True, allow_unused=True)
            self.gradients += [None if one is None else one.clone() for one in found]
            self.results = []
        result = func(*args, **(kwargs or {}))
        if isinstance(result, torch.Tensor) and result.requires_grad and result.grad_fn is not None:
            changed = any(result is one for one in args)
            self.results.append(result.view_as(result) if changed else result)
        return result


def asked(update: Callable[..., Phases], seed: int = 0) -> list[np.ndarray | None]:
    """The gradients of an update's results, in their order, as ``torch.autograd.grad`` has them."""
    model, x, y = a_batch(seed)
    asking = Asking()
    with asking:
        for _ in update(model, x, y, 1e-3):
            pass
    return [None if one is None else one.numpy() for one in asking.gradients]
