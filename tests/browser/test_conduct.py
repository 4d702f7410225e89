"""How the page conducts itself: under a finger, in its address, beside its controls, on paper."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
from playwright.sync_api import Locator, Page, expect

from linreg_widget import Trainer, TrainerWidget, crop_yields
from tests.browser.bridge import Bridge
from tests.browser.lab import Lab
from tests.browser.offline import Offline
from tests.browser.parts import button, expect_loss

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
            share = step / steps
            self._send("touchMove", (start[0] + by[0] * share, start[1] + by[1] * share))
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


def stands_at(one: Bridge, update: int) -> None:
    """Wait until page and kernel stand there: the Timeline shows at once what it asks for."""
    expect(one.page.get_by_role("slider", name="Timeline")).to_have_value(str(update))
    one.until(lambda: one.panel.trainer.position.update == update)


def test_a_finger_on_the_timeline_goes_where_it_is_and_scrolls_without_a_change(
    ended_early: Bridge,
) -> None:
    page = ended_early.page
    timeline = page.get_by_role("slider", name="Timeline")
    finger = Finger(page)
    finger.tap(at(timeline, 0.3))
    stands_at(ended_early, 75)
    finger.drag(at(timeline, 0.3), by=(-40, 3))
    box = timeline.bounding_box()
    assert box
    wanted = round(250 * (0.3 - 40 / box["width"]))
    stands_at(ended_early, wanted)
    before = scrolled(page)
    x, y = at(timeline, 0.1)
    finger.drag((x, y), by=(2, -120))
    page.wait_for_function(f"document.scrollingElement.scrollTop > {before} + 40")
    stands_at(ended_early, wanted)
    # The keys still go their way.
    timeline.focus()
    page.keyboard.press("ArrowLeft")
    stands_at(ended_early, wanted - 1)
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
    expect(slider).not_to_have_attribute("aria-valuetext", "1e-5")
    ended_early.until(lambda: panel.learning_rate > 10 * rate)
    tapped = panel.learning_rate
    finger.drag(at(slider, 0.8), by=(-120, 4))
    ended_early.until(lambda: panel.learning_rate < tapped)
    finger.lift()


# ---- a page's link -------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def lesson(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A page that asks for the loss, with the run at its start."""
    path = tmp_path_factory.mktemp("page") / "lesson.html"
    widget = TrainerWidget(plot=None, ask="loss")
    widget.to_html(path)
    widget.close()
    return path


@pytest.fixture(scope="module")
def page(browser_context: Any, lesson: Path) -> Iterator[Page]:
    """A window with the page, from disk and with the network shut; nothing may go wrong in it."""
    with Offline.within(browser_context.browser) as offline:
        page = offline.open(lesson, size=(1036, 900))
        page.context.grant_permissions(["clipboard-read", "clipboard-write"])
        yield page


def visit(page: Page, lesson: Path, address: str = "") -> None:
    """Open the page by an address, as from a bookmark."""
    page.goto("about:blank")
    page.goto(lesson.as_uri() + address)
    expect(page.get_by_text("Computed in this page")).to_be_visible()


def type_in(page: Page, name: str, text: str) -> None:
    field = page.get_by_role("textbox", name=name)
    field.fill(text)
    field.press("Enter")


def rests_at(page: Page, address: str) -> None:
    """Wait until the page's address holds its state."""
    page.wait_for_function("(address) => location.hash === address", arg=address)


def test_a_page_comes_back_to_its_state_by_its_address(page: Page, lesson: Path) -> None:
    visit(page, lesson)
    entries = page.evaluate("history.length")
    type_in(page, "Learning rate value", "2e-5")
    rests_at(page, "#lr=2e-5")
    button(page, "Step").click()
    button(page, "Skip").click()
    rests_at(page, "#lr=2e-5&at=1")
    page.get_by_role("radio", name="phase").check(force=True)
    button(page, "Step").click()
    button(page, "Skip").click()
    rests_at(page, "#lr=2e-5&at=1&phase=predict&by=phase&tab=microscope")
    sentence = page.locator(".lr-sentence").inner_text()
    w = page.get_by_role("grid", name=re.compile(r"^w(?!\.)")).inner_text()
    assert page.evaluate("history.length") == entries, "no state is pushed"
    page.reload()
    expect(page.locator(".lr-sentence")).to_have_text(sentence)
    assert page.get_by_role("grid", name=re.compile(r"^w(?!\.)")).inner_text() == w
    button(page, "Reset").click()
    rests_at(page, "#lr=2e-5&by=phase&tab=microscope")


