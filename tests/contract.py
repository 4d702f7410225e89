"""What the page is told of Python's declarations: writes js/src/kernel/contract.ts.

``python -m tests.contract`` writes it, and so does ``make format``. It is checked in, since the
front end is built before the package can be imported; a test holds that it is up to date.

The facts stand where they are made: the synced traits in ``TrainerPanel``, the settings in
``settings``, the controls in ``lesson.controls``, the requests in ``panel.requests``, and what
travels as a dict or as arrays in a ``TypedDict`` beside the code that makes it. Limits that the
page or its own engine keeps to as well stand in the module that ``SHARED`` names.
"""

from __future__ import annotations

import ast
import importlib
import inspect
import json
import re
import sys
import textwrap
import types
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import (
    Annotated,
    Any,
    Literal,
    NotRequired,
    Union,
    get_args,
    get_origin,
    get_type_hints,
    is_typeddict,
)

import traitlets

from linreg_widget.lesson.controls import CONTROLS, TABS
from linreg_widget.lesson.questions import Kind
from linreg_widget.microscope import graphwire
from linreg_widget.panel import requests
from linreg_widget.panel.codec import Head
from linreg_widget.panel.page import shared_traits
from linreg_widget.panel.panel import TrainerPanel
from linreg_widget.panel.requests import Reply, Request
from linreg_widget.panel.traits import Arrays, Record, Setting, StopRule
from linreg_widget.settings import FIELDS, STRETCH_SETTINGS, By, Settings, Stop
from linreg_widget.table import Role

CONTRACT_TS = Path(__file__).parents[1] / "js" / "src" / "kernel" / "contract.ts"

_HEADER = """\
/**
 * What the kernel and the page share, written by `python -m tests.contract` (`make format`) from
 * Python's declarations: do not edit.
 */
"""
SHARED: dict[str, tuple[str, ...]] = {
    "insight.findings": ("MOST_COLUMNS NAMED_COLUMNS",),
    "insight.insight": ("MOSTLY", "ROUNDINGS ROUNDINGS_OF_PREDICTION"),
    "insight.leakage": ("MOST_LOOKED_AT", "MOST_KEPT KNOWN_ROWS", "NEAR NEAR_COPY", "CLOSER"),
    "insight.leastsquares": ("ROUNDINGS ROUNDINGS_OF_NUMBER",),
    "lesson.guessing": ("BY_DEGREES",),
    "lesson.questions": ("ACTS", "CHOICES", "NEAR NEAR_BEST", "SMALLEST SMALLEST_LOSS"),
    "microscope.fit": ("MOST_HELD_OUT",),
    "microscope.frame": ("MOST_NUMBERS FRAME_NUMBERS",),
    "microscope.graphwire": ("MOST_NUMBERS GRAPH_NUMBERS",),
    "microscope.rules": ("MOST_TERMS",),
    "microscope.values": ("MOST_ROWS", "MOST_COLUMNS", "FEWEST_COLUMNS"),
    "panel.losscurves": ("COLUMNS", "POINTS", "POINTS_OF_OTHERS", "MOST_CHANGES"),
    "panel.pace": ("WATCHED", "MOST_WATCHED"),
    "panel.readings": ("MOST_TARGETS", "MOST_FEATURES", "MOST_ROWS TABLE_ROWS"),
    "panel.tables": ("MOST_POINTS", "MOST_BEFORE"),
    "panel.traits": ("FASTEST",),
    "plots.annotations": ("LONGEST_NAME", "FLOOR_REACH", "RIGHT"),
    "plots.axes": ("MARGIN", "FEW_DECADES", "MOST_DECADE_TICKS", "DECADE_STEPS"),
    "plots.curves": ("MOST_DOTS", "MOST_MARKERS"),
    "plots.loss": ("MOST_NAMES",),
    "recording.changes": ("MOST_BRANCHES SHOWN_BRANCHES", "FEW FEW_UPDATES"),
    "recording.checkpoints": (
        "MOST MOST_CHECKPOINTS",
        "FEWEST FEWEST_CHECKPOINTS",
        "BYTES CHECKPOINT_BYTES",
    ),
    "recording.recording": (
        "LONGEST_FIRST_STRIDE",
        "MOST_BRANCHES",
        "MOST_BRANCH_BYTES",
        "SAME_LOSSES",
    ),
    "table.draft": ("MOST_LETTERS",),
    "table.precision": ("COUNTED",),
    "training.comparison": ("PRESENT", "COLOURS"),
    "training.defaults": ("SMALL_TABLE",),
    "training.diagnosis": ("LONGEST LONGEST_STRETCH", "STEADY", "MOST_TRIED"),
    "training.link": ("MOST_UPDATES",),
    "training.run": ("MOST_SETS",),
    "training.stopping": ("REMEMBERED", "HALVINGS", "ENDLESS", "CIRCLING"),
    "training.trainer": ("MOST_KEPT",),
}
"""By their module, limits that the page keeps to as well; behind a name what it is called there."""

