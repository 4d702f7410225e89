"""Predict, then reveal, and locked controls, with a real panel behind the page."""

from __future__ import annotations

import re
from collections.abc import Callable

from playwright.sync_api import expect

from linreg_widget import Trainer, crop_yields
from tests.browser.bridge import Bridge


def test_a_guess_is_judged_and_a_lock_is_taken_away_by_code(bridge: Callable[..., Bridge]) -> None:
    one = bridge(Trainer(crop_yields(), learning_rate=1e-5))
    one.panel.ask, one.panel.lock = "loss", ["run"]
    one.show()
    panel = one.page.get_by_role("group", name="Linear regression trainer")
    card = panel.get_by_role("group", name="Your guess")
    expect(card).to_contain_text("Before each Step, predict the loss.")
    panel.get_by_role("button", name="Step", exact=True).click()
    field = card.get_by_role("textbox", name=re.compile("^Next is update 1. The loss over"))
    expect(field).to_be_focused()
    assert one.panel.trainer.position.update == 0
    field.fill("30,000")
    field.press("Enter")
    expect(card).to_contain_text("Close: the loss fell by 17%; you expected it to fall by 9.5%.")
    expect(card).to_contain_text("You said 30,000")
    expect(card).to_contain_text("1 of 1 close")
    expect(panel.get_by_role("button", name="Step", exact=True)).to_be_focused()
    assert one.panel.gate.guesses.to_frame()["guess"].tolist() == [30_000]
    run = panel.get_by_role("button", name="Run", exact=True)
    expect(run).to_have_attribute("aria-disabled", "true")
    one.panel.lock, one.panel.ask, one.panel.speed = [], None, None
    one.show()
    expect(run).not_to_have_attribute("aria-disabled", "true")
    expect(card).to_have_count(0)
    run.click()
    one.until(lambda: one.panel.status == "finished")
