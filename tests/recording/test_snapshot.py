"""A snapshot holds all that a model holds, and gives it back bit for bit."""

from __future__ import annotations

import threading
from typing import Any

import pytest
import torch

from linreg_widget.errors import UpdateError
from linreg_widget.model import LinearRegression
from linreg_widget.recording.checkpoints import Snapshot


def a_model() -> Any:
    return LinearRegression(torch.tensor([[1.0, 2.0]]), torch.tensor([3.0]))


def test_numbers_come_back_into_the_very_same_tensors() -> None:
    model = a_model()
    w, b, saved = model.w, model.b, Snapshot(model)
    model.w.data.fill_(7)
    model.b.data.fill_(8)
    saved.restore(model)
    assert model.w is w
    assert model.b is b
    assert model.w.tolist() == [[1, 2]]
    assert model.b.tolist() == [3]
    assert model.w.requires_grad
    assert saved.values("w").tolist() == [[1, 2]]
    assert not saved.values("w").requires_grad


def test_gradients_come_back_whether_there_are_any_or_not() -> None:
    model = a_model()
    without = Snapshot(model)
    model(torch.ones(1, 2)).sum().backward()
    with_gradients = Snapshot(model)
    model.w.grad.zero_()
    with_gradients.restore(model)
    assert model.w.grad.tolist() == [[1, 1]]
    model.w.grad.zero_()  # and what is done to it reaches no copy
    with_gradients.restore(model)
    assert model.w.grad.tolist() == [[1, 1]]
    without.restore(model)
    assert model.w.grad is None


def test_a_snapshot_is_not_touched_by_what_happens_to_the_model() -> None:
    model = a_model()
    model.history = [[1, 2]]
    saved = Snapshot(model)
    saved.restore(model)
    model.history[0].append(3)
    model.w.data.fill_(7)
    saved.restore(model)
    assert model.history == [[1, 2]]
    assert model.w.tolist() == [[1, 2]]


def test_what_was_added_goes_and_what_was_removed_returns() -> None:
    model = a_model()
    saved = Snapshot(model)
    model.velocity, model.count = torch.zeros(2), 5
    del model.b
    saved.restore(model)
    assert sorted(vars(model)) == ["b", "w"]
    assert model.b.tolist() == [3]


@pytest.mark.parametrize(
    "other",
    [
        torch.zeros(2, 2),
        torch.zeros(1, 2, dtype=torch.float64),
        torch.zeros(1, 2),  # requires no gradient
        torch.zeros(2, 1).t().requires_grad_(),
        "no tensor at all",
    ],
)
def test_a_tensor_of_another_kind_is_replaced(other: object) -> None:
    model = a_model()
    saved = Snapshot(model)
    model.w = other
    saved.restore(model)
    assert model.w is not other
    assert model.w.tolist() == [[1, 2]]
    assert model.w.requires_grad
    assert model.w.is_leaf
    assert model.w.stride() == (2, 1)
    assert model.w.dtype == torch.float32


def test_a_result_comes_back_as_a_result_even_where_gradients_are_off() -> None:
    """After ``model.w = model.w - ...`` w is no leaf: it has no .grad, before and after."""
    model = a_model()
    model.w = model.w - 1
    saved = Snapshot(model)
    model.w = torch.zeros(1, 2, requires_grad=True)
    with torch.no_grad():
        saved.restore(model)
    assert model.w.tolist() == [[0, 1]]
    assert model.w.requires_grad
    assert not model.w.is_leaf


def test_one_tensor_under_two_names_stays_one() -> None:
    model = a_model()
    model.alias = model.w
    saved = Snapshot(model)
    model.w = torch.zeros(3)
    saved.restore(model)
    assert model.alias is model.w
    assert model.w.tolist() == [[1, 2]]


def test_an_optimizer_on_the_model_goes_on_moving_the_models_own_tensors() -> None:
    model = a_model()
    model.optimizer = torch.optim.SGD([model.w, model.b], lr=1.0, momentum=0.5)

    def step() -> list[Any]:
        model.optimizer.zero_grad()
        model(torch.ones(1, 2)).sum().backward()
        model.optimizer.step()
        return [model.w.tolist(), model.b.tolist()]

    step()
    saved = Snapshot(model)
    second = step()
    step()
    saved.restore(model)
    assert model.optimizer.param_groups[0]["params"][0] is model.w
    assert step() == second  # with the velocity that it had
    assert saved.nbytes > Snapshot(a_model()).nbytes + 2 * (8 + 4)


def test_what_cannot_be_copied_is_refused_in_words() -> None:
    model = a_model()
    model.lock = threading.Lock()
    with pytest.raises(UpdateError, match=r"cannot be copied.*keep numbers and detached tensors"):
        Snapshot(model)
