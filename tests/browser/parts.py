"""The parts of the panel, each by the name that a screen reader says, in whatever holds them."""

from __future__ import annotations

import re
from typing import TypeAlias

import pytest
from playwright.sync_api import Frame, FrameLocator, Locator, Page, expect

from linreg_widget import Trainer
from tests import said
from tests.browser.offline import comes_to
from tests.microscope.looking import look

Within: TypeAlias = Page | Frame | FrameLocator | Locator

TABS = (
    *("Loss", "Inside the update", "Graph", "Data and line", "Predictions"),
    *("Compare", "What the data say", "Valley"),
)


def panel(within: Within) -> Locator:
    return within.get_by_role("group", name="Linear regression trainer", exact=True)


def button(within: Within, name: str | re.Pattern[str]) -> Locator:
    return within.get_by_role("button", name=name, exact=True)


def slider(within: Within, name: str) -> Locator:
    return within.get_by_role("slider", name=name, exact=True)


def status(within: Within) -> Locator:
    return within.get_by_role("status")


def alert(within: Within) -> Locator:
    return within.get_by_role("alert")


def verdict(page: Page) -> Locator:
    return page.locator(".lr-verdict")


def enter(within: Within, name: str, text: str) -> None:
    """Type a text into the field of a setting, and press Enter."""
    field = within.get_by_role("textbox", name=f"{name} value", exact=True)
    field.fill(text)
    field.press("Enter")


def show(within: Within, name: str) -> Locator:
    """Open a tab by its button; return what it shows."""
    tab = within.get_by_role("tab", name=name, exact=True)
    tab.click()
    expect(tab).to_have_attribute("aria-selected", "true")
    return within.get_by_role("tabpanel", name=name, exact=True)


def loss(within: Page | Locator, name: str = "full data") -> float:
    """Read one of the losses in the head."""
    shown = within.locator(".lr-losses div").filter(has_text=name).locator("b")
    return said.number(shown.inner_text())


def expect_sentence(within: Locator, trainer: Trainer) -> None:
    """Wait for the sentence of the phase that a trainer is at, with its numbers."""
    true, sentence = look(trainer).sentence, within.locator(".lr-sentence")
    near = pytest.approx(said.numbers(true), rel=1.1e-3)
    comes_to(within.page, lambda: said.words(sentence.inner_text()), said.words(true))
    comes_to(within.page, lambda: said.numbers(sentence.inner_text()), near)


def expect_loss(within: Page | Locator, true: float, name: str = "full data") -> None:
    """Wait until the head shows a loss to four digits."""
    page = within if isinstance(within, Page) else within.page
    comes_to(page, lambda: loss(within, name), pytest.approx(true, rel=1e-3))
