"""The hand-written loops that the trainer is held against."""

from __future__ import annotations

import torch
from torch.utils.data import DataLoader, TensorDataset

from linreg_widget import Table

__all__ = ["ArticleLoop", "TightLoop"]


class ArticleLoop:
    """The article's script: its DataLoader, model and loss as functions; nothing printed or kept.

    Parameters
    ----------
    table : Table
    learning_rate : float
    batch_size : int
    seed : int
        For ``torch.manual_seed``: the global generator, as in a reader's notebook.
    """

    def __init__(
        self, table: Table, learning_rate: float = 1e-6, batch_size: int = 3, seed: int = 0
    ) -> None:
        torch.manual_seed(seed)
        self.w = torch.randn(table.outputs, table.features, requires_grad=True)
        self.b = torch.randn(table.outputs, requires_grad=True)
        self.rate = learning_rate
        inputs, targets = (torch.from_numpy(a.copy()) for a in (table.inputs, table.targets))
        self.loader: DataLoader[tuple[torch.Tensor, ...]] = DataLoader(
            TensorDataset(inputs, targets), batch_size=batch_size, shuffle=True
        )

    def run(self, epochs: int) -> torch.Tensor:
        """Train, and return the last batch's loss."""
        w, b, rate = self.w, self.b, self.rate

        def model(x: torch.Tensor) -> torch.Tensor:
            return x @ w.t() + b

        def mse_loss(predictions: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
            difference = predictions - targets
            return torch.sum(difference * difference) / difference.numel()

        loss = torch.tensor(torch.nan)
        for _ in range(epochs):
            for x, y in self.loader:
                predictions = model(x)
                loss = mse_loss(predictions, y)
                loss.backward()
                with torch.no_grad():
                    w -= w.grad * rate
                    b -= b.grad * rate
                    w.grad.zero_()
                    b.grad.zero_()
        return loss.detach()


class TightLoop:
    """The tightest loop with the article's arithmetic and random numbers, all in one function.

    No DataLoader: at each epoch's start it draws the two int64 that the DataLoader draws, permutes
    the rows once and splits them. Model and loss are written out in the loop. The operations on
    w, b, x and y are the article's, one by one, so that the same bits come out. Every batch's
    loss is read by ``item()`` and appended to a list. No checks, no checkpoints.

    Parameters
    ----------
    table : Table
    learning_rate : float
    batch_size : int
    seed : int
    """

    def __init__(
        self, table: Table, learning_rate: float = 1e-6, batch_size: int = 3, seed: int = 0
    ) -> None:
        self.generator = torch.Generator().manual_seed(seed)
        self.sampler = torch.Generator()
        shape = (table.outputs, table.features)
        self.w = torch.randn(*shape, generator=self.generator, requires_grad=True)
        self.b = torch.randn(table.outputs, generator=self.generator, requires_grad=True)
        self.x = torch.from_numpy(table.inputs.copy())
        self.y = torch.from_numpy(table.targets.copy())
        self.rate, self.size = learning_rate, batch_size
        self.losses: list[float] = []

    def run(self, epochs: int) -> None:
        """Train."""
        w, b, rate, size, keep = self.w, self.b, self.rate, self.size, self.losses.append
        x, y, generator, sampler = self.x, self.y, self.generator, self.sampler
        sum_, no_grad, empty, int64 = torch.sum, torch.no_grad, torch.empty, torch.int64
        for _ in range(epochs):
            empty((), dtype=int64).random_(generator=generator)
            seed = int(empty((), dtype=int64).random_(generator=generator).item())
            order = torch.randperm(len(x), generator=sampler.manual_seed(seed))
            for x_batch, y_batch in zip(x[order].split(size), y[order].split(size), strict=True):
                difference = x_batch @ w.t() + b - y_batch
                loss = sum_(difference * difference) / difference.numel()
                loss.backward()
                with no_grad():
                    w -= w.grad * rate
                    b -= b.grad * rate
                w.grad.zero_()
                b.grad.zero_()
                keep(loss.item())
