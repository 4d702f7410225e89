"""Drawing in data and line: by mouse, by touch and by keys; each change is a table of its own."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Locator, Page, expect

from linreg_widget import Table, Trainer, TrainerWidget, crop_yields
from tests.browser.axe import violations
from tests.browser.bridge import Bridge
from tests.browser.offline import comes_to

pytestmark = pytest.mark.browser

TEXT = "name,Hours (h),Grade\nAnna,1,2\nBert,2,4\nCarl,3,5\nDora,4,9\nEmil,6,7"
PLACES = """() => {
  const svg = document.querySelector(".lr-picture");
  const box = svg.querySelector(".lr-axes rect");
  const of = (name) => Number(box.getAttribute(name));
  return {
    x: svg.dataset.x.split(",").map(Number), y: svg.dataset.y.split(",").map(Number),
    left: of("x"), top: of("y"), width: of("width"), height: of("height"),
  };
}"""
TOUCH = """([x0, y0, x1, y1]) => {
  const svg = document.querySelector(".lr-picture");
  const fire = (kind, x, y) => svg.dispatchEvent(new PointerEvent(kind, {
    bubbles: true, cancelable: true, pointerType: "touch", pointerId: 7, isPrimary: true,
    button: 0, clientX: x, clientY: y,
  }));
  svg.setPointerCapture = () => {};
  fire("pointerdown", x0, y0);
  fire("pointermove", (x0 + x1) / 2, (y0 + y1) / 2);
  fire("pointermove", x1, y1);
  fire("pointerup", x1, y1);
}"""


class Plane:
    """The picture, with places in the table's units."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.at: dict[str, Any] = page.evaluate(PLACES)

    @property
    def unit(self) -> tuple[float, float]:
        """How much a pixel is, across and up."""
        (left, right), (low, high) = self.at["x"], self.at["y"]
        return (right - left) / self.at["width"], (high - low) / self.at["height"]

    def place(self, x: float, y: float) -> tuple[float, float]:
        """Pixels of the window."""
        box = self.page.locator(".lr-picture").bounding_box()
        assert box is not None
        across, up = self.unit
        left = box["x"] + self.at["left"] + (x - self.at["x"][0]) / across
        top = box["y"] + self.at["top"] + self.at["height"] - (y - self.at["y"][0]) / up
        return left, top


@pytest.fixture
def bridge(bridge: Callable[..., Bridge]) -> Callable[..., Bridge]:
    return partial(bridge, tab="line")


@pytest.fixture
def drawn(bridge: Callable[..., Bridge]) -> Bridge:
    one = bridge(Trainer(Table.parse(TEXT), learning_rate=0.01, seed=2))
    one.panel.run(2)
    one.show()
    one.page.get_by_label("Draw points").check()
    return one


def rows(one: Bridge) -> list[tuple[float, float]]:
    table = one.panel.trainer.table
    pairs = zip(table.inputs[:, 0].tolist(), table.targets[:, 0].tolist(), strict=True)
    return [(float(x), float(y)) for x, y in pairs]


def point(page: Page) -> Locator:
    return page.locator(".lr-pointhandle")


def chosen(one: Bridge) -> Locator:
    """The menu of rows."""
    return one.page.locator(".lr-axesof select").last


def until_rows(one: Bridge, count: int) -> None:
    """Wait until the page shows a table of so many rows."""
    expect(one.page.locator(".lr-axesof select").last.locator("option")).to_have_count(count + 1)


def test_a_click_on_an_empty_place_adds_a_point_there(drawn: Bridge) -> None:
    first, plane = drawn.panel.trainer, Plane(drawn.page)
    drawn.page.mouse.click(*plane.place(5, 3))
    until_rows(drawn, 6)
    now = drawn.panel.trainer
    assert now is not first
    assert (now.position.update, first.position.update) == (0, 4)
    assert now.settings == first.settings
    assert rows(drawn)[-1] == pytest.approx((5, 3), abs=2 * max(plane.unit))
    assert now.table.row_names == ("Anna", "Bert", "Carl", "Dora", "Emil", "row 6")
    expect(chosen(drawn)).to_have_value("6")


