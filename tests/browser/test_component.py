"""The panel by itself in Chromium: no Jupyter, and a kernel in the page (js/test/kernel.ts)."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import BrowserContext, Locator, Page, expect

import hatch_build

JS = Path(__file__).parents[2] / "js"
BOXES = """() => Object.fromEntries(
  [...document.querySelectorAll('.linreg button, .linreg input, figure, .lr-code, .lr-onefit')].map(
    (element, index) => {
      const { x, y, height } = element.getBoundingClientRect();
      const name = element.querySelector('b')?.textContent ?? element.className;
      return [`${index} ${name}`, [x + scrollX, y + scrollY, height].map(Math.round).join()];
    }))"""
SAID = """() => {
  window.said = [];
  const status = document.querySelector('[role=status]');
  new MutationObserver(() => said.push(status.textContent)).observe(
    status, { subtree: true, childList: true, characterData: true });
}"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Bundle the page of js/test for a browser that opens it from disk."""
    out = tmp_path_factory.mktemp("page")
    npm = hatch_build.find_npm()
    assert npm is not None, hatch_build.NO_NODE
    command = [
        str(JS / "node_modules" / ".bin" / "esbuild"),
        *("test/page.ts", "src/panel.css", "--bundle", "--format=iife", f"--outdir={out}"),
        *("--tsconfig=tsconfig.bundle.json", "--inject:src/jsx.ts"),
        *("--entry-names=[name]", "--log-level=error"),
    ]
    environment = {**os.environ, "PATH": npm.path}
    subprocess.run(command, cwd=JS, env=environment, check=True)
    html = (JS / "test" / "page.html").read_text(encoding="utf-8")
    html = html.replace('<script type="module" src="page.js">', '<script src="page.js">')
    (out / "one.html").write_text(html, encoding="utf-8")
    view = '<main class="view"></main>'
    assert view in html
    (out / "two.html").write_text(html.replace(view, 2 * view), encoding="utf-8")
    return out


@pytest.fixture
def open_page(folder: Path, browser_context: BrowserContext) -> Iterator[Callable[..., Page]]:
    pages: list[Page] = []
    errors: list[str] = []

    def open_(name: str = "one", *, width: int = 1000, theme: str = "light") -> Page:
        page = browser_context.new_page()
        pages.append(page)
        page.set_viewport_size({"width": width, "height": 1000})
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.goto(f"{(folder / name).as_uri()}.html?theme={theme}")
        return page

    yield open_
    for page in pages:
        page.close()
    assert errors == []


@pytest.fixture
def page(open_page: Callable[..., Page]) -> Page:
    return open_page()


def panel(page: Page) -> Locator:
    return page.get_by_role("group", name="Linear regression trainer")


def button(page: Page, name: str) -> Locator:
    return panel(page).get_by_role("button", name=name, exact=True)


def trait(page: Page, name: str) -> Any:
    return page.evaluate("(name) => kernel.get(name)", name)


def until(page: Page, condition: str) -> None:
    page.wait_for_function(condition)


def step(page: Page, times: int = 1, by: str = "phase") -> None:
    """Press Step; wait for each answer and for the tables that follow it."""
    page.evaluate("(by) => kernel.change({ step_by: by })", by)
    for _ in range(times):
        button(page, "Step").click()
        sentence = page.evaluate(
            """() => new Promise((resolve) => {
              const look = () => {
                const sentence = kernel.get('_frame').sentence;
                const shown = document.querySelector('.lr-sentence').textContent;
                const done = kernel.received.length === kernel.answered;
                if (done && sentence === shown) resolve(sentence);
                else requestAnimationFrame(look);
              };
              look();
            })"""
        )
        expect(panel(page).get_by_role("status")).to_contain_text(sentence)


def cell(page: Page, tensor: str, at: str) -> Locator:
    return page.locator(f"figure:has(figcaption b:text-is('{tensor}')) td[data-at='{at}']")


def test_the_keys_do_what_the_buttons_do(page: Page) -> None:
    panel(page).focus()
    press = page.keyboard.press
    press("ArrowRight")
    until(page, "kernel.get('update') === 1")
    press("ArrowRight")
    until(page, "kernel.get('update') === 2")
    press("ArrowLeft")
    until(page, "kernel.get('update') === 1")
    press(" ")
    expect(button(page, "Pause")).to_be_visible()
    press(" ")
    expect(button(page, "Run")).to_be_visible()
    press("Home")
    until(page, "kernel.get('update') === 0")


def test_a_table_of_numbers_is_one_tab_stop_with_arrow_keys_inside(page: Page) -> None:
    step(page, 3)
    stops = page.evaluate(
        """() => [...document.querySelectorAll('[role=grid]')].map(
             (grid) => grid.querySelectorAll('[tabindex="0"]').length)"""
    )
    assert set(stops) == {1}
    sent = page.evaluate("kernel.received.length")
    cell(page, "w.grad", "0,0").focus()
    for key, label in [
        ("ArrowRight", "w.grad, Mangoes, Rainfall"),
        ("ArrowDown", "w.grad, Oranges, Rainfall"),
        ("End", "w.grad, Oranges, Humidity"),
        ("Home", "w.grad, Oranges, Temperature"),
        ("ArrowUp", "w.grad, Mangoes, Temperature"),
        ("ArrowUp", "w.grad, Mangoes, Temperature"),
    ]:
        page.keyboard.press(key)
        focused = page.get_by_role("gridcell", name=re.compile("^" + label))
        expect(focused).to_be_focused()
        described = focused.get_attribute("aria-describedby")
        names = label.removeprefix("w.grad, ")
        expect(page.locator(f"[id='{described}']")).to_contain_text(f"w.grad[{names}] = ")
    assert page.evaluate("kernel.received.length") == sent
    page.keyboard.press(" ")
    until(page, "kernel.get('status') === 'running'")


