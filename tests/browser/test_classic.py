"""Colab's versions in the browser: the classic notebook, with Colab's own package at hand.

Colab's own page is not to be had, but what ipywidgets 7 sends to it is the same.
"""

from __future__ import annotations

import io
from collections.abc import Iterator

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import BrowserContext, Locator, expect

from tests.browser.lab import INK
from tests.colab.classic import ClassicPage, ClassicServer
from tests.lanes import COLAB_IPYMPL

CELLS = {
    "before": "import google.colab.output as output\nbefore = [*output.calls]",
    "drawn": (
        "from linreg_widget import TrainerWidget\n"
        "drawn = TrainerWidget(learning_rate=1e-5)\n"
        "drawn.speed = None\n"
        "made = [*output.calls]\n"
        "drawn"
    ),
    "long": "long = TrainerWidget(learning_rate=1e-6, epochs=10**6); long",
    "canvas": (
        "canvas = TrainerWidget(learning_rate=1e-5, plot='ipympl')\ncanvas.speed = None\ncanvas"
    ),
    "load": "%load_ext linreg_widget",
    "typed": "%%linreg --lr 0.05 -e 40 -n typed\nsize, price\n1, 3\n2, 5\n3, 7\n4, 9",
}
"""The cells of the one notebook, by the widget that they show."""


@pytest.fixture(scope="module")
def notebook(
    browser_context: BrowserContext, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[ClassicPage]:
    server = ClassicServer(tmp_path_factory.mktemp("classic"), COLAB_IPYMPL)
    try:
        window = ClassicPage(server, browser_context, [*CELLS.values()])
        window.run_all()
        yield window
        window.close()
        assert window.errors == []
    finally:
        server.stop()


class Shown:
    """What a cell shows: a widget, as the page and the kernel have it."""

    def __init__(self, notebook: ClassicPage, name: str) -> None:
        self.notebook, self.name = notebook, name
        self.cell = notebook.cells.nth([*CELLS].index(name))
        self.panel = self.cell.get_by_role("group", name="Linear regression trainer", exact=True)
        expect(self.panel).to_be_visible()

    def press(self, name: str) -> None:
        self.button(name).click()

    def button(self, name: str) -> Locator:
        return self.panel.get_by_role("button", name=name, exact=True)

    def expect_update(self, update: int) -> None:
        timeline = self.panel.get_by_role("slider", name="Timeline", exact=True)
        expect(timeline).to_have_value(str(update))
        self.notebook.until(f"{self.name}.trainer.position.update == {update}")

    @property
    def weights(self) -> object:
        return self.notebook.client.eval(f"{self.name}.trainer.model.w.tolist()")


def ink(picture: bytes) -> float:
    """Return the share of a picture's pixels that differ from its first one; 0 is a blank."""
    pixels = np.asarray(Image.open(io.BytesIO(picture)).convert("RGB"))
    return float((pixels != pixels[0, 0]).any(axis=2).mean())


def test_colab_was_asked_for_foreign_widgets_once(notebook: ClassicPage) -> None:
    expect(notebook.panel).to_have_count(4)
    assert notebook.client.eval("[before, made, output.calls]") == [
        [],
        ["enable_custom_widget_manager"],
        ["enable_custom_widget_manager"],
    ]


def test_the_widget_steps_back_runs_pauses_and_resets(notebook: ClassicPage) -> None:
    shown = Shown(notebook, "long")
    before = shown.weights
    shown.press("Step")
    shown.expect_update(1)
    assert shown.weights != before
    shown.press("Back")
    shown.expect_update(0)
    assert shown.weights == before
    shown.press("Run")
    expect(shown.button("Pause")).to_be_visible()
    notebook.until("long.update > 100")
    shown.press("Pause")
    expect(shown.button("Run")).to_be_visible()
    notebook.until("long.status == 'paused'")
    shown.expect_update(notebook.client.eval("long.update"))
    shown.press("Reset")
    shown.expect_update(0)
    assert shown.weights == before


def test_the_page_draws_the_plot_and_follows_the_run(notebook: ClassicPage) -> None:
    shown = Shown(notebook, "drawn")
    assert notebook.client.eval("drawn.plot.backend") == "page"
    plot = shown.cell.locator(".lr-lossplot")
    expect(plot).to_be_visible()
    first = plot.screenshot()
    shown.press("Run")
    notebook.until("drawn.status == 'finished'")
    shown.expect_update(250)
    finished = plot.screenshot()
    assert ink(finished) > 0.02, "the plot stayed blank"
    assert finished != first
    points = "(path) => path.getAttribute('d').split(/[ML]/).length - 1"
    assert plot.locator(".lr-batches").evaluate(points) == 250
    assert shown.cell.locator("canvas").count() == 0


def test_a_live_canvas_is_shown_on_request(notebook: ClassicPage) -> None:
    shown = Shown(notebook, "canvas")
    canvas = shown.cell.locator(".jupyter-widgets canvas").first
    expect(canvas).to_be_visible()
    drawn = f"(canvas) => ({INK})(canvas) > 0.01"
    notebook.page.wait_for_function(drawn, arg=canvas.element_handle())
    first = canvas.screenshot()
    shown.press("Run")
    notebook.until("canvas.status == 'finished'")
    shown.expect_update(250)
    notebook.page.wait_for_function(drawn, arg=canvas.element_handle())
    assert canvas.screenshot() != first


def test_the_magic_trains_a_typed_table_and_shows_it(notebook: ClassicPage) -> None:
    shown = Shown(notebook, "typed")
    assert notebook.client.eval("[typed.status, typed.update]") == ["finished", 80]
    shown.expect_update(80)
    shown.press("Back")
    shown.expect_update(79)
