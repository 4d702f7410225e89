"""The head: of one height in every state and language; nothing in it is cut, and nothing jumps."""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import Any

import pytest
import torch
from playwright.sync_api import Page

from linreg_widget import Stop, Trainer, crop_yields
from linreg_widget.messages.languages import speaking
from linreg_widget.model import gradient_update
from tests.browser.axe import violations
from tests.browser.bridge import Bridge

WIDTHS = (726, 844, 924, 1060)
"""Half a page; JupyterLab's beside its file browser on a small laptop; on a laptop, a little less;
all."""
HIGH = {726: 152}
"""Where words take three lines, and the table's size, which *What the data say* has too, is cut."""
FIXED = """() => Object.fromEntries([...document.querySelectorAll(
  '.lr-buttons button, .lr-segment, .lr-state, .lr-losses > *, .lr-slot, .lr-tabs, .lr-panel'
)].map((one, index) => {
  const { x, y, width, height } = one.getBoundingClientRect();
  return [`${index} ${one.className.split(' ')[0]}`, [x, y, width, height].map(Math.round).join()];
}))"""
HEIGHT = """() => document.querySelector('.lr-slot').getBoundingClientRect().bottom
  - document.querySelector('.lr-card').getBoundingClientRect().top"""
CUT = """() => [...document.querySelectorAll(
  '.lr-bar *, .lr-monitor *, .lr-slot, .lr-slot *'
)].filter((one) => one.clientWidth > 1
  && !one.closest('[tabindex].lr-lines, :has(> .lr-lines:focus)')
  && (one.scrollWidth > one.clientWidth + 1 || one.scrollHeight > one.clientHeight + 1)
).map((one) => `${one.className}: ${one.textContent}`)"""
OUTSIDE = """() => {
  const slot = document.querySelector('.lr-slot').getBoundingClientRect();
  return [...document.querySelectorAll('.lr-slot :is(button, input)')].filter((one) => {
    const { top, bottom, left, right } = one.getBoundingClientRect();
    const words = one.closest('.lr-slot > *').querySelector('.lr-lines')?.getBoundingClientRect();
    return top < slot.top || bottom > slot.bottom + 0.5 || right > slot.right
      || (words && left < words.right);
  }).map((one) => one.textContent);
}"""
BEYOND = """() => {
  const slot = document.querySelector('.lr-slot').getBoundingClientRect();
  return [...document.querySelectorAll('.lr-slot *')].filter((one) => {
    const { left, right, top, bottom, width } = one.getBoundingClientRect();
    return width > 1 && !one.closest('.lr-lines, .lr-spoken') && (left < slot.left - 1
      || right > slot.right + 1 || top < slot.top - 1 || bottom > slot.bottom + 1);
  }).map((one) => `${one.className}: ${one.textContent}`);
}"""
MORE = ".lr-slot .lr-lines[tabindex]"


def fails_above_one(
    model: Any, x: torch.Tensor, y: torch.Tensor, learning_rate: float
) -> Generator[str, None, float]:
    if learning_rate > 1:
        raise ValueError("the shapes (3, 2) and (2, 3) do not go together, whatever is done")
    return (yield from gradient_update(model, x, y, learning_rate))


def _press(one: Bridge, at: int, then: str) -> None:
    """Press Reset, Back, Step or Run, and wait for what comes in the slot."""
    one.show()
    one.page.locator(".lr-buttons button").nth(at).click()
    one.page.locator(then).first.wait_for()


def _middle(one: Bridge) -> None:
    one.panel.step("phase", 3)


def _runs(one: Bridge) -> None:
    one.panel.epochs = 100_000
    _press(one, 3, ".lr-state-running")


def _pauses(one: Bridge) -> None:
    one.page.locator(".lr-buttons button").nth(3).click()
    one.page.locator(".lr-state-paused").wait_for()
    one.panel.epochs = 50


def _ends(one: Bridge) -> None:
    one.panel.run()


def _poor(one: Bridge) -> None:
    one.panel.learning_rate, one.panel.epochs = 1e-7, 1
    one.panel.run()


def _diverges(one: Bridge) -> None:
    one.panel.learning_rate = 1e-3
    one.panel.run()


def _diverges_late(one: Bridge) -> None:
    one.panel.run(5)
    one.panel.learning_rate = 2e-4
    one.panel.run()


def _asks(one: Bridge) -> None:
    one.panel.ask = "loss"
    _press(one, 2, ".lr-ask input")


def _asks_for_a_sign(one: Bridge) -> None:
    one.panel.ask = "weight"
    _press(one, 2, ".lr-form button")


def _refuses(one: Bridge) -> None:
    _asks(one)
    one.page.locator(".lr-ask input").fill("fast")
    one.page.locator(".lr-ask input").press("Enter")
    one.page.locator(".lr-ask .lr-refused").wait_for()


def _answers(one: Bridge) -> None:
    _asks(one)
    one.page.locator(".lr-ask input").fill("30000")
    one.page.locator(".lr-ask input").press("Enter")
    one.page.locator(".lr-row b").first.wait_for()


def _asks_for_the_line(one: Bridge) -> None:
    one.panel.ask = "line"


def _draws_the_line(one: Bridge) -> None:
    one.panel.ask = "line"
    one.show()
    one.page.locator(".lr-form button").first.click()
    one.page.locator(".lr-answer b").first.wait_for()


