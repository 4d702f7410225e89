"""What the panel shows of a trainer at one moment, trait by trait."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Literal, TypedDict

import numpy as np
from numpy.typing import NDArray

from linreg_widget import clock
from linreg_widget.errors import LinregError
from linreg_widget.insight import findings
from linreg_widget.lesson import PLOTTED, TABS
from linreg_widget.messages import say
from linreg_widget.microscope import (
    CodeView,
    Fit,
    completed,
    names_of,
    plain_function,
)
from linreg_widget.quiet import quiet
from linreg_widget.settings import FIELDS, STRETCH_SETTINGS
from linreg_widget.training import described, is_large
from linreg_widget.wording import count, measured, rate_text, said

from .codec import pack
from .handover import history_of, rows_of
from .losscurves import curves_of, is_exact, others_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from linreg_widget.microscope import FitArrays
    from linreg_widget.settings import Settings
    from linreg_widget.training import Outcome, RunView, Stamp

_OF_A_MOMENT = (
    *(*STRETCH_SETTINGS, "update", "_phase", "_epoch", "_batch", "_batches"),
    *("_losses", "_limit", "_worst", "_findings", "_notice", "_summary", "_explained"),
    "_described",
    *("_coefficients", "_frame", "_frame_data", "_fit_data", "_graph", "_graph_data"),
)
_SELDOM = 0.2  # seconds between two readings of what is dear to work out, while running
_TIMES = 10  # as long as such a reading takes lies between two, so that a run has most of the time
_AT_REST, _UNDER_WAY = 0.02, 0.002  # seconds for losses over all rows
_ALL = frozenset(TABS)
_OF_ALL_ROWS = frozenset({"predictions", "line"})  # tabs that show every row
_OF_ROWS = _OF_ALL_ROWS | {"microscope", "graph"}  # and those that show a batch
_OF_WEIGHTS = frozenset({"predictions", "data"})  # those that show w and b in the table's units
_FRAME = 0.05  # seconds, at least, between two frames of the microscope, at a given speed
_MOST_TARGETS, _MOST_FEATURES = 8, 32  # whose coefficients are shown
_MOST_ROWS = 100  # of losses in a table; even, as ``Envelope`` wants it


class LossArrays(TypedDict):
    """Four losses, each (); NaN: not known yet."""

    batch: NDArray[np.float64]
    """Of the last batch."""
    epoch: NDArray[np.float64]
    """The mean over the last completed epoch."""
    full: NDArray[np.float64]
    """Of the whole table."""
    held_out: NDArray[np.float64]
    """Of the rows held out; NaN where none are."""


class Explained(TypedDict):
    """What went wrong, or is going wrong, in a run."""

    kind: Literal["still", "uphill", "loss", "growing", "diverged", ""]
    """w or b never move; they go uphill; the update function has another loss or step than was
    meant; the loss grows; it is no longer finite."""
    words: str
    safe: float
    """A safe learning rate; 0 if none helps."""
    good: int
    """The updates done at the best moment that is no worse than the start; 0 if there is none."""


class RunRow(TypedDict):
    """A row of the comparison of runs."""

    name: str
    cells: list[str]
    colour: str
    """On a light page, as "#rrggbb"."""
    kept: bool
    """The present run is not."""


class CoefficientArrays(TypedDict):
    """For each of the t targets shown, d weights and the bias: each array (t, d + 1)."""

    now: NDArray[np.float64]
    """In the table's units."""
    best: NDArray[np.float64]
    """By least squares."""
    scaled_now: NDArray[np.float64]
    """For features of mean 0 and standard deviation 1."""
    scaled_best: NDArray[np.float64]


class TableArrays(TypedDict):
    """The losses of a run by epochs, each (rows,); NaN: not known, or not finite."""

    epochs: NDArray[np.float64]
    """Completed epochs."""
    updates: NDArray[np.float64]
    """Completed updates."""
    mean: NDArray[np.float64]
    """The mean batch loss of the epochs since the row before."""
    full: NDArray[np.float64]
    """The loss over all rows."""


