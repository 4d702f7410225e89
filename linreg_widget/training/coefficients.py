"""What a run has learned, as numbers of its own: weights and biases in the table's units."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from linreg_widget.model import LinearRegression


class Coefficients(NamedTuple):
    """Weights and biases in one system of units."""

    w: NDArray[np.float64]
    """Weights, shape (t, d)."""
    b: NDArray[np.float64]
    """Biases, shape (t,)."""


def coefficients_of(
    model: LinearRegression, scale: tuple[NDArray[np.float64], NDArray[np.float64]] | None
) -> Coefficients:
    """Return copies of a model's w and b, taken back from scaled features.

    Parameters
    ----------
    model : LinearRegression
    scale : pair of ndarrays, shape (d,), optional
        The means and standard deviations by which the features were scaled.
    """
    w = model.w.detach().double().numpy().copy()
    b = model.b.detach().double().numpy().copy()
    if scale is not None:
        mean, std = scale
        w = w / std
        b = b - w @ mean
    return Coefficients(w, b)
