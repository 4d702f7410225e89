"""Widgets that are made as a reader moves a slider or presses a button."""

from __future__ import annotations

from typing import Any

import ipywidgets
import pytest

from linreg_widget import TrainerWidget
from linreg_widget.panel.closing import lifetime
from linreg_widget.panel.closing.held import open_widgets
from tests.lanes import length
from tests.panel.notebook import Notebook, notebook

__all__ = ["notebook"]

SLIDER = "s = FloatText(value=1)\n"
MOVES = {
    "interactive": "x = interactive(made, lr=(1.0, 20.0)); s = x.children[0]\nx",
    "interactive that displays": (
        "x = interactive(lambda lr: display(made(lr)), lr=(1.0, 20.0)); s = x.children[0]\nx"
    ),
    "interact": "x = interact(made, lr=(1.0, 20.0)); s = x.widget.children[0]",
    "interact as a decorator": (
        "@interact(lr=(1.0, 20.0))\ndef shown(lr):\n    return VBox([made(lr)])\n"
        "s = shown.widget.children[0]"
    ),
    "interactive_output": SLIDER
    + "out = interactive_output(lambda lr: display(made(lr)), {'lr': s}); VBox([s, out])",
    "an Output that is cleared": SLIDER
    + "out = Output()\ndef move(change):\n    with out:\n        clear_output()\n"
    "        display(made(change.new))\ns.observe(move, 'value'); VBox([s, out])",
    "an Output that is cleared by its method": SLIDER
    + "out = Output()\ndef move(change):\n    out.clear_output(wait=True)\n    with out:\n"
    "        display(made(change.new))\ns.observe(move, 'value'); VBox([s, out])",
    "an Output that captures": SLIDER
    + "out = Output()\n@out.capture(clear_output=True)\ndef move(change):\n"
    "    display(VBox([made(change.new)]))\ns.observe(move, 'value'); VBox([s, out])",
    "another child": SLIDER
    + "box = VBox()\ns.observe(lambda c: setattr(box, 'children', [made(c.new)]), 'value')\n"
    "VBox([s, box])",
    "a name": SLIDER
    + "def move(change):\n    global w\n    w = made(change.new)\ns.observe(move, 'value'); s",
    "a display with a name": SLIDER + "h = display(made(1), display_id=True)\n"
    "s.observe(lambda c: h.update(made(c.new)), 'value'); display(s)",
    "an interact in an Output": SLIDER
    + "out = Output()\ndef move(change):\n    with out:\n        clear_output()\n"
    "        interact(lambda lr: made(change.new), lr=(1.0, 2.0))\n"
    "s.observe(move, 'value'); VBox([s, out])",
}


@pytest.mark.parametrize("code", MOVES.values(), ids=MOVES)
def test_of_many_moves_the_last_widget_is_left(notebook: Notebook, code: str) -> None:
    if "display_id" in code and ipywidgets.__version__ < "8":
        pytest.skip("there widgets are displayed once more, not in the place of others")
    notebook.run("a", code)
    for rate in range(2, 7 if length() == "quick" else 12):
        notebook.set("s", value=float(rate))
    assert notebook.rates == [rate]
    notebook.run("a", code)
    notebook.set("s", value=12.0)
    notebook.set("s", value=13.0)
    assert notebook.rates == [13.0]


@pytest.mark.parametrize("plot", ["None", "'image'", "'ipympl'"])
def test_moves_leave_no_more_widgets_than_there_were(notebook: Notebook, plot: str) -> None:
    notebook.run(
        "a",
        f"def shown(lr):\n    return TrainerWidget(learning_rate=lr, plot={plot})\n"
        "x = interactive(shown, lr=(1.0, 20.0)); x",
    )
    before = len(open_widgets())
    for rate in range(1, 10):
        notebook.set("x.children[0]", value=float(rate))
        assert len(open_widgets()) == before


def test_what_a_callback_drops_goes_with_the_next(notebook: Notebook) -> None:
    notebook.run("a", SLIDER + "out = interactive_output(made, {'lr': s}); VBox([s, out])")
    for rate in (2.0, 3.0, 4.0):
        notebook.set("s", value=rate)
        assert notebook.rates == [1, rate], "that of the cell, which may yet show it, and the last"
    notebook.run("a", "1")
    assert notebook.rates == []


STAY = {
    "children that are added": (
        "box = VBox()\ndef add(_):\n    box.children += (made(),)\nVBox([b, box])"
    ),
    "children of a box without a name": (
        "def build():\n    box = VBox()\n    def add(_):\n        box.children += (made(),)\n"
        "    display(VBox([box]))\n    return add\nadd = build()\nb"
    ),
    "an Output that is not cleared": (
        "out = Output()\ndef add(_):\n    with out:\n        display(made())\nVBox([b, out])"
    ),
    "boxes in an Output": (
        "out = Output()\n@out.capture()\ndef add(_):\n    display(VBox([made()]))\nVBox([b, out])"
    ),
    "an Output in an Output": (
        "out = Output()\ndef add(_):\n    inner = Output()\n    with out:\n        display(inner)\n"
        "        with inner:\n            display(made())\nVBox([b, out])"
    ),
    "an Output for each": (
        "box = VBox()\ndef add(_):\n    out = Output()\n    with out:\n        display(made())\n"
        "    box.children += (out,)\nVBox([b, box])"
    ),
    "an Output's own display": (
        "out = Output()\ndef add(_):\n    out.append_display_data(made())\nVBox([b, out])"
    ),
    "a list": "runs = []\ndef add(_):\n    runs.append(made())\nb",
    "a closure": (
        "def build():\n    runs = []\n    return lambda _: runs.append(made())\nadd = build()\nb"
    ),
}


