"""Hands quicker than the answers, in a page that trains by itself."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, expect

from linreg_widget import Table, Trainer, TrainerWidget, crop_yields
from tests.browser.parts import alert, button, expect_loss, slider, status
from tests.browser.test_draw import TEXT

pytestmark = pytest.mark.browser

# Between two acts the page shows what it knows, in microtasks; what its trainer says is a task.
AT_ONCE = """async (acts) => {
  for (const [index, [element, value]] of acts.entries()) {
    if (value === null) element.click();
    else {
      element.value = value;
      element.dispatchEvent(new Event("input", { bubbles: true }));
      const letsGo = acts[index + 1]?.[0] !== element;
      if (letsGo) element.dispatchEvent(new Event("change", { bubbles: true }));
    }
    for (let tick = 0; tick < 20; tick += 1) await null;
  }
  await new Promise((resolve) => setTimeout(resolve));  // it has heard them, in tasks before this
}"""
HANDS = """([element, keys]) => keys.forEach((key) => element.dispatchEvent(
  new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true })
))"""


def at_once(*acts: Locator | tuple[Locator, float]) -> None:
    """Click on buttons and drag sliders; the page's trainer hears of all of them after the last."""
    pairs = [act if isinstance(act, tuple) else (act, None) for act in acts]
    held = [[where.element_handle(), value] for where, value in pairs]
    pairs[0][0].page.evaluate(AT_ONCE, held)


def shown_rate(page: Page) -> float:
    return float(page.get_by_role("textbox", name="Learning rate value").input_value())


@pytest.fixture
def page(own_page: Callable[..., Page]) -> Page:
    widget = TrainerWidget(learning_rate=1e-5, epochs=4, plot=None)  # 20 updates
    widget.speed = None
    return own_page(widget)


def at(page: Page, update: int) -> None:
    """Wait until the run rests at an update."""
    expect(slider(page, "Timeline")).to_have_value(str(update))
    expect(button(page, "Run")).to_be_visible()
    expect(alert(page)).to_be_empty()


def test_run_twice_is_run_and_pause(page: Page) -> None:
    toggle = button(page, "Run")
    at_once(toggle, toggle)
    at(page, 0)
    at_once(*[toggle] * 4)
    at(page, 0)
    at_once(*[toggle] * 3)
    expect(status(page)).to_contain_text("Finished")
    at(page, 20)


def test_a_step_in_a_run_pauses_it_and_is_one_step(page: Page) -> None:
    run, step, back = (button(page, name) for name in ("Run", "Step", "Back"))
    at_once(run, step)
    at(page, 1)
    at_once(step, run, step, step)
    at(page, 4)
    at_once(run, back)
    at(page, 3)
    trainer = Trainer(crop_yields(), learning_rate=1e-5, epochs=4)
    trainer.step(count=3)
    expect_loss(page, trainer.loss())


def test_a_step_is_made_with_the_rate_that_is_shown(page: Page) -> None:
    rate, step = slider(page, "Learning rate"), button(page, "Step")
    low, high = (float(rate.get_attribute(end) or "nan") for end in ("min", "max"))
    at_once(*[(rate, low + share * (high - low)) for share in (0.5, 0.4, 0.3)], step)
    at(page, 1)
    rates = [shown_rate(page)]
    at_once(step, (rate, low + 0.25 * (high - low)), (rate, low + 0.2 * (high - low)), step)
    at(page, 3)
    rates += [rates[0], shown_rate(page)]
    assert rates[2] < rates[0]
    trainer = Trainer(crop_yields(), learning_rate=1e-5, epochs=4)
    for each in rates:
        trainer.change(learning_rate=each)
        trainer.step()
    expect_loss(page, trainer.loss())


def test_a_run_goes_on_from_where_the_timeline_was_left(page: Page) -> None:
    line, run, step = slider(page, "Timeline"), button(page, "Run"), button(page, "Step")
    at_once(run)
    at(page, 20)
    at_once(*[(line, update) for update in range(19, 2, -1)], step)
    at(page, 4)
    rate = slider(page, "Learning rate")
    low = float(rate.get_attribute("min") or "nan")
    at_once((line, 9), (line, 6), (rate, low), run)
    at(page, 20)
    trainer = Trainer(crop_yields(), learning_rate=1e-5, epochs=4)
    trainer.step(count=6)
    trainer.change(learning_rate=shown_rate(page))
    trainer.run()
    expect_loss(page, trainer.loss())


def test_keys_after_one_another_are_all_heard(page: Page) -> None:
    keys = ["ArrowRight"] * 5 + ["ArrowLeft"] * 2 + ["Home"] + ["ArrowRight"] * 2
    panel = page.get_by_role("group", name="Linear regression trainer", exact=True)
    page.evaluate(HANDS, [panel.element_handle(), keys])
    at(page, 2)


def test_a_point_added_after_an_undo_comes_into_the_table_that_is_shown_then(
    own_page: Callable[..., Page],
) -> None:
    widget = TrainerWidget(Table.parse(TEXT), plot=None, tab="line", learning_rate=0.01)
    page = own_page(widget)
    page.get_by_label("Draw points").check()
    rows = page.locator(".lr-axesof select").last.locator("option:not(:first-child)")
    undo, add, remove = (button(page, name) for name in ("Undo", "Add", "Remove"))
    at_once(remove, remove, undo, remove)
    expect(rows).to_have_count(3)
    at_once(undo, add, add)
    expect(rows).to_have_count(6)
    expect(rows.last).to_have_text("row 6")
    at_once(undo, undo, undo, undo, undo, undo)
    expect(rows).to_have_count(5)
    expect(rows.last).to_have_text("Emil")
    expect(alert(page)).to_be_empty()
    at_once(add)
    page.get_by_label("Start from").select_option("A curve")
    expect(rows).to_have_count(20)
    at_once(undo, add)
    expect(alert(page)).to_contain_text("was drawn in a table that is no longer shown")
    expect(rows).to_have_count(6)
