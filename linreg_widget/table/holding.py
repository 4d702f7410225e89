"""Numbers in memory: one read-only copy of the caller's, or none if they are mapped from a file.

A copy is filled block by block, so nothing else of its size is ever in memory. A large one begins
at a multiple of 64 bytes, as torch's own tensors do, so torch can use it in place: only from such
an address do its products always have the same last bits.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.lib.stride_tricks import as_strided

from linreg_widget.quiet import quietly

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from .numerals import Place

_BLOCK = 8192  # rows copied and looked at together: they fit into a processor's cache
_ALIGNED = 64  # bytes
_LARGE = 2**16  # bytes


def plain(values: Any) -> NDArray[Any]:
    """Return anything array-like as an array; one that is mapped from a file still knows it."""
    return values if isinstance(values, np.memmap) else np.asarray(values)


def held(values: NDArray[Any], place: Place) -> NDArray[np.float32]:
    """Return numbers ``(n, k)`` as finite float32, read-only; see ``held_apart``."""
    columns = [values[:, at] for at in range(values.shape[1])]
    (all_of_them,) = held_apart(columns, [range(len(columns))], place)
    return all_of_them


@quietly
def held_apart(
    columns: Sequence[NDArray[Any]], parts: Sequence[Sequence[int]], place: Place
) -> list[NDArray[np.float32]]:
    """Return some of the columns side by side, in each part, as finite float32, read-only.

    They are C-contiguous copies. Only columns that stand side by side in a file which is mapped
    into memory for reading, as float32, are left there.

    Parameters
    ----------
    columns : sequence of k ndarrays, each of shape (n,)
        Of any real type.
    parts : sequence of sequences of int
        For each array to return, which columns it has, in their order.
    place : callable
        Says in words where a number is; called as ``place(column, row)``.

    Raises
    ------
    TableError
        If a number is missing or infinite, also as a float32.
    """
    n = len(columns[0])
    found = [_mapped([columns[at] for at in part]) for part in parts]
    arrays = [
        _empty(n, len(part)) if there is None else there
        for part, there in zip(parts, found, strict=True)
    ]
    together = [_side_by_side([columns[at] for at in part]) for part in parts]
    for rows in _blocks(n):
        bad: list[tuple[int, int]] = []
        for array, there, wide, part in zip(arrays, found, together, parts, strict=True):
            block = array[rows]
            if there is None and wide is not None:
                block[...] = wide[rows]
            elif there is None:
                for column, at in enumerate(part):
                    block[:, column] = columns[at][rows]
            finite = np.isfinite(block)
            if not finite.all():
                first, column = divmod(int(np.argmin(finite)), len(part))
                bad.append((rows.start + first, part[column]))
        if bad:
            row, at = min(bad)
            from .numerals import refusal, what_is_wrong  # which else only reads texts

            value = float(columns[at][row])
            raise refusal(place(at, row), f"{value:.6g}", what_is_wrong(value))
    for array in arrays:
        _close(array)
    return arrays


def chosen(values: NDArray[np.float32], mask: NDArray[np.bool_]) -> NDArray[np.float32]:
    """Return a read-only copy of some rows, which ``mask``, (n,), says; no other copy is made."""
    array, start = _empty(int(np.count_nonzero(mask)), values.shape[1]), 0
    for rows in _blocks(len(values)):
        block = values[rows][mask[rows]]
        array[start : start + len(block)] = block
        start += len(block)
    _close(array)
    return array


def _close(array: NDArray[np.float32]) -> None:
    """Let nobody write to an array."""
    array.setflags(write=False)
    if isinstance(array.base, np.ndarray):
        array.base.setflags(write=False)


def _blocks(rows: int) -> Iterator[slice]:
    for start in range(0, rows, _BLOCK):
        yield slice(start, min(start + _BLOCK, rows))


def _empty(rows: int, columns: int) -> NDArray[np.float32]:
    """Return an array ``(rows, columns)``; a large one begins where torch lets tensors begin."""
    size = rows * columns * 4
    if size < _LARGE:
        return np.empty((rows, columns), np.float32)
    memory = np.empty(size + _ALIGNED, np.uint8)
    start = -memory.ctypes.data % _ALIGNED
    return memory[start : start + size].view(np.float32).reshape(rows, columns)


def _mapped(columns: Sequence[NDArray[Any]]) -> NDArray[np.float32] | None:
    """Return columns of a file as the view that they are; None if they are not side by side."""
    first = columns[0]
    whole: Any = first.base
    if not isinstance(first, np.memmap) or not isinstance(whole, np.memmap) or whole.mode != "r":
        return None
    wide: Any = whole[:, np.newaxis] if whole.ndim == 1 else whole
    if wide.ndim != 2 or wide.dtype != np.float32 or not wide.flags.c_contiguous:
        return None
    row, rest = divmod(_address(first) - _address(whole), wide.strides[0])
    start = rest // wide.itemsize
    view: NDArray[np.float32] = wide[row : row + len(first), start : start + len(columns)]
    same = view.shape == (len(first), len(columns)) and all(
        column.strides == first.strides == view.strides[:1]
        and column.dtype == np.float32
        and _address(column) == _address(view) + at * wide.itemsize
        for at, column in enumerate(columns)
    )
    return view if same else None


def _side_by_side(columns: Sequence[NDArray[Any]]) -> NDArray[Any] | None:
    """Return columns as one view, if they stand side by side in memory: it is copied at once."""
    first = columns[0]
    same = all(
        (column.dtype, column.strides) == (first.dtype, first.strides)
        and _address(column) == _address(first) + at * first.itemsize
        for at, column in enumerate(columns)
    )
    shape, strides = (len(first), len(columns)), (*first.strides, first.itemsize)
    return as_strided(first, shape, strides, writeable=False) if same else None


def _address(array: NDArray[Any]) -> int:
    return int(array.__array_interface__["data"][0])
