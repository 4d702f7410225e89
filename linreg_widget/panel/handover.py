"""What the page's own engine needs to train where no kernel does: rows, and the run's history.

A run of the article's update is a pure function of rows, settings, seed and what was set by hand.
So these few facts are all that a page carries to make it again and to go on, in place of a tape.
"""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING, TypedDict

import numpy as np
from numpy.typing import NDArray

from .codec import pack

if TYPE_CHECKING:
    from linreg_widget.table import Table
    from linreg_widget.training import KeptRun, RunView

__all__ = [
    "MOST_BYTES",
    "HandEntry",
    "History",
    "Kept",
    "RowArrays",
    "RowNote",
    "Rows",
    "Stretch",
    "history_of",
    "rows_of",
]

MOST_BYTES = 100_000
"""Of a table's numbers and names. One that has more is not in the state: its page plays a tape."""
_MOST_ENTRIES = 2_000  # set by hand
_MOST_STRETCHES = 500


class RowNote(TypedDict):
    """What is to be known of a table, in a sentence."""

    column: str
    words: str
    collapsed: bool
    """Whether different numbers of the column have all become the same one."""


class Rows(TypedDict):
    """The names of the table's rows and of all its columns."""

    features: list[str]
    targets: list[str]
    rows: list[str]
    """None where rows have no names."""
    notes: list[RowNote]


class RowArrays(TypedDict):
    """All rows of the table, as they are trained on."""

    inputs: NDArray[np.float32]
    """Shape (n, d)."""
    targets: NDArray[np.float32]
    """Shape (n, t)."""


class Stretch(TypedDict):
    """Settings that held from some update on."""

    update: int
    """The updates before it."""
    learning_rate: float
    batch_size: int
    shuffle: bool


class HandEntry(TypedDict):
    """An entry of w or b as it was set by hand; b has one row."""

    update: int
    """The updates before that."""
    tensor: str
    row: int
    column: int
    value: float


class Kept(TypedDict):
    """A run that was kept for comparison; its curve is one of the plot's lines."""

    name: str
    learning_rate: float
    epochs: int
    batch_size: int
    seed: int
    shuffle: bool
    standardize: bool
    done: int
    """Whole epochs."""
    updates: int
    status: str
    loss: float | None
    """Over all rows; None where it is not finite."""
    distance: float | None
    colour: str


class History(TypedDict):
    """How the run came to what is recorded of it; each list in the order in which it happened."""

    stretches: list[Stretch]
    by_hand: list[HandEntry]
    own_rate: bool
    """Whether the learning rate was chosen, or follows from the table."""
    kept: list[Kept]


def rows_of(trainer: RunView) -> tuple[Rows, bytes] | None:
    """Return the table for the page's engine; None if the table is too large, or has rows held out.

    Parameters
    ----------
    trainer : RunView
    """
    table = trainer.table
    numbers = table.rows * (table.features + table.outputs)
    if trainer.held_out is not None or numbers * 4 > MOST_BYTES:
        return None
    rows, arrays = _rows(table)
    if len(json.dumps(rows)) + len(arrays) > MOST_BYTES:
        return None
    return rows, arrays


def _rows(table: Table) -> tuple[Rows, bytes]:
    rows: Rows = {
        "features": [*table.feature_names],
        "targets": [*table.target_names],
        "rows": [*(table.row_names or ())],
        "notes": [
            {"column": note.column, "words": note.words, "collapsed": note.collapsed}
            for note in table.notes
        ],
    }
    arrays: RowArrays = {"inputs": table.inputs, "targets": table.targets}
    return rows, pack(arrays)


def history_of(trainer: RunView) -> History | None:
    """Return how the run came about; None where that is too long to be told.

    Parameters
    ----------
    trainer : RunView
    """
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
            {
                "update": segment.update,
                "learning_rate": segment.settings.rate,
                "batch_size": segment.settings.batch_rows,
                "shuffle": segment.settings.shuffle,
            }
            for segment in recording.segments
        ],
        "by_hand": by_hand,
        "own_rate": trainer.has_own_rate,
        "kept": [*map(_kept, trainer.kept)],
    }


def _set_by_hand(trainer: RunView, update: int) -> list[HandEntry]:
    saved = trainer.recording.snapshots.before(update).snapshot
    w, b = (saved.values(name).detach().numpy() for name in ("w", "b"))
    return [
        {
            "update": update,
            "tensor": tensor,
            "row": row,
            "column": column,
            "value": float((w[row] if tensor == "w" else b)[column]),
        }
        for tensor, row, column in sorted(trainer.recording.by_hand[update], key=_order)
    ]


def _order(entry: tuple[str, int, int]) -> tuple[bool, int, int]:
    tensor, row, column = entry
    return tensor == "b", row, column


def _kept(run: KeptRun) -> Kept:
    held = run.settings
    return {
        "name": run.name,
        "learning_rate": held.rate,
        "epochs": held.epochs,
        "batch_size": held.batch_rows,
        "seed": held.seed,
        "shuffle": held.shuffle,
        "standardize": held.standardize,
        "done": run.epochs,
        "updates": run.updates,
        "status": run.status,
        "loss": _finite(run.loss),
        "distance": _finite(run.distance),
        "colour": run.colour,
    }


def _finite(number: float) -> float | None:
    return number if math.isfinite(number) else None
