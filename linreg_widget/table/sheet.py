"""Sheet: labelled columns from any source, on their way to a Table.

A sheet holds what all sources have in common: labels, if any, columns of texts or of numbers, and
words for where a row is. It finds the row names, leaves out what is not wanted, and turns texts
into numbers, once. It notes whatever else it did.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from linreg_widget.errors import TableError
from linreg_widget.messages import say, within
from linreg_widget.wording import isolated

from .choosing import Columns, Encode, Targets, choose_columns, choose_targets, split_list
from .columns import (
    check_names_differ,
    clean,
    listed,
    quoted,
    repeated,
    split_unit,
    split_units,
)
from .encoding import encoded, is_words
from .holding import held_apart
from .meanings import is_date, may_be_meant, meant, without_footnote
from .numerals import (
    begins_like_a_number,
    is_code,
    is_elided,
    is_missing,
    is_value,
    read_exactly,
    read_numbers,
    read_simple,
)
from .precision import Lost, Note, losses
from .suspicions import suspicions

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from .reading import Reading

_FEW = 2  # rows that may well have different words
_NAMED = 20  # rows with gaps, of which the notice names some

Column = list[str] | NDArray[Any]
"""Stripped texts, or an array ``(n,)`` of numbers."""


class Numbers(NamedTuple):
    """What a sheet holds, read: what a Table is made of."""

    labels: tuple[str, ...]
    """k labels, which differ; ``""`` for none."""
    inputs: NDArray[np.float32]
    """The numbers of the features, ``(n, d)``: finite and read-only."""
    outputs: NDArray[np.float32]
    """Those of the targets, ``(n, t)``, likewise."""
    row_names: tuple[str, ...]
    """n names, or none."""
    lost: tuple[Lost | None, ...]
    """What each of the k columns lost when its numbers became float32."""
    targets: list[int]
    """Which of the columns are targets."""
    notes: tuple[Note, ...]
    """What was done to read them, in words, and what looks wrong."""
    sheet: Sheet | None = None
    """The columns that they were read from, if somebody asked for them."""


@dataclass(frozen=True)
class Sheet:
    """Labelled columns of one length, not yet checked."""

    labels: tuple[str, ...] | None
    """One per column, ``""`` for a column without one; None if there is no header."""
    columns: list[Column]
    """All of one length."""
    place: Callable[[int], str]
    """Says where a row is: ``Line 7`` of a text, ``Row 3`` of data."""
    row_names: tuple[str, ...] = ()
    """One per row, or none."""
    indexed: bool = False
    """Whether the first column holds row names, whatever is in it."""
    spaced: bool = False
    """Whether single blanks part the cells, so that a name of two words stands in two."""
    heading: str = ""
    """Where the labels are: ``Line 1: ``, or ``""``."""
    before: int = 0
    """The number of columns that were removed because they hold row names."""
    points: bool = False
    """Whether points may part thousands: where a comma does not part cells."""
    parted: bool = False
    """Whether cells show that commas part thousands: ``$1,200``."""
    framed: bool = False
    """Whether it was a data frame."""
    outputs: int | None = None
    """How many of the last columns are the targets, if the source says so."""
    settled: bool = False
    """Whether the row names have been told apart from the columns already."""
    notes: tuple[Note, ...] = ()
    """What was noted on the way."""

    @property
    def leading(self) -> int:
        """How many of the first columns would hold row names, or row numbers before them."""
        return self._with_meanings()._named(ask=False).before - self.before  # noqa: SLF001 - a sheet too

    def chosen(self, columns: Sequence[int], names: int | None) -> Sheet:
        """Return some of the columns, in this order, and another one, if given, as the row names.

        Parameters
        ----------
        columns : sequence of int
            Their positions, the columns of row names counted in.
        names : int or None
            The position of the column that names the rows.
        """
        return replace(
            self,
            labels=self.labels and tuple(self.labels[at] for at in columns),
            columns=[self.columns[at] for at in columns],
            row_names=() if names is None else tuple(str(cell) for cell in self.columns[names]),
            indexed=False,
            settled=True,
        )

    def read(self, reading: Reading, targets: Targets = None) -> Numbers:
        """Read the columns that are wanted as finite float32 numbers.

        Parameters
        ----------
        reading : Reading
            What the cells alone do not say.
        targets : str, int, or sequence of str and int, optional
            The target columns; see ``choose_targets``.
        """
        sheet = self._with_meanings()
        if not isinstance(reading.encode, bool | None):
            sheet._find("encode", reading.encode)  # noqa: SLF001 - a sheet too
        sheet = sheet._without(reading.drop)  # noqa: SLF001 - a sheet too
        sheet = sheet._named(reading.encode)  # noqa: SLF001 - a sheet too
        columns = _Chosen(sheet, reading, self.outputs if targets is None else targets)
        if reading.missing == "drop":
            columns.drop_gaps()
        columns.encode()
        return columns.numbers()

    def _with_meanings(self) -> Sheet:
        """Read cells with signs, units and footnotes as plain numbers; their label has the unit."""
        read = meant(self.columns, self.labels, after=int(self.indexed))
        return replace(
            self,
            columns=read.columns,
            labels=read.labels,
            parted=read.parted,
            points=self.points or read.points,
            notes=(*self.notes, *read.notes),
        )

    def _without(self, dropped: Columns) -> Sheet:
        """Leave columns out, by name or by position; also one that would name the rows."""
        if dropped is None:
            return self
        named = self._named(ask=False)
        names, units = split_units(named.labels or ("",) * len(named.columns))
        lead = {
            (clean(label) or f"Unnamed: {at}").casefold(): at
            for at, label in enumerate((self.labels or ())[: named.before - self.before])
        }
        wanted = split_list(dropped, names, units)
        out = {lead[str(one).casefold()] for one in wanted if str(one).casefold() in lead}
        rest: Any = [one for one in wanted if str(one).casefold() not in lead]
        shift = named.before - self.before
        out |= {at + shift for at in choose_columns("drop", rest, names, units)}
        keep = [at for at in range(len(self.columns)) if at not in out]
        return replace(
            self,
            labels=self.labels and tuple(self.labels[at] for at in keep),
            columns=[self.columns[at] for at in keep],
            indexed=self.indexed and 0 not in out,
        )

    def _find(self, option: str, wanted: Columns) -> None:
        """Refuse names that none of the columns has, those of the row names included."""
        names, units = split_units(self.labels or ("",) * len(self.columns))
        parts = split_list(wanted, names, units)
        if self.labels:
            choose_columns(option, [one for one in parts if isinstance(one, str)], names, units)

    def _named(self, encode: Encode = None, *, ask: bool = True) -> Sheet:
        """Move the row names from the first column, or the first two, to `row_names`.

        A first column of text holds row names. So does one without a name, such as the row numbers
        that R and pandas print; if text follows the row numbers, it is taken instead. Texts that
        repeat, in a column that has a name, name nothing: what they are is asked for.
        """
        if self.settled:
            return self
        sheet = self._without_first() if self.indexed and self.columns else self
        if sheet is not self and ask and _seems_measured(self.columns[0]):
            sheet = replace(sheet, notes=(*sheet.notes, Note("", say("notices.unnamed"))))
        first = sheet.columns[0] if sheet.columns else []
        if isinstance(first, np.ndarray) or not is_text(first):
            return sheet
        label = clean(sheet.labels[0]) if sheet.labels else ""
        twice = [cell for cell in repeated(first) if not is_missing(cell)]
        if _asks_for(encode, label, twice):
            return sheet
        if ask and twice and (label or sheet.labels is None):
            raise TableError(
                say(
                    "sheets.first",
                    named=bool(label),
                    column=quoted(label),
                    words=listed(twice[:3]),
                    name=repr(label),
                )
            )
        named = sheet._without_first()  # noqa: SLF001 - a sheet too
        if ask and (label or sheet.labels is None) and any(map(may_be_meant, first)):
            words = say("notices.names", column=isolated(label), named=bool(label))
            return replace(named, notes=(*named.notes, Note("", words)))
        return named

    def _without_first(self) -> Sheet:
        first, *others = self.columns
        labels = None if self.labels is None else self.labels[1:]
        names = tuple(str(value) for value in first)
        if self.spaced and self.row_names and is_text([*self.row_names]):
            names = tuple(map(" ".join, zip(self.row_names, names, strict=True)))
        return replace(
            self,
            labels=labels,
            columns=others,
            row_names=names,
            indexed=False,
            before=self.before + 1,
        )


def _seems_measured(column: Column) -> bool:
    """Tell whether a column is of numbers that have fractions or repeat, as no row numbers do."""
    numbers = column if isinstance(column, np.ndarray) else read_simple(column)
    if numbers is None:
        return False
    return bool((numbers != np.floor(numbers)).any()) or len(np.unique(numbers)) < len(numbers)


class _Chosen:
    """The columns of a sheet that are wanted, as they are made ready."""

    def __init__(self, sheet: Sheet, reading: Reading, targets: Targets) -> None:
        self.sheet, self.reading = sheet, reading
        self.notes = [*sheet.notes]
        count = len(sheet.columns)
        labels = [without_footnote(clean(label)) for label in sheet.labels or ("",) * count]
        check_names_differ((label for label in labels if label), sheet.heading)
        if count < 2:
            named = sheet.row_names[0] if sheet.before and sheet.row_names else None
            meant = named is not None and begins_like_a_number(named)
            raise TableError(
                say(
                    "sheets.too_few",
                    count=count,
                    named=named is not None,
                    cell=quoted(named or ""),
                    meant=meant,
                )
            )
        if not len(sheet.columns[0]):
            raise TableError(say("sheets.no_rows"))
        names, units = split_units(labels)
        chosen = choose_targets(targets, names, units)
        order = (
            range(count)
            if reading.features is None
            else [*self._features(names, units, chosen), *chosen]
        )
        self.labels = [labels[at] for at in order]
        self.columns: list[Column] = [sheet.columns[at] for at in order]
        self.targets = [at for at, position in enumerate(order) if position in chosen]
        if reading.features is None:
            self.targets = chosen
        self.shown = [
            quoted(labels[at]) if sheet.labels else str(at + 1 + sheet.before) for at in order
        ]
        wanted = reading.encode
        some = [] if isinstance(wanted, bool) else choose_columns("encode", wanted, names, units)
        self.encoding = [
            at in some
            or (wanted is True and not isinstance(column, np.ndarray) and is_words(column))
            for at, column in zip(order, self.columns, strict=True)
        ]
        self.rows: Sequence[int] | NDArray[np.intp] = range(len(sheet.columns[0]))
        self.row_names = sheet.row_names

    def _features(
        self, names: Sequence[str], units: Sequence[str], targets: list[int]
    ) -> list[int]:
        features = choose_columns("features", self.reading.features, names, units)
        if not features:
            raise TableError(say("sheets.no_features"))
        for at in features:
            if at in targets:
                raise TableError(say("sheets.both", name=quoted(names[at] or at)))
        return features

    def place(self, column: int, row: int) -> str:
        """Say where a cell is."""
        return say(
            "sheets.cell", row=self.sheet.place(int(self.rows[row])), column=self.shown[column]
        )

    def drop_gaps(self) -> None:
        """Leave out the rows in which a value is missing, and note which."""
        gaps = np.zeros(len(self.rows), dtype=bool)
        for column in self.columns:
            if isinstance(column, list):
                gaps |= [is_missing(cell) for cell in column]
            elif column.dtype.kind == "f":
                gaps |= np.isnan(column)
        if not gaps.any():
            return
        for row in np.flatnonzero(gaps).tolist():
            cells = [column[row] for column in self.columns if isinstance(column, list)]
            if cells and all(map(is_elided, cells)):
                raise TableError(
                    say("sheets.elided", row=self.sheet.place(row), cell=quoted(cells[0]))
                )
        if gaps.all():
            raise TableError(say("sheets.gaps"))
        names = self.row_names
        out = np.flatnonzero(gaps).tolist()
        left_out = [
            names[row] if names and names[row] else within(self.sheet.place(row))
            for row in out[:_NAMED]
        ]
        left_out += [""] * (len(out) - _NAMED)  # the notice only counts them
        words = say("notices.gaps", count=len(out), rows=left_out, left=int((~gaps).sum()))
        self.notes.append(Note("", words))
        self.rows = np.flatnonzero(~gaps)
        self.row_names = tuple(names[row] for row in self.rows) if names else ()
        self.columns = [
            [column[row] for row in self.rows] if isinstance(column, list) else column[self.rows]
            for column in self.columns
        ]

    def encode(self) -> None:
        """Put 0/1 columns in the place of each column of words that is to be encoded."""
        if not any(self.encoding):
            return
        labels, columns, shown, positions = self.labels, self.columns, self.shown, []
        self.labels, self.columns, self.shown = [], [], []
        for at, (label, column) in enumerate(zip(labels, columns, strict=True)):
            positions.append(len(self.columns))
            if not self.encoding[at]:
                self.labels.append(label)
                self.columns.append(column)
                self.shown.append(shown[at])
                continue
            if at in self.targets:
                raise TableError(say("sheets.words", target=shown[at]))
            cells = column if isinstance(column, list) else [f"{number:.12g}" for number in column]
            found = encoded(label, cells, say("encoding.where", column=shown[at]))
            self.labels += found.labels
            self.columns += found.columns
            self.shown += [quoted(one) for one in found.labels]
            told = isolated(label or say("words.column", column=shown[at]))
            count, baseline = len(found.words), found.baseline
            if count:
                words = say(
                    "notices.encoded",
                    column=told,
                    count=count,
                    words=found.words,
                    baseline=baseline,
                )
            else:
                words = say("notices.alike", column=told, baseline=baseline)
            self.notes.append(Note(label, words))
        self.targets = [positions[at] for at in self.targets]
        if len(self.columns) == len(self.targets):
            raise TableError(say("sheets.no_feature"))

    def numbers(self) -> Numbers:
        """Read the columns as float32."""
        columns: dict[int, Any] = dict(enumerate(self.columns))
        typed = [at for at, column in columns.items() if isinstance(column, list)]
        texts = [column for column in self.columns if isinstance(column, list)]
        read = read_numbers(
            texts,
            lambda column, row: self.place(typed[column], row),
            mark=self._mark(texts),
            points=self.sheet.points,
            remedy=lambda column, text: self._remedy(typed[column], text),
        )
        columns.update(zip(typed, read, strict=True))
        given = list(columns.values())
        features = [at for at in range(len(given)) if at not in self.targets]
        inputs, outputs = held_apart(given, [features, self.targets], self.place)
        by_column = dict(zip([*features, *self.targets], [*inputs.T, *outputs.T], strict=True))
        held = [by_column[at] for at in range(len(given))]
        exact = [
            read_exactly(column, number) if isinstance(column, list) else column
            for column, number in zip(self.columns, given, strict=True)
        ]
        lost = losses(exact, held, self.place, dict(zip(typed, texts, strict=True)))
        labels = tuple(self.labels)
        check_names_differ(label for label in labels if label)
        least = min(float(inputs.min()), float(outputs.min()))
        found = [*self._codes(), *suspicions(labels, held, self.row_names, self.targets, least)]
        return Numbers(
            labels, inputs, outputs, self.row_names, lost, self.targets, (*self.notes, *found)
        )

    def _codes(self) -> list[Note]:
        """Name the features with numbers such as 01234, whose leading 0 float32 does not keep."""
        found = []
        for at, column in enumerate(self.columns):
            if isinstance(column, np.ndarray) or at in self.targets:
                continue
            cell = next((cell for cell in column if is_code(cell)), "")
            if cell:
                name = split_unit(self.labels[at])[0]
                shown = isolated(name or say("words.column", column=self.shown[at]))
                words = say("notices.codes", column=shown, cell=cell, option=repr(name or at))
                found.append(Note(name, words))
        return found

    def _mark(self, texts: list[list[str]]) -> str | None:
        """Return the decimal mark, if the options say it: thousands=" " leaves the comma for it."""
        mark = self.reading.mark or ("." if self.sheet.parted else None)
        if mark is None and self.reading.thousands is not None:
            mark = "," if any("," in cell for column in texts for cell in column) else "."
        return mark

    def _remedy(self, column: int, text: str) -> str:
        """Say what to do about a cell of words; "" if it is a slip among numbers."""
        cells = self.columns[column]
        if isinstance(cells, np.ndarray) or not is_words(cells):
            return ""
        label, shown = self.labels[column], self.shown[column]
        name = f"{label!r}" if label else str(column)
        if is_date(text):
            return say("sheets.date", name=name)
        if column in self.targets:
            return say("sheets.target", column=shown, name=name)
        if len(cells) == len({*cells}) > _FEW:
            return say(
                "sheets.names",
                column=shown,
                name=name,
                second=column == 1,
                first=repr(self.labels[0]) if self.labels[0] else "0",
            )
        return say("sheets.encode", name=name, framed=self.sheet.framed)


def _asks_for(encode: Encode, label: str, twice: list[str]) -> bool:
    """Tell whether the first column, of text, is to be encoded rather than to name the rows."""
    if encode is None or isinstance(encode, bool | int):
        return bool(twice) and encode is True
    name, unit = split_unit(label)
    wanted = split_list(encode, [name], [unit])
    return any(str(one).casefold() in (label.casefold(), name.casefold()) for one in wanted)


def is_text(column: Column) -> bool:
    """Tell whether a column holds text: at least half of its filled cells are not numbers."""
    if isinstance(column, np.ndarray) or read_simple(column) is not None:
        return False
    filled = len(column) - column.count("")
    words = 0
    for cell in column:
        words += not is_value(cell)
        if 0 < filled <= 2 * words:
            return True
    return False
