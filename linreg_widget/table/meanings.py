"""Cells that are numbers with something around them: ``$1,200``, ``43%``, ``5 km``, ``83,190[1]``.

A column is read as numbers if each of its cells carries the same sign or unit. Marks of footnotes
are dropped, and TRUE, FALSE, yes and no are 1 and 0. A column that mixes units stays as it is, and
is refused later on.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NamedTuple

from linreg_widget.messages import say
from linreg_widget.wording import isolated

from .columns import join_unit, split_unit
from .numerals import (
    begins_like_a_number,
    half_width,
    is_in_threes,
    is_missing,
    is_number,
    is_simple,
)
from .precision import Note

if TYPE_CHECKING:
    from collections.abc import Sequence

_TRUTHS = (("true", "false"), ("yes", "no"))
_TRUTH_WORDS = frozenset().union(*_TRUTHS)
_BRACKETED = r"\[(?:\d{1,3}|[a-z]|(?:note|nb|n|fn|upper-alpha|lower-alpha) ?\w{1,3})\]"
_FOOTNOTES = re.compile(
    rf"(?<=\S)(?:\s?(?:{_BRACKETED}|[*†‡§¶]|(?<=\d)[¹²³⁰⁴-⁹ᵃ-ᶻ]+))+$", re.IGNORECASE
)
_NUMBERED = re.compile(rf"(?<=\S)\s?(?:{_BRACKETED.replace('[a-z]|', '')})+$", re.IGNORECASE)
_MONEY = (
    r"(?:[A-Z]{0,3}[$€£¥₹₽₩₪฿₺₴₦₫₱]|kr\.?|Kč|zł|Fr\.?|Rs\.?"
    r"|CHF|EUR|USD|GBP|JPY|CNY|INR|SEK|NOK|DKK|CAD|AUD)"
)
_SIGNS = "%\u2030\u00b0€$£¥₹₽₩₪฿₺₴₦₫₱\u2032\u2033'\""
_SUFFIX = rf"(?:[{_SIGNS}]|[^\W\d_])(?:[^\W\d_]|[%°$€£²³⁻/·*.µ ]|(?<=[^\W\d_])[23](?!\d))*"
_MEASURED = re.compile(
    rf"(?P<sign>[+\u2212\u2012\u2013-]?)\s?(?P<money>{_MONEY})?\s?"
    r"(?P<number>[+\u2212\u2012\u2013-]?(?:\d(?:[\d.,'\u2019\s]*\d)?\.?|\.\d+)(?:[eE][+-]?\d+)?)\s?"
    rf"(?P<suffix>{_SUFFIX})?"
)
_NO_UNIT = re.compile(  # ordinals, times of day and months: "4th", "5 pm", "5 May"
    r"st|nd|rd|th|[ap]\.?m\.?|"
    r"(?:jan|feb|mar|apr|may|mai|jun|jul|aug|sep|sept|oct|okt|nov|dec|dez)[a-z]*\.?",
    re.IGNORECASE,
)
_PAID = re.compile(_MONEY)
_DOLLARS = re.compile(r"[A-Z]{0,3}\$|[£¥₹]")
_COMMAS = re.compile(r"[+-]?[1-9]\d{0,2}(?:,\d{2,3})*,\d{3}(?:\.\d*)?", re.ASCII)
_DIGIT = re.compile(r"\d")
_LONGEST = 16  # signs of a unit
_LONGEST_CELL = 200  # signs; looking for marks at the end of a text takes the square of its length
_DATE = re.compile(
    r"\d{4}[-/.]\d{1,2}(?:[-/.]\d{1,2})?(?:[T ].*)?|\d{1,2}[-/.]\d{1,2}[-/.]\d{2,4}(?: .*)?"
    r"|\d{1,2}:\d{2}(?::\d{2}.*)?(?: ?[ap]m)?"
    r"|\d{1,2}\.? (?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\.?(?: \d{2,4})?"
    r"|(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\.? (?:\d{1,2}, )?\d{2,4}",
    re.IGNORECASE,
)


class Meaning(NamedTuple):
    """A column's cells as plain numbers, and what was around them."""

    cells: list[str]
    """Numbers, and marks for missing values, as texts."""
    unit: str = ""
    """What every cell carries: ``$``, ``km``, ``%``."""
    footnotes: tuple[str, ...] = ()
    """The marks that were dropped, cell by cell."""
    truths: tuple[str, str] | None = None
    """The words for 1 and 0, if these were the cells."""
    bracketed: int = 0
    """How many cells are negative because they stand in brackets: ``(1,200)``."""
    parted: bool = False
    """Whether commas part thousands, as they do in amounts of dollars: ``$1,200``."""
    points: bool = False
    """Whether points may part thousands, as they may in amounts of money: ``€1.200``."""


class Meant(NamedTuple):
    """A table's columns as they are meant, and what was done to them."""

    columns: list[Any]
    """Lists of texts, and arrays as they were."""
    labels: tuple[str, ...] | None
    """With the units that the cells carried."""
    parted: bool
    """Whether commas part thousands in one of them."""
    points: bool
    """Whether points may part thousands in one of them."""
    notes: list[Note]


class _Parts(NamedTuple):
    number: str
    unit: str
    footnote: str
    bracketed: bool = False


