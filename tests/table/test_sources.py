"""Data that Python has already becomes a Table: frames, dicts, arrays, tensors and files."""

import datetime as dt
import io
import re
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest
import torch
from numpy.typing import NDArray
from torch.utils.data import TensorDataset

from linreg_widget.errors import TableError
from linreg_widget.table.table import Table, crop_yields

X = np.array([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]])
Y = np.array([7.0, 8.0, 9.0])


def refused(data: Any, targets: Any = None) -> str:
    with pytest.raises(TableError) as caught:
        Table.of(data, targets)
    return str(caught.value)


def columns(table: Table) -> dict[str, list[float]]:
    names = (*table.feature_names, *table.target_names)
    values = np.hstack([table.inputs, table.targets])
    return dict(zip(names, values.T.tolist(), strict=True))


XYZ = {"x1": [1, 3, 5], "x2": [2, 4, 6], "y": [7, 8, 9]}


@pytest.mark.parametrize(
    "frame",
    [
        pd.DataFrame(XYZ),
        pd.DataFrame(XYZ, dtype="float32"),
        pd.DataFrame(XYZ, dtype="Int64"),
        pd.DataFrame(XYZ, dtype=object),
        pd.DataFrame(XYZ, dtype=str),
        pd.DataFrame(list(zip(*XYZ.values(), strict=True))),
        pl.DataFrame(XYZ),
        pl.LazyFrame(XYZ),
        pl.DataFrame(XYZ, schema_overrides={"y": pl.Decimal(10, 2)}),
        XYZ,
        {name: torch.tensor(column) for name, column in XYZ.items()},
        {name: pd.Series(column) for name, column in XYZ.items()},
        {name: tuple(map(str, column)) for name, column in XYZ.items()},
        np.array(list(XYZ.values())).T,
        torch.tensor(list(XYZ.values()), requires_grad=False).T,
        np.array(list(zip(*XYZ.values(), strict=True)), dtype=[(name, float) for name in XYZ]),
    ],
    ids=[
        "pandas",
        "float32",
        "nullable",
        "object",
        "str",
        "unnamed",
        "polars",
        "lazy",
        "decimal",
        "dict",
        "dict of tensors",
        "dict of series",
        "dict of texts",
        "array",
        "tensor",
        "records",
    ],
)
def test_frames_dicts_and_arrays_of_columns(frame: Any) -> None:
    table = Table.of(frame)
    assert columns(table) == XYZ
    assert table.target_names == ("y",)
    assert table.row_names == ()


@pytest.mark.parametrize(
    "pair",
    [
        (X, Y),
        (X, Y[:, np.newaxis]),
        [X, Y],
        (X.tolist(), Y.tolist()),
        (torch.tensor(X, requires_grad=True), torch.tensor(Y)),
        (torch.tensor(X, dtype=torch.bfloat16), torch.tensor(Y, dtype=torch.float16)),
        (np.asfortranarray(X), np.ma.masked_array(Y)),
        (pd.DataFrame(X), pd.Series(Y)),
        (pl.DataFrame(X, schema=["x1", "x2"]), pl.Series("y", Y)),
        (pd.DataFrame(X, columns=["x1", "x2"]), torch.tensor(Y)),
        TensorDataset(torch.tensor(X), torch.tensor(Y)),
    ],
    ids=[
        "arrays",
        "column",
        "list",
        "lists",
        "tensors",
        "half",
        "masked",
        "unnamed",
        "polars",
        "mixed",
        "dataset",
    ],
)
def test_pairs_of_inputs_and_targets(pair: Any) -> None:
    table = Table.of(pair)
    assert (table.inputs.shape, table.targets.shape) == ((3, 2), (3, 1))
    assert columns(table) == XYZ


class Foreign:
    """What JAX, CuPy and others have in common: it can be read as an array."""

    def __init__(self, values: NDArray[np.float64]) -> None:
        self.values = values

    def __array__(self, dtype: Any = None, copy: Any = None) -> NDArray[np.float64]:
        return self.values


def test_foreign_arrays_are_read_as_well() -> None:
    assert Table.of(Foreign(np.column_stack([X, Y]))) == Table.of((Foreign(X), Foreign(Y)))


def test_one_feature_may_be_one_dimensional() -> None:
    table = Table.of((Y, 2 * Y))
    assert (table.inputs.shape, table.targets.shape) == ((3, 1), (3, 1))


