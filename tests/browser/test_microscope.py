"""Inside the update, with a real panel behind the page: every number on it is the one torch has."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Locator, expect

from linreg_widget import Trainer, crop_yields
from tests.browser.bridge import Bridge
from tests.browser.parts import button, panel, show

PHASES = ["predict", "loss", "backward", "update"]
READ = """(panel) => Object.fromEntries([...panel.querySelectorAll('[role=grid]')].map((grid) => [
  grid.closest('figure').querySelector('figcaption b').textContent,
  [...grid.querySelectorAll('tbody tr')].map((row) =>
    [...row.querySelectorAll('td[data-at]')].map((cell) => cell.title.split(' ')[0])),
]))"""
Numbers = dict[str, list[list[float]]]


@pytest.fixture
def opened(bridge: Callable[..., Bridge]) -> Callable[..., Bridge]:
    """Open the tab of a trainer with an update function, at full speed and by phases."""

    def open_(**settings: Any) -> Bridge:
        one = bridge(Trainer(crop_yields(), learning_rate=1e-5, **settings), "microscope")
        one.panel.speed = None
        one.panel.step_by = "phase"
        one.show()
        return one

    return open_


@pytest.fixture
def one(opened: Callable[..., Bridge]) -> Bridge:
    return opened()


def expect_update(one: Bridge, update: int) -> None:
    one.until(lambda: one.panel.trainer.position.update == update)
    expect(panel(one.page).locator(".lr-place")).to_contain_text(f"update {update} of 250")


def held(one: Bridge) -> Numbers:
    """Return what torch holds now, read from the suspended update itself."""
    run, model = one.panel.trainer._run, one.panel.trainer.model
    found = {"w": model.w.tolist(), "b": [model.b.tolist()]}
    for name, tensor in (("w", model.w), ("b", model.b)):
        if tensor.grad is not None:
            found[name + ".grad"] = tensor.grad.reshape(-1, tensor.shape[-1]).tolist()
    if run._suspended is not None:
        update: Any = run._suspended._update
        for name, value in update.gi_frame.f_locals.items():
            if name in ("x", "y", "predictions"):
                found[name] = value.tolist()
            elif name in ("loss", "learning_rate"):
                found[name] = [[value.item() if name == "loss" else value]]
    return found


def numbers(one: Bridge) -> Numbers:
    """Read all tensors off the page, with all digits; those that have no numbers are left out."""
    read: dict[str, list[list[str]]] = panel(one.page).evaluate(READ)
    found = {}
    for name, rows in read.items():
        texts = [[text.split(", was ")[0].replace("−", "-") for text in row] for row in rows if row]
        if texts and all(text for row in texts for text in row):
            found[name] = [[float(text) for text in row] for row in texts]
    return found


def phase_is(one: Bridge, phase: str | None) -> None:
    one.until(lambda: one.panel.trainer.position.phase == phase)
    word = f"✓ {phase}" if phase else "✓ zero"
    expect(panel(one.page).locator("[aria-current=step]")).to_have_text(word)


def others(one: Bridge) -> list[str]:
    """Return the names of what torch has and the page does not show, or shows otherwise."""
    shown, true = numbers(one), held(one)
    return [
        name
        for name, rows in true.items()
        for kind in (np.float64 if name == "learning_rate" else np.float32,)
        if not np.array_equal(np.array(shown.get(name, []), kind), np.array(rows, kind))
    ]


def the_page_shows_what_torch_has(one: Bridge) -> Numbers:
    one.until(lambda: not others(one))
    return numbers(one)


def line(one: Bridge, mark: str) -> list[str]:
    """Return the lines of code with a mark: done, next or failed."""
    marked = panel(one.page).get_by_label(mark, exact=True)
    text = marked.locator("xpath=../../span[contains(@class, 'lr-text')]")
    return [words.strip() for words in text.all_inner_texts()]


def cell(one: Bridge, label: str) -> Locator:
    return panel(one.page).get_by_role("gridcell", name=re.compile("^" + re.escape(label)))


def test_a_whole_update_is_stepped_through_and_every_number_is_torchs(one: Bridge) -> None:
    assert "w.grad" not in numbers(one)
    expect(cell(one, "w.grad")).to_have_text("None")
    expect(cell(one, "predictions")).to_have_text("not yet")
    marked = {
        "predict": ("predictions = model(x)", "loss = mse_loss"),
        "loss": ("loss = mse_loss(predictions, y)", "loss.backward()"),
        "backward": ("loss.backward()", "with torch.no_grad():"),
        "update": ("with torch.no_grad():", "model.w.grad.zero_()"),
    }
    seen: list[Numbers] = []
    for phase in PHASES:
        button(one.page, "Step").click()
        phase_is(one, phase)
        seen.append(the_page_shows_what_torch_has(one))
        for mark, words in zip(("done", "next"), marked[phase], strict=True):
            assert line(one, mark)[0].startswith(words)
        sentence = one.panel._frame["sentence"]
        expect(panel(one.page).get_by_role("status")).to_contain_text(sentence)
        assert panel(one.page).get_by_text(sentence, exact=True).count() >= 1
    assert all("w.grad" in shown for shown in seen[2:])
    assert seen[1]["w"] == seen[0]["w"] != seen[3]["w"]
    button(one.page, "Step").click()
    phase_is(one, None)
    zeroed = the_page_shows_what_torch_has(one)
    assert not np.any(zeroed["w.grad"])
    assert zeroed["predictions"] == seen[3]["predictions"]
    for phase, before in zip(reversed(PHASES), reversed(seen), strict=True):
        button(one.page, "Back").click()
        phase_is(one, phase)
        assert the_page_shows_what_torch_has(one) == before


def test_a_number_is_written_out_when_it_is_pointed_at_or_has_the_focus(one: Bridge) -> None:
    one.panel.step("phase", 3)
    one.show()
    phase_is(one, "backward")
    gradient = cell(one, "w.grad, Mangoes, Rainfall")
    gradient.hover()
    strip = panel(one.page).locator(".lr-why")
    expect(strip).to_contain_text("w.grad[Mangoes, Rainfall]")
    assert strip.locator("math mfrac").count() == 1
    for row in held(one)["x"]:
        assert f"·{row[1]:.0f}" in re.sub(r"\s", "", strip.inner_text())
    lit = panel(one.page).locator("td.lr-lit")
    assert lit.count() == 9  # three rows of x, y and predictions
    one.page.mouse.move(0, 0)
    expect(lit).to_have_count(9)  # the last number pointed at is explained until another one is
    cell(one, "b.grad, Oranges").hover()
    expect(strip).to_contain_text("b.grad[Oranges]")
    gradient.focus()
    expect(strip).to_contain_text("b.grad[Oranges]")
    one.page.mouse.move(0, 0)
    expect(strip).to_contain_text("w.grad[Mangoes, Rainfall]")
    expect(lit).to_have_count(9)
    one.page.keyboard.press("ArrowLeft")
    expect(cell(one, "w.grad, Mangoes, Temperature")).to_be_focused()
    expect(strip).to_contain_text("w.grad[Mangoes, Temperature]")
    phase_is(one, "backward")


def test_the_timeline_and_a_change_lead_to_the_same_numbers(one: Bridge) -> None:
    panel(one.page).get_by_role("radio", name="epoch", exact=True).check()
    for update in (5, 10, 15):
        button(one.page, "Step").click()
        expect_update(one, update)
    show(one.page, "Loss")
    timeline = panel(one.page).get_by_role("slider", name="Timeline")
    timeline.focus()
    for _ in range(5):
        timeline.press("ArrowLeft")
    expect_update(one, 10)
    show(one.page, "Inside the update")
    before = the_page_shows_what_torch_has(one)
    panel(one.page).get_by_role("radio", name="update", exact=True).check()
    button(one.page, "Step").click()
    expect_update(one, 11)
    button(one.page, "Back").click()
    expect_update(one, 10)
    assert the_page_shows_what_torch_has(one) == before
    show(one.page, "Loss")
    field = panel(one.page).get_by_role("textbox", name="Learning rate value", exact=True)
    field.fill("2e-5")
    field.press("Enter")
    one.until(lambda: one.panel.trainer.settings.learning_rate == 2e-5)
    button(one.page, "Step").click()
    expect_update(one, 11)
    show(one.page, "Inside the update")
    assert the_page_shows_what_torch_has(one)["learning_rate"] == [[2e-5]]
    branches = one.panel.trainer.recording.branches
    assert [branch.name for branch in branches] == ["learning rate 1e-5"]


def broken(model: Any, x: Any, y: Any, learning_rate: float) -> Any:
    loss = ((model(x) - y) ** 2).mean()
    yield "loss"
    loss.backward()
    yield "backward"
    model.w -= model.w.grad * learning_rate
    return loss.item()


def test_a_broken_update_function_is_shown_with_its_line(opened: Callable[..., Bridge]) -> None:
    one = opened(update=broken)
    panel(one.page).get_by_role("radio", name="update", exact=True).check()
    button(one.page, "Step").click()
    alert = panel(one.page).get_by_role("alert")
    expect(alert).to_contain_text("a leaf Variable that requires grad is being used in an in-place")
    expect(panel(one.page).get_by_label("failed", exact=True)).to_have_count(1)
    assert line(one, "failed") == ["model.w -= model.w.grad * learning_rate"]
    panel(one.page).get_by_role("radio", name="phase", exact=True).check()
    button(one.page, "Step").click()
    expect(alert).to_be_empty()
    phase_is(one, "loss")
    the_page_shows_what_torch_has(one)
    cell(one, "w, Mangoes, Rainfall").hover()
    strip = panel(one.page).locator(".lr-why")
    expect(strip).to_contain_text("w[Mangoes, Rainfall]")
    assert "·" not in strip.inner_text()  # only the article's update is known


def test_a_run_shows_the_inside_and_ends_with_the_true_numbers(one: Bridge) -> None:
    button(one.page, "Run").click()
    expect(panel(one.page).get_by_role("status")).to_contain_text("Finished")
    the_page_shows_what_torch_has(one)
    show(one.page, "Predictions")
    panel(one.page).get_by_role("button", name="All rows as a table").click()
    shown = panel(one.page).get_by_role("table", name="Mangoes: residuals").inner_text()
    predictions = one.panel.trainer.predictions()[:, 0].tolist()
    assert len(re.findall(r"^[A-O]\s", shown, re.MULTILINE)) == 15
    assert f"{predictions[0]:.2f}" in shown
