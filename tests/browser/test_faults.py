"""What happens in class: restarts, reloads, lost connections, two windows, quick fingers."""

from __future__ import annotations

import re

import pytest
from hypothesis import HealthCheck, Phase, example, given, settings
from hypothesis import strategies as st
from playwright.sync_api import Locator, expect

from tests.browser.cable import Cable
from tests.browser.lab import Lab, NotebookPage
from tests.browser.parts import expect_loss
from tests.browser.test_trainer import (
    CELLS,
    LONG,
    agree,
    button,
    opened,
    shown_update,
    slider,
    status_is,
)
from tests.kernel.page import REPLAY
from tests.lanes import at_length

GONE = "The kernel was restarted or shut down. This page goes on by itself"


def run_on(notebook: NotebookPage, beyond: int = 0) -> None:
    """Wait until a run has gone further than that, in page and kernel."""
    notebook.until(lambda: shown_update(notebook) > beyond, "the run did not go on")


def pause(notebook: NotebookPage) -> None:
    button(notebook, "Pause").click()
    notebook.until(lambda: status_is(notebook, "paused") and agree(notebook))


def is_a_replay(notebook: NotebookPage) -> bool:
    """Tell whether the trainer's state is that of its recording, replayed by another trainer."""
    notebook.execute(REPLAY)
    return bool(notebook.kernel("replayed()"))


# ---- several views ---------------------------------------------------------------------------


@pytest.mark.matrix  # `make test` sees two views in one page, and two pages at one kernel
def test_two_windows_on_one_kernel_show_and_drive_one_run(shared_lab: Lab) -> None:
    first = opened(shared_lab, LONG)
    first.save()
    second = first.open_again()
    expect(second.panel).to_be_visible()
    button(first, "Run").click()
    run_on(second, 100)
    button(second, "Pause").click()
    expect(button(first, "Run")).to_be_visible()
    first.until(lambda: status_is(first, "paused"))
    first.until(lambda: shown_update(first) == shown_update(second) and agree(first))
    before = shown_update(first)
    button(first, "Step").click()
    button(second, "Step").click()
    first.until(lambda: first.kernel("widget.update") == before + 2)
    expect(slider(first, "Timeline")).to_have_value(str(before + 2))
    expect(slider(second, "Timeline")).to_have_value(str(before + 2))
    button(second, "Run").click()
    run_on(first, before + 2)
    second.page.close()  # the window that pressed Run goes, the run stays
    run_on(first, shown_update(first))
    pause(first)
    assert is_a_replay(first)


@pytest.mark.matrix
def test_one_of_two_views_is_removed_within_a_run(shared_lab: Lab) -> None:
    notebook = shared_lab.open([*LONG, "widget"])
    notebook.run_all()
    expect(notebook.panel).to_have_count(2)
    upper = notebook.output(1).get_by_role("group", name="Linear regression trainer")
    lower = notebook.output(2).get_by_role("group", name="Linear regression trainer")
    upper.get_by_role("button", name="Run", exact=True).click()
    notebook.until(lambda: timeline(lower) > 100)
    notebook.evaluate("notebook.content.model.cells.get(1).outputs.clear()")
    expect(upper).to_have_count(0)
    seen = timeline(lower)
    notebook.until(lambda: timeline(lower) > seen, "the other view stopped")
    pause(notebook)
    notebook.until(lambda: notebook.ink() > 0.01, "the plot that stays is blank")
    assert is_a_replay(notebook)


def timeline(panel: Locator) -> int:
    return int(panel.get_by_role("slider", name="Timeline", exact=True).input_value())


# ---- the cell again, the notebook again ------------------------------------------------------

COUNTS = """
import gc, tracemalloc
import ipywidgets
from matplotlib.figure import Figure

if not tracemalloc.is_tracing():
    tracemalloc.start()

def counts():
    gc.collect()
    registry = getattr(ipywidgets.widgets.widget, "_instances", None)
    return {
        "widgets": len(ipywidgets.Widget.widgets if registry is None else registry),
        "figures": sum(isinstance(one, Figure) for one in gc.get_objects()),
        "bytes": tracemalloc.get_traced_memory()[0],
    }
"""


