"""A step that the page asks for: what is seen is sent first, then the rest, then the plot."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

import pytest

from linreg_widget import TrainerWidget
from linreg_widget.panel import panel as module
from linreg_widget.panel.panel import TrainerPanel
from tests.panel.test_interrupt import PageState, listening
from tests.training.updates import momentum

REST = {"_frame_data", "_fit_data", "_coefficients"}
"""What a step changes besides, whatever is open."""


def ask(panel: TrainerPanel, kind: str = "step", **more: object) -> None:
    panel._on_message(panel, {"kind": kind, "client": "page", "id": 1, **more}, [])


@contextlib.contextmanager
def heard(widget: TrainerWidget) -> Iterator[tuple[PageState, list[Any]]]:
    """Yield what a page knows, and in order what it is told: states by their names, and replies."""
    told: list[Any] = []
    with listening(widget.panel) as page:
        take = page.take

        def note(message: dict[str, Any], buffers: list[Any] | None = None) -> None:
            take(message, buffers)
            update = message["method"] == "update"
            told.append({**message["state"]} if update else message["content"]["kind"])

        widget.panel._send = note
        widget.panel.on_change(lambda at_rest: told.append(f"plot at_rest={at_rest}"))
        yield page, told


@pytest.fixture
def shown() -> Iterator[TrainerWidget]:
    widget = TrainerWidget(learning_rate=1e-5, plot="ipympl")
    widget.step(count=7)
    yield widget
    widget.close()


def test_place_and_losses_come_before_the_rest_and_the_plot_after_the_reply(
    shown: TrainerWidget,
) -> None:
    with heard(shown) as (page, told):
        ask(shown.panel)
        first, second, *after = told
        assert after == ["done", "plot at_rest=True"]
        assert {"update", "_losses", "_batch", "_recorded", "_frame"} <= first.keys()
        assert not (REST | {"_curve", "_table"}) & first.keys()
        assert second.keys() >= REST | {"_curve"}
        assert not {"update", "_losses", "status"} & second.keys()
        assert first["_frame"]["sentence"] == second["_frame"]["sentence"]
        assert page.differs_from(shown.panel) == {}


def test_between_the_two_the_kernel_leaves_the_way_to_the_page_free_unless_a_key_is_held(
    shown: TrainerWidget, monkeypatch: pytest.MonkeyPatch
) -> None:
    with heard(shown) as (_, told):
        monkeypatch.setattr(module, "let_out", lambda first=0: told.append(f"free: {first > 0}"))
        for held in (False, True):
            told.clear()
            ask(shown.panel, held=held)
            told[:] = ["state" if isinstance(one, dict) else one for one in told]
            after = ["state", "done", "free: False", "plot at_rest=True"]
            assert told == ["state", f"free: {not held}", *after]
        told.clear()
        shown.step()
        assert not [one for one in told if "free" in one], "Python's own steps wait for nobody"


@pytest.mark.parametrize("by", ["phase", "update", "epoch"])
@pytest.mark.parametrize("kind", ["step", "back"])
def test_in_the_end_the_page_knows_what_python_would_have_told_it(
    shown: TrainerWidget, kind: str, by: str
) -> None:
    twin = TrainerWidget(learning_rate=1e-5, plot=None)
    twin.step(count=7)
    with heard(shown) as (page, told):
        ask(shown.panel, kind, by=by)
        getattr(twin, kind)(by)
        assert page.differs_from(shown.panel) == {}
        said = [one["_frame"]["sentence"] for one in told if "_frame" in one]
    for name in ("update", "status", "_losses", "_frame", "_frame_data", "_fit_data", "_described"):
        assert getattr(shown.panel, name) == getattr(twin.panel, name), name
    assert {*said} == {shown.panel._frame["sentence"]}, "nothing is said twice, and otherwise"
    twin.close()


@pytest.mark.parametrize(
    ("tab", "seen"),
    [
        ("loss", {"_curve"}),
        ("microscope", {"_frame_data"}),
        ("predictions", REST),
        ("line", {"_frame_data", "_fit_data"}),
        ("data", {"_coefficients"}),
        ("compare", {"_curve"}),
        ("graph", {"_frame_data", "_graph_data"}),
    ],
)
def test_what_the_open_tab_shows_is_in_the_first_message(tab: str, seen: set[str]) -> None:
    widget = TrainerWidget(learning_rate=1e-5, plot=None, tab=tab)  # the page draws the losses
    widget.step(count=7)
    with heard(widget) as (page, told):
        ask(widget.panel)
        assert told[0].keys() & {*REST, "_curve", "_graph_data"} == seen
        assert page.differs_from(widget.panel) == {}
    widget.close()


def test_what_is_wrong_comes_with_the_rest_and_is_taken_back_in_the_first_message() -> None:
    widget = TrainerWidget(learning_rate=3e-4, plot=None)
    widget.step(count=2)
    with heard(widget) as (page, told):
        ask(widget.panel)
        first, second, *_ = told
        assert "_explained" not in first
        assert second["_explained"]["kind"] == "growing"
        told.clear()
        ask(widget.panel, "back")
        assert told[0]["_explained"] == {}
        assert page.differs_from(widget.panel) == {}
    widget.close()


def test_where_the_status_changes_all_comes_at_once() -> None:
    widget = TrainerWidget(learning_rate=1e-5, epochs=1, plot=None)
    with heard(widget) as (_, told):
        for status in ("paused", "paused", "paused", "paused", "finished"):
            told.clear()
            ask(widget.panel)
            states = [one for one in told if isinstance(one, dict)]
            assert widget.status == status
            assert len(states) == (1 if "status" in states[0] else 2)
            assert ("status" in states[0]) == (widget.update in (1, 5))
    widget.close()


def test_an_update_function_of_ones_own_is_looked_into_before_it_is_told() -> None:
    widget = TrainerWidget(learning_rate=1e-6, update=momentum, plot=None, tab="data")
    widget.step(count=3)
    with heard(widget) as (page, told):
        ask(widget.panel)
        assert told[0]["_frame"] == widget.panel._frame
        assert page.differs_from(widget.panel) == {}
    widget.close()


def test_an_interrupt_between_the_two_leaves_the_page_knowing_all(
    shown: TrainerWidget, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(_first: float = 0) -> None:
        monkeypatch.undo()
        raise KeyboardInterrupt

    with heard(shown) as (page, told):
        monkeypatch.setattr(module, "let_out", interrupt)
        with pytest.raises(KeyboardInterrupt):
            ask(shown.panel)
        assert page.differs_from(shown.panel) == {}
        assert "done" in told
        ask(shown.panel)
        assert page.differs_from(shown.panel) == {}
        assert shown.update == page.state["update"] == 9
