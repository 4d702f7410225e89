"""Ctrl+C, wherever it falls: the page is told of everything, at once or by the next answer."""

from __future__ import annotations

import contextlib
import itertools
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import FrameType
from typing import Any

import ipywidgets
import pytest
import traitlets
from ipywidgets.widgets.widget import _put_buffers

import linreg_widget
from linreg_widget import TrainerWidget
from tests.lanes import at_length

FOLDERS = [Path(str(one.__file__)).parent for one in (linreg_widget, traitlets, ipywidgets)]
SHOWING = (*map(str, FOLDERS), str(contextlib.__file__))


class PageState:
    """What a page knows of a panel, by the messages that the panel sends."""

    def __init__(self, state: dict[str, Any]) -> None:
        self.state = state

    def take(self, message: dict[str, Any], buffers: list[Any] | None = None) -> None:
        if message["method"] == "update":
            _put_buffers(message["state"], message["buffer_paths"], buffers or [])
            self.state.update(message["state"])

    def differs_from(self, panel: ipywidgets.Widget) -> dict[str, Any]:
        """Return what the page has wrong, each with what the panel has."""
        right = panel.get_state()
        return {
            name: (self.state[name], right[name])
            for name in right
            if not name.startswith("_dom") and self.state[name] != right[name]
        }


@contextlib.contextmanager
def listening(panel: ipywidgets.Widget) -> Iterator[PageState]:
    """Let a page know of a panel, for as long as the block lasts."""
    page = PageState(dict(panel.get_state()))
    panel._send = page.take
    # ipywidgets 7 sends nothing where there is no kernel: let it take this for one.
    pretending = getattr(panel.comm, "kernel", page) is None
    if pretending:
        panel.comm._trait_values["kernel"] = page
    try:
        yield page
    finally:
        del panel._send
        if pretending:
            panel.comm._trait_values["kernel"] = None


def interrupted(
    act: Callable[[], object], moment: Callable[[FrameType, str], bool]
) -> BaseException | None:
    """Raise KeyboardInterrupt at a moment of showing, and return it."""
    armed = [True]

    def trace(frame: FrameType, event: str, _argument: object) -> Any:
        if not frame.f_code.co_filename.startswith(SHOWING):
            return None
        if armed and event in ("call", "line") and showing(frame) and moment(frame, event):
            armed.clear()
            raise KeyboardInterrupt
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        act()
    except KeyboardInterrupt as error:
        return error
    finally:
        sys.settrace(before)
    return None


def at_line(line: int) -> Callable[[FrameType, str], bool]:
    """Return a test for the moment before so many lines have run."""
    lines = itertools.count(1)
    return lambda _frame, event: event == "line" and next(lines) == line


def showing(frame: FrameType | None) -> bool:
    """Whether the panel is showing itself, and no garbage is collected meanwhile."""
    names = set()
    while frame is not None:
        names.add(frame.f_code.co_name)
        frame = frame.f_back
    return "_show" in names and "__del__" not in names


def check(widget: TrainerWidget, page: PageState, update: int) -> None:
    """Check that trainer, widget, panel and page agree."""
    assert page.differs_from(widget.panel) == {}
    assert widget.trainer.position.update == widget.update == page.state["update"] == update
    assert widget.status == page.state["status"] == "paused"


# The two lines before are those that lead into it: what they miss, the next act shows.
@pytest.mark.slow
@pytest.mark.parametrize("first", [3, pytest.param(30, marks=pytest.mark.matrix)])
def test_an_interrupt_at_any_line_of_showing_leaves_the_page_knowing_all(first: int) -> None:
    errors: list[BaseException] = []  # they live on with all their frames, as in IPython
    apart = 61 if at_length() else 151  # prime, so that loops are met at different places
    for line in itertools.count(first, apart):
        widget = TrainerWidget(learning_rate=1e-5, plot=None)
        with listening(widget.panel) as page:
            error = interrupted(widget.step, at_line(line))
            check(widget, page, 1)
            widget.step()
            check(widget, page, 2)
        widget.close()
        if error is None:
            break
        errors.append(error)
    assert len(errors) > 3050 // apart


@pytest.mark.parametrize("which", [1, 2, 3])
def test_an_interrupt_as_a_hold_of_messages_ends_does_not_hold_them_for_ever(
    which: int, widget: TrainerWidget
) -> None:
    """An interrupt may come as ``__exit__`` is called: then nothing of it has run."""
    exits = itertools.count(1)

    def moment(frame: FrameType, event: str) -> bool:
        return event == "call" and frame.f_code.co_name == "__exit__" and next(exits) == which

    with listening(widget.panel) as page:
        error = interrupted(widget.step, moment)
        assert error is not None
        check(widget, page, 1)
        widget.step()
        check(widget, page, 2)


def test_an_error_of_one_who_observes_is_raised_and_the_others_are_told(
    widget: TrainerWidget,
) -> None:
    def fail(_change: object) -> None:
        raise ZeroDivisionError

    widget.panel.observe(fail, "_total")
    widget.panel.observe(fail, "_phase")
    with listening(widget.panel) as page:
        with pytest.raises(ZeroDivisionError):
            widget.step("phase")
        assert page.differs_from(widget.panel) == {}
        assert (page.state["_phase"], widget.status) == ("predict", "paused")
        widget.panel.unobserve(fail, "_phase")
        widget.step()
        check(widget, page, 1)
