"""What the data say, in sentences: how good a fit can get, and how fast training may go."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from linreg_widget.messages import say
from linreg_widget.quiet import quietly
from linreg_widget.table import name_row
from linreg_widget.wording import isolated, significant

from .leakage import MOST_LOOKED_AT, near_copies

if TYPE_CHECKING:
    from linreg_widget.table import Table

    from .insight import Insight

_LARGEST_ROOT = math.sqrt(float(np.finfo(np.float32).max))  # beyond, squares overflow
_MOST_COLUMNS = 4  # that add nothing and are named each by itself


@quietly
def findings(insight: Insight, learning_rate: float, held_out: Table | None = None) -> list[str]:
    """Return what a table says of its best fit and of a learning rate, one sentence or two each.

    Of rows held out, the findings only say whether they copy rows of the table.
    """
    return [
        _best(insight),
        *(note.words for note in insight.table.notes),
        *([] if held_out is None else _copied(insight.table, held_out)),
        *_merged(insight),
        *filter(None, [too_large(insight)]),
        *_idle(insight),
        _limits(insight),
        _pace(insight, learning_rate),
        _advice(insight),
    ]


def _best(insight: Insight) -> str:
    names = map(isolated, insight.table.target_names)
    shares = [
        say("findings.share", percent=100 * r2, target=name, rmse=rmse)
        for name, r2, rmse in zip(names, insight.r2.tolist(), insight.rmse.tolist(), strict=True)
        if not math.isnan(r2)
    ]
    best = say("findings.best", floor=insight.floor, exact=insight.is_exact, mean=insight.mean_loss)
    return f"{best} {say('findings.explained', shares=shares)}" if shares else best


def _idle(insight: Insight) -> list[str]:
    """Name the columns that add nothing."""
    names, best = [*map(isolated, insight.table.feature_names)], insight.least_squares
    told = {note.column for note in insight.table.notes if note.collapsed}
    found = [
        say("findings.combination", feature=names[column], others=[names[part] for part in parts])
        if parts
        else say("findings.constant", feature=names[column])
        for column, parts in best.dependent.items()
        if parts or insight.table.feature_names[column] not in told
    ]
    if len(found) > _MOST_COLUMNS:
        others = len(found) - _MOST_COLUMNS
        found = [*found[:_MOST_COLUMNS], say("findings.same", count=others)]
    if best.dependent:
        found.append(say("findings.independent", rank=best.rank, count=len(names)))
    return found


def _copied(table: Table, held_out: Table) -> list[str]:
    """Name the rows held out that are near copies of rows trained on, if they are many or exact."""
    copies = near_copies(table, held_out)
    exact = any(one.exact for one in copies)
    if not exact and 2 * len(copies) < min(held_out.rows, MOST_LOOKED_AT):
        return []
    pairs = [
        say(
            "findings.copy",
            row=isolated(name_row(held_out.row_names, one.row)),
            of=[isolated(name_row(table.row_names, row)) for row in one.of],
        )
        for one in copies
    ]
    return [say("findings.copies", count=len(copies), rows=held_out.rows, pairs=pairs)]


def _merged(insight: Insight) -> list[str]:
    """Name the features whose differences scaling loses."""
    names = insight.table.feature_names
    return [
        say("findings.merged", feature=isolated(names[column]), before=before, left=left)
        for column, (before, left) in insight.merged.items()
    ]


def too_large(insight: Insight) -> str:
    """Name the columns with which the loss is beyond float32's range; "" if there are none."""
    table = insight.table
    both = (table.inputs, table.targets)
    if all(one.min() >= -_LARGEST_ROOT and one.max() <= _LARGEST_ROOT for one in both):
        return ""
    features = () if insight.standardize else zip(table.feature_names, table.inputs.T, strict=True)
    targets = zip(table.target_names, table.targets.T, strict=True)
    of_features, of_targets = (
        [isolated(name) for name, numbers in columns if np.abs(numbers).max() > _LARGEST_ROOT]
        for columns in (features, targets)
    )
    if not of_features + of_targets:
        return ""
    return say("findings.too_large", columns=of_features + of_targets, targets=bool(of_targets))


def _limits(insight: Insight) -> str:
    limit, worst = insight.largest_stable_rate, insight.worst_batch_rate
    words = say("findings.limit", limit=limit, direction=insight.name_of_direction(0))
    if worst < 0.995 * limit:
        words += f" {say('findings.worst', worst=worst, batch=insight.batch_size)}"
    return words


def _pace(insight: Insight, learning_rate: float) -> str:
    last = insight.directions.shape[1] - 1
    lives = insight.half_lives(learning_rate)
    slow = float(lives[last])
    if not last:
        return say("findings.halves", rate=learning_rate, halves_in=_epochs(slow))
    if math.isinf(slow):
        return say("findings.stuck", rate=learning_rate)
    return say(
        "findings.pace",
        rate=learning_rate,
        direction=insight.name_of_direction(last),
        slow=_epochs(slow),
        next=_epochs(float(lives[last - 1])),
    )


def _advice(insight: Insight) -> str:
    number = insight.condition_number
    if number < 100:
        return say("findings.even", number=number)
    if insight.standardize:
        return say("findings.uneven", number=number)
    scaled = insight.but(batch_size=insight.batch_size, standardize=True).condition_number
    return say("findings.unscaled", number=number, scaled=scaled)


def _epochs(number: float) -> str:
    if math.isinf(number):
        return say("findings.forever")
    if number < 0.1:
        return say("findings.moment")
    if number >= 1e6:
        return say("findings.millions", millions=number / 1e6)
    return say("findings.epochs", epochs=float(significant(number, 2)))
