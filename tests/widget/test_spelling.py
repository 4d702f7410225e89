"""Attributes that were meant as traits: refused in words, with what to write in their place."""

from __future__ import annotations

from typing import Any

import pytest
import traitlets

from linreg_widget import SettingsError, Trainer, TrainerWidget, WidgetError, crop_yields


@pytest.fixture(scope="module")
def widget() -> TrainerWidget:
    return TrainerWidget(learning_rate=1e-5)


MEANT = {
    "valley": 'write tab = "valley"',
    "learning_rat": "did you mean 'learning_rate'?",
    "learningRate": "did you mean 'learning_rate'?",
    "lr": "did you mean 'learning_rate'?",
    "epoch": "did you mean 'epochs'?",
    "batchsize": "did you mean 'batch_size'?",
    "standardise": "did you mean 'standardize'?",
    "random_state": "did you mean 'seed'?",
    "hidden": "did you mean 'hide'?",
    "tabs": "did you mean 'tab'?",
    "layuot": "did you mean 'layout'?",
    "held_out": "make another widget: TrainerWidget(table, held_out=...)",
    "stop": "set stop_within or stop_patience",
}


@pytest.mark.parametrize("name", MEANT)
def test_an_attribute_that_was_meant_as_a_trait_is_refused_with_what_to_write(
    widget: TrainerWidget, name: str
) -> None:
    settings = widget.trainer.settings
    with pytest.raises(WidgetError) as caught:
        setattr(widget, name, True)
    assert isinstance(caught.value, AttributeError)
    assert MEANT[name] in str(caught.value)
    assert name not in vars(widget)
    assert widget.trainer.settings == settings
    with pytest.raises(AttributeError) as missing:
        getattr(widget, name)
    assert MEANT[name] in str(missing.value)


@pytest.mark.parametrize("name", ["valley", "learning_rat", "epoch"])
def test_the_panel_refuses_them_too(widget: TrainerWidget, name: str) -> None:
    with pytest.raises(WidgetError, match=r"of TrainerPanel: "):
        setattr(widget.panel, name, True)


def test_every_trait_with_a_letter_left_out_or_doubled_is_refused(widget: TrainerWidget) -> None:
    names = [name for name in widget.trait_names() if name[0] != "_" and len(name) > 3]
    assert {"learning_rate", "speed", "curves", "status", "lang", "box_style"} <= {*names}
    for name in names:
        for typed in (name[:-1], f"{name}{name[-1]}", f"{name[0]}{name[0]}{name[1:]}"):
            if typed in names or hasattr(type(widget), typed):
                continue
            with pytest.raises(WidgetError, match="did you mean"):
                setattr(widget, typed, 1)


@pytest.mark.parametrize("name", ["mine", "name", "state", "mask", "block", "data", "graph", "_lr"])
def test_what_is_near_no_trait_is_taken_as_by_any_widget(widget: TrainerWidget, name: str) -> None:
    setattr(widget, name, "my own")
    assert getattr(widget, name) == "my own"
    setattr(widget, name, "another")
    delattr(widget, name)


@pytest.mark.parametrize("tab", ["graph", "microscope", "line"])
def test_a_tab_that_is_switched_on_is_no_attribute(widget: TrainerWidget, tab: str) -> None:
    with pytest.raises(WidgetError, match=f'write tab = "{tab}"'):
        setattr(widget, tab, True)


@pytest.mark.parametrize("name", ["step", "run", "reset", "undo"])
def test_a_verb_is_called_and_not_set(widget: TrainerWidget, name: str) -> None:
    with pytest.raises(
        WidgetError, match=rf"{name} of a TrainerWidget is a method: call {name}\(\)"
    ):
        setattr(widget, name, "phase")


@pytest.mark.parametrize("name", ["panel", "plot", "trainer"])
def test_a_widget_keeps_its_parts(widget: TrainerWidget, name: str) -> None:
    part = getattr(widget, name)
    with pytest.raises(WidgetError, match="make another widget"):
        setattr(widget, name, Trainer(crop_yields()))
    assert getattr(widget, name) is part


@pytest.mark.parametrize("names", ["learning_rat", ["epochs", "valley"]])
def test_what_is_never_told_cannot_be_observed(widget: TrainerWidget, names: Any) -> None:
    with pytest.raises(WidgetError, match="is not a trait of TrainerWidget"):
        widget.observe(print, names)


def test_traits_are_observed_as_ever() -> None:
    widget, seen = TrainerWidget(learning_rate=1e-5), list[str]()
    widget.observe(lambda change: seen.append(change.name), "epochs")
    widget.observe(lambda change: seen.append(change.name), names=["seed", "status"])
    widget.observe(lambda change: seen.append(f"all {change.name}"), traitlets.All)
    widget.epochs = 7
    assert seen == ["epochs", "all epochs"]


GIVEN: dict[str, tuple[object, str]] = {
    "valley": (True, 'write tab = "valley"'),
    "graph": (True, 'write tab = "graph"'),
    "speed": (10, "set it on the widget: widget.speed = 10"),
    "step_by": ("phase", "set it on the widget: widget.step_by = 'phase'"),
    "learning_rat": (1, "did you mean 'learning_rate'?"),
}


@pytest.mark.parametrize("name", GIVEN)
def test_a_trait_that_is_given_as_a_setting_is_refused_with_what_to_write(name: str) -> None:
    value, words = GIVEN[name]
    with pytest.raises(SettingsError) as caught:
        TrainerWidget(**{name: value})  # type: ignore[arg-type]
    assert words in str(caught.value)
