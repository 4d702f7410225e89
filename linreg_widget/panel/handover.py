"""What the page's own engine needs to train without a kernel: the rows, and the run's history.

A run of the article's update is a pure function of rows, settings, seed and what was set by hand.
So these few facts are all that a page needs to repeat the run and to continue it, without a tape.

Most tables hold numbers with few digits. A column of whole numbers, or of numbers with few
decimals, takes one or two bytes per number instead of four, and stays the same to the last bit.
"""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING, Annotated, Literal, TypedDict

import numpy as np
from numpy.typing import NDArray

from linreg_widget.quiet import quietly
from linreg_widget.settings import FIELDS, STRETCH_SETTINGS, Changes

from .codec import pack

if TYPE_CHECKING:
    from linreg_widget.training import KeptRun, RunView

MOST_BYTES = 110_000
"""The most bytes of a table's numbers and names in the state, which each saved notebook contains:
as many as a tape may have. The page of a larger table plays a tape."""
TIMES_IN_A_PAGE = 36
"""How many times as much a page in one file may have: about four million bytes."""
_MOST_DECIMALS = 4
_MOST_ENTRIES = 2_000  # set by hand
_MOST_STRETCHES = 500


class RowNote(TypedDict):
    """A notice about a table."""

    column: str
    words: str
    collapsed: bool
    """Whether different numbers of the column have all become the same one."""


class Stored(TypedDict):
    """How a column is stored."""

    type: Literal["i1", "i2", "f4"]
    """In which of the arrays: ``bytes``, ``shorts`` or ``floats``."""
    decimals: int
    """The power of ten by which its numbers must be divided."""


class Rows(TypedDict):
    """The names of the table's rows and of all its columns."""

    features: list[str]
    targets: list[str]
    rows: list[str]
    """The names of the rows trained on; empty if they have none."""
    held_out: int
    """How many rows are held out: they come after the others."""
    held_out_rows: list[str]
    """Their names."""
    notes: list[RowNote]
    columns: list[Stored]
    """How the features, and then the targets, are stored."""


class RowArrays(TypedDict):
    """All rows of the table, with the numbers used in training: each row of an array is a column.

    Each array has shape (k, n), for k columns of n rows, rows held out included.
    """

    bytes: NDArray[np.int8]
    shorts: NDArray[np.int16]
    floats: NDArray[np.float32]


class Stretch(TypedDict):
    """Settings that held from some update on."""

    update: int
    """The number of updates before."""
    settings: Annotated[Changes, STRETCH_SETTINGS]


class HandEntry(TypedDict):
    """An entry of w or b as it was set by hand; b has one row."""

    update: int
    """The number of updates before."""
    tensor: str
    row: int
    column: int
    value: float


class Kept(TypedDict):
    """A run that was kept for comparison; its curve is one of the plot's lines."""

    name: str
    settings: Annotated[Changes, FIELDS]
    epochs: int
    """Whole epochs that were made."""
    updates: int
    status: str
    loss: float | None
    """Over all rows; None where it is not finite."""
    distance: float | None
    colour: str


class History(TypedDict):
    """How the recorded run came about; each list is in the order in which it happened."""

    stretches: list[Stretch]
    by_hand: list[HandEntry]
    own_rate: bool
    """Whether the learning rate was chosen, or follows from the table."""
    patience_on: Literal["known", "held_out"]
    """Whose loss ``stop_patience`` is about."""
    kept: list[Kept]


def rows_of(trainer: RunView, times: int = 1) -> tuple[Rows, bytes] | None:
    """Return the table for the page's engine, or None if it is too large.

    Parameters
    ----------
    trainer : RunView
    times : int
        How many times ``MOST_BYTES`` it may have.
    """
    table, held_out, most = trainer.table, trainer.held_out, times * MOST_BYTES
    others = 0 if held_out is None else held_out.rows
    if (table.rows + others) * (table.features + table.outputs) > most:  # a byte each
        return None
    columns = [*table.inputs.T, *table.targets.T]
    if held_out is not None:
        unseen = [*held_out.inputs.T, *held_out.targets.T]
        columns = [np.concatenate(pair) for pair in zip(columns, unseen, strict=True)]
    stored = [_stored(column) for column in columns]
    rows: Rows = {
        "features": [*table.feature_names],
        "targets": [*table.target_names],
        "rows": [*(table.row_names or ())],
        "held_out": others,
        "held_out_rows": [] if held_out is None else [*(held_out.row_names or ())],
        "notes": [
            {"column": note.column, "words": note.words, "collapsed": note.collapsed}
            for note in table.notes
        ],
        "columns": [how for how, _ in stored],
    }
    shape = (-1, table.rows + others)
    arrays = {
        name: np.array([numbers for how, numbers in stored if how["type"] == kind], kind).reshape(
            shape if any(how["type"] == kind for how, _ in stored) else (0, shape[1])
        )
        for name, kind in (("bytes", "i1"), ("shorts", "i2"), ("floats", "f4"))
    }
    data = pack(arrays)
    return None if len(json.dumps(rows)) + len(data) > most else (rows, data)


@quietly
def _stored(column: NDArray[np.float32]) -> tuple[Stored, NDArray[np.generic]]:
    """Return a column in the fewest bytes from which it can be restored to the last bit."""
    for decimals in range(_MOST_DECIMALS + 1):
        scaled = np.rint(column.astype(np.float64) * 10**decimals)
        largest = float(np.abs(scaled).max())
        if not largest < 2**15:
            break
        again = (scaled / 10**decimals).astype(np.float32)
        # Bytes are compared: −0 is not 0.
        if (again + np.float32(0)).tobytes() == column.tobytes():
            if largest < 2**7:
                return {"type": "i1", "decimals": decimals}, scaled.astype(np.int8)
            return {"type": "i2", "decimals": decimals}, scaled.astype(np.int16)
    return {"type": "f4", "decimals": 0}, column


def history_of(trainer: RunView) -> History | None:
    """Return how the run came about, or None if that is too long."""
    recording = trainer.recording
    if len(recording.segments) > _MOST_STRETCHES:
        return None
    by_hand: list[HandEntry] = []
    for update in recording.edited:
        if len(by_hand) + len(recording.by_hand[update]) > _MOST_ENTRIES:
            return None
        by_hand += _set_by_hand(trainer, update)
    return {
        "stretches": [
            {"update": segment.update, "settings": segment.settings.some(STRETCH_SETTINGS)}
            for segment in recording.segments
        ],
        "by_hand": by_hand,
        "own_rate": trainer.has_own_rate,
        "patience_on": trainer.stop.on,
        "kept": [*map(_kept, trainer.kept)],
    }


def _set_by_hand(trainer: RunView, update: int) -> list[HandEntry]:
    saved = trainer.recording.snapshots.before(update).snapshot
    entries = trainer.recording.by_hand[update]
    w, b = (saved.values(name).detach().numpy() for name in ("w", "b"))
    return [
        {
            "update": update,
            "tensor": tensor,
            "row": row,
            "column": column,
            "value": float((w[row] if tensor == "w" else b)[column]),
        }
        for tensor, row, column in sorted(entries, key=lambda one: (one[0] == "b", one))
    ]


def _kept(run: KeptRun) -> Kept:
    return {
        "name": run.name,
        "settings": run.settings.some(FIELDS),
        "epochs": run.epochs,
        "updates": run.updates,
        "status": run.status,
        "loss": _finite(run.loss),
        "distance": _finite(run.distance),
        "colour": run.colour,
    }


def _finite(number: float) -> float | None:
    return number if math.isfinite(number) else None
