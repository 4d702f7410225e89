"""The panel by itself in Chromium, without Jupyter: its fields, the ruler, when to stop."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.parts import alert, button, panel, status, verdict
from tests.browser.scripted import (
    SAID,
    knob,
    step,
    trait,
    until,
)


def test_the_ruler_says_how_the_rate_stands(page: Page) -> None:
    slider = panel(page).get_by_role("slider", name="Learning rate")
    for rate, words in (
        (1e-6, "slow 1e-6 is 0.9% of the largest stable rate, 1.12e-4"),
        (1e-5, "good 1e-5 is 9% of the largest stable rate, 1.12e-4"),
        (8e-5, "risky 8e-5 is 72% of the largest stable rate, 1.12e-4"),
        (3e-4, "divergent 3e-4 is 2.7 times the largest stable rate, 1.12e-4"),
    ):
        page.evaluate("(rate) => kernel.change({ learning_rate: rate })", rate)
        expect(knob(page, "learning-rate").locator(".lr-note")).to_have_text(words)
        expect(slider).to_have_accessible_description(words)


def test_the_rulers_zones_follow_the_worst_batch(page: Page) -> None:
    zone = knob(page, "learning-rate").locator(".lr-zone")
    page.evaluate("kernel.change({ learning_rate: 5e-5 })")
    expect(zone).to_have_text("good")
    page.evaluate("kernel.change({ _worst: 4e-5 })")
    expect(zone).to_have_text("risky")
    page.evaluate("kernel.change({ _worst: 0 })")
    expect(zone).to_have_text("good")
    page.evaluate("kernel.change({ _limit: 0 })")
    expect(zone).to_have_count(0)
    expect(page.locator(".lr-names")).to_have_count(0)


@pytest.mark.parametrize("width", [1000, 600, 360])
def test_names_on_the_ruler_never_touch(open_page: Callable[..., Page], width: int) -> None:
    page = open_page(width=width)
    names = """() => [...document.querySelectorAll('.lr-names :is(span, b)')].map((name) => {
      const range = document.createRange();
      range.selectNodeContents(name);
      const { left, right, top } = range.getBoundingClientRect();
      // What has no room beside its neighbour goes below it, where it is not seen.
      const seen = top < name.parentElement.getBoundingClientRect().bottom;
      return [name.textContent, left, right, seen];
    }).filter(([, left, right, seen]) => seen && right > left)"""
    rulers = [(limit, share) for limit in (1.1155e-4, 0.4, 0.51, 9.9) for share in (1, 0.62, 0.001)]
    for limit, share in rulers:
        page.evaluate(
            "([_limit, share]) => kernel.change("
            "{ _limit, _worst: share * _limit, learning_rate: _limit / 10 })",
            [limit, share],
        )
        expect(knob(page, "learning-rate")).to_contain_text("10% of the largest")
        shown = page.evaluate(names)
        for (_, _, right, _), (_, left, _, _) in itertools.pairwise(shown):
            assert left - right >= 3
        track = page.locator(".lr-knob-learning-rate .lr-slider").bounding_box()
        assert track is not None
        assert shown[0][1] >= track["x"]
        assert shown[-1][2] <= track["x"] + track["width"] + 1
        ends = page.evaluate(
            """() => ['i.lr-zone-divergent', '.lr-beyond-limit'].map(
                 (part) => document.querySelector(part).getBoundingClientRect().left)"""
        )
        assert ends[0] == pytest.approx(ends[1], abs=2)
        said = [name for name, *_ in shown]
        assert said[:4] == ["slow", "good", "risky", "limit"]
        if limit == 1.1155e-4:
            assert said[4:] == ["divergent"]


def test_a_run_stops_near_the_best_possible_loss_and_says_so_once(page: Page) -> None:
    choice = panel(page).get_by_role("combobox", name="Stop", exact=True)
    field = panel(page).get_by_role("textbox", name="Stop value", exact=True)
    expect(field).to_have_count(0)
    choice.select_option("near the best possible loss")
    expect(field).to_have_value("1.1")
    assert (trait(page, "stop_within"), trait(page, "stop_patience")) == (1.1, None)
    field.fill("1")
    field.press("Enter")
    expect(panel(page).get_by_role("alert")).to_contain_text("“1” is not.")
    assert trait(page, "stop_within") == 1.1
    field.fill("20")
    field.press("Enter")
    expect(panel(page).get_by_role("alert")).to_have_text("")
    assert trait(page, "stop_within") == 20
    page.evaluate("kernel.change({ learning_rate: 5e-5, epochs: 1000 })")
    page.evaluate(SAID)
    button(page, "Run").click()
    until(page, "kernel.get('_notice') !== ''")
    notice = trait(page, "_notice")
    expect(verdict(page)).to_contain_text(notice)
    expect(status(page)).to_contain_text(notice)
    assert sum(notice in sentence for sentence in page.evaluate("said")) == 1


def test_patience_is_counted_in_epochs_and_each_choice_keeps_its_number(page: Page) -> None:
    choice = panel(page).get_by_role("combobox", name="Stop", exact=True)
    field = panel(page).get_by_role("textbox", name="Stop value", exact=True)
    choice.select_option("when the loss no longer falls")
    expect(field).to_have_value("10")
    expect(field).to_have_accessible_description(re.compile("10 epochs without"))
    assert (trait(page, "stop_within"), trait(page, "stop_patience")) == (None, 10)
    field.fill("3")
    field.press("Enter")
    choice.select_option("after all epochs")
    assert (trait(page, "stop_within"), trait(page, "stop_patience")) == (None, None)
    choice.select_option("when the loss no longer falls")
    expect(field).to_have_value("3")
    page.evaluate("kernel.change({ stop_within: 2, stop_patience: null })")
    expect(choice).to_have_value("near")
    expect(field).to_have_value("2")


def test_standardize_is_a_checkbox_that_says_what_it_does(page: Page) -> None:
    step(page, by="update")
    box = panel(page).get_by_role("checkbox", name="Standardize", exact=True)
    expect(box).to_have_accessible_description(re.compile("mean 0 .* starts the run again"))
    box.focus()
    page.keyboard.press(" ")
    until(page, "kernel.get('standardize') === true")
    expect(box).to_be_checked()
    until(page, "kernel.get('update') === 0")


def test_a_decimal_comma_is_refused_with_the_number_to_write(page: Page) -> None:
    for field, typed, hint in (
        ("Learning rate", "1,5e-3", "write 0.0015"),
        ("Epochs", "1.000,0", "write 1000"),
        ("Speed", "0,84", "write 0.84"),
    ):
        box = panel(page).get_by_label(f"{field} value")
        box.fill(typed)
        box.press("Enter")
        expect(alert(page)).to_contain_text(hint)


def test_a_refusal_stays_until_anything_is_set_or_the_run_moves(page: Page) -> None:
    box = panel(page).get_by_label("Speed value")

    def refuse() -> None:
        box.fill("1e9")
        box.press("Enter")
        expect(alert(page)).to_contain_text("below 1,000,000")
        expect(alert(page)).not_to_contain_text("None")

    refuse()
    page.evaluate("kernel.change({ _score: 'anything else' })")
    expect(alert(page)).to_contain_text("below 1,000,000")
    box.fill("3")
    box.press("Enter")
    expect(alert(page)).to_be_empty()
    refuse()
    step(page, by="update")
    expect(alert(page)).to_be_empty()
    refuse()
    page.evaluate("kernel.change({ learning_rate: 2e-6 })")
    expect(alert(page)).to_be_empty()


def test_a_field_shows_the_whole_number(page: Page) -> None:
    box = panel(page).get_by_label("Epochs value")
    for width in (1400, 1000, 700, 390):
        page.set_viewport_size({"width": width, "height": 1000})
        for epochs in (50, 1_000_000_000, 2**53 - 1):
            page.evaluate("(epochs) => kernel.change({ epochs })", epochs)
            expect(box).to_have_value(f"{epochs:,}")
            assert box.evaluate("(box) => box.scrollWidth <= box.clientWidth"), (width, epochs)
