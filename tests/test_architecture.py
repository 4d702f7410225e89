"""Who may import whom, what is public, and that page and kernel agree on the traits.

The rooms and their order are read from the package's docstring, so that it stays true.
"""

from __future__ import annotations

import ast
import importlib
import json
import re
import subprocess
import sys
from functools import cache
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

import linreg_widget

PACKAGE = Path(linreg_widget.__file__).parent
MODEL_TS = PACKAGE.parent / "js" / "src" / "model.ts"
MODULES = sorted(path.stem for path in PACKAGE.glob("*.py") if path.stem != "__init__")
SCREEN = {"IPython", "anywidget", "ipympl", "ipywidgets", "matplotlib", "traitlets"}
DRAWN = {  # the plot's, with matplotlib
    "canvas",
    "colours",
    "curves",
    "figure",
    "fonts",
    "marks",
    "painting",
    "scales",
    "screens",
    "valleyfigure",
    "valleylabels",
    "valleyplot",
}
NO_TORCH = {"errors", "clock", "settings", "table", "envelope", "ticks", "pace", "magic"}


def rooms() -> dict[str, list[str]]:
    """Each room of the docstring's table with the modules in it, from the top down."""
    table = re.split(r"^=+  =+$", linreg_widget.__doc__ or "", flags=re.MULTILINE)[1]
    found: dict[str, list[str]] = {}
    room = ""
    for line in table.strip().splitlines():
        names = re.findall(r"``([a-z]+)``", line)
        if line.startswith("``"):
            room, *names = names
            found[room] = [room]
        found[room] += [name for name in names if name in MODULES]
    return found


ROOMS = rooms()
FLOOR = {
    module: floor for floor, modules in enumerate(reversed(ROOMS.values())) for module in modules
}
CORE = {
    module
    for room in ROOMS
    if room not in ("magic", "widget", "plot", "panel")
    for module in ROOMS[room]
}


@cache
def imports(module: str) -> tuple[frozenset[str], frozenset[str], frozenset[str]]:
    """What a module imports: of this package to run, of it for types alone, and from outside."""
    own: set[str] = set()
    types: set[str] = set()
    outside: set[str] = set()

    def visit(node: ast.AST, into: set[str]) -> None:
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.If) and ast.unparse(child.test) == "TYPE_CHECKING":
                visit(child, types)
                continue
            if isinstance(child, ast.ImportFrom) and child.level:
                into.update([child.module] if child.module else [one.name for one in child.names])
            elif isinstance(child, ast.ImportFrom) and child.module and into is own:
                outside.add(child.module.split(".")[0])
            elif isinstance(child, ast.Import) and into is own:
                outside.update(one.name.split(".")[0] for one in child.names)
            visit(child, into)

    visit(ast.parse((PACKAGE / f"{module}.py").read_text(encoding="utf-8")), own)
    return frozenset(own), frozenset(types), frozenset(outside)


# ---- rooms ---------------------------------------------------------------------------------------


def test_every_module_has_its_place_in_the_table_of_rooms() -> None:
    listed = [module for modules in ROOMS.values() for module in modules]
    assert sorted(listed) == MODULES
    order = [*ROOMS]
    assert order[0] == "magic"
    assert order[-2:] == ["model", "errors"]
    for upper, lower in (
        ("magic", "widget"),
        ("widget", "panel"),
        ("widget", "plot"),
        ("panel", "training"),
        ("plot", "training"),
        ("training", "table"),
        ("training", "model"),
        ("training", "recording"),
        ("training", "insight"),
        ("training", "script"),
        ("insight", "table"),
    ):
        assert order.index(upper) < order.index(lower)


@pytest.mark.parametrize("module", MODULES)
def test_imports_point_downwards_only(module: str) -> None:
    own, types, _ = imports(module)
    for imported in own | types:
        assert imported in MODULES
        assert FLOOR[imported] <= FLOOR[module], f"{module} imports {imported} from above"


