"""Rows gathered ahead: of a large table those of the next batches, while others are trained on."""

from __future__ import annotations

import contextlib
import threading

import numpy as np
import torch

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
        self._order, self._start = order, start
        self.sizes = sizes
        self._found: tuple[torch.Tensor, ...] | None = None

    def begin(self) -> bool:
        """Begin, unless the batches are too large or no thread can be started; tell whether."""
        inputs, targets = self._all
        if sum(self.sizes) * (inputs[0].nbytes + targets[0].nbytes) > _MOST_BYTES:
            return False
        with contextlib.suppress(RuntimeError):
            self.start()
            return True
        return False

    def run(self) -> None:
        """Gather."""
        with contextlib.suppress(Exception):  # then whoever needs the rows meets the same error
            rows = self._order[self._start : self._start + sum(self.sizes)].numpy()
            found = []
            for numbers in self._all:
                into = torch.empty(len(rows), numbers.shape[1], dtype=torch.float32, device="cpu")
                found.append(into)
                # "clip" writes into ``out`` at once; "raise", which checks first, by way of a copy.
                np.take(numbers.numpy(), rows, axis=0, out=into.numpy(), mode="clip")
            self._found = tuple(found)

    def found(
        self, order: torch.Tensor, start: int, sizes: list[int]
    ) -> tuple[torch.Tensor, ...] | None:
        """Wait for the rows x and y of ``sizes``; None if it has others, or gathering failed."""
        most = min(len(sizes), len(self.sizes))
        if order is not self._order or start != self._start or sizes[:most] != self.sizes[:most]:
            return None
        self.join()
        return self._found