@quiet
class Readings:
    """Reads a trainer for the panel, and remembers what is expensive to compute."""

    def __init__(self, trainer: RunView) -> None:
        self._trainer = trainer
        self._plain = plain_function(trainer.update_function)
        self._code = CodeView.of(trainer.update_function)
        self._shown = self._plain.__code__  # autoreload changes it in place
        self._fit = Fit(trainer.table, trainer.held_out)
        self._is_large = is_large(trainer.table, trainer.held_out)
        self._found: tuple[tuple[object, ...], list[str]] = ((), [])
        self._full_loss = self._held_out_loss = math.nan
        self._epoch_mean: tuple[object, float] = (None, math.nan)
        self._handed: object = None  # the schedule of the history that was told
        self._warned = False  # whether the page shows what is wrong, or other runs
        self._settings: Settings | None = None  # those of the limits that were told
        self._graphed: Stamp | None = None  # where the run stood when its graph was read
        self._last_dear = self._last_frame = -math.inf
        self._took = 0.0  # seconds, the latest such reading in a run

    def words(self) -> dict[str, Any]:
        """Return the traits that change only with the update function's code."""
        trainer = self._trainer
        handed = rows_of(trainer) if self._code.article else None
        return {
            "_source": self._code.to_wire(),
            "_names": names_of(trainer.table),
            "_held_out": 0 if trainer.held_out is None else trainer.held_out.rows,
            "_fit": self._fit.words(trainer.insight.r2_alone, *trainer.insight.scaling),
            "_fit_inputs": pack(self._fit.inputs()),
            "_rows": handed[0] if handed else {},
            "_rows_data": handed[1] if handed else b"",
        }

    def now(  # noqa: PLR0913 - each is a choice of its own, given by name
        self,
        *,
        at_rest: bool,
        brief: bool = False,
        paced: bool = False,
        curve: bool = True,
        followed: bool = False,
        opened: frozenset[str] = frozenset(),
    ) -> dict[str, Any]:
        """Return the values of the panel's traits.

        Parameters
        ----------
        at_rest : bool
            Whether to compute everything, or, during a run, to leave out what was sent just before.
        brief : bool
            Whether it is only the first word at rest, with all that is seen; the rest is read
            right after it.
        paced : bool
            Whether the run has a given speed, so readers can follow the microscope. At full speed
            they only glance at it, and laying out its tables takes time from the run.
        curve : bool
            Whether to include the curves of all losses, the same wherever the run stands.
        followed : bool
            Whether to include them in each slice while there are few updates: the page draws them,
            and the run has a given speed.
        opened : frozenset of str
            The tabs that are seen: during a run, what only others show is left out.
        """
        trainer, settings, position = self._trainer, self._trainer.settings, self._trainer.position
        now = clock.now()
        changed = self._plain.__code__ is not self._shown
        if changed:
            self._shown = self._plain.__code__
            self._code = CodeView.of(trainer.update_function)
        dear = self._is_due(now, at_rest=at_rest)
        whole = at_rest and not brief
        values = {
            **{name: getattr(settings, name) for name in FIELDS},
            "update": position.update,
            "_phase": position.phase or "",
            "_epoch": position.epoch,
            "_batch": position.batch,
            "_batches": trainer.batches,
            "_total": trainer.total,
            "_undoes": "set" if trainer.can_undo else "",
            "_recorded": len(trainer.recording),
            "_losses": pack(self._losses(position.epoch, dear=dear)),
            "_notice": trainer.notice,
            **self._limits(known=brief and settings == self._settings),
            **self._history(at_rest=whole),
        }
        if changed:
            values["_source"] = self._code.to_wire()
        if curve and (dear or (followed and is_exact(trainer))):
            values.update(self._plotted(opened, at_rest=whole))
        if dear:
            values.update(self._words_of_run(brief=brief))
            if whole or opened & _OF_WEIGHTS:
                values["_coefficients"] = pack(self._coefficients())
        if not (whole or opened & _OF_ROWS):
            values = self._without_graph() | values | (self._told() if brief else {})
        elif at_rest or now - self._last_frame >= (_FRAME if paced else _SELDOM):
            self._last_frame = now
            values.update(self._frame())
            if whole or (opened & _OF_ALL_ROWS and (dear or not self._is_large)):
                values["_fit_data"] = pack(self._fitted())
            values.update(self.graph() if "graph" in opened else self._without_graph())
        if dear:
            self._took = 0 if at_rest else clock.now() - now
        return values

    def _is_due(self, now: float, *, at_rest: bool) -> bool:
        """Tell whether what is dear to work out is read now."""
        if not at_rest and now - self._last_dear < max(_SELDOM, _TIMES * self._took):
            return False
        self._last_dear = now
        return True

    def moment(self) -> dict[str, Any]:
        """Return the traits that differ from one moment of a run to another."""
        state = self.now(at_rest=True, curve=False, opened=_ALL)
        now = {"status": self._trainer.status, **state}
        return {name: now[name] for name in ("status", *_OF_A_MOMENT) if name in now}

    def _plotted(self, opened: frozenset[str], *, at_rest: bool) -> dict[str, Any]:
        """Return the traits of the loss plot and of its table, if they are seen."""
        trainer, values = self._trainer, {}
        if at_rest or opened & PLOTTED:
            values.update(curves_of(trainer, _AT_REST if at_rest else _UNDER_WAY))
        if at_rest or "loss" in opened:
            values["_table"] = pack(epochs_of(trainer))
        if at_rest:
            values.update(others_of(trainer))
        return values

    def _fitted(self) -> FitArrays:
        trainer, held_out = self._trainer, self._trainer.held_out
        others = None if held_out is None else trainer.predict(held_out.inputs)
        return self._fit.numbers(trainer.predictions(), others)

    def _frame(self) -> dict[str, Any]:
        """Return the microscope's traits; none if a past update cannot be repeated."""
        try:
            words, arrays = self._trainer.frame(self._code).encode()
        except LinregError:
            return {}
        return {"_frame": words, "_frame_data": pack(arrays)}

    def _told(self) -> dict[str, Any]:
        """Return what the microscope says of the moment, without its numbers if that is known."""
        trainer, update = self._trainer, self._trainer.position.update
        by_hand = update in trainer.recording.edited
        if not self._code.article or trainer.position.phase or by_hand or not update:
            return self._frame()
        sentence = completed(update, trainer.batch_loss)
        return {"_frame": {"update": update, "ended": True, "sentence": sentence}}

    def graph(self) -> dict[str, Any]:
        """Return the graph's traits; none if a past update cannot be repeated."""
        from linreg_widget.microscope import encode_graph  # only now: its tab is seldom open

        try:
            words, arrays = encode_graph(self._trainer.graph(), self._code)
        except LinregError:
            return self._without_graph()
        self._graphed = self._trainer.stamp
        return {"_graph": words, "_graph_data": pack(arrays)}

    def _without_graph(self) -> dict[str, Any]:
        """Return the traits of a graph that is not seen: empty once the run has moved."""
        if self._graphed in (None, self._trainer.stamp):
            return {}
        self._graphed = None
        return {"_graph": {}, "_graph_data": b""}

    def _losses(self, epoch: int, *, dear: bool) -> LossArrays:
        recording = self._trainer.recording
        key = (recording.history, epoch)
        if self._epoch_mean[0] != key:
            self._epoch_mean = (key, recording.epoch_mean(epoch - 1) if epoch else math.nan)
        if dear or not self._is_large:
            self._full_loss = self._trainer.loss()
            self._held_out_loss = self._trainer.held_out_loss()
        losses = self._trainer.batch_loss, self._epoch_mean[1], self._full_loss, self._held_out_loss
        batch, mean, full, held_out = (np.array(loss, np.float64) for loss in losses)
        return {"batch": batch, "epoch": mean, "full": full, "held_out": held_out}

    def _limits(self, *, known: bool) -> dict[str, Any]:
        """Return what follows from data and settings, unless that is known."""
        trainer, table, settings = self._trainer, self._trainer.table, self._trainer.settings
        if known:
            return {}
        self._settings = settings
        insight, rate = trainer.insight, settings.rate
        key = (insight.batch_size, insight.standardize, rate)
        if self._found[0] != key:
            self._found = (key, findings(insight, rate, trainer.held_out))
        return {
            "_title": table.name or say("head.title"),
            "_summary": say(
                "panel.summary",
                rows=table.rows,
                features=table.features,
                targets=table.outputs,
                batch=settings.batch_size,
            ),
            "_limit": insight.largest_stable_rate,
            "_worst": insight.worst_batch_rate,
            "_floor": insight.floor,
            "_mean": insight.mean_loss,
            "_findings": self._found[1],
            "stop_within": trainer.stop.within,
            "stop_patience": trainer.stop.patience,
        }

    def _history(self, *, at_rest: bool) -> dict[str, Any]:
        """Return how the run came about: at rest, or during a run if its settings have changed."""
        schedule = self._trainer.recording.schedule
        if not at_rest and schedule is self._handed:
            return {}
        self._handed = schedule
        return {"_history": history_of(self._trainer) or {}}

    def _words_of_run(self, *, brief: bool) -> dict[str, Any]:
        """Return what is said of the run: in a first word, only what was said and may be over."""
        verdicts = self._verdicts() if self._warned or not brief else {}
        if brief:
            return verdicts
        trainer = self._trainer
        return verdicts | {"_described": described(trainer, self._full_loss, trainer.insight.floor)}

    def _verdicts(self) -> dict[str, Any]:
        """Return what went wrong, and the other runs; this takes a while."""
        found, runs = self._trainer.diagnosis, []
        if self._trainer.kept:
            runs = self._trainer.compared()
        self._warned = bool(found.kind or runs)
        explained: Explained = {
            "kind": found.kind,
            "words": found.words,
            "safe": found.safe_rate or 0,  # 0 where there is no such way out
            "good": found.good_update or 0,
        }
        return {
            "_explained": explained if found.kind else {},
            **_table_of(runs),
        }

    def _coefficients(self) -> CoefficientArrays:
        trainer, insight = self._trainer, self._trainer.insight
        best, scaled = insight.least_squares, insight.scaled_least_squares
        return {
            "now": _leading(*trainer.coefficients()),
            "best": _leading(best.w, best.b),
            "scaled_now": _leading(*trainer.coefficients(scaled=True)),
            "scaled_best": _leading(scaled.w, scaled.b),
        }


