"""The rooms and their doors: who imports whom, what loads what, one contract in two languages."""

from __future__ import annotations

import ast
import importlib
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import linreg_widget
from linreg_widget.panel import TrainerPanel

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "linreg_widget"

# From the ground up: a room imports only from floors below its own.
FLOORS = [
    {"errors", "model"},
    {"labels", "listing", "settings"},
    {"numerals", "targets"},
    {"formats", "sheet", "writing"},
    {"parsing", "sources"},
    {"table"},
    {"insight"},
    {"sampling", "schedule", "snapshot"},
    {"batches", "checkpoints", "plan", "updates"},
    {"recording", "script"},
    {"loop", "state"},
    {"training"},
    # Up to here is the core, which knows no screen.
    {"colours", "envelope", "pace", "ticks", "traits"},
    {"curves", "readings", "scales"},
    {"marks", "panel"},
    {"figure"},
    {"canvas"},
    {"plot"},
    {"widget"},
    {"magic"},
]
CORE = set().union(*FLOORS[: FLOORS.index({"training"}) + 1])
FLOOR = {room: number for number, rooms in enumerate(FLOORS) for room in rooms}
SCREEN = {"IPython", "anywidget", "ipympl", "ipywidgets", "matplotlib", "traitlets"}


def imports_of(room: str) -> Iterator[tuple[str, bool]]:
    """Yield what a room imports at run time, and whether that is a room of ours."""

    def walk(node: ast.AST) -> Iterator[tuple[str, bool]]:
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.If) and ast.unparse(child.test) == "TYPE_CHECKING":
                continue
            if isinstance(child, ast.ImportFrom):
                names = [child.module] if child.module else [alias.name for alias in child.names]
                yield from ((name.split(".")[0], child.level > 0) for name in names)
            elif isinstance(child, ast.Import):
                yield from ((alias.name.split(".")[0], False) for alias in child.names)
            yield from walk(child)

    yield from walk(ast.parse((PACKAGE / f"{room}.py").read_text(encoding="utf-8")))


def run_python(code: str) -> str:
    """Run code in a Python of its own and return what it prints."""
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def loaded_after(code: str) -> set[str]:
    """Return which of the heavy packages a piece of code loads."""
    heavy = sorted(SCREEN | {"torch", "pandas", "narwhals"})
    report = f"import sys; print(*[name for name in {heavy!r} if name in sys.modules])"
    return set(run_python(f"{code}\n{report}").split())


def test_every_room_has_its_floor() -> None:
    rooms = {path.stem for path in PACKAGE.glob("*.py")} - {"__init__"}
    assert rooms == set(FLOOR)
    assert sum(map(len, FLOORS)) == len(FLOOR)


@pytest.mark.parametrize("room", sorted(FLOOR))
def test_imports_point_downward_only(room: str) -> None:
    ours = {name for name, is_ours in imports_of(room) if is_ours}
    assert {name: FLOOR[name] for name in ours if FLOOR[name] >= FLOOR[room]} == {}


@pytest.mark.parametrize("room", sorted(CORE))
def test_the_core_knows_no_screen(room: str) -> None:
    foreign = {name for name, is_ours in imports_of(room) if not is_ours}
    assert foreign & SCREEN == set()


def test_the_table_knows_no_torch_until_it_is_asked_for_tensors() -> None:
    assert loaded_after("import linreg_widget.table") == set()


def test_importing_the_package_and_loading_the_extension_is_quick() -> None:
    assert loaded_after("import linreg_widget") == set()
    load = (
        "from IPython.core.interactiveshell import InteractiveShell\n"
        "shell = InteractiveShell()\n"
        "shell.run_line_magic('load_ext', 'linreg_widget')\n"
        "assert shell.find_cell_magic('linreg') and shell.find_line_magic('linreg')"
    )
    assert loaded_after(load) & {"torch", "matplotlib", "ipywidgets", "pandas"} == set()


def test_training_needs_no_screen() -> None:
    code = "from linreg_widget import Trainer, crop_yields; Trainer(crop_yields()).run(1)"
    assert loaded_after(code) & SCREEN == set()


def test_a_widget_without_a_plot_or_with_one_needs_no_pyplot() -> None:
    code = (
        "import sys; from linreg_widget import TrainerWidget\n"
        "widget = TrainerWidget(plot='ipympl'); widget.step()\n"
        "print('matplotlib.pyplot' in sys.modules)"
    )
    assert run_python(code) == "False"


@pytest.mark.parametrize("room", ["", *sorted(FLOOR)])
def test_all_names_what_there_is(room: str) -> None:
    module = importlib.import_module(f"linreg_widget.{room}" if room else "linreg_widget")
    assert sorted(set(module.__all__)) == sorted(module.__all__)
    for name in module.__all__:
        assert getattr(module, name) is not None


def test_the_public_names() -> None:
    assert set(linreg_widget.__all__) == {
        "Branch",
        "LinearRegression",
        "LinregError",
        "Position",
        "Recording",
        "Settings",
        "SettingsError",
        "Table",
        "TableError",
        "Trainer",
        "TrainerWidget",
        "UpdateError",
        "crop_yields",
        "gradient_update",
        "mse_loss",
    }
    assert set(linreg_widget.__all__) <= set(dir(linreg_widget))
    with pytest.raises(AttributeError, match="no attribute 'Trainr'"):
        linreg_widget.Trainr  # noqa: B018


def test_the_pages_traits_are_the_kernels() -> None:
    source = (ROOT / "js" / "src" / "model.ts").read_text(encoding="utf-8")
    interface = re.search(r"export interface Traits \{\n(.*?)\n\}", source, re.DOTALL)
    assert interface is not None
    on_the_page = re.findall(r"^ {2}(\w+): .+;$", interface[1], re.MULTILINE)
    own = {
        name
        for name in TrainerPanel.class_trait_names(sync=True)
        if name in vars(TrainerPanel) and name not in ("_esm", "_css")
    }
    assert sorted(on_the_page) == sorted(own)


def test_the_lesson_is_short() -> None:
    assert len((PACKAGE / "model.py").read_text(encoding="utf-8").splitlines()) < 120
    assert {name for name, _ in imports_of("model")} == {"__future__", "collections", "torch"}
