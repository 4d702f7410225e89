"""``Node`` and ``Edge``: what a graph consists of, as plain objects."""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

import numpy as np

from linreg_widget.messages import say
from linreg_widget.quiet import quietly
from linreg_widget.wording import rate_text, said

from .places import is_call, normal

if TYPE_CHECKING:
    from .places import Place
    from .values import Value

Kind = Literal["leaf", "number", "operation", "gradient"]
Part = Literal["graph", "plain", "off"]

_FEW = 6  # numbers that are written out
_SIGNS = {
    "getitem": "[ ]",
    "setitem": "[ ]",
    "add": "+",
    "sub": "−",
    "mul": "*",
    "div": "/",
    "matmul": "@",
    "pow": "**",
    "neg": "−",
    "eq": "==",
    "ne": "!=",
    "lt": "<",
    "le": "<=",
    "gt": ">",
    "ge": ">=",
}


@dataclass(eq=False)
class Edge:
    """A tensor on its way from the node that made it to one that takes it."""

    source: int
    target: int
    value: Value | None
    """What went that way."""
    share: Value | None = None
    """The gradient that came back on this way; a value used twice is the end of two edges."""


@dataclass(eq=False)
class Node:
    """An operation with its result; or a tensor or a number that comes from elsewhere."""

    index: int
    """Its place among all nodes."""
    kind: Kind
    name: str
    """What torch calls the operation: "matmul"; or the name of what it is: "x", "w.grad"."""
    phase: int
    """How many phases were finished when it was made."""
    value: Value | None
    """Its result."""
    part: Part = "plain"
    """Whether torch recorded it ("graph"), or not: no input needs a gradient ("plain"), or
    gradients were off ("off")."""
    places: tuple[Place, ...] = ()
    """Where it stands in the code, inmost first, the update function last."""
    inputs: list[Edge] = field(default_factory=list)
    literals: tuple[tuple[int, float], ...] = ()
    """Numbers that are written out, each with its place among the inputs: of ``d ** 2``, (1, 2)."""
    gradient: Value | None = None
    """How the loss changes as each number of the result grows."""
    arrival: int | None = None
    """Which gradient of all it was to arrive, from 0."""
    flow_phase: int | None = None
    """How many phases were finished when it arrived."""
    passes: int = 0
    """How often ``backward()`` came by."""
    writes: bool = False
    """Whether it changed its first input, instead of making a new tensor."""
    parameter: bool = False
    """Whether it is a leaf for which torch is to find a gradient."""
    of_model: bool = False
    """Whether it stood on the model when the update began."""
    owner: int | None = None
    """Of a gradient, the node of the tensor that it belongs to."""
    failure: str = ""
    """Why torch refused to do it."""
    folded: int = 1
    """How many operations it stands for."""

    @property
    def label(self) -> str:
        """The operation as it is written: "@", "** 2", "sum()"; or its name."""
        if self.kind != "operation":
            return self.name
        if self.folded > 1:
            return say("graph.folded", count=self.folded)
        sign = _SIGNS.get(self.name)
        if sign is None or is_call(self.expression):
            return f"{self.name}{'_' * self.writes}()"
        written = [f"{sign}{'=' * self.writes}"]
        for place, number in self.literals:
            written.insert(place, rate_text(number))
        return " ".join(written)

    @property
    def expression(self) -> str:
        """The very piece of code, "x @ self.w.t()"; "" where it cannot be read."""
        return self.places[0].expression if self.places else ""

    @property
    def variable(self) -> str:
        """The variable that holds the result, or ""."""
        if self.kind != "operation":
            return self.name
        for place in self.places:
            if place.variable:
                return place.variable
            if not place.returned:
                break
        return ""

    @property
    def is_local(self) -> bool:
        """Whether the variable is one of the update function's own."""
        returned = list(itertools.takewhile(lambda place: place.returned, self.places))
        return bool(self.places) and len(returned) == len(self.places) - 1

    def is_written(self, text: str) -> bool:
        """Tell whether a piece of code is what its result is called there."""
        names = (self.variable, normal(self.expression))
        return text in names or text.endswith(f".{self.name}")

    @property
    def title(self) -> str:
        """What to call the result: a variable if one holds it, else the code."""
        return self.variable or self.expression or self.label

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of the result, () where it is a number."""
        return () if self.value is None else self.value.shape


def alike(one: object, other: object) -> bool:
    """Tell whether two nodes or edges, or what they consist of, hold the same."""
    if isinstance(one, np.ndarray) and isinstance(other, np.ndarray):
        return one.dtype == other.dtype and np.array_equal(one, other, equal_nan=True)
    if type(one) is not type(other):
        return False
    if isinstance(one, Node | Edge):
        return all(alike(value, getattr(other, name)) for name, value in vars(one).items())
    if isinstance(one, list | tuple) and isinstance(other, list | tuple):
        return len(one) == len(other) and all(map(alike, one, other))
    return bool(one == other) or (one != one and other != other)  # noqa: PLR0124 - NaN


def added(one: Value | None, other: Value | None) -> Value | None:
    """Return the sum of two gradients, in torch's precision."""
    if one is None or other is None:
        return one or other
    return other._replace(numbers=one.numbers + other.numbers, norm=None)


def shape_text(shape: tuple[int, ...]) -> str:
    """Write a shape: "3 × 2"; "" for a single number."""
    return " × ".join(map(str, shape))


@quietly
def numbers_text(value: Value | None) -> str:
    """Write a value: its numbers, if they are few; else its shape, and its norm if it is known."""
    if value is None:
        return "–"
    if math.prod(value.shape) <= _FEW and value.numbers.size <= _FEW:
        rows = [", ".join(map(said, row)) for row in value.numbers.tolist()]
        if not value.shape:
            return rows[0]
        inner = "; ".join(rows)
        return f"[{inner}]"
    shape, norm = shape_text(value.shape), value.whole_norm
    return shape if norm is None else say("graph.norm", shape=shape, norm=norm)
