"""The source of an update function, as the microscope shows it."""

from __future__ import annotations

import ast
import functools
import importlib
import inspect
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
from IPython.core.interactiveshell import InteractiveShell

from linreg_widget.errors import UpdateError
from linreg_widget.microscope.codeview import CodeView
from linreg_widget.microscope.source import complete_source
from linreg_widget.model import gradient_update, mse_loss

ARTICLE = CodeView.of(gradient_update)


def text_at(view: CodeView, span: tuple[int, int] | None) -> list[str]:
    assert span is not None
    return [line.strip() for line in view.lines[span[0] : span[1] + 1]]


def lines_of(view: CodeView, *names: str) -> list[int]:
    return [view.first + line for line, name in view.yields if name in names]


def test_it_is_the_very_source_with_its_line_numbers() -> None:
    source, first = inspect.getsourcelines(gradient_update)
    assert "\n".join(ARTICLE.lines) == "".join(source).rstrip("\n")
    assert (ARTICLE.first, ARTICLE.name, ARTICLE.article) == (first, "gradient_update", True)
    wire = ARTICLE.to_wire()
    assert ["".join(text for _, text in line) for line in wire["lines"]] == [*ARTICLE.lines]


def test_tokens_have_classes() -> None:
    (line,) = [
        tokens
        for tokens, text in zip(ARTICLE.to_wire()["lines"], ARTICLE.lines, strict=True)
        if "torch.no_grad" in text
    ]
    assert ("keyword", "with") in line
    assert line[-1][0] == "comment"
    assert ("function", "gradient_update") in ARTICLE.to_wire()["lines"][0]


def test_the_docstring_is_to_be_folded_and_the_phases_are_found() -> None:
    assert ARTICLE.fold is not None
    first, last = text_at(ARTICLE, ARTICLE.fold)[0], text_at(ARTICLE, ARTICLE.fold)[-1]
    assert first.startswith('"""')
    assert last.endswith('"""')
    assert [name for _, name in ARTICLE.yields] == ["predict", "loss", "backward", "update"]
    for line, name in ARTICLE.yields:
        assert ARTICLE.lines[line].strip() == f'yield "{name}"'


def test_the_lines_just_finished_are_those_of_the_phase() -> None:
    assert ARTICLE.around([], ended=False)[0] is None
    reached: list[int] = []
    seen = []
    for _, name in ARTICLE.yields:
        reached += lines_of(ARTICLE, name)
        done, after = ARTICLE.around(reached, ended=False)
        assert after is not None
        seen.append((text_at(ARTICLE, done)[0], ARTICLE.lines[after].strip().split("  #")[0]))
    assert [line for line, _ in seen] == [
        "predictions = model(x)",
        "loss = mse_loss(predictions, y)",
        "loss.backward()  # fills w.grad and b.grad: how the loss changes as each number grows",
        "with torch.no_grad():  # the step itself is not differentiated",
    ]
    assert [line for _, line in seen] == [
        "loss = mse_loss(predictions, y)",
        "loss.backward()",
        "with torch.no_grad():",
        "model.w.grad.zero_()",
    ]
    done, after = ARTICLE.around(reached, ended=True)
    assert after is None
    assert text_at(ARTICLE, done)[-1] == "return loss.item()"
    assert len(text_at(ARTICLE, done)) == 3


def looping(model: Any, x: torch.Tensor, y: torch.Tensor, learning_rate: float) -> Any:
    # nothing but a comment

    for _ in range(2):
        loss = mse_loss(model(x), y)
        yield "loss"
        loss.backward()

        # and another
        yield f"phase {learning_rate}"
    return loss.item()


def test_a_loop_marks_the_lines_before_the_yield_and_odd_yields_are_code() -> None:
    view = CodeView.of(looping)
    assert view.fold is None
    assert [name for _, name in view.yields] == ["loss"]
    first, second = view.first + 5, view.first + 9
    assert view.around([], ended=False) == (None, 3)
    assert view.around([first], ended=False) == ((3, 4), 6)
    assert view.around([first, second], ended=False) == ((6, 6), 10)
    assert view.around([first, second, first], ended=False)[0] == (3, 4)
    assert view.index_of(view.first + 4) == 4
    assert view.index_of(view.first + 400) is None
    assert view.index_of(None) is None


def test_functions_in_other_wrappings_are_read_too() -> None:
    class Home:
        def update(self, model: Any, x: Any, y: Any, learning_rate: float) -> Any:
            """Indented, with a docstring of one line."""
            yield "all"
            return mse_loss(model(x), y).item()

    for function in (Home().update, functools.partial(Home().update)):
        view = CodeView.of(function)
        assert view.lines[0].startswith("def update(")
        assert view.fold == (1, 1)
        assert (view.name, view.article) == ("update", False)


def test_without_a_source_nothing_is_shown() -> None:
    space: dict[str, Any] = {}
    exec("def hidden(model, x, y, learning_rate):\n    yield 'a'\n    return 0.0", space)  # noqa: S102
    view = CodeView.of(space["hidden"])
    assert (view.lines, view.to_wire()["lines"]) == ((), [])
    assert view.around([2], ended=False) == (None, None)


