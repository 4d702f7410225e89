"""Pasted text to numbers: finds the format, the header and the row names; pandas reads the cells.

The formats are tried in the order of ``FORMATS``; the first in which the text is a table wins:

1. tabs, as spreadsheets copy; 2. bars: Markdown tables and bare ones; 3. semicolons;
4. commas; 5. blanks; 6. runs of two or more blanks, so that names may hold single ones;
7. blanks, with one name fewer than there are columns, as R writes a table with row names;
8. blanks, with all that stands before the numbers as the row's name, as R prints it.

In every format, cells may be quoted, ``"Rain, total"``, with quotes inside doubled. Skipped are
blank lines, lines that start with ``#``, what follows a ``#`` after a row's last number, rows and
columns that are entirely empty, and the rules that frame a table (``|---|``, ``+---+``, ``----``).
If no format fits, lines of words above and below are left out: a title, a source. Names may stand
in a comment above the rows, and units in a line below the names. Messages count the lines of the
text as typed, from 1.
"""

from __future__ import annotations

import contextlib
import io
import itertools
import os
import re
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from linreg_widget.errors import TableError
from linreg_widget.messages import say

from .columns import UNSEEN, join_unit, quoted, split_unit
from .formats import BLANKS, ESCAPED, FORMATS, MARKED, WIDE_BLANKS, Format, ragged
from .meanings import is_measured, meaning_of
from .numerals import is_missing, is_value, narrowed
from .precision import Note
from .printed import (
    EXCEL_ERROR,
    Line,
    refuse_address,
    refuse_foreign,
    refuse_part,
    straight,
    unprinted,
)
from .reading import Reading
from .remarks import with_names_of, without_remarks
from .sheet import Numbers, Sheet, is_text

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from .choosing import Targets

LIMIT = 100_000
"""The most cells that ``Table.parse`` takes."""

_COLUMNS = 10_000  # pandas takes a while for each

Cells = NDArray[np.object_]
"""Texts ``(rows, columns)``."""

_SKIPPED = re.compile(  # "#, height, weight" names a column "#"
    rf"\s*(?:$|```|(?!{EXCEL_ERROR})#(?!\s*[,;\t|]))"
)
_LINE_END = re.compile(  # those of files, and of texts from Word, the web or a printer
    "\r\n|\n[\x0b\x0c]|[\r\x0b\x0c\x1c-\x1e\x85\u2028\u2029]"
)
_SEPARATORS = re.compile(r"[\t,;|]")
_FULL_WIDTH = str.maketrans("\uff0c\u3001\u060c\uff1b\u061b\uff5c", ",,,;;|")  # and Arabic ones
_BY_ITSELF = re.compile(  # units that are known as such without a name before them
    r"[(\[].*[)\]]|[%°$€£].*|.*[/²³^·°].*|[munµkMG]?[mgslVAWJNKFCL]|[ck]m|ha|kg|h|min|hours?|days?|years?"
    r"|tons?|[kMG]?Wh|h?Pa|bar|inch|in|ft|mi|lbs?|mph|ppm|USD|EUR|CHF|GBP",
)
_YEAR = re.compile(r"(?:1[89]|20)\d\d")
_LONGEST_UNIT = 12  # signs
_LETTERS = 20  # for each cell that may be typed, on average


def read_text(
    text: str, reading: Reading, targets: Targets = None, limit: int | None = None
) -> Numbers:
    """Read a table from text.

    Parameters
    ----------
    text : str
        The table as typed.
    reading : Reading
        What the cells alone do not say.
    targets : str, int, or sequence of str and int, optional
        The target columns.
    limit : int, optional
        The most cells to read.

    Raises
    ------
    TableError
        If the text is not a table in any format; the message is that of the likeliest format.
    """
    if limit is not None and len(text) > _LETTERS * limit:
        raise TableError(say("reading.too_long", letters=len(text), most=_LETTERS * limit))
    lines, above, outputs = _lines_of(text)
    wanted = outputs if targets is None else targets

    def read(some: list[Line]) -> Numbers:
        return _read_lines(
            some, limit, lambda sheet: sheet.read(reading, wanted)._replace(sheet=sheet)
        )

    try:
        numbers = read(lines)
    except TableError:
        found = without_remarks(lines, read)
        if found is None:
            raise
        numbers = found
    if above and not any(numbers.labels):
        numbers = with_names_of(above[-1], lines, read) or numbers
    return numbers


