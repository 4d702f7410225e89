"""``Trace``: the operations of one update, noted as torch makes them, and what flows back to each.

A trace is one of torch's modes, on only while the update runs. Each operation becomes a node with a
copy of its result, and hooks on torch's own record catch the gradients, including each share of a
value that is used twice. Torch computes the same numbers with and without a trace.
"""

from __future__ import annotations

import contextlib
import itertools
from collections import defaultdict
from typing import TYPE_CHECKING, Any, Self

import torch
from torch.overrides import TorchFunctionMode

from .nodes import Edge, Node, added
from .places import is_call, is_literal, operands, places
from .values import tensors_of, value_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import CodeType, FrameType

    from linreg_widget.model import LinearRegression

    from .nodes import Kind, Part
    from .places import Place

_SPELLED = {"rsub": "sub", "rdiv": "div", "rtruediv": "div", "truediv": "div", "true_divide": "div"}
_SPELLED |= {
    "multiply": "mul",
    "subtract": "sub",
    "divide": "div",
    "negative": "neg",
    "mm": "matmul",
}
_SPELLED |= {"rpow": "pow", "rmatmul": "matmul", "absolute": "abs", "float": "item", "int": "item"}
_TURNED = {"rsub", "__rsub__", "__rdiv__", "__rtruediv__", "__rpow__", "__rmatmul__"}
_ARITHMETIC = {"add", "sub", "mul", "div", "pow"}
_TAKEN_OUT = {"item", "tolist", "numpy", "__array__"}
_PICKS = ("Select", "Slice", "Index", "Unsqueeze")  # what torch records of [ ]
_MOST_NODES = 2_000
_MOST_FUNCTIONS = 200  # of torch's own, between a result and what it was made of


