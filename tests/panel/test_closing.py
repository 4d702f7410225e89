"""When widgets are closed: those that nothing shows and nothing of the user's holds."""

from __future__ import annotations

import gc
import weakref

import pytest

from linreg_widget import Trainer, TrainerWidget, WidgetError
from tests.panel.notebook import Notebook, notebook

__all__ = ["notebook"]

Cells = list[tuple[str, str]]

FIRST, SECOND = 1e-5, 2e-5

# ---- a cell that is run again ----------------------------------------------------------------

HELD = {
    "a list": [("set", "runs = []"), ("a", "runs.append(made({rate}))")],
    "a list, shown": [("set", "runs = []"), ("a", "runs.append(made({rate})); runs[-1]")],
    "a dict": [("set", "runs = {{}}"), ("a", "runs[{rate}] = made({rate})")],
    "a set": [("set", "runs = set()"), ("a", "runs |= {{made({rate})}}")],
    "a name of its own": [("a", "globals()[f'w{rate}'.replace('-', '')] = made({rate})")],
    "an attribute": [
        ("set", "class App:\n    pass\napp = App(); app.runs = {{}}"),
        ("a", "app.runs[{rate}] = made({rate})"),
    ],
    "slots": [
        ("set", "class App:\n    __slots__ = ('w', 'next')\napp = None"),
        ("a", "new = App(); new.w, new.next = made({rate}), app; app = new"),
    ],
    "a class": [("set", "class App:\n    runs = ()"), ("a", "App.runs += (made({rate}),)")],
    "a module": [
        ("set", "import types, sys; sys.modules['mine'] = types.ModuleType('mine')"),
        ("a", "setattr(sys.modules['mine'], 'w{rate}', made({rate}))"),
    ],
    "a closure": [
        ("set", "gets = []\ndef kept(w):\n    return lambda: w"),
        ("a", "gets.append(kept(made({rate})))"),
    ],
    "a default argument": [
        ("set", "gets = []"),
        ("a", "def get(w=made({rate})):\n    return w\ngets.append(get)"),
    ],
    "a generator": [
        ("set", "turns = []\ndef turn(w):\n    yield 1\n    yield w"),
        ("a", "turns.append(turn(made({rate}))); _n = next(turns[-1])"),
    ],
    "a bound method": [("set", "steps = []"), ("a", "steps.append(made({rate}).step)")],
    "an array": [
        ("set", "import numpy as np; runs = np.empty(0, object)"),
        ("a", "runs = np.append(runs, made({rate}))"),
    ],
    "a data frame": [
        ("set", "import pandas as pd; runs = pd.DataFrame()"),
        ("a", "runs = pd.concat([runs, pd.DataFrame({{'w': [made({rate})]}})])"),
    ],
    "a box by name": [
        ("set", "box = VBox()"),
        ("a", "box.children += (made({rate}),)"),
    ],
    "a box in a box that another cell shows": [
        (
            "set",
            "inner = VBox(); inners = [inner]\ndisplay(HBox([Label('runs'), inner]))\ndel inner",
        ),
        ("a", "inners[0].children += (made({rate}),)"),
    ],
    "a button's click": [
        ("set", "box = VBox(); box"),
        (
            "a",
            (
                "w = made({rate}); button = Button()\n"
                "button.on_click(lambda _, w=w: w.step())\nbox.children += (button,)"
            ),
        ),
    ],
    "a part of it": [("set", "panels = []"), ("a", "panels.append(made({rate}).panel)")],
    "a thread": [
        ("set", "import threading; event = threading.Event(); threads = 0"),
        (
            "a",
            (
                "w = made({rate})\ndef wait(w):\n    event.wait()\n"
                "threading.Thread(target=wait, args=(w,), daemon=True).start()"
            ),
        ),
    ],
    "an exception that is kept": [
        ("set", "errors = []\ndef fail(w):\n    raise ValueError"),
        (
            "a",
            "try:\n    fail(made({rate}))\nexcept ValueError as error:\n    errors.append(error)",
        ),
    ],
}
"""Of each, what is run once, and the cell that is run again."""


