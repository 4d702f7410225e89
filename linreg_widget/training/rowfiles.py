"""Rows in ``.npy`` files: found, held against a table, and opened by memory map in a script."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from linreg_widget.errors import SettingsError
from linreg_widget.messages import say
from linreg_widget.quiet import quietly

from .held_out import in_short

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from linreg_widget.table import Table

    from .script import Written

_BLOCK = 65_536  # rows compared at a time


class Columns(NamedTuple):
    """Columns of a file that stand next to each other."""

    path: str
    """The ``.npy`` file, as it was named."""
    first: int
    """The first column, from 0."""
    stop: int
    """The column after the last one."""

    def read(self) -> NDArray[Any]:
        """Map the columns into memory, (n, stop - first); a file of (n,) has one.

        Raises
        ------
        OSError, ValueError
            If there is no such file, or it has no array of numbers.
        """
        array = np.load(self.path, mmap_mode="r", allow_pickle=False)
        wide = array[:, np.newaxis] if array.ndim == 1 else array
        columns: NDArray[Any] = wide[:, self.first : self.stop]
        return columns


class RowFile(NamedTuple):
    """Where a run's rows are."""

    inputs: Columns
    targets: Columns
    rows: int
    """How many rows the files have, those held out included."""
    held: int | tuple[int, ...] | None
    """Which of them are held out: a number of them, drawn with the seed; these rows; or none."""
    types: tuple[str, str]
    """What numbers features and targets are in them."""

    @property
    def plain(self) -> bool:
        """Whether all are float32 numbers."""
        return {*self.types} == {"float32"}

    def opened(self, seed: int) -> str:
        """Return the source that opens them as ``inputs`` and ``targets``.

        ``kept`` and ``held_out`` are there then, too, if some of the rows are held out.
        """
        parts = [
            _OPENED.replace("ROWS", f"{self.rows:_}"),
            *(
                f'{name} = opened({part.path!a}, {part.first}, {part.stop}, "{kind}")\n'
                for name, part, kind in zip(
                    ("inputs", "targets"), (self.inputs, self.targets), self.types, strict=True
                )
            ),
        ]
        if self.held is not None:
            drawn_here = _DRAWN.format(seed=seed, rows=self.rows, held=self.held)
            listed = f"held_out = torch.tensor({self.held})\n"
            parts.append(drawn_here if isinstance(self.held, int) else listed)
            parts.append(_KEPT.format(rows=self.rows))
        return "".join(parts)


_OPENED = """\

def opened(path, first, stop, kind):
    try:
        array = np.load(path, mmap_mode="c")  # only the rows that are asked for are read
        array = array.reshape(len(array), -1)[:, first:stop]
    except (OSError, ValueError, TypeError, EOFError) as error:
        where = os.path.abspath(path)
        end(f"{where} cannot be read ({error}): put the file with the run's rows there.")
    if array.shape != (ROWS, stop - first):
        end(f"{path} has {array.shape} numbers, but the run {(ROWS, stop - first)}.")
    if array.dtype != kind:
        end(f"{path} has numbers of type {array.dtype}, but the run {kind}.")
    return torch.from_numpy(array)


"""

_DRAWN = """\
generator = torch.Generator().manual_seed({seed})
held_out = torch.randperm({rows}, generator=generator)[:{held}].sort().values
"""

_KEPT = """\
kept = torch.ones({rows}, dtype=torch.bool)
kept[held_out] = False
kept = kept.nonzero().flatten()
"""


def file_of(run: Written, rows: object) -> RowFile | None:
    """Return the files that a script is to read its rows from; None if they belong into it.

    Parameters
    ----------
    run : Written
    rows : path, pair of paths, or None
        None: the files that the table was mapped from, if it was.

    Raises
    ------
    SettingsError
        If a file cannot be read, or holds other numbers.
    """
    table = run.table
    if rows is None:
        inputs, targets = mapped(table.inputs), mapped(table.targets)
        if inputs is None or targets is None:
            return None
        return RowFile(inputs, targets, table.rows, None, ("float32", "float32"))
    inputs, targets = _named(rows, table)
    parts = {}
    for part in (inputs, targets):
        try:
            array = part.read()
        except (OSError, ValueError) as error:
            raise SettingsError(say("scripts.no_file", file=part.path, why=error)) from None
        if array.dtype.kind not in "fiu" or not array.dtype.isnative or array.dtype.itemsize > 8:
            words = say("scripts.type", file=part.path, type=str(array.dtype))
            raise SettingsError(words)
        parts[part] = array
    n = table.rows + (0 if run.held_rows is None else len(run.held_rows))
    for part, array in parts.items():
        if array.shape != (n, part.stop - part.first):
            has = f"{array.shape[0]:,} × {array.shape[1]:,}"
            wanted = f"{n:,} × {part.stop - part.first:,}"
            raise SettingsError(say("scripts.shape", file=part.path, has=has, wanted=wanted))
    _compare(run, parts[inputs], parts[targets], rows)
    seed = run.schedule.segments[0].settings.seed
    held = None if run.held_rows is None else in_short(run.held_rows, n, seed)
    types = (parts[inputs].dtype.name, parts[targets].dtype.name)
    return RowFile(inputs, targets, n, held, types)


def mapped(array: NDArray[Any]) -> Columns | None:
    """Return the columns of a file that an array is a view of; None if it is in memory."""
    base: Any = array
    while isinstance(base.base, np.ndarray):
        base = base.base
    if not isinstance(base, np.memmap) or base.filename is None or base.ndim not in (1, 2):
        return None
    path = os.fspath(base.filename)
    first = array.__array_interface__["data"][0] - base.__array_interface__["data"][0]
    columns = first // base.itemsize
    whole = len(base) == len(array) and array.strides[0] == base.strides[0]
    if not path.endswith(".npy") or not whole or columns + array.shape[1] > base[:1].size:
        return None
    return Columns(path, columns, columns + array.shape[1])


def _named(rows: object, table: Table) -> tuple[Columns, Columns]:
    """Return the columns of features and targets in the files that were named."""
    d, t = table.features, table.outputs
    if isinstance(rows, str | os.PathLike):
        path = os.fspath(rows)
        return Columns(str(path), 0, d), Columns(str(path), d, d + t)
    if isinstance(rows, list | tuple) and len(rows) == 2:
        paths = [os.fspath(one) for one in rows if isinstance(one, str | os.PathLike)]
        if len(paths) == 2:
            return Columns(str(paths[0]), 0, d), Columns(str(paths[1]), 0, t)
    raise SettingsError(say("scripts.rows", given=repr(rows)))


@quietly
def _compare(run: Written, inputs: NDArray[Any], targets: NDArray[Any], rows: object) -> None:
    """Refuse files that hold other numbers than the run's tables, as float32."""
    out = np.zeros(len(inputs), dtype=bool)
    out[list(run.held_rows or ())] = True
    done = {False: 0, True: 0}
    for start in range(0, len(inputs), _BLOCK):
        here = slice(start, start + _BLOCK)
        for held, table in ((False, run.table), (True, run.held_out)):
            mine = out[here] == held
            first, count = done[held], int(np.count_nonzero(mine))
            done[held] += count
            if not count or table is None:
                continue
            for given, known in ((inputs, table.inputs), (targets, table.targets)):
                block = given[here][mine].astype(np.float32)
                other = (block != known[first : first + count]).any(axis=1)
                if other.any():
                    row = start + int(np.flatnonzero(mine)[np.argmax(other)])
                    raise SettingsError(say("scripts.numbers", file=str(rows), row=row + 1))
