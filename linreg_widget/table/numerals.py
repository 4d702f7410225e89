"""Numbers as people type them: decimal points and commas, thousands separators, minus signs.

A table is read under one convention: either the point marks decimals and the comma thousands, or
the other way round. A text that can be read both ways, with different values, is an error:
``1,234`` alone may be 1234 or 1.234, but next to ``0.5`` it can only be 1234. ``1.234`` is as
ambiguous where a comma cannot part the cells: German tables come with semicolons and tabs.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from linreg_widget.errors import TableError
from linreg_widget.messages import say, within
from linreg_widget.quiet import quietly

from .columns import quoted
from .precision import EXACT

if TYPE_CHECKING:
    from numpy.typing import NDArray

_BLANKS = " '\u2019\u00a0\u2007\u2009\u202f"
_GROUPED = rf"\d{{1,3}}(?:[{_BLANKS}]\d{{3}})+"
_LAKHS = r"[1-9]\d?(?:,\d{2})+,\d{3}"  # as in India: 12,34,567
_EXPONENT = r"(?:[eE][+-]?\d+)?"
_POINT = re.compile(
    rf"[+-]?(?:(?:{_GROUPED}|[1-9]\d{{0,2}}(?:,\d{{3}})+|{_LAKHS}|\d+)(?:\.\d*)?|\.\d+){_EXPONENT}",
    re.ASCII,
)
_COMMA = re.compile(
    rf"[+-]?(?:(?:{_GROUPED}|[1-9]\d{{0,2}}(?:\.\d{{3}})+|\d+)(?:,\d+)?|,\d+){_EXPONENT}", re.ASCII
)
_SIMPLE = re.compile(r"[0-9.eE+-]*")  # Python's float() reads these as we do
_MINUSES = "\u2212\u2012\u2013\ufe63\uff0d"
_MINUS = str.maketrans(_MINUSES, "-" * len(_MINUSES))
_FIRST = frozenset("0123456789.,+-" + _MINUSES)
_NARROW = {
    **{0xFEE0 + code: code for code in range(0x21, 0x7F)},  # full-width signs
    0xFFE5: 0xA5,
    0x066B: ord("."),
    0x066C: ord("'"),  # a yen; Arabic decimals and thousands
}
_UNGROUP = str.maketrans("", "", _BLANKS)
_TO_POINT = {",": str.maketrans(",", ".", "."), ".": str.maketrans("", "", ",")}
_ELIDED = frozenset(["..", "...", "…"])  # where a print leaves out rows or columns
_MISSING = _ELIDED.union(
    ["", "-", "--", "---", "–", "—", "?", ".", ":", "na", "n/a", "n.a.", "n. a.", "nan", "nat"],
    ["n/d", "n.d.", "n. d.", "k.a.", "k. a.", "k/a", "<na>"],  # k.a. is German: not given
    ["null", "nil", "none", "missing", "(null)", "#n/a", "#nv", "#div/0!", "#value!", "#ref!"],
    ["#num!", "#name?", "#null!", "#wert!", "#bezug!", "#zahl!"],
)
_LONGEST_GAP = max(map(len, _MISSING))  # a longer text marks no missing value
_INFINITE = frozenset(["inf", "infinity", "∞", "1.#inf"])
_GROUPING = frozenset(_BLANKS + ",")
_OF_INT64 = 9e18
_WHOLE = re.compile(r"[+-]?\d+", re.ASCII)
_THREES = re.compile(r"[+-]?[1-9]\d{0,2}(?:\.\d{3})+", re.ASCII)  # thousands, or three decimals
_AFFIXED = re.compile(r"[$€£¥]?\s*([+-]?\d[\d.,]*)\s*(?:[%°$€£¥]|[A-Za-z]{2,4})?", re.ASCII)

Columns = Sequence[Sequence[str]]
Place = Callable[[int, int], str]
"""Says in words where a column and row is: ``Line 7, column 'Rainfall'``."""


def is_number(text: str) -> bool:
    """Tell whether `text` is a finite number under either convention."""
    if text[:1] not in _FIRST:  # the first letter is enough for most words
        return False
    if not text.isascii():
        text = text.translate(_MINUS)
    return bool(_POINT.fullmatch(text) or _COMMA.fullmatch(text))


def narrowed(cell: str) -> str:
    """Return a number in other digits, full-width, Arabic or of India, in plain ones."""
    if cell.isascii():
        return cell
    plain = half_width(cell)
    return plain if is_number(plain.strip()) else cell


def half_width(text: str) -> str:
    """Return a text with plain signs and digits in the place of full-width and foreign ones."""
    if text.isascii():
        return text
    plain = text.translate(_NARROW)
    if plain.isascii():
        return plain
    return "".join(str(unicodedata.decimal(sign, sign)) for sign in plain)


def begins_like_a_number(text: str) -> bool:
    """Tell whether the first letter or digit of `text` is a digit: ``~5``, ``1/2``, ``½``."""
    sign = next((sign for sign in text if sign.isalnum() or sign.isnumeric()), "")
    return unicodedata.category(sign) in ("Nd", "No") if sign else False


def is_in_threes(text: str) -> bool:
    """Tell whether points part all of `text` into threes, ``1.234``: thousands, or decimals."""
    return bool(_THREES.fullmatch(text.translate(_MINUS)))


def is_code(text: str) -> bool:
    """Tell whether `text` is a number that begins with 0, as postal codes do: ``01234``."""
    return text[:1] == "0" and len(text) > 1 and text.isdecimal() and text.strip("0") != ""


def is_value(text: str) -> bool:
    """Tell whether `text` is a number, infinity, or a mark for a missing value."""
    return is_number(text) or is_missing(text) or _is_infinite(text)


def is_missing(text: str) -> bool:
    """Tell whether `text` marks a missing value: empty, ``NA``, ``-``, ``#N/A`` and others."""
    return (len(text) <= _LONGEST_GAP and text.lower() in _MISSING) or _is_hidden(text)


