"""Predict, then reveal: a question before an act, a guess, and the truth once the act is done.

Students who watch a demonstration understand it little better than those who do not, unless they
predict the outcome first: Crouch, Fagen, Callan and Mazur, "Classroom demonstrations: learning
tools or entertainment?", American Journal of Physics 72 (2004) 835. So a lesson may ask first.

A guess counts only if the act that it was made for is done. If the run is wound back, reset, set by
hand or trained in another way before the truth is known, the guess is withdrawn.
"""

from __future__ import annotations

import csv
import io
import math
from typing import TYPE_CHECKING, Any, Literal

from linreg_widget.errors import SettingsError
from linreg_widget.messages import say
from linreg_widget.microscope import named_rows
from linreg_widget.wording import isolated, rate_text

from .questions import (
    CHOICES,
    Act,
    Answer,
    Asked,
    Kind,
    Question,
    check_answer,
    check_ask,
    judged_choice,
    judged_divergence,
    judged_line,
    judged_loss,
    judged_weight,
)

if TYPE_CHECKING:
    import pandas as pd

    from linreg_widget.settings import By
    from linreg_widget.training import Trainer

    from .choices import Choice

_BY_DEGREES = ("loss", "line")  # kinds whose answers are more or less close
_COLUMNS = {  # of the answers as a table, with pandas' types
    "update": "int64",
    "kind": "object",
    "question": "object",
    "guess": "object",
    "truth": "object",
    "right": "boolean",
    "skipped": "bool",
}