def sheet_of(text: str, limit: int | None = None) -> Sheet:
    """Return the columns of a text as they are typed: if it can be read, those that are read.

    Raises
    ------
    TableError
        If it has no columns.
    """
    lines, _, _ = _lines_of(text)
    few = limit is None or 2 * len(lines) <= limit
    for reading in (Reading(), Reading(encode=True, missing="drop")) if few else ():
        with contextlib.suppress(TableError):
            found = read_text(text, reading, None, limit).sheet
            if found is not None:
                return found
    return _read_as(_likeliest(lines), lines, limit)


def _lines_of(text: str) -> tuple[list[Line], list[Line], int | None]:
    """Return the lines of a table, the comments above it, and how many targets a print marks."""
    text = straight(UNSEEN.sub("", _LINE_END.sub("\n", text)))
    if not _SEPARATORS.search(text):
        text = text.translate(_FULL_WIDTH)
    refuse_foreign(text)
    typed = list(enumerate(text.split("\n"), start=1))
    refuse_part(typed)
    lines = [(number, line) for number, line in typed if not _SKIPPED.match(line)]
    if lines and re.fullmatch(r"sep=.", lines[0][1]):  # Excel's hint
        del lines[0]
    if not lines:
        raise TableError(say("reading.empty"))
    above = [line for line in typed[: lines[0][0] - 1] if line[1].lstrip().startswith("#")]
    lines, outputs = unprinted(lines)
    if not lines:
        raise TableError(say("reading.rules"))
    return lines, above, outputs


def _read_lines(lines: list[Line], limit: int | None, read: Callable[[Sheet], Numbers]) -> Numbers:
    """Read lines in the first format in which they are a table."""
    errors: dict[Format, TableError] = {}
    for form in FORMATS:
        if form in MARKED and not any(form.separator in line for _, line in lines):
            continue
        try:
            return read(_read_as(form, lines, limit))
        except TableError as error:
            errors[form] = error
    raise errors[_likeliest(lines)]


def read_file(path: str | os.PathLike[str], reading: Reading, targets: Targets = None) -> Numbers:
    """Read a table from a text file: UTF-8, or UTF-16 with a byte order mark, as Excel saves."""
    shown = quoted(os.fspath(path))
    if isinstance(path, str):
        refuse_address(path)
    if isinstance(path, str) and "\n" in path:
        raise TableError(say("reading.not_a_path", text=shown))
    try:
        file = Path(path).expanduser()
        if file.exists() and not file.is_file() and not file.is_dir():
            raise OSError(say("reading.endless"))  # noqa: TRY301 - explained below
        data = file.read_bytes()
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise TableError(say("reading.no_file", file=shown, why=reason)) from None
    try:
        text = data.decode("utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8")
    except UnicodeDecodeError:
        text = "\0"
    if "\0" in text:
        raise TableError(say("reading.not_text", file=shown))
    return read_text(text, reading, targets)


def _likeliest(lines: list[Line]) -> Format:
    """Return the format that most lines look like, for an error message that fits it."""
    marks = {form: sum(form.separator in line for _, line in lines) for form in MARKED}
    form = max(MARKED, key=marks.__getitem__)
    if 2 * marks[form] >= len(lines):
        return form
    widths = {WIDE_BLANKS.count(line) for _, line in WIDE_BLANKS.ready(lines)}
    return WIDE_BLANKS if len(widths) == 1 and widths != {1} else BLANKS


def _read_as(form: Format, lines: list[Line], limit: int | None) -> Sheet:
    indents = [len(line) - len(line.lstrip()) for _, line in lines]
    indented = form.aligned and indents[0] > min(indents)
    points = form.separator == ";" or any("\t" in line for _, line in lines)
    lines = form.ready(lines)
    if not lines:
        raise TableError(say("reading.rules"))
    counts = [form.count(line) for _, line in lines]
    total, widest = sum(counts), max(counts)
    if limit is not None and total > limit:
        raise TableError(say("reading.too_large", cells=total, most=limit))
    ends = lines[0][1] + lines[-1][1]
    if form.aligned and form.short_header and counts[0] + 1 != counts[-1] and '"' not in ends:
        # Only a header one name short could still fit; else skip the reading.
        raise TableError(
            ragged(form, lines[-1][0], counts[-1], say("reading.by_header"), counts[0])
        )
    if widest == 1:
        raise TableError(say("reading.one_column"))
    number = lines[counts.index(widest)][0]
    if widest > _COLUMNS:
        raise TableError(say("reading.too_wide", line=number, cells=widest, most=_COLUMNS))
    if widest * len(lines) > max(10 * total, 5_000_000):  # one endless line among short ones
        raise TableError(
            ragged(form, number, widest, say("reading.by_line", line=lines[0][0]), counts[0])
        )
    raw = _read(form, lines, widest)
    records = _records(lines, raw)
    cells = _stripped(form, raw)
    filled = cells != ""
    rows, used = filled.any(axis=1), filled.any(axis=0)
    if not rows.any():
        raise TableError(say("reading.all_empty"))
    cells = cells[rows][:, used]
    records = [record for record, row in zip(records, rows, strict=True) if row]

    def width(row: int) -> int:
        """Return how many of the used columns a row has cells for."""
        text = records[row][1]
        exact = _read(form, [records[row]], None).shape[1] if '"' in text else form.count(text)
        return int(used[:exact].sum())

    numbers = [number for number, _ in records]
    sheet = _structure(form, cells, numbers, width, indented=indented)
    return replace(sheet, points=points)


