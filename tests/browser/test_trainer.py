"""The trainer in a real JupyterLab: what the page shows and what the kernel has agree."""

from __future__ import annotations

import re

import numpy as np
import pytest
from playwright.sync_api import Locator, expect

from tests.browser.lab import Lab, NotebookPage

CELLS = [
    "from linreg_widget import TrainerWidget",
    "widget = TrainerWidget(learning_rate=1e-5, epochs=50); widget",
]
# A run that is watched takes five seconds, and the page draws all the while.
AT_ONCE = [CELLS[0], CELLS[1].replace("; ", "; widget.speed = None; ")]
LONG = [CELLS[0], "widget = TrainerWidget(learning_rate=1e-6, epochs=10_000_000); widget"]
PACED = [
    CELLS[0],
    LONG[1].replace("_000)", "_000, plot=None)").replace("; ", "; widget.speed = 200; "),
]


@pytest.fixture
def notebook(shared_lab: Lab) -> NotebookPage:
    return opened(shared_lab, CELLS)


def opened(lab: Lab, cells: list[str]) -> NotebookPage:
    notebook = lab.open(cells)
    notebook.run_all()
    expect(notebook.panel).to_be_visible()
    return notebook


def button(notebook: NotebookPage, name: str) -> Locator:
    return notebook.panel.get_by_role("button", name=name, exact=True)


def slider(notebook: NotebookPage, name: str) -> Locator:
    return notebook.panel.get_by_role("slider", name=name, exact=True)


def shown_update(notebook: NotebookPage) -> int:
    """Return the number of updates that the Timeline shows."""
    return int(slider(notebook, "Timeline").input_value())


def agree(notebook: NotebookPage) -> bool:
    """Tell whether the page, the widget and its trainer stand at the same update."""
    inside = notebook.kernel("[widget.trainer.position.update, widget.update]")
    return [shown_update(notebook)] * 2 == list(inside)


def expect_update(notebook: NotebookPage, update: int) -> None:
    expect(slider(notebook, "Timeline")).to_have_value(str(update))
    # The Timeline shows what is asked of the kernel before the kernel has done it.
    notebook.until(lambda: notebook.kernel("widget.trainer.position.update") == update)


def phase_is(notebook: NotebookPage, phase: str) -> None:
    notebook.until(lambda: notebook.kernel("widget.trainer.position.phase") == phase)


def status_is(notebook: NotebookPage, status: str) -> bool:
    return bool(notebook.kernel("widget.status") == status)


def test_step_makes_one_gradient_update_and_back_undoes_it(notebook: NotebookPage) -> None:
    before = notebook.kernel("widget.trainer.model.w.tolist()")
    button(notebook, "Step").click()
    expect_update(notebook, 1)
    expect(notebook.panel.get_by_role("status")).to_contain_text("update 1 of 250")
    loss = notebook.kernel("float(widget.trainer.recording.losses[0])")
    shown = notebook.panel.inner_text().replace(",", "")
    assert f"{loss:.4g}" in shown or f"{round(loss)}" in shown
    assert notebook.kernel("widget.trainer.model.w.tolist()") != before
    button(notebook, "Back").click()
    expect_update(notebook, 0)
    assert notebook.kernel("widget.trainer.model.w.tolist()") == before
    assert [url for url in notebook.foreign_requests if "jupyter" not in url] == []


def test_step_by_phase_update_and_epoch(notebook: NotebookPage) -> None:
    choice = notebook.panel.get_by_role("radio", name=re.compile("epoch", re.IGNORECASE))
    choice.check()
    button(notebook, "Step").click()
    expect_update(notebook, 5)
    notebook.panel.get_by_role("radio", name=re.compile("phase", re.IGNORECASE)).check()
    for phase in ("predict", "loss", "backward", "update"):
        button(notebook, "Step").click()
        expect(notebook.panel.get_by_role("status")).to_contain_text(f"after {phase}")
        phase_is(notebook, phase)
    the_page_shows_what_torch_has(notebook)
    button(notebook, "Step").click()
    notebook.show("Loss")
    expect_update(notebook, 6)
    button(notebook, "Back").click()
    expect(notebook.panel.get_by_role("status")).to_contain_text("after update")
    phase_is(notebook, "update")


