"""What a phase of an update did, in one sentence with the actual numbers.

The article's own update is told in the words of the lesson; of any other it is said what changed.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from linreg_widget.wording import isolated, many, said

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from linreg_widget.settings import Entry
    from linreg_widget.table import Table

    from .specimen import Specimen, Value

__all__ = ["named_rows", "narrate"]


def narrate(
    specimen: Specimen,
    phase: str,
    table: Table,
    *,
    article: bool,
    by_hand: frozenset[Entry] = frozenset(),
) -> str:
    """Return the sentence for the phase that was finished last; before the first, for the batch.

    Parameters
    ----------
    specimen : Specimen
    phase : str
        The phase as the microscope names it.
    table : Table
        For the names of features and targets.
    article : bool
        Whether the update function is the article's.
    by_hand : frozenset of (str, int, int)
        The entries of w and b that were set by hand right before the update.
    """
    if not phase:
        start = _start(specimen, table, by_hand)
        return (
            f"Update {specimen.number:,} will learn from {named_rows(specimen.rows, table)}.{start}"
        )
    tell = _TELL.get(phase) if article else None
    words = None if tell is None else tell(specimen, table)
    return words or _changes(specimen, phase)


def _start(specimen: Specimen, table: Table, by_hand: frozenset[Entry]) -> str:
    """Say where the numbers of w and b come from, if not from an update."""
    first = specimen.number == 1
    if not by_hand:
        return " w and b are as drawn by chance." if first else ""
    if len(by_hand) == table.outputs * (table.features + 1):
        return " w and b were set by hand."
    names = [
        f"w[{table.target_names[row]}, {table.feature_names[column]}]"
        if name == "w"
        else f"b[{table.target_names[column]}]"
        for name, row, column in sorted(by_hand, key=lambda one: (one[0] == "b", one))
    ]
    what = _listed(names) if len(names) <= 3 else f"{len(names):,} entries of w and b"
    rest = "; the rest of w and b is as drawn by chance" if first else ""
    return f" {what} {'was' if len(names) == 1 else 'were'} set by hand{rest}."


def _predict(specimen: Specimen, _table: Table) -> str | None:
    made, wanted = _numbers(specimen, "predictions"), _numbers(specimen, "y")
    if made is None or wanted is None or _is_cut(specimen, "predictions"):
        return None
    return (
        f"The model predicts {_range(made)} for {_these_rows(specimen)}; "
        f"the targets are {_range(wanted)}."
    )


def _loss(specimen: Specimen, _table: Table) -> str | None:
    seen = specimen.seen.get("predictions")
    if seen is None or seen.value is None:
        return None
    count = math.prod(seen.value.shape)
    what = f"the mean of {count:,} squared differences" if count > 1 else "the squared difference"
    return f"The loss of {_these_rows(specimen)} is {said(specimen.loss)}: {what}."


def _backward(specimen: Specimen, table: Table) -> str | None:
    found = _largest(specimen, "w.grad", table)
    if found is None:
        return None
    name, gradient = found
    if gradient == 0:
        return "backward() filled w.grad and b.grad; all slopes of the weights are 0."
    way = "lowers" if gradient > 0 else "raises"
    return (
        f"backward() filled w.grad and b.grad. The steepest slope is w.grad[{name}] = "
        f"{said(gradient)}, so the update {way} that weight most."
    )


def _update(specimen: Specimen, table: Table) -> str | None:
    seen = specimen.seen.get("w")
    if not any(one.changed == "now" for one in specimen.seen.values()):
        return "w and b did not change: the steps are too small for float32."
    if seen is None or seen.value is None or seen.old is None or _is_cut(specimen, "w"):
        return None
    old, new = seen.old.numbers, seen.value.numbers
    if old.shape != new.shape:
        return None
    moved = np.abs(new.astype(np.float64) - old)
    if not np.isfinite(moved).all():
        return "w is no longer finite: the step went too far."
    j, k = np.unravel_index(int(np.argmax(moved)), moved.shape)
    name = _entry(table, int(j), int(k))
    return (
        "Each number of w and b moved by −learning_rate · its gradient; "
        f"of the weights most of all w[{name}], from {said(old[j, k])} to {said(new[j, k])}."
    )


def _zero(specimen: Specimen, _table: Table) -> str:
    return (
        f"The gradients are zero again, and update {specimen.number:,} is complete; "
        f"its loss was {said(specimen.loss)}."
    )


_TELL: dict[str, Callable[[Specimen, Table], str | None]] = {
    "predict": _predict,
    "loss": _loss,
    "backward": _backward,
    "update": _update,
    "zero": _zero,
}


def _changes(specimen: Specimen, phase: str) -> str:
    """Say which values a phase changed."""
    names = [seen.name for seen in specimen.seen.values() if seen.changed == "now"]
    what = "nothing that is shown" if not names else _listed(names)
    if not specimen.ended:
        return f"Phase “{phase}” changed {what}."
    loss = "" if np.isnan(specimen.loss) else f"; its loss was {said(specimen.loss)}"
    return f"Update {specimen.number:,} is complete{loss}. Its last lines changed {what}."


def _listed(names: list[str]) -> str:
    if len(names) > 6:
        names = [*names[:5], f"{len(names) - 5} more"]
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def named_rows(rows: NDArray[np.int64], table: Table) -> str:
    """Name rows of the table, if they are few; else count them."""
    count = len(rows)
    if not table.row_names or count > 6:
        return many(count, "row")
    names = [isolated(table.row_names[row]) for row in rows]
    return f"row {names[0]}" if count == 1 else f"the rows {_listed(names)}"


def _these_rows(specimen: Specimen) -> str:
    count = len(specimen.rows)
    return "this row" if count == 1 else f"these {count:,} rows"


def _numbers(specimen: Specimen, name: str) -> NDArray[np.float64] | None:
    seen = specimen.seen.get(name)
    if seen is None or seen.value is None or not seen.value.numbers.size:
        return None
    return seen.value.numbers.astype(np.float64)


def _is_cut(specimen: Specimen, name: str) -> bool:
    value: Value | None = specimen.seen[name].value
    return value is None or value.numbers.size < math.prod(value.shape)


def _range(numbers: NDArray[np.float64]) -> str:
    low, high = float(numbers.min()), float(numbers.max())
    return said(low) if low == high else f"{said(low)} to {said(high)}"


def _largest(specimen: Specimen, name: str, table: Table) -> tuple[str, float] | None:
    """Return the names and the value of the largest entry of w's kind by size."""
    numbers = _numbers(specimen, name)
    shape = (len(table.target_names), len(table.feature_names))
    if numbers is None or specimen.seen[name].value.shape != shape:  # type: ignore[union-attr]
        return None
    if not np.isfinite(numbers).all() or _is_cut(specimen, name):
        return None
    j, k = np.unravel_index(int(np.argmax(np.abs(numbers))), numbers.shape)
    return _entry(table, int(j), int(k)), float(numbers[j, k])


def _entry(table: Table, target: int, feature: int) -> str:
    return f"{isolated(table.target_names[target])}, {isolated(table.feature_names[feature])}"
