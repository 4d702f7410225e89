"""How the page conducts itself: under a finger, beside its controls, in its address and on paper."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from linreg_widget import Trainer, crop_yields
from tests.browser.bridge import Bridge

pytestmark = pytest.mark.browser


class Finger:
    """One finger on a page, as Chromium's own protocol moves it."""

    def __init__(self, page: Page) -> None:
        self._page = page
        self._session = page.context.new_cdp_session(page)
        self._session.send("Emulation.setTouchEmulationEnabled", {"enabled": True})

    def _send(self, kind: str, *points: tuple[float, float]) -> None:
        touches = [{"x": x, "y": y} for x, y in points]
        self._session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": touches})

    def drag(self, start: tuple[float, float], by: tuple[float, float], steps: int = 12) -> None:
        """Come down, move in small steps and leave."""
        self._send("touchStart", start)
        for step in range(1, steps + 1):
            self._send("touchMove", *[tuple(a + b * step / steps for a, b in zip(start, by))])
        self._send("touchEnd")

    def tap(self, point: tuple[float, float]) -> None:
        self._send("touchStart", point)
        self._send("touchEnd")

    def lift(self) -> None:
        """Let the page have a mouse again, for the tests that come after."""
        self._session.send("Emulation.setTouchEmulationEnabled", {"enabled": False})
        self._session.detach()


def at(control: Locator, share: float) -> tuple[float, float]:
    """The place in a control at a share of its width."""
    control.scroll_into_view_if_needed()
    box = control.bounding_box()
    assert box
    return box["x"] + share * box["width"], box["y"] + box["height"] / 2


def scrolled(page: Page) -> float:
    top: float = page.evaluate("document.scrollingElement.scrollTop")
    return top


# ---- touch ---------------------------------------------------------------------------------------


@pytest.fixture
def ended_early(bridge: Callable[..., Bridge]) -> Bridge:
    """A run of 250 updates that stands at its 90th, in a phone's window."""
    trainer = Trainer(crop_yields(), learning_rate=1e-5)
    trainer.step(count=90)
    made = bridge(trainer, width=390)
    made.page.set_viewport_size({"width": 390, "height": 844})
    return made


def test_a_finger_on_the_timeline_goes_where_it_is_and_scrolls_without_a_change(
    ended_early: Bridge,
) -> None:
    page, trainer = ended_early.page, ended_early.panel.trainer
    timeline = page.get_by_role("slider", name="Timeline")
    finger = Finger(page)
    finger.tap(at(timeline, 0.3))
    expect(timeline).to_have_value("75")
    assert trainer.position.update == 75
    finger.drag(at(timeline, 0.3), by=(-40, 3))
    box = timeline.bounding_box()
    assert box
    wanted = round(250 * (0.3 - 40 / box["width"]))
    expect(timeline).to_have_value(str(wanted))
    assert trainer.position.update == wanted
    before = scrolled(page)
    x, y = at(timeline, 0.1)
    finger.drag((x, y), by=(2, -120))
    page.wait_for_function(f"document.scrollingElement.scrollTop > {before} + 40")
    expect(timeline).to_have_value(str(wanted))
    assert trainer.position.update == wanted
    # The keys still go their way.
    timeline.focus()
    page.keyboard.press("ArrowLeft")
    expect(timeline).to_have_value(str(wanted - 1))
    finger.lift()


def test_a_finger_on_a_slider_sets_it_sideways_and_scrolls_without_a_change(
    ended_early: Bridge,
) -> None:
    page, panel = ended_early.page, ended_early.panel
    slider = page.get_by_role("slider", name="Learning rate")
    finger = Finger(page)
    rate = panel.learning_rate
    before = scrolled(page)
    x, y = at(slider, 0.8)
    finger.drag((x, y), by=(-3, -120))
    page.wait_for_function(f"document.scrollingElement.scrollTop > {before} + 40")
    assert panel.learning_rate == rate
    finger.tap(at(slider, 0.8))
    page.wait_for_function("sent.length >= 0 && document.activeElement !== null")
    expect(slider).not_to_have_attribute("aria-valuetext", "1e-5")
    tapped = panel.learning_rate
    assert tapped > 10 * rate
    finger.drag(at(slider, 0.8), by=(-120, 4))
    expect(slider).not_to_have_attribute("aria-valuetext", f"{tapped:g}")
    assert panel.learning_rate < tapped
    finger.lift()