def the_page_shows_what_torch_has(notebook: NotebookPage) -> None:
    """Compare each digit of w and its gradient; test_microscope.py does so with all tensors."""
    for name in ("w", "w.grad"):
        held = np.array(notebook.kernel(f"widget.trainer.model.{name}.tolist()"), np.float32)
        grid = notebook.panel.locator(f"figure:has(figcaption b:text-is('{name}'))")
        titles = grid.locator("td[data-at]").evaluate_all("(all) => all.map((td) => td.title)")
        shown = [title.split()[0].rstrip(",").replace("−", "-") for title in titles]
        assert np.array_equal(np.array(shown, np.float32), held.flatten()), name


def test_a_run_comes_to_its_end_is_drawn_and_gone_through_by_timeline_and_keys(
    shared_lab: Lab,
) -> None:
    notebook = opened(shared_lab, AT_ONCE)
    button(notebook, "Run").click()
    notebook.until(lambda: status_is(notebook, "finished"))
    expect_update(notebook, 250)
    expect(notebook.panel.get_by_role("status")).to_contain_text("Finished")
    expect(notebook.panel.get_by_role("progressbar", name="Progress")).to_have_attribute(
        "value", re.compile(r"^(1|100|250)$")
    )
    notebook.until(lambda: notebook.ink() > 0.01, "the plot stayed blank")
    end = notebook.kernel("widget.trainer.model.w.tolist()")
    slider(notebook, "Timeline").fill("100")
    expect_update(notebook, 100)
    assert notebook.kernel("widget.trainer.model.w.tolist()") != end
    assert notebook.kernel("len(widget.trainer.recording)") == 250
    notebook.panel.focus()
    for key, update in (("ArrowRight", 101), ("ArrowRight", 102), ("ArrowLeft", 101)):
        notebook.page.keyboard.press(key)
        expect_update(notebook, update)
    notebook.page.keyboard.press(" ")
    notebook.until(lambda: status_is(notebook, "finished"))
    expect_update(notebook, 250)
    assert notebook.kernel("widget.trainer.model.w.tolist()") == end
    notebook.page.keyboard.press("Home")
    expect_update(notebook, 0)
    assert notebook.evaluate("notebook.content.widgets.length") == len(AT_ONCE)


def test_a_run_is_paused_changed_reset_and_comes_back_from_its_divergence(shared_lab: Lab) -> None:
    """What each act does to a kernel, tests/kernel/test_protocol.py proves message by message."""
    notebook = opened(shared_lab, PACED)
    button(notebook, "Run").click()
    notebook.until(lambda: shown_update(notebook) > 20)
    slider(notebook, "Learning rate").press("ArrowRight")
    notebook.until(lambda: notebook.kernel("len(widget.trainer.recording.segments)") == 2)
    button(notebook, "Pause").click()
    expect(button(notebook, "Run")).to_be_visible()
    notebook.until(lambda: status_is(notebook, "paused") and agree(notebook))
    rates = "[s.settings.learning_rate for s in widget.trainer.recording.segments]"
    first, second = notebook.kernel(rates)
    assert first == 1e-6 < second == notebook.kernel("widget.learning_rate")
    stopped = shown_update(notebook)
    assert notebook.kernel("len(widget.trainer.recording)") == stopped
    button(notebook, "Run").click()
    notebook.until(lambda: shown_update(notebook) > stopped)
    button(notebook, "Reset").click()
    expect_update(notebook, 0)
    notebook.until(lambda: status_is(notebook, "ready"))
    field = notebook.panel.get_by_role("textbox", name=re.compile("^Learning rate"))
    alert = notebook.panel.get_by_role("alert")
    field.fill("0")
    field.press("Enter")
    expect(alert).to_contain_text("positive")
    assert notebook.kernel("widget.learning_rate") == second
    field.fill("1")
    field.press("Enter")
    notebook.until(lambda: notebook.kernel("widget.learning_rate") == 1)
    expect(alert).not_to_contain_text("positive")
    button(notebook, "Run").click()
    notebook.until(lambda: status_is(notebook, "diverged"))
    expect(notebook.panel.get_by_role("status")).to_contain_text("iverged")
    button(notebook, "Back").click()
    notebook.until(lambda: status_is(notebook, "paused"))
    assert notebook.kernel("bool(widget.trainer.model.w.isfinite().all())")