_TRAITS: dict[type, Any] = {
    traitlets.Bool: bool,
    traitlets.Bytes: bytes,
    traitlets.Float: float,
    traitlets.Int: int,
    traitlets.Unicode: str,
}
_PLAIN = {str: "string", int: "number", float: "number", bool: "boolean", type(None): "null"}


def type_of(trait: Any) -> Any:
    """The Python type of a trait's values; a ``TypedDict`` stands for itself and for ``{}``."""
    found: Any
    if isinstance(trait, Setting):  # a trainer has filled in what may be None in settings
        wanted = get_type_hints(Settings)[str(trait.name)]
        found = next(one for one in get_args(wanted) or (wanted,) if one is not type(None))
    elif isinstance(trait, StopRule):
        found = get_type_hints(Stop)[str(trait.name).removeprefix("stop_")]
    elif isinstance(trait, Record):
        found = _named(trait.of) if isinstance(trait.of, str) else trait.of
    elif isinstance(trait, traitlets.Enum):
        found = Literal[tuple(trait.values or ())]
    elif isinstance(trait, traitlets.List):
        found = types.GenericAlias(list, (type_of(trait._trait),))
    elif (kind := next((kind for kind in _TRAITS if isinstance(trait, kind)), None)) is not None:
        found = _TRAITS[kind] | None if trait.allow_none else _TRAITS[kind]
    else:
        found = get_type_hints(trait.check)["return"]
    return found


def _named(name: str) -> type:
    """The ``TypedDict`` of a name, from one of the modules that a panel loads only when asked."""
    (found,) = [vars(module)[name] for module in (graphwire, requests) if name in vars(module)]
    assert isinstance(found, type)
    return found


def fields(record: type) -> dict[str, Any]:
    """The fields of a ``TypedDict`` or ``NamedTuple``, each with its type."""
    return get_type_hints(record, include_extras=True)


def kinds(request: type) -> tuple[str, ...]:
    """The kinds that a request may be of."""
    found: tuple[str, ...] = get_args(fields(request)["kind"])
    return found


def written() -> str:
    """The text of contract.ts."""
    writer = _Writer()
    return "\n".join([_HEADER, *writer.traits(), *writer.records(), *_limits()])


def _limits() -> Iterator[str]:
    """The constants that are shared, each with the words that stand beside it in Python."""
    for place, names in SHARED.items():
        module = importlib.import_module(f"linreg_widget.{place}")
        yield f"// {place.replace('.', '/')}.py"
        for name, _, other in (each.partition(" ") for each in names):
            own, words = _stated(module, name)
            value = getattr(module, own)
            kind = "" if isinstance(value, int | float | str) else " as const"
            yield f"export const {other or name} = {json.dumps(value)}{kind};{words}"
        yield ""


def _stated(module: types.ModuleType, name: str) -> tuple[str, str]:
    """A constant's name in its module, and the comment behind it, or the docstring below it."""
    pattern = rf'^(?:\w+, )*(_?{name})\b[^=\n]*= [^#\n]*(?:# (.+)|\n"""(.+)\.""")?'
    found = re.search(pattern, inspect.getsource(module), re.MULTILINE)
    assert found is not None, f"{module.__name__} states no {name}"
    words = found[2] or found[3]
    return found[1], f" // {words}" if words else ""


