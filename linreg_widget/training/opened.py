"""A run that a script for several processes wrote, as a trainer with the losses as recorded.

The file is ``.npz`` without pickle: losses, w and b at checkpoints, and what determines the run.
Between two checkpoints, updates are repeated here by one process. It adds up in a different order,
so their losses agree with the recorded ones to about six digits, not to the last bit; how well is
measured when the file is opened, and said.
"""

from __future__ import annotations

import json
import math
import os
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

import numpy as np
import torch

from linreg_widget.errors import LinregError, SettingsError
from linreg_widget.messages import say
from linreg_widget.microscope import learning
from linreg_widget.model import LinearRegression, mse_loss
from linreg_widget.quiet import quietly
from linreg_widget.recording import Checkpoint, Position, Snapshot
from linreg_widget.settings import STRETCH_SETTINGS, Settings, whole_number
from linreg_widget.table import Table

from .distributed import FORMAT, NAMES
from .held_out import drawn
from .rowfiles import Columns

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from linreg_widget.recording import Recording, Schedule
    from linreg_widget.settings import Entry

    from .run import Run
    from .trainer import Trainer

T = TypeVar("T", bound="Trainer")

_ALIKE = 1e-3  # relative: losses further apart are of other rows, not of another order of adding
_ROUNDED = 8  # times the root of the loss that rounding alone can leave
_DIGITS = 7  # that a float32 has
_MOST_MARKS = 512  # checkpoints taken over
# What reading a file may raise, whatever is in it.
_UNREADABLE = (
    *(OSError, ValueError, KeyError, TypeError, AttributeError, EOFError, NotImplementedError),
    *(zipfile.BadZipFile, RecursionError, MemoryError),
)
_SHOWN = 60  # signs of what a file says it is
_TRIED = 4  # of them from which an update is made again, to compare it


class _Content(NamedTuple):
    """What a file holds, checked."""

    about: dict[str, Any]
    """What the run follows from."""
    processes: int
    diverged: bool
    """Whether loss, w or b were no longer finite at the end."""
    losses: NDArray[np.float32]
    """Batch losses, (updates,)."""
    updates: NDArray[np.int64]
    """After how many updates a checkpoint was made, ascending, (k,)."""
    w: NDArray[np.float32]
    """The weights there, (k, t, d)."""
    b: NDArray[np.float32]
    """The biases there, (k, t)."""
    rows: dict[str, NDArray[np.float32]]
    """The rows, if the script had them in it."""


@quietly
def opened(kind: type[T], file: object, table: object = None) -> T:
    """Return a trainer at the end of a run that a script wrote.

    Parameters
    ----------
    kind : type of Trainer
    file : path
    table : anything that ``Table.of`` takes, optional
        All rows of the run, if they are neither in the file nor where it says.

    Raises
    ------
    SettingsError
        If the file is not such a run, or the rows are those of another one.
    """
    if not isinstance(file, str | os.PathLike):
        raise SettingsError(say("scripts.path", file=repr(file)))
    path = str(os.fspath(file))
    content = _content(path)
    try:
        start = _settings(content.about, content.about["settings"])
        rows, held_out = _tables(path, content, None if table is None else Table.of(table))
        trainer = kind(rows, start, held_out=held_out)
        segments = trainer.recording.schedule
        for update, settings in _stretches(content.about):
            segments = segments.changed(update, settings)
        trainer.__setstate__(_state(trainer, content, segments, path))
    except (LookupError, TypeError, ValueError, AttributeError, OverflowError) as error:
        if isinstance(error, LinregError):
            raise
        raise _no_run(path, say("scripts.missing", name=str(error))) from None
    return trainer


