"""A page in one file that was cut off, or whose state somebody has edited: it says so."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser.offline import Offline

pytestmark = pytest.mark.browser

DAMAGES: dict[str, Callable[[str], str]] = {
    "cut off": lambda page: page.replace('"traits":{', '"traits":', 1),
    "a part of it is missing": lambda page: page.replace('"front":"', '"behind":"', 1),
    "its bytes are others": lambda page: page.replace('"front":"', '"front":"AAAA', 1),
    "a trait of another type": lambda page: re.sub('"_fit":{', '"_fit":null,"_":{', page, count=1),
    "markup in it": lambda page: page.replace('"traits":{', '"traits":<b id=x></b>{', 1),
}


@pytest.mark.parametrize("how", DAMAGES)
def test_a_damaged_page_says_so(how: str, browser_context: Any, lesson: Path) -> None:
    before = lesson.read_text(encoding="utf-8")
    after = DAMAGES[how](before)
    assert after != before
    damaged = lesson.with_name("damaged.html")
    damaged.write_text(after, encoding="utf-8")
    with Offline.within(browser_context.browser) as offline:
        page = offline.open(damaged, scheme="light", size=(1036, 700))
        main = page.get_by_role("main")
        expect(main).to_contain_text("This page is damaged and cannot be shown")
        expect(main.get_by_role("heading", name="Crop yields")).to_be_visible()
        expect(main.locator("button, b, #x")).to_have_count(0)
