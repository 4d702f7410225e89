"""Python source in coloured pieces, by Python's own tokenizer, which is loaded anyway."""

from __future__ import annotations

import builtins
import io
import keyword
import tokenize
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_BUILTINS = {name for name in dir(builtins) if not keyword.iskeyword(name)} | {"self"}
_PLAIN = set("()[]{},:;")
_TEXTS = {"STRING", "FSTRING_START", "FSTRING_MIDDLE", "FSTRING_END"}
_TEXTS |= {"TSTRING_START", "TSTRING_MIDDLE", "TSTRING_END"}


class Token(NamedTuple):
    """A piece of source text."""

    kind: str
    """What it is: "keyword", "string", "comment" ..., "" where it is nothing special."""
    text: str


def coloured(lines: Sequence[str]) -> list[list[Token]]:
    """Return lines of source in pieces; put together, each line's are the line.

    What cannot be read as Python is left without colours, from there on.
    """
    kinds = [[""] * len(line) for line in lines]
    for kind, (row, start), (last, stop) in _found(lines):
        for at in range(row - 1, min(last, len(lines))):
            begin = start if at == row - 1 else 0
            end = stop if at == last - 1 else len(lines[at])
            kinds[at][begin:end] = [kind] * (end - begin)
    return [_pieces(line, of_line) for line, of_line in zip(lines, kinds, strict=True)]


def _found(lines: Sequence[str]) -> Iterator[tuple[str, tuple[int, int], tuple[int, int]]]:
    """Yield what has a colour: its kind, and the line (from 1) and column of its two ends."""
    source = io.StringIO("\n".join(lines) + "\n")
    before = last = ""
    try:
        for token in tokenize.generate_tokens(source.readline):
            if kind := _kind(token, before, last):
                yield kind, token.start, token.end
            if token.type not in (tokenize.INDENT, tokenize.DEDENT, tokenize.COMMENT):
                before, last = last, token.string.strip()
    except (tokenize.TokenError, SyntaxError):
        return


def _kind(token: tokenize.TokenInfo, before: str, last: str) -> str:
    name, text = tokenize.tok_name[token.type], token.string
    if name in _TEXTS:
        return "string"
    if name in ("COMMENT", "NUMBER"):
        return name.lower()
    if (text, last) == ("@", "") or (name == "NAME" and (before, last) == ("", "@")):
        return "decorator"
    if name == "OP":
        return "" if text in _PLAIN else "operator"
    return _kind_of_name(text, last) if name == "NAME" else ""


def _kind_of_name(text: str, last: str) -> str:
    if keyword.iskeyword(text):
        return "keyword"
    if last == "def":
        return "function"
    return "builtin" if text in _BUILTINS and last != "." else ""


def _pieces(line: str, kinds: Sequence[str]) -> list[Token]:
    """Join signs of one kind; those of the next one are another piece."""
    pieces: list[Token] = []
    start = 0
    for at in range(1, len(line) + 1):
        if at == len(line) or kinds[at] != kinds[start]:
            pieces.append(Token(kinds[start], line[start:at]))
            start = at
    return pieces
