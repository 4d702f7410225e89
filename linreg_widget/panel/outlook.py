"""What the panel shows of insight: limits, findings, what went wrong, the best fit, other runs."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Literal, TypedDict

import numpy as np
from numpy.typing import NDArray

from linreg_widget.insight import findings
from linreg_widget.settings import rate_text
from linreg_widget.training import differing
from linreg_widget.wording import measured, said

from .codec import pack

if TYPE_CHECKING:
    from collections.abc import Sequence

    from linreg_widget.training import Comparing, Outcome

__all__ = ["CoefficientArrays", "Explained", "Outlook", "RunRow"]

_MOST_TARGETS = 8
_MOST_FEATURES = 32


class Explained(TypedDict):
    """What went or goes wrong in a run."""

    kind: Literal["still", "uphill", "growing", "diverged", ""]
    """w or b never move; they go uphill; the loss grows; it is no longer finite."""
    words: str
    safe: float
    """A learning rate that is safe; 0: none helps."""
    good: int
    """The updates done at the best moment that is no worse than the start; 0: there is none."""


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


class Outlook:
    """Reads from a trainer what follows from its data, remembering what is dear to work out.

    Parameters
    ----------
    trainer : Comparing
    """

    def __init__(self, trainer: Comparing) -> None:
        self._trainer = trainer
        self._found: tuple[tuple[object, ...], list[str]] = ((), [])

    def rates(self) -> dict[str, Any]:
        """Return what follows the settings, and is known at once."""
        insight, rate = self._trainer.insight, self._trainer.settings.rate
        key = (insight.batch_size, insight.standardize, rate)
        if self._found[0] != key:
            self._found = (key, findings(insight, rate))
        return {
            "_limit": insight.largest_stable_rate,
            "_worst": insight.worst_batch_rate,
            "_floor": insight.floor,
            "_findings": self._found[1],
            "_notice": self._trainer.notice,
            "stop_within": self._trainer.stop.within,
            "stop_patience": self._trainer.stop.patience,
        }

    def standing(self) -> dict[str, Any]:
        """Return what follows the run, and takes a while to work out."""
        found, runs = self._trainer.diagnosis, []
        if self._trainer.kept:
            runs = self._trainer.compared()
        explained: Explained = {
            "kind": found.kind,
            "words": found.words,
            "safe": found.safe_rate or 0,  # 0 where there is no such way out
            "good": found.good_update or 0,
        }
        return {
            "_explained": explained if found.kind else {},
            "_coefficients": pack(self._coefficients()),
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


def _table_of(runs: Sequence[Outcome]) -> dict[str, Any]:
    """Return runs as words for a table: what differs, and where each ended."""
    names = differing(runs)
    ends = ["epochs", "updates", "status", "loss, all rows", "× the best"]
    return {
        "_run_columns": [*(name.replace("_", " ") for name in names), *ends] if runs else [],
        "_runs": [
            {
                "name": run.name,
                "cells": [
                    *(_word(getattr(run.settings, name)) for name in names),
                    f"{run.epochs:,}",
                    f"{run.updates:,}",
                    run.status,
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
        return "yes" if value else "no"
    return rate_text(value) if isinstance(value, float) else str(value)