@pytest.mark.parametrize("cells", HELD.values(), ids=HELD)
def test_what_the_user_holds_stays_when_the_cell_is_run_again(
    notebook: Notebook, cells: Cells
) -> None:
    *before, (again, code) = cells
    for cell, text in before:
        notebook.run(cell, text.format())
    for rate in (FIRST, SECOND):
        notebook.run(again, code.format(rate=rate))
    notebook.run("other", "made(1)")
    assert notebook.rates == [FIRST, SECOND, 1]


SHOWN = {
    "by another cell": [("a", "w = made({rate})"), ("b", "w")],
    "by another cell's display": [("a", "w = made({rate})"), ("b", "display(w)")],
    "in a box of another cell": [("a", "w = made({rate})"), ("b", "VBox([Label('x'), w])")],
    "in a box that another cell displays": [
        ("a", "box = VBox([made({rate})])"),
        ("b", "display(box)"),
    ],
    "its panel alone": [("a", "w = made({rate})"), ("b", "display(w.panel)")],
    "in an output": [
        ("a", "w = made({rate})"),
        ("b", "out = Output()\nwith out:\n    display(w)\nVBox([out])"),
    ],
    "as an output's text": [
        ("a", "w = made({rate})"),
        ("b", "out = Output(); out.append_display_data(w); out"),
    ],
    "by an object that shows itself": [
        ("a", "w = made({rate})"),
        (
            "b",
            (
                "class App:\n    def __init__(self, w):\n        self.w = w\n"
                "    def _repr_html_(self):\n        return 'app'\nApp(w)"
            ),
        ),
    ],
}


@pytest.mark.parametrize("cells", SHOWN.values(), ids=SHOWN)
def test_what_another_cell_shows_stays_until_that_is_run_again(
    notebook: Notebook, cells: Cells
) -> None:
    made, shown = ((cell, code) for cell, code in cells)
    notebook.run(made[0], made[1].format(rate=FIRST))
    notebook.run(*shown)
    notebook.run(made[0], made[1].format(rate=SECOND))
    assert notebook.rates == [FIRST, SECOND], "it is on the page"
    notebook.run(*shown)
    assert notebook.rates == [SECOND]


LOST = {
    "a name": "w = made({rate})",
    "a name, shown": "w = made({rate}); w",
    "a result": "made({rate})",
    "a display": "display(made({rate}))",
    "a box": "VBox([made({rate}), Label('x')])",
    "a box by name": "box = VBox([made({rate})]); display(box)",
    "a tab in a box": "VBox([Tab([made({rate})])])",
    "a list as a result": "[made({rate})]",
    "an output": "out = Output()\nwith out:\n    display(made({rate}))\nout",
    "parts in another order": "w = made({rate}); HBox([w.panel])",
    "a linked slider": (
        "w = made({rate}); s = FloatText()\n"
        "l = link((w, 'learning_rate'), (s, 'value')); VBox([w, s])"
    ),
    "a link in the page": (
        "w = made({rate}); s = FloatText()\njslink((w.panel, 'learning_rate'), (s, 'value')); w"
    ),
    "an observer": "w = made({rate}); seen = []; w.observe(lambda _: seen.append(w), 'update')\nw",
    "a cycle": "w = made({rate}); w.me = [w]; w",
    "a valley": "w = TrainerWidget(learning_rate={rate}, plot='page'); w.tab = 'valley'; w",
    "a canvas": "w = TrainerWidget(learning_rate={rate}, plot='ipympl'); w.tab = 'valley'; w",
    "interact": "interact(made, lr=[{rate}])",
    "interactive": "x = interactive(made, lr=[{rate}]); x",
    "an update of a display": "h = display(made({rate}), display_id='x')",
    "a script": "%time w = made({rate})",
}


@pytest.mark.parametrize("code", LOST.values(), ids=LOST)
def test_what_nobody_holds_goes_with_the_end_of_the_next_run(notebook: Notebook, code: str) -> None:
    for rate in (FIRST, SECOND, 3e-5):
        notebook.run("a", code.format(rate=rate))
        assert notebook.rates == [rate]