@pytest.mark.parametrize("text", ["<script>alert(1)</script>", "$x^2$", "&lt;", "\u202e"])
def test_code_stays_text(text: str, tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    name = f"odd_{len(text)}"  # linecache remembers files by their names
    (tmp_path / f"{name}.py").write_text(
        f"def odd(model, x, y, learning_rate):\n    yield {text!r}\n    return 0.0  # {text}\n",
        encoding="utf-8",
    )
    monkeypatch.syspath_prepend(tmp_path)
    wire = CodeView.of(importlib.import_module(name).odd).to_wire()
    assert "".join(part for _, part in wire["lines"][2]).endswith(f"# {text}")
    assert wire["yields"] == [{"line": 1, "name": text}]


# ---- code that is changed in place --------------------------------------------------------------

ODD = """\
def odd(model, x, y, learning_rate):
    yield "first"
    model.w.data -= learning_rate
    return 1.0
"""


@pytest.fixture
def reloaded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Any]]:
    """Write a module and load it; the second time into the same function, as autoreload does."""
    path = tmp_path / "reloaded_update.py"
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(sys, "dont_write_bytecode", True)

    def load(source: str, *, load: bool = True) -> Any:
        path.write_text(source, encoding="utf-8")
        if not load:
            return None
        old = sys.modules.pop(path.stem, None)
        importlib.invalidate_caches()
        new = importlib.import_module(path.stem)
        if old is None:
            return new.odd
        old.odd.__code__ = new.odd.__code__
        sys.modules[path.stem] = old
        return old.odd

    yield load
    sys.modules.pop(path.stem, None)


def test_a_reloaded_function_is_shown_as_it_runs(reloaded: Callable[..., Any]) -> None:
    function = reloaded(ODD)
    assert CodeView.of(function).lines == tuple(ODD.splitlines())
    changed = "# moved\n\n" + ODD.replace("first", "second")
    assert reloaded(changed) is function
    view = CodeView.of(function)
    assert (view.lines, view.first) == (tuple(changed.splitlines()[2:]), 3)
    assert [name for _, name in view.yields] == ["second"]


def test_a_function_that_autoreload_has_patched_is_shown_as_it_was_compiled(
    reloaded: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """IPython's newer autoreload compiles the definition alone, without its comments."""
    monkeypatch.setitem(sys.modules, "IPython.extensions.deduperreload", sys)
    function = reloaded(ODD)
    changed = "import math\n\n# moved\n" + ODD.replace('"first"', '"second"  # here')
    reloaded(changed, load=False)
    definition = ast.unparse(ast.parse(changed).body[-1])
    made: dict[str, Any] = {}
    patch = compile(definition, function.__code__.co_filename, "exec", dont_inherit=True)
    exec(patch, made)  # noqa: S102
    function.__code__ = made["odd"].__code__
    view = CodeView.of(function)
    assert (view.lines, view.first) == (tuple(definition.splitlines()), 1)
    assert [(view.lines[line].strip(), name) for line, name in view.yields] == [
        ("yield 'second'", "second")
    ]
    assert "# here" not in "".join(complete_source(function, ()))
    reloaded(changed.replace("second", "third"), load=False)
    assert CodeView.of(function).lines == (), "the file is another one again"


@pytest.mark.parametrize(
    "source",
    [
        ODD.replace("first", "other"),
        ODD.replace("-=", "+="),
        "import torch\n\n\n" + ODD,
        ODD.replace("1.0", "1"),
        "",
    ],
)
def test_a_file_that_was_changed_and_not_reloaded_is_not_shown(
    reloaded: Callable[..., Any], source: str
) -> None:
    function = reloaded(ODD)
    reloaded(source, load=False)
    assert CodeView.of(function).lines == ()
    with pytest.raises(UpdateError, match=r"run its cell, or reload|cannot be read"):
        complete_source(function, ())


def test_a_file_of_which_only_comments_changed_is_shown(reloaded: Callable[..., Any]) -> None:
    function = reloaded(ODD)
    reloaded(ODD + "\n# more\n", load=False)
    assert len(CodeView.of(function).lines) == 4


def test_other_code_put_into_a_function_is_shown() -> None:
    def one(model: Any, x: Any, y: Any, learning_rate: float) -> Any:
        yield "one"
        return 1.0

    def two(model: Any, x: Any, y: Any, learning_rate: float) -> Any:
        yield "two"
        return 2.0

    assert CodeView.of(one).yields == ((1, "one"),)
    one.__code__ = two.__code__
    assert CodeView.of(one).yields == ((1, "two"),)


def test_a_function_with_a_closure_a_decorator_and_an_assertion_is_shown() -> None:
    factor = 2.0

    def passed(function: Any) -> Any:
        @functools.wraps(function)
        def wrapped(*args: Any) -> Any:
            return (yield from function(*args))

        return wrapped

    @passed
    def closes(model: Any, x: Any, y: Any, learning_rate: float) -> Any:
        assert x is not None
        yield "one"
        return factor

    @passed
    def plain(model: Any, x: Any, y: Any, learning_rate: float) -> Any:
        yield "one"
        return factor

    for function in (closes, plain):
        assert CodeView.of(function).lines[0] == "@passed"


@pytest.mark.clock  # IPython keeps its history in a thread
def test_a_function_of_a_notebook_is_shown() -> None:
    shell = InteractiveShell.instance()
    try:
        shell.run_cell("from __future__ import annotations")
        cell = "import math\n!true\nk = 2\n" + ODD.replace("1.0", "k * math.pi")
        assert shell.run_cell(cell).success
        assert CodeView.of(shell.user_ns["odd"]).lines[1] == '    yield "first"'
    finally:
        InteractiveShell.clear_instance()
