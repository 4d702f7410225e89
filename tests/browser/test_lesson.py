"""The first lesson as its reader has it: opened in JupyterLab, run, and played with."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import nbformat
import pytest
from playwright.sync_api import Locator, expect

from tests.browser.lab import Lab, NotebookPage
from tests.browser.test_stage import SIZES, tensor, together

LESSONS = Path(__file__).parents[2] / "notebooks"
LESSON = LESSONS / "01_crop_yields.ipynb"


def cells_with(lesson: str, *marks: str) -> list[str]:
    """Return the lesson's own cells, the first with each of the marks."""
    code = [
        cell.source
        for cell in nbformat.read(LESSONS / lesson, as_version=4).cells
        if cell.cell_type == "code"
    ]
    return [next(source for source in code if mark in source) for mark in marks]


def button(panel: Locator, name: str) -> Locator:
    return panel.get_by_role("button", name=name, exact=True)


def _is_after(notebook: NotebookPage, phase: str) -> bool:
    return bool(notebook.kernel("widget.panel._phase") == phase)


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


@pytest.mark.matrix
def test_the_acts_of_the_second_lesson_are_seen_in_one_look_by_its_own_cells(
    shared_lab: Lab,
) -> None:
    cells = cells_with("02_one_gradient_update.ipynb", "widget = Train", "oracle = Train")
    notebook = shared_lab.open(cells, size=SIZES["laptop"])
    notebook.run_all()
    # Which phase changes w? The task, the button, the code and every tensor that it changes.
    panel = notebook.panel.nth(0)
    for phase in ("predict", "loss", "backward", "update"):
        button(panel, "Step").click()
        notebook.until(partial(_is_after, notebook, phase))
    seen = [tensor(panel, name) for name in ("x", "predictions", "w", "b", "w.grad", "b.grad")]
    for size in SIZES.values():
        notebook.page.set_viewport_size({"width": size[0], "height": size[1]})
        together(panel.locator(".lr-card"), button(panel, "Step"), panel.locator(".lr-task"))
        together(panel.locator(".lr-card"), panel.locator(".lr-code"), *seen)
    # Will the weight rise or fall? The question, its answers, and the rows that say it.
    panel = notebook.panel.nth(1)
    button(panel, "Step").click()
    question = panel.get_by_role("group", name="Your guess")
    expect(question.get_by_role("button").first).to_be_visible()
    for size in SIZES.values():
        notebook.page.set_viewport_size({"width": size[0], "height": size[1]})
        together(panel.locator(".lr-card"), question, panel.locator(".lr-batch"))
    question.get_by_role("button").first.click()
    expect(question.locator(".lr-answer")).to_be_visible()
    together(panel.locator(".lr-card"), question, button(panel, "Step"), panel.locator(".lr-batch"))


@pytest.mark.matrix
def test_the_acts_of_the_third_lesson_are_seen_in_one_look_by_its_own_cells(
    shared_lab: Lab,
) -> None:
    marks = ("widget = Train", "widget.hide = ()", "Keep a run")
    first, *later = cells_with("03_the_learning_rate.ipynb", *marks)
    notebook = shared_lab.open([first, *later], size=SIZES["small"])
    notebook.run_cell(0)
    panel, canvas = notebook.panel.first, notebook.canvas
    rate = panel.get_by_role("slider", name="Learning rate")
    # Will it diverge? The question says it no more than the ruler does.
    button(panel, "Run").click()
    question = panel.get_by_role("group", name="Your guess")
    expect(question.get_by_role("button").first).to_be_visible()
    expect(panel.locator(".lr-zones")).to_have_count(0)
    together(panel.locator(".lr-card"), button(panel, "Run"), question, rate, canvas)
    question.get_by_role("button").first.click()
    notebook.until(lambda: notebook.kernel("widget.status") == "diverged")
    together(panel.locator(".lr-card"), panel.locator(".lr-slot"), rate, canvas)
    # Two runs side by side: the button that keeps one, their table, the rate and the plot.
    notebook.kernel(
        "[widget.reset(), setattr(widget, 'ask', None), setattr(widget, 'speed', None)]"
    )
    for index in (1, 2):
        notebook.run_cell(index)
    panel = notebook.panel.nth(2)
    panel.get_by_role("tab", name="Compare").click()
    table = panel.get_by_role("table", name="Runs")
    for size in SIZES.values():
        notebook.page.set_viewport_size({"width": size[0], "height": size[1]})
        together(panel.locator(".lr-card"), button(panel, "Keep this run"), table)