def test_a_point_that_is_dragged_is_moved(drawn: Bridge) -> None:
    first, plane, page = drawn.panel.trainer, Plane(drawn.page), drawn.page
    before = page.locator(".lr-line-best").get_attribute("d")
    page.mouse.move(*plane.place(4, 9))
    page.mouse.down()
    page.mouse.move(*plane.place(4.5, 6))
    page.mouse.move(*plane.place(5, 3))
    assert page.locator(".lr-line-best").get_attribute("d") != before, "it goes along"
    best = page.locator(".lr-line-best").get_attribute("d")
    assert drawn.panel.trainer is first, "nothing is done before the hand lets go"
    page.mouse.up()
    drawn.answered()
    assert rows(drawn)[3] == pytest.approx((5, 3), abs=2 * max(plane.unit))
    assert drawn.panel.trainer.table.row_names == first.table.row_names
    assert [one for k, one in enumerate(rows(drawn)) if k != 3] == [
        (1, 2), (2, 4), (3, 5), (6, 7),
    ]  # fmt: skip
    x, y = np.array(rows(drawn)).T
    slope, height = np.polyfit(x, y, 1)
    least = drawn.panel.trainer.insight.least_squares
    assert (least.w[0, 0], least.b[0]) == pytest.approx((slope, height), rel=1e-4)
    assert best is not None
    sent = [each for each in page.evaluate("sent") if each["kind"] == "draw"]
    assert len(sent) == 1


def test_a_click_on_a_point_chooses_it_and_adds_none(drawn: Bridge) -> None:
    plane = Plane(drawn.page)
    drawn.page.mouse.click(*plane.place(3, 5))
    expect(chosen(drawn)).to_have_value("3")
    assert len(rows(drawn)) == 5
    expect(drawn.page.get_by_role("textbox", name="Hours")).to_have_value("3")
    expect(drawn.page.get_by_role("textbox", name="Grade")).to_have_value("5")


def test_points_are_drawn_by_touch(drawn: Bridge) -> None:
    plane = Plane(drawn.page)
    drawn.page.evaluate(TOUCH, [*plane.place(4, 9), *plane.place(5, 2)])
    drawn.answered()
    assert rows(drawn)[3] == pytest.approx((5, 2), abs=2 * max(plane.unit))
    plane = Plane(drawn.page)
    drawn.page.evaluate(TOUCH, [*plane.place(2, 7), *plane.place(2, 7)])
    until_rows(drawn, 6)
    assert rows(drawn)[5] == pytest.approx((2, 7), abs=2 * max(plane.unit))
    style = drawn.page.locator(".lr-picture").evaluate("(svg) => getComputedStyle(svg).touchAction")
    assert style == "none", "or the page would scroll instead"


def test_keys_move_add_and_remove_points(drawn: Bridge) -> None:
    page, first = drawn.page, drawn.panel.trainer
    point(page).focus()
    expect(point(page)).to_have_attribute("aria-label", "Anna: Hours 1, Grade 2")
    for _ in range(2):
        page.keyboard.press("PageDown")
    expect(point(page)).to_have_attribute("aria-label", "Carl: Hours 3, Grade 5")
    plane = Plane(page)
    page.keyboard.press("ArrowUp")
    drawn.answered()
    low, high = plane.at["y"]
    assert rows(drawn)[2] == pytest.approx((3, 5 + (high - low) / 100), abs=0.02)
    page.keyboard.press("Shift+ArrowLeft")
    drawn.answered()
    left, right = plane.at["x"]
    assert rows(drawn)[2][0] == pytest.approx(3 - (right - left) / 10, abs=0.02)
    page.keyboard.press("Insert")
    until_rows(drawn, 6)
    expect(chosen(drawn)).to_have_value("6")
    expect(point(page)).to_be_focused()
    for count in (5, 4):
        page.keyboard.press("Delete")
        until_rows(drawn, count)
        expect(point(page)).to_be_focused()
    assert drawn.panel.trainer.table.row_names == ("Anna", "Bert", "Carl", "Dora")
    assert first.position.update == 4, "the keys did not step the run"
    page.keyboard.press("Control+z")
    until_rows(drawn, 5)
    for _ in range(4):
        page.keyboard.press("Control+z")
    expect(page.get_by_role("button", name="Undo")).to_have_attribute("aria-disabled", "true")
    assert drawn.panel.trainer is first
    assert first.position.update == 4


