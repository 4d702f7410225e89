"""One catalogue of messages: each is used, gets its parameters, and reads alike everywhere."""

from __future__ import annotations

import ast
import json
import math
import re
from collections.abc import Iterator
from functools import cache
from itertools import product
from pathlib import Path
from typing import Any, TypeGuard

import pytest

import linreg_widget
from linreg_widget.lesson.controls import CONTROLS
from linreg_widget.messages import catalogue, say
from linreg_widget.messages.catalogue import FORMATS, Argument, parsed, rendered
from tests import node
from tests.each import each

PACKAGE = Path(linreg_widget.__file__).parent
PAGE = PACKAGE.parent / "js" / "src"
FILE = PACKAGE / "messages" / "en.json"
TEMPLATES = {
    f"{section}.{key}": template
    for section, messages in json.loads(FILE.read_text(encoding="utf-8")).items()
    for key, template in messages.items()
    if not key.startswith("@")
}
ITSELF = {"catalogue.py", "say.ts"}
SAMPLES: dict[str, list[Any]] = {
    "": ["Rainfall"],
    "count": [0, 1, 1_234_567],
    "number": [20_988.4, 0.00012, 1e9, math.inf],
    "measured": [853.4567, 20.0, math.nan],
    "rate": [1.1155e-4, 0.05, math.inf],
    "times": [1.0149, 2.69, 105.6, 9138.6],
    "percent": [0.00896, 0.62, 1e-6],
    "list": [["w"], ["w", "b"], list("abcdefgh")],
    "plural": [0, 1, 2, 1234],
}


def arguments(parts: list[Argument | str]) -> Iterator[Argument]:
    for part in parts:
        if isinstance(part, Argument):
            yield part
            for option in part.options.values():
                yield from arguments(option)


def parameters(name: str) -> set[str]:
    return {one.name for one in arguments(parsed(TEMPLATES[name])[0])}


def calls_of_python() -> Iterator[tuple[str, str, set[str]]]:
    """Each ``say`` of the package: where, which message, which parameters."""
    for path in PACKAGE.rglob("*.py"):
        for call in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not (isinstance(call, ast.Call) and isinstance(call.func, ast.Name)):
                continue
            if call.func.id == "say" and path.name not in ITSELF:
                name = ast.literal_eval(call.args[0])
                where = f"{path.relative_to(PACKAGE)}:{call.lineno}"
                yield where, name, {str(one.arg) for one in call.keywords}


def calls_of_the_page() -> Iterator[tuple[str, str, set[str]]]:
    for path in PAGE.rglob("*.ts*"):
        if path.name in ITSELF:
            continue
        source = path.read_text(encoding="utf-8")
        for call in re.finditer(r"\bsay\(\s*", source):
            head = re.compile(r'"([\w.]+)"\s*(?:(\))|,\s*(?:(\w+)\)|\{))').match(source, call.end())
            where = f"{path.name}:{source[: call.start()].count(chr(10)) + 1}"
            assert head, f"{where}: a message is named by a string, its values by {{...}}"
            assert not head[3], f"{where}: the values of a message are written where it is said"
            yield where, head[1], set() if head[2] else keys_of(source, head.end())


def keys_of(source: str, at: int) -> set[str]:
    """The names in an object's literal, from behind its brace: a and b of ``{ a, b: { c } }``."""
    depth, items, item = 0, [], ""
    while depth >= 0:
        depth += {"(": 1, "[": 1, "{": 1, ")": -1, "]": -1, "}": -1}.get(source[at], 0)
        if depth < 0 or (depth == 0 and source[at] == ","):
            items.append(item.strip())
            item = ""
        else:
            item += source[at]
        at += 1
    return {re.split(r"\W", one, maxsplit=1)[0] for one in items if one}


@cache
def calls() -> list[tuple[str, str, set[str]]]:
    return [*calls_of_python(), *calls_of_the_page()]


def test_every_message_that_is_said_is_there_and_gets_exactly_its_parameters() -> None:
    assert {(where, name) for where, name, _ in calls() if name not in TEMPLATES} == set()
    wrong = {where: (name, given) for where, name, given in calls() if given != parameters(name)}
    assert wrong == {}


def test_every_message_is_said_somewhere() -> None:
    inside = {"words.and", "words.more"}  # the catalogue itself joins lists by them
    inside |= {"words.meant", "words.there_are"}  # and asks which name was meant
    assert set(TEMPLATES) == {name for _, name, _ in calls()} | inside


