"""Questions of choice, which a teacher writes, each answer with why it is right or wrong.

::

    ask={
        "question": "What does Step change?",
        "choices": ["The data", "w and b"],
        "right": 1,
        "why": ["The rows stay as they are.", "An update moves w and b, and nothing else."],
    }

These questions are about what the reader understands, not about the run. So each is asked once, one
before each act, and judged at once, whatever the run does.
"""

from __future__ import annotations

import numbers
from typing import Any, TypedDict

from linreg_widget.errors import SettingsError
from linreg_widget.messages import meant, say

_SHAPE = '{"question": "…", "choices": ["…", "…"], "right": 0, "why": ["…", "…"]}'
_FIELDS = ("question", "choices", "right", "why")


class Choice(TypedDict):
    """A question with the answers to choose from."""

    question: str
    choices: list[str]
    right: int
    """The position of the right one, from 0."""
    why: list[str]
    """Of each choice, why it is right or wrong; empty: nothing is said of any."""


def check_choices(value: object) -> list[Choice]:
    """Return questions of choice, as copies; one alone becomes a list of one.

    Parameters
    ----------
    value : dict, or list or tuple of dict

    Raises
    ------
    SettingsError
        If one of them cannot be asked; the message names what is wrong with which.
    """
    if isinstance(value, dict):
        return [_checked("ask", value)]
    if not isinstance(value, list | tuple) or not value:
        raise SettingsError(say("choices.ask", value=repr(value), shape=_SHAPE))
    return [_checked(f"ask[{place}]", one) for place, one in enumerate(value)]


def _checked(name: str, value: object) -> Choice:
    if not isinstance(value, dict):
        raise SettingsError(say("choices.dict", name=name, value=repr(value), shape=_SHAPE))
    for field in value:
        if field not in _FIELDS:
            hint = meant(str(field).lower(), _FIELDS)
            raise SettingsError(say("choices.field", name=name, field=repr(field), hint=hint))
    for field in ("question", "choices", "right"):
        if field not in value:
            raise SettingsError(say("choices.missing", name=name, field=repr(field), shape=_SHAPE))
    choices = _texts(f'{name}["choices"]', value["choices"])
    if len(choices) < 2:
        raise SettingsError(say("choices.two", name=name, value=repr(choices)))
    for choice in choices:
        if choices.count(choice) > 1:
            raise SettingsError(say("choices.twice", name=name, choice=repr(choice)))
    why = _texts(f'{name}["why"]', () if value.get("why") is None else value["why"])
    if why and len(why) != len(choices):
        raise SettingsError(say("choices.why", name=name, reasons=len(why), choices=len(choices)))
    return {
        "question": _text(f'{name}["question"]', value["question"]),
        "choices": choices,
        "right": _position(f'{name}["right"]', value["right"], choices),
        "why": why,
    }


def _position(name: str, value: Any, choices: list[str]) -> int:
    last = len(choices) - 1
    is_whole = isinstance(value, numbers.Integral) and not isinstance(value, bool)
    if not is_whole or not 0 <= value <= last:
        raise SettingsError(
            say("choices.right", name=name, value=repr(value), last=last, first=repr(choices[0]))
        )
    return int(value)


def _texts(name: str, value: object) -> list[str]:
    if not isinstance(value, list | tuple):
        raise SettingsError(say("choices.texts", name=name, value=repr(value)))
    return [_text(f"{name}[{place}]", one) for place, one in enumerate(value)]


def _text(name: str, value: object) -> str:
    if not isinstance(value, str):
        raise SettingsError(say("choices.text", name=name, value=repr(value)))
    if not value.strip():
        raise SettingsError(say("choices.empty", name=name, value=repr(value)))
    return value
