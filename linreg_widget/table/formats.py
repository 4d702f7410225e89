"""The formats of pasted text: what separates cells, what frames them, and where comments are."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from linreg_widget.messages import say

from .numerals import is_number
from .printed import EXCEL_ERROR, Line

if TYPE_CHECKING:
    from collections.abc import Callable

EMPHASIS = re.compile(r"(\*{1,3}|__|`)(?=[^*`\s])(.*[^*`\s])\1")  # **bold** and `code` of Markdown
_COMMENT = re.compile(rf"\s(?!{EXCEL_ERROR}|##+\s*$)#")
ESCAPED = "\x01"  # for an escaped bar; no text holds it, since invisible characters are dropped
_TWO_NUMBERS = re.compile(r"\t[-+]?[\d.]+ [^\t]")
_WORD = re.compile(r"\S+")
_RULE = re.compile(r"[\s|:+=-]+")
_TYPES = re.compile(r"\s*(?:<\w+>\s*)+")  # the line <chr> <dbl> of R's tibbles
_UNIT = re.compile(r" ?(\([^()]*\)|\[[^\[\]]*\])")
_WIDE = re.compile(r"\s{2,}|\t")
_GLUE = "\u00a0"  # keeps a name and its unit together where blanks separate


@dataclass(frozen=True)
class Format:
    """One way to write a table as text."""

    separator: str
    """What pandas splits at."""
    prepare: Callable[[list[Line]], list[Line]] = lambda lines: lines
    """Prepares the lines for pandas; may drop some."""
    aligned: bool = False
    """Whether blanks separate, so that only a row's length shows that a cell is missing."""
    short_header: bool = True
    """Whether a header that is not indented may lack the first column's name."""

    def ready(self, lines: list[Line]) -> list[Line]:
        """Return the lines without frames and without the comments after rows."""
        return [
            (number, self._without_comment(line) if "#" in line else line)
            for number, line in self.prepare(lines)
        ]

    def count(self, line: str) -> int:
        """Return the number of cells of a ready line, as if no separator were quoted."""
        if self.separator == r"\s+":
            return line.count(" ") + 1
        return line.count(self.separator) + 1

    def _without_comment(self, line: str) -> str:
        """Cut a comment: a blank and ``#`` after a number. A name may contain ``#``."""
        comment = _COMMENT.search(line)
        if comment is None:
            return line
        before = line[: comment.start()].rstrip(" \t|")
        last = before.split() if self.aligned else before.split(self.separator)
        return before if last and is_number(last[-1].strip()) else line


def _unmarked(line: str) -> str:
    """Drop Markdown's emphasis: the marks of a cell in quotes are a part of it."""
    cells = line.split("|")
    return "|".join(
        cell if cell.lstrip().startswith('"') else EMPHASIS.sub(r"\2", cell) for cell in cells
    )


def _bars(lines: list[Line]) -> list[Line]:
    """Prepare a table with bars: escaped bars, rules, a header with one name per line."""
    lines = [(number, _unmarked(line.replace("\\|", ESCAPED)).strip()) for number, line in lines]
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
    """Tell whether a line only frames rows: ``|:--|--:|``, ``+--+--+``, ``<dbl>``."""
    if _TYPES.fullmatch(line):
        return True
    return bool(_RULE.fullmatch(line)) and ("-" in line or "=" in line)


def _is_blank_rule(line: str) -> bool:
    return _is_rule(line) and ("--" in line or "==" in line or "<" in line)


def _blanks(lines: list[Line]) -> list[Line]:
    """Prepare a table whose cells are separated by blanks: units stay with their names."""
    lines = [(n, " ".join(line.split())) for n, line in lines if not _is_blank_rule(line)]
    if not lines:
        return lines
    number, header = lines[0]
    header = _UNIT.sub(lambda unit: _GLUE + unit[1].replace(" ", _GLUE), header)
    return [(number, header.lstrip(_GLUE)), *lines[1:]]


def _wide_blanks(lines: list[Line]) -> list[Line]:
    """Prepare a table whose cells are separated by two or more blanks, or by tabs."""
    lines = [line for line in lines if not _is_blank_rule(line[1])]
    wide = [(n, _WIDE.sub("\t", line.strip())) for n, line in lines]
    # "mpg cyl  disp" above "21.0   6 160.0": three columns, though one blank parts some of them.
    if wide and " " in wide[0][1] and any(_TWO_NUMBERS.search(line) for _, line in wide):
        return _named_rows(lines) if _under_names(lines) else wide
    return wide


def _under_names(lines: list[Line]) -> bool:
    """Tell whether the last words of each line end where the names above them do, as R prints."""
    ends, *others = [[word.end() for word in _WORD.finditer(line)] for _, line in lines]
    return all(other[-len(ends) :] == ends for other in others)


def _named_rows(lines: list[Line]) -> list[Line]:
    """Prepare a table as R prints it: an indented header, and row names with single blanks."""
    (number, header), *others = lines
    names = header.split()
    cells = [(n, row.rsplit(None, len(names))) for n, row in others]
    if not header[:1].isspace() or any(len(row) != len(names) + 1 for _, row in cells):
        return lines
    return [(number, "\t".join(["", *names])), *((n, "\t".join(row)) for n, row in cells)]


BLANKS = Format(r"\s+", _blanks, aligned=True, short_header=False)
WIDE_BLANKS = Format("\t", _wide_blanks, aligned=True, short_header=False)
MARKED = (Format("\t"), Format("|", _bars), Format(";"), Format(","))
FORMATS = (
    *(*MARKED, BLANKS, WIDE_BLANKS),
    Format(r"\s+", _blanks, aligned=True),
    Format("\t", _named_rows, aligned=True, short_header=False),
)


def ragged(form: Format, number: int, has: int, model: str, expected: int) -> str:
    """Say that a line has more or fewer cells than the header, or than most rows."""
    return say(
        "reading.ragged",
        line=number,
        has=has,
        model=model,
        expected=expected,
        aligned=form.aligned,
    )