@pytest.mark.matrix
@pytest.mark.slow
def test_a_cell_that_is_run_again_and_again_leaves_one_widget(shared_lab: Lab) -> None:
    notebook = opened(shared_lab, CELLS)
    notebook.execute(COUNTS)
    seen = []
    rounds = 25 if at_length() else 8
    for _ in range(rounds):
        notebook.run_cell(1)
        # As a cell ends, a message of the page for the old widget may still be worked on, on a busy
        # machine. Then that one is held, and closed at the message's end.
        notebook.until(lambda: notebook.kernel("counts()")["figures"] == 1, "two are left")
        seen.append({**notebook.kernel("counts()"), "nodes": nodes_of(notebook)})
    expect(notebook.panel).to_have_count(1)
    assert len({one["widgets"] for one in seen}) == 1
    # Out keeps each closed widget, as it keeps each cell's value, with its trainer: 0.1 MB each.
    assert seen[-1]["bytes"] - seen[4]["bytes"] < (rounds - 5) * 200_000
    # A panel has some two thousand nodes, a cell's outputs that are gone leave about thirty.
    assert seen[-1]["nodes"] - seen[4]["nodes"] < (rounds - 5) * 100
    button(notebook, "Step").click()
    expect(slider(notebook, "Timeline")).to_have_value("1")
    notebook.until(lambda: notebook.ink() > 0.01, "the plot stayed blank")
    assert "closed" in notebook.kernel("repr(Out[max(Out) - 1])")
    notebook.execute("tracemalloc.stop()")


def nodes_of(notebook: NotebookPage) -> int:
    """Count the nodes that the page keeps, shown or not."""
    session = notebook.page.context.new_cdp_session(notebook.page)
    session.send("HeapProfiler.collectGarbage")
    nodes: int = session.send("Memory.getDOMCounters")["nodes"]
    session.detach()
    return nodes


@pytest.mark.matrix
def test_a_notebook_that_is_closed_and_opened_within_a_run_goes_on(shared_lab: Lab) -> None:
    notebook = opened(shared_lab, LONG)
    button(notebook, "Run").click()
    run_on(notebook, 100)
    notebook.save()
    other = notebook.open_again()
    notebook.close()
    expect(other.panel).to_be_visible()
    run_on(other, shown_update(other))
    pause(other)
    assert is_a_replay(other)


# ---- kernels that end ------------------------------------------------------------------------

KERNEL = "notebook.sessionContext.session.kernel"


def expect_to_be_gone(notebook: NotebookPage) -> None:
    """Expect that the page says that it goes on by itself, and offers all that it can."""
    expect(notebook.panel.get_by_role("alert")).to_contain_text(GONE)
    expect(notebook.panel).to_contain_text("the kernel is gone")
    expect(notebook.panel).to_contain_text("Computed in this page in 32-bit numbers")
    notebook.show("Loss")
    expect(notebook.panel.get_by_role("textbox", name="Learning rate value")).to_be_enabled()


def works_again(notebook: NotebookPage) -> None:
    """Run the cells as the page said, and see that the new widget works."""
    notebook.find_kernel_again()
    notebook.run_all()
    expect(notebook.panel).to_have_count(1)
    expect(notebook.panel.get_by_role("alert")).to_be_empty()
    button(notebook, "Step").click()
    expect(slider(notebook, "Timeline")).to_have_value("1")
    notebook.until(lambda: notebook.kernel("widget.update") == 1)


def goes_on(notebook: NotebookPage, *, to: int) -> None:
    """See that the page trains: back, from the start, and to where it was."""
    expect(slider(notebook, "Timeline")).to_have_value(str(to))
    button(notebook, "Back").click()
    expect(slider(notebook, "Timeline")).to_have_value(str(to - 1))
    button(notebook, "Step").click()
    expect(slider(notebook, "Timeline")).to_have_value(str(to))
    button(notebook, "Reset").click()
    expect(slider(notebook, "Timeline")).to_have_value("0")
    button(notebook, "Run").click()
    expect(slider(notebook, "Timeline")).not_to_have_value("0")


@pytest.mark.matrix
def test_a_restart_at_rest_leaves_a_page_that_trains_by_itself(shared_lab: Lab) -> None:
    notebook = opened(shared_lab, CELLS)
    button(notebook, "Run").click()
    notebook.until(lambda: status_is(notebook, "finished"))
    expect(slider(notebook, "Timeline")).to_have_value("250")  # the page has heard all of it
    loss = notebook.kernel("widget.trainer.loss()")
    notebook.evaluate(f"{KERNEL}.restart()")
    expect_to_be_gone(notebook)
    expect_loss(notebook.panel, loss)
    goes_on(notebook, to=250)
    expect(slider(notebook, "Timeline")).to_have_value("250")
    works_again(notebook)


@pytest.mark.matrix
def test_a_restart_as_early_as_can_be_keeps_the_runs_end(shared_lab: Lab) -> None:
    notebook = opened(shared_lab, CELLS)
    # The page restarts the kernel as soon as it shows the run's end.
    notebook.evaluate(
        f"""void new MutationObserver((_, observer) => {{
          if (!document.querySelector(".lr-state-finished")) return;
          observer.disconnect();
          {KERNEL}.restart();
        }}).observe(document.querySelector(".linreg"), {{
          subtree: true, attributes: true, childList: true,
        }})"""
    )
    button(notebook, "Run").click()
    expect_to_be_gone(notebook)
    expect(notebook.panel.locator(".lr-place")).to_contain_text("Finished: 50 epochs, 250 updates.")
    works_again(notebook)


