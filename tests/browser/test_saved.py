"""A saved notebook, opened again in JupyterLab without its kernel: the page trains on.

JupyterLab starts another kernel for it, which knows nothing of the widget. (With "No Kernel" it
restores no widgets at all.)
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, expect

from linreg_widget import Trainer, crop_yields
from tests.browser import lab as labs
from tests.browser.lab import Lab, NotebookPage, Server
from tests.browser.parts import button, expect_sentence

WIDGETS = "@jupyter-widgets/jupyterlab-manager:plugin"


@pytest.fixture
def saving(
    browser_context: BrowserContext, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Lab]:
    """Start a JupyterLab with "Save Widget State Automatically" on."""
    monkeypatch.setitem(labs._SETTINGS, WIDGETS, {"saveState": True})
    server = Server(tmp_path / "saving")
    try:
        with Lab(server, browser_context, tmp_path) as lab:
            yield lab
            lab.check_page_errors()
    finally:
        server.stop()


def holds_rows(path: Path) -> bool:
    """Tell whether a saved notebook has a panel with the table, and none with a tape."""
    saved = json.loads(path.read_text(encoding="utf-8"))["metadata"]["widgets"]
    (states,) = saved.values()
    held = {
        buffer["path"][0]
        for model in states["state"].values()
        for buffer in model.get("buffers", [])
        if buffer["data"]
    }
    return "_rows_data" in held and "_tape" not in held


def open_again(notebook: NotebookPage) -> None:
    """Load the page anew, as often as JupyterLab's own race takes to be won.

    Its widget manager restores twice, once from kernel and notebook and once, when the connection
    stands, from the kernel alone. If the second ends first, it shows what is only in the notebook
    as "model not found" and does not look again (ipywidgets 8.1, ``restoreWidgets``).
    """
    missing = notebook.output(2).get_by_text("Error displaying widget: model not found")
    for _ in range(5):
        notebook.page.reload()
        notebook.wait_until_shown()
        expect(notebook.panel.or_(missing)).to_be_visible()
        if notebook.panel.is_visible():
            return
    pytest.fail("five times the saved widget was not found")


@pytest.mark.matrix  # `make test` lets the same state train in pages by nbconvert and of their own
def test_a_notebook_opened_without_its_kernel_trains_on_from_what_was_saved(saving: Lab) -> None:
    cells = ["from linreg_widget import TrainerWidget", "widget = TrainerWidget(); widget.run()"]
    notebook = saving.open([*cells, "widget"])
    notebook.run_all()
    panel = notebook.panel
    expect(panel).to_be_visible()
    expect(panel).not_to_contain_text("Computed in this page")
    notebook.until(lambda: notebook.ink() > 0.01, "the plot stayed blank")
    notebook.save()
    saving.server.end_sessions()
    path = saving.server.notebooks / notebook.name
    assert holds_rows(path)
    open_again(notebook)
    assert holds_rows(path)  # JupyterLab would save a notebook without them once its kernel is gone
    expect(panel).to_contain_text("Computed in this page in 32-bit numbers")
    status, timeline = panel.get_by_role("status"), panel.get_by_role("slider", name="Timeline")
    expect(timeline).to_have_value("250")
    panel.get_by_role("radio", name="phase").check()
    button(panel, "Reset").click()
    expect(status).to_contain_text("Ready")
    trainer = Trainer(crop_yields())
    for _ in range(6):
        button(panel, "Step").click()
        trainer.step("phase")
        expect_sentence(panel, trainer)
    notebook.show("Loss")
    rate = panel.get_by_role("textbox", name="Learning rate value")
    rate.fill("2e-5")
    rate.press("Enter")
    button(panel, "Full").click()
    button(panel, "Run").click()
    expect(status).to_contain_text("Finished")
    assert notebook.kernel("'linreg_widget' in __import__('sys').modules") is False


@pytest.mark.matrix  # which messages are sent, tests/widget/test_picture.py proves
def test_a_run_in_a_later_cell_brings_its_picture_and_no_second_widget(shared_lab: Lab) -> None:
    notebook = shared_lab.open(
        [
            "import linreg_widget\nwidget = linreg_widget.TrainerWidget(epochs=4)\nwidget",
            "display(widget)",
            "widget.run()",
        ]
    )
    notebook.run_all()
    panels = notebook.page.get_by_role("group", name="Linear regression trainer", exact=True)
    expect(panels).to_have_count(2)
    expect(panels.filter(has_text="Finished")).to_have_count(2)
    (result,), (shown,) = notebook.outputs(0), notebook.outputs(1)
    assert "image/png" in shown["data"]
    assert "transient" not in result
    assert "image/png" not in result["data"], "JupyterLab replaces no cell's result"
