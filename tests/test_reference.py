"""The reference: every public name and method is told in full, and every example in it is run."""

from __future__ import annotations

import ast
import doctest
import importlib
import inspect
import re
import textwrap
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any

import pytest

import linreg_widget
from gallery.manual import linked
from gallery.reference import GROUPS, INNER, Entry, entries, parsed, place_of
from linreg_widget import TrainerWidget
from linreg_widget.table.reading import How
from tests.each import each

PACKAGE = Path(linreg_widget.__file__).parent
FLAGS = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
ARRAYS = re.compile(r"NDArray|Tensor|ArrayLike")
SHAPE = re.compile(r"\bshapes? |\((?:n|t|d|k|updates)(?:, ?(?:\d|[a-z]+(?: \+ 1)?)?)*\)")


@cache
def public() -> dict[str, Entry]:
    return {entry.name: entry for entry in entries()}


@cache
def members() -> dict[str, Entry]:
    return {one.name: one for entry in entries() for one in entry.members}


@cache
def everything() -> dict[str, Entry]:
    return {**public(), **members()}


def thing_of(name: str) -> Any:
    """Return what a public name, or a member of one, is."""
    owner, _, member = name.partition(".")
    found = getattr(linreg_widget, owner)
    return inspect.getattr_static(found, member, None) if member else found


def code_of(thing: Any) -> Any:
    """Return the function that does the work, below decorators."""
    if isinstance(thing, classmethod | staticmethod):
        thing = thing.__func__
    if isinstance(thing, property):
        thing = thing.fget
    return inspect.unwrap(getattr(thing, "func", thing))


def told(entry: Entry, title: str) -> dict[str, str]:
    """Return a section's rows, type and text, by the names at their heads."""
    rows = [row for section in entry.sections if section.title == title for row in section.rows]
    return {name: f"{row.kind} {row.text}" for row in rows for name in row.name.split(", ")}


def parameters_of(name: str) -> list[inspect.Parameter]:
    thing = thing_of(name)
    if inspect.isclass(thing) and issubclass(thing, Exception):
        return []
    if everything()[name].kind in ("property", "field"):
        return []
    code = thing if inspect.isclass(thing) else code_of(thing)
    given = [*inspect.signature(code).parameters.values()]
    return [one for one in given if one.name not in ("self", "cls")]


def named_by(one: inspect.Parameter, rows: Iterable[str]) -> set[str]:
    """Return what is to be told of a parameter: itself, or what a record of keywords has."""
    if one.name not in rows and one.annotation == "Unpack[How]":
        return {*How.__annotations__}
    return {one.name}


def raised_by(name: str) -> set[str]:
    """Return the errors of ours that the body of a function raises itself."""
    if everything()[name].kind == "field":
        return set()
    thing = thing_of(name)
    code = code_of(thing.__init__ if inspect.isclass(thing) else thing)
    if not inspect.isfunction(code):
        return set()
    try:
        tree = ast.parse(textwrap.dedent(inspect.getsource(code)))
    except OSError:  # what a dataclass writes
        return set()
    raised = {
        ast.unparse(node.exc.func)
        for node in ast.walk(tree)
        if isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call)
    }
    return {one for one in raised if one.endswith("Error")}


# ---- all is there -----------------------------------------------------------------------------


def test_every_public_name_has_a_page_and_no_other_has() -> None:
    assert {*public()} == {*linreg_widget.__all__, "versions"}
    assert sum(map(len, GROUPS.values())) == len(public())


def test_what_is_kept_out_of_the_reference_is_there() -> None:
    for name, inner in INNER.items():
        for member in inner:
            source = inspect.getsource(inspect.getmodule(getattr(linreg_widget, name)))  # type: ignore[arg-type]
            assert hasattr(getattr(linreg_widget, name), member) or f"self.{member}" in source
            assert f"{name}.{member}" not in members()


@each("name", everything)
def test_it_begins_with_a_sentence(name: str) -> None:
    summary = everything()[name].summary
    assert re.fullmatch(r"[A-Z`R].*[.:;]", summary), summary


@each("name", everything)
def test_each_parameter_is_told(name: str) -> None:
    entry = everything()[name]
    rows = {one.lstrip("*"): words for one, words in told(entry, "Parameters").items()}
    fields = {one.anchor for one in entry.members}  # of a dataclass, each has words of its own
    elsewhere = re.search(r"; see ``(\w+\.\w+)``", entry.text)
    if elsewhere and elsewhere[1] in members():  # with the same parameters
        assert parameters_of(name) == parameters_of(elsewhere[1])
        return
    wanted = {key for one in parameters_of(name) for key in named_by(one, rows)}
    assert wanted - {*rows} - (fields if entry.kind == "class" else set()) == set()
    assert {*rows} - wanted == set()
    for one, words in rows.items():
        assert words.strip(), f"{one} has neither type nor words"


@each("name", everything)
def test_what_is_returned_is_told(name: str) -> None:
    entry = everything()[name]
    if entry.kind in ("class", "property", "field"):
        return
    code = code_of(thing_of(name))
    returns = inspect.signature(code).return_annotation
    if returns in ("None", "Self", entry.name.partition(".")[0]):
        return
    titles = {section.title for section in entry.sections}
    assert titles & {"Returns", "Yields"} or re.match(
        r"(?:\w.*, and r|R)eturn |Say |Average |Predict |.* and return ", entry.text
    )