QUICK = """(keys) => {
  const handle = document.querySelector(".lr-pointhandle");
  const fire = (kind, key) => document.activeElement.dispatchEvent(new KeyboardEvent(
    kind,
    { key: key.split("+").at(-1), ctrlKey: key.includes("+"), bubbles: true, cancelable: true },
  ));
  handle.focus();
  return keys.reduce((done, key) => done.then(() => {
    fire("keydown", key);
    fire("keyup", key);
    return Promise.resolve();  // the page draws, and has no answer yet
  }), Promise.resolve());
}"""


@pytest.mark.parametrize(
    ("keys", "left"),
    [
        (["Delete", "Delete"], ["Carl", "Dora", "Emil"]),
        (["Delete", "Insert"], ["Bert", "Carl", "Dora", "Emil", "row 5"]),
        (["Delete", "Control+z"], ["Anna", "Bert", "Carl", "Dora", "Emil"]),
        (["Delete", "Control+z", "Delete"], ["Bert", "Carl", "Dora", "Emil"]),
    ],
)
def test_an_act_goes_on_from_the_last_though_that_has_no_answer_yet(
    drawn: Bridge, keys: list[str], left: list[str]
) -> None:
    drawn.page.evaluate(QUICK, keys)
    drawn.until(lambda: [*drawn.panel.trainer.table.row_names] == left)
    until_rows(drawn, len(left))
    expect(point(drawn.page)).to_be_focused()


def test_an_answer_takes_no_point_out_of_the_hand(drawn: Bridge) -> None:
    plane, page = Plane(drawn.page), drawn.page
    page.mouse.move(*plane.place(4, 9))
    page.mouse.down()
    page.mouse.move(*plane.place(4.5, 6))
    page.get_by_role("button", name="Add").evaluate("(button) => button.click()")  # no focus moves
    until_rows(drawn, 6)
    page.mouse.move(*plane.place(5, 3))
    page.mouse.up()
    drawn.until(lambda: rows(drawn)[3] == pytest.approx((5, 3), abs=2 * max(plane.unit)))
    assert len(rows(drawn)) == 6


def test_escape_leaves_the_point_where_it_was(drawn: Bridge) -> None:
    page = drawn.page
    point(page).focus()
    page.keyboard.down("ArrowUp")
    page.keyboard.down("ArrowUp")
    page.keyboard.press("Escape")
    page.keyboard.up("ArrowUp")
    assert rows(drawn)[0] == (1, 2)
    expect(point(page)).to_have_attribute("aria-label", "Anna: Hours 1, Grade 2")
    assert not [each for each in page.evaluate("sent") if each["kind"] == "draw"]


def test_a_points_numbers_can_be_typed(drawn: Bridge) -> None:
    page = drawn.page
    field = page.get_by_role("textbox", name="Grade")
    field.fill("-1.5e1")
    field.press("Enter")
    drawn.answered()
    assert rows(drawn)[0] == (1, -15)
    field.fill("<b>")
    field.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("Grade: enter a number")
    field.fill("0,5")
    field.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("“0,5” is not: write 0.5.")
    expect(field).to_have_value("-15")
    assert rows(drawn)[0] == (1, -15)


