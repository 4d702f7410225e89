"""Where w and b went in a run, as far as its checkpoints tell."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from .checkpoints import Checkpoint


class Path(NamedTuple):
    """Where w and b went, at some moments of a run."""

    updates: NDArray[np.int64]
    """How many updates were done, ascending, shape (k,)."""
    w: NDArray[np.float32]
    """The weights there, shape (k, t, d)."""
    b: NDArray[np.float32]
    """The biases there, shape (k, t)."""


def path_of(marks: Sequence[Checkpoint], start: int, most: int) -> Path:
    """Return where w and b went, as far as checkpoints tell, from the one before ``start`` on.

    Parameters
    ----------
    marks : sequence of Checkpoint
        In order; the first is that at update 0.
    start : int
        The number of updates to begin with.
    most : int
        The most moments, chosen evenly.
    """
    earlier = sum(mark.update <= start for mark in marks)
    marks = marks[earlier - 1 :]
    some = np.unique(np.linspace(0, len(marks) - 1, min(len(marks), most)).round().astype(int))
    found = [
        (marks[index].update, *(marks[index].snapshot.values(name).numpy() for name in ("w", "b")))
        for index in some.tolist()
    ]
    updates, w, b = zip(*found, strict=True)
    return Path(np.array(updates), np.stack(w), np.stack(b))
