"""What takes a pass over many rows, in blocks that fit into a processor's cache."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

_BLOCK = 4096  # rows
_SAMPLE = 16_384  # rows from all over the table
_FLAT = 1e-10  # of the longest direction: one that is shorter may be rounding
_ALONE = 0.1  # of a column, that no combination of those before it makes up
_UNLIKE = 1e-4  # likewise, of rows that the sample was to make even: below, squares lose too much
_NEAR = 1e-4  # of a length: more than float32's rounding moves it by


def factored_at_once(
    inputs: NDArray[np.floating], targets: NDArray[np.floating]
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]] | None:
    """Factor a table's centred rows in a single pass, unless their columns are nearly dependent.

    The triangle of a sample makes all rows nearly orthonormal. So the sums of their products lose
    no digits, though they are squares, and their Cholesky factor leads to the triangle of all rows
    (a preconditioned Cholesky QR: Fan, Guo and Lin, SIAM J. Matrix Anal. Appl. 42, 2021).

    Parameters
    ----------
    inputs, targets : ndarray, shapes (n, d) and (n, t)

    Returns
    -------
    None, or tuple
        The columns' means (d + t,), the triangle (d + t, d + t), and the features' largest numbers
        by size (d,). None where columns are nearly dependent, or the sample was not like all rows.
    """
    n, d = inputs.shape
    some = np.linspace(0, n - 1, _SAMPLE).round().astype(np.int64)
    sample = np.hstack([part[some].astype(np.float64) for part in (inputs, targets)])
    middle = sample.mean(axis=0)
    first = np.asarray(np.linalg.qr((sample - middle) / np.sqrt(len(some)), mode="r"), np.float64)
    sizes = np.linalg.norm(first, axis=0)
    if not (sizes > 0).all() or _flattest(first / sizes) < _FLAT:
        return None
    back = np.linalg.inv(first / sizes) / sizes[:, None]
    alone = np.abs(np.diag(first)) > _ALONE * sizes  # of these columns the size is all that is off
    back[:, alone] = np.diag(1 / sizes)[:, alone]
    others, width = np.flatnonzero(~alone), len(sizes)
    rows = np.empty((width, _BLOCK))  # columns side by side, which is quicker to add up
    products, sums, largest = np.zeros((width, width)), np.zeros(width), np.zeros(d)
    for start in range(0, n, _BLOCK):
        block = rows[:, : min(_BLOCK, n - start)]
        block[:d] = inputs[start : start + _BLOCK].T
        block[d:] = targets[start : start + _BLOCK].T
        largest = np.maximum(largest, np.maximum(block[:d].max(axis=1), -block[:d].min(axis=1)))
        block -= middle[:, None]
        combined = back.T[others] @ block
        block /= sizes[:, None]
        block[others] = combined
        sums += block.sum(axis=1)
        products += block @ block.T
    first = np.linalg.inv(back)
    shift = sums / n
    try:
        left = np.linalg.cholesky(products - n * np.outer(shift, shift))
    except np.linalg.LinAlgError:
        return None
    if _flattest(left) < _UNLIKE:
        return None
    return middle + shift @ first, left.T @ first, largest


def _flattest(triangle: NDArray[np.float64]) -> float:
    """Return the shortest of a triangle's directions, as a share of the longest."""
    lengths = np.linalg.svd(triangle, compute_uv=False)
    return float(lengths[-1] / lengths[0])


def longest_rows(
    inputs: NDArray[np.float32],
    count: int,
    scale: tuple[NDArray[np.float64], NDArray[np.float64]] | None,
) -> float:
    """Return the sum of |[x 1]|² over the longest rows.

    Parameters
    ----------
    inputs : ndarray, shape (n, d)
    count : int
        How many of the n rows; few.
    scale : tuple of ndarray, each (d,), optional
        Means and deviations, by which the features are scaled.
    """
    mean, std = (np.zeros(1), np.ones(1)) if scale is None else scale
    shift, factor = mean.astype(np.float32), (1 / std).astype(np.float32)
    ones = np.ones(inputs.shape[1], np.float32)
    least = -np.inf
    found: list[NDArray[np.floating]] = []
    rows: list[NDArray[np.int64]] = []
    for start in range(0, len(inputs), _BLOCK):
        block = inputs[start : start + _BLOCK]
        if scale is not None:
            block = (block - shift) * factor
        near = (block * block) @ ones
        new = np.flatnonzero(near >= least)
        if not len(new):
            continue
        found.append(near[new])
        rows.append(start + new)
        if sum(map(len, found)) > 2 * count + _BLOCK:
            lengths, numbers = np.concatenate(found), np.concatenate(rows)
            least = np.partition(lengths, -count)[-count] * (1 - _NEAR)
            kept = lengths >= least
            found, rows = [lengths[kept]], [numbers[kept]]
    x = (inputs[np.concatenate(rows)].astype(np.float64) - mean) / std
    return float(np.sort(1 + np.einsum("ij,ij->i", x, x))[-count:].sum())
