"""Tables as programs and people leave them: nothing of them is lost without a word."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest
import torch
from scipy import sparse  # type: ignore[import-untyped]

from linreg_widget.table.table import Table
from tests.table.seen import refused, rows, words

# ---- headings in two lines -----------------------------------------------------------------------

HEADINGS = {
    "merged cells": "Weather\t\tYield\nTemp\tRain\tMangoes\n{}",
    "in a CSV": "Weather,,Yield\nTemp,Rain,Mangoes\n{}",
    "repeated": "Weather,Weather,Yield\nTemp,Rain,Mangoes\n{}",
    "in Markdown": "| Weather | | Yield |\n|---|---|---|\n| Temp | Rain | Mangoes |\n{}",
    "over row names": "\tWeather\t\tYield\nRegion\tTemp\tRain\tMangoes\n{}",
    "beside row names": "Region;Weather;;Yield\n;Temp;Rain;Mangoes\n{}",
}


@pytest.mark.parametrize("text", HEADINGS.values(), ids=HEADINGS)
def test_headings_in_two_lines_are_joined(text: str) -> None:
    mark = next(one for one in "\t;|," if one in text)
    named = "egion" in text
    cells = [["A", "73", "67", "56"], ["B", "91", "88", "81"], ["C", "87", "134", "119"]]
    edge = "|" * text.startswith("|")
    lines = "\n".join(edge + mark.join(row if named else row[1:]) + edge for row in cells)
    table = Table.parse(text.format(lines))
    assert rows(table).tolist() == [[73, 67, 56], [91, 88, 81], [87, 134, 119]]
    names = table.feature_names + table.target_names
    assert names == ("Weather Temp", "Weather Rain", "Yield Mangoes")
    assert table.row_names == (("A", "B", "C") if named else ())
    assert "The headings stand in two lines, which were joined, as in 'Yield Mangoes'" in words(
        table
    )


def test_units_below_headings_are_units_as_before() -> None:
    for text in ("Temp,Rain\nF,mm\n1,2\n3,4", "Temp\tRain\n(F)\t[mm]\n1\t2\n3\t4"):
        assert Table.parse(text).feature_units == ("F",)
    assert Table.parse("x,x2\n1,2\n3,4").feature_names == ("x",)
    assert "More than one column is named 'a'" in refused("a,a\n1,2\n3,4")


# ---- what is not shown ---------------------------------------------------------------------------


@pytest.mark.parametrize("text", ["a\tb\n1\t2\n{}\t3", "a,b\n{},2\n1,3", "a\tb\n1\t{}\n3\t4"])
@pytest.mark.parametrize("hidden", ["##", "####", "########"])
def test_a_column_too_narrow_to_show_its_numbers_is_no_comment(text: str, hidden: str) -> None:
    said = refused(text.format(hidden))
    assert f"has no value, only '{hidden}'" in said
    assert "widen it, and copy again" in said
    left = Table.parse(text.format(hidden), missing="drop")
    assert left.rows == 1
    assert "1 row with a gap was left out" in words(left)


def test_lines_of_signs_are_still_comments() -> None:
    for comment in ("####", "## data", "#", "#### a title ####"):
        assert Table.parse(f"{comment}\na,b\n1,2\n{comment}\n3,4").rows == 2
    assert Table.parse("a b\n1 2 ## first\n3 4 #").rows == 2


PARTS = {
    "a tibble": "# A tibble: 50 × 2\n      x     y\n  <dbl> <dbl>\n1     1     2\n2     3     5\n"
    "# \u2139 48 more rows\n# \u2139 Use `print(n = ...)` to see more rows",
    "an older tibble": "# A tibble: 50 x 2\n      x     y\n  <dbl> <dbl>\n1     1     2\n"
    "# … with 49 more rows",
    "its columns": "# A tibble: 2 × 4\n      x     y\n  <dbl> <dbl>\n1     1     2\n2     3     5\n"
    "# \u2139 2 more variables: z <dbl>, u <dbl>",
    "R": "  x y\n1 1 2\n2 3 5\n [ reached 'max' / getOption(\"max.print\") -- omitted 98 rows ]",
    "Spark": "+---+---+\n|  x|  y|\n+---+---+\n|  1|  2|\n|  3|  5|\n+---+---+\n"
    "only showing top 2 rows",
}


@pytest.mark.parametrize("text", PARTS.values(), ids=PARTS)
@pytest.mark.parametrize("missing", [None, "drop"])
def test_a_print_that_says_there_is_more_is_refused(text: str, missing: Any) -> None:
    assert "says that something was left out" in refused(text, missing=missing)


def test_a_whole_tibble_is_read() -> None:
    text = "# A tibble: 2 × 2\n      x     y\n  <dbl> <dbl>\n1     1     2\n2     3     5"
    assert rows(Table.parse(text)).tolist() == [[1, 2], [3, 5]]


# ---- signs around cells --------------------------------------------------------------------------

WRITTEN = {
    "full-width commas": "a，b\n1，2\n３．５，5",
    "full-width semicolons": "a；b\n1；2\n3.5；5",
    "Arabic commas": "a،b\n1،2\n3.5،5",
    "enumeration commas": "a、b\n1、2\n3.5、5",
    "full-width bars": "a｜b\n1｜2\n3.5｜5",
    "bold names": "| **a** | __b__ |\n|---|---|\n| 1 | 2 |\n| 3.5 | 5 |",
    "bold cells": "| a | b |\n|---|---|\n| **1** | `2` |\n| *3.5* | ***5*** |",
    "a terminal's colours": "\x1b[1ma\tb\x1b[0m\n1\t2\n\x1b[31m3.5\x1b[0m\t5",
}


@pytest.mark.parametrize("text", WRITTEN.values(), ids=WRITTEN)
def test_signs_around_cells_are_no_part_of_them(text: str) -> None:
    table = Table.parse(text)
    assert (table.feature_names, table.target_names) == (("a",), ("b",))
    assert rows(table).tolist() == [[1, 2], [3.5, 5]]


@pytest.mark.parametrize("name", ["__a__", "*a*", "`a`", "a **b** (mm)"])
@pytest.mark.parametrize("separator", [",", "|"])
def test_signs_of_a_name_that_is_written_come_back(name: str, separator: str) -> None:
    table = Table.of({name: [1.0, 2.0], "b": [3.0, 4.0]})
    assert table.feature_names[0] + table.feature_units[0] in name.replace(" (mm)", "mm")
    assert Table.parse(table.to_csv(separator)) == table


def test_footnotes_and_products_in_bars_stay_what_they_are() -> None:
    table = Table.parse("| a*b | c |\n|---|---|\n| 1* | 2 |\n| 3 | 5 |")
    assert table.feature_names == ("a*b",)
    assert "1 footnote mark in a*b was left out: *." in words(table)
    assert Table.parse("名，字\t重\n1\t2\n3\t4").feature_names == ("名，字",)


# ---- what other programs print -------------------------------------------------------------------

PRINTED = {
    "Julia": """4×3 DataFrame
 Row │ a      b        y
     │ Int64  Float64  Float64?
