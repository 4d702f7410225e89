"""Widgets as Python's users treat objects: copied, pickled, linked, closed twice."""

from __future__ import annotations

import copy
import pickle
from typing import Any

import ipywidgets
import pytest
import traitlets

from linreg_widget import LinregError, SettingsError, Trainer, TrainerWidget, WidgetError


@pytest.mark.parametrize("copier", [copy.copy, copy.deepcopy])
@pytest.mark.parametrize("part", ["widget", "panel", "plot", "notice", "valley"])
def test_a_widget_that_is_copied_says_what_to_do_instead(
    widget: TrainerWidget, copier: Any, part: str
) -> None:
    widget.tab = "valley"
    (notice,) = (one for one in widget.children if type(one).__name__ == "Notice")
    valley = widget.children[-1]
    thing = {"widget": widget, "notice": notice, "valley": valley}.get(part) or vars(widget)[part]
    with pytest.raises(WidgetError, match=r"widget\.trainer.*TrainerWidget\(trainer\).*link\(\)"):
        copier(thing)


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_a_widget_that_is_pickled_says_so_too(widget: TrainerWidget, protocol: int) -> None:
    for thing in (widget, [widget.panel], widget.plot):
        with pytest.raises(TypeError, match="cannot be copied or pickled") as refused:
            pickle.dumps(thing, protocol)
        assert isinstance(refused.value, LinregError)


def test_what_is_said_instead_works(widget: TrainerWidget) -> None:
    widget.step(count=3)
    other = TrainerWidget(copy.deepcopy(widget.trainer), plot=None)
    assert isinstance(pickle.loads(pickle.dumps(widget.trainer)), Trainer)
    assert other.update == widget.update
    other.step()
    assert (other.update, widget.update) == (4, 3)
    other.close()


@pytest.mark.parametrize("link", [ipywidgets.jslink, ipywidgets.jsdlink])
def test_a_link_in_the_page_names_what_can_be_linked(widget: TrainerWidget, link: Any) -> None:
    slider = ipywidgets.FloatSlider()
    words = r'jslink\(\(widget\.panel, "learning_rate"\), \.\.\.\).*link\(\(widget, "learning_rate"'
    with pytest.raises(WidgetError, match=words):
        link((widget, "learning_rate"), (slider, "value"))
    with pytest.raises(WidgetError, match=words):
        link((slider, "value"), (widget, "learning_rate"))
    made = link((widget.panel, "learning_rate"), (slider, "value"))
    assert made.source == (widget.panel, "learning_rate")
    with pytest.raises(TypeError, match="No such trait"):
        link((widget, "rate"), (slider, "value"))
    for one in (made, slider):
        one.close()


def test_links_in_the_kernel_go_both_ways_and_refuse_in_words(widget: TrainerWidget) -> None:
    slider = ipywidgets.FloatLogSlider(value=1e-5, min=-8, max=1)
    made = traitlets.link((widget, "learning_rate"), (slider, "value"))
    slider.value = 1e-6
    assert widget.trainer.settings.learning_rate == 1e-6
    widget.change(learning_rate=1e-4)
    assert slider.value == 1e-4
    number = ipywidgets.FloatText(value=1e-4)
    other = traitlets.dlink((number, "value"), (widget, "learning_rate"))
    with pytest.raises(SettingsError, match="learning_rate"):
        number.value = -1.0
    assert widget.learning_rate == widget.panel.learning_rate == 1e-4
    assert widget.trainer.settings.learning_rate == 1e-4
    for one in (made, other):
        one.unlink()
    for one in (slider, number):
        one.close()


def test_boxes_of_every_kind_take_a_widget(widget: TrainerWidget) -> None:
    for box in (
        ipywidgets.Tab([widget]),
        ipywidgets.AppLayout(center=widget),
        ipywidgets.HBox([widget]),
    ):
        assert widget in box.children
        box.close()
    assert widget.traits()["learning_rate"].this_class is TrainerWidget


def test_a_closed_widget_can_be_closed_again_and_printed() -> None:
    widget = TrainerWidget(plot=None)
    widget.close()
    widget.close()
    assert "closed" in repr(widget)
    with pytest.raises(WidgetError):
        copy.copy(widget)
