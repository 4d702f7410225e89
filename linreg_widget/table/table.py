"""Table: the rows to learn from, as float32 arrays with names.

::

    Table.parse(text)      pasted text: CSV, TSV, Markdown, bars, aligned columns
    Table.of(data)         data frames, dicts, arrays, tensors, CSV files
    crop_yields()          the 15 regions of the article

A Table is checked when it is made and cannot be changed, so everything else can rely on it: two
arrays of finite numbers with the same number of rows, at least one feature and one target, and
names that differ.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, fields, replace
from itertools import compress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Unpack

import numpy as np

from linreg_widget.errors import TableError
from linreg_widget.messages import say
from linreg_widget.quiet import quiet
from linreg_widget.wording import isolated

from .columns import (
    check_names_are_short,
    check_names_differ,
    clean,
    clean_all,
    fill_names,
    join_units,
    quoted,
    split_units,
    texts,
    with_units,
)
from .holding import chosen, held, plain
from .precision import Lost, Note, losses

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd
    from numpy.typing import NDArray
    from torch.utils.data import TensorDataset

    from .choosing import Targets
    from .reading import How
    from .sheet import Numbers

_FILES = (".csv", ".tsv", ".tab", ".txt", ".xlsx", ".parquet")


@quiet
@dataclass(frozen=True, eq=False, repr=False)
class Table:
    r"""Rows of features and targets to learn from.

    Two tables are equal if their numbers, names and units are; name and notes do not count.

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
    """The features, ``(n, d)``: a read-only copy, or a view of a file mapped for reading."""
    targets: NDArray[np.float32]
    """What is to be predicted from them, ``(n, t)``, likewise."""
    feature_names: tuple[str, ...]
    """The features' d names, different from each other and from the targets'."""
    target_names: tuple[str, ...]
    """The targets' t names."""
    row_names: tuple[str, ...] = ()
    """The rows' n names, or none. They may repeat, and may be blank."""
    feature_units: tuple[str, ...] = ()
    """The features' d units, ``""`` for none; by default from names such as ``Rainfall (mm)``."""
    target_units: tuple[str, ...] = ()
    """The targets' t units, likewise."""
    name: str = ""
    """A title, or ``""``."""
    notes: tuple[Note, ...] = ()
    """Notices, in words: how cells were interpreted, what looks wrong, and what the numbers lost
    when they became float32."""

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
            raise TableError(say("arrays.rows", inputs=len(inputs), targets=len(outputs)))
        row_names = texts("row_names", self.row_names, of=inputs)
        self._hold(
            inputs=inputs,
            targets=outputs,
            feature_names=names[: len(features)],
            target_names=names[len(features) :],
            row_names=row_names,
            feature_units=units[: len(features)],
            target_units=units[len(features) :],
            name=self.name,
            notes=(*self.notes, *_notes(names, (*lost_inputs, *lost_outputs))),
        )

    def _hold(self, *, row_names: Sequence[str], name: str, **checked: Any) -> None:
        """Set the fields; the arrays and the names of columns have been checked."""
        for note in checked["notes"]:
            if note.collapsed and note.column in checked["target_names"]:
                raise TableError(say("arrays.nothing", words=note.words))
        check_names_are_short(
            (*checked["feature_names"], *checked["target_names"], *row_names, str(name))
        )
        names = tuple(row_names) if any(row_names) else ()
        for key, value in {**checked, "row_names": names, "name": clean(str(name))}.items():
            object.__setattr__(self, key, value)

    @classmethod
    def parse(cls, text: str, targets: Targets = None, **how: Unpack[How]) -> Table:
        """Read a table from text, as people type and paste it.

        CSV, TSV, semicolons, Markdown tables, bare tables with ``|``, columns separated by blanks
        (two or more, if names contain single blanks), and what pandas, polars, R and databases
        print. The first line is a header unless most of its cells are numbers, and not
        years in a row; without a header the names are x1, x2, ... and y (y1, y2, ... if several). A
        first column of text, or one without a name, becomes the row names. Units in brackets belong
        to the name before them: ``Rainfall (mm)``; so does a sign or unit that every cell of a
        column carries: ``$1,200``, ``43%``, ``5 km``. TRUE, FALSE, yes and no are 1 and 0. Marks of
        footnotes, a title above and a source below are left out. Cells may be quoted, lines that
        start with ``#`` are comments, and so is what follows a ``#`` after a row's last number.
        Decimals may use a comma if commas do not separate cells. ``notes`` says whatever had to be
        interpreted.

        Parameters
        ----------
        text : str
            The table, of at most 100,000 cells.
        targets : str, int, or sequence of str and int, optional
            The target columns; by default the last one. By name, ``"Mangoes"`` or
            ``["Mangoes", "Oranges"]``; by count, ``2`` for the last two; by position, counted from
            0 without the row names, ``[3, 4]``, ``[-1]`` or ``-1``. A single whole number typed as
            text, ``"2"``, is a name if there is such a name, else a count; several are positions.
        features : str, int, or sequence of str and int, optional
            The features, in this order; by default all columns that are not targets.
        drop : str, int, or sequence of str and int, optional
            Columns to leave out before anything else is chosen: a rank, an id, ``Unnamed: 0``.
        encode : bool, str, int, or sequence of str and int, optional
            Columns of words to be made 0/1 columns; True: all of them. The first of a column's
            words in the alphabet is the baseline, and has no column.
        missing : {"drop"}, optional
            Leave out the rows in which a value is missing. By default they are refused.
        decimal, thousands : str, optional
            The decimal mark, ``"."`` or ``","``, and what parts thousands, where cells such as
            ``1,234`` do not say.

        Raises
        ------
        TableError
            With line, column and value, and what to do.
        """
        # Most modules of this wing read what others have written: a table that is made has no need
        # of them, so the first widget need not wait for them.
        from .parsing import LIMIT, read_text
        from .printed import refuse_address
        from .reading import Reading

        if not isinstance(text, str):
            raise TableError(say("arrays.not_text", type=type(text).__name__))
        refuse_address(text)
        if "\n" not in text.strip() and text.strip().lower().endswith(_FILES):
            raise TableError(say("arrays.path", text=quoted(text)))
        return cls._from_numbers(read_text(text, Reading.of(**how), targets, LIMIT))

    @classmethod
    def of(cls, data: Any, targets: Targets = None, **how: Unpack[How]) -> Table:
        """Make a table from data that is already in Python.

        Parameters
        ----------
        data
            - A data frame: pandas, polars, or any other that narwhals supports. An index other
              than 0, 1, 2, ... becomes the row names, and so does a first column of text.
            - A dict of columns, each ``(n,)``; a list of rows, or of dicts with the same keys.
            - A tuple ``(inputs, targets)`` of arrays, tensors or frames, ``(n, d)`` and ``(n, t)``
              or ``(n,)``; or a ``TensorDataset`` of two tensors; or a data set of scikit-learn.
            - An array or tensor ``(n, k)`` of columns without names.
            - The path of a CSV file, or of one in any other format that `parse` reads. (For a
              million rows, ``pandas.read_csv`` is faster: pass its DataFrame.)
            - A Table, which is returned unchanged if nothing else is asked for.

            Booleans count as 0 and 1; numbers are rounded to float32.
        targets : str, int, or sequence of str and int, optional
            The target columns, as for `parse`. Not with a pair, which already has them.
        features, drop, encode, missing, decimal, thousands
            How to read it, as for `parse`.

        Raises
        ------
        TableError
            With row (from 1), column and value, and what to do.
        """
        if isinstance(data, Table) and targets is None and not how:
            return data
        from .parsing import read_file
        from .reading import Reading
        from .sources import as_pair, from_columns, from_data, from_pair

        reading = Reading.of(**how)
        if isinstance(data, Table):
            values = [*data.inputs.T, *data.targets.T]
            sheet = from_columns(data.labels, values, data.row_names, data.outputs)
            return cls._from_numbers(sheet.read(reading, targets), data.name, data.notes)
        if isinstance(data, str | os.PathLike):
            return cls._from_numbers(read_file(data, reading, targets), Path(data).stem)
        pair = as_pair(data)
        if pair is not None and targets is not None:
            raise TableError(say("arrays.pair"))
        sheet = from_data(data) if pair is None else from_pair(*pair)
        return cls._from_numbers(sheet.read(reading, targets))

    @classmethod
    def _from_numbers(cls, numbers: Numbers, name: str = "", notes: tuple[Note, ...] = ()) -> Table:
        """Make a table of columns that have been read: they are float32 and finite already."""
        names, units = split_units(numbers.labels)
        chosen = numbers.targets
        others = [position for position in range(len(names)) if position not in chosen]
        names = fill_names(names, others, chosen)
        check_names_differ(names)
        parts: dict[str, Any] = {}
        parts["inputs"], parts["targets"] = numbers.inputs, numbers.outputs
        for kind, positions in (("feature", others), ("target", chosen)):
            parts[f"{kind}_names"] = tuple(names[position] for position in positions)
            parts[f"{kind}_units"] = tuple(units[position] for position in positions)
        table = object.__new__(cls)
        kept = {note.words: note for note in (*notes, *numbers.notes, *_notes(names, numbers.lost))}
        table._hold(
            **parts,
            row_names=clean_all(numbers.row_names),
            name=name,
            notes=tuple(kept.values()),
        )
        return table

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

    @property
    def labels(self) -> tuple[str, ...]:
        """The columns' names with their units, features first: ``Rainfall (mm)``."""
        names = self.feature_names + self.target_names
        units = self.feature_units + self.target_units
        return join_units(names, units)

    def polynomial(self, degree: int) -> Table:
        """Return a table with the squares and products of the features as features of their own.

        They are called ``Rainfall²``, ``Rainfall × Humidity``, and have no units. A model that is
        linear in them is a polynomial of the features.

        Parameters
        ----------
        degree : int
            The most factors in a product; 1 returns the features as they are.

        Raises
        ------
        TableError
            If the degree is not a whole number of 1 or more, makes more than 1,000 features, or a
            product is beyond float32's range.

        Examples
        --------
        >>> crop_yields().polynomial(2).feature_names[4:7]
        ('Rainfall²', 'Humidity²', 'Temperature × Rainfall')
        """
        from .polynomial import powers

        inputs, names = powers(self.inputs, self.feature_names, degree)
        units = self.feature_units + ("",) * (len(names) - self.features)
        return replace(self, inputs=inputs, feature_names=names, feature_units=units)

    def dataset(self) -> TensorDataset:
        """Return copies of inputs, (n, d), and targets, (n, t), as a torch ``TensorDataset``."""
        import torch
        from torch.utils.data import TensorDataset

        return TensorDataset(
            torch.from_numpy(self.inputs.copy()), torch.from_numpy(self.targets.copy())
        )

    def to_frame(self) -> pd.DataFrame:
        """Return a pandas DataFrame: features, then targets, with units in the column labels."""
        import pandas as pd

        return pd.DataFrame(
            np.hstack([self.inputs, self.targets]),
            index=pd.Index(self.row_names) if self.row_names else None,
            columns=[*self.labels],
        )

    def to_csv(self, separator: str = ",") -> str:
        """Return the table as text from which `parse` reads the same numbers, bit for bit.

        Parameters
        ----------
        separator : str
            One of ``","``, ``";"``, tab and ``"|"``.

        Raises
        ------
        TableError
            If it is anything else.
        """
        if separator not in (",", ";", "\t", "|"):
            raise TableError(say("arrays.separator", value=quoted(separator)))
        from .writing import written

        values = np.hstack([self.inputs, self.targets])
        return written(self.labels, self.row_names, values, separator)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Table):
            return NotImplemented
        return (
            self.labels == other.labels
            and self.features == other.features
            and self.row_names == other.row_names
            and np.array_equal(self.inputs, other.inputs)
            and np.array_equal(self.targets, other.targets)
        )

    def __hash__(self) -> int:
        return hash((self.inputs.shape, *self.labels))

    def __copy__(self) -> Table:
        return self  # nothing of it ever changes

    def __deepcopy__(self, _memo: dict[int, Any]) -> Table:
        return self

    def __reduce__(self) -> tuple[type[Table], tuple[Any, ...]]:  # pickles are checked, read-only
        return Table, tuple(getattr(self, one.name) for one in fields(self))

    def __repr__(self) -> str:
        title = say("sheets.named", name=quoted(self.name)) if self.name else say("sheets.nameless")
        from .writing import preview

        shown = preview(title, self.labels, self.row_names, self.inputs, self.targets)
        return "\n".join([shown, *(note.words for note in self.notes)])


