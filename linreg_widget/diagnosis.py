"""What went wrong, or is about to: a diverged run or a growing loss, explained from the data."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Literal, NamedTuple

import numpy as np

from .settings import rate_text
from .wording import many, rounded, said

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from .insight import Insight
    from .recording import Recording

__all__ = ["Diagnosis", "diagnose", "short_rate"]

_LONGEST = 50  # updates in each of the stretches that are compared
_STEADY = 5  # updates in a stretch from which on its mean is trusted more
_FAR = 1e35  # a loss, of which that over all rows does not overflow either


class Diagnosis(NamedTuple):
    """What is wrong with a run where it stands, and two ways out of it."""

    kind: Literal["", "growing", "diverged"]
    """Empty where all is well."""
    words: str
    """What happened, how the rate compares with the largest stable one, and what grew."""
    safe_rate: float
    """A rate to begin again with."""
    good_update: int
    """The last good moment: the updates done before the lowest batch loss; where that is the start,
    the last moment with numbers far from overflowing."""


def diagnose(recording: Recording, update: int, insight: Insight, *, epoch: int) -> Diagnosis:
    """Return what is wrong with a run after so many updates.

    Parameters
    ----------
    recording : Recording
    update : int
        Where the run stands.
    insight : Insight
        Of the run's table, batch size and scaling.
    epoch : int
        Updates in an epoch: stretches of that many have all rows in them and can be compared.
    """
    if not update:
        return Diagnosis("", "", insight.safe_rate, 0)
    losses, diverged = recording.losses[:update], update == recording.diverged_at
    held = recording.segment_at(update - 1).settings  # as it went wrong, whatever was set since
    told = insight.but(batch_size=held.batch_rows, standardize=held.standardize)
    same = losses[recording.segment_at(update - 1).update :]  # made with the same settings
    stretch, growth = (0, 0.0) if diverged else _growth(same, epoch, _noise(held.rate, told))
    if not (diverged or growth):
        return Diagnosis("", "", insight.safe_rate, 0)
    finite = losses[np.isfinite(losses)]
    lowest = int(np.argmin(finite)) if len(finite) else 0
    if diverged:
        what = (
            f"Diverged at update {update:,}: the loss is no longer finite. {_grown(finite, lowest)}"
        )
    else:
        what = f"The loss is growing: ×{rounded(growth)} in {many(stretch, 'update')}."
    return Diagnosis(
        "diverged" if diverged else "growing",
        f"{what} {_cause(held.rate, told, briefly=not diverged)}".strip(),
        insight.safe_rate,
        lowest or max(int(np.count_nonzero(finite < _FAR)) - 1, 0),
    )


def _noise(rate: float, insight: Insight) -> float:
    """Return by what factor the loss may grow without anything wrong.

    Batches differ; and where the rate is a good one, they more likely do than the run goes wrong.
    """
    if rate > insight.largest_stable_rate:
        return 1.5
    return 3.0 if rate > insight.worst_batch_rate else 10.0


def _growth(losses: NDArray[np.float32], epoch: int, noise: float) -> tuple[int, float]:
    """Return how long a stretch is, and by what the loss grew over the last one; 0 if it did not.

    It grows if two stretches in a row are each worse than the one before by more than noise, which
    is twice as large for stretches of few updates.
    """
    stretch = min(max(epoch, _STEADY), _LONGEST, len(losses) // 3)
    if not stretch:
        return 0, 0.0
    last = losses[-3 * stretch :].astype(np.float64).reshape(3, stretch).mean(axis=1)
    least = noise if stretch >= _STEADY else 2 * noise
    grows = last[1] > least * last[0] and last[2] > least * last[1]
    return stretch, float(last[2] / last[1]) if grows else 0.0


def _grown(finite: NDArray[np.float32], lowest: int) -> str:
    if len(finite) - lowest < 2:
        return ""
    return (
        f"The batch loss grew from {said(float(finite[lowest]))} at update {lowest + 1:,} to "
        f"{said(float(finite[-1]))} at update {len(finite):,}."
    )


def _cause(rate: float, insight: Insight, *, briefly: bool) -> str:
    """Say how a rate compares with the largest stable one, and what it makes grow."""
    limit, worst = insight.largest_stable_rate, insight.worst_batch_rate
    share, name = rate / limit, insight.name_of_direction(0)
    if share > 1:
        words = (
            f"The learning rate, {rate_text(rate)}, is {said(share)} times the largest stable one, "
            f"{short_rate(limit)}"
        )
        if briefly:
            return f"{words}: lower it."
        factor = abs(1 - rate * float(insight.curvatures[0]))
        return (
            f"{words}: in the steepest direction, {name}, each step overshoots the lowest point, "
            f"and the error becomes {said(factor)} times as large."
        )
    if rate > worst:
        return (
            f"The learning rate, {rate_text(rate)}, is below the limit for all rows, "
            f"{short_rate(limit)}, but above {short_rate(worst)}: some batches of "
            f"{insight.batch_size} overshoot. Lower it."
        )
    return (
        f"The learning rate, {rate_text(rate)}, is only {rounded(100 * share)}% of the largest "
        "stable one: it must be the update function. Does it clear the gradient?"
    )


def short_rate(rate: float) -> str:
    """Write a rate with three digits: 1.12e-4."""
    return rate_text(float(f"{rate:.2e}")) if math.isfinite(rate) else "∞"
