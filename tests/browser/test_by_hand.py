"""The panel by itself in Chromium, without Jupyter: w and b set by hand."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.parts import button, panel
from tests.browser.scripted import (
    BOXES,
    cell,
    commands,
    inside,
    step,
)


@pytest.mark.parametrize("key", ["Enter", "F2"])
def test_an_entry_is_set_by_hand_with_the_keyboard(page: Page, key: str) -> None:
    inside(page)
    step(page, 2, by="update")
    weight = cell(page, "w", "1,2")
    weight.focus()
    size = "(cell) => [cell.offsetWidth, cell.offsetHeight]"
    before = weight.evaluate(size), page.evaluate(BOXES)
    page.keyboard.press(key)
    field = page.get_by_role("textbox", name="New w[Oranges, Humidity]")
    expect(field).to_be_focused()
    assert (weight.evaluate(size), page.evaluate(BOXES)) == before
    page.keyboard.type("0.25")
    page.keyboard.press("ArrowLeft")
    expect(field).to_be_focused()
    page.keyboard.press("Enter")
    expect(weight).to_be_focused()
    expect(weight.locator("span")).to_have_text("0.2500")
    message = commands(page)[-1]
    assert message["kind"] == "set"
    assert message["entries"] == [{"tensor": "w", "row": 1, "column": 2, "value": 0.25}]
    expect(field).to_have_count(0)
    page.keyboard.press("ArrowLeft")
    expect(cell(page, "w", "1,1")).to_be_focused()


def test_a_bias_is_set_by_hand_with_the_mouse(page: Page) -> None:
    inside(page)
    bias = cell(page, "b", "0,1")
    bias.dblclick()
    field = page.get_by_role("textbox", name="New b[Oranges]")
    expect(field).to_be_focused()
    field.fill("−5")
    field.press("Enter")
    expect(bias.locator("span")).to_have_text("−5")
    message = commands(page)[-1]
    sent = tuple(message["entries"][0][name] for name in ("tensor", "row", "column", "value"))
    assert sent == ("b", 0, 1, -5)


def test_escape_and_blur_leave_an_entry_as_it_was(page: Page) -> None:
    inside(page)
    weight = cell(page, "w", "0,0")
    field = page.get_by_role("textbox", name="New w[Mangoes, Temperature]")
    sent = commands(page)
    weight.dblclick()
    field.fill("7")
    field.press("Escape")
    expect(weight).to_be_focused()
    expect(field).to_have_count(0)
    page.keyboard.press("Enter")
    field.fill("7")
    button(page, "Step").focus()
    expect(field).to_have_count(0)
    expect(button(page, "Step")).to_be_focused()
    assert commands(page) == sent


def test_a_word_for_an_entry_is_refused_in_words(page: Page) -> None:
    inside(page)
    weight = cell(page, "w", "0,0")
    weight.dblclick()
    field = page.get_by_role("textbox", name="New w[Mangoes, Temperature]")
    field.fill("half")
    field.press("Enter")
    expect(panel(page).get_by_role("alert")).to_contain_text("“half” is not.")
    expect(weight).to_be_focused()
    assert commands(page) == []


def test_only_w_and_b_can_be_set(page: Page) -> None:
    inside(page)
    for tensor in ("x", "w.grad", "learning_rate"):
        cell(page, tensor, "0,0").dblclick()
        page.keyboard.press("Enter")
        expect(page.locator(".lr-edit")).to_have_count(0)
    expect(cell(page, "w", "0,0")).to_have_attribute("title", re.compile("Enter to set it"))
    button(page, "Keys").click()
    expect(page.locator(".lr-help")).to_contain_text("set it by hand")


def test_an_entry_set_by_hand_bears_a_mark_and_says_so(page: Page) -> None:
    inside(page)
    page.evaluate(
        """() => { const frame = structuredClone(kernel.get('_frame'));
           frame.tensors.find(({ name }) => name === 'w').by_hand = [[0, 1]];
           kernel.change({ _frame: frame }); }"""
    )
    marked = page.locator(".lr-hand")
    expect(marked).to_have_count(1)
    expect(marked).to_have_accessible_name(re.compile("^w, .*set by hand$"))
    step(page, by="update")
    expect(marked).to_have_count(0)