def test_a_pair_keeps_the_names_of_frames() -> None:
    inputs = pd.DataFrame({"place": ["a", "b", "c"], "Rain (mm)": Y})
    targets = pd.DataFrame({"Mangoes": Y, "Oranges": Y})
    table = Table.of((inputs, targets))
    assert (table.feature_names, table.feature_units) == (("Rain",), ("mm",))
    assert table.target_names == ("Mangoes", "Oranges")
    assert table.row_names == ("a", "b", "c")


def test_a_frame_and_its_table_say_the_same() -> None:
    crops = crop_yields()
    assert Table.of(crops.to_frame(), ["Mangoes", "Oranges"]) == crops
    again = Table.of(crops, "Rainfall")
    assert again.target_names == ("Rainfall",)
    assert again.name == "Crop yields"
    assert Table.of(crops) is crops


@pytest.mark.parametrize(
    ("frame", "row_names"),
    [
        (pd.DataFrame(XYZ, index=["a", "b", "c"]), ("a", "b", "c")),
        (pd.DataFrame(XYZ)[lambda frame: frame.x1 != 3], ("0", "2")),
        (
            pd.DataFrame(XYZ, index=pd.date_range("2020-01-30", periods=3)),
            ("2020-01-30", "2020-01-31", "2020-02-01"),
        ),
        (
            pd.DataFrame(XYZ, index=pd.MultiIndex.from_product([["a"], [1, 2, 3]])),
            ("a 1", "a 2", "a 3"),
        ),
        (pd.DataFrame({"r": ["a", "b", "c"], **XYZ}, index=[5, 6, 7]), ("a", "b", "c")),
        (pd.DataFrame({"r": pd.Categorical(["a", None, "c"]), **XYZ}), ("a", "", "c")),
        (pd.DataFrame({"Unnamed: 0": [4, 5, 6], **XYZ}), ("4", "5", "6")),
        (pl.DataFrame({"r": ["a", "b", "c"], **XYZ}), ("a", "b", "c")),
        (
            pl.DataFrame({"r": [dt.date(2020, 1, day) for day in (1, 2, 3)], **XYZ}),
            ("2020-01-01", "2020-01-02", "2020-01-03"),
        ),
        ({"r": np.array([b"a", b"b", b"c"]), **XYZ}, ("a", "b", "c")),
    ],
    ids=[
        "index",
        "filtered",
        "dates",
        "levels",
        "text",
        "categories",
        "Unnamed: 0",
        "polars",
        "polars dates",
        "bytes",
    ],
)
def test_an_index_or_a_first_column_of_text_names_the_rows(
    frame: Any, row_names: tuple[str, ...]
) -> None:
    table = Table.of(frame)
    assert table.row_names == row_names
    assert table.feature_names == ("x1", "x2")


def test_booleans_are_0_and_1() -> None:
    table = Table.of(pd.DataFrame({"wet": [True, False], "y": [1, 2]}))
    assert table.inputs.tolist() == [[1], [0]]
    assert Table.of(pl.DataFrame({"wet": [True, False], "y": [1, 2]})) == table
    assert Table.of((np.array([True, False]), np.array([1, 2]))).inputs.tolist() == [[1], [0]]


def test_a_file_is_read_whatever_its_format(tmp_path: Path) -> None:
    crops = crop_yields()
    for name, text, encoding in (
        ("a.csv", crops.to_csv(), "utf-8"),
        ("b.csv", crops.to_csv(";"), "utf-8-sig"),
        ("c.tsv", crops.to_csv("\t"), "utf-16"),
        ("d.md", crops.to_csv("|"), "utf-8"),
    ):
        path = tmp_path / name
        path.write_text(text, encoding)
        assert Table.of(path, 2) == Table.of(str(path), 2) == crops
        assert Table.of(path).name == path.stem


def test_a_file_may_hold_more_than_can_be_typed(tmp_path: Path) -> None:
    path = tmp_path / "long.csv"
    path.write_text("1,2\n" * 60_000)
    assert Table.of(path).rows == 60_000


def test_a_million_rows_go_through_whole() -> None:
    values = np.random.default_rng(0).normal(size=(1_000_000, 10))
    table = Table.of(pd.DataFrame(values, columns=list("abcdefghij")))
    assert (table.rows, table.features) == (1_000_000, 9)
    np.testing.assert_array_equal(table.targets[:, 0], values[:, 9].astype(np.float32))


