"""The gallery, opened from disk: nothing is asked for elsewhere, every widget is alive."""

from __future__ import annotations

import functools
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import urldefrag, urlsplit

import pytest
from playwright.sync_api import Locator, Page, expect

from gallery.manual import pages_of_manual
from linreg_widget import Trainer, crop_yields
from tests.browser.axe import violations
from tests.browser.engines import Engine
from tests.browser.offline import Offline
from tests.browser.parts import button, expect_loss, expect_sentence, panel
from tests.browser.test_engines import first_step
from tests.browser.windows import patient
from tests.lessons import LESSONS, run
from tests.serving import served
from tests.wrong_answers import WRONG

ROOT = Path(__file__).parents[2]
NAMES = [path.stem for path in LESSONS]
TEXTS = ("glossary", "confusions", "teachers")  # which have no widget
PAGES = ["index", *TEXTS, *NAMES]
PAGES += [page.removesuffix(".html") for page in pages_of_manual()]
CROPS = "01_crop_yields"
# One lesson of each kind, in `make test`: drawn, run, with updates of one's own, with the valley.
KINDS = {"00_one_line", CROPS, "04_break_it", "05_scales_and_valleys", "08_rows_it_has_never_seen"}
LESSON_BY_LESSON = [
    name if name in KINDS else pytest.param(name, marks=pytest.mark.matrix) for name in NAMES
]
LOCAL = ("file:", "data:", "blob:")
# From disk, axe cannot load the style sheets once more, and need not.
AXE: dict[str, Any] = {
    "preload": False,
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"],
}
ALIVE = re.compile("Computed in this page in 32-bit numbers|recorded run, no kernel")
LUMINANCE = """(element) => {
  const [r, g, b] = getComputedStyle(element).backgroundColor.match(/[\\d.]+/g).map(Number);
  return (0.2126 * r + 0.7152 * g + 0.0722 * b) / 255;
}"""
OVERFLOWING = """() => [...document.querySelectorAll("main > *")]
  .filter((element) => element.getBoundingClientRect().right > innerWidth + 1)
  .map((element) => element.className)"""


