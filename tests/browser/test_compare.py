"""The panel by itself in Chromium, without Jupyter: what the data say, and runs compared."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect

from tests.browser.parts import button, show
from tests.browser.scripted import (
    BOXES,
    commands,
    step,
)


def test_what_the_data_say_is_listed_beside_the_best_w_and_b(page: Page) -> None:
    said = show(page, "What the data say")
    expect(said.get_by_role("listitem")).to_have_count(3)
    table = said.get_by_role("table", name="Mangoes: weights and bias")
    row = table.get_by_role("row", name=re.compile("^bias"))
    expect(row.get_by_role("cell")).to_have_count(2)
    expect(row.get_by_role("cell").nth(1)).to_have_text("2.208")
    page.evaluate("kernel.change({ standardize: true })")
    expect(row.get_by_role("cell")).to_have_count(4)
    expect(table.get_by_role("columnheader")).to_have_text(
        ["Mangoes", "now", "best", "now, scaled", "best, scaled"]
    )
    weight = table.get_by_role("row", name=re.compile("^Temperature")).get_by_role("cell").first
    now = weight.inner_text()
    step(page, by="update")
    expect(weight).not_to_have_text(now)


def test_runs_are_kept_compared_and_forgotten(page: Page) -> None:
    compare = show(page, "Compare")
    keep = button(page, "Keep this run")
    expect(keep).to_have_attribute("aria-disabled", "true")
    expect(compare).to_contain_text("change the settings, and run again")
    step(page, 2, by="update")
    boxes = page.evaluate(BOXES)
    rows = compare.locator("tbody tr")
    for kept in range(1, 4):
        page.evaluate("(kept) => kernel.change({ learning_rate: kept * 1e-6 })", kept)
        keep.click()
        expect(rows).to_have_count(kept + 1)
    expect(compare.get_by_role("columnheader")).to_have_text(
        ["run", "learning rate", "epochs", "full-data loss"]
    )
    colours = compare.locator(".lr-swatch").evaluate_all(
        "(all) => all.map((each) => getComputedStyle(each).backgroundColor)"
    )
    assert len(set(colours)) == 4
    expect(page.get_by_role("button", name=re.compile("^Forget"))).to_have_count(3)
    assert page.evaluate(BOXES) == boxes
    button(page, "Forget rate 2e-6").click()
    expect(rows).to_have_count(3)
    expect(compare).not_to_contain_text("rate 2e-6")
    expect(keep).to_be_focused()
    forget = page.get_by_role("button", name=re.compile("^Forget")).first
    forget.evaluate("(button) => { button.click(); button.click(); }")  # as a quick hand does
    expect(rows).to_have_count(2)
    assert [one["kind"] for one in commands(page)].count("forget") == 2


def test_the_present_run_cannot_be_forgotten(page: Page) -> None:
    compare = show(page, "Compare")
    expect(compare.locator("tbody tr")).to_have_count(1)
    expect(page.get_by_role("button", name=re.compile("^Forget"))).to_have_count(0)
