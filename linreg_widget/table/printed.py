"""Text that programs print around a table, and text that is not a table but something else.

pandas, polars, psql, R and a Table of ours print frames, types and counts of rows. These lines are
taken off, so that plain cells are left. JSON, HTML and others are named, with the way to read them.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from linreg_widget.errors import TableError
from linreg_widget.messages import say

from .columns import quoted
from .numerals import is_value

Line = tuple[int, str]
"""A line of the text, or several that a quoted cell spans, with its number."""

EXCEL_ERROR = r"#(?:N/A|NV|[A-Z/0]{3,9}[!?]|#+ *[\t;|,])"
"""What a spreadsheet shows in place of a value; not a comment."""

_FOREIGN = (
    (r"(?:array|tensor)\(|\[\[?\s*[-+.\d][^,\n]*\]", "array"),
    (r"[\[{]\s*[\[{]?\s*(?:[\"'][^\"']*[\"']\s*:|[\[{])|[\[{]\s*[\"'].*[\]}]\s*$", "json"),
    (r"<\?xml", "xml"),
    (r"<!doctype|<(?:html|head|body|div|table|thead|tbody|tr|style)\b", "html"),
    (
        r"(?s:.*)\\begin\{|\\(?:hline|toprule)|[^\n]*&[^\n]*\\\\\s*(?:\\\w+\s*)?(?:\n|$)",
        "latex",
    ),
    (r"(?s:.*\n|)\s*@(?:relation|attribute)\b", "arff"),
    (r"(?:insert\s+into|create\s+table)\s+\S+|select\s[^\n]*\bfrom\b", "sql"),
    (r"-[ ]+[\w ]+:[ ][^\n]*\n[ ]+[\w ]+:[ ]", "yaml"),
    (  # to its end: a column's name may begin like that
        r"(?:[\w.$]+\s*(?:=|<-)\s*(?:\w[\w.]*)?[\[({]|(?:structure|data\.frame)\()(?s:.*)[\])}];?\s*$",
        "code",
    ),
)
_ADDRESS = re.compile(r"\s*(?:https?|ftp|s3|gs|file)://\S+\s*", re.IGNORECASE)
_OURS = re.compile(r"\s*Table(?: ['\"].*['\"])?: [\d,]+ rows? · .+ → (\d+) targets?\s*")
_OURS_END = re.compile(r"\s*inputs \(\d+, \d+\), targets \(\d+, \d+\), float32\s*")
_MORE = re.compile(r"\s*… [\d,]+ more rows?\s*")
_REST = re.compile(  # how R, tibbles, Spark and Julia say that there is more
    r"\s*#\s*(?:[\u2139i…]|\.{3})? ?(?:with )?[\d,]+ more (?:rows?|variables?|columns?)\b.*"
    r"|\s*\[ ?reached .*(?:max|omitted).*|\s*only showing (?:the )?top [\d,]+ rows?\s*"
    r"|\s*[\d,]+ (?:rows?|columns?)(?: and [\d,]+ (?:rows?|columns?))? omitted\s*"
)
_JULIA = re.compile(r"\s*[\d,]+×[\d,]+ (?:Sub)?DataFrame\s*")
_JULIA_HEAD = re.compile(r"\s*│?\s*Row\s*│.*")
_STATA = re.compile(r"\s*[\d,]+\. \|(.*)\|\s*")
_STATA_PLAIN = re.compile(r"\s*(\d+)\.  ?(?=\s*\S)")
_STATA_RULE = re.compile(r"\s*[+|]-+[+|]\s*")
_JIRA_HEAD = re.compile(r"\s*\|\|(?:[^|]+\|\|)+\s*")
_BOX = re.compile(r"[\s\u2500-\u257f]+")
_BARS = dict.fromkeys(map(ord, "│┃║┆┇┊┋╎╏"), "|")
_TYPE = re.compile(
    r"(?:[iu](?:8|16|32|64|128)|u?(?:tiny|small|big|huge)?int(?:eger)?\d*|f(?:32|64)|str(?:ing)?\d*"
    r"|float\d*|char|missing|any|symbol|double|real|numeric|varchar|text|bool(?:ean)?|date|time(?:stamp)?|cat|enum|object"
    r"|(?:datetime|duration|decimal|list|array|struct|cat|enum)[\[(].*[\])]|cat…)\??",
    re.IGNORECASE,
)
_RULE = re.compile(r"[\s|:+=-]+")
_MOST_HEAD = 4  # lines of a header, with rules and types
_FOOTER = re.compile(
    r"\|?\s*(?:\(\d+ rows?\)|\[[\d,]+ rows x [\d,]+ columns\]|[\d,]+ rows? (?:in set|affected).*"
    r"|[\d,]+ rows?(?: \(\d+ shown\))?(?: +[\d,]+ columns)? *|Time: .*|shape: \(.*\))\s*\|?"
)
_SHAPE = re.compile(r"\s*shape: \(\d+, \d+\)\s*")
_DOUBLE = "\u201c\u201d\u201e\u00ab\u00bb"  # typographic quotes, as languages open and close
_OPENED, _CLOSED = "\u2018\u201a\u2039\u203a", "\u2018\u2019\u2039\u203a"  # and single ones
_CURLY = re.compile(f"[{_DOUBLE}{_OPENED}]")
_MARK = re.compile(r"[\t,;|]")
_CURLY_CELL, _CURLY_WORD = (
    re.compile(
        rf"(^ *|{mark} *)"
        rf"(?:[{_DOUBLE}]([^\n{_DOUBLE}]*)[{_DOUBLE}]|[{_OPENED}]([^\n{_OPENED}{_CLOSED}]*)[{_CLOSED}])"
        rf"(?= *(?:$|{mark}))",
        re.MULTILINE,
    )
    for mark in (r"[\t,;|]", r"\s")
)
_WIDE = re.compile(r"\s{2,}")
_THOUSANDS = re.compile(r"(?<=\d),(?=\d{3}(?!\d))")
_MARKED = re.compile(r"\t|\||;")
_SOURCE = re.compile(
    r"\W*(?:sources?|notes?|data|quelle|fuente|fonte|anm(?:erkung)?|table|tabelle|figure)\b.*",
    re.IGNORECASE,
)


class Unprinted(NamedTuple):
    """The lines of a table, without what a program printed around them."""

    lines: list[Line]
    outputs: int | None
    """How many of the last columns are targets, if the print says so."""


def refuse_address(text: str) -> None:
    """Raise a TableError for the address of a file, ``https://...``."""
    if _ADDRESS.fullmatch(text):
        raise TableError(say("printed.address", address=quoted(text.strip())))


