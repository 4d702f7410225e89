"""Snapshots to return to, at strides that double when there are too many of them."""

from __future__ import annotations

import bisect
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .snapshot import Snapshot

__all__ = ["Checkpoint", "Checkpoints"]

_MOST = 512
_FEWEST = 16
_BYTES = 16 * 2**20


@dataclass(eq=False)
class Checkpoint:
    """The state of the model after some updates."""

    update: int
    """How many updates."""
    snapshot: Snapshot
    """The state."""
    full_loss: float | None = None
    """The loss over the whole table there, once it has been worked out."""
    by_hand: bool = False
    """Whether w and b were set by hand there, so that no replay leads to it."""


class Checkpoints:
    """Checkpoints in the order of their updates, thinned so that their memory is bounded.

    At most 512 are kept, of about 16 MB, but never fewer than 16: when there are more, every second
    one is dropped and the stride doubles. Those set by hand stay, and do not count. The list
    changes in one assignment, so that an interrupt leaves the old one or the new one.

    Parameters
    ----------
    first : Checkpoint
        The one at update 0.
    stride : int
        Updates from one to the next, to begin with.
    """

    def __init__(self, first: Checkpoint, stride: int) -> None:
        self.spare: Checkpoint | None = None
        """One more, beside the strides: a shortcut for whoever walks back step by step."""
        self.due = first.update + stride
        """The number of updates from which the next one is to be added."""
        self._kept = [first]
        self._stride = stride

    def __iter__(self) -> Iterator[Checkpoint]:
        return iter(self._kept)

    def __reversed__(self) -> Iterator[Checkpoint]:
        return reversed(self._kept)

    def add(self, checkpoint: Checkpoint) -> None:
        """Keep one more, later than all others."""
        kept = [*self._kept, checkpoint]
        most = min(_MOST, max(_FEWEST, _BYTES // checkpoint.snapshot.nbytes))
        most += sum(one.by_hand for one in kept)
        while len(kept) > most:
            kept = [one for index, one in enumerate(kept) if not index % 2 or one.by_hand]
            self._stride *= 2
        self._keep(kept)

    def insert(self, checkpoint: Checkpoint) -> None:
        """Keep one more between the others, beside the strides."""
        before = [one for one in self._kept if one.update < checkpoint.update]
        after = [one for one in self._kept if one.update > checkpoint.update]
        self._kept = [*before, checkpoint, *after]

    def put(self, checkpoint: Checkpoint) -> None:
        """Let a state that was set by hand take the place of all there is from its moment on."""
        self.spare = None
        before = [one for one in self._kept if one.update < checkpoint.update]
        self._keep([*before, checkpoint])

    def before(self, update: int) -> Checkpoint:
        """Return the last one at or before ``update`` updates."""
        index = bisect.bisect_right(self._kept, update, key=lambda one: one.update) - 1
        found = self._kept[index]
        if self.spare is not None and found.update < self.spare.update <= update:
            return self.spare
        return found

    def cut(self, update: int) -> None:
        """Drop those after ``update`` updates."""
        if self.spare is not None and self.spare.update > update:
            self.spare = None
        self._keep([one for one in self._kept if one.update <= update])

    def _keep(self, kept: list[Checkpoint]) -> None:
        self._kept = kept
        self.due = kept[-1].update + self._stride
