"""The loss plot that the page draws: true to the recording, to be zoomed, and calm in a run."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from playwright.sync_api import Locator, Page, expect

from linreg_widget import Table, Trainer, TrainerWidget, crop_yields
from tests.browser.axe import violations
from tests.browser.bridge import Bridge
from tests.browser.parts import show
from tests.crops import crops

pytestmark = pytest.mark.browser

Make = Callable[..., Bridge]

EDGE = 6
DRAWN = """() => {
  const svg = document.querySelector(".lr-lossplot svg");
  const catches = svg.querySelector(".lr-catch");
  const paths = [...svg.querySelectorAll("path[class]")].map((path) =>
    [path.getAttribute("class"), path.getAttribute("d")]);
  const dot = svg.querySelector(".lr-heredot");
  return {
    window: svg.dataset.window.split(",").map(Number),
    decades: svg.dataset.decades.split(",").map(Number),
    box: ["x", "y", "width", "height"].map((name) => Number(catches.getAttribute(name))),
    paths: Object.fromEntries(paths),
    others: paths.filter(([name]) => /^lr-(run|branch)$/.test(name)).map(([, d]) => d),
    dot: dot && [Number(dot.getAttribute("cx")), Number(dot.getAttribute("cy"))],
  };
}"""
OUTSIDE = """() => {
  const card = document.querySelector(".lr-card").getBoundingClientRect();
  return [...document.querySelectorAll(".lr-lossplot text")].filter((text) => {
    const { left, right } = text.getBoundingClientRect();
    return left < card.left || right > card.right;
  }).map((text) => text.textContent);
}"""
POINT = re.compile(r"[ML](-?[\d.]+) (-?[\d.]+)")


@dataclass
class Drawn:
    """What stands in the picture, in updates and losses."""

    raw: dict[str, Any]

    def update(self, pixels: Any) -> Any:
        (low, high), (left, _, width, _) = self.raw["window"], self.raw["box"]
        return low + (np.asarray(pixels) - left - EDGE) / (width - 2 * EDGE) * (high - low)

    def loss(self, pixels: Any) -> Any:
        (low, high), (_, top, _, height) = self.raw["decades"], self.raw["box"]
        return 10 ** (low + (top + height - np.asarray(pixels)) / height * (high - low))

    def points(self, path: str) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """The updates and losses that a path goes through."""
        pixels = np.array(POINT.findall(path), np.float64).reshape(-1, 2)
        return self.update(pixels[:, 0]), self.loss(pixels[:, 1])

    def curve(self, name: str) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        return self.points(self.raw["paths"][f"lr-{name}"])

    def level(self, name: str) -> float:
        """The loss at which a line goes across."""
        return float(self.loss(float(self.raw["paths"][f"lr-{name}"].split()[1].split("H")[0])))


def drawn(page: Page) -> Drawn:
    return Drawn(page.evaluate(DRAWN))


def assert_same(
    found: tuple[NDArray[np.float64], NDArray[np.float64]], updates: Any, losses: Any
) -> None:
    """Equal to a fifth of a pixel, which is less than a percent of a loss."""
    np.testing.assert_allclose(found[0], updates, atol=0.1)
    np.testing.assert_allclose(found[1], losses, rtol=0.01)


def plot(page: Page) -> Locator:
    return page.locator(".lr-lossplot")


def eventful() -> Trainer:
    """Two kept runs, branches, changes on the way, and a recorded future."""
    trainer = crops()
    trainer.run()
    trainer.keep("slow and steady")
    trainer.reset()
    trainer.change(learning_rate=3e-5)
    trainer.step(count=90)
    trainer.change(learning_rate=6e-6)
    trainer.run()
    trainer.keep("two rates")
    trainer.seek(120)
    trainer.change(learning_rate=2e-5)
    trainer.step(count=100)
    trainer.seek(180)
    return trainer


# ---- what is drawn -------------------------------------------------------------------------------


def test_every_curve_is_where_the_recording_says(bridge: Make) -> None:
    trainer = crops()
    trainer.run()
    trainer.seek(101)
    trainer.full_losses(60)  # at a page's request they are worked out bit by bit
    seen = drawn(bridge(trainer).page)
    losses = trainer.recording.losses
    assert_same(seen.curve("batches"), np.arange(1, 251), losses)
    assert_same(seen.curve("epochs"), *trainer.recording.epoch_means())
    assert_same(seen.curve("fulls"), *trainer.full_losses())
    assert seen.level("floor") == pytest.approx(trainer.insight.floor, rel=0.01)
    assert seen.level("mean") == pytest.approx(trainer.insight.mean_loss, rel=0.01)
    x, y = seen.raw["dot"]
    assert seen.update(x) == pytest.approx(101, abs=0.1)
    assert seen.loss(y) == pytest.approx(losses[100], rel=0.01)


def test_a_long_run_is_a_band_with_its_means(bridge: Make) -> None:
    trainer = crops(epochs=300)
    trainer.run()
    page = bridge(trainer).page
    seen, losses = drawn(page), trainer.recording.losses
    updates, means = seen.curve("batches")
    starts = np.r_[0, updates[:-1]].round().astype(int)
    stride = starts[1]
    assert stride > 1
    counts = np.diff(np.r_[starts, len(losses)])
    sums = np.add.reduceat(losses, starts, dtype=np.float64)
    np.testing.assert_allclose(means, sums / counts, rtol=0.01)
    _, band = seen.curve("band")
    half = len(band) // 2
    np.testing.assert_allclose(band[:half], np.maximum.reduceat(losses, starts), rtol=0.01)
    np.testing.assert_allclose(band[half:][::-1], np.minimum.reduceat(losses, starts), rtol=0.01)


def test_branches_and_kept_runs_have_their_curves_names_and_colours(bridge: Make) -> None:
    trainer = eventful()
    one = bridge(trainer)
    seen = drawn(one.page)
    *branches, first, second = seen.raw["others"]
    assert len(branches) == len(trainer.recording.branches)
    for path, run in zip((first, second), trainer.kept, strict=True):
        assert_same(seen.points(path), *run.curve)
    names = one.page.locator(".lr-runname, .lr-branchname")
    shown = [name.evaluate("(text) => text.lastChild.textContent") for name in names.all()]
    assert shown == [branch.name for branch in trainer.recording.branches] + [
        "slow and steady",
        "two rates",
    ]
    colour = one.page.locator(".lr-run").first.evaluate("(path) => path.style.stroke")
    rgb = ", ".join(str(int(trainer.kept[0].colour[at : at + 2], 16)) for at in (1, 3, 5))
    assert colour == f"rgb({rgb})"
    tops = [name.bounding_box() for name in names.all()]
    heights = sorted(box["y"] for box in tops if box)
    assert min(np.diff(heights)) > 10, "names stand on each other"
    changes = one.page.locator(".lr-change text").all_text_contents()
    assert changes == ["rate 6e-6", "rate 2e-5"]


def test_on_a_phone_names_stand_in_a_key_and_take_no_room_from_the_axes(bridge: Make) -> None:
    trainer = crops()
    one = bridge(trainer, width=390)
    key = one.page.locator(".lr-named text")
    axes = drawn(one.page).raw["box"]
    box = one.page.locator(".lr-lossplot").bounding_box()
    assert box is not None
    assert axes[2] > 0.75 * box["width"]
    expect(key).to_have_count(0)
    one.panel.step(count=20)
    one.panel.seek(10)
    one.panel.change(learning_rate=3e-6)
    one.panel.step()
    one.show()
    expect(key).to_have_text(["learning rate 1e-5"])
    for rate in (1e-6, 2e-6, 3e-6, 4e-6, 5e-6):
        one.panel.change(learning_rate=rate)
        one.panel.step("epoch")
        one.panel.keep(f"at {rate:g}")
        one.panel.seek(0)
    one.show()
    expect(key).to_have_text(["and 2 more", *(f"at {rate}e-06" for rate in range(2, 6))])
    assert drawn(one.page).raw["box"] == axes
    assert one.page.locator(".lr-runname, .lr-branchname").count() == 0
    assert one.page.evaluate(OUTSIDE) == []


def test_where_nothing_is_yet_it_says_what_will_be(bridge: Make) -> None:
    one = bridge(crops())
    expect(plot(one.page)).to_contain_text("Run draws the losses here.")
    one.panel.step()
    one.show()
    expect(plot(one.page)).not_to_contain_text("Run draws the losses here.")


def test_rows_held_out_have_a_curve_a_key_and_a_number(bridge: Make) -> None:
    trainer = Trainer(crop_yields(), held_out=["C", "H", "M"], learning_rate=1e-5)
    trainer.step("epoch", 7)
    one = bridge(trainer)
    path = str(one.page.locator(".lr-heldouts").get_attribute("d"))
    assert_same(drawn(one.page).points(path), *trainer.held_out_losses())
    readout = one.page.locator(".lr-losses div", has_text="held out").locator("b")
    shown = float(readout.inner_text().replace(",", ""))
    assert shown == pytest.approx(trainer.held_out_loss(), rel=1e-3)
    expect(one.page.locator(".lr-key-held_out")).to_have_count(1)
    one.page.get_by_role("checkbox", name="full data").uncheck()
    expect(one.page.locator(".lr-heldouts")).to_have_count(1)
    one.page.get_by_role("checkbox", name="held out").uncheck()
    expect(one.page.locator(".lr-heldouts")).to_have_count(0)


def test_where_none_are_held_out_nothing_is_said_of_them(bridge: Make) -> None:
    page = bridge(crops()).page
    expect(page.locator(".lr-losses div")).to_have_count(4)
    expect(page.locator(".lr-key-held_out")).to_have_count(0)


def test_changes_and_branches_are_marked_on_the_timeline(bridge: Make) -> None:
    trainer = crops()
    trainer.step("update", 20)
    trainer.seek(10)
    trainer.change(learning_rate=2e-5)
    trainer.step("update", 40)
    page = bridge(trainer).page
    for kind, update in (("lr-changed-at", 10), ("lr-branched-at", 10)):
        place = page.locator(f".{kind}").first.evaluate("(mark) => mark.style.left")
        assert float(place.rstrip("%")) == pytest.approx(100 * update / 250, abs=1), kind
    page.get_by_role("slider", name="Timeline").fill("10")
    page.get_by_role("slider", name="Timeline").focus()
    expect(page.locator(".lr-tip")).to_contain_text("rate 2e-5")


def test_divergence_is_marked_and_a_dead_branch_leaves_the_axis_alone(bridge: Make) -> None:
    trainer = crops()
    trainer.change(learning_rate=1e-3)
    trainer.run()
    one = bridge(trainer)
    expect(one.page.locator(".lr-bad text")).to_have_text("not finite")
    assert drawn(one.page).raw["decades"][1] > 20
    one.panel.seek(0)
    one.panel.change(learning_rate=1e-5)
    one.panel.step(count=20)
    one.show()
    expect(one.page.locator(".lr-bad")).to_have_count(0)
    expect(one.page.locator(".lr-branch")).to_have_count(1)
    assert drawn(one.page).raw["decades"][1] < 6


def test_hostile_names_are_text_and_long_ones_are_whole_in_their_titles(bridge: Make) -> None:
    trainer = crops(epochs=4)
    trainer.run()
    name = "<img src=x onerror=alert(1)> & " + "a" * 99
    trainer.keep(name)
    page = bridge(trainer).page
    label = page.locator(".lr-runname")
    expect(label.locator("title")).to_have_text(trainer.kept[0].name)
    expect(label).to_contain_text("<img src=x")
    assert page.locator("img").count() == 0
    assert page.evaluate(OUTSIDE) == []


# ---- switches and tabs ---------------------------------------------------------------------------

PARTS = {
    "batch losses": ".lr-batches",
    "epoch means": ".lr-epochs",
    "full data": ".lr-fulls",
    "best possible": ".lr-floor",
    "branches": ".lr-branch",
    "kept runs": ".lr-run",
}


@pytest.mark.parametrize("name", PARTS)
def test_each_switch_of_the_legend_takes_its_curve_away_and_back(bridge: Make, name: str) -> None:
    page = bridge(eventful()).page
    switch = page.get_by_role("checkbox", name=name)
    part = plot(page).locator(PARTS[name])
    there = part.count()
    assert there > 0
    switch.uncheck()
    expect(part).to_have_count(0)
    others = [one for other, one in PARTS.items() if other != name]
    assert all(plot(page).locator(one).count() for one in others)
    switch.check()
    expect(part).to_have_count(there)


def test_the_tab_compare_has_the_same_plot(bridge: Make) -> None:
    one = bridge(eventful())
    paths = drawn(one.page).raw["paths"]
    show(one.page, "Compare")
    expect(plot(one.page).locator(".lr-run")).to_have_count(2)
    assert drawn(one.page).raw["paths"].keys() == paths.keys()
    one.page.get_by_role("button", name="Forget slow and steady").click()
    expect(plot(one.page).locator(".lr-run")).to_have_count(1)


@pytest.mark.parametrize("width", [390, 1036, 1400])
def test_the_timeline_is_in_line_with_its_axis(bridge: Make, width: int) -> None:
    page = bridge(eventful(), width=width).page
    track, axis = page.locator(".lr-timeline").bounding_box(), page.locator(".lr-catch")
    box = axis.bounding_box()
    assert track is not None
    assert box is not None
    assert track["x"] == pytest.approx(box["x"] + EDGE, abs=1)
    assert track["x"] + track["width"] == pytest.approx(box["x"] + box["width"] - EDGE, abs=1)


# ---- zoom ----------------------------------------------------------------------------------------


def window(page: Page) -> list[float]:
    found: list[float] = drawn(page).raw["window"]
    return found


def drag(page: Page, start: float, end: float) -> None:
    """Drag across the plot, from one update to another of those that are seen."""
    box = page.locator(".lr-catch").bounding_box()
    low, high = window(page)
    assert box is not None

    def at(update: float) -> float:
        return box["x"] + EDGE + (update - low) / (high - low) * (box["width"] - 2 * EDGE)

    page.mouse.move(at(start), box["y"] + 30)
    page.mouse.down()
    page.mouse.move(at((start + end) / 2), box["y"] + 40)
    expect(page.locator(".lr-selection")).to_have_count(1)
    page.mouse.move(at(end), box["y"] + 50)
    page.mouse.up()


def test_dragging_zooms_and_the_button_and_a_double_click_lead_back(bridge: Make) -> None:
    trainer = crops()
    trainer.run()
    page = bridge(trainer).page
    before = drawn(page).raw
    drag(page, 200, 100)
    assert window(page) == pytest.approx([100, 200], abs=0.5)
    seen = drawn(page)
    assert_same(seen.curve("batches"), np.arange(1, 251), trainer.recording.losses)
    low, high = seen.raw["decades"]
    shown = np.log10(trainer.recording.losses[100:200])
    assert low <= shown.min() <= low + 0.6
    assert high - 0.6 <= shown.max() <= high
    mark = page.locator(".lr-window").bounding_box()
    track = page.locator(".lr-timeline").bounding_box()
    assert mark is not None
    assert track is not None
    assert (mark["x"] - track["x"]) / track["width"] == pytest.approx(100 / 250, abs=0.01)
    assert mark["width"] / track["width"] == pytest.approx(100 / 250, abs=0.01)
    page.get_by_role("button", name="Whole run").click()
    assert drawn(page).raw == before
    expect(plot(page)).to_be_focused()
    drag(page, 20, 60)
    drag(page, 30, 40)
    assert window(page) == pytest.approx([30, 40], abs=0.5)
    page.locator(".lr-catch").dblclick()
    assert drawn(page).raw == before
    expect(page.get_by_role("button", name="Whole run")).to_have_count(0)


def test_a_click_does_not_zoom(bridge: Make) -> None:
    page = bridge(eventful()).page
    page.locator(".lr-catch").click(position={"x": 200, "y": 50})
    assert window(page) == [0, 250]


def test_keys_zoom_and_leave_the_arrows_to_the_run_where_all_is_shown(bridge: Make) -> None:
    one = bridge(eventful())
    page = one.page
    plot(page).focus()
    page.keyboard.press("ArrowLeft")
    expect(page.get_by_role("slider", name="Timeline")).to_have_value("179")
    page.keyboard.press("ArrowRight")
    expect(page.get_by_role("slider", name="Timeline")).to_have_value("180")
    page.keyboard.press("+")
    assert window(page) == [117.5, 242.5]
    page.keyboard.press("ArrowLeft")
    assert window(page) == [86.25, 211.25]
    assert one.panel.update == 180
    page.keyboard.press("-")
    assert window(page) == [0, 250]
    page.keyboard.press("+")
    page.keyboard.press("0")
    assert window(page) == [0, 250]


# ---- a run ---------------------------------------------------------------------------------------

WATCH = f"""() => {{
  const boxes = () => [".lr-lossplot", ".lr-timeline", ".lr-catch", ".lr-tabs"].map((name) => {{
    const {{ x, y, width, height }} = document.querySelector(name).getBoundingClientRect();
    return [x, y, width, height].join();
  }}).join();
  window.frames = [];
  const look = () => {{
    frames.push({{ boxes: boxes(), drawn: ({DRAWN})() }});
    requestAnimationFrame(look);
  }};
  look();
}}"""


def test_in_each_frame_of_a_run_the_curve_ends_at_the_present_and_nothing_moves(
    bridge: Make,
) -> None:
    one = bridge(crops())
    page = one.page
    one.panel.speed = 400.0
    one.show()
    page.evaluate(WATCH)
    page.get_by_role("button", name="Run", exact=True).click()
    expect(page.get_by_role("status")).to_contain_text("Finished: 50 epochs, 250 updates.")
    frames: list[dict[str, Any]] = page.evaluate("frames")
    for frame in frames:
        seen = Drawn(frame["drawn"])
        updates, _ = seen.curve("batches")
        now = seen.update(float(seen.raw["paths"]["lr-here"][1:].split()[0]))
        assert now == pytest.approx(len(updates), abs=0.2)
    assert len({frame["boxes"] for frame in frames}) == 1
    axes = {str(frame["drawn"]["window"] + frame["drawn"]["decades"]) for frame in frames}
    assert len(axes) <= 2, "the axes jump"


def test_ahead_of_the_present_the_curves_are_faint(bridge: Make) -> None:
    one = bridge(eventful())
    past, future = one.page.locator("[id$=-past] rect"), one.page.locator("[id$=-future] rect")
    seen = drawn(one.page)
    left = seen.raw["box"][0]
    now = float(past.get_attribute("width") or 0) + left
    assert seen.update(now) == pytest.approx(180, abs=0.1)
    assert float(future.get_attribute("x") or 0) == pytest.approx(now)
    expect(one.page.locator(".lr-ahead use")).to_have_count(1)
    expect(one.page.locator(".lr-ahead")).to_have_css("opacity", "0.35")
    one.panel.seek(220)
    one.show()
    expect(one.page.locator(".lr-ahead use")).to_have_count(0)


# ---- for all -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("width", "theme"),
    [
        *((360, "light"), (390, "dark"), (1036, "light"), (1036, "dark")),
        *(pytest.param(*one, marks=pytest.mark.matrix) for one in ((360, "dark"), (390, "light"))),
    ],
)
def test_it_is_accessible_and_all_its_words_are_in_the_card(
    bridge: Make, width: int, theme: str
) -> None:
    page = bridge(eventful(), width=width, theme=theme).page
    picture = plot(page).get_by_role("img")
    expect(picture).to_have_accessible_name(re.compile("^After 180 of 250 updates"))
    expect(plot(page)).to_have_accessible_name(re.compile("^Drag across the plot to zoom in"))
    assert violations(page) == []
    assert page.evaluate(OUTSIDE) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width


LEAST_CONTRAST = 4.5


def luminance(colour: str) -> float:
    channels = np.array([float(one) for one in re.findall(r"[\d.]+", colour)[:3]]) / 255
    linear = np.where(channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)
    return float(linear @ [0.2126, 0.7152, 0.0722])


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_its_words_can_be_read(bridge: Make, theme: str) -> None:
    page = bridge(eventful(), theme=theme).page
    card = page.locator(".lr-card").evaluate("(card) => getComputedStyle(card).backgroundColor")
    fills = plot(page).evaluate(
        """(plot) => [...plot.querySelectorAll("text:not(.lr-runname)")].map((text) =>
          [text.textContent, getComputedStyle(text).fill])"""
    )
    for words, fill in fills:
        if not fill.startswith("rgb"):
            continue  # a mixture of the notebook's colours, as all dim words are
        dark, light = sorted([luminance(card), luminance(fill)])
        assert (light + 0.05) / (dark + 0.05) >= LEAST_CONTRAST, words


# ---- without a kernel ----------------------------------------------------------------------------


def test_a_page_of_its_own_draws_and_zooms(own_page: Callable[..., Page]) -> None:
    widget = TrainerWidget(Table.of(crop_yields()), learning_rate=1e-5)  # with a canvas
    widget.run()
    page = own_page(widget, size=(1100, 1000), at=250)
    expect(page.get_by_role("status")).to_contain_text("Finished")
    assert_same(drawn(page).curve("batches"), np.arange(1, 251), widget.trainer.recording.losses)
    assert page.locator("canvas, img").count() == 0
    page.get_by_role("slider", name="Timeline").fill("0")
    expect(plot(page).get_by_role("img")).to_have_accessible_name(re.compile("^Back at the start"))
    page.get_by_role("checkbox", name="batch losses").uncheck()
    expect(plot(page).locator(".lr-batches")).to_have_count(0)
    drag(page, 50, 100)
    assert window(page) == pytest.approx([50, 100], abs=0.5)
    widget.close()
