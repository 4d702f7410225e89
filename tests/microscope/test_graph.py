"""The graph of an update: its values and gradients are torch's, and each stands in the code."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from torch.overrides import TorchFunctionMode

from linreg_widget import SettingsError, Trainer, crop_yields
from linreg_widget.microscope.codeview import CodeView
from linreg_widget.microscope.graph import Graph
from linreg_widget.microscope.graphwire import encode_graph
from linreg_widget.microscope.nodes import numbers_text
from linreg_widget.microscope.places import operands
from linreg_widget.microscope.rules import Sum
from linreg_widget.microscope.specimen import Specimen
from linreg_widget.microscope.values import Value, array_of
from linreg_widget.model import gradient_update
from linreg_widget.wording import said
from tests.microscope.graphs import OWN, a_batch, asked, made, rows, squares, twice


def numbers(value: Value | None) -> np.ndarray:
    found = array_of(value)
    assert found is not None
    return found


def graph_of(update: Any = gradient_update, updates: int = 1, rate: float = 1e-5) -> Graph:
    trainer = Trainer(crop_yields(), learning_rate=rate, update=update)
    trainer.step(count=updates)
    return trainer.graph()


# ---- values and gradients ------------------------------------------------------------------------


def test_the_articles_graph_is_what_one_works_out_by_hand() -> None:
    graph = graph_of()
    x, y, w, b = (numbers(graph.nodes[place].value) for place in range(4))
    product = x @ w.T
    predictions = product + b
    difference = predictions - y
    square = difference**2
    loss = square.sum() / 6
    share = difference / 6
    by_hand: dict[str, tuple[np.ndarray, np.ndarray]] = {
        "self.w.t()": (w.T, x.T @ (2 * share)),
        "x @ self.w.t()": (product, 2 * share),
        "predictions": (predictions, 2 * share),
        "difference": (difference, 2 * share),
        "difference * difference": (square, np.full((3, 2), 1 / 6)),
        "torch.sum(difference * difference)": (square.sum(), np.array(1 / 6)),
        "loss": (loss, np.array(1.0)),
    }
    for title, (value, gradient) in by_hand.items():
        node = graph.node(title)
        assert np.allclose(numbers(node.value), value, rtol=1e-5), title
        assert np.allclose(numbers(node.gradient), gradient, rtol=1e-4), title
    leaf_w, leaf_b = graph.nodes[2], graph.nodes[3]
    assert np.allclose(numbers(leaf_w.gradient), (2 * share).T @ x, rtol=1e-4)
    assert np.allclose(numbers(leaf_b.gradient), (2 * share).sum(0), rtol=1e-4)
    assert np.array_equal(numbers(graph.node("w.grad").value), numbers(leaf_w.gradient))
    step = graph.node("model.w.grad * learning_rate")
    assert np.allclose(numbers(step.value), 1e-5 * numbers(leaf_w.gradient))
    after = graph.node("model.w -= model.w.grad * learning_rate")
    assert np.allclose(numbers(after.value), w - 1e-5 * numbers(leaf_w.gradient))


def test_a_value_used_twice_gets_two_shares() -> None:
    graph = graph_of()
    square = graph.node("difference * difference")
    first, second = square.inputs
    assert first.source == second.source == graph.node("difference").index
    half = numbers(graph.node("difference").gradient) / 2
    assert np.array_equal(numbers(first.share), half)
    assert np.array_equal(numbers(second.share), half)


@pytest.mark.parametrize("update", [gradient_update, *OWN], ids=lambda one: one.__name__)
def test_every_gradient_is_what_autograd_says(update: Callable[..., Any]) -> None:
    results = [node for node in made(update).graph.nodes if node.part == "graph"]
    wanted = asked(update)
    if update.__name__ == "in_place":  # torch knows none of what was changed in place since
        wanted = wanted[-4:]
        results = results[-4:]
    assert len(results) >= len(wanted) > 0
    for node, gradient in zip(results, wanted, strict=False):
        if gradient is None:
            assert node.gradient is None, node.title
        else:
            assert np.array_equal(numbers(node.gradient).astype(np.float32), gradient), node.title


@pytest.mark.parametrize("update", [gradient_update, *OWN], ids=lambda one: one.__name__)
def test_shares_add_up_to_the_gradient_that_they_make(update: Callable[..., Any]) -> None:
    graph = made(update).graph
    met = 0
    for node in graph.nodes:
        shares = [numbers(edge.share) for edge in graph.uses(node) if edge.share is not None]
        if shares and node.gradient is not None:
            assert np.allclose(sum(shares), numbers(node.gradient), rtol=1e-5, atol=1e-7)
            met += 1
    assert met >= 2
    for leaf in graph.nodes[2:4]:
        assert leaf.gradient is not None


@pytest.mark.parametrize("update", [gradient_update, *OWN], ids=lambda one: one.__name__)
def test_each_operation_is_found_in_the_code(update: Callable[..., Any]) -> None:
    graph = made(update).graph
    operations = [node for node in graph.nodes if node.kind == "operation"]
    assert len(operations) > 5
    for node in operations:
        inmost, *_, outmost = node.places[0], node.places[-1]
        assert inmost.expression
        assert outmost.function == update.__name__
        if len(operands(node.expression)) == 2 and "(" not in node.expression:
            assert len(node.inputs) + len(node.literals) == 2


def test_edges_point_from_what_was_made_before() -> None:
    for update in (gradient_update, *OWN):
        graph = made(update).graph
        assert [node.index for node in graph.nodes] == [*range(len(graph.nodes))]
        assert all(edge.source < edge.target for edge in graph.edges)


def test_the_step_stands_apart() -> None:
    graph = graph_of()
    parts = {node.title: node.part for node in graph.nodes if node.kind == "operation"}
    assert parts["loss"] == parts["self.w.t()"] == "graph"
    assert parts["model.w.grad * learning_rate"] == "off"
    assert parts["model.w -= model.w.grad * learning_rate"] == "off"
    assert parts["model.w.grad.zero_()"] == "plain"
    rate = graph.node("learning_rate")
    assert rate.kind == "number"
    assert len(graph.uses(rate)) == 2


def test_gradients_arrive_from_the_loss_back_to_the_leaves() -> None:
    graph = graph_of()
    flowed = [node for node in graph.nodes if node.arrival is not None]
    order = [node.title for node in sorted(flowed, key=lambda node: node.arrival or 0)]
    assert order[0] == "loss"
    assert order.index("predictions") < order.index("x @ self.w.t()") < order.index("w")
    assert {node.flow_phase for node in flowed} == {2}


# ---- phase by phase ------------------------------------------------------------------------------


def test_the_graph_grows_with_the_phases() -> None:
    trainer = Trainer(crop_yields(), learning_rate=1e-5)
    assert [node.title for node in trainer.graph().nodes] == ["x", "y", "w", "b"]
    seen = []
    for _ in range(5):
        trainer.step("phase")
        graph = trainer.graph()
        operations = [node for node in graph.nodes if node.kind == "operation"]
        flows = [node for node in graph.nodes if node.gradient is not None]
        seen.append((len(operations), len(flows), graph.phases[-1], graph.ended))
    assert seen == [
        (3, 0, "predict", False),
        (7, 0, "loss", False),
        (8, 9, "backward", False),
        (12, 9, "update", False),
        (15, 9, "update", True),
    ]


def test_a_graph_that_was_given_stays_as_it_was() -> None:
    trainer = Trainer(crop_yields(), learning_rate=1e-5)
    trainer.step("phase")
    graph, text = trainer.graph(), repr(trainer.graph())
    trainer.step("phase", 3)
    assert repr(graph) == text
    assert all(node.gradient is None for node in graph.nodes)


# ---- how it is written ---------------------------------------------------------------------------


def test_labels_are_written_as_in_the_code() -> None:
    assert [node.label for node in graph_of().nodes if node.kind == "operation"] == [
        *("t()", "@", "+", "−", "*", "sum()", "/", "backward()"),
        *("*", "−=", "*", "−=", "zero_()", "zero_()", "item()"),
    ]
    labels = [node.label for node in made(OWN[3]).graph.nodes]
    assert "1 +" in labels or "+ 1" in labels
    assert "/ 10" in labels


def reflected(model: Any, x: Any, y: Any, learning_rate: float) -> Any:
    """Numbers on the left, which torch turns round."""
    loss = (1 - (2 * model(x) - y) / 3).square().sum()
    half = 1 / (1 + loss)
    half.backward()
    yield "backward"
    with torch.no_grad():
        model.w -= learning_rate * model.w.grad
        model.w.grad = model.b.grad = None
    return half.item()


def test_a_number_on_the_left_stands_on_the_left() -> None:
    graph = made(reflected).graph
    assert graph.node("1 - (2 * model(x) - y) / 3").label == "1 −"
    assert graph.node("1 / (1 + loss)").label == "1 /"
    step = graph.node("learning_rate * model.w.grad")
    assert {graph.nodes[edge.source].title for edge in step.inputs} == {"learning_rate", "w.grad"}


def test_a_listing_tells_values_and_gradients() -> None:
    text = repr(graph_of())
    assert re.search(r"loss +torch.sum\(.*\) / difference.numel\(\) +20,988 +← 1", text)
    assert re.search(r"model.w.grad \* learning_rate .*\(no_grad\)", text)
    assert "has nothing yet" not in text


def test_dot_and_mermaid_have_every_node_and_edge() -> None:
    graph = graph_of()
    dot, mermaid = graph.to_dot(), graph.to_mermaid()
    assert dot.count("label=") == len(graph.nodes) + len(graph.edges)
    assert mermaid.count("-->") == len(graph.edges)
    assert len(re.findall(r"^  n\d+\[", mermaid, re.MULTILINE)) == len(graph.nodes)
    assert dot.count("color=grey") >= 6


def quoting(model: Any, x: Any, y: Any, learning_rate: float) -> Any:
    """Names and strings that drawing languages could take for their own."""
    kept = {'a"|<b>\\': model(x)}
    loss = (kept['a"|<b>\\'] - y).square().mean()
    loss.backward()
    yield "backward"
    model.w.grad = model.b.grad = None
    return loss.item()


def test_code_is_quoted_for_dot_and_mermaid() -> None:
    graph = made(quoting).graph
    for line in graph.to_dot().splitlines()[2:-1]:
        assert re.fullmatch(r'  n\d+ (-> n\d+ )?\[label="([^"\\]|\\.)*"(, color=grey)?\];', line)
    for line in graph.to_mermaid().splitlines()[1:]:
        assert re.search(r'\["[^"|]*"\]$|^  n\d+ -->|class', line), line


def test_a_node_is_found_by_variable_code_or_name() -> None:
    graph = graph_of()
    assert graph.node("difference") is graph.node("predictions - targets")
    assert graph.node("w").kind == "leaf"
    with pytest.raises(SettingsError, match="'diff', which is not in the graph; it has x, y, w"):
        graph.node("diff")


# ---- folded --------------------------------------------------------------------------------------


def many(model: Any, x: Any, y: Any, learning_rate: float) -> Any:
    """A hundred and more operations on few lines."""
    error = model(x) - y
    total = error.sum() * 0
    for power in range(40):
        term = error.square() / (power + 1)
        total = total + term.mean()
    total.backward()
    yield "backward"
    with torch.no_grad():
        model.w -= learning_rate * model.w.grad
        model.w.grad = model.b.grad = None
    return total.item()


def test_a_large_graph_is_folded_by_source_line() -> None:
    graph = made(many).graph
    small, places = graph.folded()
    assert len(graph.nodes) > 200
    assert len(small.nodes) <= 20
    assert [node.index for node in small.nodes] == [*range(len(small.nodes))]
    assert set(places) == {node.index for node in graph.nodes}
    line = small.node("term = error.square() / (power + 1)")
    assert line.folded == 80
    assert line.label == "80 operations"
    total = small.node("total = total + term.mean()")
    assert {edge.source for edge in total.inputs} >= {line.index}
    assert np.array_equal(numbers(small.nodes[2].gradient), numbers(graph.nodes[2].gradient))
    assert graph.to_dot().count("label=") < 60
    words, _ = encode_graph(graph, CodeView.of(many))
    assert words["operations"] > 160
    assert len(words["nodes"]) == len(small.nodes)


def test_a_small_graph_stays_as_it_is() -> None:
    graph = graph_of()
    assert graph.folded()[0] is graph


# ---- other code, other torch ---------------------------------------------------------------------


# fmt: off
def umlaute(model: Any, x: Any, y: Any, learning_rate: float) -> Any:
    """Columns are counted in bytes, and these are more of them than letters."""
    table = {"Größe": x}; loss = table["Größe"] @ model.w.t()  # noqa: E702
    error = (loss
             - y)
    loss = (error ** 2).mean()
    loss.backward()
    yield "backward"
    model.w.grad = model.b.grad = None
    return loss.item()
# fmt: on


def test_columns_are_counted_in_characters_and_over_lines() -> None:
    graph = made(umlaute).graph
    assert graph.node('table["Größe"] @ model.w.t()').label == "@"
    assert graph.node("loss - y").label == "−"
    assert graph.node("loss").expression == "(error ** 2).mean()"


def test_without_a_source_there_are_still_operations() -> None:
    source = (
        "def unseen(model, x, y, lr):\n"
        "    loss = ((model(x) - y) ** 2).mean()\n"
        "    loss.backward()\n"
        '    yield "backward"\n'
        "    model.w.grad = model.b.grad = None\n"
        "    return loss.item()\n"
    )
    found: dict[str, Any] = {}
    exec(source, found)  # noqa: S102 - a function that has no file
    graph = made(found["unseen"]).graph
    labels = [node.label for node in graph.nodes if node.kind == "operation"]
    assert labels == ["t()", "@", "+", "−", "** 2", "mean()", "backward()", "item()"]
    words, _ = encode_graph(graph, CodeView.of(found["unseen"]))
    assert words["spots"]
    assert all(spot["line"] == -1 for spot in words["spots"])


class Counting(TorchFunctionMode):
    """A mode of the update function's own."""

    def __init__(self) -> None:
        super().__init__()
        self.calls = 0

    def __torch_function__(self, func: Any, _types: Any, args: Any = (), kwargs: Any = None) -> Any:
        self.calls += 1
        return func(*args, **(kwargs or {}))


