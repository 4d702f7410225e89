"""Least squares against NIST's certified regressions, scikit-learn, and tables that are awkward."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from linreg_widget.insight import leastsquares
from linreg_widget.insight.leastsquares import LeastSquares, factored, least_squares
from tests.insight.nist import NAMES, Certified, digits

FEWEST_DIGITS = {"Wampler5": 5, "Wampler4": 7, "Filip": 7}
"""Of the certified digits those that a QR of centred float64 columns can reach; else nine."""


def solved(inputs: Any, targets: Any, kind: Any = np.float64) -> LeastSquares:
    targets = np.asarray(targets, kind)
    return least_squares(factored(np.asarray(inputs, kind), targets.reshape(len(targets), -1)))


def test_all_eleven_certified_regressions_are_here() -> None:
    assert len(NAMES) == 11


@pytest.mark.parametrize("name", NAMES)
def test_the_certified_parameters(
    name: str, record_property: Callable[[str, object], None]
) -> None:
    certified = Certified.read(name)
    table = factored(certified.inputs, certified.targets, bias=certified.bias)
    found = least_squares(table)
    parameters = [*(found.b if certified.bias else ()), *found.w[0]]
    assert (found.rank, found.dependent) == (certified.inputs.shape[1], {})
    pairs = zip(parameters, certified.parameters, strict=True)
    reached = min(digits(measured, expected) for measured, expected in pairs)
    record_property("digits", f"{name} {reached:.1f}")
    assert reached >= FEWEST_DIGITS.get(name, 9)
    squares = found.loss * len(certified.inputs)
    assert digits(squares, certified.residual_squares) >= 8 or squares < 1e-15


def test_features_that_are_clearly_independent_are_not_taken_one_by_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    numbers = np.random.default_rng(0)
    x, y = numbers.normal(3, 2, (400, 150)).astype(np.float32), numbers.normal(size=(400, 2))
    table = factored(x, y.astype(np.float32))
    one_by_one = leastsquares._independent(table)
    monkeypatch.setattr(leastsquares, "_independent", lambda _table: pytest.fail("one by one"))
    found = least_squares(table)
    assert ([*range(found.rank)], found.dependent) == one_by_one
    x[:, 7] = x[:, :7].sum(axis=1)
    monkeypatch.undo()
    assert [*solved(x, y, np.float32).dependent] == [7]


@pytest.mark.parametrize("kind", [np.float32, np.float64])
@pytest.mark.parametrize("seed", range(50))
def test_what_is_clearly_independent_is_so_one_by_one(seed: int, kind: Any) -> None:
    numbers = np.random.default_rng(seed)
    n, d = int(numbers.integers(2, 30)), int(numbers.integers(2, 8))
    x = numbers.normal(size=(n, d)) * 10.0 ** numbers.integers(-8, 8, d)
    apart = 10.0 ** numbers.integers(-9, 1) * np.abs(x[:, -1]).max()
    x[:, -1] = x[:, :-1] @ numbers.normal(size=d - 1) + apart * numbers.normal(size=n)
    table = factored(x.astype(kind), numbers.normal(size=(n, 1)).astype(kind))
    if leastsquares._all_independent(table):
        assert leastsquares._independent(table) == ([*range(d)], {})


def test_the_columns_of_a_large_table_are_factored_in_chunks_as_if_at_once() -> None:
    numbers = np.random.default_rng(0)
    x, y = numbers.normal(3, 2, (10_000, 4)), numbers.normal(size=(10_000, 2))
    whole = factored(x, y)
    centred = np.hstack([x, y]) - np.hstack([x, y]).mean(axis=0)
    np.testing.assert_allclose(whole.r.T @ whole.r, centred.T @ centred, rtol=1e-9, atol=1e-7)


@given(
    rows=st.integers(2, 40),
    features=st.integers(1, 6),
    targets=st.integers(1, 3),
    seed=st.integers(0, 10_000),
    scale=st.integers(-25, 25),
)
def test_no_other_coefficients_have_a_lower_loss(
    rows: int, features: int, targets: int, seed: int, scale: int
) -> None:
    numbers = np.random.default_rng(seed)
    x = numbers.normal(numbers.normal(), 1, (rows, features)) * 10.0**scale
    y = numbers.normal(size=(rows, targets))
    found = solved(x, y)
    residual = y - x @ found.w.T - found.b
    assert np.mean(residual**2) == pytest.approx(found.loss, rel=1e-6, abs=1e-12)
    np.testing.assert_allclose(np.mean(residual**2, axis=0), found.target_losses, 1e-6, 1e-12)
    # At the lowest point the residuals are at right angles to every column, and to the ones.
    np.testing.assert_allclose(residual.mean(axis=0), 0, atol=1e-8)
    np.testing.assert_allclose(x.T @ residual / rows / 10.0**scale, 0, atol=1e-8)
    assert found.rank == min(features, rows - 1)


def test_the_same_as_scikit_learn() -> None:
    from sklearn.linear_model import LinearRegression

    numbers = np.random.default_rng(5)
    x, y = numbers.normal(4, 3, (50, 5)), numbers.normal(size=(50, 2))
    theirs = LinearRegression().fit(x, y)
    ours = solved(x, y)
    np.testing.assert_allclose(ours.w, theirs.coef_, rtol=1e-10)
    np.testing.assert_allclose(ours.b, theirs.intercept_, rtol=1e-10)


def celsius_and_fahrenheit(kind: Any) -> NDArray[Any]:
    celsius = np.random.default_rng(1).normal(20, 6, 30)
    humidity = np.random.default_rng(2).normal(60, 9, 30)
    return np.column_stack(
        [celsius, 1.8 * celsius + 32, humidity, np.full(30, 0.1), celsius - 2 * humidity]
    ).astype(kind)


@pytest.mark.parametrize("kind", [np.float32, np.float64])
def test_columns_that_others_make_up_are_named_with_those(kind: Any) -> None:
    x = celsius_and_fahrenheit(kind)
    y = np.random.default_rng(3).normal(size=30)
    found = solved(x, y, kind)
    assert found.rank == 2
    assert {column: set(parts) for column, parts in found.dependent.items()} == {
        1: {0},
        3: set(),
        4: {0, 2},
    }
    assert (found.w[0][[1, 3, 4]] == 0).all()
    only = solved(x[:, [0, 2]], y, kind)
    assert found.loss == pytest.approx(only.loss)


def test_a_column_that_differs_by_more_than_rounding_counts() -> None:
    x = celsius_and_fahrenheit(np.float32)
    x[3, 1] += 0.01
    x[4, 3] += 0.01
    found = solved(x, np.arange(30), np.float32)
    assert (found.rank, set(found.dependent)) == (4, {4})


@pytest.mark.parametrize(
    ("inputs", "rank"),
    [
        (np.ones((1, 1)), 0),
        (np.zeros((4, 2)), 0),
        (np.full((5, 1), 1e30), 0),
        (np.array([[1e30], [2e30], [3e30]]), 1),
        (np.array([[1e-30, 5e30], [2e-30, 6e30], [9e-30, 1e30]]), 2),
        (np.random.default_rng(0).normal(size=(3, 50)), 2),
        (np.random.default_rng(0).normal(size=(8, 1000)), 7),
        (np.repeat([[1.0, 2.0], [3.0, 4.0]], 2, axis=1), 1),
    ],
)
def test_tables_of_any_shape_and_scale(inputs: NDArray[np.float64], rank: int) -> None:
    y = np.arange(len(inputs), dtype=np.float32)
    found = solved(inputs, y, np.float32)
    assert found.rank == rank
    assert np.isfinite(found.w).all()
    assert 0 <= found.loss <= y.var() + 1e-12
    if rank == len(inputs) - 1:
        assert found.loss < 1e-10


@pytest.mark.parametrize("seed", range(5))
def test_what_does_not_change_the_fit(seed: int) -> None:
    numbers = np.random.default_rng(seed)
    x, y = numbers.normal(2, 3, (25, 4)), numbers.normal(size=(25, 2))
    found = solved(x, y)
    order = numbers.permutation(25)
    shuffled = solved(x[order], y[order])
    np.testing.assert_allclose(shuffled.w, found.w, rtol=1e-9)
    shifted = solved(x, y + np.array([100, -7]))
    np.testing.assert_allclose(shifted.w, found.w, rtol=1e-9)
    np.testing.assert_allclose(shifted.b - found.b, [100, -7])
    units = np.array([1000.0, 1e-6, 1.0, 60.0])
    converted = solved(x * units, y)
    np.testing.assert_allclose(converted.w * units, found.w, rtol=1e-9)
    assert converted.loss == pytest.approx(found.loss)
