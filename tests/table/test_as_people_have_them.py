"""Tables out of spreadsheets, pages and terminals: nothing is misread without a word."""

from __future__ import annotations

import textwrap
from collections import namedtuple
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest

from linreg_widget.errors import TableError
from linreg_widget.table.table import Table, crop_yields
from tests.table.seen import columns, refused, words

# ---- signs, units, footnotes, truths -------------------------------------------------------------

AROUND = {
    "dollars first": ("$1,200\t3\n$950\t5", "", {"a ($)": [1200, 950]}, "carries $"),
    "euros behind": ("1.200,50 €;3\n900,00 €;5", "", {"a (€)": [1200.5, 900]}, "carries €"),
    "kronor": ("1 200 kr;3\n900 kr;5", "", {"a (kr)": [1200, 900]}, "carries kr"),
    "a currency's code": ("USD 5\t3\nUSD 7\t5", "", {"a (USD)": [5, 7]}, "carries USD"),
    "millions of dollars": ("$1.2M\t3\n$3M\t5", "", {"a ($M)": [1.2, 3]}, "carries $M"),
    "percent first": ("43%,1\n50 %,2", "", {"a (%)": [43, 50]}, "Every cell of a carries %"),
    "percent second": ("1,43%\n2,50%", "b", {"b (%)": [43, 50]}, "Every cell of b carries %"),
    "with a blank": ("5 km,1\n10 km,2", "", {"a (km)": [5, 10]}, "carries km"),
    "without a blank": ("5km,1\n10km,2", "", {"a (km)": [5, 10]}, "carries km"),
    "degrees": ("−5 °C,1\n22.5 °C,2", "", {"a (°C)": [-5, 22.5]}, "carries °C"),
    "a quotient": ("5 kg/m³,1\n6 kg/m³,2", "", {"a (kg/m³)": [5, 6]}, "carries kg/m³"),
    "a negative amount": ("-$5\t1\n$6\t2", "", {"a ($)": [-5, 6]}, "carries $"),
    "footnotes": (
        "83.19[1],1\n70,2\n9 [a][b],4",
        "",
        {"a": [83.19, 70, 9]},
        "2 footnote marks in a were left out: [1] and [a][b].",
    ),
    "stars": ("5*,1\n70,2\n9 **,4", "", {"a": [5, 70, 9]}, "* and **"),
    "daggers": ("5†,1\n70 ‡,2", "", {"a": [5, 70]}, "† and ‡"),
    "small numbers": ("5¹,1\n70²,2", "", {"a": [5, 70]}, "¹ and ²"),
    "unit and footnote": (
        "5 km[1],1\n70 km,2",
        "",
        {"a (km)": [5, 70]},
        "1 footnote mark in a was",
    ),
    "an account": (
        "$1,200\t1\n($300)\t2\n$5\t4",
        "",
        {"a ($)": [1200, -300, 5]},
        "1 number in brackets in a is read as negative",
    ),
    "truths": ("TRUE,1\nFALSE,2", "", {"a": [1, 0]}, "In a, true is read as 1 and false as 0."),
    "yes and no": ("1,yes\n2,No", "b", {"b": [1, 0]}, "In b, yes is read as 1 and no as 0."),
    "full-width digits": ("１２,1\n３．５,2", "", {"a": [12, 3.5]}, ""),
    "full-width unit": ("１２％,1\n３％,2", "", {"a (%)": [12, 3]}, "carries %"),
}


@pytest.mark.parametrize(("rows", "second", "expected", "said"), AROUND.values(), ids=AROUND)
def test_what_every_cell_carries_is_the_columns_unit_and_is_said(
    rows: str, second: str, expected: dict[str, list[float]], said: str
) -> None:
    mark = next(one for one in "\t;," if one in rows)
    table = Table.parse(f"a{mark}{second or 'y'}\n{rows}")
    assert columns(table).items() >= expected.items()
    assert table.row_names == ()
    assert said in words(table)
    assert said in repr(table)


def test_a_header_has_a_unit_already() -> None:
    assert words(Table.parse("Price ($),y\n$5,3\n$6,4")) == ""
    euros = Table.parse("Price (EUR),y\n$5,3\n$6,4")
    assert [*columns(euros)] == ["Price (EUR)", "y"]
    assert "carries $, but the heading says EUR, which is kept" in words(euros)
    assert [*columns(Table.parse("Price ($),Pop[1]\n$5,3\n$6,4"))] == ["Price ($)", "Pop"]


def test_numbered_rows_are_not_negative() -> None:
    table = Table.parse("no\tx\ty\n(1)\t5\t6\n(2)\t6\t8")
    assert table.row_names == ("(1)", "(2)")
    assert "no, names the rows, because" in words(table)


