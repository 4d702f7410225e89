"""Where one run stands: its model, its place among updates and epochs, and what is to come."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from linreg_widget.microscope import Fingerprint, learning
from linreg_widget.model import LinearRegression
from linreg_widget.recording import Plan, Position, Recording, Snapshot

from .batches import Batches

if TYPE_CHECKING:
    from linreg_widget.errors import UpdateError
    from linreg_widget.microscope import Specimen, UpdateFunction
    from linreg_widget.recording import Schedule
    from linreg_widget.settings import Settings
    from linreg_widget.table import Table

__all__ = ["Standing"]


class Standing:
    """One run of one table: its model, where it stands, and the record that it leaves.

    Parameters
    ----------
    table : Table
    settings : Settings
        All of them filled in.
    function : generator function
        One gradient update.
    before : Standing, optional
        The run before. Its model is taken over, and what it recorded stays as a branch.
    """

    def __init__(
        self,
        table: Table,
        settings: Settings,
        function: UpdateFunction,
        before: Standing | None = None,
    ) -> None:
        self.update = 0
        """Completed updates."""
        self.phases: list[str] = []
        """The finished phases of the update under way."""
        self.plan = Plan(settings.epochs)
        """How the run will go on."""
        self.failure: UpdateError | None = None
        """Why the last update was not made, until something else is done."""
        self.halt = False
        """Set, by another thread, to stop after the update under way."""
        with learning():
            self.batches = Batches(table, settings)
            start = LinearRegression(self.batches.sampling.w, self.batches.sampling.b)
            snapshot = Snapshot(start)
        self._shapes = start.w.shape, start.b.shape  # which every update must leave
        self.model: LinearRegression = start if before is None else before.model
        recorded = None if before is None else before.recording
        self.recording: Recording = Recording(table.rows, settings, snapshot, recorded)
        self.function = function
        """One gradient update."""
        self.fingerprint = Fingerprint(function)
        """Of that function, which may be changed in place."""
        self._suspended: Specimen | None = None
        self._last: Specimen | None = None  # under way, or complete: what was looked at last
        self.whole = False
        """Whether the model is what ``update`` and ``phases`` say; not while updates are made."""

    @property
    def settings(self) -> Settings:
        """The settings from here on, with the changes that wait."""
        return self.plan.settings(self.recording.segment_at(self.update).settings)

    @property
    def schedule(self) -> Schedule:
        """How it goes on from here."""
        return self.plan.schedule(self.recording.schedule, self.next_update)

    @property
    def next_update(self) -> int:
        """The number of updates before the next one that is not yet under way."""
        return self.update + (1 if self.phases else 0)

    @property
    def position(self) -> Position:
        """Where the run stands."""
        place = self.recording.schedule.locate(self.update)
        phase = self.phases[-1] if self.phases else None
        return Position(self.update, phase, place.epoch, place.batch)

    @property
    def end_of_epoch(self) -> int:
        """The number of updates when the epoch under way ends, or else the next one."""
        return self.schedule.end_of(self.position.epoch)

    @property
    def notice(self) -> str:
        """Why the run stopped by itself where it stands; it belongs to that place in the run."""
        return "" if self.phases else self.recording.notices.get(self.update, "")

    @property
    def batch_loss(self) -> float:
        """The loss of the last batch: of the update under way once it has it, else of the last one.

        NaN where there is none yet.
        """
        if self._suspended is not None and self.phases:
            return self._suspended.loss
        return float(self.recording.losses[self.update - 1]) if self.update else math.nan

    @property
    def diverged(self) -> bool:
        """Whether the run stands where its numbers are no longer finite."""
        return self.update == self.recording.diverged_at and not self.phases
