"""Inside the update, in a real JupyterLab: every number on the page is the one that torch has."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Locator, expect

from tests.browser.lab import Lab, NotebookPage
from tests.browser.test_trainer import agree, button, expect_update, opened, slider

INSIDE = """
from linreg_widget import TrainerWidget

def torchs():
    "What torch holds now, read from the suspended update itself."
    loop, model = widget.trainer._run, widget.trainer.model
    found = {"w": model.w.tolist(), "b": [model.b.tolist()]}
    for name, tensor in (("w", model.w), ("b", model.b)):
        if tensor.grad is not None:
            found[name + ".grad"] = tensor.grad.reshape(-1, tensor.shape[-1]).tolist()
    if loop._suspended is not None:
        for name, value in loop._suspended._update.gi_frame.f_locals.items():
            if name in ("x", "y", "predictions"):
                found[name] = value.tolist()
            elif name in ("loss", "learning_rate"):
                found[name] = [[float(value)]]
    return found
"""
SHOWN = """
widget = TrainerWidget(learning_rate=1e-5, tab="microscope")
widget.speed = None
widget"""
CELLS = [INSIDE, SHOWN]
PHASES = ["predict", "loss", "backward", "update"]
READ = """(panel) => Object.fromEntries([...panel.querySelectorAll('[role=grid]')].map((grid) => [
  grid.closest('figure').querySelector('figcaption b').textContent,
  [...grid.querySelectorAll('tbody tr')].map((row) =>
    [...row.querySelectorAll('td[data-at]')].map((cell) => cell.title.split(' ')[0])),
]))"""


@pytest.fixture
def notebook(shared_lab: Lab) -> NotebookPage:
    notebook = opened(shared_lab, CELLS)
    notebook.panel.get_by_role("radio", name="phase", exact=True).check()
    return notebook


def numbers(notebook: NotebookPage) -> dict[str, list[list[float]]]:
    """Read all tensors off the page, with all digits; those that have no numbers are left out."""
    read: dict[str, list[list[str]]] = notebook.panel.evaluate(READ)
    found = {}
    for name, rows in read.items():
        texts = [[text.split(", was ")[0].replace("−", "-") for text in row] for row in rows if row]
        if texts and all(text for row in texts for text in row):
            found[name] = [[float(text) for text in row] for row in texts]
    return found


def phase_is(notebook: NotebookPage, phase: str | None) -> None:
    notebook.until(lambda: notebook.kernel("widget.trainer.position.phase") == phase)
    word = f"✓ {phase}" if phase else "✓ zero"
    expect(notebook.panel.locator("[aria-current=step]")).to_have_text(word)


def the_page_shows_what_torch_has(notebook: NotebookPage) -> dict[str, list[list[float]]]:
    shown, held = numbers(notebook), notebook.kernel("torchs()")
    assert set(held) <= set(shown)
    for name, rows in held.items():
        kind = np.float64 if name == "learning_rate" else np.float32
        assert np.array_equal(np.array(shown[name], kind), np.array(rows, kind)), name
    return shown


def line(notebook: NotebookPage, mark: str) -> list[str]:
    """Return the lines of code with a mark: done, next or failed."""
    marked = notebook.panel.get_by_label(mark, exact=True)
    text = marked.locator("xpath=../../span[contains(@class, 'lr-text')]")
    return [words.strip() for words in text.all_inner_texts()]


def cell(notebook: NotebookPage, label: str) -> Locator:
    return notebook.panel.get_by_role("gridcell", name=re.compile("^" + re.escape(label)))


def test_a_whole_update_is_stepped_through_and_every_number_is_torchs(
    notebook: NotebookPage,
) -> None:
    assert "w.grad" not in numbers(notebook)
    expect(cell(notebook, "w.grad")).to_have_text("None")
    expect(cell(notebook, "predictions")).to_have_text("not yet")
    seen: list[dict[str, Any]] = []
    for phase in PHASES:
        button(notebook, "Step").click()
        phase_is(notebook, phase)
        seen.append(the_page_shows_what_torch_has(notebook))
    assert all("w.grad" in shown for shown in seen[2:])
    assert seen[1]["w"] == seen[0]["w"] != seen[3]["w"]
    (after,) = line(notebook, "next")
    assert after.startswith("model.w.grad.zero_()")
    button(notebook, "Step").click()
    phase_is(notebook, None)
    zeroed = the_page_shows_what_torch_has(notebook)
    assert not np.any(zeroed["w.grad"])
    assert zeroed["predictions"] == seen[3]["predictions"]
    for phase, before in zip(reversed(PHASES), reversed(seen), strict=True):
        button(notebook, "Back").click()
        phase_is(notebook, phase)
        assert the_page_shows_what_torch_has(notebook) == before


def test_the_code_marks_the_line_done_and_the_next_one(notebook: NotebookPage) -> None:
    expected = {
        "predict": ("predictions = model(x)", "loss = mse_loss"),
        "loss": ("loss = mse_loss(predictions, y)", "loss.backward()"),
        "backward": ("loss.backward()", "with torch.no_grad():"),
        "update": ("with torch.no_grad():", "model.w.grad.zero_()"),
    }
    for phase in PHASES:
        button(notebook, "Step").click()
        phase_is(notebook, phase)
        done, after = expected[phase]
        assert line(notebook, "done")[0].startswith(done)
        assert line(notebook, "next")[0].startswith(after)
        status = notebook.panel.get_by_role("status")
        sentence = notebook.kernel("widget.panel._frame['sentence']")
        expect(status).to_contain_text(sentence)
        assert notebook.panel.get_by_text(sentence, exact=True).count() >= 1


def test_a_number_is_written_out_when_it_is_pointed_at_or_has_the_focus(
    notebook: NotebookPage,
) -> None:
    for phase in PHASES[:3]:
        button(notebook, "Step").click()
        phase_is(notebook, phase)
    gradient = cell(notebook, "w.grad, Mangoes, Rainfall")
    gradient.hover()
    strip = notebook.panel.locator(".lr-why")
    expect(strip).to_contain_text("w.grad[Mangoes, Rainfall]")
    assert strip.locator("math mfrac").count() == 1
    x = notebook.kernel("widget.trainer._run._suspended._update.gi_frame.f_locals['x'].tolist()")
    for row in x:
        assert f"·{row[1]:.0f}" in re.sub(r"\s", "", strip.inner_text())
    lit = notebook.panel.locator("td.lr-lit")
    assert lit.count() == 9  # three rows of x, y and predictions
    notebook.page.mouse.move(0, 0)
    expect(lit).to_have_count(9)  # the last number pointed at is explained until another one is
    cell(notebook, "b.grad, Oranges").hover()
    expect(strip).to_contain_text("b.grad[Oranges]")
    gradient.focus()
    expect(strip).to_contain_text("b.grad[Oranges]")
    notebook.page.mouse.move(0, 0)
    expect(strip).to_contain_text("w.grad[Mangoes, Rainfall]")
    expect(lit).to_have_count(9)
    notebook.page.keyboard.press("ArrowLeft")
    expect(cell(notebook, "w.grad, Mangoes, Temperature")).to_be_focused()
    expect(strip).to_contain_text("w.grad[Mangoes, Temperature]")
    assert notebook.kernel("widget.trainer.position.phase") == "backward"


def test_the_timeline_and_a_change_lead_to_the_same_numbers(notebook: NotebookPage) -> None:
    notebook.panel.get_by_role("radio", name="epoch", exact=True).check()
    for _ in range(3):
        button(notebook, "Step").click()
    notebook.show("Loss")
    expect_update(notebook, 15)
    timeline = slider(notebook, "Timeline")
    timeline.focus()
    for _ in range(5):
        timeline.press("ArrowLeft")
    expect_update(notebook, 10)
    notebook.until(lambda: "update 10 " in notebook.panel.get_by_role("status").inner_text())
    notebook.show("Inside the update")
    before = the_page_shows_what_torch_has(notebook)
    notebook.panel.get_by_role("radio", name="update", exact=True).check()
    button(notebook, "Step").click()
    notebook.until(lambda: notebook.kernel("widget.update") == 11)
    button(notebook, "Back").click()
    notebook.until(lambda: notebook.kernel("widget.update") == 10)
    notebook.until(lambda: numbers(notebook) == before)
    notebook.show("Loss")
    field = notebook.panel.get_by_role("textbox", name="Learning rate value", exact=True)
    field.fill("2e-5")
    field.press("Enter")
    button(notebook, "Step").click()
    expect_update(notebook, 11)
    assert agree(notebook)
    notebook.show("Inside the update")
    notebook.until(lambda: numbers(notebook)["learning_rate"] == [[2e-5]])
    the_page_shows_what_torch_has(notebook)
    branches = "[branch.name for branch in widget.trainer.recording.branches]"
    assert notebook.kernel(branches) == ["learning rate 1e-5"]


def test_a_broken_update_function_is_shown_with_its_line(shared_lab: Lab) -> None:
    broken = """
