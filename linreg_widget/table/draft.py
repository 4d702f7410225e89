"""A table before it is one: pasted text with its columns, and the role of each.

Text is read as ``Table.parse`` reads it, with the same notices and the same refusals. Its columns
are also listed as they stand in the text, so that somebody can choose which are features, which are
targets, which name the rows, and which are left out.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Unpack

import numpy as np

from linreg_widget.errors import TableError
from linreg_widget.messages import say

from .columns import clean, repeated, split_units
from .encoding import is_words
from .numerals import is_missing
from .parsing import LIMIT, read_text, sheet_of
from .printed import refuse_address
from .reading import Reading
from .table import Table, table_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .columns import DraftColumn, Role
    from .reading import How
    from .sheet import Column, Sheet


MOST_LETTERS = 1_000_000
"""The longest text that is read: ten letters for each cell that ``Table.parse`` takes."""


@dataclass(frozen=True)
class Draft:
    """What a text would be as a table."""

    columns: list[DraftColumn]
    """As they stand in the text; none where it has no columns."""
    rows: int
    """Rows in the text."""
    table: Table | None
    """What is read; None where it is refused."""
    error: str
    """Why it is refused; empty where it is not."""


def drafted(text: str, roles: Sequence[Role] = (), *, shown: int = 6, **how: Unpack[How]) -> Draft:
    """Read a text as a table, as far as it is one.

    Parameters
    ----------
    text : str
    roles : sequence of {"feature", "target", "encode", "names", "out"}
        One for each column of the text. If there are fewer, the others are left out; if none are
        given, the columns are what ``Table.parse`` makes of them.
    shown : int
        How many cells of each column to return.
    missing, decimal, thousands
        As for ``Table.parse``.
    """
    if len(text) > MOST_LETTERS:
        words = say("paste.too_long", letters=len(text), most=MOST_LETTERS)
        return Draft([], 0, None, words)
    table, error = None, ""
    try:
        refuse_address(text)
        sheet = sheet_of(text, LIMIT)
    except TableError as refusal:
        return Draft([], 0, None, str(refusal))
    try:
        reading = Reading.of(**how)
        if roles:
            table = _chosen(sheet, roles, reading)
        else:
            table = table_of(read_text(text, reading, None, LIMIT))
    except TableError as refusal:
        error = str(refusal)
    return Draft(_columns(sheet, roles, shown), len(sheet.columns[0]), table, error)


def _chosen(sheet: Sheet, roles: Sequence[Role], reading: Reading) -> Table:
    """Read the columns that play a part."""
    at: dict[Role, list[int]] = {}
    for position, role in zip(range(len(sheet.columns)), roles, strict=False):
        at.setdefault(role, []).append(position)
    features = sorted([*at.get("feature", []), *at.get("encode", [])])
    targets, names = at.get("target", []), at.get("names", [])
    for role, some in (("feature", features), ("target", targets)):
        if not some:
            raise TableError(say("paste.missing", role=role))
    order = [*features, *targets]
    encode = [order.index(position) for position in at.get("encode", [])]
    reading = replace(reading, features=None, drop=None, encode=encode or None)
    some_columns = sheet.chosen(order, names[-1] if names else None)
    return table_of(some_columns.read(reading, [*range(len(features), len(order))]))


def _columns(sheet: Sheet, roles: Sequence[Role], shown: int) -> list[DraftColumn]:
    names, units = split_units(sheet.labels or ("",) * len(sheet.columns))
    left: list[Role] = ["out"] * len(names)
    parts = [*roles, *left] if roles else _usual(sheet)
    return [
        {
            "name": name,
            "unit": unit,
            "cells": [clean(str(cell)) for cell in column[:shown]],
            "role": role,
            "words": _words(column),
        }
        for name, unit, column, role in zip(names, units, sheet.columns, parts, strict=False)
    ]


def _usual(sheet: Sheet) -> list[Role]:
    """Return the roles of columns if nobody chooses: the last one is the target."""
    count, leading = len(sheet.columns), sheet.leading
    first = sheet.columns[0]
    named = bool(sheet.labels and clean(sheet.labels[0]))
    if leading == 1 and named and repeated(cell for cell in first if not is_missing(str(cell))):
        leading = 0  # words that repeat name nothing
    parts: list[Role] = ["out"] * max(0, leading - 1)
    if leading:
        parts.append("names")
    parts += ["feature"] * (count - leading)
    parts[-1] = "target"
    return parts


def _words(column: Column) -> bool:
    return not isinstance(column, np.ndarray) and is_words(column)
