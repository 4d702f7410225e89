"""The page as its reader's device and eyes ask for it: fingers, large letters, forced colours."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from linreg_widget import TrainerWidget
from tests.browser.parts import show
from tests.browser.test_accessible import SMALL
from tests.browser.test_conduct import Finger, scrolled
from tests.browser.windows import patient

pytestmark = pytest.mark.browser

TABS = (
    *("Loss", "Inside the update", "Graph", "Data and line", "Predictions"),
    *("Compare", "What the data say"),
)
PHONE, TABLET = (390, 844), (820, 1180)
# A page of 1280 x 1024 at 200% and at 400%.
TWICE, FOUR_TIMES = (640, 512), (320, 256)
TRAPS = """() => [...document.querySelectorAll(".linreg, .linreg *")].filter((one) => {
  const { overflowY, overscrollBehaviorY, touchAction } = getComputedStyle(one);
  const { width, height } = one.getBoundingClientRect();
  const keeps = /auto|scroll/.test(overflowY) && overscrollBehaviorY !== "auto";
  const holds = touchAction === "none" && (width > 48 || height > 48);
  return width && height && (keeps || holds);
}).map((one) => one.outerHTML.slice(0, 120))"""
# Until nothing has been scrolled for two frames.
AT_REST = """async () => {
  const places = () => [document.scrollingElement, ...document.querySelectorAll(".linreg *")]
    .map((one) => one.scrollTop).join();
  for (let before, now = ""; before !== now; ) {
    before = now;
    for (const _ of [1, 2]) await new Promise(requestAnimationFrame);
    now = places();
  }
}"""
FULL_DATA = """() => [...document.querySelectorAll(".lr-losses div")]
  .find((one) => one.textContent.includes("full data")).querySelector("b").textContent"""


@pytest.fixture(scope="module")
def lesson(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The address of a page that trains."""
    widget = TrainerWidget(plot=None, learning_rate=1e-5)
    path: Path = tmp_path_factory.mktemp("page") / "lesson.html"
    widget.to_html(path)
    widget.close()
    return path.as_uri()


@pytest.fixture
def opened(browser_context: Any, lesson: str) -> Iterator[Callable[..., Page]]:
    """Open the page on another device; nothing may go wrong in it."""
    browser: Browser = browser_context.browser
    contexts, wrong = [], []

    def open_(size: tuple[int, int], **device: Any) -> Page:
        width, height = size
        viewport: Any = {"width": width, "height": height}
        contexts.append(patient(browser.new_context(viewport=viewport, **device)))
        page = contexts[-1].new_page()
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.goto(lesson)
        step(page)
        expect(page.get_by_role("status")).to_contain_text("update 1")
        return page

    yield open_
    for context in contexts:
        context.close()
    assert wrong == []


def step(page: Page) -> None:
    page.get_by_role("button", name="Step", exact=True).click()


def fits(page: Page, width: int) -> None:
    assert page.evaluate("document.documentElement.scrollWidth") <= width


# ---- fingers -------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [PHONE, TABLET])
def test_every_target_is_large_enough_for_a_finger_and_nothing_holds_the_page(
    opened: Callable[..., Page], size: tuple[int, int]
) -> None:
    page = opened(size, has_touch=True, is_mobile=True)
    for tab in TABS:
        show(page, tab)
        fits(page, size[0])
        assert page.locator(".linreg").first.evaluate(SMALL) == [], tab
        assert page.evaluate(TRAPS) == [], tab


@pytest.mark.parametrize("size", [PHONE, TABLET])
def test_a_finger_takes_the_line_by_its_end_and_scrolls_beside_it(
    opened: Callable[..., Page], size: tuple[int, int]
) -> None:
    page = opened((size[0], 500), has_touch=True, is_mobile=True)
    show(page, "Data and line")
    handle = page.get_by_role("slider", name="Right end of the line")
    handle.scroll_into_view_if_needed()
    finger, before, top = Finger(page), page.evaluate(FULL_DATA), scrolled(page)
    box = handle.bounding_box()
    assert box is not None
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    finger.drag((x, y), by=(0, -40))
    page.wait_for_function(f"(before) => ({FULL_DATA})() !== before", arg=before)
    assert scrolled(page) == top, "the line moved, and not the page"
    held, picture = page.evaluate(FULL_DATA), page.locator(".lr-picture").bounding_box()
    assert picture is not None
    finger.drag((picture["x"] + picture["width"] / 2, y - 20), by=(0, -120))
    page.wait_for_function(
        "(top) => document.querySelector('.lr-picture').getBoundingClientRect().top < top - 20",
        arg=picture["y"],
    )
    assert page.evaluate(FULL_DATA) == held, "the picture was scrolled, and the line did not move"
    finger.lift()