def _is_hidden(text: str) -> bool:
    """Tell whether `text` is what a spreadsheet shows where a column is too narrow, ``####``."""
    return text[:2] == "##" and not text.strip("#")


def is_elided(text: str) -> bool:
    """Tell whether `text` stands for what a print has left out, ``...``."""
    return text in _ELIDED


def _is_infinite(text: str) -> bool:
    if text[-1:] not in "fFyY∞":  # the last letter is enough for most words
        return False
    return text.translate(_MINUS).lstrip("+-").lower() in _INFINITE


@quietly
def read_numbers(
    columns: Columns,
    place: Place,
    *,
    mark: str | None = None,
    points: bool = False,
    remedy: Callable[[int, str], str] = lambda _column, _cell: "",
) -> list[NDArray[np.float64]]:
    """Read columns of texts as numbers, all under one convention.

    Parameters
    ----------
    columns : sequence of sequences of str
        The cells, stripped, column by column.
    place : callable
        Says in words where a cell is; called as ``place(column, row)``.
    mark : {".", ","}, optional
        The decimal mark; by default found out from the cells.
    points : bool
        Whether points may part thousands, so that ``1.234`` alone is ambiguous.
    remedy : callable
        Says what to do about a cell that is not a number, called as ``remedy(column, cell)``; "":
        what its text suggests.

    Returns
    -------
    list of ndarray
        One float64 array per column, within the range of float32.
    """
    simple = [read_simple(column) for column in columns]
    if any(column is None for column in simple):
        _refuse_others(columns, place, remedy)
    if mark is not None:
        _check_mark(mark, columns, place)
    else:
        plain = all(column is not None for column in simple)
        mark = "." if plain else _decimal_mark(columns, place)
        if points and mark == ".":
            _refuse_points(columns, place)
    numbers = [
        read
        if read is not None and (mark == "." or "." not in "".join(column))
        else np.array([_to_float(cell, mark) for cell in column], dtype=np.float64)
        for column, read in zip(columns, simple, strict=True)
    ]
    for position, column in enumerate(numbers):
        huge = np.isinf(column.astype(np.float32))
        if huge.any():
            row = int(np.argmax(huge))
            text = quoted(columns[position][row])
            raise refusal(place(position, row), text, say("cells.too_large"))
    return numbers


def is_simple(column: Sequence[str]) -> bool:
    """Tell whether a column is likely to hold plain numbers only, from the signs in it."""
    return bool(_SIMPLE.fullmatch("".join(column)))


def read_simple(column: Sequence[str]) -> NDArray[np.float64] | None:
    """Read a column of plain numbers at full speed, or return None."""
    if not is_simple(column):
        return None
    try:
        return np.array(column, dtype=object).astype(np.float64)
    except ValueError:
        return None


def read_exactly(column: Sequence[str], numbers: NDArray[np.float64]) -> NDArray[Any]:
    """Return a column's numbers with what float64 has lost of their texts.

    Whole numbers too large for float64 become int64, or Python's int; numbers too small for it do
    not become 0.

    Parameters
    ----------
    column : sequence of str
    numbers : ndarray
        The same column, read by ``read_numbers``.
    """
    if (largest := np.abs(numbers).max()) >= EXACT and all(map(_WHOLE.fullmatch, column)):
        kind = np.int64 if largest < _OF_INT64 else object
        return np.array([int(cell) for cell in column], dtype=kind)
    gone = [
        row
        for row in np.flatnonzero(numbers == 0).tolist()
        if any(digit in "123456789" for digit in column[row].lower().partition("e")[0])
    ]
    if gone:
        numbers = numbers.copy()
        numbers[gone] = np.nextafter(0, 1)
    return numbers


