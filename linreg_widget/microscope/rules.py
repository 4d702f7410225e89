"""The rule by which an operation hands its gradient on: in words, and in the learner's own numbers.

The chain rule says: what flows back to an input is the gradient that has arrived at the result,
times the operation's own derivative. Here are the derivatives of about fifty operations, as in any
calculus textbook; torch has its own in ``derivatives.yaml``.
"""

from __future__ import annotations

import contextlib
import math
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from linreg_widget.messages import say
from linreg_widget.quiet import quietly

from .values import array_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from numpy.typing import NDArray

    from .graph import Graph
    from .nodes import Node

    Array = NDArray[np.float64]

_ROUNDING = 1e-4
_MOST_TERMS = 4  # of a sum, that are written out


class Sum(NamedTuple):
    """How one entry of what flows back to an input comes about."""

    edge: int
    """Which of the node's inputs it flows to; -1: it is what arrives at the node itself."""
    entry: tuple[int, ...]
    """Which of its numbers, as an index; () for a single one."""
    terms: tuple[tuple[float, float], ...]
    """Pairs of a gradient that has arrived and a derivative: their products are added."""
    share: float
    """What torch has found."""

    @property
    def shown(self) -> tuple[tuple[float, float], ...]:
        """Those of the terms that are written out."""
        return self.terms[:_MOST_TERMS]

    @property
    def handed_on(self) -> bool:
        """Whether the derivative is 1 all over."""
        return all(derivative == 1 for _, derivative in self.terms)

    @property
    def fits(self) -> bool:
        """Whether it is torch's number, up to rounding."""
        size = math.fsum(abs(gradient * derivative) for gradient, derivative in self.terms)
        return not abs(self.total - self.share) > _ROUNDING * size  # NaN is not a misfit

    @property
    def total(self) -> float:
        """The sum of the products."""
        return math.fsum(gradient * derivative for gradient, derivative in self.terms)


class Rule(NamedTuple):
    """How the gradient flows on from an operation."""

    words: str
    sums: tuple[Sum, ...]
    """For each way back, the entry on which most flows; none where the numbers are not at hand."""


@quietly
def rule_of(graph: Graph, node: Node) -> Rule:
    """Return the rule of an operation; where none is known or fits, that torch has one."""
    sums = [*_sums_of(node)] if node.name in KNOWN else []
    fits = node.name in KNOWN and all(one.fits for one in sums)
    twice = len({edge.source for edge in node.inputs}) < len(node.inputs)
    operation = node.name if fits else "other"
    count = math.prod(graph.nodes[node.inputs[0].source].shape) if node.inputs else 1
    common = say(
        "graph.common_rule",
        operation=operation,
        twice=twice,
        spread=any(edge.share and edge.share.shape != node.shape for edge in node.inputs),
        count=count,
    )
    words = say("graph.rule", operation=operation, count=count, common=common)
    return Rule(words, tuple(sums) if fits else ())


def _sums_of(node: Node) -> Iterator[Sum]:
    """Yield how the largest entry of each share comes about."""
    gradient, result = array_of(node.gradient), array_of(node.value)
    given, edges = _given(node)
    if gradient is None or result is None or gradient.shape != result.shape:
        return
    inputs = [one for one in given if one is not None]
    for place, edge in enumerate(edges if len(inputs) == len(given) else ()):
        share = None if edge is None else array_of(node.inputs[edge].share)
        if edge is None or share is None or share.shape != inputs[place].shape or not share.size:
            continue
        entry = np.unravel_index(int(np.argmax(np.abs(share))), share.shape)
        where = tuple(int(index) for index in entry)
        # Called in a way that these formulas do not foresee, an operation has its words only.
        with contextlib.suppress(TypeError, ValueError, IndexError):
            if terms := _terms(_Made(node.name, inputs, result, gradient), place, where):
                yield Sum(edge, where, tuple(terms), float(share[entry]))


def meeting(graph: Graph, node: Node) -> Sum | None:
    """Return how the largest entry of a node's gradient is the sum of several shares, if it is."""
    shares = [array_of(edge.share) for edge in graph.uses(node) if edge.share is not None]
    total = array_of(node.gradient)
    parts = [share for share in shares if share is not None and share.size]
    if len(shares) < 2 or len(parts) < len(shares) or total is None:
        return None
    place = np.unravel_index(int(np.argmax(np.abs(total))), total.shape)
    entry = tuple(int(index) for index in place)
    return Sum(-1, entry, tuple((float(part[entry]), 1.0) for part in parts), float(total[entry]))


def _given(node: Node) -> tuple[list[Array | None], list[int | None]]:
    """Return an operation's inputs in order, and which of its edges each is; a literal is none."""
    found = [array_of(edge.value) for edge in node.inputs]
    edges: list[int | None] = [*range(len(found))]
    for place, number in node.literals:
        found.insert(place, np.array(number, np.float64))
        edges.insert(place, None)
    return found, edges


class _Made(NamedTuple):
    """An operation with its numbers, float64."""

    name: str
    inputs: list[Array]
    result: Array
    gradient: Array
    """What has arrived, in the shape of the result."""


