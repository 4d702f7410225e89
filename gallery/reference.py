"""The public names as the reference shows them: signatures from Python, the rest from docstrings.

A docstring is numpydoc; griffe parses its sections, and reads the strings below fields, which
Python does not keep. A class's members without an underscore are public, unless `INNER` names them.
"""

from __future__ import annotations

import functools
import inspect
import logging
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import griffe

import linreg_widget

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[1]
PACKAGE = "linreg_widget"

GROUPS = {
    "Train and look": ("TrainerWidget", "Trainer", "Settings", "Stop"),
    "The lesson": ("LinearRegression", "mse_loss", "gradient_update"),
    "The rows, and what they say": ("Table", "crop_yields", "Insight"),
    "What happened": ("Recording", "Branch", "Position"),
    "What can go wrong": (
        *("LinregError", "TableError", "SettingsError", "UpdateError", "WidgetError"),
    ),
    "The installation": ("versions",),
}
"""The public names, in the order of the reference."""

INNER = {
    # What the trainer writes while it trains: who changes it changes what happened.
    "Recording": (
        *("adopt", "append", "branches_without", "change_settings", "check_code", "come_back"),
        *("compare", "history", "made_with", "note", "schedule", "segment_at", "set_by_hand"),
        *("snapshots", "codes", "given", "edited", "by_hand", "version", "sets_by_hand"),
    ),
    # What a screen needs of a trainer while it draws, and how a run is cut into slices.
    "Trainer": ("failure", "frame", "plan", "slices", "specimen", "stamp", "traced"),
    "TrainerWidget": ("let_go", "parts", "traits"),
    "Insight": ("merged", "root"),
}
"""Members that serve other modules of the package, by class: they may change without notice."""

_WIDTH = 88
_ADMONITIONS = {"note": "Notes", "notes": "Notes", "see-also": "See also"}


class Row(NamedTuple):
    """A line of a section: a parameter, an error, a value that is returned."""

    name: str
    kind: str
    """Its type, with a shape or a unit, as the docstring has it."""
    text: str
    """What it is, in Markdown."""


class Section(NamedTuple):
    """A part of a docstring, with a title of its own."""

    title: str
    rows: tuple[Row, ...] = ()
    text: str = ""
    """What stands there in Markdown, if it has no rows."""
    code: str = ""
    """Or an example, as at Python's prompt."""
    listing: str = ""
    """Or the code itself, without its docstrings."""


class Entry(NamedTuple):
    """A public name, or a member of one."""

    name: str
    """Such as "Trainer" and "Trainer.step"."""
    kind: str
    """"class", "function", "method", "class method", "property", "field"."""
    signature: str
    """Its call as Python code; a property's type."""
    doc: str
    """The whole docstring."""
    text: str
    """What stands before the first section, in Markdown."""
    sections: tuple[Section, ...]
    source: str
    """Where it is in the source: file and line, as in a link to the repository."""
    members: tuple[Entry, ...] = ()

    @property
    def anchor(self) -> str:
        """The name within its page."""
        return self.name.rpartition(".")[2]

    @property
    def summary(self) -> str:
        """The first sentence."""
        first = " ".join(self.text.split("\n\n")[0].split())
        return re.split(r"(?<=[.:])\s(?=[A-Z])", first)[0]


def page_of(name: str) -> str:
    """Return the file of a public name's page."""
    return f"reference-{name}.html"


@functools.cache
def entries() -> tuple[Entry, ...]:
    """Return all public names, in the order of the reference."""
    return tuple(_entry(name) for names in GROUPS.values() for name in names)


@functools.cache
def _places() -> dict[str, str]:
    """Return the addresses of all public names and members, by what a text may call them."""
    found = {}
    for entry in entries():
        found[entry.name] = page_of(entry.name)
        for one in entry.members:
            found[one.name] = f"{page_of(entry.name)}#{one.anchor}"
    return found