def test_without_a_header_the_first_row_is_a_row() -> None:
    assert Table.parse("5\t$1\n6\t$2").rows == 2
    assert Table.parse("1,TRUE\n2,FALSE").rows == 2
    assert Table.parse("43%,1\n50%,2").rows == 2
    assert Table.parse("Town,5 km,10 km\nA,25.3,51\nB,24,50").feature_names == ("5 km",)


@pytest.mark.parametrize(
    "cells", ["5 km,6 mi", "5 km,6", "$5,€6", "1.2M,340k", "1st,2nd", "5 May,6 May"]
)
def test_mixed_units_are_refused_and_do_not_name_the_rows_without_a_word(cells: str) -> None:
    first, second = cells.split(",")
    assert "is not a number" in refused(f"x\ta\ty\n1\t{first}\t1\n2\t{second}\t2")
    if first[-1] not in "ty":  # days and places in a row may well name rows
        table = Table.parse(f"a\tx\ty\n{first}\t1\t1\n{second}\t2\t2")
        assert "a, names the rows, because" in words(table)


# ---- words ---------------------------------------------------------------------------------------

CITIES = "City,Size,Price\nParis,30,5\nLyon,40,4\nParis,50,8\nNice,50,8"


@pytest.mark.parametrize("encode", [True, "City", "city", ["City"]])
def test_words_become_columns_with_a_named_baseline(encode: Any) -> None:
    table = Table.parse(CITIES, encode=encode)
    assert columns(table) == {
        "City = Nice": [0, 0, 0, 1],
        "City = Paris": [1, 0, 1, 0],
        "Size": [30, 40, 50, 50],
        "Price": [5, 4, 8, 8],
    }
    said = "City became 2 columns of 0 and 1, for Nice and Paris; a row of zeros means Lyon"
    assert said in words(table)


def test_a_frame_of_words_and_numbers_is_encoded() -> None:
    frame = pd.DataFrame({"x": [1, 2, 3], "sex": pd.Categorical(["M", "F", "M"]), "y": [1, 2, 4]})
    assert columns(Table.of(frame, encode=True))["sex = M"] == [1, 0, 1]
    assert columns(Table.of(pl.DataFrame({"x": [1, 2], "s": ["M", "F"], "y": [1, 2]}), encode="s"))
    assert "zone = 2" in columns(Table.parse("zone,y\n1,3\n2,5\n1,4", encode="zone"))
    alike = Table.parse("x,s,y\n1,M,2\n2,M,3", encode=True)
    assert alike.feature_names == ("x",)
    assert "Every row of s has the same word, M" in words(alike)
    nameless = Table.parse("1,a,2\n2,b,3\n3,a,4", encode=True)
    assert "column 2 became a column of 0 and 1, for b" in words(nameless)
    assert columns(nameless)["b"] == [0, 1, 0]


def test_targets_are_chosen_before_words_become_columns() -> None:
    table = Table.parse("sex,x,y,z\nM,1,2,3\nF,2,3,5\nM,3,4,4", ["x"], encode=True)
    assert table.target_names == ("x",)
    assert table.feature_names == ("sex = M", "y", "z")
    table = Table.parse("a,sex,y\n1,M,2\n2,F,3\n3,M,5", [-1, 0], encode=True)
    assert table.target_names == ("y", "a")


WORDS = {
    "a first column that repeats": (CITIES, "has 'Paris' in several rows", "encode='City'"),
    "and its other way": (CITIES, "does not name the rows", "drop='City'"),
    "another column": ("x,sex,y\n1,M,2\n2,F,3", "encode='sex' (--encode) makes", "drop='sex'"),
    "a frame": (
        pd.DataFrame({"x": [1, 2], "sex": ["M", "F"], "y": [1, 2]}),
        "encode='sex'",
        "pd.get_dummies(df, columns=['sex'], drop_first=True",
    ),
    "a target": ("x,y\n1,M\n2,F", "column 'y' is the target", "targets="),
    "names in the second column": (
        "Rank,City,y\n1,Paris,2\n2,Lyon,3\n3,Nice,5",
        "all differ, as names do: drop='Rank' (--drop) lets it name the rows",
        "drop='City' (--drop) leaves the column out",
    ),
    "dates": ("x,day,y\n1,2020-01-31,2\n2,2020-02-01,3", "it is a date", "drop='day'"),
    "times": ("x,day,y\n1,10:30,2\n2,11:00,3", "it is a date", "Count days"),
}


@pytest.mark.parametrize(("data", "what", "way"), WORDS.values(), ids=WORDS)
def test_words_are_refused_with_both_ways_out(data: Any, what: str, way: str) -> None:
    said = refused(data)
    assert what in said
    assert way in said