def with_a_mode(model: Any, x: Any, y: Any, learning_rate: float) -> Any:
    """Holds a mode from one phase to the next."""
    with Counting() as counting:
        predictions = model(x)
        yield "predict"
        loss = (predictions - y).square().mean()
    model.calls = counting.calls
    yield "loss"
    loss.backward()
    model.w.grad = model.b.grad = None
    return loss.item()


def on_a_device(model: Any, x: Any, y: Any, learning_rate: float) -> Any:
    """Torch's own mode for where tensors are made, over two phases."""
    with torch.device("cpu"):
        predictions = model(x) + torch.zeros(2)
        yield "predict"
        loss = (predictions - y).square().mean()
    loss.backward()
    yield "backward"
    model.w.grad = model.b.grad = None
    return loss.item()


@pytest.mark.parametrize("update", [with_a_mode, on_a_device])
def test_modes_of_the_updates_own_are_left_as_they_are(update: Any) -> None:
    graph = made(update).graph
    assert "square()" in [node.label for node in graph.nodes]
    assert graph.nodes[2].gradient is not None
    overrides: Any = torch.overrides
    assert overrides._len_torch_function_stack() == 0
    if update is with_a_mode:
        model: Any
        model, x, y = a_batch()
        Specimen(with_a_mode(model, x, y, 0), model, 1, np.arange(4)).finish()
        assert made(update).model.calls == model.calls


