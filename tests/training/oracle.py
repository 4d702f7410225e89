"""Runs told naively: the article's own script, and a loop that keeps everything and shares no code.

The trainer's numbers are held against these, bit for bit.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch.utils.data import DataLoader, TensorDataset

from linreg_widget.model import LinearRegression
from linreg_widget.table.table import Table
from linreg_widget.training.trainer import Trainer

PHASES = ("predict", "loss", "backward", "update")


def article(
    table: Table,
    seed: int,
    rate: float,
    batch_size: int,
    *,
    shuffle: bool = True,
    standardize: bool = False,
    epochs: int = 50,
) -> tuple[NDArray[np.float32], torch.Tensor, torch.Tensor]:
    """The article's script with its real DataLoader: batch losses, w and b."""
    torch.manual_seed(seed)
    w = torch.randn(table.outputs, table.features, requires_grad=True)
    b = torch.randn(table.outputs, requires_grad=True)
    rows = TensorDataset(*tensors(table, standardize=standardize))
    loader = DataLoader(rows, batch_size=batch_size, shuffle=shuffle)
    losses = []
    for _ in range(epochs):
        for x, y in loader:
            difference = (x @ w.t() + b) - y
            loss = torch.sum(difference * difference) / difference.numel()
            loss.backward()
            with torch.no_grad():
                w -= gradient(w) * rate
                b -= gradient(b) * rate
                gradient(w).zero_()
                gradient(b).zero_()
            losses.append(loss.item())
    return np.array(losses, np.float32), w.detach(), b.detach()


def own_loop(
    function: Any,
    table: Table,
    seed: int,
    rate: float,
    batch_size: int,
    *,
    shuffle: bool = True,
    standardize: bool = False,
    epochs: int = 50,
) -> tuple[NDArray[np.float32], torch.Tensor, torch.Tensor]:
    """An update function of one's own in the article's loop: batch losses, w and b."""
    torch.manual_seed(seed)
    model = LinearRegression(torch.randn(table.outputs, table.features), torch.randn(table.outputs))
    rows = TensorDataset(*tensors(table, standardize=standardize))
    loader = DataLoader(rows, batch_size=batch_size, shuffle=shuffle)
    losses = []
    for _ in range(epochs):
        for x, y in loader:
            update = function(model, x, y, rate)
            while True:
                try:
                    next(update)
                except StopIteration as end:
                    losses.append(end.value)
                    break
    return np.array(losses, np.float32), model.w.detach(), model.b.detach()


def tensors(table: Table, *, standardize: bool) -> tuple[torch.Tensor, torch.Tensor]:
    """A table's features, scaled or not, and its targets."""
    x = table.inputs
    if standardize:
        wide = x.astype(np.float64)
        std = wide.std(axis=0)
        std[(x == x[0]).all(axis=0)] = 1
        x = ((wide - wide.mean(axis=0)) / std).astype(np.float32)
    return torch.tensor(x), torch.tensor(table.targets)


def gradient(tensor: torch.Tensor) -> torch.Tensor:
    assert tensor.grad is not None
    return tensor.grad


class State(NamedTuple):
    """A model's numbers as bytes, so that NaN equals NaN and -0 is not 0; None: no gradient yet."""

    w: bytes
    b: bytes
    w_grad: bytes | None
    b_grad: bytes | None


def as_bytes(tensor: torch.Tensor | None) -> bytes | None:
    return None if tensor is None else tensor.detach().numpy().tobytes()


def state_of(model: Any) -> State:
    return State(*map(as_bytes, (model.w, model.b, model.w.grad, model.b.grad)))  # type: ignore[arg-type]


def same_model(one: Trainer, other: Trainer) -> bool:
    return state_of(one.model) == state_of(other.model)


class Held(NamedTuple):
    """The settings that an update was made under."""

    rate: float
    size: int
    shuffle: bool


class ByHand(NamedTuple):
    """After so many updates all weights and all biases were set to these."""

    update: int
    weight: float
    bias: float


@dataclass(frozen=True)
class Moment:
    """Where a naive run stands after an update, with all that the next one needs."""

    epoch: int
    batch: int
    row: int
    order: tuple[int, ...]
    model: tuple[torch.Tensor, torch.Tensor, torch.Tensor | None, torch.Tensor | None]
    loss: float = 0.0

    @property
    def state(self) -> State:
        return State(*map(as_bytes, self.model))  # type: ignore[arg-type]

    @property
    def finite(self) -> bool:
        return bool(self.model[0].isfinite().all() and self.model[1].isfinite().all())