def test_each_step_is_spoken_once(page: Page) -> None:
    step(page)
    page.evaluate(SAID)
    step(page, 4)
    said = page.evaluate("said")
    assert len(said) == 4
    assert page.evaluate("kernel.get('_frame').sentence") in said[-1]


@pytest.mark.parametrize("width", [1000, 600, 360])
def test_nothing_moves_while_one_steps_and_points(
    open_page: Callable[..., Page], width: int
) -> None:
    page = open_page(width=width)
    step(page)
    before = page.evaluate(BOXES)
    assert len(before) > 20
    for _ in range(9):
        step(page)
        assert page.evaluate(BOXES) == before
    for tensor in ("predictions", "w.grad", "w", "x"):
        cell(page, tensor, "0,0").hover()
        assert page.evaluate(BOXES) == before
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_what_was_summed_lights_up_and_is_written_out_in_mathml(page: Page) -> None:
    step(page, 3)
    cell(page, "w.grad", "0,1").hover()
    lit = page.locator("td.lr-lit")
    expect(lit).to_have_count(9)
    assert page.evaluate(
        "[...document.querySelectorAll('.lr-why math *')].every("
        "(element) => element.namespaceURI === 'http://www.w3.org/1998/Math/MathML')"
    )
    expect(page.locator(".lr-why mfrac")).to_have_count(1)
    page.mouse.move(2, 2)
    expect(lit).to_have_count(0)


def test_old_numbers_stand_by_the_new_ones(page: Page) -> None:
    step(page, 3)
    before = cell(page, "w", "1,2").locator("span").inner_text()
    step(page)
    after = cell(page, "w", "1,2")
    expect(after.locator("small")).to_have_text(before)
    assert after.locator("span").inner_text() != before
    figure = page.locator("figure:has(figcaption b:text-is('w'))")
    expect(figure).to_contain_text("changed")


def test_none_and_not_yet_are_words(page: Page) -> None:
    expect(page.get_by_role("gridcell", name="w.grad: None")).to_be_visible()
    expect(page.get_by_role("gridcell", name=re.compile("^loss"))).to_have_text("not yet")


def test_the_docstring_is_folded_and_opens(page: Page) -> None:
    lines = page.locator(".lr-code .lr-line")
    folded = lines.count()
    button_ = page.get_by_role("button", name=re.compile("more lines"))
    button_.click()
    expect(page.get_by_role("button", name="fold", exact=True)).to_have_attribute(
        "aria-expanded", "true"
    )
    assert lines.count() > folded + 10


def test_what_is_folded_away_costs_nothing(page: Page) -> None:
    page.get_by_text("Inside the update", exact=True).click()
    expect(page.locator("figure")).to_have_count(0)
    page.get_by_text("Predictions against targets", exact=True).click()
    expect(page.locator("svg.lr-chart")).to_have_count(0)
    button(page, "Step").click()
    until(page, "kernel.get('update') === 1")


def test_two_views_show_one_run_and_leave_nothing(open_page: Callable[..., Page]) -> None:
    page = open_page("two")
    views = page.get_by_role("group", name="Linear regression trainer")
    expect(views).to_have_count(2)
    views.nth(1).get_by_role("button", name="Run", exact=True).click()
    until(page, "kernel.get('update') > 10")
    views.nth(0).get_by_role("button", name="Pause", exact=True).click()
    until(page, "kernel.get('status') === 'paused'")
    page.evaluate("views[0]()")
    expect(views).to_have_count(1)
    page.evaluate("views[1]()")
    expect(views).to_have_count(0)
    page.evaluate("stop()")
    assert page.evaluate("kernel.listening()") == 0


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing(open_page: Callable[..., Page], theme: str) -> None:
    page = open_page(theme=theme)
    for steps in (0, 3, 1, 1):
        step(page, steps)
        if steps == 3:
            cell(page, "w.grad", "0,1").hover()
        found = Axe().run(page, context=".linreg").response["violations"]
        assert [(violation["id"], violation["nodes"][0]["html"]) for violation in found] == []


def test_names_and_sentences_are_text_and_never_markup(page: Page) -> None:
    page.evaluate(
        """() => {
          const hostile = '<img src=x onerror="window.hit = 1"><script>hit = 1</script>$x$';
          const frame = structuredClone(kernel.get('_frame'));
          frame.sentence = hostile;
          frame.rows = frame.rows.map(() => hostile);
          frame.tensors[0].name = hostile;
          const source = structuredClone(kernel.get('_source'));
          source.lines[0] = [['keyword', hostile]];
          const names = { features: [hostile, hostile, hostile], targets: [hostile, hostile] };
          const fit = { ...kernel.get('_fit'), targets: [hostile, hostile] };
          const words = { _source: source, _names: names, _fit: fit, _alert: hostile };
          kernel.change({ _frame: frame, ...words });
        }"""
    )
    expect(page.locator(".lr-sentence")).to_contain_text("<script>hit = 1</script>$x$")
    assert page.locator(".linreg img, .linreg script").count() == 0
    assert page.evaluate("window.hit") is None
