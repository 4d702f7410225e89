"""The panel by itself in Chromium, without Jupyter: its keys, its update, its tabs."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.axe import violations
from tests.browser.parts import TABS, alert, button, panel, show, verdict
from tests.browser.scripted import (
    BOXES,
    SAID,
    cell,
    commands,
    diverge,
    inside,
    step,
    trait,
    until,
    without_end,
)

ALL_CURVES = ["batch", "epoch", "full", "held_out", "floor", "branches", "runs"]


def test_the_keys_do_what_the_buttons_do(page: Page) -> None:
    without_end(page)
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
    without_end(page)
    step(page, 3)
    stops = page.evaluate(
        """() => [...document.querySelectorAll('[role=grid]')].map(
             (grid) => grid.querySelectorAll('[tabindex="0"]').length)"""
    )
    assert set(stops) == {1}
    sent = commands(page)
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
    assert commands(page) == sent
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
    inside(page)
    before = page.evaluate(BOXES)
    assert len(before) > 20
    for _ in range(9):
        step(page)
        assert page.evaluate(BOXES) == before
    for tensor in ("predictions", "w.grad", "w", "x"):
        cell(page, tensor, "0,0").hover()
        assert page.evaluate(BOXES) == before
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_a_sum_stays_until_another_number_is_pointed_at_and_is_pinned_by_a_click(
    page: Page,
) -> None:
    step(page, 3)
    why = page.locator(".lr-why")
    expect(why).to_contain_text("Point at a number")
    cell(page, "w.grad", "0,1").hover()
    expect(why).to_contain_text("w.grad[Mangoes, Rainfall] =")
    expect(why).to_contain_text("Click the number to pin this.")
    page.mouse.move(2, 2)
    expect(why).to_contain_text("w.grad[Mangoes, Rainfall] =")
    step(page)
    expect(why).to_contain_text("w.grad[Mangoes, Rainfall] =")
    cell(page, "w.grad", "1,0").click()
    expect(why).to_contain_text("Pinned")
    cell(page, "w", "0,0").hover()
    expect(why).to_contain_text("w.grad[Oranges, Temperature]")
    cell(page, "w.grad", "1,0").click()
    cell(page, "w", "0,0").hover()
    expect(why).to_contain_text("w[Mangoes, Temperature]")


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
    expect(lit).to_have_count(9)
    cell(page, "x", "0,0").hover()
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
    inside(page)
    expect(page.get_by_role("gridcell", name="w.grad: None")).to_be_visible()
    expect(page.get_by_role("gridcell", name=re.compile("^loss"))).to_have_text("not yet")


def test_signature_and_docstring_are_folded_and_open(page: Page) -> None:
    inside(page)
    lines = page.locator(".lr-code .lr-line")
    folded = lines.count()
    assert folded == 1 + 9  # the button for the rest, and the nine lines that do the work
    unfold = page.get_by_role("button", name=re.compile("more lines"))
    unfold.click()
    fold = page.get_by_role("button", name="fold", exact=True)
    expect(fold).to_have_attribute("aria-expanded", "true")
    assert lines.count() > folded + 10


@pytest.mark.parametrize("width", [1400, 1036])
def test_no_line_of_the_code_is_cut_and_each_phase_stands_at_a_lines_end(
    open_page: Callable[..., Page], width: int
) -> None:
    page = open_page(width=width)
    inside(page)
    cut = """() => [...document.querySelectorAll('.lr-line:not(.lr-signature)')].flatMap((line) => {
      const range = document.createRange();
      range.selectNodeContents(line.querySelector('.lr-text'));
      const end = range.getBoundingClientRect().right;
      const phase = line.querySelector('.lr-phase')?.getBoundingClientRect().left ?? Infinity;
      const box = line.closest('pre').getBoundingClientRect().right;
      return end <= Math.min(phase, box) ? [] : [line.textContent];
    })"""
    assert page.evaluate(cut) == []
    ends = page.locator(".lr-line:has(.lr-phase)").all_text_contents()
    assert [line.split()[-1] for line in ends] == ["predict", "loss", "backward", "update", "zero"]
    code = page.locator(".lr-code")
    assert code.evaluate("(box) => box.scrollHeight <= box.clientHeight")


def test_what_is_not_open_costs_nothing(page: Page) -> None:
    inside(page)
    assert page.locator("figure").count() > 5
    show(page, "Compare")
    expect(page.locator("figure, svg.lr-chart")).to_have_count(0)
    button(page, "Step").click()
    until(page, "kernel.get('update') === 1")


def test_a_step_renders_only_what_shows_it(page: Page) -> None:
    page.evaluate("kernel.change({ step_by: 'update' })")
    button(page, "Step").click()
    until(page, "kernel.get('update') === 1 && kernel.received.length === kernel.answered")
    place = page.locator(".lr-place")
    expect(place).to_contain_text("update 1 of")
    page.evaluate("renders.length = 0")
    button(page, "Step").click()
    expect(place).to_contain_text("update 2 of")
    until(page, "kernel.received.length === kernel.answered")
    plot = [
        "Axes",
        "Changes",
        *["Clip"] * 3,
        "Levels",
        *["Marked"] * 2,
        "Own",
        "Present",
        "Selection",
    ]
    # Of the head, only what has to look whether its words still have room: the numbers are signals.
    assert rendered(page) == sorted([*plot, "Lines", "Verdict", "Track"])
    # A kernel tells first where the run is; here that is also 1% of it.
    page.evaluate("renders.length = 0, kernel.change({ update: 3 })")
    expect(place).to_contain_text("update 3 of")
    assert rendered(page) == sorted(["Clip", "Clip", "Present", "Progress", "Track"])


def rendered(page: Page) -> list[str]:
    """The components that were rendered, once for each time; not Preact's own."""
    return sorted(name for name in page.evaluate("renders") if name.isalpha())


