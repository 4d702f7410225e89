"""The first lesson as its reader has it: opened in JupyterLab, run, and played with."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import expect

from tests.browser.lab import Lab
from tests.browser.test_stage import SIZES, together

LESSON = Path(__file__).parents[2] / "notebooks" / "01_crop_yields.ipynb"


def test_the_lesson_runs_from_top_to_bottom_and_its_widget_answers(lab: Lab) -> None:
    notebook = lab.open_notebook(LESSON)
    notebook.run_all()
    panel = notebook.panel.first
    panel.scroll_into_view_if_needed()
    expect(panel.get_by_role("status")).to_contain_text("Finished")
    # What the lesson asks for and what does it are in one look, and so is all that they change.
    for width, height in SIZES.values():
        notebook.page.set_viewport_size({"width": width, "height": height})
        does = [
            panel.get_by_role("button", name=name, exact=True) for name in ("Reset", "Step", "Run")
        ]
        rate = panel.get_by_role("slider", name="Learning rate")
        together(panel.locator(".lr-card"), panel.locator(".lr-slot"), *does, rate)
    before = notebook.kernel("widget.trainer.model.w.tolist()")
    notebook.execute("widget.speed = None")
    panel.get_by_role("button", name="Reset", exact=True).click()
    notebook.until(lambda: notebook.kernel("widget.status") == "ready")
    panel.get_by_role("button", name="Step", exact=True).click()
    card = panel.get_by_role("group", name="Your guess")  # section 8 has begun
    card.get_by_role("button", name="Skip", exact=True).click()
    expect(panel.get_by_role("status")).to_contain_text("update 1 of 250")
    notebook.until(lambda: notebook.kernel("widget.update") == 1)
    panel.get_by_role("button", name="Run", exact=True).click()
    field = card.get_by_role("textbox")
    field.fill("2,500")
    field.press("Enter")
    notebook.until(lambda: notebook.kernel("widget.status") == "finished")
    assert notebook.kernel("widget.trainer.model.w.tolist()") == before
    expect(card).to_contain_text("1 of 1 close")
