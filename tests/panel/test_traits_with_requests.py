"""Traits that a request brings along: a page may keep their own messages back."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from linreg_widget import TrainerWidget


@pytest.fixture
def widget() -> Iterator[TrainerWidget]:
    widget = TrainerWidget(learning_rate=1e-5, epochs=2, plot=None)
    yield widget
    widget.close()


def press(widget: TrainerWidget, kind: str, **content: Any) -> None:
    widget.panel._on_message(widget.panel, {"kind": kind, "client": "c", "id": 1, **content}, [])


def rates(widget: TrainerWidget) -> list[float | None]:
    return [each.settings.learning_rate for each in widget.trainer.recording.segments]


def test_they_hold_for_what_is_asked_for(widget: TrainerWidget) -> None:
    press(widget, "step", traits={"learning_rate": 2e-6})
    assert (rates(widget), widget.learning_rate, widget.update) == ([2e-6], 2e-6, 1)
    widget.panel.set_state({"learning_rate": 2e-6})  # which was kept back, and comes now
    press(widget, "step")
    assert (rates(widget), widget.update) == ([2e-6], 2)


def test_their_own_message_does_nothing_when_it_comes_late(widget: TrainerWidget) -> None:
    press(widget, "step", traits={"learning_rate": 2e-6})
    widget.learning_rate = 4e-6
    press(widget, "set", entries=[])
    refused = widget.panel._alert
    assert refused
    widget.panel.set_state({"learning_rate": 2e-6})
    assert (widget.learning_rate, widget.trainer.settings.learning_rate) == (4e-6, 4e-6)
    assert widget.panel._alert == refused
    widget.panel.set_state({"learning_rate": 2e-6})  # this one is news
    assert widget.trainer.settings.learning_rate == 2e-6


@pytest.mark.parametrize("before", [[2e-6], [3e-6, 2e-6]], ids=["that", "another before that"])
def test_their_own_message_may_come_first(widget: TrainerWidget, before: list[float]) -> None:
    for rate in before:
        widget.panel.set_state({"learning_rate": rate})
    press(widget, "step", traits={"learning_rate": 2e-6})
    widget.learning_rate = 4e-6
    widget.panel.set_state({"learning_rate": 2e-6})
    assert widget.trainer.settings.learning_rate == 2e-6


def test_a_message_that_says_another_value_holds(widget: TrainerWidget) -> None:
    press(widget, "step", traits={"learning_rate": 2e-6, "curves": ["batch"], "trainer": 1})
    widget.panel.set_state({"learning_rate": 3e-6})
    widget.panel.set_state({"learning_rate": 2e-6})
    assert (widget.learning_rate, widget.panel.curves) == (2e-6, ["batch"])


def test_a_run_begun_anew_by_them_is_not_begun_anew_once_more(widget: TrainerWidget) -> None:
    widget.run()
    press(widget, "step", traits={"seed": 7})
    widget.panel.set_state({"seed": 7})
    assert (widget.status, widget.update, widget.seed) == ("paused", 1, 7)


def test_what_cannot_be_used_is_refused_in_words_and_the_rest_is_done(
    widget: TrainerWidget,
) -> None:
    press(widget, "hello", traits={"learning_rate": -1.0})
    assert "positive" in widget.panel._alert
    press(widget, "step", traits={"learning_rate": -1.0})
    assert (rates(widget), widget.learning_rate, widget.update) == ([1e-5], 1e-5, 1)


def test_a_request_that_brings_none_sets_none(widget: TrainerWidget) -> None:
    wild: tuple[Any, ...] = ({}, None, [], "learning_rate")
    for nothing in wild:
        press(widget, "step", traits=nothing)
    assert (rates(widget), widget.update) == ([1e-5], 4)
