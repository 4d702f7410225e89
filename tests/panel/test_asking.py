"""What a lesson asks of the page, hides and locks: messages and traits; Python is free."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from typing import Any, get_args

import numpy as np
import pytest

from linreg_widget import SettingsError, Table, TrainerWidget
from linreg_widget.lesson.controls import CONTROLS, check_controls
from linreg_widget.messages import say
from linreg_widget.panel.requests import Request
from tests import contract

Make = Callable[..., TrainerWidget]


@pytest.fixture
def make() -> Iterator[Make]:
    made: list[TrainerWidget] = []

    def make_(**options: Any) -> TrainerWidget:
        made.append(TrainerWidget(**{"learning_rate": 1e-5, "plot": None, **options}))
        return made[-1]

    yield make_
    for widget in made:
        widget.close()


def press(widget: TrainerWidget, kind: str, **content: Any) -> str:
    """Send what a page sends; return the alert that it leads to."""
    widget.panel._on_message(widget.panel, {"kind": kind, "client": "c", "id": 1, **content}, [])
    alert: str = widget.panel._alert
    return alert


def pull(widget: TrainerWidget) -> None:
    """Ask for slices as the page does, until the run rests."""
    while widget.panel._pull:
        press(widget, "advance")


# ---- predict, then reveal ------------------------------------------------------------------------


def test_a_step_of_the_page_waits_for_a_guess(make: Make) -> None:
    widget = make(ask="loss")
    panel = widget.panel
    assert panel._answer["words"].startswith("Before each Step or Run, predict the loss.")
    press(widget, "step")
    assert widget.update == 0
    assert panel._question["act"] == "step"
    assert panel._question["choices"] == []
    press(widget, "guess", value=30_000)
    assert widget.update == 1
    assert panel._question == {}
    assert panel._answer == {
        "words": "Close: the loss fell by 17%; you expected it to fall by 9.5%.",
        "guess": "30,000",
        "truth": "27,416",
        "right": True,
    }
    assert panel._score == "1 of 1 close"


@pytest.mark.parametrize(
    ("barred", "weight", "diverges"),
    [
        ([], "Before each Step or Run, predict", "Before a Step, predict whether the loss will "),
        (["run"], "Before each Step, predict", "Before each Step, predict whether the loss will "),
        (["step"], "Before each Run, predict", "Before each Run, predict whether it will diverge."),
    ],
)
def test_the_card_names_at_first_only_what_the_page_offers(
    make: Make, barred: list[str], weight: str, diverges: str
) -> None:
    for name in ("hide", "lock"):
        widget = make(ask="weight", **{name: barred})
        assert widget.panel._answer["words"].startswith(weight)
        widget.ask = "diverges"
        assert widget.panel._answer["words"].startswith(diverges)
        setattr(widget, name, ())
        assert widget.panel._answer["words"] == (
            "Before a Step, predict whether the loss will grow; before a Run, whether it will "
            "diverge."
        )
    widget.ask = None
    assert widget.panel._answer["words"] == ""


def test_without_ask_nothing_is_asked(make: Make) -> None:
    widget = make()
    press(widget, "step")
    assert (widget.update, widget.panel._question) == (1, {})
    press(widget, "guess", value=1)
    assert (widget.update, widget.panel._alert) == (1, "")
    assert widget.answers().empty


def test_a_refused_guess_leaves_the_question(make: Make) -> None:
    widget = make(ask="loss")
    press(widget, "step")
    asked = widget.panel._question
    assert "is not a valid loss" in press(widget, "guess", value="much")
    assert (widget.update, widget.panel._question) == (0, asked)
    assert press(widget, "guess", value=1) == ""
    assert widget.update == 1


def test_a_run_asks_once_and_tells_at_its_end(make: Make) -> None:
    widget = make(ask="diverges", learning_rate=1e-3)
    press(widget, "run")
    assert widget.status == "ready"
    press(widget, "guess", value="No")
    assert widget.status == "running"
    assert widget.panel._answer["words"] == "You will see at the end of the run."
    press(widget, "advance")
    pull(widget)
    assert widget.status == "diverged"
    answer = widget.panel._answer
    assert (answer["guess"], answer["truth"], answer["right"]) == ("No", "Yes", False)


@pytest.mark.usefixtures("ticking")
def test_a_run_that_is_paused_goes_on_without_another_question(make: Make) -> None:
    widget = make(ask="loss")
    press(widget, "run")
    press(widget, "guess", value=100)
    press(widget, "advance")
    press(widget, "pause")
    assert 0 < widget.update < 250
    press(widget, "run")
    assert (widget.status, widget.panel._question) == ("running", {})
    pull(widget)
    assert widget.answers()["guess"].tolist() == [100]


def test_a_step_in_a_run_pauses_it_and_asks_nothing(make: Make) -> None:
    widget = make(ask="loss", epochs=2000)
    widget.start()
    press(widget, "step")
    assert (widget.status, widget.update, widget.panel._question) == ("paused", 1, {})


def test_back_reset_the_timeline_and_a_held_key_need_no_guess(make: Make) -> None:
    widget = make(ask="loss")
    press(widget, "step", by="update", held=True)
    press(widget, "step", by="update", held=True)
    assert (widget.update, widget.panel._question) == (2, {})
    for kind, content, update in (("back", {"by": "update"}, 1), ("seek", {"update": 2}, 2)):
        press(widget, "step")
        assert widget.panel._question
        press(widget, kind, **content)
        assert (widget.update, widget.panel._question) == (update, {})
    press(widget, "step")
    press(widget, "reset")
    assert (widget.update, widget.panel._question, widget.panel._alert) == (0, {}, "")


def test_another_act_asks_another_question(make: Make) -> None:
    widget = make(ask="loss")
    widget.speed = None
    press(widget, "step")
    step = widget.panel._question
    press(widget, "step")
    assert widget.panel._question == step
    press(widget, "run")
    assert widget.panel._question["act"] == "run"
    press(widget, "skip")
    pull(widget)
    assert widget.status == "finished"
    assert widget.answers()["skipped"].tolist() == [True]


def test_python_is_never_asked(make: Make) -> None:
    widget = make(ask="loss")
    widget.step()
    widget.step("epoch")
    widget.run(1)
    assert widget.update == 10
    assert widget.panel._question == {}
    press(widget, "step")
    widget.learning_rate = 1e-6
    assert widget.panel._question == {}
    assert "withdrawn" in widget.panel._answer["words"]
    press(widget, "step")
    widget.step()
    assert (widget.panel._question, widget.update) == ({}, 11)
    press(widget, "guess", value=1)
    assert widget.update == 11, "the answer to a question that is gone does nothing"


def test_a_look_of_python_leaves_the_question_open(make: Make) -> None:
    widget = make(ask="loss")
    press(widget, "step")
    asked = widget.panel._question
    widget.pause()
    widget.keep("now") if widget.update else widget.link()
    widget.speed = 5
    widget.trainer.loss()
    widget.pause()
    assert asked
    assert widget.panel._question == asked


def test_answers_outlive_a_reset_and_what_is_asked(make: Make) -> None:
    widget = make(ask="loss")
    press(widget, "step")
    press(widget, "guess", value=5)
    widget.reset()
    widget.ask = "weight"
    press(widget, "step")
    assert widget.panel._question["choices"] == ["Rise", "Fall"]
    press(widget, "guess", value="Rise")
    frame = widget.answers()
    assert frame["kind"].tolist() == ["loss", "weight"]
    assert frame["update"].tolist() == [1, 1]
    question = frame["question"].tolist()[1]
    assert question.startswith("Update 1 will learn from the rows E, D and N. w[Mangoes, ")
    assert widget.panel._score.endswith("of 2 right")
    widget.ask = None
    press(widget, "step")
    assert widget.update == 2
    assert len(widget.answers()) == 2


def test_a_link_knows_nothing_of_questions(make: Make) -> None:
    plain, asking = make(), make(ask="loss", lock="run")
    press(asking, "step")
    press(asking, "guess", value=5)
    plain.step()
    assert asking.link() == plain.link()


def test_two_answers_to_one_question_act_once(make: Make) -> None:
    widget = make(ask="loss")
    press(widget, "step")
    press(widget, "guess", value=5)
    press(widget, "guess", value=6)
    press(widget, "skip")
    assert (widget.update, widget.panel._alert) == (1, "")
    assert widget.answers()["guess"].tolist() == [5]


def test_what_else_is_asked_is_refused(make: Make) -> None:
    with pytest.raises(SettingsError, match="ask is 'losses'; it must be 'loss', 'weight', 'div"):
        make(ask="losses")
    widget = make(ask="loss")
    with pytest.raises(SettingsError, match="ask is 'grad'"):
        widget.ask = "grad"
    assert (widget.ask, widget.panel.ask) == ("loss", "loss")


def test_a_line_is_asked_for_at_once_and_judged_without_an_act(make: Make) -> None:
    widget = make(ask="line")
    panel = widget.panel
    assert panel._question["act"] == "set"
    assert panel._question["choices"] == ["Done"]
    press(widget, "step")
    press(widget, "run")
    assert (widget.update, widget.status) == (0, "ready")
    best = widget.trainer.insight.least_squares
    entries = [
        {"tensor": "w", "row": k, "column": j, "value": float(best.w[k, j])}
        for k, j in np.ndindex(best.w.shape)
    ]
    press(widget, "set", entries=entries)
    assert panel._question["act"] == "set", "drawing is what was asked for"
    press(
        widget,
        "set",
        entries=[
            {"tensor": "b", "row": 0, "column": k, "value": float(b)} for k, b in enumerate(best.b)
        ],
    )
    press(widget, "guess", value="Done")
    assert panel._question == {}
    assert panel._answer["right"] is True
    assert panel._answer["words"].startswith("Close: your line has a loss of 0.909")
    assert panel._answer["truth"] == "0.9094"
    assert panel._score == "1 of 1 close"
    assert widget.update == 0
    press(widget, "step")
    assert widget.update == 1
    widget.reset()
    press(widget, "skip")
    assert panel._answer["words"].startswith("Skipped: least squares has 0.9094")
    assert widget.answers()["kind"].tolist() == ["line", "line"]


@pytest.mark.parametrize("barred", [{"lock": "set"}, {"hide": "set"}, {"hide": "line"}])
def test_a_line_is_not_asked_for_where_it_cannot_be_drawn(
    make: Make, barred: dict[str, str]
) -> None:
    widget = make(ask="line", **barred)
    assert widget.panel._question == {}
    press(widget, "step")
    assert widget.update == 1
    widget.reset()
    assert widget.panel._question == {}, "nor in the next run"
    widget.lock = widget.hide = ()
    assert widget.panel._question["act"] == "set"
    widget.hide = "line"
    assert widget.panel._question == {}


# ---- hidden and locked ---------------------------------------------------------------------------

# What gets round each control that is more than a part of the page: a message, or a trait.
MESSAGES = [
    ("reset", {"kind": "reset"}),
    ("back", {"kind": "back", "by": "update"}),
    ("step", {"kind": "step", "by": "update"}),
    ("run", {"kind": "run"}),
    ("timeline", {"kind": "seek", "update": 1}),
    ("set", {"kind": "set", "entries": [{"tensor": "b", "row": 0, "column": 0, "value": 3}]}),
    ("set", {"kind": "undo"}),
    ("compare", {"kind": "keep"}),
    ("compare", {"kind": "forget", "index": 0}),
    ("learning_rate", {"kind": "rescue", "to": "start"}),
    ("reset", {"kind": "rescue", "to": "start"}),
    ("timeline", {"kind": "rescue", "to": "good"}),
]
TRAITS = [
    ("reset", "seed", 3),
    ("run", "_pull", True),
    ("step_by", "step_by", "epoch"),
    ("timeline", "update", 1),
    ("learning_rate", "learning_rate", 1e-4),
    ("epochs", "epochs", 60),
    ("speed", "speed", 5),
    ("stop", "stop_within", 2),
    ("stop", "stop_patience", 2),
    ("standardize", "standardize", True),
    ("curves", "curves", ["batch"]),
    ("valley", "tab", "valley"),
    ("microscope", "tab", "microscope"),
    ("seed", "seed", 3),
    ("batch_size", "batch_size", 5),
    ("shuffle", "shuffle", False),
]


def standing(widget: TrainerWidget) -> tuple[object, ...]:
    trainer = widget.trainer
    numbers = trainer.model.w.tolist(), trainer.model.b.tolist()
    return trainer.position, trainer.settings, *numbers, len(trainer.kept), widget.status


@pytest.mark.parametrize("how", ["lock", "hide"])
@pytest.mark.parametrize(("control", "message"), MESSAGES)
def test_the_kernel_refuses_messages_of_barred_controls(
    make: Make, control: str, message: dict[str, Any], how: str
) -> None:
    widget = make(**{how: control})
    widget.step(count=3)
    widget.keep()
    before = standing(widget)
    alert = press(widget, **message)
    kept = "locked" if how == "lock" else "hidden"
    assert f"The lesson has {kept} " in alert
    assert f"widget.{how} = ()" in alert
    assert standing(widget) == before
    setattr(widget, how, ())
    assert "The lesson has" not in press(widget, **message)


@pytest.mark.parametrize("how", ["lock", "hide"])
@pytest.mark.parametrize(("control", "trait", "value"), TRAITS)
def test_the_kernel_refuses_traits_of_barred_controls(
    make: Make, control: str, trait: str, value: object, how: str
) -> None:
    widget = make(**{how: [control]})
    widget.step(count=3)
    panel, before = widget.panel, standing(widget)
    old = getattr(panel, trait)
    sent: list[Any] = []
    panel.send_state = lambda key=None: sent.append(key)
    panel.set_state({trait: old})
    assert (panel._alert, sent) == ("", [])
    panel.set_state({trait: value})
    assert getattr(panel, trait) == old
    assert say("controls.label", control=control) in panel._alert
    assert [trait] in sent, "the page is told the old value"
    assert standing(widget) == before
    setattr(widget, how, ())
    panel.set_state({trait: value})
    assert getattr(panel, trait) == value


def test_what_is_free_is_taken_from_a_message_that_is_barred_in_part(make: Make) -> None:
    widget = make(lock="epochs")
    widget.panel.set_state({"epochs": 60, "learning_rate": 2e-5})
    assert (widget.epochs, widget.learning_rate) == (50, 2e-5)


def test_a_page_cannot_unlock_itself_or_give_itself_points(make: Make) -> None:
    widget = make(ask="loss", lock=("run",))
    for name, value in (("lock", []), ("hide", ["run"]), ("ask", None), ("_score", "9 of 9")):
        widget.panel.set_state({name: value})
        assert f"{name} can only be set from Python" in widget.panel._alert
    assert (widget.lock, widget.hide, widget.ask) == (("run",), (), "loss")
    assert widget.panel._score == ""
    widget.panel._alert = ""
    widget.panel.set_state({"lock": ["run"]})
    assert widget.panel._alert == "", "an echo changes nothing"


def test_a_locked_step_by_is_not_got_round_by_a_message(make: Make) -> None:
    widget = make(lock="step_by")
    press(widget, "step", by="epoch")
    assert widget.update == 1
    press(widget, "back", by="epoch")
    assert widget.update == 0
    widget.lock = ()
    press(widget, "step", by="epoch")
    assert widget.update == 5


def test_what_is_not_locked_works(make: Make) -> None:
    widget = make(lock=("run", "timeline"))
    press(widget, "step", by="update")
    assert (widget.update, widget.panel._alert) == (1, "")


def test_python_verbs_and_traits_are_free(make: Make) -> None:
    widget = make(lock=[*CONTROLS], hide=[*CONTROLS])
    widget.step(count=2)
    widget.back()
    widget.learning_rate = 2e-5
    widget.set(b=[1, 2])
    widget.run(1)
    widget.keep()
    widget.seed = 2
    assert (widget.status, widget.trainer.settings.rate) == ("ready", 2e-5)
    widget.start()
    press(widget, "advance")
    assert widget.update > 0, "a run that Python started goes on"


def test_a_question_whose_act_is_locked_is_withdrawn(make: Make) -> None:
    widget = make(ask="loss")
    press(widget, "run")
    widget.lock = "run"
    assert widget.panel._question == {}
    press(widget, "skip")
    assert widget.status == "ready"
    press(widget, "step")
    assert widget.panel._question["act"] == "step"


def test_a_click_into_the_valley_is_a_way_of_setting(make: Make) -> None:
    widget = make(lock="set")
    w, b = widget.trainer.model.w.tolist(), widget.trainer.model.b.tolist()
    with pytest.raises(SettingsError, match="The lesson has locked Setting w and b by hand"):
        widget.panel.place([[0, 0, 0], [0, 0, 0]], [0, 0])
    assert [widget.trainer.model.w.tolist(), widget.trainer.model.b.tolist()] == [w, b]
    widget.lock = ()
    widget.panel.place([[0, 0, 0], [0, 0, 0]], [0, 0])
    assert widget.trainer.model.b.tolist() == [0, 0]


def test_names_come_once_and_in_the_pages_order(make: Make) -> None:
    widget = make(lock=["valley", "reset", "valley"], hide="timeline")
    assert widget.lock == widget.panel.lock == ("reset", "valley")
    assert widget.hide == ("timeline",)


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (
            ("timeline", "learning rate"),
            "'learning rate' in lock is not a control; did you mean 'lea",
        ),
        ("Speed", "did you mean 'speed'?"),
        (("xyzzy",), "there are reset, back, step"),
        ((3,), "3 in lock is not a control"),
        (([],), r"\[\] in lock is not a control"),
        (True, r"lock is True; give names of controls, as in lock=\('timeline', 'run'\)"),
    ],
)
def test_unknown_controls_are_refused_in_words(make: Make, value: Any, words: str) -> None:
    with pytest.raises(SettingsError, match=words):
        make(lock=value)
    with pytest.raises(SettingsError, match=words):
        check_controls("lock", value)


def test_every_message_of_the_page_that_acts_has_its_control() -> None:
    """A new kind of message is one that a lesson can lock, or stands here."""
    sent = {kind for request in get_args(Request) for kind in contract.kinds(request)}
    free = {"advance", "hello", "tape", "look", "guess", "skip", "rescue"}
    assert sent - free == {kind for control in CONTROLS.values() for kind in control.kinds}


def test_the_plot_does_not_show_the_best_loss_while_the_line_is_drawn() -> None:
    table = Table.of({"x": [1.0, 2.0, 3.0, 4.0], "y": [2.0, 4.1, 5.9, 8.2]})
    with closing(TrainerWidget(table, ask="line", plot="ipympl")) as widget:
        figure = widget.plot._figure
        assert figure is not None
        assert not figure.annotations.floor_line.get_visible()
        assert not figure.annotations.floor_label.get_visible()
        press(widget, "skip")
        assert figure.annotations.floor_line.get_visible()
        widget.ask = None
        widget.reset(seed=1)
        widget.ask = "line"
        assert not figure.annotations.floor_line.get_visible()
