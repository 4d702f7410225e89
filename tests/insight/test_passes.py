"""A single pass over many rows finds what several passes find, or leaves it to them."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from linreg_widget.insight import leastsquares
from linreg_widget.insight.leastsquares import TableStatistics
from linreg_widget.insight.passes import factored_at_once, longest_rows
from linreg_widget.table import Table

ROWS = 30_000


def features(kind: str) -> NDArray[np.float64]:
    x = np.random.default_rng(1).standard_normal((ROWS, 5))
    if kind == "units":
        return x * np.logspace(-12, 12, 5) + np.logspace(-10, 13, 5)
    if kind == "sorted":
        return np.sort(x, axis=0)
    if kind == "near":
        x[:, 3] = x[:, 1] + 1e-3 * x[:, 3]
    elif kind == "dependent":
        x[:, 3] = x[:, 1] - 2 * x[:, 2]
    elif kind == "copied":
        x[:, 3] = x[:, 1]
    elif kind == "constant":
        x[:, 3] = 7
    elif kind == "outlier":
        x[5, 3] = 1e9
    elif kind == "a word":
        x[:, 3] = np.arange(ROWS) == ROWS - 2  # a single 1, which no sample need have
    return x


ALONE = {"plain", "units", "sorted", "near", "outlier"}
KINDS = [*sorted(ALONE), "dependent", "copied", "constant", "a word"]


def table_of(kind: str, noise: float) -> Table:
    x = features(kind).astype(np.float32).astype(np.float64)
    scale = x.std(axis=0) + (x.std(axis=0) == 0)
    numbers = np.random.default_rng(2)
    y = (x / scale) @ numbers.standard_normal((5, 2)) + noise * numbers.standard_normal((ROWS, 2))
    return Table.of((x.astype(np.float32), y.astype(np.float32)))


@pytest.mark.parametrize("noise", [1.0, 0.0])
@pytest.mark.parametrize("kind", KINDS)
def test_one_pass_leads_to_the_same_fit(
    monkeypatch: pytest.MonkeyPatch, kind: str, noise: float
) -> None:
    table = table_of(kind, noise)
    slow = TableStatistics(table)
    assert slow.best.rank == (5 if kind in ALONE or kind == "a word" else 4)
    slow_scaling = slow.scaling
    monkeypatch.setattr(leastsquares, "_MANY", 1_000)
    quick = TableStatistics(table)
    np.testing.assert_allclose(quick.factored.mean, slow.factored.mean, rtol=1e-9, atol=1e-12)
    products, expected = (one.factored.r.T @ one.factored.r for one in (quick, slow))
    sizes = np.sqrt(np.outer(np.diag(expected), np.diag(expected)))
    np.testing.assert_allclose(products, expected, rtol=0, atol=1e-11 * sizes.max(initial=1e-300))
    assert (np.abs(products - expected) <= 1e-11 * sizes).all()
    assert quick.best.dependent == slow.best.dependent
    np.testing.assert_allclose(quick.best.w, slow.best.w, rtol=1e-6)
    np.testing.assert_allclose(quick.best.target_losses, slow.best.target_losses, rtol=1e-6)
    np.testing.assert_array_equal(quick.factored.noise, slow.factored.noise)
    for ours, theirs in zip(quick.scaling, slow_scaling, strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("kind", ["plain", "units", "sorted", "near"])
def test_columns_that_stand_apart_need_one_pass(kind: str) -> None:
    table = table_of(kind, noise=1.0)
    assert factored_at_once(table.inputs, table.targets) is not None


@pytest.mark.parametrize("kind", ["copied", "constant", "a word"])
def test_where_a_sample_would_mislead_it_is_left_to_several_passes(kind: str) -> None:
    table = table_of(kind, noise=1.0)
    assert factored_at_once(table.inputs, table.targets) is None


@pytest.mark.parametrize("order", ["as they come", "rising", "falling", "all the same"])
@pytest.mark.parametrize("standardize", [False, True])
@pytest.mark.parametrize("count", [1, 7, 1_000, ROWS // 8, ROWS])
def test_the_longest_rows_are_found_without_sorting_all(
    monkeypatch: pytest.MonkeyPatch, order: str, count: int, *, standardize: bool
) -> None:
    x = features("plain")
    if order == "all the same":
        x[:, :] = np.array([1, -1, 1, -1, 1])
        x[:, 0] *= np.where(np.arange(ROWS) % 2, 1, -1)
    elif order != "as they come":
        x = x[np.argsort((x * x).sum(axis=1))][:: 1 if order == "rising" else -1]
    table = Table.of((x.astype(np.float32), features("plain")[:, :1].astype(np.float32)))
    expected = TableStatistics(table).longest(count, standardize=standardize)
    monkeypatch.setattr(leastsquares, "_MANY", 1_000)
    quick = TableStatistics(table)
    assert quick.longest(count, standardize=standardize) == pytest.approx(expected, rel=1e-9)
    if count < ROWS:
        scale = quick.scaling if standardize else None
        assert longest_rows(table.inputs, count, scale) == pytest.approx(expected, rel=1e-9)