def test_what_cannot_be_encoded_is_refused() -> None:
    names = "x,n,y\n1,Ann,3\n2,Bob,3\n4,Cy,4"
    assert "has 3 different words in 3 rows, which are names" in refused(names, encode="n")
    assert "The target 'b' holds words" in refused("x,b\n1,M\n2,F", encode=True)
    assert "There is no column 'Citi': did you mean 'City'?" in refused(CITIES, encode=["Citi"])


# ---- thousands and decimals ----------------------------------------------------------------------

GERMAN = "Ort;Einw;Y\nA;2.155;1\nB;19.470;2"


@pytest.mark.parametrize("text", [GERMAN, GERMAN.replace(";", "\t")])
def test_points_before_three_digits_are_ambiguous_where_commas_do_not_part(text: str) -> None:
    said = refused(text)
    assert "holds '2.155', which may mean 2155 or 2.155" in said
    assert "thousands='.' (--thousands .) or decimal='.' (--decimal .)" in said
    values = {"thousands": 2155.0, "decimal": 2.155}
    for option, value in values.items():
        assert columns(Table.parse(text, **{option: "."}))["Einw"][0] == value  # type: ignore[arg-type]
    assert columns(Table.parse(text, decimal=","))["Einw"] == [2155, 19470]
    assert columns(Table.parse(text.replace("1\n", "12,5\n")))["Einw"] == [2155, 19470]
    assert columns(Table.parse(text.replace("1\n", "1,234,567\n")))["Einw"] == [2.155, 19.47]
    assert columns(Table.parse(text.replace("1\n", "0.5\n")))["Einw"] == [2.155, 19.47]


def test_three_decimals_between_commas_bars_and_blanks_are_decimals() -> None:
    for mark in (",", "|", "  "):
        assert columns(Table.parse(GERMAN.replace(";", mark)))["Einw"] == [2.155, 19.47]


def test_options_settle_commas_as_well() -> None:
    text = "a;b\n1,234;5\n2,500;6"
    assert columns(Table.parse(text, thousands=","))["a"] == [1234, 2500]
    assert columns(Table.parse(text, decimal=","))["a"] == [1.234, 2.5]
    assert columns(Table.parse(text, thousands=" "))["a"] == [1.234, 2.5]
    frame = pd.DataFrame({"a": ["1,234", "2,500"], "b": [5, 6]})
    assert columns(Table.of(frame, decimal=","))["a"] == [1.234, 2.5]
    assert "is not a number with a comma for decimals" in refused("a;b\n1.5;5", decimal=",")
    assert columns(Table.parse("a\tb\n1'234.5\t2\n1\u00a0234\t2\n3\t4"))["a"][:2] == [1234.5, 1234]


@pytest.mark.parametrize(
    ("how", "message"),
    [
        ({"decimal": ";"}, "decimal is ';'; it must be one of '.', ','"),
        ({"decimal": ",", "thousands": ","}, "decimal and thousands are both ','"),
        ({"missing": "fill"}, "missing is 'fill'; it must be 'drop'"),
        ({"mising": "drop"}, "'mising' is not an option of a table; did you mean 'missing'?"),
        ({"features": []}, "features is empty"),
        ({"features": "Y"}, "'Y' is to be both a feature and a target"),
        ({"drop": "Ein"}, "There is no column 'Ein': did you mean 'Einw'?"),
    ],
)
def test_options_are_checked(how: dict[str, Any], message: str) -> None:
    assert message in refused("Ort;Einw;Y\nA;2;1\nB;19;2", **how)


# ---- gaps and columns ----------------------------------------------------------------------------

MARKS = ["", "NA", "n/a", "-", "—", "?", "#N/A", "nan", "None", "null", ".", "#DIV/0!", "n.a."]


@pytest.mark.parametrize("mark", MARKS)
def test_rows_with_gaps_are_left_out_if_asked_and_named(mark: str) -> None:
    text = f"r\ta\tb\nA\t1\t2\nB\t{mark}\t3\nC\t4\t{mark}\nD\t5\t6"
    assert "missing='drop' (--drop-missing)" in refused(text)
    table = Table.parse(text, missing="drop")
    assert table.row_names == ("A", "D")
    assert columns(table) == {"a": [1, 5], "b": [2, 6]}
    assert "2 rows with gaps were left out: B and C. That leaves 2 rows." in words(table)


def test_gaps_in_frames_and_in_columns_that_are_left_out() -> None:
    frame = pd.DataFrame({"a": [1, np.nan, 3], "b": [1, 2, 4], "c": [None, "x", "y"]})
    assert Table.of(frame, "b", missing="drop", drop="c").rows == 2
    assert "row 2" in words(Table.of(frame, "b", missing="drop", drop="c"))
    assert "Each row has a gap" in refused("a,b\n1,NA\nNA,2", missing="drop")


