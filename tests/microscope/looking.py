"""Reading frames for the tests: from the wire, as the page does, and the numbers of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from linreg_widget.microscope.codeview import CodeView
from linreg_widget.training.trainer import Trainer


@dataclass(frozen=True)
class Shown:
    """One frame as it arrives."""

    words: dict[str, Any]
    data: bytes

    def __getattr__(self, name: str) -> Any:
        return self.words[name]

    @property
    def names(self) -> list[str]:
        return [tensor["name"] for tensor in self.words["tensors"]]

    def tensor(self, name: str) -> dict[str, Any]:
        found: dict[str, Any]
        (found,) = [tensor for tensor in self.words["tensors"] if tensor["name"] == name]
        return found

    def numbers(self, name: str, at: str = "at") -> np.ndarray:
        """The numbers of a tensor, with ``at="old"`` those from before it changed."""
        tensor = self.tensor(name)
        rows, columns = tensor["shown"]
        kind = {32: "<f4", 64: "<f8"}[tensor["bits"]]
        assert tensor[at] >= 0
        assert tensor[at] % (tensor["bits"] // 8) == 0
        numbers = np.frombuffer(self.data, kind, rows * columns, tensor[at])
        return numbers.reshape(rows, columns)

    def changed(self, when: str = "now") -> set[str]:
        return {tensor["name"] for tensor in self.words["tensors"] if tensor["changed"] == when}


def look(trainer: Trainer) -> Shown:
    """What the microscope shows of a trainer."""
    return Shown(*trainer.frame(CodeView.of(trainer.update_function)).encode())