TYPED_AND_STEPPED = """(rates) => {
  const field = document.querySelector(".lr-knob-learning-rate .lr-field");
  for (const rate of rates) {
    field.value = rate;
    field.dispatchEvent(new InputEvent("input", { bubbles: true }));
    field.dispatchEvent(new KeyboardEvent("keydown", { key: "Enter", bubbles: true }));
  }
  const all = [...document.querySelectorAll(".linreg button")];
  all.find((button) => button.textContent.trim() === "Step").click();
}"""


def test_a_step_is_made_with_the_rate_that_is_shown(shared_lab: Lab) -> None:
    """JupyterLab keeps a value back while it has sent another, but no message."""
    notebook = opened(shared_lab, CELLS)
    notebook.page.evaluate(TYPED_AND_STEPPED, ["5e-6", "4e-6", "3e-6"])
    expect_update(notebook, 1)
    rates = "[one.settings.learning_rate for one in widget.trainer.recording.segments]"
    assert notebook.kernel(rates) == [3e-6]
    notebook.until(lambda: notebook.kernel("widget.learning_rate") == 3e-6)


def test_a_reload_within_a_run_comes_back_and_goes_on(shared_lab: Lab) -> None:
    notebook = opened(shared_lab, PACED)
    # Saved with its widgets' state, or else a reloaded page asks the kernel for it.
    button(notebook, "Run").click()
    notebook.until(lambda: shown_update(notebook) > 100)
    notebook.reload()
    expect(notebook.panel).to_be_visible()
    seen = shown_update(notebook)
    notebook.until(lambda: shown_update(notebook) > seen, "the run did not go on")
    button(notebook, "Pause").click()
    notebook.until(lambda: status_is(notebook, "paused") and agree(notebook))


def test_the_widget_is_live_while_its_cell_runs(shared_lab: Lab) -> None:
    notebook = shared_lab.open([*CELLS, "widget.run(epochs=10_000_000)"])
    notebook.run_cell(0)
    notebook.run_cell(1)
    notebook.start_cell(2)
    notebook.until(lambda: shown_update(notebook) > 100)
    expect(button(notebook, "Pause")).to_be_visible()
    notebook.until(lambda: notebook.ink() > 0.01, "the plot stayed blank")
    notebook.interrupt()
    notebook.finish(check=False)
    notebook.until(lambda: status_is(notebook, "paused") and agree(notebook))


def test_linreg_typed_into_a_cell_trains_live_and_stays(shared_lab: Lab) -> None:
    notebook = shared_lab.open(["%load_ext linreg_widget"])
    notebook.run_all()
    rows = "size, price\n1, 3\n2, 5\n3, 7\n4, 9"
    index = notebook.add_cell_and_run(f"%%linreg --lr 0.05 -e 40 -n widget\n{rows}")
    expect(notebook.panel).to_be_visible()
    assert (notebook.kernel("widget.status"), notebook.kernel("widget.update")) == ("finished", 80)
    expect_update(notebook, 80)
    slider(notebook, "Timeline").fill("10")
    expect_update(notebook, 10)
    notebook.until(lambda: notebook.ink() > 0.01, "the plot stayed blank")
    wrong = notebook.add_cell_and_run("%%linreg -t prize\nsize, price\n1, 3", check=False)
    assert wrong == index + 1
    expect(notebook.output(wrong)).to_contain_text("UsageError")
    expect(notebook.output(wrong)).to_contain_text("price")
    expect(notebook.output(wrong)).not_to_contain_text("Traceback")


def test_shift_enter_in_the_panel_goes_on_to_the_next_cell(shared_lab: Lab) -> None:
    notebook = opened(shared_lab, [*CELLS, "after = 1"])
    button(notebook, "Step").focus()
    notebook.page.keyboard.press("Shift+Enter")
    notebook.until(lambda: notebook.evaluate("notebook.content.activeCellIndex") == len(CELLS))
    assert notebook.evaluate("document.activeElement.closest('.linreg') === null")
    assert notebook.kernel("widget.update") == 0, "the button was not pressed"
    assert notebook.kernel("'after' in globals()") is True, "all cells were run once"
    # The widget's cell is not run again: its run would be gone.
    counts = "notebook.content.widgets.map((cell) => cell.model.executionCount)"
    assert notebook.evaluate(counts) == [1, 2, 3]
