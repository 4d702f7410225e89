"""What the data say, in a real JupyterLab: the ruler, what went wrong, other runs, the valley."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Locator, expect

from tests.browser.lab import Lab, NotebookPage

CELLS = [
    "from linreg_widget import TrainerWidget",
    "widget = TrainerWidget(learning_rate=1e-5, epochs=200); widget.speed = None; widget",
]


@pytest.fixture
def notebook(shared_lab: Lab) -> NotebookPage:
    notebook = shared_lab.open(CELLS, size=(1280, 1900))
    notebook.run_all()
    expect(notebook.panel).to_be_visible()
    return notebook


def button(notebook: NotebookPage, name: str | re.Pattern[str]) -> Locator:
    return notebook.panel.get_by_role("button", name=name, exact=isinstance(name, str))


def choose_rate(notebook: NotebookPage, rate: str) -> None:
    field = notebook.panel.get_by_role("textbox", name="Learning rate value")
    field.fill(rate)
    field.press("Enter")
    notebook.until(lambda: notebook.kernel("widget.learning_rate") == float(rate))


def wait_for_status(notebook: NotebookPage, status: str) -> None:
    notebook.until(lambda: notebook.kernel("widget.status") == status, f"status {status}")


def test_divergence_is_explained_and_both_ways_out_of_it_lead_out(notebook: NotebookPage) -> None:
    panel = notebook.panel
    notebook.execute("widget.run(50)")
    choose_rate(notebook, "1.3e-4")
    expect(panel).to_contain_text("1.3e-4 is 1.2 times the largest stable rate, 1.12e-4")
    button(notebook, "Run").click()
    wait_for_status(notebook, "diverged")
    at = notebook.kernel("widget.update")
    expect(panel.get_by_role("status")).to_contain_text(f"Diverged at update {at}")
    expect(panel.get_by_title(re.compile(rf"^Diverged at update {at}: .*Rainfall"))).to_be_visible()
    good = notebook.kernel("widget.trainer.diagnosis.good_update")
    assert 0 < good < at
    button(notebook, f"Back to update {good} at 1e-5").click()
    wait_for_status(notebook, "paused")
    assert notebook.kernel("[widget.update, widget.learning_rate]") == [good, 1e-5]
    expect(button(notebook, re.compile("^Back to update"))).to_have_count(0)
    choose_rate(notebook, "1")
    button(notebook, "Run").click()
    wait_for_status(notebook, "diverged")
    button(notebook, "Start again at 1e-5").click()
    wait_for_status(notebook, "ready")
    button(notebook, "Run").click()
    wait_for_status(notebook, "finished")
    expect(panel).to_contain_text("times the best possible")


def test_a_growing_loss_warns_before_it_overflows(notebook: NotebookPage) -> None:
    notebook.execute("widget.speed = 20")
    choose_rate(notebook, "1.2e-4")
    button(notebook, "Run").click()
    warning = notebook.panel.get_by_title(re.compile(r"^The loss is growing: ×"))
    expect(warning).to_be_visible()
    expect(warning).to_contain_text("times the largest stable one, 1.12e-4: lower it.")
    assert notebook.kernel("widget.status") == "running"
    choose_rate(notebook, "1e-5")
    expect(warning).to_be_hidden()
    button(notebook, "Pause").click()
    wait_for_status(notebook, "paused")


def test_a_kept_run_is_compared_with_a_standardized_one_that_stops_by_itself(
    notebook: NotebookPage,
) -> None:
    panel = notebook.panel
    button(notebook, "Run").click()
    wait_for_status(notebook, "finished")
    panel.get_by_role("tab", name="Compare", exact=True).click()
    button(notebook, "Keep this run").click()
    table = panel.get_by_role("table", name="Runs")
    expect(table.get_by_role("row")).to_have_count(3)
    panel.get_by_role("tab", name="Loss", exact=True).click()
    panel.get_by_label("Standardize", exact=True).check()
    wait_for_status(notebook, "ready")
    choose_rate(notebook, "0.1")
    panel.get_by_label("Stop", exact=True).select_option("near the best possible loss")
    notebook.until(lambda: notebook.kernel("widget.stop_within") == 1.1)
    button(notebook, "Run").click()
    wait_for_status(notebook, "paused")
    epoch = notebook.kernel("widget.trainer.position.epoch")
    expect(panel).to_contain_text(f"Stopped after epoch {epoch}: the full-data loss")
    panel.get_by_role("tab", name="Compare", exact=True).click()
    now = table.get_by_role("row").last
    expect(now).to_contain_text("yes")
    expect(now).to_contain_text("paused")
    frame = notebook.kernel("widget.comparison()['standardize'].tolist()")
    assert frame == [False, True]
    panel.get_by_role("tab", name="What the data say", exact=True).click()
    mangoes = panel.get_by_role("table", name="Mangoes: weights and bias")
    expect(mangoes).to_contain_text("best, scaled")
    best = notebook.kernel("widget.trainer.insight.least_squares.b[0]")
    expect(mangoes.get_by_role("row").last).to_contain_text(f"{best:.4g}")


def test_an_entry_of_w_is_set_by_hand_in_the_microscope(notebook: NotebookPage) -> None:
    button(notebook, "Step").click()
    notebook.until(lambda: notebook.kernel("widget.update") == 1)
    notebook.panel.get_by_role("tab", name="Inside the update", exact=True).click()
    w = notebook.panel.locator("figure", has=notebook.page.locator("figcaption b", has_text="w"))
    cell = w.first.locator("td[data-at='1,2']")
    cell.dblclick()
    cell.get_by_role("textbox").fill("-0.5")
    cell.get_by_role("textbox").press("Enter")
    notebook.until(lambda: notebook.kernel("widget.trainer.model.w[1, 2].item()") == -0.5)
    assert notebook.kernel("widget.trainer.recording.edited") == [1]
    expect(cell).to_contain_text("−0.5")


def test_the_valleys_words_are_shown_to_their_last_line(notebook: NotebookPage) -> None:
    button(notebook, "Run").click()
    wait_for_status(notebook, "finished")
    notebook.panel.get_by_role("tab", name="Valley", exact=True).click()
    words = notebook.page.locator(".linreg-valley-words")
    expect(words).to_contain_text(re.compile(r"least squares\. .+\.$"))
    room = words.evaluate("(label) => label.clientHeight - label.scrollHeight")
    assert room >= 0


def test_a_click_in_the_valley_puts_w_and_b_there(notebook: NotebookPage) -> None:
    button(notebook, "Run").click()
    wait_for_status(notebook, "finished")
    notebook.execute("widget.seek(100)")
    notebook.panel.get_by_role("tab", name="Valley", exact=True).click()
    canvas = notebook.page.locator(".linreg-valley canvas").first
    expect(canvas).to_be_visible()
    notebook.until(lambda: notebook.ink(canvas) > 0.05, "the valley is blank")
    before = notebook.kernel("widget.trainer.model.w.tolist()")
    box = canvas.bounding_box()
    assert box is not None
    notebook.page.mouse.click(box["x"] + 0.6 * box["width"], box["y"] + 0.5 * box["height"])
    notebook.until(lambda: notebook.kernel("widget.trainer.recording.edited") == [100])
    assert notebook.kernel("widget.trainer.model.w.tolist()") != before
    assert len(notebook.kernel("[b.start for b in widget.trainer.recording.branches]")) == 1
    across = notebook.page.get_by_role("combobox", name="Across")
    across.select_option("b[Mangoes]")
    notebook.until(lambda: "b[Mangoes]" in notebook.kernel("widget._valley.description"))
    notebook.panel.get_by_role("tab", name="Loss", exact=True).click()
    expect(canvas).to_be_hidden()
