"""What people paste is read as what they meant, and what is no table is refused in words."""

import textwrap
from pathlib import Path

import numpy as np
import pytest

from linreg_widget.errors import TableError
from linreg_widget.table.numerals import is_number
from linreg_widget.table.table import Table, crop_yields
from tests.table.seen import rows

# The table as the article's two captures have it: a header cell on each line, trailing bars and
# blank lines between the rows; and columns parted by blanks.
ROWS = [
    "A 73 67 43 56 70",
    "B 91 88 64 81 101",
    "C 87 134 58 119 133",
    "D 102 43 37 22 37",
    "E 69 96 70 103 119",
    "F 74 66 43 57 69",
    "G 91 87 65 80 102",
    "H 88 134 59 118 132",
    "I 101 44 37 21 38",
    "J 68 96 71 104 118",
    "K 73 66 44 57 69",
    "L 92 87 64 82 100",
    "M 87 135 57 118 134",
    "N 103 43 36 20 38",
    "O 68 97 70 102 120",
]
HEADER = [
    "Region",
    "Temperature (F)",
    "Rainfall (mm)",
    "Humidity (%)",
    "Mangoes (ton)",
    "Oranges (ton)",
]
BARS = "".join(f"{name} |\n" for name in HEADER) + "".join(
    "\n" + row.replace(" ", " | ") + " |\n" for row in ROWS
)
ALIGNED = "\n".join([" ".join(HEADER), *ROWS])


def parse(text: str, targets: object = None) -> Table:
    return Table.parse(textwrap.dedent(text), targets)  # type: ignore[arg-type]


def refused(text: str, targets: object = None) -> str:
    with pytest.raises(TableError) as caught:
        parse(text, targets)
    return str(caught.value)


@pytest.mark.parametrize(
    "text",
    [
        BARS,
        BARS.replace("\n", "\r\n"),
        "\ufeff" + ALIGNED,
        ALIGNED.replace(" (", "\u00a0("),
        ALIGNED.replace("(", "[").replace(")", "]"),
        "\n".join([",".join(HEADER), *(row.replace(" ", ",") for row in ROWS)]),
        "\n".join(["\t".join(HEADER), *(row.replace(" ", "\t") for row in ROWS)]),
        "\r".join([" ; ".join(HEADER), *(row.replace(" ", " ; ") for row in ROWS)]),
        "\n".join(["  ".join(HEADER), *(row.replace(" ", "   ") for row in ROWS)]),
        crop_yields().to_csv(),
        crop_yields().to_frame().to_csv(),
        crop_yields().to_frame().to_csv(sep="|"),
        crop_yields().to_frame().to_string(),
    ],
    ids=[
        "bars",
        "crlf",
        "bom",
        "nbsp",
        "square",
        "commas",
        "tabs",
        "cr",
        "wide",
        "own csv",
        "pandas csv",
        "pandas bars",
        "pandas print",
    ],
)
def test_the_articles_table_is_read_from_every_format(text: str) -> None:
    assert Table.parse(text, ["Mangoes", "Oranges"]) == crop_yields()


def names(table: Table) -> list[str]:
    return [*table.feature_names, *table.target_names]