def _terms(made: _Made, place: int, entry: tuple[int, ...]) -> list[tuple[float, float]]:
    """Return the products that add up to an entry of what flows back to an input."""
    name, inputs, result, gradient = made
    if name in _PRODUCTS:
        return _products(made, place, entry)
    derive = _ELEMENTWISE.get(name) or _REDUCTIONS.get(name)
    derivatives = derive(*inputs, result) if derive else ()
    if place >= len(derivatives):
        return []
    target = inputs[place]
    if name in _REDUCTIONS:
        back = _spread(name, gradient, result, target)
        each = np.broadcast_to(derivatives[place], target.shape)
        return [] if back is None else _pairs([back[entry]], [each[entry]])
    each = np.broadcast_to(derivatives[place], result.shape)
    numbered = np.arange(target.size).reshape(target.shape)
    goes = np.broadcast_to(numbered, result.shape) == numbered[entry]
    return _pairs(gradient[goes], each[goes])


def _products(made: _Made, place: int, entry: tuple[int, ...]) -> list[tuple[float, float]]:
    """Return the products for a matrix product, ``x @ w.t()`` or ``linear(x, w, b)``."""
    linear, (left, right) = made.name == "linear", made.inputs[:2]
    if left.ndim > 2 or right.ndim > 2:
        return []
    wide = left.reshape(-1, left.shape[-1])
    tall = right.T if linear else right.reshape(right.shape[0], -1)
    arrived = made.gradient.reshape(wide.shape[0], tall.shape[1])
    if place == 0:
        row, inner = (0, *entry)[-2:]
        return _pairs(arrived[row], tall[inner])
    if place == 1:
        inner, column = entry[::-1] if linear else (*entry, 0)[:2]
        return _pairs(arrived[:, column], wide[:, inner])
    return _pairs(arrived[:, entry[-1]], np.ones(len(arrived)))


def _spread(name: str, gradient: Array, result: Array, target: Array) -> Array | None:
    """Return the gradient of a sum or a mean, spread over what was added up."""
    if not result.ndim:
        return np.broadcast_to(gradient, target.shape)
    total = _TOTALS.get(name)
    if total is None:
        return None
    for axis in range(target.ndim):
        for keep in (False, True):
            tried = total(target, axis=axis, keepdims=keep)
            if tried.shape == result.shape and np.allclose(tried, result, rtol=1e-4):
                wide = gradient if keep else np.expand_dims(gradient, axis)
                return np.broadcast_to(wide, target.shape)
    return None


def _pairs(gradients: Sequence[float] | Array, derivatives: Sequence[float] | Array) -> list[Any]:
    return [(float(one), float(two)) for one, two in zip(gradients, derivatives, strict=True)]


def _mean(size: int) -> float:
    return 1 / size if size else math.nan


# Derivatives by each input, of the inputs and, last, the result. Torch halves where two are equal.
_ELEMENTWISE: dict[str, Callable[..., tuple[Any, ...]]] = {
    "add": lambda *_: (1.0, 1.0),
    "sub": lambda *_: (1.0, -1.0),
    "mul": lambda a, b, _: (b, a),
    "div": lambda a, b, _: (1 / b, -a / b**2),
    "pow": lambda a, p, r: (p * a ** (p - 1), r * np.log(np.where(a > 0, a, 1))),
    "neg": lambda *_: (-1.0,),
    "abs": lambda a, _: (np.sign(a),),
    "square": lambda a, _: (2 * a,),
    "sqrt": lambda _, r: (1 / (2 * r),),
    "exp": lambda _, r: (r,),
    "log": lambda a, _: (1 / a,),
    "log1p": lambda a, _: (1 / (1 + a),),
    "reciprocal": lambda _, r: (-(r**2),),
    "sin": lambda a, _: (np.cos(a),),
    "cos": lambda a, _: (-np.sin(a),),
    "tanh": lambda _, r: (1 - r**2,),
    "sigmoid": lambda _, r: (r * (1 - r),),
    "relu": lambda a, _: ((a > 0) * 1.0,),
    "softplus": lambda a, _: (1 / (1 + np.exp(-a)),),
    "clamp": lambda a, *r: ((a == r[-1]) * 1.0,),
    "maximum": lambda a, b, _: ((a > b) + (a == b) / 2, (b > a) + (a == b) / 2),
    "minimum": lambda a, b, _: ((a < b) + (a == b) / 2, (b < a) + (a == b) / 2),
}
_REDUCTIONS: dict[str, Callable[..., tuple[Any, ...]]] = {
    "sum": lambda *_: (1.0,),
    "mean": lambda a, r: (_mean(a.size // max(r.size, 1)),),
    "mse_loss": lambda a, b, _: (2 * (a - b) / a.size, 2 * (b - a) / a.size),
    "l1_loss": lambda a, b, _: (np.sign(a - b) / a.size, np.sign(b - a) / a.size),
    "norm": lambda a, r: (a / r,),
    "dot": lambda a, b, _: (b, a),
    "max": lambda a, r: ((a == r) / max(1, (a == r).sum()),),
    "min": lambda a, r: ((a == r) / max(1, (a == r).sum()),),
}
_TOTALS: dict[str, Callable[..., Array]] = {"sum": np.sum, "mean": np.mean}
_MOVES = (
    *("t", "T", "mT", "transpose", "permute", "reshape", "view", "flatten", "squeeze"),
    *("unsqueeze", "getitem", "stack", "cat", "expand", "clone", "contiguous"),
)

_PRODUCTS = ("matmul", "mv", "linear")

KNOWN = frozenset({*_ELEMENTWISE, *_REDUCTIONS, *_MOVES, *_PRODUCTS})
"""The operations that have a rule."""
