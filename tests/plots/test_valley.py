"""The valley in a notebook: its figure, its menus, what a click does, and what is left."""

from __future__ import annotations

import gc
import itertools
import sys
import weakref
from types import SimpleNamespace
from typing import Any

import matplotlib as mpl
import numpy as np
import pytest
import torch
from matplotlib.colors import to_rgb
from numpy.typing import NDArray

from linreg_widget import Table, Trainer, TrainerWidget, UpdateError, crop_yields, mse_loss
from linreg_widget.plots.painting import BRANCH, CARD, EPOCH, FLOOR, FULL, HIGH, INK
from linreg_widget.plots.valley.figure import ValleyFigure
from linreg_widget.plots.valley.plot import ValleyPlot
from tests.plots.pixels import Lock, Pixels, holds, is_blank, pixels, registered

SCREENS = pytest.mark.parametrize("backend", ["ipympl", "image"])


def figure_of(plot: ValleyPlot) -> ValleyFigure:
    figure = plot._figure
    assert figure is not None
    return figure


def picture(plot: ValleyPlot) -> Pixels:
    return pixels(figure_of(plot).png(fine=True))


def press(plot: ValleyPlot, **content: object) -> None:
    """Let the page tell of a press of a mouse button."""
    told = {"type": "button_press", "button": 0, "buttons": 1, "modifiers": [], "step": None}
    plot.screen._handle_custom_msg({**told, **content}, [])


def choose(plot: ValleyPlot, across: str, up: str) -> None:
    """Choose in the menus by how the axes' names begin."""
    for menu, wanted in ((plot.across, across), (plot.up, up)):
        menu.value = next(index for name, index in menu.options if name.startswith(wanted))


class Placed:
    """Takes what a click places, and trains on from there if it is given a trainer."""

    def __init__(self, trainer: Trainer | None = None) -> None:
        self.trainer = trainer
        self.calls: list[tuple[NDArray[np.float64], NDArray[np.float64]]] = []

    def __call__(self, w: NDArray[np.float64], b: NDArray[np.float64]) -> None:
        self.calls.append((w, b))
        if self.trainer is not None:
            self.trainer.set(w, b)


# ---- what is shown -------------------------------------------------------------------------------


@SCREENS
def test_it_shows_the_valley_and_the_way_through_it(
    trainer: Trainer, lock: Lock, backend: str
) -> None:
    plot = ValleyPlot(trainer, lock, backend)
    assert plot.backend == backend
    assert plot.children == (plot.across, plot.up, plot.screen, plot.words)
    assert not is_blank(picture(plot))
    assert not holds(picture(plot), EPOCH)
    trainer.run()
    assert plot.refresh(force=True)
    for colour in (EPOCH, INK, FLOOR):
        assert holds(picture(plot), colour)


def test_the_path_grows_over_a_stored_background(
    trainer: Trainer, lock: Lock, monkeypatch: pytest.MonkeyPatch
) -> None:
    plot = ValleyPlot(trainer, lock, "ipympl")
    figure, drawn = figure_of(plot), []
    draw = plot.screen.draw

    def watched() -> None:
        drawn.append(1)
        draw()

    monkeypatch.setattr(plot.screen, "draw", watched)
    for count in (1, 5, 20):
        trainer.step(count=count)
        plot.refresh(force=True)
        assert np.shape(figure.now.get_xydata()) == (1, 2)
    assert not drawn, "nothing but the path and the present has changed"
    repainted = picture(plot)
    figure.forget_ground()
    plot.refresh(force=True)
    assert drawn
    assert np.abs(repainted.astype(int) - picture(plot)).max() <= 2


def test_the_point_stands_where_the_scale_says(trainer: Trainer, lock: Lock) -> None:
    plot = ValleyPlot(trainer, lock, "image")
    choose(plot, "w[Mangoes, Rainfall]", "b[Mangoes]")
    figure = figure_of(plot)
    share = np.asarray(figure.now.get_xydata())[0]
    now = trainer.coefficients()
    for index, value in enumerate((now.w[0, 1], now.b[0])):
        texts = [text for text in figure.ticks[index] if text.get_text()]
        places = [np.array(text.get_position())[index] for text in texts]
        values = [float(text.get_text().replace("−", "-")) for text in texts]
        slope, start = np.polyfit(places, values, 1)
        assert start + slope * share[index] == pytest.approx(value, abs=1e-6)
    assert figure.across.get_text() == "w[Mangoes, Rainfall]"
    assert figure.up.get_text() == "b[Mangoes]"


