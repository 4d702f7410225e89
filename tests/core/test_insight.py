"""What the data say: against the Hessian, actual runs and least squares; for odd tables too."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from linreg_widget.errors import SettingsError
from linreg_widget.insight import (
    filled_in,
    largest_stable_rate,
    least_squares_loss,
    round_rate,
    scaling,
)
from linreg_widget.settings import Settings
from linreg_widget.table import Table, crop_yields
from linreg_widget.training import Trainer


def random_table(seed: int, rows: int = 20, features: int = 3, targets: int = 2) -> Table:
    numbers = np.random.default_rng(seed)
    scales = 10.0 ** numbers.integers(-2, 3, features)
    return Table.of(
        (numbers.normal(1, scales, (rows, features)), numbers.normal(size=(rows, targets)))
    )


def test_the_facts_about_the_articles_rows() -> None:
    table = crop_yields()
    assert largest_stable_rate(table) == pytest.approx(1.1155e-4, rel=1e-4)
    assert largest_stable_rate(table, standardize=True) == pytest.approx(1.007, rel=1e-3)
    assert least_squares_loss(table) == pytest.approx(0.9094, rel=1e-4)


@pytest.mark.parametrize("standardize", [False, True])
def test_the_limit_is_two_over_the_hessians_largest_eigenvalue(*, standardize: bool) -> None:
    table = random_table(1)
    x = torch.tensor(table.inputs, dtype=torch.float64)
    if standardize:
        mean, std = scaling(table)
        x = (x - torch.tensor(mean)) / torch.tensor(std)
    y = torch.tensor(table.targets, dtype=torch.float64)

    def loss(parameters: torch.Tensor) -> torch.Tensor:
        w, b = parameters[:6].reshape(2, 3), parameters[6:]
        return torch.mean((x @ w.t() + b - y) ** 2)

    hessian = torch.autograd.functional.hessian(loss, torch.zeros(8, dtype=torch.float64))
    steepest = torch.linalg.eigvalsh(hessian)[-1]
    assert largest_stable_rate(table, standardize=standardize) == pytest.approx(2 / steepest)


@pytest.mark.parametrize("standardize", [False, True])
@pytest.mark.parametrize("seed", range(6))
def test_just_below_the_limit_a_run_settles_and_just_above_it_diverges(
    seed: int, *, standardize: bool
) -> None:
    table = random_table(seed)
    limit = largest_stable_rate(table, standardize=standardize)

    def loss_after(share: float, epochs: int) -> tuple[float, str]:
        trainer = Trainer(
            table,
            learning_rate=share * limit,
            batch_size=table.rows,
            epochs=epochs,
            standardize=standardize,
        )
        first = trainer.loss()
        trainer.run()
        return trainer.loss() / first, trainer.status

    below, status = loss_after(0.97, 300)
    assert (below < 1, status) == (True, "finished")
    above, _ = loss_after(1.05, 300)
    assert not above < 1


def test_the_floor_is_the_least_squares_loss() -> None:
    table = random_table(3)
    x = np.hstack([table.inputs.astype(float), np.ones((table.rows, 1))])
    w, *_ = np.linalg.lstsq(x, table.targets.astype(float), rcond=None)
    assert least_squares_loss(table) == pytest.approx(((x @ w - table.targets) ** 2).mean())


def test_scaling_is_scikit_learns() -> None:
    from sklearn.preprocessing import StandardScaler

    table = random_table(4, features=5)
    constant = np.full((table.rows, 1), 0.1, np.float32)
    table = Table.of((np.hstack([table.inputs, constant]), table.targets))
    expected = StandardScaler().fit(table.inputs.astype(np.float64))
    mean, std = scaling(table)
    np.testing.assert_allclose(mean, expected.mean_, rtol=1e-12)
    np.testing.assert_allclose(std, expected.scale_, rtol=1e-12)
    assert std[-1] == 1


@pytest.mark.parametrize("standardize", [False, True])
@pytest.mark.parametrize(
    "inputs",
    [
        np.ones((1, 1)),
        np.zeros((4, 2)),
        np.full((5, 1), 1e30),
        np.array([[1e30], [2e30], [3e30]]),
        np.array([[1e-30, 5], [2e-30, 6], [9e-30, 1]]),
        np.array([[1e-45, 3e38], [0, -3e38]]),
        np.random.default_rng(0).normal(size=(3, 50)),
        np.random.default_rng(0).normal(size=(8, 1000)),
        np.repeat([[1.0, 2.0], [3.0, 4.0]], 2, axis=1),
    ],
)
def test_tables_of_any_shape_and_scale_have_a_limit_and_a_floor(
    inputs: np.ndarray, *, standardize: bool
) -> None:
    table = Table.of((inputs, np.arange(len(inputs), dtype=float)))
    limit = largest_stable_rate(table, standardize=standardize)
    assert np.isfinite(limit)
    assert limit > 0
    floor = least_squares_loss(table)
    assert np.isfinite(floor)
    assert -1e-12 < floor <= table.targets.var() * (1 + 1e-6) + 1e-12


def test_features_too_large_for_any_rate_are_refused_but_can_be_standardized() -> None:
    table = Table.of((np.array([[1e30], [2e30], [3e30]]), np.array([1.0, 2.0, 3.0])))
    with pytest.raises(SettingsError, match=r"features are so large.*use standardize=True"):
        Trainer(table)
    trainer = Trainer(table, standardize=True, epochs=200)
    trainer.run()
    assert trainer.loss() < 1e-6
    np.testing.assert_allclose(trainer.coefficients().w, [[1e-30]], rtol=1e-2)
    diverged = Trainer(table, learning_rate=1e-5)
    diverged.run()
    assert diverged.status == "diverged"


def test_tiny_features_are_learned_from_by_their_bias() -> None:
    table = Table.of((np.array([[1e-30], [2e-30], [3e-30]]), np.array([1.0, 2.0, 3.0])))
    trainer = Trainer(table, epochs=300)
    assert trainer.settings.rate == 0.1
    trainer.run()
    assert trainer.predict([[0.0]]).item() == pytest.approx(2, abs=0.3)


def test_a_rate_is_rounded_to_one_digit() -> None:
    assert [round_rate(rate) for rate in (1.1155e-5, 9.6e-3, 0.0, 1.0)] == [1e-5, 0.01, 0.0, 1.0]
    given = Settings(learning_rate=0.123, batch_size=9)
    assert filled_in(given, crop_yields()) == given
