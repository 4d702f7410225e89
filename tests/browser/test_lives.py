"""Widgets that are linked in the page, and those that a reader's moves make and take away."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser.lab import Lab

SETUP = """
from ipywidgets import *
from IPython.display import display
from linreg_widget import TrainerWidget
from linreg_widget.panel.closing.held import open_widgets
def made(lr=1e-5):
    return TrainerWidget(learning_rate=lr, plot=None)
def rates():
    return [w.learning_rate for w in open_widgets().values() if isinstance(w, TrainerWidget)]
"""


def test_links_in_the_page_go_both_ways(shared_lab: Lab) -> None:
    notebook = shared_lab.open(
        [
            SETUP,
            (
                "w, both, one = made(), IntText(value=50), FloatText(value=1e-5)\n"
                "kept = [jslink((w.panel, 'epochs'), (both, 'value')),\n"
                "        jsdlink((one, 'value'), (w.panel, 'learning_rate'))]\n"
                "VBox([both, one, w])"
            ),
        ]
    )
    notebook.run_all()
    expect(notebook.panel).to_be_visible()
    both, one = (notebook.output(1).locator(".widget-text input").nth(index) for index in (0, 1))
    both.fill("80")
    both.press("Enter")
    notebook.until(lambda: notebook.kernel("[w.epochs, w.trainer.total]") == [80, 400])
    one.fill("0.00002")
    one.press("Enter")
    notebook.until(lambda: notebook.kernel("w.trainer.settings.learning_rate") == 2e-5)
    notebook.execute("w.change(epochs=90)")
    expect(both).to_have_value("90")


@pytest.mark.matrix  # tests/kernel/test_lives.py holds which widgets the page is told to close
def test_the_page_keeps_what_it_shows_and_no_more(shared_lab: Lab) -> None:
    notebook = shared_lab.open(
        [
            SETUP,
            "x = interactive(lambda lr: display(made(lr)), lr=FloatText(value=1.0))\nx",
            (
                "button, out = Button(description='Add'), Output()\n"
                "def add(_):\n    with out:\n        display(made(100.0))\n"
                "button.on_click(add)\nVBox([button, out])"
            ),
        ]
    )
    notebook.run_all()
    panels = notebook.output(1).locator(".linreg")
    expect(panels).to_have_count(1)
    number = notebook.output(1).locator(".widget-text input").first
    for rate in (2, 3, 4):
        number.fill(str(rate))
        number.press("Enter")
        notebook.until(lambda rate=rate: notebook.kernel("rates()") == [rate])  # type: ignore[misc]
        expect(panels).to_have_count(1)
    for count in (1, 2, 3):
        notebook.output(2).get_by_role("button", name="Add", exact=True).click()
        expect(notebook.output(2).locator(".linreg")).to_have_count(count)
    assert notebook.kernel("rates()") == [4, 100, 100, 100]
    notebook.run_cell(2)
    expect(notebook.output(2).locator(".linreg")).to_have_count(0)
    assert notebook.kernel("rates()") == [4]
