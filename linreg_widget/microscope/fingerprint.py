"""Fingerprints tell whether an update function is still the one that a run was made with.

Autoreload and ``f.__code__ = ...`` change a function in place; so do new defaults, a new value in
its closure, and new code of the helpers that it calls. A fingerprint is a short text computed from
all of these, the same in every process.
"""

from __future__ import annotations

import dis
import hashlib
import operator
import sys
from types import CodeType, FunctionType
from typing import TYPE_CHECKING, Any

from .driving import plain_function

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .driving import UpdateFunction

_DEPTH = 3  # of helpers that call helpers
_CONSTANTS = (bool, int, float, complex, str, bytes, type(None))


class Fingerprint:
    """A function's fingerprint, computed again only if a part of the function is a new object."""

    def __init__(self, function: UpdateFunction) -> None:
        self._function = plain_function(function)
        self._parts: tuple[object, ...] = ()
        self._text = ""

    def now(self) -> str:
        """Return the present fingerprint."""
        parts = tuple(_parts(self._function))
        same = len(parts) == len(self._parts)
        if not (same and all(map(operator.is_, parts, self._parts))):
            digest = hashlib.blake2b(digest_size=16)
            for part in parts:
                digest.update(f"{_text(part)};".encode())
            self._parts = parts
            self._text = f"{sys.implementation.cache_tag}:{digest.hexdigest()}"
        return self._text


def same_code(one: CodeType, other: CodeType) -> bool:
    """Tell whether two pieces of code are the same, wherever they are in their files."""
    return _text(one) == _text(other)


def _parts(function: FunctionType, depth: int = _DEPTH) -> Iterator[object]:
    """Yield the code of a function and of its helpers, with their defaults and closures' values."""
    code = function.__code__
    yield code
    yield from function.__defaults__ or ()
    yield from (function.__kwdefaults__ or {}).values()
    found = [function.__globals__.get(name) for name in code.co_names]
    if function.__closure__:
        writes = _written(code)
        for name, cell in zip(code.co_freevars, function.__closure__, strict=True):
            try:
                value = cell.cell_contents
            except ValueError:  # still empty
                continue
            if not isinstance(value, FunctionType) and name not in writes:  # else it is a counter
                yield value
            found.append(value)
    for helper in found:
        if not isinstance(helper, FunctionType) or helper is function or not depth:
            continue
        if helper.__module__ == function.__module__:
            yield from _parts(helper, depth - 1)


def _written(code: CodeType) -> set[str]:
    """Return the names of the outer variables that a function sets itself."""
    return {
        instruction.argval
        for instruction in dis.get_instructions(code)
        if instruction.opname == "STORE_DEREF"
    }


def _text(part: Any) -> str:
    """Write constants and code as text, without addresses and lines; other things as their type."""
    if isinstance(part, CodeType):
        inner = ",".join(map(_text, part.co_consts))
        names = (part.co_names, part.co_varnames, part.co_freevars, part.co_cellvars)
        flags = (part.co_flags, part.co_argcount, part.co_kwonlyargcount, part.co_exceptiontable)
        return f"code({part.co_code.hex()},{names},{flags},{inner})"
    if isinstance(part, tuple):
        return f"({','.join(map(_text, part))})"
    if isinstance(part, frozenset):
        return f"{{{','.join(sorted(map(_text, part)))}}}"
    if isinstance(part, _CONSTANTS):
        return f"{type(part).__name__} {part!r}"
    return type(part).__name__
