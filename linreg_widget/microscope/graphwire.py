"""A graph as it travels to the page: words that all updates share, and beside them numbers."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, TypedDict

import numpy as np

from linreg_widget.quiet import quietly

from .nodes import Kind, Part
from .values import Value, cut_to, fair_share

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from .codeview import CodeView
    from .graph import Graph
    from .nodes import Node
    from .places import Place
    from .rules import Sum

_MOST_NUMBERS = 6_000  # of all tensors together


class WireSpot(TypedDict):
    """A sub-expression in a line of code."""

    line: int
    """In the update function's source, from 0; -1: it is in another function."""
    source: str
    """The line, or lines, without their indentation."""
    function: str
    start: int
    """Where in them it begins, and where it ends: in characters of ``source``."""
    end: int


class WireEdge(TypedDict):
    """One input of an operation."""

    source: int
    """The node that made it."""
    share: str
    """What flowed back on this way: an array's name, "" if nothing has."""
    sum: str
    """How its largest entry comes about: the name of an array of its place in the tensor, of how
    many products there are, of their sum, and of the first of them: gradient and derivative."""


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
    values: str
    """The array of its numbers, as rows and columns; "" where it has none.

    If these are only the leading ones, an array whose name begins with "norm" has the norm of all,
    where that is known."""
    gradients: str
    """The array of its gradient's numbers."""
    meeting: str
    """How the largest entry of that is the sum of several shares, as in ``WireEdge.sum``."""
    spots: list[int]
    """Where it stands, by numbers of the graph's spots: inmost first."""
    rule: str
    """How it hands its gradient on."""
    flaws: list[str]
    """What is wrong here."""


class WireGraph(TypedDict):
    """The operations of the update that is looked at."""

    update: int
    phases: list[str]
    ended: bool
    operations: int
    """How many there are; more than nodes, if lines of code are folded."""
    spots: list[WireSpot]
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
    return _Encoding(graph, code).encoded()


class _Encoding:
    """A graph on its way to the page; two arrays of the same numbers are one."""

    def __init__(self, graph: Graph, code: CodeView) -> None:
        self._graph, self._code = graph, code
        self._small, self._places = graph.folded()
        nodes = self._small.nodes
        values = [one for node in nodes for one in (node.value, node.gradient) if one]
        self._most = fair_share([one.numbers.size for one in values], _MOST_NUMBERS)
        self._names: dict[tuple[str, tuple[int, ...], bytes, float | None], str] = {}
        self._arrays: dict[str, NDArray[Any]] = {}
        self._norms: dict[str, NDArray[Any]] = {}
        self._spots: dict[Place, int] = {}

    def encoded(self) -> tuple[WireGraph, dict[str, NDArray[Any]]]:
        graph = self._graph
        flaws: dict[int, list[str]] = {}
        for flaw in graph.flaws:
            flaws.setdefault(self._places[flaw.node], []).append(flaw.words)
        nodes = [self._node(node, flaws.get(node.index, [])) for node in self._small.nodes]
        words: WireGraph = {
            "update": graph.update,
            "phases": [*graph.phases],
            "ended": graph.ended,
            "operations": sum(node.kind == "operation" for node in graph.nodes),
            "spots": [self._spot(place) for place in self._spots],
            "nodes": nodes,
        }
        # In JavaScript the names that are numbers come first, and so they do here.
        return words, self._arrays | self._norms

    def _node(self, node: Node, flaws: list[str]) -> WireNode:
        flows = node.gradient is not None and node.kind == "operation" and node.folded == 1
        rule = self._small.rule(node) if flows else None
        tensor = self._tensor(node)
        sums = {one.edge: one for one in rule.sums} if rule else {}
        return {
            "kind": node.kind,
            "label": node.label,
            "title": (node.writes and tensor) or node.title,
            "tensor": tensor,
            "part": node.part,
            "phase": node.phase,
            "flow": -1 if node.arrival is None else node.arrival,
            "flow_phase": -1 if node.flow_phase is None else node.flow_phase,
            "inputs": [
                {
                    "source": edge.source,
                    "share": self._name_of(edge.share),
                    "sum": self._sum(sums.get(place), edge.value),
                }
                for place, edge in enumerate(node.inputs)
            ],
            "shape": node.shape,
            "values": self._name_of(node.value),
            "gradients": self._name_of(node.gradient),
            "meeting": self._sum(self._small.meeting(node), node.value),
            "spots": [self._spots.setdefault(place, len(self._spots)) for place in node.places],
            "rule": rule.words if rule else "",
            "flaws": flaws,
        }

    def _name_of(self, value: Value | None) -> str:
        if value is None or not value.numbers.size:
            return ""
        rows, columns = cut_to(value, self._most)
        if value.is_whole and (rows, columns) == value.numbers.shape:
            return self._name(value.numbers)
        return self._name(value.numbers[:rows, :columns], value.whole_norm)

    def _name(self, numbers: NDArray[Any], norm: float | None = None) -> str:
        """Return the name under which numbers are found, and the norm of more than they are."""
        key = (numbers.dtype.str, numbers.shape, numbers.tobytes(), norm)
        name = self._names.setdefault(key, str(len(self._names)))
        self._arrays[name] = numbers
        if norm is not None:
            self._norms[f"norm{name}"] = np.array([norm])
        return name

    def _sum(self, part: Sum | None, value: Value | None) -> str:
        """Return the name of the numbers that a sum is written with, if it says anything."""
        if part is None or value is None or (part.handed_on and len(part.terms) == 1):
            return ""
        flat = _flat(part.entry, value.shape)
        terms = [number for term in part.shown for number in term]
        return self._name(np.array([flat, len(part.terms), part.share, *terms], np.float32))

    def _tensor(self, node: Node) -> str:
        """Return the name of a node's result in the microscope."""
        if node.writes:
            return self._tensor(self._small.nodes[node.inputs[0].source]) if node.inputs else ""
        if node.kind != "operation":
            return node.name
        return node.variable if node.is_local else ""

    def _spot(self, place: Place) -> WireSpot:
        """Say where a place is; in the update function by the lines that the page shows."""
        index, lines = self._code.index_of(place.line), self._code.lines
        first = place.source.split("\\n")[0].strip()
        here = place.function.split(".")[-1] == self._code.name and index is not None
        return {
            "line": index if here and index is not None and lines[index].strip() == first else -1,
            "source": place.source,
            "function": place.function,
            "start": place.start,
            "end": place.end,
        }


def _flat(entry: Sequence[int], shape: tuple[int, ...]) -> int:
    """Return an entry's place among all of a tensor's numbers, counted row by row."""
    return int(np.ravel_multi_index(tuple(entry), shape)) if math.prod(shape) and entry else 0
