"""The random numbers of a run, drawn as the article's script draws them.

After ``torch.manual_seed(seed)`` that script calls ``randn(t, d)``, ``randn(t)``, and then, at the
start of each epoch, its ``DataLoader(shuffle=True)`` takes two int64 from the same generator: a base
seed for worker processes, which nobody uses here, and the seed of the sampler's own generator, whose
``randperm(n)`` is the order of the rows (``torch/utils/data/dataloader.py``, ``sampler.py``). Here the
generator is private, so other random numbers in a notebook do not disturb a run.
"""

from __future__ import annotations

from array import array

import torch

__all__ = ["Sampling"]


class Sampling:
    """The initial parameters and the order of the rows in every epoch, for one seed.

    Parameters
    ----------
    seed : int
    targets, features : int
        The shape (t, d) of w.
    """

    def __init__(self, seed: int, targets: int, features: int) -> None:
        self._generator = torch.Generator().manual_seed(seed)
        self._sampler = torch.Generator()
        self._seeds = array("q")  # the sampler's seed of each epoch so far, 8 bytes each
        self.w = torch.randn(targets, features, generator=self._generator)
        self.b = torch.randn(targets, generator=self._generator)

    def order(self, epoch: int, rows: int) -> torch.Tensor:
        """Return the order of the rows in an epoch (counted from 0), int64, shape (rows,)."""
        while len(self._seeds) <= epoch:
            self._draw()  # the DataLoader's base seed
            self._seeds.append(self._draw())
        self._sampler.manual_seed(self._seeds[epoch])
        return torch.randperm(rows, generator=self._sampler)

    def _draw(self) -> int:
        return int(torch.empty((), dtype=torch.int64).random_(generator=self._generator).item())
