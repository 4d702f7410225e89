"""A text that is pasted is read as ``Table.parse`` reads it, and its columns can be chosen."""

from __future__ import annotations

import numpy as np
import pytest

from linreg_widget import Table, TableError, crop_yields
from linreg_widget.table import Role
from linreg_widget.table.draft import MOST_LETTERS, drafted

CITIES = "City,Rooms,Price ($)\nLyon,2,1200\nRome,3,1900\nLyon,4,2300\nParis,1,1100\n"

READABLE = {
    "csv": "hours, grade (%)\n1, 52\n2, 61\n4, 78",
    "no header": "1,2,3\n4,5,6\n7,8,10",
    "tabs and money": "Size\tPrice\n40 m2\t$1,200\n55 m2\t$1,900\n70 m2\t$2,300",
    "row names": "region,rain,yield\nA,67,56\nB,88,81\nC,134,119",
    "row numbers": ",rain,yield\n0,67,56\n1,88,81\n2,134,119",
    "title and source": "Yields\nrain\tyield\n67\t56\n88\t81\nSource: a survey",
    "names in a comment": "# rain, yield\n67, 56\n88, 81\n134, 119",
    "crops": crop_yields().to_csv(),
    "our own repr": repr(Table.parse("a,b,c\n1,2,3\n2,4,7\n3,1,1")),
}


@pytest.mark.parametrize("text", READABLE.values(), ids=READABLE)
def test_what_nobody_chose_is_what_parse_reads(text: str) -> None:
    draft, table = drafted(text), Table.parse(text)
    assert draft.error == ""
    assert draft.table == table
    assert [note.words for note in draft.table.notes] == [note.words for note in table.notes]
    roles = [column["role"] for column in draft.columns]
    assert roles.count("feature") == table.features
    assert roles.count("target") == table.outputs or roles.count("target") == 1
    assert ("names" in roles) == bool(table.row_names)
    assert draft.rows == table.rows


REFUSED = {
    "empty": "",
    "one column": "hello\nworld",
    "html": "<table><tr><td>1</td></tr></table>",
    "ragged": "a,b\n1,2\n3",
    "words": "x,city,y\n1,Lyon,2\n2,Rome,3\n4,Rome,2",
    "gaps": "x,y\n1,2\n,3\n4,2",
    "ambiguous": "x;y\n1,234;5\n2,345;6",
    "repeated names": "a,a,b\n1,2,3\n3,4,6",
    "address": "https://example.org/crops.csv",
}


@pytest.mark.parametrize("text", REFUSED.values(), ids=REFUSED)
def test_what_parse_refuses_is_refused_in_the_same_words(text: str) -> None:
    with pytest.raises(TableError) as refusal:
        Table.parse(text)
    draft = drafted(text)
    assert (draft.error, draft.table) == (str(refusal.value), None)


def test_columns_are_listed_also_of_a_text_that_is_refused() -> None:
    draft = drafted(CITIES, shown=2)
    assert "'City'" in draft.error
    assert [tuple(one.values()) for one in draft.columns] == [
        ("City", "", ["Lyon", "Rome"], "feature", True),
        ("Rooms", "", ["2", "3"], "feature", False),
        ("Price", "$", ["1200", "1900"], "target", False),
    ]
    assert draft.rows == 4


@pytest.mark.parametrize(
    ("roles", "features", "targets", "names"),
    [
        (["encode", "feature", "target"], ["City = Paris", "City = Rome", "Rooms"], ["Price"], ()),
        (["out", "feature", "target"], ["Rooms"], ["Price"], ()),
        (["out", "target", "feature"], ["Price"], ["Rooms"], ()),
        (["names", "feature", "target"], ["Rooms"], ["Price"], ("Lyon", "Rome", "Lyon", "Paris")),
        (["encode", "target", "target"], ["City = Paris", "City = Rome"], ["Rooms", "Price"], ()),
    ],
)
def test_each_column_plays_the_part_that_is_chosen(
    roles: list[Role], features: list[str], targets: list[str], names: tuple[str, ...]
) -> None:
    draft = drafted(CITIES, roles)
    assert draft.error == ""
    table = draft.table
    assert table is not None
    assert ([*table.feature_names], [*table.target_names]) == (features, targets)
    assert table.row_names == names
    assert [one["role"] for one in draft.columns] == roles
    rooms = table.feature_names.index("Rooms") if "Rooms" in features else None
    if rooms is not None:
        np.testing.assert_array_equal(table.inputs[:, rooms], [2, 3, 4, 1])


def test_a_first_column_of_words_that_all_differ_is_a_feature_if_that_is_chosen() -> None:
    text = "sort,x,y\na,1,2\nb,2,3\na,3,7"
    table = drafted(text, ["encode", "feature", "target"]).table
    assert table is not None
    assert table.feature_names == ("sort = b", "x")
    assert table.row_names == ()


def test_row_numbers_can_be_a_feature_and_the_last_column_row_names() -> None:
    table = drafted("1,5,x\n2,6,y\n3,9,z", ["feature", "target", "names"]).table
    assert table is not None
    assert (table.features, table.row_names) == (1, ("x", "y", "z"))
    assert table.targets[:, 0].tolist() == [5, 6, 9]


@pytest.mark.parametrize(
    ("roles", "words"),
    [
        (["out", "feature", "feature"], "No column is a target: click Target"),
        (["out", "out", "target"], "No column is a feature: click Feature"),
        (["feature", "feature", "target"], "holds 'Lyon', which is not a number: encode='City'"),
        (["target", "feature", "out"], "column 'City' is the target and must hold numbers"),
    ],
)
def test_parts_that_do_not_fit_are_refused_with_the_way_out(roles: list[Role], words: str) -> None:
    draft = drafted(CITIES, roles)
    assert words in draft.error
    assert draft.table is None
    assert [one["role"] for one in draft.columns] == roles


def test_fewer_parts_than_columns_leave_the_others_out() -> None:
    draft = drafted("a,b,c\n1,2,3\n2,5,4\n3,1,1", ["feature", "target"])
    assert draft.table is not None
    assert [one["role"] for one in draft.columns] == ["feature", "target", "out"]
    assert draft.table.target_names == ("b",)


def test_the_options_are_those_of_parse() -> None:
    gaps = "x,y\n1,2\n,3\n4,2"
    table = drafted(gaps, missing="drop").table
    assert table is not None
    assert table.rows == 2
    assert "1 row with a gap was left out" in table.notes[0].words
    chosen = drafted(gaps, ["target", "feature"], missing="drop").table
    assert chosen is not None
    assert chosen.inputs.tolist() == [[2], [2]]
    thousands = "x;y\n1,234;5\n2,345;6"
    for mark, x in ((",", 1.234), (".", 1234.0)):
        read = drafted(thousands, decimal=mark).table
        assert read is not None
        assert read.inputs[0, 0] == np.float32(x)


def test_a_text_that_is_too_long_is_not_read() -> None:
    draft = drafted("1,2\n" * (MOST_LETTERS // 4 + 1))
    assert draft.error.startswith("The text has 1,000,004 characters, and 1,000,000 is the most")
    assert (draft.columns, draft.table) == ([], None)


def test_more_cells_than_parse_takes_are_refused_in_its_words() -> None:
    draft = drafted("x,y\n" + "1,2\n" * 60_000)
    assert "100,000 is the most that can be typed" in draft.error