def test_a_run_that_was_changed_on_its_way_comes_back_by_its_address(
    page: Page, lesson: Path
) -> None:
    visit(page, lesson, "#ask=none&by=epoch")
    for _ in range(3):
        button(page, "Step").click()
    rests_at(page, "#at=15&by=epoch&ask=none")
    type_in(page, "Learning rate value", "2e-5")
    button(page, "Step").click()
    page.get_by_role("tab", name="Inside the update").click()
    cell = page.get_by_role("grid", name=re.compile(r"^w(?!\.)")).locator("td[data-at]").nth(1)
    cell.dblclick()
    page.keyboard.type("0.5")
    page.keyboard.press("Enter")
    page.keyboard.press("Escape")
    button(page, "Step").click()
    page.get_by_role("tab", name="Loss").click()
    page.get_by_role("slider", name="Timeline").fill("22")
    past = "past=0:1e-5:3:yes,15:2e-5:3:yes,20:w.0.1:0.5"
    rests_at(page, f"#lr=2e-5&at=22&ran=25&{past}&by=epoch&ask=none")
    trainer = Trainer(crop_yields())
    trainer.step("epoch", 3)
    trainer.change(learning_rate=2e-5)
    trainer.step("epoch")
    w = trainer.model.w.detach().numpy().copy()
    w[0, 1] = 0.5
    trainer.set(w=w)
    trainer.step(count=2)
    for _ in range(2):
        expect_loss(page, trainer.loss())
        expect(page.get_by_role("slider", name="Timeline")).to_have_attribute("max", "25")
        expect(page.get_by_role("alert")).to_be_empty()
        page.reload()
        expect(page.get_by_role("slider", name="Timeline")).to_have_value("22")


def test_a_teacher_ticks_what_the_class_shall_not_see(page: Page, lesson: Path) -> None:
    visit(page, lesson)
    button(page, "Controls").click()
    for name in ("Run", "What the data say", "The ruler of the learning rate"):
        page.get_by_role("checkbox", name=name, exact=True).check()
    expect(button(page, "Run")).to_have_count(0)
    button(page, "Copy link").click()
    expect(button(page, "Copied")).to_be_visible()
    link = page.evaluate("navigator.clipboard.readText()")
    assert link == f"{lesson.as_uri()}#hide=run,ruler,data"
    visit(page, lesson, "#hide=run,ruler,data")
    expect(button(page, "Step")).to_be_visible()
    expect(button(page, "Run")).to_have_count(0)
    expect(page.get_by_role("tab", name="What the data say")).to_have_count(0)
    expect(page.locator(".lr-zones")).to_have_count(0)
    button(page, "Controls").click()
    page.get_by_role("checkbox", name="Run", exact=True).uncheck()
    expect(button(page, "Run")).to_be_visible()


def test_a_link_begins_a_run_with_its_settings(page: Page, lesson: Path) -> None:
    visit(page, lesson, "#lr=1e-4&seed=3&tab=line&at=7&ask=none")
    expect(page.get_by_role("status")).to_contain_text("update 7 of 250")
    expect(page.get_by_role("tab", name="Data and line")).to_have_attribute("aria-selected", "true")
    trainer = Trainer(crop_yields(), learning_rate=1e-4, seed=3)
    trainer.step(count=7)
    loss = trainer.loss()
    expect_loss(page, loss)
    # Another address, typed or followed, opens its own state.
    page.evaluate("location.hash = '#standardize=yes'")
    expect(page.get_by_role("status")).to_contain_text("Ready")
    rests_at(page, "#lr=0.1&standardize=yes")