def test_buttons_add_and_remove_and_the_last_point_stays(drawn: Bridge) -> None:
    page = drawn.page
    page.get_by_role("button", name="Add").click()
    until_rows(drawn, 6)
    remove = page.get_by_role("button", name="Remove")
    for count in (5, 4, 3, 2, 1):
        remove.click()
        until_rows(drawn, count)
    expect(remove).to_have_attribute("aria-disabled", "true")
    point(page).focus()
    page.keyboard.press("Delete")
    expect(page.get_by_role("alert")).to_contain_text("This is the last point")
    assert len(rows(drawn)) == 1


@pytest.mark.parametrize("pattern", ["A line with noise", "An outlier", "Two groups", "A curve"])
def test_a_pattern_is_a_start_for_every_table(bridge: Callable[..., Bridge], pattern: str) -> None:
    one = bridge(Trainer(crop_yields()))
    first = one.panel.trainer
    expect(one.page.get_by_label("Draw points")).to_have_count(0)
    one.page.get_by_label("Start from").select_option(pattern)
    expect(one.page.get_by_label("Draw points")).to_be_checked()
    table = one.panel.trainer.table
    assert (table.name, table.features, table.outputs) == (pattern, 1, 1)
    assert len({*rows(one)}) == table.rows > 15
    one.panel.run()
    assert one.panel.status == "finished"
    one.show()
    one.page.get_by_role("button", name="Undo").click()
    expect(one.page.get_by_label("Draw points")).to_have_count(0)
    assert one.panel.trainer is first


def test_the_table_is_copied_as_csv(drawn: Bridge) -> None:
    page, plane = drawn.page, Plane(drawn.page)
    page.mouse.click(*plane.place(5, 3))
    until_rows(drawn, 6)
    page.evaluate(
        "() => Object.defineProperty(navigator, 'clipboard', { configurable: true,"
        " value: { writeText: async (text) => { window.copied = text; } } })"
    )
    page.get_by_role("button", name="Copy as CSV").click()
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    assert Table.parse(page.evaluate("copied")) == drawn.panel.trainer.table


def test_without_a_clipboard_the_text_is_there_to_be_copied_by_hand(drawn: Bridge) -> None:
    page = drawn.page
    page.evaluate(
        """() => Object.defineProperty(
          navigator, "clipboard", { configurable: true, value: undefined },
        )"""
    )
    page.get_by_role("button", name="Copy as CSV").click()
    box = page.get_by_role("textbox", name="copy this")
    assert Table.parse(box.input_value()) == drawn.panel.trainer.table
    assert page.evaluate("getSelection().toString()") == box.input_value()


@pytest.mark.parametrize("how", ["hide", "lock"])
def test_a_lesson_can_withhold_it(bridge: Callable[..., Bridge], how: str) -> None:
    one = bridge(Trainer(Table.parse(TEXT)))
    setattr(one.panel, how, ("draw",))
    one.show()
    box, start = one.page.get_by_label("Draw points"), one.page.get_by_label("Start from")
    if how == "hide":
        expect(box).to_have_count(0)
        expect(start).to_have_count(0)
        expect(one.page.get_by_role("button", name="Copy as CSV")).to_be_visible()
        return
    expect(box).to_have_attribute("aria-disabled", "true")
    expect(one.page.locator(".lr-drawbar .lr-switch")).to_have_attribute(
        "title", "Locked by the lesson"
    )
    box.click(force=True)
    expect(box).not_to_be_checked()
    expect(start).to_be_disabled()
    expect(point(one.page)).to_have_count(0)


def test_axe_finds_nothing(bridge: Callable[..., Bridge]) -> None:
    one = bridge(Trainer(Table.parse(TEXT), held_out="Carl"), theme="dark", width=390)
    one.page.get_by_label("Draw points").check()
    assert violations(one.page, ".lr-dataline") == []


# ---- rows held out -------------------------------------------------------------------------------


