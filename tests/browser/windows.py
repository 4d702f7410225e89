"""Windows that tests have in turn."""

from __future__ import annotations

from playwright.sync_api import BrowserContext, Page

from tests.browser import lag
from tests.kernel.client import PATIENCE


def patient(context: BrowserContext) -> BrowserContext:
    """Let a context wait as long as all tests do: 30 s, Playwright's own, are short when busy."""
    context.set_default_timeout(PATIENCE * 1000)
    return lag.present.slow(context)


class Windows:
    """Opens windows, and keeps them: to open one takes longer than to load a page in it."""

    def __init__(self, context: BrowserContext) -> None:
        self._context = context
        self._free: list[Page] = []

    def open(self, width: int) -> Page:
        """Return an empty window, so many pixels wide."""
        page = self._free.pop() if self._free else self._context.new_page()
        page.set_viewport_size({"width": width, "height": 1000})
        return page

    def close(self, page: Page) -> None:
        """Take a window back, with nothing left in it of its test."""
        page.goto("about:blank")
        page.emulate_media(color_scheme="null", reduced_motion="null")
        self._free.append(page)
