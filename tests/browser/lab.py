"""A real JupyterLab in a real Chromium, for tests.

>>> notebook = lab.open(["import linreg_widget", "widget = linreg_widget.TrainerWidget(); widget"])
>>> notebook.run_all()
>>> notebook.panel.get_by_role("button", name="Step", exact=True).click()
>>> expect(notebook.panel.get_by_role("status")).to_contain_text("update 1")
>>> notebook.kernel("widget.update")
1

Everything waits for a state. `PATIENCE` is when a wait is given up, not what is expected.
"""

from __future__ import annotations

import contextlib
import itertools
import json
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Any, Literal, Self

import nbformat
import pytest
from playwright.sync_api import BrowserContext, ConsoleMessage, Error, Locator, Page, Request

from tests.kernel.client import PATIENCE, Client
from tests.serving import ended, free_port

TOKEN = "of-the-browser-tests"  # noqa: S105 (no secret: the server listens on this machine only)
App = Literal["lab", "notebook"]
Theme = Literal["light", "dark"]

ALLOWED_PAGE_ERRORS = (
    # Notebook 7 asks for the shortcuts of a plugin that is not loaded yet,
    r"reading 'schema'\)\s+at http://127\.0\.0\.1:\d+/static/notebook/notebook_core",
    # and its hidden file browser for a command that only JupyterLab has.
    r"^Error: Command 'filebrowser:open-path' not registered",
)
"""Patterns of uncaught errors that are not ours, each with its reason."""

_SETTINGS = {
    "@jupyterlab/apputils-extension:notification": {
        "checkForUpdates": False,
        "doNotDisturbMode": True,
        "fetchNews": "false",
    },
}

NOTEBOOK = """
const open = [...window.jupyterapp.shell.widgets("main")];
const notebook = open.find((widget) => widget.context?.path === name);
"""
SHOWN = """(name) => {
  if (!window.jupyterapp) return false;
  %s
  return notebook?.context.isReady && notebook.isVisible && notebook.sessionContext.isReady;
}"""
RUN = """([name, command, index]) => {
  %s
  window.jupyterapp.shell.activateById(notebook.id);
  if (index !== null) {
    notebook.content.deselectAll();
    notebook.content.activeCellIndex = index;
  }
  window.linregRun = "running";
  window.jupyterapp.commands.execute(command).then(
    () => { window.linregRun = "done"; },
    (error) => { window.linregRun = String(error); },
  );
}"""
_START_OVER = """([name, cells]) => {
  %s
  const shared = notebook.content.model.sharedModel;
  shared.transact(() => {
    shared.deleteCellRange(0, shared.cells.length);
    shared.insertCells(0, cells.map((source) => ({ cell_type: "code", source, metadata: {} })));
  });
  notebook.content.activeCellIndex = 0;
}"""
_LOCK = """(
    globals()["widget"].trainer.lock if hasattr(globals().get("widget"), "trainer")
    else __import__("contextlib").nullcontext()
)"""
_FORGET = """
__import__("ipywidgets").Widget.close_all()
get_ipython().reset()
"""
INK = """(canvas) => {
  const { width, height } = canvas;
  const pixels = new Uint32Array(
    canvas.getContext("2d").getImageData(0, 0, width, height).data.buffer,
  );
  return pixels.reduce((sum, pixel) => sum + (pixel !== pixels[0]), 0) / pixels.length;
}"""


class CellError(AssertionError):
    """A cell raised; the message is its name and value."""


