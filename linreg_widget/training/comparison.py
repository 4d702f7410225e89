"""Runs side by side: what differed, and where each ended."""

from __future__ import annotations

import dataclasses
import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from linreg_widget.errors import SettingsError
from linreg_widget.messages import say
from linreg_widget.quiet import quietly
from linreg_widget.settings import Settings, whole_number
from linreg_widget.table import clean
from linreg_widget.wording import many

from .turns import in_turn
from .view import TrainerState

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd
    from numpy.typing import NDArray

    from linreg_widget.recording import Path

__all__ = ["PRESENT", "Comparing", "KeptRun", "Outcome", "differing"]

PRESENT = "#c2500a"
"""The colour of the present run's loss over all rows, on a light page."""

_COLOURS = ("#7b3fa0", "#0b7a75", "#9a7a00", "#b0256b", "#4a5a6a", "#5f7d16")
_MOST_KEPT = 12
_SECONDS = 0.5  # for losses over all rows at checkpoints, when a run is kept


@dataclass(frozen=True, eq=False)
class Outcome:
    """Where a run stands."""

    name: str
    """Its settings, or what it was called."""
    settings: Settings
    """Those it ended with."""
    changes: int
    """How often its settings were changed on the way, or w and b set by hand."""
    updates: int
    """How many updates it had made."""
    epochs: int
    """How many whole epochs that is."""
    status: str
    """Where it stood: paused, finished, diverged."""
    loss: float
    """The loss over the whole table there."""
    distance: float
    """How many times the least-squares loss that is."""
    colour: str
    """What it is drawn in on a light page, as "#rrggbb"."""


@dataclass(frozen=True, eq=False)
class KeptRun(Outcome):
    """A run as it stood when it was kept for comparison."""

    curve: tuple[NDArray[np.int64], NDArray[np.float64]]
    """Updates (k,), and the loss over the whole table after each (k,)."""
    path: Path
    """Where its w and b went."""


class Comparing(TrainerState):
    """The part of a ``Trainer`` that keeps runs to compare them."""

    kept: tuple[KeptRun, ...] = ()
    """Runs kept for comparison, oldest first, at most twelve."""

    @in_turn
    @quietly
    def keep(self, name: str | None = None) -> KeptRun:
        """Keep the run as it stands, for ``comparison()``, and of more than twelve the latest.

        Its settings are its name, if none is given.
        """
        updates, losses = self.full_losses(_SECONDS)
        now = self._outcome(name, self._colour())
        now = dataclasses.replace(now, name=_other_name(now.name, {run.name for run in self.kept}))
        past = updates < now.updates
        run = KeptRun(
            **vars(now),
            curve=(np.append(updates[past], now.updates), np.append(losses[past], now.loss)),
            path=self.recording.path(stop=now.updates),
        )
        self.kept = (*self.kept, run)[-_MOST_KEPT:]
        return run

    @in_turn
    def forget(self, index: int) -> None:
        """Drop a kept run, counted from 0."""
        index = whole_number("index", index, 0)
        if index >= len(self.kept):
            raise SettingsError(f"index is {index}; {many(len(self.kept), 'run')} are kept.")
        self.kept = self.kept[:index] + self.kept[index + 1 :]

    @quietly
    def comparison(self) -> pd.DataFrame:
        """Return the kept runs and the present one side by side, as a DataFrame.

        Columns: ``run``, those settings in which they differ, ``epochs``, ``updates``, ``changes``
        made on the way, ``status``, ``loss`` over the whole table, and ``times_best``.
        """
        return _to_frame(self.compared())

    @in_turn
    @quietly
    def compared(self) -> list[Outcome]:
        """Return where the kept runs ended, and as "now" where the present one stands."""
        return [*self.kept, self._outcome("now", PRESENT)]

    def _outcome(self, name: str | None, colour: str) -> Outcome:
        recording, update, loss = self.recording, self._loop.update, self.loss()
        held = recording.segment_at(update - 1).settings if update else self.settings
        return Outcome(
            name=clean(name or "") or _name_of(held),
            settings=held,
            changes=sum(segment.update < update for segment in recording.segments[1:])
            + sum(edit <= update for edit in recording.edited),
            updates=update,
            epochs=self.position.epoch,
            status=self.status,
            loss=loss,
            distance=self.insight.distance(loss),
            colour=colour,
        )

    def _colour(self) -> str:
        """Return the colour that the fewest kept runs have."""
        used = [run.colour for run in self.kept]
        return min(_COLOURS, key=used.count)


def _other_name(name: str, known: set[str]) -> str:
    """Number a name that there is already: "slow (2)"."""
    names = itertools.chain([name], (f"{name} ({count})" for count in itertools.count(2)))
    return next(new for new in names if new not in known)


def _name_of(settings: Settings) -> str:
    """Name a run by its settings: "learning rate 1e-5, batches of 3, seed 0"."""
    return say(
        "runs.name",
        rate=settings.rate,
        batch=settings.batch_rows,
        seed=settings.seed,
        standardize=settings.standardize,
        shuffle=settings.shuffle,
    )


def differing(runs: Sequence[Outcome]) -> list[str]:
    """Return the names of the settings in which runs differ, the number of epochs aside."""
    names = [field.name for field in dataclasses.fields(Settings) if field.name != "epochs"]
    return [name for name in names if len({getattr(run.settings, name) for run in runs}) > 1]


def _to_frame(runs: Sequence[Outcome]) -> pd.DataFrame:
    import pandas as pd  # slow to import, and wanted only here

    rows: list[dict[str, Any]] = [
        {
            "run": run.name,
            **{name: getattr(run.settings, name) for name in differing(runs)},
            "epochs": run.epochs,
            "updates": run.updates,
            "changes": run.changes,
            "status": run.status,
            "loss": run.loss,
            "times_best": run.distance,
        }
        for run in runs
    ]
    return pd.DataFrame(rows)
