"""The source of an update function, made ready to be shown: coloured, folded, its phases found."""

from __future__ import annotations

import ast
import inspect
from typing import TYPE_CHECKING, NamedTuple, TypedDict, cast

from linreg_widget.errors import UpdateError
from linreg_widget.model import gradient_update

from .colouring import Token, coloured
from .driving import name_of, plain_function
from .source import source_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .driving import UpdateFunction


class Lines(NamedTuple):
    """A stretch of lines."""

    first: int
    last: int


class Yield(TypedDict):
    """A line that only yields a phase's name."""

    line: int
    name: str


class Source(TypedDict):
    """An update function's source for the page; lines are counted from 0."""

    name: str
    """The function's name."""
    article: bool
    """Whether it is the built-in update: only its numbers can be explained."""
    first: int
    """The number of the first line in its file."""
    lines: list[list[Token]]
    fold: Lines | None
    """The docstring."""
    yields: list[Yield]
    """The lines that only yield a phase's name."""


class CodeView(NamedTuple):
    """An update function's source. Lines are counted from 0 here, ``first`` apart."""

    name: str
    """The function's name."""
    article: bool
    """Whether it is the article's update, ``gradient_update``."""
    lines: tuple[str, ...]
    """The lines of the definition, not indented; none where the source cannot be read."""
    first: int
    """The number of the first line in its file, from 1."""
    fold: Lines | None
    """The first and the last line of the docstring."""
    yields: tuple[tuple[int, str], ...]
    """The lines that only yield the name of a phase, with that name."""
    body: int
    """The first line to be executed."""

    @classmethod
    def of(cls, function: UpdateFunction) -> CodeView:
        """Read a function's source."""
        plain = plain_function(function)
        article = plain is gradient_update
        try:
            source = source_of(plain)
        except UpdateError:
            return cls(name_of(function), article, (), 1, None, (), 0)
        first = inspect.unwrap(plain).__code__.co_firstlineno
        definition = cast("ast.FunctionDef", ast.parse(source).body[0])
        body = definition.body
        fold = None
        if ast.get_docstring(definition) is not None:
            fold = Lines(body[0].lineno - 1, (body[0].end_lineno or body[0].lineno) - 1)
        start = body[1] if fold and len(body) > 1 else body[0]
        lines = tuple(line.rstrip() for line in source.splitlines())
        while lines and not lines[-1]:
            lines = lines[:-1]
        yields = tuple(sorted(_yields(definition)))
        return cls(name_of(function), article, lines, first, fold, yields, start.lineno - 1)

    def around(self, reached: Sequence[int], *, ended: bool) -> tuple[Lines | None, int | None]:
        """Return the lines just finished, first and last, and the line that comes next.

        Parameters
        ----------
        reached : sequence of int
            The lines, in the file, of the yields that were reached, in order.
        ended : bool
            Whether the function has returned.
        """
        if not self.lines:
            return None, None
        if not reached:
            return None, self._code_from(self.body)
        here = reached[-1] - self.first
        if ended:
            begin = self._code_from(here + 1)
            return (None if begin is None else Lines(begin, len(self.lines) - 1)), None
        earlier = [line - self.first for line in reached[:-1] if line - self.first < here]
        begin = self._code_from(max(earlier) + 1 if earlier else self.body)
        last = here - 1
        while last >= 0 and not self._is_code(last):
            last -= 1
        done = Lines(begin, last) if begin is not None and begin <= last else Lines(here, here)
        return done, self._code_from(here + 1)

    def index_of(self, line: int | None) -> int | None:
        """Return which of the lines a line of the file is, or None."""
        if line is None or not 0 <= line - self.first < len(self.lines):
            return None
        return line - self.first

    def to_wire(self) -> Source:
        """Return all of it for JSON, its lines in coloured pieces."""
        return {
            "name": self.name,
            "article": self.article,
            "first": self.first,
            "lines": coloured(self.lines),
            "fold": self.fold,
            "yields": [{"line": line, "name": name} for line, name in self.yields],
        }

    def _is_code(self, index: int) -> bool:
        text = self.lines[index].strip()
        return bool(text) and not text.startswith("#")

    def _code_from(self, index: int) -> int | None:
        """Return the first line from ``index`` on that holds code, not just a phase mark."""
        marks = {line for line, _ in self.yields}
        for line in range(index, len(self.lines)):
            if self._is_code(line) and line not in marks:
                return line
        return None


def _yields(definition: ast.FunctionDef) -> list[tuple[int, str]]:
    """Return the lines that do nothing but ``yield "name"``, with the names."""
    return [
        (node.lineno - 1, str(node.value.value.value))
        for node in ast.walk(definition)
        if isinstance(node, ast.Expr)
        and isinstance(node.value, ast.Yield)
        and isinstance(node.value.value, ast.Constant)
        and node.lineno == node.end_lineno
    ]
