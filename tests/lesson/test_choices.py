"""Questions of choice: what a teacher may write, when they are asked, and how they are judged."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest

from linreg_widget.errors import SettingsError
from linreg_widget.lesson.choices import Choice, check_choices
from linreg_widget.lesson.guessing import Guesses
from linreg_widget.lesson.questions import Answer, check_ask
from linreg_widget.table.table import crop_yields
from linreg_widget.training.trainer import Trainer
from tests.panel.test_asking import Make, make, press, pull

__all__ = ["make"]  # a fixture

MOVES: Choice = {
    "question": "What does an update change?",
    "choices": ["The data", "w and b", "The learning rate"],
    "right": 1,
    "why": ["The rows stay.", "Each by its gradient.", "That is yours to change."],
}
SIGN: Choice = {
    "question": "Against the gradient, or along it?",
    "choices": ["Along", "Against"],
    "right": 1,
    "why": [],
}


def broken(**fields: Any) -> dict[str, Any]:
    return {name: value for name, value in {**MOVES, **fields}.items() if value != "left out"}


# ---- what can be asked ---------------------------------------------------------------------------


def test_a_question_alone_or_several_become_a_list_of_copies() -> None:
    choices = [*MOVES["choices"]]
    given = {**MOVES, "choices": choices}
    checked = check_choices(given)
    choices.append("More")
    assert checked == [MOVES]
    assert check_ask((MOVES, SIGN)) == [MOVES, SIGN]
    assert check_ask(broken(why="left out", right=np.int64(2))) == [
        {**MOVES, "why": [], "right": 2}
    ]
    assert type(check_choices(broken(right=np.int64(2)))[0]["right"]) is int
    assert check_ask(broken(choices=("a", "b"), right=0, why=None)) is not None


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ([], "ask is []; give a question"),
        (3, "ask is 3; it must be 'loss'"),
        ("choice", "ask is 'choice'; it must be"),
        ([MOVES, "loss"], "ask[1] is 'loss'; a question of a list is a dict"),
        ([MOVES, None], "ask[1] is None"),
        (broken(right=3), 'ask["right"] is 3; it must be the position of the right choice, from 0'),
        (broken(right=-1), 'ask["right"] is -1'),
        (broken(right=True), 'ask["right"] is True'),
        (broken(right=1.0), 'ask["right"] is 1.0'),
        (broken(right="w and b"), "from 0 to 2: 0 for 'The data'."),
        (broken(right="left out"), "ask has no 'right'; write it as"),
        (broken(question="left out"), "ask has no 'question'"),
        (broken(choices="left out"), "ask has no 'choices'"),
        (broken(question=7), 'ask["question"] is 7; it must be text'),
        (broken(question=" \n"), "ask[\"question\"] is ' \\n'; it must not be empty"),
        (broken(choices=[]), 'ask["choices"] is []; it must have at least two choices'),
        (broken(choices=["One"], why=["."]), "at least two choices: add one"),
        (broken(choices="Yes"), "ask[\"choices\"] is 'Yes'; it must be a list of texts"),
        (broken(choices=["Yes", 2, "No"]), 'ask["choices"][1] is 2; it must be text'),
        (broken(choices=["Yes", "", "No"]), "ask[\"choices\"][1] is ''; it must not be empty"),
        (broken(choices=["Yes", "No", "Yes"]), "has 'Yes' twice; choices must differ"),
        (broken(why=["Because."]), 'ask["why"] has 1 reason for 3 choices'),
        (broken(why=["", "b", "c"]), "ask[\"why\"][0] is ''"),
        (broken(why="Because."), "ask[\"why\"] is 'Because.'; it must be a list"),
        ([MOVES, broken(right=9)], 'ask[1]["right"] is 9'),
        ({**MOVES, "Answer": 1}, "ask has 'Answer', which is not part of a question of choice"),
        ({**MOVES, "choice": 1}, "did you mean 'choices'?"),
    ],
)
def test_what_cannot_be_asked_is_refused_with_value_rule_and_remedy(wrong: Any, words: str) -> None:
    with pytest.raises(SettingsError, match=re.escape(words)):
        check_ask(wrong)


# ---- asked, one before each act, and judged at once ----------------------------------------------


def test_each_is_asked_once_and_judged_before_its_act_is_done() -> None:
    trainer = Trainer(crop_yields(), learning_rate=1e-5)
    guesses = Guesses(trainer, [MOVES, SIGN])
    assert guesses.ask("step")
    assert guesses.question is not None
    assert (guesses.question.words, guesses.question.choices) == (
        MOVES["question"],
        (*MOVES["choices"],),
    )
    assert guesses.guess("The data").act == "step"
    shown = guesses.shown
    assert isinstance(shown, Answer)
    assert (shown.right, shown.truth, shown.words) == (False, "w and b", "No: The rows stay.")
    trainer.step()
    assert guesses.shown is shown  # it is read while the act goes on
    assert guesses.ask("run")
    assert guesses.guess("Against").act == "run"
    assert guesses.shown.words == "Right."
    assert not guesses.ask("step")
    assert guesses.shown is None
    assert guesses.score == "1 of 2 right"


def test_a_question_moves_with_the_act_and_stands_while_it_is_possible() -> None:
    trainer = Trainer(crop_yields(), learning_rate=1e-5, epochs=2)
    guesses = Guesses(trainer, [MOVES])
    assert guesses.ask("step")
    trainer.change(learning_rate=2e-5)
    trainer.step()
    guesses.look()
    assert guesses.question is not None  # it is about no place
    assert guesses.ask("run")
    assert guesses.question.act == "run"
    trainer.run()
    guesses.look()
    assert guesses.question is None
    assert guesses.shown == "The question was withdrawn: the run is no longer where it was asked."
    assert guesses.ask("step")  # it was not answered: it comes again
    with pytest.raises(SettingsError, match="choose The data, w and b or The learning rate"):
        guesses.guess(["w and b"])
    assert guesses.skip().act == "step"
    assert guesses.answers[0].right is None
    assert guesses.answers[0].words == "Skipped: Each by its gradient."
    trainer.reset()
    assert guesses.shown is None
    assert not guesses.ask("step")
    guesses.kind = [SIGN]
    assert guesses.ask("step")


@pytest.mark.clock
def test_the_page_asks_counts_and_keeps_them(make: Make) -> None:
    widget = make(ask=[MOVES, SIGN], epochs=2)
    panel = widget.panel
    assert panel._answer["words"] == ("Before the next Step or Run, answer a question; 2 are left.")
    press(widget, "step")
    assert widget.update == 0
    assert panel._question == {
        "words": MOVES["question"],
        "choices": MOVES["choices"],
        "act": "step",
    }
    assert "'loss' is not an answer" in press(widget, "guess", value="loss")
    assert "is not an answer; choose" in press(widget, "guess", value=1)
    press(widget, "guess", value="w and b")
    assert widget.update == 1
    assert panel._answer == {
        "words": "Right: Each by its gradient.",
        "guess": "w and b",
        "truth": "w and b",
        "right": True,
    }
    press(widget, "run")
    press(widget, "skip")
    pull(widget)
    assert widget.status == "finished"
    frame = widget.answers()
    assert frame["kind"].tolist() == ["choice", "choice"]
    assert frame["guess"].tolist() == ["w and b", None]
    assert frame["truth"].tolist() == ["w and b", "Against"]
    assert frame["skipped"].tolist() == [False, True]
    assert panel._score == "1 of 1 right"
    assert panel._answers.splitlines()[1].startswith("1,choice,What does an update change?,w and b")


@pytest.mark.clock
def test_a_lesson_sets_other_questions_later_and_a_wrong_one_changes_nothing(make: Make) -> None:
    widget = make(ask=SIGN)
    assert widget.ask == [SIGN]
    with pytest.raises(SettingsError, match=r'"right"\] is 5'):
        widget.ask = {**MOVES, "right": 5}
    assert widget.ask == [SIGN]
    widget.ask = MOVES
    press(widget, "step")
    assert widget.panel._question["words"] == MOVES["question"]
    widget.ask = None
    assert widget.panel._question == {}
    assert widget.panel._answer["words"] == ""
