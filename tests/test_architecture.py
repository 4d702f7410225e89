"""The house: wings in order, imports that point down, doors; what the page and the kernel share."""

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
from typing import NamedTuple

import pytest

import linreg_widget

PACKAGE = Path(linreg_widget.__file__).parent
PAGE = PACKAGE.parent / "js" / "src"
MODEL_TS = PAGE / "kernel" / "model.ts"
FLOORS = (
    {"magic"},
    {"widget"},
    {"panel"},
    {"plots", "lesson"},
    {"training"},
    {"recording", "insight", "microscope"},
    {"table"},
    {"settings"},
    {"model", "errors", "wording", "clock", "quiet"},
)
"""The wings and single modules from the top down; those on one floor do not know each other."""
AMONG_THEMSELVES = {"errors", "wording", "clock", "quiet"}  # the vocabulary at the bottom
WINGS = sorted(path.parent.name for path in PACKAGE.glob("*/__init__.py"))
MODULES = sorted(
    ".".join(path.relative_to(PACKAGE).with_suffix("").parts)
    for path in PACKAGE.rglob("*.py")
    if path.stem != "__init__"
)
SCREEN = {"IPython", "anywidget", "ipympl", "ipywidgets", "matplotlib", "traitlets"}
MAY_SHOW = {"magic", "widget", "panel", "plots"}
WITHOUT_TORCH = ("errors", "clock", "wording", "settings", "table", "magic")


class Import(NamedTuple):
    """One name that a module takes from another of the package."""

    source: str
    """The module or wing that it is taken from, below the package."""
    name: str
    for_types: bool


def wing(module: str) -> str:
    """The wing that a module stands in, or itself."""
    return module.split(".", maxsplit=1)[0]


def path_of(module: str) -> Path:
    return PACKAGE.joinpath(*module.split(".")).with_suffix(".py")


@cache
def imports(module: str) -> tuple[tuple[Import, ...], frozenset[str]]:
    """What a module imports: from this package, and which other packages to run."""
    own: list[Import] = []
    outside: set[str] = set()
    within = module.removesuffix(".__init__") if module.endswith("__init__") else module
    base = within.split(".") if module.endswith("__init__") else within.split(".")[:-1]

    def visit(node: ast.AST, *, for_types: bool) -> None:
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.If) and ast.unparse(child.test) == "TYPE_CHECKING":
                visit(child, for_types=True)
                continue
            if isinstance(child, ast.ImportFrom):
                name = child.module or ""
                if child.level:
                    up = base[: len(base) - child.level + 1]
                    name = ".".join(["linreg_widget", *up, *filter(None, [name])])
                top, _, source = name.partition(".")
                if top == "linreg_widget":
                    for one in child.names:
                        file = f"{source}.{one.name}".strip(".")  # else a name in a wing's face
                        whole = file in MODULES and wing(file) in (one.name, wing(module))
                        own.append(Import(file if whole else source, one.name, for_types))
                elif not for_types:
                    outside.add(top)
            elif isinstance(child, ast.Import) and not for_types:
                outside.update(one.name.split(".")[0] for one in child.names)
            visit(child, for_types=for_types)

    visit(ast.parse(path_of(module).read_text(encoding="utf-8")), for_types=False)
    return tuple(own), frozenset(outside)


# ---- wings ---------------------------------------------------------------------------------------


def test_every_module_stands_on_a_floor() -> None:
    assert sorted({wing(module) for module in MODULES}) == sorted(set().union(*FLOORS))
    assert len([*PACKAGE.glob("*.py")]) <= 10


def test_the_package_says_what_each_wing_is_for() -> None:
    table = re.split(r"^=+  =+$", linreg_widget.__doc__ or "", flags=re.MULTILINE)[1]
    told = re.findall(r"^``(\w+)``", table, re.MULTILINE)
    order = {name: floor for floor, names in enumerate(FLOORS) for name in names}
    assert sorted(told) == sorted(order)
    assert told == sorted(told, key=order.__getitem__)


@pytest.mark.parametrize("module", MODULES)
def test_imports_point_down(module: str) -> None:
    """Also those for types alone; wings on one floor do not know each other."""
    floor = {name: index for index, names in enumerate(FLOORS) for name in names}
    here = wing(module)
    for one in imports(module)[0]:
        there = wing(one.source)
        if there == here or {here, there} <= AMONG_THEMSELVES:
            continue
        assert floor[there] > floor[here], f"{module} imports {one.name} from {one.source}"


