"""Predict, then reveal, and locked controls, in a real JupyterLab."""

from __future__ import annotations

import re

from playwright.sync_api import expect

from tests.browser.lab import Lab

CELLS = [
    "from linreg_widget import TrainerWidget",
    "widget = TrainerWidget(learning_rate=1e-5, plot=None, ask='loss', lock='run'); widget",
]


def test_a_guess_is_judged_and_a_lock_is_taken_away_in_a_cell(shared_lab: Lab) -> None:
    notebook = shared_lab.open(CELLS)
    notebook.run_all()
    panel = notebook.panel
    card = panel.get_by_role("group", name="Your guess")
    expect(card).to_contain_text("Before each Step, predict the loss.")
    panel.get_by_role("button", name="Step", exact=True).click()
    field = card.get_by_role("textbox", name=re.compile("^Next is update 1. The loss over"))
    expect(field).to_be_focused()
    assert notebook.kernel("widget.update") == 0
    field.fill("30,000")
    field.press("Enter")
    expect(card).to_contain_text("Close: the loss fell by 17%; you expected it to fall by 9.5%.")
    expect(card).to_contain_text("You said 30,000")
    expect(card).to_contain_text("1 of 1 close")
    expect(panel.get_by_role("button", name="Step", exact=True)).to_be_focused()
    assert notebook.kernel("widget.answers()['guess'].tolist()") == [30_000]
    run = panel.get_by_role("button", name="Run", exact=True)
    expect(run).to_have_attribute("aria-disabled", "true")
    notebook.execute("widget.lock, widget.ask, widget.speed = (), None, None")
    expect(run).not_to_have_attribute("aria-disabled", "true")
    expect(card).to_have_count(0)
    run.click()
    notebook.until(lambda: notebook.kernel("widget.status") == "finished")
