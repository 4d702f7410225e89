"""How a table's numbers lie in memory: one copy, or none of what is mapped from a file."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from linreg_widget.errors import TableError
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
