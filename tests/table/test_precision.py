"""What columns lose where they become float32 is said, or refused, with the remedy."""

from __future__ import annotations

import copy
import pickle
import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from linreg_widget.errors import TableError
from linreg_widget.insight.findings import findings
from linreg_widget.insight.insight import Insight
from linreg_widget.table.table import Table, crop_yields

TIMES = 1_700_000_001 + np.arange(500)
Y = np.arange(500.0)
OFFSET = "Subtract an offset (for example 1,700,000,000)."


def text(times: Any, targets: Any = Y) -> str:
    rows = zip(times.tolist(), targets.tolist(), strict=False)
    return "\n".join(["t,y", *(f"{time},{target}" for time, target in rows)])


SOURCES: dict[str, Callable[[Any], object]] = {
    "text": text,
    "array of int64": lambda times: {"t": times, "y": Y[: len(times)]},
    "array of float64": lambda times: {"t": times.astype(float), "y": Y[: len(times)]},
    "pair of arrays": lambda times: (times[:, None], Y[: len(times)]),
    "one array": lambda times: np.column_stack([times, Y[: len(times)]]),
    "uint64": lambda times: (times[:, None].astype(np.uint64), Y[: len(times)]),
    "pandas": lambda times: pd.DataFrame({"t": times, "y": Y[: len(times)]}),
    "pandas, nullable": lambda times: pd.DataFrame(
        {"t": times, "y": Y[: len(times)]}
    ).convert_dtypes(),
    "polars": lambda times: pl.DataFrame({"t": times, "y": Y[: len(times)]}),
    "tensors": lambda times: (torch.tensor(times)[:, None], torch.tensor(Y[: len(times)])),
    "lists": lambda times: {"t": times.tolist(), "y": Y[: len(times)].tolist()},
}


def table_of(data: object) -> Table:
    return Table.parse(data) if isinstance(data, str) else Table.of(data)


def told(table: Table) -> str:
    return "\n".join(findings(Insight.of(table), 0.1))


@pytest.mark.parametrize("source", SOURCES)
def test_numbers_that_become_one_are_too_close_together_and_not_constant(source: str) -> None:
    table = table_of(SOURCES[source](TIMES[:4]))
    (note,) = table.notes
    name = table.feature_names[0]
    assert note.column == name
    assert note.collapsed
    assert note.words == (
        f"The numbers of {name} are too close together for 32-bit numbers, which lie 128 apart "
        f"there: all 4 different ones become 1,700,000,000. {OFFSET}"
    )
    assert note.words in told(table)
    assert "constant" not in told(table)
    assert note.words in repr(table)


@pytest.mark.parametrize("source", SOURCES)
def test_numbers_of_which_a_few_are_left_are_counted(source: str) -> None:
    table = table_of(SOURCES[source](TIMES))
    (note,) = table.notes
    assert not note.collapsed
    assert f"of 500 different numbers 5 are left. {OFFSET}" in note.words
    assert note.words in told(table)
    assert len(np.unique(table.inputs)) == 5


@pytest.mark.parametrize("source", ["text", "array of int64", "pandas", "polars", "tensors"])
def test_after_the_offset_nothing_is_lost(source: str) -> None:
    table = table_of(SOURCES[source](TIMES - 1_700_000_000))
    assert table.notes == ()
    assert "too close" not in told(table)


@pytest.mark.parametrize(
    ("numbers", "words"),
    [
        ([16777216, 16777217, 16777218], "lie 2 apart there: of 3 different numbers 2 are left"),
        ([16777216, 16777217, 16777218], "Subtract an offset (for example 16,000,000)."),
        ([-1700000001, -1700000002], "Add an offset (for example 1,700,000,000)."),
        ([1e9 + 0.001, 1e9 + 0.002], "Subtract an offset (for example 1,000,000,000)."),
        ([0.1 + 1e-10, 0.1 + 2e-10], "all 2 different ones become 0.1. Subtract an offset (for"),
        ([1.7e9, 1.7e9 + 33, 1.7e9 + 90, 1.7e9 + 300], "of 4 different numbers 3 are left"),
        ([1.7e9, 1.7e9 + 90, 1.7e9 + 300, 1.7e9 + 400], "rounding moves some of them by 44"),
        ([0, 1700000001, 1700000002, 1700000003], "of 4 different numbers 2 are left"),
        ([0, 1700000001, 1700000002, 1700000003], "Over so wide a range no offset helps"),
        ([2**60, 2**60 + 1], "become 1,152,921,500,000,000,000"),
        ([1.7e30, 1.7e30 * (1 + 1e-12)], "become 1.7e+30. Subtract an offset (for example"),
        ([1700000000000000001, 1700000000000000002], "1,700,000,000,000,000,000"),
    ],
)
def test_offset_and_loss_are_those_of_the_numbers(numbers: list[float], words: str) -> None:
    array = np.array(numbers)
    for table in (Table.of((array[:, None], Y[: len(array)])), Table.parse(text(array))):
        assert words in table.notes[0].words


