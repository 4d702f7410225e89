"""Colab's versions in the browser: the classic notebook, with Colab's own package at hand.

Colab's own page is not to be had, but what ipywidgets 7 sends to it is the same.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import BrowserContext, Locator, expect

from tests.browser.lab import INK
from tests.colab.classic import ClassicPage, ClassicServer
from tests.lanes import COLAB_IPYMPL

IMPORT = "from linreg_widget import TrainerWidget"
Open = Callable[..., ClassicPage]


@pytest.fixture(scope="module")
def classic(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ClassicServer]:
    server = ClassicServer(tmp_path_factory.mktemp("classic"), COLAB_IPYMPL)
    yield server
    server.stop()


@pytest.fixture
def open_cells(classic: ClassicServer, browser_context: BrowserContext) -> Iterator[Open]:
    windows: list[ClassicPage] = []

    def open_(*cells: str) -> ClassicPage:
        window = ClassicPage(classic, browser_context, [*cells])
        windows.append(window)
        window.run_all()
        return window

    yield open_
    for window in windows:
        window.close()
    classic.end_sessions()
    assert [error for window in windows for error in window.errors] == []


def button(notebook: ClassicPage, name: str) -> Locator:
    return notebook.panel.get_by_role("button", name=name, exact=True)


def expect_update(notebook: ClassicPage, update: int) -> None:
    expect(notebook.panel.get_by_role("slider", name="Timeline", exact=True)).to_have_value(
        str(update)
    )
    notebook.until(f"widget.trainer.position.update == {update}")


def ink(picture: bytes) -> float:
    """Return the share of a picture's pixels that differ from its first one; 0 is a blank."""
    pixels = np.asarray(Image.open(io.BytesIO(picture)).convert("RGB"))
    return float((pixels != pixels[0, 0]).any(axis=2).mean())


def test_the_widget_steps_back_runs_pauses_and_resets(open_cells: Open) -> None:
    notebook = open_cells(
        IMPORT, "widget = TrainerWidget(learning_rate=1e-6, epochs=10**6); widget"
    )
    expect(notebook.panel).to_be_visible()
    before = notebook.client.eval("widget.trainer.model.w.tolist()")
    button(notebook, "Step").click()
    expect_update(notebook, 1)
    assert notebook.client.eval("widget.trainer.model.w.tolist()") != before
    button(notebook, "Back").click()
    expect_update(notebook, 0)
    assert notebook.client.eval("widget.trainer.model.w.tolist()") == before
    button(notebook, "Run").click()
    expect(button(notebook, "Pause")).to_be_visible()
    notebook.until("widget.update > 100")
    button(notebook, "Pause").click()
    expect(button(notebook, "Run")).to_be_visible()
    notebook.until("widget.status == 'paused'")
    expect_update(notebook, notebook.client.eval("widget.update"))
    button(notebook, "Reset").click()
    expect_update(notebook, 0)
    assert notebook.client.eval("widget.trainer.model.w.tolist()") == before


def test_the_page_draws_the_plot_and_follows_the_run(open_cells: Open) -> None:
    notebook = open_cells(IMPORT, "widget = TrainerWidget(learning_rate=1e-5); widget")
    assert notebook.client.eval("widget.plot.backend") == "page"
    plot = notebook.page.locator(".lr-lossplot")
    expect(plot).to_be_visible()
    first = plot.screenshot()
    button(notebook, "Run").click()
    notebook.until("widget.status == 'finished'")
    expect_update(notebook, 250)
    finished = plot.screenshot()
    assert ink(finished) > 0.02, "the plot stayed blank"
    assert finished != first
    points = "(path) => path.getAttribute('d').split(/[ML]/).length - 1"
    assert plot.locator(".lr-batches").evaluate(points) == 250
    assert notebook.page.locator("canvas").count() == 0


def test_a_live_canvas_is_shown_on_request(open_cells: Open) -> None:
    notebook = open_cells(
        IMPORT, "widget = TrainerWidget(learning_rate=1e-5, plot='ipympl'); widget"
    )
    canvas = notebook.page.locator(".jupyter-widgets canvas").first
    expect(canvas).to_be_visible()
    notebook.page.wait_for_function(
        f"(canvas) => ({INK})(canvas) > 0.01", arg=canvas.element_handle()
    )
    first = canvas.screenshot()
    button(notebook, "Run").click()
    notebook.until("widget.status == 'finished'")
    expect_update(notebook, 250)
    notebook.page.wait_for_function(
        f"(canvas) => ({INK})(canvas) > 0.01", arg=canvas.element_handle()
    )
    assert canvas.screenshot() != first


def test_the_magic_trains_a_typed_table_and_shows_it(open_cells: Open) -> None:
    notebook = open_cells(
        "%load_ext linreg_widget",
        "%%linreg --lr 0.05 -e 40 -n widget\nsize, price\n1, 3\n2, 5\n3, 7\n4, 9",
    )
    expect(notebook.panel).to_be_visible()
    assert notebook.client.eval("[widget.status, widget.update]") == ["finished", 80]
    expect_update(notebook, 80)
    button(notebook, "Back").click()
    expect_update(notebook, 79)


def test_colab_was_asked_for_foreign_widgets_once(open_cells: Open) -> None:
    notebook = open_cells(
        "import google.colab.output as output",
        IMPORT,
        "before = [*output.calls]; widget = TrainerWidget(); made = [*output.calls]",
        "widget",
        "TrainerWidget()",
    )
    expect(notebook.panel).to_have_count(2)
    assert notebook.client.eval("[before, made, output.calls]") == [
        [],
        ["enable_custom_widget_manager"],
        ["enable_custom_widget_manager"],
    ]
