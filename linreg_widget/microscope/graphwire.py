"""A graph as it travels to the page: words and sentences, and beside them the numbers."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, TypedDict

from linreg_widget.messages import say
from linreg_widget.quiet import quietly

from .nodes import Kind, Part, numbers_text
from .rules import entry_text
from .values import cut_to, fair_share

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from .codeview import CodeView
    from .graph import Graph
    from .nodes import Node
    from .places import Place
    from .values import Value

__all__ = ["WireEdge", "WireGraph", "WireNode", "WireSpot", "encode_graph"]

_MOST_NUMBERS = 6_000  # of all tensors together


class WireSpot(TypedDict):
    """A sub-expression in a line of code."""

    line: int
    """In the update function's source, from 0; -1: it is in another function."""
    source: str
    """The line, or lines, without their indentation."""
    function: str
    start: int
    """Where in them it begins; counted in characters of ``source``."""
    end: int


class WireEdge(TypedDict):
    """One input of an operation."""

    source: int
    """The node that made it."""
    share: str
    """What flowed back on this way: the array's name, "" if nothing has."""


class WireNode(TypedDict):
    """An operation, or what comes from elsewhere."""

    kind: Kind
    label: str
    """The operation's sign or name: "@"."""
    title: str
    """What the result is called: a variable, or the code."""
    tensor: str
    """Its name inside the update, "w.grad"; "" where it has none there."""
    part: Part
    phase: int
    """How many phases were finished when it was made."""
    flow: int
    """Which of all gradients to arrive, from 0; -1: none did."""
    flow_phase: int
    """How many phases were finished when it came; -1: none did."""
    inputs: list[WireEdge]
    shape: tuple[int, ...]
    value: str
    """Its numbers in words: all, if they are few."""
    values: str
    """The array of its numbers, as rows and columns; "" where it has none."""
    gradient: str
    """The gradient in words; "" where none arrived."""
    gradients: str
    """The array of the gradient's numbers."""
    spots: list[WireSpot]
    """Where it stands: inmost first, the update function last."""
    made: str
    """The sentence for the way forward."""
    back: list[str]
    """The sentences for the way back."""
    flaws: list[str]
    """What is wrong here."""


class WireGraph(TypedDict):
    """The operations of the update that is looked at."""

    update: int
    phases: list[str]
    ended: bool
    failed: bool
    """Whether the update came to an end by an error."""
    operations: int
    """How many there are; more than nodes, if lines of code are folded."""
    nodes: list[WireNode]


@quietly
def encode_graph(graph: Graph, code: CodeView) -> tuple[WireGraph, dict[str, NDArray[Any]]]:
    """Return the words of a graph, for JSON, and the numbers that they name.

    Parameters
    ----------
    graph : Graph
    code : CodeView
        The source of the update function, in which lines are counted.
    """
    small, places = graph.folded()
    flaws: dict[int, list[str]] = {}
    for flaw in graph.flaws:
        flaws.setdefault(places[flaw.node], []).append(flaw.words)
    arrays = _Arrays(small)
    return {
        "update": graph.update,
        "phases": [*graph.phases],
        "ended": graph.ended,
        "failed": any(node.failure for node in graph.nodes),
        "operations": sum(node.kind == "operation" for node in graph.nodes),
        "nodes": [
            {
                "kind": node.kind,
                "label": node.label,
                "title": node.title,
                "tensor": _tensor(small, node),
                "part": node.part,
                "phase": node.phase,
                "flow": -1 if node.arrival is None else node.arrival,
                "flow_phase": -1 if node.flow_phase is None else node.flow_phase,
                "inputs": [
                    {"source": edge.source, "share": arrays.name(edge.share)}
                    for edge in node.inputs
                ],
                "shape": node.shape,
                "value": "" if node.value is None else numbers_text(node.value),
                "values": arrays.name(node.value),
                "gradient": "" if node.gradient is None else numbers_text(node.gradient),
                "gradients": arrays.name(node.gradient),
                "spots": [_spot(place, code) for place in node.places],
                "made": _made(small, node),
                "back": _back(small, node),
                "flaws": flaws.get(node.index, []),
            }
            for node in small.nodes
        ],
    }, arrays.found


class _Arrays:
    """Arrays by name; where two hold the same numbers, they are one."""

    def __init__(self, graph: Graph) -> None:
        values = [one for node in graph.nodes for one in (node.value, node.gradient) if one]
        self._most = fair_share([one.numbers.size for one in values], _MOST_NUMBERS)
        self._names: dict[tuple[tuple[int, ...], bytes], str] = {}
        self.found: dict[str, NDArray[Any]] = {}

    def name(self, value: Value | None) -> str:
        """Return the name under which a value's numbers are found."""
        if value is None or not value.numbers.size:
            return ""
        rows, columns = cut_to(value, self._most)
        numbers = value.numbers[:rows, :columns]
        key = (numbers.shape, numbers.tobytes())
        name = self._names.setdefault(key, str(len(self._names)))
        self.found[name] = numbers
        return name


def _tensor(graph: Graph, node: Node) -> str:
    """Return the name of a node's result in the microscope."""
    if node.writes:
        return _tensor(graph, graph.nodes[node.inputs[0].source]) if node.inputs else ""
    if node.kind != "operation":
        return node.name
    return node.variable if node.variable and node.is_local else ""


def _spot(place: Place, code: CodeView) -> WireSpot:
    """Say where a place is; in the update function by the lines that the page shows."""
    index = code.index_of(place.line)
    first = place.source.split("\n")[0]
    here = index is not None and place.function.split(".")[-1] == code.name
    here = here and code.lines[index or 0].strip() == first.strip()
    return {
        "line": index if here and index is not None else -1,
        "source": place.source,
        "function": place.function,
        "start": place.start,
        "end": place.end,
    }


def _made(graph: Graph, node: Node) -> str:
    if node.failure or node.value is None:
        return say("graph.asked", code=node.title)
    return say(
        "graph.made",
        kind="writes" if node.writes else node.kind,
        label=node.label,
        code=node.expression or node.label,
        title=(_tensor(graph, node) if node.writes else "") or node.title,
        numbers=math.prod(node.shape),
        value=numbers_text(node.value),
    )


def _back(graph: Graph, node: Node) -> list[str]:
    """Return the sentences for the way back: what has arrived, and how it is handed on."""
    if node.gradient is None:
        return []
    sentences = [graph.meeting(node)]
    if node.kind == "leaf":
        sentences.append(say("graph.end", name=node.name, gradient=numbers_text(node.gradient)))
    elif node.folded == 1:
        rule = graph.rule(node)
        sentences.append(rule.words)
        for part in rule.sums:
            if part.handed_on and len(part.terms) == 1:
                continue
            source = graph.nodes[node.inputs[part.edge].source]
            name = f"{source.title}{entry_text(part.entry)}"
            sentences.append(say("graph.sum", name=name, sum=str(part)))
    return [*dict.fromkeys(sentence for sentence in sentences if sentence)]
