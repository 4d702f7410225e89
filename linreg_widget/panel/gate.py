"""What a lesson asks of its readers, and what it hides or locks: a part of the panel."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, get_args

from linreg_widget.errors import SettingsError
from linreg_widget.lesson import (
    ACTS,
    CONTROLS,
    Answer,
    Guesses,
    barred_trait,
    intro,
)
from linreg_widget.messages import say
from linreg_widget.settings import By
from linreg_widget.wording import said

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from linreg_widget.lesson import Act, Question
    from linreg_widget.training import Trainer

    from .requests import WireAnswer, WireQuestion


class Gate:
    """Stands between the page and the verbs; knows the guesses, and what is hidden or locked.

    It refuses only what comes from the page; Python's verbs do not pass through it.

    Parameters
    ----------
    trainer : Trainer
        It is only read.
    """

    def __init__(self, trainer: Trainer) -> None:
        self.guesses = Guesses(trainer)
        self._hidden: tuple[str, ...] = ()
        self._locked: tuple[str, ...] = ()

    def follow(self, ask: Any, hidden: tuple[str, ...], locked: tuple[str, ...]) -> None:
        """Take over what the lesson asks, hides and locks from now on.

        Parameters
        ----------
        ask : {"loss", "weight", "diverges", "line"}, list of Choice or None
        hidden, locked : tuple of str
            Names of controls.
        """
        self._hidden, self._locked = hidden, locked
        self.guesses.drawable = "line" not in hidden and "set" not in self.barred
        if self.guesses.kind != ask:
            self.guesses.kind = ask
        self._withdraw_barred()

    def turn_to(self, trainer: Trainer) -> None:
        """Guard another trainer; the answers given so far stay."""
        self.guesses.turn_to(trainer)

    # ---- predict, then reveal ----------------------------------------------------------------

    def ask(self, act: str, by: Any) -> bool:
        """Ask what the lesson asks before an act; return whether there is an open question.

        Parameters
        ----------
        act : {"step", "run"}
        by : {"phase", "update", "epoch"}
            What a step goes by; before one by anything else nothing is asked.
        """
        if by not in get_args(By):
            return False
        return self.guesses.ask("run" if act == "run" else "step", by)

    def answered(self, answer: Callable[[], Question]) -> Question | None:
        """Answer the open question and return it; None where none is open.

        Raises
        ------
        SettingsError
            If the answer is not usable, or the act that was asked about is barred by now.
        """
        self.guesses.look()
        self.check(self._withdraw_barred())
        return self.guesses.question and answer()

    def card(self) -> dict[str, Any]:
        """Return the traits that show the question or last answer, the score, and all answers."""
        question, shown = self.guesses.question, self.guesses.shown
        asked: WireQuestion | None = None
        if question is not None:
            asked = {"words": question.words, "choices": [*question.choices], "act": question.act}
        answer: WireAnswer
        if not isinstance(shown, Answer):
            words = self._intro() if shown is None else shown
            answer = {"words": words, "guess": "", "truth": "", "right": None}
        else:
            answer = {
                "words": shown.words,
                "guess": _text(shown.guess),
                "truth": _text(shown.truth),
                "right": shown.right,
            }
        card: dict[str, Any] = {"_question": asked or {}, "_answer": answer}
        return {**card, "_score": self.guesses.score, "_answers": self.guesses.to_csv()}

    def withheld(self) -> frozenset[str]:
        """The curves that would tell the answer to the open question."""
        question = self.guesses.question
        return frozenset(["floor"] if question and question.kind == "line" else [])

    def _intro(self) -> str:
        """Return the card's first words, about the acts that the page offers."""
        kind = self.guesses.to_come
        acts: list[Act] = [act for act in ACTS if act not in self.barred]
        return "" if kind is None else intro(kind, acts or ACTS)

    def _withdraw_barred(self) -> str:
        """Withdraw a question before an act that is now barred, and return that act, or ""."""
        question = self.guesses.question
        if question is None:
            return ""
        hidden = question.kind == "line" and "line" in self._hidden
        control = "line" if hidden else question.act
        if control not in self.barred:
            return ""
        self.guesses.withdraw(say("questions.withdrawn"))
        return control

    # ---- hidden and locked -------------------------------------------------------------------

    @property
    def barred(self) -> set[str]:
        """The controls that are hidden or locked."""
        return {*self._hidden, *self._locked}

    def check(self, control: str) -> None:
        """Refuse what needs a control that is barred.

        Raises
        ------
        SettingsError
            If it is; the message says how to get it back.
        """
        if control in self.barred:
            raise SettingsError(self._refusal(control))

    def refused(self, wanted: Mapping[str, Any], panel: object) -> dict[str, str]:
        """Return the traits that the page may not set to the values it wants, each with the reason.

        Parameters
        ----------
        wanted : mapping
            Values by trait.
        panel : object
            Has their present values. What is set to those is an echo, and not refused.
        """
        refused = {}
        for name, value in wanted.items():
            control, present = barred_trait(name, self.barred), getattr(panel, name, None)
            if name == "tab" and isinstance(value, str) and value in self.barred:
                control = value
            if control and value != ([*present] if isinstance(present, tuple) else present):
                refused[name] = self._refusal(control)
        return refused

    def _refusal(self, control: str) -> str:
        if control not in CONTROLS:
            return say("controls.python_only", name=control)
        label = say("controls.label", control=control)
        return say("controls.refused", locked=control in self._locked, label=label)


def _text(value: float | str | None) -> str:
    """Write a guess or a truth for the card."""
    return value if isinstance(value, str) else "" if value is None else said(value)
