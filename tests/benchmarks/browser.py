"""A notebook in a real JupyterLab and a real Chromium, for the benchmarks that need a page."""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Iterator
from pathlib import Path

import linreg_widget
from tests.benchmarks.common import MissingError

try:
    from playwright.sync_api import sync_playwright

    from tests.browser.chromium import FLAGS, NONE_FOUND, chromium_path
    from tests.browser.lab import Lab, NotebookPage, Server
except ImportError as error:
    raise MissingError(f"{error}. `make bench` installs what is needed.") from error

__all__ = ["PATHS", "NotebookPage", "notebook"]

PATHS = f"import sys; sys.path[:0] = {[str(Path(__file__).parents[2])]!r}"
"""A cell's first line, with which the notebook's kernel finds this package."""

_PATIENCE = 600  # seconds after which a wait is given up: some plots are slow


@contextlib.contextmanager
def notebook(cells: list[str], *, height: int = 1600) -> Iterator[NotebookPage]:
    """Open a notebook of code cells, with a server, a browser and a kernel of its own.

    Parameters
    ----------
    cells : list of str
    height : int
        Of the window in pixels: all cells and outputs should be in sight, or they are not drawn.
    """
    bundle = Path(str(linreg_widget.__file__)).parent / "static" / "panel.js"
    if not bundle.exists():
        raise MissingError("the front end is not built: `make linreg_widget/static/panel.js`.")
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="bench-")))
        playwright = stack.enter_context(sync_playwright())
        path = chromium_path(playwright)
        if path is None:
            raise MissingError(NONE_FOUND)
        server = Server(folder)
        stack.callback(server.stop)
        browser = playwright.chromium.launch(executable_path=path, args=list(FLAGS))
        stack.callback(browser.close)
        context = browser.new_context()
        context.set_default_timeout(_PATIENCE * 1000)
        lab = stack.enter_context(Lab(server, context, folder))
        opened = lab.open(cells, size=(1280, height))
        yield opened
        if opened.page_errors:
            print(f"  Errors in the page: {opened.page_errors}")
