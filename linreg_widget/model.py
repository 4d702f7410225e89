"""The lesson: linear regression from scratch, and one update of gradient descent.

Everything the widget trains is in this file; read it from top to bottom. It has three parts, a
model, a loss and an update, and each says what shapes go in and what comes out. The letters:

    n  rows in the batch        d  features        t  targets

Nothing here serves the screen. Only the ``yield`` lines are unusual: they mark the end of a phase,
so that whoever drives the update may stop there and look at the tensors. Driven without a stop,
the code does what it would do without them.
"""

from __future__ import annotations

from collections.abc import Generator  # noqa: TC003 - kept plain for the reader

import torch


class LinearRegression:
    """The model ``x @ w.t() + b``: every target is a weighted sum of the features, plus a bias.

    Parameters
    ----------
    w : torch.Tensor, shape (t, d)
        Weights: one row for each target, one column for each feature.
    b : torch.Tensor, shape (t,)
        Biases: one for each target.

    Raises
    ------
    ValueError
        If the shapes do not fit together.
    """

    def __init__(self, w: torch.Tensor, b: torch.Tensor) -> None:
        if w.ndim != b.ndim + 1 or b.shape != w.shape[:1]:
            raise ValueError(
                f"w has shape {tuple(w.shape)} and b {tuple(b.shape)}; they must be (t, d) and "
                "(t,): one row of weights and one bias for each target."
            )
        self.w = w.requires_grad_()  # from here on, torch notes how each result came from w and b
        self.b = b.requires_grad_()

    def __call__(self, x: torch.Tensor) -> torch.Tensor:
        """Predict the targets of a batch ``x``: (n, d) -> (n, t)."""
        return x @ self.w.t() + self.b

    def __repr__(self) -> str:
        return (
            "LinearRegression: x @ w.t() + b\n"
            f"w {tuple(self.w.shape)} = {self.w.tolist()}\n"
            f"b {tuple(self.b.shape)} = {self.b.tolist()}"
        )


def mse_loss(predictions: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
    """Return the mean of the squared differences over all rows and targets: (n, t), (n, t) -> ().

    Parameters
    ----------
    predictions, targets : torch.Tensor, shape (n, t)

    Raises
    ------
    ValueError
        If the shapes differ. Torch would broadcast (n, 1) against (n,) to (n, n) without a
        word, and the mean over all those pairs is not the loss of anything.
    """
    if predictions.shape != targets.shape:
        raise ValueError(
            f"predictions have shape {tuple(predictions.shape)}, targets {tuple(targets.shape)}; "
            "they must be the same, or torch broadcasts one against the other. Reshape one of them."
        )
    difference = predictions - targets
    return torch.sum(difference * difference) / difference.numel()


def gradient_update(
    model: LinearRegression, x: torch.Tensor, y: torch.Tensor, learning_rate: float
) -> Generator[str, None, float]:
    """Move w and b one step downhill on one batch.

    Parameters
    ----------
    model : LinearRegression
        Its ``w`` and ``b`` are changed in place.
    x, y : torch.Tensor, shapes (n, d) and (n, t)
        The features and the targets of one batch.
    learning_rate : float
        The length of the step, as a multiple of the gradient.

    Yields
    ------
    str
        The name of each phase when it is done; the last one, "zero", is done on return.

    Returns
    -------
    float
        The loss of the batch, before the step.
    """
    predictions = model(x)
    yield "predict"
    loss = mse_loss(predictions, y)
    yield "loss"
    loss.backward()  # fills w.grad and b.grad: how the loss changes as each number grows
    yield "backward"
    with torch.no_grad():  # the step itself is not differentiated
        model.w -= model.w.grad * learning_rate
        model.b -= model.b.grad * learning_rate
    yield "update"
    model.w.grad.zero_()  # backward() adds to what is there, so the next one needs a clean slate
    model.b.grad.zero_()
    return loss.item()
