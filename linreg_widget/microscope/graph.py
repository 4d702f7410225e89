"""``Graph``: the operations of one update, their results, and the gradients that flow back.

It is what torch has recorded, whatever the update function does. Forward, each operation makes a
tensor from others; ``backward()`` follows the same edges the other way and multiplies by each
operation's own derivative: the chain rule. What is done under ``no_grad``, such as the step itself,
is not part of torch's graph and stands apart.
"""

from __future__ import annotations

import dataclasses
from collections import defaultdict
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from linreg_widget.errors import SettingsError
from linreg_widget.messages import say
from linreg_widget.quiet import quietly

from .flaws import flaws_of
from .folding import folded
from .nodes import alike, numbers_text, shape_text
from .rules import meeting, rule_of

if TYPE_CHECKING:
    from .flaws import Flaw
    from .nodes import Edge, Node
    from .rules import Rule, Sum


@dataclass(frozen=True, eq=False)
class Graph:
    """The graph of one update, as far as it is made.

    Printed, it is a listing: a line for each operation with its result and its gradient.
    ``to_dot()`` and ``to_mermaid()`` write it for Graphviz and Mermaid.
    """

    update: int
    """Which update of the run, from 1."""
    phases: tuple[str, ...]
    """The finished phases."""
    nodes: tuple[Node, ...]
    """In the order in which they were made; leaves before what is made of them."""
    ended: bool = False
    """Whether the update is complete."""
    bound: frozenset[int] = frozenset()
    """The model's former leaves: it has something else in their place, which is not a leaf."""

    def frozen(self) -> Graph:
        """Return a copy whose nodes no longer change."""
        copies = tuple(
            dataclasses.replace(node, inputs=[dataclasses.replace(edge) for edge in node.inputs])
            for node in self.nodes
        )
        return dataclasses.replace(self, nodes=copies)

    @cached_property
    def edges(self) -> tuple[Edge, ...]:
        """All edges."""
        return tuple(edge for node in self.nodes for edge in node.inputs)

    @cached_property
    def _leaving(self) -> dict[int, list[Edge]]:
        leaving = defaultdict(list)
        for edge in self.edges:
            leaving[edge.source].append(edge)
        return leaving

    def uses(self, node: Node) -> list[Edge]:
        """Return the edges that leave a node."""
        return self._leaving.get(node.index, [])

    def node(self, title: str) -> Node:
        """Return the last node of a title: a variable, "w.grad", or a piece of code.

        Raises
        ------
        SettingsError
            If there is none.

        Examples
        --------
        >>> trainer = Trainer(crop_yields(), learning_rate=1e-5)
        >>> trainer.step(by="phase", count=3)
        >>> trainer.graph().node("loss").gradient.numbers
        array([[1.]], dtype=float32)
        """
        for node in reversed(self.nodes):
            if title in (node.title, node.expression, node.name):
                return node
        known = ", ".join(dict.fromkeys(node.title for node in self.nodes))
        raise SettingsError(say("graph.no_node", title=repr(title), names=known))

    def rule(self, node: Node) -> Rule:
        """Return how an operation hands its gradient on: in words, and in its own numbers."""
        return rule_of(self, node)

    def meeting(self, node: Node) -> Sum | None:
        """Return how the gradients that meet at a node are added; None where none do."""
        return meeting(self, node)

    @property
    def flaws(self) -> list[Flaw]:
        """What keeps a gradient from flowing, or a step from being one, each with a sentence."""
        return flaws_of(self)

    def folded(self) -> tuple[Graph, dict[int, int]]:
        """Return the graph folded by source line, if it is large, and where its nodes went."""
        return folded(self)

    def __eq__(self, other: object) -> bool:
        """Graphs are equal if all their nodes, edges, results and gradients are."""
        if not isinstance(other, Graph):
            return NotImplemented
        return self._place == other._place and alike(self.nodes, other.nodes)

    def __hash__(self) -> int:
        return hash(self._place)

    @property
    def _place(self) -> tuple[object, ...]:
        return self.update, self.phases, self.ended, self.bound, len(self.nodes)

    # ---- as text -----------------------------------------------------------------------------

    @quietly
    def __repr__(self) -> str:
        if not self.nodes:
            return say("graph.empty", update=self.update)
        lines = [say("graph.head", update=self.update, count=len(self.nodes))]
        rows = [_row(node) for node in self.nodes if node.kind != "number"]
        widths = [max(len(row[column]) for row in rows) for column in range(3)]
        for row in rows:
            text = "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=False))
            lines.append(f"{text}  {row[3]}".rstrip())
        lines += [flaw.words for flaw in self.flaws]
        return "\n".join(lines)

    def to_dot(self) -> str:
        """Return the graph in Graphviz's language; what is not part of torch's graph is grey."""
        graph, _ = self.folded()
        lines = ["digraph update {", "  rankdir=LR; node [shape=box, style=rounded];"]
        for node in graph.nodes:
            grey = "" if node.part == "graph" or node.kind == "leaf" else ", color=grey"
            text = "\\n".join(map(_quoted, _lines_of(node)))
            lines.append(f'  n{node.index} [label="{text}"{grey}];')
        for edge in graph.edges:
            shape = "" if edge.value is None else _quoted(shape_text(edge.value.shape))
            lines.append(f'  n{edge.source} -> n{edge.target} [label="{shape}"];')
        return "\n".join([*lines, "}"])

    def to_mermaid(self) -> str:
        """Return the graph in Mermaid's language, for Markdown."""
        graph, _ = self.folded()
        lines = ["flowchart LR"]
        for node in graph.nodes:
            text = "<br>".join(_escaped(line) for line in _lines_of(node))
            lines.append(f'  n{node.index}["{text}"]')
        for edge in graph.edges:
            shape = "" if edge.value is None else shape_text(edge.value.shape)
            lines.append(
                f"  n{edge.source} -->{f'|{_escaped(shape)}|' if shape else ''} n{edge.target}"
            )
        grey = [f"n{node.index}" for node in graph.nodes if node.part == "off"]
        if grey:
            lines += ["  classDef off stroke-dasharray:4", f"  class {','.join(grey)} off"]
        return "\n".join(lines)


def _row(node: Node) -> tuple[str, str, str, str]:
    made = "" if node.kind != "operation" else node.expression or node.label
    name = node.variable or f"#{node.index}"
    flow = "" if node.gradient is None else f"← {numbers_text(node.gradient)}"
    part = {"graph": "", "plain": "", "off": "  (no_grad)"}[node.part]
    return name, made, numbers_text(node.value), f"{flow}{part}"


def _lines_of(node: Node) -> list[str]:
    lines = [node.label]
    if node.title != node.label:
        lines.append(node.title)
    lines.append(numbers_text(node.value))
    if node.gradient is not None:
        lines.append(say("graph.gradient_of", numbers=numbers_text(node.gradient)))
    return lines


def _quoted(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"')


_CODES = {"#": "#35;", '"': "#quot;", "<": "#lt;", ">": "#gt;", "|": "#124;"}


def _escaped(text: str) -> str:
    return "".join(_CODES.get(sign, sign) for sign in text)