def meaning_of(column: Sequence[str]) -> Meaning | None:
    """Return what a column of texts means, or None if its cells are plain, or are not numbers.

    Parameters
    ----------
    column : sequence of str
        Stripped cells.
    """
    first = next((cell for cell in column if not is_missing(cell)), "")
    if first.casefold() not in _TRUTH_WORDS and (_parts(first) is None or is_simple(column)):
        return None
    if first.casefold() in _TRUTH_WORDS:
        return _truths_of(column)
    parts: list[_Parts] = []
    units: set[str] = set()
    gaps = 0
    for cell in column:
        if is_missing(cell):
            gaps += 1
            parts.append(_Parts(cell, "", ""))
            continue
        found = _parts(cell)
        if found is None:
            return None
        parts.append(found)
        units.add(found.unit)
    bracketed = sum(one.bracketed for one in parts)
    if bracketed == len(column) - gaps:
        return None  # numbered, (1) (2) (3), rather than negative
    numbers = [one.number for one in parts]
    if numbers == [*column] or len(units) > 1:
        return None
    unit = next(iter(units))
    footnotes = tuple(one.footnote for one in parts if one.footnote)
    parted = bool(_DOLLARS.match(unit)) and any(map(_COMMAS.fullmatch, numbers))
    points = bool(_PAID.match(unit)) and any(map(is_in_threes, numbers))
    return Meaning(numbers, unit, footnotes, None, bracketed, parted, points)


def _truths_of(column: Sequence[str]) -> Meaning | None:
    """Return what a column of yes and no means, or None if it has other words."""
    words = {cell.casefold() for cell in {*column} if not is_missing(cell)}
    for yes, no in _TRUTHS:
        if words <= {yes, no}:
            to_number = {yes: "1", no: "0"}
            cells = [to_number.get(cell.casefold(), cell) for cell in column]
            return Meaning(cells, truths=(yes, no))
    return None


def meant(columns: Sequence[Any], labels: tuple[str, ...] | None, *, after: int = 0) -> Meant:
    """Read cells with signs, units and footnotes as plain numbers; their label has the unit.

    Parameters
    ----------
    columns : sequence
        Lists of stripped texts, or arrays, which are left alone.
    labels : tuple of str, optional
        One per column.
    after : int
        The number of first columns that are left alone.
    """
    read, named, notes = [*columns], [*(labels or ())], []
    parted = points = False
    for at, column in enumerate(columns):
        meaning = meaning_of(column) if at >= after and isinstance(column, list) else None
        if meaning is None:
            continue
        read[at] = meaning.cells
        parted, points = parted or meaning.parted, points or meaning.points
        name, unit = split_unit(without_footnote(named[at])) if labels else ("", "")
        if name and meaning.unit and not unit:
            named[at] = join_unit(name, meaning.unit)
        notes += [
            Note(name, words)
            for words in _told(meaning, name or say("words.column", column=at + 1), unit)
        ]
    return Meant(read, tuple(named) if labels else labels, parted, points, notes)


def _told(meaning: Meaning, name: str, unit: str) -> list[str]:
    """Return in words what was done to a column's cells; its heading has this unit."""
    told, words = isolated(name), []
    if meaning.truths:
        yes, no = meaning.truths
        words.append(say("notices.truths", column=told, yes=yes, no=no))
    if meaning.unit and meaning.unit != unit:
        heading = unit or "none"
        words.append(say("notices.unit", column=told, unit=meaning.unit, heading=heading))
    if meaning.bracketed:
        words.append(say("notices.bracketed", count=meaning.bracketed, column=told))
    if marks := meaning.footnotes:
        kinds = [*dict.fromkeys(marks)]
        words.append(say("notices.footnotes", count=len(marks), column=told, marks=kinds))
    return words


def without_footnote(label: str) -> str:
    """Return a heading without a footnote's number: ``Population[1]`` is ``Population``."""
    return label if len(label) > _LONGEST_CELL else _NUMBERED.sub("", label)


def is_date(text: str) -> bool:
    """Tell whether a text is a date or a time of day."""
    return bool(_DATE.fullmatch(text))


def is_measured(cell: str) -> bool:
    """Tell whether a cell is a number, alone or with a sign, a unit or a footnote."""
    return _parts(cell) is not None


def may_be_meant(cell: str) -> bool:
    """Tell whether a cell may be meant as a number: ``700 g``, ``1/2``, ``~5``, ``TRUE``."""
    if _is_word(cell):
        return cell.casefold() in _TRUTH_WORDS
    return begins_like_a_number(cell) or cell.casefold() in _TRUTH_WORDS or is_measured(cell)


def _is_word(cell: str) -> bool:
    """Tell whether a cell begins with a letter, and not with that of a currency."""
    return cell[:1].isalpha() and not _PAID.match(half_width(cell))


def _parts(cell: str) -> _Parts | None:
    """Part a cell into its number, its unit and its footnote; None if it has no number."""
    if is_number(cell):
        return _Parts(cell, "", "")
    if _is_word(cell) or len(cell) > _LONGEST_CELL or not _DIGIT.search(cell):
        return None
    cell = half_width(cell)
    if cell[0] == "(" != cell[1] and cell[-1] == ")":
        return _negative(_parts(cell[1:-1].strip()))
    unmarked = cell[-1].isascii() and cell[-1].isalnum()  # looking for marks takes long
    mark = None if unmarked else _FOOTNOTES.search(cell)
    inner = cell[: mark.start()].rstrip() if mark else cell
    found = _MEASURED.fullmatch(inner)
    if found is None:
        return None
    number = found["sign"] + found["number"]
    money, suffix = found["money"] or "", (found["suffix"] or "").strip()
    more = bool(money) and suffix[:1].isalpha() and len(suffix) > 2  # "$5 each"; but $5M is a scale
    if not is_number(number) or _NO_UNIT.fullmatch(suffix) or len(suffix) > _LONGEST or more:
        return None
    return _Parts(number, money + suffix, mark[0].strip() if mark else "")


def _negative(inside: _Parts | None) -> _Parts | None:
    """Return what stands in brackets as a negative number; None if it has a sign already."""
    if inside is None or not inside.number[0].isdigit():
        return None
    return inside._replace(number=f"-{inside.number}", bracketed=True)
