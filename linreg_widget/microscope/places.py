"""Where in the source an operation stands: the very sub-expression, of the code that now runs."""

from __future__ import annotations

import ast
import functools
import linecache
import sys
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import torch

if TYPE_CHECKING:
    from types import CodeType, FrameType

_TORCH = str(Path(torch.__file__).parent)
_OWN = str(Path(__file__).parent)
_DEEPEST = 12  # calls from the update function down to an operation


class Place(NamedTuple):
    """A sub-expression in its lines."""

    function: str
    """The function that it stands in: "LinearRegression.__call__"."""
    line: int
    """Its first line in the file, from 1."""
    source: str
    """Its lines, not indented; "" where they cannot be read."""
    start: int
    """Where in them it begins, and where it ends."""
    end: int

    @property
    def expression(self) -> str:
        """The sub-expression itself, on one line: "x @ self.w.t()"."""
        return " ".join(self.source[self.start : self.end].split())

    @property
    def returned(self) -> bool:
        """Whether it is all that a ``return`` returns, so that it is what the caller gets."""
        return self.source[: self.start].strip() == "return" and self._ends_the_line

    @property
    def variable(self) -> str:
        """The name of the variable that it is assigned to as a whole, or ""."""
        name, sign, rest = self.source[: self.start].partition("=")
        plain = bool(sign) and not rest.strip() and self._ends_the_line
        name = name.partition(":")[0].strip()
        return name if plain and name.isidentifier() else ""

    def narrowed(self, part: str) -> Place | None:
        """Return the place of a part of the sub-expression, as it is written; None: it is not."""
        at = self.source.find(part, self.start, self.end) if part else -1
        return None if at < 0 else self._replace(start=at, end=at + len(part))

    @property
    def _ends_the_line(self) -> bool:
        return self.source[self.end :].lstrip(")").strip().partition("#")[0] == ""


def places(update: CodeType) -> list[Place]:
    """Return where this thread is: inmost first, up to a function's code; torch's own are left out.

    Empty if that function is not among the callers.
    """
    found: list[Place] = []
    frame: FrameType | None = sys._getframe(1)  # noqa: SLF001 - CPython's documented way
    while frame is not None and len(found) < _DEEPEST:
        code = frame.f_code
        if not code.co_filename.startswith((_TORCH, _OWN)) or code is update:
            found.append(_place(code, frame.f_lasti, frame.f_lineno))
        if code is update:
            return found
        frame = frame.f_back
    return []


@functools.lru_cache(maxsize=1024)
def _place(code: CodeType, instruction: int, line: int) -> Place:
    position = next(islice(code.co_positions(), instruction // 2, None), (None,) * 4)
    first, last, start, end = position
    if first is None or last is None or start is None or end is None:
        return Place(code.co_qualname, line, "", 0, 0)
    raw = [linecache.getline(code.co_filename, at).rstrip("\n") for at in range(first, last + 1)]
    if not raw[0].strip():
        return Place(code.co_qualname, first, "", 0, 0)
    # Columns are counted in bytes, of the lines as they stand in the file.
    start = len(raw[0].encode()[:start].decode(errors="ignore"))
    end = len(raw[-1].encode()[:end].decode(errors="ignore"))
    end += sum(len(text) + 1 for text in raw[:-1])
    source = "\n".join(raw)
    indent = len(raw[0]) - len(raw[0].lstrip())
    before = source[:start], source[:end]
    start, end = (len(_dedented(text, indent)) for text in before)
    return Place(code.co_qualname, first, _dedented(source, indent), start, end)


def _dedented(source: str, indent: int) -> str:
    lines = source.split("\n")
    return "\n".join(line[min(indent, len(line) - len(line.lstrip())) :] for line in lines)


@functools.lru_cache(maxsize=1024)
def operands(expression: str) -> tuple[str, ...]:
    """Return what an operation is applied to, as it is written, the object of a method first.

    >>> operands("model.w.grad * learning_rate")
    ('model.w.grad', 'learning_rate')
    >>> operands("(p - y).pow(2)")
    ('p - y', '2')
    """
    node = _parsed(expression)
    parts: list[ast.expr] = []
    match node:
        case ast.AugAssign(target=target, value=value):
            parts = [target, value]
        case ast.BinOp(left=left, right=right):
            parts = [left, right]
        case ast.UnaryOp(operand=operand):
            parts = [operand]
        case ast.Call(func=ast.Attribute(value=ast.Name(id="torch" | "F")), args=args):
            parts = [*args]
        case ast.Call(func=ast.Attribute(value=owner), args=args):
            parts = [owner, *args]
        case ast.Call(args=args):
            parts = [*args]
    return tuple(ast.unparse(part) for part in parts)


def is_call(expression: str) -> bool:
    """Tell whether an operation is written as a call, rather than with a sign."""
    return isinstance(_parsed(expression), ast.Call)


def normal(expression: str) -> str:
    """Write a piece of code as ``operands`` does."""
    node = _parsed(expression)
    return expression if node is None else ast.unparse(node)


def is_literal(text: str) -> bool:
    """Tell whether a number is written out, "1e-3", rather than by name."""
    try:
        float(text)
    except ValueError:
        return False
    return True


def _parsed(expression: str) -> ast.AST | None:
    try:
        (node,) = ast.parse(expression).body
    except (SyntaxError, ValueError):
        return None
    return node.value if isinstance(node, ast.Expr) else node