def test_it_says_what_is_held_and_what_the_lines_are(trainer: Trainer, lock: Lock) -> None:
    plot = ValleyPlot(trainer, lock, "image")
    figure = figure_of(plot)
    assert figure.title.get_text() == (
        "The loss over two directions; everything else is held at its present value."
    )
    assert figure.key.get_text() == "Lines: loss above the lowest point here, 26,427"
    shown = [text.get_text() for text in figure.contour_labels if text.get_text()]
    assert {"+100", "+1,000"} <= set(shown)
    choose(plot, "b[Mangoes]", "b[Oranges]")
    assert figure.title.get_text() == (
        "The loss over these two; all others are held at their present values."
    )
    assert figure.key.get_text().endswith("is off this map")
    assert figure.best_label.get_text() == "least squares, with the others there too"


def test_branches_and_kept_runs_are_drawn_by_name(trainer: Trainer, lock: Lock) -> None:
    trainer.step(count=100)
    trainer.keep("the $first$ one")
    trainer.seek(20)
    trainer.change(learning_rate=3e-6)
    trainer.step()
    plot = ValleyPlot(trainer, lock, "image")
    names = [text.get_text() for text in figure_of(plot).names if text.get_text()]
    assert names == ["learning rate 1e-5", "the $first$ one"]
    assert holds(picture(plot), BRANCH)


@SCREENS
def test_a_diverged_run_is_drawn_with_an_arrow_at_the_edge(lock: Lock, backend: str) -> None:
    trainer = Trainer(crop_yields(), learning_rate=2e-4)
    plot = ValleyPlot(trainer, lock, backend)
    trainer.run()
    plot.refresh(force=True)
    figure = figure_of(plot)
    assert trainer.status == "diverged"
    assert figure.now_label.get_text().startswith("off this map: loss ")
    assert (np.abs(np.asarray(figure.now.get_xydata()) - 0.5) < 0.5).all()
    assert np.isfinite(np.asarray(figure.path.get_xydata())).all()
    assert holds(picture(plot), EPOCH)
    trainer.reset()
    plot.refresh(force=True)
    assert figure.now_label.get_text() == "now 33,150"


def test_a_slope_without_any_contour_is_drawn(lock: Lock) -> None:
    flat = Table.of((np.zeros((3, 2)), np.ones((3, 1))))
    plot = ValleyPlot(Trainer(flat, learning_rate=0.1), lock, "image")
    choose(plot, "w[y, x1]", "w[y, x2]")
    assert "The loss is the same all over this plane." in plot.description
    assert not is_blank(picture(plot))


def test_the_notebooks_own_style_does_not_reach_into_it(trainer: Trainer, lock: Lock) -> None:
    expected = picture(ValleyPlot(trainer, lock, "image"))
    with mpl.rc_context({"text.usetex": True, "font.size": 30, "axes.facecolor": "red"}):
        np.testing.assert_array_equal(expected, picture(ValleyPlot(trainer, lock, "image")))


def test_names_do_not_stand_on_one_another(trainer: Trainer, lock: Lock) -> None:
    trainer.run()
    for start in (20, 50, 80):
        trainer.seek(start)
        trainer.change(learning_rate=trainer.settings.rate * 2)
        trainer.step(count=40)
    trainer.keep()
    figure = figure_of(ValleyPlot(trainer, lock, "image"))
    renderer = figure.canvas.get_renderer()
    texts = (*figure.contour_labels, *figure.names, figure.best_label, figure.now_label)
    boxes = [
        text.get_window_extent(renderer) for text in texts if text.get_text() and text.get_visible()
    ]
    assert len(boxes) > 8
    assert not any(one.overlaps(other) for one, other in itertools.combinations(boxes, 2))
    assert all(figure.axes.bbox.count_contains(box.corners()) == 4 for box in boxes)


@pytest.mark.parametrize("colour", [FULL, BRANCH, EPOCH, FLOOR, INK])
def test_names_can_be_read_on_their_cards(trainer: Trainer, lock: Lock, colour: str) -> None:
    def luminance(channels: NDArray[np.float64]) -> float:
        linear = np.where(
            channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4
        )
        return float(linear @ [0.2126, 0.7152, 0.0722])

    card = figure_of(ValleyPlot(trainer, lock, "image")).now_label.get_bbox_patch()
    assert card is not None
    alpha = card.get_alpha() or 1
    under = alpha * np.array(to_rgb(CARD)) + (1 - alpha) * np.array(to_rgb(HIGH))
    assert (luminance(under) + 0.05) / (luminance(np.array(to_rgb(colour))) + 0.05) >= 4.5


def test_names_keep_their_places_on_a_finer_screen(trainer: Trainer, lock: Lock) -> None:
    plot = ValleyPlot(trainer, lock, "ipympl")
    figure = figure_of(plot)
    trainer.run()
    plot.refresh(force=True)
    figure.place_labels()  # with names that leave the path free
    plot.refresh(force=True)
    coarse = figure.now_label.get_position()
    plot.screen._handle_custom_msg({"type": "set_dpi_ratio", "dpi_ratio": 2}, [])
    try:
        plot.refresh(force=True)
        assert figure.now_label.get_position() == pytest.approx(coarse, abs=0.01)
        # matplotlib 3.10 cuts off what a float lacks of a pixel
        assert picture(plot).shape == pytest.approx((720, 1280, 3), abs=1)
    finally:
        plot.screen._handle_custom_msg({"type": "set_dpi_ratio", "dpi_ratio": 1}, [])