def test_a_sign_of_a_spreadsheet_is_no_comment() -> None:
    for text in (
        "a\tb\n1\t#N/A\n2\t3\n3\t4",
        "a\tb\n1\t2\n#N/A\t3\n3\t4",
        "a b\n1 #REF!\n3 4\n3 5",
    ):
        assert "has no value, only '#" in refused(text)
    assert Table.parse("a b\n1 2 # N/A\n3 4 #yes").rows == 2


def test_columns_are_chosen_and_left_out() -> None:
    text = "id,a,b,c,y\n1,2,3,4,5\n2,3,4,7,6"
    assert [*columns(Table.parse(text, features=["c", "a"]))] == ["c", "a", "y"]
    assert [*columns(Table.parse(text, "b,y", features="c, a"))] == ["c", "a", "b", "y"]
    assert [*columns(Table.parse(text, drop="id"))] == ["a", "b", "c", "y"]
    assert [*columns(Table.parse(text, drop=[0, "c"]))] == ["a", "b", "y"]
    assert [*columns(Table.parse(text, "a", drop=-1))] == ["id", "b", "c", "a"]
    frame = pd.DataFrame({"Unnamed: 0": [0, 1], "a": [1, 2], "y": [3, 4]})
    assert Table.of(frame, drop="Unnamed: 0").row_names == ()
    assert Table.parse(CITIES, drop="City").row_names == ()
    ranked = Table.parse("rank,Town,a,y\n1,A,2,3\n2,B,3,5", drop="rank")
    assert ranked.row_names == ("A", "B")
    crops = Table.of(crop_yields(), features="Humidity")
    assert (crops.feature_names, crops.target_names) == (("Humidity",), ("Mangoes", "Oranges"))


# ---- what looks wrong ----------------------------------------------------------------------------

SUSPECT = {
    "a total": ("r,a,b\nA,1,2\nB,3,3\nC,4,5\nTotal,8,10", "The row Total is the sum of the others"),
    "a total above": ("r,a,b\nSumme,8,10\nA,1,2\nB,3,3\nC,4,5", "The row Summe is the sum"),
    "a total without a name": ("a,b\n1,2\n3,3\n4,5\n8,10", "Row 4 is the sum of the others"),
    "a mean": ("r,a,b\nA,1,2\nB,3,4\nMean,2,3", "The row Mean is the mean of the others"),
    "an id": ("id,a,b\n1,4,2\n2,3,3\n3,4,5", "id seems to number the rows"),
    "an id of customers": (
        "a,customer_id,b\n4,17,2\n3,12,3\n4,19,5",
        "customer_id seems to number",
    ),
    "a count": (
        "n,a,y\n" + "\n".join(f"{i},{i * i % 7},{i % 3}" for i in range(12)),
        "n seems to number the rows rather than to measure something. To leave it out: drop='n'",
    ),
    "rows for columns": (
        "Region,A,B,C,D\nTemperature,73,91,87,102\nRain,67,88,134,43\nMangoes,56,81,119,22",
        "look like columns. If rows and columns are swapped",
    ),
    "two long rows": ("size,1,2,3,4,5\nprice,10,20,30,40,55", "The rows size and price look like"),
    "years": ("x,2019,2020,2021\nRain,1,2,3\nYield,4,5,7", "look like columns"),
    "units in row names": (
        "x,p,q\nRain (mm),1,2\nYield (t),4,5\nWind (m/s),1,2",
        "look like columns",
    ),
    "a code for nothing": ("a,b\n1,2\n-999,3\n5,6", "a holds −999 in 1 row, which often stands"),
    "text with numbers in it": (
        "a,b,c\n5,1,2\nx,2,3\ny,3,5",
        "The first column, a, names the rows",
    ),
}


@pytest.mark.parametrize(("text", "said"), SUSPECT.values(), ids=SUSPECT)
def test_what_looks_wrong_is_said(text: str, said: str) -> None:
    assert said in words(Table.parse(text))


@pytest.mark.parametrize(
    "text",
    [
        crop_yields().to_csv(),
        "hours,grade\n1,52\n2,61\n3,70\n4,78",
        "year,rain,yield\n2019,5,7\n2020,6,8\n2021,7,9",
        "Site,Rain,Yield\nA,5,7\nB,6,8",
        "x,y\n1,2\n2,4\n3,6",
        "mid,y\n5,1\n7,2\n6,3",
    ],
)
def test_ordinary_tables_have_no_notes(text: str) -> None:
    assert Table.parse(text).notes == ()