def test_two_views_show_one_run_and_leave_nothing(open_page: Callable[..., Page]) -> None:
    page = open_page("two")
    without_end(page)
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


@pytest.mark.matrix  # the states of an update one by one; `make test` looks at one with all of them
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing(open_page: Callable[..., Page], theme: str) -> None:
    page = open_page(theme=theme)
    for steps in (0, 3, 1, 1):
        step(page, steps)
        if steps == 3:
            cell(page, "w.grad", "0,1").hover()
        assert violations(page, colours=theme == "dark") == []


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing_in_any_tab(open_page: Callable[..., Page], theme: str) -> None:
    page = open_page(theme=theme)
    page.evaluate("kernel.change({ standardize: true, stop_within: 2 })")
    step(page, by="update")
    for name in ("Loss", "Predictions", "What the data say", "Valley"):
        show(page, name)
        assert violations(page, colours=theme == "dark") == []
    button(page, "Keys").click()
    assert violations(page, colours=theme == "dark") == []
    button(page, "Keys").click()
    show(page, "Loss")
    button(page, "Losses as a table").click()
    button(page, "More").click()
    assert violations(page, colours=theme == "dark") == []
    show(page, "Compare")
    button(page, "Keep this run").click()
    expect(page.get_by_role("button", name=re.compile("^Forget"))).to_have_count(1)
    assert violations(page, colours=theme == "dark") == []
    inside(page)
    step(page, 4)  # lines done and next, numbers that are new, old, summed and not there yet
    cell(page, "w.grad", "0,1").hover()
    expect(page.locator("td.lr-lit")).to_have_count(9)
    cell(page, "w", "0,1").dblclick()
    expect(page.get_by_role("textbox", name="New w[Mangoes, Rainfall]")).to_be_focused()
    assert violations(page, colours=theme == "dark") == []
    page.evaluate("kernel.change({ _explained: { kind: 'growing', words: 'It grows.', safe: 1 } })")
    expect(page.locator(".lr-verdict-growing")).to_be_visible()
    assert violations(page, colours=theme == "dark") == []
    diverge(page)
    expect(button(page, "Start again at 1e-5")).to_be_visible()
    assert violations(page, colours=theme == "dark") == []


