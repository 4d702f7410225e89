"""A Table is checked when it is made, cannot be changed, and says what it holds."""

import copy
import pickle
import re
import subprocess
import sys
from collections.abc import Callable
from dataclasses import FrozenInstanceError, replace
from typing import Any

import numpy as np
import pytest
import torch

from linreg_widget.errors import LinregError, TableError
from linreg_widget.table.table import Table, crop_yields


def small(**changes: Any) -> Table:
    """A table of two rows, two features and a target."""
    fields: dict[str, Any] = {
        "inputs": [[1, 2], [3, 4]],
        "targets": [[5], [6]],
        "feature_names": ("a (m)", "b"),
        "target_names": ("y",),
    }
    return Table(**fields | changes)


def test_the_crops_are_the_articles() -> None:
    crops = crop_yields()
    assert (crops.rows, crops.features, crops.outputs) == (15, 3, 2)
    assert crops.feature_names == ("Temperature", "Rainfall", "Humidity")
    assert crops.feature_units == ("F", "mm", "%")
    assert crops.target_names == ("Mangoes", "Oranges")
    assert crops.target_units == ("ton", "ton")
    assert crops.row_names == tuple("ABCDEFGHIJKLMNO")
    assert crops.name == "Crop yields"
    assert crops.inputs[3].tolist() == [102, 43, 37]
    assert crops.targets[-1].tolist() == [102, 120]


def test_arrays_are_contiguous_float32_copies() -> None:
    source = np.asfortranarray([[1.0, 2.0], [3.0, 4.0]])
    table = small(inputs=source)
    source[:] = 0
    assert table.inputs.tolist() == [[1, 2], [3, 4]]
    for array in (table.inputs, table.targets):
        assert array.dtype == np.float32
        assert array.flags.c_contiguous


@pytest.mark.parametrize(
    "again",
    [
        lambda table: table,
        copy.copy,
        copy.deepcopy,
        lambda table: pickle.loads(pickle.dumps(table)),
    ],
    ids=["itself", "copy", "deepcopy", "pickle"],
)
def test_a_table_and_its_copies_cannot_be_changed(again: Callable[[Table], Table]) -> None:
    table = again(small(name="t"))
    assert table == small()
    assert table.name == "t"
    with pytest.raises(ValueError, match="read-only"):
        table.inputs[0, 0] = 9
    with pytest.raises(ValueError, match="read-only"):
        table.targets[:] += 1
    with pytest.raises(FrozenInstanceError):
        table.name = "u"  # type: ignore[misc]


@pytest.mark.parametrize(
    "table",
    [
        Table.parse(" , hours (h) ,grade\n\tAda\u200b,1,52\nBob , 2.5,61"),
        Table.parse("t (F) | t (C) | y ()\n1|2|3\n4|5|6", targets="y"),
        Table.parse("1;2,5\n3;4,5", targets=[0]),
        Table.of({"b": [1.0, 2.0], "c": [True, False], "a (m)": [3, 2**30 + 1]}, targets=2),
        Table.of((np.arange(6, dtype=np.int64).reshape(3, 2), np.arange(3))),
        Table.of(crop_yields(), targets=["Humidity", "Mangoes"]),
    ],
    ids=["names", "units", "commas", "columns", "pair", "table"],
)
def test_a_table_that_was_read_is_what_its_checks_would_make_of_it(table: Table) -> None:
    """What has been read is not checked again: it is what the checks would leave as it is."""
    checked = replace(table)
    assert checked == table
    assert (checked.name, checked.notes) == (table.name, table.notes)
    assert (checked.feature_units, checked.target_units) == (
        table.feature_units,
        table.target_units,
    )
    for array, again in ((table.inputs, checked.inputs), (table.targets, checked.targets)):
        assert array.dtype == np.float32
        assert array.flags.c_contiguous
        assert not array.flags.writeable
        assert array.base is None, "a view, through which the numbers could be changed"
        assert array.strides == again.strides


