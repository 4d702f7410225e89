"""How a table's numbers lie in memory: one copy, or none of what is mapped from a file."""

from __future__ import annotations

import copy
import pickle
import tracemalloc
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch

from linreg_widget.errors import TableError
from linreg_widget.table import encoding, sheet
from linreg_widget.table.table import Table
from linreg_widget.training.trainer import Trainer


def numbers(rows: int = 3_000, columns: int = 11, kind: str = "f") -> np.ndarray[Any, Any]:
    return np.random.default_rng(4).normal(size=(rows, columns)).astype(kind)


def test_a_mapped_file_is_not_copied(tmp_path: Path) -> None:
    array = numbers()
    np.save(tmp_path / "rows.npy", array)
    mapped = np.load(tmp_path / "rows.npy", mmap_mode="r")
    np.save(tmp_path / "y.npy", array[:, 10])
    y = np.load(tmp_path / "y.npy", mmap_mode="r")
    for given in (mapped, (mapped[:, :10], mapped[:, 10]), (mapped[:, 2:5], y)):
        table = Table.of(given)
        assert np.shares_memory(table.inputs, mapped)
        assert np.shares_memory(table.targets, mapped) or np.shares_memory(table.targets, y)
        assert not table.inputs.flags.writeable
    table = Table.of(mapped)
    assert table == Table.of(array)
    with pytest.raises(ValueError, match="read-only"):
        table.inputs[0, 0] = 1


@pytest.mark.parametrize("mode", ["r+", "c"])
def test_a_file_that_can_be_written_to_is_copied(tmp_path: Path, mode: Any) -> None:
    np.save(tmp_path / "rows.npy", numbers())
    mapped = np.load(tmp_path / "rows.npy", mmap_mode=mode)
    table = Table.of(mapped)
    before = table.inputs.copy()
    mapped[:] = 0
    assert np.array_equal(table.inputs, before)


@pytest.mark.parametrize("kind", ["d", ">f4", "i4"])
def test_other_types_are_copied_as_float32(tmp_path: Path, kind: str) -> None:
    array = (1000 * numbers()).astype(kind)
    np.save(tmp_path / "rows.npy", array)
    mapped = np.load(tmp_path / "rows.npy", mmap_mode="r")
    table = Table.of(mapped)
    assert not np.shares_memory(table.inputs, mapped)
    assert np.array_equal(table.inputs, array[:, :10].astype("f"))


def test_columns_in_another_order_are_copied(tmp_path: Path) -> None:
    array = numbers()
    np.save(tmp_path / "rows.npy", array)
    mapped = np.load(tmp_path / "rows.npy", mmap_mode="r")
    table = Table.of(mapped, targets=[3])
    assert not np.shares_memory(table.inputs, mapped)
    others = [0, 1, 2, *range(4, 11)]
    assert np.array_equal(table.inputs, array[:, others])
    some = Table.of(mapped[100:200])
    assert np.shares_memory(some.inputs, mapped)
    assert np.array_equal(some.inputs, array[100:200, :10])
    assert np.array_equal(Table.of(mapped[::2]).inputs, array[::2, :10])


@pytest.mark.parametrize("row", [0, 9_000, 19_999])
def test_the_first_number_that_is_missing_is_named_wherever_it_is(row: int) -> None:
    array = numbers(rows=20_000)
    array[row, 10], array[row:, 3] = np.inf, np.nan
    with pytest.raises(TableError, match=rf"Row {row + 1}, column 4 holds nan"):
        Table.of(array)
    array[row, 3] = 0
    with pytest.raises(TableError, match=rf"Row {row + 1}, column 11 holds inf"):
        Table.of(array)


def test_a_large_table_is_trained_where_it_is_and_stays_as_it_is(tmp_path: Path) -> None:
    array = numbers(rows=20_000)
    np.save(tmp_path / "rows.npy", array)
    mapped = np.load(tmp_path / "rows.npy", mmap_mode="r")
    trainers = []
    for given in (array, mapped):
        with warnings.catch_warnings():
            warnings.simplefilter("error")  # torch warns of arrays that cannot be written to
            trainer = Trainer(given, learning_rate=1e-2, batch_size=1_000, epochs=2)
        table, rows = trainer.table, trainer._run.batches
        for there, here in ((rows.inputs, table.inputs), (rows.targets, table.targets)):
            assert there.data_ptr() == here.__array_interface__["data"][0]
        trainer.run()
        trainers.append(trainer)
    one, other = trainers
    assert one.recording.losses.tobytes() == other.recording.losses.tobytes()
    assert torch.equal(one.model.w, other.model.w)
    assert np.array_equal(one.table.inputs, array[:, :10])