XY = {"x": [1.0, 2.0], "y": [3.0, 4.0]}


REFUSED = {
    "a gap": (
        pd.DataFrame({**XY, "y": [3, np.nan]}),
        "Row 2, column 'y' holds nan: a value is missing",
    ),
    "a gap in a named row": (
        pd.DataFrame({**XY, "y": [3, None]}, index=["a", "b"]),
        "Row 2 ('b'), column 'y' holds nan",
    ),
    "a gap in polars": (
        pl.DataFrame({**XY, "x": [None, 3]}),
        "Row 1, column 'x' holds nan: a value is missing: fill",
    ),
    "a gap among truths": (pl.DataFrame({**XY, "x": [None, True]}), "Row 1, column 'x' holds nan"),
    "a gap among texts": (
        pd.DataFrame({**XY, "y": ["3", None]}),
        "Row 2, column 'y' is empty: fill it in, or leave",
    ),
    "a masked number": (
        {**XY, "y": np.ma.masked_array([1, 2], [False, True])},
        "Row 2, column 'y' holds nan",
    ),
    "infinity": (
        {**XY, "y": [-np.inf, 1]},
        "Row 1, column 'y' holds -inf: a loss with infinity in it cannot",
    ),
    "beyond float32": (
        {**XY, "y": [1, 1e39]},
        "Row 2, column 'y' holds 1e+39: that is beyond float32's range, about",
    ),
    "beyond float64": ({**XY, "y": [1, 10**400]}, "Row 2, column 'y' holds '1000000000000"),
    "text": (
        {**XY, "y": ["3", "three"]},
        "Row 2, column 'y' holds 'three', which is not a number: write",
    ),
    "complex numbers": (
        {**XY, "y": [1j, 2]},
        "Row 1, column 'y' holds '0+1j', which is not a number",
    ),
    "ragged lists": ({**XY, "y": [[1], [2, 3]]}, "The column 'y' cannot be read as an array"),
    "lists": (
        pd.DataFrame({**XY, "y": [[1], [2, 3]]}),
        "Row 1, column 'y' holds '[1]', which is not a",
    ),
    "dates": (
        pd.DataFrame({**XY, "y": pd.to_datetime(["2020-01-01"] * 2)}),
        "column 'y' holds '2020-01-01'",
    ),
    "the same label twice": (
        pd.DataFrame([[1, 2, 3]], columns=["a", "b", "a"]),
        "more than one column is named 'a': give",
    ),
    "the same name twice": (
        pd.DataFrame([[1, 2, 3]], columns=["a", "b", "a "]),
        "More than one column is named 'a': give",
    ),
    "no rows": (pd.DataFrame({"x": [], "y": []}), "The table has no rows: give it at least one."),
    "nothing at all": (
        pd.DataFrame(),
        "The table has no column of numbers, but at least two are needed",
    ),
    "one column": (
        pd.DataFrame({"y": [1]}),
        "The table has only one column of numbers, but at least two",
    ),
    "a series": (pd.Series([1, 2]), "The table has only one column of numbers"),
    "an empty dict": ({}, "The table has no column of numbers"),
    "columns of two lengths": (
        {"x": [1, 2], "y": [1]},
        "The columns differ in length ('x' 2, 'y' 1): give each the same",
    ),
    "a number for a column": (
        {"x": 1, "y": [1]},
        "The column 'x' is '1': pass a DataFrame, a dict of columns",
    ),
    "a text for a column": ({"x": "abc", "y": [1]}, "The column 'x' is 'abc': pass a DataFrame"),
    "matrices for columns": (
        {"x": X, "y": Y},
        "The column 'x' has the shape (3, 2): a column is one-dimensional",
    ),
    "a vector": (Y, "The array has the shape (3,): two dimensions are needed, rows and columns."),
    "a short target": (
        (X, Y[:2]),
        "The inputs have 3 rows but the targets have 2: each row of the inputs needs",
    ),
    "a cube": (
        (np.zeros((2, 2, 2)), Y),
        "inputs has the shape (2, 2, 2): two dimensions are needed",
    ),
    "no targets": ((X, None), "targets cannot be read as an array"),
    "no features": ((np.zeros((3, 0)), Y), "The table has only one column of numbers"),
    "a list of numbers and rows": (
        [[1, 2], 3],
        "A list of length 2 is ambiguous: pass a DataFrame",
    ),
    "three parts": ((X, Y, Y), "A tuple of length 3 is ambiguous"),
    "a number": (
        5,
        (
            "int cannot be made into a table: pass a DataFrame, a dict of columns, a list of rows, "
            "a pair (inputs, targets)"
        ),
    ),
    "None": (None, "NoneType cannot be made into a table"),
    "text for a path": (
        "a,b\n1,2",
        "'a,b\\n1,2' is text, not the path of a file: to read a table from text use Table.p",
    ),
    "no file": (
        "no such file.csv",
        "The file 'no such file.csv' cannot be read (No such file or directory)",
    ),
    "no path": ("\0", "The file '\\x00' cannot be read"),
    "a folder": (
        Path(),
        "The file '.' cannot be read (Is a directory): give the path of a CSV or TSV file",
    ),
}


