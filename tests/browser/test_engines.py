"""What a reader does, written once and done in three engines: Chromium, Firefox and WebKit.

The page that trains, a recorded run, and JupyterLab with the panel by itself and with its plot.
What is done in the gallery stands in test_site.py. An engine that is not on this machine is
skipped, and its name is said.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import nbformat
import numpy as np
import pytest

from linreg_widget import Table, Trainer, TrainerWidget, crop_yields
from tests.browser.engines import Engine, Firefox, MissingBrowserError, WebKit
from tests.browser.lab import INK, NOTEBOOK, RUN, SHOWN, Server
from tests.kernel.client import Client
from tests.said import number
from tests.training.updates import phase_by_phase

pytestmark = [pytest.mark.browser, pytest.mark.matrix]

TABS = (
    *("Loss", "Inside the update", "Graph", "Data and line", "Predictions"),
    *("Compare", "What the data say"),
)
FITS = """() => {
  const { scrollWidth, scrollHeight, clientWidth, clientHeight } =
    document.querySelector(".lr-panel");
  return [
    document.documentElement.scrollWidth <= innerWidth,
    scrollWidth <= clientWidth,
    scrollHeight <= clientHeight + 4,
  ];
}"""


@pytest.fixture
def lesson(engine: Engine, tmp_path: Path) -> Engine:
    """The window, with a page of a widget that was never run."""
    return opened(engine, TrainerWidget(plot=None, learning_rate=1e-5), tmp_path)


def opened(engine: Engine, widget: TrainerWidget, folder: Path) -> Engine:
    path = folder / "page.html"
    widget.to_html(path)
    widget.close()
    engine.open(path.as_uri())
    return engine


def at(engine: Engine) -> int:
    """The update that the Timeline shows."""
    return int(engine.look("one.value", "slider", "Timeline") or -1)


def state(engine: Engine) -> str:
    """Return the word for what the run does."""
    word: str = engine.evaluate("""() => document.querySelector(".lr-state").textContent.trim()""")
    return word


def loss(engine: Engine, name: str = "full data") -> float:
    """One of the losses in the head."""
    shown = engine.evaluate(
        """(name) => [...document.querySelectorAll(".lr-losses div")]
          .find((one) => one.textContent.includes(name)).querySelector("b").textContent""",
        name,
    )
    return number(shown)


def says(engine: Engine, words: str) -> None:
    engine.until(lambda: words in engine.said())


def stands_at(engine: Engine, update: int) -> None:
    engine.until(lambda: at(engine) == update)


def shows(engine: Engine, tab: str) -> None:
    engine.until(lambda: engine.text(".linreg [role=tab][aria-selected=true]") == tab)


def first_step(engine: Engine) -> None:
    engine.click("button", "Reset")
    says(engine, "Ready")
    engine.click("radio", "update")
    engine.click("button", "Step")
    says(engine, "update 1")


def finish(engine: Engine) -> None:
    """Run to the end, as fast as it goes."""
    engine.fill("Speed value", "full")
    engine.click("button", "Run")
    says(engine, "Finished")


# ---- the page that trains ------------------------------------------------------------------------


def test_a_page_steps_runs_and_goes_back_with_pytorchs_numbers(lesson: Engine) -> None:
    trainer = Trainer(crop_yields(), learning_rate=1e-5)
    says(lesson, "Ready: 50 epochs of 5 updates")
    lesson.click("radio", "phase")
    for phase in ("predict", "loss", "backward", "update"):
        lesson.click("button", "Step")
        says(lesson, f"after {phase}")
    lesson.click("radio", "epoch")
    lesson.click("button", "Step")
    lesson.click("tab", "Loss")
    stands_at(lesson, 5)
    trainer.step("epoch")
    assert loss(lesson) == pytest.approx(trainer.loss(), rel=1.1e-3)
    finish(lesson)
    stands_at(lesson, 250)
    trainer.run()
    assert loss(lesson) == pytest.approx(trainer.loss(), rel=1.1e-3)
    lesson.click("radio", "update")
    lesson.click("button", "Back")
    stands_at(lesson, 249)
    lesson.click("button", "Reset")
    says(lesson, "Ready")
    stands_at(lesson, 0)


def test_a_run_is_paused_and_goes_on(lesson: Engine) -> None:
    lesson.fill("Epochs value", "5000")
    lesson.fill("Speed value", "20")
    lesson.click("button", "Run")
    lesson.until(lambda: at(lesson) > 2)
    lesson.click("button", "Pause")
    lesson.until(lambda: state(lesson) == "paused")  # the button says so before that is done
    assert lesson.has("button", "Run")
    paused = at(lesson)
    assert 2 < paused < 25_000
    assert f"update {paused}" in lesson.said()
    lesson.click("button", "Run")
    lesson.until(lambda: at(lesson) > paused + 2)
    lesson.click("button", "Pause")
    lesson.until(lambda: lesson.has("button", "Run"))


def test_the_timeline_and_the_rate_are_pressed_dragged_and_typed(lesson: Engine) -> None:
    finish(lesson)
    lesson.click("slider", "Timeline", at=(0.5, 0.5))
    lesson.until(lambda: abs(at(lesson) - 125) < 10)
    before = at(lesson)
    lesson.press("ArrowRight", "ArrowRight")
    stands_at(lesson, before + 2)
    width = lesson.look("one.getBoundingClientRect().width", "slider", "Timeline")
    lesson.drag(lesson.aim("slider", "Timeline", at=((before + 2) / 250, 0.5)), (width / 4, 0))
    lesson.until(lambda: abs(at(lesson) - before - 64) < 10)
    lesson.press("Home")
    stands_at(lesson, 0)

    def rate() -> str:
        return str(lesson.look("one.getAttribute('aria-valuetext')", "slider", "Learning rate"))

    assert rate().startswith("1e-5")
    lesson.click("slider", "Learning rate", at=(0.3, 0.5))
    lesson.until(lambda: not rate().startswith("1e-5"))
    lesson.fill("Learning rate value", "2e-5")
    lesson.until(lambda: rate().startswith("2e-5"))


def test_every_tab_opens_by_mouse_and_by_keys_and_has_room(lesson: Engine) -> None:
    lesson.click("button", "Step")
    says(lesson, "update 1")
    for tab in TABS:
        lesson.click("tab", tab)
        shows(lesson, tab)
        assert len(lesson.text("tabpanel")) > 20, tab
        assert lesson.evaluate(FITS) == [True, True, True], tab
    for key, tab in (("Home", TABS[0]), ("ArrowRight", TABS[1]), ("End", TABS[-1])):
        lesson.press(key)
        shows(lesson, tab)


def test_a_part_of_the_loss_is_looked_at_closely(lesson: Engine) -> None:
    finish(lesson)
    box = ".lr-catch"
    lesson.drag(lesson.aim(box, at=(0.3, 0.5)), (200, 0))
    lesson.click("button", "Whole run")
    lesson.until(lambda: not lesson.has("button", "Whole run"))


def test_a_line_is_taken_by_its_end(engine: Engine, tmp_path: Path) -> None:
    x = np.linspace(0, 10, 20)[:, None]
    opened(engine, TrainerWidget(Table.of((x, 3 * x + 2)), plot=None), tmp_path)
    engine.click("tab", "Data and line")
    before = loss(engine)
    engine.drag(engine.aim("slider", "Right end of the line"), (0, -60))
    engine.until(lambda: loss(engine) != before)
    held = loss(engine)
    engine.press("ArrowUp")
    engine.until(lambda: loss(engine) != held)


def test_a_microscopes_number_is_written_out(lesson: Engine) -> None:
    lesson.click("radio", "phase")
    lesson.click("button", "Step")
    says(lesson, "after predict")
    grids = lesson.evaluate(
        """() => [...document.querySelectorAll("figure:has([role=grid])")]
          .map((one) => one.querySelector("figcaption b").textContent)"""
    )
    nth = grids.index("predictions")
    lesson.evaluate(
        "(nth) => { document.querySelectorAll('figure:has([role=grid])')[nth].id = 'chosen'; }", nth
    )
    lesson.click("#chosen td[data-at]")
    lesson.until(lambda: "32-bit" in lesson.text(".lr-why"))


def test_a_recorded_run_is_played(engine: Engine, tmp_path: Path) -> None:
    widget = TrainerWidget(plot=None, learning_rate=1e-5, epochs=4, update=phase_by_phase)
    widget.run()
    losses = widget.trainer.recording.losses.tolist()
    opened(engine, widget, tmp_path)
    engine.until(lambda: "recorded run, no kernel" in engine.text("group"))
    engine.click("button", "Reset")
    stands_at(engine, 0)
    engine.click("radio", "update")
    for update in (1, 2, 3):
        engine.click("button", "Step")
        stands_at(engine, update)
    assert loss(engine, "last batch") == pytest.approx(losses[2], rel=1.1e-3)


# ---- in the dark, on a phone, by touch -----------------------------------------------------------

SEEN = """() => {
  const card = getComputedStyle(document.querySelector(".lr-card"));
  return {
    prefers: matchMedia("(prefers-color-scheme: dark)").matches,
    theme: document.querySelector(".linreg").dataset.theme,
    light: [card.backgroundColor, card.color].map((color) => {
      const [red, green, blue] = color.match(/[\\d.]+/g).map(Number);
      return 0.2126 * red + 0.7152 * green + 0.0722 * blue > 128;
    }),
    wide: innerWidth,
  };
}"""
POINTERS = """() => {
  window.pointers = new Set();
  addEventListener("pointerdown", (event) => pointers.add(event.pointerType), true);
}"""


@pytest.mark.parametrize("made", [Firefox, WebKit])
def test_a_phone_in_the_dark_is_used_by_a_finger(
    made: type[Firefox | WebKit], tmp_path: Path
) -> None:
    """WebKitGTK's own browser is no narrower than 447 pixels, and its finger is a mouse."""
    try:
        phone = made(dark=True)
    except MissingBrowserError as error:
        pytest.skip(str(error))
    with phone:
        phone.resize(390, 844)
        opened(phone, TrainerWidget(plot=None, learning_rate=1e-5), tmp_path)
        seen = phone.evaluate(SEEN)
        assert (seen["prefers"], seen["theme"]) == (True, "dark")
        assert seen["light"] == [False, True], "light letters on a dark card"
        assert seen["wide"] <= 480, "as narrow as a phone's layout begins"
        phone.evaluate(POINTERS)
        phone.tap("button", "Step")
        says(phone, "update 1")
        for tab in TABS:
            phone.tap("tab", tab)
            shows(phone, tab)
            assert phone.evaluate(FITS)[0] is True, f"{tab}: the page scrolls sideways"
        phone.tap("tab", "Loss")
        finish(phone)
        stands_at(phone, 250)
        phone.tap("slider", "Timeline", at=(0.5, 0.5))
        phone.until(lambda: abs(at(phone) - 125) < 10)
        width = phone.look("one.getBoundingClientRect().width", "slider", "Timeline")
        phone.drag(phone.aim("slider", "Timeline", at=(0.2, 0.5)), (width / 2, 0), "touch")
        phone.until(lambda: abs(at(phone) - 175) < 15)
        kind = "touch" if made is Firefox else "mouse"
        assert kind in phone.evaluate("() => [...pointers]")
        assert phone.errors() == []