def broken(model, x, y, learning_rate):
    loss = ((model(x) - y) ** 2).mean()
    yield "loss"
    loss.backward()
    yield "backward"
    model.w -= model.w.grad * learning_rate
    return loss.item()

widget = TrainerWidget(update=broken, learning_rate=1e-5, tab="microscope"); widget"""
    notebook = opened(shared_lab, [INSIDE, broken])
    button(notebook, "Step").click()
    alert = notebook.panel.get_by_role("alert")
    expect(alert).to_contain_text("a leaf Variable that requires grad is being used in an in-place")
    expect(notebook.panel.get_by_label("failed", exact=True)).to_have_count(1)
    assert line(notebook, "failed") == ["model.w -= model.w.grad * learning_rate"]
    notebook.panel.get_by_role("radio", name="phase", exact=True).check()
    button(notebook, "Step").click()
    expect(alert).to_be_empty()
    phase_is(notebook, "loss")
    the_page_shows_what_torch_has(notebook)
    cell(notebook, "w, Mangoes, Rainfall").hover()
    strip = notebook.panel.locator(".lr-why")
    expect(strip).to_contain_text("w[Mangoes, Rainfall]")
    assert "·" not in strip.inner_text()  # only the article's update is known


def test_a_run_shows_the_inside_and_ends_with_the_true_numbers(notebook: NotebookPage) -> None:
    button(notebook, "Run").click()
    notebook.until(lambda: notebook.kernel("widget.status") == "finished")
    expect(notebook.panel.get_by_role("status")).to_contain_text("Finished")
    notebook.until(lambda: numbers(notebook)["w"] == the_page_shows_what_torch_has(notebook)["w"])
    notebook.show("Predictions")
    notebook.panel.get_by_role("button", name="All rows as a table").click()
    table = notebook.panel.get_by_role("table", name="Mangoes: residuals")
    shown = table.inner_text()
    predictions = notebook.kernel("widget.trainer.predictions()[:, 0].tolist()")
    assert len(re.findall(r"^[A-O]\s", shown, re.MULTILINE)) == 15
    assert f"{predictions[0]:.2f}" in shown