def test_nothing_moves_by_itself_for_those_who_asked_for_that(page: Page) -> None:
    page.evaluate("kernel.latency = Infinity")
    button(page, "Step").click()
    expect(page.locator(".lr-waiting")).to_contain_text("waiting for the kernel")
    until(page, "document.getAnimations().length === 1")
    page.emulate_media(reduced_motion="reduce")
    until(page, "document.getAnimations().length === 0")


def test_names_and_sentences_are_text_and_never_markup(page: Page) -> None:
    inject = """() => {
          const hostile = '<img src=x onerror="window.hit = 1"><script>hit = 1</script>$x$';
          const frame = structuredClone(kernel.get('_frame'));
          frame.sentence = hostile;
          frame.rows = frame.rows.map(() => hostile);
          frame.tensors[0].name = hostile;
          const source = structuredClone(kernel.get('_source'));
          source.lines[0] = [['keyword', hostile]];
          const names = { features: [hostile, hostile, hostile], targets: [hostile, hostile] };
          const fit = { ...kernel.get('_fit'), targets: [hostile, hostile] };
          const run = { name: hostile, cells: [hostile], colour: `red;${hostile}`, kept: true };
          const words = { _source: source, _names: names, _fit: fit, _title: hostile };
          const more = { _findings: [hostile], _runs: [run], _run_columns: [hostile] };
          const why = { kind: 'growing', words: hostile, safe: 1, good: 1 };
          kernel.change({ _frame: frame, ...words, ...more, _explained: why });
        }"""
    text = "<script>hit = 1</script>$x$"
    places = {
        "Inside the update": [".lr-sentence", ".lr-verdict", ".lr-name"],
        "What the data say": [".lr-findings", ".lr-coefficients"],
        "Compare": [".lr-compare"],
        "Predictions": [".lr-fits"],
    }
    for tab, shown in places.items():
        show(page, tab)
        page.evaluate(inject)
        for place in shown:
            expect(page.locator(place)).to_contain_text(text)
        assert page.locator(".linreg img, .linreg script").count() == 0
    page.evaluate("kernel.change({ _alert: '<img src=x onerror=\"hit = 1\">' })")
    expect(alert(page)).to_contain_text("<img")
    assert page.evaluate("window.hit") is None


def test_each_curve_of_the_plot_has_its_switch(open_page: Callable[..., Page]) -> None:
    page = open_page("boxed")
    switches = panel(page).get_by_role("group", name="The plot shows")
    boxes = switches.get_by_role("checkbox")
    expect(boxes).to_have_count(6)
    every = ["batch", "epoch", "full", "floor", "branches", "runs"]
    names = ["batch losses", "epoch means", "full data", "best possible", "branches", "kept runs"]
    for curve, name in zip(every, names, strict=True):
        box = switches.get_by_role("checkbox", name=name, exact=True)
        expect(box).to_be_checked()
        box.uncheck()
        until(page, f"!kernel.get('curves').includes('{curve}')")
        assert trait(page, "curves") == [other for other in ALL_CURVES if other != curve]
        box.focus()
        page.keyboard.press(" ")
        until(page, f"kernel.get('curves').includes('{curve}')")
    assert trait(page, "curves") == ALL_CURVES


def test_the_valley_is_a_tab_where_the_host_can_show_it(page: Page) -> None:
    valley = page.get_by_role("tab", name="Valley", exact=True)
    valley.click()
    until(page, "kernel.get('tab') === 'valley'")
    expect(valley).to_have_attribute("aria-selected", "true")
    page.evaluate("kernel.change({ _plot: false })")
    expect(valley).to_have_count(0)
    expect(page.get_by_role("tab", selected=True)).to_have_text("Loss")


