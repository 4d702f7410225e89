"""The loss plot on its screens: when it draws, what it sends, and what it leaves."""

from __future__ import annotations

import gc
import io
import subprocess
import sys
import weakref
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import ipywidgets
import numpy as np
import pytest
from PIL import Image

from linreg_widget import SettingsError, Trainer
from linreg_widget.plots import loss
from linreg_widget.plots.loss import LossFigure, LossPlot
from linreg_widget.plots.painting import EPOCH
from linreg_widget.training import batches
from tests import warm
from tests.lanes import at_length
from tests.plots.pixels import (
    Lock,
    captured,
    holds,
    is_blank,
    latest,
    message,
    pixels,
    registered,
)

# ---- what is shown -------------------------------------------------------------------------------


def test_it_shows_the_run_from_the_first_moment_on(trainer: Trainer, lock: Lock) -> None:
    plot = LossPlot(trainer, lock, "ipympl")
    assert (plot.backend, plot.children) == ("ipympl", (plot.widget,))
    ready = pixels(latest(plot))
    assert not is_blank(ready)
    assert not holds(ready[60:], EPOCH)
    trainer.run()
    assert plot.refresh(force=True)
    assert holds(pixels(latest(plot))[60:], EPOCH)


def test_a_frame_of_a_running_plot_is_small_and_one_at_rest_is_in_full_colour(
    trainer: Trainer, lock: Lock, stopped: SimpleNamespace
) -> None:
    plot = LossPlot(trainer, lock, "ipympl")
    trainer.run()
    trainer.full_losses(10)
    stopped.now += 1
    assert plot.refresh()
    small = latest(plot)
    plot.refresh(force=True)
    fine = latest(plot)
    assert [Image.open(io.BytesIO(frame)).mode for frame in (small, fine)] == ["P", "RGB"]
    assert len(small) < len(fine) / 2
    difference = np.abs(pixels(small).astype(int) - pixels(fine))
    assert difference.max() <= 48
    assert difference.mean() < 0.5
    assert (pixels(small)[0, 0] == pixels(fine)[0, 0]).all(), "the card flickers"


@pytest.mark.parametrize("large", [False, True])
def test_a_frame_of_a_run_over_a_large_table_works_out_no_loss_over_all_rows(
    trainer: Trainer,
    lock: Lock,
    stopped: SimpleNamespace,
    monkeypatch: pytest.MonkeyPatch,
    *,
    large: bool,
) -> None:
    monkeypatch.setattr(batches, "_MANY_NUMBERS", 74 if large else 75)  # the crops have 75
    plot = LossPlot(trainer, lock, "ipympl")
    plot.refresh(force=True)
    known = {*trainer.recording.full_losses}
    assert known
    for _ in range(3):
        trainer.step("epoch")
        stopped.now += 1
        assert plot.refresh()
    while_running = {*trainer.recording.full_losses}
    assert (while_running == known) == large
    trainer.full_losses(0)  # as the panel's readings do
    stopped.now += 1
    trainer.step()
    assert plot.refresh()
    assert plot._figure is not None
    assert 15 in np.asarray(plot._figure.curves.full.get_xdata()), "what is known is drawn"
    plot.refresh(force=True)
    assert {*trainer.recording.full_losses} == {0, 5, 10, 15}, "at rest all are worked out"


def test_it_is_described_in_a_sentence(trainer: Trainer, lock: Lock) -> None:
    plot = LossPlot(trainer, lock, "none")
    assert plot.description == (
        "None of 250 updates done yet: the loss over all rows is 33,150, "
        "and the best possible, by least squares, is 0.9094."
    )
    trainer.run()
    assert plot.description.startswith(
        "After 250 of 250 updates the batch loss went from 20,988 to "
    )
    trainer.seek(10)
    assert plot.description.startswith("After 10 of 250 updates (250 are recorded) the batch loss ")
    trainer.seek(0)
    assert plot.description.startswith("Back at the start, with 250 updates recorded: ")
    trainer.change(learning_rate=1)
    trainer.run()
    assert plot.description == (
        f"The run diverged: from 20,988, the batch loss grew to ∞ at update "
        f"{len(trainer.recording)}."
    )
    assert plot.description in repr(plot)


# ---- when it draws -------------------------------------------------------------------------------


