"""Pages that are opened from disk with the network shut: what they ask for, and what goes wrong."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, BrowserContext, Page

from tests.browser.windows import patient
from tests.kernel.client import PATIENCE


def comes_to(page: Page, look: Callable[[], object], expected: object) -> None:
    """Wait until what is looked at in a page is what is expected: its engine answers later."""

    def seen() -> object:
        try:
            return look()
        except ValueError:  # there is no number yet
            return None

    deadline = time.monotonic() + PATIENCE
    while seen() != expected and time.monotonic() < deadline:
        page.wait_for_timeout(20)
    assert look() == expected


@dataclass
class Offline:
    """Opens files, each in a context of its own."""

    browser: Browser
    asked: list[tuple[str, list[str]]] = field(default_factory=list)
    """Each page's address, and what it has asked for, itself included."""
    _contexts: list[BrowserContext] = field(default_factory=list)
    _wrong: list[str] = field(default_factory=list)

    @classmethod
    @contextmanager
    def within(cls, browser: Browser) -> Iterator[Offline]:
        """Close all at the block's end, and see that nothing went wrong in any."""
        offline = cls(browser)
        yield offline
        for context in offline._contexts:
            context.close()
        assert offline._wrong == []

    def open(self, path: Path, *, scheme: Any = "light", size: tuple[int, int]) -> Page:
        """Open a file in a window of that size, and note all that it asks for and complains of."""
        width, height = size
        window: Any = {"viewport": {"width": width, "height": height}}
        context = patient(self.browser.new_context(color_scheme=scheme, offline=True, **window))
        self._contexts.append(context)
        page, address = context.new_page(), path.as_uri()
        requests: list[str] = []
        self.asked.append((address, requests))
        page.on("pageerror", lambda error: self._wrong.append(str(error)))
        page.on("dialog", lambda dialog: self._wrong.append(dialog.message))
        page.on("console", lambda message: self._wrong.append(message.text))
        page.on("requestfailed", lambda request: self._wrong.append(request.url))
        page.on("request", lambda request: requests.append(request.url))
        page.goto(address)
        return page