@pytest.fixture(scope="module")
def site(executed: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the site from the lessons that this session has run, or runs now."""
    for path in LESSONS:
        run(path, WRONG.get(path.stem, {}), executed)
    before = {path: path.read_bytes() for path in executed.glob("[01]*.ipynb")}
    folder = tmp_path_factory.mktemp("gallery") / "site"
    command = [sys.executable, "-m", "gallery", f"--into={folder}", f"--kept={executed}"]
    told = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    assert told == f"The site is at {folder / 'index.html'}\n"
    assert {path: path.read_bytes() for path in executed.glob("[01]*.ipynb")} == before
    return folder


@pytest.fixture
def open_page(site: Path, offline: Offline) -> Iterator[Callable[..., Page]]:
    """Open a page from disk, offline; what it asks for and what goes wrong is looked at after."""

    def open_(name: str, *, scheme: str = "light", width: int = 1280) -> Page:
        page = offline.open(site / f"{name}.html", scheme=scheme, size=(width, 900))
        if name not in TEXTS:
            expect(panel(page).first).to_contain_text(ALIVE)
        return page

    yield open_
    asked = [url for _, requests in offline.asked for url in requests]
    assert asked != []
    assert [url for url in asked if not url.startswith(LOCAL)] == []


def last_batch(within: Locator) -> Locator:
    return within.locator(".lr-losses").get_by_text("last batch").locator("xpath=..")


def expect_nothing_wider(page: Page, width: int) -> None:
    page.wait_for_function("(width) => document.documentElement.scrollWidth <= width", arg=width)
    assert page.evaluate(OVERFLOWING) == []


STEPPED_OR_ASKED = """(panel) =>
  /update 1\\b/.test(panel.querySelector('[role="status"]').textContent)
  || [...panel.querySelectorAll("button")].some((one) => one.textContent === "Skip")"""


def step_from_the_start(within: Locator) -> None:
    """Press Reset, then Step, and see that one update was made."""
    reset = button(within, "Reset")
    reset.scroll_into_view_if_needed()
    reset.click()
    by_update = within.get_by_role("radio", name="update")
    if by_update.is_enabled():
        by_update.check()
    status = within.get_by_role("status")
    expect(status).to_contain_text("Ready")
    expect(last_batch(within)).to_contain_text("–")
    skip = button(within, "Skip")
    if skip.count():  # a question that is open from the start
        skip.click()
    # Where a lesson has locked it to the article's phases, an update takes five of them.
    for _ in range(1 if by_update.is_checked() else 5):
        sentences = within.locator(".lr-sentence")  # none where a lesson hides the microscope
        before = sentences.all_text_contents()
        button(within, "Step").click()
        within.page.wait_for_function(STEPPED_OR_ASKED, arg=within.element_handle())
        if skip.count():  # it asks before a Step
            skip.click()
        expect(status).to_contain_text(re.compile(r"update 1\b"))
        for text in before:
            expect(sentences).not_to_have_text(text)
    expect(last_batch(within)).to_contain_text(re.compile(r"\d"))


# ---- the lessons -----------------------------------------------------------------------------


@pytest.mark.parametrize("name", LESSON_BY_LESSON)
def test_each_widget_of_a_lesson_steps_its_pictures_are_there_and_it_leads_on(
    open_page: Callable[..., Page], name: str
) -> None:
    page = open_page(name)
    widgets = page.locator("[data-panel]").count()
    assert widgets >= 1
    expect(page.get_by_role("group", name="Linear regression trainer")).to_have_count(widgets)
    for index in range(widgets):
        step_from_the_start(panel(page).nth(index))
    assert page.locator("img.linreg-plot:not(.linreg-valley)").count() == 0
    drawn = page.locator(".lr-lossplot")
    for plot in drawn.all():
        expect(plot.locator("svg").first).to_be_visible()
    for tab in page.get_by_role("tab", name="Valley").all():
        tab.click()
    plots = page.locator("img.linreg-plot")
    for plot in plots.all():
        plot.scroll_into_view_if_needed()
        expect(plot).to_have_js_property("complete", value=True)
        assert plot.evaluate("(image) => image.naturalWidth") > 300
    assert all(plot.get_attribute("alt") for plot in plots.all())
    place = NAMES.index(name)
    for rel, other in (("prev", place - 1), ("next", place + 1)):
        links = page.locator(f"a[rel={rel}]")
        if 0 <= other < len(NAMES):
            expect(links).to_have_attribute("href", f"{NAMES[other]}.html")
        else:
            expect(links).to_have_count(0)
    badge = page.get_by_role("link", name="Open in Colab")
    expect(badge).to_have_attribute("href", re.compile(rf"colab.*/notebooks/{name}\.ipynb$"))
    solutions = page.get_by_text("Solution", exact=True)
    assert solutions.count() >= 2
    solutions.first.click()
    expect(page.locator("details[open] > :not(summary)").first).to_be_visible()
    page.set_viewport_size({"width": 400, "height": 900})
    expect_nothing_wider(page, 400)


def test_the_first_lessons_widget_begins_where_its_reader_begins(
    open_page: Callable[..., Page],
) -> None:
    page = open_page(CROPS)
    widget = panel(page).first
    expect(widget.get_by_role("status")).to_contain_text("Ready")
    trainer = Trainer(crop_yields(), learning_rate=1e-6)
    widget.get_by_role("radio", name="phase").check()
    for _ in range(5):
        button(widget, "Step").click()
        trainer.step("phase")
        expect_sentence(widget, trainer)
    expect(last_batch(widget)).to_contain_text("20,988")
    button(widget, "Back").click()
    expect(widget.get_by_role("status")).to_contain_text("after update")
    widget.get_by_role("tab", name="Loss", exact=True).click()
    timeline = widget.get_by_role("slider", name="Timeline")
    expect(timeline).to_have_attribute("max", "1")  # no future that nobody has seen
    button(widget, "Full").click()
    button(widget, "Run").click()
    expect(widget.get_by_role("status")).to_contain_text("Finished")
    trainer.run()
    expect_loss(widget, trainer.loss())


def test_a_lessons_knobs_work(open_page: Callable[..., Page]) -> None:
    page = open_page(CROPS)
    expect(page.get_by_text("This page has no Python behind it")).to_be_visible()
    rate = panel(page).first.get_by_role("slider", name="Learning rate")
    before = rate.get_attribute("aria-valuetext") or ""
    rate.press("ArrowRight")
    expect(rate).not_to_have_attribute("aria-valuetext", before)
    expect(panel(page).first.get_by_role("alert")).to_be_empty()


def test_updates_of_ones_own_are_played(open_page: Callable[..., Page]) -> None:
    page = open_page("04_break_it")
    played = page.get_by_role("group", name="Linear regression trainer").filter(
        has_text="recorded run, no kernel"
    )
    assert played.count() >= 1


def widget_after(page: Page, cell: str) -> Locator:
    return page.locator(f"#{cell} + .widget")


def test_the_valley_is_seen_where_the_text_speaks_of_it(open_page: Callable[..., Page]) -> None:
    page = open_page("05_scales_and_valleys")
    expect(widget_after(page, "widget")).to_contain_text("Ready")
    shown = widget_after(page, "valley")
    expect(shown.get_by_role("tab", name="Valley")).to_have_attribute("aria-selected", "true")
    expect(shown.locator("img.linreg-valley")).to_be_visible()
    expect(shown.get_by_role("status")).to_contain_text("Finished: 50 epochs")
    words = shown.locator(".linreg-valley-words")
    expect(words).to_contain_text("one step along b[Mangoes]")
    expect(words).to_contain_text("along w[Mangoes, Rainfall]")
    boxes = page.locator(".linreg-valley-box")
    expect(boxes).to_have_count(1)  # not above the question, nor where the valley is round


def test_a_run_that_a_rule_has_stopped_says_why(open_page: Callable[..., Page]) -> None:
    page = open_page("07_your_own_table")
    stopped = widget_after(page, "train")
    expect(stopped).to_contain_text(
        "Stopped after epoch 77: the full-data loss, 24.94, is 1.09 times"
    )
    expect(stopped.get_by_role("combobox", name="Stop")).to_have_value("near")


def test_what_needs_the_notebook_is_said_at_its_cell(open_page: Callable[..., Page]) -> None:
    page = open_page("03_the_learning_rate")
    for cell in ("edge", "answer-factor"):
        said = page.locator(f"#{cell} .only")
        expect(said).to_contain_text("notebook")
        link = said.get_by_role("link", name="Open it in Colab")
        expect(link).to_have_attribute("href", re.compile(r"colab.*03_the_learning_rate\.ipynb$"))
    expect(page.locator("#plain .only")).to_have_count(0)


def test_a_lesson_is_printed_with_its_answers_or_without(open_page: Callable[..., Page]) -> None:
    page = open_page("03_the_learning_rate")
    page.evaluate(
        "() => { window.print = () => dispatchEvent(new Event('beforeprint')); }"
    )  # no dialogue here
    solution = page.locator("#cell-solution-factor details")
    check = page.locator("details.exercise").first
    page.emulate_media(media="print")
    expect(page.locator(".top")).to_be_hidden()
    expect(check).to_be_hidden()
    expect(page.locator("[data-print]").first).to_be_hidden()
    expect(page.locator(".linreg .lr-buttons").first).to_be_hidden()
    page.emulate_media(media="screen")
    button(page.locator("main"), "Print").click()
    expect(solution).to_have_js_property("open", value=False)
    button(page.locator("main"), "Print with answers").click()
    expect(solution).to_have_js_property("open", value=True)
    page.emulate_media(media="print")
    expect(check).to_be_visible()
    expect(page.get_by_text("my_factor = 2.25")).to_be_visible()
    page.emulate_media(media="screen")
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    expect(solution).to_have_js_property("open", value=False)


# ---- the index -------------------------------------------------------------------------------


def test_the_index_has_a_live_widget_on_its_first_screen(open_page: Callable[..., Page]) -> None:
    page = open_page("index")
    step = button(panel(page).first, "Step")
    expect(step).to_be_in_viewport(ratio=1)
    expect(page.get_by_role("link", name="Install it")).to_be_in_viewport(ratio=1)
    expect(page.get_by_role("link", name="Open in Colab")).to_be_in_viewport(ratio=1)
    step_from_the_start(panel(page).first)


# A card is as wide and as high as its place among the others.
FILLS = """(card) => {
  const [one, other] = [card, card.parentElement].map((each) => each.getBoundingClientRect());
  return Math.abs(one.width - other.width) < 1 && Math.abs(one.height - other.height) < 1;
}"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_index_has_a_card_with_a_picture_for_each_lesson(
    open_page: Callable[..., Page], scheme: str
) -> None:
    page = open_page("index", scheme=scheme)
    cards = page.locator(".cards a")
    expect(cards).to_have_count(len(LESSONS))
    for card, name in zip(cards.all(), NAMES, strict=True):
        assert card.get_attribute("href") == f"{name}.html"
        expect(card).to_contain_text("?")
        expect(card).to_contain_text(re.compile(r"\d+ minutes"))
        card.scroll_into_view_if_needed()
        assert card.evaluate(FILLS)
        picture = card.locator("img:visible")
        expect(picture).to_have_count(1)
        expect(picture).to_have_js_property("complete", value=True)
        assert picture.evaluate("(image) => image.naturalWidth") > 300
        assert f"{name}-{scheme}" in (picture.get_attribute("src") or "")
        assert picture.get_attribute("alt")
    cards.nth(1).click()
    expect(page).to_have_url(re.compile(rf"/{NAMES[1]}\.html$"))


