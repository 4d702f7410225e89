"""Data and line: what is drawn is what the kernel has, and a line that is dragged is set in it."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from playwright.sync_api import Locator, Page, expect

from linreg_widget import Table, Trainer, TrainerWidget
from tests.browser.axe import violations
from tests.browser.bridge import Bridge
from tests.browser.offline import comes_to
from tests.browser.parts import show

pytestmark = pytest.mark.browser

DRAWN = """() => {
  const svg = document.querySelector(".lr-picture");
  const box = svg.querySelector(".lr-axes rect");
  const path = (name) => svg.querySelector(name)?.getAttribute("d") ?? "";
  return {
    x: svg.dataset.x.split(",").map(Number),
    y: svg.dataset.y.split(",").map(Number),
    box: ["x", "y", "width", "height"].map((name) => Number(box.getAttribute(name))),
    line: path(".lr-line-now"), best: path(".lr-line-best"), was: path(".lr-line-was"),
    sticks: path(".lr-sticks:not(.lr-inbatch)"), batch: path(".lr-inbatch"),
    arrows: path(".lr-arrows"), dots: path(".lr-dots"), rings: path(".lr-rings"),
  };
}"""
WHOLE = """(picture) => {
  const chart = document.querySelector(picture);
  const edge = chart.getBoundingClientRect().left;
  const texts = [...chart.querySelectorAll(".lr-axes text")];
  return Math.min(...texts.map((text) => text.getBoundingClientRect().left - edge));
}"""
"""How far the numbers at an axis are from the picture's left edge."""
NUMBER = re.compile(r"-?\d+(?:\.\d+)?")
PRECISION = 0.02
"""Pixels."""


def numbers(path: str) -> NDArray[np.float64]:
    return np.array([float(text) for text in NUMBER.findall(path)])


@dataclass
class Drawn:
    """What stands in the picture, in the table's units."""

    raw: dict[str, Any]

    @property
    def unit(self) -> float:
        """How much of the target a pixel is."""
        low, high = self.raw["y"]
        return float((high - low) / self.raw["box"][3])

    def x(self, pixels: Any) -> Any:
        (low, high), (left, _, width, _) = self.raw["x"], self.raw["box"]
        return low + (np.asarray(pixels) - left) / width * (high - low)

    def y(self, pixels: Any) -> Any:
        (low, high), (_, top, _, height) = self.raw["y"], self.raw["box"]
        return low + (top + height - np.asarray(pixels)) / height * (high - low)

    def line(self, name: str) -> tuple[float, float]:
        """Its heights at the axis' two ends."""
        _, left, _, right = numbers(self.raw[name])
        return self.y(left), self.y(right)

    def sticks(self, name: str) -> NDArray[np.float64]:
        """Points and the line above or below them: x, y, and y on the line, (rows, 3)."""
        x, y, line = numbers(self.raw[name]).reshape(-1, 3).T
        return np.column_stack([self.x(x), self.y(y), self.y(line)])

    def arrows(self) -> NDArray[np.float64]:
        """Their places, from where, and to where, (2, 3)."""
        x, start, end = numbers(self.raw["arrows"]).reshape(2, 9)[:, :3].T
        return np.column_stack([self.x(x), self.y(start), self.y(end)])


@pytest.fixture
def bridge(bridge: Callable[..., Bridge]) -> Callable[..., Bridge]:
    return partial(bridge, tab="line")


def trainer(features: int, *, standardize: bool = False, rows: int = 40) -> Trainer:
    rng = np.random.default_rng(features)
    x = rng.normal(50, 12, size=(rows, features))
    w = rng.normal(size=features)
    y = 20 + x @ w + rng.normal(0, 9, size=rows)
    made = Trainer(Table.of((x, y[:, None])), standardize=standardize, batch_size=5)
    made.change(learning_rate=made.insight.largest_stable_rate / 5)
    return made


def drawn(page: Page) -> Drawn:
    return Drawn(page.evaluate(DRAWN))


def settled(bridge: Bridge) -> Drawn:
    """What is drawn once the page shows the panel's present frame."""
    bridge.show()
    bridge.page.evaluate("() => new Promise((done) => setTimeout(done, 0))")
    bridge.page.evaluate("() => new Promise((done) => requestAnimationFrame(() => done()))")
    return drawn(bridge.page)