def test_different_indexes_are_aligned_or_refused() -> None:
    inputs = pd.DataFrame({"a": [1, 2, 3]}, index=["p", "q", "r"])
    targets = pd.Series([1, 2, 4], index=["r", "q", "p"], name="y")
    table = Table.of((inputs, targets))
    assert columns(table) == {"a": [1, 2, 3], "y": [4, 2, 1]}
    assert "put in the order of the inputs" in words(table)
    said = refused((inputs, targets.reset_index(drop=True)))
    assert "row 1 is 'p' in the inputs and '0' in the targets" in said
    assert "targets.to_numpy()" in said
    assert "inputs.join(targets" in said
    assert Table.of((inputs, targets.to_numpy())).rows == 3


# ---- prints --------------------------------------------------------------------------------------

FRAME = pd.DataFrame({"x": [1, 2], "y": [1.5, 2.5]}, index=["A", "B"])
POLARS = pl.DataFrame({"r": ["A", "B"], "x": [1, 2], "y": [1.5, 2.5]})


def of_polars(**config: Any) -> str:
    with pl.Config(**config):
        return str(POLARS)


PRINTS = {
    "pandas": str(FRAME),
    "pandas with a named index": str(FRAME.rename_axis("Region")),
    "pandas with named columns": str(FRAME.rename_axis("Region").rename_axis("cols", axis=1)),
    "pandas with its shape": f"{FRAME}\n\n[2 rows x 2 columns]",
    "polars": str(POLARS),
    "polars in ASCII": of_polars(ascii_tables=True),
    "polars in Markdown": of_polars(tbl_formatting="MARKDOWN"),
    "polars without lines": of_polars(tbl_formatting="NOTHING"),
    "polars with borders only": of_polars(tbl_formatting="UTF8_BORDERS_ONLY"),
    "polars without types": of_polars(tbl_hide_column_data_types=True),
    "psql": " r | x |  y  \n---+---+-----\n A | 1 | 1.5\n B | 2 | 2.5\n(2 rows)\n",
    "MySQL": (
        "+---+---+-----+\n| r | x | y   |\n+---+---+-----+\n| A | 1 | 1.5 |\n| B | 2 | 2.5 |\n"
        "+---+---+-----+\n2 rows in set (0.00 sec)"
    ),
    "DuckDB": (
        "┌─────────┬───────┬────────┐\n│    r    │   x   │   y    │\n│ varchar │ int32 │ double │\n"
        "├─────────┼───────┼────────┤\n│ A       │     1 │    1.5 │\n│ B       │     2 │    2.5 │\n"
        "├─────────┴───────┴────────┤\n│ 2 rows         3 columns │\n└──────────────────────────┘"
    ),
    "Org": "| r | x | y |\n|---+---+---|\n| A | 1 | 1.5 |\n| B | 2 | 2.5 |",
    "our own": repr(Table.parse("r,x,y\nA,1,1.5\nB,2,2.5")),
    "a byte order mark and Windows' lines": "\ufeffr,x,y\r\nA,1,1.5\r\nB,2,2.5\r\n",
}


@pytest.mark.parametrize("text", PRINTS.values(), ids=PRINTS)
def test_what_programs_print_is_read(text: str) -> None:
    table = Table.parse(text)
    assert columns(table) == {"x": [1, 2], "y": [1.5, 2.5]}
    assert table.row_names == ("A", "B")
    assert table.notes == ()


def test_our_own_print_says_how_many_are_targets() -> None:
    table = Table.parse("r,a,b,c\nA,1,2,3\nB,4,5,7", ["b", "c"])
    assert Table.parse(repr(table)) == table
    named = crop_yields()
    few = Table(named.inputs[:3], named.targets[:3], named.feature_names, named.target_names)
    assert Table.parse(repr(few)).target_names == ("Mangoes", "Oranges")
    assert "only the first rows of the table were printed" in refused(repr(crop_yields()))


@pytest.mark.parametrize("header", ["city area price", "city        area  price"])
def test_row_names_of_two_words_keep_both(header: str) -> None:
    rows = "New York 10 20\nNew Orleans 12 25\nSan Jose 9 18"
    table = Table.parse(f"{header}\n{rows}")
    assert table.row_names == ("New York", "New Orleans", "San Jose")
    assert columns(table) == {"area": [10, 12, 9], "price": [20, 25, 18]}
    numbered = Table.parse("city area price\n1 York 10 20\n2 Orleans 12 25\n3 Jose 9 18")
    assert numbered.row_names == ("York", "Orleans", "Jose")  # R's row numbers are no names


