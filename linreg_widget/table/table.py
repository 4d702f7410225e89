"""Table: what there is to learn from, as float32 arrays with names.

::

    Table.parse(text)      what people paste: CSV, TSV, Markdown, bars, aligned columns
    Table.of(data)         data frames, dicts, arrays, tensors, CSV files
    crop_yields()          the 15 regions of the article

A Table is checked when it is made and cannot be changed, so all else may rely on it: two arrays of
finite numbers with as many rows, at least one feature and one target, and names that differ.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from linreg_widget.errors import TableError
from linreg_widget.quiet import quiet
from linreg_widget.wording import isolated

from .columns import clean, fill_names, join_unit, quoted, split_units, texts, with_units
from .numerals import as_float32
from .parsing import LIMIT, read_file, read_text
from .precision import Lost, Note, losses
from .sources import as_pair, from_data, from_pair
from .targets import Targets, choose_targets
from .writing import preview, write

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd
    from numpy.typing import NDArray
    from torch.utils.data import TensorDataset

    from .sheet import Sheet

__all__ = ["Table", "crop_yields"]

_FILES = (".csv", ".tsv", ".tab", ".txt", ".xlsx", ".parquet")


@quiet
@dataclass(frozen=True, eq=False, repr=False)
class Table:
    r"""Rows of features and targets to learn from.

    Two tables are equal if their numbers, names and units are; title and notes do not count.

    Examples
    --------
    >>> Table.parse("hours, grade (%)\n1, 52\n2, 61\n4, 78")
    Table: 3 rows · 1 feature → 1 target
    hours  │  grade (%)
        1  │         52
        2  │         61
        4  │         78
    inputs (3, 1), targets (3, 1), float32
    """

    inputs: NDArray[np.float32]
    """The features, ``(n, d)``: a read-only copy."""
    targets: NDArray[np.float32]
    """What is to be predicted from them, ``(n, t)``: a read-only copy."""
    feature_names: tuple[str, ...]
    """d names, which differ from each other and from the targets'."""
    target_names: tuple[str, ...]
    """t names."""
    row_names: tuple[str, ...] = ()
    """n names, which may be alike or blank, or none."""
    feature_units: tuple[str, ...] = ()
    """d units, ``""`` for none. Left out, they are taken from names such as ``Rainfall (mm)``."""
    target_units: tuple[str, ...] = ()
    """t units, likewise."""
    name: str = ""
    """A title, or ``""``."""
    notes: tuple[Note, ...] = ()
    """What the numbers lost when they became float32, column by column, in words."""

    def __post_init__(self) -> None:
        features = texts("feature_names", self.feature_names)
        targets = texts("target_names", self.target_names)
        feature_units = texts("feature_units", self.feature_units, of=features)
        target_units = texts("target_units", self.target_units, of=targets)
        names, units = with_units(
            [*features, *targets],
            [
                *(feature_units or [None] * len(features)),
                *(target_units or [None] * len(targets)),
            ],
        )
        inputs, lost_inputs = _frozen("inputs", self.inputs, features, "feature")
        outputs, lost_outputs = _frozen("targets", self.targets, targets, "target")
        if len(inputs) != len(outputs):
            raise TableError(
                f"inputs has {len(inputs)} rows but targets has {len(outputs)}: each row of inputs "
                "needs its row of targets."
            )
        row_names = texts("row_names", self.row_names, of=inputs)
        notes = (*self.notes, *_notes(names, (*lost_inputs, *lost_outputs)))
        for note in notes:
            if note.collapsed and note.column in names[len(features) :]:
                raise TableError(f"{note.words} As they are, there is nothing to predict.")
        checked = {
            "inputs": inputs,
            "targets": outputs,
            "feature_names": names[: len(features)],
            "target_names": names[len(features) :],
            "row_names": row_names if any(row_names) else (),
            "feature_units": units[: len(features)],
            "target_units": units[len(features) :],
            "name": clean(str(self.name)),
            "notes": notes,
        }
        for key, value in checked.items():
            object.__setattr__(self, key, value)

    @classmethod
    def parse(cls, text: str, targets: Targets = None) -> Table:
        """Read a table from text, as people type and paste it.

        CSV, TSV, semicolons, Markdown tables, bare tables with ``|``, and columns parted by blanks
        (two or more, where names hold single blanks). The first line is a header unless most of
        its cells are numbers, so a header of years needs letters; without a header the names are
        x1, x2, ... and y (y1, y2, ... if several). A first column of text, or one without a name,
        becomes the row names. Units in brackets belong to the name before them: ``Rainfall (mm)``.
        Cells may be quoted, lines that start with ``#`` are comments, and so is what follows a
        ``#`` behind a row's last number. Decimals may have a comma where commas do not part cells.

        Parameters
        ----------
        text : str
            The table, of at most 100,000 cells.
        targets : str, int, or sequence of str and int, optional
            The target columns. Left out: the last one. By name, ``"Mangoes"`` or
            ``["Mangoes", "Oranges"]``; by count, ``2`` for the last two; by position, counted from
            0 without the row names, ``[3, 4]``, ``[-1]`` or ``-1``. A lone whole number typed as
            text, ``"2"``, is a name if there is such a name, else a count; several are positions.

        Raises
        ------
        TableError
            Naming line, column and value, and what to do.
        """
        if not isinstance(text, str):
            raise TableError(f"Table.parse reads text, not {type(text).__name__}: use Table.of.")
        if "\n" not in text.strip() and text.strip().lower().endswith(_FILES):
            raise TableError(f"{quoted(text)} looks like a file's path: use Table.of to read it.")
        return cls._from_sheet(read_text(text, LIMIT), targets)

    @classmethod
    def of(cls, data: Any, targets: Targets = None) -> Table:
        """Make a table of data that Python has already.

        Parameters
        ----------
        data
            - A data frame: pandas, polars, or any other that narwhals knows. An index that is not
              just 0, 1, 2, ... becomes the row names, and so does a first column of text.
            - A dict of columns, each ``(n,)``.
            - A tuple ``(inputs, targets)`` of arrays, tensors or frames, ``(n, d)`` and ``(n, t)``
              or ``(n,)``; or a ``TensorDataset`` of two tensors.
            - An array or tensor ``(n, k)`` of columns without names.
            - The path of a CSV file, or of one in any other format that `parse` reads. (Of a
              million rows, ``pandas.read_csv`` is quicker: pass its DataFrame.)
            - A Table, which is returned as it is.

            Booleans count as 0 and 1; numbers are rounded to float32.
        targets : str, int, or sequence of str and int, optional
            The target columns, as for `parse`. Not with a pair, which tells them already.

        Raises
        ------
        TableError
            Naming row (from 1), column and value, and what to do.
        """
        if isinstance(data, Table):
            if targets is None:
                return data
            return replace(cls.of(data.to_frame(), targets), name=data.name, notes=data.notes)
        if isinstance(data, str | os.PathLike):
            return replace(cls._from_sheet(read_file(data), targets), name=Path(data).stem)
        pair = as_pair(data)
        if pair is None:
            return cls._from_sheet(from_data(data), targets)
        if targets is not None:
            raise TableError(
                "A pair (inputs, targets) already says which columns are targets: drop targets=."
            )
        return cls._from_sheet(*from_pair(*pair))

    @classmethod
    def _from_sheet(cls, sheet: Sheet, targets: Targets) -> Table:
        sheet = sheet.with_numbers()
        count = len(sheet.columns)
        names, units = split_units(sheet.labels or ("",) * count)
        chosen = choose_targets(targets, names, units)
        others = [position for position in range(count) if position not in chosen]
        names = fill_names(names, others, chosen)
        return cls(
            np.column_stack([sheet.columns[position] for position in others]),
            np.column_stack([sheet.columns[position] for position in chosen]),
            tuple(names[position] for position in others),
            tuple(names[position] for position in chosen),
            sheet.row_names,
            tuple(units[position] for position in others),
            tuple(units[position] for position in chosen),
            notes=_notes(names, sheet.lost),
        )

    @property
    def rows(self) -> int:
        """The number n of rows."""
        return len(self.inputs)

    @property
    def features(self) -> int:
        """The number d of features."""
        return len(self.feature_names)

    @property
    def outputs(self) -> int:
        """The number t of targets."""
        return len(self.target_names)

    def dataset(self) -> TensorDataset:
        """Return copies of inputs and targets as a torch ``TensorDataset``."""
        import torch
        from torch.utils.data import TensorDataset

        return TensorDataset(
            torch.from_numpy(self.inputs.copy()), torch.from_numpy(self.targets.copy())
        )

    def to_frame(self) -> pd.DataFrame:
        """Return a pandas DataFrame: features, then targets, with units in the columns' labels."""
        import pandas as pd

        return pd.DataFrame(
            np.hstack([self.inputs, self.targets]),
            index=pd.Index(self.row_names) if self.row_names else None,
            columns=self._labels(),
        )

    def to_csv(self, separator: str = ",") -> str:
        """Return the table as text that `parse` reads back as the same numbers, bit for bit.

        Parameters
        ----------
        separator : str
            One of ``","``, ``";"``, tab and ``"|"``.
        """
        if separator not in (",", ";", "\t", "|"):
            raise TableError(f"The separator {quoted(separator)} is none of , ; | and tab.")
        return write(
            self._labels(), self.row_names, np.hstack([self.inputs, self.targets]), separator
        )

    def _labels(self) -> list[str]:
        names = self.feature_names + self.target_names
        units = self.feature_units + self.target_units
        return [join_unit(name, unit) for name, unit in zip(names, units, strict=True)]

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Table):
            return NotImplemented
        return (
            self._labels() == other._labels()
            and self.features == other.features
            and self.row_names == other.row_names
            and np.array_equal(self.inputs, other.inputs)
            and np.array_equal(self.targets, other.targets)
        )

    def __hash__(self) -> int:
        return hash((self.inputs.shape, *self._labels()))

    def __reduce__(self) -> tuple[type[Table], tuple[Any, ...]]:  # copies are checked, read-only
        return Table, tuple(getattr(self, one.name) for one in fields(self))

    def __repr__(self) -> str:
        title = f"Table {quoted(self.name)}" if self.name else "Table"
        shown = preview(title, self._labels(), self.row_names, self.inputs, self.targets)
        return "\n".join([shown, *(note.words for note in self.notes)])