@pytest.mark.parametrize("size", [PHONE, pytest.param(TABLET, marks=pytest.mark.matrix)])
def test_a_finger_that_passes_over_the_panel_scrolls_the_page(
    opened: Callable[..., Page], size: tuple[int, int]
) -> None:
    page = opened((size[0], 500), has_touch=True, is_mobile=True)
    finger = Finger(page)
    for tab in TABS:
        show(page, tab)
        stage = page.get_by_role("tabpanel", name=tab, exact=True)
        page.evaluate("scrollTo(0, 0)")
        stage.scroll_into_view_if_needed()
        # As often as it takes to come to the end of a room that scrolls by itself, and then on.
        end = "document.scrollingElement.scrollHeight - innerHeight"
        for _ in range(12):
            if scrolled(page) >= page.evaluate(end) - 1:
                break
            finger.drag((size[0] / 2, 400), by=(0, -300))
            page.evaluate(AT_REST)
        page.wait_for_function(f"document.scrollingElement.scrollTop >= {end} - 1")
    finger.lift()


# ---- large letters -------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [TWICE, FOUR_TIMES])
def test_a_magnified_page_is_read_downwards_and_nothing_covers_it(
    opened: Callable[..., Page], size: tuple[int, int]
) -> None:
    page = opened(size)
    for tab in TABS:
        show(page, tab)
        fits(page, size[0])
        page.evaluate("scrollTo(0, document.documentElement.scrollHeight)")
        covered = page.evaluate(
            """() => [".lr-bar", ".lr-monitor", ".lr-slot"].map((name) => {
              const { top, bottom } = document.querySelector(name).getBoundingClientRect();
              return Math.max(0, Math.min(bottom, innerHeight) - Math.max(top, 0));
            }).reduce((sum, one) => sum + one) / innerHeight"""
        )
        assert covered < 1 / 3, tab
    step(page)
    expect(page.get_by_role("status")).to_contain_text("update 2")


# ---- forced colours, and motion ------------------------------------------------------------------


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_with_forced_colours_what_is_chosen_is_still_told_from_what_is_not(
    opened: Callable[..., Page], scheme: str
) -> None:
    page = opened((1036, 900), forced_colors="active", color_scheme=scheme)
    background = page.evaluate(
        "getComputedStyle(document.querySelector('.lr-card')).backgroundColor"
    )
    for tab in TABS:
        show(page, tab)
        lines = {
            one.get_attribute("aria-selected"): one.evaluate(
                "(tab) => getComputedStyle(tab).borderBottomColor"
            )
            for one in page.get_by_role("tab").all()
        }
        assert lines["false"] == background, "no line under what is not chosen"
        assert lines["true"] != background, tab
    chosen = page.locator(".lr-segment input:checked + span")
    other = page.locator(".lr-segment input:not(:checked) + span").first
    colour = "(one) => getComputedStyle(one).backgroundColor"
    assert chosen.evaluate(colour) != other.evaluate(colour)


def test_with_reduced_motion_nothing_moves_by_itself_in_any_tab(
    opened: Callable[..., Page],
) -> None:
    page = opened((1036, 900), reduced_motion="reduce")
    moves = """() => [...document.querySelectorAll(".linreg, .linreg *")].filter((one) => {
      const { transitionDuration, animationName, scrollBehavior } = getComputedStyle(one);
      return parseFloat(transitionDuration) > 0 || animationName !== "none"
        || scrollBehavior === "smooth";
    }).map((one) => one.outerHTML.slice(0, 120))"""
    for tab in TABS:
        show(page, tab)
        assert page.evaluate(moves) == [], tab
        step(page)
        assert page.evaluate("document.getAnimations().length") == 0, tab