@pytest.mark.parametrize(
    "address",
    [
        "#lr=%3Cimg%20src%3Dx%20onerror%3Dalert(1)%3E&tab=<script>alert(1)</script>",
        "#hide=<svg/onload=alert(1)>,javascript:alert(1)&at=1e999",
        "#__proto__=1&constructor=2&_source={}&speed=%00&seed=%E0%A4%A",
        "#past=0:1e-5:3:yes,0:<img src=x onerror=alert(1)>:1&at=0",
    ],
)
def test_nothing_in_an_address_is_markup_or_code(page: Page, lesson: Path, address: str) -> None:
    visit(page, lesson, address)
    panel = page.get_by_role("group", name="Linear regression trainer")
    expect(button(page, "Step")).not_to_have_attribute("aria-disabled", "true")
    assert panel.locator("img, script, svg[onload], iframe, object").count() == 0
    expect(panel.locator(".lr-alert")).to_contain_text("“")
    expect(page.get_by_role("textbox", name="Learning rate value")).to_have_value("1e-5")
    expect(page.get_by_role("status")).to_contain_text("Ready")


@pytest.mark.parametrize("entry", ["w.9.9", "w.2.0", "w.0.3", "b.1.0", "b.0.2"])
def test_a_past_with_an_entry_that_the_table_has_not_is_refused_as_a_whole(
    page: Page, lesson: Path, entry: str
) -> None:
    visit(page, lesson, f"#at=9&past=0:1e-5:3:yes,5:2e-5:3:yes,7:{entry}:0.5&ask=none")
    expect(page.get_by_role("status")).to_contain_text("update 9 of 250")
    expect(page.locator(".lr-alert")).to_contain_text(f"past is “{entry}”")
    rests_at(page, "#at=9&ask=none")


@pytest.mark.parametrize(
    ("asked", "place", "most"),
    [
        ("at=1000000000000", "Finished", "250"),
        ("at=0&ran=999999999999999", "Ready", "250"),
        ("epochs=1000000000000&at=5&ran=1000000000000", "update 5", "1,000,000"),
    ],
)
def test_a_link_that_asks_for_more_updates_than_it_may_says_how_far_it_leads(
    page: Page, lesson: Path, asked: str, place: str, most: str
) -> None:
    visit(page, lesson, f"#{asked}&ask=none")
    expect(page.locator(".lr-alert")).to_contain_text(f"leads to update {most} at most")
    expect(page.get_by_role("status")).to_contain_text(place)
    expect(button(page, "Step")).to_be_visible()


def test_after_the_last_update_an_address_leads_into_no_phase(page: Page, lesson: Path) -> None:
    visit(page, lesson, "#at=250&phase=predict&ask=none")
    expect(page.get_by_role("status")).to_contain_text("Finished")
    rests_at(page, "#at=250&ask=none")
    visit(page, lesson, "#at=249&phase=predict&ask=none")
    expect(page.get_by_role("status")).to_contain_text("update 250 of 250 · after predict")


SECOND = """() => {
  const state = JSON.parse(document.getElementById("state").textContent);
  const bytes = (text) => Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  for (const name of state.bytes)
    state.traits[name] = new DataView(bytes(state.traits[name]).buffer);
  const send = () => { throw new Error("This page has no kernel."); };
  const nothing = () => {};
  const model = { get: (name) => state.traits[name], send };
  for (const name of ["set", "save_changes", "on", "off"]) model[name] = nothing;
  const el = document.createElement("div");
  document.querySelector("main").append(el);
  linreg.initialize({ model });
  linreg.render({ model, el });
}"""