def test_a_column_of_words_behind_row_names_can_still_be_encoded() -> None:
    text = "colour area price\napple red 10 20\npear green 12 25\nplum blue 9 18\nfig red 8 17"
    coded = Table.parse(text, encode=["colour"])
    assert coded.row_names == ("apple", "pear", "plum", "fig")
    assert coded.features == 3


R_PRINTED = """\
                   mpg cyl  disp
Mazda RX4         21.0   6 160.0
Mazda RX4 Wag     21.0   6 160.0
Datsun 710        22.8   4 108.0
Valiant           18.1   6 225.0
"""


def test_columns_that_one_blank_parts_below_their_names_are_columns() -> None:
    table = Table.parse(R_PRINTED)
    assert table.row_names == ("Mazda RX4", "Mazda RX4 Wag", "Datsun 710", "Valiant")
    assert columns(table) == {
        "mpg": [21, 21, 22.8, 18.1],
        "cyl": [6, 6, 4, 6],
        "disp": [160, 160, 108, 225],
    }


def test_a_blank_in_a_number_that_is_not_below_two_names_parts_thousands() -> None:
    text = (
        "            living area   price\n"
        "New York          1 234   5 678\n"
        "Boston town       2 345   6 789"
    )
    assert columns(Table.parse(text)) == {"living area": [1234, 2345], "price": [5678, 6789]}
    left = (
        "name          living area  price\n"
        "New York      1 234        5 678\n"
        "San Jose      2 345        6 789"
    )
    assert columns(Table.parse(left)) == {"living area": [1234, 2345], "price": [5678, 6789]}


def test_row_names_with_blanks_are_read_as_r_prints_them() -> None:
    text = (
        "                mpg cyl disp\nMazda RX4      21.0   6  160\nDatsun 710     22.8   4  108"
    )
    table = Table.parse(text)
    assert table.row_names == ("Mazda RX4", "Datsun 710")
    assert columns(table) == {"mpg": [21, 22.8], "cyl": [6, 4], "disp": [160, 108]}


@pytest.mark.parametrize("missing", [None, "drop"])
def test_a_print_that_leaves_rows_out_is_refused(missing: Any) -> None:
    long = {"x": range(100), "y": range(100)}
    for text in (str(pd.DataFrame(long)), str(pl.DataFrame(long))):
        assert "left out there" in refused(text, missing=missing)


AROUND_TABLES = {
    "title and source": (
        "Crop yields, by region\nRegion,Temp,Rain\nA,73,67\nB,74,70\nSource: FAO, 2020",
        "2 lines around the table were left out: 'Crop yields, by region' and 'Source: FAO, 2020'.",
    ),
    "a spreadsheet's title": (
        "Crop yields\t\t\n\t\t\nRegion\tTemp\tRain\nA\t73\t67\nB\t74\t70\n\t\t\nSource: FAO\t\t",
        "2 lines around",
    ),
    "a title of two words over blanks": (
        "Crop yields\n\nRegion  Temp  Rain\nA  73  67\nB  74  70",
        "1 line around the table was left out: 'Crop yields'.",
    ),
    "units below": ("Region,Temp,Rain\n,F,mm\nA,73,67\nB,74,70", "Line 2 holds the units."),
    "units below in brackets": ("Region\tTemp\tRain\n\t(F)\t[mm]\nA\t73\t67\nB\t74\t70", "Line 2"),
    "names in a comment": ("# a title\n# Region Temp Rain\nA 73 67\nB 74 70", "comment in line 2"),
}


@pytest.mark.parametrize(("text", "said"), AROUND_TABLES.values(), ids=AROUND_TABLES)
def test_what_stands_around_a_table_is_taken_off_and_said(text: str, said: str) -> None:
    table = Table.parse(text)
    units = " (F)" if "(F)" in repr(table) else ""
    assert bool(units) == ("Line 2" in said)
    assert columns(table)[f"Temp{units}"] == [73, 74]
    assert table.row_names == ("A", "B")
    assert said in words(table)


def test_a_title_is_found_where_no_cell_is_a_plain_number() -> None:
    rows = 'Flat,Price,Share\nA,"$1,200",43%\nB,$900,12%\nC,$950,15%'
    for text in (f"Prices\n{rows}", f"{rows}\nSource: me", f"Prices\n{rows}\nSource: me"):
        table = Table.parse(text)
        assert columns(table) == {"Price ($)": [1200, 900, 950], "Share (%)": [43, 12, 15]}
        assert table.row_names == ("A", "B", "C")
        assert "around the table" in words(table)


def test_what_is_wrong_below_a_title_is_said_and_not_the_title() -> None:
    assert "may mean 1200 or 1.2" in refused('Prices\na,b\n"1,200",2\n900,3')
    assert "Line 4 has 1 cell" in refused("Prices\na,b\n1,2\n3\n4,5")