# ---- words and menus -----------------------------------------------------------------------------


def test_it_is_described_in_words(trainer: Trainer, lock: Lock) -> None:
    plot = ValleyPlot(trainer, lock, "image")
    choose(plot, "Mangoes: steepest", "Mangoes: flattest")
    assert plot.description == (
        "The loss is 33,150 at the present point and 0.9094 at the best fit, by least squares. "
        "With all else held, the lowest loss in this plane is 28,344. "
        "From the lowest point, one step along Mangoes: flattest direction changes the loss "
        "2.2 million times less than one along Mangoes: steepest direction."
    )
    assert plot.words.value == plot.description
    assert plot.description in repr(plot)


def test_the_menus_have_names_and_offer_the_axes(trainer: Trainer, lock: Lock) -> None:
    plot = ValleyPlot(trainer, lock, "image")
    assert [plot.across.description, plot.up.description] == ["Across", "Up"]
    assert [plot.across.value, plot.up.value] == [0, 1]
    assert ("b[Oranges]", 13) in plot.across.options
    before = picture(plot)
    plot.up.value = 13
    assert figure_of(plot).up.get_text() == "b[Oranges]"
    assert (picture(plot) != before).any()


def test_an_axis_chosen_twice_changes_places_in_the_menus(trainer: Trainer, lock: Lock) -> None:
    plot = ValleyPlot(trainer, lock, "image")
    plot.up.value = 0
    assert [plot.across.value, plot.up.value] == [1, 0]
    plot.across.value = 5
    assert [plot.across.value, plot.up.value] == [5, 0]


def test_the_menus_follow_a_change_of_units(trainer: Trainer, lock: Lock) -> None:
    plot = ValleyPlot(trainer, lock, "image")
    before = plot.across.options
    trainer.reset(standardize=True)
    plot.refresh(force=True)
    assert plot.across.options != before
    assert [plot.across.value, plot.up.value] == [0, 1]


def test_names_that_look_like_mathematics_stay_what_they_are(lock: Lock) -> None:
    table = Table.of({"$x$": [1.0, 2, 3], "y": [1.0, 3, 2]}, targets=["y"])
    plot = ValleyPlot(Trainer(table), lock, "image")
    choose(plot, "w[y, $x$]", "b[y]")
    assert figure_of(plot).across.get_text() == "w[y, $x$]"
    # The page shows them as they are: what renders mathematics there leaves these classes alone.
    assert "w[y, $x$]" in plot.words.value
    assert {"mathjax_ignore", "tex2jax_ignore"} <= set(plot.words._dom_classes)


# ---- when it draws -------------------------------------------------------------------------------


def test_a_running_valley_is_drawn_when_there_is_time_for_it(
    trainer: Trainer, lock: Lock, stopped: SimpleNamespace
) -> None:
    plot = ValleyPlot(trainer, lock, "image")
    trainer.step()
    stopped.now += 1
    assert plot.refresh()
    assert not plot.refresh()
    assert plot.refresh(force=True)


@pytest.mark.parametrize("plot", ["page", None])
def test_a_valley_that_is_asked_for_is_shown_where_the_page_draws_the_losses(
    monkeypatch: pytest.MonkeyPatch, plot: str | None
) -> None:
    def backend() -> str:
        widget = TrainerWidget(plot=plot, tab="valley")
        valley = widget._valley
        assert valley is not None
        widget.close()
        return valley.backend

    assert backend() == "ipympl"
    monkeypatch.setitem(sys.modules, "linreg_widget.plots.canvas", None)
    assert backend() == "image"


# ---- clicks --------------------------------------------------------------------------------------


@pytest.mark.parametrize("ratio", [1, 2, 1.25])
def test_a_click_places_weights_and_biases(trainer: Trainer, lock: Lock, ratio: float) -> None:
    placed = Placed(trainer)
    plot = ValleyPlot(trainer, lock, "ipympl", place=placed)
    choose(plot, "w[Mangoes, Rainfall]", "b[Oranges]")
    plot.screen._handle_custom_msg({"type": "set_dpi_ratio", "dpi_ratio": ratio}, [])
    try:
        figure, before = figure_of(plot), trainer.coefficients()
        x, y = figure.axes.transAxes.transform((0.25, 0.75))
        # The page sends its own pixels times the ratio, counted from the top.
        press(plot, x=x, y=figure.figure.bbox.height - y)
        ((w, b),) = placed.calls
        assert plot._valley is not None
        window = plot._valley.look().window
        across, up = np.array([window.left, window.bottom]) + [0.25, 0.75] * window.size
        assert (w[0, 1], b[1]) == pytest.approx((across, up))
        w[0, 1], b[1] = before.w[0, 1], before.b[1]
        assert w == pytest.approx(before.w)
        assert b == pytest.approx(before.b)
        assert np.asarray(figure.now.get_xydata())[0] == pytest.approx([0.25, 0.75], abs=1e-6)
    finally:
        plot.screen._handle_custom_msg({"type": "set_dpi_ratio", "dpi_ratio": 1}, [])


