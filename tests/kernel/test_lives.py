"""When a real kernel closes widgets, and that it does not grow over many runs and moves."""

from __future__ import annotations

from typing import Any

import pytest

from tests.kernel.harness import Kernel
from tests.kernel.page import Shells, Way
from tests.lanes import COLAB_IPYMPL, HERE, at_length

WAYS = [Way(HERE, subshell=True), Way(COLAB_IPYMPL, subshell=False)]

SETUP = """
import gc, threading
from ipywidgets import *
from IPython.display import *
from linreg_widget import Trainer, TrainerWidget
from linreg_widget.panel.closing.held import open_widgets
Widget.close_all()
def made(lr=1e-5):
    return TrainerWidget(learning_rate=lr)
def rates():
    return [w.learning_rate for w in open_widgets().values() if isinstance(w, TrainerWidget)]
def counts():
    from matplotlib import _pylab_helpers
    gc.collect()
    return {
        "widgets": len(open_widgets()),
        "comms": len(get_ipython().kernel.comm_manager.comms),
        "figures": len(_pylab_helpers.Gcf.figs),
        "trainers": sum(type(one) is Trainer for one in gc.get_objects()),
    }
"""
TABLE = "%%linreg -n crops -e 2 -b 2\nsize,price\n1,12\n2,15\n3,17\n4,22\n"
CELLS = ["w = made(); w", "made()", "VBox([made()]).children[0]", TABLE]
MANY = 10 if at_length() else 4  # what one run leaves would be there after each


@pytest.fixture
def notebook(shells: Shells, kernel: Kernel) -> Kernel:
    kernel.execute(SETUP, cell="setup")
    kernel.execute("%load_ext linreg_widget", cell="magic")
    return kernel


def move(shells: Shells, widget: str, **state: Any) -> None:
    """Let the page set traits of a widget."""
    shells.draw_messages(widget)
    kernel = shells.kernel
    kernel.handled(kernel.comm_of(widget).set(subshell=shells.subshell, **state))
    assert not kernel.errors


@pytest.mark.parametrize("shells", WAYS, ids=str, indirect=True)
def test_the_page_is_told_which_widgets_go(shells: Shells, notebook: Kernel) -> None:
    notebook.execute("w = made(1.0); w", cell="a")
    old = notebook.comm_of("w.panel")
    notebook.execute("display(VBox([made(2.0)])); runs = [made(3.0)]", cell="b")
    notebook.execute("w = made(4.0); w", cell="a")
    assert notebook.eval("rates()") == [2, 3, 4]
    notebook.wait(lambda: not old.is_open, "the page was not told")
    notebook.execute("runs.append(made(5.0))", cell="b")
    assert notebook.eval("rates()") == [3, 4, 5]
    notebook.execute("box = VBox(runs); box", cell="c")
    notebook.execute("del runs, box; made(6.0)", cell="d")
    assert notebook.eval("rates()") == [3, 4, 5, 6], "a cell shows the box"
    notebook.execute("1 / 0", cell="c", check=False)
    assert notebook.eval("rates()") == [4, 6]


@pytest.mark.slow
@pytest.mark.parametrize("shells", WAYS, ids=str, indirect=True)
def test_a_slider_leaves_one_widget(shells: Shells, notebook: Kernel) -> None:
    notebook.execute(
        "x = interactive(made, lr=(1.0, 200.0))\n"
        "y = interactive(lambda lr: display(made(lr)), lr=(1.0, 200.0))\n"
        "VBox([x, y])",
        cell="a",
    )
    for name in "xy":  # the first move leaves what the page now shows
        move(shells, f"{name}.children[0]", value=2.0)
    assert notebook.eval("rates()") == [2, 2]
    before = notebook.eval("counts()")
    for rate in range(3, 3 + MANY):
        for name in "xy":
            move(shells, f"{name}.children[0]", value=float(rate))
    assert notebook.eval("rates()") == [rate, rate]
    after = notebook.eval("counts()")
    assert after == {**before, "trainers": min(after["trainers"], before["trainers"])}


@pytest.mark.parametrize("shells", WAYS, ids=str, indirect=True)
def test_what_clicks_add_stays(shells: Shells, notebook: Kernel) -> None:
    notebook.execute(
        "button, box, out = Button(), VBox(), Output()\n"
        "def add(_):\n"
        "    box.children += (made(1.0),)\n"
        "    with out:\n"
        "        display(made(2.0))\n"
        "button.on_click(add)\n"
        "display(VBox([button, box, out]))",
        cell="a",
    )
    shells.draw_messages("button")
    for count in (1, 2, 3):
        click = notebook.comm_of("button").send({"event": "click"}, subshell=shells.subshell)
        notebook.handled(click)
        assert sorted(notebook.eval("rates()")) == [1] * count + [2] * count
    assert not notebook.errors


@pytest.mark.slow
@pytest.mark.parametrize(
    ("shells", "code"),
    [
        *((WAYS[0], code) for code in CELLS),
        (WAYS[1], CELLS[0]),
        *(pytest.param(WAYS[1], code, marks=pytest.mark.matrix) for code in CELLS[1:]),
    ],
    ids=str,
    indirect=["shells"],
)
def test_many_runs_of_a_cell_leave_as_much_as_one(
    shells: Shells, notebook: Kernel, code: str
) -> None:
    for _ in range(5):  # until the closed ones that Out keeps are as many as they will be
        notebook.execute(code, cell="a")
    before, threads = notebook.eval("counts()"), notebook.eval("threading.active_count()")
    for _ in range(MANY):
        notebook.execute(code, cell="a")
    after = notebook.eval("counts()")
    if code.startswith("VBox"):  # the boxes and their layouts are ipywidgets' own
        after["widgets"] -= 2 * MANY
        after["comms"] -= 2 * MANY
    assert len(notebook.eval("rates()")) == 1
    assert after == before
    assert notebook.eval("threading.active_count()") <= threads