def test_the_first_frame_waits_until_somebody_looks(trainer: Trainer, lock: Lock) -> None:
    looks: list[Callable[[LossPlot], object]] = [
        latest,  # a page that opens, or an export
        lambda plot: message(plot, type="draw"),
        lambda plot: plot.resize(600, 200),
        lambda plot: plot.refresh(force=True),
        LossPlot.begin,
    ]
    for look in looks:
        plot = LossPlot(trainer, lock, "ipympl")
        axis, frames = plot.axis, captured(plot)
        assert (plot.widget.figure.axes, plot.widget.is_drawn) == ([], False)
        look(plot)
        assert plot.widget.is_drawn
        assert len(frames) == 1
        plot.begin()
        assert len(frames) == 1, "drawn twice"
        assert plot.axis == axis or plot.axis[0] == 600
        assert not is_blank(pixels(latest(plot)))


def test_the_first_frame_of_a_run_reads_it_once(
    trainer: Trainer, lock: Lock, stopped: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[float] = []
    follow = LossFigure.follow

    def counted(figure: LossFigure, trainer: Trainer, seconds: float, *shown: Any) -> None:
        read.append(seconds)
        follow(figure, trainer, seconds, *shown)

    monkeypatch.setattr(LossFigure, "follow", counted)
    plot = LossPlot(trainer, lock, "ipympl")
    trainer.step()
    stopped.now += 1
    assert plot.refresh()
    assert read == [loss._RUNNING_SECONDS], "a run waits for more than it needs"


def test_the_axis_is_known_before_the_first_frame(trainer: Trainer, lock: Lock) -> None:
    plot = LossPlot(trainer, lock, "ipympl")
    before = plot.axis
    plot.begin()
    (axes,) = plot.widget.figure.axes
    box, (low, high) = axes.get_window_extent(), axes.get_xlim()
    places = [box.x0 + box.width * (update - low) / (high - low) for update in (0, trainer.total)]
    assert before == plot.axis == pytest.approx((1000, *places, trainer.total), abs=0.06)


def test_it_draws_at_most_five_times_a_second(
    trainer: Trainer, lock: Lock, stopped: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    plot = LossPlot(trainer, lock, "ipympl")
    plot.begin()
    monkeypatch.setattr(plot.widget, "show_frame", lambda fine: None)
    drawn = 0
    for _ in range(1000):  # ten seconds
        stopped.now += 0.01
        trainer.step()
        drawn += plot.refresh()
    assert 45 <= drawn <= 50


@pytest.mark.parametrize("cost", [0.03, 0.2, 1.0])
def test_it_draws_for_no_more_than_a_tenth_of_the_time(
    trainer: Trainer,
    lock: Lock,
    stopped: SimpleNamespace,
    monkeypatch: pytest.MonkeyPatch,
    cost: float,
) -> None:
    plot = LossPlot(trainer, lock, "ipympl")
    plot.begin()

    def slow_frame(*, fine: bool) -> None:
        assert not fine
        stopped.now += cost

    monkeypatch.setattr(plot.widget, "show_frame", slow_frame)
    start, drawn = stopped.now, 0
    while stopped.now < start + max(30, 200 * cost):
        stopped.now += max(0.05, cost / 5)
        trainer.step()
        drawn += plot.refresh()
    assert 0.08 <= drawn * cost / (stopped.now - start) <= 0.105


def test_a_rare_slow_frame_does_not_stop_the_plot(
    trainer: Trainer, lock: Lock, stopped: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    plot = LossPlot(trainer, lock, "ipympl")
    plot.begin()
    costs = iter([0.09, 0.01, 0.01])

    def frame(**_: object) -> None:
        stopped.now += next(costs)

    monkeypatch.setattr(plot.widget, "show_frame", frame)
    for _ in range(3):
        stopped.now += 0.2
        trainer.step()
        assert plot.refresh()


def test_what_is_shown_is_not_drawn_again_as_a_run_begins(
    trainer: Trainer, lock: Lock, stopped: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    plot = LossPlot(trainer, lock, "ipympl")
    plot.begin()
    drawn: list[int] = []
    monkeypatch.setattr(
        plot.widget, "show_frame", lambda fine: drawn.append(trainer.position.update)
    )
    stopped.now += 1
    assert not plot.refresh()
    trainer.step()
    stopped.now += 0.3
    assert not plot.refresh(), "a short run is drawn once, at its end"
    stopped.now += 0.11
    assert plot.refresh()
    assert not plot.refresh()
    assert plot.refresh(force=True)
    trainer.change(learning_rate=1e-6)
    stopped.now += 0.2
    assert plot.refresh()
    assert drawn == [1, 1, 1]


def test_at_rest_it_draws_in_any_case_and_for_nothing(
    trainer: Trainer, lock: Lock, stopped: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    plot = LossPlot(trainer, lock, "ipympl")
    plot.begin()

    def slow_frame(*, fine: bool) -> None:
        stopped.now += 5 if fine else 0

    monkeypatch.setattr(plot.widget, "show_frame", slow_frame)
    assert all(plot.refresh(force=True) for _ in range(3))
    stopped.now += 0.2
    trainer.step()
    assert plot.refresh()


# ---- choosing a screen ---------------------------------------------------------------------------


def test_it_takes_ipympl_of_its_own_accord(trainer: Trainer, lock: Lock) -> None:
    assert LossPlot(trainer, lock).backend == "ipympl"


def test_in_colab_the_page_draws_it(
    trainer: Trainer, lock: Lock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "google.colab", sys)
    assert LossPlot(trainer, lock).backend == "page"
    assert LossPlot(trainer, lock, "ipympl").backend == "ipympl"


def test_without_ipympl_the_page_draws_it(
    trainer: Trainer, lock: Lock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "linreg_widget.plots.canvas", None)
    assert LossPlot(trainer, lock).backend == "page"
    with pytest.raises(SettingsError, match=r"install it, or use plot='page'\."):
        LossPlot(trainer, lock, "ipympl")


@pytest.mark.parametrize("backend", [None, "none", "page"])
def test_without_a_canvas_all_calls_do_nothing(
    trainer: Trainer, lock: Lock, backend: str | None
) -> None:
    before = registered()
    plot = LossPlot(trainer, lock, backend)
    assert not plot.refresh(force=True)
    plot.resize(600, 200)
    assert plot.axis == ()
    plot.close()
    assert (plot.widget, plot.children, registered()) == (None, (), before)


def test_an_unknown_screen_is_refused(trainer: Trainer, lock: Lock) -> None:
    words = r"plot is 'bokeh'; it must be one of auto, ipympl, page, none\."
    with pytest.raises(SettingsError, match=words):
        LossPlot(trainer, lock, "bokeh")


@pytest.mark.process
def test_it_leaves_pyplot_and_the_notebooks_back_end_alone(tmp_path: Path) -> None:
    program = """
import sys, threading, matplotlib
back_end = dict.__getitem__(matplotlib.rcParams, "backend")
from linreg_widget import Trainer, crop_yields
from linreg_widget.plots.painting import EPOCH
from linreg_widget.plots import loss
from linreg_widget.plots.loss import LossFigure, LossPlot
plot = LossPlot(Trainer(crop_yields()), threading.RLock(), "ipympl")
plot.refresh(force=True)
print("matplotlib.pyplot" in sys.modules)
print(dict.__getitem__(matplotlib.rcParams, "backend") is back_end)
"""
    (tmp_path / "program.py").write_text(program)
    command = warm.command("program")
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=tmp_path)
    assert done.stdout.split() == ["False", "True"]


# ---- what is left --------------------------------------------------------------------------------


def test_a_closed_plot_lets_go_of_everything(trainer: Trainer, lock: Lock) -> None:
    before = registered()
    plot = LossPlot(trainer, lock, "ipympl")
    box = ipywidgets.VBox(list(plot.children))
    plot.begin()
    figure = weakref.ref(plot.widget.figure)
    assert registered() > before
    plot.close()
    plot.close()
    assert not plot.refresh(force=True)
    box.layout.close()
    box.close()
    assert registered() == before
    gc.collect()
    assert figure() is None, "the figure lives on, though its box is all that is left"


@pytest.mark.slow
def test_plots_in_turn_leave_nothing(trainer: Trainer, lock: Lock) -> None:
    before, plots = registered(), weakref.WeakSet[object]()
    for _ in range(100 if at_length() else 10):
        plot = LossPlot(trainer, lock, "ipympl")
        plots.update([plot, plot.widget, plot.widget.figure, plot.widget.toolbar])
        plot.close()
    del plot
    gc.collect()
    assert (registered(), len(plots)) == (before, 0)
