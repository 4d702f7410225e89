"""What the data say, in sentences: how good a fit can get, and how fast one may learn."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from linreg_widget.quiet import quietly
from linreg_widget.settings import short_rate
from linreg_widget.wording import isolated, many, rounded, said

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .insight import Insight

__all__ = ["findings", "too_large"]

_MOST_NAMES = 3
_LARGEST_ROOT = math.sqrt(float(np.finfo(np.float32).max))  # beyond, squares overflow
_MOST_COLUMNS = 4  # that add nothing and are named each by itself


@quietly
def findings(insight: Insight, learning_rate: float) -> list[str]:
    """Return what a table says of its best fit and of a learning rate, one sentence or two each."""
    return [
        _best(insight),
        *(note.words for note in insight.table.notes),
        *_merged(insight),
        *filter(None, [too_large(insight)]),
        *_idle(insight),
        _limits(insight),
        _pace(insight, learning_rate),
        *_advice(insight),
    ]


def _best(insight: Insight) -> str:
    names = map(isolated, insight.table.target_names)
    explained = [
        f"{said(100 * r2)}% of the variance of {name} (RMSE {said(rmse)})"
        for name, r2, rmse in zip(names, insight.r2.tolist(), insight.rmse.tolist(), strict=True)
        if not math.isnan(r2)
    ]
    more = f" That explains {_listed(explained)}." if explained else ""
    exact = ", as near to 0 as 32-bit numbers come" if insight.is_exact else ""
    return (
        f"The best that any w and b can do, by least squares, is a loss of {said(insight.floor)}"
        f"{exact}; "
        f"always predicting the mean gives {said(insight.mean_loss)}.{more}"
    )


def _idle(insight: Insight) -> list[str]:
    """Name the columns that add nothing."""
    names, best = [*map(isolated, insight.table.feature_names)], insight.least_squares
    told = {note.column for note in insight.table.notes if note.collapsed}
    found = [
        f"{names[column]} is constant, so it only does what the bias does: its weight cannot be "
        "learned."
        if not parts
        else f"{names[column]} is a combination of {_listed([names[part] for part in parts])}: it "
        "adds nothing to the fit, and many weights give the same predictions."
        for column, parts in best.dependent.items()
        if parts or insight.table.feature_names[column] not in told
    ]
    if len(found) > _MOST_COLUMNS:
        others = len(found) - _MOST_COLUMNS
        found = [*found[:_MOST_COLUMNS], f"The same is true of {many(others, 'other feature')}."]
    if best.dependent:
        found.append(
            f"{best.rank} of the {many(len(names), 'feature')} carry information of their own."
        )
    return found


def _merged(insight: Insight) -> list[str]:
    """Name the features whose differences scaling loses."""
    names = insight.table.feature_names
    return [
        f"Standardized, the numbers of {isolated(names[column])} are too close together for 32-bit "
        f"numbers, beside a few that are far away: of {many(before, 'different number')} {left:,} "
        f"{'is' if left == 1 else 'are'} left. Put the rows that are far from the others into a "
        "table of their own."
        for column, (before, left) in insight.merged.items()
    ]


def too_large(insight: Insight) -> str:
    """Name the columns with which the loss is beyond float32's range; "" if there are none."""
    table = insight.table
    features = () if insight.standardize else zip(table.feature_names, table.inputs.T, strict=True)
    targets = zip(table.target_names, table.targets.T, strict=True)
    of_features, of_targets = (
        [isolated(name) for name, numbers in columns if np.abs(numbers).max() > _LARGEST_ROOT]
        for columns in (features, targets)
    )
    if not of_features + of_targets:
        return ""
    listed = _listed(of_features + of_targets)
    return (
        f"The squares of numbers as large as those of {listed} are beyond float32's range, about "
        "3.4e38, and so may be the loss: measure them in a larger unit"
        f"{'.' if of_targets else ', or standardize.'}"
    )


def _limits(insight: Insight) -> str:
    limit, worst = insight.largest_stable_rate, insight.worst_batch_rate
    words = (
        f"Above a learning rate of {short_rate(limit)} gradient descent on all rows diverges; the "
        f"steepest direction, {insight.name_of_direction(0)}, sets that limit."
    )
    if worst < 0.995 * limit:
        words += (
            f" At rates up to {short_rate(worst)} even the worst batch of {insight.batch_size} "
            "does not overshoot."
        )
    return words


def _pace(insight: Insight, learning_rate: float) -> str:
    last = insight.directions.shape[1] - 1
    lives = insight.half_lives(learning_rate)
    slow = float(lives[last])
    slowest = insight.name_of_direction(last)
    rate = short_rate(learning_rate)
    if not last:
        return f"At {rate} the error halves in {_epochs(slow)}."
    if math.isinf(slow):
        return f"At {rate} the error does not shrink in any direction."
    return (
        f"At {rate} the slowest direction, {slowest}, takes {_epochs(slow)} to halve its error; "
        f"the next one {_epochs(float(lives[last - 1]))}."
    )


def _advice(insight: Insight) -> list[str]:
    number = insight.condition_number
    if insight.standardize or number < 100:
        return [f"The condition number is {said(number)}: {_tells(number)}"]
    scaled = insight.but(batch_size=insight.batch_size, standardize=True).condition_number
    return [
        (
            f"The condition number, largest curvature over smallest, is {said(number)}: "
            f"{_tells(number)} With the features standardized it is {said(scaled)}."
        )
    ]


def _tells(number: float) -> str:
    if number < 100:
        return "all directions can be learned in reasonable time."
    return "a rate small enough for the steepest direction is far too small for the flattest."


def _epochs(number: float) -> str:
    if math.isinf(number):
        return "forever"
    if number < 0.1:
        return "less than a tenth of an epoch"
    if number >= 1e6:
        return f"{rounded(number / 1e6)} million epochs"
    text = rounded(number)
    return f"{text} {'epoch' if text == '1' else 'epochs'}"


def _listed(words: Sequence[str]) -> str:
    """Join words: "a, b and c", "a, b, c and 5 more"."""
    if len(words) > _MOST_NAMES + 1:
        words = [*words[:_MOST_NAMES], f"{len(words) - _MOST_NAMES} more"]
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"