def test_no_imports_go_round_in_a_circle() -> None:
    TopologicalSorter({module: imports(module)[0] for module in MODULES}).prepare()


@pytest.mark.parametrize("module", sorted(CORE))
def test_the_core_knows_no_screen(module: str) -> None:
    assert not imports(module)[2] & SCREEN


def test_panel_and_plot_know_nothing_of_each_other() -> None:
    shared = {"account", "envelope", "ticks"}
    for one, other in (("panel", "plot"), ("plot", "panel")):
        for module in ROOMS[one]:
            assert not (imports(module)[0] | imports(module)[1]) & set(ROOMS[other]) - shared


def test_the_lesson_and_the_arithmetic_of_curves_stand_alone() -> None:
    assert imports("model")[:2] == (frozenset(), frozenset())
    assert imports("model")[2] == {"__future__", "collections", "torch"}
    assert len((PACKAGE / "model.py").read_text(encoding="utf-8").splitlines()) < 120
    assert imports("envelope")[:2] == (frozenset(), frozenset())
    importers = {module for module in MODULES if "envelope" in imports(module)[0]}
    assert importers <= {*ROOMS["panel"], *ROOMS["plot"]}


@pytest.mark.parametrize("module", sorted(CORE))
def test_files_stay_short_enough_to_be_read_at_once(module: str) -> None:
    assert len((PACKAGE / f"{module}.py").read_text(encoding="utf-8").splitlines()) <= 500


# ---- what an import loads ------------------------------------------------------------------------


def loaded_by(code: str) -> set[str]:
    """The top-level packages that some code has loaded, in a process of its own."""
    report = "; import json, sys; print(json.dumps([*{m.split('.')[0] for m in sys.modules}]))"
    done = subprocess.run(
        [sys.executable, "-c", code + report],
        capture_output=True,
        text=True,
        cwd=PACKAGE.parent,
        check=True,
    )
    return set(json.loads(done.stdout.splitlines()[-1]))


@pytest.mark.process
def test_importing_the_package_loads_neither_torch_nor_matplotlib() -> None:
    loaded = loaded_by("import linreg_widget; dir(linreg_widget)")
    assert not loaded & (SCREEN | {"torch", "pandas", "numpy"})


@pytest.mark.process
def test_loading_the_extension_loads_neither_torch_nor_matplotlib() -> None:
    loaded = loaded_by(
        "from IPython.core.interactiveshell import InteractiveShell; "
        "InteractiveShell.instance().run_line_magic('load_ext', 'linreg_widget'); "
        "assert 'linreg' in InteractiveShell.instance().magics_manager.magics['cell']"
    )
    assert not loaded & {"torch", "matplotlib", "anywidget", "ipympl", "pandas"}


@pytest.mark.process
def test_a_run_without_a_notebook_loads_no_screen() -> None:
    loaded = loaded_by(
        "from linreg_widget import Trainer, crop_yields; t = Trainer(crop_yields(), epochs=1); "
        "t.run(); t.back(); t.to_script(); t.full_losses(); t.coefficients()"
    )
    assert "torch" in loaded
    assert not loaded & (SCREEN | {"pandas"})


@pytest.mark.process
@pytest.mark.parametrize("module", sorted(NO_TORCH & set(MODULES)))
def test_modules_that_have_no_need_of_torch_do_not_load_it(module: str) -> None:
    assert "torch" not in loaded_by(f"import linreg_widget.{module}")


# ---- what is public ------------------------------------------------------------------------------