@pytest.mark.parametrize("features", [1, 3])
def test_rows_held_out_are_hollow_and_their_sticks_are_their_residuals(
    bridge: Callable[..., Bridge], features: int
) -> None:
    rng = np.random.default_rng(features)
    x = rng.normal(50, 12, size=(30, features))
    y = 20 + x @ rng.normal(size=features) + rng.normal(0, 9, size=30)
    run = Trainer(Table.of((x, y[:, None])), held_out=0.3, standardize=True)
    run.run(10)
    one = bridge(run)
    one.panel.seek(7)
    one.show()
    page, plane = one.page, Plane(one.page)
    held_out = run.held_out
    assert held_out is not None
    path = page.locator(".lr-othersticks").get_attribute("d") or ""
    sticks = np.array(
        [[float(n) for n in part.replace("V", " ").split()] for part in path.split("M")[1:]]
    )
    residuals = (run.predict(held_out.inputs).numpy() - held_out.targets)[:, 0]
    lengths = -(sticks[:, 2] - sticks[:, 1]) * plane.unit[1]
    np.testing.assert_allclose(lengths, residuals, atol=0.04 * plane.unit[1])
    rings = page.locator(".lr-hollowdots").get_attribute("d") or ""
    assert rings.count("M") == held_out.rows == 9
    sides = page.get_by_role("table", name="How well the rows are predicted")
    for name, score in (("trained on", run.score()), ("held out", run.score(held_out=True))):
        cells = sides.get_by_role("row", name=name).get_by_role("cell").all_inner_texts()
        shown = [float(cell.replace(",", "").replace("−", "-")) for cell in cells]
        assert shown == pytest.approx([score.loss, score.rmse[0], score.r2[0]], rel=5e-3)
    page.get_by_role("tab", name="Predictions").click()
    hollow = page.locator(".lr-hollow").get_attribute("d") or ""
    beyond = (page.locator(".lr-chart .lr-beyond").get_attribute("d") or "").count("M")
    assert 9 - beyond <= hollow.count("M") <= 9
    expect(page.locator(".lr-heldout")).to_contain_text("held out")
    expect(page.locator(".lr-predictions")).to_contain_text("Hollow: 9 rows held out.")
    page.get_by_role("button", name="All rows as a table").click()
    expect(page.get_by_role("rowheader", name=", held out")).to_have_count(9)


# ---- without a kernel ----------------------------------------------------------------------------


def test_points_are_drawn_in_a_page_without_a_kernel(own_page: Callable[..., Page]) -> None:
    widget = TrainerWidget(Table.parse(TEXT), plot=None, epochs=4, tab="line", learning_rate=0.01)
    widget.speed = None
    page = own_page(widget, size=(1000, 1000))
    page.get_by_label("Draw points").check()
    first = page.locator(".lr-dots").get_attribute("d") or ""
    plane = Plane(page)
    page.mouse.click(*plane.place(5, 3))
    menu = page.locator(".lr-axesof select").last.locator("option")
    expect(menu).to_have_count(7)
    expect(page.locator(".lr-bar")).to_contain_text("6 rows")
    x = float(page.get_by_role("textbox", name="Hours").input_value())
    y = float(page.get_by_role("textbox", name="Grade").input_value())
    assert (x, y) == pytest.approx((5, 3), abs=2 * max(plane.unit))
    table = Table.parse(f"{TEXT}\nrow 6,{x},{y}")
    page.get_by_role("button", name="Run").click()
    expect(page.locator(".lr-bar")).to_contain_text("finished")
    run = Trainer(table, epochs=4, learning_rate=0.01)
    run.run()
    loss = page.locator(".lr-linelosses dd").first
    near = pytest.approx(run.loss(), rel=1e-3)
    comes_to(page, lambda: float(loss.inner_text().replace(",", "")), near)
    page.keyboard.press("Control+z")
    expect(menu).to_have_count(6)
    assert page.locator(".lr-dots").get_attribute("d") == first
    page.get_by_label("Start from").select_option("A curve")
    expect(page.locator(".lr-bar")).to_contain_text("A curve")
    expect(menu).to_have_count(21)
    page.get_by_role("button", name="Undo").click()
    expect(page.locator(".lr-bar")).not_to_contain_text("A curve")
    expect(menu).to_have_count(6)