def _notes(names: Sequence[str], found: Sequence[Lost | None]) -> tuple[Note, ...]:
    """Return a note for each column that lost something."""
    return tuple(
        Note(name, say("precision.numbers", name=isolated(name), lost=one.words), one.collapsed)
        for name, one in zip(names, found, strict=True)
        if one is not None
    )


def _frozen(
    what: str, values: Any, names: tuple[str, ...], kind: str
) -> tuple[NDArray[np.float32], tuple[Lost | None, ...]]:
    """Check an array ``(n, k)`` against its k names; return a float32 copy, and what it lost."""
    try:
        array = plain(values)
    except (TypeError, ValueError, RuntimeError) as error:
        raise TableError(say("arrays.no_array", what=what, why=error)) from None
    if array.dtype.kind not in "biuf":
        raise TableError(say("arrays.type", what=what, type=array.dtype))
    if array.ndim != 2 or array.shape[1] != len(names):
        raise TableError(
            say("arrays.shape", what=what, shape=array.shape, count=len(names), kind=kind)
        )
    if not array.size:
        raise TableError(say("arrays.empty", what=what, shape=array.shape, kind=kind))

    def place(column: int, row: int) -> str:
        return say(
            "sheets.cell",
            row=say("sources.row", row=row + 1, named=False, name=""),
            column=quoted(names[column]),
        )

    numbers = held(array, place)
    return numbers, losses(array.T, [*numbers.T], place)


def table_of(numbers: Numbers) -> Table:
    """Return the table of columns that have been read."""
    return Table._from_numbers(numbers)  # noqa: SLF001 - what else it is made of is private


def some_of(table: Table, mask: NDArray[np.bool_]) -> Table:
    """Return a table of some of the rows, in their order; ``mask``, (n,), says which."""
    parts: dict[str, Any] = {"inputs": chosen(table.inputs, mask)}
    parts["targets"] = chosen(table.targets, mask)
    names = tuple(compress(table.row_names, mask))
    parts["row_names"] = names if any(names) else ()
    some = object.__new__(Table)
    for key, value in {**vars(table), **parts}.items():
        object.__setattr__(some, key, value)
    return some


def crop_yields() -> Table:
    """Return the article's table: yields of mangoes and oranges in 15 regions.

    Examples
    --------
    >>> crop_yields().labels
    ('Temperature (F)', 'Rainfall (mm)', 'Humidity (%)', 'Mangoes (ton)', 'Oranges (ton)')
    """
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