def refuse_foreign(text: str) -> None:
    """Raise a TableError for text in a format of another kind, and name the way to read it."""
    start = text[:4000].lstrip()
    for pattern, name in _FOREIGN:
        if re.match(pattern, start, re.IGNORECASE):
            raise TableError(say("printed.foreign", format=name))


def refuse_part(typed: list[Line]) -> None:
    """Raise a TableError for a print that says itself that it shows only some of its rows."""
    for number, line in typed:
        if _REST.fullmatch(line):
            raise TableError(say("printed.part", line=number, words=quoted(line.strip())))


def unprinted(lines: list[Line]) -> Unprinted:
    """Take off what pandas, polars, databases and a Table's own print put around a table."""
    if lines and (ours := _OURS.fullmatch(lines[0][1])):
        return Unprinted(_of_ours(lines), int(ours[1]))
    if any(_SHAPE.fullmatch(line) or _JULIA.fullmatch(line) for _, line in lines[:1]):
        lines = lines[1:]
    lines = _of_jira(_of_stata(_of_julia(lines)))
    while len(lines) > 2 and _is_footer(lines[-1][1]):
        lines = lines[:-1]
    if any(_BOX.fullmatch(line) for _, line in lines[:2]):
        lines = [(n, line.translate(_BARS)) for n, line in lines if not _BOX.fullmatch(line)]
        if not any("|" in line.strip().strip("|") for _, line in lines):  # only around the table
            lines = [(n, line.strip().strip("|")) for n, line in lines]
    return Unprinted(_without_index_name(_without_types(lines)), None)


def _is_footer(line: str) -> bool:
    return bool(_BOX.fullmatch(line) or _FOOTER.fullmatch(line.translate(_BARS).strip()))