# ---- all pages -------------------------------------------------------------------------------


class Links(HTMLParser):
    """The addresses and ids of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.addresses: list[str] = []
        self.ids: set[str] = set()
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            if name in ("href", "src") and value is not None:
                self.addresses.append(value)
            elif name == "id" and value is not None:
                self.ids.add(value)


def test_no_link_is_broken_and_none_begins_at_a_servers_root(site: Path) -> None:
    pages = {path.name: Links(path.read_text(encoding="utf-8")) for path in site.glob("*.html")}
    assert sorted(pages) == sorted(f"{name}.html" for name in PAGES)
    checked = 0
    for name, page in pages.items():
        for address in page.addresses:
            if urlsplit(address).scheme:
                assert address.startswith(("https://", "data:image/")), (name, address)
                continue
            file, anchor = urldefrag(address)
            assert not file.startswith("/"), (name, address)
            assert (site / (file or name)).is_file(), (name, address)
            assert not anchor or anchor in pages[file or name].ids, (name, address)
            checked += 1
    assert checked > 100


@pytest.mark.parametrize(
    "name", ["index", pytest.param(CROPS, marks=pytest.mark.matrix), "05_scales_and_valleys"]
)
def test_light_and_dark_follow_the_system_and_the_button(
    open_page: Callable[..., Page], name: str
) -> None:
    page = open_page(name, scheme="dark")
    body, card = page.locator("body"), panel(page).first.locator(".lr-card")
    assert body.evaluate(LUMINANCE) < 0.2
    expect(panel(page).first).to_have_attribute("data-theme", "dark")
    assert card.evaluate(LUMINANCE) < 0.2
    for plot in page.locator("img.linreg-plot").all():
        expect(plot).to_have_css("filter", re.compile("invert"))
    page.get_by_role("button", name="Light", exact=True).click()
    expect(panel(page).first).to_have_attribute("data-theme", "light")
    assert body.evaluate(LUMINANCE) > 0.8
    assert card.evaluate(LUMINANCE) > 0.8
    for plot in page.locator("img.linreg-plot").all():
        expect(plot).to_have_css("filter", "none")
    page.reload()
    expect(panel(page).first).to_have_attribute("data-theme", "light")
    page.get_by_role("button", name="Dark", exact=True).click()
    expect(panel(page).first).to_have_attribute("data-theme", "dark")


@pytest.mark.parametrize(
    ("name", "width"),
    [
        *((name, 400) for name in ("index", *TEXTS)),  # at this width lessons are looked at above
        *(pytest.param(name, 1280, marks=pytest.mark.matrix) for name in ("index", *TEXTS, *NAMES)),
    ],
)
def test_nothing_is_wider_than_the_window(
    open_page: Callable[..., Page], name: str, width: int
) -> None:
    expect_nothing_wider(open_page(name, width=width), width)


@pytest.mark.parametrize(
    ("name", "scheme"),
    [
        *(("index", "light"), ("index", "dark"), (CROPS, "light"), ("glossary", "light")),
        *(("confusions", "light"), ("teachers", "light"), ("05_scales_and_valleys", "dark")),
        *(
            pytest.param(name, scheme, marks=pytest.mark.matrix)
            for name, scheme in (
                *((CROPS, "dark"), *((name, "dark") for name in TEXTS)),
                ("05_scales_and_valleys", "light"),
            )
        ),
    ],
)
def test_a_page_is_accessible(open_page: Callable[..., Page], name: str, scheme: str) -> None:
    page = open_page(name, scheme=scheme)
    assert violations(page, None, **AXE) == []


def test_every_page_has_a_policy_and_nothing_is_larger_than_it_need_be(site: Path) -> None:
    for path in site.glob("*.html"):
        head = path.read_text(encoding="utf-8").partition("</head>")[0]
        policy = head.split('http-equiv="Content-Security-Policy" content="')[1].split('"')[0]
        rules = {rule.split()[0]: {*rule.split()[1:]} for rule in policy.split(";")}
        assert rules["default-src"] == rules["base-uri"] == rules["form-action"] == {"'none'"}
        # Nothing from another origin, no script that stands in the page, and no eval.
        assert rules["script-src"] == {"'self'", "file:", "blob:"}
        assert rules["style-src"] == {"'self'", "file:", "'unsafe-inline'"}
        assert rules["img-src"] == {"'self'", "file:", "data:"}
        assert head.index("Content-Security-Policy") < head.index("<link")
    assert (site / "panel.js").stat().st_size < 121_000


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        ("script-src 'self' file:", "does not let it unpack its script"),
        ("script-src 'none'", "JavaScript is switched off or not allowed here"),
    ],
)
def test_where_a_policy_is_stricter_the_page_says_what_it_cannot_do(
    site: Path, browser_context: Any, rule: str, words: str
) -> None:
    page = (site / "index.html").read_text(encoding="utf-8")
    path = site / "strict.html"
    path.write_text(page.replace("script-src 'self' file: blob:", rule), encoding="utf-8")
    context = patient(browser_context.browser.new_context(offline=True))
    try:
        opened = context.new_page()
        opened.goto(path.as_uri())
        expect(opened.locator("[data-panel]").first).to_contain_text(words)
    finally:
        context.close()
        path.unlink()


def given_up(request: Any) -> bool:
    """Tell whether the page was left before this had come, such as a picture further down."""
    return bool(request.failure == "net::ERR_ABORTED")


def test_it_works_in_a_folder_of_a_server(site: Path, browser_context: Any) -> None:
    with served(site.parent) as address:
        context = patient(browser_context.browser.new_context())
        try:
            page = context.new_page()
            failed: list[str] = []
            page.on("requestfailed", lambda one: None if given_up(one) else failed.append(one.url))
            page.on("response", lambda one: None if one.ok else failed.append(one.url))
            home = f"{address}/{site.name}/"
            page.goto(f"{home}index.html")
            page.locator(".cards a").first.click()
            expect(page).to_have_url(f"{home}{NAMES[0]}.html")
            step_from_the_start(panel(page).first)
            assert failed == []
        finally:
            context.close()


# ---- in each engine ------------------------------------------------------------------------------


@pytest.mark.matrix
def test_the_index_leads_to_a_lesson_whose_widget_trains(engine: Engine, site: Path) -> None:
    engine.open((site / "index.html").as_uri())
    assert engine.evaluate("() => document.documentElement.scrollWidth <= innerWidth")
    first_step(engine)
    card = f".cards a[href='{CROPS}.html']"
    address = engine.look("one.href", card)
    engine.click(card)
    engine.until(lambda: engine.evaluate("() => location.href") == address)
    engine.until(lambda: engine.has("group"))
    first_step(engine)
    for theme in ("Dark", "Light"):
        engine.click("button", theme)
        engine.until(functools.partial(engine.has, f".linreg[data-theme={theme.lower()}]"))


LOW_LINKS = """() => [...document.querySelectorAll("a")].filter((link) => {
  const whole = link.parentElement.textContent.trim() === link.textContent.trim();
  const alone = whole || getComputedStyle(link).display !== "inline";
  return alone && link.checkVisibility() && link.getBoundingClientRect().height < 24;
}).map((link) => link.textContent.trim())"""


@pytest.mark.parametrize("name", ["03_the_learning_rate", "teachers"])
def test_links_that_stand_alone_are_as_high_as_a_finger_needs(
    open_page: Callable[..., Page], name: str
) -> None:
    page = open_page(name)
    page.set_viewport_size({"width": 390, "height": 844})
    assert page.locator("a").count() > 10
    assert page.evaluate(LOW_LINKS) == []