class Trace(TorchFunctionMode):
    """What torch does in one update.

    Parameters
    ----------
    frame : frame
        The update function's, not yet begun.
    model : LinearRegression
    """

    def __init__(self, frame: FrameType, model: LinearRegression) -> None:
        super().__init__()
        self.nodes: list[Node] = []
        """In the order in which they were made."""
        self.phase = 0
        """The number of finished phases."""
        self._code: CodeType = frame.f_code
        self._of: dict[int, int] = {}  # nodes by the ids of tensors, which are held
        self._held: list[torch.Tensor] = []
        self._hooks: list[Any] = []
        self._numbers: dict[tuple[str, float], int] = {}
        self._arrivals = itertools.count()
        self._depth: int | None = None
        self._aside = self._flowed = False
        self._model = model
        for name, thing in frame.f_locals.items():
            if isinstance(thing, torch.Tensor):
                self._leaf(thing, name)
        self._name_model()

    # ---- on and off --------------------------------------------------------------------------

    # An update function may hold modes of its own from one phase to the next, and whoever leaves a
    # mode takes off the top, or the bottom. So this one comes back to where it was among them.

    def __enter__(self) -> Self:
        modes = [_pop() for _ in range(_count())][::-1]
        depth = len(modes) if self._depth is None else self._depth
        modes.insert(depth, self)
        for mode in modes:
            _push(mode)
        return self

    def __exit__(self, *_error: object) -> None:
        modes = [_pop() for _ in range(_count())][::-1]
        self._depth = modes.index(self) if self in modes else 0
        for mode in modes:
            if mode is not self:
                _push(mode)

    def end_phase(self) -> None:
        """Note that a phase is finished."""
        self._catch_up()
        self.phase += 1

    def bound(self) -> frozenset[int]:
        """Return the leaves of the model in whose place it has the result of an operation now."""
        leaves = {node.name: node.index for node in self.nodes if node.of_model}
        return frozenset(
            leaves[name]
            for name, tensor in tensors_of(self._model)
            if name in leaves and not tensor.is_leaf
        )

    def close(self) -> None:
        """Let go of torch's tensors, and of what it has recorded."""
        self._catch_up()
        for hook in self._hooks:
            hook.remove()
        self._hooks.clear()
        self._held.clear()
        self._of.clear()

    # ---- forward -----------------------------------------------------------------------------

    def __torch_function__(
        self,
        func: Callable[..., Any],
        _types: object,
        args: tuple[Any, ...] = (),
        kwargs: dict[str, Any] | None = None,
    ) -> Any:
        """Do what torch was asked for, and note it."""
        kwargs = kwargs or {}
        try:
            result = func(*args, **kwargs)
        except Exception as error:
            self._noted(func, args, kwargs, None, str(error))
            raise
        self._noted(func, args, kwargs, result)
        return result

    def _noted(self, *operation: Any) -> None:
        if self._aside or len(self.nodes) >= _MOST_NODES:
            return
        # Whatever kinds of tensors an update uses, looking at it must not be what fails.
        with contextlib.suppress(Exception):
            self._catch_up()
            self._note(*operation)

    def _note(
        self,
        func: Callable[..., Any],
        args: tuple[Any, ...],
        kwargs: dict[str, Any],
        result: object,
        failure: str = "",
    ) -> None:
        name = _name_of(func)
        taken, made = [*_tensors_in([args, kwargs])], [*_tensors_in(result)]
        if getattr(func, "__self__", None) is _GRAD and name == "grad":
            if made:
                self._gradient_of(taken[0], made[0])
            return
        writes = _writes(name, made, taken, kwargs)
        if name == "__setitem__":
            made = taken[:1]
        same = bool(made) and any(made[0] is one for one in taken[:1])  # as of `x.float()`
        notable = made or failure or name in ("backward", *_TAKEN_OUT)
        if not notable or not (taken or made) or name.startswith("_set") or (same and not writes):
            return
        where = places(self._code)
        texts = self._operands(where[0].expression if where else "", [*args])
        plain = _SPELLED.get(name.strip("_"), name.strip("_"))
        sources, literals = self._sources(plain, [*args, *kwargs.values()], texts)
        if name in _TURNED:
            literals = [(1 - place, number) for place, number in literals]
        part, number = _part(made, taken), result if isinstance(result, int | float) else None
        results: list[Any] = [*made] or [number]
        for one in results:
            node = self._new(plain, "operation", where, one, part)
            node.writes, node.failure, node.literals = writes, failure, tuple(literals)
            edges = [Edge(source.index, node.index, source.value) for source in sources]
            node.inputs = edges[::-1] if name in _TURNED else edges
            if isinstance(one, torch.Tensor):
                self._know(one, node)
                if part == "graph" and not failure and one.grad_fn is not None:
                    # What flows back to the inputs is counted once, also from several results.
                    tensors = [edge for edge in edges if self.nodes[edge.source].kind != "number"]
                    ways = _ways(one.grad_fn, taken)
                    self._hang(node, one, tensors if one is made[0] else [], ways)
        self._catch_up()

    def _operands(self, expression: str, given: list[Any]) -> tuple[str, ...]:
        """Return how what was given is written; torch takes ``2 * x`` for ``x * 2``."""
        texts = operands(expression)
        if len(texts) != 2 or len(given) != 2 or is_call(expression):
            return texts
        is_first, is_second = (isinstance(one, torch.Tensor) for one in given)
        if is_first == is_second:
            return texts
        number, tensor = texts if is_second else texts[::-1]
        known = self._of.get(id(given[is_second]))
        turned = known is not None and self.nodes[known].is_written(number)
        return texts[::-1] if turned or is_literal(tensor) else texts

    def _sources(
        self, name: str, given: list[Any], texts: tuple[str, ...]
    ) -> tuple[list[Node], list[tuple[int, float]]]:
        """Return the nodes that an operation takes, and numbers without a name, by their places.

        Only arithmetic takes numbers; those of others say along which dimension, and the like.
        """
        sources: list[Node] = []
        literals: list[tuple[int, float]] = []
        for thing, text in itertools.zip_longest(given, texts[: len(given)], fillvalue=""):
            if name in _ARITHMETIC and isinstance(thing, int | float):
                if text and not is_literal(text):
                    sources.append(self._number(text, thing))
                else:
                    literals.append((len(sources) + len(literals), float(thing)))
            sources += [self._known(tensor, text) for tensor in _tensors_in(thing)]
        return sources, literals

    def _new(
        self, name: str, kind: Kind, where: list[Place], value: object, part: Part = "plain"
    ) -> Node:
        node = Node(len(self.nodes), kind, name, self.phase, value_of(value), part, tuple(where))
        self.nodes.append(node)
        return node

    def _leaf(self, tensor: torch.Tensor, name: str) -> Node:
        node = self._new(name, "leaf", [], tensor)
        node.parameter = tensor.requires_grad and tensor.is_leaf
        self._know(tensor, node)
        return node

    def _number(self, text: str, number: float) -> Node:
        key = (text, float(number))
        if key not in self._numbers:
            self._numbers[key] = self._new(text, "number", [], number).index
        return self.nodes[self._numbers[key]]

    def _name_model(self) -> None:
        for name, tensor in tensors_of(self._model):
            if id(tensor) not in self._of:
                node = self._leaf(tensor, name)
                node.of_model = True
            if tensor.is_leaf and tensor.grad is not None:
                self._gradient_of(tensor, tensor.grad).of_model = True

    def _known(self, tensor: torch.Tensor, text: str) -> Node:
        if id(tensor) not in self._of:
            return self._unseen(tensor, text) or self._leaf(tensor, text or "tensor")
        return self.nodes[self._of[id(tensor)]]

    def _unseen(self, tensor: torch.Tensor, text: str) -> Node | None:
        """Return the node of a result that torch has recorded and told no mode of.

        Torch 2.1 does so with ``x[0]``. What it was made of is known from the record.
        """
        function: Any = tensor.grad_fn
        ways = {} if function is None else _ways(function, self._held)
        if not ways:
            return None
        made_by = function.name().partition("Backward")[0]
        name = "getitem" if made_by in _PICKS else made_by.lower()
        where = [place for one in places(self._code)[:1] if (place := one.narrowed(text))]
        node = self._new(name, "operation", where, tensor, "graph")
        order = sorted({argument for parts in ways.values() for _, argument in parts})
        sources = [self.nodes[self._of[id(self._held[argument])]] for argument in order]
        node.inputs = [Edge(source.index, node.index, source.value) for source in sources]
        self._know(tensor, node)
        self._hang(
            node,
            tensor,
            node.inputs,
            {
                step: [(place, order.index(argument)) for place, argument in parts]
                for step, parts in ways.items()
            },
        )
        return node

    def _know(self, tensor: torch.Tensor, node: Node) -> None:
        if id(tensor) not in self._of:
            self._held.append(tensor)
        self._of[id(tensor)] = node.index

    # ---- backward ----------------------------------------------------------------------------

    def _gradient_of(self, tensor: torch.Tensor, gradient: torch.Tensor) -> Node:
        """Return the node of a tensor's ``.grad``."""
        owner = self._known(tensor, "tensor")
        if id(gradient) in self._of:
            return self.nodes[self._of[id(gradient)]]
        node = self._new(f"{owner.name}.grad", "gradient", [], gradient)
        node.owner = owner.index
        self._know(gradient, node)
        return node

    def _catch_up(self) -> None:
        """Note what ``backward()`` has left in ``.grad`` of the leaves, if it came by."""
        if not self._flowed:
            return
        self._flowed = False
        for tensor in [*self._held]:
            node = self.nodes[self._of[id(tensor)]]
            if node.kind == "leaf" and tensor.is_leaf and tensor.grad is not None:
                known = self._of.get(id(tensor.grad))
                gradient = self._gradient_of(tensor, tensor.grad)
                if known is not None:
                    self._renewed(gradient, tensor.grad)

    def _renewed(self, old: Node, gradient: torch.Tensor) -> Node:
        """Return a new node for a gradient to which ``backward()`` has added."""
        node = self._new(old.name, "gradient", [], gradient)
        node.owner = old.owner
        node.inputs.append(Edge(old.index, node.index, old.value))
        self._of[id(gradient)] = node.index
        return node

    def _hang(
        self,
        node: Node,
        made: torch.Tensor,
        edges: list[Edge],
        ways: dict[Any, list[tuple[int, int]]],
    ) -> None:
        """Catch what flows back to an operation and its inputs, by hooks on torch's own record."""
        function: Any = made.grad_fn
        number = made.output_nr

        def arrive(_inputs: object, outputs: tuple[torch.Tensor | None, ...]) -> None:
            gradient = outputs[number] if number < len(outputs) else None
            if gradient is not None:
                self._arrived(node, gradient)

        self._hooks.append(function.register_hook(arrive))
        for step, parts in ways.items():
            self._hooks.append(step.register_hook(self._shares(edges, parts)))

    def _shares(self, edges: list[Edge], parts: list[tuple[int, int]]) -> Callable[..., None]:
        """Return a hook that notes shares, of the gradients that a function of torch's yields."""

        def note(inputs: tuple[torch.Tensor | None, ...], _outputs: object) -> None:
            for place, argument in parts:
                gradient = inputs[place] if place < len(inputs) else None
                if gradient is None or argument >= len(edges):
                    continue
                with self._looking_aside():
                    edges[argument].share = added(edges[argument].share, value_of(gradient))
                source = self.nodes[edges[argument].source]
                if source.kind == "leaf":
                    self._arrived(source, gradient)

        return note

    def _arrived(self, node: Node, gradient: torch.Tensor) -> None:
        with self._looking_aside():
            node.gradient = added(node.gradient, value_of(gradient))
        node.arrival, node.flow_phase = next(self._arrivals), self.phase
        node.passes += 1
        self._flowed = True

    @contextlib.contextmanager
    def _looking_aside(self) -> Iterator[None]:
        """Note nothing of what is done, nor fail: these are our own copies."""
        self._aside = True
        try:
            with contextlib.suppress(Exception):
                yield
        finally:
            self._aside = False


