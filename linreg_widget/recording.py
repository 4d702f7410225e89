"""What happened in a run: its losses, checkpoints to return to, and the branches left behind.

A run is a pure function of table, settings, seed and update function, so little need be kept: four
bytes for each update's loss, the stretches of constant settings, and now and then a snapshot of
the model. Any moment in between is had again, bit for bit, by replay from the snapshot before it.
Snapshots are taken at strides that double when there are too many, so their memory is bounded.
"""

from __future__ import annotations

import bisect
import dataclasses
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from .settings import Settings
from .snapshot import Snapshot

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Branch", "Place", "Recording", "Segment"]

_MOST_CHECKPOINTS = 512
_CHECKPOINT_BYTES = 16 * 2**20
_LONGEST_FIRST_STRIDE = 64
_MOST_BRANCHES = 20


class Place(NamedTuple):
    """Where an update stands among epochs and rows, all counted from 0."""

    epoch: int
    """Completed epochs."""
    batch: int
    """Completed updates of the current epoch."""
    row: int
    """Rows of the current epoch already used."""


@dataclass(frozen=True)
class Segment:
    """A stretch of a run under one set of settings."""

    update: int
    """The number of updates before this stretch."""
    place: Place
    """Where in its epoch the stretch begins."""
    settings: Settings
    """What holds from there on (``epochs`` excepted: that is the run's, not the stretch's)."""

    def locate(self, update: int, rows: int) -> Place:
        """Return the place after ``update`` updates, for a table of so many rows."""
        size = self.settings.batch_rows
        done = update - self.update
        left = -(-(rows - self.place.row) // size)  # updates left in the epoch it begins in
        if done < left:
            return Place(self.place.epoch, self.place.batch + done, self.place.row + done * size)
        epochs, batch = divmod(done - left, -(-rows // size))
        return Place(self.place.epoch + 1 + epochs, batch, batch * size)

    def end_of(self, epoch: int, rows: int) -> int:
        """Return the number of updates at the end of an epoch, if these settings last until then."""
        size = self.settings.batch_rows
        left = -(-(rows - self.place.row) // size)
        return self.update + left + (epoch - self.place.epoch) * -(-rows // size)


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
    """What differed, for instance "learning rate 1e-06"."""


class Recording:
    """The record of one run of a trainer.

    Parameters
    ----------
    rows : int
        Rows in the table.
    settings : Settings
        Those at the start of the run.
    branches : tuple of Branch
        What earlier runs left behind.
    """

    def __init__(self, rows: int, settings: Settings, branches: tuple[Branch, ...] = ()) -> None:
        self.version = 0
        """Changes whenever recorded losses were cut off or replaced; appending leaves it."""
        self.diverged_at: int | None = None
        """The number of updates at which loss, w or b was found not finite, if it was."""
        self._rows = rows
        self._losses = np.empty(1024, np.float32)
        self._count = 0
        self._segments = [Segment(0, Place(0, 0, 0), settings)]
        self._branches = list(branches)
        self._snapshots: dict[int, Snapshot] = {}
        self._marks: list[int] = []  # the updates that have a snapshot, in order
        self._full_losses: dict[int, float] = {}
        # As an epoch ends, if epochs are short: the plot shows the full-data loss there.
        self._stride = min(-(-rows // settings.batch_rows), _LONGEST_FIRST_STRIDE)

    # ---- what happened -------------------------------------------------------------------------

    def __len__(self) -> int:
        """Return the number of recorded updates."""
        return self._count

    @property
    def losses(self) -> NDArray[np.float32]:
        """The batch loss of every recorded update, before its step, shape (updates,), read-only."""
        losses = self._losses[: self._count]
        losses.flags.writeable = False
        return losses

    @property
    def segments(self) -> tuple[Segment, ...]:
        """The stretches of constant settings, in order; the first begins at update 0."""
        return tuple(self._segments)

    @property
    def branches(self) -> tuple[Branch, ...]:
        """Futures left behind, oldest first; the latest twenty are kept."""
        return tuple(self._branches)

    def segment_at(self, update: int) -> Segment:
        """Return the stretch that the next update after ``update`` updates belongs to."""
        return self._segments[self._segment_index(update)]

    def next_change(self, update: int) -> int | None:
        """Return the first update count above ``update`` from which other settings hold."""
        index = self._segment_index(update) + 1
        return self._segments[index].update if index < len(self._segments) else None

    def locate(self, update: int) -> Place:
        """Return the place among epochs and rows after ``update`` updates."""
        return self.segment_at(update).locate(update, self._rows)

    def epoch_means(self, first_epoch: int = 0) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """Average the batch losses over each completed epoch.

        Parameters
        ----------
        first_epoch : int
            The epoch to begin with, counted from 0, for callers that have the earlier ones.

        Returns
        -------
        ends : ndarray of int64, shape (k,)
            The number of updates at each epoch's end.
        means : ndarray of float64, shape (k,)
            The mean of its batch losses, each batch counting the same.
        """
        ends = self._epoch_ends(max(first_epoch - 1, 0))
        start = 0
        if first_epoch > 0:
            if len(ends) == 0:
                return ends, np.empty(0)
            start, ends = int(ends[0]), ends[1:]
        if len(ends) == 0:
            return ends, np.empty(0)
        starts = np.concatenate([[start], ends[:-1]])
        with np.errstate(invalid="ignore", over="ignore"):
            sums = np.add.reduceat(self._losses[: ends[-1]].astype(np.float64), starts)
        return ends, sums / (ends - starts)

    def to_frame(self) -> pd.DataFrame:
        """Return a DataFrame with a row for each recorded update, all counted from 1.

        Columns: ``update``, ``epoch``, ``batch``, ``loss`` (of the batch, before the step, float32)
        and ``learning_rate``.
        """
        import pandas as pd  # slow to import, and wanted only here

        updates = np.arange(self._count)
        epochs, batches = np.zeros_like(updates), np.zeros_like(updates)
        rates = np.zeros(self._count)
        for index, segment in enumerate(self._segments):
            last = (
                self._segments[index + 1].update if index + 1 < len(self._segments) else self._count
            )
            here = slice(segment.update, last)
            done = updates[here] - segment.update
            left = segment.end_of(segment.place.epoch, self._rows) - segment.update
            a_pass = -(-self._rows // segment.settings.batch_rows)
            later = done >= left
            epochs[here] = segment.place.epoch + np.where(later, 1 + (done - left) // a_pass, 0)
            batches[here] = np.where(later, (done - left) % a_pass, segment.place.batch + done)
            rates[here] = segment.settings.rate
        return pd.DataFrame(
            {
                "update": updates + 1,
                "epoch": epochs + 1,
                "batch": batches + 1,
                "loss": self.losses.copy(),
                "learning_rate": rates,
            }
        )

    def __repr__(self) -> str:
        words = f"Recording: {self._count} updates"
        if self._count:
            words += f", batch loss {self._losses[0]:.4g} -> {self._losses[self._count - 1]:.4g}"
        if len(self._segments) > 1:
            words += f", {len(self._segments) - 1} changes of settings"
        if self._branches:
            words += (
                f", {len(self._branches)} branches ({', '.join(b.name for b in self._branches)})"
            )
        return f"{words}; to_frame() gives a DataFrame"

    # ---- what the trainer writes -----------------------------------------------------------------

    def append(self, loss: float) -> None:
        """Record the next update's batch loss."""
        if self._count == len(self._losses):
            self._losses = np.concatenate([self._losses, np.empty_like(self._losses)])
        self._losses[self._count] = loss
        self._count += 1

    def set_settings(self, update: int, settings: Settings) -> None:
        """Let other settings hold from ``update`` updates on, leaving the recorded future as a branch."""
        index = self._segment_index(update)
        before = self._segments[index]
        if update < self._count:
            self._leave(update, _difference(before.settings, settings))
        self.diverged_at = None
        del self._segments[index + 1 :]
        place = before.locate(update, self._rows)
        if before.update == update:
            self._segments.pop()
        if self._segments and _same(self._segments[-1].settings, settings):
            return
        self._segments.append(Segment(update, place, settings))

    def leave_all(self, settings: Settings) -> tuple[Branch, ...]:
        """Return the branches for a run that begins anew, this run among them."""
        if self._count:
            first = self._segments[0].settings
            self._leave(0, _difference(first, settings) or f"learning rate {first.rate:g}")
        return self.branches

    def _leave(self, update: int, name: str) -> None:
        losses = self._losses[update : self._count].copy()
        losses.flags.writeable = False
        branch = Branch(update, losses, self.segments, name)
        alike = [other for other in self._branches if other.start == update]
        if not any(_begins(other.losses, losses) for other in alike):
            shorter = [other for other in alike if _begins(losses, other.losses)]
            kept = [other for other in self._branches if other not in shorter]
            self._branches = [*kept[1 - _MOST_BRANCHES :], branch]
        self._count = update
        self.version += 1
        for mark in [mark for mark in self._marks if mark > update]:
            del self._snapshots[mark]
            self._full_losses.pop(mark, None)
        self._marks = [mark for mark in self._marks if mark <= update]

    # ---- checkpoints -----------------------------------------------------------------------------

    @property
    def checkpoints(self) -> list[int]:
        """The numbers of updates at which a snapshot of the model is kept, in order."""
        return list(self._marks)

    @property
    def next_checkpoint(self) -> int:
        """The number of updates from which the trainer should take the next snapshot."""
        return self._marks[-1] + self._stride if self._marks else 0

    def add_checkpoint(self, update: int, snapshot: Snapshot) -> None:
        """Keep a snapshot of the model after ``update`` updates."""
        self._snapshots[update] = snapshot
        self._marks.append(update)
        most = min(_MOST_CHECKPOINTS, max(16, _CHECKPOINT_BYTES // snapshot.nbytes))
        while len(self._marks) > most:
            self._stride *= 2
            for mark in self._marks[1::2]:
                del self._snapshots[mark]
                self._full_losses.pop(mark, None)
            self._marks = self._marks[::2]

    def checkpoint_before(self, update: int) -> tuple[int, Snapshot]:
        """Return the last snapshot at or before ``update`` updates, and its number of updates."""
        mark = self._marks[bisect.bisect_right(self._marks, update) - 1]
        return mark, self._snapshots[mark]

    def snapshot(self, update: int) -> Snapshot:
        """Return the snapshot at a checkpoint."""
        return self._snapshots[update]

    @property
    def full_losses(self) -> dict[int, float]:
        """Full-data losses at checkpoints, as far as the trainer has worked them out."""
        return self._full_losses

    # ---- inside ----------------------------------------------------------------------------------

    def _segment_index(self, update: int) -> int:
        if update >= self._segments[-1].update:
            return len(self._segments) - 1
        return bisect.bisect_right(self._segments, update, key=lambda segment: segment.update) - 1

    def _epoch_ends(self, first_epoch: int) -> NDArray[np.int64]:
        """Return the update counts at the ends of completed recorded epochs, from ``first_epoch`` on."""
        ends: list[NDArray[np.int64]] = []
        for index, segment in enumerate(self._segments):
            limit = (
                self._segments[index + 1].update if index + 1 < len(self._segments) else self._count
            )
            limit = min(limit, self._count)
            epoch = max(first_epoch, segment.place.epoch)
            first = segment.end_of(epoch, self._rows)
            if segment.update < first <= limit:
                ends.append(
                    np.arange(first, limit + 1, -(-self._rows // segment.settings.batch_rows))
                )
        return np.concatenate(ends).astype(np.int64) if ends else np.empty(0, np.int64)


def _same(one: Settings, other: Settings) -> bool:
    return dataclasses.replace(one, epochs=1) == dataclasses.replace(other, epochs=1)


def _difference(one: Settings, other: Settings) -> str:
    """Name what ``one`` has that differs from ``other``: "learning rate 1e-06, batch size 3"."""
    words = []
    for field in dataclasses.fields(Settings):
        value = getattr(one, field.name)
        if field.name != "epochs" and value != getattr(other, field.name):
            name = field.name.replace("_", " ")
            words.append(
                f"{'' if value else 'no '}{name}"
                if isinstance(value, bool)
                else f"{name} {value:g}"
            )
    return ", ".join(words)


def _begins(whole: NDArray[np.float32], part: NDArray[np.float32]) -> bool:
    """Tell whether ``part`` is how ``whole`` begins, bit for bit."""
    return len(part) <= len(whole) and whole[: len(part)].tobytes() == part.tobytes()