def strange(model: Any, x: Any, y: Any, learning_rate: float) -> Any:
    """Kinds of tensors that have no table of numbers, and functions of functions."""
    model.sparse = torch.eye(3).to_sparse()
    model.complex = torch.ones(2) * 1j
    model.empty = torch.empty(0, 3)
    gradient = torch.func.grad(lambda w: ((x @ w.t() - y) ** 2).mean())(model.w.detach())
    loss = (model(x) - y).square().mean()
    loss.backward()
    yield "backward"
    with torch.no_grad():
        model.w -= learning_rate * gradient
        model.w.grad = model.b.grad = None
    return loss.item()


def test_looking_never_makes_an_update_fail() -> None:
    result = made(strange)
    model, x, y = a_batch()
    for _ in strange(model, x, y, 1e-3):
        pass
    assert torch.equal(result.model.w, model.w)
    assert result.graph.node("loss").gradient is not None


def test_nothing_of_torch_is_held_after_an_update() -> None:
    trainer = Trainer(crop_yields(), learning_rate=1e-5)
    trainer.traced = True
    trainer.step("phase", 2)
    trace: Any = trainer.specimen._trace
    assert trace._held
    assert trace._hooks
    trainer.step()
    assert not trace._held
    assert not trace._hooks
    assert not trainer.model.w._backward_hooks


