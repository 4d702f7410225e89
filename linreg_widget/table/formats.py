"""The formats in which a typed text may stand for a table, and how each is made ready to be read.

Tried in the order of `FORMATS`; the first in which the text makes a table is the one:

1. tabs, as spreadsheets copy; 2. bars, Markdown's tables and bare ones; 3. semicolons;
4. commas; 5. blanks; 6. runs of two or more blanks, so that names may hold single ones;
7. blanks, with one name fewer than there are columns, as R writes a table with row names.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from .numerals import is_number

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["BLANKS", "ESCAPED", "FORMATS", "MARKED", "WIDE", "Format", "Line"]

Line = tuple[int, str]
"""A line of the text, or several that a quoted cell spans, with its number."""

ESCAPED = "\x01"
"""Stands for an escaped bar; no text holds it, as what cannot be seen is dropped."""

_RULE = re.compile(r"[\s|:+=-]+")
_TYPES = re.compile(r"\s*(?:<\w+>\s*)+")  # the line <chr> <dbl> of R's tibbles
_UNIT = re.compile(r" ?(\([^()]*\)|\[[^\[\]]*\])")
_WIDE = re.compile(r"\s{2,}|\t")
_GLUE = "\u00a0"  # holds a name and its unit together where blanks separate


@dataclass(frozen=True)
class Format:
    """One way in which a text may stand for a table."""

    separator: str
    """What pandas splits at."""
    prepare: Callable[[list[Line]], list[Line]] = lambda lines: lines
    """Makes the lines ready for pandas; may drop some."""
    aligned: bool = False
    """Whether blanks separate, so that a row's end is all that tells a missing cell."""
    short_header: bool = True
    """Whether a header may lack the name of the first column though it is not indented."""

    def ready(self, lines: list[Line]) -> list[Line]:
        """Return the lines without frames and without the comments behind rows."""
        return [
            (number, self._without_comment(line) if "#" in line else line)
            for number, line in self.prepare(lines)
        ]

    def count(self, line: str) -> int:
        """Return the number of cells of a ready line, taking every separator for one."""
        if self.separator == r"\s+":
            return line.count(" ") + 1
        return line.count(self.separator) + 1

    def _without_comment(self, line: str) -> str:
        """Cut what follows a blank and a ``#`` behind a number; a name may hold a ``#``."""
        comment = re.search(r"\s#", line)
        if comment is None:
            return line
        before = line[: comment.start()].rstrip(" \t|")
        last = before.split() if self.aligned else before.split(self.separator)
        return before if last and is_number(last[-1].strip()) else line


def _bars(lines: list[Line]) -> list[Line]:
    """Prepare a table with bars: escaped ones, rules, and a header with one name on each line."""
    lines = [(number, line.replace("\\|", ESCAPED).strip()) for number, line in lines]
    lines = [line for line in lines if not (line[1][0] == "+" and _is_rule(line[1]))]
    names = [[cell for cell in line.split("|") if cell.strip()] for _, line in lines]
    height = next((row for row, cells in enumerate(names) if len(cells) != 1), len(names))
    if height > 1 and height < len(lines):
        first = lines[height][1]
        if len(first.strip("|").split("|")) - height in (0, 1):
            header = "|" * first.startswith("|") + "|".join(cells[0] for cells in names[:height])
            lines = [(lines[0][0], header), *lines[height:]]
    ruled = len(lines) > 1 and _is_rule(lines[1][1])
    return lines[:1] + lines[1 + ruled :]


def _is_rule(line: str) -> bool:
    """Whether a line is no row but a frame around one: ``|:--|--:|``, ``+--+--+``, ``<dbl>``."""
    if _TYPES.fullmatch(line):
        return True
    return bool(_RULE.fullmatch(line)) and ("-" in line or "=" in line)


def _is_blank_rule(line: str) -> bool:
    return _is_rule(line) and ("--" in line or "==" in line or "<" in line)


def _blanks(lines: list[Line]) -> list[Line]:
    """Prepare a table whose cells are parted by blanks: units stay with the names before them."""
    lines = [(n, " ".join(line.split())) for n, line in lines if not _is_blank_rule(line)]
    if not lines:
        return lines
    number, header = lines[0]
    header = _UNIT.sub(lambda unit: _GLUE + unit[1].replace(" ", _GLUE), header)
    return [(number, header.lstrip(_GLUE)), *lines[1:]]


def _wide_blanks(lines: list[Line]) -> list[Line]:
    """Prepare a table whose cells are parted by two or more blanks, or by tabs."""
    return [(n, _WIDE.sub("\t", line.strip())) for n, line in lines if not _is_blank_rule(line)]


BLANKS = Format(r"\s+", _blanks, aligned=True, short_header=False)
WIDE = Format("\t", _wide_blanks, aligned=True, short_header=False)
MARKED = (Format("\t"), Format("|", _bars), Format(";"), Format(","))
FORMATS = (*MARKED, BLANKS, WIDE, Format(r"\s+", _blanks, aligned=True))