def test_a_column_that_is_constant_is_called_so() -> None:
    table = Table.of((np.column_stack([np.full(5, 1_700_000_001), TIMES[:5] * 1000]), Y[:5]))
    assert "x1 is constant" in told(table)
    assert [note.column for note in table.notes] == ["x2"]


@pytest.mark.parametrize(
    "numbers",
    [
        np.random.default_rng(0).normal(size=2_000),
        np.random.default_rng(0).integers(0, 10**10, 2_000),
        np.random.default_rng(0).normal(size=200_000),
        np.arange(1900, 2026),
        np.array([1, 2, 16777217]),
        1_700_000_000 + 3600 * np.arange(24 * 30),
        np.array([0.1, 0.2, 0.30000000000000004]),
        np.array([1e-40, 2, 3]),
        np.array([5]),
        np.array([1_700_000_001]),
    ],
    ids=["normal", "integers", "many", "years", "one large", "hours", "tenths", "tiny", "5", "one"],
)
def test_ordinary_rounding_is_not_worth_a_word(numbers: Any) -> None:
    assert Table.of((numbers[:, None], np.arange(len(numbers)))).notes == ()


def test_a_target_that_becomes_one_number_is_refused() -> None:
    words = re.escape(f"become 1,700,000,000. {OFFSET} As they are, there is nothing to predict.")
    with pytest.raises(TableError, match=f"The numbers of t .*{words}"):
        Table.parse(text(TIMES[:4]), targets="t")
    with pytest.raises(TableError, match=words):
        Table.of((Y[:4, None], TIMES[:4]))
    table = Table.parse(text(TIMES[:4]))
    with pytest.raises(TableError, match=words):
        Table.of(table, targets="t")


def test_a_target_that_loses_a_part_is_told_of() -> None:
    table = Table.of((Y[:, None], TIMES))
    assert "The numbers of y are too close together" in told(table)


def test_arrays_given_to_a_table_itself_are_looked_at_as_well() -> None:
    given: dict[str, Any] = {"feature_names": ("t",), "target_names": ("y",)}
    given.update(inputs=TIMES[:, None], targets=Y[:, None])
    table = Table(**given)
    assert OFFSET in table.notes[0].words
    with pytest.raises(TableError, match="Row 1, column 't' holds 1e-50: that is below float32's"):
        Table(**given | {"inputs": 1e-50 + 0 * Y[:, None]})


def test_notes_go_with_the_table() -> None:
    table = Table.of((np.column_stack([TIMES, Y]), Y))
    for again in (copy.deepcopy(table), pickle.loads(pickle.dumps(table)), Table.of(table)):
        assert again.notes == table.notes
    assert Table.of(table, targets="x2").notes == table.notes
    assert Table.of((np.column_stack([TIMES.astype(np.float32), Y]), Y)) == table


# ---- too small -----------------------------------------------------------------------------------

NOTHING_LEFT = "that is below float32's range, about ±1.2e-38, and would be 0: measure the column"


@pytest.mark.parametrize("state", ["warn", "raise"])
def test_a_column_of_which_nothing_is_left_is_refused(state: Any) -> None:
    with np.errstate(all=state):
        with pytest.raises(TableError) as refused:
            Table.parse("x,y\n0,3\n1e-50,1\n2e-50,2")
        assert str(refused.value) == (
            f"Line 3, column 'x' holds '1e-50': {NOTHING_LEFT} in a smaller unit, "
            "multiplied by 1e50."
        )
        with pytest.raises(TableError, match=f"Line 2, column 'y' holds '1e-400': {NOTHING_LEFT}"):
            Table.parse("x,y\n1,1e-400\n2,1e-400")
        with pytest.raises(TableError, match=f"Row 2, column 1 holds 1e-50: {NOTHING_LEFT}"):
            Table.of((np.array([[0.0], [1e-50]]), [1, 2]))
        with pytest.raises(TableError, match=f"Row 1, column 'x' holds 1e-60: {NOTHING_LEFT}"):
            Table.of(pd.DataFrame({"x": [1e-60, 0], "y": [1, 2]}))