def test_each_panel_of_a_page_has_its_own_part_of_the_address(page: Page, lesson: Path) -> None:
    visit(page, lesson, "#seed=3&2.lr=2e-5&2.tab=data")
    page.evaluate(SECOND)
    first, second = (
        page.get_by_role("group", name="Linear regression trainer").nth(at) for at in (0, 1)
    )
    chosen = second.get_by_role("tab", name="What the data say")
    expect(chosen).to_have_attribute("aria-selected", "true")
    expect(first.get_by_role("textbox", name="Learning rate value")).to_have_value("1e-5")
    second.get_by_role("tab", name="Loss").click()
    expect(second.get_by_role("textbox", name="Learning rate value")).to_have_value("2e-5")
    rests_at(page, "#seed=3&2.lr=2e-5")
    first.get_by_role("tab", name="Compare").click()
    rests_at(page, "#2.lr=2e-5&seed=3&tab=compare")


# ---- questions on a page without a kernel --------------------------------------------------------


def test_a_page_without_a_kernel_asks_judges_and_hands_out_the_answers(
    page: Page, lesson: Path
) -> None:
    visit(page, lesson)
    card = page.get_by_role("group", name="Your guess")
    expect(card).to_contain_text("Before each Step or Run, predict the loss.")
    button(page, "Step").click()
    field = card.get_by_role("textbox", name=re.compile("^Next is update 1. The loss over"))
    expect(field).to_be_focused()
    field.fill("30,000")
    field.press("Enter")
    expect(card).to_contain_text("Close: the loss fell by 17%; you expected it to fall by 9.5%.")
    expect(card).to_contain_text("1 of 1 close")
    expect(button(page, "Step")).to_be_focused()
    card.get_by_role("button", name="Copy").click()
    expect(card.get_by_role("button", name="Copied")).to_be_visible()
    text = page.evaluate("navigator.clipboard.readText()")
    with page.expect_download() as waiting:
        card.get_by_role("button", name="Save").click()
    assert waiting.value.suggested_filename == "answers.csv"
    saved = waiting.value.path().read_text(encoding="utf-8")
    assert saved == text
    (answer,) = csv.DictReader(io.StringIO(saved))
    assert (answer["update"], answer["guess"], answer["right"]) == ("1", "30000", "true")
    button(page, "Full").click()
    button(page, "Run").click()
    button(page, "Skip").click()
    expect(page.get_by_role("status")).to_contain_text("Finished")
    expect(card).to_contain_text("The loss became")
    expect(card).to_contain_text("1 of 1 close")


# ---- refusals ------------------------------------------------------------------------------------

ANNOUNCED = """() => {
  window.announced = [];
  const alert = document.querySelector("[role=alert]");
  new MutationObserver((changes) => {
    for (const { addedNodes } of changes)
      for (const node of addedNodes) announced.push(node.textContent);
  }).observe(alert, { childList: true, subtree: true, characterData: true });
}"""


def beside(words: Locator, control: Locator) -> None:
    """Assert that words are to be seen near a control, and wholly within the page."""
    expect(words).to_be_visible()
    box, other = words.bounding_box(), control.bounding_box()
    assert box
    assert other
    gap = max(other["y"] - box["y"] - box["height"], box["y"] - other["y"] - other["height"], 0)
    assert gap < 60
    width = words.page.evaluate("document.documentElement.clientWidth")
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= width
    assert words.page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize("name", ["Epochs", "Speed", "Batch size", "Seed", "Learning rate"])
def test_a_refusal_stands_at_its_control_is_announced_each_time_and_goes(
    ended_early: Bridge, name: str
) -> None:
    page = ended_early.page
    if name in ("Batch size", "Seed"):
        page.get_by_role("button", name="More").click()
    page.evaluate(ANNOUNCED)
    field = page.get_by_role("textbox", name=f"{name} value")
    height = page.evaluate("document.documentElement.scrollHeight")
    for times in (1, 2):
        type_in(page, f"{name} value", "many")
        page.wait_for_function(f"announced.length === {times}")
        beside(page.locator(".lr-refused"), field)
        assert page.evaluate("document.documentElement.scrollHeight") == height
    assert len(page.evaluate("announced.filter((words) => words.includes('“many” is not'))")) == 2
    page.get_by_role("button", name="Back", exact=True).click()
    expect(page.locator(".lr-refused")).to_have_count(0)
    expect(page.get_by_role("alert")).to_be_empty()


