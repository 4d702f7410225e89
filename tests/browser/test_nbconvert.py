"""Notebooks without a kernel, by nbconvert and ``embed_minimal_html``, in the real html-manager."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, NamedTuple

import nbformat
import pytest
from ipywidgets.embed import dependency_state, embed_minimal_html
from nbclient import NotebookClient
from nbconvert.exporters import HTMLExporter
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect

from linreg_widget import Trainer, TrainerWidget, crop_yields
from tests.browser.packed import Cdn
from tests.browser.parts import button, expect_loss, expect_sentence, show, slider
from tests.browser.windows import patient
from tests.corpus import SHOWN
from tests.kernel.client import PATIENCE

COMPUTED = "Computed in this page in 32-bit numbers"
TABLE = Path("hostile.json")
CELLS = [
    "from linreg_widget import Table, TrainerWidget",
    "widget = TrainerWidget(); widget.run(); widget",
    "later = TrainerWidget()\nlater",
    "later.run()",
    "%load_ext linreg_widget",
    "%%linreg -t y --name typed\nx, y\n1, 2\n2, 3.9\n3, 6.2\n4, 8",
]
HOSTILE_CELL = "hostile = TrainerWidget(Table.of({}, 1), epochs=2); hostile.run(); hostile"


class Static(NamedTuple):
    """A page without a kernel, and what it asked the CDNs for."""

    page: Page
    cdn: Cdn
    wrong: list[str]

    def watch(self) -> None:
        """Note uncaught errors and dialogs.

        One is the machine's affair: where five modules together take more than two seconds to load,
        anywidget 0.11 says so, shows each as it comes, and without a kernel nothing is lost.
        """
        self.page.on("pageerror", lambda error: self._note(str(error)))
        self.page.on("dialog", lambda dialog: self.wrong.append(dialog.message))

    def _note(self, error: str) -> None:
        if error != "[anywidget] Failed to initialize model.":
            self.wrong.append(error)

    def panel(self, index: int = 0) -> Locator:
        return self.page.get_by_role("group", name="Linear regression trainer").nth(index)


@pytest.fixture(scope="module")
def executed() -> nbformat.NotebookNode:
    """Execute a notebook as nbclient does for a book or a lecture, with no page at all."""
    columns = {name: [index, 2, index**2 % 7] for index, name in enumerate(SHOWN.values())}
    cells = [nbformat.v4.new_code_cell(cell) for cell in CELLS]
    cells.append(nbformat.v4.new_code_cell(HOSTILE_CELL.format(ascii(columns))))
    cells.append(nbformat.v4.new_code_cell("never = TrainerWidget(plot=None); never"))
    cells.append(nbformat.v4.new_markdown_cell("A formula: $x_1 + x_2$"))
    notebook = nbformat.v4.new_notebook(
        cells=cells, metadata={"kernelspec": {"name": "python3", "display_name": "Python 3"}}
    )
    # In a thread of its own, in which no event loop runs as Playwright's does here.
    client = NotebookClient(notebook, kernel_name="python3", timeout=10 * PATIENCE)
    with ThreadPoolExecutor(1) as own:
        own.submit(lambda: asyncio.run(client.async_execute())).result()
    done: nbformat.NotebookNode = nbformat.reads(nbformat.writes(notebook), as_version=4)
    return done


@pytest.fixture(scope="module")
def pages(
    executed: nbformat.NotebookNode,
    browser_context: Any,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[dict[str, Static]]:
    """Open each page once; tests put it back to where they want it."""
    folder = tmp_path_factory.mktemp("static")
    exporter: Any = HTMLExporter
    text, _ = exporter().from_notebook_node(executed)
    (folder / "nbconvert.html").write_text(text, encoding="utf-8")
    for plot in ("ipympl", "page"):
        widget = TrainerWidget(plot=plot)
        widget.run()
        path = folder / f"{plot}.html"
        embed_minimal_html(path, views=[widget], state=dependency_state([widget]))
        widget.close()
        # The pinned require.js is not the minified one of the CDN.
        text = re.sub(r' integrity="[^"]*"', "", path.read_text(encoding="utf-8"))
        path.write_text(text, encoding="utf-8")
    browser: Browser = browser_context.browser
    contexts: list[BrowserContext] = []
    opened: dict[str, Static] = {}
    for path in folder.glob("*.html"):
        context = patient(browser.new_context(viewport={"width": 1100, "height": 1000}))
        contexts.append(context)
        opened[path.stem] = static = Static(context.new_page(), Cdn(context), [])
        static.watch()
        # Three pages load at once: on a busy machine require.js would give up after seven seconds.
        static.page.add_init_script("window.require = { waitSeconds: 0 };")
        static.page.goto(path.as_uri())
    yield opened
    for context in contexts:
        context.close()
    assert [static.wrong for static in opened.values()] == [[]] * len(opened)
    assert [static.cdn.refused for static in opened.values()] == [[]] * len(opened)


ALL = [("nbconvert", 0), ("nbconvert", 1), ("ipympl", 0), ("page", 0)]


@pytest.mark.parametrize(("name", "index"), ALL)
def test_the_page_trains_phase_by_phase_and_back(
    pages: dict[str, Static], name: str, index: int
) -> None:
    panel = pages[name].panel(index)
    status = panel.get_by_role("status")
    expect(panel).to_contain_text(COMPUTED)
    expect(slider(panel, "Timeline")).to_have_value("250")
    expect(status).to_contain_text("Finished: 50 epochs, 250 updates. Raise Epochs to go on")
    button(panel, "Reset").click()
    expect(status).to_contain_text("Ready")
    panel.get_by_role("radio", name="phase").check()
    trainer = Trainer(crop_yields())
    for _ in range(7):
        button(panel, "Step").click()
        trainer.step("phase")
        expect_sentence(panel, trainer)
    w = panel.get_by_role("grid", name=re.compile(r"^w(?!\.)")).locator("td[data-at]")
    digits = w.evaluate_all(
        "(cells) => cells.map((cell) => Number(cell.title.split(' ')[0].replace('−', '-')))"
    )
    assert digits == pytest.approx(trainer.model.w.detach().flatten().tolist(), rel=1e-5)
    button(panel, "Back").click()
    trainer.back("phase")
    expect_sentence(panel, trainer)


@pytest.mark.parametrize(("name", "index"), [("nbconvert", 0), ("page", 0)])
def test_a_rate_and_epochs_that_are_chosen_in_the_page_hold(
    pages: dict[str, Static], name: str, index: int
) -> None:
    panel = pages[name].panel(index)
    button(panel, "Reset").click()
    show(panel, "Loss")
    for field, text in (("Learning rate", "2e-5"), ("Epochs", "20"), ("Speed", "full")):
        value = panel.get_by_role("textbox", name=f"{field} value")
        value.fill(text)
        value.press("Enter")
    button(panel, "Run").click()
    expect(panel.get_by_role("status")).to_contain_text("Finished: 20 epochs")
    trainer = Trainer(crop_yields(), learning_rate=2e-5, epochs=20)
    trainer.run()
    expect_loss(panel, trainer.loss())
    # As it was, for the other tests.
    for field, text in (("Learning rate", "1e-5"), ("Epochs", "50"), ("Speed", "watch")):
        value = panel.get_by_role("textbox", name=f"{field} value")
        value.fill(text)
        value.press("Enter")
    button(panel, "Reset").click()


@pytest.mark.parametrize(("name", "index"), [*ALL, ("nbconvert", 2)])
def test_the_timeline_run_and_pause_work(pages: dict[str, Static], name: str, index: int) -> None:
    panel = pages[name].panel(index)
    show(panel, "Loss")
    speed = panel.get_by_role("textbox", name="Speed value")
    if not button(panel, "Run").get_attribute("aria-disabled"):
        speed.fill("full")
        speed.press("Enter")
        button(panel, "Run").click()
        expect(panel.get_by_role("status")).to_contain_text("Finished")
    track = slider(panel, "Timeline")
    total = int(track.get_attribute("max") or 0)
    track.scroll_into_view_if_needed()
    box = track.bounding_box()
    assert box is not None
    track.click(position={"x": box["width"] / 2, "y": box["height"] / 2})
    assert abs(int(track.input_value()) - total / 2) < total / 10
    track.fill("0")
    expect(button(panel, "Back")).to_have_attribute("aria-disabled", "true")
    speed.fill("2")  # so slow that there is time for Pause
    speed.press("Enter")
    button(panel, "Run").click()
    expect(track).not_to_have_value("0")
    button(panel, "Pause").click()
    expect(panel.locator(".lr-state")).to_have_text("paused")
    expect(button(panel, "Run")).to_be_visible()
    paused = track.input_value()
    assert 0 < int(paused) < total
    speed.fill("2000")
    speed.press("Enter")
    assert track.input_value() == paused
    button(panel, "Run").click()
    expect(track).to_have_value(str(total))
    expect(panel.get_by_role("status")).to_contain_text("Finished")


@pytest.mark.parametrize(("name", "index"), [*ALL, ("nbconvert", 2)])
def test_the_page_draws_the_losses_in_place_of_the_last_picture(
    pages: dict[str, Static], name: str, index: int
) -> None:
    panel = pages[name].panel(index)
    expect(panel).to_contain_text(COMPUTED)
    show(panel, "Loss")
    plot = panel.locator(".lr-lossplot")
    plot.scroll_into_view_if_needed()
    expect(plot).to_be_visible()
    expect(plot.locator(".lr-epochs")).to_have_attribute("d", re.compile("^M.*L"))
    for canvas in pages[name].page.locator(".linreg-plot").all():
        expect(canvas).to_be_hidden()
    slider(panel, "Timeline").fill("0")
    expect(plot.get_by_role("img")).to_have_accessible_name(re.compile("^Back at the start"))


@pytest.mark.parametrize(("name", "index"), [("nbconvert", 0), ("ipympl", 0)])
def test_nothing_is_barred_and_what_only_a_kernel_draws_says_so(
    pages: dict[str, Static], name: str, index: int
) -> None:
    panel = pages[name].panel(index)
    expect(panel).to_contain_text(COMPUTED)
    show(panel, "Loss")
    for control in (
        panel.get_by_role("slider", name="Learning rate"),
        panel.get_by_role("slider", name="Epochs"),
        panel.get_by_role("checkbox", name="Standardize"),
        panel.get_by_role("combobox", name="Stop"),
    ):
        expect(control).not_to_have_attribute("aria-disabled", "true")
    expect(panel.get_by_role("alert")).to_be_empty()
    show(panel, "Valley")
    expect(panel).to_contain_text("The valley is drawn by a kernel")
    show(panel, "Loss")


def test_a_widget_that_was_never_run_knows_at_once_that_no_kernel_is_there(
    pages: dict[str, Static],
) -> None:
    panel = pages["nbconvert"].panel(4)
    expect(panel).to_contain_text(COMPUTED)
    expect(panel).not_to_contain_text("waiting for the kernel")
    button(panel, "Step").click()
    expect(panel.get_by_role("status")).to_contain_text("update 1 of")


def test_hostile_names_stand_as_typed_where_formulas_are_typeset(pages: dict[str, Static]) -> None:
    static = pages["nbconvert"]
    expect(static.page.locator(".MathJax, .MathJax_CHTML, mjx-math").first).to_be_attached()
    panel = static.panel(3)
    show(panel, "Inside the update")
    heads = panel.get_by_role("grid", name=re.compile(r"^x(?!\.)")).locator("th")
    *features, target = SHOWN.values()
    shown = [head.strip() for head in heads.all_text_contents()]
    assert [name for name in features if name not in shown] == []
    show(panel, "Predictions")
    expect(panel.locator(".lr-onefit h4")).to_contain_text(target)
    assert (
        panel.locator("script, iframe, img, a, style, [class*=MathJax], mjx-container").count() == 0
    )


def test_a_saved_notebook_stays_small(executed: nbformat.NotebookNode) -> None:
    """The front end is saved once for each panel; all else that one carries is counted here."""
    kind = "application/vnd.jupyter.widget-state+json"
    states = executed.metadata["widgets"][kind]["state"].values()
    panels = [one for one in states if one["model_name"] == "AnyModel"]
    assert len(panels) == 5
    assert [one for one in panels if len(json.dumps(one)) > 240_000] == []
    canvases = [one for one in states if one["model_name"] == "MPLCanvasModel"]
    assert [one for one in canvases if len(json.dumps(one)) > 120_000] == []
