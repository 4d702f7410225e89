"""The random numbers of a run, drawn as the article's script draws them.

After ``torch.manual_seed(seed)`` that script calls ``randn(t, d)``, ``randn(t)``, and then, at the
start of each epoch, its ``DataLoader(shuffle=True)`` takes two int64 from the same generator: a
base seed for worker processes, which nobody uses here, and the seed of the sampler's own generator,
whose ``randperm(n)`` is the order of the rows (``torch/utils/data/dataloader.py``, ``sampler.py``).
Here the generator is private, so other random numbers in a notebook do not disturb a run, and
neither do torch's defaults for new tensors.
"""

from __future__ import annotations

from array import array

import torch

__all__ = ["Sampling"]

_CPU = torch.device("cpu")
_AT_A_TIME = 65_536  # epochs whose seeds are drawn at once


class Sampling:
    """The initial parameters and the order of the rows in every epoch, for one seed.

    Parameters
    ----------
    seed : int
    targets, features : int
        The shape (t, d) of w.
    """

    def __init__(self, seed: int, targets: int, features: int) -> None:
        self._seed = seed
        self._shape = (targets, features)
        self._sampler = torch.Generator()
        self._seeds = array("q")  # one for each epoch, 8 bytes each
        _, self.w, self.b = self._start()

    def order(self, epoch: int, rows: int) -> torch.Tensor:
        """Return the order of the rows in an epoch (counted from 0), int64, shape (rows,)."""
        if epoch >= len(self._seeds):
            self._draw_seeds(max(64, 2 * epoch))
        self._sampler.manual_seed(self._seeds[epoch])
        return torch.randperm(rows, generator=self._sampler, device=_CPU)

    def _draw_seeds(self, epochs: int) -> None:
        """Draw anew from the beginning: a generator kept half-way could be torn by an interrupt."""
        generator, _, _ = self._start()
        seeds = array("q")
        while len(seeds) < epochs:
            pairs = torch.empty(min(epochs, _AT_A_TIME), 2, dtype=torch.int64, device=_CPU)
            pairs.random_(generator=generator)
            seeds.frombytes(pairs[:, 1].contiguous().numpy().tobytes())
        self._seeds = seeds

    def _start(self) -> tuple[torch.Generator, torch.Tensor, torch.Tensor]:
        """Return the generator as it is after w (t, d) and b (t,) were drawn, and these two."""
        generator = torch.Generator().manual_seed(self._seed)
        t, d = self._shape
        w = torch.randn(t, d, generator=generator, dtype=torch.float32, device=_CPU)
        b = torch.randn(t, generator=generator, dtype=torch.float32, device=_CPU)
        return generator, w, b
