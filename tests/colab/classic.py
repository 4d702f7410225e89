"""The classic notebook of Colab's versions, in the browser.

Its page is not JupyterLab's: cells are found by their classes, and the notebook's own object is
``Jupyter.notebook``.
"""

from __future__ import annotations

from pathlib import Path

import nbformat
from playwright.sync_api import BrowserContext, Locator, Page

from tests.browser.lab import TOKEN, Server
from tests.kernel.client import Client
from tests.lanes import Lane

# Widgets that are made before their extension is loaded are never shown.
_READY = """() => {
  const notebook = window.Jupyter?.notebook;
  return notebook?._fully_loaded && notebook.kernel?.is_connected()
    && "jupyter.widget" in notebook.kernel.comm_manager.targets;
}"""
_KERNEL = "Jupyter.notebook.kernel.id"
_RAN = """() => Jupyter.notebook.get_cells().every(
  (cell) => !cell.element.hasClass("running") && cell.input_prompt_number !== "*"
)"""


class ClassicServer(Server):
    """``jupyter notebook`` of a lane, with kernels of the same lane.

    Parameters
    ----------
    folder
        An empty folder: notebooks, settings and the log go there.
    lane
        Its Python has notebook 6.
    """

    def __init__(self, folder: Path, lane: Lane) -> None:
        lane.check()
        self._lane = lane
        super().__init__(folder)

    def _start(self) -> tuple[int, object]:  # type: ignore[override]
        self._environment |= self._lane.environment
        return super()._start()

    def _command(self) -> list[str]:
        return [
            str(self._lane.python),
            "-m",
            "notebook",
            "--no-browser",
            "--ip=127.0.0.1",
            f"--port={self.port}",
            "--NotebookApp.port_retries=0",
            f"--NotebookApp.notebook_dir={self.notebooks}",
            "--KernelManager.transport=ipc",
            f"--NotebookApp.token={TOKEN}",
        ]


class ClassicPage:
    """One window on one notebook of a classic server."""

    def __init__(self, server: ClassicServer, context: BrowserContext, cells: list[str]) -> None:
        name = f"{len([*server.notebooks.iterdir()])}.ipynb"
        notebook = nbformat.v4.new_notebook(
            cells=[nbformat.v4.new_code_cell(cell) for cell in cells],
            metadata={"kernelspec": {"name": "python3", "display_name": "Python 3"}},
        )
        nbformat.write(notebook, server.notebooks / name)
        self.page: Page = context.new_page()
        self.page.set_viewport_size({"width": 1280, "height": 1000})
        self.errors: list[str] = []
        """Uncaught errors in the page."""
        self.page.on("pageerror", lambda error: self.errors.append(error.stack or str(error)))
        # At its start ipywidgets 7 asks for the widgets that there are, in vain, and then for one
        # after the other. Cells that run before it has its answer may make widgets that it takes
        # for old ones, and never shows.
        asked = "Failed to fetch ipywidgets through the"
        with self.page.expect_console_message(lambda message: message.text.startswith(asked)):
            self.page.goto(f"http://127.0.0.1:{server.port}/notebooks/{name}?token={TOKEN}")
        self.page.wait_for_function(_READY, polling=50)
        self.page.evaluate("new Promise((done) => Jupyter.notebook.kernel.kernel_info(done))")
        self.client: Client = server.client(self.page.evaluate(_KERNEL))

    def run_all(self) -> None:
        """Run all cells to their end; an AssertionError if one raises."""
        self.page.evaluate("Jupyter.notebook.execute_all_cells()")
        self.page.wait_for_function(_RAN, polling=50)
        assert self.cells.locator(".output_error").all_inner_texts() == []

    @property
    def cells(self) -> Locator:
        """The notebook's cells of code."""
        return self.page.locator(".code_cell")

    @property
    def panel(self) -> Locator:
        """The trainer's panel: the group with its name."""
        return self.page.get_by_role("group", name="Linear regression trainer", exact=True)

    def until(self, expression: str) -> None:
        """Wait until an expression holds in the kernel."""
        for _ in range(3000):
            if self.client.eval(expression):
                return
            self.page.wait_for_timeout(20)
        message = f"In the kernel, this never came to hold: {expression}"
        raise TimeoutError(message)

    def close(self) -> None:
        """Close the window; the kernel lives on."""
        self.client.close()
        self.page.close()
