"""What a lesson asks of the page, and what it withholds from it: questions, hidden, locked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from linreg_widget.errors import SettingsError
from linreg_widget.lesson import ACTS, CONTROLS, Answer, barred_message, barred_trait, intro
from linreg_widget.wording import said

from .verbs import PanelVerbs, acting

if TYPE_CHECKING:
    from collections.abc import Callable

    from linreg_widget.lesson import Act, Guesses, Question
    from linreg_widget.settings import By

__all__ = ["Lesson"]


class Lesson(PanelVerbs):
    """The half of a panel that stands between the page and the verbs."""

    guesses: Guesses
    ask: Any
    hide: Any
    lock: Any
    step_by: Any

    # ---- predict, then reveal ----------------------------------------------------------------

    def press(self, act: str, by: object = "update", *, held: bool = False) -> None:
        """Do what the page's Step or Run does: ask first if a guess is due, else act.

        Parameters
        ----------
        act : {"step", "run"}
        by : {"phase", "update", "epoch"}
            What a step goes by.
        held : bool
            Whether a key is held down, which asks nothing.
        """
        # Read without the lock, which a cell may hold for as long as it trains.
        busy = self._pull or self._blocking or self.trainer.status == "running"
        if self.ask is None or held or busy or by not in ("phase", "update", "epoch"):
            self._do(act, by)
            return
        if not self._ask(act, by):
            self._do(act, by)

    @acting(pause=False)
    def _ask(self, act: str, by: By) -> bool:
        return self.guesses.ask("run" if act == "run" else "step", by)

    def guess(self, value: object) -> None:
        """Answer the open question, and do what it was asked before."""
        self._answer_with(lambda: self.guesses.guess(value))

    def skip(self) -> None:
        """Leave the open question without a guess, and do what it was asked before."""
        self._answer_with(self.guesses.skip)

    def _do(self, act: str, by: object) -> None:
        if act == "run":
            self.start()
        else:
            self.step(cast("By", by))

    def _answer_with(self, take: Callable[[], Question]) -> None:
        question = self._take(take)
        if question is not None:  # else pressed twice, or answered in another window
            self._do(question.act, question.by)

    @acting(pause=False)
    def _take(self, take: Callable[[], Question]) -> Question | None:
        self.guesses.look()
        question = self.guesses.question
        if question is not None and question.act in self._barred:
            self.guesses.withdraw("The question was withdrawn.")
            raise SettingsError(self._refusal(question.act))
        return question and take()

    def _card(self) -> dict[str, Any]:
        """Return the traits that show the question, or the answer before it, and the score."""
        question, shown = self.guesses.question, self.guesses.shown
        asked: dict[str, Any] = {}
        if question is not None:
            asked = {"words": question.words, "choices": [*question.choices], "act": question.act}
        words = self._intro() if shown is None else shown
        answer: dict[str, Any] = {"words": words, "guess": "", "truth": "", "right": None}
        if isinstance(shown, Answer):
            answer = {
                "words": shown.words,
                "guess": _text(shown.guess),
                "truth": _text(shown.truth),
                "right": shown.right,
            }
        return {"_question": asked, "_answer": answer, "_score": self.guesses.score}

    def _intro(self) -> str:
        """Return what the card says at first, of the acts that the page offers."""
        kind = self.guesses.kind
        acts: list[Act] = [act for act in ACTS if act not in self._barred]
        return "" if kind is None else intro(kind, acts or ACTS)

    # ---- hidden and locked -------------------------------------------------------------------

    @property
    def _barred(self) -> set[str]:
        return {*self.hide, *self.lock}

    def _check_message(self, kind: object, to: object) -> None:
        """Refuse a message of the page that a hidden or locked control would have to send."""
        name = barred_message(kind, to, self._barred)
        if name:
            self._refuse(name)

    @acting(pause=False)
    def _refuse(self, control: str) -> None:
        raise SettingsError(self._refusal(control))

    def _steps_by(self, wanted: object) -> object:
        """Return what the page may step by."""
        return self.step_by if "step_by" in self._barred else wanted

    def place(self, w: object = None, b: object = None) -> None:
        """Set weights or biases where a reader has clicked, unless setting them is barred."""
        if "set" in self._barred:
            raise SettingsError(self._refusal("set"))
        self.set(w, b)

    def _refused(self, sync_data: dict[str, Any]) -> dict[str, str]:
        """Return those of the values from the page that it may not set, each with why."""
        refused = {}
        for name, value in sync_data.items():
            control = barred_trait(name, self._barred)
            if name == "tab" and value in self._barred:
                control = value
            present = getattr(self, name, None)
            if control and value != ([*present] if isinstance(present, tuple) else present):
                refused[name] = self._refusal(control)
        return refused

    def _refusal(self, control: str) -> str:
        if control not in CONTROLS:
            return f"{control} can only be set from Python: widget.{control} = ..."
        kept, free = ("locked", "lock") if control in self.lock else ("hidden", "hide")
        return (
            f"{CONTROLS[control].label} is {kept} by the lesson. To get everything back, run "
            f"widget.{free} = ()."
        )


def _text(value: float | str | None) -> str:
    """Write a guess or a truth for the card."""
    return value if isinstance(value, str) else "" if value is None else said(value)