class Model:
    """A trainer's line over one feature, worked out anew: its prediction at the others' means."""

    def __init__(self, trainer: Trainer, feature: int) -> None:
        self.x = trainer.table.inputs.astype(np.float64)
        self.feature = feature
        self.w, self.b = trainer.coefficients()
        self.residuals = trainer.predictions().double().numpy()[:, 0] - trainer.table.targets[:, 0]

    def at(self, x: Any) -> Any:
        other = np.tile(self.x.mean(axis=0), (np.size(x), 1))
        other[:, self.feature] = x
        return other @ self.w[0] + self.b[0]


def leading(bridge: Bridge) -> int:
    return int(bridge.panel._fit["leading"][0])


def handle(page: Page, end: str) -> Locator:
    return page.get_by_role("slider", name=f"{end} end of the line")


OF_A_KIND = [(1, False), (3, True), (30, False)]
MANY = pytest.mark.parametrize(
    ("features", "standardize"),
    [
        *OF_A_KIND,
        *(
            pytest.param(features, not standardize, marks=pytest.mark.matrix)
            for features, standardize in OF_A_KIND
        ),
    ],
)


# ---- what is drawn -------------------------------------------------------------------------------


@MANY
def test_line_sticks_and_batch_are_the_kernels(
    bridge: Callable[..., Bridge], features: int, *, standardize: bool
) -> None:
    run = trainer(features, standardize=standardize)
    run.step(count=7)
    one = bridge(run)
    seen, feature = settled(one), leading(one)
    model, room = Model(run, feature), PRECISION * seen.unit
    assert seen.line("line") == pytest.approx(list(model.at(seen.raw["x"])), abs=room)
    batch = one.panel._frame["index"]
    others = [row for row in range(40) if row not in batch]
    for name, rows in (("sticks", others), ("batch", batch)):
        x, y, line = seen.sticks(name).T
        np.testing.assert_allclose(x, model.x[rows, feature], rtol=1e-3)
        np.testing.assert_allclose(line - y, model.residuals[rows], atol=2 * room)
        np.testing.assert_allclose(line, model.at(model.x[rows, feature]), atol=2 * room)
    points = model.at(model.x[:, feature]) - model.residuals
    slope, height = np.polyfit(model.x[:, feature], points, 1)
    best = [height + slope * x for x in seen.raw["x"]]
    assert seen.line("best") == pytest.approx(best, abs=room)
    if features == 1:
        least = run.insight.least_squares
        assert best == pytest.approx([least.b[0] + least.w[0, 0] * x for x in seen.raw["x"]])
        np.testing.assert_allclose(points, run.table.targets[:, 0], rtol=1e-4, atol=1e-3)
    assert len(re.findall("M", seen.raw["rings"])) == len(batch)


@MANY
def test_arrows_show_the_pull_of_the_batch_and_then_the_way_gone(
    bridge: Callable[..., Bridge], features: int, *, standardize: bool
) -> None:
    run = trainer(features, standardize=standardize)
    run.step(count=2)
    one = bridge(run)
    feature = leading(one)
    one.panel.step("phase", 3)
    assert one.panel._phase == "backward"
    before, pulled = Model(run, feature), settled(one)
    one.panel.step("phase")
    assert one.panel._phase == "update"
    after, moved = Model(run, feature), settled(one)
    place, start, end = moved.arrows().T
    room = PRECISION * moved.unit
    # An arrow that leaves the picture ends at its edge, with its head.
    low, high = (
        edge + 2 * by * moved.unit for edge, by in zip(moved.raw["y"], (1, -1), strict=True)
    )
    np.testing.assert_allclose(start, np.clip(before.at(place), low, high), atol=room)
    np.testing.assert_allclose(end, np.clip(after.at(place), low, high), atol=room)
    assert moved.line("was") == pytest.approx(list(before.at(moved.raw["x"])), abs=room)
    place, start, end = pulled.arrows().T
    np.testing.assert_allclose(start, before.at(place), atol=PRECISION * pulled.unit)
    # The gradient points where the update then goes, and the arrows are in proportion.
    way = after.at(place) - before.at(place)
    share = (end - start) / way
    assert share[0] == pytest.approx(share[1], rel=2e-2)
    assert share[0] > 0
    assert np.abs(end - start).max() > 15 * pulled.unit
    one.panel.step("phase")
    assert "pulls" not in one.page.locator(".lr-dataline").inner_text()


