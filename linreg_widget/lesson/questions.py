"""Questions before an act, and how a guess is judged: words and numbers, no run.

Three things can be predicted, each of a step (to the end of an update or an epoch) and of a run:

``"loss"``
    What will the loss over all rows be? The *change* is judged, on a log scale: otherwise repeating
    the old number would be a good guess for a loss that hardly moves. A guess is close if it is off
    by at most half the change, log(after / before), and by no more than a factor of two; or if it
    equals the truth in the panel's four digits. If the loss is no longer finite, a guess of at
    least twice the loss before is close.
``"weight"``
    Will one entry of w rise or fall? The entries take turns.
``"diverges"``
    Will the run diverge? For a step, which shows only the beginning of a run: will the loss grow?

A fourth kind is a task rather than a guess, set once before a run trains:

``"line"``
    Draw the best line by hand. It is close if its loss has come nine tenths of the way, or more,
    from that of always predicting the mean to that of least squares.

Then there are a teacher's own questions, with answers to choose from; see choices.py. Their kind is
``"choice"``.
"""

from __future__ import annotations

import math
import numbers
from typing import TYPE_CHECKING, Literal, NamedTuple, cast, get_args

from linreg_widget.errors import SettingsError
from linreg_widget.messages import say
from linreg_widget.wording import measured, told_apart

from .choices import Choice, check_choices

if TYPE_CHECKING:
    from collections.abc import Sequence

    from linreg_widget.settings import By, Settings

Kind = Literal["loss", "weight", "diverges", "line"]
Act = Literal["step", "run", "set"]
Asked = Kind | list[Choice]
"""What a lesson asks: something of the run, or its own questions, one after the other."""

KINDS: tuple[Kind, ...] = get_args(Kind)
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

_NEAR = 0.1  # of the way from the mean's loss to the best, what a good line may leave
_SMALLEST = 1e-12  # stands in for a loss of zero, which has no logarithm


def check_ask(value: object) -> Asked | None:
    """Return what is to be asked, or None; questions of choice as a list.

    Raises
    ------
    SettingsError
        If it is none of the four, and no question of choice that can be asked.
    """
    if value is None:
        return None
    if isinstance(value, dict | list | tuple):
        return check_choices(value)
    for kind in KINDS:
        if isinstance(value, str) and value == kind:
            return kind
    raise SettingsError(say("questions.kinds", value=repr(value)))


def intro(kind: Asked, acts: Sequence[Act]) -> str:
    """Return what a reader is told before the first question.

    Parameters
    ----------
    kind : {"loss", "weight", "diverges", "line"} or list of Choice
        What is asked.
    acts : sequence of {"step", "run"}
        Those that the page offers, one at least.

    >>> intro("weight", ["step"])
    'Before each Step, predict whether one of the weights will rise or fall.'
    """
    if kind == "line":
        return say("questions.intro_line")
    told = "both" if len(acts) > 1 else acts[0]
    if isinstance(kind, list):
        return say("questions.intro_choice", acts=told, count=len(kind))
    if kind == "loss":
        return say("questions.intro_loss", acts=told)
    if kind == "weight":
        return say("questions.intro_weight", acts=told)
    return say("questions.intro_diverges", acts=told)


class Question(NamedTuple):
    """What is asked before an act."""

    kind: Kind | Literal["choice"]
    act: Act
    """The act that the question came before."""
    by: By
    """By what a step goes: phase, update or epoch."""
    words: str
    choices: tuple[str, ...]
    """The answers to choose from; empty if the answer is a number."""
    update: int
    """The number of the next update, counted from 1."""
    goal: int
    """How many updates will be done when the truth is known; a run may end before."""
    settings: Settings
    """The settings of the updates to come."""
    now: float = math.nan
    """The loss over all rows before the act, or the weight."""
    entry: tuple[int, int] = (0, 0)
    """Row and column of the weight in w."""
    choice: Choice | None = None
    """The question of choice, if it is one."""


