"""A model's state at one moment: all of its tensors with their gradients, bit for bit."""

from __future__ import annotations

import copy
from dataclasses import dataclass
from typing import Any

import torch

__all__ = ["Snapshot"]


@dataclass(frozen=True)
class _SavedTensor:
    """One tensor: its numbers, its gradient, and what autograd knows of it."""

    values: torch.Tensor
    gradient: torch.Tensor | None
    requires_grad: bool
    is_leaf: bool

    @classmethod
    def of(cls, tensor: torch.Tensor) -> _SavedTensor:
        # A tensor that is no leaf (`model.w = model.w - ...`) has no .grad; asking for it warns.
        gradient = tensor.grad if tensor.is_leaf else None
        return cls(
            tensor.detach().clone(),
            None if gradient is None else gradient.detach().clone(),
            tensor.requires_grad,
            tensor.is_leaf,
        )

    def put_into(self, tensor: object) -> torch.Tensor:
        """Fill ``tensor`` with the saved numbers if it is of the same kind, else make a new one."""
        if (
            not isinstance(tensor, torch.Tensor)
            or tensor.shape != self.values.shape
            or tensor.dtype != self.values.dtype
            or tensor.requires_grad != self.requires_grad
            or not (tensor.is_leaf and self.is_leaf)
        ):
            tensor = self.values.clone().requires_grad_(self.requires_grad)
            if not self.is_leaf:  # again a result of something, so that .grad stays None as it did
                tensor = tensor.view_as(tensor)
        else:
            tensor.detach().copy_(self.values)
        if self.is_leaf:
            tensor.grad = None if self.gradient is None else self.gradient.clone()
        return tensor

    @property
    def nbytes(self) -> int:
        """Bytes held, with what Python and torch need around a tensor (about 600 each)."""
        size = self.values.nbytes + 600
        return size if self.gradient is None else size + self.gradient.nbytes + 600


class Snapshot:
    """A copy of everything that an update function can keep on the model.

    Tensors are copied with their ``.grad``, so that a gradient which was never cleared survives
    time travel too. Anything else (a counter, a list of tensors) is copied by ``copy.deepcopy``.
    """

    def __init__(self, model: object) -> None:
        self._tensors: dict[str, _SavedTensor] = {}
        self._others: dict[str, Any] = {}
        for name, value in vars(model).items():
            if isinstance(value, torch.Tensor):
                self._tensors[name] = _SavedTensor.of(value)
            else:
                self._others[name] = copy.deepcopy(value)

    def restore(self, model: object) -> None:
        """Put the saved state back; tensors of the same kind keep their identity."""
        state = vars(model)
        for name in [
            name for name in state if name not in self._tensors and name not in self._others
        ]:
            del state[name]
        for name, saved in self._tensors.items():
            state[name] = saved.put_into(state.get(name))
        for name, value in self._others.items():
            state[name] = copy.deepcopy(value)

    def values(self, name: str) -> torch.Tensor:
        """Return the saved numbers of one tensor (not a copy: do not change them)."""
        return self._tensors[name].values

    @property
    def nbytes(self) -> int:
        """Roughly the bytes held."""
        return 1000 + sum(saved.nbytes for saved in self._tensors.values())
