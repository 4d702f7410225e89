"""A picture of each lesson's widget, light and dark, for the index: of its page, in Chromium."""

from __future__ import annotations

from typing import Literal, NamedTuple

from playwright.sync_api import FloatRect, Locator, Page, expect, sync_playwright

from tests.browser.chromium import FLAGS, NONE_FOUND, chromium_path

from .lesson_names import CROPS, LIBRARY, LINE, SCALES, TABLE, UPDATE, WRONG
from .pages import Site, card_of


class _Subject(NamedTuple):
    """What a picture shows of a lesson's first widget."""

    part: str = ".lr-plot"
    """A CSS selector."""
    tab: str = ""
    """The tab that is opened, where the lesson has not done so."""
    at: float = 0.4
    """Where in the run, from 0 to 1."""
    phases: int = 0
    """And how many phases further."""
    width: int = 560
    """Of the window, in pixels: the smaller, the larger the letters on the card."""


_SUBJECTS = {
    LINE: _Subject(".lr-dataline", "Data and line"),
    CROPS: _Subject(".lr-card", width=760),
    UPDATE: _Subject(".lr-inside", "Inside the update", at=0, phases=3),
    SCALES: _Subject(".linreg-valley", "Valley", width=700),
    TABLE: _Subject(".lr-dataline", "Data and line"),
    WRONG: _Subject(".lr-dataline", "Data and line", at=1),
    LIBRARY: _Subject(".lr-inside", "Inside the update", at=0, phases=3),
}
_THEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
_TALLEST = 10 / 16  # of the width
_LONGEST = 60_000  # milliseconds of a run
# The run goes on, or a question comes before it.
_ANSWERED = """([timeline, widget, start]) => timeline.value !== start
  || [...widget.querySelectorAll("button")].some((one) => one.textContent === "Skip")"""
# What stays on the screen while one scrolls would lie over a picture.
_STYLE = ".linreg :is(.lr-bar, .lr-monitor, .lr-slot) { position: static }"


def take_pictures(site: Site) -> None:
    """Take all pictures, into the site's own folder.

    Raises
    ------
    SystemExit
        If there is no Chromium.
    """
    with sync_playwright() as playwright:
        path = chromium_path(playwright)
        if path is None:
            raise SystemExit(NONE_FOUND)
        browser = playwright.chromium.launch(executable_path=path, args=list(FLAGS))
        page = browser.new_page(device_scale_factor=1.5)
        for lesson in site.lessons:
            page.goto((site.folder / lesson.page).as_uri())
            page.locator("[data-panel] > .linreg").first.wait_for()  # it unpacks itself
            page.add_style_tag(content=_STYLE)
            part = _subject(page, _SUBJECTS.get(lesson.name, _Subject()))
            for theme in _THEMES:
                page.emulate_media(color_scheme=theme)
                expect(page.locator(f".linreg[data-theme={theme}]").first).to_be_attached()
                (site.folder / card_of(lesson, theme)).write_bytes(_picture(page, part))
        browser.close()


def _run_to_the_end(widget: Locator, timeline: Locator) -> None:
    """Train, or play, as fast as it goes: a picture shows a moment of a whole run."""
    run = widget.get_by_role("button", name="Run", exact=True)
    if not run.count() or run.get_attribute("aria-disabled"):
        return
    full = widget.get_by_role("button", name="Full", exact=True)
    if full.count():
        full.click()
    skip = widget.get_by_role("button", name="Skip", exact=True)
    if skip.count():  # a question that is open from the start
        skip.click()
    start = timeline.input_value()
    run.click()
    widget.page.wait_for_function(
        _ANSWERED, arg=[timeline.element_handle(), widget.element_handle(), start], timeout=_LONGEST
    )
    if skip.count():  # a question before the run
        skip.click()
    expect(timeline).not_to_have_value(start, timeout=_LONGEST)
    expect(widget.get_by_role("button", name="Pause")).to_have_count(0, timeout=_LONGEST)


def _subject(page: Page, subject: _Subject) -> Locator:
    """Lead a lesson's widget to the moment that is shown; return the part that shows it.

    It is the first one, or the first with the valley, which not each has.
    """
    page.set_viewport_size({"width": subject.width, "height": 900})
    widgets = page.locator(".widget")
    if subject.tab == "Valley":
        widgets = widgets.filter(has=page.locator(subject.part))
    widget = widgets.first
    timeline = widget.get_by_role("slider", name="Timeline")
    loss = widget.get_by_role("tab", name="Loss", exact=True)
    if loss.count():  # a lesson may hide it
        loss.click()
    if timeline.count():
        _run_to_the_end(widget, timeline)
        timeline.fill(str(round(subject.at * int(timeline.get_attribute("max") or 0))))
    if subject.phases:
        widget.get_by_role("radio", name="phase").check()
    for _ in range(subject.phases):
        widget.get_by_role("button", name="Step", exact=True).click()
    if subject.tab:
        widget.get_by_role("tab", name=subject.tab, exact=True).click()
    part = widget.locator(subject.part).first
    part.scroll_into_view_if_needed()
    expect(part).to_be_visible()
    if part.evaluate("(element) => element.tagName") == "IMG":
        expect(part).to_have_js_property("complete", value=True)
    page.evaluate("document.activeElement?.blur()")  # its ring is for those who use keys
    return part


def _picture(page: Page, part: Locator) -> bytes:
    box = part.bounding_box()
    if box is None:
        raise RuntimeError(f"{page.url} has nothing to take a picture of.")
    top = page.evaluate("scrollY")
    shape: FloatRect = {
        "x": box["x"],
        "y": box["y"] + top,
        "width": box["width"],
        "height": min(box["height"], box["width"] * _TALLEST),
    }
    return page.screenshot(clip=shape, full_page=True)
