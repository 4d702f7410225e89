"""Branches: futures that were recorded once and then left, and where their w and b went."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from linreg_widget.settings import Settings, rate_text
from linreg_widget.wording import many, said

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from .checkpoints import Checkpoint
    from .schedule import Segment

__all__ = ["Branch", "Path", "difference", "path_of", "with_branch"]

_MOST_BRANCHES = 20
_MOST_BRANCH_BYTES = 16 * 2**20


class Path(NamedTuple):
    """Where w and b went, at some moments of a run."""

    updates: NDArray[np.int64]
    """How many updates were done, ascending, shape (k,)."""
    w: NDArray[np.float32]
    """The weights there, shape (k, t, d)."""
    b: NDArray[np.float32]
    """The biases there, shape (k, t)."""


@dataclass(frozen=True, eq=False)
class Branch:
    """A future that was recorded once and then left, by a change of settings or a reset."""

    start: int
    """The number of updates before it parted."""
    losses: NDArray[np.float32]
    """Batch losses from there on, shape (updates,), read-only."""
    segments: tuple[Segment, ...]
    """The settings of its whole run, from update 0 on."""
    name: str
    """What differed, for instance "learning rate 1e-6"."""
    path: Path
    """Where w and b went, from about where it parted on."""

    def __setstate__(self, state: dict[str, Any]) -> None:
        vars(self).update(state)
        self.losses.flags.writeable = False  # which neither pickle nor deepcopy keeps

    def __repr__(self) -> str:
        return (
            f"Branch {self.name!r}: {many(len(self.losses), 'update')} from update {self.start:,} "
            f"on, last batch loss {said(float(self.losses[-1]))}"
        )


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


def with_branch(branches: tuple[Branch, ...], new: Branch) -> tuple[Branch, ...]:
    """Return branches with one more: the latest twenty, of at most 16 MB, none within another."""
    if any(one.start == new.start and _begins(one.losses, new.losses) for one in branches):
        return branches
    kept = [
        one for one in branches if one.start != new.start or not _begins(new.losses, one.losses)
    ]
    kept.append(new)
    size = np.cumsum([branch.losses.nbytes for branch in reversed(kept)])
    most = min(_MOST_BRANCHES, max(1, int(np.count_nonzero(size <= _MOST_BRANCH_BYTES))))
    return tuple(kept[-most:])


def difference(one: Settings, other: Settings) -> str:
    """Name what ``one`` has that differs from ``other``: "learning rate 1e-6, batch size 3"."""
    words = []
    for field in dataclasses.fields(Settings):
        value = getattr(one, field.name)
        if field.name == "epochs" or value == getattr(other, field.name):
            continue
        name = field.name.replace("_", " ")
        if isinstance(value, bool):
            words.append(name if value else f"no {name}")
        else:
            words.append(
                f"{name} {rate_text(value)}" if isinstance(value, float) else f"{name} {value}"
            )
    return ", ".join(words)


def _begins(whole: NDArray[np.float32], part: NDArray[np.float32]) -> bool:
    """Tell whether ``part`` is how ``whole`` begins, bit for bit."""
    return len(part) <= len(whole) and whole[: len(part)].tobytes() == part.tobytes()