def test_a_line_that_has_left_the_picture_leaves_arrows_and_names_that_can_be_read(
    bridge: Callable[..., Bridge],
) -> None:
    run = trainer(3)
    run.change(learning_rate=1)
    run.run()
    assert run.status == "diverged"
    one = bridge(run)
    picture = one.page.locator(".lr-picture")
    expect(picture).to_be_visible()
    raw = one.page.evaluate(DRAWN)
    _, top, _, height = raw["box"]
    heights = (
        numbers(raw["arrows"]).reshape(-1, 9)[:, [1, 2, 4, 6, 8]] if raw["arrows"] else np.array([])
    )
    assert ((heights >= top) & (heights <= top + height)).all()
    overlaps = one.page.evaluate(
        """() => {
          const name = document.querySelector('.lr-axisnames text:last-child');
          const { left, right, top, bottom } = name.getBoundingClientRect();
          return [...document.querySelectorAll('.lr-handle')].filter((hand) => {
            const box = hand.getBoundingClientRect();
            const ring = 14;  // the hand can be taken farther out than it is drawn
            return box.left + ring < right && left < box.right - ring
              && box.top + ring < bottom && top < box.bottom - ring;
          }).length;
        }"""
    )
    assert overlaps == 0


def test_of_many_rows_a_sample_is_drawn_and_its_size_is_named(
    bridge: Callable[..., Bridge],
) -> None:
    run = trainer(3, rows=2_000)
    one = bridge(run)
    seen = settled(one)
    expect(one.page.locator(".lr-dataline")).to_contain_text("A sample of 500 of 2,000 rows.")
    rows = [row for row in one.panel._fit["index"] if row not in one.panel._frame["index"]]
    assert len(rows) >= 495
    _, y, line = seen.sticks("sticks").T
    residuals = Model(run, leading(one)).residuals[rows]
    np.testing.assert_allclose(line - y, residuals, atol=2 * PRECISION * seen.unit)
    shown = one.page.locator(".lr-linelosses dd").first.inner_text().replace(",", "")
    assert float(shown) == pytest.approx(run.loss(), rel=1e-3), "of all rows"


def test_it_goes_along_in_time(bridge: Callable[..., Bridge]) -> None:
    run = trainer(3)
    one = bridge(run)
    acts: list[Callable[[], object]] = [
        lambda: one.panel.step(count=9),
        lambda: one.panel.seek(4),
        lambda: one.panel.back("phase", 2),
        one.panel.run,
        one.panel.reset,
    ]
    for act in acts:
        act()
        seen = settled(one)
        model = Model(run, leading(one))
        line = list(model.at(seen.raw["x"]))
        assert seen.line("line") == pytest.approx(line, abs=PRECISION * seen.unit)


def test_a_page_without_a_kernel_draws_the_line_that_it_has_learned(
    own_page: Callable[..., Page],
) -> None:
    widget = TrainerWidget(plot=None, epochs=4, tab="line")
    widget.run()
    page = own_page(widget, size=(1000, 1000), at=20)
    panel = page.get_by_role("group", name="Linear regression trainer")
    expect(panel).to_contain_text("Computed in this page")
    expect(page.locator(".lr-handle")).to_have_count(2)
    timeline = panel.get_by_role("slider", name="Timeline")
    for update in (0, 1, 2):
        show(page, "Loss")
        timeline.fill("20")
        timeline.fill(str(update))
        show(page, "Data and line")
        widget.seek(update)
        seen, model = drawn(page), Model(widget.trainer, 1)
        line = tuple(model.at(seen.raw["x"]))
        near = pytest.approx(line, abs=PRECISION * seen.unit)
        comes_to(page, lambda: drawn(page).line("line"), near)


def test_numbers_at_the_axes_are_whole_also_where_they_are_small(
    own_page: Callable[..., Page],
) -> None:
    widget = TrainerWidget(Table.of([[0.76, -0.02], [0.75, 0.03]]), plot=None, tab="line")
    page = own_page(widget, size=(1036, 700))
    for tab, picture in (("Data and line", ".lr-picture"), ("Predictions", ".lr-chart")):
        show(page, tab)
        chart = page.locator(picture)
        ticks = chart.locator(".lr-axes g text")
        expect(ticks.first).to_be_visible()
        texts = ticks.all_text_contents()
        assert any("." in text for text in texts), texts
        assert not [text for text in texts if "." in text and text.endswith("0")], texts
        left = page.evaluate(WHOLE, picture)
        assert left >= 0, (tab, texts)