def place_of(code: str) -> str | None:
    """Return the address of what a piece of code in a text names, as ``Trainer.step()``, if any.

    Parameters
    ----------
    code : str
        What stands between backticks. ``widget.`` and ``trainer.`` are read as their classes.
    """
    call = re.fullmatch(r"(\w+)(?:\.(\w+))?(?:\([^()]*\))?", code)
    if call is None:
        return None
    owner, member = call.groups()
    owner = {"widget": "TrainerWidget", "trainer": "Trainer", "table": "Table"}.get(owner, owner)
    return _places().get(f"{owner}.{member}" if member else owner)


# ---- from Python ------------------------------------------------------------------------------


@functools.cache
def _source() -> griffe.Object:
    """Return the package as griffe reads it, without running it."""
    loaded = griffe.load(PACKAGE, search_paths=[ROOT], docstring_parser="numpy")
    assert isinstance(loaded, griffe.Object)  # noqa: S101 - no alias, by its name
    return loaded


def _entry(name: str) -> Entry:
    thing: Any = getattr(linreg_widget, name)
    kind = "class" if inspect.isclass(thing) else "function"
    doc = inspect.getdoc(thing) or ""
    members = tuple(_members(name, thing)) if kind == "class" else ()
    text, sections = parsed(doc)
    if thing.__module__ == f"{PACKAGE}.model":  # the lesson: its code says best how it is used
        plain = re.sub(r'\n +"""(?s:.*?)"""(?=\n)', "", inspect.getsource(thing))
        sections = (*sections, Section("The code", listing=plain.rstrip()))
    called = inspect.unwrap(thing)
    signature = f"{name}{_signature(called)}" if not _is_error(thing) else name
    return Entry(name, kind, signature, doc, text, sections, _where(called), members)


def _is_error(thing: object) -> bool:
    return isinstance(thing, type) and issubclass(thing, Exception)


def _members(name: str, of: type) -> Iterator[Entry]:
    """Yield a class's own members and those of its bases of ours, in the order of the source."""
    seen: set[str] = set()
    for owner in of.__mro__:
        if not owner.__module__.startswith(PACKAGE):
            continue
        known = _read(owner)
        fields = known.members if known is not None else {}
        for member in sorted({*vars(owner), *fields}, key=functools.partial(_line_of, fields)):
            if member.startswith("_") or member in seen or member in INNER.get(name, ()):
                continue
            seen.add(member)
            entry = _member(name, of, member, fields.get(member))
            if entry is not None:
                yield entry


def _line_of(fields: dict[str, Any], member: str) -> tuple[int, str]:
    """Return where a member stands, to sort by; what its class's decorator adds comes last."""
    line = getattr(fields.get(member), "lineno", None)
    return (sys.maxsize if line is None else line), member


def _read(owner: type) -> griffe.Object | None:
    """Return a class as griffe reads it."""
    module = owner.__module__.removeprefix(f"{PACKAGE}.")
    try:
        found = _source()[f"{module}.{owner.__name__}"]
    except KeyError:
        return None
    return found if isinstance(found, griffe.Object) else None


def _member(name: str, of: type, member: str, field: Any) -> Entry | None:
    """Return a member, or None if it is not in the reference: a trait is told with its class."""
    full = f"{name}.{member}"
    try:
        thing = inspect.getattr_static(of, member)
    except AttributeError:
        thing = None  # of each instance, with a string below it
    if isinstance(thing, property | functools.cached_property):
        getter: Any = thing.fget if isinstance(thing, property) else thing.func
        doc = inspect.getdoc(getter) or ""
        text, sections = parsed(doc)
        kind = _plain(inspect.signature(inspect.unwrap(getter)).return_annotation)
        where = _where(inspect.unwrap(getter))
        return Entry(full, "property", kind, doc, text, sections, where)
    if isinstance(thing, classmethod) or inspect.isfunction(thing):
        called = thing.__func__ if isinstance(thing, classmethod) else thing
        kind = "class method" if isinstance(thing, classmethod) else "method"
        doc = inspect.getdoc(called) or ""
        text, sections = parsed(doc)
        signature = f"{full if kind == 'class method' else member}{_signature(called, bound=True)}"
        where = _where(inspect.unwrap(called))
        return Entry(full, kind, signature, doc, text, sections, where)
    if field is None or field.docstring is None:
        return None
    doc = inspect.cleandoc(field.docstring.value)
    text, sections = parsed(doc)
    kind = _plain(field.annotation or "")
    where = f"{field.relative_package_filepath}#L{field.lineno}"
    return Entry(full, "field", kind, doc, text, sections, f"{PACKAGE}/{where.split('/', 1)[1]}")