─────┼──────────────────────────
   1 │     1      2.5       3.0
   2 │     2      4.0       5.0
   3 │     3      5.0       8.0""",
    "an older Julia": """3×3 DataFrame
│ Row │ a     │ b       │ y       │
│     │ Int64 │ Float64 │ Float64 │
├─────┼───────┼─────────┼─────────┤
│ 1   │ 1     │ 2.5     │ 3.0     │
│ 2   │ 2     │ 4.0     │ 5.0     │
│ 3   │ 3     │ 5.0     │ 8.0     │""",
    "Julia without its first line": """ Row │ a      b      y
     │ Int64  Real   Int64
─────┼─────────────────────
   1 │     1    2.5      3
   2 │     2    4.0      5
   3 │     3    5.0      8""",
    "Stata's list": """
     +-----------------+
     | a     b       y |
     |-----------------|
  1. | 1   2.5       3 |
  2. | 2   4.0       5 |
     |-----------------|
  3. | 3   5.0       8 |
     +-----------------+""",
    "Stata's list, clean": """
       a     b   y
  1.   1   2.5   3
  2.   2   4.0   5
  3.   3   5.0   8""",
    "Jira": "||a||b||y||\n|1|2.5|3|\n|2|4|5|\n|3|5|8|",
    "Jira, with blanks": "|| a || b || y ||\n| 1 | 2.5 | 3 |\n| 2 | 4 | 5 |\n| 3 | 5 | 8 |",
    "typographic quotes": "“a”,“b”,“y”\n“1”,“2.5”,3\n2,4,5\n3,5,8",
    "German quotes": "„a“;„b“;„y“\n„1“;„2,5“;3\n2;4;5\n3;5;8",
    "guillemets and tabs": "«a»\t»b«\t‹y›\n1\t2.5\t3\n2\t4\t5\n3\t5\t8",
    "quotes in bars": "| ‘a’ | “b” | ‚y‘ |\n|---|---|---|\n| 1 | “2.5” | 3 |\n"
    "| 2 | 4 | 5 |\n| 3 | 5 | 8 |",
    "quotes and blanks": "“a” “b” “y”\n1 2.5 3\n2 4 5\n3 5 8",
}


@pytest.mark.parametrize("text", PRINTED.values(), ids=PRINTED)
def test_what_other_programs_print_is_read(text: str) -> None:
    table = Table.parse(text)
    assert (table.feature_names, table.target_names) == (("a", "b"), ("y",))
    assert rows(table).tolist() == [[1, 2.5, 3], [2, 4, 5], [3, 5, 8]]
    assert table.row_names == ()


NAMED = {
    "Stata": """
     +-------------------------------+
     | make            price   mpg |
     |-------------------------------|
  1. | AMC Concord     4,099    22 |
  2. | Buick Electra   7,827    15 |
     +-------------------------------+""",
    "Stata, clean": """
                make   price   mpg
  1.     AMC Concord   4,099    22
  2.   Buick Electra   7,827    15""",
    "Julia": """2×3 DataFrame
 Row │ make           price    mpg
     │ String15       Float64  Int64
