"""The lanes are what they are called, and what Colab's reader meets there."""

from __future__ import annotations

import contextlib
import functools
import json
import re
import subprocess
import tomllib
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, TypeVar

import nbformat
import pytest
from nbclient import NotebookClient

from tests.kernel.harness import Kernel
from tests.lanes import COLAB, COLAB_IPYMPL, HERE, LANES, Lane

ROOT = Path(__file__).parents[2]
LESSONS = sorted((ROOT / "notebooks").glob("*.ipynb"))
T = TypeVar("T")


HERE_OR_COLAB = [lane for lane in LANES if lane is HERE or lane.name.startswith(COLAB.name)]
OTHERS = [lane for lane in LANES if lane not in HERE_OR_COLAB]


def for_the_matrix(values: Sequence[T]) -> list[Any]:
    """Return what `make test` leaves to `make matrix`, as parameters."""
    return [pytest.param(value, marks=pytest.mark.matrix) for value in values]


@pytest.fixture(scope="module")
def kernel_of() -> Iterator[Callable[[Lane], Kernel]]:
    """Start one kernel of each lane that is asked for; tests come to it one after the other."""
    with contextlib.ExitStack() as running:
        yield functools.cache(lambda lane: running.enter_context(Kernel(lane)))


@pytest.fixture
def colab(kernel_of: Callable[[Lane], Kernel]) -> Kernel:
    return kernel_of(COLAB)


@pytest.mark.parametrize("lane", [*HERE_OR_COLAB, *for_the_matrix(OTHERS)], ids=str)
def test_a_lanes_kernel_has_its_ipykernel_and_its_subshells(
    kernel_of: Callable[[Lane], Kernel], lane: Lane
) -> None:
    kernel = kernel_of(lane)
    assert kernel.eval("__import__('ipykernel').__version__") == lane.ipykernel
    supported = "getattr(get_ipython().kernel, '_supports_kernel_subshells', False)"
    assert kernel.eval(supported) is lane.subshells


def test_the_colab_lane_has_colabs_versions_and_lacks_what_colab_lacks(colab: Kernel) -> None:
    pinned = (ROOT / "constraints-colab.txt").read_text(encoding="utf-8")
    colab.execute("import importlib.metadata, importlib.util, sys")
    for name in (
        "ipython",
        "ipywidgets",
        "traitlets",
        "anywidget",
        "matplotlib",
        "numpy",
        "pandas",
    ):
        version = colab.eval(f"importlib.metadata.version({name!r})")
        assert re.search(rf"^{name}=={re.escape(version)}$", pinned, re.MULTILINE)
    for name in ("comm", "jedi", "ipympl"):
        assert colab.eval(f"importlib.util.find_spec({name!r}) is None")
    assert colab.eval("'google.colab.output' in sys.modules")


def test_the_panel_is_made_before_the_first_display_and_asks_colab_once(colab: Kernel) -> None:
    colab.execute("import google.colab.output as output; from linreg_widget import TrainerWidget")
    assert colab.eval("output.calls") == []
    colab.execute("widget = TrainerWidget()")
    assert colab.eval("output.calls") == ["enable_custom_widget_manager"]
    shown = colab.execute("widget\ndisplay(widget)\nTrainerWidget()").results
    assert sum("application/vnd.jupyter.widget-view+json" in data for data in shown) == 2
    assert colab.eval("output.calls") == ["enable_custom_widget_manager"]


def test_installing_in_colab_changes_nothing_that_is_there_and_so_needs_no_restart() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    pip = [str(COLAB.python), "-m", "pip", "--disable-pip-version-check"]
    install = [*pip, "install", "--dry-run", "--quiet", "--report", "-", *project["dependencies"]]
    report = json.loads(subprocess.run(install, check=True, capture_output=True).stdout)
    new = {one["metadata"]["name"].lower() for one in report["install"]}
    # jedi: what IPython needs and Colab does without. It is loaded by nobody, nor is ipympl.
    assert new <= {"ipympl", "jedi"}
    there = subprocess.run([*pip, "list", "--format=json"], check=True, capture_output=True).stdout
    assert not new & {one["name"].lower() for one in json.loads(there)}


def test_without_ipympl_the_page_draws_the_plot_and_a_canvas_is_refused_in_words(
    colab: Kernel,
) -> None:
    colab.execute("from linreg_widget import SettingsError, TrainerWidget")
    colab.execute("plain = TrainerWidget()")
    assert colab.eval("[plain.plot.backend, len(plain.children)]") == ["page", 2]
    refused = colab.execute("TrainerWidget(plot='ipympl')", check=False).error
    assert refused.startswith("SettingsError: plot is 'ipympl', but ipympl cannot be imported")
    assert "install it, or use plot='page'" in refused


def test_outside_colab_too_the_page_draws_where_ipympl_is_missing(
    kernel_of: Callable[[Lane], Kernel],
) -> None:
    kernel = kernel_of(COLAB.without_stub())
    kernel.execute("import sys; from linreg_widget import TrainerWidget")
    assert kernel.eval("'google.colab' in sys.modules") is False
    assert kernel.eval("TrainerWidget().plot.backend") == "page"


def test_with_ipympl_too_the_page_draws_in_colab_unless_a_canvas_is_asked_for(
    kernel_of: Callable[[Lane], Kernel],
) -> None:
    kernel = kernel_of(COLAB_IPYMPL)
    kernel.execute("from linreg_widget import TrainerWidget")
    assert kernel.eval("TrainerWidget().plot.backend") == "page"
    assert kernel.eval("TrainerWidget(plot='ipympl').plot.backend") == "ipympl"


@pytest.mark.slow
@pytest.mark.parametrize(
    "lesson", [*LESSONS[:1], *for_the_matrix(LESSONS[1:])], ids=lambda path: path.stem
)
def test_each_lesson_runs_on_colabs_versions(lesson: Path) -> None:
    notebook = nbformat.read(lesson, as_version=4)
    NotebookClient(notebook, timeout=300, kernel_name=COLAB.name).execute()
    outputs = [one for cell in notebook.cells for one in cell.get("outputs", [])]
    assert any("application/vnd.jupyter.widget-view+json" in one.get("data", {}) for one in outputs)
    assert [one for one in outputs if one.get("name") == "stderr"] == []