@pytest.mark.parametrize("state", ["warn", "raise"])
def test_single_numbers_that_become_0_are_told_of(state: Any) -> None:
    with np.errstate(all=state):
        table = Table.parse("x,y\n1e-50,1\n2,2\n3,4")
        assert table.inputs[0] == 0
        assert (
            "The numbers of x reach below what 32-bit numbers tell from 0. Line 2, column 'x' "
            "holds '1e-50', which counts as 0: if that matters, multiply the column by 1e13."
        ) in told(table)
        assert "Line 2, column 'x' holds '1e-400', which counts" in told(
            Table.parse("x,y\n1e-400,1\n2,2\n3,4")
        )
        table = Table.of(np.array([[1e-50, 1], [1e-45, 2], [1e-48, 3], [1e-3, 4]]))
        (note,) = table.notes
        assert "Row 1, column 1 holds 1e-50, which counts as 0, and so does 1 more" in note.words
        wide = Table.of(np.array([[1e-50, 1], [1e-48, 2], [1e-49, 3], [1e37, 4]]))
        assert "and so do 2 more: if that matters, take the column's log" in wide.notes[0].words
        assert "The numbers of y reach below" in told(Table.parse("x,y\n1,1e-50\n2,2\n3,4"))


def test_a_column_that_keeps_only_some_digits_is_told_of() -> None:
    table = Table.parse("x,y\n1.234567e-42,1\n2e-40,2\n3e-40,4")
    assert "so small that 32-bit numbers keep only some of their digits" in told(table)
    assert "multiplied by 1e40." in told(table)
    exact = Table.of((table.inputs.astype(np.float64), table.targets))
    assert exact.notes == ()


@pytest.mark.parametrize("state", ["warn", "raise"])
def test_numbers_too_large_are_refused_in_words(state: Any) -> None:
    with np.errstate(all=state):
        for number in ("1e39", "-1e39", "1e400"):
            with pytest.raises(TableError, match=f"holds '{number}': that is beyond float32's"):
                Table.parse(f"x,y\n{number},1\n2,2")
        with pytest.raises(TableError, match=r"holds 1e\+39: that is beyond float32's range"):
            Table.of((np.array([[1e39], [2]]), [1, 2]))


def test_numbers_whose_squares_are_too_large_are_told_of() -> None:
    x = np.arange(4.0)[:, None]
    for data, standardize, words in (
        ((1e30 * x, x[:, 0]), False, "those of x1 are beyond float32's range, about 3.4e38"),
        ((1e30 * x, x[:, 0]), False, "in a larger unit, or standardize."),
        ((x, 1e20 * x[:, 0]), True, "those of y are beyond float32's range"),
    ):
        assert words in "\n".join(findings(Insight.of(data, standardize=standardize), 0.1))
    for data, standardize in (((1e30 * x, x), True), ((1e18 * x, x), False)):
        said = "\n".join(findings(Insight.of(data, standardize=standardize), 0.1))
        assert "beyond float32's range" not in said


# ---- scaling -------------------------------------------------------------------------------------


def test_differences_that_scaling_loses_are_told_of() -> None:
    table = Table.of((np.array([0, 1, 2, 1e9])[:, None], Y[:4]))
    assert table.notes == ()
    assert "too close" not in told(table)
    scaled = "\n".join(findings(Insight.of(table, standardize=True), 0.1))
    assert "Once standardized, the numbers of x1 are too close together for 32 bits" in scaled
    assert "of 4 different numbers 2 are left" in scaled
    crops = Insight.of(crop_yields(), standardize=True)
    assert crops.merged == {}


# ---- at length -----------------------------------------------------------------------------------


@given(
    column=st.lists(
        st.floats(allow_nan=False, allow_infinity=False) | st.integers(-(2**63), 2**63 - 1),
        min_size=1,
        max_size=6,
    ),
    as_text=st.booleans(),
)
def test_no_table_is_read_in_silence_or_in_raw_errors(
    *, column: list[float], as_text: bool
) -> None:
    data = {"x": column, "y": [*range(len(column))]}
    lines = "\n".join(["x,y", *(f"{x!r},{y}" for x, y in zip(*data.values(), strict=True))])
    with np.errstate(all="raise"):
        try:
            table = Table.parse(lines) if as_text else Table.of(data)
        except TableError as error:
            words = str(error)
        else:
            kept = table.inputs[:, 0].tolist()
            gone = any(x != 0 and not now for x, now in zip(column, kept, strict=True))
            one = len({*column}) > 1 and len({*kept}) == 1
            words = told(table) if gone or one else "32-bit"
    assert re.search(r"float32's range|32-bit", words)