def _without_types(lines: list[Line]) -> list[Line]:
    """Leave out the line of types below a header, and the rules around it."""
    for at, (_, line) in enumerate(lines[1:_MOST_HEAD], start=1):
        cells = re.split(r"[|\s]+", line.strip(" \t|"))
        if len(cells) > 1 and all(map(_TYPE.fullmatch, cells)):
            others = (lines[1:at], lines[at + 1 : at + 2])
            rules = [[one for one in part if not _RULE.fullmatch(one[1])] for part in others]
            return [lines[0], *rules[0], *rules[1], *lines[at + 2 :]]
    return lines


def _of_ours(lines: list[Line]) -> list[Line]:
    """Return the rows that the print of a Table shows."""
    rows = []
    for number, line in lines[1:]:
        if _MORE.fullmatch(line):
            raise TableError(say("printed.first_rows", line=number))
        if _OURS_END.fullmatch(line):
            break
        rows.append((number, line.replace("│", "  ")))
    return rows


def _of_julia(lines: list[Line]) -> list[Line]:
    """Take off the numbers of the rows, the rules and outer bars that Julia prints."""
    if not lines or not _JULIA_HEAD.fullmatch(lines[0][1]):
        return lines
    inner = [(n, line.strip().strip("│")) for n, line in lines if not _BOX.fullmatch(line)]
    rows = [(n, line.partition("│")[2].strip().translate(_BARS)) for n, line in inner]
    return [(n, _WIDE.sub("\t", line)) for n, line in rows]


def _of_stata(lines: list[Line]) -> list[Line]:
    """Take off the numbers of the rows and the frame that Stata's list prints."""
    if any(_STATA.fullmatch(line) for _, line in lines):
        framed = [(n, line) for n, line in lines if not _STATA_RULE.fullmatch(line)]
        lines = [(n, line.partition("|")[2].rstrip().removesuffix("|")) for n, line in framed]
    else:
        found = [one for _, line in lines[1:] if (one := _STATA_PLAIN.match(line))]
        if [int(one[1]) for one in found] != [*range(1, max(len(lines), 3))]:
            return lines
        if lines[0][1][: min(one.end() for one in found)].strip():
            return lines  # the numbers have a name
        rows = [(n, line[one.end() :]) for (n, line), one in zip(lines[1:], found, strict=True)]
        lines = [lines[0], *rows]
    return [(n, _WIDE.sub("\t", _THOUSANDS.sub("", line).strip())) for n, line in lines]


def _of_jira(lines: list[Line]) -> list[Line]:
    """Write the doubled bars of Jira's headings as single ones; its empty cells hold a blank."""
    if not lines or not _JIRA_HEAD.fullmatch(lines[0][1]):
        return lines
    (number, head), *others = lines
    rows = [(n, re.sub(r"^\s*\|\|", "|", line)) for n, line in others]
    return [(number, head.replace("||", "|")), *rows]


def straight(text: str) -> str:
    """Return a text whose cells stand in typographic quotes with plain ones around them.

    A text with plain quotes in it is left alone: what they hold is meant as it stands.
    """
    if '"' in text or not _CURLY.search(text):
        return text
    return (_CURLY_CELL if _MARK.search(text) else _CURLY_WORD).sub(r'\1"\2\3"', text)


def _without_index_name(lines: list[Line]) -> list[Line]:
    """Leave out the line that pandas prints for the name of an index, below the header."""
    if len(lines) < 3:
        return lines
    (_, header), (_, name), (_, row) = lines[:3]
    if _MARKED.search(header + name + row) or "," in name:
        return lines
    cells = [len(re.split(r"\s{2,}", line.strip())) for line in (header, name, row)]
    indented = header[:1].isspace() and not name[:1].isspace()
    named = cells[1] == 1 < cells[2] and (indented or cells[0] == cells[2])
    return [lines[0], *lines[2:]] if named and not is_value(name.strip()) else lines


def is_remark(line: str) -> bool:
    """Tell whether a line may be a title or a source: words, and not a row with a number in it."""
    if not any(letter.isalpha() for letter in line):
        return False
    return bool(_SOURCE.fullmatch(line)) or not any(map(is_value, cells_of(line)))


def cells_of(line: str) -> list[str]:
    """Return what may be cells of a line, whatever separates them; without empty ones."""
    return [cell.strip() for cell in re.split(r"[\t;|,]|\s{2,}", line) if cell.strip()]
