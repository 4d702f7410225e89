"""What the panel shows of insight: limits, findings, what went wrong, the best fit, other runs."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from linreg_widget.insight import findings
from linreg_widget.settings import rate_text
from linreg_widget.training import differing
from linreg_widget.wording import measured, said

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from linreg_widget.training import Comparing, Outcome

__all__ = ["Outlook"]

_MOST_TARGETS = 8
_MOST_FEATURES = 32


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
            "_mean": insight.mean_loss,
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
        explained = {
            "kind": found.kind,
            "words": found.words,
            "safe": found.safe_rate or 0,  # 0 where there is no such way out
            "good": found.good_update or 0,
        }
        return {
            "_explained": explained if found.kind else {},
            "_coefficients": self._coefficients(),
            **_table_of(runs),
        }

    def _coefficients(self) -> bytes:
        """Return the coefficients of both systems, now and at their best, float64, little endian.

        First t and d, the numbers of targets and features that are shown; then for each of the four
        t rows of d weights and a bias.
        """
        trainer, insight = self._trainer, self._trainer.insight
        best, scaled = insight.least_squares, insight.scaled_least_squares
        pairs = [
            trainer.coefficients(),
            trainer.coefficients(scaled=True),
            (best.w, best.b),
            (scaled.w, scaled.b),
        ]
        t, d = min(best.w.shape[0], _MOST_TARGETS), min(best.w.shape[1], _MOST_FEATURES)
        blocks: list[NDArray[np.float64]] = [np.array([t, d])]
        blocks += [np.column_stack([w[:t, :d], b[:t]]).ravel() for w, b in pairs]
        return np.concatenate(blocks).astype("<f8").tobytes()


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
