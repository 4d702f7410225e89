"""Update functions of one's own, mannerly and not, for the tests."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

import torch

from linreg_widget.model import gradient_update, mse_loss

Phases = Generator[str, None, Any]
VELOCITY = 0.9


def phase_by_phase(model: Any, x: Any, y: Any, learning_rate: float) -> Any:
    """The article's update, as a function of the reader's own."""
    predictions = model(x)
    yield "predict"
    loss = ((predictions - y) ** 2).mean()
    yield "loss"
    loss.backward()
    yield "backward"
    with torch.no_grad():
        model.w -= model.w.grad * learning_rate
        model.b -= model.b.grad * learning_rate
    yield "update"
    model.w.grad.zero_()
    model.b.grad.zero_()
    return loss.item()


def momentum(model: Any, x: torch.Tensor, y: torch.Tensor, learning_rate: float) -> Phases:
    """Keeps a velocity on the model."""
    if not hasattr(model, "velocity"):
        model.velocity = [torch.zeros_like(model.w), torch.zeros_like(model.b)]
    loss = mse_loss(model(x), y)
    yield "predict"
    loss.backward()
    yield "backward"
    with torch.no_grad():
        for parameter, velocity in zip((model.w, model.b), model.velocity, strict=True):
            velocity.mul_(VELOCITY).add_(parameter.grad)
            parameter.sub_(learning_rate * velocity)
            parameter.grad.zero_()
    yield "update"
    return loss.item()


def never_clears(model: Any, x: torch.Tensor, y: torch.Tensor, learning_rate: float) -> Phases:
    """Forgets zero_(): gradients pile up."""
    loss = mse_loss(model(x), y)
    loss.backward()
    yield "backward"
    with torch.no_grad():
        model.w -= model.w.grad * learning_rate
        model.b -= model.b.grad * learning_rate
    yield "update"
    return loss.item()


def rebinds(model: Any, x: torch.Tensor, y: torch.Tensor, learning_rate: float) -> Phases:
    """Makes new tensors in place of the old ones: results, not leaves, which have no .grad."""
    loss = mse_loss(model(x), y)
    yield "loss"
    w_grad, b_grad = torch.autograd.grad(loss, (model.w, model.b))
    yield "backward"
    model.w = model.w - w_grad * learning_rate
    yield "w"
    model.b = model.b - b_grad * learning_rate
    return loss.item()


def detaches(model: Any, x: torch.Tensor, y: torch.Tensor, learning_rate: float) -> Phases:
    """Makes new leaves in place of the old ones, whose .grad is None again."""
    loss = mse_loss(model(x), y)
    loss.backward()
    yield "backward"
    model.w = (model.w - model.w.grad * learning_rate).detach().requires_grad_()
    model.b = (model.b - model.b.grad * learning_rate).detach().requires_grad_()
    return loss.item()


def adam(model: Any, x: torch.Tensor, y: torch.Tensor, learning_rate: float) -> Phases:
    """Keeps one of torch's own optimizers on the model, and a count in plain Python."""
    if not hasattr(model, "optimizer"):
        model.optimizer = torch.optim.Adam([model.w, model.b])
        model.count = 0
    model.count += 1
    for group in model.optimizer.param_groups:
        group["lr"] = 1000 * learning_rate / model.count
    model.optimizer.zero_grad()
    loss = mse_loss(model(x), y)
    loss.backward()
    yield "backward"
    model.optimizer.step()
    return loss.item()


MANNERLY = (momentum, never_clears, rebinds, detaches, adam)


# ---- those that write into their batch ---------------------------------------------------------


def scales(model: Any, x: torch.Tensor, y: torch.Tensor, learning_rate: float) -> Phases:
    x /= 100
    yield "scale"
    return (yield from gradient_update(model, x, y, learning_rate))


def centres(model: Any, x: torch.Tensor, y: torch.Tensor, learning_rate: float) -> Phases:
    x -= x.mean(0)
    yield "centre"
    return (yield from gradient_update(model, x, y, learning_rate))


def clamps(model: Any, x: torch.Tensor, y: torch.Tensor, learning_rate: float) -> Phases:
    y.clamp_(-0.5, 0.5)
    yield "clamp"
    return (yield from gradient_update(model, x, y, learning_rate))


def writes_to_data(model: Any, x: torch.Tensor, y: torch.Tensor, learning_rate: float) -> Phases:
    """Past autograd, and past torch's count of writes."""
    x.data.mul_(0.5)
    y.data[0] = 1.0
    yield "write"
    return (yield from gradient_update(model, x, y, learning_rate))


def writes_to_numpy(model: Any, x: torch.Tensor, y: torch.Tensor, learning_rate: float) -> Phases:
    """Past torch altogether."""
    x.numpy()[:] *= 0.5
    y.numpy()[0] = 1.0
    yield "write"
    return (yield from gradient_update(model, x, y, learning_rate))


def writes_at_the_end(model: Any, x: torch.Tensor, y: torch.Tensor, learning_rate: float) -> Phases:
    """When nobody reads the batch any more, it may well be used for something else."""
    loss = yield from gradient_update(model, x, y, learning_rate)
    yield "zero"
    x.zero_()
    y.fill_(torch.nan)
    return loss


def keeps(model: Any, x: torch.Tensor, y: torch.Tensor, learning_rate: float) -> Phases:
    """Learns from the batch before as well, and changes it only now."""
    if hasattr(model, "last_x"):
        model.last_x.mul_(0.5)
        model.last_y[0] = 0.0
        yield from gradient_update(model, model.last_x, model.last_y, learning_rate)
    model.last_x, model.last_y = x, y
    return (yield from gradient_update(model, x, y, learning_rate))


def collects(model: Any, x: torch.Tensor, y: torch.Tensor, learning_rate: float) -> Phases:
    """Keeps the last batches in a list, and learns from the oldest of them."""
    model.batches = [*getattr(model, "batches", []), (x, y)][-3:]
    x += 0.125
    x, y = model.batches[0]
    return (yield from gradient_update(model, x, y, learning_rate))


def differentiates(model: Any, x: torch.Tensor, y: torch.Tensor, learning_rate: float) -> Phases:
    """Asks for the gradient of the batch itself, and goes a step downhill with it."""
    x.requires_grad_()
    y.requires_grad_()
    mse_loss(model(x), y).backward()
    yield "gradients of x and y"
    with torch.no_grad():
        x -= learning_rate * x.grad  # type: ignore[operator]
        y -= learning_rate * y.grad  # type: ignore[operator]
    model.w.grad = model.b.grad = None
    return (yield from gradient_update(model, x.detach(), y.detach(), learning_rate))


def weighs(model: Any, x: torch.Tensor, y: torch.Tensor, learning_rate: float) -> Phases:
    """Makes x a result of w, in place: torch forbids that to one of several views."""
    x *= 1 + 0.01 * model.b[0]
    yield "weigh"
    return (yield from gradient_update(model, x, y, learning_rate))


CHANGING = (
    *(scales, centres, clamps, writes_to_data, writes_to_numpy, writes_at_the_end),
    *(keeps, collects, differentiates, weighs),
)
