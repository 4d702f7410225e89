"""Limits, ticks and their texts."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from linreg_widget.plots.axes import (
    decade_ticks,
    half_decades,
    positive_span,
    whole_ticks,
)
from linreg_widget.wording import said


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "0"),
        (0.01, "0.01"),
        (1, "1"),
        (100, "100"),
        (10_000, "10,000"),
        (1e6, "1e6"),
        (1e30, "1e30"),
        (1e-7, "1e−7"),
        (0.90944, "0.9094"),
        (96.128, "96.13"),
        (12_345, "12,345"),
        (0.99999, "1"),
        (999_949, "999,949"),
        (999_951, "1e6"),
        (-2.5, "−2.5"),
        (3.3151e5, "331,510"),
        (math.inf, "∞"),
        (math.nan, "NaN"),
    ],
)
def test_numbers_are_written_plainly(value: float, text: str) -> None:
    assert said(value) == text


@given(st.floats(allow_nan=False, allow_infinity=False, min_value=-1e300, max_value=1e300))
def test_a_written_number_keeps_four_digits(value: float) -> None:
    assert float(said(value).replace(",", "").replace("−", "-")) == pytest.approx(value, rel=5.1e-4)


@given(st.floats(1e-45, 3.5e38), st.floats(1, 1e12))
def test_limits_are_half_decades_around_the_losses(least: float, ratio: float) -> None:
    bottom, top = half_decades(least, least * ratio)
    assert 10**bottom < least <= least * ratio < 10**top
    assert (2 * bottom, 2 * top) == (round(2 * bottom), round(2 * top))
    labelled, plain = decade_ticks(bottom, top)
    assert 1 <= len(labelled) <= 12
    low, high = 10**bottom * (1 - 1e-9), 10**top * (1 + 1e-9)
    assert all(low <= tick <= high for tick in labelled + plain)
    assert not set(labelled) & set(plain)
    assert labelled == sorted(labelled)


def test_a_few_decades_are_labelled_one_by_one() -> None:
    assert decade_ticks(-0.5, 4)[0] == [1, 10, 100, 1000, 10_000]


def test_less_than_two_decades_are_labelled_in_between() -> None:
    assert decade_ticks(0, 1)[0] == [1, 2, 3, 5, 10]


def test_many_decades_are_labelled_at_even_steps() -> None:
    assert [said(tick) for tick in decade_ticks(-1, 38)[0]][:3] == ["1", "100,000", "1e10"]


@given(st.integers(0, 10**12), st.integers(2, 12))
def test_whole_ticks_are_few_and_within_the_run(last: int, most: int) -> None:
    ticks = whole_ticks(last, most)
    assert ticks[0] == 0
    assert ticks[-1] <= last
    assert len(ticks) <= most


def test_whole_ticks_are_round() -> None:
    assert whole_ticks(250, 8) == [0, 50, 100, 150, 200, 250]
    assert whole_ticks(7, 8) == [0, 1, 2, 3, 4, 5, 6, 7]


def test_a_span_leaves_out_what_a_log_axis_cannot_show() -> None:
    values = np.array([np.nan, -1, 0, 3, np.inf])
    assert positive_span(values, np.array([7.0])) == (3, 7)
    assert positive_span(values[:3]) == (math.inf, 0)