@each("name", everything)
def test_an_array_has_its_shape(name: str) -> None:
    entry = everything()[name]
    if entry.kind in ("property", "field"):
        if ARRAYS.search(entry.signature):
            assert SHAPE.search(entry.doc), entry.doc
        return
    rows = {one.lstrip("*"): words for one, words in told(entry, "Parameters").items()}
    for one in parameters_of(name):
        if ARRAYS.search(str(one.annotation)) and one.name in rows:
            assert SHAPE.search(rows[one.name]), (one.name, rows[one.name])
    if entry.kind != "class":
        returns = str(inspect.signature(code_of(thing_of(name))).return_annotation)
        if ARRAYS.search(returns):
            assert SHAPE.search(entry.doc), entry.doc


@each("name", everything)
def test_each_error_that_it_raises_is_told(name: str) -> None:
    entry = everything()[name]
    rows = [row for section in entry.sections if section.title == "Raises" for row in section.rows]
    known = {error.strip() for row in rows for error in row.kind.split(",")}
    assert raised_by(name) - known == set()
    for row in rows:
        assert row.text.startswith(("If ", "With ", "To ")), row


@each("name", public)
def test_a_class_or_function_shows_how_it_is_used(name: str) -> None:
    titles = {section.title for section in public()[name].sections}
    assert titles & {"Examples", "The code"}


def test_the_code_of_the_lesson_is_shown_without_its_docstrings() -> None:
    (shown,) = (one.listing for one in public()["gradient_update"].sections if one.listing)
    assert shown.startswith("def gradient_update(")
    assert shown.endswith("return loss.item()")
    assert "loss.backward()  # fills" in shown
    assert '"""' not in shown


# ---- all examples run -------------------------------------------------------------------------


def module_of(path: Path) -> str:
    parts = path.relative_to(PACKAGE.parent).with_suffix("").parts
    return ".".join(part for part in parts if part != "__init__")


SHOWING = [
    module_of(path)
    for path in sorted(PACKAGE.rglob("*.py"))
    if ">>>" in path.read_text(encoding="utf-8")
]


def examples(module: str) -> list[doctest.DocTest]:
    """Return each docstring of a module that has examples."""
    found = doctest.DocTestFinder().find(importlib.import_module(module), module)
    return [test for test in found if test.examples]


@cache
def known() -> set[str]:
    """Return what the examples of all docstrings enter."""
    tests = [test for module in SHOWING for test in examples(module)]
    return {one.source.strip() for test in tests for one in test.examples}


@pytest.mark.parametrize("module", SHOWING)
def test_an_example_runs_and_shows_what_it_says(
    module: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    names = {name: getattr(linreg_widget, name) for name in linreg_widget.__all__}
    for test in examples(module):
        test.globs = {**names, **test.globs}
        said: list[str] = []
        runner = doctest.DocTestRunner(optionflags=FLAGS, verbose=False)
        runner.run(test, out=said.append, clear_globs=False)
        for value in [*test.globs.values()]:
            if isinstance(value, TrainerWidget):
                value.close()
        assert runner.tries
        assert not runner.failures, "".join(said)


@each("name", everything)
def test_every_example_of_the_reference_is_among_those(name: str) -> None:
    parser = doctest.DocTestParser()
    for section in everything()[name].sections:
        for one in parser.get_examples(section.code):
            assert one.source.strip() in known()


# ---- how it is read ---------------------------------------------------------------------------


def test_a_docstring_is_read_as_it_is_written() -> None:
    doc = """Do it.

    More of it, over ``x``.

    Parameters
    ----------
    x, y : ndarray, shape (n,)
        Both.
    how : {"a", "b"}, optional

    Raises
    ------
    TableError, SettingsError
        If not.

    Notes
    -----
    A note.

    Examples
    --------
    >>> 1
    1
    """
    text, sections = parsed(inspect.cleandoc(doc))
    assert text == "Do it.\n\nMore of it, over ``x``."
    assert [section.title for section in sections] == ["Parameters", "Raises", "Notes", "Examples"]
    assert [row.name for row in sections[0].rows] == ["x, y", "how"]
    assert sections[0].rows[0][1:] == ("ndarray, shape (n,)", "Both.")
    assert sections[1].rows[0].kind == "TableError, SettingsError"
    assert (sections[2].text, sections[3].code) == ("A note.", ">>> 1\n1")


def test_a_name_in_a_text_leads_to_its_page() -> None:
    assert place_of("Trainer") == "reference-Trainer.html"
    assert place_of("Trainer.step()") == place_of('trainer.step(by="phase")')
    assert place_of("widget.to_html") == "reference-TrainerWidget.html#to_html"
    assert place_of("nothing") is None
    shown = linked("See ``Trainer`` and `seek`.\n\n```python\nTrainer\n```", {}, here="Recording")
    assert '<a href="reference-Trainer.html"><code>Trainer</code></a>' in shown
    assert "<code>seek</code>" in shown
    assert shown.count("<a ") == 1
    assert '#seek"><code>seek</code></a>' in linked("`seek`", {}, here="Trainer")
