"""Each rule's numbers are the derivative: torch's, and that of finite differences."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch

from linreg_widget.microscope.graph import Graph
from linreg_widget.microscope.rules import KNOWN
from linreg_widget.microscope.trace import Trace
from linreg_widget.microscope.values import array_of
from linreg_widget.model import gradient_update
from tests.microscope.graphs import OWN, made

nn = torch.nn.functional
Function = Callable[[torch.Tensor, torch.Tensor], torch.Tensor]


class Pair:
    """Two leaves in float64, in place of a model's w and b."""

    def __init__(self, a: np.ndarray, b: np.ndarray) -> None:
        self.w = torch.tensor(a, requires_grad=True)
        self.b = torch.tensor(b, requires_grad=True)


def graph_of(function: Function, a: np.ndarray, b: np.ndarray, weights: np.ndarray) -> Graph:
    """The graph of a weighted sum of a function's results."""
    model: Any = Pair(a, b)
    weight = torch.tensor(weights)

    def update(model: Any, x: Any, y: Any, learning_rate: float) -> Any:
        made = function(model.w, model.b)
        loss = (made * weight).sum()
        loss.backward()
        yield "backward"
        return loss.item()

    begun = update(model, torch.zeros(1), torch.zeros(1), 0.0)
    with Trace(begun.gi_frame, model) as trace:
        next(begun)
    return Graph(1, ("backward",), tuple(trace.nodes))


def differences(function: Function, inputs: list[np.ndarray], weights: np.ndarray, one: int) -> Any:
    """The derivative of that sum by an input, by central differences."""
    step, found = 1e-6, np.zeros_like(inputs[one])
    for entry in np.ndindex(found.shape):
        ends = []
        for sign in (1, -1):
            moved = [value.copy() for value in inputs]
            moved[one][entry] += sign * step
            result = function(*(torch.tensor(value) for value in moved)).numpy()
            ends.append(float((result * weights).sum()))
        found[entry] = (ends[0] - ends[1]) / (2 * step)
    return found


RULES: dict[str, tuple[str, Function]] = {
    "+": ("add", lambda a, b: a + b),
    "+ to rows": ("add", lambda a, b: a + b[0]),
    "+ 3": ("add", lambda a, _: a + 3),
    "add": ("add", torch.add),
    "-": ("sub", lambda a, b: a - b),
    "1 -": ("sub", lambda a, _: 1 - a),
    "*": ("mul", lambda a, b: a * b),
    "* itself": ("mul", lambda a, _: a * a),
    "* 2.5": ("mul", lambda a, _: a * 2.5),
    "column * row": ("mul", lambda a, b: a[:, :1] * b[:1]),
    "/": ("div", lambda a, b: a / b),
    "2 /": ("div", lambda a, _: 2 / a),
    "**": ("pow", lambda a, b: a**b),
    "** 3": ("pow", lambda a, _: a**3),
    "2 **": ("pow", lambda a, _: 2**a),
    "neg": ("neg", lambda a, _: -a),
    "abs": ("abs", lambda a, _: (a - 1).abs()),
    "square": ("square", lambda a, _: a.square()),
    "sqrt": ("sqrt", lambda a, _: a.sqrt()),
    "exp": ("exp", lambda a, _: torch.exp(a)),
    "log": ("log", lambda a, _: a.log()),
    "log1p": ("log1p", lambda a, _: a.log1p()),
    "reciprocal": ("reciprocal", lambda a, _: a.reciprocal()),
    "sin": ("sin", lambda a, _: a.sin()),
    "cos": ("cos", lambda a, _: a.cos()),
    "tanh": ("tanh", lambda a, _: a.tanh()),
    "sigmoid": ("sigmoid", lambda a, _: a.sigmoid()),
    "relu": ("relu", lambda a, _: nn.relu(a - 1)),
    "softplus": ("softplus", lambda a, _: nn.softplus(a)),
    "clamp": ("clamp", lambda a, _: a.clamp(0.8, 1.4)),
    "maximum": ("maximum", torch.maximum),
    "minimum": ("minimum", torch.minimum),
    "sum": ("sum", lambda a, _: a.sum()),
    "sum over rows": ("sum", lambda a, _: a.sum(0)),
    "sum kept": ("sum", lambda a, _: a.sum(1, keepdim=True)),
    "mean": ("mean", lambda a, _: a.mean()),
    "mean over columns": ("mean", lambda a, _: a.mean(1)),
    "mse_loss": ("mse_loss", nn.mse_loss),
    "l1_loss": ("l1_loss", nn.l1_loss),
    "norm": ("norm", lambda a, _: a.norm()),
    "dot": ("dot", lambda a, b: torch.dot(a[0], b[0])),
    "max": ("max", lambda a, _: a.max()),
    "min": ("min", lambda a, _: a.min()),
    "@": ("matmul", lambda a, b: a @ b.t()),
    "@ a vector": ("matmul", lambda a, b: a @ b[0]),
    "a vector @": ("matmul", lambda a, b: a[0] @ b.t()),
    "mv": ("mv", lambda a, b: torch.mv(a, b[0])),
    "linear": ("linear", nn.linear),
    "linear with a bias": ("linear", lambda a, b: nn.linear(a, b, b[:, 0])),
}
MOVES: dict[str, Function] = {
    "t": lambda a, _: a.t(),
    "T": lambda a, _: a.T,
    "mT": lambda a, _: a.mT,
    "transpose": lambda a, _: a.transpose(0, 1),
    "permute": lambda a, _: a.permute(1, 0),
    "reshape": lambda a, _: a.reshape(-1),
    "view": lambda a, _: a.view(-1),
    "flatten": lambda a, _: a.flatten(),
    "squeeze": lambda a, _: a[:1].squeeze(),
    "unsqueeze": lambda a, _: a.unsqueeze(0),
    "getitem": lambda a, _: a[1],
    "stack": lambda a, b: torch.stack([a, b]),
    "cat": lambda a, b: torch.cat([a, b]),
    "expand": lambda a, _: a[:1].expand(3, 2),
    "clone": lambda a, _: a.clone(),
    "contiguous": lambda a, _: a.t().contiguous(),
}


