"""Runs side by side: what differed, and where each ended."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from linreg_widget.errors import SettingsError
from linreg_widget.messages import say
from linreg_widget.settings import FIELDS, PLAN_SETTINGS, Settings, check_text, whole_number
from linreg_widget.table import clean

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd
    from numpy.typing import NDArray

    from linreg_widget.recording import Path

    from .view import RunView

PRESENT = "#c2500a"
"""The colour of the present run's loss over all rows, on a light page."""

_SECONDS = 0.5  # for losses over all rows at checkpoints
_COLOURS = ("#7b3fa0", "#0b7a75", "#9a7a00", "#b0256b", "#4a5a6a", "#5f7d16")


@dataclass(frozen=True, eq=False)
class Outcome:
    """Where a run stands."""

    name: str
    """Its settings, or what it was called."""
    settings: Settings
    """The settings it ended with."""
    changes: int
    """How often its settings were changed on the way, or w and b set by hand."""
    updates: int
    """How many updates it had made."""
    epochs: int
    """How many whole epochs that is."""
    status: str
    """How it ended: paused, finished, diverged."""
    loss: float
    """The loss over the whole table there."""
    distance: float
    """How many times the least-squares loss that is."""
    colour: str
    """Its colour on a light page, as "#rrggbb"."""
    held_out: float
    """The loss over the rows held out; NaN if none are."""


@dataclass(frozen=True, eq=False)
class KeptRun(Outcome):
    """A run as it stood when it was kept for comparison."""

    curve: tuple[NDArray[np.int64], NDArray[np.float64]]
    """Updates (k,), and the loss over the whole table after each (k,)."""
    path: Path
    """Where its w and b went."""


def kept_of(view: RunView, name: str | None) -> KeptRun:
    """Return a run to keep beside others, by a name of its own and in a colour that few have.

    Raises
    ------
    SettingsError
        If the name is no text.
    """
    now = outcome_of(view, name)
    path = view.recording.path(stop=now.updates)
    updates, losses = view.full_losses(_SECONDS)
    past = updates < now.updates
    used = [run.colour for run in view.kept]
    mine = {
        "name": _other_name(now.name, {run.name for run in view.kept}),
        "colour": min(_COLOURS, key=used.count),
    }
    curve = (np.append(updates[past], now.updates), np.append(losses[past], now.loss))
    return KeptRun(**{**vars(now), **mine}, curve=curve, path=path)


def without(kept: tuple[KeptRun, ...], index: object) -> tuple[KeptRun, ...]:
    """Return the kept runs without one, counted from 0.

    Raises
    ------
    SettingsError
        If there is none of this number.
    """
    place = whole_number("index", index, 0)
    if place >= len(kept):
        raise SettingsError(say("moments.kept", index=place, runs=len(kept)))
    return kept[:place] + kept[place + 1 :]


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


def outcome_of(view: RunView, name: str | None) -> Outcome:
    """Return where a run stands, by its settings if it has no name.

    Raises
    ------
    SettingsError
        If the name is no text.
    """
    if name is not None:
        check_text("name", name)
    recording, here, loss = view.recording, view.position, view.loss()
    update = here.update
    held = recording.segment_at(update - 1).settings if update else view.settings
    return Outcome(
        name=clean(name or "") or _name_of(held),
        settings=held,
        changes=sum(segment.update < update for segment in recording.segments[1:])
        + sum(edit <= update for edit in recording.edited),
        updates=update,
        epochs=here.epoch,
        status=view.status,
        loss=loss,
        distance=view.insight.distance(loss),
        held_out=view.held_out_loss(),
        colour=PRESENT,
    )


def differing(runs: Sequence[Outcome]) -> list[str]:
    """Return the names of the settings in which runs differ, those of the plan aside."""
    names = [name for name in FIELDS if name not in PLAN_SETTINGS]
    return [name for name in names if len({getattr(run.settings, name) for run in runs}) > 1]


def to_frame(runs: Sequence[Outcome]) -> pd.DataFrame:
    """Return runs side by side, as a DataFrame; see ``RunView.comparison``."""
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
            "held_out": run.held_out,
        }
        for run in runs
    ]
    frame = pd.DataFrame(rows)
    return frame if frame["held_out"].notna().any() else frame.drop(columns="held_out")
