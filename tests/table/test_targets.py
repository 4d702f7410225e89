"""Targets are chosen by name, by position or by count, and never by guessing."""

import re

import numpy as np
import pytest

from linreg_widget.errors import TableError
from linreg_widget.table.table import Table, crop_yields

CROPS = crop_yields().to_csv()


def targets(asked: object, text: str = CROPS) -> tuple[str, ...]:
    return Table.parse(text, asked).target_names  # type: ignore[arg-type]


def test_the_last_column_is_the_target_by_default() -> None:
    assert targets(None) == ("Oranges",)


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ("Mangoes", ("Mangoes",)),
        ("mangoes (TON)", ("Mangoes",)),
        ("  Mangoes [ton] ", ("Mangoes",)),
        ("Mangoes(ton)", ("Mangoes",)),
        (["Oranges", "Mangoes"], ("Oranges", "Mangoes")),
        (("Mangoes", -1), ("Mangoes", "Oranges")),
        (1, ("Oranges",)),
        (2, ("Mangoes", "Oranges")),
        (np.int64(2), ("Mangoes", "Oranges")),
        (-2, ("Mangoes",)),
        ([2], ("Humidity",)),
        ([3, 4], ("Mangoes", "Oranges")),
        (range(3, 5), ("Mangoes", "Oranges")),
        (np.array([3, 4]), ("Mangoes", "Oranges")),
        ([-1, -2], ("Oranges", "Mangoes")),
        ("2", ("Mangoes", "Oranges")),
        (["2"], ("Mangoes", "Oranges")),
        (["3", "4"], ("Mangoes", "Oranges")),
        (["-2"], ("Mangoes",)),
    ],
    ids=repr,
)
def test_targets_by_name_by_position_and_by_count(asked: object, expected: tuple[str, ...]) -> None:
    assert targets(asked) == expected


def test_the_other_columns_are_features_in_their_order() -> None:
    table = Table.parse(CROPS, ["Oranges", "Rainfall"])
    assert table.feature_names == ("Temperature", "Humidity", "Mangoes")
    assert table.targets[0].tolist() == [70, 67]


def test_a_name_that_is_a_number_goes_before_a_count() -> None:
    text = ",2,7\na,1,2"
    assert targets("2", text) == ("2",)
    assert targets(["2"], text) == ("2",)
    assert targets(1, text) == ("7",)


def test_case_counts_only_where_it_must() -> None:
    text = "x,X,y\n1,2,3"
    assert targets("X", text) == ("X",)
    assert targets("Y", text) == ("y",)
    with pytest.raises(TableError, match="'Rain' may be any of 'rain', 'RAIN': write it exactly"):
        targets("Rain", "rain,RAIN,y\n1,2,3")


def test_without_a_header_targets_are_named_y_and_features_x() -> None:
    table = Table.parse("1,2,3,4", [0, 2])
    assert table.feature_names == ("x1", "x2")
    assert table.target_names == ("y1", "y2")
    assert table.inputs.tolist() == [[2, 4]]


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ("Mangos", "There is no column 'Mangos': did you mean 'Mangoes'?"),
        ("RAINFAL", "There is no column 'RAINFAL': did you mean 'Rainfall'?"),
        (
            "Yield",
            ("There is no column 'Yield': the columns are 'Temperature', 'Rainfall', 'Humidity',"),
        ),
        (["Mangoes", "q" * 99], "There is no column '" + "q" * 39 + "…'"),
        (["Mangoes", "mangoes (ton)"], "The target 'Mangoes' is named twice: name each"),
        ([3, -2], "The target 'Mangoes' is named twice"),
        ([], "targets is empty: name at least one column, or leave targets out."),
        (
            0,
            (
                "targets=0 asks for no target at all: a lone number counts the last columns. "
                "For the first column write targets=[0] or its name."
            ),
        ),
        ("0", "targets=0 asks for no target at all"),
        (
            5,
            (
                "targets=5 asks for the last 5 columns, but the table has 5 columns of "
                "numbers and at least one must stay a feature: ask for at most 4."
            ),
        ),
        (2019, "targets=2019 asks for the last 2019 columns"),
        (
            [0, 1, 2, 3, 4],
            (
                "All 5 columns are targets, so no feature is left to predict them from: "
                "choose fewer targets."
            ),
        ),
        (
            [5],
            (
                "There is no target at position 5: the table has 5 columns of numbers, at "
                "positions 0 to 4 (or -1, the last, to -5). A column whose name is a number "
                "is asked for by that name"
            ),
        ),
        (-6, "There is no target at position -6"),
        (["3", "9"], "There is no target at position 9"),
        (True, "targets must be names, whole numbers or a list of them, not 'True' (bool)."),
        (2.0, "targets must be names, whole numbers or a list of them, not '2.0' (float)."),
        ([None], "not 'None' (NoneType)."),
    ],
    ids=lambda value: repr(value)[:20],
)
def test_targets_that_are_not_there_are_refused_in_words(asked: object, message: str) -> None:
    with pytest.raises(TableError, match="^.*" + re.escape(message)):
        targets(asked)


def test_names_are_of_no_use_without_a_header() -> None:
    with pytest.raises(
        TableError, match="'y', since the columns have no names: give a header, or a"
    ):
        targets("y", "1,2,3")
