"""``Value``: a copy of what a tensor or a number held, its leading rows and columns."""

from __future__ import annotations

import itertools
import math
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import torch

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import Any

    from numpy.typing import NDArray

MOST_ROWS = 64
MOST_COLUMNS = 128
_MOST_PARTS = 8
_FEWEST_COLUMNS = 8


class Value(NamedTuple):
    """What a variable held at one moment."""

    shape: tuple[int, ...]
    """All of its shape."""
    numbers: NDArray[Any]
    """Its leading rows and columns, float32 or float64, at most (64, 128); a copy."""
    dtype: str
    """What torch calls it, "float32"; "float" and "int" for plain numbers."""
    requires_grad: bool
    norm: float | None = None
    """The norm of all numbers, where only the leading ones are kept."""

    @property
    def is_whole(self) -> bool:
        """Whether all of its numbers are kept."""
        return self.numbers.size == math.prod(self.shape)

    @property
    def whole_norm(self) -> float | None:
        """The norm of all numbers, as far as it is known."""
        return _norm_of(self.numbers) if self.is_whole else self.norm


def array_of(value: Value | None) -> NDArray[np.float64] | None:
    """Return a value's numbers in their shape; None where only the leading ones are kept."""
    if value is None or not value.is_whole:
        return None
    return value.numbers.reshape(value.shape).astype(np.float64)


def value_of(thing: object) -> Value | None:
    """Return a copy of a number or a tensor of numbers; None for anything else."""
    if isinstance(thing, torch.Tensor):
        return _of_tensor(thing)
    if isinstance(thing, int | float) and not isinstance(thing, bool):
        kind = "float" if isinstance(thing, float) else "int"
        return Value((), np.array([[_as_float(thing)]]), kind, requires_grad=False)
    return None


def tensors_of(model: object) -> Iterator[tuple[str, torch.Tensor]]:
    """Yield the tensors that a model has, with their names: also those in a list or a dict."""
    for name, thing in vars(model).items():
        parts: Iterable[tuple[object, object]] = ()
        if isinstance(thing, list | tuple):
            parts = enumerate(thing[:_MOST_PARTS])
        elif isinstance(thing, dict):
            parts = itertools.islice(thing.items(), _MOST_PARTS)
        elif isinstance(thing, torch.Tensor):
            yield name, thing
        for key, part in parts:
            if isinstance(part, torch.Tensor):
                yield f"{name}[{key!r}]", part


def _of_tensor(tensor: torch.Tensor) -> Value | None:
    """Copy the leading rows and columns of a tensor; one of more dimensions becomes two."""
    if tensor.is_complex() or tensor.layout != torch.strided:
        return None
    plain = tensor.detach()
    if tensor.dtype != torch.float32 or tensor.device != _CPU:
        plain = plain.to(_CPU, torch.float32 if tensor.dtype in _HALVES else torch.float64)
    array = plain.numpy()  # quicker from here on than torch's own operations
    wide = array.reshape(-1, array.shape[-1]) if array.ndim > 1 else array.reshape(1, -1)
    numbers = wide[:MOST_ROWS, :MOST_COLUMNS].copy()
    dtype = str(tensor.dtype).removeprefix("torch.")
    norm = None if numbers.size == array.size else _norm_of(array)
    return Value(tuple(tensor.shape), numbers, dtype, tensor.requires_grad, norm)


def _norm_of(numbers: NDArray[Any]) -> float:
    """Return the root of the sum of the squares."""
    return float(np.linalg.norm(numbers.astype(np.float64).ravel()))


_CPU = torch.device("cpu")
_HALVES = (torch.float32, torch.float16, torch.bfloat16)


def _as_float(number: float) -> float:
    try:
        return float(number)
    except OverflowError:
        return float("inf") if number > 0 else float("-inf")


def fair_share(sizes: list[int], budget: int) -> int:
    """Return the most that each may have, so that all have no more than the budget together.

    Those that need less than an equal share leave the rest to the others.
    """
    left, count = budget, len(sizes)
    for size in sorted(sizes):
        if size * count > left:
            return left // count
        left, count = left - size, count - 1
    return budget


def cut_to(value: Value, most: int) -> tuple[int, int]:
    """Return how many rows and columns to show of a value: all, or about ``most`` numbers.

    Rows are cut as little as can be: a gradient is a sum over all rows of the batch.
    """
    rows, columns = value.numbers.shape
    if rows * columns <= most:
        return rows, columns
    columns = min(columns, max(_FEWEST_COLUMNS, most // rows))
    return min(rows, max(1, most // columns)), columns