@pytest.mark.parametrize(("data", "message"), REFUSED.values(), ids=REFUSED)
def test_what_is_no_table_is_refused_in_words(data: Any, message: str) -> None:
    assert re.search(re.escape(message), refused(data)) is not None


@pytest.mark.parametrize("kind", [io.StringIO, io.BytesIO])
def test_an_open_file_is_refused_in_words(kind: Any) -> None:
    data = kind("x,y\n1,2\n" if kind is io.StringIO else b"x,y\n1,2\n")
    for given in (data, (data, [1.0]), {"x": data}):
        with pytest.raises(TableError, match=r"IO is an open file: pass its path, .*Table.parse"):
            Table.of(given)


def test_a_pair_tells_its_targets_already() -> None:
    assert refused((X, Y), "y").startswith(
        "A pair (inputs, targets) already says which columns are"
    )


@pytest.mark.parametrize("data", [b"a,b\n1,\xff", b"PK\x03\x04\0\0", "a,b\n1,2".encode("utf-32")])
def test_a_file_that_is_no_text_is_refused(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "crops.xlsx"
    path.write_bytes(data)
    assert "is not text in UTF-8: save it as 'CSV UTF-8', or read it with pandas" in refused(path)


def test_a_slip_in_a_file_is_told_by_its_line(tmp_path: Path) -> None:
    path = tmp_path / "crops.csv"
    path.write_text(crop_yields().to_csv().replace("102", "1o2", 1))
    assert refused(path).startswith("Line 5, column 'Temperature (F)' holds '1o2', which is not a")


@pytest.mark.parametrize("unit", ["ns", "ps", "us", "s", "D"])
@pytest.mark.parametrize("kind", ["array", "objects", "list", "structured"])
def test_dates_of_numpy_are_dates_whatever_their_unit(unit: str, kind: str) -> None:
    days = np.array(["1970-01-01", "1970-02-03", "1970-03-04"], f"datetime64[{unit}]")
    y = np.array([2.0, 3.0, 5.0])
    data: Any = {"day": days, "x": y, "y": y}
    if kind == "structured":
        data = np.zeros(3, dtype=[("day", days.dtype), ("x", "f8"), ("y", "f8")])
        for name, values in (("day", days), ("x", y), ("y", y)):
            data[name] = values
    elif kind != "array":
        data["day"] = np.array([*days], object) if kind == "objects" else [*days]
    table = Table.of(data)
    assert table.feature_names == ("x",)
    assert [name[:10] for name in table.row_names] == ["1970-01-01", "1970-02-03", "1970-03-04"]


@pytest.mark.parametrize("unit", ["ns", "D"])
def test_a_date_of_numpy_as_a_feature_is_refused_as_a_date(unit: str) -> None:
    days = np.array(["2020-01-01", "2020-02-03", "NaT"], f"datetime64[{unit}]")
    with pytest.raises(TableError, match="which is not a number: it is a date"):
        Table.of({"x": [1.0, 2.0, 4.0], "day": days, "y": [2.0, 3.0, 5.0]})


def test_times_of_numpy_name_the_rows_whatever_their_unit() -> None:
    for unit in ("ns", "s"):
        spans = np.array([60, 3600, 86400], "timedelta64[s]").astype(f"timedelta64[{unit}]")
        table = Table.of({"took": spans, "x": [1.0, 2.0, 4.0], "y": [2.0, 3.0, 5.0]})
        assert table.row_names == ("0:01:00", "1:00:00", "1 day, 0:00:00")
