"""Sheet: columns on their way to a Table, from whatever holds them.

A sheet has what all sources have in common: labels, if there are any, columns of texts or of
numbers, and words for where a row stands. It finds the row names and turns texts into numbers.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from linreg_widget.errors import TableError

from .columns import clean, listed, quoted, repeated
from .numerals import as_float32, is_value, read_exactly, read_numbers, read_simple
from .precision import Lost, losses

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Column", "Sheet", "is_text"]

Column = list[str] | NDArray[Any]
"""Stripped texts, or an array ``(n,)`` of numbers."""


@dataclass(frozen=True)
class Sheet:
    """Labelled columns of one length, not yet checked."""

    labels: tuple[str, ...] | None
    """One a column, ``""`` where a column has none; None where there is no header at all."""
    columns: list[Column]
    """All of one length."""
    place: Callable[[int], str]
    """Says where a row stands: ``Line 7`` of a text, ``Row 3`` of data."""
    row_names: tuple[str, ...] = ()
    """One a row, or none."""
    indexed: bool = False
    """Whether the first column holds row names, whatever is in it."""
    heading: str = ""
    """Where the labels stand: ``Line 1: `` or nothing."""
    before: int = 0
    """The number of columns that were taken away for row names."""
    lost: tuple[Lost | None, ...] = ()
    """What each column lost as its numbers became float32."""

    def with_row_names(self) -> Sheet:
        """Move the row names from the first column, or the first two, to `row_names`.

        A first column of text is one of row names. So is one without a name, such as the row
        numbers that R and pandas print; where text follows the row numbers, it is taken instead.
        """
        sheet = self._without_first() if self.indexed and self.columns else self
        if sheet.columns and is_text(sheet.columns[0]):
            return sheet._without_first()  # noqa: SLF001 - it is one of us
        return sheet

    def with_numbers(self) -> Sheet:
        """Return the sheet with row names apart and all columns float32 and finite."""
        sheet = self.with_row_names()
        count = len(sheet.columns)
        labels = None if sheet.labels is None else tuple(clean(label) for label in sheet.labels)
        if twice := repeated(label for label in labels or () if label):
            raise TableError(
                f"{sheet.heading}More than one column is named {listed(twice)}: give every column "
                "a name of its own."
            )
        if count < 2:
            number = "only one column" if count else "no column"
            named = sheet.row_names[0] if sheet.before and sheet.row_names else None
            why = f" (the first, with {quoted(named)} in it, names the rows)" if named else ""
            raise TableError(
                f"The table has {number} of numbers{why}, but at least two are needed, a feature "
                "and a target: add columns of numbers."
            )
        if not len(sheet.columns[0]):
            raise TableError("The table has no rows: give it at least one.")

        def place(column: int, row: int) -> str:
            shown = (labels and quoted(labels[column])) or column + 1 + sheet.before
            return f"{sheet.place(row)}, column {shown}"

        columns: dict[int, Any] = dict(enumerate(sheet.columns))
        typed = [at for at, column in columns.items() if isinstance(column, list)]
        texts = [column for column in sheet.columns if isinstance(column, list)]
        read = read_numbers(texts, lambda column, row: place(typed[column], row))
        columns.update(zip(typed, read, strict=True))
        numbers = as_float32(np.column_stack(list(columns.values())), place)
        exact = [
            read_exactly(column, number) if isinstance(column, list) else column
            for column, number in zip(sheet.columns, columns.values(), strict=True)
        ]
        found = losses(exact, numbers, place, dict(zip(typed, texts, strict=True)))
        return replace(sheet, labels=labels, columns=list(numbers.T), lost=sheet.lost or found)

    def _without_first(self) -> Sheet:
        first, *others = self.columns
        labels = None if self.labels is None else self.labels[1:]
        names = tuple(str(value) for value in first)
        return replace(
            self,
            labels=labels,
            columns=others,
            row_names=names,
            indexed=False,
            before=self.before + 1,
        )


def is_text(column: Column) -> bool:
    """Whether a column holds text: at least half of its filled cells stand for no number."""
    if isinstance(column, np.ndarray) or read_simple(column) is not None:
        return False
    filled = sum(cell != "" for cell in column)
    words = 0
    for cell in column:
        words += not is_value(cell)
        if 0 < filled <= 2 * words:
            return True
    return False