def _structure(
    form: Format,
    cells: Cells,
    numbers: list[int],
    width: Callable[[int], int],
    *,
    indented: bool,
) -> Sheet:
    """Tell header, row names and rows apart; raise a TableError for ragged rows."""
    columns = cells.shape[1]
    reach = columns - np.argmax(cells[:, ::-1] != "", axis=1)  # up to each row's last filled cell
    index = cells[1:, 0].tolist()
    if (meaning := meaning_of(index)) is not None:
        index = meaning.cells
    first = cells[0].tolist()
    short = len(cells) > 1 and reach[0] == columns - 1 == width(0) and (reach[1:] == columns).all()
    if short and (indented or (form.short_header and _is_index(index) and _are_names(first))):
        first, header, expected = ["", *first[:-1]], True, columns
    else:
        header = _is_header(_names_among(first, cells), index)
        expected = width(0) if header else int(np.bincount(reach).argmax())
    for row in map(int, np.flatnonzero(reach != expected)):
        has = max(int(reach[row]), width(row)) if reach[row] > expected else width(row)
        if has != expected and not (header and row == 0):
            model = say("reading.by_header") if header else say("reading.by_rows")
            raise TableError(ragged(form, numbers[row], has, model, expected))
    if header and len(cells) == 1:
        raise TableError(say("reading.only_header", line=numbers[0]))
    labels, columns = first[:expected], cells[int(header) :, :expected].T.tolist()
    notes: tuple[Note, ...] = ()
    lines = numbers[int(header) :]
    close = len(lines) > 1 and lines[0] == numbers[0] + 1
    joined: list[str] | None = []
    if header and (joined := _joined(labels, columns)):
        notes = (Note("", say("notices.headings", line=lines[0], names=quoted(joined[-1]))),)
    elif header and close and (joined := _units(labels, columns, aligned=form.aligned)):
        notes = (Note("", say("notices.second", line=lines[0])),)
    if notes:
        labels, columns, lines = joined or labels, [column[1:] for column in columns], lines[1:]
    doubtful = not header and not all(is_value(cell) for cell in first[1:])

    def place(row: int) -> str:
        return say("reading.line", line=lines[row], doubtful=doubtful and row == 0)

    return Sheet(
        tuple(labels) if header else None,
        columns,
        place,
        indexed=header and not first[0],
        spaced=form.aligned and form.short_header,
        heading=f"{say('reading.line', line=numbers[0], doubtful=False)}: " if header else "",
        notes=notes,
    )


def _joined(header: list[str], columns: list[list[str]]) -> list[str]:
    """Return headings over several columns with the names below them; empty if there are none.

    As a spreadsheet's merged cells are copied: ``Weather,,Yield`` over ``Temp,Rain,Mangoes``.
    """
    below, rest = [column[0] for column in columns], [column[1:] for column in columns]
    filled = [cell for cell in below if not is_missing(cell)]
    if not rest[0] or not filled or any(map(is_measured, filled)):
        return []
    merged = len({*header}) < len(header) or "" in header[1:]
    named = all(
        not is_missing(cell) or is_text(others) for cell, others in zip(below, rest, strict=True)
    )
    if not merged or not named or all(map(_BY_ITSELF.fullmatch, filled)):
        return []
    labels, over = [], ""
    for heading, name in zip(header, below, strict=True):
        over = "" if is_missing(name) else heading or over
        labels.append(f"{over} {name}".strip() if over != name and over else heading or name)
    return labels


