"""The house: wings in order, imports that point down, doors; what the page and the kernel share."""

from __future__ import annotations

import ast
import importlib
import inspect
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from graphlib import TopologicalSorter
from pathlib import Path
from typing import NamedTuple

import pytest

import linreg_widget
from tests import contract
from tests.each import each

PACKAGE = Path(linreg_widget.__file__).parent
FLOORS = (
    {"magic"},
    {"widget"},
    {"panel"},
    {"plots", "lesson"},
    {"training"},
    {"recording", "insight", "microscope"},
    {"table"},
    {"settings"},
    {"messages"},
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
WITHOUT_TORCH = ("errors", "clock", "wording", "messages", "settings", "table", "magic")


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
def tree_of(module: str) -> ast.Module:
    return ast.parse(path_of(module).read_text(encoding="utf-8"))


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

    visit(tree_of(module), for_types=False)
    return tuple(own), frozenset(outside)


# ---- wings ---------------------------------------------------------------------------------------


def test_every_module_stands_on_a_floor() -> None:
    assert sorted({wing(module) for module in MODULES}) == sorted(set().union(*FLOORS))
    assert len([*PACKAGE.glob("*.py")]) <= 9


def test_the_package_says_what_each_wing_is_for() -> None:
    table = re.split(r"^=+  =+$", linreg_widget.__doc__ or "", flags=re.MULTILINE)[1]
    told = re.findall(r"^``(\w+)``", table, re.MULTILINE)
    order = {name: floor for floor, names in enumerate(FLOORS) for name in names}
    assert sorted(told) == sorted(order)
    assert told == sorted(told, key=order.__getitem__)


@each("module", lambda: MODULES)
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


@each("module", lambda: MODULES)
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
    """What a face imports is the list of what it offers."""
    face = importlib.import_module(f"linreg_widget.{name}")
    body = tree_of(f"{name}.__init__").body  # what is loaded later is named for types, too
    tops = [one for top in body for one in (top.body if isinstance(top, ast.If) else [top])]
    taken = [one for one in tops if isinstance(one, ast.ImportFrom) and one.level]
    offered = [one.name for top in taken for one in top.names]
    others = [module for module in [*MODULES, "__init__"] if wing(module) != name]
    used = {one.name for other in others for one in imports(other)[0] if one.source == name}
    used |= {public for public, room in linreg_widget._ROOMS.items() if room == name}
    assert sorted(offered) == sorted(used)
    assert (face.__doc__ or "").splitlines()[0].endswith(".")


@each("module", lambda: MODULES)
def test_a_module_says_its_purpose_in_a_line(module: str) -> None:
    tree = tree_of(module)
    first, *rest = (ast.get_docstring(tree) or "").splitlines()
    assert first
    assert not rest or not rest[0], "the first paragraph is one line"


@each("module", lambda: [module for module in MODULES if wing(module) not in MAY_SHOW])
def test_the_core_knows_no_screen(module: str) -> None:
    assert not imports(module)[1] & SCREEN


def test_the_lesson_and_the_arithmetic_of_curves_stand_alone() -> None:
    assert imports("model") == ((), frozenset({"__future__", "collections", "torch"}))
    assert len(path_of("model").read_text(encoding="utf-8").splitlines()) < 120
    assert imports("recording.envelope")[0] == ()


def test_no_module_is_named_by_a_word_that_also_means_something_else_here() -> None:
    ambiguous = {"account", "asked", "cells", "drawing", "listing", "marks", "outlook", "plan"}
    ambiguous |= {"scales", "standing", "state", "stop", "survey", "traces", "turns"}
    assert not ambiguous & {part for module in MODULES for part in module.split(".")}


@each("module", lambda: MODULES)
def test_files_stay_short_enough_to_be_read_at_once(module: str) -> None:
    assert len(path_of(module).read_text(encoding="utf-8").splitlines()) <= 500


def test_the_map_names_files_and_wings_that_are_there() -> None:
    text = (PACKAGE.parent / "CONTRIBUTING.md").read_text(encoding="utf-8")
    tree, table, walks = re.split(
        r"\n```\n\nImports point down|\nThree walks through", map_of(text)
    )
    named = re.findall(r"^  ([\w.]+/?)  ", tree, re.MULTILINE)
    wings = {f"{name}/" for name in WINGS} | {path.name for path in PACKAGE.glob("[a-z]*.py")}
    assert wings | {
        f"{path.name}/" for path in (PACKAGE.parent / "js/src").iterdir() if path.is_dir()
    } == set(named)
    paths = re.findall(r"`([\w/]+(?:\.(?:py|tsx?|json)|/))`", table + walks)
    assert len(paths) > 80
    places = [PACKAGE, PACKAGE.parent]
    assert [path for path in paths if not any((place / path).exists() for place in places)] == []


def map_of(text: str) -> str:
    return text.partition("## Where things are")[2].partition("## What may be hostile")[0]


# ---- classes -------------------------------------------------------------------------------------

# A class may have a base in another module only if that is whole by itself: it could be made, and
# would do what its docstring says, if this child did not exist.
MAY_INHERIT = {
    ("SettingsTraitError", "SettingsError"): "an error, which is also one of traitlets'",
    ("LossFigure", "Painting"): "a painting by itself shows empty axes",
    ("ValleyFigure", "Painting"): "a painting by itself shows empty axes",
    ("Trainer", "RunView"): "a view reads any run; the trainer adds the verbs",
    ("Replay", "RunView"): "a view reads any run; this one is over a twin",
    ("UnknownTraitError", "WidgetError"): "an error, which is also one of Python's",
    ("TrainerPanel", "Spelt"): "one rule, which needs nothing of its child",
    ("TrainerWidget", "Spelt"): "one rule, which needs nothing of its child",
    ("TrainerPanel", "NotCopied"): "one rule, which needs nothing of its child",
    ("TrainerWidget", "NotCopied"): "one rule, which needs nothing of its child",
    ("ValleyPlot", "NotCopied"): "one rule, which needs nothing of its child",
    ("LossPlot", "NotCopied"): "one rule, which needs nothing of its child",
    ("Notice", "NotCopied"): "one rule, which needs nothing of its child",
    ("_Widget", "Pictured"): "a protocol, which has no code",
}


def classes(module: str) -> list[tuple[type, ast.ClassDef]]:
    """The classes that a module defines at its top, each with its source."""
    namespace = vars(importlib.import_module(f"linreg_widget.{module}"))
    body = tree_of(module).body
    return [(namespace[node.name], node) for node in body if isinstance(node, ast.ClassDef)]


@cache
def body_of(cls: type) -> ast.Module:
    return ast.parse(inspect.getsource(cls))


@cache
def names_of_self(node: ast.AST, context: type[ast.expr_context]) -> set[str]:
    """The attributes of ``self`` that code sets (``ast.Store``) or uses (``ast.Load``)."""
    return {
        one.attr
        for one in ast.walk(node)
        if isinstance(one, ast.Attribute)
        and isinstance(one.value, ast.Name)
        and one.value.id == "self"
        and isinstance(one.ctx, context)
    }


def left_to_a_child(cls: type, source: ast.ClassDef) -> set[str]:
    """The attributes that a class declares and uses, and only a child of it can set.

    What it uses without declaring it, mypy finds.
    """
    bases = [base for base in cls.__mro__ if base.__module__.startswith("linreg_widget.")]
    has = set().union(*(names_of_self(body_of(base), ast.Store) for base in bases))
    has |= set(getattr(cls, "__dataclass_fields__", ()))
    declared = {
        one.target.id
        for one in source.body
        if isinstance(one, ast.AnnAssign) and one.value is None and isinstance(one.target, ast.Name)
    }
    used = names_of_self(source, ast.Load)
    return {name for name in (used & declared) - has if not hasattr(cls, name)}


@each("module", lambda: MODULES)
def test_no_class_is_in_pieces(module: str) -> None:
    """All methods of a class stand in its file; a base elsewhere is a thing by itself."""
    for cls, source in classes(module):
        assert not left_to_a_child(cls, source), f"{cls.__name__} is to be completed by a child"
        for base in cls.__bases__:
            if base.__module__.startswith("linreg_widget.") and base.__module__ != cls.__module__:
                assert (cls.__name__, base.__name__) in MAY_INHERIT
    assert not [*pieces_put_on(tree_of(module))]


def pieces_put_on(tree: ast.Module) -> Iterator[str]:
    """The lines that make an object of another's parts, or a class outside of its body."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Raise) and "NotImplementedError" in ast.unparse(node):
            yield ast.unparse(node)
        if isinstance(node, ast.Call):
            called = ast.unparse(node.func)
            if re.fullmatch(r"(vars\(.*\)|.*\.__dict__)\.update", called):
                yield ast.unparse(node)
    for node in tree.body:
        if isinstance(node, ast.Assign):
            yield from (ast.unparse(node) for one in node.targets if isinstance(one, ast.Attribute))
        if isinstance(node, ast.Expr) and ast.unparse(node).startswith("setattr("):
            yield ast.unparse(node)
        if isinstance(node, ast.FunctionDef) and [one.arg for one in node.args.args][:1] == [
            "self"
        ]:
            yield ast.unparse(node)


def test_every_base_that_is_allowed_is_one() -> None:
    pairs = {
        (cls.__name__, base.__name__)
        for module in MODULES
        for cls, _ in classes(module)
        for base in cls.__bases__
    }
    assert pairs >= MAY_INHERIT.keys()


class Half:
    """As a class is that a line limit has cut: it declares what only its child sets."""

    _loop: list[int]
    done = 0

    def first(self) -> int:
        self.done += 1
        return self._loop[0]


def test_half_a_class_is_found_out() -> None:
    (source,) = ast.parse(inspect.getsource(Half)).body
    assert isinstance(source, ast.ClassDef)
    assert left_to_a_child(Half, source) == {"_loop"}
    put_on = ("vars(self).update(vars(other))", "self.__dict__.update(x)", "Half.second = second")
    outside = "def second(self):\n    return self.done"
    for line in (*put_on, outside, "setattr(Half, 'second', second)", "raise NotImplementedError"):
        assert [*pieces_put_on(ast.parse(line))] == [line]
    for line in ("self.means.update(x)", "half = Half()", "setattr_of(Half)", "def f(me): ..."):
        assert not [*pieces_put_on(ast.parse(line))]


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
        "t.run(); t.back(); t.to_script(); t.full_losses(); t.coefficients(); import sys; "
        "assert not {'linreg_widget.table.' + it for it in ('parsing', 'printed')} & {*sys.modules}"
    )
    assert "torch" in loaded
    assert not loaded & (SCREEN | {"pandas"})


@pytest.mark.process
def test_the_first_widget_loads_only_what_it_shows() -> None:
    """Each module costs a millisecond or so, for which a reader waits."""
    late = {"microscope.graph", "microscope.graphwire", "microscope.trace", "panel.requests"}
    late |= {"training.comparison", "training.diagnosis", "training.evidence", "training.mistakes"}
    late |= {"table.numerals", "table.polynomial", "table.writing", "plots.valley.plot"}
    assert late <= {*MODULES}
    loaded_by(
        "import sys; from linreg_widget import TrainerWidget; TrainerWidget(); "
        "own = {name for name in sys.modules if name.startswith('linreg_widget')}; "
        f"assert not own & {{'linreg_widget.' + name for name in {late}}}, own; "
        "assert len(own) <= 93, len(own)"
    )


@pytest.mark.process
def test_modules_that_have_no_need_of_torch_do_not_load_it() -> None:
    lines = [
        f"import linreg_widget.{module}; assert 'torch' not in sys.modules, {module!r}"
        for module in WITHOUT_TORCH
    ]
    assert "torch" not in loaded_by("; ".join(["import sys", *lines]))


# ---- what is public ------------------------------------------------------------------------------


@cache
def words_outside() -> frozenset[str]:
    return frozenset(
        word
        for folder in ("tests", "gallery")
        for path in (PACKAGE.parent / folder).rglob("*.py")
        for word in re.findall(r"\w+", path.read_text(encoding="utf-8"))
    )


@each("module", lambda: MODULES)
def test_names_without_an_underscore_are_those_that_others_use(module: str) -> None:
    """So no module needs a list of them. A class may be known by what a function returns."""
    everywhere = [*MODULES, "__init__", *(f"{name}.__init__" for name in WINGS)]
    taken = {one.name for other in everywhere for one in imports(other)[0] if one.source == module}
    assert not [name for name in taken if name.startswith("_")]
    defined = {
        node.name
        for node in tree_of(module).body
        if isinstance(node, ast.FunctionDef) and not node.name.startswith("_")
    }
    assert defined - taken <= words_outside()


def test_the_public_names_can_be_imported_and_are_those_of_their_rooms() -> None:
    assert sorted(linreg_widget.__all__) == linreg_widget.__all__
    assert set(linreg_widget.__all__) == set(linreg_widget._ROOMS)
    for name in linreg_widget.__all__:
        room = importlib.import_module(f"linreg_widget.{linreg_widget._ROOMS[name]}")
        assert getattr(linreg_widget, name) is getattr(room, name)
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


def test_the_contract_on_the_page_is_what_python_says() -> None:
    """`make format` writes it anew."""
    assert contract.CONTRACT_TS.read_text(encoding="utf-8") == contract.written()


def test_the_bundle_keeps_its_budget() -> None:
    assert (PACKAGE / "static" / "panel.js").stat().st_size <= 120_000