def test_a_row_is_never_taken_for_a_title() -> None:
    assert "Line 3 has 2 cells" in refused("a,b,c\n1,2,3\n4,5")
    assert "holds 'TRUE'" in refused("a,b\n1,TRUE\n2,1")
    assert "Line 2 has 2 cells" in refused("Mean temp Rain\n1 2\n3 4")


# ---- Python's own --------------------------------------------------------------------------------

Row = namedtuple("Row", ["a", "b"])  # noqa: PYI024 - as csv readers and databases give them

ROWS = {
    "dicts": [{"a": 1, "b": 2}, {"a": 3, "b": 5}],
    "lists below a header": [["a", "b"], [1, 2], [3, 5]],
    "texts below a header": [["a", "b"], ["1", "2"], ["3", "5"]],
    "tuples with names": [Row(1, 2), Row(3, 5)],
}


@pytest.mark.parametrize("rows", ROWS.values(), ids=ROWS)
def test_lists_of_rows_are_read(rows: Any) -> None:
    assert columns(Table.of(rows)) == {"a": [1, 3], "b": [2, 5]}


def test_rows_without_names_are_read() -> None:
    assert columns(Table.of([[1, 2], [3, 5]])) == {"x1": [1, 3], "y": [2, 5]}
    assert Table.of([("A", 1, 2), ("B", 3, 5)]).row_names == ("A", "B")
    assert "Row 2, column 'b' holds nan" in refused([{"a": 1, "b": 2}, {"a": 3}])


def test_scikit_learns_data_sets_are_read() -> None:
    from sklearn import datasets

    bunch = datasets.load_diabetes()
    for data in (bunch, datasets.load_diabetes(as_frame=True)):
        table = Table.of(data)
        assert table.feature_names == tuple(bunch.feature_names)
        assert table.target_names == ("target",)
    assert Table.of(datasets.load_diabetes(return_X_y=True)).features == 10
    assert Table.of(datasets.load_linnerud()).target_names == ("Weight", "Waist", "Pulse")
    assert Table.of(datasets.load_iris()).feature_units == ("cm",) * 4


FOREIGN = {
    "JSON": ('[{"a": 1, "b": 2}]', "This is JSON", "pd.read_json"),
    "JSON by columns": ('{"a": [1, 2]}', "This is JSON", "pd.read_json"),
    "JSON in lines": ('{"a": 1}\n{"a": 2}', "This is JSON", "pd.read_json"),
    "HTML": ("<table><tr><td>1</td></tr></table>", "This is HTML", "pd.read_html"),
    "a page": ("<!DOCTYPE html>\n<html>", "This is HTML", "pd.read_html"),
    "XML": ("<?xml version='1.0'?><a/>", "This is XML", "pd.read_xml"),
    "LaTeX": ("\\begin{tabular}{l}\na & b \\\\\n1 & 2\\\\", "This is LaTeX", "a comma for each &"),
    "LaTeX's rows": ("a & b \\\\\n1 & 2 \\\\", "This is LaTeX", "a comma for each &"),
    "ARFF": ("% c\n@relation x\n@attribute a real\n@data\n1,2", "This is ARFF", "loadarff"),
    "NumPy": ("[[1 2]\n [3 4]]", "This is a printed array", "Table.of"),
    "torch": ("tensor([[1., 2.]])", "This is a printed array", "Table.of"),
    "an address": ("https://example.org/a.csv", "is an address", "pd.read_csv(url)"),
    "SQL": ("INSERT INTO t (a, b) VALUES\n(1, 2),\n(3, 4);", "This is SQL", "pd.read_sql"),
    "a query": ("SELECT a, b FROM t WHERE a > 1", "This is SQL", "pd.read_sql"),
    "YAML": ("- a: 1\n  b: 2\n- a: 3\n  b: 5", "This is YAML", "yaml.safe_load"),
    "Python": ("x = [1, 2, 3]\ny = [2, 4, 7]", "This is code", "Table.of((x, y))"),
    "NumPy's code": ("x = np.array([1, 2])\ny = np.array([2, 3])", "This is code", "run it"),
    "R": ("x <- c(1, 2, 3)\ny <- c(2, 4, 7)", "This is code", "write.csv(data)"),
    "R's dput": ("structure(list(x = c(1, 2), y = c(3, 5)))", "This is code", "write.csv(data)"),
    "MATLAB": ("A = [1 2; 3 4]", "This is code", "run it"),
}


