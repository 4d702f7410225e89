"""Columns of a few words as numbers: a column of 0 and 1 for each word but one, the baseline.

If every word had a column, these would add up to 1 in each row, like the bias, and their weights
would not be determined. So the first word in the alphabet has no column: a row of zeros means it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from linreg_widget.errors import TableError
from linreg_widget.messages import say

from .columns import clean, quoted
from .meanings import is_measured
from .numerals import is_missing

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

_MOST_WORDS = 50


class Encoded(NamedTuple):
    """The 0/1 columns of one column of words."""

    labels: list[str]
    """The names of the new columns, as in ``City = Lyon``."""
    columns: list[list[str] | NDArray[np.uint8]]
    """0 and 1; where words are missing, as cells, ``0``, ``1`` and empty ones."""
    words: list[str]
    """The words that have a column."""
    baseline: str
    """The word that has no column."""


def encoded(label: str, column: Sequence[str], where: str) -> Encoded:
    """Return a column of words as 0/1 columns.

    Parameters
    ----------
    label : str
        The column's name, or "".
    column : sequence of str
        Its cells.
    where : str
        The column, for messages.

    Raises
    ------
    TableError
        If each row has a word of its own, or there are more than fifty.
    """
    read = {cell: clean(cell) for cell in set(column)}  # a million cells have few words
    missing = {cell for cell, word in read.items() if is_missing(word)}
    words = sorted({word for cell, word in read.items() if cell not in missing})
    filled = sum(cell not in missing for cell in column)
    if len(words) > _MOST_WORDS or (len(words) == filled > 2):
        raise TableError(
            say("encoding.names", where=where, words=len(words), rows=filled, label=quoted(label))
        )
    baseline, *others = words or [""]
    columns: list[list[str] | NDArray[np.uint8]] = []
    for wanted in others:
        made = {
            cell: "" if cell in missing else str(int(word == wanted)) for cell, word in read.items()
        }
        cells = [made[cell] for cell in column]
        columns.append(cells if missing else (np.array(cells) == "1").view(np.uint8))
    name = f"{label} = " if label else ""
    return Encoded([f"{name}{word}" for word in others], columns, others, baseline)


def is_words(column: Sequence[str]) -> bool:
    """Tell whether a column holds words and no number at all."""
    filled = [cell for cell in set(column) if not is_missing(cell)]
    return bool(filled) and not any(map(is_measured, filled))