def _notes(names: Sequence[str], found: Sequence[Lost | None]) -> tuple[Note, ...]:
    """Say of each column what it lost, if anything."""
    return tuple(
        Note(name, f"The numbers of {isolated(name)} {one.words}", one.collapsed)
        for name, one in zip(names, found, strict=True)
        if one is not None
    )


def _frozen(
    what: str, values: Any, names: tuple[str, ...], kind: str
) -> tuple[NDArray[np.float32], tuple[Lost | None, ...]]:
    """Check an array ``(n, k)`` against its k names; return a float32 copy, and losses."""
    try:
        array = np.asarray(values)
    except (TypeError, ValueError, RuntimeError) as error:
        raise TableError(
            f"{what} is no array ({error}): use Table.of((inputs, targets))."
        ) from None
    if array.dtype.kind not in "biuf":
        raise TableError(f"{what} holds {array.dtype}, but numbers are needed: use Table.of.")
    if array.ndim != 2 or array.shape[1] != len(names):
        raise TableError(
            f"{what} has the shape {array.shape}, but with {len(names)} {kind}_names it must be "
            f"(n, {len(names)}): one row each and one column a {kind}."
        )
    if not array.size:
        raise TableError(
            f"{what} has the shape {array.shape}: at least one row and one {kind} are needed."
        )

    def place(column: int, row: int) -> str:
        return f"Row {row + 1}, column {quoted(names[column])}"

    held = as_float32(array, place)
    return held, losses(array.T, held, place)


def crop_yields() -> Table:
    """Return the article's table: yields of mangoes and oranges in 15 regions."""
    rows = np.array(_CROPS, dtype=np.float32)
    return Table(
        rows[:, :3],
        rows[:, 3:],
        ("Temperature (F)", "Rainfall (mm)", "Humidity (%)"),
        ("Mangoes (ton)", "Oranges (ton)"),
        row_names=tuple("ABCDEFGHIJKLMNO"),
        name="Crop yields",
    )


_CROPS = (  # temperature, rainfall, humidity; mangoes, oranges
    (73, 67, 43, 56, 70),
    (91, 88, 64, 81, 101),
    (87, 134, 58, 119, 133),
    (102, 43, 37, 22, 37),
    (69, 96, 70, 103, 119),
    (74, 66, 43, 57, 69),
    (91, 87, 65, 80, 102),
    (88, 134, 59, 118, 132),
    (101, 44, 37, 21, 38),
    (68, 96, 71, 104, 118),
    (73, 66, 44, 57, 69),
    (92, 87, 64, 82, 100),
    (87, 135, 57, 118, 134),
    (103, 43, 36, 20, 38),
    (68, 97, 70, 102, 120),
)
