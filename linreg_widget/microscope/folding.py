"""A large graph made small: all that one source line does becomes one node."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from .nodes import Edge, Node, added

if TYPE_CHECKING:
    from .graph import Graph

MOST_SHOWN = 60
"""Nodes; what has more is folded."""


def folded(graph: Graph) -> tuple[Graph, dict[int, int]]:
    """Return a graph with one node for each line of the update function, and where nodes went.

    A node has the result of its line's last operation. Where a loop comes by again, an edge leads
    back to an earlier line. A small graph stays as it is.
    """
    if len(graph.nodes) <= MOST_SHOWN:
        return graph, {node.index: node.index for node in graph.nodes}
    groups: dict[tuple[object, ...], list[Node]] = {}
    for node in graph.nodes:
        groups.setdefault(_key(node), []).append(node)
    place = {node.index: index for index, group in enumerate(groups.values()) for node in group}
    nodes = tuple(_one(index, group) for index, group in enumerate(groups.values()))
    edges: dict[tuple[int, int], Edge] = {}
    for old in graph.edges:
        source, target = place[old.source], place[old.target]
        if source == target:
            continue
        edge = edges.setdefault((source, target), Edge(source, target, old.value))
        if edge.share is None or (old.share is not None and old.share.shape == edge.share.shape):
            edge.share = added(edge.share, old.share)
    for edge in edges.values():
        nodes[edge.target].inputs.append(edge)
    bound = frozenset(place[index] for index in graph.bound)
    return dataclasses.replace(graph, nodes=nodes, bound=bound), place


def _key(node: Node) -> tuple[object, ...]:
    """Return what the nodes that become one have in common."""
    if node.kind != "operation" or not node.places:
        return node.kind, node.name, node.owner
    return node.kind, node.part, node.phase, node.places[-1].function, node.places[-1].line


def _one(index: int, group: list[Node]) -> Node:
    last = group[-1]
    flows = [node for node in group if node.arrival is not None]
    first = min(flows, key=lambda node: node.arrival or 0, default=last)
    places = last.places
    if len(group) > 1 and places:
        line = places[-1]
        places = (line._replace(start=0, end=len(line.source)),)
    return dataclasses.replace(
        last,
        index=index,
        inputs=[],
        places=places,
        folded=len(group),
        gradient=first.gradient,
        arrival=first.arrival,
        flow_phase=first.flow_phase,
        failure=next((node.failure for node in group if node.failure), ""),
    )