class Answer(NamedTuple):
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
        If it does not answer the question.
    """
    if question.choices:
        if not isinstance(value, str) or value not in question.choices:
            *others, last = question.choices
            choices = say("questions.or", one=", ".join(others), other=last) if others else last
            raise SettingsError(say("questions.choice", value=repr(value), choices=choices))
        return value
    if (
        isinstance(value, bool)
        or not isinstance(value, numbers.Real)
        or not math.isfinite(value)
        or value < 0
    ):
        what = say("fields.loss")
        raise SettingsError(say("questions.not_a_loss", value=repr(value), what=what))
    return float(value)


def judged_loss(answer: Answer, truth: float) -> Answer:
    """Return an answer with the loss that came, and what that says of the guess."""
    now, guess = answer.question.now, cast("float | None", answer.guess)
    moved = _told(now, truth, came=True)
    if guess is None:
        return answer._replace(truth=truth, words=say("questions.loss", moved=moved))
    right, expected = is_close(now, guess, truth), _told(now, guess, came=False)
    words = say("questions.guessed_loss", close=right, moved=moved, expected=expected)
    return answer._replace(truth=truth, right=right, words=words)


def judged_weight(answer: Answer, name: str, after: float) -> Answer:
    """Return an answer with where a weight went; if it did not move, neither choice is right."""
    before = answer.question.now
    if math.isnan(after) or after == before:
        words = say("questions.weight_neither", weight=name, moved=math.isnan(after))
        return answer._replace(truth=None, words=words)
    rose, (old, new) = after > before, told_apart(before, after)
    truth = "Rise" if rose else "Fall"
    verdict = _verdict(answer, truth)
    words = say("questions.weight", verdict=verdict, weight=name, rose=rose, old=old, new=new)
    return _judged(answer, truth, words)


def judged_divergence(answer: Answer, after: float, diverged_at: int | None) -> Answer:
    """Return an answer with whether a run diverged, or whether a step let the loss grow."""
    before = answer.question.now
    if diverged_at is not None:
        verdict = _verdict(answer, "Yes")
        words = say("questions.diverged", verdict=verdict, update=diverged_at)
        return _judged(answer, "Yes", words)
    old, new = told_apart(before, after)
    if answer.question.act == "run":
        verdict = _verdict(answer, "No")
        words = say("questions.stayed", verdict=verdict, old=old, new=new)
        return _judged(answer, "No", words)
    grew = not after <= before
    truth = "Yes" if grew else "No"
    verdict = _verdict(answer, truth)
    words = say("questions.grew", verdict=verdict, grew=grew, old=old, new=new)
    return _judged(answer, truth, words)


def judged_line(answer: Answer, best: float, mean: float) -> Answer:
    """Return an answer with the best possible loss beside the one of the line drawn by hand."""
    if answer.guess is None:
        return answer._replace(truth=best, words=say("questions.line_skipped", best=best))
    yours = cast("float", answer.guess)
    right = yours - best <= _NEAR * (mean - best)
    words = say("questions.line", close=right, yours=yours, best=best, mean=mean)
    return answer._replace(truth=best, right=right, words=words)


def judged_choice(answer: Answer, choice: Choice) -> Answer:
    """Return an answer with the right choice, and why the chosen one is right or wrong."""
    picked = answer.guess
    place = choice["right"] if picked is None else choice["choices"].index(str(picked))
    why = choice["why"][place] if choice["why"] else ""
    truth = choice["choices"][choice["right"]]
    verdict = _verdict(answer, truth)
    words = say("questions.chosen", verdict=verdict, explained=why != "", why=why)
    return _judged(answer, truth, words)


def _verdict(answer: Answer, truth: str) -> Literal["none", "right", "wrong"]:
    if answer.guess is None:
        return "none"
    return "right" if answer.guess == truth else "wrong"


def _judged(answer: Answer, truth: str, words: str) -> Answer:
    right = None if answer.guess is None else answer.guess == truth
    return answer._replace(truth=truth, right=right, words=words)


def _told(now: float, then: float, *, came: bool) -> str:
    """Say how a loss changed, or how one expects it to: "fell by 4%", "fall by 4%"."""
    size = math.nan
    if not math.isfinite(then):
        way = "infinite"
    elif measured(now) == measured(then):
        way = "same"
    elif then == 0 or now == 0:
        way = "to"
    else:
        up, size = then > now, max(now / then, then / now)
        way = "larger" if up else "smaller"
        if size < 2:
            way, size = "up" if up else "down", 100 * abs(then / now - 1)
    if came:
        return say("questions.moved", way=way, then=then, size=size)
    return say("questions.expected", way=way, then=then, size=size)
