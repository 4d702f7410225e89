"""One screen: the button and what it changes, in one look; nothing below it moves."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.axe import violations
from tests.browser.lab import Lab
from tests.browser.parts import TABS, button, panel, show
from tests.browser.scripted import diverge, inside, step, trait, until, without_end

Open = Callable[..., Page]
PLACES = """() => Object.fromEntries([...document.querySelectorAll(
  '.lr-card, .lr-buttons button, .lr-slot, .lr-tab, .lr-panel, .lr-panel > * > *')].map(
    (element, index) => {
      const { x, y, width, height } = element.getBoundingClientRect();
      return [`${index} ${element.classList[0]}`, [x, y, width, height].map(Math.round).join()];
    }))"""


BUSIEST = ("Loss", "Inside the update", "Data and line", "Compare")
"""The tabs in which a run changes most."""


# ---- the panel by itself, with a plot beside it as TrainerWidget has it --------------------------


def test_the_card_is_of_one_height_in_every_tab_and_leaves_room_for_the_text(
    open_page: Open,
) -> None:
    page = open_page("boxed", width=1036 + 24)
    step(page, 3)
    heights = set()
    for tab in TABS:
        show(page, tab)
        heights.add(page.evaluate("document.querySelector('.lr-card').offsetHeight"))
        stage = page.locator(".lr-panel")
        assert stage.evaluate("(room) => room.scrollWidth <= room.clientWidth"), tab
        assert stage.evaluate("(room) => room.scrollHeight <= room.clientHeight + 4"), tab
    assert len(heights) == 1
    assert heights.pop() <= 560


@pytest.mark.parametrize(
    "tab",
    [tab if tab in BUSIEST else pytest.param(tab, marks=pytest.mark.matrix) for tab in TABS],
)
def test_nothing_moves_in_a_run_that_diverges_and_starts_again(open_page: Open, tab: str) -> None:
    page = open_page("boxed", width=1036 + 24)
    step(page, 1, by="update")
    show(page, tab)
    before = page.evaluate(PLACES)
    page.evaluate("kernel.change({ learning_rate: 1e-3 })")
    button(page, "Run").click()
    until(page, "kernel.get('status') === 'diverged'")
    expect(button(page, "Start again at 1e-5")).to_be_visible()
    after = page.evaluate(PLACES)
    # Numbers of 1e38 are wider; whatever holds them scrolls by itself.
    fixed = {name for name in before if not name.endswith("lr-tensors")}
    assert {name: after.get(name) for name in fixed} == {name: before[name] for name in fixed}
    button(page, "Start again at 1e-5").click()
    until(page, "kernel.get('status') === 'ready'")
    page.evaluate("(tab) => kernel.change({ tab })", _name(tab))
    page.evaluate("kernel.change({ ask: 'loss' })")
    button(page, "Step").click()
    expect(page.locator(".lr-ask input")).to_be_focused()
    asked = page.evaluate(PLACES)
    heads = [name for name in before if "lr-panel" not in name and name in asked]
    assert [asked[name] for name in heads] == [before[name] for name in heads]


def _name(tab: str) -> str:
    names = ("loss", "microscope", "graph", "line", "predictions", "compare", "data", "valley")
    return dict(zip(TABS, names, strict=True))[tab]


def test_tabs_open_by_mouse_by_keys_and_by_the_trait(open_page: Open) -> None:
    page = open_page("boxed")
    tabs = panel(page).get_by_role("tab")
    expect(tabs).to_have_text(list(TABS))
    expect(panel(page).get_by_role("tablist")).to_have_count(1)
    for tab in TABS:
        show(page, tab)
        assert trait(page, "tab") == _name(tab)
        expect(page.get_by_role("tab", selected=True)).to_have_text(tab)
    page.evaluate("kernel.change({ tab: 'predictions' })")
    expect(page.get_by_role("tabpanel", name="Predictions")).to_be_visible()
    page.get_by_role("tab", name="Predictions").focus()
    for key, tab in [
        ("ArrowRight", "Compare"),
        ("ArrowLeft", "Predictions"),
        ("ArrowLeft", "Data and line"),
        ("Home", "Loss"),
        ("ArrowLeft", "Valley"),
        ("ArrowRight", "Loss"),
        ("End", "Valley"),
    ]:
        page.keyboard.press(key)
        expect(page.get_by_role("tab", selected=True)).to_have_text(tab)
        expect(page.get_by_role("tab", name=tab, exact=True)).to_be_focused()
        assert trait(page, "tab") == _name(tab)
    assert trait(page, "update") == 0  # the arrows belong to the tabs that have the focus
    assert page.locator("[role=tab][tabindex='0']").count() == 1


def test_a_step_by_phase_opens_the_microscope_and_leaves_tabs_that_show_it(open_page: Open) -> None:
    page = open_page("boxed")
    page.evaluate("kernel.change({ step_by: 'update' })")
    button(page, "Step").click()
    until(page, "kernel.get('update') === 1")
    assert trait(page, "tab") == "loss"
    page.evaluate("kernel.change({ step_by: 'phase' })")
    button(page, "Step").click()
    until(page, "kernel.get('tab') === 'microscope'")
    show(page, "Predictions")
    button(page, "Step").click()
    until(page, "kernel.get('_phase') === 'loss'")
    assert trait(page, "tab") == "predictions"


def test_the_timeline_is_in_line_with_the_plots_axis(open_page: Open) -> None:
    page = open_page("boxed", width=1060)
    page.evaluate("kernel.change({ _axis: [1000, 81, 981, 250] })")
    track, plot = page.locator(".lr-timeline"), page.locator(".linreg-plot canvas")
    for update in (1, 2, 3):
        step(page, 1, by="update")
        line, axis = track.bounding_box(), plot.bounding_box()
        assert line is not None
        assert axis is not None
        scale = axis["width"] / 1000
        assert line["x"] == pytest.approx(axis["x"] + 81 * scale, abs=1.5)
        assert line["x"] + line["width"] == pytest.approx(axis["x"] + 981 * scale, abs=1.5)
        assert line["y"] >= axis["y"] + axis["height"] - 1
        page.wait_for_function(
            """(at) => Math.abs(
              document.querySelector(".lr-head-mark").getBoundingClientRect().x + 1 - at) <= 1.5""",
            arg=line["x"] + update / 250 * line["width"],
        )


@pytest.mark.parametrize("width", [360, 640])
def test_a_tab_that_a_lesson_opens_is_seen_among_the_tabs(open_page: Open, width: int) -> None:
    page = open_page("boxed", width=width)
    for tab in ("compare", "loss", "valley", "microscope"):
        page.evaluate("(tab) => kernel.change({ tab })", tab)
        expect(page.locator(f"[data-tab='{tab}'][aria-selected='true']")).to_have_count(1)
        assert page.evaluate(
            """() => {
              const list = document.querySelector('[role=tablist]').getBoundingClientRect();
              const { left, right } =
                document.querySelector('[role=tab][aria-selected=true]').getBoundingClientRect();
              return left >= list.left - 1 && right <= list.right + 1;
            }"""
        ), tab


SMALLEST = """(where) => Math.min(...[...document.querySelectorAll(where)].filter((one) =>
  one.textContent && one.children.length === 0).map(
    (one) => parseFloat(getComputedStyle(one).fontSize)))"""
MEETING = """(where) => {
  const words = [...document.querySelectorAll(where)].map((one) => {
    const range = document.createRange();
    range.selectNodeContents(one);
    return [one.textContent, range.getBoundingClientRect()];
  });
  return words.flatMap(([text, a], at) => words.slice(at + 1).filter(([, b]) =>
    a.left < b.right - 1 && b.left < a.right - 1 && a.top < b.bottom - 4 && b.top < a.bottom - 4
  ).map(([other]) => `${text} / ${other}`));
}"""
CUT = """(where) => [...document.querySelectorAll(where)].filter((one) =>
  one.scrollWidth > one.clientWidth + 1).map((one) => one.className || one.textContent)"""


@pytest.mark.parametrize(
    "width", [868, 924, 954, 986, pytest.param(1060, marks=pytest.mark.matrix), 1380, 1700]
)
def test_tensors_and_measures_are_whole_beside_what_stands_there(
    open_page: Open, width: int
) -> None:
    page = open_page("boxed", width=width)
    step(page, 4)
    inside(page)
    parts = ".lr-tensors, .lr-code, .lr-curves, .lr-tensor b"
    assert page.evaluate(CUT, parts) == []
    assert page.locator(".lr-tensor b").first.is_visible()
    show(page, "Predictions")
    expect(page.locator(".lr-measures p")).to_have_count(8)
    assert page.evaluate(CUT, ".lr-measures, .lr-measures p") == []
    room = page.locator(".lr-panel-predictions")
    assert room.evaluate("(room) => room.scrollWidth <= room.clientWidth")
    # The longest numbers are those of a run that diverges; they are no smaller than other words.
    diverge(page)
    inside(page)
    expect(page.locator(".lr-tensors .lr-long").first).to_be_visible()
    assert page.evaluate(CUT, parts) == []
    assert page.evaluate(SMALLEST, ".lr-tensors *") >= 11


@pytest.mark.parametrize("width", [1380, 1700])
def test_beside_another_tab_the_loss_is_whole(open_page: Open, width: int) -> None:
    page = open_page("boxed", width=width)
    loss = page.locator(".lr-beside .lr-panel")
    expect(loss.get_by_role("button", name="More")).to_be_visible()
    for tab in TABS[1:]:
        show(page, tab)
        height, room = loss.evaluate("(room) => [room.scrollHeight, room.clientHeight]")
        assert height <= room, tab
        more = loss.get_by_role("button", name="More").bounding_box()
        card = page.locator(".lr-card").bounding_box()
        assert more is not None
        assert card is not None
        assert more["y"] + more["height"] <= card["y"] + card["height"], tab


@pytest.mark.parametrize("width", [924, 954, 1060])
def test_run_and_pause_take_the_same_room(open_page: Open, width: int) -> None:
    page = open_page("boxed", width=width)
    without_end(page)
    bar = """() => {
      const all = document.querySelectorAll('.lr-bar :is(button, .lr-segment, .lr-state)');
      return [...all].flatMap((one) => {
        const { x, width } = one.getBoundingClientRect();
        return [x, width];
      });
    }"""
    before = page.evaluate(bar)
    button(page, "Run").click()
    expect(button(page, "Pause")).to_be_visible()
    expect(page.locator(".lr-state")).to_have_text("running")
    assert page.evaluate(bar) == pytest.approx(before, abs=0.5)
    assert page.evaluate(CUT, ".lr-summary") == []
    button(page, "Pause").click()
    expect(button(page, "Run")).to_be_visible()


def test_an_empty_comparison_says_what_will_be_there_and_which_button_brings_it(
    open_page: Open,
) -> None:
    page = open_page("boxed", width=1060)
    runs = show(page, "Compare").locator(".lr-rows")
    kept = trait(page, "_runs")
    page.evaluate("kernel.change({ _runs: [] })")
    expect(runs).to_contain_text("press Run, then Keep this run")
    assert page.evaluate(CUT, ".lr-compare .lr-rows") == []
    page.evaluate("(_runs) => kernel.change({ _runs })", kept)
    expect(runs).not_to_contain_text("press Run")


@pytest.mark.parametrize("width", [390, 320])
def test_on_a_phone_words_are_whole_lines_and_nothing_runs_into_its_neighbour(
    open_page: Open, width: int
) -> None:
    page = open_page("boxed", width=width)
    assert page.evaluate(CUT, ".lr-summary, .lr-losses span, .lr-losses b") == []
    diverge(page)
    words = page.locator(".lr-verdict p")
    height, line, hidden = words.evaluate(
        """(words) => [words.clientHeight, parseFloat(getComputedStyle(words).lineHeight),
          words.scrollHeight - words.clientHeight]"""
    )
    assert hidden > 0, "the words have all the room they need: this test says nothing"
    assert height % line == 0
    again = button(page, "Start again at 1e-5").bounding_box()
    slot = page.locator(".lr-slot").bounding_box()
    assert again is not None
    assert slot is not None
    assert again["y"] + again["height"] <= slot["y"] + slot["height"]
    assert page.evaluate(MEETING, ".lr-losses span, .lr-losses b, .lr-summary, .lr-state") == []


MARKED = """() => [...document.querySelectorAll(
  '.lr-line:has(.lr-phase) .lr-text'
)].filter((text) => {
  const words = document.createRange();
  words.selectNodeContents(text);
  const mark = text.closest('.lr-line').querySelector('.lr-phase').getBoundingClientRect();
  return words.getBoundingClientRect().right > mark.left;
}).map((text) => text.textContent)"""


@pytest.mark.parametrize("width", [360, 390, 868])
def test_no_mark_of_a_phase_covers_its_line_of_code(open_page: Open, width: int) -> None:
    page = open_page("boxed", width=width)
    step(page, 3)
    inside(page)
    expect(page.locator(".lr-line .lr-phase")).to_have_count(5)
    assert page.evaluate(MARKED) == []


def test_the_plot_is_away_where_no_open_tab_has_room_for_it(open_page: Open) -> None:
    page = open_page("boxed")
    plot = page.locator(".linreg-plot")
    for tab in TABS:
        show(page, tab)
        expect(plot).to_be_visible(visible=tab in ("Loss", "Compare"))


def test_on_a_wide_page_the_loss_stands_beside_the_chosen_tab(open_page: Open) -> None:
    page = open_page("boxed", width=1400)
    expect(page.locator(".linreg-plot")).to_be_visible()
    expect(page.locator(".lr-code")).to_be_visible()
    expect(panel(page).get_by_role("tab")).to_have_text(list(TABS[1:]))
    expect(panel(page).get_by_role("slider", name="Learning rate")).to_have_count(1)
    assert violations(page) == []
    looks = [one for one in page.evaluate("kernel.received") if one["kind"] == "look"]
    assert looks[-1]["beside"] is True
    page.set_viewport_size({"width": 1000, "height": 900})
    expect(panel(page).get_by_role("tab")).to_have_text(list(TABS))
    until(page, "kernel.received.findLast(({ kind }) => kind === 'look').beside === false")


@pytest.mark.parametrize("width", [640, 360])
def test_nothing_is_wider_than_a_narrow_page_and_nothing_covers_anything(
    open_page: Open, width: int
) -> None:
    page = open_page("boxed", width=width)
    step(page, 4)
    for tab in TABS:
        show(page, tab)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), tab
        covered = page.evaluate(
            """() => {
              scrollTo(0, 0);
              const controls = '.lr-card :is(button, input, select)';
              // What is scrolled out of its room is not covered.
              const isIn = (room, x, y) => {
                if (getComputedStyle(room).overflow === 'visible') return true;
                const { left, right, top, bottom } = room.getBoundingClientRect();
                return left <= x && x <= right && top <= y && y <= bottom;
              };
              return [...document.querySelectorAll(controls)]
                .filter((one) => {
                  const { x, y, width, height, bottom } = one.getBoundingClientRect();
                  const [across, down] = [x + width / 2, y + height / 2];
                  if (bottom > innerHeight) return false;
                  for (let room = one.parentElement; room; room = room.parentElement)
                    if (!isIn(room, across, down)) return false;
                  const top = document.elementFromPoint(across, down);
                  return top && !one.contains(top) && !top.contains(one)
                    && !one.parentElement.contains(top);
                }).map((one) => one.outerHTML);
            }"""
        )
        assert covered == [], tab


def test_what_a_field_refuses_stands_at_the_field(open_page: Open) -> None:
    page = open_page("boxed", width=1060)
    before = page.evaluate(PLACES)
    rate = panel(page).get_by_label("Learning rate value")
    rate.fill("fast")
    rate.press("Enter")
    refused = page.locator(".lr-refused")
    expect(refused).to_contain_text("“fast” is not.")
    expect(rate).to_have_attribute("aria-invalid", "true")
    assert page.evaluate(PLACES) == before
    inside(page)
    entry = page.locator("figure:has(figcaption b:text-is('w')) td[data-at='0,0']")
    entry.dblclick()
    page.keyboard.type("half")
    page.keyboard.press("Enter")
    expect(page.locator(".lr-why .lr-refused")).to_contain_text("“half” is not.")


def test_a_run_that_ends_worse_than_the_mean_says_so_and_offers_to_standardize(
    open_page: Open,
) -> None:
    page = open_page("boxed", width=1060)
    page.evaluate("kernel.change({ epochs: 1, learning_rate: 1e-7 }), kernel.save_changes()")
    button(page, "Run").click()
    until(page, "kernel.get('status') === 'finished'")
    expect(page.locator(".lr-verdict")).to_contain_text("worse than always predicting the mean")
    expect(page.locator(".lr-state-finished")).to_have_count(0)
    button(page, "Standardize").click()
    until(page, "kernel.get('standardize') === true")
    expect(page.locator(".lr-verdict-poor")).to_have_count(0)


def test_the_batch_is_shown_row_by_row_with_what_makes_the_gradient(open_page: Open) -> None:
    page = open_page("boxed", width=1060)
    step(page, 3)
    batch = show(page, "Predictions").get_by_role("table", name="Mangoes: the batch")
    expect(batch.get_by_role("columnheader")).to_have_text(
        [
            *("row", "Temperature", "Rainfall", "Humidity", "target", "prediction", "residual"),
            *(f"residual · {name}" for name in ("Temperature", "Rainfall", "Humidity")),
        ]
    )
    expect(batch.get_by_role("row")).to_have_count(1 + 3)
    inside(page)
    gradients = page.locator("figure:has(figcaption b:text-is('w.grad')) tbody tr").first
    texts = [one.strip() for one in gradients.locator("td span").all_inner_texts()]
    show(page, "Predictions")
    expect(page.locator(".lr-batch h4")).to_contain_text(", ".join(texts))


def test_first_hints_go_with_the_first_act(open_page: Open) -> None:
    page = open_page("boxed")
    hints = page.locator(".lr-hints li")
    expect(hints).to_have_count(3)
    button(page, "Step").click()
    expect(hints).to_have_count(0)


# ---- in JupyterLab, as it opens on a laptop ------------------------------------------------------

CELL = "from linreg_widget import TrainerWidget\nwidget = TrainerWidget(learning_rate=1e-5)\nwidget"
IN_WINDOW = """(element) => {
  const { left, right, top, bottom } = element.getBoundingClientRect();
  const page = element.closest('.jp-WindowedPanel-outer')?.getBoundingClientRect();
  const [up, down] = page ? [page.top, page.bottom] : [0, innerHeight];
  return top >= up - 1 && bottom <= down + 1 && left >= -1 && right <= innerWidth + 1
    && bottom > top;
}"""


def together(*parts: Locator) -> None:
    """Scroll to the first part; all of them are in the window, as soon as the kernel has drawn."""
    parts[0].evaluate("(element) => element.scrollIntoView({ block: 'start' })")
    for part in parts:
        expect(part).to_be_visible()
        part.page.wait_for_function(IN_WINDOW, arg=part.element_handle())


def tensor(root: Locator, name: str) -> Locator:
    return root.locator(f"figure:has(figcaption b:text-is('{name}'))")


SIZES = {"laptop": (1366, 768), "small": (1280, 720)}


@pytest.mark.parametrize("size", [pytest.param("laptop", marks=pytest.mark.matrix), "small"])
def test_each_act_of_the_first_lessons_is_seen_in_one_look(shared_lab: Lab, size: str) -> None:
    notebook = shared_lab.open([CELL], size=SIZES[size])
    notebook.run_all()
    root = notebook.panel

    def press(name: str) -> Locator:
        return root.get_by_role("button", name=name, exact=True)

    canvas = notebook.page.locator(".linreg-plot canvas").first
    notebook.until(lambda: notebook.ink(canvas) > 0.005, "the plot is blank")
    card = root.locator(".lr-card")
    assert card.evaluate("(card) => card.offsetHeight") <= (620 if size == "small" else 560)
    # Lesson 1: run and look at the plot, by the Timeline too.
    together(press("Run"), canvas, root.get_by_role("slider", name="Timeline"))
    press("Run").click()
    notebook.until(lambda: notebook.kernel("widget.status") == "running")
    press("Full").click()
    notebook.until(lambda: notebook.kernel("widget.status") == "finished")
    together(press("Back"), root.locator(".lr-losses"), canvas)
    press("Reset").click()
    # Lessons 1 and 2: step by phase; the code, what it changes, and the sum behind a number.
    root.get_by_role("radio", name="phase").check(force=True)
    for _ in range(3):
        press("Step").click()
    notebook.until(lambda: notebook.kernel("widget.panel._phase") == "backward")
    numbers = [tensor(root, name) for name in ("x", "predictions", "w", "w.grad", "b.grad")]
    together(press("Step"), root.locator(".lr-code"), *numbers, root.locator(".lr-why"))
    tensor(root, "w.grad").locator("td[data-at='0,0']").hover()
    expect(root.locator(".lr-why")).to_contain_text("w.grad[Mangoes, Temperature] =")
    # Lesson 2: rise or fall? The question beside the rows that answer it.
    notebook.execute("widget.reset(); widget.ask = 'weight'; widget.step_by = 'update'")
    notebook.execute("widget.tab = 'predictions'")
    press("Step").click()
    question = root.get_by_role("group", name="Your guess")
    expect(question.get_by_role("button").first).to_be_visible()
    together(press("Step"), question, root.locator(".lr-batch"))
    # Lesson 3: a rate, a run, a verdict with two ways out.
    notebook.execute("widget.reset(); widget.ask = None; widget.tab = 'loss'")
    notebook.execute("widget.learning_rate = 2e-4")
    together(press("Run"), root.get_by_role("slider", name="Learning rate"), canvas)
    press("Run").click()
    notebook.until(lambda: notebook.kernel("widget.status") == "diverged")
    again = root.get_by_role("button", name="Start again at")
    together(press("Run"), root.locator(".lr-verdict"), again, canvas)
    again.click()
    notebook.until(lambda: notebook.kernel("widget.status") == "ready")
    # Lesson 3: keep and compare.
    notebook.execute("widget.tab = 'compare'; widget.run(5)")
    together(press("Run"), press("Keep this run"), canvas, root.get_by_role("table", name="Runs"))


def test_a_plot_is_drawn_again_as_wide_as_a_page_that_widens(shared_lab: Lab) -> None:
    notebook = shared_lab.open([CELL], size=SIZES["small"])
    notebook.run_all()
    full = """() => {
      const { clientWidth } = document.querySelector('.lr-panel-loss');
      const [canvas, hole] = ['.linreg-plot canvas', '.lr-hole-loss'].map((where) =>
        document.querySelector(where)?.clientWidth);
      return canvas === clientWidth && hole === clientWidth && clientWidth;
    }"""
    before = notebook.page.wait_for_function(full).json_value()
    notebook.page.set_viewport_size({"width": 1366, "height": 768})
    notebook.page.wait_for_function(f"(before) => ({full})() > before", arg=before)


def test_on_a_phone_the_buttons_stay_with_what_they_change(lab: Lab) -> None:
    notebook: Any = lab.open([CELL], app="notebook", size=(390, 844))
    notebook.run_all()
    root = notebook.panel
    step_ = root.get_by_role("button", name="Step", exact=True)
    root.get_by_role("radio", name="phase").check(force=True)
    step_.click()
    expect(root.locator(".lr-code")).to_be_visible()
    together(step_, root.locator(".lr-code"))
    assert root.evaluate("(panel) => panel.scrollWidth <= panel.clientWidth")


def test_losses_and_plot_can_be_saved(open_page: Open) -> None:
    page = open_page("boxed", width=1060)
    step(page, 4, by="update")
    save = button(page, "Save")
    with page.expect_download() as waiting:
        save.click()
    assert waiting.value.suggested_filename == "losses.png"
    assert waiting.value.path().read_bytes().startswith(b"\x89PNG")
    button(page, "Losses as a table").click()
    listing = page.locator(".lr-listing")
    assert listing.evaluate("(room) => room.scrollHeight <= room.clientHeight")
    with page.expect_download() as waiting:
        save.click()
    assert waiting.value.suggested_filename == "losses.csv"
    head, *rows = waiting.value.path().read_text(encoding="utf-8").splitlines()
    assert head == "update,batch_loss,mean_loss,full_loss"
    assert [row.split(",")[0] for row in rows if row.split(",")[1]] == ["1", "2", "3", "4"]


def test_a_task_stands_in_the_head_and_makes_way_for_what_is_said(open_page: Open) -> None:
    page = open_page("boxed", width=1060)
    before = page.evaluate(PLACES)
    page.evaluate("kernel.change({ task: 'Press *Step* <b>five</b> times.' })")
    task = page.locator(".lr-task")
    expect(task).to_have_text("Press *Step* <b>five</b> times.")
    assert page.evaluate(PLACES) == before
    page.evaluate("kernel.change({ ask: 'loss' })")
    button(page, "Step").click()
    expect(page.locator(".lr-ask input")).to_be_focused()
    expect(task).to_have_count(0)
    assert violations(page) == []
