"""Questions before an act, and how a guess is judged: words and numbers, no run.

Three things can be predicted, each of a step (to the end of an update or an epoch) and of a run:

``"loss"``
    What will the loss over all rows be? What is judged is the *change*, on a log scale: a loss that
    hardly moves would be guessed well by who repeats the old number. A guess is close if it errs by
    at most half of the change, log(after / before), and by no more than a factor of two; or if it
    reads the same as the truth in the panel's four digits. Where the loss is no longer finite, a
    guess of at least twice the loss before is close.
``"weight"``
    Will one entry of w, each in its turn, rise or fall?
``"diverges"``
    Will the run diverge? Of a step, which shows only its beginning: will the loss grow?

A fourth is no guess but a task, once a run, before it trains:

``"line"``
    Draw the best line by hand. It is close if no more than a tenth is left of the way from the loss
    of always predicting the mean to that of least squares.
"""

from __future__ import annotations

import math
import numbers
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal, cast

from linreg_widget.errors import SettingsError
from linreg_widget.wording import measured, rounded, said, told_apart

if TYPE_CHECKING:
    from collections.abc import Sequence

    from linreg_widget.settings import By, Settings

__all__ = [
    "ACTS",
    "CHOICES",
    "KINDS",
    "Act",
    "Answer",
    "Kind",
    "Question",
    "check_answer",
    "check_kind",
    "intro",
    "is_close",
    "judged_divergence",
    "judged_line",
    "judged_loss",
    "judged_weight",
]

Kind = Literal["loss", "weight", "diverges", "line"]
Act = Literal["step", "run", "set"]

KINDS: tuple[Kind, ...] = ("loss", "weight", "diverges", "line")
"""What can be asked."""

ACTS: tuple[Act, ...] = ("step", "run")
"""What it can be asked before; "set", w and b by hand, is what is asked for."""

CHOICES: dict[Kind, tuple[str, ...]] = {
    "loss": (),
    "weight": ("Rise", "Fall"),
    "diverges": ("Yes", "No"),
    "line": ("Done",),
}
"""What can be answered; nothing: a number."""

_INTRO: dict[Kind, str] = {
    "loss": "what the loss will be. A guess counts as close if it is off by no more than half the "
    "change, and by no more than a factor of two",
    "weight": "whether one of the weights will rise or fall",
}
_WILL_DIVERGE: dict[Act, str] = {
    "step": "whether the loss will grow",
    "run": "whether it will diverge",
}

_NEAR = 0.1  # of the way from the mean's loss to the best, what a good line may leave
_SMALLEST = 1e-12  # stands in for a loss of zero, which has no logarithm


def check_kind(value: object) -> Kind | None:
    """Return what is to be asked, or None.

    Raises
    ------
    SettingsError
        If it is none of the four.
    """
    if value is None:
        return None
    for kind in KINDS:
        if value == kind:
            return kind
    raise SettingsError(
        f"ask is {value!r}; it must be 'loss', 'weight', 'diverges' or 'line', or None to ask "
        "nothing."
    )


def intro(kind: Kind, acts: Sequence[Act]) -> str:
    """Return what a reader is told before the first question.

    Parameters
    ----------
    kind : {"loss", "weight", "diverges", "line"}
        What is asked.
    acts : sequence of {"step", "run"}
        Those that the page offers, one at least.

    >>> intro("weight", ["step"])
    'Before each Step you say whether one of the weights will rise or fall.'
    """
    if kind == "line":
        return "Before a run trains, you draw its line by hand. Reset to try once more."
    if kind == "diverges":
        first, *others = acts
        rest = "".join(f", before a {act.title()} {_WILL_DIVERGE[act]}" for act in others)
        return f"Before a {first.title()} you say {_WILL_DIVERGE[first]}{rest}."
    before = "Step and Run" if len(acts) > 1 else f"each {acts[0].title()}"
    return f"Before {before} you say {_INTRO[kind]}."


@dataclass(frozen=True)
class Question:
    """What is asked before an act."""

    kind: Kind
    act: Act
    """What was to be done."""
    by: By
    """What a step goes by."""
    words: str
    choices: tuple[str, ...]
    """What can be answered; empty: a number."""
    update: int
    """The number, from 1, of the update that comes."""
    goal: int
    """The updates done when the truth is there; a run may end before."""
    now: float
    """The loss over all rows before the act, or the weight."""
    entry: tuple[int, int]
    """Row and column of the weight in w."""
    settings: Settings
    """Those of the updates that come."""


@dataclass(frozen=True)
class Answer:
    """A guess, and the truth as soon as it is known."""

    question: Question
    guess: float | str | None
    """None: it was skipped."""
    truth: float | str | None = None
    """None: not known yet."""
    right: bool | None = None
    """None: not known yet, skipped, or neither."""
    words: str = ""
    """The truth and the guess in a sentence."""


