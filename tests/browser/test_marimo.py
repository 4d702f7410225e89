"""The panel alone in a real marimo, which shows anywidgets but no other widgets."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from http.client import HTTPConnection, HTTPException
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.parts import button
from tests.kernel.client import PATIENCE
from tests.serving import ended, free_port

NOTEBOOK = """
import marimo

app = marimo.App()


@app.cell
def _():
    import marimo as mo
    from linreg_widget import TrainerWidget

    widget = TrainerWidget(plot=None)
    panel = mo.ui.anywidget(widget.panel)
    panel
    return mo, panel, widget


@app.cell
def _(mo, panel, widget):
    mo.md(f"told {panel.value['update']}, is {widget.trainer.position.update}")
    return


if __name__ == "__main__":
    app.run()
"""


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Run marimo, with a home of its own, and yield where it answers."""
    folder = tmp_path_factory.mktemp("marimo")
    (folder / "lesson.py").write_text(NOTEBOOK, encoding="utf-8")
    port = free_port()
    command = [sys.executable, "-m", "marimo", "run", "lesson.py", "--headless", "--no-token"]
    with (folder / "marimo.log").open("wb") as log:
        process = subprocess.Popen(
            [*command, "--host=127.0.0.1", f"--port={port}"],
            cwd=folder,
            env={**os.environ, "HOME": str(folder), "XDG_CONFIG_HOME": str(folder)},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
        )
    try:
        _wait_until_it_answers(port, process, folder / "marimo.log")
        yield f"http://127.0.0.1:{port}/"
    finally:
        ended(process)


def _wait_until_it_answers(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + PATIENCE
    while process.poll() is None and time.monotonic() < deadline:
        connection = HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
        with contextlib.suppress(OSError, HTTPException), contextlib.closing(connection):
            connection.request("GET", "/health")
            if connection.getresponse().status == 200:
                return
        time.sleep(0.1)
    message = f"marimo did not start; its log:\n{log.read_text(encoding='utf-8')}"
    raise RuntimeError(message)


@pytest.fixture
def page(address: str, browser_context: BrowserContext) -> Iterator[Page]:
    wrong: list[str] = []
    foreign: list[str] = []
    page = browser_context.new_page()
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on(
        "request",
        lambda request: (
            None
            if request.url.startswith((address, "data:", "blob:"))
            else foreign.append(request.url)
        ),
    )
    page.goto(address)
    yield page
    page.close()
    assert (wrong, foreign) == ([], [])


def test_the_panel_steps_runs_and_goes_back_in_marimo(page: Page) -> None:
    panel = page.get_by_role("group", name="Linear regression trainer")
    timeline = panel.get_by_role("slider", name="Timeline")
    status = panel.get_by_role("status")
    # marimo runs the cells, and so imports torch, only now that there is a page.
    expect(panel).to_be_visible(timeout=3_000 * PATIENCE)
    button(panel, "Step").click()
    expect(timeline).to_have_value("1")
    expect(status).to_contain_text("update 1 of 250")
    panel.get_by_role("radio", name="phase").check()
    button(panel, "Step").click()
    expect(status).to_contain_text("after predict")
    button(panel, "Back").click()
    expect(status).not_to_contain_text("after predict")
    panel.get_by_role("tab", name="Loss", exact=True).click()
    button(panel, "Full").click()
    button(panel, "Run").click()
    expect(timeline).to_have_value("250")
    expect(status).to_contain_text("Finished: 50 epochs, 250 updates.")
    epochs = panel.get_by_role("textbox", name="Epochs value")
    epochs.fill("60")
    epochs.press("Enter")
    expect(status).to_contain_text("of 300")