def test_a_link_to_a_slider_of_another_cell_holds_nothing(notebook: Notebook) -> None:
    notebook.run("s", "s = FloatText(); s")
    for rate in (FIRST, SECOND, 3e-5):
        notebook.run("a", f"w = made({rate}); kept = link((w, 'learning_rate'), (s, 'value')); w")
        assert notebook.rates == [rate]
    notebook.set("s", value=4e-5)
    assert notebook.rates == [4e-5]


def test_a_cell_that_makes_no_widget_takes_its_old_one_from_the_page(notebook: Notebook) -> None:
    notebook.run("a", "made()")
    notebook.run("b", "made(2)")
    notebook.run("a", "1 + 1")
    assert notebook.rates == [2]


def test_tables_that_cells_show_are_not_asked_whether_they_are_true(notebook: Notebook) -> None:
    notebook.run("b", "import numpy, pandas, torch\npandas.DataFrame({'x': [1, 2]})")
    notebook.run("c", "numpy.arange(3)")
    notebook.run("d", "display(torch.arange(3), display_id='d'); pandas.Series([1, 2])")
    for rate in (FIRST, SECOND):
        notebook.run("a", f"w = TrainerWidget(learning_rate={rate}, plot=None)\nw")
    notebook.run("b", "display(pandas.DataFrame({'x': [1, 2]}), display_id='d', update=True)")
    notebook.run("a", "w = TrainerWidget(plot=None)\nw")
    assert len(notebook.rates) == 1


def test_until_the_end_of_the_cell_the_old_one_lives(notebook: Notebook) -> None:
    notebook.run("a", "w = made(1)")
    notebook.run("a", "w = made(w.learning_rate + 1); rates = [w.learning_rate]")
    assert notebook.rates == [2]


def test_a_cell_that_fails_keeps_what_the_name_holds(notebook: Notebook) -> None:
    notebook.run("a", "w = made(1); w")
    notebook.run("a", "w = made(-1); w", fails=True)
    assert notebook.rates == [1]
    notebook.run("a", "def f(w):\n    raise ValueError\nf(made(2))", fails=True)
    notebook.run("a", "made(3)")
    assert notebook.rates == [1, 3], "the last error's traceback does not count"


def test_the_trainer_lives_on(notebook: Notebook) -> None:
    notebook.run("a", "w = made(); w.step(); trainer = w.trainer; w")
    notebook.run("a", "w = made(2); w")
    assert notebook.rates == [2]
    assert notebook.eval("trainer").position.update == 1
    assert "closed" in repr(notebook.eval("Out")[2])
    notebook.run("b", "w = TrainerWidget(Out[2].trainer, plot=None); w")
    assert notebook.eval("w").update == 1


@pytest.mark.parametrize("code", ["w = made(); w", "VBox([made()])"])
def test_of_closed_widgets_in_out_the_latest_keep_their_trainers(
    notebook: Notebook, code: str
) -> None:
    trainers: weakref.WeakSet[Trainer] = weakref.WeakSet()
    found = "Out[max(Out)]" + (".children[0]" if "VBox" in code else "")
    for _ in range(8):
        notebook.run("a", code)
        trainers.add(notebook.eval(found).trainer)
    gc.collect()
    assert len(trainers) == 4
    old = notebook.eval(found.replace("max", "min"))
    assert "trainer is gone" in repr(old)
    for use in ("trainer", "panel", "step()"):
        with pytest.raises(WidgetError, match="assign it to a name"):
            notebook.eval(f"{found.replace('max', 'min')}.{use}")
    with pytest.raises(AttributeError, match="no attribute 'trainers'"):
        _ = old.trainers
    old.close()


def test_a_widget_that_was_refused_takes_no_place(notebook: Notebook) -> None:
    notebook.run("a", "made(1)")
    notebook.run("b", "made(-1)", fails=True)
    assert notebook.rates == [1]


def test_where_no_cell_is_named_what_was_shown_stays(notebook: Notebook) -> None:
    for rate in (1, 2):
        notebook.run(None, f"made({rate})")
    notebook.run(None, "display(made(3)); made(4);")
    assert notebook.rates == [1, 2, 3, 4]


def test_outside_a_notebook_nothing_is_closed() -> None:
    one, other = TrainerWidget(plot=None), TrainerWidget(plot=None)
    assert not one._closed
    one.close()
    other.close()