def test_numbers_at_the_axes_are_told_apart_where_they_are_large(
    own_page: Callable[..., Page],
) -> None:
    rows = [[2000.1, 4001.2], [2000.5, 4000.3], [2000.9, 4000.7]]
    page = own_page(TrainerWidget(Table.of(rows), plot=None, tab="line"), size=(1036, 700))
    for tab, picture in (("Data and line", ".lr-picture"), ("Predictions", ".lr-chart")):
        show(page, tab)
        ticks = page.locator(f"{picture} .lr-axes g text")
        expect(ticks.filter(has_text=re.compile(r",000\.\d")).first).to_be_visible()
        anchors = ticks.evaluate_all(
            "all => all.map(one => one.getAttribute('text-anchor') + one.textContent)"
        )
        assert len({*anchors}) == len(anchors) > 3
        assert page.evaluate(WHOLE, picture) >= 0, anchors


def test_without_numbers_there_is_no_line_and_words_say_so(bridge: Callable[..., Bridge]) -> None:
    run = trainer(1)
    run.change(learning_rate=1e37)
    run.run()
    assert not run.model.w.isfinite().all()
    one = bridge(run)
    seen = settled(one)
    assert seen.raw["line"] == ""
    assert len(re.findall("M", seen.raw["dots"])) == 40
    expect(one.page.locator(".lr-dataline")).to_contain_text("there is no line to draw")
    expect(one.page.locator(".lr-handle")).to_have_count(0)


# ---- the line in somebody's hand -----------------------------------------------------------------


@pytest.mark.parametrize(
    ("features", "standardize"),
    [
        *((1, False), (3, True)),
        *(pytest.param(*one, marks=pytest.mark.matrix) for one in ((1, True), (3, False))),
    ],
)
def test_a_dragged_end_sets_weight_and_bias_and_the_loss_goes_along(
    bridge: Callable[..., Bridge], features: int, *, standardize: bool
) -> None:
    run = trainer(features, standardize=standardize)
    run.step(count=5)
    one = bridge(run)
    page, feature = one.page, leading(one)
    seen, old = settled(one), Model(run, feature)
    w_before = run.model.w.tolist()[0]
    handle(page, "Right").scroll_into_view_if_needed()
    box = handle(page, "Right").bounding_box()
    assert box is not None
    x, y = box["x"] + 22, box["y"] + 22
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 3, y + 20)
    page.mouse.move(x + 5, y + 40)
    ends = [old.x[:, feature].min(), old.x[:, feature].max()]
    left, right = old.at(ends)
    right -= 40 * seen.unit
    slope = (right - left) / (ends[1] - ends[0])
    line = left + slope * (old.x[:, feature] - ends[0])
    residuals = line - (old.at(old.x[:, feature]) - old.residuals)
    shown = page.locator(".lr-linelosses dd").first.inner_text().replace(",", "")
    assert float(shown) == pytest.approx(np.mean(residuals**2), rel=2e-3)
    assert run.model.w.tolist()[0] == w_before, "nothing is set before the hand lets go"
    held = drawn(page)
    assert held.line("was") == pytest.approx(list(old.at(held.raw["x"])), abs=seen.unit)
    assert (held.raw["arrows"], held.raw["y"]) == ("", seen.raw["y"])
    page.mouse.up()
    one.answered()
    new = Model(run, feature)
    assert list(new.at(ends)) == pytest.approx([left, right], abs=seen.unit)
    weight = slope * (run.table.inputs[:, feature].std() if standardize else 1)
    assert run.model.w[0, feature].item() == pytest.approx(weight, rel=2e-2)
    message = [each for each in page.evaluate("sent") if each["kind"] == "set"]
    assert len(message) == 1
    values = {entry["tensor"]: np.float32(entry["value"]) for entry in message[0]["entries"]}
    assert run.model.w[0, feature].item() == values["w"]
    assert run.model.b[0].item() == values["b"]
    others = [k for k in range(features) if k != feature]
    assert [run.model.w.tolist()[0][k] for k in others] == [w_before[k] for k in others]
    assert run.recording.edited == (5,)
    assert run.recording.by_hand[5] == {("w", 0, feature), ("b", 0, 0)}
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_role("button", name="Undo")).to_have_attribute("aria-disabled", "true")
    assert run.model.w.tolist()[0] == w_before