class Server:
    """JupyterLab (and Notebook 7, on the same server) with settings of its own.

    Parameters
    ----------
    folder
        An empty folder: notebooks, settings and the log go there.
    """

    def __init__(self, folder: Path) -> None:
        self.notebooks = folder / "notebooks"
        # Near the root: the path of a socket has at most 107 characters.
        self._short = tempfile.TemporaryDirectory(prefix="lab-")
        self.runtime = Path(self._short.name)
        self.log = folder / "jupyter.log"
        overrides = folder / "config" / "labconfig" / "default_setting_overrides.json"
        overrides.parent.mkdir(parents=True)
        overrides.write_text(json.dumps(_SETTINGS), encoding="utf-8")
        self.notebooks.mkdir()
        self._environment = {
            **os.environ,
            "JUPYTER_CONFIG_DIR": str(folder / "config"),
            "JUPYTER_DATA_DIR": str(folder / "data"),
            "JUPYTER_RUNTIME_DIR": str(self.runtime),
            "JUPYTERLAB_SETTINGS_DIR": str(folder / "settings"),
            "JUPYTERLAB_WORKSPACES_DIR": str(folder / "workspaces"),
            "IPYTHONDIR": str(folder / "ipython"),
        }
        self.port, self._process = self._start()

    def _start(self) -> tuple[int, subprocess.Popen[bytes]]:
        for _ in range(3):  # the free port may be taken before the server has it
            self.port = free_port()
            with self.log.open("ab") as log:
                process = subprocess.Popen(
                    [*self._command(), *(["--allow-root"] if os.geteuid() == 0 else [])],
                    env=self._environment,
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=subprocess.STDOUT,
                )
            deadline = time.monotonic() + PATIENCE
            while process.poll() is None and time.monotonic() < deadline:
                with contextlib.suppress(OSError, HTTPException):
                    self.request("GET", "/api/status")
                    return self.port, process
                time.sleep(0.1)
            process.kill()
            process.wait()
        message = f"JupyterLab did not start; its log:\n{self.log.read_text(encoding='utf-8')}"
        raise RuntimeError(message)

    def _command(self) -> list[str]:
        return [
            sys.executable,
            "-m",
            "jupyterlab",
            "--no-browser",
            "--ip=127.0.0.1",
            f"--port={self.port}",
            "--ServerApp.port_retries=0",
            f"--ServerApp.root_dir={self.notebooks}",
            # By files: a port that is free may be taken before the kernel has it.
            "--KernelManager.transport=ipc",
            f"--IdentityProvider.token={TOKEN}",
            "--LabApp.news_url=None",
            "--LabApp.expose_app_in_browser=True",
            "--JupyterNotebookApp.expose_app_in_browser=True",
        ]

    def stop(self) -> None:
        """End the server and its kernels."""
        ended(self._process)
        self._short.cleanup()

    def request(self, method: str, path: str) -> Any:
        """Ask the server's REST interface; returns the JSON, or None where there is none."""
        connection = HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        try:
            connection.request(method, path, headers={"Authorization": f"token {TOKEN}"})
            response = connection.getresponse()
            body = response.read()
        finally:
            connection.close()
        if response.status >= 400:
            message = f"{method} {path}: {response.status} {response.reason}"
            raise HTTPException(message)
        return json.loads(body) if body else None

    def url(self, app: App, name: str, workspace: str, port: int | None = None) -> str:
        """Return the address at which a notebook is opened, in a workspace of its own."""
        tree = f"lab/workspaces/{workspace}/tree" if app == "lab" else "notebooks"
        return f"http://127.0.0.1:{port or self.port}/{tree}/{name}?token={TOKEN}"

    def client(self, kernel: str) -> Client:
        """Return a client of one of the server's kernels."""
        client = Client(self.runtime / f"kernel-{kernel}.json")
        client.wait_until_ready()
        return client

    def end_sessions(self, of: str = "") -> None:
        """Shut the kernels down of the notebooks whose names begin so; all, if not given."""
        for session in self.request("GET", "/api/sessions"):
            if session["path"].startswith(of):
                self.request("DELETE", f"/api/sessions/{session['id']}")


