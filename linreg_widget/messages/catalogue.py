"""Messages by name: templates in the syntax of ICU MessageFormat, as far as they need it.

===========================================  ====================================================
``{words}``                                  words as they are given
``{n, count}``, ``{x, number}``, ...         a number, as ``FORMATS`` and ``wording`` write it
``{x, number, 2}``, ``{names, list, 3}``     with two digits; the first three names, and a count
``{n, plural, one {# row} other {# rows}}``  by an amount; # is the amount
``{way, select, up {rises} other {falls}}``  by a word, or by true and false
===========================================  ====================================================

They are said in the language that is spoken; see languages.py.
``js/src/text/say.ts`` reads the same templates, and ``tests/test_messages.py`` holds the two equal.
"""

from __future__ import annotations

import difflib
import math
import re
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

from linreg_widget.wording import count, measured, percent, rate_text, said, times

from .languages import ENGLISH, catalogue, language

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

_HEAD = re.compile(r"\{\s*(\w+)\s*(?:,\s*(\w+)\s*)?(?:,\s*(\d+)\s*)?")
_OPTION = re.compile(r"\s*,?\s*(\w+)\s*\{")


class Argument(NamedTuple):
    """A place in a message where a value comes in."""

    name: str
    kind: str
    """A key of ``FORMATS``, "plural", "select", or "" for words as they are."""
    digits: int | None
    options: dict[str, list[Argument | str]]


def say(name: str, /, **values: object) -> str:
    """Return a message, with values in it.

    Parameters
    ----------
    name : str
        Its section and its name: "narration.loss".
    **values : object
        Its parameters, each of them, and no others.

    Raises
    ------
    LookupError
        If there is no such message, or its parameters are others.

    >>> say("words.rows", count=3)
    '3 rows'
    """
    section, _, key = name.partition(".")
    template = catalogue(language()).get(section, {}).get(key)
    if template is None:  # also one that is not translated yet is better said in English
        template = catalogue(ENGLISH).get(section, {}).get(key)
    if template is None:
        raise LookupError(f"There is no message {name!r} in messages/en.json.")
    parts, parameters = _known(template)
    if values.keys() != parameters:
        raise LookupError(
            f"The message {name!r} has the parameters {sorted(parameters)}, not {sorted(values)}."
        )
    return rendered(parts, values)


def meant(word: str, known: Iterable[str], otherwise: str = "") -> str:
    """Ask whether a known name was meant; if none is near, say which there are, or ``otherwise``.

    >>> meant("sed", ["seed", "epochs"])
    "did you mean 'seed'?"
    """
    known = [*known]
    if near := difflib.get_close_matches(word, known, n=1):
        return say("words.meant", name=repr(near[0]))
    return otherwise or say("words.there_are", names=", ".join(known))


def nearness(factor: float) -> str:
    """Say how far a loss is from the best possible, as the page does; "" if it is not finite.

    >>> [nearness(factor) for factor in (106.04, 1.004, math.inf)]
    ['106 times the best possible', 'the best possible', '']
    """
    if not math.isfinite(factor):
        return ""
    return say("distance.reached") if factor < 1.005 else say("distance.times", factor=factor)


@cache
def _known(template: str) -> tuple[list[Argument | str], set[str]]:
    parts, end = parsed(template)
    if end != len(template):
        raise ValueError(f"A brace is closed that was not opened: {template[: end + 1]!r}")
    return parts, {argument.name for argument in _arguments(parts)}


def parsed(template: str, at: int = 0, amount: str = "") -> tuple[list[Argument | str], int]:
    """Return the parts of a template up to a closing brace or its end, and where that is.

    Parameters
    ----------
    template : str
    at : int
        Where to begin.
    amount : str
        The parameter that # stands for.
    """
    parts: list[Argument | str] = []
    while at < len(template) and template[at] != "}":
        if template[at] == "{":
            argument, at = _argument(template, at, amount)
            parts.append(argument)
        elif template[at] == "#" and amount:
            parts.append(Argument(amount, "count", None, {}))
            at += 1
        else:
            stop = "[{}#]" if amount else "[{}]"
            found = re.compile(stop).search(template, at)
            end = found.start() if found else len(template)
            parts.append(template[at:end])
            at = end
    return parts, at


def _argument(template: str, at: int, amount: str) -> tuple[Argument, int]:
    head = _HEAD.match(template, at)
    if head is None:
        raise ValueError(f"A parameter has no name: {template[at:]!r}")
    name, kind, digits = head[1], head[2] or "", head[3]
    options: dict[str, list[Argument | str]] = {}
    at = head.end()
    while option := _OPTION.match(template, at):
        inside = name if kind == "plural" else amount
        options[option[1]], at = parsed(template, option.end(), inside)
        at = _closed(template, at)
    return Argument(name, kind, int(digits) if digits else None, options), _closed(template, at)


def _closed(template: str, at: int) -> int:
    while template[at : at + 1] == " ":
        at += 1
    if template[at : at + 1] != "}":
        raise ValueError(f"A brace is not closed: {template[at:]!r} in {template!r}")
    return at + 1


def _arguments(parts: list[Argument | str]) -> Iterable[Argument]:
    for part in parts:
        if isinstance(part, Argument):
            yield part
            for option in part.options.values():
                yield from _arguments(option)


def rendered(parts: list[Argument | str], values: dict[str, Any]) -> str:
    """Return the parts of a template with values in them."""
    return "".join(part if isinstance(part, str) else _filled(part, values) for part in parts)


def _filled(argument: Argument, values: dict[str, Any]) -> str:
    value, options = values[argument.name], argument.options
    if argument.kind == "plural":
        return rendered(options["one" if value == 1 else "other"], values)
    if argument.kind == "select":
        form = str(value).lower() if isinstance(value, bool) else value
        return rendered(options[form if form in options else "other"], values)
    if not argument.kind:
        return str(value)
    write = FORMATS[argument.kind]
    return write(value) if argument.digits is None else write(value, argument.digits)


def _listed(names: Iterable[str], most: int = 0) -> str:
    """Join names: "a, b and c"; of more than one too many, "a, b, c and 5 more"."""
    names = [*names]
    if most and len(names) > most + 1:
        names = [*names[:most], say("words.more", count=len(names) - most)]
    *start, last = names
    return say("words.and", start=", ".join(start), last=last) if start else last


FORMATS: dict[str, Callable[..., str]] = {
    "count": count,
    "number": said,
    "measured": measured,
    "rate": rate_text,
    "times": times,
    "percent": percent,
    "list": _listed,
}
"""How values are written, by their kinds in a template."""
