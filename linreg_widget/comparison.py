"""Runs side by side: what differed, and where each ended."""

from __future__ import annotations

import dataclasses
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from .errors import SettingsError
from .settings import Settings, rate_text, whole_number
from .state import TrainerState
from .wording import many

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd
    from numpy.typing import NDArray

    from .branches import Path

__all__ = ["Comparing", "KeptRun", "differing"]

_MOST_KEPT = 12


@dataclass(frozen=True, eq=False)
class KeptRun:
    """A run as it stood when it was kept for comparison."""

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
    curve: tuple[NDArray[np.int64], NDArray[np.float64]]
    """Updates (k,), and the loss over the whole table after each (k,)."""
    path: Path
    """Where its w and b went."""


class Comparing(TrainerState):
    """The part of a ``Trainer`` that keeps runs to compare them."""

    kept: tuple[KeptRun, ...] = ()
    """Runs kept for comparison, oldest first, at most twelve."""

    def keep(self, name: str | None = None) -> KeptRun:
        """Keep the run as it stands, for ``comparison()``, and of more than twelve the latest.

        Its settings are its name, if none is given.
        """
        run = self._as_kept(name)
        self.kept = (*self.kept, run)[-_MOST_KEPT:]
        return run

    def forget(self, index: int) -> None:
        """Drop a kept run, counted from 0."""
        index = whole_number("index", index, 0)
        if index >= len(self.kept):
            raise SettingsError(f"index is {index}; {many(len(self.kept), 'run')} are kept.")
        self.kept = self.kept[:index] + self.kept[index + 1 :]

    def comparison(self) -> pd.DataFrame:
        """Return the kept runs and the present one side by side, as a DataFrame.

        Columns: ``run``, those settings in which they differ, ``epochs``, ``updates``, ``changes``
        made on the way, ``status``, ``loss`` over the whole table, and ``times_best``.
        """
        return _to_frame(self.compared())

    def compared(self) -> list[KeptRun]:
        """Return the kept runs, and the present one as "now"."""
        return [*self.kept, self._as_kept("now")]

    def _as_kept(self, name: str | None) -> KeptRun:
        recording, update, loss = self.recording, self._loop.update, self.loss()
        held = recording.segment_at(update - 1).settings if update else self.settings
        updates, losses = self.full_losses(math.inf)
        past = updates <= update
        return KeptRun(
            name=name or _name_of(held),
            settings=held,
            changes=len(recording.segments) - 1 + len(recording.edited),
            updates=update,
            epochs=self.position.epoch,
            status=self.status,
            loss=loss,
            distance=self.insight.distance(loss),
            curve=(np.append(updates[past], update), np.append(losses[past], loss)),
            path=recording.path(stop=update),
        )


def _name_of(settings: Settings) -> str:
    """Name a run by its settings: "learning rate 1e-5, batches of 3, seed 0"."""
    words = [f"learning rate {rate_text(settings.rate)}", f"batches of {settings.batch_rows}"]
    words.append(f"seed {settings.seed}")
    words += ["standardized"] * settings.standardize + ["not shuffled"] * (not settings.shuffle)
    return ", ".join(words)


def differing(runs: Sequence[KeptRun]) -> list[str]:
    """Return the names of the settings in which runs differ, the number of epochs aside."""
    names = [field.name for field in dataclasses.fields(Settings) if field.name != "epochs"]
    return [name for name in names if len({getattr(run.settings, name) for run in runs}) > 1]


def _to_frame(runs: Sequence[KeptRun]) -> pd.DataFrame:
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