@each("name", lambda: TEMPLATES)
def test_a_message_is_written_in_the_syntax_that_both_sides_read(name: str) -> None:
    parts, end = parsed(TEMPLATES[name])
    assert end == len(TEMPLATES[name])
    kinds: dict[str, set[str]] = {}
    for one in arguments(parts):
        assert one.kind in {"", "plural", "select", *FORMATS}
        assert ("other" in one.options) == (one.kind in ("plural", "select"))
        assert one.kind != "plural" or set(one.options) == {"one", "other"}
        kinds.setdefault(one.name, set()).add(one.kind)


def samples(template: str) -> list[dict[str, Any]]:
    """Values for the parameters of a template, so that each of its branches is taken."""
    values: dict[str, list[Any]] = {}
    for one in arguments(parsed(template)[0]):
        more = SAMPLES.get(one.kind, [])
        if one.kind == "select":
            words: dict[str, Any] = {"true": True, "other": False if "true" in one.options else "?"}
            more = [words.get(option, option) for option in one.options]
        known = values.setdefault(one.name, [])
        known += [value for value in more if value not in known]
    few = {name: some[:3] for name, some in values.items()} if len(values) > 4 else values
    return [dict(zip(few, one, strict=True)) for one in product(*few.values())][:400]


def test_the_page_and_the_kernel_render_each_message_alike() -> None:
    cases = [(text, values) for text in TEMPLATES.values() for values in samples(text)]
    kernel = [rendered(parsed(text)[0], values) for text, values in cases]
    wire = [[text, {key: to_wire(one) for key, one in values.items()}] for text, values in cases]
    page = node.call(
        """import { render } from "./text/say";
        const read = (x: any) => (x && x.number ? Number(x.number) : x);
        return args[0].map(([text, values]: any) =>
          render(text, Object.fromEntries(
            Object.entries(values).map(([name, value]) => [name, read(value)]))));""",
        wire,
    )
    assert [one for one in zip(cases, kernel, page, strict=True) if one[1] != one[2]] == []
    assert len(cases) > len(TEMPLATES)


def to_wire(value: Any) -> Any:
    """JSON has no numbers that are not finite."""
    odd = isinstance(value, float) and not math.isfinite(value)
    return {"number": "NaN" if math.isnan(value) else "Infinity"} if odd else value


ELSEWHERE = {  # what stands outside the catalogue, by file: how it begins, or all of it, and why
    "__init__.py": "what `versions` finds is for reports of faults, in English",
    "errors.py": "below the catalogue",
    "model.py": "the lesson, and below the catalogue",
    "magic.py": "the name of the magic, before an error",
    "messages/catalogue.py": "for whoever writes messages",
    "messages/languages.py": "the language is not known yet",
    "lesson/pictures.py": "the markup of drawings",
    "microscope/flaws.py": "what torch says",
    "microscope/frame.py": "a key, which no variable can have",
    "microscope/graph.py": "the languages of graphs",
    "microscope/source.py": "code of scripts",
    "panel/acts.py": "docstrings",
    "panel/elsewhere.py": "the markup around a sentence",
    "panel/panel.py": "docstrings",
    "panel/codec.py": "for whoever changes the package",
    "panel/front.py": "code, and for whoever changes the package",
    "panel/page.py": "the markup of pages",
    "plots/fonts.py": "names of fonts",
    "recording/envelope.py": "for whoever changes the package",
    "table/parsing.py": "what pandas says",
    "table/printed.py": "what databases print",
    "table/sheet.py": "what pandas calls a column",
    "table/table.py": "the name of a table",
    "training/distributed.py": "code of scripts",
    "training/literals.py": "code of scripts",
    "training/rowfiles.py": "code of scripts",
    "training/script.py": "code of scripts",
    "widget.py": "what Python says of an attribute that is not there",
}
ONLY = {  # of a file that says much else: just these
    "magic.py": {"%linreg: \0", "unrecognized arguments: "},
    "microscope/frame.py": {"\0 before"},
    "microscope/graph.py": {"digraph update {", "flowchart LR", "  classDef off", "  class \0 off"},
    "microscope/source.py": {"# To be added by hand", " as \0", "import \0 as", "from \0 import"},
    "panel/panel.py": {"A run that the page pulls ends as well."},
    "table/parsing.py": {"inside string starting at row"},
    "table/printed.py": {
        r"\s*… [\d,]+ more rows?",
        r"\s*#\s*(?:[\u2139i…]",
        r"\|?\s*(?:\(\d+ rows?\)",
    },
    "table/sheet.py": {"Unnamed: \0"},
    "table/table.py": {"Crop yields"},
    "widget.py": {"\0 object has no attribute"},
}
WORDS = re.compile(r"[A-Za-z]{2,} [A-Za-z\0]|\0[,:]? [A-Za-z]{2,}|[A-Za-z]{2,}: ?\0")