# ---- JupyterLab ----------------------------------------------------------------------------------

CELLS = """
from linreg_widget import TrainerWidget
widget = TrainerWidget(learning_rate=1e-5)
widget
"""
ALONE = """
alone = TrainerWidget([[0, 1], [1, 3], [2, 5.5]], learning_rate=0.01, plot=None)
alone.panel
"""


class Notebook:
    """A notebook in an engine's JupyterLab, and its kernel."""

    def __init__(self, engine: Engine, server: Server, name: str, cells: list[str]) -> None:
        self.engine = engine
        self.name = name
        notebook = nbformat.v4.new_notebook(
            cells=[nbformat.v4.new_code_cell(cell) for cell in cells],
            metadata={"kernelspec": {"name": "python3", "display_name": "Python 3"}},
        )
        (server.notebooks / name).write_text(nbformat.writes(notebook), encoding="utf-8")
        engine.open(server.url("lab", name, engine.name), ready="body")
        engine.until(lambda: engine.evaluate(SHOWN % NOTEBOOK, name))
        kernel = self._ask("notebook.sessionContext.session.kernel.id")
        self.client: Client = server.client(kernel)
        engine.evaluate(RUN % NOTEBOOK, [name, "notebook:run-all-cells", None])
        engine.until(lambda: engine.evaluate("() => window.linregRun !== 'running'"))

    def _ask(self, expression: str) -> Any:
        return self.engine.evaluate(f"(name) => {{ {NOTEBOOK} return {expression}; }}", self.name)

    def kernel(self, expression: str) -> Any:
        return self.client.eval(expression)


