"""What stands around a table: a title, a source, names of columns in a comment.

None of it can be told from a row or a header by itself: the table is read without it, and what was
left out is said.
"""

from __future__ import annotations

import statistics
from typing import TYPE_CHECKING

from linreg_widget.errors import TableError
from linreg_widget.messages import say

from .columns import clean, quoted
from .precision import Note
from .printed import cells_of, is_remark

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from .printed import Line
    from .sheet import Numbers

_MOST = 4  # lines of words above a table


def without_remarks(lines: list[Line], read: Callable[[list[Line]], Numbers]) -> Numbers | None:
    """Read lines without those of words above and below the table; None if that does not help.

    Raises
    ------
    TableError
        What is wrong within the table, where lines around it are plainly none of its rows.
    """
    within: TableError | None = None
    usual = statistics.median_high(len(cells_of(line)) for _, line in lines)
    for start, stop in _insides(lines, usual):
        left_out = [*lines[:start], *lines[stop:]]
        try:
            numbers = read(lines[start:stop])
        except TableError as error:
            if all(len(cells_of(line)) == 1 < usual for _, line in left_out):
                within = error
            continue
        wide = len(numbers.labels) + bool(numbers.row_names)
        if start and not any(numbers.labels):
            continue  # it was the header
        if any(len(cells_of(line)) >= wide for _, line in left_out):
            continue  # it was a row
        words = [quoted(clean(line)) for _, line in left_out]
        return _noting(numbers, say("notices.printed", lines=len(words), words=words))
    if within is not None:
        raise within
    return None


def _insides(lines: list[Line], usual: int) -> Iterator[tuple[int, int]]:
    """Yield where the table may begin and end, if words stand above or below it.

    Parameters
    ----------
    lines : list of (int, str)
    usual : int
        How many cells most lines have: rows such as ``A, $5, TRUE`` may look like remarks, too, and
        those have fewer.
    """
    end = short = len(lines)
    while end > 1 and is_remark(lines[end - 1][1]):
        end -= 1
    while short > end and len(cells_of(lines[short - 1][1])) < usual:
        short -= 1
    for start in range(min(_MOST + 1, len(lines))):
        if start and not is_remark(lines[start - 1][1]):
            return
        for stop in dict.fromkeys((len(lines), short, end)):
            if start < stop and (start > 0 or stop < len(lines)):
                yield start, stop


def with_names_of(
    comment: Line, lines: list[Line], read: Callable[[list[Line]], Numbers]
) -> Numbers | None:
    """Read lines below a comment as their header; None if it is not one."""
    number, text = comment
    try:
        numbers = read([(number, text.lstrip().lstrip("#").strip()), *lines])
    except TableError:
        return None
    named = any(numbers.labels)
    return _noting(numbers, say("notices.commented", line=number)) if named else None


def _noting(numbers: Numbers, words: str) -> Numbers:
    return numbers._replace(notes=(*numbers.notes, Note("", words)))