def _fails(one: Bridge) -> None:
    one.panel.learning_rate = 2
    _press(one, 2, ".lr-state-failed")


def _stops(one: Bridge) -> None:
    one.panel.trainer.stop = Stop(within=2.0)
    one.panel.run(3000)


def _task(one: Bridge) -> None:
    one.panel.task = (
        "Press Step five times, by phase, and look in Inside the update which tensor changes at "
        "each: say at which phase w changes, and why b changes there, too."
    )


STATES: dict[str, Callable[[Bridge], None]] = {
    "in the middle of an update": _middle,
    "running": _runs,
    "paused": _pauses,
    "done": _ends,
    "worse than the mean": _poor,
    "diverged": _diverges,
    "diverged late, with two ways out": _diverges_late,
    "asking": _asks,
    "asking for a sign": _asks_for_a_sign,
    "refusing": _refuses,
    "answering": _answers,
    "asking for the line": _asks_for_the_line,
    "the line's score": _draws_the_line,
    "failed": _fails,
    "stopped by itself": _stops,
    "a lesson's task": _task,
}


def resize(page: Page, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 720})
    page.wait_for_function(
        "(width) => Math.abs(document.querySelector('.lr-card').offsetWidth - width) < 30",
        arg=width,
    )


def look(page: Page, state: str, before: dict[int, object]) -> None:
    """Look at a state in each width: how high the head is, what has moved, what is cut."""
    resize(page, 390)
    assert page.evaluate(BEYOND) == [], state
    for width in WIDTHS:
        resize(page, width)
        assert page.evaluate(HEIGHT) <= HIGH.get(width, 120), state
        fixed = page.evaluate(FIXED)
        assert fixed == before.setdefault(width, fixed), state
        whole = "one => !one.startsWith('lr-summary')" if width in HIGH else "one => true"
        page.wait_for_function(f"({CUT})().filter({whole}).length === 0")
        assert page.evaluate(OUTSIDE) == [], state


@pytest.mark.parametrize("lang", ["en", "de"])
def test_the_head_has_one_height_and_nothing_in_it_jumps_or_is_cut(
    bridge: Callable[..., Bridge], lang: str
) -> None:
    with speaking(lang):
        one = bridge(Trainer(crop_yields(), learning_rate=1e-5, update=fails_above_one))
    page = one.page
    one.panel.speed = None
    before: dict[int, object] = {}
    one.show()
    look(page, "ready", before)
    long = []
    for state, bring in STATES.items():
        if state != "paused":
            one.panel.ask, one.panel.task, one.panel.epochs = None, "", 50
            one.panel.learning_rate, one.panel.trainer.stop = 1e-5, None
            one.panel.reset()
        bring(one)
        one.show()
        look(page, state, before)
        more = page.locator(MORE)
        if more.count() == 0:
            continue
        # What is longer than its two lines opens over what is below, which stays where it is.
        long.append(state)
        more.click()
        shown = page.evaluate(
            "() => { const { scrollHeight, clientHeight } = document.activeElement;"
            " return [scrollHeight, clientHeight]; }"
        )
        assert shown[0] == shown[1] > 34, state
        assert page.evaluate(FIXED) == before[WIDTHS[-1]], state
        if lang == "en" and len(long) == 1:
            assert violations(page) == []
        page.locator(".lr-title").click()
        assert page.evaluate("document.activeElement.classList.contains('lr-lines')") is False
    assert "diverged late, with two ways out" in long
    assert {"asking", "asking for a sign", "answering"}.isdisjoint(long)


CUT_FIELDS = """() => [...document.querySelectorAll(
  '.lr-knob input.lr-field, .lr-knob button, .lr-curves, .lr-own, .lr-tabs')]
  .filter((one) => one.clientWidth > 1 && one.scrollWidth > one.clientWidth)
  .map((one) => one.value || one.textContent)"""


def test_longer_words_have_their_room_in_each_tab(bridge: Callable[..., Bridge]) -> None:
    with speaking("de"):
        one = bridge(Trainer(crop_yields(), learning_rate=1e-5))
    one.panel.step("phase", 3)
    for tab in ("loss", "microscope", "graph", "line", "predictions", "compare", "data"):
        one.panel.tab = tab
        one.show()
        one.page.locator(f".lr-panel-{tab}").wait_for()
        for width in (764, 800, 844, 868, 924, 954, 1060):
            resize(one.page, width)
            card = one.page.locator(".lr-card").evaluate("(card) => card.offsetHeight")
            assert card <= (560 if width >= 844 else 632), (tab, width)
            height, room = one.page.locator(".lr-panel").evaluate(
                "(panel) => [panel.scrollHeight, panel.clientHeight]"
            )
            assert height <= room, (tab, width)
            assert one.page.evaluate(CUT_FIELDS) == [], (tab, width)


def test_on_a_phone_the_state_covers_no_word(bridge: Callable[..., Bridge]) -> None:
    one = bridge(Trainer(crop_yields(), learning_rate=1e-5), width=390)
    state, summary = (
        one.page.locator(where).bounding_box() for where in (".lr-state", ".lr-summary")
    )
    assert state is not None
    assert summary is not None
    assert state["y"] + state["height"] <= summary["y"] + 1