def most_held(make: Callable[[], object]) -> int:
    """The bytes that are held at once, at most, while something is made."""
    tracemalloc.start()
    try:
        kept = make()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
        del kept


@pytest.mark.parametrize("kind", ["Booleans", "masked", "halves", "Fortran's order", "a table"])
def test_nothing_of_its_size_is_made_but_the_one_copy(kind: str) -> None:
    x = numbers(200_000, 5)
    given: Any = {
        "Booleans": x > 0,
        "masked": np.ma.masked_array(x),
        "halves": x.astype(np.float16),
        "Fortran's order": np.asfortranarray(x),
        "a table": x,
    }[kind]
    how: dict[str, Any] = {}
    if kind == "a table":
        given, how = Table.of(given), {"targets": [0]}
    Table.of(numbers(10, 5))  # which loads what a first table needs
    assert most_held(lambda: Table.of(given, **how)) < 1.4 * x.nbytes
    assert most_held(lambda: [x.copy(), x.copy()]) > 1.9 * x.nbytes


@pytest.mark.parametrize("kind", ["a share", "an array", "a tensor"])
def test_rows_that_are_held_out_are_copied_once(kind: str) -> None:
    x = numbers(200_000, 5)
    table, mask = Table.of(x), np.arange(len(x)) % 5 == 0
    held_out = {"a share": 0.01, "an array": mask, "a tensor": torch.from_numpy(mask)}[kind]
    how: dict[str, Any] = {"learning_rate": 1e-3, "batch_size": 1_000, "seed": 1}
    Trainer(x[:10], held_out=0.2, **how)
    assert most_held(lambda: Trainer(table, held_out=held_out, **how)) < 2 * x.nbytes
    trainer = Trainer(table, held_out=held_out, **how)
    out = np.zeros(len(x), bool)
    out[list(trainer.held_rows or ())] = True
    assert kind == "a share" or np.array_equal(out, mask)
    assert trainer.held_out is not None
    for part, rows in ((trainer.table, x[~out]), (trainer.held_out, x[out])):
        assert np.array_equal(np.hstack([part.inputs, part.targets]), rows)
        for array in (part.inputs, part.targets):
            assert not array.flags.writeable
            assert array.nbytes < 2**16 or not array.ctypes.data % 64


def test_a_copy_of_a_table_is_the_table_and_a_pickle_is_another() -> None:
    table = Table.of(numbers())
    assert copy.copy(table) is copy.deepcopy(table) is table
    again = pickle.loads(pickle.dumps(table))
    assert again == table
    assert again is not table
    trainer = Trainer(table, learning_rate=1e-3)
    assert copy.deepcopy(trainer).table is table


def test_a_word_is_read_once_however_many_rows_have_it(monkeypatch: pytest.MonkeyPatch) -> None:
    cells: list[str] = []

    def counted(cell: str) -> bool:
        cells.append(cell)
        return cell == ""

    monkeypatch.setattr(encoding, "is_missing", counted)
    words = ["red", "green", "blue", "red"] * 100
    frame = pd.DataFrame({"a": range(400), "colour": words, "y": range(400)})
    table = Table.of(frame, encode=True)
    assert sorted(cells) == ["blue", "blue", "green", "green", "red", "red"]  # to decide, to encode
    assert table.feature_names == ("a", "colour = green", "colour = red")
    assert np.array_equal(table.inputs[:, 1], [word == "green" for word in words])
    assert np.array_equal(table.inputs[:, 2], [word == "red" for word in words])


def test_of_many_rows_with_gaps_few_are_named_and_all_counted(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    named: list[str] = []

    def noted(place: str) -> str:
        named.append(place)
        return place

    monkeypatch.setattr(sheet, "within", noted)
    x = numbers(300, 3)
    x[::2, 0] = np.nan
    (note,) = Table.of(x, missing="drop").notes
    assert note.words.startswith("150 rows with gaps were left out: Row 1, Row 3, ")
    assert note.words.endswith("Row 15 and 142 more. That leaves 150 rows.")
    assert len(named) <= 20
