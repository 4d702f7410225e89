"""Which settings hold when, where each update stands among epochs and rows, and what comes next.

Arithmetic only: epochs of n rows are cut into batches, and the batch size may change at any update,
also within an epoch; then the rows that are left are cut by the new size.
"""

from __future__ import annotations

import bisect
import functools
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple, Unpack, cast

import numpy as np

from linreg_widget.settings import PLAN_SETTINGS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from linreg_widget.settings import Changes, Settings


@dataclass(frozen=True)
class Position:
    """Where a run stands.

    Examples
    --------
    >>> trainer = Trainer(crop_yields())
    >>> trainer.step(by="phase", count=8)
    >>> trainer.position
    Position(update=1, phase='backward', epoch=0, batch=1)
    """

    update: int
    """Completed gradient updates."""
    phase: str | None
    """The last finished phase of the update under way; None between two updates."""
    epoch: int
    """Completed epochs."""
    batch: int
    """Completed updates of the current epoch."""


class Place(NamedTuple):
    """Where an update stands among epochs and rows, all counted from 0."""

    epoch: int
    """Completed epochs."""
    batch: int
    """Completed updates of the current epoch."""
    row: int
    """Rows of the current epoch already used."""


class Segment(NamedTuple):
    """A stretch of a run under one set of settings."""

    update: int
    """The number of updates before this stretch."""
    place: Place
    """Where in its epoch the stretch begins."""
    settings: Settings
    """What holds from there on (except ``epochs``, which belongs to the run)."""


