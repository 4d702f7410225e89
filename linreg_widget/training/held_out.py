"""Rows that are held out: chosen before a run, never trained on, and looked at as epochs end.

The rows trained on stay in the table's order and form a table of their own. So a run has the same
bits as a run on that table alone, and no scaling, no insight and no update knows the other rows.
"""

from __future__ import annotations

import numbers
from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import torch

from linreg_widget.errors import SettingsError
from linreg_widget.messages import meant, say
from linreg_widget.microscope import scored, spread_of
from linreg_widget.quiet import quietly
from linreg_widget.table import Table, some_of

from .batches import lent, loss_over

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from linreg_widget.model import LinearRegression
    from linreg_widget.recording import Recording

    from .batches import Batches


class Split(NamedTuple):
    """A table in two: rows to train on, and rows held out."""

    kept: Table
    """The rows that are trained on, in their order."""
    held_out: Table | None
    """The others, in their order, if any."""
    rows: tuple[int, ...] | None
    """Which rows of the whole table they are, from 0; None if they are a table of their own."""


class Score(NamedTuple):
    """How well a model predicts some rows."""

    loss: float
    """The mean squared error over all targets."""
    r2: NDArray[np.float64]
    """For each target the share of its variance that is explained, ``1 - SSE / SST``, shape (t,).

    The variance is around the mean of these rows. NaN for a target that is the same in all of them.
    """
    rmse: NDArray[np.float64]
    """For each target the root of the mean squared error, in its own unit, shape (t,)."""


def split(table: Table, held_out: object, seed: int) -> Split:
    """Hold rows out of a table.

    Parameters
    ----------
    table : Table
        All rows; or those to train on, if the others are a table of their own.
    held_out : None, float, str, sequence of str, sequence of bool, or Table
        - a fraction between 0 and 1, drawn by a generator of its own from the seed, rounded to
          whole rows, at least one;
        - row names, as a sequence or in one text, separated by commas;
        - a mask, shape (n,), with True for the rows that are held out;
        - a Table with the same columns.
    seed : int
        For a fraction.

    Raises
    ------
    SettingsError
        If it is something else, or leaves no row on one of the two sides.
    """
    if held_out is None:
        return Split(table, None, None)
    if isinstance(held_out, Table):
        return Split(table, _with_the_same_columns(table, held_out), None)
    out = _mask(table, held_out, seed)
    if out.all() or not out.any():
        raise SettingsError(say("held_out.all", none=not out.any(), rows=table.rows))
    rows = tuple(np.flatnonzero(out).tolist())
    return Split(some_of(table, ~out), some_of(table, out), rows)


def joined(kept: Table, held_out: Table, rows: tuple[int, ...]) -> Table:
    """Return the whole table that was split."""
    out = np.zeros(kept.rows + held_out.rows, dtype=bool)
    out[list(rows)] = True
    inputs = np.empty((len(out), kept.features), dtype=np.float32)
    targets = np.empty((len(out), kept.outputs), dtype=np.float32)
    inputs[~out], inputs[out] = kept.inputs, held_out.inputs
    targets[~out], targets[out] = kept.targets, held_out.targets
    return replace(kept, inputs=inputs, targets=targets, row_names=())


@quietly
def score_of(predictions: NDArray[np.float32], targets: NDArray[np.float32]) -> Score:
    """Return how well predictions ``(n, t)`` meet targets ``(n, t)``."""
    rmse, _, r2 = scored(predictions, targets, spread_of(targets))
    return Score(float(np.mean(rmse * rmse)), r2, rmse)


class Unseen:
    """The rows held out, as the model would see them.

    Parameters
    ----------
    table : Table
    batches : Batches
        Of the rows that are trained on, whose scaling holds here too.
    """

    def __init__(self, table: Table, batches: Batches) -> None:
        self.inputs = batches.seen(table.inputs)
        """Their features, float32, (m, d)."""
        self.targets = lent(table.targets)
        """Their targets, float32, (m, t)."""

    @quietly
    def loss(self, model: LinearRegression) -> float:
        """Return the loss over these rows; the model stays as it is."""
        return loss_over(self.inputs, self.targets, model.w, model.b)

    def look(self, recording: Recording, update: int, model: LinearRegression) -> None:
        """Record the loss, if an epoch has just ended that was not looked at before."""
        if update not in recording.held_out and not recording.schedule.locate(update).batch:
            recording.held_out[update] = self.loss(model)


