"""What happened in a run: its losses, checkpoints to return to, and the branches left behind.

A run is a pure function of table, settings, seed and update function, so little has to be kept:
four bytes for each update's loss, the stretches of constant settings, and now and then a snapshot
of the model. Any moment in between is reproduced, bit for bit, by replay from the snapshot before.

An interrupt may end any of the methods at any line. So each method makes its new values first, and
then puts them in place one assignment at a time, in an order in which every step leaves a valid
record.
"""

from __future__ import annotations

import copy
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from linreg_widget.errors import UpdateError
from linreg_widget.messages import say
from linreg_widget.quiet import quietly
from linreg_widget.wording import told_apart

from .changes import difference_of
from .checkpoints import Checkpoint, Checkpoints, Path, path_of
from .envelope import Thinned
from .schedule import Schedule, Segment

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import pandas as pd
    from numpy.typing import NDArray

    from linreg_widget.settings import Entry, Settings

    from .checkpoints import Snapshot

LARGEST = float(np.finfo(np.float32).max)  # a loss above is infinite in the record
_LONGEST_FIRST_STRIDE = 64
_MOST_ON_PATH = 100  # moments of a branch whose w and b are kept
_MOST_PARAMETERS = 100_000  # numbers of them
_MOST_BRANCHES = 20
_MOST_BRANCH_BYTES = 16 * 2**20
_SAME_LOSSES = 1e-6  # of them: as much as sums of 32-bit numbers differ in another order

_T = TypeVar("_T")


@dataclass(frozen=True, eq=False)
class Branch:
    """A future that was recorded once and then left, by a change of settings or a reset.

    Examples
    --------
    >>> trainer = Trainer(crop_yields(), learning_rate=1e-6)
    >>> trainer.run()
    >>> trainer.seek(100)
    >>> trainer.change(learning_rate=1e-5)
    >>> trainer.step()
    >>> trainer.recording.branches
    (Branch 'learning rate 1e-6': 150 updates from update 100 on, last batch loss ...,)
    """

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

    def __post_init__(self) -> None:
        self.losses.flags.writeable = False

    def __reduce__(self) -> tuple[Any, ...]:
        """Rebuild copies, since neither pickle nor deepcopy keeps losses read-only."""
        return type(self), tuple(vars(self).values())

    def __repr__(self) -> str:
        return say(
            "reprs.branch",
            name=repr(self.name),
            updates=len(self.losses),
            start=self.start,
            last=float(self.losses[-1]),
        )