def is_close(now: float, guess: float, truth: float) -> bool:
    """Whether a guess of a loss is close; the module's docstring has the rule.

    >>> is_close(1000, 950, 920), is_close(1000, 1000, 995), is_close(1000, 300, 96)
    (True, False, False)
    """
    if not math.isfinite(truth):
        return guess >= 2 * now
    before = math.log(max(now, _SMALLEST))
    guessed = math.log(max(guess, _SMALLEST)) - before
    change = math.log(max(truth, _SMALLEST)) - before
    allowed = min(abs(change) / 2, math.log(2))
    return measured(guess) == measured(truth) or abs(guessed - change) <= allowed


def check_answer(question: Question, value: object) -> float | str:
    """Return a guess as a float, or as one of the choices.

    Raises
    ------
    SettingsError
        If it is no answer to the question.
    """
    if question.choices:
        if value not in question.choices:
            raise SettingsError(f"{value!r} is no answer; choose {' or '.join(question.choices)}.")
        return str(value)
    if (
        isinstance(value, bool)
        or not isinstance(value, numbers.Real)
        or not math.isfinite(value)
        or value < 0
    ):
        raise SettingsError(
            f"{value!r} is not a valid loss, which is a finite number, 0 or more, such as 1000 or "
            "2.5e-3."
        )
    return float(value)


def judged_loss(answer: Answer, truth: float) -> Answer:
    """Return an answer with the loss that came, and what that says of the guess."""
    now, guess = answer.question.now, cast("float | None", answer.guess)
    told = f"the loss {_moved(now, truth)[0]}"
    if guess is None:
        return replace(answer, truth=truth, words=f"T{told[1:]}.")
    right = is_close(now, guess, truth)
    verdict = "Close" if right else "Not close"
    words = f"{verdict}: {told}; you expected it to {_moved(now, guess)[1]}."
    return replace(answer, truth=truth, right=right, words=words)


def judged_weight(answer: Answer, name: str, after: float) -> Answer:
    """Return an answer with where a weight went; where it went nowhere, neither choice is right."""
    before = answer.question.now
    if math.isnan(after) or after == before:
        fate = "is no longer a number" if math.isnan(after) else "did not move"
        return _judged_choice(answer, None, f"{name} {fate}; neither was right.")
    old, new = told_apart(before, after)
    truth, went = ("Rise", "rose") if after > before else ("Fall", "fell")
    return _judged_choice(answer, truth, f"{name} {went} from {old} to {new}.")


def judged_divergence(answer: Answer, after: float, diverged_at: int | None) -> Answer:
    """Return an answer with whether a run diverged, or whether a step let the loss grow."""
    before = answer.question.now
    if diverged_at is not None:
        words = f"it diverged at update {diverged_at:,}: the loss is no longer finite."
        return _judged_choice(answer, "Yes", words)
    old, new = told_apart(before, after)
    if answer.question.act == "run":
        words = f"it did not diverge; the loss went from {old} to {new}."
        return _judged_choice(answer, "No", words)
    grew = not after <= before
    told = "grew" if grew else "did not grow: it went"
    return _judged_choice(answer, "Yes" if grew else "No", f"the loss {told} from {old} to {new}.")


def judged_line(answer: Answer, best: float, mean: float) -> Answer:
    """Return an answer with the best possible loss beside the one of the line drawn by hand."""
    least = f"least squares has {said(best)}"
    if answer.guess is None:
        return replace(answer, truth=best, words=f"Skipped: {least}.")
    yours = cast("float", answer.guess)
    right = yours - best <= _NEAR * (mean - best)
    words = (
        f"{'Close' if right else 'Not close'}: your line has a loss of {said(yours)}; {least}, "
        f"always predicting the mean {said(mean)}."
    )
    return replace(answer, truth=best, right=right, words=words)


def _judged_choice(answer: Answer, truth: str | None, told: str) -> Answer:
    if answer.guess is None or truth is None:
        return replace(answer, truth=truth, words=told[0].upper() + told[1:])
    right = answer.guess == truth
    return replace(answer, truth=truth, right=right, words=f"{'Right' if right else 'No'}: {told}")


def _moved(now: float, then: float) -> tuple[str, str]:
    """Say how a loss changed, and how one expects it to: "fell by 4%", "fall by 4%"."""
    if not math.isfinite(then):
        return "is no longer finite", "grow beyond all numbers"
    if measured(now) == measured(then):
        return "stayed as it was, in four digits", "stay as it is"
    if then == 0 or now == 0:
        return f"went to {said(then)}", f"go to {said(then)}"
    times = max(now / then, then / now)
    up = then > now
    if times >= 2:
        size = f"{rounded(times, 3)} times"
        way = "as large" if up else "smaller"
        return f"became {size} {way}", f"become {size} {way}"
    share = f"by {rounded(100 * abs(then / now - 1))}%"
    return (f"rose {share}", f"rise {share}") if up else (f"fell {share}", f"fall {share}")