def _ways(function: Any, taken: list[torch.Tensor]) -> dict[Any, list[tuple[int, int]]]:
    """Return where a result's gradient reaches what the result was made of.

    Parameters
    ----------
    function : torch's own record of the operation, ``grad_fn``
    taken : list of Tensor

    Returns
    -------
    dict of {function: list of (int, int)}
        For each of torch's functions, which of its gradients goes to which of the tensors. Most
        operations are one function; some, such as ``linear``, consist of several.
    """
    goals: dict[Any, list[int]] = defaultdict(list)
    leaves: dict[int, list[int]] = defaultdict(list)
    for argument, tensor in enumerate(taken):
        if tensor.grad_fn is not None:
            goals[tensor.grad_fn].append(argument)
        elif tensor.requires_grad:
            leaves[id(tensor)].append(argument)
    used: dict[int, int] = defaultdict(int)
    found: dict[Any, list[tuple[int, int]]] = defaultdict(list)
    queue, seen = [function], {function}
    while queue and len(seen) < _MOST_FUNCTIONS:
        step = queue.pop(0)
        for place, (following, _) in enumerate(step.next_functions):
            if following is None:
                continue
            variable = getattr(following, "variable", None)
            arguments = goals.get(following) or leaves.get(id(variable)) or []
            if arguments:
                turn = used[arguments[0]]
                used[arguments[0]] += 1
                found[step].append((place, arguments[min(turn, len(arguments) - 1)]))
            elif following not in seen:
                seen.add(following)
                queue.append(following)
    return found