def test_tables_are_equal_by_value() -> None:
    assert small() == small(inputs=np.array([[1, 2], [3, 4]], dtype=np.int8), name="titled")
    assert hash(small()) == hash(small())
    assert small() != "a table"
    for change in (
        {"inputs": [[1, 2], [3, 5]]},
        {"targets": [[5], [7]]},
        {"feature_names": ("a (km)", "b")},
        {"feature_names": ("a", "b")},
        {"target_names": ("z",)},
        {"row_names": ("p", "q")},
    ):
        assert small(**change) != small()
    parts = np.array([[1, 2, 3]])
    names = ("a", "b", "c")
    assert Table(parts[:, :1], parts[:, 1:], names[:1], names[1:]) != Table(
        parts[:, :2], parts[:, 2:], names[:2], names[2:]
    )


def test_names_become_plain_text_on_one_line() -> None:
    table = small(
        feature_names=("  Rain\n fall\u00a0(mm) ", "b\x00\u200b\ud800"),
        row_names=("  p\tq ", ""),
        name=" my\ntable ",
    )
    assert table.feature_names == ("Rain fall", "b")
    assert table.feature_units == ("mm", "")
    assert table.row_names == ("p q", "")
    assert table.name == "my table"


def test_row_names_that_are_all_blank_are_none() -> None:
    assert small(row_names=("", " ")).row_names == ()