class _Writer:
    """Writes Python's types as TypeScript's, and notes which of them are to be declared."""

    def __init__(self) -> None:
        self._declared: dict[str, str] = {}
        self._unions: dict[Any, str] = {}
        self._arrays: dict[str, type] = {}

    def traits(self) -> Iterator[str]:
        ours = shared_traits(TrainerPanel)
        for name, trait in ours.items():
            if get_origin(type_of(trait)) is Literal:
                self._name(type_of(trait), name.title().replace("_", ""))
            if isinstance(trait, Arrays) and trait.of is not None:
                self._arrays[trait.of.__name__] = trait.of
        self._name_unions_of(TrainerPanel)
        yield "/** The synced traits. */"
        yield "export interface Traits {"
        for name, trait in ours.items():
            yield f"  {name}: {self._trait(trait)};"
        yield "}\n"
        yield "const NOTHING = new DataView(new ArrayBuffer(0));\n"
        yield "export const DEFAULTS: Readonly<Traits> = {"
        for name, trait in ours.items():
            yield f"  {name}: {_value(trait.default())},"
        yield "};\n"

    def records(self) -> Iterator[str]:
        self._name(Literal[tuple(CONTROLS)], "Control")
        for one in get_args(Request):
            self._write(one)
        self._write(Reply)
        self._write(Head)
        yield from (text + "\n" for text in self._declared.values())
        lists = (
            ("CONTROLS", "Control", CONTROLS),
            ("TABS", "Tab", TABS),
            ("STEPS", "StepBy", get_args(By)),
            ("ROLES", "Role", get_args(Role)),
            ("KINDS", '(Traits["ask"] & string)', get_args(Kind)),
            ("SETTINGS", '(keyof Kept["settings"])', FIELDS),
            ("STRETCH_SETTINGS", '(keyof Stretch["settings"])', STRETCH_SETTINGS),
        )
        for name, kind, all_ in lists:
            yield f"export const {name}: readonly {kind}[] = {json.dumps([*all_])};\n"
        yield _doc("A message of the page.") + f"export type Request = {self._write(Request)};\n"
        for name, record in self._arrays.items():
            text = f"export type {name} = {_either(fields(record))};\n"
            yield _doc(*_docs(record)[""]) + text

    def _trait(self, trait: Any) -> str:
        wanted = type_of(trait)
        if isinstance(trait, Record):
            return f"Partial<{self._write(wanted)}>"
        return "DataView" if wanted is bytes else self._write(wanted)

    def _write(self, wanted: Any) -> str:
        """Write a type in TypeScript, and declare what it consists of."""
        origin, inside = get_origin(wanted), get_args(wanted)
        if wanted in _PLAIN:
            return _PLAIN[wanted]
        if origin is Literal:
            return self._unions.get(wanted) or _either(inside)
        if origin is Annotated:  # settings, those with these names
            return f"Pick<Traits, {_either(inside[1])}>"
        return self._write_parts(wanted, origin, inside)

    def _write_parts(self, wanted: Any, origin: Any, inside: tuple[Any, ...]) -> str:
        """Write a type that consists of others."""
        if origin in (Union, types.UnionType):
            return " | ".join(map(self._write, inside))
        if origin is list or (origin is tuple and inside[1:] == (...,)):
            each = self._write(inside[0])
            return f"readonly ({each})[]" if " " in each else f"readonly {each}[]"
        if origin is tuple:
            return f"readonly [{', '.join(map(self._write, inside))}]"
        if is_typeddict(wanted) or issubclass(wanted, tuple):
            self._declare(wanted)
            return str(wanted.__name__)
        raise TypeError(f"{wanted} has no counterpart in TypeScript yet")

    def _declare(self, record: Any) -> None:
        name = record.__name__
        if name in self._declared:
            return
        self._declared[name] = ""  # it comes first, and may hold itself
        self._name_unions_of(record)
        docs = _docs(record)
        if not is_typeddict(record):
            parts = (f"{key}: {self._write(kind)}" for key, kind in fields(record).items())
            text = f"export type {name} = readonly [{', '.join(parts)}];"
        else:
            lines = [f"export interface {name} {{"]
            for key, kind in fields(record).items():
                optional = get_origin(kind) is NotRequired
                written = self._write(get_args(kind)[0] if optional else kind)
                lines.append(_doc(*docs.get(key, ()), indent="  ").rstrip("\n"))
                lines.append(f"  readonly {key}{'?' * optional}: {written};")
            text = "\n".join([*filter(None, lines), "}"])
        self._declared[name] = _doc(*docs[""]) + text

    def _name_unions_of(self, declaration: type) -> None:
        """Take over what a declaration's module calls its unions of strings."""
        for name, value in vars(sys.modules[declaration.__module__]).items():
            if get_origin(value) is Literal:
                self._name(value, name)

    def _name(self, union: Any, name: str) -> None:
        if union not in self._unions:
            self._unions[union] = name
            self._declared[name] = f"export type {name} = {_either(get_args(union))};"


def _either(words: Iterable[str]) -> str:
    return " | ".join(map(json.dumps, words))


def _value(default: Any) -> str:
    if isinstance(default, bytes):
        return "NOTHING"
    return json.dumps(default)


def _docs(record: type) -> dict[str, tuple[str, ...]]:
    """The docstrings below a record's fields, and its own by the name ""."""
    (tree,) = ast.parse(textwrap.dedent(inspect.getsource(record))).body
    assert isinstance(tree, ast.ClassDef)
    docs = {"": tuple((inspect.getdoc(record) or "").splitlines())}
    for field, after in zip(tree.body, tree.body[1:], strict=False):
        if isinstance(field, ast.AnnAssign) and isinstance(after, ast.Expr):
            docs[ast.unparse(field.target)] = tuple(ast.literal_eval(after.value).splitlines())
    return docs


def _doc(*lines: str, indent: str = "") -> str:
    if not lines:
        return ""
    if len(lines) == 1:
        return f"{indent}/** {lines[0]} */\n"
    inner = "".join(f"{indent} * {line.strip()}".rstrip() + "\n" for line in lines)
    return f"{indent}/**\n{inner}{indent} */\n"


if __name__ == "__main__":
    CONTRACT_TS.write_text(written(), encoding="utf-8")