def _signature(called: Any, *, bound: bool = False) -> str:
    """Return a signature as code, in one line if it fits."""
    signature = inspect.signature(called)
    given = [*signature.parameters.values()][1 if bound else 0 :]
    words: list[str] = []
    for one in given:
        if one.kind is one.KEYWORD_ONLY and not any(word.startswith("*") for word in words):
            words.append("*")
        words.append(_parameter(one))
    returns = signature.return_annotation
    arrow = "" if returns in (signature.empty, "None") else f" -> {_plain(returns)}"
    line = f"({', '.join(words)}){arrow}"
    if len(line) <= _WIDTH:
        return line
    return "(\n" + "".join(f"    {word},\n" for word in words) + f"){arrow}"


def _parameter(one: inspect.Parameter) -> str:
    """Return a parameter as its function's source has it."""
    stars = {"VAR_POSITIONAL": "*", "VAR_KEYWORD": "**"}.get(one.kind.name, "")
    words = f"{stars}{one.name}"
    if one.annotation is not one.empty:
        words += f": {_plain(one.annotation)}"
    if one.default is not one.empty:
        default = getattr(one.default, "__name__", None) or _plain(repr(one.default))
        words += f" = {default}" if ":" in words else f"={default}"
    return words


def _plain(annotation: object) -> str:
    """Return an annotation, or a default, with the quotes that the source has."""
    return str(annotation).replace("'", '"')


def _where(called: Any) -> str:
    """Return where a function or class is defined."""
    file = Path(inspect.getsourcefile(called) or "").resolve().relative_to(ROOT)
    return f"{file.as_posix()}#L{inspect.getsourcelines(called)[1]}"


# ---- from docstrings --------------------------------------------------------------------------


def parsed(doc: str) -> tuple[str, tuple[Section, ...]]:
    """Return a docstring's text before its first section, and its sections.

    Parameters
    ----------
    doc : str
        Numpydoc, without indentation.
    """
    logging.getLogger("griffe").setLevel(logging.ERROR)  # types stand in signatures as well
    text, sections = "", []
    for part in griffe.Docstring(doc, parser="numpy").parse("numpy", warnings=False):
        kind, value = part.kind.value, part.value
        if kind == "text":
            text = f"{text}\n\n{value}" if text else str(value)
        elif kind == "examples":
            code = "\n\n".join(str(piece) for _, piece in value)
            sections.append(Section("Examples", code=code))
        elif kind == "admonition":
            title = _ADMONITIONS.get(value.kind, value.kind.capitalize())
            sections.append(Section(title, text=str(value.contents)))
        else:
            sections.append(Section(kind.capitalize(), tuple(_rows(value))))
    return text, tuple(sections)


def _rows(value: Any) -> list[Row]:
    """Return a section's rows; names that share one description stand together, as written."""
    rows: list[Row] = []
    for one in value:
        kind, text = str(one.annotation or ""), inspect.cleandoc(one.description or "")
        row = Row(getattr(one, "name", "") or "", kind, text)
        if rows and rows[-1][1:] == row[1:]:
            rows[-1] = row._replace(name=f"{rows[-1].name}, {row.name}")
        else:
            rows.append(row)
    return rows