PASTED = {
    "R's print(df), with row numbers, takes the text column for row names": (
        """
          Region Rain Yield
        1      A   67    56
        2      B   88    81
        """,
        ["Rain", "Yield"],
        [[67, 56], [88, 81]],
        ("A", "B"),
    ),
    "R's print(df) with row names": (
        """
            x     y     z
        A 1.0   2.0   3.0
        B 1.5   2.5   3.5
        """,
        ["x", "y", "z"],
        [[1, 2, 3], [1.5, 2.5, 3.5]],
        ("A", "B"),
    ),
    "R's write.table": (
        '"x" "y z"\n"a b" 1 2\n"c" 3 4',
        ["x", "y z"],
        [[1, 2], [3, 4]],
        ("a b", "c"),
    ),
    "R's write.csv": ('"","x","y"\n"1",1,2\n"2",3,4', ["x", "y"], [[1, 2], [3, 4]], ("1", "2")),
    "a tibble": (
        """
        # A tibble: 2 × 3
          Region  Rain Yield
          <chr>  <dbl> <dbl>
        1 A       67.5    56
        2 B       88      81
        """,
        ["Rain", "Yield"],
        [[67.5, 56], [88, 81]],
        ("A", "B"),
    ),
    "pandas' print(df), with columns named by numbers": (
        "   0  1\n0  5  6\n1  8  9",
        ["0", "1"],
        [[5, 6], [8, 9]],
        ("0", "1"),
    ),
    "pandas' print(df) of rows that were left over": (
        "    x  Rain (mm)\n5   1          2\n9  -3         40",
        ["x", "Rain"],
        [[1, 2], [-3, 40]],
        ("5", "9"),
    ),
    "Excel's copy, with thousands and an empty last column": (
        "Town\tRain (mm)\tYield\t\r\nA\t1,234.5\t3\t\r\nB\t1,235\t4\t\r\n\t\t\t\r\n",
        ["Rain", "Yield"],
        [[1234.5, 3], [1235, 4]],
        ("A", "B"),
    ),
    "LibreOffice's decimal commas, points for thousands": (
        "Ort;Regen;Ertrag\nA;1,5;2\nB;2,25;1.234",
        ["Regen", "Ertrag"],
        [[1.5, 2], [2.25, 1234]],
        ("A", "B"),
    ),
    "French numbers": ("a;b\n1\u202f234,5;2\n3;4", ["a", "b"], [[1234.5, 2], [3, 4]], ()),
    "Swiss numbers": ("a\tb\n1'234.5\t2\n3\t4", ["a", "b"], [[1234.5, 2], [3, 4]], ()),
    "decimal commas between blanks": ("x y\n1,5 2\n3 4,25", ["x", "y"], [[1.5, 2], [3, 4.25]], ()),
    "quoted decimal commas between commas": (
        'x,y\n"1,5",2\n3,4',
        ["x", "y"],
        [[1.5, 2], [3, 4]],
        (),
    ),
    "Excel's hint of the separator": ("sep=;\na;b\n1;2", ["a", "b"], [[1, 2]], ()),
    "Markdown with a rule and outer bars": (
        """
        | Region | Rain [mm] | Mean temp | Yield |
        |:-------|----------:|-----------|:-----:|
        | A      | 1.5       | 3         | 4     |
        | B \\| C | −2        | 5         | 6     |
        """,
        ["Rain", "Mean temp", "Yield"],
        [[1.5, 3, 4], [-2, 5, 6]],
        ("A", "B | C"),
    ),
    "Markdown without outer bars, in a fence": (
        "```\na | b\n-|-\n1 | 2\n```",
        ["a", "b"],
        [[1, 2]],
        (),
    ),
    "Markdown with a bar missing at a row's end": (
        "| a | b |\n|--|--|\n| 1 | 2\n",
        ["a", "b"],
        [[1, 2]],
        (),
    ),
    "a frame of signs": (
        "+---+---+\n| a | b |\n+===+===+\n| 1 | 2 |\n+---+---+",
        ["a", "b"],
        [[1, 2]],
        (),
    ),
    "rules below aligned names": ("==  ==\na   b\n--  --\n1   2\n==  ==", ["a", "b"], [[1, 2]], ()),
    "names with blanks, aligned by two": (
        "Mean temp  Rain fall (mm)  Yield\n1          2               3",
        ["Mean temp", "Rain fall", "Yield"],
        [[1, 2, 3]],
        (),
    ),
    "row names with blanks, aligned by two": (
        "Site    a  b\nSite 1  5  6\nSite 2  7  8",
        ["a", "b"],
        [[5, 6], [7, 8]],
        ("Site 1", "Site 2"),
    ),
    "tabs and blanks mixed": ("a\tb   c\n1\t 2 3", ["a", "b", "c"], [[1, 2, 3]], ()),
    "no name above quoted row names": (
        'a b\n"p q" 1 2\n"r s" 3 4',
        ["a", "b"],
        [[1, 2], [3, 4]],
        ("p q", "r s"),
    ),
    "no name above the row names": ("a b\nA 1 2\nB 3 4", ["a", "b"], [[1, 2], [3, 4]], ("A", "B")),
    "row names in another order": (",a,b\n5,1,2\n9,3,4", ["a", "b"], [[1, 2], [3, 4]], ("5", "9")),
    "no header": ("1,2,3\n4,5,6", ["x1", "x2", "y"], [[1, 2, 3], [4, 5, 6]], ()),
    "no header, but row names": ("A 1 2\nB 4 5", ["x1", "y"], [[1, 2], [4, 5]], ("A", "B")),
    "one row without header": ("A 1 2", ["x1", "y"], [[1, 2]], ("A",)),
    "a column without name": ("a,,c\n1,2,3", ["a", "x2", "c"], [[1, 2, 3]], ()),
    "a made-up name that is taken": ("x2,,c\n1,2,3", ["x2", "x3", "c"], [[1, 2, 3]], ()),
    "a last column without name": (
        "a,b,\n1,2,3\n4,5,6",
        ["a", "b", "y"],
        [[1, 2, 3], [4, 5, 6]],
        (),
    ),
    "a header of mostly names": ("Country,GDP,2019\nA,1,2", ["GDP", "2019"], [[1, 2]], ("A",)),
    "quoted cells": (
        'name,"Rain, total (mm)","say ""y"""\n"a ""b""", 1, 2\n"c\nd", 3, "4"',
        ["Rain, total", 'say "y"'],
        [[1, 2], [3, 4]],
        ('a "b"', "c d"),
    ),
    "quotes that seem to run on where semicolons part": (
        ',x,"b;"\nA,0,1\n";0",2,3',
        ["x", "b;"],
        [[0, 1], [2, 3]],
        ("A", ";0"),
    ),
    "inches": ('5" pipe,y\n1,2', ['5" pipe', "y"], [[1, 2]], ()),
    "comments": (
        "# made up, all of it\nx #1, y # 2\n1, 2  # first, big\n\n   # more\n3, 4 # last",
        ["x #1", "y # 2"],
        [[1, 2], [3, 4]],
        (),
    ),
    "row names with a number sign": (
        "t,a,b\nSite #2,1,2\nB # 3,3,4",
        ["a", "b"],
        [[1, 2], [3, 4]],
        ("Site #2", "B # 3"),
    ),
    "a column named #": (
        "#,Height,Weight\n1,180,80",
        ["#", "Height", "Weight"],
        [[1, 180, 80]],
        (),
    ),
    "unicode minus and exponents": (
        "x\ty\n−1.5\t2E−3\n+.5\t5.",
        ["x", "y"],
        [[-1.5, 2e-3], [0.5, 5]],
        (),
    ),
    "dates as row names": ("day,x,y\n2020-01-31,1,2", ["x", "y"], [[1, 2]], ("2020-01-31",)),
    "Chinese names and brackets": (
        "地区,降雨量（毫米）,产量\n甲,1,2",
        ["降雨量", "产量"],
        [[1, 2]],
        ("甲",),
    ),
    "control characters": ("x\x00,y\x1b[0m\n1\x07,2", ["x", "y"], [[1, 2]], ()),
}


