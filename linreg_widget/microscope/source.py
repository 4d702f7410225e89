"""The source of an update function, and of what it uses from elsewhere."""

from __future__ import annotations

import ast
import dis
import functools
import inspect
import linecache
import sys
import textwrap
from types import CodeType, FunctionType, ModuleType
from typing import TYPE_CHECKING

from linreg_widget.errors import UpdateError
from linreg_widget.messages import say

from .fingerprint import same_code

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_PATCHER = "IPython.extensions.deduperreload"
_PACKAGE = __name__.split(".", maxsplit=1)[0]
_CONSTANTS = (bool, int, float, str, type(None))


def source_of(thing: Callable[..., object] | type) -> str:
    """Return the source of a function or class, not indented.

    Raises
    ------
    UpdateError
        If it cannot be read, or is not a definition of its own, as for a lambda or bound method.
    """
    try:
        source = textwrap.dedent(inspect.getsource(thing))
        definition = ast.parse(source).body[0]
    except (OSError, TypeError, SyntaxError, IndexError):
        source, definition = "", None
    plain = isinstance(thing, FunctionType | type)
    read = plain and isinstance(definition, ast.FunctionDef | ast.ClassDef)
    runs = read and not (isinstance(definition, ast.FunctionDef) and not _runs(thing, definition))
    if not runs and (patched := _patched_in(thing)):
        return patched
    if plain and isinstance(definition, ast.FunctionDef) and not runs:
        raise UpdateError(say("updates.changed", name=getattr(thing, "__name__", repr(thing))))
    if not read:
        raise UpdateError(say("updates.no_source", name=getattr(thing, "__name__", repr(thing))))
    return source


def _runs(thing: object, definition: ast.FunctionDef) -> bool:
    """Tell whether a definition is the code that a function runs; assume so if in doubt.

    The file may have changed since it was loaded. It is compiled again as a whole, since a
    function's code also depends on what surrounds it.
    """
    function = inspect.unwrap(thing) if callable(thing) else thing
    if not isinstance(function, FunctionType):
        return True
    if any(isinstance(node, ast.Assert) for node in ast.walk(definition)):
        return True  # pytest rewrites assert statements
    code = function.__code__
    lines = linecache.getlines(code.co_filename, function.__globals__)
    try:
        flags = (code.co_flags & annotations.compiler_flag) | ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
        whole = _compiled("".join(lines), code.co_filename, flags)
    except (SyntaxError, ValueError):
        return True
    here = [one for one in _codes(whole) if one.co_firstlineno == code.co_firstlineno]
    return not lines or any(same_code(one, code) for one in here)


def _patched_in(thing: object) -> str:
    """Return the source of a function whose code IPython's autoreload has changed in place, or "".

    From IPython 8.32 on it compiles the changed definition alone, as ``ast.unparse`` writes it, so
    the code's lines are the lines of that text, and of no file.
    """
    function = inspect.unwrap(thing) if callable(thing) else thing
    if not isinstance(function, FunctionType) or _PATCHER not in sys.modules:
        return ""
    code = function.__code__
    try:
        tree = ast.parse("".join(linecache.getlines(code.co_filename, function.__globals__)))
    except (SyntaxError, ValueError):
        return ""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef) and node.name == code.co_name:
            text = ast.unparse(node)
            whole = _compiled(text, code.co_filename, 0)
            here = [one for one in _codes(whole) if one.co_firstlineno == code.co_firstlineno]
            if any(same_code(one, code) for one in here):
                return f"{text}\n"
    return ""


@functools.lru_cache(maxsize=8)  # each widget asks for its function, mostly in the same file
def _compiled(source: str, filename: str, flags: int) -> CodeType:
    code: CodeType = compile(source, filename, "exec", flags, dont_inherit=True)
    return code


def _codes(code: CodeType) -> Iterator[CodeType]:
    """Yield all code within code."""
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield constant
            yield from _codes(constant)


def complete_source(function: Callable[..., object], known: tuple[str, ...]) -> list[str]:
    """Return the source of a function, preceded by the source of everything that it uses.

    Imports, numbers, texts, functions and classes are written out; a comment names the rest.

    Parameters
    ----------
    function : function
    known : tuple of str
        Names that are already defined.

    Raises
    ------
    UpdateError
        If the source of the function itself cannot be read.
    """
    source_of(function)
    lines: list[str] = []
    definitions: list[str] = []
    missing: list[str] = []
    _collect(function, set(known), lines, definitions, missing)
    lines.sort(key=lambda line: not line.startswith(("import ", "from ")))
    if missing:
        lines.append(f"# To be added by hand, since it is used below: {', '.join(missing)}")
    return ["\n".join(lines), *definitions] if lines else definitions


def _collect(
    function: Callable[..., object],
    seen: set[str],
    lines: list[str],
    definitions: list[str],
    missing: list[str],
) -> None:
    """Add what a function needs to the lists, then the function itself."""
    source = source_of(function)
    for name, value in _used(function, source):
        if name in seen:
            continue
        seen.add(name)
        home = getattr(value, "__module__", None)
        if isinstance(value, ModuleType):
            lines.append(f"import {value.__name__} as {name}".removesuffix(f" as {value.__name__}"))
        elif isinstance(value, _CONSTANTS) and _is_literal(value):
            lines.append(f"{name} = {value!r}")
        elif not callable(value) or getattr(value, "__name__", None) != name or home is None:
            missing.append(name)
        elif home == function.__module__ or home.split(".")[0] == _PACKAGE:
            try:
                _collect(value, seen, lines, definitions, missing)
            except UpdateError:
                missing.append(name)
        else:
            lines.append(f"from {home} import {name}")
    definitions.append(source)


def _used(function: Callable[..., object], source: str) -> Iterator[tuple[str, object]]:
    """Yield the names that a function uses but does not define, with their values."""
    if not isinstance(function, FunctionType):
        return  # a class: its author must see to what its methods need
    function = inspect.unwrap(function)
    names = dict.fromkeys(_globals(function.__code__))
    definition = ast.parse(source).body[0]
    if isinstance(definition, ast.FunctionDef):
        written = [*definition.decorator_list, *definition.args.defaults]
        written += [default for default in definition.args.kw_defaults if default is not None]
        nodes = (node for part in written for node in ast.walk(part))
        names |= dict.fromkeys(node.id for node in nodes if isinstance(node, ast.Name))
    around = {**function.__globals__, **inspect.getclosurevars(function).nonlocals}
    names |= dict.fromkeys(function.__code__.co_freevars)
    for name in names:
        if name in around and name != function.__name__:
            yield name, around[name]


def _globals(code: CodeType) -> Iterator[str]:
    """Yield the global names that a function's code loads, inner functions included."""
    for instruction in dis.get_instructions(code):
        if instruction.opname in ("LOAD_GLOBAL", "LOAD_NAME"):
            yield instruction.argval
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _globals(constant)


def _is_literal(value: object) -> bool:
    """Tell whether a number or text can be written as it is, as infinity cannot."""
    try:
        return bool(ast.literal_eval(repr(value)) == value)
    except (ValueError, SyntaxError):
        return False
