"""A page in one file that was cut off, or whose state somebody has edited: it says so."""

from __future__ import annotations

import json
import re
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from tests import node
from tests.browser.offline import Offline

pytestmark = pytest.mark.browser

DAMAGES: dict[str, Callable[[str], str]] = {
    "cut off": lambda page: page.replace('"traits":{', '"traits":', 1),
    "a part of it is missing": lambda page: page.replace('"front":"', '"behind":"', 1),
    "its bytes are others": lambda page: page.replace('"front":"', '"front":"AAAA', 1),
    "a trait of another type": lambda page: re.sub('"_fit":{', '"_fit":null,"_":{', page, count=1),
    "a field deep in it of another type": lambda page: page.replace(
        '"_names":{', '"_names":7,"_":{', 1
    ),
    "a key is missing": lambda page: page.replace('"_history":{', '"_histori":{', 1),
    "a number that is none": lambda page: page.replace('"epochs":', '"epochs":NaN,"_":', 1),
    "another number": lambda page: page.replace('"epochs":50', '"epochs":51', 1),
    "a list that is far too long": lambda page: page.replace(
        '"stretches":[', '"stretches":[' + "1," * 300_000, 1
    ),
    "the end of the state is missing": lambda page: page.replace("}</script>", "</script>", 1),
    "markup in it": lambda page: page.replace('"traits":{', '"traits":<b id=x></b>{', 1),
}


@pytest.mark.parametrize("how", DAMAGES)
def test_a_damaged_page_says_so(how: str, offline: Offline, lesson: Path) -> None:
    before = lesson.read_text(encoding="utf-8")
    after = DAMAGES[how](before)
    assert after != before
    damaged = lesson.with_name("damaged.html")
    damaged.write_text(after, encoding="utf-8")
    page = offline.open(damaged, scheme="light", size=(1036, 700))
    main = page.get_by_role("main")
    expect(main).to_contain_text("This page is damaged and cannot be shown")
    expect(main.get_by_role("heading", name="Crop yields")).to_be_visible()
    expect(main.locator("button, b, #x")).to_have_count(0)


def text_in(page: str) -> str:
    (text,) = re.findall(r'<script id="state" type="application/json">(.*?)</script>', page)
    return str(text)


def edits(holder: Any, at: Any) -> Iterator[None]:
    """Make each edit of a part of a state in turn, and take it back."""
    value = holder[at]
    others: list[Any] = [None, "x", 7, [], {}, -1, 1e300, True]
    for other in others:
        holder[at] = other
        yield
    if isinstance(holder, dict):
        del holder[at]
        yield
    holder[at] = value
    if isinstance(value, dict | list):
        for each in list(value) if isinstance(value, dict) else range(len(value)):
            yield from edits(value, each)
    if isinstance(value, list):
        value.append(0)
        yield
        value.pop()


def test_a_page_notices_each_edit_of_its_state(lesson: Path) -> None:
    page = lesson.read_text(encoding="utf-8")
    text = text_in(page)
    (function,) = re.findall(r"^const sumOf = .*?^};", page, re.DOTALL | re.MULTILINE)
    (sum_,) = re.findall(r"sumOf\(text\) !== (\d+)\)", page)
    state = json.loads(text)
    del state["front"]  # it is long, and one text
    short = json.dumps(state, separators=(",", ":"))
    edited = [json.dumps(state, separators=(",", ":")) for _ in edits({"": state}, "")]
    texts = [text, short, *(one for one in edited if one != short)]
    assert len(texts) > 1000
    sums = node.call(f"{function}; return args[0].map(sumOf)", texts)
    assert sums == [zlib.adler32(one.encode()) for one in texts]
    assert sums[0] == int(sum_)
    assert sums.count(sums[1]) == 1, "no edit has the sum of what was written"


def test_a_page_that_lost_its_end_says_what_may_be_the_cause(
    offline: Offline, lesson: Path
) -> None:
    before = lesson.read_text(encoding="utf-8")
    cut = lesson.with_name("cut.html")
    cut.write_text(before[: len(before) // 2], encoding="utf-8")
    page = offline.open(cut, scheme="light", size=(1036, 700))
    expect(page.get_by_role("main")).to_contain_text("or the end of the file is missing")
