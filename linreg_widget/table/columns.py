"""Columns: their names and units.

A label such as ``Rainfall (mm)`` is the name ``Rainfall`` with the unit ``mm``. Names are plain
text on one line: runs of blanks, line breaks included, become one space, and characters that cannot
be seen or sent (control characters, zero-width spaces, halves of surrogate pairs) are dropped.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Hashable, Iterable, Sequence, Sized
from typing import Literal, TypedDict, TypeVar

from linreg_widget.errors import TableError
from linreg_widget.messages import say

T = TypeVar("T", bound=Hashable)

Role = Literal["feature", "target", "encode", "names", "out"]
"""The role of a column; "encode": its words become features of 0 and 1."""


class DraftColumn(TypedDict):
    """A column of a pasted text."""

    name: str
    unit: str
    cells: list[str]
    """Its first cells."""
    role: Role
    words: bool
    """Whether it holds words and no numbers, so it can become 0/1 columns."""


UNSEEN = re.compile(  # first the colours of a terminal
    "\x1b\\[[\\d;]*[A-Za-z]|[\x00-\x08\x0e-\x1f\x7f-\x9f\u200b\u2060\ufeff\ud800-\udfff]+"
)
_LONGEST = 10_000
_OPENING = "([\uff08\uff3b"  # the last two are full-width, as in Chinese and Japanese tables
_CLOSING = ")]\uff09\uff3d"
_FUNCTIONS = frozenset(
    ["abs", "cos", "exp", "ln", "log", "log10", "log1p", "log2", "sin", "sqrt", "tan"]
)


def clean(text: str) -> str:
    """Return `text` as a name: on one line, stripped, without invisible characters."""
    return " ".join((text if text.isprintable() else UNSEEN.sub("", text)).split())


def clean_all(texts: Sequence[str]) -> tuple[str, ...]:
    """Return texts as names, each as ``clean`` does; if all are clean, none is looked at alone."""
    joined = "\n".join(["", *texts, ""])
    clean_already = (
        joined.count("\n") == len(texts) + 1
        and joined.replace("\n", "").isprintable()  # so the only blanks are spaces
        and not any(blanks in joined for blanks in ("  ", " \n", "\n "))
    )
    return tuple(texts if clean_already else map(clean, texts))


def quoted(value: object) -> str:
    """Return `value` for an error message: in quotes, cut to 40 characters."""
    text = value if isinstance(value, str) else str(value)
    return repr(text if len(text) <= 40 else text[:39] + "…")


def listed(names: Sequence[str]) -> str:
    """Return `names` in quotes, separated by commas; at most eight of them."""
    shown = ", ".join(quoted(name) for name in names[:8])
    return shown + (say("columns.in_all", names=shown, count=len(names)) if len(names) > 8 else "")


def split_unit(label: str) -> tuple[str, str]:
    """Split a label into its name and its unit.

    Parameters
    ----------
    label : str
        A column's heading, such as ``Rainfall (mm)``, ``Rainfall [mm]`` or ``Rainfall(mm)``.

    Returns
    -------
    tuple of str
        Name and unit, ``("Rainfall", "mm")``; the unit is ``""`` if there is none. Empty brackets
        mean "no unit": ``f (x) ()`` is the name ``f (x)`` without a unit. ``log(x)`` stays whole,
        since a function's argument is not a unit.
    """
    label = clean(label)
    if label[-1:] not in _CLOSING or not label:
        return label, ""
    depth = 0
    for start in range(len(label) - 1, -1, -1):
        depth += (label[start] in _CLOSING) - (label[start] in _OPENING)
        if depth == 0:
            name = label[:start]
            if not name or name in _FUNCTIONS:
                break
            return name.rstrip(), label[start + 1 : -1].strip()
    return label, ""


def split_units(labels: Sequence[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Split every label into name and unit; labels that differ only in their unit stay whole.

    Parameters
    ----------
    labels : sequence of str
        All labels of a table, e.g. ``["Temperature (F)", "Temperature (C)", "Rainfall (mm)"]``.

    Returns
    -------
    tuple of two tuples of str
        Names, ``("Temperature (F)", "Temperature (C)", "Rainfall")``, and units,
        ``("", "", "mm")``.
    """
    pairs = [split_unit(label) for label in labels]
    alike = repeated(name for name, _ in pairs)
    pairs = [
        (clean(label), "") if unit and name in alike else (name, unit)
        for (name, unit), label in zip(pairs, labels, strict=True)
    ]
    return tuple(name for name, _ in pairs), tuple(unit for _, unit in pairs)