def test_what_leaves_an_update_without_a_hook_stays_so() -> None:
    """An update that keeps its graph meets no hook of ours the next time."""
    trainer = Trainer(crop_yields(), update=twice, learning_rate=1e-7)
    trainer.step(count=3)
    before = [node.title for node in trainer.graph().nodes]
    trainer.step()
    assert [node.title for node in trainer.graph().nodes] == before


# ---- on the wire ---------------------------------------------------------------------------------


def test_the_wire_says_where_each_operation_stands() -> None:
    code = CodeView.of(gradient_update)
    words, arrays = encode_graph(graph_of(), code)
    nodes = {node["title"]: node for node in words["nodes"]}
    inmost, outmost = (words["spots"][spot] for spot in nodes["difference"]["spots"])
    assert inmost["line"] == -1
    assert inmost["source"][inmost["start"] : inmost["end"]] == "predictions - targets"
    line = code.lines[outmost["line"]].strip()
    assert line == outmost["source"] == "loss = mse_loss(predictions, y)"
    assert line[outmost["start"] : outmost["end"]] == "mse_loss(predictions, y)"
    assert nodes["loss"]["tensor"] == "loss"
    assert nodes["difference"]["tensor"] == ""  # of mse_loss, so that the microscope has none
    assert [node["tensor"] for node in words["nodes"] if node["label"] == "−="] == ["w", "b"]
    w = words["nodes"][2]
    assert arrays[w["values"]].shape == (2, 3)
    slope = next(node for node in words["nodes"] if node["kind"] == "gradient")
    assert w["gradients"] == slope["values"]  # the same numbers travel once


