"""What readers type as an answer: one number, however it is written, or a trainer.

A check in a lesson judges the answer, not its form. So these take a number as Python, NumPy, torch
or people write it, and a widget for the trainer in it; what cannot be read is refused in words, as
an ``AssertionError``, which is what a check raises.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from linreg_widget.messages import say

if TYPE_CHECKING:
    from linreg_widget.training import Trainer

_TYPED = re.compile(
    r"(?P<number>[+-]?(?:\d[\d,' ]*\.?\d*|\.\d+)(?:e[+-]?\d+)?)\s*(?P<percent>%)?\s*"
    r"(?:[^\W\d]*\.?|[$€£])",
    re.IGNORECASE,
)
_BEFORE = re.compile(
    r"^(?:[^\W\d]\w* ?[=:] ?)?(?:[≈~] ?|ca?\. ?|about )?[$€£]? ?(?=[-+.\d])", re.IGNORECASE
)
_RAISED = re.compile(r"[⁺⁻⁰¹²³⁴-⁹]+")
_LOWERED = str.maketrans("⁺⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "+-0123456789")
_POWER = re.compile(
    r"(?:(?P<times>[+-]?\d+(?:[.,]\d+)?) ?[x×·*] ?)?10(?:\^|\*\*)(?P<power>[+-]?\d{1,3})",
    re.IGNORECASE,
)
_FRACTION = re.compile(r"([+-]?\d+) ?[/\u2044] ?([1-9]\d*)")
_PLAIN = {
    **dict.fromkeys(map(ord, "\u2010\u2011\u2012\u2013\u2212"), "-"),
    **{ord(one): f" {top}\u2044{under}" for one, top, under in ("½12", "¼14", "¾34")},
    ord("\N{NO-BREAK SPACE}"): " ",
}
_THOUSANDS = re.compile(r"[+-]?[1-9]\d{0,2}(?:[,' ]\d{3})+(?:\.\d+)?")


def number_in(answer: object) -> float:
    """Return the one number of an answer.

    Parameters
    ----------
    answer : object
        A number of Python, NumPy or torch; an array, tensor, list or tuple with a single one; or
        text: ``"2,818"``, ``"2,25"``, ``"75%"``, ``"217 epochs"``, ``"−0.4"``.

    Raises
    ------
    AssertionError
        If it is not a number, or is several; the message says so.
    """
    if isinstance(answer, str):
        return _typed(answer)
    values = _flat(answer)
    if len(values) != 1:
        raise AssertionError(say("answers.one_number", count=len(values)))
    (value,) = values
    if isinstance(value, str):
        return _typed(value)
    try:
        return float(value if not isinstance(value, bool) else "")
    except (TypeError, ValueError):
        raise AssertionError(_no_number(answer)) from None


def trainer_in(answer: Any) -> Trainer:
    """Return the trainer that an answer is, or that is in the widget that it is.

    Raises
    ------
    AssertionError
        If it is neither; the message says what it is.
    """
    from linreg_widget.training import Trainer  # torch, which a page of checks may not need

    inside: object = answer if isinstance(answer, Trainer) else getattr(answer, "trainer", answer)
    if not isinstance(inside, Trainer):
        said = say("answers.no_trainer", type=type(answer).__name__)
        raise AssertionError(said)  # noqa: TRY004 - what a check raises
    return inside


def _typed(text: str) -> float:
    """Return the number that a text is."""
    plain = _BEFORE.sub("", text.translate(_PLAIN).strip())
    plain = _RAISED.sub(lambda power: f"^{power[0].translate(_LOWERED)}", plain)
    if plain.lower() in ("nan", "inf", "-inf"):
        return float(plain)
    if power := _POWER.fullmatch(plain):
        return float(f"{(power['times'] or '1').replace(',', '.')}e{power['power']}")
    if fraction := _FRACTION.fullmatch(plain):
        return int(fraction[1]) / int(fraction[2])
    found = _TYPED.fullmatch(plain)
    if found is None:
        raise AssertionError(_no_number(text))
    digits = found["number"].strip()
    if _THOUSANDS.fullmatch(digits):
        digits = re.sub(r"[,' ]", "", digits)
    elif digits.count(",") == 1 and "." not in digits:
        digits = digits.replace(",", ".")  # a decimal comma
    try:
        number = float(digits)
    except ValueError:
        raise AssertionError(_no_number(text)) from None
    return number / 100 if found["percent"] else number


def _flat(answer: Any) -> list[Any]:
    """Return what is in an answer, be it nested, an array or a tensor."""
    if hasattr(answer, "detach"):
        answer = answer.detach()
    if hasattr(answer, "tolist"):
        answer = answer.tolist()
    elif hasattr(answer, "to_numpy"):
        answer = answer.to_numpy().tolist()
    if isinstance(answer, list | tuple | set):
        return [value for part in answer for value in _flat(part)]
    return [answer]


def _no_number(answer: object) -> str:
    said = repr(answer)
    short = said if len(said) <= 40 else say("words.kind", type=type(answer).__name__)
    return say("answers.no_number", value=short)
