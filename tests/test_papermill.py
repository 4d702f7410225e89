"""papermill puts parameters into a notebook, runs it and keeps it: the widget as well."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_notebook

from linreg_widget import Trainer, crop_yields
from tests.lanes import HERE
from tests.lessons import LESSONS

pytestmark = [pytest.mark.kernel, pytest.mark.slow]

VIEW = "application/vnd.jupyter.widget-view+json"
STATE = "application/vnd.jupyter.widget-state+json"
CELLS = {
    "parameters": "rate = 1e-6\nepochs = 50\nheld_out = None",
    "widget": """
from linreg_widget import TrainerWidget

widget = TrainerWidget(learning_rate=rate, epochs=epochs, held_out=held_out, plot="page")
widget.run()
widget
""",
    "loss": "print(widget.trainer.loss(), widget.update)",
}


@pytest.fixture
def notebook(tmp_path: Path) -> Path:
    """Write a notebook whose first cell is for papermill to change."""
    cells = [new_code_cell(source, id=name, metadata={}) for name, source in CELLS.items()]
    cells[0].metadata["tags"] = ["parameters"]
    path = tmp_path / "given.ipynb"
    language = {"language_info": {"name": "python"}}
    nbformat.write(new_notebook(cells=cells, metadata=language), path)
    return path


def papermill(notebook: Path, *options: str) -> subprocess.CompletedProcess[str]:
    """Run a notebook as people do, from the command line."""
    given = [str(notebook), str(written_beside(notebook)), "--kernel", HERE.name, *options]
    command = [sys.executable, "-m", "papermill", *given, "--no-progress-bar"]
    return subprocess.run(command, cwd=notebook.parent, capture_output=True, text=True, check=False)


def written_beside(notebook: Path) -> Path:
    return notebook.with_name("written.ipynb")


def read(notebook: Path) -> NotebookNode:
    """Return what papermill has written."""
    made: NotebookNode = nbformat.read(written_beside(notebook), as_version=4)
    nbformat.validate(made)
    return made


def cell_of(notebook: NotebookNode, name: str) -> NotebookNode:
    found: list[NotebookNode] = [cell for cell in notebook.cells if cell.id == name]
    (cell,) = found
    return cell


def test_parameters_count_and_the_widget_is_kept_with_its_run(notebook: Path) -> None:
    done = papermill(notebook, *("-p", "rate", "1e-5"), "-y", "{epochs: 4, held_out: [C, H, M]}")
    assert done.returncode == 0, done.stderr
    made = read(notebook)
    expected = Trainer(crop_yields(), learning_rate=1e-5, epochs=4, held_out=["C", "H", "M"])
    expected.run()
    loss, update = cell_of(made, "loss").outputs[0].text.split()
    assert float(loss) == expected.loss()
    assert int(update) == expected.position.update
    (shown,) = [one for one in cell_of(made, "widget").outputs if VIEW in one.get("data", {})]
    assert shown.data["image/png"], "a picture for where no widget can be shown"
    states = made.metadata.widgets[STATE]["state"]
    children = states[shown.data[VIEW]["model_id"]]["state"]["children"]
    (panel,) = [one for one in states if "_esm" in states[one]["state"]]
    assert f"IPY_MODEL_{panel}" in children
    kept = states[panel]["state"]
    assert (kept["update"], kept["learning_rate"]) == (expected.position.update, 1e-5)


@pytest.mark.matrix
def test_a_parameter_that_makes_no_sense_fails_in_words(notebook: Path) -> None:
    done = papermill(notebook, "-r", "rate", "fast")
    assert done.returncode != 0
    assert "SettingsError" in done.stderr
    made = read(notebook)
    (failed,) = [one for one in cell_of(made, "widget").outputs if one.output_type == "error"]
    assert "learning_rate" in failed.evalue
    assert "'fast'" in failed.evalue


@pytest.mark.matrix
def test_a_lesson_runs_by_papermill(tmp_path: Path) -> None:
    lesson = tmp_path / LESSONS[1].name
    lesson.write_bytes(LESSONS[1].read_bytes())
    done = papermill(lesson)
    assert done.returncode == 0, done.stderr
    code = [cell for cell in read(lesson).cells if cell.cell_type == "code"]
    assert all(cell.execution_count for cell in code)
    assert {cell.metadata.papermill.status for cell in code} == {"completed"}
