"""The panel by itself in Chromium: no Jupyter, and a kernel in the page (js/test/kernel.ts)."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from linreg_widget import Trainer, crop_yields
from linreg_widget.model import gradient_update
from linreg_widget.panel.panel import TrainerPanel
from tests.browser.axe import violations
from tests.browser.parts import TABS, alert, button, panel, show, status
from tests.browser.scripted import diverge, inside, step, trait, until, without_end
from tests.training import mistaken

BOXES = """() => Object.fromEntries(
  [...document.querySelectorAll([
    '.linreg :is(button, input):not(.lr-bar *, .lr-rescue *, .lr-forget, .lr-edit, .lr-ask *)',
    '.linreg select, figure, .lr-code, .lr-why, .lr-onefit, .lr-slot, .lr-panel, .lr-card',
    '.lr-compare .lr-rows, .lr-hole, .lr-plot',
  ].join())].map(
    (element, index) => {
      const { x, y, height } = element.getBoundingClientRect();
      const name = element.querySelector(':scope > figcaption b')?.textContent ?? element.tagName;
      return [`${index} ${name}`, [x + scrollX, y + scrollY, height].map(Math.round).join()];
    }))"""
ALL_CURVES = ["batch", "epoch", "full", "held_out", "floor", "branches", "runs"]
SAID = """() => {
  window.said = [];
  const status = document.querySelector('[role=status]');
  new MutationObserver(() => said.push(status.textContent)).observe(
    status, { subtree: true, childList: true, characterData: true });
}"""


@pytest.fixture
def page(open_page: Callable[..., Page]) -> Page:
    return open_page()


def knob(page: Page, name: str) -> Locator:
    return page.locator(f".lr-knob-{name}")


def verdict(page: Page) -> Locator:
    return page.locator(".lr-verdict")


def cell(page: Page, tensor: str, at: str) -> Locator:
    return page.locator(f"figure:has(figcaption b:text-is('{tensor}')) td[data-at='{at}']")


def commands(page: Page) -> list[dict[str, Any]]:
    """What the kernel was asked for by somebody, not by the page of its own accord."""
    messages: list[dict[str, Any]] = page.evaluate("kernel.received")
    return [one for one in messages if one["kind"] not in ("hello", "tape", "look")]


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


# ---- the learning-rate ruler ---------------------------------------------------------------------


def test_the_ruler_says_how_the_rate_stands(page: Page) -> None:
    slider = panel(page).get_by_role("slider", name="Learning rate")
    for rate, words in (
        (1e-6, "slow 1e-6 is 0.9% of the largest stable rate, 1.12e-4"),
        (1e-5, "good 1e-5 is 9% of the largest stable rate, 1.12e-4"),
        (8e-5, "risky 8e-5 is 72% of the largest stable rate, 1.12e-4"),
        (3e-4, "divergent 3e-4 is 2.7 times the largest stable rate, 1.12e-4"),
    ):
        page.evaluate("(rate) => kernel.change({ learning_rate: rate })", rate)
        expect(knob(page, "learning-rate").locator(".lr-note")).to_have_text(words)
        expect(slider).to_have_accessible_description(words)


def test_the_rulers_zones_follow_the_worst_batch(page: Page) -> None:
    zone = knob(page, "learning-rate").locator(".lr-zone")
    page.evaluate("kernel.change({ learning_rate: 5e-5 })")
    expect(zone).to_have_text("good")
    page.evaluate("kernel.change({ _worst: 4e-5 })")
    expect(zone).to_have_text("risky")
    page.evaluate("kernel.change({ _worst: 0 })")
    expect(zone).to_have_text("good")
    page.evaluate("kernel.change({ _limit: 0 })")
    expect(zone).to_have_count(0)
    expect(page.locator(".lr-names")).to_have_count(0)


@pytest.mark.parametrize("width", [1000, 600, 360])
def test_names_on_the_ruler_never_touch(open_page: Callable[..., Page], width: int) -> None:
    page = open_page(width=width)
    names = """() => [...document.querySelectorAll('.lr-names :is(span, b)')].map((name) => {
      const range = document.createRange();
      range.selectNodeContents(name);
      const { left, right, top } = range.getBoundingClientRect();
      // What has no room beside its neighbour goes below it, where it is not seen.
      const seen = top < name.parentElement.getBoundingClientRect().bottom;
      return [name.textContent, left, right, seen];
    }).filter(([, left, right, seen]) => seen && right > left)"""
    rulers = [(limit, share) for limit in (1.1155e-4, 0.4, 0.51, 9.9) for share in (1, 0.62, 0.001)]
    for limit, share in rulers:
        page.evaluate(
            "([_limit, share]) => kernel.change("
            "{ _limit, _worst: share * _limit, learning_rate: _limit / 10 })",
            [limit, share],
        )
        expect(knob(page, "learning-rate")).to_contain_text("10% of the largest")
        shown = page.evaluate(names)
        for (_, _, right, _), (_, left, _, _) in itertools.pairwise(shown):
            assert left - right >= 3
        track = page.locator(".lr-knob-learning-rate .lr-slider").bounding_box()
        assert track is not None
        assert shown[0][1] >= track["x"]
        assert shown[-1][2] <= track["x"] + track["width"] + 1
        ends = page.evaluate(
            """() => ['i.lr-zone-divergent', '.lr-beyond-limit'].map(
                 (part) => document.querySelector(part).getBoundingClientRect().left)"""
        )
        assert ends[0] == pytest.approx(ends[1], abs=2)
        said = [name for name, *_ in shown]
        assert said[:4] == ["slow", "good", "risky", "limit"]
        if limit == 1.1155e-4:
            assert said[4:] == ["divergent"]


# ---- what goes wrong, and how far the best is ----------------------------------------------------


def test_a_diverged_run_says_why_and_starts_again_with_a_safe_rate(page: Page) -> None:
    diverge(page)
    why = trait(page, "_explained")["words"]
    expect(verdict(page)).to_contain_text(why)
    expect(status(page)).to_contain_text(why)
    expect(page.locator(".lr-place")).not_to_contain_text("Diverged")
    again = button(page, "Start again at 1e-5")
    box = again.bounding_box()
    assert box is not None
    assert box["height"] >= 24
    again.focus()
    page.keyboard.press("Enter")
    until(page, "kernel.get('status') === 'ready'")
    assert trait(page, "learning_rate") == 1e-5
    expect(panel(page)).to_be_focused()
    expect(panel(page)).not_to_contain_text(why)
    expect(again).to_have_count(0)


def test_a_diverged_run_goes_back_to_the_last_good_update(page: Page) -> None:
    step(page, 3, by="update")
    diverge(page)
    good = trait(page, "_explained")["good"]
    assert good >= 3
    button(page, f"Back to update {good} at 1e-5").click()
    until(page, "kernel.get('status') === 'paused'")
    assert (trait(page, "update"), trait(page, "learning_rate")) == (good, 1e-5)


def test_only_the_start_is_offered_where_no_update_was_good(page: Page) -> None:
    page.evaluate(
        """() => {
          const why = { kind: 'diverged', words: 'So it went.', safe: 2e-5, good: 0 };
          kernel.change({ _explained: why, status: 'diverged' });
        }"""
    )
    expect(button(page, "Start again at 2e-5")).to_be_visible()
    expect(page.get_by_role("button", name=re.compile("^Back to"))).to_have_count(0)


MISTAKES = {
    "locals": (mistaken.rebinds_locals, 1e-5, "still", []),
    "only w": (mistaken.update(b=0), 1e-5, "still", []),
    "too short": (gradient_update, 1e-20, "still", ["Start again at 1e-5"]),
    "uphill": (mistaken.update(b=1), 1e-5, "uphill", []),
    "diverged uphill": (mistaken.update(w=1, b=1), 1e-5, "diverged", []),
    "piled up": (mistaken.update(clears=False), 3e-4, "diverged", []),
    "sum": (
        mistaken.update(backward=lambda difference: (difference**2).sum()),
        *(1e-4, "diverged", ["Start again at 2e-6"]),
    ),
}


OF_A_KIND = ("locals", "uphill", "sum")
"""One of each kind of verdict: they differ in colour and in whether there are buttons."""


def explain(page: Page, function: Any, rate: float) -> tuple[str, str]:
    """Let the page show what a whole run is diagnosed with; return the kind and the words."""
    trainer = Trainer(crop_yields(), update=function, learning_rate=rate)
    trainer.run()  # by itself: the panel's own would make a tape too
    panel = TrainerPanel(trainer)
    names = ("_explained", "status", "update", "learning_rate")
    page.evaluate("(traits) => kernel.change(traits)", panel.get_state(list(names)))
    return panel._explained["kind"], panel._explained["words"]


@pytest.mark.parametrize(
    ("width", "name"),
    [
        *((360, name) for name in MISTAKES),
        *(pytest.param(1000, name, marks=pytest.mark.matrix) for name in MISTAKES if name != "sum"),
        (1000, "sum"),
    ],
)
def test_a_mistake_is_told_in_full_with_a_rate_only_where_it_helps(
    open_page: Callable[..., Page], name: str, width: int
) -> None:
    page = open_page(width=width)
    function, rate, expected, ways = MISTAKES[name]
    kind, words = explain(page, function, rate)
    assert kind == expected
    said = page.locator(f".lr-verdict-{kind} p")
    expect(said).to_have_text(words.replace("`", ""))
    assert said.locator("code").all_text_contents() == words.split("`")[1::2]
    # What is longer than the room opens over what is below; the ways out are there before.
    slot = page.locator(".lr-slot").bounding_box()
    assert slot is not None
    for one in (said, *page.locator(".lr-rescue button").all()):
        box = one.bounding_box()
        assert box is not None
        assert slot["y"] <= box["y"]
        assert box["y"] + box["height"] <= slot["y"] + slot["height"]
    hidden = said.evaluate("(p) => p.scrollHeight - p.clientHeight")
    assert said.get_attribute("tabindex") == ("0" if hidden > 0 else None)
    said.focus()
    assert said.evaluate(
        "(p) => p.clientHeight >= 17 && p.scrollHeight <= p.clientHeight"
        " && p.scrollWidth <= p.clientWidth"
    )
    expect(status(page)).to_contain_text(words)
    assert page.locator(".lr-rescue button").all_text_contents() == ways
    if name in OF_A_KIND:
        assert violations(page) == []


def test_a_mistake_takes_no_more_room_than_there_is_while_the_run_goes_on(page: Page) -> None:
    without_end(page)
    page.evaluate("kernel.change({ speed: 0.001 })")
    button(page, "Run").click()
    until(page, "kernel.get('status') === 'running'")
    before = page.evaluate(BOXES)
    words = "b goes uphill: the step adds the gradient instead of subtracting it. " * 4
    page.evaluate("(words) => kernel.change({ _explained: { kind: 'uphill', words } })", words)
    expect(page.locator(".lr-verdict-uphill p")).to_have_attribute("title", words)
    assert page.evaluate(BOXES) == before


def test_a_refused_w_of_another_shape_is_told_with_both_shapes(page: Page) -> None:
    def turns(model: Any, x: Any, y: Any, learning_rate: float) -> Any:
        loss = yield from gradient_update(model, x, y, learning_rate)
        model.w = model.w.detach().t().requires_grad_()
        return loss

    panel = TrainerPanel(Trainer(crop_yields(), update=turns))
    panel._on_message(panel, {"kind": "step", "by": "update", "client": "page", "id": 1}, [])
    state = panel.get_state(["_alert", "status"])
    assert state["status"] == "failed"
    page.evaluate("(traits) => kernel.change(traits)", state)
    expect(alert(page)).to_contain_text("gave model.w the shape (3, 2)")
    expect(alert(page)).to_contain_text("of shape (2, 3). Change it in place")


@pytest.mark.parametrize("width", [1000, 600, 360])
def test_a_warning_moves_nothing_and_is_spoken_once(
    open_page: Callable[..., Page], width: int
) -> None:
    page = open_page(width=width)
    step(page, 5, by="update")
    before = page.evaluate(BOXES)
    page.evaluate(SAID)
    # As long as words come: what has no room is cut, and stands in the title.
    words = "The loss grows, since each step goes further past the best w and b. " * 4
    page.evaluate(
        "(words) => kernel.change({ _explained: { kind: 'growing', words, safe: 1e-5, good: 2 } })",
        words,
    )
    warning = page.locator(".lr-verdict-growing p")
    expect(warning).to_have_attribute("title", words)
    assert page.evaluate(BOXES) == before
    expect(status(page)).to_contain_text("The loss grows")
    for update in (6, 7):
        page.evaluate("(update) => kernel.change({ update })", update)
        expect(status(page)).to_contain_text(f"update {update} of")
    assert sum("The loss grows" in sentence for sentence in page.evaluate("said")) == 1
    page.evaluate("kernel.change({ _explained: { kind: '' } })")
    expect(verdict(page)).to_contain_text("times the best possible")
    assert page.evaluate(BOXES) == before


def test_losses_are_named_and_the_best_possible_is_among_them(page: Page) -> None:
    step(page, 3, by="update")
    losses = page.locator(".lr-losses")
    for name in ("last batch", "epoch mean", "full data", "best possible"):
        expect(losses).to_contain_text(name)
    expect(losses).to_contain_text("0.9094")
    expect(verdict(page)).to_have_text(
        re.compile(r"^The loss of the full data is [\d,]+: still [\d,]+ times the best possible\.$")
    )
    expect(status(page)).to_contain_text("The gradients are zero")
    page.evaluate("kernel.change({ _floor: 0 })")
    expect(verdict(page)).to_contain_text(": the best possible is 0.")
    show(page, "Predictions")
    expect(page.locator(".lr-measures").first).to_contain_text(re.compile("loss .*RMSE"))


def test_a_kernel_that_knows_no_best_loss_gets_no_empty_room(page: Page) -> None:
    page.evaluate("kernel.change({ _floor: -1 })")
    expect(verdict(page)).to_have_count(0)
    expect(page.locator(".lr-losses")).to_contain_text("best possible –")


# ---- when to stop, and standardize ---------------------------------------------------------------


def test_a_run_stops_near_the_best_possible_loss_and_says_so_once(page: Page) -> None:
    choice = panel(page).get_by_role("combobox", name="Stop", exact=True)
    field = panel(page).get_by_role("textbox", name="Stop value", exact=True)
    expect(field).to_have_count(0)
    choice.select_option("near the best possible loss")
    expect(field).to_have_value("1.1")
    assert (trait(page, "stop_within"), trait(page, "stop_patience")) == (1.1, None)
    field.fill("1")
    field.press("Enter")
    expect(panel(page).get_by_role("alert")).to_contain_text("“1” is not.")
    assert trait(page, "stop_within") == 1.1
    field.fill("20")
    field.press("Enter")
    expect(panel(page).get_by_role("alert")).to_have_text("")
    assert trait(page, "stop_within") == 20
    page.evaluate("kernel.change({ learning_rate: 5e-5, epochs: 1000 })")
    page.evaluate(SAID)
    button(page, "Run").click()
    until(page, "kernel.get('_notice') !== ''")
    notice = trait(page, "_notice")
    expect(verdict(page)).to_contain_text(notice)
    expect(status(page)).to_contain_text(notice)
    assert sum(notice in sentence for sentence in page.evaluate("said")) == 1


def test_patience_is_counted_in_epochs_and_each_choice_keeps_its_number(page: Page) -> None:
    choice = panel(page).get_by_role("combobox", name="Stop", exact=True)
    field = panel(page).get_by_role("textbox", name="Stop value", exact=True)
    choice.select_option("when the loss no longer falls")
    expect(field).to_have_value("10")
    expect(field).to_have_accessible_description(re.compile("10 epochs without"))
    assert (trait(page, "stop_within"), trait(page, "stop_patience")) == (None, 10)
    field.fill("3")
    field.press("Enter")
    choice.select_option("after all epochs")
    assert (trait(page, "stop_within"), trait(page, "stop_patience")) == (None, None)
    choice.select_option("when the loss no longer falls")
    expect(field).to_have_value("3")
    page.evaluate("kernel.change({ stop_within: 2, stop_patience: null })")
    expect(choice).to_have_value("near")
    expect(field).to_have_value("2")


def test_standardize_is_a_checkbox_that_says_what_it_does(page: Page) -> None:
    step(page, by="update")
    box = panel(page).get_by_role("checkbox", name="Standardize", exact=True)
    expect(box).to_have_accessible_description(re.compile("mean 0 .* starts the run again"))
    box.focus()
    page.keyboard.press(" ")
    until(page, "kernel.get('standardize') === true")
    expect(box).to_be_checked()
    until(page, "kernel.get('update') === 0")


# ---- what the data say, and runs compared --------------------------------------------------------


def test_what_the_data_say_is_listed_beside_the_best_w_and_b(page: Page) -> None:
    said = show(page, "What the data say")
    expect(said.get_by_role("listitem")).to_have_count(3)
    table = said.get_by_role("table", name="Mangoes: weights and bias")
    row = table.get_by_role("row", name=re.compile("^bias"))
    expect(row.get_by_role("cell")).to_have_count(2)
    expect(row.get_by_role("cell").nth(1)).to_have_text("2.208")
    page.evaluate("kernel.change({ standardize: true })")
    expect(row.get_by_role("cell")).to_have_count(4)
    expect(table.get_by_role("columnheader")).to_have_text(
        ["Mangoes", "now", "best", "now, scaled", "best, scaled"]
    )
    weight = table.get_by_role("row", name=re.compile("^Temperature")).get_by_role("cell").first
    now = weight.inner_text()
    step(page, by="update")
    expect(weight).not_to_have_text(now)


def test_runs_are_kept_compared_and_forgotten(page: Page) -> None:
    compare = show(page, "Compare")
    keep = button(page, "Keep this run")
    expect(keep).to_have_attribute("aria-disabled", "true")
    expect(compare).to_contain_text("change the settings, and run again")
    step(page, 2, by="update")
    boxes = page.evaluate(BOXES)
    rows = compare.locator("tbody tr")
    for kept in range(1, 4):
        page.evaluate("(kept) => kernel.change({ learning_rate: kept * 1e-6 })", kept)
        keep.click()
        expect(rows).to_have_count(kept + 1)
    expect(compare.get_by_role("columnheader")).to_have_text(
        ["run", "learning rate", "epochs", "full-data loss"]
    )
    colours = compare.locator(".lr-swatch").evaluate_all(
        "(all) => all.map((each) => getComputedStyle(each).backgroundColor)"
    )
    assert len(set(colours)) == 4
    expect(page.get_by_role("button", name=re.compile("^Forget"))).to_have_count(3)
    assert page.evaluate(BOXES) == boxes
    button(page, "Forget rate 2e-6").click()
    expect(rows).to_have_count(3)
    expect(compare).not_to_contain_text("rate 2e-6")
    expect(keep).to_be_focused()
    forget = page.get_by_role("button", name=re.compile("^Forget")).first
    forget.evaluate("(button) => { button.click(); button.click(); }")  # as a quick hand does
    expect(rows).to_have_count(2)
    assert [one["kind"] for one in commands(page)].count("forget") == 2


def test_the_present_run_cannot_be_forgotten(page: Page) -> None:
    compare = show(page, "Compare")
    expect(compare.locator("tbody tr")).to_have_count(1)
    expect(page.get_by_role("button", name=re.compile("^Forget"))).to_have_count(0)


# ---- w and b set by hand -------------------------------------------------------------------------


@pytest.mark.parametrize("key", ["Enter", "F2"])
def test_an_entry_is_set_by_hand_with_the_keyboard(page: Page, key: str) -> None:
    inside(page)
    step(page, 2, by="update")
    weight = cell(page, "w", "1,2")
    weight.focus()
    size = "(cell) => [cell.offsetWidth, cell.offsetHeight]"
    before = weight.evaluate(size), page.evaluate(BOXES)
    page.keyboard.press(key)
    field = page.get_by_role("textbox", name="New w[Oranges, Humidity]")
    expect(field).to_be_focused()
    assert (weight.evaluate(size), page.evaluate(BOXES)) == before
    page.keyboard.type("0.25")
    page.keyboard.press("ArrowLeft")
    expect(field).to_be_focused()
    page.keyboard.press("Enter")
    expect(weight).to_be_focused()
    expect(weight.locator("span")).to_have_text("0.2500")
    message = commands(page)[-1]
    assert message["kind"] == "set"
    assert message["entries"] == [{"tensor": "w", "row": 1, "column": 2, "value": 0.25}]
    expect(field).to_have_count(0)
    page.keyboard.press("ArrowLeft")
    expect(cell(page, "w", "1,1")).to_be_focused()


def test_a_bias_is_set_by_hand_with_the_mouse(page: Page) -> None:
    inside(page)
    bias = cell(page, "b", "0,1")
    bias.dblclick()
    field = page.get_by_role("textbox", name="New b[Oranges]")
    expect(field).to_be_focused()
    field.fill("−5")
    field.press("Enter")
    expect(bias.locator("span")).to_have_text("−5")
    message = commands(page)[-1]
    sent = tuple(message["entries"][0][name] for name in ("tensor", "row", "column", "value"))
    assert sent == ("b", 0, 1, -5)


def test_escape_and_blur_leave_an_entry_as_it_was(page: Page) -> None:
    inside(page)
    weight = cell(page, "w", "0,0")
    field = page.get_by_role("textbox", name="New w[Mangoes, Temperature]")
    sent = commands(page)
    weight.dblclick()
    field.fill("7")
    field.press("Escape")
    expect(weight).to_be_focused()
    expect(field).to_have_count(0)
    page.keyboard.press("Enter")
    field.fill("7")
    button(page, "Step").focus()
    expect(field).to_have_count(0)
    expect(button(page, "Step")).to_be_focused()
    assert commands(page) == sent


def test_a_word_for_an_entry_is_refused_in_words(page: Page) -> None:
    inside(page)
    weight = cell(page, "w", "0,0")
    weight.dblclick()
    field = page.get_by_role("textbox", name="New w[Mangoes, Temperature]")
    field.fill("half")
    field.press("Enter")
    expect(panel(page).get_by_role("alert")).to_contain_text("“half” is not.")
    expect(weight).to_be_focused()
    assert commands(page) == []


def test_only_w_and_b_can_be_set(page: Page) -> None:
    inside(page)
    for tensor in ("x", "w.grad", "learning_rate"):
        cell(page, tensor, "0,0").dblclick()
        page.keyboard.press("Enter")
        expect(page.locator(".lr-edit")).to_have_count(0)
    expect(cell(page, "w", "0,0")).to_have_attribute("title", re.compile("Enter to set it"))
    button(page, "Keys").click()
    expect(page.locator(".lr-help")).to_contain_text("set it by hand")


# ---- what the plots show -------------------------------------------------------------------------


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


# ---- predict, then reveal ------------------------------------------------------------------------

INTRO = {"words": "Before Step and Run you say.", "guess": "", "truth": "", "right": None}
LAID_OUT = """() => Object.fromEntries(
  [...document.querySelectorAll('.linreg :is(.lr-ask, button, input, select, details, figure)')]
    .filter((element) => !element.closest('.lr-ask > *'))
    .map((element, index) => {
      const { x, y, height } = element.getBoundingClientRect();
      return [`${index} ${element.tagName}`, [x, y, height].map(Math.round).join()];
    }))"""


def ask(page: Page, kind: str = "loss") -> Locator:
    """Let the lesson ask, and return the card."""
    page.evaluate("([kind, _answer]) => kernel.change({ ask: kind, _answer })", [kind, INTRO])
    card = panel(page).get_by_role("group", name="Your guess")
    expect(card).to_contain_text("Before Step and Run you say.")
    return card


def test_a_step_asks_and_the_answer_reveals_by_keys_alone(page: Page) -> None:
    card = ask(page)
    button(page, "Step").focus()
    page.keyboard.press("Enter")
    question = "Update 1 comes. The loss over all rows is 25123 now. What will it be then?"
    field = card.get_by_role("textbox", name=question)
    expect(field).to_be_focused()
    assert trait(page, "update") == 0
    page.keyboard.type("15,000")
    page.keyboard.press("Enter")
    expect(card).to_contain_text("You said 15000")
    expect(card).to_contain_text("Actual 15080")
    expect(card).to_contain_text("1 of 1 close")
    expect(button(page, "Step")).to_be_focused()
    assert [one.get("value") for one in commands(page)] == [None, 15000]
    expect(card.locator("[aria-live=polite]")).to_contain_text("Close: the loss fell.")
    page.keyboard.press("Enter")
    expect(card.get_by_role("textbox", name=re.compile("^Update 2 comes"))).to_be_focused()
    page.keyboard.press("Tab")
    expect(card.get_by_role("button", name="Guess", exact=True)).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    until(page, "kernel.get('update') === 2")
    expect(button(page, "Step")).to_be_focused()
    expect(card).not_to_contain_text("You said")
    expect(card).to_contain_text("1 of 1 close")


def test_the_keys_of_the_panel_ask_too_and_the_focus_comes_back(page: Page) -> None:
    without_end(page)
    card = ask(page, "diverges")
    panel(page).focus()
    page.keyboard.press("ArrowRight")
    expect(card.get_by_role("button", name="Yes", exact=True)).to_be_focused()
    page.keyboard.press(" ")
    until(page, "kernel.get('update') === 1")
    expect(panel(page)).to_be_focused()
    page.keyboard.press(" ")
    expect(card).to_contain_text("The run goes on.")
    expect(card.get_by_role("button", name="Yes", exact=True)).to_be_focused()
    assert trait(page, "status") == "paused"
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    until(page, "kernel.get('update') > 3")
    expect(panel(page)).to_be_focused()
    page.keyboard.press(" ")
    until(page, "kernel.get('status') === 'paused'")


def test_what_is_no_number_is_refused_in_words_and_stays(page: Page) -> None:
    card = ask(page)
    button(page, "Step").click()
    field = card.get_by_role("textbox")
    for text in ("a lot", "", "-3"):
        field.fill(text)
        card.get_by_role("button", name="Guess", exact=True).click()
        said = f"“{text}”" if text else "nothing"
        expect(page.get_by_role("alert")).to_contain_text("enter a finite number, 0 or more, such")
        expect(page.get_by_role("alert")).to_contain_text(f"{said} is not.")
        expect(field).to_have_value(text)
        expect(field).to_have_attribute("aria-invalid", "true")
        expect(field).to_be_focused()
    assert [one["kind"] for one in commands(page)] == ["step"]
    field.fill("3")
    field.press("Enter")
    until(page, "kernel.get('update') === 1")
    expect(page.get_by_role("alert")).to_be_empty()


def test_a_key_held_down_asks_nothing_and_a_key_still_down_answers_nothing(page: Page) -> None:
    card = ask(page)
    panel(page).focus()
    page.keyboard.down("ArrowRight")
    expect(card.get_by_role("textbox")).to_be_focused()
    page.keyboard.down("ArrowRight")
    until(page, "kernel.get('update') === 1")
    expect(card.get_by_role("textbox")).to_have_count(0)
    expect(panel(page)).to_be_focused()
    page.keyboard.down("ArrowRight")
    until(page, "kernel.get('update') === 2")
    page.keyboard.up("ArrowRight")
    assert [one.get("held") for one in commands(page)] == [None, True, True]
    button(page, "Step").focus()
    page.keyboard.down("Enter")
    expect(card.get_by_role("textbox")).to_be_focused()
    page.keyboard.down("Enter")
    page.keyboard.up("Enter")
    expect(page.get_by_role("alert")).to_be_empty()
    expect(card.get_by_role("textbox")).to_be_focused()
    assert trait(page, "update") == 2


def test_only_the_window_that_pressed_gives_the_question_its_focus(
    open_page: Callable[..., Page],
) -> None:
    page = open_page("two")
    page.evaluate("(_answer) => kernel.change({ ask: 'loss', _answer })", INTRO)
    views = page.get_by_role("group", name="Linear regression trainer")
    views.nth(0).get_by_role("button", name="Step", exact=True).click()
    fields = page.locator(".lr-ask input")
    expect(fields).to_have_count(2)
    expect(fields.nth(0)).to_be_focused()
    fields.nth(1).fill("7")
    fields.nth(1).press("Enter")
    expect(fields).to_have_count(0)
    for view in views.all():
        expect(view).to_contain_text("You said 7")


@pytest.mark.parametrize("width", [1000, 600, 360])
def test_nothing_moves_while_one_asks_and_answers(
    open_page: Callable[..., Page], width: int
) -> None:
    page = open_page(width=width)
    step(page)
    card = ask(page)
    page.evaluate("kernel.change({ step_by: 'update' })")
    button(page, "Reset").click()
    until(page, "kernel.get('update') === 0 && kernel.get('_phase') === ''")
    before = page.evaluate(LAID_OUT)
    assert len(before) > 20
    for _ in range(2):
        button(page, "Step").click()
        expect(card.get_by_role("textbox")).to_be_focused()
        assert page.evaluate(LAID_OUT) == before
        page.keyboard.type("15000")
        page.keyboard.press("Enter")
        expect(card).to_contain_text("You said")
        assert page.evaluate(LAID_OUT) == before
    long = "Not close: the loss became 67.7 times smaller; you expected it to become 274 times "
    long += "smaller."
    page.evaluate(
        """(words) => kernel.change({
             _answer: { words, guess: '1.234e6', truth: '27,416', right: false } })""",
        long,
    )
    expect(card).to_contain_text(long)
    assert page.evaluate(LAID_OUT) == before
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_a_page_without_a_kernel_asks_nothing(page: Page) -> None:
    card = ask(page)
    page.evaluate("() => { kernel.received.push = () => { throw new Error('closed'); }; }")
    button(page, "Step").click()
    expect(card).to_have_count(0)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing_in_questions_answers_and_locks(
    open_page: Callable[..., Page], theme: str
) -> None:
    page = open_page(theme=theme)
    card = ask(page)
    assert violations(page, colours=theme == "dark") == []
    button(page, "Step").click()
    expect(card.get_by_role("textbox")).to_be_focused()
    assert violations(page, colours=theme == "dark") == []
    page.keyboard.type("so")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).not_to_be_empty()
    assert violations(page, colours=theme == "dark") == []
    for guess in ("15000", "1"):
        card.get_by_role("textbox").fill(guess)
        page.keyboard.press("Enter")
        expect(card).to_contain_text("You said")
        assert violations(page, colours=theme == "dark") == []
        button(page, "Step").click()
    page.evaluate("kernel.change({ ask: 'diverges', _question: {} })")
    button(page, "Run").click()
    expect(card.get_by_role("button", name="No", exact=True)).to_be_visible()
    assert violations(page, colours=theme == "dark") == []
    every = "['reset', 'back', 'step', 'run', 'step_by', 'timeline', 'learning_rate', 'epochs',"
    every += " 'speed', 'stop', 'standardize', 'microscope', 'predictions', 'data', 'table',"
    every += " 'compare', 'keys', 'curves', 'batch_size', 'seed', 'shuffle', 'valley']"
    page.evaluate(f"kernel.change({{ lock: {every} }})")
    expect(button(page, "Step")).to_have_attribute("aria-disabled", "true")
    assert violations(page, colours=theme == "dark") == []


# ---- hidden and locked ---------------------------------------------------------------------------

# Each control, as a reader of the page finds it.
FOUND = {
    "reset": ("button", "Reset"),
    "back": ("button", "Back"),
    "step": ("button", "Step"),
    "run": ("button", "Run"),
    "step_by": ("radiogroup", "Step by"),
    "timeline": ("slider", "Timeline"),
    "learning_rate": ("slider", "Learning rate"),
    "epochs": ("slider", "Epochs"),
    "speed": ("slider", "Speed"),
    "stop": ("combobox", "Stop"),
    "standardize": ("checkbox", "Standardize"),
    "batch_size": ("textbox", "Batch size value"),
    "seed": ("textbox", "Seed value"),
    "shuffle": ("checkbox", "Shuffle"),
    "curves": ("checkbox", "batch losses"),
    "table": ("button", "Losses as a table"),
    "keys": ("button", "Keys"),
}
MORE = ("batch_size", "seed", "shuffle")
PARTS = {
    "loss": "Loss",
    "microscope": "Inside the update",
    "graph": "Graph",
    "line": "Data and line",
    "predictions": "Predictions",
    "compare": "Compare",
    "data": "What the data say",
    "valley": "Valley",
}


def found(page: Page, control: str) -> Locator:
    if control in MORE and button(page, "More").count():
        button(page, "More").click()
    role, name = ("tab", PARTS[control]) if control in PARTS else FOUND[control]
    return panel(page).get_by_role(role, name=name, exact=True)  # type: ignore[arg-type]


def test_every_control_can_be_found() -> None:
    from linreg_widget.lesson.controls import CONTROLS

    # What is drawn and pasted with is in its tabs; their own tests hide and lock it.
    assert {*FOUND, *PARTS, "set", "ruler", "draw", "paste"} == {*CONTROLS}


def test_what_is_hidden_is_not_there_and_leaves_no_room(open_page: Callable[..., Page]) -> None:
    page = open_page("boxed")
    height = "document.querySelector('.linreg').offsetHeight"
    for control in (*FOUND, *PARTS):
        expect(found(page, control), control).to_have_count(1)
        before = page.evaluate(height)
        page.evaluate("(control) => kernel.change({ hide: [control] })", control)
        expect(found(page, control), control).to_have_count(0)
        assert page.evaluate(height) <= before, control
        page.evaluate("kernel.change({ hide: [] })")
        expect(found(page, control), control).to_have_count(1)
        assert page.evaluate(height) == before, control


def test_without_the_ruler_the_track_says_nothing_of_the_rate(page: Page) -> None:
    assert page.locator(".lr-zones, .lr-names").count() > 0
    page.evaluate("kernel.change({ hide: ['ruler'], learning_rate: 2e-4 })")
    expect(page.locator(".lr-zones, .lr-names, .lr-zone")).to_have_count(0)
    expect(panel(page)).not_to_contain_text("limit")
    expect(panel(page)).not_to_contain_text("divergent")
    expect(panel(page)).not_to_contain_text("stable")
    expect(panel(page).get_by_role("slider", name="Learning rate")).to_be_visible()


def test_a_panel_of_which_all_is_hidden_has_no_empty_rooms(page: Page) -> None:
    page.evaluate("(all) => kernel.change({ hide: all, ask: 'loss' })", [*FOUND, *PARTS])
    expect(panel(page).locator("button, input, select")).to_have_count(0)
    expect(page.locator(".lr-stage")).to_have_count(0)


def test_what_is_locked_is_shown_and_says_so_and_does_nothing(
    open_page: Callable[..., Page],
) -> None:
    page = open_page("boxed")
    at_once = "(button) => button.click()"  # a mouse takes longer
    for control in FOUND:
        button(page, "Step").evaluate(at_once)
        until(page, "kernel.get('update') === 1")
        expect_locked(page, control)
        # As it was, for the next one; what is not locked may have been pressed meanwhile.
        page.evaluate("kernel.change({ lock: [], epochs: 50, step_by: 'update' })")
        button(page, "Reset").evaluate(at_once)
        until(page, "kernel.get('update') === 0 && kernel.get('status') === 'ready'")
        until(page, "kernel.received.length === kernel.answered")


def expect_locked(page: Page, control: str) -> None:
    """Lock a control, and try it and all keys."""
    from linreg_widget.lesson.controls import CONTROLS

    own = CONTROLS[control]
    before = {name: trait(page, name) for name in own.traits if name != "update"}
    sent = len(commands(page))
    page.evaluate("(control) => kernel.change({ lock: [control] })", control)
    there = found(page, control)
    expect(there).to_have_accessible_description(re.compile("Locked by the lesson"))
    expect(there).to_have_attribute("aria-disabled", "true")
    if control == "step_by":
        expect(there.get_by_role("radio", name="epoch")).to_be_disabled()
    else:
        there.focus()
        for key in ("Enter", " ", "ArrowRight", "End", "PageDown"):
            page.keyboard.press(key)
        there.click(force=True, position={"x": 3, "y": 3})
    if control == "stop":
        there.evaluate("(one) => { one.value = 'near'; one.dispatchEvent(new Event('change')); }")
        expect(there).to_have_value("end")
    panel(page).focus()
    for key in ("Home", "ArrowLeft", "ArrowRight", " ", " "):
        page.keyboard.press(key)
    until(page, "kernel.received.length === kernel.answered")
    assert not {one["kind"] for one in commands(page)[sent:]} & set(own.kinds), control
    assert {name: trait(page, name) for name in before} == before, control
    page.evaluate("kernel.change({ lock: [] })")
    expect(there).not_to_have_accessible_description(re.compile("Locked by the lesson"))


def test_the_field_of_a_locked_slider_takes_no_number(page: Page) -> None:
    for control in ("learning_rate", "epochs", "speed"):
        before = trait(page, control)
        page.evaluate("(control) => kernel.change({ lock: [control] })", control)
        field = panel(page).get_by_role("textbox", name=f"{FOUND[control][1]} value")
        field.focus()
        page.keyboard.type("7")
        page.keyboard.press("Enter")
        expect(page.get_by_role("alert"), control).to_have_text("Locked by the lesson.")
        assert trait(page, control) == before, control
        page.evaluate("kernel.change({ lock: [], seed: kernel.get('seed') + 1 })")
        expect(page.get_by_role("alert")).to_be_empty()


def test_a_locked_tab_stays_shut(page: Page) -> None:
    for control in PARTS:
        other = "data" if control == "loss" else "loss"
        page.evaluate("([tab, lock]) => kernel.change({ tab, lock: [lock] })", [other, control])
        tab = found(page, control)
        expect(tab, control).to_have_accessible_description("Locked by the lesson")
        tab.click(force=True)
        tab.press("Enter")
        page.evaluate("(tab) => kernel.change({ tab })", control)
        expect(tab, control).to_have_attribute("aria-selected", "false")
        page.evaluate("(tab) => kernel.change({ lock: [], tab })", other)
        tab.click()
        expect(tab, control).to_have_attribute("aria-selected", "true")


def test_w_and_b_cannot_be_set_where_that_is_locked(page: Page) -> None:
    inside(page)
    page.evaluate("kernel.change({ lock: ['set'] })")
    cell(page, "w", "0,1").dblclick()
    cell(page, "w", "0,1").press("Enter")
    expect(page.locator(".lr-edit")).to_have_count(0)
    expect(page.locator(".lr-why")).not_to_contain_text("Double-click")
    page.evaluate("kernel.change({ lock: [] })")
    cell(page, "w", "0,1").dblclick()
    expect(page.locator(".lr-edit")).to_have_count(1)


def test_a_lesson_without_keys_leaves_the_buttons(page: Page) -> None:
    page.evaluate("kernel.change({ lock: ['keys'] })")
    panel(page).focus()
    for key in ("ArrowRight", " ", "Home"):
        page.keyboard.press(key)
    assert commands(page) == []
    button(page, "Step").click()
    until(page, "kernel.get('update') === 1")


@pytest.mark.parametrize(("control", "ways"), [("reset", 1), ("timeline", 1), ("learning_rate", 0)])
def test_the_ways_out_of_a_diverged_run_are_locked_with_their_controls(
    page: Page, control: str, ways: int
) -> None:
    page.evaluate("kernel.change({ learning_rate: 3e-4 })")
    button(page, "Step").click()
    diverge(page)
    out = page.locator(".lr-rescue button")
    every = out.count()
    assert every > 0
    page.evaluate("(control) => kernel.change({ lock: [control] })", control)
    barred = page.locator(".lr-rescue button[aria-disabled]")
    expect(barred).to_have_count(every if ways == 0 else 1 if control == "reset" else every - 1)


# ---- every message belongs to a state, and goes with it -----------------------------------------


def test_a_decimal_comma_is_refused_with_the_number_to_write(page: Page) -> None:
    for field, typed, hint in (
        ("Learning rate", "1,5e-3", "write 0.0015"),
        ("Epochs", "1.000,0", "write 1000"),
        ("Speed", "0,84", "write 0.84"),
    ):
        box = panel(page).get_by_label(f"{field} value")
        box.fill(typed)
        box.press("Enter")
        expect(alert(page)).to_contain_text(hint)


def test_a_refusal_stays_until_anything_is_set_or_the_run_moves(page: Page) -> None:
    box = panel(page).get_by_label("Speed value")

    def refuse() -> None:
        box.fill("1e9")
        box.press("Enter")
        expect(alert(page)).to_contain_text("below 1,000,000")
        expect(alert(page)).not_to_contain_text("None")

    refuse()
    page.evaluate("kernel.change({ _score: 'anything else' })")
    expect(alert(page)).to_contain_text("below 1,000,000")
    box.fill("3")
    box.press("Enter")
    expect(alert(page)).to_be_empty()
    refuse()
    step(page, by="update")
    expect(alert(page)).to_be_empty()
    refuse()
    page.evaluate("kernel.change({ learning_rate: 2e-6 })")
    expect(alert(page)).to_be_empty()


def test_fewer_epochs_than_were_done_are_told_without_a_wrong_number(page: Page) -> None:
    page.evaluate(
        """() => kernel.change({ status: 'finished', update: 250, epochs: 20, _total: 100,
                                 _epoch: 50, _batch: 0, _recorded: 250 })"""
    )
    said = "Finished: 50 epochs, 250 updates done, more than the 20 epochs asked for."
    expect(page.locator(".lr-place")).to_contain_text(said)
    assert page.get_by_role("progressbar").evaluate("(bar) => bar.value / bar.max") == 1
    page.evaluate("kernel.change({ status: 'paused', _phase: 'loss' })")
    expect(page.locator(".lr-place")).to_contain_text("update 251 (100 asked for)")


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


def test_a_field_shows_the_whole_number(page: Page) -> None:
    box = panel(page).get_by_label("Epochs value")
    for width in (1400, 1000, 700, 390):
        page.set_viewport_size({"width": width, "height": 1000})
        for epochs in (50, 1_000_000_000, 2**53 - 1):
            page.evaluate("(epochs) => kernel.change({ epochs })", epochs)
            expect(box).to_have_value(f"{epochs:,}")
            assert box.evaluate("(box) => box.scrollWidth <= box.clientWidth"), (width, epochs)


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


def test_an_entry_set_by_hand_bears_a_mark_and_says_so(page: Page) -> None:
    inside(page)
    page.evaluate(
        """() => { const frame = structuredClone(kernel.get('_frame'));
           frame.tensors.find(({ name }) => name === 'w').by_hand = [[0, 1]];
           kernel.change({ _frame: frame }); }"""
    )
    marked = page.locator(".lr-hand")
    expect(marked).to_have_count(1)
    expect(marked).to_have_accessible_name(re.compile("^w, .*set by hand$"))
    step(page, by="update")
    expect(marked).to_have_count(0)