def own_update(model: Any, x: Any, y: Any, learning_rate: float) -> Any:
    """Make half a step."""
    loss = torch.mean((model(x) - y) ** 2)
    loss.backward()
    yield "backward"
    with torch.no_grad():
        for each in (model.w, model.b):
            each.sub_(learning_rate / 2 * each.grad)
            each.grad.zero_()
    return loss.item()


def test_what_needs_a_kernel_says_so_at_its_control(own_page: Callable[..., Page]) -> None:
    widget = TrainerWidget(plot=None, learning_rate=1e-5, update=own_update, ask="loss")
    widget.run(2)
    page = own_page(widget, size=(390, 844))
    expect(page.get_by_text("Questions, settings, w and b")).to_be_visible()
    page.evaluate(ANNOUNCED)
    for times, name in enumerate(("Learning rate", "Epochs"), 1):
        field = page.get_by_role("textbox", name=f"{name} value")
        expect(field).not_to_be_editable()
        field.click(force=True)
        beside(page.locator(".lr-refused"), field)
        page.wait_for_function(f"announced.length === {times}")
    page.get_by_role("checkbox", name="Standardize").click(force=True)
    beside(page.locator(".lr-refused"), page.get_by_role("checkbox", name="Standardize"))
    button(page, "Step").click()
    expect(page.locator(".lr-refused")).to_have_count(0)


# ---- on paper ------------------------------------------------------------------------------------

ON_PAPER = """() => {
  const seen = [...document.querySelectorAll("body *")].filter((one) => one.checkVisibility());
  const style = (one, name) => getComputedStyle(one)[name];
  const says = (one) => `${one.tagName} ${one.className.baseVal ?? one.className}`;
  const shown = (selector) => seen.filter((one) => one.matches(selector)).map(says);
  const light = (colour) => (colour.match(/[\\d.]+/g) ?? []).slice(0, 3)
    .every((x) => x > (colour.startsWith("color(") ? 0.8 : 200));
  return {
    sticky: seen.filter((one) => /sticky|fixed/.test(style(one, "position"))).map(says),
    controls: shown("button:not(.lr-unfold, [role=tab]), input:not([type=range]), textarea"),
    tabs: shown("[role=tab]").length,
    cut: seen.filter((one) => /auto|scroll|hidden/.test(style(one, "overflowY"))
      && !one.closest(".lr-spoken, svg, progress, th, em")
      && one.scrollHeight > one.clientHeight + 1).map(says),
    paper: [document.body, document.querySelector(".lr-card"), document.querySelector(".lr-code")]
      .filter(Boolean).map((one) => light(style(one, "backgroundColor"))),
    ink: style(document.querySelector(".linreg"), "color"),
    // An arrow before an old number is placed within its cell.
    strayed: [...document.querySelectorAll("td[data-at]")]
      .filter((cell) => style(cell, "position") === "static").map(says),
    spilled: [...document.querySelectorAll(".lr-tensor figcaption")]
      .filter((one) => style(one, "overflowY") === "visible").map(says),
    wide: document.documentElement.scrollWidth - document.documentElement.clientWidth,
  };
}"""


@pytest.mark.parametrize("tab", ["loss", "microscope", "line", "predictions"])
def test_on_paper_the_page_is_light_and_whole_and_has_no_controls(
    page: Page, lesson: Path, tab: str
) -> None:
    page.emulate_media(media="screen", color_scheme="dark")
    visit(page, lesson, f"#at=7&phase=backward&ask=none&tab={tab}")
    expect(page.get_by_role("status")).to_contain_text("update 8")
    page.emulate_media(media="print", color_scheme="dark")
    page.set_viewport_size({"width": 718, "height": 1000})  # of A4, within its margins
    found = page.evaluate(ON_PAPER)
    pages = page.pdf(format="A4", print_background=False).count(b"/Type /Page\n")
    page.set_viewport_size({"width": 1036, "height": 900})
    page.emulate_media(media="screen", color_scheme="light")
    assert found["sticky"] == []
    assert found["controls"] == []
    assert found["tabs"] == 1
    assert found["cut"] == []
    assert found["strayed"] == []
    assert found["spilled"] == []
    assert all(found["paper"])
    assert found["ink"] == "rgb(28, 29, 33)"
    assert found["wide"] <= 0
    assert pages == 1


