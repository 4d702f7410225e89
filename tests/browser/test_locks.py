"""The panel by itself in Chromium, without Jupyter: what a lesson hides and locks."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.parts import button, panel
from tests.browser.scripted import (
    cell,
    commands,
    diverge,
    inside,
    trait,
    until,
)

# Each control, as a reader of the page finds it.
FOUND = {
    "reset": ("button", "Reset"),
    "back": ("button", "Back"),
    "step": ("button", "Step"),
    "run": ("button", "Run"),
    "step_by": ("radiogroup", "Step by"),
    "timeline": ("slider", "Timeline"),
    "learning_rate": ("slider", "Learning rate"),
    "epochs": ("slider", "Epochs"),
    "speed": ("slider", "Speed"),
    "stop": ("combobox", "Stop"),
    "standardize": ("checkbox", "Standardize"),
    "batch_size": ("textbox", "Batch size value"),
    "seed": ("textbox", "Seed value"),
    "shuffle": ("checkbox", "Shuffle"),
    "curves": ("checkbox", "batch losses"),
    "table": ("button", "Losses as a table"),
    "keys": ("button", "Keys"),
}
MORE = ("batch_size", "seed", "shuffle")
PARTS = {
    "loss": "Loss",
    "microscope": "Inside the update",
    "graph": "Graph",
    "line": "Data and line",
    "predictions": "Predictions",
    "compare": "Compare",
    "data": "What the data say",
    "valley": "Valley",
}


def found(page: Page, control: str) -> Locator:
    if control in MORE and button(page, "More").count():
        button(page, "More").click()
    role, name = ("tab", PARTS[control]) if control in PARTS else FOUND[control]
    return panel(page).get_by_role(role, name=name, exact=True)  # type: ignore[arg-type]


def test_every_control_can_be_found() -> None:
    from linreg_widget.lesson.controls import CONTROLS

    # What is drawn and pasted with is in its tabs; their own tests hide and lock it.
    assert {*FOUND, *PARTS, "set", "ruler", "draw", "paste"} == {*CONTROLS}


def test_what_is_hidden_is_not_there_and_leaves_no_room(open_page: Callable[..., Page]) -> None:
    page = open_page("boxed")
    height = "document.querySelector('.linreg').offsetHeight"
    for control in (*FOUND, *PARTS):
        expect(found(page, control), control).to_have_count(1)
        before = page.evaluate(height)
        page.evaluate("(control) => kernel.change({ hide: [control] })", control)
        expect(found(page, control), control).to_have_count(0)
        assert page.evaluate(height) <= before, control
        page.evaluate("kernel.change({ hide: [] })")
        expect(found(page, control), control).to_have_count(1)
        assert page.evaluate(height) == before, control


def test_without_the_ruler_the_track_says_nothing_of_the_rate(page: Page) -> None:
    assert page.locator(".lr-zones, .lr-names").count() > 0
    page.evaluate("kernel.change({ hide: ['ruler'], learning_rate: 2e-4 })")
    expect(page.locator(".lr-zones, .lr-names, .lr-zone")).to_have_count(0)
    expect(panel(page)).not_to_contain_text("limit")
    expect(panel(page)).not_to_contain_text("divergent")
    expect(panel(page)).not_to_contain_text("stable")
    expect(panel(page).get_by_role("slider", name="Learning rate")).to_be_visible()


def test_a_panel_of_which_all_is_hidden_has_no_empty_rooms(page: Page) -> None:
    page.evaluate("(all) => kernel.change({ hide: all, ask: 'loss' })", [*FOUND, *PARTS])
    expect(panel(page).locator("button, input, select")).to_have_count(0)
    expect(page.locator(".lr-stage")).to_have_count(0)


def test_what_is_locked_is_shown_and_says_so_and_does_nothing(
    open_page: Callable[..., Page],
) -> None:
    page = open_page("boxed")
    at_once = "(button) => button.click()"  # a mouse takes longer
    for control in FOUND:
        button(page, "Step").evaluate(at_once)
        until(page, "kernel.get('update') === 1")
        expect_locked(page, control)
        # As it was, for the next one; what is not locked may have been pressed meanwhile.
        page.evaluate("kernel.change({ lock: [], epochs: 50, step_by: 'update' })")
        button(page, "Reset").evaluate(at_once)
        until(page, "kernel.get('update') === 0 && kernel.get('status') === 'ready'")
        until(page, "kernel.received.length === kernel.answered")


def expect_locked(page: Page, control: str) -> None:
    """Lock a control, and try it and all keys."""
    from linreg_widget.lesson.controls import CONTROLS

    own = CONTROLS[control]
    before = {name: trait(page, name) for name in own.traits if name != "update"}
    sent = len(commands(page))
    page.evaluate("(control) => kernel.change({ lock: [control] })", control)
    there = found(page, control)
    expect(there).to_have_accessible_description(re.compile("Locked by the lesson"))
    expect(there).to_have_attribute("aria-disabled", "true")
    if control == "step_by":
        expect(there.get_by_role("radio", name="epoch")).to_be_disabled()
    else:
        there.focus()
        for key in ("Enter", " ", "ArrowRight", "End", "PageDown"):
            page.keyboard.press(key)
        there.click(force=True, position={"x": 3, "y": 3})
    if control == "stop":
        there.evaluate("(one) => { one.value = 'near'; one.dispatchEvent(new Event('change')); }")
        expect(there).to_have_value("end")
    panel(page).focus()
    for key in ("Home", "ArrowLeft", "ArrowRight", " ", " "):
        page.keyboard.press(key)
    until(page, "kernel.received.length === kernel.answered")
    assert not {one["kind"] for one in commands(page)[sent:]} & set(own.kinds), control
    assert {name: trait(page, name) for name in before} == before, control
    page.evaluate("kernel.change({ lock: [] })")
    expect(there).not_to_have_accessible_description(re.compile("Locked by the lesson"))


def test_the_field_of_a_locked_slider_takes_no_number(page: Page) -> None:
    for control in ("learning_rate", "epochs", "speed"):
        before = trait(page, control)
        page.evaluate("(control) => kernel.change({ lock: [control] })", control)
        field = panel(page).get_by_role("textbox", name=f"{FOUND[control][1]} value")
        field.focus()
        page.keyboard.type("7")
        page.keyboard.press("Enter")
        expect(page.get_by_role("alert"), control).to_have_text("Locked by the lesson.")
        assert trait(page, control) == before, control
        page.evaluate("kernel.change({ lock: [], seed: kernel.get('seed') + 1 })")
        expect(page.get_by_role("alert")).to_be_empty()


def test_a_locked_tab_stays_shut(page: Page) -> None:
    for control in PARTS:
        other = "data" if control == "loss" else "loss"
        page.evaluate("([tab, lock]) => kernel.change({ tab, lock: [lock] })", [other, control])
        tab = found(page, control)
        expect(tab, control).to_have_accessible_description("Locked by the lesson")
        tab.click(force=True)
        tab.press("Enter")
        page.evaluate("(tab) => kernel.change({ tab })", control)
        expect(tab, control).to_have_attribute("aria-selected", "false")
        page.evaluate("(tab) => kernel.change({ lock: [], tab })", other)
        tab.click()
        expect(tab, control).to_have_attribute("aria-selected", "true")


def test_w_and_b_cannot_be_set_where_that_is_locked(page: Page) -> None:
    inside(page)
    page.evaluate("kernel.change({ lock: ['set'] })")
    cell(page, "w", "0,1").dblclick()
    cell(page, "w", "0,1").press("Enter")
    expect(page.locator(".lr-edit")).to_have_count(0)
    expect(page.locator(".lr-why")).not_to_contain_text("Double-click")
    page.evaluate("kernel.change({ lock: [] })")
    cell(page, "w", "0,1").dblclick()
    expect(page.locator(".lr-edit")).to_have_count(1)


def test_a_lesson_without_keys_leaves_the_buttons(page: Page) -> None:
    page.evaluate("kernel.change({ lock: ['keys'] })")
    panel(page).focus()
    for key in ("ArrowRight", " ", "Home"):
        page.keyboard.press(key)
    assert commands(page) == []
    button(page, "Step").click()
    until(page, "kernel.get('update') === 1")


@pytest.mark.parametrize(("control", "ways"), [("reset", 1), ("timeline", 1), ("learning_rate", 0)])
def test_the_ways_out_of_a_diverged_run_are_locked_with_their_controls(
    page: Page, control: str, ways: int
) -> None:
    page.evaluate("kernel.change({ learning_rate: 3e-4 })")
    button(page, "Step").click()
    diverge(page)
    out = page.locator(".lr-rescue button")
    every = out.count()
    assert every > 0
    page.evaluate("(control) => kernel.change({ lock: [control] })", control)
    barred = page.locator(".lr-rescue button[aria-disabled]")
    expect(barred).to_have_count(every if ways == 0 else 1 if control == "reset" else every - 1)
