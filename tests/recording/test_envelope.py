"""The decimators against brute force, however the series arrives."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from linreg_widget.recording.envelope import Envelope, MeanDecimator

SERIES = st.lists(st.floats(width=32), max_size=200)
CUTS = st.lists(st.integers(0, 200), max_size=6)
COLUMNS = st.sampled_from([2, 4, 6, 16, 256])


def pieces(length: int, cuts: list[int]) -> list[slice]:
    """Cut a series of some length at these places."""
    edges = sorted({0, length, *(min(cut, length) for cut in cuts)})
    return [slice(start, stop) for start, stop in itertools.pairwise(edges)]


def stretches(values: NDArray[np.floating], columns: int) -> list[NDArray[np.floating]]:
    """Split into the fewest doublings' stretches that are not more than the columns."""
    stride = 1
    while -(-len(values) // stride) > columns:
        stride *= 2
    return [values[start : start + stride] for start in range(0, len(values), stride)]


def finite(values: NDArray[np.floating]) -> NDArray[np.floating]:
    """Keep the finite values, or one NaN."""
    kept = values[np.isfinite(values)]
    return kept if len(kept) else np.array([np.nan], values.dtype)


def columns_of(envelope: Envelope) -> list[NDArray[np.generic]]:
    """Ends, least and greatest values, and how many are not finite."""
    return [envelope.ends, envelope.low, envelope.high, envelope.bad]


def assert_means(actual: NDArray[np.float64], expected: list[float], scale: float) -> None:
    np.testing.assert_allclose(actual, expected, rtol=1e-12, atol=1e-12 * scale)


@given(SERIES, CUTS, COLUMNS)
def test_it_equals_brute_force_however_the_series_arrives(
    series: list[float], cuts: list[int], columns: int
) -> None:
    values = np.array(series, np.float32)
    envelope = Envelope(columns)
    for piece in pieces(len(values), cuts):
        envelope.extend(values[piece])
    expected = stretches(values, columns)
    assert len(envelope) == len(expected) <= columns
    np.testing.assert_array_equal(envelope.ends, np.cumsum([len(part) for part in expected]))
    np.testing.assert_array_equal(envelope.low, [finite(part).min() for part in expected])
    np.testing.assert_array_equal(envelope.high, [finite(part).max() for part in expected])
    np.testing.assert_array_equal(envelope.bad, [(~np.isfinite(part)).sum() for part in expected])
    means = [float(finite(part).astype(float).mean()) for part in expected]
    assert_means(envelope.mean, means, float(np.abs(finite(values)).max(initial=0)))
    bad = np.flatnonzero(~np.isfinite(values))
    assert envelope.first_bad == (bad[0] + 1 if len(bad) else 0)


@given(SERIES, CUTS, COLUMNS)
def test_means_equal_brute_force_however_they_arrive(
    series: list[float], cuts: list[int], columns: int
) -> None:
    values = np.array(series, np.float64)
    positions = 5 * np.arange(1, len(values) + 1)
    decimator = MeanDecimator(columns)
    for piece in pieces(len(values), cuts):
        decimator.extend(positions[piece], values[piece])
    expected = stretches(values, columns)
    assert decimator.count == len(values)
    ends = 5 * np.cumsum([len(part) for part in expected])
    np.testing.assert_array_equal(decimator.ends, ends)
    assert decimator.ends.dtype == np.int64
    means = [float(finite(part).mean()) for part in expected]
    assert_means(decimator.means, means, float(np.abs(finite(values)).max(initial=0)))


def test_types_are_those_of_the_wire() -> None:
    envelope = Envelope()
    envelope.extend([1, 2, 3])
    columns = (envelope.ends, envelope.low, envelope.high, envelope.mean, envelope.bad)
    types = [str(column.dtype) for column in columns]
    assert types == ["int64", "float32", "float32", "float64", "int64"]


@given(SERIES, COLUMNS, st.sampled_from([2, 4, 8, 100]))
def test_in_fewer_columns_it_is_as_if_it_had_been_read_so(
    series: list[float], columns: int, fewer: int
) -> None:
    values = np.array(series, np.float32)
    wide, narrow = Envelope(columns), Envelope(min(columns, fewer))
    for one in (wide, narrow):
        one.extend(values)
    thinned = wide.at_most(narrow.columns)
    assert (thinned.count, thinned.stride, thinned.first_bad) == (
        narrow.count,
        narrow.stride,
        narrow.first_bad,
    )
    for own, read in zip(columns_of(thinned), columns_of(narrow), strict=True):
        np.testing.assert_array_equal(own, read)
    assert_means(thinned.mean, narrow.mean.tolist(), float(np.abs(finite(values)).max(initial=0)))
    thinned.extend(values)  # it goes on by itself
    assert (thinned.count, wide.count) == (2 * len(values), len(values))


def test_a_million_values_one_slice_at_a_time_are_as_all_at_once() -> None:
    values = np.random.default_rng(0).lognormal(size=1_000_000).astype(np.float32)
    growing, whole = Envelope(512), Envelope(512)
    for start in range(0, 1_000_000, 700):
        growing.extend(values[start : start + 700])
    whole.extend(values)
    assert (growing.stride, len(growing)) == (whole.stride, len(whole)) == (2048, 489)
    for one, other in zip(columns_of(growing), columns_of(whole), strict=True):
        np.testing.assert_array_equal(one, other)
    np.testing.assert_allclose(growing.mean, whole.mean, rtol=1e-12)


def test_what_is_not_finite_is_counted_and_left_out() -> None:
    envelope = Envelope(4)
    envelope.extend([4, 2, 8, np.inf, np.nan, np.nan, 1])
    ends, low, high, bad = columns_of(envelope)
    assert (ends.tolist(), bad.tolist()) == ([2, 4, 6, 7], [0, 1, 2, 0])
    np.testing.assert_array_equal(low, [2, 8, np.nan, 1])
    np.testing.assert_array_equal(high, [4, 8, np.nan, 1])


def test_without_values_it_is_empty() -> None:
    envelope = Envelope()
    envelope.extend([])
    assert (len(envelope), envelope.first_bad) == (0, 0)
    assert [len(column) for column in columns_of(envelope)] == [0, 0, 0, 0]
    assert envelope.mean.tolist() == []


@pytest.mark.parametrize("columns", [0, 1, 7, -2])
def test_columns_that_cannot_be_merged_in_pairs_are_refused(columns: int) -> None:
    with pytest.raises(ValueError, match=f"columns={columns}: give an even number, at least 2"):
        Envelope(columns)
