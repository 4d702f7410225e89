"""Update functions with the mistakes that people make, and some that only look mistaken."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import torch

from linreg_widget.model import mse_loss

Function = Callable[..., Iterator[str]]


def update(
    *,
    backward: Callable[[torch.Tensor], torch.Tensor] | None = None,
    returned: Callable[[torch.Tensor], torch.Tensor] | None = None,
    w: float = -1,
    b: float = -1,
    clears: bool = True,
) -> Function:
    """Return an update that differs from the article's in what is given.

    Parameters
    ----------
    backward : function, optional
        From the differences, (n, t), to what is differentiated; the mean of the squares if missing.
    returned : function, optional
        From the differences to what is returned; the same as ``backward`` if missing.
    w, b : float
        By how many times rate × gradient they move.
    clears : bool
    """
    differentiated = backward or (lambda difference: (difference**2).mean())

    def made(model: Any, x: torch.Tensor, y: torch.Tensor, learning_rate: float) -> Any:
        difference = model(x) - y
        loss = differentiated(difference)
        loss.backward()
        yield "backward"
        with torch.no_grad():
            model.w += w * learning_rate * model.w.grad
            model.b += b * learning_rate * model.b.grad
            if clears:
                model.w.grad.zero_()
                model.b.grad.zero_()
        return (loss if returned is None else returned(difference)).item()

    return made


# ---- that leave w and b where they are ---------------------------------------------------------


def rebinds_locals(model: Any, x: torch.Tensor, y: torch.Tensor, learning_rate: float) -> Any:
    w, b = model.w, model.b
    loss = mse_loss(x @ w.t() + b, y)
    loss.backward()
    yield "backward"
    with torch.no_grad():
        w = w - learning_rate * w.grad
        b = b - learning_rate * b.grad
    yield "update"
    model.w.grad.zero_()
    model.b.grad.zero_()
    return loss.item()


def rebinds_and_keeps_gradients(
    model: Any, x: torch.Tensor, y: torch.Tensor, learning_rate: float
) -> Any:
    w, b = model.w, model.b
    loss = mse_loss(x @ w.t() + b, y)
    loss.backward()
    yield "backward"
    w = w - learning_rate * w.grad
    b = b - learning_rate * b.grad
    return loss.item()


def rebinds_in_a_loop(model: Any, x: torch.Tensor, y: torch.Tensor, learning_rate: float) -> Any:
    loss = mse_loss(model(x), y)
    loss.backward()
    yield "backward"
    for parameter in (model.w, model.b):
        parameter = parameter - learning_rate * parameter.grad  # noqa: PLW2901 - the mistake
    model.w.grad = model.b.grad = None
    return loss.item()


def makes_a_list(model: Any, x: torch.Tensor, y: torch.Tensor, learning_rate: float) -> Any:
    loss = mse_loss(model(x), y)
    loss.backward()
    yield "backward"
    parameters = [model.w, model.b]
    parameters = [one.detach() - learning_rate * one.grad for one in parameters]
    model.w.grad = model.b.grad = None
    return loss.item()


def copies_data(model: Any, x: torch.Tensor, y: torch.Tensor, learning_rate: float) -> Any:
    w = model.w.data.clone().requires_grad_()
    b = model.b.data.clone().requires_grad_()
    loss = mse_loss(x @ w.t() + b, y)
    loss.backward()
    yield "backward"
    with torch.no_grad():
        w -= learning_rate * w.grad
        b -= learning_rate * b.grad
    return loss.item()


def by_hand_on_copies(model: Any, x: torch.Tensor, y: torch.Tensor, learning_rate: float) -> Any:
    w, b = model.w.detach(), model.b.detach()
    error = x @ w.t() + b - y
    yield "predict"
    w = w - learning_rate * 2 * error.t() @ x / error.numel()
    b = b - learning_rate * 2 * error.sum(0) / error.numel()
    return (error**2).mean().item()


def compares(loss: Callable[[Any, Any], Any]) -> Any:
    """Return an update whose loss is made of predictions and targets by a function."""

    def compared(model: Any, x: torch.Tensor, y: torch.Tensor, learning_rate: float) -> Any:
        value = loss(model(x), y)
        yield "loss"
        value.backward()
        with torch.no_grad():
            model.w -= learning_rate * model.w.grad
            model.b -= learning_rate * model.b.grad
        model.w.grad.zero_()
        model.b.grad.zero_()
        return value.item()

    return compared


SPREADS = {
    "squeeze": compares(lambda made, y: ((made.squeeze() - y) ** 2).mean()),
    "flatten": compares(lambda made, y: ((y.flatten() - made) ** 2).mean()),
    "sum": compares(lambda made, y: ((made.flatten() - y) ** 2).sum() / len(y)),
}
"""Losses of all pairs of rows, as torch makes them of a column and a row."""

UNSQUARED = {
    "mean": compares(lambda made, y: (made - y).mean()),
    "sum": compares(lambda made, y: (made - y).sum()),
    "turned": compares(lambda made, y: (y - made).mean()),
}


def replaces(model: Any, x: torch.Tensor, y: torch.Tensor, learning_rate: float) -> Any:
    """Writes ``=-`` for ``-=``."""
    loss = mse_loss(model(x), y)
    yield "loss"
    loss.backward()
    with torch.no_grad():
        model.w = -learning_rate * model.w.grad
        model.b = -learning_rate * model.b.grad
    model.w.requires_grad_()
    model.b.requires_grad_()
    return loss.item()


def empties(model: Any, x: torch.Tensor, y: torch.Tensor, learning_rate: float) -> Any:
    """Sets w and b to zero, not their gradients."""
    loss = mse_loss(model(x), y)
    yield "loss"
    loss.backward()
    with torch.no_grad():
        model.w -= learning_rate * model.w.grad
        model.b -= learning_rate * model.b.grad
        model.w.zero_()
        model.b.zero_()
    return loss.item()


def rebinds_b(model: Any, x: torch.Tensor, y: torch.Tensor, learning_rate: float) -> Any:
    b = model.b
    loss = mse_loss(model(x), y)
    loss.backward()
    yield "backward"
    with torch.no_grad():
        model.w -= learning_rate * model.w.grad
        b = b - learning_rate * b.grad
    model.w.grad = model.b.grad = None
    return loss.item()


def clears_too_early(model: Any, x: torch.Tensor, y: torch.Tensor, learning_rate: float) -> Any:
    loss = mse_loss(model(x), y)
    loss.backward()
    model.w.grad.zero_()
    model.b.grad.zero_()
    yield "backward"
    with torch.no_grad():
        model.w -= learning_rate * model.w.grad
        model.b -= learning_rate * model.b.grad
    return loss.item()


def makes_no_step(model: Any, x: torch.Tensor, y: torch.Tensor, learning_rate: float) -> Any:
    loss = mse_loss(model(x), y)
    loss.backward()
    yield "backward"
    return loss.item()


def never_calls_backward(model: Any, x: torch.Tensor, y: torch.Tensor, learning_rate: float) -> Any:
    loss = mse_loss(model(x), y)
    yield "loss"
    if model.w.grad is not None:
        model.w.data -= learning_rate * model.w.grad
    return loss.item()


def gradient_of_nothing(model: Any, x: torch.Tensor, y: torch.Tensor, learning_rate: float) -> Any:
    loss = mse_loss(model(x), y)
    (0 * loss).backward()
    yield "backward"
    with torch.no_grad():
        model.w -= learning_rate * model.w.grad
        model.b -= learning_rate * model.b.grad
    return loss.item()


# ---- with nothing wrong ------------------------------------------------------------------------


def warms_up(model: Any, x: torch.Tensor, y: torch.Tensor, learning_rate: float) -> Any:
    """Makes no step in its first twenty updates."""
    model.count = getattr(model, "count", 0) + 1
    loss = mse_loss(model(x), y)
    loss.backward()
    yield "backward"
    with torch.no_grad():
        if model.count > 20:
            model.w -= learning_rate * model.w.grad
            model.b -= learning_rate * model.b.grad
        model.w.grad.zero_()
        model.b.grad.zero_()
    return loss.item()


def accumulates(model: Any, x: torch.Tensor, y: torch.Tensor, learning_rate: float) -> Any:
    """Collects the gradients of eight batches for one step."""
    model.count = getattr(model, "count", 0) + 1
    loss = mse_loss(model(x), y)
    (loss / 8).backward()
    yield "backward"
    if not model.count % 8:
        with torch.no_grad():
            model.w -= learning_rate * model.w.grad
            model.b -= learning_rate * model.b.grad
        model.w.grad = model.b.grad = None
    return loss.item()


def alternates(model: Any, x: torch.Tensor, y: torch.Tensor, learning_rate: float) -> Any:
    """Moves w and b by turns."""
    model.turn = not getattr(model, "turn", False)
    loss = mse_loss(model(x), y)
    loss.backward()
    yield "backward"
    moved = model.w if model.turn else model.b
    with torch.no_grad():
        moved -= learning_rate * moved.grad
    model.w.grad = model.b.grad = None
    return loss.item()


def decays(model: Any, x: torch.Tensor, y: torch.Tensor, learning_rate: float) -> Any:
    """Pulls w towards 0 as well, as ridge regression does."""
    loss = mse_loss(model(x), y)
    (loss + 0.1 * (model.w**2).sum()).backward()
    yield "backward"
    with torch.no_grad():
        model.w -= learning_rate * model.w.grad
        model.b -= learning_rate * model.b.grad
    model.w.grad = model.b.grad = None
    return loss.item()


def by_hand(model: Any, x: torch.Tensor, y: torch.Tensor, learning_rate: float) -> Any:
    """Works the gradients out itself."""
    with torch.no_grad():
        error = model(x) - y
        model.w -= learning_rate * 2 * error.t() @ x / error.numel()
        model.b -= learning_rate * 2 * error.sum(0) / error.numel()
    yield "update"
    return (error**2).mean().item()


INNOCENT = (warms_up, accumulates, alternates, decays, by_hand)
STILL = (
    *(rebinds_locals, rebinds_and_keeps_gradients, rebinds_in_a_loop, makes_a_list, copies_data),
    *(by_hand_on_copies, clears_too_early, makes_no_step, never_calls_backward),
    gradient_of_nothing,
)