@pytest.mark.parametrize("code", STAY.values(), ids=STAY)
def test_what_clicks_add_stays(notebook: Notebook, code: str) -> None:
    notebook.run("a", f"b = Button()\n{code}")
    notebook.run("c", "b.on_click(add)")
    for count in (1, 2, 3):
        notebook.click("b")
        assert len(notebook.rates) == count


BUSY = """
import threading
def work(w, began, ends):
    began.set()
    ends.wait()
def busy(w):
    began, ends = threading.Event(), threading.Event()
    thread = threading.Thread(target=work, args=(w, began, ends), daemon=True)
    thread.start()
    began.wait()
    def end():
        ends.set()
        thread.join()
    return end
"""


def test_what_a_message_under_way_holds_goes_when_messages_end(notebook: Notebook) -> None:
    notebook.run("set", BUSY)
    notebook.run("a", "w = made(1.0); end = busy(w); w")
    notebook.run("a", "w = made(2.0); w")
    assert notebook.rates == [1.0, 2.0], "a thread works with it"
    notebook.set("w.panel", tab="line")
    assert notebook.rates == [1.0, 2.0]
    notebook.run("b", "end()")
    notebook.set("w.panel", tab="loss")
    assert notebook.rates == [2.0]


def test_what_stays_held_is_not_looked_for_at_each_message(
    notebook: Notebook, monkeypatch: pytest.MonkeyPatch
) -> None:
    notebook.run("set", BUSY)
    notebook.run("a", "w = made(1.0); end = busy(w); w")
    notebook.run("a", "w = made(2.0); w")
    searches: list[object] = []
    left = lifetime._Watch._left

    def counted(watch: lifetime._Watch) -> list[Any]:
        searches.append(watch)
        return left(watch)

    monkeypatch.setattr(lifetime._Watch, "_left", counted)
    for tab in ("line", "data", "loss") * 4:
        notebook.set("w.panel", tab=tab)
    assert len(searches) == 3
    notebook.run("b", "end()")


def test_what_is_to_be_cleared_stays_until_something_comes(notebook: Notebook) -> None:
    notebook.run(
        "a",
        "def shown(lr):\n    if lr < 10:\n        display(made(lr))\n"
        "x = interactive(shown, lr=(1.0, 20.0)); x",
    )
    notebook.set("x.children[0]", value=2.0)
    notebook.set("x.children[0]", value=12.0)
    notebook.run("b", "made(100)")
    assert notebook.rates == [2, 100], "the page still shows it"
    notebook.set("x.children[0]", value=3.0)
    assert notebook.rates == [100, 3]


def test_what_the_page_tells_late_of_an_output_keeps_nothing(notebook: Notebook) -> None:
    notebook.run("a", "x = interactive(lambda lr: display(made(lr)), lr=(1.0, 20.0)); x")
    for rate in (2.0, 3.0, 4.0):
        (widget,) = [one for one in open_widgets().values() if isinstance(one, TrainerWidget)]
        view = {"application/vnd.jupyter.widget-view+json": {"model_id": widget.model_id}}
        told = {"output_type": "display_data", "data": view, "metadata": {}}
        del widget
        notebook.set("x.out", outputs=[told])
        notebook.set("x.children[0]", value=rate)
        assert notebook.rates == [rate]


def test_two_outputs_are_two_places(notebook: Notebook) -> None:
    notebook.run(
        "a",
        "x, y = (interactive(lambda lr: display(made(lr)), lr=(1.0, 20.0)) for _ in 'xy')\n"
        "VBox([x, y])",
    )
    for x, y in ((2.0, 3.0), (4.0, 5.0)):
        notebook.set("x.children[0]", value=x)
        notebook.set("y.children[0]", value=y)
        assert sorted(notebook.rates) == [x, y]


def test_a_cell_may_clear_its_own_output(notebook: Notebook) -> None:
    notebook.run("a", "for lr in (1, 2, 3):\n    clear_output(wait=True)\n    display(made(lr))")
    assert notebook.rates == [3]
    notebook.run("b", "display(made(4)); clear_output(); display(made(5), made(6))")
    assert notebook.rates == [3, 5, 6]


def test_what_was_captured_can_be_shown_later(notebook: Notebook) -> None:
    notebook.run("a", "%%capture kept\ndisplay(made(1))")
    notebook.run("b", "made(2)")
    notebook.run("b", "kept.show()")
    notebook.run("c", "made(3)")
    notebook.run("a", "1")
    notebook.run("c", "made(4)")
    assert notebook.rates == [1, 4]


def test_an_observer_that_makes_no_widget_costs_no_search(
    notebook: Notebook, monkeypatch: pytest.MonkeyPatch
) -> None:
    notebook.run("a", SLIDER + "w = made(); VBox([w, s])")
    searched: list[object] = []
    monkeypatch.setattr("linreg_widget.panel.closing.lifetime.Search", searched.append)
    notebook.run("b", "s.observe(lambda c: w.step(), 'value')")
    for value in range(10):
        notebook.set("s", value=float(value))
    notebook.set("w.panel", learning_rate=1e-3)
    assert notebook.eval("w").update == 10
    assert searched == []