def some(seed: int) -> tuple[np.ndarray, np.ndarray, np.random.Generator]:
    """Two tables of numbers above 0, no two of them equal."""
    numbers = np.random.default_rng(seed)
    a, b = (numbers.uniform(0.5, 1.7, size=(3, 2)) for _ in range(2))
    return a, b, numbers


@pytest.mark.parametrize("case", RULES)
def test_a_rules_numbers_are_the_derivative(case: str) -> None:
    name, function = RULES[case]
    a, b, numbers = some(0)
    shape = function(torch.tensor(a), torch.tensor(b)).shape
    weights = numbers.normal(size=tuple(shape))
    graph = graph_of(function, a, b, weights)
    node = next(node for node in graph.nodes if node.name == name)
    rule = graph.rule(node)
    assert rule.sums
    assert "torch knows the derivative" not in rule.words
    for part in rule.sums:
        edge = node.inputs[part.edge]
        share = array_of(edge.share)
        assert share is not None
        assert part.share == share[part.entry]
        assert np.isclose(part.total, part.share, rtol=1e-9, atol=1e-12)
    found = [differences(function, [a, b], weights, one) for one in (0, 1)]
    for leaf, wanted in zip((graph.node("w"), graph.node("b")), found, strict=True):
        gradient = array_of(leaf.gradient)
        flowed = np.zeros_like(a) if gradient is None else gradient
        assert np.allclose(flowed, wanted, rtol=1e-5, atol=1e-7)


@pytest.mark.parametrize("case", RULES)
def test_torch_finds_the_same_derivative_by_finite_differences(case: str) -> None:
    _, function = RULES[case]
    a, b, _ = some(1)
    inputs = [torch.tensor(one, requires_grad=True) for one in (a, b)]
    assert torch.autograd.gradcheck(function, inputs)


@pytest.mark.parametrize("name", MOVES)
def test_what_only_moves_numbers_has_words(name: str) -> None:
    a, b, numbers = some(2)
    function = MOVES[name]
    weights = numbers.normal(size=tuple(function(torch.tensor(a), torch.tensor(b)).shape))
    graph = graph_of(function, a, b, weights)
    node = next(node for node in graph.nodes if node.name == name)
    assert node.gradient is not None
    assert "torch knows the derivative" not in graph.rule(node).words


def test_every_rule_is_tried() -> None:
    assert {name for name, _ in RULES.values()} | set(MOVES) == KNOWN


@pytest.mark.parametrize(
    ("name", "function"),
    [
        ("add", lambda a, b: torch.add(a, b, alpha=3)),
        ("sub", lambda a, b: torch.sub(a, b, alpha=0.5)),
        ("mse_loss", lambda a, b: nn.mse_loss(a, b, reduction="sum")),
        ("norm", lambda a, _: a.norm(1)),
        ("div", lambda a, b: torch.div(a, b * 0.1, rounding_mode="floor") * a),
        ("softplus", lambda a, _: nn.softplus(a, beta=3)),
    ],
)
def test_an_operation_with_a_twist_gets_no_rule_that_does_not_hold(
    name: str, function: Function
) -> None:
    a, b, numbers = some(3)
    weights = numbers.normal(size=tuple(function(torch.tensor(a), torch.tensor(b)).shape))
    graph = graph_of(function, a, b, weights)
    node = next(node for node in graph.nodes if node.name == name)
    assert "torch knows the derivative" in graph.rule(node).words
    assert not graph.rule(node).sums


def test_an_operation_without_a_rule_says_so() -> None:
    a, b, numbers = some(4)
    graph = graph_of(lambda a, _: torch.erf(a), a, b, numbers.normal(size=(3, 2)))
    node = next(node for node in graph.nodes if node.name == "erf")
    assert node.gradient is not None
    assert graph.rule(node).words.startswith("torch knows the derivative of this operation")


@pytest.mark.parametrize("update", [gradient_update, *OWN], ids=lambda one: one.__name__)
def test_rules_hold_in_whole_updates(update: Callable[..., Any]) -> None:
    graph = made(update).graph
    sums = [part for node in graph.nodes if node.gradient for part in graph.rule(node).sums]
    assert len(sums) >= 3
    assert all(part.fits for part in sums)
    known = [node for node in graph.nodes if node.gradient and node.kind == "operation"]
    told = [node for node in known if "torch knows" not in graph.rule(node).words]
    assert len(told) >= len(known) - 1