def test_long_names_and_many_numbers_stay_within_a_narrow_cell(
    open_page: Callable[..., Page],
) -> None:
    page = open_page(width=360)
    page.evaluate(
        """() => {
          const long = 'AverageYieldOfTheThirdHarvest'.repeat(4);
          const cells = ['1e-5', '50', '3'];
          const row = (kept) => ({ name: long, cells, colour: '#d95f02', kept });
          kernel.change({
            standardize: true,
            stop_patience: 12,
            _names: { features: [long, long, long], targets: [long, long] },
            _findings: [long, `Feature ${long} is constant.`],
            _runs: [row(true), row(false)],
          });
        }"""
    )
    for name in TABS:
        show(page, name)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), name
    diverge(page)
    expect(verdict(page)).to_contain_text("Diverged")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


OF_CELLS = (
    *("Control+a", "Meta+a", "Control+z", "Control+x", "Control+Shift+m", "Control+Backspace"),
    *("Control+Shift+ArrowUp", "d", "Escape"),
)


@pytest.mark.parametrize("where", [".linreg", ".lr-grid td[tabindex='0']", ".lr-field"])
def test_keys_that_change_cells_do_not_reach_the_notebook(page: Page, where: str) -> None:
    page.evaluate("() => { onkeydown = ({ key }) => heard.push(key); }")
    if "grid" in where:
        inside(page)
    for keys in OF_CELLS:
        page.evaluate("window.heard = []")
        page.locator(where).first.focus()
        page.keyboard.press(keys)
        assert set(page.evaluate("heard")) <= {"Control", "Meta", "Shift"}, keys
        assert page.evaluate("String(getSelection())") == "" or where == ".lr-field", keys


def test_keys_that_run_a_cell_or_save_reach_the_notebook(page: Page) -> None:
    inside(page)
    page.evaluate("() => { onkeydown = ({ key }) => heard.push(key); }")
    for keys in ("Control+Enter", "Control+s", "Control+Shift+c"):
        page.evaluate("window.heard = []")
        page.locator(".lr-grid td[tabindex='0']").first.focus()
        page.keyboard.press(keys)
        heard = [key.lower() for key in page.evaluate("heard")]
        assert keys.rsplit("+", maxsplit=1)[-1].lower() in heard


HANGING = """() => [...document.querySelectorAll('.linreg table td')].flatMap((td) => {
  if (!td.textContent) return [];
  const range = document.createRange();
  range.selectNodeContents(td);
  const [text, cell] = [range.getBoundingClientRect(), td.getBoundingClientRect()];
  const out = text.left < cell.left - 0.5 || text.right > cell.right + 0.5;
  const wide = td.scrollWidth > td.clientWidth + 1 && td.closest('.lr-rows');
  return out || wide ? [td.textContent + '|' + td.dataset.pad] : [];
})"""


@pytest.mark.parametrize(
    "width", [*(pytest.param(one, marks=pytest.mark.matrix) for one in (1400, 700)), 1000, 390]
)
def test_every_number_lies_within_its_cell(open_page: Callable[..., Page], width: int) -> None:
    page = open_page(width=width)
    step(page, 5)
    for name in TABS[width >= 1400 :]:  # on a wide page the loss is beside them
        show(page, name)
        assert page.evaluate(HANGING) == [], name
    show(page, "Predictions")
    button(page, "All rows as a table").click()
    for value in (-24.63, 8.628e33, -1.234e-30, 123456.7, 0.001234):
        page.evaluate(
            """(value) => { const data = kernel.get('_fit_data');
               const copy = new DataView(data.buffer.slice(0));
               const start = 4 + data.getUint32(0, true);
               for (let at = 0; at < 5; at += 1) copy.setFloat32(start + 8 * at, value, true);
               kernel.change({ _fit_data: copy }); }""",
            value,
        )
        page.evaluate("new Promise((done) => setTimeout(done))")
        assert page.evaluate(HANGING) == []