def losses_of(
    unseen: Unseen | None, recording: Recording
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Return the loss over the rows held out, at the start and as epochs ended: updates, losses."""
    known = recording.held_out
    for mark in recording.snapshots:
        looked_at = mark.update and not mark.by_hand  # as the epoch ended, if one did
        if unseen is not None and mark.update not in known and not looked_at:
            w, b = mark.snapshot.values("w"), mark.snapshot.values("b")
            known[mark.update] = loss_over(unseen.inputs, unseen.targets, w, b)
    there = sorted(known.items())
    updates, losses = [update for update, _ in there], [loss for _, loss in there]
    return np.array(updates, np.int64), np.array(losses, np.float64)


def _mask(table: Table, held_out: object, seed: int) -> NDArray[np.bool_]:
    """Return which rows are held out, shape (n,)."""
    if isinstance(held_out, str):
        known = held_out in table.row_names
        names = [held_out] if known else [one.strip() for one in held_out.split(",")]
        return _named(table, [name for name in names if name])
    if isinstance(held_out, numbers.Real) and not isinstance(held_out, bool):
        return _drawn(table.rows, float(held_out), seed)
    if not isinstance(held_out, Iterable) or getattr(held_out, "ndim", 1) == 0:
        raise SettingsError(say("held_out.value", value=repr(held_out), ways=say("held_out.ways")))
    truths = str(getattr(held_out, "dtype", "")) in ("bool", "torch.bool")
    if truths and getattr(held_out, "ndim", 0) == 1:
        # Not one by one: there may be millions.
        given = held_out.cpu() if isinstance(held_out, torch.Tensor) else held_out
        return _of_every_row(table, np.asarray(given))
    parts = list(held_out)
    if parts and all(isinstance(one, str) for one in parts):
        return _named(table, parts)
    if not all(isinstance(one, bool | np.bool_) or _is_truth(one) for one in parts):
        raise SettingsError(say("held_out.holds", value=repr(parts[0]), ways=say("held_out.ways")))
    return _of_every_row(table, np.array([bool(one) for one in parts]))


def _is_truth(one: object) -> bool:
    return isinstance(one, torch.Tensor) and one.dtype == torch.bool


def _of_every_row(table: Table, mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    if len(mask) != table.rows:
        raise SettingsError(say("held_out.mask", entries=len(mask), rows=table.rows))
    return mask


def _drawn(rows: int, fraction: float, seed: int) -> NDArray[np.bool_]:
    if not 0 < fraction < 1:
        raise SettingsError(say("held_out.fraction", value=fraction, ways=say("held_out.ways")))
    if rows < 2:
        raise SettingsError(say("held_out.one_row"))
    return drawn_mask(rows, min(max(1, round(fraction * rows)), rows - 1), seed)


def drawn(rows: int, count: int, seed: int) -> NDArray[np.int64]:
    """Return which rows are held out of so many, if a number of them is drawn; ascending."""
    generator = torch.Generator().manual_seed(seed)
    order = torch.randperm(rows, generator=generator, device="cpu")
    return np.sort(order[:count].numpy())


def drawn_mask(rows: int, count: int, seed: int) -> NDArray[np.bool_]:
    """Return of each row whether it is among those that are ``drawn``, (rows,)."""
    mask = np.zeros(rows, dtype=bool)
    mask[drawn(rows, count, seed)] = True
    return mask


def in_short(held: tuple[int, ...], rows: int, seed: int) -> int | tuple[int, ...]:
    """Return how many rows are held out, if the seed draws just these; otherwise which."""
    return len(held) if np.array_equal(drawn(rows, len(held), seed), held) else held


def _named(table: Table, names: list[str]) -> NDArray[np.bool_]:
    if not table.row_names:
        raise SettingsError(
            say("held_out.nameless", name=repr(names[0]), ways=say("held_out.ways"))
        )
    known, wanted = set(table.row_names), set(names)
    for name in names:
        if name not in known:
            hint = meant(name, table.row_names, f"{say('held_out.ways')}.")
            raise SettingsError(say("held_out.no_row", name=repr(name), hint=hint))
    return np.array([name in wanted for name in table.row_names])


def _with_the_same_columns(table: Table, held_out: Table) -> Table:
    ours, theirs = (
        (one.feature_names, one.target_names, one.feature_units, one.target_units)
        for one in (table, held_out)
    )
    if ours != theirs:
        shown = [", ".join((*one.feature_names, *one.target_names)) for one in (held_out, table)]
        raise SettingsError(say("held_out.columns", has=shown[0], wanted=shown[1]))
    return held_out