@pytest.mark.parametrize(("text", "what", "way"), FOREIGN.values(), ids=FOREIGN)
def test_other_formats_are_named_with_the_way_to_read_them(text: str, what: str, way: str) -> None:
    said = refused(text)
    assert what in said
    assert way in said


def test_a_path_may_begin_at_home_and_an_address_is_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / "crops.csv").write_text(crop_yields().to_csv())
    assert Table.of("~/crops.csv", 2) == crop_yields()
    assert Table.of(Path("~/crops.csv"), 2).name == "crops"
    with pytest.raises(TableError, match=r"is an address: read it with pd\.read_csv\(url\)"):
        Table.of("https://example.org/crops.csv")


@pytest.mark.parametrize(
    ("first", "noted"),
    [
        (["1.5", "2.7", "9.0"], True),
        (["12", "12", "30"], True),
        (["1", "2", "3"], False),
        (["207", "11", "3"], False),
        (["u", "v", "v"], False),
    ],
)
def test_measurements_without_a_heading_name_no_rows_in_silence(
    first: list[str],
    noted: bool,  # noqa: FBT001
) -> None:
    text = "\n".join([",a,y", *(f"{cell},{at},{at * at}" for at, cell in enumerate(first))])
    frame = pd.DataFrame({"": first, "a": [0, 1, 2], "y": [0, 1, 4]})
    numbers = frame if "u" in first else frame.astype(float)
    for table in (Table.parse(text), Table.of(frame), Table.of(numbers)):
        assert table.features == 1
        assert ("The first column has no name" in words(table)) == noted


def test_notes_do_not_pile_up_when_a_table_is_read_again() -> None:
    table = Table.parse("id,a,b\n1,$4,2\n2,$3,3\n3,$4,5")
    again = Table.of(table, ["a"])
    assert [note.words for note in again.notes] == [note.words for note in table.notes]
    assert textwrap.dedent(repr(again)).count("seems to number") == 1


@pytest.mark.parametrize(
    "cells",
    [
        ("5 kg", "700 g", "6 kg"),
        ("43%", "0.5", "12%"),
        ("1/2", "3/4", "1/4"),
        ("½", "¼", "¾"),
        ("1±0.1", "3±0.2", "5±0.1"),
        ("~1", "~3", "~5"),
        ("20-30", "30-40", "40-50"),
        ("2020-01-01", "2020-01-02", "2020-01-03"),
        ("0x10", "0x11", "0x12"),
        ("=5", "=6", "=7"),
        ("5+", "6+", "7+"),
        ("TRUE", "FALSE", "maybe"),
    ],
)
@pytest.mark.parametrize("header", ["q,a,y\n", ""])
def test_a_first_column_that_may_be_meant_as_numbers_is_never_silently_names(
    cells: tuple[str, ...], header: str
) -> None:
    rows = "\n".join(f"{cell},{at * at},{2 * at + 1}" for at, cell in enumerate(cells))
    table = Table.parse(header + rows)
    assert table.row_names == cells
    assert any("names the rows" in note.words for note in table.notes)


def test_digits_and_groups_of_other_places_are_numbers() -> None:
    for one, other in (("١٢", "٤٫٥"), ("१२", "4.5"), ("１２", "４.５"), ("۱۲", "۴٫۵")):
        assert Table.parse(f"a,b\n{one},3\n{other},5").inputs.ravel().tolist() == [12, 4.5]
    lakhs = Table.parse("a;b\n1,23,456;1\n12,34,567;2\n12,345;3")
    assert lakhs.inputs.ravel().tolist() == [123_456, 1_234_567, 12_345]
    rupees = Table.parse('a,b\n"₹1,23,456",1\n"₹12,34,567",2')
    assert (rupees.inputs.ravel().tolist(), rupees.feature_units) == ([123_456, 1_234_567], ("₹",))


def test_money_with_points_before_three_digits_is_asked_about() -> None:
    text = "price,n\n€1.200,1\n€900,2"
    with pytest.raises(TableError, match=r"'1.200', which may mean 1200 or 1.2"):
        Table.parse(text)
    assert Table.parse(text, thousands=".").inputs.ravel().tolist() == [1200, 900]
    fuel = Table.parse("price,n\n€1.459,1\n€1.5,2")
    assert fuel.inputs.ravel().tolist() == pytest.approx([1.459, 1.5])


def test_numbers_that_begin_with_0_are_noticed_as_codes() -> None:
    told = [note.words for note in Table.parse("zip,a,y\n01234,1,2\n94110,3,5").notes]
    words = "zip holds 01234, and numbers that begin with 0 are codes more often than amounts."
    assert told == [f"{words} To leave it out: drop='zip' (--drop)."]
    assert Table.parse("a,b,y\n0,0.5,0\n1,00,05").notes == ()