def _name_of(func: Any) -> str:
    """Return what torch calls a function; an attribute that is read or set is one by its name."""
    name = str(getattr(func, "__name__", func))
    if name in ("__get__", "__set__"):
        attribute = str(getattr(getattr(func, "__self__", None), "__name__", ""))
        return attribute if name == "__get__" else f"_set_{attribute}"
    return name


def _writes(
    name: str, made: list[torch.Tensor], taken: list[torch.Tensor], kwargs: dict[str, Any]
) -> bool:
    """Tell whether an operation changes a tensor that was there before."""
    if name == "__setitem__" or kwargs.get("out") is not None:
        return True
    same = bool(made) and any(made[0] is one for one in taken)
    return same and name.endswith("_") and name != "requires_grad_"


def _part(made: list[torch.Tensor], taken: list[torch.Tensor]) -> Part:
    if any(one.requires_grad and one.grad_fn is not None for one in made):
        return "graph"
    if not torch.is_grad_enabled() and any(True for _ in taken):
        return "off"
    return "plain"


def _tensors_in(things: object) -> Iterator[torch.Tensor]:
    """Yield the tensors in arguments, also those in lists and dicts."""
    if isinstance(things, torch.Tensor):
        yield things
    elif isinstance(things, list | tuple):
        for thing in things:
            yield from _tensors_in(thing)
    elif isinstance(things, dict):
        yield from _tensors_in([*things.values()])


_GRAD = torch.Tensor.grad
_torch: Any = torch.overrides
_count, _push, _pop = (
    _torch._len_torch_function_stack,  # noqa: SLF001 - as torch's own modes do
    _torch._push_mode,  # noqa: SLF001
    _torch._pop_mode,  # noqa: SLF001
)