def texts_of(tree: ast.AST) -> Iterator[str]:
    r"""Each text of a module that is no docstring, nor help of the magic: \0 where a value goes."""
    aside: set[ast.AST] = set()
    for one in ast.walk(tree):
        if isinstance(one, ast.Expr):  # a docstring, of a variable too
            aside |= {one.value} if isinstance(one.value, ast.Constant) else set()
        if isinstance(one, ast.Call) and getattr(one.func, "id", "") == "argument":
            aside |= {*ast.walk(one)}
        if isinstance(one, ast.JoinedStr) and one not in aside:
            aside |= {*ast.walk(one)} - {one}
            yield "".join(
                getattr(part, "value", "") if constant(part) else "\0" for part in one.values
            )
        if constant(one) and one not in aside:
            yield str(one.value)


def constant(one: ast.AST) -> TypeGuard[ast.Constant]:
    return isinstance(one, ast.Constant) and isinstance(one.value, str)


def said_elsewhere(file: str, text: str) -> bool:
    begins = ONLY.get(file)
    return file in ELSEWHERE and (begins is None or text.startswith(tuple(begins)))


def sentences_outside() -> set[tuple[str, str]]:
    return {
        (str(path.relative_to(PACKAGE)), text)
        for path in PACKAGE.rglob("*.py")
        for text in texts_of(ast.parse(path.read_text(encoding="utf-8")))
        if WORDS.search(text)
    }


def test_what_users_read_stands_in_the_catalogue_and_nowhere_else() -> None:
    found = sentences_outside()
    assert {one for one in found if not said_elsewhere(*one)} == set()
    assert {file for file, _ in found} == set(ELSEWHERE)
    begun = {(file, begin) for file, begins in ONLY.items() for begin in begins}
    there = {
        (file, begin)
        for file, begin in begun
        for at, text in found
        if at == file and text.startswith(begin)
    }
    assert begun == there  # no exception that nothing needs


def test_a_sentence_beside_the_catalogue_would_be_found() -> None:
    code = """def f(x):
    'A docstring that says much.'
    raise ValueError(f"{x} is not a row")
"""
    assert [text for text in texts_of(ast.parse(code)) if WORDS.search(text)] == ["\0 is not a row"]
    assert not said_elsewhere("table/sheet.py", "\0 is not a row")
    assert not said_elsewhere("table/choosing.py", "\0 is not a row")


def test_the_page_has_no_sentence_of_its_own() -> None:
    literal = re.compile(r'"([^"\n]*)"|`([^`]*)`|>([^<>{}=]*)</')
    sentence = re.compile(r"[A-Z][a-z]+ [a-z]+ [a-z]+|[a-z]{3,} (?:the|a|of|is|are|and) [a-z]+")
    beside = {"say.ts", "templates.ts"}  # for whoever writes messages
    code = {"graph.ts": "torch.sum("}
    found = []
    for path in PAGE.rglob("*.ts*"):
        if path.name in beside:
            continue
        source = re.sub(
            r"/\*.*?\*/|(?<!:)//[^\n]*", "", path.read_text(encoding="utf-8"), flags=re.DOTALL
        )
        for one in literal.finditer(source):
            text = next(filter(None, one.groups()), "")
            if sentence.search(text) and code.get(path.name, "\0") not in text:
                found.append((path.name, text))
    assert found == []


def test_an_error_names_the_message_that_is_missing_or_its_parameters() -> None:
    with pytest.raises(LookupError, match=r"no message 'words\.nonsense' in messages/en\.json"):
        say("words.nonsense")
    with pytest.raises(
        LookupError, match=r"'words\.rows' has the parameters \['count'\], not \[\]"
    ):
        say("words.rows")
    with pytest.raises(LookupError, match=r"not \['count', 'more'\]"):
        say("words.rows", count=1, more=2)
    with pytest.raises(ValueError, match="not closed"):
        parsed("{a, plural, one {#} other {#}")
    with pytest.raises(ValueError, match="has no name"):
        parsed("{}")
    assert catalogue.say is say


def test_the_page_names_what_is_missing_too() -> None:
    script = """import { render, say } from "./text/say";
    const why = (act: () => string) => {
      try { return act(); } catch (error) { return String(error); }
    };
    return [why(() => say("words.nonsense" as any)), why(() => render("{rows, count}", {}))];"""
    assert node.call(script) == [
        "Error: There is no message words.nonsense.",
        "Error: A message needs rows.",
    ]


def test_keys_of_a_literal_are_found_whatever_its_values_are() -> None:
    assert keys_of('a, b: f({ c: 1 }), d: x ? "y" : [1, 2] })', 0) == {"a", "b", "d"}


def test_every_control_that_a_lesson_can_name_has_a_label() -> None:
    assert [name for name in CONTROLS if say("controls.label", control=name) == name] == []
