"""The panel by itself in Chromium, without Jupyter: a guess before what is asked about is seen."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.axe import violations
from tests.browser.parts import button, panel
from tests.browser.scripted import (
    commands,
    step,
    trait,
    until,
    without_end,
)

INTRO = {"words": "Before Step and Run you say.", "guess": "", "truth": "", "right": None}
LAID_OUT = """() => Object.fromEntries(
  [...document.querySelectorAll('.linreg :is(.lr-ask, button, input, select, details, figure)')]
    .filter((element) => !element.closest('.lr-ask > *'))
    .map((element, index) => {
      const { x, y, height } = element.getBoundingClientRect();
      return [`${index} ${element.tagName}`, [x, y, height].map(Math.round).join()];
    }))"""


def ask(page: Page, kind: str = "loss") -> Locator:
    """Let the lesson ask, and return the card."""
    page.evaluate("([kind, _answer]) => kernel.change({ ask: kind, _answer })", [kind, INTRO])
    card = panel(page).get_by_role("group", name="Your guess")
    expect(card).to_contain_text("Before Step and Run you say.")
    return card


def test_a_step_asks_and_the_answer_reveals_by_keys_alone(page: Page) -> None:
    card = ask(page)
    button(page, "Step").focus()
    page.keyboard.press("Enter")
    question = "Update 1 comes. The loss over all rows is 25123 now. What will it be then?"
    field = card.get_by_role("textbox", name=question)
    expect(field).to_be_focused()
    assert trait(page, "update") == 0
    page.keyboard.type("15,000")
    page.keyboard.press("Enter")
    expect(card).to_contain_text("You said 15000")
    expect(card).to_contain_text("Actual 15080")
    expect(card).to_contain_text("1 of 1 close")
    expect(button(page, "Step")).to_be_focused()
    assert [one.get("value") for one in commands(page)] == [None, 15000]
    expect(card.locator("[aria-live=polite]")).to_contain_text("Close: the loss fell.")
    page.keyboard.press("Enter")
    expect(card.get_by_role("textbox", name=re.compile("^Update 2 comes"))).to_be_focused()
    page.keyboard.press("Tab")
    expect(card.get_by_role("button", name="Guess", exact=True)).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    until(page, "kernel.get('update') === 2")
    expect(button(page, "Step")).to_be_focused()
    expect(card).not_to_contain_text("You said")
    expect(card).to_contain_text("1 of 1 close")


def test_the_keys_of_the_panel_ask_too_and_the_focus_comes_back(page: Page) -> None:
    without_end(page)
    card = ask(page, "diverges")
    panel(page).focus()
    page.keyboard.press("ArrowRight")
    expect(card.get_by_role("button", name="Yes", exact=True)).to_be_focused()
    page.keyboard.press(" ")
    until(page, "kernel.get('update') === 1")
    expect(panel(page)).to_be_focused()
    page.keyboard.press(" ")
    expect(card).to_contain_text("The run goes on.")
    expect(card.get_by_role("button", name="Yes", exact=True)).to_be_focused()
    assert trait(page, "status") == "paused"
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    until(page, "kernel.get('update') > 3")
    expect(panel(page)).to_be_focused()
    page.keyboard.press(" ")
    until(page, "kernel.get('status') === 'paused'")


def test_what_is_no_number_is_refused_in_words_and_stays(page: Page) -> None:
    card = ask(page)
    button(page, "Step").click()
    field = card.get_by_role("textbox")
    for text in ("a lot", "", "-3"):
        field.fill(text)
        card.get_by_role("button", name="Guess", exact=True).click()
        said = f"“{text}”" if text else "nothing"
        expect(page.get_by_role("alert")).to_contain_text("enter a finite number, 0 or more, such")
        expect(page.get_by_role("alert")).to_contain_text(f"{said} is not.")
        expect(field).to_have_value(text)
        expect(field).to_have_attribute("aria-invalid", "true")
        expect(field).to_be_focused()
    assert [one["kind"] for one in commands(page)] == ["step"]
    field.fill("3")
    field.press("Enter")
    until(page, "kernel.get('update') === 1")
    expect(page.get_by_role("alert")).to_be_empty()


def test_a_key_held_down_asks_nothing_and_a_key_still_down_answers_nothing(page: Page) -> None:
    card = ask(page)
    panel(page).focus()
    page.keyboard.down("ArrowRight")
    expect(card.get_by_role("textbox")).to_be_focused()
    page.keyboard.down("ArrowRight")
    until(page, "kernel.get('update') === 1")
    expect(card.get_by_role("textbox")).to_have_count(0)
    expect(panel(page)).to_be_focused()
    page.keyboard.down("ArrowRight")
    until(page, "kernel.get('update') === 2")
    page.keyboard.up("ArrowRight")
    assert [one.get("held") for one in commands(page)] == [None, True, True]
    button(page, "Step").focus()
    page.keyboard.down("Enter")
    expect(card.get_by_role("textbox")).to_be_focused()
    page.keyboard.down("Enter")
    page.keyboard.up("Enter")
    expect(page.get_by_role("alert")).to_be_empty()
    expect(card.get_by_role("textbox")).to_be_focused()
    assert trait(page, "update") == 2


def test_only_the_window_that_pressed_gives_the_question_its_focus(
    open_page: Callable[..., Page],
) -> None:
    page = open_page("two")
    page.evaluate("(_answer) => kernel.change({ ask: 'loss', _answer })", INTRO)
    views = page.get_by_role("group", name="Linear regression trainer")
    views.nth(0).get_by_role("button", name="Step", exact=True).click()
    fields = page.locator(".lr-ask input")
    expect(fields).to_have_count(2)
    expect(fields.nth(0)).to_be_focused()
    fields.nth(1).fill("7")
    fields.nth(1).press("Enter")
    expect(fields).to_have_count(0)
    for view in views.all():
        expect(view).to_contain_text("You said 7")


@pytest.mark.parametrize("width", [1000, 600, 360])
def test_nothing_moves_while_one_asks_and_answers(
    open_page: Callable[..., Page], width: int
) -> None:
    page = open_page(width=width)
    step(page)
    card = ask(page)
    page.evaluate("kernel.change({ step_by: 'update' })")
    button(page, "Reset").click()
    until(page, "kernel.get('update') === 0 && kernel.get('_phase') === ''")
    before = page.evaluate(LAID_OUT)
    assert len(before) > 20
    for _ in range(2):
        button(page, "Step").click()
        expect(card.get_by_role("textbox")).to_be_focused()
        assert page.evaluate(LAID_OUT) == before
        page.keyboard.type("15000")
        page.keyboard.press("Enter")
        expect(card).to_contain_text("You said")
        assert page.evaluate(LAID_OUT) == before
    long = "Not close: the loss became 67.7 times smaller; you expected it to become 274 times "
    long += "smaller."
    page.evaluate(
        """(words) => kernel.change({
             _answer: { words, guess: '1.234e6', truth: '27,416', right: false } })""",
        long,
    )
    expect(card).to_contain_text(long)
    assert page.evaluate(LAID_OUT) == before
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_a_page_without_a_kernel_asks_nothing(page: Page) -> None:
    card = ask(page)
    page.evaluate("() => { kernel.received.push = () => { throw new Error('closed'); }; }")
    button(page, "Step").click()
    expect(card).to_have_count(0)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing_in_questions_answers_and_locks(
    open_page: Callable[..., Page], theme: str
) -> None:
    page = open_page(theme=theme)
    card = ask(page)
    assert violations(page, colours=theme == "dark") == []
    button(page, "Step").click()
    expect(card.get_by_role("textbox")).to_be_focused()
    assert violations(page, colours=theme == "dark") == []
    page.keyboard.type("so")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).not_to_be_empty()
    assert violations(page, colours=theme == "dark") == []
    for guess in ("15000", "1"):
        card.get_by_role("textbox").fill(guess)
        page.keyboard.press("Enter")
        expect(card).to_contain_text("You said")
        assert violations(page, colours=theme == "dark") == []
        button(page, "Step").click()
    page.evaluate("kernel.change({ ask: 'diverges', _question: {} })")
    button(page, "Run").click()
    expect(card.get_by_role("button", name="No", exact=True)).to_be_visible()
    assert violations(page, colours=theme == "dark") == []
    every = "['reset', 'back', 'step', 'run', 'step_by', 'timeline', 'learning_rate', 'epochs',"
    every += " 'speed', 'stop', 'standardize', 'microscope', 'predictions', 'data', 'table',"
    every += " 'compare', 'keys', 'curves', 'batch_size', 'seed', 'shuffle', 'valley']"
    page.evaluate(f"kernel.change({{ lock: {every} }})")
    expect(button(page, "Step")).to_have_attribute("aria-disabled", "true")
    assert violations(page, colours=theme == "dark") == []