def test_units_may_be_given_or_stand_in_brackets() -> None:
    assert small(feature_names=("a", "b"), feature_units=("m", "")) == small()
    assert small(target_names=("y (kg)",)).target_units == ("kg",)
    given = small(feature_names=("f (x)", "b"), feature_units=("", "W/(m²·K)"))
    assert given.feature_names == ("f (x)", "b")
    assert given.feature_units == ("", "W/(m²·K)")
    assert replace(given, name="titled") == given


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            {"inputs": [1, 2]},
            (
                "inputs has the shape (2,), but with 2 feature_names it must be (n, 2): one "
                "row each and one column per feature."
            ),
        ),
        (
            {"inputs": [[1], [2]]},
            "inputs has the shape (2, 1), but with 2 feature_names it must be (n, 2)",
        ),
        (
            {"targets": [5, 6]},
            "targets has the shape (2,), but with 1 target_names it must be (n, 1)",
        ),
        (
            {"targets": [[5]]},
            "inputs has 2 rows but targets has 1: each row of inputs needs its row of",
        ),
        (
            {"inputs": np.zeros((0, 2)), "targets": np.zeros((0, 1))},
            "inputs has the shape (0, 2): at least one row and one feature are needed.",
        ),
        (
            {"inputs": np.zeros((2, 0)), "feature_names": ()},
            "inputs has the shape (2, 0): at least one",
        ),
        (
            {"targets": np.zeros((2, 0)), "target_names": ()},
            "at least one row and one target are needed.",
        ),
        (
            {"inputs": [[1, 2], [3, np.nan]]},
            "Row 2, column 'b' holds nan: a value is missing: fill it in",
        ),
        (
            {"inputs": [[1, np.inf], [3, 4]]},
            "Row 1, column 'b' holds inf: a loss with infinity in it",
        ),
        (
            {"targets": [[1], [-1e39]]},
            "Row 2, column 'y' holds -1e+39: that is beyond float32's range",
        ),
        (
            {"inputs": [["1", "2"], ["3", "4"]]},
            "inputs holds <U1, but numbers are needed: use Table.of.",
        ),
        ({"inputs": [[1, 2], [3]]}, "inputs is not an array"),
        (
            {"inputs": torch.ones(2, 2, requires_grad=True)},
            "inputs is not an array (Can't call numpy() on",
        ),
        ({"feature_names": "ab"}, "feature_names is 'ab', but must be a sequence of texts."),
        ({"target_names": None}, "target_names is 'None', but must be a sequence of texts."),
        ({"feature_names": ("a", 1)}, "feature_names holds '1' (int), but must hold texts only."),
        (
            {"feature_names": ("a", " \u200b")},
            "feature_names holds a blank name (' \\u200b'): give it",
        ),
        (
            {"feature_names": ("y", "b")},
            "More than one column is named 'y': give every column a name of",
        ),
        ({"feature_names": ("a", " a ")}, "More than one column is named 'a'"),
        ({"row_names": ("p",)}, "row_names has 1 entries, but 2 are needed, or none."),
        ({"feature_units": ("m",)}, "feature_units has 1 entries, but 2 are needed, or none."),
        (
            {"target_units": ("m)",)},
            "The unit 'm)' of 'y' has brackets that do not match: leave them out.",
        ),
    ],
    ids=lambda value: value[:40] if isinstance(value, str) else "-".join(value),
)
def test_what_is_no_table_is_refused_in_words(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(TableError, match=re.escape(message)):
        small(**changes)


def test_a_refusal_is_a_value_error_and_one_of_ours() -> None:
    with pytest.raises(ValueError, match="no rows"):
        Table.of({"x": [], "y": []})
    assert issubclass(TableError, LinregError)


def test_the_dataset_holds_copies_that_may_be_changed() -> None:
    table = small()
    inputs, targets = table.dataset().tensors
    inputs += 1
    targets *= 0
    assert table == small()
    assert (inputs.dtype, targets.dtype) == (torch.float32, torch.float32)
    assert table.dataset()[1][0].tolist() == [3, 4]


def test_a_frame_has_the_units_in_its_labels() -> None:
    frame = small(row_names=("p", "q")).to_frame()
    assert list(frame.columns) == ["a (m)", "b", "y"]
    assert list(frame.index) == ["p", "q"]
    assert frame.loc["q"].tolist() == [3, 4, 6]
    assert (frame.dtypes == "float32").all()


def test_a_written_table_is_short_and_exact() -> None:
    assert small().to_csv() == "a (m),b,y\n1,2,5\n3,4,6\n"
    assert (
        small(row_names=("#1", "p;q")).to_csv("\t")
        == 'x\ta (m)\tb\ty\n"#1"\t1\t2\t5\n'.replace("x", "", 1) + '"p;q"\t3\t4\t6\n'
    )
    with pytest.raises(TableError, match=r"The separator is ':'; it must be one of , ; | and tab."):
        small().to_csv(":")


def test_a_number_whose_shortest_text_misleads_float64_is_written_longer() -> None:
    value = np.array([[0x15AE43FD]], dtype=np.uint32).view(np.float32)  # 7.038531e-26
    assert np.float32(float(str(value[0, 0]))) != value
    table = Table(value, value, ("x",), ("y",))
    assert Table.parse(table.to_csv()).inputs.tobytes() == value.tobytes()


def test_the_prompt_shows_names_units_and_shapes() -> None:
    lines = repr(crop_yields()).splitlines()
    assert lines[0] == "Table 'Crop yields': 15 rows · 3 features → 2 targets"
    assert lines[1] == (
        "   Temperature (F)  Rainfall (mm)  Humidity (%)  │  Mangoes (ton)  Oranges (ton)"
    )
    assert lines[2].split() == ["A", "73", "67", "43", "│", "56", "70"]
    assert lines[-2:] == ["… 9 more rows", "inputs (15, 3), targets (15, 2), float32"]
    assert len({line.index("│") for line in lines if "│" in line}) == 1


def test_the_prompt_of_a_small_table() -> None:
    assert repr(Table.parse("hours, grade (%)\n1, 52\n2, 61.5")) == (
        "Table: 2 rows · 1 feature → 1 target\nhours  │  grade (%)\n    1  │         "
        "52\n    2  │       61.5\ninputs (2, 1), targets (2, 1), float32"
    )


def test_the_prompt_stays_narrow_and_clean() -> None:
    values = np.zeros((1000, 200), dtype=np.float32)
    names = tuple(f"{number}" + "w" * 50 for number in range(200))
    shown = repr(Table(values[:, :100], values[:, 100:], names[:100], names[100:]))
    assert "1,000 rows · 100 features → 100 targets" in shown
    assert max(map(len, shown.splitlines())) < 250
    assert len(shown.splitlines()) == 10
    odd = repr(small(feature_names=("温度", "a\u202eb")))
    assert "\u202e" not in odd
    assert "温度" in odd


@pytest.mark.process
def test_importing_the_table_loads_nothing_slow() -> None:
    code = (
        "import sys, linreg_widget.table.table as t; repr(t.crop_yields()); "
        "t.crop_yields().to_csv();print([m for m in ('torch', 'pandas', 'narwhals', "
        "'matplotlib') if m in sys.modules])"
    )
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert shown.stdout.strip() == "[]"