def _leading(w: NDArray[np.float64], b: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the leading weights and biases, those of a target in a row."""
    t, d = _MOST_TARGETS, _MOST_FEATURES
    return np.column_stack([w[:t, :d], b[:t]]).astype(np.float64)


def epochs_of(trainer: RunView) -> TableArrays:
    """Return the losses of a run by epochs, in at most a hundred rows and the start.

    If there are more epochs, each row stands for several, a power of two: its mean is that of all
    of them, its loss over all rows the one at their end, if it has been worked out.
    """
    means = trainer.recording.thinned.epoch.at_most(_MOST_ROWS)
    known = trainer.recording.full_losses
    epochs = np.minimum(np.arange(len(means.ends) + 1) * means.stride, means.count)
    updates = [0, *means.ends.tolist()]
    full = [known.get(update, np.nan) for update in updates]
    return {
        "epochs": epochs.astype(np.float64),
        "updates": np.array(updates, np.float64),
        "mean": np.array([np.nan, *means.means]),
        "full": np.array(full, np.float64),
    }


def _table_of(runs: Sequence[Outcome]) -> dict[str, Any]:
    """Return runs as texts for a table: what differs, and where each ended."""
    if not runs:
        return {"_run_columns": [], "_runs": []}
    from linreg_widget.training import differing

    names = differing(runs)
    ends = [
        say("compare.end", column=column)
        for column in ("epochs", "updates", "status", "loss", "distance")
    ]
    return {
        "_run_columns": [*(name.replace("_", " ") for name in names), *ends],
        "_runs": [
            {
                "name": run.name,
                "cells": [
                    *(_word(getattr(run.settings, name)) for name in names),
                    count(run.epochs),
                    count(run.updates),
                    say("head.status", status=run.status),
                    measured(run.loss),
                    said(run.distance) if math.isfinite(run.distance) else "–",
                ],
                "colour": run.colour,
                "kept": index < len(runs) - 1,
            }
            for index, run in enumerate(runs)
        ],
    }


def _word(value: object) -> str:
    if isinstance(value, bool):
        return say("compare.truth", value=value)
    return rate_text(value) if isinstance(value, float) else str(value)
