"""Fixtures of the browser tests: one server, one browser and one notebook for all who can share."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Error, Page, expect, sync_playwright

from linreg_widget import Trainer, TrainerWidget
from linreg_widget.panel.panel import TrainerPanel
from tests.browser import lag, scripted
from tests.browser.bridge import Bridge
from tests.browser.chromium import FLAGS, NONE_FOUND, chromium_path
from tests.browser.engines import Chromium, Engine, Firefox, MissingBrowserError, WebKit
from tests.browser.lab import Lab, Server, SharedLab
from tests.browser.offline import Offline
from tests.browser.windows import Windows, patient
from tests.kernel.client import PATIENCE


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    server = Server(tmp_path_factory.mktemp("jupyter"))
    yield server
    server.stop()


@pytest.fixture(scope="session")
def browser_context(pytestconfig: pytest.Config) -> Iterator[BrowserContext]:
    """Yield one context for all tests, so that JupyterLab's own scripts are cached."""
    expect.set_options(timeout=PATIENCE * 1000)
    lag.present = lag.Lag.of(pytestconfig.getoption("lag"))
    with sync_playwright() as playwright:
        path = chromium_path(playwright)
        if path is None:
            pytest.fail(NONE_FOUND, pytrace=False)
        browser = playwright.chromium.launch(executable_path=path, args=list(FLAGS))
        yield patient(browser.new_context())
        browser.close()


@pytest.fixture(scope="session")
def windows(browser_context: BrowserContext) -> Windows:
    return Windows(browser_context)


@pytest.fixture(scope="session")
def lesson(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write a page of a widget that was never run."""
    widget = TrainerWidget(plot=None)
    path = tmp_path_factory.mktemp("page") / "lesson.html"
    widget.to_html(path)
    widget.close()
    return path


@pytest.fixture
def written(tmp_path: Path) -> Iterator[Callable[..., Path]]:
    """Write a widget as a page; it is closed in the end."""
    widgets: list[TrainerWidget] = []

    def write(widget: TrainerWidget, **where: int) -> Path:
        widgets.append(widget)
        path = tmp_path / f"{len(widgets)}.html"
        widget.to_html(path, **where)
        return path

    yield write
    for widget in widgets:
        widget.close()


@pytest.fixture
def offline(browser_context: BrowserContext) -> Iterator[Offline]:
    """Open files from disk with the network shut; nothing may go wrong in them."""
    assert browser_context.browser is not None
    with Offline.within(browser_context.browser) as offline:
        yield offline


@pytest.fixture
def own_page(offline: Offline, written: Callable[..., Path]) -> Callable[..., Page]:
    """Write a widget as a page, and open that without a kernel and offline."""

    def open_(widget: TrainerWidget, *, size: tuple[int, int] = (1036, 1000), **where: int) -> Page:
        return offline.open(written(widget, **where), size=size)

    return open_


@pytest.fixture(scope="session")
def bundled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return scripted.bundle(tmp_path_factory.mktemp("page"))


@pytest.fixture
def open_page(bundled: Path, windows: Windows) -> Iterator[Callable[..., Page]]:
    """Open a page of js/test, whose kernel is a script."""
    pages: list[Page] = []
    errors: list[str] = []

    def note(error: Error) -> None:
        errors.append(str(error))

    def open_(name: str = "one", *, width: int = 1000, theme: str = "light") -> Page:
        page = windows.open(width)
        pages.append(page)
        page.on("pageerror", note)
        page.goto(f"{(bundled / name).as_uri()}.html?theme={theme}")
        return page

    yield open_
    for page in pages:
        windows.close(page)
        page.remove_listener("pageerror", note)
    assert errors == []


@pytest.fixture
def page(open_page: Callable[..., Page]) -> Page:
    """One panel whose kernel is a script, if a file has no other page."""
    return open_page()


@pytest.fixture
def bridge(windows: Windows, tmp_path: Path) -> Iterator[Callable[..., Bridge]]:
    """Show a trainer's panel, with one of its tabs open, in a page that this process answers."""
    made: list[Bridge] = []

    def make(trainer: Trainer, tab: str = "loss", **options: Any) -> Bridge:
        panel = TrainerPanel(trainer)
        panel.tab = tab
        made.append(Bridge(panel, windows, tmp_path / "p.html", **options))
        return made[-1]

    yield make
    for one in made:
        one.close()


@pytest.fixture
def lab(server: Server, browser_context: BrowserContext, tmp_path: Path) -> Iterator[Lab]:
    with Lab(server, browser_context, tmp_path) as lab:
        yield lab
        lab.check_page_errors()


@pytest.fixture(scope="session")
def _shared_lab(
    server: Server, browser_context: BrowserContext, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[SharedLab]:
    with SharedLab(server, browser_context, tmp_path_factory.mktemp("shared")) as lab:
        yield lab


@pytest.fixture
def shared_lab(_shared_lab: SharedLab, request: pytest.FixtureRequest) -> Iterator[Lab]:
    """Yield the lab whose window and kernel serve all tests, one after the other."""
    with _shared_lab.lent(request.session):
        yield _shared_lab


@pytest.fixture(scope="module")
def files_lab(_shared_lab: SharedLab, request: pytest.FixtureRequest) -> Iterator[Lab]:
    """Yield the same lab to a file whose tests all look at one notebook."""
    with _shared_lab.lent(request.session):
        yield _shared_lab


@pytest.fixture(scope="module", params=["chromium", "firefox", "webkit"])
def window(request: pytest.FixtureRequest, browser_context: BrowserContext) -> Iterator[Engine]:
    made: dict[str, Callable[[], Engine]] = {
        "chromium": lambda: Chromium(browser_context),
        "firefox": Firefox,
        "webkit": WebKit,
    }
    try:
        engine = made[request.param]()
    except MissingBrowserError as error:
        pytest.skip(str(error))
    with engine:
        yield engine


@pytest.fixture
def engine(window: Engine, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    """Lend a module's window to a test, in which no error of the page may go uncaught."""
    failed = request.session.testsfailed
    window.resize(1060, 900)
    yield window
    if request.session.testsfailed > failed:
        window.screenshot(tmp_path / f"{window.name}.png")
    errors = window.errors()
    assert errors == []


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Add pictures and the page's console to the report of a failed test."""
    report = yield
    for name in ("lab", "shared_lab", "files_lab"):
        lab = getattr(item, "funcargs", {}).get(name)
        if report.when == "call" and report.failed and isinstance(lab, Lab):
            report.sections.append(("browser", lab.report()))
    return report