@pytest.mark.parametrize(("text", "columns", "values", "row_names"), PASTED.values(), ids=PASTED)
def test_what_people_paste_is_read(
    text: str, columns: list[str], values: list[list[float]], row_names: tuple[str, ...]
) -> None:
    table = parse(text)
    assert names(table) == columns
    np.testing.assert_array_equal(rows(table), np.array(values, dtype=np.float32))
    assert table.row_names == row_names


def test_units_in_brackets_are_kept_apart_from_names() -> None:
    table = parse("Rain (mm),Wind[m/s],Heat(W/(m²·K)),log(x),(mm),Yield (ton per ha)\n1,2,3,4,5,6")
    assert table.feature_names == ("Rain", "Wind", "Heat", "log(x)", "(mm)")
    assert table.feature_units == ("mm", "m/s", "W/(m²·K)", "", "")
    assert (table.target_names, table.target_units) == (("Yield",), ("ton per ha",))


def test_names_that_differ_by_their_unit_alone_stay_whole() -> None:
    table = parse("Temp (F),Temp (C),Rain (mm)\n1,2,3", "Rain")
    assert table.feature_names == ("Temp (F)", "Temp (C)")
    assert table.feature_units == ("", "")


@pytest.mark.parametrize(
    "text", ["1", "-1.5", "+2.", ".5", "1e5", "1,5", "1.234,5", "1,234,567", "−3"]
)
def test_these_are_numbers(text: str) -> None:
    assert is_number(text)


