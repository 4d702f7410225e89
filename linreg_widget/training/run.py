"""One run: the loop that makes its updates, and goes back to any of its moments.

Forward it is the article's loop: for each epoch, for each batch, one update. Back it is the same
loop: a run is a pure function of table, settings, seed and update function, so the checkpoint
before a moment is restored and the updates up to it are made again, which gives the same bits.

Whatever interrupts it, the model is left as it was after the last completed update.
"""

from __future__ import annotations

import contextlib
import copy
import math
from collections import deque
from typing import TYPE_CHECKING, Any, Literal, cast

import torch

from linreg_widget import clock
from linreg_widget.messages import say
from linreg_widget.microscope import (
    Fingerprint,
    Specimen,
    as_loss,
    check_fit,
    checked_update_function,
    explained,
    learning,
    straight,
)
from linreg_widget.model import LinearRegression, gradient_update
from linreg_widget.recording import LARGEST, Checkpoint, Plan, Position, Recording, Snapshot
from linreg_widget.settings import Entry

from .batches import Batch, Batches
from .copies import kept
from .held_out import Unseen

if TYPE_CHECKING:
    from collections.abc import Iterator

    from linreg_widget.errors import UpdateError
    from linreg_widget.microscope import UpdateFunction
    from linreg_widget.recording import Schedule
    from linreg_widget.settings import Settings
    from linreg_widget.table import Table

_MOST_SETS = 20  # sets by hand that can be taken back
Look = Literal["now", "later", "never"]
_WALK = 32  # updates to go back one by one until a longer replay is due again