def _to_float(text: str, mark: str) -> float:
    return float(text.translate(_MINUS).translate(_UNGROUP).translate(_TO_POINT[mark]))


def _refuse_others(columns: Columns, place: Place, remedy: Callable[[int, str], str]) -> None:
    """Raise a TableError for the first cell, line by line, that is not a number."""
    bad = [
        (row, position)
        for position, column in enumerate(columns)
        if (row := next((i for i, cell in enumerate(column) if not is_number(cell)), -1)) >= 0
    ]
    if not bad:
        return
    row, position = min(bad)
    text = columns[position][row]
    where = place(position, row)
    if is_missing(text):
        known = _is_hidden(text) or is_elided(text)
        why = say("cells.hidden") if _is_hidden(text) else say("cells.elided")
        raise TableError(
            say(
                "cells.empty",
                cell=where,
                value=quoted(text),
                blank=not text,
                why=why if known else say("cells.fill_in"),
            )
        )
    if _is_infinite(text):
        raise refusal(where, quoted(text), what_is_wrong(float("inf")))
    advice = remedy(position, text) or _advice(text)
    raise TableError(say("cells.not_a_number", cell=where, value=quoted(text), advice=advice))


def _advice(text: str) -> str:
    inner = _AFFIXED.fullmatch(text)
    if inner and is_number(inner[1]):
        return say("cells.affixed", number=inner[1])
    if text.lower() in ("true", "false"):
        return say("cells.truths")
    return say("cells.number")


def _first(columns: Columns, wanted: Callable[[str], object]) -> tuple[int, int] | None:
    """Return the row and the column of the first cell, line by line, that is wanted."""
    found = (
        (row, position)
        for position, column in enumerate(columns)
        for row, cell in enumerate(column)
        if wanted(cell)
    )
    return min(found, default=None)


def _unlike(pattern: re.Pattern[str]) -> Callable[[str], object]:
    return lambda cell: not pattern.fullmatch(cell.translate(_MINUS))


def _decimal_mark(columns: Columns, place: Place) -> str:
    """Return the decimal mark with which all cells are numbers; raise a TableError if none is."""
    not_point = _first(columns, _unlike(_POINT))
    comma = _first(columns, lambda cell: "," in cell)
    if comma is None and not_point is None:
        return "."
    not_comma = _first(columns, _unlike(_COMMA))
    if not_point is None and not_comma is not None:
        return "."
    if not_point is not None and not_comma is None:
        return ","
    if not_point is not None and not_comma is not None:
        (row, position), (other_row, other) = not_point, not_comma
        where = place(other, other_row)
        raise TableError(
            say(
                "cells.both_marks",
                cell=place(position, row),
                value=quoted(columns[position][row]),
                other=within(where),
                other_value=quoted(columns[other][other_row]),
            )
        )
    raise _ambiguous(columns, place, *(comma or (0, 0)))  # there is a comma, or "." was returned


def _refuse_points(columns: Columns, place: Place) -> None:
    """Refuse a table in which every point is followed by three digits: ``2.155`` and ``19.470``."""
    for column in columns:
        for cell in column:
            if ("." in cell and not is_in_threes(cell)) or not _GROUPING.isdisjoint(cell):
                return  # from this cell it is known what a point is
    at = _first(columns, lambda cell: "." in cell)
    if at is not None:
        raise _ambiguous(columns, place, *at)


def _ambiguous(columns: Columns, place: Place, row: int, position: int) -> TableError:
    text = columns[position][row]
    mark, other = (",", ".") if "," in text else (".", ",")
    grouped, decimal = _to_float(text, other), _to_float(text, mark)
    return TableError(
        say(
            "cells.either",
            cell=place(position, row),
            value=quoted(text),
            grouped=f"{grouped:.15g}",
            number=f"{decimal:.15g}",
            mark=mark,
        )
    )


def _check_mark(mark: str, columns: Columns, place: Place) -> None:
    """Raise a TableError for a cell that is not a number with this decimal mark."""
    at = _first(columns, _unlike(_POINT if mark == "." else _COMMA))
    if at is not None:
        row, position = at
        raise TableError(
            say(
                "cells.other_mark",
                cell=place(position, row),
                value=quoted(columns[position][row]),
                point=mark == ".",
            )
        )


def refusal(cell: str, value: str, why: str) -> TableError:
    """Return the error for a cell that holds a value, with why it cannot be used."""
    return TableError(say("cells.holds", cell=cell, value=value, why=why))


def what_is_wrong(value: float) -> str:
    """Say why a number cannot be used as a float32, and what to do."""
    if np.isnan(value):
        return say("cells.missing", why=say("cells.fill_in"))
    if np.isinf(value):
        return say("cells.infinite")
    return say("cells.too_large")
