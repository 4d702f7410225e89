"""The trainer for those who do not see it or use no mouse, in a real JupyterLab, all unfolded."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Locator, expect

from tests.browser.axe import violations
from tests.browser.lab import Lab, NotebookPage, Theme

CELLS = [
    "from linreg_widget import TrainerWidget",
    """
widget = TrainerWidget(learning_rate=1e-5)
widget.step('epoch', 3)
widget.keep()
widget
""",
    "after = 1",
]
OURS = ".jp-OutputArea-output .widget-vbox:has(> .linreg, > * > .linreg, > * > * > .linreg)"
UNFOLD = """(panel) => {
  for (const part of panel.querySelectorAll("details")) part.open = true;
}"""
FOCUSED = """() => {
  const focused = document.activeElement;
  const box = document.querySelector(".linreg").closest(".widget-vbox");
  if (!box.contains(focused)) return null;
  focused.dataset.stop ||= String((window.stops = (window.stops ?? 0) + 1));
  return focused.dataset.stop;
}"""
BEHIND = """() => {
  const behind = document.createElement("button");
  behind.className = "behind";
  document.querySelector(".linreg").closest(".jp-OutputArea").append(behind);
}"""
SMALL = """(box) => {
  const targets = new Set();
  for (const one of box.querySelectorAll(
    "button, input, select, summary, a[href], td[tabindex], [role=gridcell][tabindex]",
  )) {
    const target = one.matches("input[type=checkbox], input[type=radio]")
      ? (one.closest("label") ?? one) : one;
    const { width, height } = target.getBoundingClientRect();
    if (width && height && getComputedStyle(target).visibility === "visible") targets.add(target);
  }
  const places = [...targets].map((target) => {
    const { x, y, width, height } = target.getBoundingClientRect();
    return { target, x, y, width, height, small: width < 23.9 || height < 23.9 };
  }).filter(({ target, x, y, width, height }) => {
    // What is scrolled out of sight is no target there.
    const frame = target.closest(".lr-code, .lr-box, .lr-rows")?.getBoundingClientRect();
    return !frame || (x + width / 2 < frame.right && y + height / 2 < frame.bottom);
  });
  // WCAG 2.5.8: a circle of 24 pixels around a small one touches no other, nor the circle of one.
  const near = (one, other) => {
    const [x, y] = [one.x + one.width / 2, one.y + one.height / 2];
    if (other.small) {
      const far = Math.hypot(x - other.x - other.width / 2, y - other.y - other.height / 2);
      if (far < 23.9) return true;
    }
    const dx = Math.max(other.x - x, 0, x - other.x - other.width);
    const dy = Math.max(other.y - y, 0, y - other.y - other.height);
    return Math.hypot(dx, dy) < 11.9;
  };
  return places
    .filter(({ small }) => small)
    .map((one) => [one, places.find((other) =>
      other !== one && !other.target.contains(one.target) && !one.target.contains(other.target)
      && near(one, other))])
    .filter(([, other]) => other)
    .map((both) => both.map(({ target, width, height }) =>
      `${width.toFixed()}x${height.toFixed()} ${target.outerHTML.slice(0, 90)}`).join(" near "));
}"""


@pytest.fixture(scope="module")
def notebook(files_lab: Lab) -> NotebookPage:
    notebook = files_lab.open(CELLS, size=(1280, 2600))
    notebook.run_all()
    expect(notebook.panel).to_be_visible()
    notebook.panel.evaluate(UNFOLD)
    return notebook


def plot(notebook: NotebookPage) -> Locator:
    return notebook.page.get_by_role("img", name=re.compile("^(No update|After|Back at)"))


def list_losses(notebook: NotebookPage) -> None:
    """Show the losses as a table, unless they are one already."""
    notebook.show("Loss")
    button = notebook.panel.get_by_role("button", name="Losses as a table")
    if button.get_attribute("aria-pressed") == "false":
        button.click()


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing_wrong_in_our_part(notebook: NotebookPage, theme: Theme) -> None:
    notebook.set_theme(theme)
    expect(notebook.panel).to_have_attribute("data-theme", theme)
    assert violations(notebook.page, OURS) == []


def test_the_plot_is_told_in_words_that_follow_the_run(notebook: NotebookPage) -> None:
    canvas = notebook.page.locator(".linreg-plot:not(.linreg-valley) canvas").first
    expect(canvas).to_have_role("img")
    notebook.execute("widget.seek(15)")
    expect(canvas).to_have_accessible_name(re.compile(r"^After 15 of 250 updates the batch loss"))
    notebook.panel.get_by_role("radio", name="update").check()
    notebook.panel.get_by_role("button", name="Step", exact=True).click()
    expect(canvas).to_have_accessible_name(re.compile(r"^After 16 of 250 updates the batch loss"))
    told = notebook.kernel("widget.plot.description")
    expect(canvas).to_have_accessible_name(told)
    list_losses(notebook)
    expect(notebook.panel.locator(".lr-listing p").first).to_have_text(told)


def test_the_valley_has_a_name_and_its_words(notebook: NotebookPage) -> None:
    notebook.show("Valley")
    valley = notebook.page.get_by_role("img", name="Valley", exact=True)
    expect(valley).to_be_visible()
    words = notebook.kernel("widget._valley.words.value")
    expect(valley).to_have_accessible_description(words)


def test_the_losses_are_a_table_too(notebook: NotebookPage) -> None:
    notebook.execute("widget.seek(15)")
    list_losses(notebook)
    rows = notebook.panel.get_by_role("table", name="Losses by epoch").locator("tbody tr")
    expect(rows).to_have_count(4)
    shown = [row.locator("th, td").all_text_contents() for row in rows.all()]
    assert [row[:2] for row in shown] == [["0", "0"], ["1", "5"], ["2", "10"], ["3", "15"]]
    means = notebook.kernel("widget.trainer.recording.epoch_means()[1]")
    full = notebook.kernel("widget.trainer.loss()")
    for row, mean in zip(shown[1:], means, strict=True):
        assert float(row[2].replace(",", "")) == pytest.approx(mean, rel=1e-3)
    assert float(shown[-1][3].replace(",", "")) == pytest.approx(full, rel=1e-3)


def test_every_target_is_large_enough_or_has_room(notebook: NotebookPage) -> None:
    box = notebook.page.locator(OURS).first
    assert box.evaluate(SMALL) == []


def test_tab_goes_through_everything_and_out_and_back_again(notebook: NotebookPage) -> None:
    page = notebook.page
    notebook.evaluate("document.activeElement.blur()")
    notebook.panel.focus()
    there = [page.evaluate(FOCUSED)]
    while (stop := _tabbed(notebook, "Tab")) is not None:
        assert stop not in there, "Tab goes round in a circle"
        there.append(stop)
    names = page.evaluate(
        """() => [...document.querySelectorAll("[data-stop]")].map((one) =>
          one.getAttribute("aria-label") ?? one.textContent.trim().slice(0, 30))"""
    )
    for name in ("Reset", "Step", "Run", "Timeline", "Loss", "Speed value"):
        assert name in names, f"Tab does not come to {name}"
    # JupyterLab may do more with the focus that has left, a moment later: so from a place of ours.
    page.evaluate(BEHIND)
    back: list[str | None] = []

    def inside() -> bool:
        page.evaluate("document.querySelector('.behind').focus()")
        back[:] = [_tabbed(notebook, "Shift+Tab")]
        return back != [None]

    notebook.until(inside, "Shift+Tab does not come back")
    while (stop := _tabbed(notebook, "Shift+Tab")) is not None:
        assert stop not in back, "Shift+Tab goes round in a circle"
        back.append(stop)
    assert back == there[::-1]
    page.evaluate("document.querySelector('.behind').remove()")


def _tabbed(notebook: NotebookPage, key: str) -> str | None:
    notebook.page.keyboard.press(key)
    stop: str | None = notebook.page.evaluate(FOCUSED)
    return stop
