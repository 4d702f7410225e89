"""The how-to pages and the reference, opened from disk: whole links, nothing cut, accessible."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import urldefrag, urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from gallery.manual import pages_of_manual, write_manual
from gallery.pages import PAGES, about, templates, write_shared
from tests.browser.offline import Offline
from tests.browser.test_site import AXE, LUMINANCE, OVERFLOWING, Links

OTHERS = {*PAGES.values(), "index.html", "glossary.html", "teachers.html"}
KINDS = ["howto.html", "howto-own-data.html", "how-it-works.html", "reference.html"]
KINDS += ["reference-Trainer.html", "reference-LinregError.html"]
LONGEST, ALL_KINDS = "reference-Trainer.html", "reference-Stop.html"


@pytest.fixture(scope="module")
def manual(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("manual")
    write_manual(folder, templates(), about(), PAGES)
    write_shared(folder)
    return folder


def looked_at(offline: Offline, path: Path, scheme: str, width: int) -> Page:
    return offline.open(path, scheme=scheme, size=(width, 900))


def test_no_link_is_broken_and_each_id_is_there_once(manual: Path) -> None:
    files = {path.name for path in manual.glob("*.html")}
    assert files == {*pages_of_manual()}
    texts = {name: (manual / name).read_text(encoding="utf-8") for name in files}
    pages = {name: Links(text) for name, text in texts.items()}
    checked = 0
    for name, page in pages.items():
        ids = re.findall(r'\sid="([^"]+)"', texts[name])
        assert len(ids) == len({*ids}), name
        for address in page.addresses:
            if urlsplit(address).scheme:
                assert address.startswith("https://"), (name, address)
                continue
            file, anchor = urldefrag(address)
            assert file in OTHERS or (manual / (file or name)).is_file(), (name, address)
            assert not anchor or file in OTHERS or anchor in pages[file or name].ids, (
                name,
                address,
            )
            checked += 1
    assert checked > 500


def test_every_page_of_the_manual_can_be_reached_from_the_index_of_its_kind(manual: Path) -> None:
    first = (Path(__file__).parents[2] / "gallery/templates/index.html").read_text(encoding="utf-8")
    reached, found = {"howto.html", "reference.html", "how-it-works.html"}, set[str]()
    assert all(f'href="{name}"' in first for name in reached)
    while reached - found:
        name = (reached - found).pop()
        found.add(name)
        addresses = Links((manual / name).read_text(encoding="utf-8")).addresses
        reached |= {urldefrag(one)[0] for one in addresses} & {*pages_of_manual()}
    assert found == {*pages_of_manual()}


def test_a_short_page_of_the_reference_has_all_kinds_of_things_that_the_longest_has(
    manual: Path,
) -> None:
    short, longest = (
        {*re.findall(r'<(\w+ class="[^"]+")', (manual / name).read_text(encoding="utf-8"))}
        for name in (ALL_KINDS, LONGEST)
    )
    missing = {one for one in longest - short if not one.startswith("span")}  # but words of code
    assert missing == set()
    assert len(longest & short) > 10


def test_no_page_has_a_script_or_a_style_of_its_own(manual: Path) -> None:
    for name in pages_of_manual():
        text = (manual / name).read_text(encoding="utf-8")
        assert not re.search(r"<style|\sstyle=|\son\w+=", text), name
        for tag, inner in re.findall(r"<script([^>]*)>(.*?)</script>", text, re.DOTALL):
            assert "src=" in tag or "application/json" in tag, name
            assert not inner.strip() or "application/json" in tag, name


def test_an_output_stands_apart_from_code(manual: Path, offline: Offline) -> None:
    page = looked_at(offline, manual / "howto-own-data.html", "light", 1036)
    printed = page.locator(".printed").first
    expect(printed).to_contain_text("Table: 3 rows")
    assert printed.evaluate("(box) => getComputedStyle(box).borderLeftWidth") == "2px"


@pytest.mark.parametrize("name", KINDS)
def test_nothing_is_wider_than_a_phone(manual: Path, offline: Offline, name: str) -> None:
    page = looked_at(offline, manual / name, "light", 360)
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    assert page.evaluate(OVERFLOWING) == []


@pytest.mark.parametrize(
    ("name", "scheme"),
    [
        *((name, "light") for name in KINDS if name != LONGEST),
        # One style sheet makes all of them dark: a short page with all kinds stands for it.
        *((ALL_KINDS, scheme) for scheme in ("light", "dark")),
        *(pytest.param(name, "dark", marks=pytest.mark.matrix) for name in KINDS),
        pytest.param(LONGEST, "light", marks=pytest.mark.matrix),
    ],
)
def test_a_page_is_accessible_and_has_its_theme(
    manual: Path, offline: Offline, name: str, scheme: str
) -> None:
    page = looked_at(offline, manual / name, scheme, 1036)
    assert (page.locator("body").evaluate(LUMINANCE) < 0.2) == (scheme == "dark")
    found = Axe().run(page, options=AXE)
    assert found.violations_count == 0, found.generate_report()