def _content(path: str) -> _Content:
    try:
        with zipfile.ZipFile(path) as parts:  # a script writes them plain, so none can swell
            if any(part.compress_type != zipfile.ZIP_STORED for part in parts.infolist()):
                raise _no_run(path, say("scripts.packed"))
        with np.load(path, allow_pickle=False) as file:
            arrays = {name: file[name] for name in file.files}
        about = json.loads(str(arrays["about"]))
    except LinregError:
        raise
    except _UNREADABLE as error:
        raise _no_run(path, str(error)) from None
    if not isinstance(about, dict) or about.get("format") != FORMAT:
        found = about.get("format") if isinstance(about, dict) else about
        raise _no_run(path, say("scripts.other_format", format=repr(found)[:_SHOWN]))
    names = [about.get(name) for name in ("feature_names", "target_names")]
    d, t = (len(one) if isinstance(one, list) else 0 for one in names)
    k, n = arrays.get("checkpoints", np.empty(0)).size, arrays.get("losses", np.empty(0)).size
    shapes = {"losses": (n,), "checkpoints": (k,), "w": (k, t, d), "b": (k, t)}
    kinds = {"checkpoints": "iu", "processes": "iu", "diverged": "b"}  # all others: floats
    shapes |= {"processes": (), "diverged": ()}
    for name, shape in shapes.items():
        array = arrays.get(name)
        if array is None or array.shape != shape or array.dtype.kind not in kinds.get(name, "f"):
            raise _no_run(path, say("scripts.missing", name=name))
    updates = arrays["checkpoints"]
    if not k or updates[0] != 0 or (np.diff(updates) <= 0).any() or updates[-1] > n:
        raise _no_run(path, say("scripts.missing", name="checkpoints"))
    w, b, losses = (arrays[name].astype(np.float32) for name in ("w", "b", "losses"))
    processes, diverged = int(arrays["processes"]), bool(arrays["diverged"])
    if processes < 1:
        raise _no_run(path, say("scripts.missing", name="processes"))
    if not np.isfinite(losses[: n - diverged]).all():
        raise _no_run(path, say("scripts.missing", name="losses"))
    parts_of_table = ("inputs", "targets", "unseen_inputs", "unseen_targets")
    rows = {name: arrays[name] for name in parts_of_table if name in arrays}
    return _Content(about, processes, diverged, losses, updates, w, b, rows)


def _settings(about: Mapping[str, Any], stretch: Mapping[str, Any]) -> Settings:
    whole = {name: about[name] for name in ("seed", "standardize", "epochs")}
    return Settings(**whole, **{name: stretch[name] for name in STRETCH_SETTINGS})


def _stretches(about: Mapping[str, Any]) -> list[tuple[int, Settings]]:
    """Return which settings held from which updates on; sets by hand begin a stretch too."""
    return [
        (whole_number("update", int(update), 0), _settings(about, settings))
        for update, settings in sorted(about["changes"].items(), key=lambda one: int(one[0]))
    ]


# ---- the rows ------------------------------------------------------------------------------------


def _tables(path: str, content: _Content, given: Table | None) -> tuple[Table, object]:
    """Return all rows of a run, and which of them are held out."""
    about, rows = content.about, content.rows
    if given is None:
        given = _table(about, *_arrays(path, content))
    d, t = len(about["feature_names"]), len(about["target_names"])
    held, m = about["held"], 0
    held_out: object = None
    if isinstance(held, int):
        m, held = held, drawn(given.rows, min(held, given.rows), about["seed"])
    if held is not None:
        mask = np.zeros(given.rows, dtype=bool)
        mask[[row for row in held if row < given.rows]] = True
        m, held_out = len(held), mask
    elif "unseen_inputs" in rows:
        held_out = _table(about, rows["unseen_inputs"], rows["unseen_targets"], unseen=True)
    if (given.rows, given.features, given.outputs) != (about["rows"] + m, d, t):
        has = f"{given.rows:,}, {given.features:,}, {given.outputs:,}"
        raise SettingsError(
            say("scripts.other_table", rows=about["rows"] + m, features=d, targets=t, has=has)
        )
    if isinstance(held_out, Table):  # a table that was given may have other names
        names = {name: getattr(given, name) for name in NAMES if name not in ("row_names", "name")}
        held_out = replace(held_out, **names)
    return given, held_out


def _arrays(path: str, content: _Content) -> tuple[NDArray[Any], NDArray[Any]]:
    """Return features and targets: from the file, or mapped from those that it names."""
    if content.about["files"] is None:
        return content.rows["inputs"], content.rows["targets"]
    found = []
    for name, first, stop in content.about["files"]:
        beside = Path(path).parent / Path(name).name
        where = beside if beside.exists() and not Path(name).exists() else name
        try:
            found.append(Columns(str(where), first, stop).read())
        except (OSError, ValueError, TypeError, EOFError) as error:
            raise SettingsError(say("scripts.no_rows", file=name, why=error)) from None
    return found[0], found[1]


def _table(
    about: Mapping[str, Any], inputs: NDArray[Any], targets: NDArray[Any], *, unseen: bool = False
) -> Table:
    words: dict[str, Any] = {name: about[name] for name in NAMES}
    if unseen:
        words["row_names"] = about["unseen_row_names"]
    return Table(inputs, targets, **words)


# ---- what was recorded ---------------------------------------------------------------------------