class Naive:
    """A run made again from its beginning, update by update, for any settings of each.

    Parameters
    ----------
    table : Table
    seed : int
    standardize : bool
    """

    def __init__(self, table: Table, seed: int, *, standardize: bool = False) -> None:
        self.rows = table.rows
        self._x, self._y = tensors(table, standardize=standardize)
        self._seed = seed
        torch.manual_seed(seed)
        model = (torch.randn(table.outputs, table.features), torch.randn(table.outputs), None, None)
        self._moments: dict[Any, Moment] = {((), ()): Moment(0, 0, 0, (), model)}
        self._shape = (table.outputs, table.features)

    def after(self, held: Iterable[Held], sets: Iterable[ByHand] = ()) -> Moment:
        """The moment after as many updates as there are settings."""
        held, sets = tuple(held), tuple(sets)

        def key(count: int) -> Any:
            return held[:count], tuple(one for one in sets if one.update <= count)

        done = len(held)
        while done and key(done) not in self._moments:
            done -= 1
        if key(done) not in self._moments:
            self._moments[key(0)] = _set(self._moments[((), ())], 0, sets)
        for count in range(done, len(held)):
            made = self._updated(self._moments[key(count)], held[count])
            self._moments[key(count + 1)] = _set(made, count + 1, sets)
        return self._moments[key(len(held))]

    def inside(
        self, held: Iterable[Held], now: Held, phases: int, sets: Iterable[ByHand] = ()
    ) -> State:
        """The model after some phases of the update that follows under the settings ``now``."""
        moment = self._begun(self.after(held, sets), now)
        return State(*map(as_bytes, self._made(moment, now)[phases - 1]))  # type: ignore[arg-type]

    def _begun(self, moment: Moment, now: Held) -> Moment:
        """The moment with the order of its epoch, which is decided when the epoch begins."""
        if moment.row:
            return moment
        order = self._order(moment.epoch) if now.shuffle else tuple(range(self.rows))
        return replace(moment, order=order)

    @functools.cache  # noqa: B019 - as long-lived as the test
    def _order(self, epoch: int) -> tuple[int, ...]:
        torch.manual_seed(self._seed)
        torch.randn(self._shape)
        torch.randn(self._shape[:1])
        rows = TensorDataset(torch.arange(self.rows))
        loader = DataLoader(rows, batch_size=self.rows, shuffle=True)
        for _ in range(epoch + 1):
            ((order,),) = loader
        return tuple(order.tolist())

    def _made(self, moment: Moment, now: Held) -> list[Any]:
        """The model's four tensors after each phase, the last one included; then the loss."""
        old_w, old_b, old_w_grad, old_b_grad = moment.model
        rows = torch.tensor(moment.order[moment.row : moment.row + now.size])
        w, b = old_w.clone().requires_grad_(), old_b.clone().requires_grad_()
        difference = (self._x[rows] @ w.t() + b) - self._y[rows]
        loss = torch.sum(difference * difference) / difference.numel()
        w_grad, b_grad = torch.autograd.grad(loss, (w, b))
        if old_w_grad is not None and old_b_grad is not None:
            w_grad, b_grad = old_w_grad + w_grad, old_b_grad + b_grad
        new_w, new_b = old_w - w_grad * now.rate, old_b - b_grad * now.rate
        old = (old_w, old_b, old_w_grad, old_b_grad)
        done = (new_w, new_b, torch.zeros_like(new_w), torch.zeros_like(new_b))
        return [
            old,
            old,
            (old_w, old_b, w_grad, b_grad),
            (new_w, new_b, w_grad, b_grad),
            done,
            loss.item(),
        ]

    def _updated(self, moment: Moment, now: Held) -> Moment:
        moment = self._begun(moment, now)
        *_, model, loss = self._made(moment, now)
        row = moment.row + now.size
        if row >= self.rows:
            return Moment(moment.epoch + 1, 0, 0, (), model, loss)
        return Moment(moment.epoch, moment.batch + 1, row, moment.order, model, loss)


def _set(moment: Moment, update: int, sets: Iterable[ByHand]) -> Moment:
    """Return the moment with the numbers that were set by hand there."""
    w, b, *gradients = moment.model
    for one in sets:
        if one.update == update:
            w, b = torch.full_like(w, one.weight), torch.full_like(b, one.bias)
    return replace(moment, model=(w, b, gradients[0], gradients[1]))