@pytest.mark.parametrize(
    "text", ["", "e5", "1_000", "0x1f", "1-2", "nan", "inf", "1,23,4", "12 34", "٣"]
)
def test_these_are_no_numbers(text: str) -> None:
    assert not is_number(text)


REFUSED = {
    "nothing": ("", "The text is empty: write a table, a header and a line for each row."),
    "comments only": ("\n # x\n\n", "The text is empty: write a table"),
    "separators only": (",,\n,,", "All cells are empty: write numbers into them."),
    "rules only": ("----\n====", "The text has ruled lines but no cells: write a header"),
    "a header only": (
        "\na,b\n",
        "Line 2 is a header without rows: write a line of numbers for each",
    ),
    "one column": (
        "y\n1\n2",
        (
            "has one column only, but at least two are needed, a feature and a target: "
            "separate columns with commas, tabs, semicolons, bars or blanks."
        ),
    ),
    "row names and one column": (
        "r,y\nA,1",
        (
            "only one column of numbers (the first, with 'A' in it, names the rows), but "
            "at least two are needed, a feature and a target: add columns of numbers."
        ),
    ),
    "a short row": (
        "a,b,c\n1,2,3\n\n# note\n4,5\n",
        ("Line 5 has 2 cells, but the header has 3: give every row the same number of cells."),
    ),
    "a long row": ("a;b\n1;2\n1;2;3", "Line 3 has 3 cells, but the header has 2: give every row"),
    "a short row without header": ("1,2\n3,4\n5", "Line 3 has 1 cell, but most rows have 2: give"),
    "a short row of quoted cells": (
        'a,b,c\n"1","2","3"\n"4,5",6',
        "Line 3 has 2 cells, but the header",
    ),
    "names with single blanks": (
        "Mean temp Rain\n1 2\n3 4",
        (
            "Line 2 has 2 cells, but the header has 3: give every row the same number of "
            "cells, put names that hold blanks in quotes, or separate"
        ),
    ),
    "a number too many for row numbers": (
        "a,b\n5,1,2\n9,3,4",
        "Line 2 has 3 cells, but the header has 2",
    ),
    "text among numbers": (
        "a,b\n1,2\n3,9l",
        (
            "Line 3, column 'b' holds '9l', which is not a number: write a number such "
            "as 3.5 or 1e-3 (only the first column may hold text)."
        ),
    ),
    "text among the first column's numbers": (
        "a,b\n1,2\n9l,2\n4,5",
        "Line 3, column 'a' holds '9l'",
    ),
    "a second column of text": (
        "City,Land,x\nA,B,1",
        "Line 2, column 'Land' holds 'B', which is not",
    ),
    "text in the first line of numbers": (
        "12,abc,3\n4,5,6",
        (
            "Line 1 (a row, not a header: too few cells are names), column 2 holds "
            "'abc', which is not a number"
        ),
    ),
    "a slip in the first of two columns": (
        "4,1.2.3\n5,6",
        "Line 1 (a row, not a header: too few cells are names), column 2 holds '1.2.3'",
    ),
    "text without header, after row names": ("A,1,2\nB,x,4", "Line 2, column 2 holds 'x'"),
    "a percentage among plain numbers": (
        "a,b\n1,43%\n2,5",
        "holds '43%', which is not a number: write 43 alone, with the unit in brackets",
    ),
    "two currencies": ("a\tb\n1\t$5\n2\t€6", "holds '$5', which is not a number: write 5 alone"),
    "a truth among numbers": (
        "a,b\n1,TRUE\n2,1",
        "holds 'TRUE', which is not a number: write 1 for true and 0 for false.",
    ),
    "a long text": ("a,b\n1," + "z" * 500, "holds '" + "z" * 39 + "…', which is not a number"),
    "a missing value": (
        "a,b\n1,\n2,3",
        "Line 2, column 'b' is empty: fill it in, or leave the whole row",
    ),
    "a missing value at the start": ("a,b\n1,2\n,3", "Line 3, column 'a' is empty: fill it in"),
    "NA": ("a b\n1 NA\n2 3", "Line 2, column 'b' has no value, only 'NA': fill it in, or leave"),
    "pandas' dots": (
        "    a   b\n0   1   2\n..  ..  ..\n9   3   4",
        "Line 3, column 'a' has no value, only",
    ),
    "infinity": (
        "a,b\n1,-inf",
        (
            "Line 2, column 'b' holds '-inf': a loss with infinity in it cannot fall: "
            "use a finite number, or leave the row out."
        ),
    ),
    "infinity as a sign": ("a,b\n1,∞", "Line 2, column 'b' holds '∞': a loss with infinity"),
    "beyond float32": (
        "a,b\n1,1e39",
        (
            "Line 2, column 'b' holds '1e39': that is beyond float32's range, about "
            "±3.4e38: measure the column in a larger unit."
        ),
    ),
    "beyond float64": (
        "a,b\n1,-1e999",
        "Line 2, column 'b' holds '-1e999': that is beyond float32's",
    ),
    "the same name twice": (
        "\na,b, a \n1,2,3",
        ("Line 2: More than one column is named 'a': give every column a name of its own."),
    ),
    "the same name and unit twice": (
        "a (m),a (m)\n1,2",
        "Line 1: More than one column is named 'a (m)'",
    ),
    "thousands or decimals": (
        "a;b\n1;2\n1,234;2",
        (
            "Line 3, column 'a' holds '1,234', which may mean 1234 or 1.234: write one of these, "
            "or say which: thousands=',' (--thousands ,) or decimal=',' (--decimal ,)."
        ),
    ),
    "points and commas": (
        "a;b\n1,5;2\n1;2.5",
        (
            "Line 2, column 'a' holds '1,5', but line 3, column 'b' holds '2.5': write "
            "all decimals with a point, or all with a comma."
        ),
    ),
    "an open quote": (
        'a,b\n"x\ny",2\n1,"2\n3,4',
        ("Line 4 opens a quote that is never closed: close it, or double it inside a quoted cell"),
    ),
    "a quote over lines": (
        'a;b\n1;2\n3;"4\n";5;6\n7;8',
        ("From line 3 on, a quote opened on one line is closed on another, in the middle of a row"),
    ),
    "a row below quoted line breaks": ('"a\nb",c\n"1\n",2\n3,x', "Line 5, column 'c' holds 'x'"),
    "a path": (
        "data/crops.csv",
        "'data/crops.csv' looks like a file's path: use Table.of to read it.",
    ),
    "an endless line": (
        "1," * 20_000 + "1",
        "Line 1 has 20,001 cells, and text can have at most 10,000",
    ),
    "an endless line among many": (
        "1," * 9_000 + "1\n" + "1,2\n" * 40_000,
        "has 9001 cells, but line 1",
    ),
}