def _state(trainer: Trainer, content: _Content, schedule: Schedule, path: str) -> dict[str, Any]:
    """Return the state of a trainer that has recorded what the file holds, at its end."""
    state, run = trainer.__getstate__(), trainer._run  # noqa: SLF001 - of a trainer just made here
    kept = state["_run"]
    recording: Recording = kept["recording"]
    recording.schedule = schedule
    last, diverged = len(content.losses), content.diverged
    finite = last - (not np.isfinite(content.losses[-1:]).all())
    with learning():
        marks = _marks(content, finite, diverged=diverged)
        digits = _digits(trainer, run, schedule, marks, content.losses[:finite])
        source = say(
            "scripts.opened",
            file=Path(path).name,
            processes=content.processes,
            compared=digits is not None,
            digits=digits or 0,
        )
        recording.made_with(run.fingerprint.now())
        recording.adopt(content.losses, marks, source)
        recording.edited = tuple(mark.update for mark in marks if mark.by_hand)
        everything = frozenset(_entries(content.w.shape[1:]))
        recording.by_hand = dict.fromkeys(recording.edited, everything)
        recording.diverged_at = last if diverged else None
        recording.notices = {last: source}
        for mark in marks:
            if run.unseen is not None and not mark.by_hand:
                mark.snapshot.restore(run.model)
                run.unseen.look(recording, mark.update, run.model)
        kept |= {"update": last, "phases": 0, "here": None}
    place = schedule.locate(last)
    kept["plan"].cover(Position(last, None, place.epoch, place.batch))
    return state


def _marks(content: _Content, last: int, *, diverged: bool) -> list[Checkpoint]:
    """Return the checkpoints up to an update; where w and b were set by hand, with these.

    Raises
    ------
    ValueError
        If w or b is not finite, except where the run diverged, or one set by hand has not the
        model's shape.
    """
    there = np.flatnonzero(content.updates <= last)
    some = there[np.unique(np.linspace(0, len(there) - 1, _MOST_MARKS).round().astype(int))]
    marks = {
        update: Checkpoint(update, _snapshot(update, content.w[at], content.b[at]))
        for at, update in zip(some.tolist(), content.updates[some].tolist(), strict=True)
    }
    for name, (w, b) in content.about["sets"].items():
        if (update := int(name)) <= last:
            numbers = (np.array(w, np.float32), np.array(b, np.float32))
            shapes = (content.w.shape[1:], content.b.shape[1:])
            if tuple(one.shape for one in numbers) != shapes:
                raise ValueError("sets")
            marks[update] = Checkpoint(update, _snapshot(update, *numbers), by_hand=True)
    for update, mark in marks.items():
        values = [mark.snapshot.values(name) for name in ("w", "b")]
        if not (diverged and update == last) and not all(one.isfinite().all() for one in values):
            raise ValueError("w")
    return [marks[update] for update in sorted(marks)]


def _digits(
    trainer: Trainer,
    run: Run,
    schedule: Schedule,
    marks: Sequence[Checkpoint],
    losses: NDArray[np.float32],
) -> int | None:
    """Return to how many digits some repeated updates agree with the recorded losses.

    Raises
    ------
    SettingsError
        If the losses are so far apart that these are not the rows.
    """
    before = [mark for mark in marks if mark.update < len(losses)]
    digits: int | None = None
    for at in np.unique(np.linspace(0, len(before) - 1, _TRIED).round().astype(int)).tolist():
        if not before:
            break
        update = before[at].update
        before[at].snapshot.restore(run.model)
        ((x, y),) = run.batches.cut(schedule, update, update + 1)
        with torch.no_grad():
            again, recorded = float(mse_loss(run.model(x), y)), float(losses[update])
        apart = abs(again - recorded) / max(again, recorded, float(np.finfo(np.float32).tiny))
        if apart > _ALIKE and abs(math.sqrt(again) - math.sqrt(recorded)) > _ROUNDED * math.sqrt(
            trainer.insight.rounding
        ):
            words = say("scripts.other_losses", update=update + 1, again=again, recorded=recorded)
            raise SettingsError(words)
        same = _DIGITS if not apart else min(_DIGITS, max(1, math.floor(-math.log10(apart))))
        digits = same if digits is None else min(digits, same)
    return digits


def _snapshot(update: int, w: NDArray[np.float32], b: NDArray[np.float32]) -> Snapshot:
    model = LinearRegression(torch.tensor(w, device="cpu"), torch.tensor(b, device="cpu"))
    if update:  # as the update before left them
        model.w.grad, model.b.grad = torch.zeros_like(model.w), torch.zeros_like(model.b)
    return Snapshot(model)


def _entries(shape: tuple[int, ...]) -> Iterator[Entry]:
    t, d = shape
    for row in range(t):
        yield "b", 0, row
        for column in range(d):
            yield "w", row, column


def _no_run(path: str, why: str) -> SettingsError:
    return SettingsError(say("scripts.not_a_run", file=path, why=why))
