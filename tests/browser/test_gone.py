"""The panel when its kernel goes, at any moment: what it says can be done, and nothing else."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, TypeVar

import pytest
from playwright.sync_api import Page, expect

from linreg_widget import Trainer, crop_yields
from linreg_widget.panel.tape import Taping
from tests.browser.axe import violations
from tests.browser.parts import alert, button, panel, show
from tests.browser.scripted import diverge, step, trait, until, without_end

T = TypeVar("T")

VERBS = ("Reset", "Back", "Step", "Run")
LOST = "The kernel was restarted or shut down. Run the cell again to train"
ANSWERED = "kernel.received.length === kernel.answered"
CONSISTENT = """() => {
  const shown = (where) => document.querySelector(where)?.textContent ?? '';
  const names = [...document.querySelectorAll('.lr-buttons button')]
    .filter((button) => !button.ariaDisabled).map((button) => button.textContent.trim());
  const said = shown('.lr-place') + shown('.lr-spoken') + shown('.lr-alert');
  const pressed = ['Reset', 'Back', 'Step', 'Run', 'Raise Epochs'].filter((name) =>
    new RegExp(`(Press|, or|\\.) ${name}\\b`).test(said));
  const plays = said.includes('plays a recorded run');
  const track = !document.querySelector('[aria-label=Timeline]').ariaDisabled;
  return {
    wrong: pressed.filter((name) => !names.includes(name)),
    matches: plays === track && plays === names.length > 0 && !names.includes('Pause'),
  };
}"""


@pytest.fixture
def page(open_page: Callable[..., Page]) -> Page:
    page = open_page()
    until(page, ANSWERED)
    return page


def tape(epochs: int = 50) -> str:
    """A recorded run of the crops, as the page's kernel would send it."""
    trainer = Trainer(crop_yields(), epochs=epochs)
    trainer.run()
    taping = Taping(trainer, 100_000)
    taping.work()
    return base64.b64encode(taping.to_bytes()).decode()


def send_tape(page: Page, data: str) -> None:
    page.evaluate(
        """(text) => {
          const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
          kernel.change({ _tape: new DataView(bytes.buffer) });
        }""",
        data,
    )


def run(page: Page, state: str) -> None:
    button(page, "Run").click()
    until(page, state)


def run_on(page: Page) -> None:
    without_end(page)
    run(page, "kernel.get('update') > 30")


def run_slowly(page: Page) -> None:
    page.evaluate("kernel.change({ speed: 50, epochs: 1e6 })")
    run(page, "kernel.get('update') > 3")


def be_asked(page: Page) -> None:
    page.evaluate("kernel.change({ ask: 'loss' })")
    button(page, "Step").click()
    expect(page.locator(".lr-ask input")).to_be_visible()


def fail(page: Page) -> None:
    step(page, 2, by="update")
    page.evaluate("kernel.change({ status: 'failed', _alert: 'ValueError: so it failed' })")
    expect(alert(page)).to_contain_text("so it failed")


MOMENTS: dict[str, tuple[Callable[[Page], object], str]] = {
    "at the start": (lambda _: None, "ready"),
    "within a run": (run_on, "paused"),
    "within a slow run": (run_slowly, "paused"),
    "between two updates": (lambda page: step(page, 2, by="update"), "paused"),
    "within an update": (lambda page: step(page, 3), "paused"),
    "at the end": (partial(run, state="kernel.get('status') === 'finished'"), "finished"),
    "diverged": (diverge, "diverged"),
    "failed": (fail, "failed"),
    "asked": (be_asked, "ready"),
}


def end(page: Page, how: str) -> None:
    """Let the kernel end: told by the host, found out by a click, or with a host that is silent."""
    if how == "told":
        page.evaluate("kernel.die()")
    elif how == "silent":
        page.evaluate("kernel.latency = Infinity; kernel.emit('comm_live_update')")
    else:
        page.evaluate("kernel.die(false)")
        # Within a run the page finds out by itself.
        if trait(page, "status") != "running":
            show(page, "Data and line")  # the kernel would be told
    expect(page.locator(".lr-waiting")).to_have_text("the kernel is gone")


def expect_still(page: Page) -> None:
    """Expect a page that only shows what it showed last, and says what is to be done."""
    expect(alert(page)).to_contain_text(f"{LOST}. Until then this page shows what it showed last.")
    for name in VERBS:
        expect(button(page, name)).to_have_attribute("aria-disabled", "true")
    show(page, "Loss")
    for name in ("Timeline", "Speed", "Learning rate", "Epochs"):
        slider = panel(page).get_by_role("slider", name=name, exact=True)
        expect(slider).to_have_attribute("aria-disabled", "true")
    expect(page.get_by_role("radiogroup")).to_have_attribute("aria-disabled", "true")
    expect(page.locator(".lr-settings")).not_to_contain_text("the whole run in a second")
    assert page.evaluate(CONSISTENT) == {"wrong": [], "matches": True}