@pytest.mark.parametrize("module", MODULES)
def test_all_lists_what_a_module_defines_for_others(module: str) -> None:
    """In order, and no less than what other rooms import from it."""
    names = importlib.import_module(f"linreg_widget.{module}").__all__
    source = (PACKAGE / f"{module}.py").read_text(encoding="utf-8")
    assert len(set(names)) == len(names)
    namespace = vars(importlib.import_module(f"linreg_widget.{module}"))
    for name in names:
        assert not name.startswith("_")
        assert name in namespace
    tree = ast.parse(source)
    definitions = {
        node.name
        for node in tree.body
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and not node.name.startswith("_")
    }
    assert definitions <= set(names), "public by its name, but not in __all__"
    wanted = set()
    for other in [*MODULES, "__init__"]:
        for node in ast.walk(ast.parse((PACKAGE / f"{other}.py").read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom) and node.level and node.module == module:
                wanted |= {one.name for one in node.names}
    assert wanted <= set(names)


def test_the_public_names_can_be_imported_and_are_those_of_their_rooms() -> None:
    assert sorted(linreg_widget.__all__) == linreg_widget.__all__
    assert set(linreg_widget.__all__) == set(linreg_widget._ROOMS)
    for name in linreg_widget.__all__:
        room = importlib.import_module(f"linreg_widget.{linreg_widget._ROOMS[name]}")
        assert getattr(linreg_widget, name) is getattr(room, name)
        assert name in room.__all__
        assert name in dir(linreg_widget)
    with pytest.raises(AttributeError, match="no attribute 'Trainor'"):
        _ = linreg_widget.Trainor


def test_what_type_checkers_see_is_what_is_there() -> None:
    tree = ast.parse((PACKAGE / "__init__.py").read_text(encoding="utf-8"))
    (block,) = [node for node in tree.body if isinstance(node, ast.If)]
    seen = {
        alias.name: node.module
        for node in block.body
        if isinstance(node, ast.ImportFrom) and node.level
        for alias in node.names
    }
    assert seen == linreg_widget._ROOMS


def test_errors_form_the_tree_that_is_drawn() -> None:
    from linreg_widget.errors import (
        LinregError,
        SettingsError,
        TableError,
        UpdateError,
        WidgetError,
    )

    assert TableError.__mro__[1:3] == (LinregError, ValueError)
    assert SettingsError.__mro__[1:3] == (LinregError, ValueError)
    assert UpdateError.__mro__[1:3] == (LinregError, RuntimeError)
    assert WidgetError.__mro__[1:3] == (LinregError, TypeError)
    assert LinregError.__mro__[1] is Exception


# ---- page and kernel -----------------------------------------------------------------------------

# How a trait's type reads in TypeScript.
IN_TYPESCRIPT = {
    "learning_rate": "number",
    "epochs": "number",
    "batch_size": "number",
    "seed": "number",
    "shuffle": "boolean",
    "standardize": "boolean",
    "speed": "number | null",
    "Bool": "boolean",
    "Bytes": "DataView",
    "_source": "Partial<Source>",
    "_names": "Partial<Names>",
    "_frame": "Partial<WireFrame>",
    "_fit": "Partial<FitNames>",
    "_explained": "Partial<Explained>",
    "_runs": "RunRow[]",
    "stop_within": "number | null",
    "stop_patience": "number | null",
    "valley": "boolean | null",
    "ask": "string | null",
    "hide": "string[]",
    "lock": "string[]",
    "_question": "Partial<Question>",
    "_answer": "Partial<Answer>",
    "_findings": "string[]",
    "_run_columns": "string[]",
    "curves": "string[]",
    "Float": "number",
    "Int": "number",
    "Unicode": "string",
}


def interface() -> dict[str, str]:
    """The traits that the page declares, each with its type."""
    source = MODEL_TS.read_text(encoding="utf-8")
    (body,) = re.findall(r"export interface Traits \{(.*?)\}", source, re.DOTALL)
    return dict(re.findall(r"^\s*(\w+): ([^;]+);", body, re.MULTILINE))


def test_the_page_and_the_kernel_agree_on_the_traits() -> None:
    import traitlets
    from anywidget import AnyWidget

    from linreg_widget.panel.panel import TrainerPanel

    synced = TrainerPanel.class_traits(sync=True)
    inherited = AnyWidget.class_traits(sync=True)
    ours = {name: synced[name] for name in synced if name not in {*inherited, "_esm", "_css"}}
    page = interface()
    assert sorted(page) == sorted(ours)
    source = MODEL_TS.read_text(encoding="utf-8")
    for name, trait in ours.items():
        declared = page[name]
        if isinstance(trait, traitlets.Enum):
            (union,) = re.findall(rf"export type {declared} = ([^;]+);", source)
            assert re.findall(r'"(\w+)"', union) == list(trait.values or ())
        else:
            assert declared == IN_TYPESCRIPT.get(name) or declared == IN_TYPESCRIPT.get(
                type(trait).__name__
            ), f"{name} is {declared} on the page and {type(trait).__name__} in the kernel"


def wire_types() -> dict[str, set[str]]:
    """The names within each dict that travels, as js/src/wire.ts declares them."""
    source = (MODEL_TS.parent / "wire.ts").read_text(encoding="utf-8")
    bodies = re.findall(r"export interface (\w+) \{(.*?)^\}", source, re.DOTALL | re.MULTILINE)
    return {
        name: set(re.findall(r"^  readonly (\w+):", body, re.MULTILINE)) for name, body in bodies
    }


def test_the_page_and_the_kernel_agree_on_what_the_microscope_sends() -> None:
    from linreg_widget.panel.readings import Readings

    readings = Readings(linreg_widget.Trainer(linreg_widget.crop_yields()))
    sent = {**readings.words(), **readings.now(at_rest=True)}
    types = wire_types()
    assert set(sent["_source"]) == types["Source"]
    assert set(sent["_names"]) == types["Names"]
    assert set(sent["_fit"]) == types["FitNames"]
    assert set(sent["_frame"]) == types["WireFrame"]
    for tensor in sent["_frame"]["tensors"]:
        assert set(tensor) == types["WireTensor"]


def test_the_page_and_the_kernel_agree_on_what_is_said_of_a_run() -> None:
    from linreg_widget.panel.panel import _ENTRY
    from linreg_widget.panel.readings import Readings

    trainer = linreg_widget.Trainer(linreg_widget.crop_yields(), learning_rate=1.0)
    trainer.run()
    trainer.keep()
    sent = Readings(trainer).now(at_rest=True)
    types = wire_types()
    assert set(sent["_explained"]) == types["Explained"]
    for row in sent["_runs"]:
        assert set(row) == types["RunRow"]
        assert len(row["cells"]) == len(sent["_run_columns"])
    assert set(_ENTRY) == types["ByHand"]


def test_the_page_and_the_kernel_agree_on_questions_and_answers() -> None:
    from linreg_widget.panel.panel import TrainerPanel

    panel = TrainerPanel(linreg_widget.Trainer(linreg_widget.crop_yields()))
    panel.ask = "weight"
    panel.press("step")
    types = wire_types()
    assert set(panel._question) == types["Question"]
    assert set(panel._answer) == types["Answer"]
    panel.skip()
    assert set(panel._answer) == types["Answer"]
    panel.close()


def test_the_page_and_the_kernel_agree_on_the_controls() -> None:
    from linreg_widget.lesson.controls import CONTROLS

    source = (MODEL_TS.parent / "lesson.ts").read_text(encoding="utf-8")
    (union,) = re.findall(r"export type Control =([^;]+);", source)
    assert re.findall(r'"(\w+)"', union) == [*CONTROLS]


def test_no_name_on_the_wire_is_shortened_in_the_bundle() -> None:
    script = (MODEL_TS.parents[1] / "bundle.mjs").read_text(encoding="utf-8")
    (own,) = re.findall(r"const OWN = \[(.*?)\];", script, re.DOTALL)
    shortened = set(re.findall(r"\w+", own))
    assert len(shortened) > 20
    on_the_wire = set(interface()).union(*wire_types().values())
    assert not shortened & on_the_wire


def test_the_bundle_keeps_its_budget() -> None:
    assert (PACKAGE / "static" / "panel.js").stat().st_size <= 88_000
