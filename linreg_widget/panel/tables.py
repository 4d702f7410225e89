"""Other tables in the same panel: drawn point by point, or pasted; and the way back.

A table never changes. So whatever is drawn or pasted makes a new one, and a new trainer for it,
with the settings of the trainer before, which stays as it was while undo can return to it.
"""

from __future__ import annotations

import math
from collections import deque
from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple, get_args

import numpy as np

from linreg_widget.errors import LinregError, TableError
from linreg_widget.messages import say
from linreg_widget.quiet import quietly
from linreg_widget.table import Role, Table, name_row
from linreg_widget.training import Trainer, successor

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from linreg_widget.table import Draft

    from .requests import WireDraft

MOST_POINTS = 500
"""As many rows as the page shows of a table: what is not seen cannot be drawn."""
_MOST_BEFORE = 20  # trainers that can be gone back to
_COLUMNS, _NOTES, _LETTERS, _WORDS = 40, 12, 60, 600  # of a draft, at most


class _Before(NamedTuple):
    """A trainer to which undo can return."""

    trainer: Trainer
    control: str
    """The control with which its table was left: "draw" or "paste"."""


class Tables:
    """The trainers that a panel has had, and what makes the next one."""

    def __init__(self) -> None:
        self._before: deque[_Before] = deque(maxlen=_MOST_BEFORE)

    # ---- there and back ----------------------------------------------------------------------

    def undoes(self, trainer: Trainer) -> str:
        """Return the control by which that was done which an undo would take back, or ""."""
        if trainer.can_undo:
            return "set"
        return self._before[-1].control if self._before else ""

    def back(self) -> Trainer:
        """Return the trainer before, which is no longer noted."""
        return self._before.pop().trainer

    # ---- drawn -------------------------------------------------------------------------------

    @quietly
    def drawn(
        self, trainer: Trainer, points: object, pattern: str = "", onto: object = None
    ) -> Trainer:
        """Return a trainer on points that were drawn.

        Parameters
        ----------
        trainer : Trainer
            The present one. The rows that it holds out stay held out, unless a pattern begins.
        points : list of dict
            As a ``requests.Draw`` has them.
        pattern : str
            The title of a table of their own; "" changes the rows of the present one.
        onto : list of str, optional
            The columns of the table in which they were drawn, to be added to the rows of this one.

        Raises
        ------
        TableError
            If they are not points, are too many or none, or if the table has not just two columns,
            or others than the one in which they were drawn.
        """
        table = trainer.table
        if not pattern and (table.features, table.outputs) != (1, 1):
            raise TableError(say("draw.columns", features=table.features, targets=table.outputs))
        found = [_point(one) for one in points] if isinstance(points, list) else []
        there = 0 if onto is None else table.rows
        if not found or there + len(found) > MOST_POINTS:
            raise TableError(say("draw.count", count=there + len(found), most=MOST_POINTS))
        if onto is not None:
            if onto != [*table.feature_names, *table.target_names]:
                raise TableError(say("draw.elsewhere", x=found[0][0], y=found[0][1]))
            columns = table.inputs[:, 0].tolist(), table.targets[:, 0].tolist(), range(there)
            found = [*zip(*columns, strict=True), *found]
        x, y, rows = zip(*found, strict=True)
        inputs, targets = _column(x), _column(y)
        if pattern:
            made = Table(inputs, targets, ("x",), ("y",), name=pattern)
            return self._followed(trainer, "draw", made, held_out=None, same=False)
        names = table.row_names
        named = tuple(
            names[row] if 0 <= row < len(names) else name_row((), at) for at, row in enumerate(rows)
        )
        made = replace(table, inputs=inputs, targets=targets, row_names=named if names else ())
        return self._followed(trainer, "draw", made, held_out=trainer.held_out, same=True)

    # ---- pasted ------------------------------------------------------------------------------

    @quietly
    def pasted(
        self, trainer: Trainer, paste: Mapping[str, Any]
    ) -> tuple[WireDraft, Trainer | None]:
        """Read a pasted text.

        Parameters
        ----------
        trainer : Trainer
            The present one.
        paste : mapping
            A ``requests.Paste``, from anywhere.

        Returns
        -------
        draft : WireDraft
            What it is as a table, or why it is none.
        next : Trainer or None
            A trainer on it, if one was asked for and can be made.
        """
        from linreg_widget.table import drafted  # what reads text is loaded with the first one

        roles: Any = paste.get("roles")
        some = isinstance(roles, list) and all(role in get_args(Role) for role in roles)
        how: dict[str, Any] = {
            name: mark
            for name in ("decimal", "thousands")
            if isinstance(mark := paste.get(name), str) and mark
        }
        if paste.get("drop_gaps") is True:
            how["missing"] = "drop"
        text = paste.get("text")
        draft = drafted(text if isinstance(text, str) else "", roles if some else [], **how)
        following, error = None, draft.error
        if draft.table is not None and paste.get("train") is True:
            share = paste.get("held_out")
            try:
                following = self._followed(
                    trainer,
                    "paste",
                    replace(draft.table, name=say("paste.title")),
                    held_out=share if isinstance(share, float) and share else None,
                    same=False,
                )
            except LinregError as refusal:
                error = str(refusal)
        return _to_wire(
            draft, str(paste.get("token")), error, trained=following is not None
        ), following

    def _followed(self, trainer: Trainer, control: str, table: Table, **how: Any) -> Trainer:
        """Return the trainer that follows, and note the one before."""
        following = successor(trainer, table, **how)
        self._before.append(_Before(trainer, control))
        return following


def _point(given: object) -> tuple[float, float, int]:
    """Return what a message says of one point: x, y, and which row it was."""
    words = given if isinstance(given, dict) else {}
    x, y, row = (words.get(name) for name in ("x", "y", "row"))
    for name, value in (("x", x), ("y", y)):
        number = isinstance(value, int | float) and not isinstance(value, bool)
        if not number or not math.isfinite(np.float32(value)):
            what = say("fields.entry")
            raise TableError(say("fields.given", name=name, value=repr(value)[:60], what=what))
    return float(x), float(y), row if isinstance(row, int) else -1  # type: ignore[arg-type]


def _column(numbers: Sequence[float]) -> NDArray[np.float32]:
    return np.array(numbers, np.float32)[:, np.newaxis]


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else text[: most - 1] + "…"


def _to_wire(draft: Draft, token: str, error: str, *, trained: bool) -> WireDraft:
    table = draft.table
    notes = [] if table is None else [note.words for note in table.notes]
    summary = ""
    if table is not None and not error:
        summary = say(
            "paste.summary",
            rows=table.rows,
            features=[_cut(name, _LETTERS) for name in table.feature_names],
            targets=[_cut(name, _LETTERS) for name in table.target_names],
        )
    more_notes = [say("paste.notes", count=len(notes) - _NOTES)] if len(notes) > _NOTES else []
    return {
        "token": _cut(token, _LETTERS),
        "columns": [
            {
                **one,
                "name": _cut(one["name"], _LETTERS),
                "unit": _cut(one["unit"], _LETTERS),
                "cells": [_cut(cell, _LETTERS) for cell in one["cells"]],
            }
            for one in draft.columns[:_COLUMNS]
        ],
        "more": max(0, len(draft.columns) - _COLUMNS),
        "rows": draft.rows,
        "summary": summary,
        "notes": [*(_cut(words, _WORDS) for words in notes[:_NOTES]), *more_notes],
        "error": _cut(error, _WORDS),
        "trained": trained,
    }
