"""What is done for each of a million names is little, and the same as for a few."""

import sys
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from linreg_widget.table.columns import clean, clean_all
from linreg_widget.table.meanings import is_measured, may_be_meant
from linreg_widget.table.table import Table

ROWS = 15_000
MORE = 3_000  # beyond 10,000, in which totals and units are looked for
NUMBERS = {"x": np.arange(1.0 * ROWS), "y": np.arange(1.0 * ROWS)[::-1]}
NAMES = [f"Person {row} of Town" for row in range(ROWS)]
WHEN = pd.date_range("1900-01-01 00:01", periods=ROWS, freq="min").as_unit("s")
CITIES = pd.Categorical(["Lyon", "Nice", "Köln"] * (ROWS // 3))


def calls(frame: pd.DataFrame, **how: Any) -> int:
    """Return how many functions are called to read a frame."""
    count = 0

    def see(_frame: object, event: str, _value: object) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    sys.setprofile(see)
    try:
        Table.of(frame, **how)
    finally:
        sys.setprofile(None)
    return count


@pytest.mark.parametrize(
    ("frame", "how", "most"),
    [
        (pd.DataFrame({"who": NAMES, **NUMBERS}), {}, 18),
        (pd.DataFrame({"who": pd.Series(NAMES, dtype="string"), **NUMBERS}), {}, 18),
        (pd.DataFrame(NUMBERS, index=NAMES), {}, 9),
        (pd.DataFrame({"when": WHEN, **NUMBERS}), {}, 8),
        (pd.DataFrame(NUMBERS, index=WHEN), {}, 2),
        (pd.DataFrame(NUMBERS, index=WHEN.as_unit("ns")), {}, 2),
        (pd.DataFrame(NUMBERS, index=WHEN.as_unit("ns") + pd.Timedelta(1, "ns")), {}, 4),
        (pd.DataFrame({"city": CITIES, **NUMBERS}), {"drop": "city"}, 10),
        (pd.DataFrame({"x": NUMBERS["x"], "city": CITIES, "y": 1.0}), {"encode": "city"}, 7),
        (pd.DataFrame({"x": NUMBERS["x"] > 9, "y": NUMBERS["y"]}), {}, 0),
    ],
    ids=[
        "names",
        "string",
        "index",
        "dates",
        "index of dates",
        "in ns",
        "each ns",
        "drop",
        "encode",
        "Boolean",
    ],
)
def test_a_name_costs_few_calls(frame: pd.DataFrame, how: dict[str, Any], most: int) -> None:
    calls(frame, **how)  # what is loaded or remembered at first
    more = calls(frame, **how) - calls(frame[:-MORE], **how)
    assert more <= MORE * (most + 0.5)


@given(st.lists(st.text(st.sampled_from("aÄ  \n\t\x1b\u00a0\u200b"), max_size=4), max_size=5))
def test_many_names_are_cleaned_as_each_alone(texts: list[str]) -> None:
    assert clean_all(texts) == tuple(map(clean, texts))


@pytest.mark.parametrize("unit", ["s", "ms", "us", "ns"])
@pytest.mark.parametrize(
    "moments",
    [
        ["2020-01-02", "2020-01-03"],
        ["2020-01-02", "2020-01-03 00:00:01"],
        ["2020-01-02", "1969-12-31 23:59:59.9"],
        ["2020-01-01", "2020-01-02 00:00:00.000001"],
        ["2020-01-02 00:00:00.000000001", "2020-01-03 00:00:00.123"],
        ["2020-01-02", None],
    ],
)
def test_dates_name_rows_as_pandas_writes_them(unit: str, moments: list[str | None]) -> None:
    index = pd.DatetimeIndex([pd.Timestamp(one) for one in moments]).as_unit(unit)
    written = [str(one).removesuffix(" 00:00:00") for one in index]
    two = {"x": [1.0, 2.0], "y": [3.0, 5.0]}
    assert Table.of(pd.DataFrame(two, index=index)).row_names == tuple(written)
    shown = tuple("" if one == "NaT" else one for one in written)
    assert Table.of(pd.DataFrame({"when": index, **two})).row_names == shown


@pytest.mark.parametrize("years", [("0999-12-31", "2020-01-01"), ("2020-01-01", "10000-01-01")])
def test_dates_of_other_ages_too(years: tuple[str, str]) -> None:
    index = pd.DatetimeIndex(np.array(years, "datetime64[s]"))
    table = Table.of(pd.DataFrame({"x": [1.0, 2.0], "y": [3.0, 5.0]}, index=index))
    assert table.row_names == tuple(str(one).removesuffix(" 00:00:00") for one in index)


@pytest.mark.parametrize(
    "cell", ["CHF 5", "US$5", "US＄5", "ＥＵＲ 5", "kr 5", "Kč5", "zł 5", "Rs. 5"]
)
def test_an_amount_may_begin_with_letters(cell: str) -> None:
    assert is_measured(cell)
    assert may_be_meant(cell)


@pytest.mark.parametrize("cell", ["Person 5", "Köln 5", "CHF", "CH5", "Ａ 5", "May 5", "e5"])
def test_a_name_with_a_number_is_no_amount(cell: str) -> None:
    assert not is_measured(cell)
    assert not may_be_meant(cell)