class Guesses:
    """Asks before an act, judges after it, and keeps the score.

    Parameters
    ----------
    trainer : Trainer
        It is only read.
    kind : {"loss", "weight", "diverges", "line"} or list of Choice, optional
        What to ask; nothing if not given.
    """

    def __init__(self, trainer: Trainer, kind: Asked | None = None) -> None:
        self._trainer = trainer
        self._kind: Asked | None = None
        self._told: object = None  # the recording in which a question of choice was judged last
        self._done = 0  # questions of choice that were answered or skipped
        self._drawn: object = None  # the recording of the run whose line was asked for last
        self.answers: list[Answer] = []
        """Questions that have been judged, oldest first."""
        self.question: Question | None = None
        """The open question, if there is one."""
        self.drawable = True
        """Whether the page lets its reader draw the line; if not, the line is not asked for."""
        self.kind = kind

    def turn_to(self, trainer: Trainer) -> None:
        """Ask about another trainer from here on; answers stay, an open question is withdrawn."""
        self._trainer = trainer
        self.kind = self._kind

    @property
    def kind(self) -> Asked | None:
        """What is asked; setting it withdraws an open question and starts again from the first."""
        return self._kind

    @kind.setter
    def kind(self, kind: Asked | None) -> None:
        asked = check_ask(kind)
        if asked != self._kind:
            self._done = 0
        self._kind = asked
        self.question = None
        self._waiting: Answer | None = None
        self._asked_at: tuple[object, ...] = ()
        self._edited: frozenset[int] = frozenset()
        self._drawn = None
        self.shown = None
        self.look()

    @property
    def shown(self) -> Answer | str | None:
        """What the card shows while no question is open: an answer, or words; None for the intro.

        It belongs to the place in the run where it was said, or to the updates up to the truth.
        What is said about a question of choice belongs to no place, and stays until the next act.
        """
        told = self._told is self._trainer.recording
        there = told or self._waiting is not None or self._shown_at == _place(self._trainer)
        return self._shown if there else None

    @shown.setter
    def shown(self, shown: Answer | str | None) -> None:
        self._shown, self._shown_at, self._told = shown, _place(self._trainer), None

    @property
    def to_come(self) -> Asked | None:
        """The questions of choice that have not been asked yet."""
        if isinstance(self._kind, list):
            return self._kind[self._done :] or None
        return self._kind

    # ---- ask ---------------------------------------------------------------------------------

    def ask(self, act: Act, by: By = "update") -> bool:
        """Open the question that comes before an act; return whether there is one.

        There is none within an update, during a run that was guessed at, if the act is impossible,
        or if the number to ask about is not finite.
        """
        trainer = self._trainer
        self.look()
        if self._kind == "line":
            return self.question is not None
        if isinstance(self._kind, list):
            return self._may(act) and self._ask_choice(self._kind, act, by)
        waits = self._waiting is not None and self._waiting.question.act == act
        if self._kind is None or waits or not self._may(act):
            return False
        if self.question is not None and (self.question.act, self.question.by) == (act, by):
            return True
        self.question = self._question(self._kind, act, by)
        if self.question is None:
            return False
        self._waiting = None
        self._asked_at = _standing(trainer)
        return True

    def _may(self, act: Act) -> bool:
        """Whether a question comes before an act: it is possible, and starts a whole update."""
        stopped = ("diverged",) if act == "step" else ("diverged", "finished", "failed")
        within = act == "step" and self._trainer.position.phase is not None
        return self._trainer.status not in stopped and not within

    def _ask_choice(self, choices: list[Choice], act: Act, by: By) -> bool:
        """Open the next question of choice, even if it was already opened before another act."""
        if self._told is not None:
            self.shown = None
        if self._done == len(choices):
            return False
        choice, update = choices[self._done], self._trainer.position.update
        words, answers, settings = choice["question"], (*choice["choices"],), self._trainer.settings
        self.question = Question(
            "choice", act, by, words, answers, update + 1, update, settings, choice=choice
        )
        return True

    def _ask_for_line(self) -> None:
        """Open the task of drawing the line: at once, and again at the start of another run."""
        trainer, here = self._trainer, self._trainer.position
        recording, table = trainer.recording, self._trainer.table
        again = here.update or recording.edited or recording is self._drawn
        if (
            (self._drawn is not None and again)
            or trainer.status not in ("ready", "paused")
            or here.phase is not None
        ):
            return
        several = table.outputs * table.features > 1
        words = say("questions.ask_line", several=several)
        now, settings = self._loss(), trainer.settings
        self.question = Question(
            *("line", "set", "update", words, CHOICES["line"], here.update + 1, here.update),
            *(settings, now),
        )
        self._drawn, self._asked_at = recording, (here, settings)

    def _question(self, kind: Kind, act: Act, by: By) -> Question | None:
        trainer, here = self._trainer, self._trainer.position
        rows, columns = trainer.table.outputs, trainer.table.features
        turn = sum(answer.question.kind == "weight" for answer in self.answers)
        row, column = divmod(turn % (rows * columns), columns)
        now = self._weight(row, column) if kind == "weight" else self._loss()
        if not math.isfinite(now):
            return None
        if act == "run":
            goal = trainer.total
            upcoming = say("questions.run", goal=goal, stops=bool(trainer.stop))
        elif by == "epoch":
            goal = here.update - here.batch + trainer.batches
            upcoming = say("questions.epoch", epoch=here.epoch + 1, goal=goal)
        else:
            goal = here.update + 1
            upcoming = say("questions.update", goal=goal)
            if kind == "weight":  # their targets and predictions are there to be looked at
                rows_words = named_rows(trainer.next_rows, trainer.table)
                upcoming = say("questions.rows", goal=goal, rows=rows_words)
        if kind == "weight":
            ask = say("questions.ask_weight", weight=self._name(row, column), now=now)
        elif kind == "loss":
            ask = say("questions.ask_loss", now=now, run=act == "run")
        elif act == "run":
            ask = say("questions.ask_divergence")
        else:
            ask = say("questions.ask_growth", now=now)
        words = say("questions.question", next=upcoming, ask=ask)
        if kind == "diverges":
            rate = trainer.settings.rate
            words = say("questions.question_of_rate", next=upcoming, rate=rate, ask=ask)
        choices, settings = CHOICES[kind], trainer.settings
        first = here.update + 1
        return Question(kind, act, by, words, choices, first, goal, settings, now, (row, column))

    # ---- answer ------------------------------------------------------------------------------

    def guess(self, value: object) -> Question:
        """Take a guess, and return its question, whose act can be done now.

        Raises
        ------
        SettingsError
            If no question is open, or the value does not answer it; it stays open then.
        """
        question = self._open()
        return self._answered(question, check_answer(question, value))

    def skip(self) -> Question:
        """Skip the guess, and return its question, whose act can be done now.

        Raises
        ------
        SettingsError
            If no question is open.
        """
        return self._answered(self._open(), None)

    def withdraw(self, why: str) -> None:
        """Withdraw the open question, or the guess that waits for its truth, and say why."""
        if self.question is not None or self._waiting is not None:
            self.question = self._waiting = None
            self.shown = why

    def _open(self) -> Question:
        self.look()
        if self.question is None:
            raise SettingsError(say("questions.unasked"))
        return self.question

    def _answered(self, question: Question, guess: float | str | None) -> Question:
        if question.kind == "line":
            insight = self._trainer.insight
            drawn = Answer(question, None if guess is None else self._loss())
            self.question, self._drawn = None, self._trainer.recording
            self.shown = judged_line(drawn, insight.floor, insight.mean_loss)
            self.answers.append(self.shown)
            return question
        if question.choice is not None:
            self.question, self._done = None, self._done + 1
            self.shown = judged_choice(Answer(question, guess and str(guess)), question.choice)
            self._told = self._trainer.recording
            self.answers.append(self.shown)
            return question
        run = question.act == "run"
        words = (
            say("questions.skipped", run=run)
            if guess is None
            else say("questions.guessed", run=run)
        )
        self.question = None
        self._edited = frozenset(self._trainer.recording.edited)
        self._waiting = self.shown = Answer(question, guess, words=words)
        return question

    # ---- reveal ------------------------------------------------------------------------------

    def look(self, *, running: bool = False) -> None:
        """Judge the guess once the run has reached its end; withdraw it if it went elsewhere."""
        if self.question is not None and not self._stands(self.question):
            self.withdraw(say("questions.moved_on"))
        if self._kind == "line" and self.drawable and self.question is None and not running:
            self._ask_for_line()
        if self._waiting is None or running:
            return
        found = self._found(self._waiting.question)
        if found == "lost":
            self.withdraw(say("questions.changed"))
        elif found == "failed":
            self.withdraw(say("questions.failed"))
        if found != "there":
            return
        self.shown = self._judged(self._waiting)
        self.answers.append(self.shown)
        self._waiting = None

    def _stands(self, question: Question) -> bool:
        """Whether the run still is where the question was asked; a line may be drawn meanwhile.

        A question of choice does not depend on the place: it stands while its act is possible.
        """
        trainer = self._trainer
        if question.choice is not None:
            return self._may(question.act)
        if question.kind == "line":
            return (trainer.position, trainer.settings) == self._asked_at
        return _standing(trainer) == self._asked_at

    def _found(self, question: Question) -> Literal["there", "coming", "lost", "failed"]:
        """Say whether the truth about a guess is known, still to come, or lost."""
        trainer, here = self._trainer, self._trainer.position
        recording, status = trainer.recording, trainer.status
        at_start = here.update < question.update and here.phase is None
        if (
            recording is not self._asked_at[0]
            or here.update < question.update - 1
            or not self._edited.issuperset(recording.edited)
            or (at_start and _standing(trainer) != self._asked_at)
        ):
            return "lost"
        if status == "failed":
            return "failed"
        stopped = question.act == "run" and trainer.notice != "" and not at_start
        ended = stopped or status == "diverged"
        if here.update < question.goal and not ended:
            return "coming"
        made_with = recording.segment_at(max(here.update - 1, 0)).settings
        beyond = here.update > question.goal or here.phase is not None
        same = not made_with.differing(question.settings)
        return "there" if same and not beyond else "lost"

    def _judged(self, answer: Answer) -> Answer:
        kind, entry = answer.question.kind, answer.question.entry
        if kind == "weight":
            return judged_weight(answer, self._name(*entry), self._weight(*entry))
        loss = self._loss()
        if kind == "loss":
            return judged_loss(answer, loss)
        trainer = self._trainer
        diverged = trainer.status == "diverged"
        return judged_divergence(answer, loss, trainer.position.update if diverged else None)

    # ---- what is kept ------------------------------------------------------------------------

    @property
    def score(self) -> str:
        """How many of the guesses were right, in words; "" before the first."""
        counted = [answer for answer in self.answers if answer.right is not None]
        if not counted:
            return ""
        good = sum(bool(answer.right) for answer in counted)
        close = all(one.question.kind in _BY_DEGREES for one in counted)
        return say("questions.score", good=good, all=len(counted), close=close)

    def to_frame(self) -> pd.DataFrame:
        """Return a DataFrame with a row for each question whose truth is known.

        Columns: ``update`` (the one that came, from 1), ``kind``, ``question`` (its words),
        ``guess`` and ``truth`` (a number, or the word chosen; None where there is none), ``right``
        (missing where nothing counts) and ``skipped``.
        """
        import pandas as pd  # slow to import, and wanted only here

        frame = pd.DataFrame(self._rows(), columns=[*_COLUMNS], dtype="object")
        return frame.astype(_COLUMNS)

    def to_csv(self) -> str:
        """Return the answers as a CSV file with the same columns, for the page to save; or ""."""
        if not self.answers:
            return ""
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(_COLUMNS)
        for update, *cells in self._rows():
            writer.writerow((update, *map(_cell, cells)))
        return text.getvalue()

    def _rows(self) -> list[tuple[Any, ...]]:
        """Return a row of ``_COLUMNS`` for each answer."""
        return [
            (
                *(one.question.update, one.question.kind, one.question.words),
                *(one.guess, one.truth, one.right, one.guess is None),
            )
            for one in self.answers
        ]

    # ---- what is asked about -----------------------------------------------------------------

    def _loss(self) -> float:
        return self._trainer.loss()

    def _weight(self, row: int, column: int) -> float:
        return float(self._trainer.model.w.detach()[row, column])

    def _name(self, row: int, column: int) -> str:
        table = self._trainer.table
        target, feature = table.target_names[row], table.feature_names[column]
        return f"w[{isolated(target)}, {isolated(feature)}]"


def _cell(value: float | str | bool | None) -> str:  # noqa: FBT001 - "right" is a truth value
    """Write a cell of the CSV: a number as people type it."""
    if value is None or isinstance(value, str):
        return value or ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return rate_text(value) if math.isfinite(value) else "inf"


def _place(trainer: Trainer) -> tuple[object, ...]:
    """Return the place in a run: another one after a reset, a branch or an entry set by hand."""
    stamp = trainer.stamp
    return stamp.history, stamp.position


def _standing(trainer: Trainer) -> tuple[object, ...]:
    """Return what an open question is about: where a run stands, and how it will go on."""
    model, recording = trainer.model, trainer.recording
    return (
        recording,
        frozenset(recording.edited),
        trainer.position,
        trainer.settings,
        *(tensor.detach().numpy().tobytes() for tensor in (model.w, model.b)),
    )