class Run:
    """One run of one table: its model, where it stands, and the record that it leaves.

    Parameters
    ----------
    table : Table
    settings : Settings
        All of them filled in.
    function : generator function
        One gradient update.
    before : Run, optional
        The run before. Its model is taken over, and what it recorded stays as a branch.
    held_out : Table, optional
        Rows that are looked at as each epoch ends.

    All that makes updates raises ``UpdateError`` if the update function raises. The model is not
    set up before the first ``settle()``.
    """

    def __init__(
        self,
        table: Table,
        settings: Settings,
        function: UpdateFunction,
        before: Run | None = None,
        held_out: Table | None = None,
    ) -> None:
        self.table = table
        """The rows that are trained on."""
        self.held_out = held_out
        """Rows that are not."""
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
        self.traced: bool = before is not None and before.traced
        """Whether torch's operations are noted in updates that are looked at."""
        with learning():
            self.batches = Batches(table, settings)
            self.unseen = None if held_out is None else Unseen(held_out, self.batches)
            start = LinearRegression(self.batches.sampling.w, self.batches.sampling.b)
            snapshot = Snapshot(start)
        self.shapes = start.w.shape, start.b.shape
        """Of w and b, which every update must leave."""
        self.model: LinearRegression = start if before is None else before.model
        recorded = None if before is None else before.recording
        self.recording: Recording = Recording(table.rows, settings, snapshot, recorded)
        self.function = function
        """One gradient update."""
        self.fingerprint = Fingerprint(function)
        """Of that function, which may be changed in place."""
        self._ours = function is gradient_update  # which leaves w, b and torch's modes as they are
        self._before_sets: deque[dict[str, Any]] = deque(maxlen=_MOST_SETS)
        self._suspended: Specimen | None = None
        self._last: Specimen | None = None  # under way, or complete: what was looked at last
        self.whole = False
        """Whether the model is what ``update`` and ``phases`` say; not while updates are made."""

    # ---- where it stands ---------------------------------------------------------------------

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

    # ---- forward -----------------------------------------------------------------------------

    def train(self, stop: int, deadline: float = math.inf, look: Look = "now") -> None:
        """Make updates until ``stop`` are done, time is up, the run diverges or is to halt.

        Parameters
        ----------
        stop : int
            An update under way is finished in any case.
        deadline : float
            A time of ``clock.now``, in seconds; at least one update is made.
        look : {"now", "later", "never"}
            Whether the last update is made phase by phase, so that it can be looked at. Later:
            perhaps nobody will; then the article's own is made again from a copy made before.
        """
        with self._keeping():
            while self._suspended is not None:
                self._resume()
            if not self.diverged and self.update < stop:
                self._make(stop, deadline, look)
                self.plan.cover(self.position)

    def step_phase(self) -> None:
        """Make one more phase."""
        with self._keeping():
            self._resume()

    def set_by_hand(self, numbers: dict[str, torch.Tensor]) -> None:
        """Let w or b, by name, be others from here on; an update under way is left."""
        before = kept(self)
        if self.phases:
            self.go_to(self.update)
        with self._keeping():
            changed = frozenset[Entry]()
            with torch.no_grad():
                for name, new in numbers.items():
                    old = getattr(self.model, name).detach()
                    other = torch.atleast_2d(old != new).nonzero().tolist()
                    changed |= {(name, row, column) for row, column in other}
                    old.copy_(new)
            self.recording.set_by_hand(self.update, Snapshot(self.model), changed)
        self._before_sets.append(before)

    def leave(self, settings: Settings) -> None:
        """Go on from here with other settings, whatever was recorded and changed later on."""
        with self._keeping():
            changed = self.recording.schedule.changed(self.update, settings)
            self.recording.change_settings(self.update, changed)
            self.plan.waiting = {}

    def _make(
        self, stop: int, deadline: float = math.inf, look: Look = "now", *, replay: bool = False
    ) -> None:
        self._drain(stop - (look != "never"), deadline, replay=replay)
        if look == "never" or self.update >= stop or (self.diverged and not replay):
            return
        if look == "later" and self._ours:
            rate = self._begin_update(replay=replay)  # which checks what is marked
            self._mark_near()
            ((x, y),) = self.batches.cut(self.recording.schedule, self.update, self.update + 1)
            self._took(straight(self.function)(self.model, x, y, rate))
        else:
            self._last = self._begun(replay=replay)
            self._took(self._last.finish())

    def _drain(self, stop: int, deadline: float, *, replay: bool) -> None:
        while self.update < stop:
            rate, goal = self._begin_update(replay=replay), self.update
            batches = self.batches.cut(self.recording.schedule, self.update, stop)
            self._update_with(batches, rate, deadline, replay=replay)
            if self.update < goal + len(batches) or self.diverged:
                return

    def _update_with(
        self, batches: list[Batch], rate: float, deadline: float, *, replay: bool
    ) -> None:
        """Make an update with each batch, unless it is to halt or time is up."""
        model, whole_update, recording = self.model, straight(self.function), self.recording
        timed, quiet = deadline < math.inf, self._quiet_until
        for x, y in batches:
            if not replay and (self.halt or (timed and clock.now() >= deadline)):
                return
            loss, update = whole_update(model, x, y, rate), self.update
            if recording.updates == update < quiet and -LARGEST <= loss <= LARGEST:
                recording.append(loss)
                self.update = update + 1
                continue
            self._took(loss)
            if self.update == recording.diverged_at:
                return
            quiet = self._quiet_until

    @property
    def _quiet_until(self) -> int:
        """From which update on more is to be done after one than to note its loss."""
        return self.recording.snapshots.due - 1 if self._ours and self.unseen is None else 0

    def _begin_update(self, *, replay: bool) -> float:
        """Return the next update's learning rate; unless it is a replay, what waits takes hold."""
        recording = self.recording
        if not replay:
            schedule = self.schedule
            if schedule is not recording.schedule:
                recording.change_settings(self.update, schedule)
            self.plan.waiting = {}
            self.plan.extend(schedule.locate(self.update).epoch + 1)
        check_fit(self.model, *self.shapes)
        code = self.fingerprint.now()
        if self.update < recording.updates:
            recording.check_code(self.update, code)
        elif not (replay and self.update) and recording.made_with(code) and self.update:
            # No replay leads over here, so there is a checkpoint, as where w or b are set by hand.
            recording.snapshots.insert(Checkpoint(self.update, Snapshot(self.model), by_hand=True))
            checked_update_function(self.function)
        return recording.segment_at(self.update).settings.rate

    def _begun(self, *, replay: bool) -> Specimen:
        """Return the next update, not yet started."""
        self._begin_update(replay=replay)
        return self._next(self.recording.schedule)

    def _next(self, schedule: Schedule) -> Specimen:
        update, rate = self.update, schedule.at(self.update).settings.rate
        ((x, y),) = self.batches.cut(schedule, update, update + 1)
        begun = self.function(self.model, x, y, rate)
        rows = self.batches.rows(schedule, update)
        return Specimen(begun, self.model, update + 1, rows, traced=self.traced)

    def _resume(self, *, replay: bool = False) -> None:
        """Resume the update under way, or begin one, up to its next yield or its end."""
        if self._suspended is None:
            self._last = self._suspended = self._begun(replay=replay)
        try:
            self.phases.append(self._suspended.resume())
        except StopIteration as end:
            self._suspended, self.phases = None, []
            self._took(as_loss(end.value))

    def _took(self, loss: float) -> None:
        """Note an update that was just made."""
        recording, update = self.recording, self.update
        if not self._ours:
            check_fit(self.model, *self.shapes)
        if update < recording.updates:
            recording.compare(update, loss, self.fingerprint.now, own=not self._ours)
        elif -LARGEST <= loss <= LARGEST:
            recording.append(loss)
        else:
            self._diverge(loss)
            return
        self.update = update = update + 1
        if update in recording.edited or update in recording.given:
            recording.snapshots.before(update).snapshot.restore(self.model)
        if self.unseen is not None:
            self.unseen.look(recording, update, self.model)
        if update >= recording.snapshots.due:
            recording.snapshots.add(Checkpoint(update, Snapshot(self.model)))

    def _diverge(self, loss: float) -> None:
        """Stop after the first update whose loss is not finite, or before it if w or b are not."""
        self.go_to(self.update)
        self.whole = False
        if all(bool(torch.isfinite(tensor).all()) for tensor in (self.model.w, self.model.b)):
            self._last = self._begun(replay=True)
            self._last.finish()
            self.recording.append(loss if math.isnan(loss) else math.copysign(math.inf, loss))
            self.update += 1
        self.recording.diverged_at = self.update

    @contextlib.contextmanager
    def _keeping(self) -> Iterator[None]:
        """Whatever is raised inside, go back to the last completed update: nothing is torn."""
        epochs = self.plan.epochs
        try:
            self.settle()
            self.failure, self.whole = None, False
            with learning():
                yield
            self.whole = True
        except BaseException as error:
            what = say("updates.this", update=self.update + 1)
            self.go_to(self.update)
            self.plan.cover(self.position, epochs)
            if not isinstance(error, Exception):
                raise  # an interrupt
            self.failure = explained(error, self.function, what)
            raise self.failure from (None if self.failure is error else error)

    # ---- back, and anywhere ------------------------------------------------------------------

    def go_to(self, update: int, phases: int = 0, *, look: bool = False) -> None:
        """Go to a recorded moment: after so many updates, and so many phases of the next one.

        To ``look`` at the last update it is made again, even if its end is at hand. Where the
        update function does not do again what it did, that ends at the checkpoint before.
        """
        try:
            self.whole, self.failure = False, None
            with learning():
                self.drop()
                mark = self._restore(update - 1 if look and update else update)
                if update - mark.update > 2 * _WALK:
                    self._make(update - _WALK, look="never", replay=True)
                    self._mark_near()
                self._make(update, replay=True)
                while len(self.phases) < phases and self.update == update:
                    self._resume(replay=True)
            self.whole = True
        except BaseException as error:
            what = say("updates.again", update=self.update + 1)
            with learning():
                self.drop()
                self._restore(update)
                if look and not isinstance(error, Exception):  # it was to stay where it is
                    self._make(update, look="never", replay=True)
            self.whole = True
            if not isinstance(error, Exception):
                raise  # an interrupt
            self.failure = explained(error, self.function, what)
            raise self.failure from (None if self.failure is error else error)

    def go_back_phase(self) -> None:
        """Go back by one phase, to that before the last one of the update before if need be."""
        if self.phases:
            self.go_to(self.update, len(self.phases) - 1)
        elif self.update:
            self.enter(len(self.phase_names(self.update - 1)))

    def phase_names(self, update: int) -> list[str]:
        """Return the phases of the update after ``update`` updates, and go to its beginning."""
        self.go_to(update)
        with self._keeping(), contextlib.closing(self._begun(replay=True)) as specimen:
            here = Snapshot(self.model)
            specimen.finish()
            here.restore(self.model)
        return specimen.phases

    def enter(self, phases: int) -> None:
        """Go into the next update, which is recorded, by so many phases."""
        update = self.update
        with self._keeping():
            while len(self.phases) < phases and self.update == update:
                self._resume(replay=True)

    def specimen(self) -> Specimen:
        """Return the update under way, or else the one just made; at the start the first one.

        After a failure it is the one that failed, as it began; where w and b were just set by hand,
        the one that waits.
        """
        fresh = not self.update or self.update in self.recording.edited
        if self.failure is not None or (fresh and not self.phases):
            return self._next(self.schedule)
        last = self._last
        if last is None or (last.number, last.ended) != (self.next_update, not self.phases):
            self.go_to(self.update, len(self.phases), look=True)
            last = self._last
        return cast("Specimen", last)

    def walk_to(self, update: int, phases: int) -> None:
        """Go on to a recorded moment phase by phase; if there is no such phase, to the next one."""
        with learning():
            while self.update <= update and (self.update, len(self.phases)) != (update, phases):
                self._resume(replay=True)

    def twin(self) -> Run:
        """Return a second run like this one, with a model of its own, that leaves no trace here."""
        twin: Run = copy.copy(self)
        twin.model = copy.copy(self.model)
        vars(twin.model).clear()  # it is filled from the checkpoints
        twin.recording, twin.plan = copy.copy(self.recording), copy.copy(self.plan)
        twin.phases, twin.failure, twin.whole = [], None, False
        twin._suspended = twin._last = None
        twin.go_to(0)
        return twin

    @property
    def can_take_back(self) -> bool:
        """Whether something in the run as it is was set by hand, at most twenty times ago."""
        sets = self._before_sets
        return bool(sets) and sets[-1]["update"] in self.recording.edited

    def take_back(self) -> None:
        """Be where and what it was before the last set by hand; what came since is a branch."""
        before = self._before_sets.pop()
        self.drop()
        before["recording"].come_back(self.recording, before["update"])
        self.whole, self.recording = False, before["recording"]
        self.come_to(before)

    def come_to(self, state: dict[str, Any]) -> None:
        """Stand where ``kept`` was asked, in the recording of then, which is this run's already."""
        self.update = state["update"]
        if state["here"] is None:
            self.go_to(self.update, state["phases"])
        else:
            with learning():
                state["here"].restore(self.model)
            self.whole = True
        self.failure = state["failure"]

    def mark(self) -> None:
        """Keep a checkpoint here, out of turn, so that what comes next is near."""
        self.recording.snapshots.insert(Checkpoint(self.update, Snapshot(self.model)))

    def _mark_near(self) -> None:
        """Keep a checkpoint here until another one is nearer to where the run goes."""
        self.recording.snapshots.spare = Checkpoint(self.update, Snapshot(self.model))

    def settle(self) -> None:
        """Go to the last completed update, if an interrupt hit even the way back to it."""
        if not self.whole:
            self.go_to(self.update)

    def drop(self) -> None:
        """Leave the update under way."""
        if self._suspended is not None:
            self.whole = False
            with contextlib.suppress(Exception):
                self._suspended.close()
        self._suspended, self._last, self.phases = None, None, []

    def _restore(self, update: int) -> Checkpoint:
        """Go to the checkpoint at or before a moment, and return it."""
        mark = self.recording.snapshots.before(update)
        mark.snapshot.restore(self.model)
        self.update = mark.update
        return mark
