"""The panel by itself in Chromium, without Jupyter: what it says of runs that go well or wrong."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from linreg_widget import Trainer, crop_yields
from linreg_widget.model import gradient_update
from linreg_widget.panel.panel import TrainerPanel
from tests.browser.axe import violations
from tests.browser.parts import alert, button, panel, show, status, verdict
from tests.browser.scripted import (
    BOXES,
    SAID,
    diverge,
    step,
    trait,
    until,
    without_end,
)
from tests.training import mistaken


def test_a_diverged_run_says_why_and_starts_again_with_a_safe_rate(page: Page) -> None:
    diverge(page)
    why = trait(page, "_explained")["words"]
    expect(verdict(page)).to_contain_text(why)
    expect(status(page)).to_contain_text(why)
    expect(page.locator(".lr-place")).not_to_contain_text("Diverged")
    again = button(page, "Start again at 1e-5")
    box = again.bounding_box()
    assert box is not None
    assert box["height"] >= 24
    again.focus()
    page.keyboard.press("Enter")
    until(page, "kernel.get('status') === 'ready'")
    assert trait(page, "learning_rate") == 1e-5
    expect(panel(page)).to_be_focused()
    expect(panel(page)).not_to_contain_text(why)
    expect(again).to_have_count(0)


def test_a_diverged_run_goes_back_to_the_last_good_update(page: Page) -> None:
    step(page, 3, by="update")
    diverge(page)
    good = trait(page, "_explained")["good"]
    assert good >= 3
    button(page, f"Back to update {good} at 1e-5").click()
    until(page, "kernel.get('status') === 'paused'")
    assert (trait(page, "update"), trait(page, "learning_rate")) == (good, 1e-5)


def test_only_the_start_is_offered_where_no_update_was_good(page: Page) -> None:
    page.evaluate(
        """() => {
          const why = { kind: 'diverged', words: 'So it went.', safe: 2e-5, good: 0 };
          kernel.change({ _explained: why, status: 'diverged' });
        }"""
    )
    expect(button(page, "Start again at 2e-5")).to_be_visible()
    expect(page.get_by_role("button", name=re.compile("^Back to"))).to_have_count(0)


MISTAKES = {
    "locals": (mistaken.rebinds_locals, 1e-5, "still", []),
    "only w": (mistaken.update(b=0), 1e-5, "still", []),
    "too short": (gradient_update, 1e-20, "still", ["Start again at 1e-5"]),
    "uphill": (mistaken.update(b=1), 1e-5, "uphill", []),
    "diverged uphill": (mistaken.update(w=1, b=1), 1e-5, "diverged", []),
    "piled up": (mistaken.update(clears=False), 3e-4, "diverged", []),
    "sum": (
        mistaken.update(backward=lambda difference: (difference**2).sum()),
        *(1e-4, "diverged", ["Start again at 2e-6"]),
    ),
}


OF_A_KIND = ("locals", "uphill", "sum")
"""One of each kind of verdict: they differ in colour and in whether there are buttons."""


def explain(page: Page, function: Any, rate: float) -> tuple[str, str]:
    """Let the page show what a whole run is diagnosed with; return the kind and the words."""
    trainer = Trainer(crop_yields(), update=function, learning_rate=rate)
    trainer.run()  # by itself: the panel's own would make a tape too
    panel = TrainerPanel(trainer)
    names = ("_explained", "status", "update", "learning_rate")
    page.evaluate("(traits) => kernel.change(traits)", panel.get_state(list(names)))
    return panel._explained["kind"], panel._explained["words"]


@pytest.mark.parametrize(
    ("width", "name"),
    [
        *((360, name) for name in MISTAKES),
        *(pytest.param(1000, name, marks=pytest.mark.matrix) for name in MISTAKES if name != "sum"),
        (1000, "sum"),
    ],
)
def test_a_mistake_is_told_in_full_with_a_rate_only_where_it_helps(
    open_page: Callable[..., Page], name: str, width: int
) -> None:
    page = open_page(width=width)
    function, rate, expected, ways = MISTAKES[name]
    kind, words = explain(page, function, rate)
    assert kind == expected
    said = page.locator(f".lr-verdict-{kind} p")
    expect(said).to_have_text(words.replace("`", ""))
    assert said.locator("code").all_text_contents() == words.split("`")[1::2]
    # What is longer than the room opens over what is below; the ways out are there before.
    slot = page.locator(".lr-slot").bounding_box()
    assert slot is not None
    for one in (said, *page.locator(".lr-rescue button").all()):
        box = one.bounding_box()
        assert box is not None
        assert slot["y"] <= box["y"]
        assert box["y"] + box["height"] <= slot["y"] + slot["height"]
    hidden = said.evaluate("(p) => p.scrollHeight - p.clientHeight")
    assert said.get_attribute("tabindex") == ("0" if hidden > 0 else None)
    said.focus()
    assert said.evaluate(
        "(p) => p.clientHeight >= 17 && p.scrollHeight <= p.clientHeight"
        " && p.scrollWidth <= p.clientWidth"
    )
    expect(status(page)).to_contain_text(words)
    assert page.locator(".lr-rescue button").all_text_contents() == ways
    if name in OF_A_KIND:
        assert violations(page) == []


def test_a_mistake_takes_no_more_room_than_there_is_while_the_run_goes_on(page: Page) -> None:
    without_end(page)
    page.evaluate("kernel.change({ speed: 0.001 })")
    button(page, "Run").click()
    until(page, "kernel.get('status') === 'running'")
    before = page.evaluate(BOXES)
    words = "b goes uphill: the step adds the gradient instead of subtracting it. " * 4
    page.evaluate("(words) => kernel.change({ _explained: { kind: 'uphill', words } })", words)
    expect(page.locator(".lr-verdict-uphill p")).to_have_attribute("title", words)
    assert page.evaluate(BOXES) == before


def test_a_refused_w_of_another_shape_is_told_with_both_shapes(page: Page) -> None:
    def turns(model: Any, x: Any, y: Any, learning_rate: float) -> Any:
        loss = yield from gradient_update(model, x, y, learning_rate)
        model.w = model.w.detach().t().requires_grad_()
        return loss

    panel = TrainerPanel(Trainer(crop_yields(), update=turns))
    panel._on_message(panel, {"kind": "step", "by": "update", "client": "page", "id": 1}, [])
    state = panel.get_state(["_alert", "status"])
    assert state["status"] == "failed"
    page.evaluate("(traits) => kernel.change(traits)", state)
    expect(alert(page)).to_contain_text("gave model.w the shape (3, 2)")
    expect(alert(page)).to_contain_text("of shape (2, 3). Change it in place")


@pytest.mark.parametrize("width", [1000, 600, 360])
def test_a_warning_moves_nothing_and_is_spoken_once(
    open_page: Callable[..., Page], width: int
) -> None:
    page = open_page(width=width)
    step(page, 5, by="update")
    before = page.evaluate(BOXES)
    page.evaluate(SAID)
    # As long as words come: what has no room is cut, and stands in the title.
    words = "The loss grows, since each step goes further past the best w and b. " * 4
    page.evaluate(
        "(words) => kernel.change({ _explained: { kind: 'growing', words, safe: 1e-5, good: 2 } })",
        words,
    )
    warning = page.locator(".lr-verdict-growing p")
    expect(warning).to_have_attribute("title", words)
    assert page.evaluate(BOXES) == before
    expect(status(page)).to_contain_text("The loss grows")
    for update in (6, 7):
        page.evaluate("(update) => kernel.change({ update })", update)
        expect(status(page)).to_contain_text(f"update {update} of")
    assert sum("The loss grows" in sentence for sentence in page.evaluate("said")) == 1
    page.evaluate("kernel.change({ _explained: { kind: '' } })")
    expect(verdict(page)).to_contain_text("times the best possible")
    assert page.evaluate(BOXES) == before


def test_losses_are_named_and_the_best_possible_is_among_them(page: Page) -> None:
    step(page, 3, by="update")
    losses = page.locator(".lr-losses")
    for name in ("last batch", "epoch mean", "full data", "best possible"):
        expect(losses).to_contain_text(name)
    expect(losses).to_contain_text("0.9094")
    expect(verdict(page)).to_have_text(
        re.compile(r"^The loss of the full data is [\d,]+: still [\d,]+ times the best possible\.$")
    )
    expect(status(page)).to_contain_text("The gradients are zero")
    page.evaluate("kernel.change({ _floor: 0 })")
    expect(verdict(page)).to_contain_text(": the best possible is 0.")
    show(page, "Predictions")
    expect(page.locator(".lr-measures").first).to_contain_text(re.compile("loss .*RMSE"))


def test_a_kernel_that_knows_no_best_loss_gets_no_empty_room(page: Page) -> None:
    page.evaluate("kernel.change({ _floor: -1 })")
    expect(verdict(page)).to_have_count(0)
    expect(page.locator(".lr-losses")).to_contain_text("best possible –")


def test_fewer_epochs_than_were_done_are_told_without_a_wrong_number(page: Page) -> None:
    page.evaluate(
        """() => kernel.change({ status: 'finished', update: 250, epochs: 20, _total: 100,
                                 _epoch: 50, _batch: 0, _recorded: 250 })"""
    )
    said = "Finished: 50 epochs, 250 updates done, more than the 20 epochs asked for."
    expect(page.locator(".lr-place")).to_contain_text(said)
    assert page.get_by_role("progressbar").evaluate("(bar) => bar.value / bar.max") == 1
    page.evaluate("kernel.change({ status: 'paused', _phase: 'loss' })")
    expect(page.locator(".lr-place")).to_contain_text("update 251 (100 asked for)")