─────┼────────────────────────────────
   1 │ AMC Concord     4099.0     22
   2 │ Buick Electra   7827.0     15""",
    "Jira": "||make||price||mpg||\n||AMC Concord|4099|22|\n||Buick Electra|7827|15|",
    "quotes": "make,price,mpg\n“AMC Concord”,4099,22\n‘Buick Electra’,7827,15",
}


@pytest.mark.parametrize("text", NAMED.values(), ids=NAMED)
def test_names_of_rows_that_other_programs_print_stay_whole(text: str) -> None:
    table = Table.parse(text)
    assert table.row_names == ("AMC Concord", "Buick Electra")
    assert rows(table).tolist() == [[4099, 22], [7827, 15]]


def test_what_such_prints_leave_out_or_lack_is_said() -> None:
    gap = PRINTED["Julia"].replace("      5.0\n", "  missing\n")
    assert "has no value, only 'missing'" in refused(gap)
    assert Table.parse(gap, missing="drop").rows == 2
    rest = PRINTED["Julia"] + "\n         96 rows omitted"
    assert "'96 rows omitted', says that something was left out" in refused(rest)
    wide = PRINTED["Julia"] + "\n 3 columns and 96 rows omitted"
    assert "says that something was left out" in refused(wide)
    assert "column 'b' is empty" in refused(PRINTED["Jira"].replace("|2.5|", "| |"))


def test_what_only_looks_like_such_a_print_is_read_as_before() -> None:
    numbered = Table.parse("x y\n1. 5\n2. 6\n3. 9")
    assert rows(numbered).tolist() == [[1, 5], [2, 6], [3, 9]]
    assert rows(Table.parse("   x   y\n  1.   5\n  2.   6")).tolist() == [[1, 5], [2, 6]]
    assert Table.parse("||b|y|\n|A|2|3|\n|B|4|5|").row_names == ("A", "B")
    assert Table.parse("player’s age,the “best” y\n1,2\n3,5").target_names == ("the “best” y",)
    # Beside plain quotes, others are a part of what these hold.
    assert Table.parse('“a”,"b"\n1,2\n3,5').feature_names == ("“a”",)
    odd = Table.of({"“a”": [1.0, 2.0], "x, “b”": [3.0, 4.0]})
    assert Table.parse(odd.to_csv()) == odd


@pytest.mark.parametrize(
    "mark", ["n.d.", "N.D.", "n. d.", "k.A.", "k. A.", "k/A", "n. a.", "–", "—"]
)
def test_marks_for_what_is_not_known_are_gaps(mark: str) -> None:
    text = f"a;b;y\n1;{mark};3\n2;4;5\n3;5;8"
    assert f"has no value, only '{mark}'" in refused(text)
    assert rows(Table.parse(text, missing="drop")).tolist() == [[2, 4, 5], [3, 5, 8]]


def test_a_heading_that_needs_its_unit_is_shown_as_it_was_typed() -> None:
    table = Table.parse("Temp (F),Temp (C),Rain (mm),y\n50,10,1,3\n60,16,2,5\n70,21,3,7")
    assert table.labels == ("Temp (F)", "Temp (C)", "Rain (mm)", "y")
    assert "()" not in repr(table) + table.to_csv()
    assert Table.parse(table.to_csv()) == table
    alone = Table.parse("f (x) (),y\n1,3\n2,5")
    assert (alone.feature_names, alone.feature_units) == (("f (x)",), ("",))
    assert Table.parse(alone.to_csv()) == alone


# ---- whole numbers that no type of a computer holds ----------------------------------------------


@pytest.mark.parametrize(
    "first", [2**53 + 3, 2**63 - 1, 12345678901234567890, 10**22 + 7, -(10**20)]
)
def test_whole_numbers_that_become_one_are_told_however_long_they_are(first: int) -> None:
    long, y = [first, first + 1, first + 2], [1.0, 2, 4]
    frame = pd.DataFrame({"a": pd.Series(long, dtype=object), "y": y})
    for data in ({"a": long, "y": y}, (long, y), list(zip(long, y, strict=True)), frame):
        assert "all 3 different ones become" in words(Table.of(data))
    text = "\n".join(["a,y", *(f"{one},{other}" for one, other in zip(long, y, strict=True))])
    assert "all 3 different ones become" in words(Table.parse(text))
    apart = Table.of({"a": [first, 2 * first, 3 * first], "y": y})
    assert "different ones" not in words(apart)


# ---- what is no table ----------------------------------------------------------------------------


def test_names_that_only_look_like_code_are_names() -> None:
    assert Table.parse("select,from\n1,2\n3,4").feature_names == ("select",)
    assert Table.parse("a = b,c\n1,2\n3,4").feature_names == ("a = b",)
    assert Table.parse("insert,b\n1,2\n3,4").feature_names == ("insert",)


# ---- Python's own --------------------------------------------------------------------------------


def test_a_dict_of_dicts_is_what_pandas_makes_of_it() -> None:
    frame = pd.DataFrame({"a": [1.5, 3, 4], "y": [2, 5, 7]}, index=["p", "q", "r"])
    table = Table.of(frame.to_dict())
    assert table == Table.of(frame)
    assert Table.of(frame.reset_index(drop=True).to_dict()).inputs.ravel().tolist() == [1.5, 3, 4]


def test_complex_numbers_are_refused_and_none_is_read_as_a_unit() -> None:
    for values in (np.array([1j, 2j]), torch.tensor([1j, 2j])):
        assert "Row 1, column 'a' holds '0+1j', which is not a number" in refused(
            {"x": [1, 2], "a": values, "y": [1, 2]}
        )
        assert "'0+1j'" in refused({"a": values, "y": [1, 2]})
    assert "'1+2j'" in refused((np.array([[1 + 2j], [3]]), np.array([1, 2])))
    frame = pd.DataFrame({"a": [1.0, 2, 3], "b": [1j, 2j, 4j], "y": [1, 2, 4]})
    for data in (frame, frame.to_numpy().tolist(), [*frame.itertuples(index=False)]):
        assert "'0+1j'" in refused(data)

    real = Table.of({"a": np.array([1, 2], complex), "y": [1, 2]})
    assert (real.inputs.ravel().tolist(), real.feature_units) == ([1, 2], ("",))


@pytest.mark.parametrize("kind", [sparse.csr_matrix, sparse.csc_array, sparse.coo_matrix])
def test_sparse_matrices_are_refused_with_the_way(kind: Any) -> None:
    matrix = kind(np.eye(3))
    for data in (matrix, (matrix, [1, 2, 3]), (matrix, np.array([1, 2, 3]))):
        assert "is sparse: pass its numbers as an array, which its toarray()" in refused(data)
    assert Table.of(matrix.toarray()).rows == 3


def test_a_tensor_that_is_minus_another_in_the_same_memory_is_read() -> None:
    numbers = torch.tensor([[1 + 2j, 3 + 4j], [5 + 6j, 7 + 9j]])
    table = Table.of(numbers.conj().imag)
    assert (table.inputs.ravel().tolist(), table.targets.ravel().tolist()) == ([-2, -6], [-4, -9])


def test_what_has_no_numbers_that_numpy_can_read_is_refused_in_words() -> None:
    assert "no data" in refused(torch.empty(3, 2, device="meta"))
    assert "to_dense()" in refused(torch.eye(3).to_sparse())
    wide = pl.DataFrame({"a": pl.Series([1, 2], dtype=pl.Int128), "y": [3, 4]})
    assert Table.of(wide).inputs.ravel().tolist() == [1, 2]


@pytest.mark.parametrize("missing", [None, "drop"])
def test_rows_of_different_lengths_are_refused_by_number(missing: Any) -> None:
    said = refused([[1, 2], [3, 5], [4]], missing=missing)
    assert said == "Row 3 has 1 value, but row 1 has 2: give each row as many."
    assert "Row 2 has 3 values, but row 1 has 2" in refused([["a", "b"], [1, 2, 3], [4, 5, 6]])
