"""A page is not believed: whatever it sends, the run is one that Python's own verbs could make."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
import torch

from linreg_widget import Trainer, TrainerWidget, crop_yields
from linreg_widget.panel.page import page_of, shared_traits

WILD: tuple[Any, ...] = (
    *(None, True, -1, 2.5, 1e308, 10**400, -(10**400), math.nan, math.inf),
    *("", "x" * 10_000, "__class__", "{0.__class__}", "</script><script>alert(1)</script>"),
    *([], [[]], ["a"] * 1000, {}, {"kind": "run"}, {"__class__": 1}),
)
"""Values of every type that JSON has, and of sizes that it allows."""
ENTRY = {"tensor": "w", "row": 0, "column": 0, "value": 1.0}
KINDS: dict[str, dict[str, Any]] = {
    "step": {"by": "update", "held": True},
    "back": {"by": "update"},
    "guess": {"value": 1.0},
    "seek": {"update": 1},
    "rescue": {"to": "start"},
    "set": {"entries": [ENTRY]},
    "forget": {"index": 0},
    "look": {"width": 600, "height": 200, "beside": True},
    **{kind: {} for kind in ("advance", "run", "skip", "pause", "reset", "undo", "keep", "tape")},
}


@pytest.fixture
def used() -> Iterator[TrainerWidget]:
    """Yield a widget with a past, a kept run and a question."""
    widget = TrainerWidget(crop_yields(), plot=None, epochs=2, learning_rate=1e-5, ask="loss")
    widget.step(count=3)
    widget.keep("first")
    widget.back()
    widget.panel.send = lambda content, buffers=None: None
    yield widget
    widget.close()


def holds(trainer: Trainer) -> None:
    """Check that a trainer's settings and numbers are ones that Python's verbs accept."""
    settings = trainer.settings
    assert trainer.settings == type(settings)(**vars(settings))
    assert trainer.model.w.shape == (2, 3)
    assert {trainer.model.w.dtype, trainer.model.b.dtype} == {torch.float32}
    assert 0 <= trainer.position.update <= trainer.total


def goes_on(widget: TrainerWidget) -> None:
    """Check that after a reset the run is the one that it always was."""
    widget.ask, widget.hide, widget.lock = None, (), ()
    widget.stop_within = widget.stop_patience = None
    widget.reset(seed=0, standardize=False)
    widget.change(learning_rate=1e-5, epochs=2, batch_size=3, shuffle=True)
    widget.run()
    plain = Trainer(crop_yields(), epochs=2, learning_rate=1e-5)
    plain.run()
    assert widget.status == "finished"
    assert np.array_equal(widget.trainer.recording.losses, plain.recording.losses)


@pytest.mark.parametrize("kind", KINDS)
def test_a_message_with_a_wild_value_makes_no_wild_run(kind: str, used: TrainerWidget) -> None:
    fields = KINDS[kind]
    messages: list[dict[str, Any]] = [{"kind": kind}, {"kind": kind, **fields, "more": WILD}]
    for name in fields:
        messages += [{"kind": kind, **fields, name: wild} for wild in WILD]
    if kind == "set":
        messages += [
            {"kind": kind, "entries": [{**ENTRY, name: wild}]} for name in ENTRY for wild in WILD
        ]
    for message in messages:
        used.panel._handle_custom_msg({**message, "client": WILD, "id": WILD}, [])
        holds(used.trainer)
    goes_on(used)


def test_what_is_no_message_does_nothing(used: TrainerWidget) -> None:
    before = (used.trainer.position, used.trainer.settings, used.trainer.model.w.tolist())
    for wild in WILD:
        used.panel._handle_custom_msg(wild, [])
        used.panel._handle_custom_msg({"kind": wild}, [])
    assert before == (
        used.trainer.position,
        used.trainer.settings,
        used.trainer.model.w.tolist(),
    )
    goes_on(used)


@pytest.mark.parametrize("wild", WILD, ids=lambda wild: repr(wild)[:20])
def test_a_state_with_a_wild_value_makes_no_wild_run(wild: Any, used: TrainerWidget) -> None:
    panel = used.panel
    for name in shared_traits(type(panel)):
        panel.set_state({name: wild})  # what cannot be used is refused without an error
        holds(used.trainer)
        panel._handle_custom_msg({"kind": "hello", "traits": {name: wild}}, [])
        holds(used.trainer)
    panel._handle_custom_msg({"kind": "hello", "traits": wild}, [])
    goes_on(used)


FORMULAS = ("=cmd|' /C calc'!A0", "@SUM(1)", "+1+1", "-2+3", "\t=1+1", "\r=1+1")


@pytest.mark.parametrize("ask", ["loss", "weight", "diverges", "own"])
def test_no_formula_that_a_page_answers_comes_into_the_answers(ask: str) -> None:
    """A teacher opens the answers of a class in a spreadsheet, which would compute them."""
    own = [{"question": "Which?", "choices": ["this", "that"], "right": 0}]
    widget = TrainerWidget(plot=None, learning_rate=1e-5)
    widget.ask = own if ask == "own" else ask
    panel = widget.panel
    panel.send = lambda content, buffers=None: None
    for formula in FORMULAS:
        panel._handle_custom_msg({"kind": "step", "by": "update", "held": True, "client": "a"}, [])
        panel._handle_custom_msg({"kind": "guess", "value": formula, "client": "a"}, [])
        panel._handle_custom_msg({"kind": "skip", "client": formula}, [])
    said = panel._answers + widget.answers().to_csv()
    assert widget.update > 0
    assert "skip" in said
    for cell in re.split(r"[,\n]", said):
        assert not cell.strip('"').startswith(("=", "@", "+", "\t", "\r"))
        assert "cmd" not in cell
    widget.close()


def test_python_says_what_may_be_done_and_not_the_page(used: TrainerWidget) -> None:
    used.lock, used.hide, used.ask = ["learning_rate"], ["valley"], "loss"
    for name in ("lock", "hide", "ask", "task"):
        for wild in ([], "", None, ["run"]):
            used.panel.set_state({name: wild})
    assert (used.lock, used.hide, used.ask) == (("learning_rate",), ("valley",), "loss")
    used.panel.set_state({"learning_rate": 1e-3})
    assert used.learning_rate == 1e-5
    used.panel._handle_custom_msg({"kind": "step", "traits": {"learning_rate": 1e-3}}, [])
    assert used.learning_rate == 1e-5


def test_no_page_of_ours_can_ask_for_anything_outside_itself(used: TrainerWidget) -> None:
    used.ask = None
    used.run()
    page = page_of(used.panel)
    policy = page.split('http-equiv="Content-Security-Policy" content="')[1].split('"')[0]
    rules = dict(one.strip().split(" ", 1) for one in policy.split(";"))
    assert rules == {
        "default-src": "'none'",
        "style-src": "'unsafe-inline'",
        "script-src": "'unsafe-inline'",
    }
    assert page.index("Content-Security-Policy") < page.index("<style>"), (
        "before all that it bounds"
    )