def join_unit(name: str, unit: str) -> str:
    """Return the label that `split_unit` splits into this name and unit."""
    if unit or split_unit(name) != (name, ""):
        return f"{name} ({unit})"
    return name


def join_units(names: Sequence[str], units: Sequence[str]) -> tuple[str, ...]:
    """Return the labels that `split_units` splits into these names and units.

    ``Temp (F)`` beside ``Temp (C)`` stays whole, so it needs no empty brackets after it.
    """
    plain = tuple(
        f"{name} ({unit})" if unit else name for name, unit in zip(names, units, strict=True)
    )
    if split_units(plain) == (tuple(names), tuple(units)):
        return plain
    return tuple(join_unit(name, unit) for name, unit in zip(names, units, strict=True))


def with_units(
    names: Sequence[str], units: Sequence[str | None]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return names and units; a unit that is None is taken from its name.

    Raises
    ------
    TableError
        If two names are the same, or a unit cannot be told from its name in a label.
    """
    labels = []
    for name, unit in zip(names, units, strict=True):
        labels.append(name if unit is None else join_unit(name, unit))
        if unit is not None and split_unit(labels[-1]) != (name, unit):
            raise TableError(say("columns.brackets", unit=quoted(unit), name=quoted(name)))
    split = split_units(labels)
    check_names_differ(split[0])
    return split


def check_names_differ(names: Iterable[str], where: str = "") -> None:
    """Raise a TableError if two columns have the same name; ``where`` says where the names are."""
    if twice := repeated(names):
        raise TableError(say("columns.twice", where=where, names=listed(twice)))


def check_names_are_short(names: Iterable[str]) -> None:
    """Raise a TableError if a name is longer than any that people read: each page carries it."""
    longest = max(names, key=len, default="")
    if len(longest) > _LONGEST:
        words = say("columns.long", name=quoted(longest), letters=len(longest), most=_LONGEST)
        raise TableError(words)


def repeated(items: Iterable[T]) -> list[T]:
    """Return the items that occur more than once, in order of first appearance."""
    items = [*items]
    if len({*items}) == len(items):
        return []
    return [item for item, times in Counter(items).items() if times > 1]


def fill_names(
    names: Sequence[str], features: Sequence[int], targets: Sequence[int]
) -> tuple[str, ...]:
    """Name the columns without a name: features x1, x2, ..., the target y.

    Parameters
    ----------
    names : sequence of str
        One per column, ``""`` for none.
    features, targets : sequence of int
        The columns' positions, in order. Several targets are y1, y2, ...
    """
    filled, taken = list(names), set(names)
    for letter, columns in (("x", features), ("y", targets)):
        least = 0  # all numbers from a column's own to this one are taken: none is looked at twice
        for number, position in enumerate(columns, start=1):
            if filled[position]:
                continue
            name = letter if letter == "y" and len(columns) == 1 else f"{letter}{number}"
            if name in taken:
                least = max(number, least)
                while (name := f"{letter}{least}") in taken:
                    least += 1
            filled[position] = name
            taken.add(name)
    return tuple(filled)


def texts(what: str, values: object, of: Sized | None = None) -> tuple[str, ...]:
    """Check a sequence of texts, and return them cleaned.

    With `of`, there must be as many as in `of`, or none, and they may be blank. Without it they are
    names, which may not be blank.
    """
    if isinstance(values, str) or not isinstance(values, Iterable):
        raise TableError(say("columns.sequence", what=what, value=quoted(values)))
    cleaned = []
    for value in values:
        if not isinstance(value, str):
            raise TableError(
                say("columns.texts", what=what, value=quoted(value), type=type(value).__name__)
            )
        cleaned.append(clean(value))
        if of is None and not cleaned[-1]:
            raise TableError(say("columns.blank", what=what, value=quoted(value)))
    if of is not None and len(cleaned) not in (0, len(of)):
        raise TableError(say("columns.entries", what=what, has=len(cleaned), wanted=len(of)))
    return tuple(cleaned)


def name_row(names: Sequence[str], row: int) -> str:
    """Return the name of a row, counted from 0, or "row 1", "row 2", ... if rows have no names."""
    return names[row] if names else say("words.row", row=row + 1)
