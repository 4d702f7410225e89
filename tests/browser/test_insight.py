"""What the data say, with a real panel behind the page: what went wrong, other runs, the valley."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from linreg_widget import Trainer, crop_yields
from tests.browser.bridge import Bridge
from tests.browser.lab import Lab
from tests.browser.parts import button, enter, panel


@pytest.fixture
def one(bridge: Callable[..., Bridge]) -> Bridge:
    one = bridge(Trainer(crop_yields(), learning_rate=1e-5, epochs=200))
    one.panel.speed = None
    one.show()
    return one


def status_is(one: Bridge, status: str) -> None:
    one.until(lambda: one.panel.status == status)
    expect(panel(one.page).locator(".lr-state")).to_have_text(status)


def test_divergence_is_explained_and_both_ways_out_of_it_lead_out(one: Bridge) -> None:
    one.panel.run(50)
    one.show()
    enter(one.page, "Learning rate", "1.3e-4")
    expect(panel(one.page)).to_contain_text("1.3e-4 is 1.2 times the largest stable rate, 1.12e-4")
    button(one.page, "Run").click()
    status_is(one, "diverged")
    trainer = one.panel.trainer
    at = trainer.position.update
    status = panel(one.page).get_by_role("status")
    expect(status).to_contain_text(f"Diverged at update {at}")
    title = re.compile(rf"^Diverged at update {at}: .*Rainfall")
    expect(panel(one.page).get_by_title(title)).to_be_visible()
    assert trainer.diagnosis is not None
    good = trainer.diagnosis.good_update
    assert good is not None
    assert 0 < good < at
    button(one.page, f"Back to update {good} at 1e-5").click()
    status_is(one, "paused")
    assert (trainer.position.update, trainer.settings.learning_rate) == (good, 1e-5)
    expect(one.page.get_by_role("button", name=re.compile("^Back to update"))).to_have_count(0)
    enter(one.page, "Learning rate", "1")
    button(one.page, "Run").click()
    status_is(one, "diverged")
    button(one.page, "Start again at 1e-5").click()
    status_is(one, "ready")
    button(one.page, "Run").click()
    status_is(one, "finished")
    expect(panel(one.page)).to_contain_text("times the best possible")


def test_a_growing_loss_warns_before_it_overflows(one: Bridge) -> None:
    one.panel.speed = 20.0
    one.show()
    enter(one.page, "Learning rate", "1.2e-4")
    button(one.page, "Run").click()
    warning = panel(one.page).get_by_title(re.compile(r"^The loss is growing: ×"))
    expect(warning).to_be_visible()
    expect(warning).to_contain_text("times the largest stable one, 1.12e-4: lower it.")
    assert one.panel.status == "running"
    enter(one.page, "Learning rate", "1e-5")
    expect(warning).to_be_hidden()
    button(one.page, "Pause").click()
    status_is(one, "paused")


def test_a_kept_run_is_compared_with_a_standardized_one_that_stops_by_itself(one: Bridge) -> None:
    button(one.page, "Run").click()
    status_is(one, "finished")
    panel(one.page).get_by_role("tab", name="Compare", exact=True).click()
    button(one.page, "Keep this run").click()
    table = panel(one.page).get_by_role("table", name="Runs")
    expect(table.get_by_role("row")).to_have_count(3)
    panel(one.page).get_by_role("tab", name="Loss", exact=True).click()
    panel(one.page).get_by_label("Standardize", exact=True).check()
    status_is(one, "ready")
    enter(one.page, "Learning rate", "0.1")
    stop = panel(one.page).get_by_label("Stop", exact=True)
    stop.select_option("near the best possible loss")
    one.until(lambda: one.panel.stop_within == 1.1)
    button(one.page, "Run").click()
    status_is(one, "paused")
    trainer = one.panel.trainer
    epoch = trainer.position.epoch
    expect(panel(one.page)).to_contain_text(f"Stopped after epoch {epoch}: the full-data loss")
    panel(one.page).get_by_role("tab", name="Compare", exact=True).click()
    now = table.get_by_role("row").last
    expect(now).to_contain_text("yes")
    expect(now).to_contain_text("paused")
    assert trainer.comparison()["standardize"].tolist() == [False, True]
    panel(one.page).get_by_role("tab", name="What the data say", exact=True).click()
    mangoes = panel(one.page).get_by_role("table", name="Mangoes: weights and bias")
    expect(mangoes).to_contain_text("best, scaled")
    best = trainer.insight.least_squares.b[0]
    expect(mangoes.get_by_role("row").last).to_contain_text(f"{best:.4g}")


def test_an_entry_of_w_is_set_by_hand_in_the_microscope(one: Bridge) -> None:
    button(one.page, "Step").click()
    one.until(lambda: one.panel.trainer.position.update == 1)
    panel(one.page).get_by_role("tab", name="Inside the update", exact=True).click()
    w = panel(one.page).locator("figure", has=one.page.locator("figcaption b", has_text="w"))
    cell = w.first.locator("td[data-at='1,2']")
    cell.dblclick()
    cell.get_by_role("textbox").fill("-0.5")
    cell.get_by_role("textbox").press("Enter")
    one.until(lambda: one.panel.trainer.model.w[1, 2].item() == -0.5)
    expect(cell).to_contain_text("−0.5")
    assert one.panel.trainer.recording.edited == (1,)


# ---- the valley, which is a canvas beside the panel: in a real JupyterLab ------------------------


def test_a_click_in_the_valley_puts_w_and_b_there(shared_lab: Lab) -> None:
    notebook = shared_lab.open(
        [
            "from linreg_widget import TrainerWidget",
            "widget = TrainerWidget(learning_rate=1e-5); widget.run(); widget.seek(100); widget",
        ],
        size=(1280, 1900),
    )
    notebook.run_all()
    notebook.show("Valley")
    words = notebook.page.locator(".linreg-valley-words")
    expect(words).to_contain_text(re.compile(r"least squares\. .+\.$"))
    room = words.evaluate("(label) => label.clientHeight - label.scrollHeight")
    assert room >= 0, "the last line of the words is cut"
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
    notebook.show("Loss")
    expect(canvas).to_be_hidden()