def each(column: Sequence[str], row: Sequence[T]) -> list[Any]:
    """Return all pairs; for `make test` those of the first column and of the first row."""
    return [
        (one, other)
        if one == column[0] or other == row[0]
        else pytest.param(one, other, marks=pytest.mark.matrix)
        for one in column
        for other in row
    ]


WITHIN = ["within a run", *(moment for moment in MOMENTS if moment != "within a run")]
RECORDED = [moment for moment in WITHIN if moment != "diverged"]


@pytest.mark.parametrize(("moment", "how"), each(WITHIN, ["told", "found out", "silent"]))
def test_a_kernel_that_is_gone_without_a_tape_leaves_only_what_works(
    page: Page, moment: str, how: str
) -> None:
    act, status = MOMENTS[moment]
    act(page)
    end(page, how)
    expect_still(page)
    expect(page.locator(".lr-state")).to_have_text(status)
    expect(page.locator(".lr-ask")).to_have_count(0)
    expect(panel(page).get_by_role("textbox", name="Learning rate value")).to_have_value(
        re.compile(r"^1e-[35]$")
    )
    seen = page.locator(".lr-place").inner_text()
    sent = page.evaluate("kernel.received.length")
    for key in ("ArrowRight", "ArrowLeft", " ", "Home"):
        panel(page).press(key)
    expect(page.locator(".lr-place")).to_have_text(seen, use_inner_text=True)
    assert page.evaluate("kernel.received.length") == sent


@pytest.mark.parametrize(("moment", "late"), each(RECORDED, [False, True]))
def test_a_kernel_that_is_gone_with_a_tape_leaves_a_page_that_plays_it(
    page: Page, moment: str, *, late: bool
) -> None:
    act, status = MOMENTS[moment]
    act(page)
    show(page, "Loss")
    data = tape(2)  # made before the run went on
    if not late:
        send_tape(page, data)
    page.evaluate("kernel.die()")
    if late:
        expect_still(page)
        send_tape(page, data)
    expect(alert(page)).to_contain_text(f"{LOST}; until then this page plays a recorded run")
    expect(page.locator(".lr-state")).to_have_text(status)
    place = page.locator(".lr-place").inner_text()
    assert page.evaluate(CONSISTENT) == {"wrong": [], "matches": True}
    track = panel(page).get_by_role("slider", name="Timeline", exact=True)
    if trait(page, "update") > 0:
        button(page, "Back").click()
        expect(page.locator(".lr-place")).not_to_have_text(place, use_inner_text=True)
        while button(page, "Step").get_attribute("aria-disabled") is None:
            button(page, "Step").click()
        if trait(page, "update") >= 10:
            expect(page.locator(".lr-place")).to_have_text(place, use_inner_text=True)
    button(page, "Reset").click()
    expect(track).to_have_value("0")
    assert page.evaluate(CONSISTENT) == {"wrong": [], "matches": True}
    speed = panel(page).get_by_role("textbox", name="Speed value")
    speed.fill("1000")
    speed.press("Enter")
    button(page, "Run").click()
    expect(track).not_to_have_value("0")
    expect(button(page, "Run")).to_be_visible()


def test_the_answer_under_way_when_a_kernel_dies_does_not_bring_it_back(page: Page) -> None:
    page.evaluate("kernel.latency = Infinity")
    button(page, "Step").click()
    page.evaluate("window.late = kernel.received.at(-1); kernel.die()")
    expect(page.locator(".lr-place")).to_contain_text("update 0 of 250")
    expect(page.locator(".lr-waiting")).to_have_text("the kernel is gone")
    page.evaluate("kernel.answer(late)")
    expect(page.locator(".lr-place")).to_contain_text("update 1 of 250")
    expect(page.locator(".lr-waiting")).to_have_text("the kernel is gone")
    expect_still(page)


def test_a_connection_that_is_back_finds_all_as_it_was(page: Page) -> None:
    run_on(page)
    page.evaluate("kernel.die()")
    expect_still(page)
    page.evaluate("kernel.comeBack()")
    expect(page.locator(".lr-waiting")).to_be_empty()
    expect(alert(page)).to_be_empty()
    seen = trait(page, "update")
    until(page, f"kernel.get('update') > {seen}")
    button(page, "Pause").click()
    expect(button(page, "Run")).to_be_visible()
    button(page, "Back").click()
    expect(panel(page).get_by_role("textbox", name="Learning rate value")).to_be_enabled()


def test_what_a_lesson_bars_is_not_said_to_work(page: Page) -> None:
    step(page, 3, by="update")
    send_tape(page, tape(2))
    page.evaluate("kernel.change({ hide: ['speed', 'run'], lock: ['step'] })")
    page.evaluate("kernel.die()")
    expect(alert(page)).to_contain_text("plays a recorded run: Back and the Timeline work.")


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing_where_the_kernel_is_gone(
    open_page: Callable[..., Page], theme: str
) -> None:
    page = open_page(theme=theme)
    step(page, 3, by="update")
    page.evaluate("kernel.die()")
    expect_still(page)
    assert violations(page, colours=theme == "dark") == []
    send_tape(page, tape(2))
    expect(alert(page)).to_contain_text("plays a recorded run")
    assert violations(page, colours=theme == "dark") == []
