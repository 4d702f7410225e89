"""Numbers at their edges in widgets and plots, while NumPy is told to raise."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from linreg_widget import TrainerWidget
from linreg_widget.errors import SettingsError
from linreg_widget.panel.closing.held import open_widgets
from linreg_widget.plots.loss import LossFigure, LossPlot
from linreg_widget.plots.valley.figure import ValleyFigure
from linreg_widget.plots.valley.plot import ValleyPlot
from linreg_widget.table.table import Table
from linreg_widget.training.trainer import Trainer
from tests.lanes import examples
from tests.plots.pixels import Lock
from tests.tables import EDGES, extreme

NAMES = ["a run that diverges", "a perfect line", "the largest numbers", "fewer digits", "times"]


@pytest.fixture(autouse=True)
def numpy_raises() -> Iterator[None]:
    with np.errstate(all="raise"):
        yield


def tour(widget: TrainerWidget, folder: Path) -> None:
    """Press and read all that a widget offers."""
    panel = widget.panel
    widget.ask = "loss"
    panel.page.press("step")
    panel.page.guess(3)
    widget.ask, widget.tab = None, "valley"
    for verb in (
        partial(panel.page.press, "step", "phase"),
        partial(widget.step, "epoch"),
        panel.keep,
        widget.run,
        widget.back,
        partial(widget.seek, 1),
        partial(panel.set_entries, [{"tensor": "b", "row": 0, "column": 0, "value": 0.5}]),
        widget.run,
        partial(setattr, widget, "standardize", not widget.standardize),
        partial(widget.run, 2),
        partial(widget.rescue, "start"),
    ):
        with contextlib.suppress(SettingsError):  # after a divergence
            verb()
    panel.make_tape()
    children: list[Any] = [*widget.children]
    (valley,) = (child for child in children if isinstance(child, ValleyPlot))
    valley._on_press(400.0, 150.0)
    for axis in range(len(valley.across.options)):
        valley.across.value = axis
    assert valley.description
    assert panel._described
    assert panel._findings
    widget.to_html(folder / "page.html")
    assert widget.link()
    assert repr(widget)
    widget.close()


@pytest.mark.slow
# What is drawn does not depend on the screen, and a tour of trainers, tests/insight/test_edges.py,
# goes through all the tables: `make test` tries each screen with one or two of them.
@pytest.mark.parametrize(
    ("name", "plot"),
    [
        *((name, "page") for name in NAMES[:2]),
        *(pytest.param(name, "page", marks=pytest.mark.matrix) for name in NAMES[2:]),
        (NAMES[2], "ipympl"),
        *(
            pytest.param(name, "ipympl", marks=pytest.mark.matrix)
            for name in NAMES
            if name != NAMES[2]
        ),
    ],
)
def test_a_widget_does_not_ask_what_numpy_is_to_raise(name: str, plot: Any, tmp_path: Path) -> None:
    table, changes = EDGES[name]
    settings: Any = {"epochs": 5, **changes}
    tour(TrainerWidget(table, plot=plot, **settings), tmp_path)


def test_a_canvas_answers_its_page() -> None:
    widget = TrainerWidget(plot="ipympl", epochs=2)
    widget.run()
    children: list[Any] = [*widget.children]
    canvas = next(child for child in children if hasattr(child, "figure"))
    for message in (
        {"type": "initialized"},
        {"type": "set_device_pixel_ratio", "device_pixel_ratio": 2},
        {"type": "resize", "width": 612.3, "height": 1e-3},
        {"type": "resize", "width": 800, "height": 300},
        {"type": "draw"},
        {"type": "refresh"},
    ):
        canvas._handle_message(canvas, message, [])
    widget.close()


@settings(max_examples=examples(2), deadline=None)
@given(table=extreme(), standardize=st.booleans(), rate=st.sampled_from([1e-30, 1e-3, 1e3]))
def test_no_table_makes_the_plots_raise(*, table: Table, standardize: bool, rate: float) -> None:
    with np.errstate(all="raise"):
        trainer = Trainer(table, epochs=3, standardize=standardize, learning_rate=rate)
        trainer.run()
        for plot in (LossPlot(trainer, Lock(), "ipympl"), ValleyPlot(trainer, Lock(), "image")):
            assert plot.description
            plot.close()


def test_what_a_table_loses_stands_in_the_panel() -> None:
    table = Table.parse("t,y\n1700000001,1\n1700000002,2\n1700000003,4")
    widget = TrainerWidget(table, plot=None)
    assert any(
        "Subtract an offset (for example 1,700," in found for found in widget.panel._findings
    )
    widget.close()


def test_figures_are_made_while_numpy_is_to_raise() -> None:
    for figure in (LossFigure(), ValleyFigure()):
        assert figure.axes is not None


@pytest.mark.parametrize("plot", ["ipympl", "page", None])
def test_what_is_closed_sets_nothing_of_numpys(plot: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """The garbage collector may close a widget while NumPy's state is being set."""
    widget = TrainerWidget(plot=plot, epochs=2)
    widget.run()
    widget.tab = "loss" if plot is None else "valley"
    widget.step("phase")
    children: list[Any] = [*widget.children, *open_widgets().values()]
    monkeypatch.setattr(np, "errstate", lambda **_: pytest.fail("NumPy's state was set"))
    for one in children:
        one.close()
    widget.close()
