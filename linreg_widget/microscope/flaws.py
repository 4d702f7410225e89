"""What keeps a gradient from flowing, or a step from being one: the classic mistakes, in a graph.

Each is a fact about the graph, with a sentence. It may be intended: a target can be detached on
purpose, and an update that works out its gradients by hand needs no ``backward()``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from linreg_widget.messages import say

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .graph import Graph
    from .nodes import Node

_TAKEN_OUT = ("item", "tolist", "numpy", "array")
_REFUSALS = (  # what torch says, and the name of the sentence
    ("second time", "used"),
    ("does not require grad", "unrecorded"),
    ("scalar outputs", "scalar"),
    ("modified by an inplace operation", "overwritten"),
    ("a leaf Variable that requires grad", "leaf"),
    ("a view of a leaf Variable", "leaf"),
    ("floating point", "whole"),
)


class Flaw(NamedTuple):
    """A sentence about a node."""

    node: int
    words: str


def flaws_of(graph: Graph) -> list[Flaw]:
    """Return what in a graph keeps it from doing what it seems to do, in the order of the nodes."""
    found = [
        Flaw(node.index, words)
        for node in graph.nodes
        for look in _LOOKS
        if (words := look(graph, node))
    ]
    return sorted([*found, *_without_backward(graph)])


def _flow(graph: Graph) -> int | None:
    """Return the number of the first phase in which gradients have flowed."""
    return min((one.flow_phase for one in graph.nodes if one.flow_phase is not None), default=None)


def _is_before(graph: Graph, node: Node) -> bool:
    """Tell whether a node was made before gradients flowed, as far as the graph goes."""
    first = next((one.index for one in graph.nodes if one.name == "backward"), None)
    return first is None or node.index < first


def _code(node: Node) -> str:
    return node.expression or node.label


def _inputs(graph: Graph, node: Node) -> list[Node]:
    return [graph.nodes[edge.source] for edge in node.inputs]


def _refused(_graph: Graph, node: Node) -> str:
    if not node.failure:
        return ""
    known = (name for text, name in _REFUSALS if text in node.failure)
    first = node.failure.strip().split("\n")[0]
    return say("graph.refused", why=next(known, "other"), code=_code(node), words=first)


def _ends(graph: Graph, node: Node) -> str:
    """The flow ends: ``.detach()``, ``.item()`` in the middle."""
    if node.name not in ("detach", "data", *_TAKEN_OUT) or not _is_before(graph, node):
        return ""
    (source,) = _inputs(graph, node)[:1]
    cut = source.part == "graph" or source.parameter
    if node.name in _TAKEN_OUT:
        ended = _flow(graph) is not None or any(one.failure for one in graph.nodes)
        used = ended and source.gradient is None
    else:
        used = bool(graph.uses(node))
    return say("graph.ends", code=_code(node), source=source.title) if cut and used else ""


def _off(graph: Graph, node: Node) -> str:
    """What is computed under ``no_grad`` before ``backward()``."""
    if node.part != "off" or node.writes or not _is_before(graph, node):
        return ""
    cut = any(one.part == "graph" or one.parameter for one in _inputs(graph, node))
    return say("graph.off", code=_code(node)) if cut else ""


def _recorded(graph: Graph, node: Node) -> str:
    """The step is part of the graph: no ``no_grad``."""
    first = _flow(graph)
    if node.part != "graph" or node.failure or first is None or _is_before(graph, node):
        return ""
    inputs = _inputs(graph, node)
    step = any(one.parameter for one in inputs) and any(_of_gradient(graph, one) for one in inputs)
    return say("graph.recorded", code=_code(node)) if step else ""


def _of_gradient(graph: Graph, node: Node) -> bool:
    """Tell whether a node is a gradient, or was made of one outside of the graph."""
    seen, queue = set(), [node]
    while queue:
        one = queue.pop()
        if one.kind == "gradient":
            return True
        if one.index not in seen and one.part != "graph":
            seen.add(one.index)
            queue += _inputs(graph, one)
    return False


def _cleared(graph: Graph, node: Node) -> str:
    """A gradient is set to zero before the step takes it."""
    if not node.writes or node.name not in ("zero", "fill") or _is_before(graph, node):
        return ""
    (source,) = _inputs(graph, node)[:1]
    if source.kind != "gradient" or node.value is None or np.any(node.value.numbers):
        return ""
    later = [graph.nodes[edge.target] for edge in graph.uses(node)]
    taken = any(one.kind == "operation" and one.name != "zero" for one in later)
    return say("graph.cleared", gradient=source.name) if taken else ""


def _past(graph: Graph, node: Node) -> str:
    """A change through ``.data``, which autograd does not notice."""
    if node.name != "data" or not any(graph.nodes[edge.target].writes for edge in graph.uses(node)):
        return ""
    return say("graph.past", code=_code(node))


def _twice(graph: Graph, node: Node) -> str:
    """``backward()`` has gone through a graph twice: said once, where it began."""
    if node.kind != "operation" or node.passes < 2:
        return ""
    root = all(graph.nodes[edge.target].passes < 2 for edge in graph.uses(node))
    return say("graph.twice", count=node.passes, code=_code(node)) if root else ""


def _kept(graph: Graph, node: Node) -> str:
    """``backward()`` has added to a gradient that was not cleared."""
    if node.kind != "gradient" or not node.inputs:
        return ""
    before = _inputs(graph, node)[0]
    kept = before.of_model and before.value is not None and bool(np.any(before.value.numbers))
    return say("graph.kept", gradient=node.name) if kept else ""


def _spread(graph: Graph, node: Node) -> str:
    """A column ``(n, 1)`` less a row ``(n,)`` is a table ``(n, n)``: torch says nothing."""
    if node.name not in ("sub", "rsub") and not node.name.endswith("_loss"):
        return ""
    shapes = [one.value.shape for one in _inputs(graph, node) if one.value is not None]
    (rows,) = next((shape for shape in shapes if len(shape) == 1), (1,))
    if rows < 2 or (rows, 1) not in shapes:
        return ""
    return say("graph.spread", code=_code(node), rows=rows)


def _cut_off(graph: Graph, node: Node) -> str:
    """A weight that gets no gradient, and why."""
    if node.kind != "leaf" or not node.of_model or node.value is None:
        return ""
    used = any(graph.nodes[edge.target].part != "off" for edge in graph.uses(node))
    why = ""
    if node.index in graph.bound:
        why = "bound"
    elif node.name in ("w", "b") and used and not node.value.requires_grad:
        why = "whole" if "int" in node.value.dtype else "frozen"
    elif node.parameter and used and node.gradient is None and _flow(graph) is not None:
        why = "unreached"
    return say("graph.cut_off", why=why, name=node.name) if why else ""


def _without_backward(graph: Graph) -> Iterator[Flaw]:
    recorded = [node.index for node in graph.nodes if node.part == "graph"]
    failed = any(node.failure for node in graph.nodes)
    if graph.ended and recorded and _flow(graph) is None and not failed:
        yield Flaw(recorded[-1], say("graph.without_backward"))


_LOOKS = (
    *(_refused, _ends, _off, _recorded, _cleared, _past, _twice, _kept, _spread),
    _cut_off,
)
