"""The language that is spoken: English, or another that has a catalogue beside ``en.json``.

A widget speaks its own language while something is done with it. So two widgets of one kernel can
speak two languages, and objects without a widget, such as a lone ``Trainer``, speak English.
"""

from __future__ import annotations

import json
import os
from contextlib import contextmanager
from functools import cache, wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec, TypeVar

from linreg_widget.errors import SettingsError
from linreg_widget.wording import LANGUAGE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_HERE = Path(__file__).parent
ENGLISH = "en"
LANGUAGES = tuple(sorted(path.stem for path in _HERE.glob("*.json")))
"""Those that have a catalogue."""

_CAPITAL_NOUNS = frozenset(["de"])

P = ParamSpec("P")
R = TypeVar("R")
T = TypeVar("T")


def language() -> str:
    """Return the language that is spoken now."""
    return LANGUAGE.get()


def within(noun: str) -> str:
    """Return what begins a sentence as it is written inside one: "Line 2" is "line 2".

    German writes its nouns with a capital letter everywhere.
    """
    return noun if language() in _CAPITAL_NOUNS else noun[:1].lower() + noun[1:]


@cache
def catalogue(name: str) -> dict[str, dict[str, str]]:
    """Return the messages of a language, by section and name."""
    messages: dict[str, dict[str, str]] = json.loads(
        (_HERE / f"{name}.json").read_text(encoding="utf-8")
    )
    return messages


def check_language(value: object) -> str:
    """Return the language that is wanted; None stands for the one that is spoken now.

    The browser's or the system's language is never taken unasked: a lesson's text and its widgets
    should speak the same one. "auto" is the language that the kernel's environment names, if there
    is a catalogue for it, otherwise English.

    Raises
    ------
    SettingsError
        If there is no catalogue for it.
    """
    if value is None:
        return language()
    if value == "auto":
        names = ("LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG")
        wanted = next(filter(None, map(os.environ.get, names)), "")
        code = wanted.replace("-", "_").partition("_")[0].partition(":")[0].lower()
        return code if code in LANGUAGES else ENGLISH
    if isinstance(value, str) and value in LANGUAGES:
        return value
    known = ", ".join(map(repr, LANGUAGES))
    raise SettingsError(
        f"lang is {value!r}; it must be one of {known}, or 'auto' for the language of the kernel's "
        "environment."
    )


@contextmanager
def speaking(name: str) -> Iterator[None]:
    """Speak a language within the block."""
    before = LANGUAGE.set(name)
    try:
        yield
    finally:
        LANGUAGE.reset(before)


@contextmanager
def speaking_for(of: object) -> Iterator[None]:
    """Speak the language of an object, its ``lang``, within the block.

    English gives way to what is spoken now: a widget in the making has no language of its own yet.
    """
    own = getattr(of, "lang", None)
    with speaking(own if own in LANGUAGES and own != ENGLISH else language()):
        yield


def in_language(function: Callable[P, R]) -> Callable[P, R]:
    """Let a function speak the language that its parameter ``lang`` names."""

    @wraps(function)
    def speaks(*args: P.args, **kwargs: P.kwargs) -> R:
        with speaking(check_language(kwargs.get("lang"))):
            return function(*args, **kwargs)

    return speaks


def spoken(*methods: str) -> Callable[[type[T]], type[T]]:
    """Let methods of a class speak the language of their object, its ``lang``."""

    def decorate(of: type[T]) -> type[T]:
        for name in methods:
            setattr(of, name, _own(getattr(of, name)))
        return of

    return decorate


def _own(method: Callable[Concatenate[Any, P], R]) -> Callable[Concatenate[Any, P], R]:
    # No context manager: an interrupt may come as its exit begins; see panel.py.
    @wraps(method)
    def speaks(self: Any, /, *args: P.args, **kwargs: P.kwargs) -> R:
        before = LANGUAGE.set(self.lang)
        try:
            return method(self, *args, **kwargs)
        finally:
            LANGUAGE.reset(before)

    return speaks