class NotebookPage:
    """One browser window on one notebook."""

    def __init__(self, lab: Lab, page: Page, name: str, app: App, workspace: str) -> None:
        self.lab = lab
        self.page = page
        self.name = name
        self.app = app
        self.page_errors: list[str] = []
        """Uncaught errors in the page."""
        self.console: list[str] = []
        """Errors and warnings of the page's console."""
        self.foreign_requests: list[str] = []
        """Addresses outside this machine that the page asked for (in vain)."""
        page.on("pageerror", self._on_page_error)
        page.on("console", self._on_console)
        page.on("request", self._on_request)
        page.goto(lab.server.url(app, name, workspace, lab.port))
        self.wait_until_shown()
        self.wait_until_idle()

    def _on_page_error(self, error: Error) -> None:
        self.page_errors.append(error.stack or str(error))

    def _on_console(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self.console.append(f"{message.type}: {message.text}")

    def _on_request(self, request: Request) -> None:
        if not re.match(r"(data|blob|about):|(http|ws)://127\.0\.0\.1[:/]", request.url):
            self.foreign_requests.append(request.url)

    # The page

    @property
    def panel(self) -> Locator:
        """The trainer's panel: the group with its name."""
        return self.page.get_by_role("group", name="Linear regression trainer", exact=True)

    def show(self, tab: str) -> None:
        """Open a tab of the panel."""
        self.panel.get_by_role("tab", name=tab, exact=True).click()

    @property
    def canvas(self) -> Locator:
        """The first ipympl canvas's picture (its second canvas is the rubber band's)."""
        return self.page.locator(".jupyter-matplotlib-canvas-container canvas").first

    def output(self, index: int) -> Locator:
        """Return where a cell's outputs are shown."""
        return self.page.locator(".jp-Notebook .jp-Cell").nth(index).locator(".jp-Cell-outputArea")

    def ink(self, canvas: Locator | None = None) -> float:
        """Return the share of a canvas's pixels that differ from its first one; 0 is a blank."""
        share: float = (canvas or self.canvas).evaluate(INK)
        return share

    def screenshot(self, name: str) -> Path:
        """Save a picture of the window in the test's folder and return its path."""
        path = self.lab.folder / f"{name}.png"
        self.page.screenshot(path=path)
        return path

    def until(
        self, condition: Callable[[], object], otherwise: str = "the state was not reached"
    ) -> None:
        """Wait until `condition` holds, as seen from the test.

        Each look is work for page and kernel, so looks become rarer.
        """
        deadline, pause = time.monotonic() + PATIENCE, 20.0
        while not condition():
            if time.monotonic() > deadline:
                message = f"Gave up after {PATIENCE:.0f} s: {otherwise}."
                raise TimeoutError(message)
            self.page.wait_for_timeout(pause)  # lets the page's events in
            pause = min(1.2 * pause, 200)

    def _wait_in_page(self, expression: str) -> None:
        # By a timer: animation frames, Playwright's default, may rest in a window behind another.
        self.page.wait_for_function(expression, arg=self.name, polling=50)

    def wait_until_shown(self) -> None:
        """Wait until the notebook is shown and connected to its kernel."""
        self._wait_in_page(SHOWN % NOTEBOOK)

    def wait_until_idle(self) -> None:
        """Wait until the kernel has nothing to do."""
        idle = "notebook.sessionContext.session?.kernel?.status === 'idle'"
        self._wait_in_page(f"(name) => {{ {NOTEBOOK} return {idle}; }}")

    def evaluate(self, expression: str) -> Any:
        """Return the value of a JavaScript expression; `notebook` is Jupyter's own object."""
        return self.page.evaluate(f"(name) => {{ {NOTEBOOK} return {expression}; }}", self.name)

    def set_theme(self, theme: Theme) -> None:
        """Choose Jupyter's light or dark theme, and the matching preference of the system."""
        self.page.emulate_media(color_scheme=theme)
        name = "JupyterLab Light" if theme == "light" else "JupyterLab Dark"
        is_light = "true" if theme == "light" else "false"
        shown = f"() => document.body.dataset.jpThemeLight === '{is_light}'"
        if not self.page.evaluate(shown):
            command = "window.jupyterapp.commands.execute('apputils:change-theme', { theme })"
            self.page.evaluate(f"(theme) => {command}", name)
        self._wait_in_page(shown)

    def save(self) -> None:
        """Save the notebook."""
        self.evaluate("notebook.context.save()")

    def reload(self) -> None:
        """Save the notebook and load the page anew; the kernel lives on."""
        self.save()
        self.page.reload()
        self.wait_until_shown()

    def start_over(self, cells: Sequence[str]) -> None:
        """Take other cells into the same window, and forget in the kernel what the old ones made.

        What is slow to start stays: the page, the kernel and the modules that it has loaded.
        """
        self.wait_until_idle()
        self.execute(_FORGET)
        for seen in (self.page_errors, self.console, self.foreign_requests):
            seen.clear()
        self.page.evaluate(_START_OVER % NOTEBOOK, [self.name, list(cells)])

    def close(self) -> None:
        """Close the window, in which nothing went wrong; the kernel lives on."""
        self.lab.check_page_errors()
        self.lab.windows.remove(self)
        self.page.close()

    def open_again(self, *, app: App | None = None) -> NotebookPage:
        """Open a second window on the same notebook and kernel."""
        return self.lab.open_window(self.name, app=app or self.app)

    # Cells

    def run_all(self, *, check: bool = True) -> None:
        """Run all cells to their end; raises a CellError if one raises and `check` is set."""
        self._run("notebook:run-all-cells", None)
        self.finish(check=check)

    def run_cell(self, index: int, *, check: bool = True) -> None:
        """Run one cell to its end."""
        self.start_cell(index)
        self.finish(check=check)

    def start_cell(self, index: int) -> None:
        """Start one cell and return at once; `finish` waits for it."""
        self._run("notebook:run-cell", index)

    def _run(self, command: str, index: int | None) -> None:
        self.page.evaluate(RUN % NOTEBOOK, [self.name, command, index])

    def finish(self, *, check: bool = True) -> None:
        """Wait until the cells that were started have ended."""
        self._wait_in_page("() => window.linregRun !== 'running'")
        if check:
            self.check_cells()

    def check_cells(self) -> None:
        """Raise a CellError if any cell's output is an error."""
        for index in range(self.evaluate("notebook.content.widgets.length")):
            for output in self.outputs(index):
                if output["output_type"] == "error":
                    message = f"Cell {index}: {output['ename']}: {output['evalue']}"
                    raise CellError(message)

    def outputs(self, index: int) -> list[dict[str, Any]]:
        """Return a cell's outputs as the notebook's file would hold them."""
        cell = f"notebook.content.model.cells.get({index}).toJSON()"
        outputs: list[dict[str, Any]] = self.evaluate(f"{cell}.outputs ?? []")
        return outputs

    def add_cell_and_run(self, source: str, *, check: bool = True) -> int:
        """Type a new last cell on the keyboard, run it, and return its index."""
        index = self._type_cell(source)
        self.page.keyboard.press("Control+Enter")
        cell = f"notebook.content.model.cells.get({index})"
        ended = f"{cell}.executionCount !== null && {cell}.executionState === 'idle'"
        self._wait_in_page(f"(name) => {{ {NOTEBOOK} return {ended}; }}")
        if check:
            self.check_cells()
        return index

    def _type_cell(self, source: str) -> int:
        last = self.evaluate(
            "notebook.content.activeCellIndex = notebook.content.widgets.length - 1"
        )
        self.page.locator(".jp-Notebook .jp-Cell").nth(last).locator(".cm-content").click()
        keyboard = self.page.keyboard
        for key in ("Escape", "b", "Enter"):
            keyboard.press(key)
        index: int = last + 1
        typed = f"notebook.content.model.cells.get({index}).sharedModel.getSource()"
        for number, line in enumerate(source.split("\n")):
            if number:
                keyboard.press("Enter")
                if self.evaluate(typed).endswith(" "):  # the editor's own indentation
                    keyboard.press("Shift+Home")
                    keyboard.press("Backspace")
            keyboard.type(line)
        if (held := self.evaluate(typed)) != source:
            message = f"The editor holds {held!r} after {source!r} was typed."
            raise AssertionError(message)
        return index

    # The kernel

    def kernel(self, expression: str) -> Any:
        """Return the value of an expression in the notebook's kernel, by way of JSON.

        What the page asks for is done by another thread there: it is seen whole, or not yet.
        """
        return self._client.eval(expression, lock=_LOCK)

    def execute(self, code: str) -> str:
        """Run code in the notebook's kernel outside its cells; returns what it printed."""
        return self._client.execute(code).stdout

    def find_kernel_again(self) -> None:
        """Wait until a kernel that was restarted answers us, and until we hear what it says."""
        self._client.wait_until_ready()

    @property
    def _client(self) -> Client:
        return self.lab.client(self.evaluate("notebook.sessionContext.session.kernel.id"))

    def interrupt(self) -> None:
        """Interrupt the kernel, as the toolbar's square does."""
        self.evaluate("notebook.sessionContext.session.kernel.interrupt()")


class Lab:
    """What a test opens notebooks with; afterwards its windows and kernels are gone."""

    def __init__(self, server: Server, context: BrowserContext, folder: Path) -> None:
        self.server = server
        self.folder = folder
        self.windows: list[NotebookPage] = []
        self.port: int | None = None
        """Where windows find the server, if not at its own port; see `Cable`."""
        self._context = context
        self._numbers = itertools.count()
        self._clients: dict[str, Client] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close all its windows, and shut their kernels down."""
        for window in self.windows:
            window.page.close()
        for client in self._clients.values():
            client.close()
        self.windows.clear()
        self._clients.clear()
        self.server.end_sessions(f"{self.folder.name}-")

    def open(
        self,
        cells: Iterable[str],
        *,
        app: App = "lab",
        theme: Theme = "light",
        size: tuple[int, int] = (1280, 1000),
    ) -> NotebookPage:
        """Make a notebook of code cells, open it, and wait until its kernel is idle."""
        return self._show([*cells], app, theme, size)

    def _show(
        self, cells: list[str], app: App, theme: Theme, size: tuple[int, int]
    ) -> NotebookPage:
        notebook = nbformat.v4.new_notebook(
            cells=[nbformat.v4.new_code_cell(cell) for cell in cells],
            metadata={"kernelspec": {"name": "python3", "display_name": "Python 3"}},
        )
        return self._open(nbformat.writes(notebook), app, theme, size)

    def open_notebook(
        self,
        path: Path,
        *,
        app: App = "lab",
        theme: Theme = "light",
        size: tuple[int, int] = (1280, 1000),
    ) -> NotebookPage:
        """Open a copy of a notebook's file."""
        notebook = nbformat.read(path, as_version=4)
        notebook.metadata.setdefault("kernelspec", {"name": "python3", "display_name": "Python 3"})
        return self._open(nbformat.writes(notebook), app, theme, size)

    def _open(self, text: str, app: App, theme: Theme, size: tuple[int, int]) -> NotebookPage:
        name = f"{self.folder.name}-{next(self._numbers)}.ipynb"
        (self.server.notebooks / name).write_text(text, encoding="utf-8")
        window = self.open_window(name, app=app, size=size)
        window.set_theme(theme)
        return window

    def open_window(
        self, name: str, *, app: App = "lab", size: tuple[int, int] = (1280, 1000)
    ) -> NotebookPage:
        """Open a window on a notebook that the server has."""
        page = self._context.new_page()
        page.set_viewport_size({"width": size[0], "height": size[1]})
        workspace = f"{self.folder.name}-{next(self._numbers)}"
        window = NotebookPage(self, page, name, app, workspace)
        self.windows.append(window)
        return window

    def client(self, kernel: str) -> Client:
        """Return this lab's client of a kernel."""
        if kernel not in self._clients:
            self._clients[kernel] = self.server.client(kernel)
        return self._clients[kernel]

    def check_page_errors(self) -> None:
        """Raise an AssertionError if there was an uncaught error in a page."""
        errors = [
            error
            for window in self.windows
            for error in window.page_errors
            if not any(re.search(pattern, error) for pattern in ALLOWED_PAGE_ERRORS)
        ]
        if errors:
            message = "Uncaught errors in the page:\n" + "\n".join(errors)
            raise AssertionError(message)

    def report(self) -> str:
        """Describe the windows for a failed test's report, with a picture of each."""
        return "\n".join(_lines_of_report(self.windows))


class SharedLab(Lab):
    """A lab for several tests in turn, whose notebooks are one window on one kernel.

    To open JupyterLab, start a kernel and load torch takes longer than most tests.
    """

    def _show(
        self, cells: list[str], app: App, theme: Theme, size: tuple[int, int]
    ) -> NotebookPage:
        """Show the cells where nothing is left of the notebook before."""
        if not self.windows:
            return super()._show(cells, app, theme, size)
        window = self.windows[0]
        window.start_over(cells)
        window.page.set_viewport_size({"width": size[0], "height": size[1]})
        window.set_theme(theme)
        return window

    @contextlib.contextmanager
    def lent(self, session: pytest.Session) -> Iterator[None]:
        """Lend it to a test or a file; afterwards one window is left, or none if a test failed."""
        failed = session.testsfailed
        yield
        if session.testsfailed > failed:
            self.close()  # who knows in what state
            return
        try:
            self.check_page_errors()
        except AssertionError:
            self.close()
            raise
        for window in self.windows[1:]:
            window.close()


def _lines_of_report(windows: Sequence[NotebookPage]) -> Iterator[str]:
    for number, window in enumerate(windows):
        try:
            yield f"Picture: {window.screenshot(f'failure-{number}')}"
        except Error as error:
            yield f"No picture: {error}"
        yield from window.page_errors
        yield from window.console
    if windows:
        yield f"Server's log: {windows[0].lab.server.log}"