@pytest.fixture
def notebook(engine: Engine, server: Server) -> Iterator[Callable[[str], Notebook]]:
    made: list[Notebook] = []

    def open_(*cells: str) -> Notebook:
        made.append(Notebook(engine, server, f"{engine.name}.ipynb", list(cells)))
        return made[-1]

    yield open_
    for one in made:
        one.client.close()
        server.end_sessions(one.name)


def test_jupyterlab_does_what_a_reader_asks(
    engine: Engine, notebook: Callable[..., Notebook]
) -> None:
    one = notebook(CELLS)

    def inside(expression: str, value: object) -> None:
        engine.until(lambda: one.kernel(f"widget.{expression}") == value)

    engine.until(lambda: engine.has("group", "Linear regression trainer"))
    engine.click("button", "Step")
    says(engine, "update 1 of 250")
    inside("update", 1)
    engine.fill("Speed value", "20")
    engine.click("button", "Run")
    engine.until(lambda: one.kernel("widget.update") > 20)
    engine.click("button", "Pause")
    inside("status", "paused")
    # ipympl's picture, the first canvas of its two, has ink.
    engine.until(
        lambda: engine.evaluate(
            f"""() => {{
              const canvas = document.querySelector(".jupyter-matplotlib-canvas-container canvas");
              return canvas !== null && ({INK})(canvas) > 0.01;
            }}"""
        )
    )
    paused = one.kernel("widget.update")
    stands_at(engine, paused)
    engine.click("slider", "Timeline", at=(0.04, 0.5))
    engine.until(lambda: one.kernel("widget.update") < paused)
    stands_at(engine, one.kernel("widget.update"))
    for tab in (*TABS, "Valley"):
        engine.click("tab", tab)
        shows(engine, tab)
    engine.click("tab", "Data and line")
    shows(engine, "Data and line")
    inside("tab", "line")  # so the valley, which moves what is below it, has come and gone
    before = one.kernel("widget.trainer.model.w.tolist()")
    engine.drag(engine.aim("slider", "Right end of the line"), (0, -30))
    engine.until(lambda: one.kernel("widget.trainer.model.w.tolist()") != before)
    engine.click("button", "Reset")
    inside("status", "ready")
    inside("update", 0)
    says(engine, "Ready")


def test_jupyterlab_shows_the_panel_by_itself(
    engine: Engine, notebook: Callable[..., Notebook]
) -> None:
    one = notebook(CELLS.splitlines()[1], ALONE)
    engine.until(lambda: engine.has("group", "Linear regression trainer"))
    engine.fill("Speed value", "full")
    engine.click("button", "Run")
    says(engine, "Finished")
    engine.until(lambda: one.kernel("alone.status") == "finished")
    assert loss(engine) == pytest.approx(one.kernel("alone.trainer.loss()"), rel=1.1e-3)
    assert engine.has(".lr-lossplot svg")