def terms_of(one: Sum | None) -> list[tuple[float, float]]:
    assert one is not None
    return [(round(gradient, 2), derivative) for gradient, derivative in one.terms]


def test_each_rule_is_told_in_words_and_numbers() -> None:
    graph = graph_of()
    difference = graph.node("difference")
    assert terms_of(graph.meeting(difference)) == [(-46.83, 1), (-46.83, 1)]
    assert graph.rule(difference).words == (
        "− hands the gradient on to the first, unchanged, and to the second with its sign flipped."
    )
    (product,) = graph.rule(graph.node("x @ self.w.t()")).sums
    assert product.entry == (0, 1)
    assert terms_of(product) == [(-93.65, 69), (-25.52, 102), (-25.2, 103)]
    assert (round(product.total), round(product.share)) == (-11_661, -11_661)
    bias = graph.rule(graph.node("predictions")).sums[1]
    assert terms_of(bias) == [(-93.65, 1), (-25.52, 1), (-25.2, 1)]
    assert graph.meeting(graph.node("loss")) is None


def test_the_wire_has_the_numbers_of_each_sum() -> None:
    words, arrays = encode_graph(graph_of(), CodeView.of(gradient_update))
    nodes = {node["title"]: node for node in words["nodes"]}
    flat, count, total, *terms = arrays[nodes["x @ self.w.t()"]["inputs"][1]["sum"]].tolist()
    assert (flat, count) == (1, 3)
    assert np.isclose(sum(a * b for a, b in zip(terms[::2], terms[1::2], strict=True)), total)
    assert nodes["predictions"]["inputs"][0]["sum"] == ""  # handed on, unchanged
    flat, count, total, *terms = arrays[nodes["difference"]["meeting"]].tolist()
    assert (flat, count, terms[1::2]) == (1, 2, [1, 1])


def test_the_words_of_all_updates_are_the_same() -> None:
    code = CodeView.of(gradient_update)
    trainer = Trainer(crop_yields(), learning_rate=1e-5)
    found = []
    for _ in range(3):
        trainer.step()
        words, _ = encode_graph(trainer.graph(), code)
        found.append((words["nodes"], words["spots"]))
    assert found[0] != found[1]  # only in the first one, w.grad is None before
    assert found[1] == found[2]