# ---- meanings ------------------------------------------------------------------------------------


def test_what_the_losses_mean_can_be_read_without_a_mouse(page: Page, lesson: Path) -> None:
    visit(page, lesson)
    told = page.locator(".lr-told")
    expect(told).to_have_count(0)
    button(page, "What these losses mean").focus()
    page.keyboard.press("Enter")
    expect(told).to_contain_text("The mean of the batch losses of the last complete epoch")
    expect(told.locator("dt")).to_have_text(
        ["last batch", "epoch mean", "full data", "best possible"]
    )
    button(page, "What these losses mean").click()
    expect(told).to_have_count(0)


def test_a_finger_finds_targets_of_24_pixels(ended_early: Bridge) -> None:
    page = ended_early.page
    finger = Finger(page)
    small = """() => [...document.querySelectorAll("button, input, select, summary, td[data-at]")]
      .filter((one) => one.checkVisibility() && !one.closest("label"))
      .map((one) => [one, one.getBoundingClientRect()])
      .filter(([, box]) => box.width && (box.width < 23.9 || box.height < 23.9))
      .map(([one]) => one.outerHTML)"""
    for tab in ("Loss", "Inside the update", "Data and line", "Predictions"):
        page.get_by_role("tab", name=tab, exact=True).click()
        assert page.evaluate(small) == [], tab
    finger.lift()


# ---- quick keys ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("away", "then", "update"),
    [
        ("Timeline", "ArrowRight", 101),
        ("Epochs", " ", 300),
        ("ArrowLeft", "ArrowRight", 250),
        ("Home", "ArrowRight", 1),
        ("Home", " ", 250),
    ],
)
def test_a_key_counts_though_the_last_act_has_no_answer_yet(
    bridge: Callable[..., Bridge], away: str, then: str, update: int
) -> None:
    trainer = Trainer(crop_yields(), learning_rate=1e-5)
    trainer.run()
    made = bridge(trainer)
    made.panel.speed = None
    made.show()
    answered = made.page.evaluate(
        """([away, then]) => {
      const panel = document.querySelector(".linreg");
      const timeline = panel.querySelector("[aria-label=Timeline]");
      const press = (key) =>
        panel.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true }));
      if (away === "Timeline") {
        timeline.value = 100;
        timeline.dispatchEvent(new Event("input", { bubbles: true }));
      } else if (away === "Epochs") {
        const field = panel.querySelector("[aria-label='Epochs value']");
        field.value = 60;
        field.dispatchEvent(new Event("input", { bubbles: true }));
        field.dispatchEvent(new KeyboardEvent("keydown", { key: "Enter", bubbles: true }));
      } else press(away);
      press(then);
      return sent.map(({ kind }) => kind);
    }""",
        [away, then],
    )
    assert answered[-1] == ("run" if then == " " else "step")
    made.until(lambda: trainer.position.update == update and trainer.status != "running")


# ---- a picture beside the widget -----------------------------------------------------------------


def test_jupyterlab_shows_the_widget_and_not_its_picture(shared_lab: Lab) -> None:
    cells = ["from linreg_widget import TrainerWidget", "widget = TrainerWidget(plot=None)"]
    notebook = shared_lab.open([*cells, "widget.run(4)", "widget"])
    notebook.run_all()
    expect(notebook.panel).to_contain_text("update 20 of 250")
    expect(notebook.output(3).locator("img")).to_have_count(0)
    bundle = notebook.evaluate("notebook.content.widgets[3].model.outputs.get(0).toJSON().data")
    assert "image/png" in bundle
