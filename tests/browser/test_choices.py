"""Questions of choice in a page without a kernel: keys, hostile text, and another language."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from linreg_widget import TrainerWidget

HOSTILE = '<img src=x onerror="alert(1)">'
ASKED: list[Any] = [
    {
        "question": f"What does an update change? {HOSTILE}",
        "choices": ["The data", HOSTILE, "w and b"],
        "right": 2,
        "why": ["The rows stay.", f"{HOSTILE} is no answer.", "Each by its gradient."],
    },
    {"question": "Against the gradient?", "choices": ["No", "Yes"], "right": 1},
]


@pytest.fixture
def opened(own_page: Callable[..., Page]) -> Callable[..., Page]:
    def open_(*, width: int = 1036, lang: str = "en") -> Page:
        widget = TrainerWidget(plot=None, learning_rate=1e-5, ask=ASKED, lang=lang)
        widget.speed = None
        return own_page(widget, size=(width, 800))

    return open_


@pytest.mark.parametrize("width", [1036, 390])
def test_it_is_asked_answered_and_judged_by_keys_alone(
    opened: Callable[..., Page], width: int
) -> None:
    page = opened(width=width)
    card = page.get_by_role("group", name="Your guess")
    expect(card).to_contain_text("answer a question; 2 are left.")
    page.get_by_role("button", name="Step", exact=True).focus()
    page.keyboard.press("Enter")
    expect(card).to_contain_text(ASKED[0]["question"])
    expect(card.get_by_role("button", name="The data")).to_be_focused()
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.keyboard.press("Tab")
    expect(card.get_by_role("button", name=HOSTILE)).to_be_focused()
    page.keyboard.press("Enter")
    said = card.locator("p[aria-live=polite]")
    expect(said).to_contain_text(f"No: {HOSTILE} is no answer.")
    expect(said).to_contain_text("Right is w and b")
    expect(said).to_contain_text("0 of 1 right")
    expect(page.get_by_role("status")).to_contain_text("update 1")
    expect(page.get_by_role("button", name="Step", exact=True)).to_be_focused()
    assert page.locator(".linreg img").count() == 0
    page.keyboard.press("Enter")
    expect(card.get_by_role("button", name="No", exact=True)).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.press(" ")
    expect(said).to_contain_text("Right.")
    expect(said).not_to_contain_text("Right is")
    expect(said).to_contain_text("1 of 2 right")
    expect(page.get_by_role("button", name="Step", exact=True)).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_contain_text("update 3")
    expect(said).to_have_text("")


def test_answers_are_kept_as_a_file(opened: Callable[..., Page]) -> None:
    page = opened()
    page.get_by_role("button", name="Step", exact=True).click()
    page.get_by_role("button", name="Skip", exact=True).click()
    with page.expect_download() as download:
        page.get_by_role("group", name="Your guess").get_by_role("button", name="Save").click()
    (row,) = csv.DictReader(io.StringIO(download.value.path().read_text(encoding="utf-8")))
    assert (row["kind"], row["question"]) == ("choice", ASKED[0]["question"])
    assert (row["guess"], row["truth"], row["skipped"]) == ("", "w and b", "true")


def test_a_page_speaks_the_widgets_language_but_not_in_the_lessons_words(
    opened: Callable[..., Page],
) -> None:
    page = opened(lang="de")
    panel = page.get_by_role("group", name="Trainer für lineare Regression")
    expect(panel).to_have_attribute("lang", "de")
    assert page.locator("html").get_attribute("lang") == "de"
    expect(panel.get_by_role("status")).to_contain_text("Bereit: 50 Epochen mit 5 Updates.")
    panel.get_by_role("button", name="Schritt", exact=True).click()
    panel.get_by_role("button", name="w and b").click()
    card = panel.get_by_role("group", name="Deine Schätzung")
    expect(card).to_contain_text("Richtig: Each by its gradient.")
    panel.get_by_role("button", name="Start", exact=True).click()
    panel.get_by_role("button", name="Yes", exact=True).click()
    expect(panel.get_by_role("status")).to_contain_text("Fertig: 50 Epochen, 250 Updates.")


def test_a_german_page_has_no_commas_in_numbers_and_takes_one_for_decimals(
    opened: Callable[..., Page],
) -> None:
    page = opened(lang="de")
    panel = page.get_by_role("group", name="Trainer für lineare Regression")
    losses = panel.locator(".lr-losses")
    expect(losses).to_contain_text("33\N{NARROW NO-BREAK SPACE}150")
    expect(losses).to_contain_text("0.9094")
    panel.get_by_role("tab", name="Verlust", exact=True).click()
    assert not re.search(r"\d,\d", panel.inner_text())
    rate = panel.get_by_role("textbox", name="Lernrate")
    rate.fill("1,5e-6")
    rate.press("Enter")
    expect(rate).to_have_value("1.5e-6")
    expect(panel.get_by_role("alert")).to_be_empty()
    epochs = panel.get_by_role("textbox", name="Epochen")
    epochs.fill("1,000")
    epochs.press("Enter")
    expect(panel.get_by_role("alert")).to_contain_text("„1,000“ ist es nicht")
    expect(epochs).to_have_value("50")