def test_a_click_in_the_past_leaves_the_future_as_a_branch(trainer: Trainer, lock: Lock) -> None:
    plot = ValleyPlot(trainer, lock, "ipympl", place=trainer.set)
    trainer.run()
    trainer.seek(50)
    plot.refresh(force=True)
    press(plot, x=300, y=200)
    assert trainer.recording.edited == (50,)
    assert [text.get_text() for text in figure_of(plot).names if text.get_text()] == [
        "w and b as they were"
    ]


@pytest.mark.parametrize(
    "content",
    [
        {"x": 300, "y": 200, "button": 2},
        {"x": 5, "y": 200},
        {"x": 300, "y": 5},
        {"x": float("nan"), "y": 200},
        {"x": "300", "y": 200},
        {},
        {"type": "button_release", "x": 300, "y": 200},
        {"type": "dblclick", "x": 300, "y": 200},
        {"type": "key_press", "key": "kl", "guiEvent": {}},
    ],
    ids=repr,
)
def test_other_events_place_nothing(trainer: Trainer, lock: Lock, content: dict[str, Any]) -> None:
    placed = Placed()
    plot = ValleyPlot(trainer, lock, "ipympl", place=placed)
    press(plot, **content)
    assert placed.calls == []


def test_it_is_deaf_where_nothing_is_to_be_placed(trainer: Trainer, lock: Lock) -> None:
    plot = ValleyPlot(trainer, lock, "ipympl")
    taken = lock.taken
    press(plot, x=300, y=200)
    assert lock.taken == taken
    assert "linreg-clickable" not in plot.screen._dom_classes


def test_a_click_is_taken_under_the_lock(trainer: Trainer, lock: Lock) -> None:
    held: list[int] = []
    plot = ValleyPlot(trainer, lock, "ipympl", place=lambda _w, _b: held.append(lock.depth))
    press(plot, x=300, y=200)
    assert held
    assert held[0] > 0
    assert lock.depth == 0


def test_why_nothing_could_be_placed_is_said(lock: Lock) -> None:
    trainer = Trainer(crop_yields(), learning_rate=1)
    trainer.run()
    plot = ValleyPlot(trainer, lock, "ipympl", place=trainer.set)
    press(plot, x=300, y=200)
    assert "Go back() or reset()" in plot.words.value


def test_where_no_click_can_arrive_the_words_say_so(trainer: Trainer, lock: Lock) -> None:
    image = ValleyPlot(trainer, lock, "image", place=trainer.set)
    assert image.words.value.endswith("This picture cannot be clicked on: that needs ipympl.")
    canvas = ValleyPlot(trainer, lock, "ipympl", place=trainer.set)
    assert canvas.words.value.endswith("A click puts the weights and biases there.")
    assert {"linreg-plot", "linreg-valley", "linreg-clickable"} <= set(canvas.screen._dom_classes)
    assert "linreg-clickable" not in image.screen._dom_classes


# ---- what is left --------------------------------------------------------------------------------


@SCREENS
def test_a_closed_valley_leaves_nothing(trainer: Trainer, lock: Lock, backend: str) -> None:
    before = registered()
    plot = ValleyPlot(trainer, lock, backend, place=trainer.set)
    figure = weakref.ref(figure_of(plot).figure)
    assert registered() > before
    plot.close()
    plot.close()
    assert not plot.refresh(force=True)
    assert registered() == before
    gc.collect()
    assert figure() is None


def leaves_another_w(model: Any, x: Any, y: Any, learning_rate: float) -> Any:
    loss = mse_loss(model(x), y)
    loss.backward()
    yield "backward"
    model.w = torch.zeros(5, 3, requires_grad=True)
    return loss.item()


def test_a_w_of_another_shape_is_refused_and_the_map_stays() -> None:
    widget = TrainerWidget(update=leaves_another_w, plot="page")
    widget.tab = "valley"
    valley = widget._valley
    assert valley is not None
    with pytest.raises(UpdateError, match=r"shape \(5, 3\)"):
        widget.step()
    assert "The loss is" in valley.words.value
    widget.reset()
    assert "The loss is" in valley.words.value
    widget.close()
