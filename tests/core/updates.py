"""Update functions of one's own, mannerly and not, for the tests."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

import torch

from linreg_widget.model import mse_loss

Phases = Generator[str, None, Any]
VELOCITY = 0.9


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