def test_large_tensors_send_a_part_of_their_numbers() -> None:
    numbers_of = np.random.default_rng(0)
    table = (numbers_of.normal(size=(300, 200)), numbers_of.normal(size=(300, 3)))
    trainer = Trainer(table, batch_size=300, learning_rate=1e-3, update=squares)
    trainer.step()
    words, arrays = encode_graph(trainer.graph(), CodeView.of(squares))
    assert sum(array.size for array in arrays.values()) < 10_000
    x = words["nodes"][0]
    assert x["shape"] == (300, 200)
    assert arrays[x["values"]].shape[0] <= 64
    edges = [edge for node in words["nodes"] for edge in node["inputs"] if edge["source"] == 0]
    assert edges
    assert not any(edge["sum"] for edge in edges)  # not all of x is at hand


@pytest.mark.parametrize("shape", [(90, 3), (300, 200)])
def test_a_large_tensors_norm_is_that_of_all_its_numbers(shape: tuple[int, int]) -> None:
    numbers_of = np.random.default_rng(1)
    inputs, targets = numbers_of.normal(size=shape), numbers_of.normal(size=(shape[0], 1))
    trainer = Trainer((inputs, targets), batch_size=shape[0], learning_rate=1e-3, shuffle=False)
    trainer.step()
    graph = trainer.graph()
    norm = float(np.linalg.norm(np.float32(inputs).astype(np.float64)))
    assert f"(norm {said(norm)})" in numbers_text(graph.node("x").value)
    words, arrays = encode_graph(graph, CodeView.of(gradient_update))
    named = {node["title"]: node for node in words["nodes"]}
    x = named["x"]
    assert arrays[x["values"]].size < inputs.size  # only the leading ones travel
    assert arrays[f"norm{x['values']}"] == pytest.approx([norm])
    small = named["b"]
    assert f"norm{small['values']}" not in arrays


def hidden_from_modes(model: Any, x: torch.Tensor, y: torch.Tensor, learning_rate: float) -> Any:
    """As torch 2.1 does with each x[0]: a result of which no mode is told."""
    predictions = model(x)
    with torch._C.DisableTorchFunction():
        first = predictions[0]
    loss = (first * first).sum()
    yield "loss"
    loss.backward()
    yield "backward"
    return loss.item()


def test_what_torch_does_without_telling_is_found_in_its_record() -> None:
    graph = graph_of(hidden_from_modes)
    predictions = graph.node("predictions")
    picked = next(node for node in graph.nodes if node.name == "getitem")
    assert picked.part == "graph"
    assert [edge.source for edge in picked.inputs] == [predictions.index]
    assert np.array_equal(numbers(picked.value), numbers(predictions.value)[0])
    assert np.allclose(numbers(picked.gradient), 2 * numbers(picked.value))
    whole = np.zeros((3, 2))
    whole[0] = 2 * numbers(picked.value)
    assert np.allclose(numbers(picked.inputs[0].share), whole)
    assert np.allclose(numbers(predictions.gradient), whole)


def test_a_loop_goes_through_the_same_lines(tmp_path: Any) -> None:
    graph = made(rows).graph
    products = [node for node in graph.nodes if node.expression == "model.w @ row"]
    assert len(products) == 4
    assert len({place.line for node in products for place in node.places}) == 1
    drawing = tmp_path / "graph.dot"
    drawing.write_text(graph.to_dot(), encoding="utf-8")
    try:
        subprocess.run(["dot", "-Tsvg", drawing], check=True, capture_output=True)
    except FileNotFoundError:
        pytest.skip("Graphviz is not on this machine")


@pytest.mark.parametrize("update", [gradient_update, *OWN])
def test_graphs_with_the_same_numbers_are_equal(update: Any) -> None:
    trainer = Trainer(crop_yields(), learning_rate=1e-5, update=update)
    trainer.step(count=2)
    graph = trainer.graph()
    assert graph == trainer.graph()
    assert hash(graph) == hash(trainer.graph())
    assert graph == graph_of(update, updates=2)
    trainer.step()
    assert graph != trainer.graph()
    trainer.back()
    assert graph == trainer.graph()
    others = [graph_of(update), graph_of(update, 2, 2e-5), None, "graph"]
    assert all(graph != other for other in others)
