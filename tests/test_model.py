"""The lesson: model, loss and one update, against autograd, formulas and least squares."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

from linreg_widget.errors import UpdateError
from linreg_widget.model import LinearRegression, gradient_update, mse_loss
from linreg_widget.table.table import Table, crop_yields
from linreg_widget.training.trainer import Trainer


def doubles(*shape: int, seed: int = 0) -> torch.Tensor:
    numbers = torch.Generator().manual_seed(seed)
    return torch.randn(*shape, dtype=torch.float64, generator=numbers)


@pytest.mark.parametrize(("n", "d", "t"), [(1, 1, 1), (4, 3, 2), (3, 7, 1), (2, 1, 5)])
def test_the_gradient_passes_autograds_numerical_check(n: int, d: int, t: int) -> None:
    x, y = doubles(n, d), doubles(n, t, seed=1)

    def loss(w: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
        return mse_loss(LinearRegression(w, b)(x), y)

    parameters = (doubles(t, d, seed=2).requires_grad_(), doubles(t, seed=3).requires_grad_())
    assert torch.autograd.gradcheck(loss, parameters)


@pytest.mark.parametrize(("n", "d", "t"), [(1, 1, 1), (4, 3, 2), (3, 7, 1), (2, 1, 5)])
def test_the_gradient_is_that_of_the_formula(n: int, d: int, t: int) -> None:
    x, y = doubles(n, d), doubles(n, t, seed=1)
    model = LinearRegression(doubles(t, d, seed=2), doubles(t, seed=3))
    loss = mse_loss(model(x), y)
    loss.backward()
    residual = (x @ model.w.t() + model.b - y).detach()
    assert model.w.grad is not None
    assert model.b.grad is not None
    torch.testing.assert_close(loss, (residual**2).mean())
    torch.testing.assert_close(model.w.grad, 2 / (n * t) * residual.t() @ x)
    torch.testing.assert_close(model.b.grad, 2 / (n * t) * residual.sum(0))


def test_an_update_goes_through_its_phases_one_after_the_other() -> None:
    model = LinearRegression(torch.tensor([[2.0]]), torch.tensor([1.0]))
    x, y = torch.tensor([[3.0]]), torch.tensor([[5.0]])
    update = gradient_update(model, x, y, 0.5)

    def numbers() -> list[float | None]:
        tensors = (model.w, model.b, model.w.grad, model.b.grad)
        return [None if tensor is None else float(tensor.detach()) for tensor in tensors]

    assert (next(update), numbers()) == ("predict", [2, 1, None, None])
    assert (next(update), numbers()) == ("loss", [2, 1, None, None])
    # prediction 7, difference 2, so the loss is 4 and its gradient 2 · 2 · (3, 1)
    assert (next(update), numbers()) == ("backward", [2, 1, 12, 4])
    assert (next(update), numbers()) == ("update", [-4, -1, 12, 4])
    with pytest.raises(StopIteration) as end:
        next(update)
    assert end.value.value == 4
    assert numbers() == [-4, -1, 0, 0]


def test_a_converged_run_reaches_the_least_squares_solution() -> None:
    table = crop_yields()
    trainer = Trainer(table, learning_rate=0.5, batch_size=15, epochs=400, standardize=True)
    trainer.run()
    ones = torch.ones(table.rows, 1, dtype=torch.float64)
    design = torch.hstack([torch.tensor(table.inputs, dtype=torch.float64), ones])
    targets = torch.tensor(table.targets, dtype=torch.float64)
    solution = torch.linalg.lstsq(design, targets).solution.numpy()
    w, b = trainer.coefficients()
    np.testing.assert_allclose(w, solution[:-1].T, rtol=1e-3)
    np.testing.assert_allclose(b, solution[-1], rtol=1e-3)
    best = ((design.numpy() @ solution - table.targets) ** 2).mean()
    assert trainer.loss() == pytest.approx(best, rel=1e-4)
    predicted = trainer.predict(table.inputs)
    np.testing.assert_allclose(predicted, design.numpy() @ solution, atol=0.01)


def test_a_row_against_a_column_is_refused_instead_of_broadcast() -> None:
    """(n, 1) - (n,) is (n, n): the trap in which many a first regression sits."""
    predictions, targets = torch.zeros(4, 1), torch.ones(4)
    assert (predictions - targets).shape == (4, 4)
    with pytest.raises(ValueError, match=r"shape \(4, 1\), targets \(4,\).*Reshape one of them"):
        mse_loss(predictions, targets)
    assert mse_loss(predictions, targets.reshape(4, 1)) == 1


def test_the_trap_is_named_in_an_update_function_of_ones_own_too() -> None:
    def squeezed(model: Any, x: torch.Tensor, y: torch.Tensor, learning_rate: float) -> Any:
        yield "predict"
        return mse_loss(model(x), y.squeeze(1)).item()

    trainer = Trainer(Table.parse("1, 2\n3, 4\n5, 7"), update=squeezed)
    with pytest.raises(UpdateError, match=r"targets \(3,\).*Reshape one of them"):
        trainer.step()


@pytest.mark.parametrize(
    ("w", "b"), [((2, 3), (3,)), ((6,), (1,)), ((2, 3), (2, 1)), ((1, 2, 3), (1,)), ((), ())]
)
def test_shapes_that_do_not_fit_are_refused(w: tuple[int, ...], b: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match=r"must be \(t, d\) and \(t,\)"):
        LinearRegression(torch.zeros(w), torch.zeros(b))


def test_the_model_says_what_it_is() -> None:
    model = LinearRegression(torch.tensor([[1.0, 2.0]]), torch.tensor([0.5]))
    assert repr(model) == (
        "LinearRegression: x @ w.t() + b\nw (1, 2) = [[1.0, 2.0]]\nb (1,) = [0.5]"
    )
    assert model(torch.tensor([[1.0, 1.0]])).tolist() == [[3.5]]