class Schedule:
    """The stretches of a run, in order. A schedule is never altered: see ``changed``.

    Parameters
    ----------
    rows : int
        Rows in the table, n.
    segments : tuple of Segment
        The first begins at update 0.
    """

    def __init__(self, rows: int, segments: tuple[Segment, ...]) -> None:
        self.segments = segments
        self._rows = rows

    @classmethod
    def of(cls, rows: int, settings: Settings) -> Schedule:
        """Return the schedule of a run whose settings never change."""
        return cls(rows, (Segment(0, Place(0, 0, 0), settings),))

    def at(self, update: int) -> Segment:
        """Return the stretch that the next update after ``update`` updates belongs to."""
        return self.segments[self._index(update)]

    def next_change(self, update: int) -> int | None:
        """Return the first update count above ``update`` from which other settings hold."""
        later = self._index(update) + 1
        return self.segments[later].update if later < len(self.segments) else None

    def locate(self, update: int) -> Place:
        """Return the place among epochs and rows after ``update`` updates."""
        segment = self.at(update)
        place, size = segment.place, segment.settings.batch_rows
        done, left = update - segment.update, self._left(segment)
        if done < left:
            return Place(place.epoch, place.batch + done, place.row + done * size)
        epochs, batch = divmod(done - left, self._batches(segment))
        return Place(place.epoch + 1 + epochs, batch, batch * size)

    def end_of(self, epoch: int) -> int:
        """Return the number of updates at the end of an epoch, counted from 0."""
        segment = self.segments[self._index_of_epoch(epoch)]
        return self._end(segment, epoch)

    def back(self, update: int, epochs: int, *, inside: bool = False) -> int:
        """Return the number of updates at the start of an epoch before a moment.

        Parameters
        ----------
        update : int
            The number of updates at that moment.
        epochs : int
            How many epochs to go back. One that has begun counts as one.
        inside : bool
            Whether the next update has begun, and with it its epoch.
        """
        for _ in range(epochs):
            batch = self.locate(update).batch
            if update and not batch and not inside:
                batch = self.locate(update - 1).batch + 1
            update, inside = update - batch, False
        return update

    def changed(self, update: int, settings: Settings) -> Schedule:
        """Return the schedule with other settings from ``update`` updates on."""
        kept = tuple(segment for segment in self.segments if segment.update < update)
        if kept and not kept[-1].settings.differing(settings):
            return Schedule(self._rows, kept)
        return Schedule(self._rows, (*kept, Segment(update, self.locate(update), settings)))

    def until(self, update: int) -> Schedule:
        """Return the schedule without the stretches from ``update`` updates on, but the first."""
        kept = tuple(segment for segment in self.segments if segment.update < update)
        return Schedule(self._rows, kept or self.segments[:1])

    def epoch_ends(self, stop: int, first_epoch: int = 0) -> NDArray[np.int64]:
        """Return the update counts, up to ``stop``, at which epochs end.

        Parameters
        ----------
        stop : int
            The number of updates made.
        first_epoch : int
            The epoch to begin with, counted from 0.

        Returns
        -------
        ndarray of int64, shape (k,)
        """
        ends = [np.empty(0, np.int64)]
        for index in range(self._index_of_epoch(first_epoch), len(self.segments)):
            segment = self.segments[index]
            last = min(stop, self._last_of(index, stop))
            first = self._end(segment, max(first_epoch, segment.place.epoch))
            ends.append(np.arange(first, last + 1, self._batches(segment), dtype=np.int64))
        return np.concatenate(ends)

    def columns(self, stop: int) -> dict[str, NDArray[np.int64] | NDArray[np.float64]]:
        """Return epoch, batch (both from 1) and learning rate of the first ``stop`` updates.

        Returns
        -------
        dict of ndarray, shape (stop,)
            ``epoch`` and ``batch`` int64, ``learning_rate`` float64.
        """
        epochs, batches = np.zeros(stop, np.int64), np.zeros(stop, np.int64)
        rates = np.zeros(stop)
        for index, segment in enumerate(self.segments):
            here = slice(segment.update, self._last_of(index, stop))
            done = np.arange(here.start, here.stop) - segment.update
            left, a_pass = self._left(segment), self._batches(segment)
            later = done >= left
            epochs[here] = segment.place.epoch + np.where(later, 1 + (done - left) // a_pass, 0)
            batches[here] = np.where(later, (done - left) % a_pass, segment.place.batch + done)
            rates[here] = segment.settings.rate
        return {"epoch": epochs + 1, "batch": batches + 1, "learning_rate": rates}

    def _index(self, update: int) -> int:
        if update >= self.segments[-1].update:  # nearly always
            return len(self.segments) - 1
        return bisect.bisect_right(self.segments, update, key=lambda segment: segment.update) - 1

    def _index_of_epoch(self, epoch: int) -> int:
        """Return the index of the last stretch that an epoch, or a part of it, belongs to."""
        epochs = bisect.bisect_right(self.segments, epoch, key=lambda segment: segment.place.epoch)
        return epochs - 1

    def _last_of(self, index: int, stop: int) -> int:
        """Return the number of updates at a stretch's end; the last one ends at ``stop``."""
        return self.segments[index + 1].update if index + 1 < len(self.segments) else stop

    def _end(self, segment: Segment, epoch: int) -> int:
        later = epoch - segment.place.epoch
        return segment.update + self._left(segment) + later * self._batches(segment)

    def _left(self, segment: Segment) -> int:
        """Return the number of updates left in the epoch in which a stretch begins."""
        return -(-(self._rows - segment.place.row) // segment.settings.batch_rows)

    def _batches(self, segment: Segment) -> int:
        """Return the number of updates in a whole epoch of a stretch."""
        return -(-self._rows // segment.settings.batch_rows)


class Plan:
    """How a run will go on from where it stands.

    Parameters
    ----------
    epochs : int
        How many epochs it is to have.
    """

    def __init__(self, epochs: int) -> None:
        self.epochs = epochs
        """How many epochs the run is to have."""
        self.waiting: Changes = {}
        """Settings that are to change with the next update."""

    def change(self, changes: Changes, recorded: Settings) -> None:
        """Let changes wait, but not one to the ``recorded`` value; ``epochs`` holds at once."""
        self.epochs = changes.get("epochs", self.epochs)
        if changes.keys() == set(PLAN_SETTINGS):
            return
        waiting = {
            name: value
            for name, value in {**self.waiting, **changes}.items()
            if name not in PLAN_SETTINGS and value != getattr(recorded, name)
        }
        self.waiting = cast("Changes", waiting)

    def extend(self, epochs: int) -> None:
        """Give the run at least this many epochs."""
        self.epochs = max(self.epochs, epochs)

    def cover(self, here: Position, epochs: int | None = None) -> None:
        """Set the number of epochs, the present one if not given, but never below those begun."""
        planned = self.epochs if epochs is None else epochs
        self.epochs = max(planned, here.epoch + (here.batch > 0))

    def settings(self, recorded: Settings) -> Settings:
        """Return settings with the changes that wait."""
        return _with(recorded, **self.waiting, epochs=self.epochs)

    def schedule(self, recorded: Schedule, start: int) -> Schedule:
        """Return the schedule with the changes that wait, from ``start`` updates on.

        If nothing changes, it is the recorded one itself.
        """
        if self.waiting:
            settings = recorded.at(start).settings
            wanted = _with(settings, **self.waiting)
            if wanted != settings:
                return recorded.changed(start, wanted)
        return recorded


@functools.lru_cache(maxsize=16)  # what waits was checked before, and is asked for again and again
def _with(settings: Settings, **changes: Unpack[Changes]) -> Settings:
    return settings.but(**changes)