def _units(header: list[str], columns: list[list[str]], *, aligned: bool) -> list[str] | None:
    """Return the labels with the units that stand in the line below, or None if none do."""
    below = [column[0] for column in columns]
    filled = [at for at, cell in enumerate(below) if not is_missing(cell)]
    units = [below[at] for at in filled]
    if len(columns[0]) < 2 or not filled or any(map(is_measured, units)):
        return None
    if aligned and not all(map(_BY_ITSELF.fullmatch, units)):
        return None  # else a title over names would be names over units
    for at in filled:
        rest = columns[at][1:]
        numbers = all(map(is_value, rest)) or meaning_of(rest) is not None
        if len(below[at]) > _LONGEST_UNIT or not numbers or split_unit(header[at])[1]:
            return None
    units = [cell.strip("()[]") if at in filled else "" for at, cell in enumerate(below)]
    return [
        join_unit(label, unit) if label and unit else label
        for label, unit in zip(header, units, strict=True)
    ]


def _names_among(first: list[str], cells: Cells) -> list[str]:
    """Return the first row, with 0 for each cell that is like those below: ``43%``, ``TRUE``."""
    return [
        "0" if not is_value(cell) and meaning_of(cells[:, at].tolist()) is not None else cell
        for at, cell in enumerate(first)
    ]


def _is_index(column: list[str]) -> bool:
    """Tell whether a first column without a name holds row names: text, or 0, 1, 2, ..."""
    return is_text(column) or any(
        column == [str(start + row) for row in range(len(column))] for start in (0, 1)
    )


def _are_names(cells: Sequence[str]) -> bool:
    """Tell whether most of the filled cells are names; if just half, one begins with a letter."""
    filled = [cell for cell in cells if cell]
    words = [cell for cell in filled if not is_value(cell)]
    half = 2 * len(words) == len(filled) and any(word[0].isalpha() for word in words)
    return half or 2 * len(words) > len(filled)


def _count_years(cells: list[str]) -> bool:
    """Tell whether cells are years in a row: 2019, 2020, 2021."""
    if len(cells) < 2 or not all(map(_YEAR.fullmatch, cells)):
        return False
    return len({int(later) - int(year) for year, later in itertools.pairwise(cells)}) == 1


def _is_header(first: list[str], index: list[str]) -> bool:
    """Tell whether the first row is a header, given the first column of the others."""
    if not first[0] and index and _is_index(index):
        return True
    if _count_years(first[1:]) and not is_value(first[0]):
        return True
    return _are_names(first if first[0] and index and not is_text(index) else first[1:])


def _read(form: Format, lines: list[Line], width: int | None) -> Cells:
    """Let pandas read the lines; a cell that a line lacks is ``""``."""
    import pandas as pd

    def read(rows: int | None) -> Any:
        return pd.read_csv(
            io.StringIO("\n".join(line for _, line in lines)),
            sep=form.separator,
            header=None,
            names=None if width is None else range(width),
            nrows=rows,
            dtype=object,
            na_filter=False,
            skipinitialspace=True,
            skip_blank_lines=False,
            engine="c",
        )

    try:
        frame = read(None)
    except pd.errors.ParserError as error:
        record = re.search(r"inside string starting at row (\d+)", str(error))
        if record is None:
            raise _runs_on(lines) from None
        before = read(int(record[1])).to_numpy() if record[1] != "0" else np.empty((0, 1), object)
        raise TableError(say("reading.open_quote", line=lines[_height(before)][0])) from None
    if not isinstance(frame.index, pd.RangeIndex):  # surplus cells became pandas' index
        raise _runs_on(lines)
    return np.asarray(frame.to_numpy(dtype=object))


def _stripped(form: Format, raw: Cells) -> Cells:
    cells = raw.ravel().tolist()
    if not "".join(cells).isascii():
        cells = [narrowed(cell) for cell in cells]
    if form.separator == "|":
        cells = [cell.replace(ESCAPED, "|") for cell in cells]
    return np.array([cell.strip() for cell in cells], dtype=object).reshape(raw.shape)


def _runs_on(lines: list[Line]) -> TableError:
    """Return the error for a record wider than any line: only a quote across lines makes one."""
    number = next((number for number, line in lines if '"' in line), lines[0][0])
    return TableError(say("reading.runs_on", line=number))


def _records(lines: list[Line], cells: Cells) -> list[Line]:
    """Return the records that pandas read, each with the number of its first line.

    A record spans several lines if a quoted cell holds line breaks.
    """
    if len(cells) == len(lines):
        return lines
    records, start = [], 0
    for row in cells:
        end = start + _height(row[np.newaxis])
        records.append((lines[start][0], "\n".join(line for _, line in lines[start:end])))
        start = end
    return records


def _height(records: Cells) -> int:
    """Return how many lines the records ``(k, columns)`` take up."""
    return len(records) + "".join(records.ravel().tolist()).count("\n")
