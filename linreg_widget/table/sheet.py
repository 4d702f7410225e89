"""Sheet: labelled columns from any source, on their way to a Table.

A sheet holds what all sources have in common: labels, if any, columns of texts or of numbers, and
words for where a row is. It finds the row names and turns texts into numbers, once.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from linreg_widget.errors import TableError

from .columns import check_names_differ, clean, quoted
from .numerals import as_float32, is_value, read_exactly, read_numbers, read_simple
from .precision import Lost, losses

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Column", "Numbers", "Sheet", "is_text"]

Column = list[str] | NDArray[Any]
"""Stripped texts, or an array ``(n,)`` of numbers."""


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
    heading: str = ""
    """Where the labels are: ``Line 1: ``, or ``""``."""
    before: int = 0
    """The number of columns that were removed because they hold row names."""

    def numbers(self) -> Numbers:
        """Separate the row names, and read all other columns as finite float32 numbers."""
        sheet = self._with_row_names()
        count = len(sheet.columns)
        labels = tuple(clean(label) for label in sheet.labels or ("",) * count)
        check_names_differ((label for label in labels if label), sheet.heading)
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
            shown = quoted(labels[column]) if sheet.labels else column + 1 + sheet.before
            return f"{sheet.place(row)}, column {shown}"

        columns: dict[int, Any] = dict(enumerate(sheet.columns))
        typed = [at for at, column in columns.items() if isinstance(column, list)]
        texts = [column for column in sheet.columns if isinstance(column, list)]
        read = read_numbers(texts, lambda column, row: place(typed[column], row))
        columns.update(zip(typed, read, strict=True))
        values = as_float32(np.column_stack(list(columns.values())), place)
        exact = [
            read_exactly(column, number) if isinstance(column, list) else column
            for column, number in zip(sheet.columns, columns.values(), strict=True)
        ]
        lost = losses(exact, values, place, dict(zip(typed, texts, strict=True)))
        return Numbers(labels, values, sheet.row_names, lost)

    def _with_row_names(self) -> Sheet:
        """Move the row names from the first column, or the first two, to `row_names`.

        A first column of text holds row names. So does one without a name, such as the row numbers
        that R and pandas print; if text follows the row numbers, it is taken instead.
        """
        sheet = self._without_first() if self.indexed and self.columns else self
        if sheet.columns and is_text(sheet.columns[0]):
            return sheet._without_first()  # noqa: SLF001 - a sheet too
        return sheet

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


class Numbers(NamedTuple):
    """What a sheet holds, read: what a Table is made of."""

    labels: tuple[str, ...]
    """k labels, which differ; ``""`` for none."""
    values: NDArray[np.float32]
    """The numbers, ``(n, k)``: finite and read-only."""
    row_names: tuple[str, ...]
    """n names, or none."""
    lost: tuple[Lost | None, ...]
    """What each of the k columns lost when its numbers became float32."""


def is_text(column: Column) -> bool:
    """Tell whether a column holds text: at least half of its filled cells are not numbers."""
    if isinstance(column, np.ndarray) or read_simple(column) is not None:
        return False
    filled = sum(cell != "" for cell in column)
    words = 0
    for cell in column:
        words += not is_value(cell)
        if 0 < filled <= 2 * words:
            return True
    return False