def test_no_imports_go_round_in_a_circle() -> None:
    graph = {}
    for module in [*MODULES, *(f"{name}.__init__" for name in WINGS)]:
        taken = {one.source for one in imports(module)[0] if not one.for_types}
        graph[module] = {name if name in MODULES else f"{name}.__init__" for name in taken}
    TopologicalSorter(graph).prepare()


@pytest.mark.parametrize("module", MODULES)
def test_wings_are_entered_by_their_doors(module: str) -> None:
    """From another wing, names come from its face; from within, from the file that has them."""
    for one in imports(module)[0]:
        if wing(one.source) not in WINGS:
            continue
        if wing(one.source) == wing(module):
            assert one.source != wing(module), f"{module} enters its own wing by the door"
        else:
            assert one.source == wing(one.source), f"{module} climbs in at {one.source}"


@pytest.mark.parametrize("name", WINGS)
def test_a_face_is_a_sentence_and_the_names_that_others_use(name: str) -> None:
    face = importlib.import_module(f"linreg_widget.{name}")
    others = [module for module in [*MODULES, "__init__"] if wing(module) != name]
    used = {one.name for other in others for one in imports(other)[0] if one.source == name}
    used |= {public for public, room in linreg_widget._ROOMS.items() if room == name}
    assert sorted(face.__all__) == sorted(used)
    assert (face.__doc__ or "").splitlines()[0].endswith(".")


@pytest.mark.parametrize("module", MODULES)
def test_a_module_says_its_purpose_in_a_line(module: str) -> None:
    tree = ast.parse(path_of(module).read_text(encoding="utf-8"))
    first, *rest = (ast.get_docstring(tree) or "").splitlines()
    assert first
    assert not rest or not rest[0], "the first paragraph is one line"


@pytest.mark.parametrize("module", [module for module in MODULES if wing(module) not in MAY_SHOW])
def test_the_core_knows_no_screen(module: str) -> None:
    assert not imports(module)[1] & SCREEN


def test_the_lesson_and_the_arithmetic_of_curves_stand_alone() -> None:
    assert imports("model") == ((), frozenset({"__future__", "collections", "torch"}))
    assert len(path_of("model").read_text(encoding="utf-8").splitlines()) < 120
    assert imports("recording.envelope")[0] == ()


@pytest.mark.parametrize("module", MODULES)
def test_files_stay_short_enough_to_be_read_at_once(module: str) -> None:
    assert len(path_of(module).read_text(encoding="utf-8").splitlines()) <= 500


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
@pytest.mark.parametrize("module", WITHOUT_TORCH)
def test_modules_that_have_no_need_of_torch_do_not_load_it(module: str) -> None:
    assert "torch" not in loaded_by(f"import linreg_widget.{module}")


# ---- what is public ------------------------------------------------------------------------------


@pytest.mark.parametrize("module", MODULES)
def test_all_lists_what_a_module_defines_for_others(module: str) -> None:
    """In order, and no less than what other modules import from it."""
    namespace = vars(importlib.import_module(f"linreg_widget.{module}"))
    names = namespace["__all__"]
    assert len(set(names)) == len(names)
    for name in names:
        assert not name.startswith("_")
        assert name in namespace
    definitions = {
        node.name
        for node in ast.parse(path_of(module).read_text(encoding="utf-8")).body
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and not node.name.startswith("_")
    }
    assert definitions <= set(names), "public by its name, but not in __all__"
    everywhere = [*MODULES, "__init__", *(f"{name}.__init__" for name in WINGS)]
    wanted = {one.name for other in everywhere for one in imports(other)[0] if one.source == module}
    assert wanted <= {*names, module.rpartition(".")[2]}


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
    "speed": 'number | "watch" | null',
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
    "tab": "string",
    "_axis": "number[]",
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
    """The names within each dict that travels, as js/src/kernel/wire.ts declares them."""
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

    source = (PAGE / "state" / "lesson.ts").read_text(encoding="utf-8")
    (union,) = re.findall(r"export type Control =([^;]+);", source)
    assert re.findall(r'"(\w+)"', union) == [*CONTROLS]


def test_no_name_on_the_wire_is_shortened_in_the_bundle() -> None:
    script = (PAGE.parent / "bundle.mjs").read_text(encoding="utf-8")
    (own,) = re.findall(r"const OWN = \[(.*?)\];", script, re.DOTALL)
    shortened = set(re.findall(r"\w+", own))
    assert len(shortened) > 20
    on_the_wire = set(interface()).union(*wire_types().values())
    assert not shortened & on_the_wire


def test_the_bundle_keeps_its_budget() -> None:
    assert (PACKAGE / "static" / "panel.js").stat().st_size <= 100_000
