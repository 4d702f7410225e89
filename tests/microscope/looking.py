"""Reading frames for the tests: their words, and the numbers that these name."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from linreg_widget.microscope.codeview import CodeView
from linreg_widget.panel.codec import pack
from linreg_widget.training.trainer import Trainer


@dataclass(frozen=True)
class Shown:
    """One frame as it arrives."""

    words: Any
    arrays: dict[str, np.ndarray]

    def __getattr__(self, name: str) -> Any:
        return self.words[name]

    @property
    def names(self) -> list[str]:
        return [tensor["name"] for tensor in self.words["tensors"]]

    def tensor(self, name: str) -> dict[str, Any]:
        found: dict[str, Any]
        (found,) = [tensor for tensor in self.words["tensors"] if tensor["name"] == name]
        return found

    def numbers(self, name: str, which: Literal["values", "old"] = "values") -> np.ndarray:
        """The numbers of a tensor, or those from before it changed."""
        return self.arrays[self.tensor(name)[which]]

    @property
    def data(self) -> bytes:
        """All numbers, as they travel."""
        return pack(self.arrays)

    def changed(self, when: str = "now") -> set[str]:
        return {tensor["name"] for tensor in self.words["tensors"] if tensor["changed"] == when}


def look(trainer: Trainer) -> Shown:
    """What the microscope shows of a trainer."""
    return Shown(*trainer.frame(CodeView.of(trainer.update_function)).encode())