class Recording:
    """The record of one run of a trainer, read from ``trainer.recording``; trainers make it.

    Parameters
    ----------
    rows : int
        Rows in the table.
    settings : Settings
        Those at the start of the run.
    start : Snapshot
        The model before the first update.
    before : Recording, optional
        That of the run before, whose branches are kept and which becomes one itself.

    Examples
    --------
    >>> trainer = Trainer(crop_yields(), learning_rate=1e-5)
    >>> trainer.run()
    >>> trainer.recording.losses.shape, len(trainer.recording.to_frame())
    ((250,), 250)
    """

    def __init__(
        self, rows: int, settings: Settings, start: Snapshot, before: Recording | None = None
    ) -> None:
        self.schedule = Schedule.of(rows, settings)
        """Which settings held when."""
        # As an epoch ends, if epochs are short: the plot shows the full-data loss there.
        stride = min(-(-rows // settings.batch_rows), _LONGEST_FIRST_STRIDE)
        self.snapshots = Checkpoints(Checkpoint(0, start), stride)
        """Moments of the run that can be gone back to."""
        self.diverged_at: int | None = None
        """The number of updates at which loss, w or b was found not finite, if it was."""
        self.version = 0
        """Changes whenever recorded losses were cut off or replaced; appending leaves it."""
        self.branches: tuple[Branch, ...] = ()
        """Futures left behind, oldest first: the latest twenty, of at most 16 MB."""
        self.edited: tuple[int, ...] = ()
        """After how many updates w or b were set by hand, ascending."""
        self.by_hand: dict[int, frozenset[Entry]] = {}
        """Which entries of w and b were set by hand, by the number of updates before."""
        self.codes: tuple[tuple[int, str], ...] = ()
        """From which number of updates on the update function had which fingerprint."""
        self.notices: dict[int, str] = {}
        """Why the run stopped by itself, by the number of updates after which it did."""
        self.held_out: dict[int, float] = {}
        """The loss over the rows held out, by the number of updates, as epochs end."""
        self.given: frozenset[int] = frozenset()
        """After how many updates w and b are those that another process had; see ``adopt``."""
        self.source = ""
        """Where the losses come from, in words, if another process recorded them."""
        self._losses = np.empty(1024, np.float32)
        self._thinned: Thinned | None = None
        self.updates = 0
        """How many updates are recorded."""
        if before is not None:
            first = before.segments[0].settings
            name = difference_of(first, settings) or say("runs.rate", rate=first.rate)
            self.branches = before.branches_without(0, name)
            self.version = before.version + 1

    # ---- what happened -----------------------------------------------------------------------

    @property
    def history(self) -> tuple[int, tuple[int, ...]]:
        """A new object as soon as anything recorded is cut off, replaced or set by hand; hashable.

        While it is the same, all that was recorded is still there, and more may have been added.
        """
        return self.version, self.edited

    def __len__(self) -> int:
        """Return the number of recorded updates."""
        return self.updates

    @property
    def losses(self) -> NDArray[np.float32]:
        """The batch loss of every recorded update, before its step, shape (updates,), read-only."""
        losses = self._losses[: self.updates]
        losses.flags.writeable = False
        return losses

    @property
    def segments(self) -> tuple[Segment, ...]:
        """The stretches of constant settings, in order; the first begins at update 0."""
        return self.schedule.segments

    def segment_at(self, update: int) -> Segment:
        """Return the stretch that the next update after ``update`` updates belongs to."""
        return self.schedule.at(update)

    @property
    def checkpoints(self) -> list[int]:
        """The numbers of updates at which a snapshot of the model is kept, in order."""
        return [checkpoint.update for checkpoint in self.snapshots]

    @property
    def full_losses(self) -> dict[int, float]:
        """Losses over the whole table at checkpoints, as far as they have been worked out."""
        return {
            checkpoint.update: checkpoint.full_loss
            for checkpoint in self.snapshots
            if checkpoint.full_loss is not None
        }

    @property
    def thinned(self) -> Thinned:
        """The losses in few columns; a new object as soon as losses that it had are cut off."""
        thinned = self._thinned = self._thinned or Thinned()
        thinned.batch.extend(self.losses[thinned.batch.count :])
        thinned.epoch.extend(*self.epoch_means(thinned.epoch.count))
        return thinned

    @quietly
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
        # The end of the epoch before is where the first one starts.
        ends = self.schedule.epoch_ends(self.updates, max(first_epoch - 1, 0))
        if first_epoch <= 0:
            ends = np.concatenate([[0], ends])
        starts, ends = ends[:-1], ends[1:]
        if not len(ends):
            return ends, np.empty(0)
        losses = self._losses[starts[0] : ends[-1]].astype(np.float64)
        sums = np.add.reduceat(losses, starts - starts[0])
        return ends, sums / (ends - starts)

    @quietly
    def epoch_mean(self, epoch: int) -> float:
        """Average the batch losses over one completed epoch.

        Parameters
        ----------
        epoch : int
            Counted from 0.
        """
        stop = self.schedule.end_of(epoch)
        start = self.schedule.end_of(epoch - 1) if epoch else 0
        (total,) = np.add.reduceat(self._losses[start:stop].astype(np.float64), [0])
        return float(total / (stop - start))

    @quietly
    def path(self, start: int = 0, stop: int | None = None, *, most: int = 512) -> Path:
        """Return where w and b went, as far as checkpoints tell.

        Parameters
        ----------
        start : int
            The number of updates to begin with; the checkpoint before it is the first.
        stop : int, optional
            The number of updates to end with.
        most : int
            The most moments, evenly chosen.
        """
        marks = [mark for mark in self.snapshots if stop is None or mark.update <= stop]
        return path_of(marks, start, most)

    def sets_by_hand(self, stop: int) -> Path | None:
        """Return the w and b set by hand within this many updates; None if none were."""
        marks = [self.snapshots.before(update) for update in self.edited if update <= stop]
        return path_of(marks, marks[0].update, len(marks)) if marks else None

    @quietly
    def to_frame(self) -> pd.DataFrame:
        """Return a DataFrame with a row for each recorded update, all counted from 1.

        Columns: ``update``, ``epoch``, ``batch``, ``loss`` (of the batch, before the step, float32)
        and ``learning_rate``; and ``held_out``, if rows were: their loss after the step, where an
        epoch ends, else NaN.
        """
        import pandas as pd  # slow to import, and wanted only here

        updates = self.updates  # read once: the page may be training in another thread
        columns = self.schedule.columns(updates)
        frame = pd.DataFrame(
            {
                "update": np.arange(updates) + 1,
                "epoch": columns["epoch"],
                "batch": columns["batch"],
                "loss": self.losses[:updates].copy(),
                "learning_rate": columns["learning_rate"],
            }
        )
        if known := {
            update: loss for update, loss in [*self.held_out.items()] if update <= updates
        }:
            frame["held_out"] = frame["update"].map(known).astype(np.float64)
        return frame

    @quietly
    def __repr__(self) -> str:
        return say(
            "reprs.recording",
            updates=self.updates,
            any=self.updates > 0,
            first=float(self._losses[0]),
            last=float(self._losses[self.updates - 1]),
            changed=len(self.segments) > 1,
            changes=len(self.segments) - 1,
            left=bool(self.branches),
            names=", ".join(branch.name for branch in self.branches),
        )

    def __getstate__(self) -> dict[str, Any]:
        """Return what a copy has: the same snapshots, in lists of its own, and losses of its own.

        Copies in the sense of ``copy`` and ``pickle``, and those of a run that replays.
        """
        updates = self.updates  # read once: the page may be training in another thread
        losses = np.zeros(max(updates, 1), np.float32)  # never empty, since it grows by doubling
        losses[:updates] = self._losses[:updates]
        own = {"updates": updates, "_losses": losses, "snapshots": copy.copy(self.snapshots)}
        own |= {"held_out": dict(self.held_out), "_thinned": None}
        return {**vars(self), **own}

    # ---- what the trainer writes -------------------------------------------------------------

    def append(self, loss: float) -> None:
        """Record the next update's batch loss."""
        count = self.updates
        if count == len(self._losses):
            self._losses = np.concatenate([self._losses, np.empty_like(self._losses)])
        self._losses[count] = loss
        self.updates = count + 1

    def adopt(self, losses: NDArray[np.float32], marks: Sequence[Checkpoint], source: str) -> None:
        """Hold what another process recorded, which cannot be repeated to the last bit.

        Parameters
        ----------
        losses : ndarray, shape (updates,)
        marks : sequence of Checkpoint
            In order. A replay that comes by takes w and b from them.
        source : str
            Where they come from, in words.
        """
        self.source, self.given = source, frozenset(mark.update for mark in marks)
        for mark in marks:
            self.snapshots.insert(mark)
        self._losses = np.concatenate([losses, np.empty(1024, np.float32)], dtype=np.float32)
        self.updates = len(losses)
        self.snapshots.cut(self.updates)

    def made_with(self, code: str) -> bool:
        """Note the update function's fingerprint for the next updates; tell whether it is new."""
        if self.codes and not differ(self.codes[-1][1], code):
            return False
        self.codes = (
            *(known for known in self.codes if known[0] < self.updates),
            (self.updates, code),
        )
        return True

    def check_code(self, update: int, code: str) -> None:
        """Refuse to repeat the update after ``update`` updates with other code.

        Raises
        ------
        UpdateError
            If the update function has changed since.
        """
        made_with = [known for at, known in self.codes if at <= update]
        if made_with and differ(made_with[-1], code):
            raise UpdateError(say("updates.other_code", update=update + 1))

    def compare(self, update: int, loss: float, code: Callable[[], str], *, own: bool) -> None:
        """Compare the repeated update after ``update`` updates with its record.

        Raises
        ------
        UpdateError
            If its loss differs in float32: then the past cannot be reproduced.
        """
        if self.source:
            return  # made elsewhere, with sums in another order
        recorded = float(self._losses[update])
        if abs(loss) <= LARGEST:
            same = recorded == float(np.float32(loss))
        else:
            same = not math.isfinite(recorded)
        if not same:
            self.check_code(update, code())
            self.check_code(max(update - 1, 0), code())
            before, again = told_apart(recorded, loss)
            raise UpdateError(
                say("updates.other_loss", update=update + 1, again=again, before=before, own=own)
            )

    def change_settings(self, update: int, schedule: Schedule) -> None:
        """Follow another schedule from ``update`` updates on; the recorded future is a branch."""
        if update < self.updates:
            settings = schedule.at(update).settings
            name = difference_of(self.schedule.at(update).settings, settings)
            name = name or difference_of(self.segments[-1].settings, settings)
            self.branches = self.branches_without(update, name)
            self.version += 1
        self._cut(update)
        self.schedule = schedule

    def note(self, update: int, words: str) -> None:
        """Note why the run stopped by itself after ``update`` updates; "" if it did not."""
        if self.source and self.notices.get(update) == self.source:
            words = words or self.source  # where another process came to, and stopped
        self.notices = {**self.notices, update: words}

    def set_by_hand(self, update: int, snapshot: Snapshot, changed: frozenset[Entry]) -> None:
        """Set entries by hand after ``update`` updates; the recorded future is a branch."""
        settings = self.schedule.at(update).settings
        if update < self.updates:
            self.branches = self.branches_without(update, say("runs.as_were"))
            self.version += 1
        self._cut(update)
        self.schedule = self.schedule.changed(update, settings)
        self.snapshots.put(Checkpoint(update, snapshot, by_hand=True))
        self.notices = _up_to(self.notices, update - 1)
        self.held_out = _up_to(self.held_out, update - 1)
        earlier = self.by_hand.get(update, frozenset())
        self.by_hand = {**self.by_hand, update: earlier | changed}
        self.edited = (*(known for known in self.edited if known < update), update)

    def come_back(self, now: Recording, update: int) -> None:
        """Hold again, instead of ``now``, whose future from ``update`` updates on is a branch."""
        self.version = now.version + 1
        if update < now.updates:
            left = now.branches_without(update, say("runs.by_hand"))[-1]
            self.branches = _with_branch(self.branches, left)

    def _cut(self, update: int) -> None:
        """Forget what was recorded after ``update`` updates."""
        if update < self.updates:
            self._thinned = None
        self.diverged_at = None
        self.edited = tuple(known for known in self.edited if known <= update)
        self.given = frozenset(known for known in self.given if known <= update)
        self.by_hand = _up_to(self.by_hand, update)
        self.notices = _up_to(self.notices, update)
        self.held_out = _up_to(self.held_out, update)
        self.codes = tuple(known for known in self.codes if known[0] < update)
        self.snapshots.cut(update)
        self.updates = update

    @quietly
    def branches_without(self, update: int, name: str) -> tuple[Branch, ...]:
        """Return the branches there will be when the future from ``update`` updates on is left."""
        if update >= self.updates:
            return self.branches
        losses = self._losses[update : self.updates].copy()
        start = self.snapshots.before(update).snapshot
        size = start.values("w").numel() + start.values("b").numel()
        path = self.path(update, most=max(2, min(_MOST_ON_PATH, _MOST_PARAMETERS // size)))
        return _with_branch(self.branches, Branch(update, losses, self.segments, name, path))


def differ(one: str, other: str) -> bool:
    """Tell whether two fingerprints are of different code; one of another Python tells nothing."""
    return one != other and one.partition(":")[0] == other.partition(":")[0]


def _up_to(kept: dict[int, _T], update: int) -> dict[int, _T]:
    return {known: value for known, value in kept.items() if known <= update}


def _with_branch(branches: tuple[Branch, ...], new: Branch) -> tuple[Branch, ...]:
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


def _begins(whole: NDArray[np.float32], part: NDArray[np.float32]) -> bool:
    """Tell whether ``part`` is how ``whole`` begins, as far as anybody could see."""
    if len(part) > len(whole):
        return False
    start = whole[: len(part)].astype(np.float64)
    return np.allclose(part.astype(np.float64), start, rtol=_SAME_LOSSES, atol=0, equal_nan=True)
