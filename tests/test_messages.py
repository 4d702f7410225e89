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
from typing import Any

import pytest

import linreg_widget
from linreg_widget.lesson.controls import CONTROLS
from linreg_widget.messages import catalogue, say
from linreg_widget.messages.catalogue import FORMATS, Argument, parsed, rendered
from tests import node

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
    assert set(TEMPLATES) == {name for _, name, _ in calls()} | inside


@pytest.mark.parametrize("name", TEMPLATES)
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
