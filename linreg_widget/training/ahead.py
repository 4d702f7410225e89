"""Rows gathered ahead: of a large table those of the next batches, while others are trained on."""

from __future__ import annotations

import contextlib
import threading
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

if TYPE_CHECKING:
    from .batches import Batch

_MOST_BYTES = 2**26  # a batch of more is gathered when it is due: it would take as much again


class Ahead(threading.Thread):
    """Gathers some batches of rows in a thread of its own.

    NumPy copies rows without Python's lock, so a second core does it at no cost to the run. As for
    a DataLoader with a worker, the rows and their order stay the same. It is a thread for each
    group of batches, which takes 0.1 ms where training on them takes tens; those of a pool would be
    missing in a forked process.

    Parameters
    ----------
    inputs, targets : torch.Tensor, shapes (n, d) and (n, t)
        All rows; not to be changed meanwhile.
    order : torch.Tensor
        Which rows come in which order.
    start : int
        The place in it of the first batch's first row.
    sizes : list of int
        The rows of each batch.
    """

    def __init__(
        self,
        inputs: torch.Tensor,
        targets: torch.Tensor,
        order: torch.Tensor,
        start: int,
        sizes: list[int],
    ) -> None:
        super().__init__(daemon=True)
        self._all = inputs, targets
        self._order, self._start, self._sizes = order, start, sizes
        self._found: list[torch.Tensor] = []

    def begin(self) -> bool:
        """Begin, unless the batches are too large or no thread can be started; tell whether."""
        inputs, targets = self._all
        if sum(self._sizes) * (inputs[0].nbytes + targets[0].nbytes) > _MOST_BYTES:
            return False
        with contextlib.suppress(RuntimeError):
            self.start()
            return True
        return False

    def run(self) -> None:
        """Gather."""
        with contextlib.suppress(Exception):  # then whoever needs the rows meets the same error
            rows = self._order[self._start : self._start + sum(self._sizes)].numpy()
            found = []
            for numbers in self._all:
                into = torch.empty(len(rows), numbers.shape[1], dtype=torch.float32, device="cpu")
                found.append(into)
                # "clip" writes into ``out`` at once; "raise", which checks first, by way of a copy.
                np.take(numbers.numpy(), rows, axis=0, out=into.numpy(), mode="clip")
            self._found = found

    def batches(self, order: torch.Tensor, start: int, sizes: list[int]) -> list[Batch]:
        """Wait for the batches, and return as many; [] if it has others, or gathering failed."""
        most = min(len(sizes), len(self._sizes))
        if order is not self._order or start != self._start or sizes[:most] != self._sizes[:most]:
            return []
        self.join()
        if not self._found:
            return []
        x, y = self._found
        if len(self._sizes) == 1:
            return [(x, y)]
        apart: Any = torch.split_with_sizes_copy  # which torch's own types leave out
        return [*zip(apart(x, self._sizes), apart(y, self._sizes), strict=True)][:most]
