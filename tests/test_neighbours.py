"""Beside others in a notebook: ``%autoreload``, asyncio's cells, and programs that run notebooks.

All is tried in one notebook, which nbclient runs from top to bottom, as papermill does.
"""

from __future__ import annotations

import asyncio
import inspect
import json
import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from nbclient import NotebookClient
from nbformat.v4 import new_code_cell, new_notebook

from tests.training.updates import phase_by_phase

pytestmark = [pytest.mark.kernel, pytest.mark.slow]

VIEW = "application/vnd.jupyter.widget-view+json"
STATE = "application/vnd.jupyter.widget-state+json"

UPDATES = f"from typing import Any\n\nimport torch\n\n\n{inspect.getsource(phase_by_phase)}"
"""A module of the reader's own."""
CELLS = {
    "parameters": "rate = 1e-6",
    # What papermill puts in after the cell that is tagged so.
    "injected": "rate = 1e-5",
    "setup": f"""
%load_ext autoreload
%autoreload 2
import asyncio, json, pathlib, sys, threading

pathlib.Path("updates_of_mine.py").write_text({UPDATES!r})
sys.path.insert(0, ".")
import updates_of_mine
from linreg_widget import Trainer, TrainerWidget, crop_yields
""",
    "first": """
mine = updates_of_mine.phase_by_phase
mine = TrainerWidget(update=mine, learning_rate=rate, epochs=4, plot="page")
mine.step(count=3)
mine
""",
    "edit": """
import os
path = pathlib.Path("updates_of_mine.py")
path.write_text(path.read_text().replace("learning_rate\\n", "learning_rate / 2\\n"))
later = path.stat().st_mtime + 10  # whatever the file system's clock
os.utime(path, (later, later))
""",
    "after-edit": """
before = mine.trainer.model.w.detach().clone()
mine.step(by="phase", count=3)  # predict, loss, backward
gradient = mine.trainer.model.w.grad.clone()
mine.step()
moved = before - mine.trainer.model.w.detach()
print(json.dumps(bool((moved / gradient / (rate / 2) - 1).abs().max() < 0.01)))
""",
    "awaiting": """
seen = []
async def follow(trainer, name):
    for _ in range(5):
        trainer.step()
        seen.append(name)
        await asyncio.sleep(0)
    return trainer.position.update
one, two = (Trainer(crop_yields(), learning_rate=rate) for _ in range(2))
print(json.dumps([await asyncio.gather(follow(one, "one"), follow(two, "two")), seen[:4]]))
""",
    "task": """
driven = TrainerWidget(learning_rate=rate, epochs=4, plot="page")
async def drive():
    while driven.status not in ("finished", "diverged"):
        driven.step(by="epoch")
        await asyncio.sleep(0)
task = asyncio.create_task(drive())
driven
""",
    "task-ended": "await task\nprint(json.dumps([driven.status, driven.update]))",
    "thread": """
apart = TrainerWidget(learning_rate=rate, epochs=4, plot=None)
await asyncio.to_thread(apart.run)
plain = Trainer(crop_yields(), learning_rate=rate, epochs=4)
plain.run()
print(json.dumps([apart.status, apart.trainer.loss() == plain.loss() == driven.trainer.loss()]))
apart
""",
    "observed": """
changes = asyncio.Queue()
apart.observe(lambda change: changes.put_nowait(change["new"]), "status")
apart.reset()
print(json.dumps([await changes.get(), apart.update]))
""",
}


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """Return the notebook after it was run."""
    folder = tmp_path_factory.mktemp("beside")
    notebook = new_notebook(
        cells=[new_code_cell(source, id=name) for name, source in CELLS.items()]
    )
    client = NotebookClient(
        notebook,
        timeout=300,
        kernel_name="python3",
        resources={"metadata": {"path": str(folder)}},
        extra_arguments=["--log-level=ERROR"],
    )
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[1])}
    with ThreadPoolExecutor(1) as own:  # in this thread Playwright's loop may run
        own.submit(lambda: asyncio.run(client.async_execute(env=environment))).result()
    return notebook


def told(notebook: Any, name: str) -> Any:
    """Return what a cell printed as JSON."""
    (cell,) = (cell for cell in notebook.cells if cell.id == name)
    return json.loads("".join(one.text for one in cell.outputs if one.get("name") == "stdout"))


def state_of(notebook: Any, name: str) -> dict[str, Any]:
    """Return what is saved of the panel that a cell shows."""
    (cell,) = (cell for cell in notebook.cells if cell.id == name)
    (view,) = (one.data[VIEW] for one in cell.outputs if VIEW in one.get("data", {}))
    states = notebook.metadata.widgets[STATE]["state"]
    children = states[view["model_id"]]["state"]["children"]
    panels = [states[child.removeprefix("IPY_MODEL_")]["state"] for child in children]
    (panel,) = (state for state in panels if "_phase" in state)
    return dict(panel)


def test_nothing_complains(ran: Any) -> None:
    for cell in ran.cells:
        for output in cell.outputs:
            assert output.output_type != "error", cell.id
            assert output.get("name") != "stderr", (cell.id, output)


def test_parameters_that_are_put_in_count(ran: Any) -> None:
    assert state_of(ran, "first")["learning_rate"] == 1e-5


def test_an_update_function_that_autoreload_changes_is_the_one_that_runs_and_is_shown(
    ran: Any,
) -> None:
    assert told(ran, "after-edit") is True
    state = state_of(ran, "first")
    assert state["update"] == 4
    lines = ["".join(text for _, text in line) for line in state["_source"]["lines"]]
    assert any("learning_rate / 2" in line for line in lines)


def test_trainers_step_in_turn_in_coroutines(ran: Any) -> None:
    assert told(ran, "awaiting") == [[5, 5], ["one", "two", "one", "two"]]


def test_a_task_drives_a_widget_while_cells_come_and_go(ran: Any) -> None:
    assert told(ran, "task-ended") == ["finished", 20]


def test_a_thread_that_a_cell_awaits_trains_to_the_same_loss(ran: Any) -> None:
    assert told(ran, "thread") == ["finished", True]


def test_a_coroutine_may_wait_for_a_status(ran: Any) -> None:
    assert told(ran, "observed") == ["ready", 0]