def test_within_an_update_the_line_is_where_it_was_dropped(bridge: Callable[..., Bridge]) -> None:
    run = trainer(3)
    run.step(count=2)
    one = bridge(run)
    one.panel.step("phase", 4)
    seen, feature = settled(one), leading(one)
    old = Model(run, feature)
    ends = [old.x[:, feature].min(), old.x[:, feature].max()]
    handle(one.page, "Left").press("PageUp")
    one.answered()
    low, high = seen.raw["y"]
    left, right = old.at(ends)
    assert list(Model(run, feature).at(ends)) == pytest.approx(
        [left + 0.1 * (high - low), right], rel=1e-4
    )
    assert run.position.phase is None


def test_keys_move_an_end_and_take_it_back(bridge: Callable[..., Bridge]) -> None:
    run = trainer(1)
    one = bridge(run)
    page = one.page
    before = run.model.w.tolist(), run.model.b.tolist()
    end = handle(page, "Right")
    told = end.get_attribute("aria-valuetext") or ""
    assert float(told.replace("−", "-")) == pytest.approx(
        Model(run, 0).at(run.table.inputs.max())[0], rel=1e-3
    )
    end.focus()
    page.keyboard.down("ArrowUp")
    expect(end).not_to_have_attribute("aria-valuetext", told)
    page.keyboard.press("Escape")
    page.keyboard.up("ArrowUp")
    assert (run.model.w.tolist(), run.model.b.tolist()) == before
    page.keyboard.press("ArrowUp")
    one.answered()
    assert run.position.update == 0, "the arrow keys belong to the line's end"
    assert (run.model.w.tolist(), run.model.b.tolist()) != before
    page.keyboard.press("Control+z")
    expect(page.get_by_role("button", name="Undo")).to_have_attribute("aria-disabled", "true")
    assert (run.model.w.tolist(), run.model.b.tolist()) == before
    one.panel.lock = ("set",)
    settled(one)
    expect(page.locator(".lr-handle")).to_have_count(0)


def test_you_are_the_optimizer(bridge: Callable[..., Bridge]) -> None:
    run = trainer(1)
    one = bridge(run)
    one.panel.ask = "line"
    assert settled(one).raw["best"] == "", "the answer is not beside the question"
    page = one.page
    card = page.get_by_role("group", name="Your guess")
    expect(card).to_contain_text("You are the optimizer")
    expect(page.locator(".lr-linelosses")).to_contain_text("?")
    best = page.locator(".lr-losses div", has_text="best possible").locator("b")
    expect(best).to_have_text("?")
    show(page, "What the data say")
    expect(page.locator(".lr-data")).to_contain_text("First draw your line")
    expect(page.locator(".lr-findings, .lr-coefficients")).to_have_count(0)
    show(page, "Loss")
    expect(page.locator(".lr-lossplot")).to_be_visible()
    expect(page.locator(".lr-lossplot text", has_text="best possible")).to_have_count(0)
    expect(page.locator(".lr-floor")).to_have_count(0)
    show(page, "Data and line")
    handle(page, "Right").press("PageUp")
    one.answered()
    yours = run.loss()
    card.get_by_role("button", name="Done").click()
    expect(card).to_contain_text("Least squares")
    expect(card).to_contain_text(re.compile("Your line .*Least squares"))
    expect(best).not_to_have_text("?")
    assert one.panel.gate.guesses.answers[-1].guess == yours
    assert settled(one).raw["best"] != ""
    show(page, "Loss")
    expect(page.locator(".lr-lossplot text", has_text="best possible")).to_have_count(1)
    show(page, "What the data say")
    expect(page.locator(".lr-coefficients")).to_have_count(1)


# ---- rows ----------------------------------------------------------------------------------------


def test_a_row_that_is_clicked_is_named_and_lit_up_everywhere(
    bridge: Callable[..., Bridge],
) -> None:
    run = trainer(3)
    run.step()
    one = bridge(run)
    page, seen = one.page, settled(one)
    row = one.panel._frame["index"][2]
    x, y = numbers(seen.raw["batch"]).reshape(-1, 3)[2, :2]
    page.locator(".lr-picture").click(position={"x": x, "y": y})
    name = f"row {row + 1}"
    expect(page.locator(".lr-pointname")).to_have_text(name)
    expect(page.get_by_role("combobox", name="Row")).to_have_value(str(row + 1))
    expect(page.locator(".lr-dataline")).to_contain_text(f"{name}: ")
    show(page, "Inside the update")
    lit = page.locator("figure:has(figcaption b:text-is('x')) td.lr-lit")
    expect(lit).to_have_count(3)
    assert lit.first.get_attribute("data-at") == "2,0"
    show(page, "Predictions")
    expect(page.locator(".lr-onefit circle.lr-chosenpoint")).to_have_count(1)
    page.get_by_role("button", name="All rows as a table").click()
    expect(page.locator(".lr-onefit .lr-litrow th")).to_have_text(name)
    show(page, "Data and line")
    page.get_by_role("combobox", name="Row").select_option("–")
    for tab in ("Data and line", "Inside the update", "Predictions"):
        show(page, tab)
        expect(page.locator(".lr-lit, .lr-litrow, .lr-chosenpoint")).to_have_count(0)