@pytest.mark.matrix
def test_a_restart_within_an_update_keeps_its_phase(shared_lab: Lab) -> None:
    notebook = opened(shared_lab, CELLS)
    button(notebook, "Step").click()
    expect(slider(notebook, "Timeline")).to_have_value("1")
    notebook.panel.get_by_role("radio", name="phase").check()
    for phase in ("predict", "loss"):
        button(notebook, "Step").click()
        expect(notebook.panel.locator(".lr-place")).to_contain_text(f"after {phase}")
    notebook.evaluate(f"{KERNEL}.restart()")
    expect_to_be_gone(notebook)
    expect(notebook.panel.locator(".lr-place")).to_contain_text("update 2 of 250 · after loss")
    button(notebook, "Step").click()
    expect(notebook.panel.locator(".lr-place")).to_contain_text("after backward")
    works_again(notebook)


@pytest.mark.parametrize("speed", [None, pytest.param(50, marks=pytest.mark.matrix)])
def test_a_restart_within_a_run_keeps_where_it_came_to(
    shared_lab: Lab, speed: float | None
) -> None:
    notebook = opened(shared_lab, LONG)
    notebook.execute(f"widget.speed = {speed}")
    button(notebook, "Run").click()
    run_on(notebook, 20)
    notebook.evaluate(f"{KERNEL}.restart()")
    expect_to_be_gone(notebook)
    expect(notebook.panel.locator(".lr-state")).to_have_text("paused")
    goes_on(notebook, to=shown_update(notebook))
    works_again(notebook)


@pytest.mark.matrix
def test_an_interrupt_within_a_run_is_not_the_end_of_a_kernel(shared_lab: Lab) -> None:
    notebook = opened(shared_lab, LONG)
    button(notebook, "Run").click()
    run_on(notebook, 100)
    notebook.interrupt()
    notebook.page.evaluate(PAUSE)
    notebook.until(lambda: status_is(notebook, "paused") and agree(notebook))
    expect(notebook.panel).not_to_contain_text("the kernel is gone")
    seen = shown_update(notebook)
    button(notebook, "Step").click()
    expect(slider(notebook, "Timeline")).to_have_value(str(seen + 1))
    assert is_a_replay(notebook)


@pytest.mark.matrix
def test_a_kernel_that_dies_is_missed(shared_lab: Lab) -> None:
    notebook = opened(shared_lab, LONG)
    button(notebook, "Run").click()
    run_on(notebook, 100)
    notebook.evaluate(f"{KERNEL}.requestExecute({{ code: 'import os; os._exit(1)' }}) && null")
    notebook.page.get_by_role("dialog").get_by_role("button", name="Ok", exact=True).click()
    expect_to_be_gone(notebook)
    works_again(notebook)


@pytest.mark.matrix
def test_a_kernel_that_was_shut_down_is_missed_by_a_value_that_is_set(lab: Lab) -> None:
    notebook = opened(lab, CELLS)
    notebook.evaluate("notebook.sessionContext.shutdown()")
    field = notebook.panel.get_by_role("textbox", name="Learning rate value")
    field.fill("2e-5")
    field.press("Enter")
    expect_to_be_gone(notebook)
    expect(field).to_have_value("2e-5")


@pytest.mark.matrix  # as the one before; `make test` sees a kernel that is restarted within a run
def test_a_kernel_that_was_shut_down_is_missed_at_the_next_click(lab: Lab) -> None:
    notebook = opened(lab, CELLS)
    button(notebook, "Step").click()
    expect(slider(notebook, "Timeline")).to_have_value("1")
    notebook.evaluate("notebook.sessionContext.shutdown()")
    button(notebook, "Step").click()
    expect_to_be_gone(notebook)
    expect(slider(notebook, "Timeline")).to_have_value("2")


# ---- a connection that is down ---------------------------------------------------------------


@pytest.mark.matrix  # `make test` sees it with a kernel in the page: tests/browser/test_gone.py
def test_a_run_goes_on_after_the_connection_was_down(lab: Lab) -> None:
    with Cable(lab.server.port) as cable:
        lab.port = cable.port
        notebook = opened(lab, LONG)
        notebook.execute("widget.speed = 200")  # not to draw all the while
        said = notebook.page.get_by_role("dialog", name=re.compile("^Server Connection Error"))
        notebook.page.add_locator_handler(said, lambda it: it.get_by_role("button").last.click())
        button(notebook, "Run").click()
        run_on(notebook, 100)
        cable.cut()
        expect(notebook.panel).to_contain_text("waiting for the kernel")
        notebook.until(lambda: cable.refused >= 3, "the page did not try to connect again")
        seen = shown_update(notebook)
        cable.mend()
        run_on(notebook, seen)
        pause(notebook)
        assert is_a_replay(notebook)
        notebook.page.close()


