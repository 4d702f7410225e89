"""A saved notebook, opened again in JupyterLab without its kernel: the recorded run is played.

JupyterLab starts another kernel for it, which knows nothing of the widget. (With "No Kernel" it
restores no widgets at all.)
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Locator, expect

from linreg_widget import Trainer, crop_yields
from tests.browser import lab as labs
from tests.browser.lab import Lab, NotebookPage, Server
from tests.microscope.looking import look

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


def has_a_tape(path: Path) -> bool:
    """Tell whether a saved notebook has a panel with a recorded run."""
    saved = json.loads(path.read_text(encoding="utf-8"))["metadata"]["widgets"]
    (states,) = saved.values()
    return any(
        buffer["path"] == ["_tape"] and buffer["data"]
        for model in states["state"].values()
        for buffer in model.get("buffers", [])
    )


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


def button(panel: Locator, name: str) -> Locator:
    return panel.get_by_role("button", name=name, exact=True)


def test_a_notebook_opened_without_its_kernel_plays_what_was_saved(saving: Lab) -> None:
    cells = ["from linreg_widget import TrainerWidget", "widget = TrainerWidget(); widget.run()"]
    notebook = saving.open([*cells, "widget"])
    notebook.run_all()
    panel = notebook.panel
    expect(panel).to_be_visible()
    notebook.until(lambda: notebook.kernel("len(widget.panel._tape)") > 0)
    notebook.until(lambda: notebook.ink() > 0.01, "the plot stayed blank")
    notebook.save()
    saving.server.end_sessions()
    path = saving.server.notebooks / notebook.name
    assert has_a_tape(path)
    open_again(notebook)
    assert has_a_tape(path)  # JupyterLab would save a notebook without it once its kernel is gone
    expect(panel).to_contain_text("recorded run, no kernel")
    status, timeline = panel.get_by_role("status"), panel.get_by_role("slider", name="Timeline")
    expect(timeline).to_have_value("250")
    notebook.until(lambda: notebook.ink() > 0.01, "the plot stayed blank")
    panel.get_by_role("radio", name="phase").check()
    button(panel, "Reset").click()
    expect(status).to_contain_text("Ready")
    trainer = Trainer(crop_yields())
    for _ in range(6):
        button(panel, "Step").click()
        trainer.step("phase")
        expect(panel.locator(".lr-sentence")).to_have_text(look(trainer).sentence)
    button(panel, "Back").click()
    trainer.back("phase")
    expect(panel.locator(".lr-sentence")).to_have_text(look(trainer).sentence)
    notebook.show("Loss")
    rate = panel.get_by_role("slider", name="Learning rate")
    expect(rate).to_have_attribute("aria-disabled", "true")
    expect(rate).to_have_attribute("title", re.compile("^This needs a running kernel"))
    button(panel, "Run").click()
    expect(timeline).to_have_value("250")
    assert notebook.kernel("'linreg_widget' in __import__('sys').modules") is False