@pytest.mark.parametrize(("text", "message"), REFUSED.values(), ids=REFUSED)
def test_what_is_no_table_is_refused_in_words(text: str, message: str) -> None:
    assert message in refused(text)


def test_a_hundred_thousand_cells_can_be_typed_and_no_more() -> None:
    line = "1,2,3,4\n"
    assert Table.parse(line * 25_000).rows == 25_000
    message = refused(line * 25_001)
    assert message.startswith(
        "The text has 100,004 cells, and 100,000 is the most that can be typed"
    )
    assert message.endswith(
        "pass large tables to Table.of, as a DataFrame or as the path of a CSV file."
    )


@pytest.mark.parametrize("text", [None, 5, b"a,b\n1,2", Path("crops.csv")])
def test_what_is_no_text_is_refused(text: object) -> None:
    with pytest.raises(TableError, match=r"Table.parse reads text, not \w+: use Table.of."):
        Table.parse(text)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "end", ["\u2028", "\u2029", "\x85", "\v", "\f", "\n\f", "\x1e", "\r", "\n\r"]
)
def test_a_line_ends_however_its_program_ends_lines(end: str) -> None:
    """Word ends lines by a vertical tab. In one line, "1,2 2,3 3,5" would be 1.2, 2.3 and 3.5."""
    table = Table.parse(end.join(["Rain,Mangoes", "1,2", "2,3", "3,5", ""]))
    assert (table.feature_names, table.target_names) == (("Rain",), ("Mangoes",))
    assert table.inputs.tolist() == [[1], [2], [3]]
    assert table.targets.tolist() == [[2], [3], [5]]