# ---- errors, and quick fingers ---------------------------------------------------------------

BROKEN = """
from linreg_widget import TrainerWidget, gradient_update

broken = False

def update(model, x, y, learning_rate):
    if broken:
        raise ValueError("on <b>purpose</b>")
    return (yield from gradient_update(model, x, y, learning_rate))

widget = TrainerWidget(update=update, epochs=10_000_000, plot=None)
widget
"""


def test_an_error_in_an_update_function_stops_the_run_and_loses_nothing(shared_lab: Lab) -> None:
    notebook = opened(shared_lab, [BROKEN])
    button(notebook, "Run").click()
    run_on(notebook, 100)
    notebook.execute("broken = True")
    expect(notebook.panel.get_by_role("alert")).to_contain_text("ValueError: on <b>purpose</b>")
    expect(button(notebook, "Run")).to_be_disabled()
    notebook.until(lambda: status_is(notebook, "failed") and agree(notebook))
    seen = shown_update(notebook)
    # The moment before the error is had by replay, which the broken function cannot do either: so
    # the trainer stands at its last checkpoint. What was recorded after it is still there.
    recorded = notebook.kernel("len(widget.trainer.recording)")
    assert recorded >= seen > 0
    notebook.execute("broken = False")
    button(notebook, "Step").click()
    expect(slider(notebook, "Timeline")).to_have_value(str(seen + 1))
    expect(notebook.panel.get_by_role("alert")).to_be_empty()
    assert notebook.kernel("len(widget.trainer.recording)") == max(recorded, seen + 1)


CLICK = """async ([names, waits]) => {
  const panel = document.querySelector(".linreg");
  const named = (names) => [...panel.querySelectorAll("button")]
    .find((button) => names.includes(button.textContent.trim()));
  for (const [index, name] of names.entries()) {
    named(name === "Run" ? ["Run", "Pause"] : [name]).click();
    await new Promise((resolve) => setTimeout(resolve, waits[index]));
  }
}"""
PAUSE = """() => {
  const all = [...document.querySelectorAll(".linreg button")];
  all.find((button) => button.textContent.trim() === "Pause")?.click();
}"""
CLICKS = st.lists(
    st.tuples(st.sampled_from(["Run", "Step", "Reset"]), st.sampled_from([0, 0, 5, 20, 60])),
    min_size=50,
    max_size=50,
)

# Each button after each, and most waits after each pair: one list proves nearly as much as many.
_PAIRS = ("Run", "Run", "Step", "Step", "Reset", "Reset", "Run", "Reset", "Step", "Run")
MIXED = [(name, (0, 0, 5, 0, 20, 0, 60)[at % 7]) for at, name in enumerate(_PAIRS * 5)]


@pytest.mark.slow
def test_fifty_quick_clicks_lose_nothing(shared_lab: Lab) -> None:
    notebook = opened(shared_lab, LONG)

    # No shrinking: each try takes seconds, and what failed is printed.
    @settings(
        max_examples=16,
        deadline=None,
        phases=[Phase.explicit, *([Phase.generate] if at_length() else [])],
        suppress_health_check=list(HealthCheck),
    )
    @example(MIXED)
    @given(CLICKS)
    def clicked(clicks: list[tuple[str, int]]) -> None:
        names, waits = zip(*clicks, strict=True)
        notebook.page.evaluate(CLICK, [list(names), list(waits)])
        while not at_rest(notebook):
            pass
        assert is_a_replay(notebook)
        assert notebook.kernel("len(widget.trainer.recording) >= widget.trainer.position.update")
        # From ipykernel 7.4 on, a message goes to the shell that last published on its comm. So a
        # click may be heard after the speed that was set later; then both come to another rest.
        notebook.until(lambda: agree(notebook))

    clicked()


def at_rest(notebook: NotebookPage) -> bool:
    """Pause a run that goes on, and tell whether page and kernel have come to the same rest.

    A speed that is set comes after (nearly) all that was asked for before: so that is done by then.
    """
    notebook.page.evaluate(PAUSE)
    speed = notebook.kernel("widget.speed if isinstance(widget.speed, float) else 1e5") + 1
    field = notebook.panel.get_by_role("textbox", name="Speed value")
    field.fill(str(speed))
    field.press("Enter")
    notebook.until(lambda: notebook.kernel("widget.speed") == speed, "the speed did not arrive")
    return not status_is(notebook, "running") and agree(notebook)