def test_what_is_chosen_is_kept_while_another_tab_is_open(bridge: Callable[..., Bridge]) -> None:
    one = bridge(Trainer(TrainerWidget(plot=None).trainer.table))
    settled(one)
    one.page.get_by_role("combobox", name="Feature").select_option("Humidity")
    one.page.get_by_role("combobox", name="Target").select_option("Oranges")
    show(one.page, "Predictions")
    show(one.page, "Data and line")
    picture = one.page.locator(".lr-picture")
    expect(picture).to_have_accessible_name(re.compile("^Oranges against Humidity, 15 rows"))


def test_the_table_has_the_numbers_of_the_picture(bridge: Callable[..., Bridge]) -> None:
    run = trainer(3)
    one = bridge(run)
    settled(one)
    model = Model(run, leading(one))
    one.page.get_by_text("As a table", exact=True).click()
    table = one.page.locator(".lr-linetable tbody")
    cells = [[*row.locator("td").all_inner_texts()] for row in table.locator("tr").all()]
    told = np.array([[float(t.replace(",", "").replace("−", "-")) for t in row] for row in cells])
    x = model.x[:, model.feature]
    np.testing.assert_allclose(told[:, 0], x, rtol=1e-3)
    np.testing.assert_allclose(told[:, 2], model.at(x), rtol=1e-3)
    np.testing.assert_allclose(told[:, 3], model.residuals, rtol=1e-3)


def test_menus_choose_feature_and_target(bridge: Callable[..., Bridge]) -> None:
    one = bridge(Trainer(TrainerWidget(plot=None).trainer.table))
    settled(one)
    one.page.get_by_role("combobox", name="Feature").select_option("Humidity")
    one.page.get_by_role("combobox", name="Target").select_option("Oranges")
    picture = one.page.locator(".lr-picture")
    expect(picture).to_have_accessible_name(re.compile("^Oranges against Humidity, 15 rows"))


def test_the_picture_can_be_saved_with_its_colours(bridge: Callable[..., Bridge]) -> None:
    one = bridge(trainer(1))
    seen = settled(one)
    with one.page.expect_download() as waiting:
        one.page.get_by_role("button", name="Save", exact=True).click()
    assert waiting.value.suggested_filename == "data-and-line.svg"
    root = ET.parse(waiting.value.path()).getroot()  # noqa: S314 - our own page's
    line = next(part for part in root.iter() if part.get("class") == "lr-line-now")
    assert line.get("d") == seen.raw["line"]
    styles = dict(each.split(": ") for each in str(line.get("style")).rstrip(";").split("; "))
    assert styles["stroke"].startswith("rgb(")
    assert styles["stroke-width"] == "2.6px"


# ---- the page ------------------------------------------------------------------------------------


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing(bridge: Callable[..., Bridge], theme: str) -> None:
    run = trainer(3)
    one = bridge(run, theme=theme)
    one.panel.step("phase", 3)
    settled(one)
    one.page.get_by_text("As a table", exact=True).click()
    one.page.get_by_role("combobox", name="Row").select_option("row 3")
    assert violations(one.page, ".lr-dataline", colours=theme == "dark") == []


@pytest.mark.parametrize("width", [1000, 360])
def test_nothing_moves_while_one_steps(bridge: Callable[..., Bridge], width: int) -> None:
    one = bridge(trainer(3), width=width)
    boxes = """() => {
      const all = [...document.querySelectorAll('.lr-plane, .lr-lineside > *, .lr-linetable')];
      const top = document.querySelector('.lr-dataline').getBoundingClientRect().y;
      return all.map((each) => {
        const { x, y, width, height } = each.getBoundingClientRect();
        return [x, y - top, width, height].map(Math.round).join();
      });
    }"""
    settled(one)
    before = one.page.evaluate(boxes)
    assert len(before) > 5
    for _ in range(7):
        one.panel.step("phase")
        settled(one)
        assert one.page.evaluate(boxes) == before
    assert one.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
