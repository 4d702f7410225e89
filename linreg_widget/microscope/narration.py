"""What a phase of an update did, in one sentence with the actual numbers.

The article's own update is told in the words of the lesson; of any other it is said what changed.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from linreg_widget.messages import say
from linreg_widget.wording import isolated, said

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from linreg_widget.settings import Entry
    from linreg_widget.table import Table

    from .specimen import Specimen
    from .values import Value


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
        rows = named_rows(specimen.rows, table)
        start = say("narration.start", update=specimen.number, rows=rows)
        return f"{start} {_origin(specimen, table, by_hand)}".rstrip()
    tell = _TELL.get(phase) if article else None
    words = None if tell is None else tell(specimen, table)
    return words or _changes(specimen, phase)


def _origin(specimen: Specimen, table: Table, by_hand: frozenset[Entry]) -> str:
    """Say where the numbers of w and b come from, if not from an update."""
    first = specimen.number == 1
    if not by_hand:
        return say("narration.drawn") if first else ""
    if len(by_hand) == table.outputs * (table.features + 1):
        return say("narration.by_hand")
    names = [
        f"w[{table.target_names[row]}, {table.feature_names[column]}]"
        if name == "w"
        else f"b[{table.target_names[column]}]"
        for name, row, column in sorted(by_hand, key=lambda one: (one[0] == "b", one))
    ]
    count = len(names)
    what = say("words.list", names=names) if count <= 3 else say("narration.entries", count=count)
    return say("narration.entries_by_hand", names=what, count=count, first=first)


def _predict(specimen: Specimen, _table: Table) -> str | None:
    made, wanted = _numbers(specimen, "predictions"), _numbers(specimen, "y")
    if made is None or wanted is None or _is_cut(specimen, "predictions"):
        return None
    rows = len(specimen.rows)
    return say("narration.predict", made=_range(made), rows=rows, wanted=_range(wanted))


def _loss(specimen: Specimen, _table: Table) -> str | None:
    seen = specimen.seen.get("predictions")
    if seen is None or seen.value is None:
        return None
    count = math.prod(seen.value.shape)
    rows = len(specimen.rows)
    return say("narration.loss", rows=rows, loss=specimen.loss, count=count)


def _backward(specimen: Specimen, table: Table) -> str | None:
    found = _largest(specimen, "w.grad", table)
    if found is None:
        return None
    name, gradient = found
    if gradient == 0:
        return say("narration.flat")
    return say("narration.backward", entry=name, gradient=gradient, lowers=gradient > 0)


def _update(specimen: Specimen, table: Table) -> str | None:
    seen = specimen.seen.get("w")
    if not any(one.changed == "now" for one in specimen.seen.values()):
        return say("narration.too_small")
    if seen is None or seen.value is None or seen.old is None or _is_cut(specimen, "w"):
        return None
    old, new = seen.old.numbers, seen.value.numbers
    if old.shape != new.shape:
        return None
    moved = np.abs(new.astype(np.float64) - old)
    if not np.isfinite(moved).all():
        return say("narration.too_far")
    j, k = np.unravel_index(int(np.argmax(moved)), moved.shape)
    name = _entry(table, int(j), int(k))
    return say("narration.update", entry=name, old=float(old[j, k]), new=float(new[j, k]))


def completed(update: int, loss: float) -> str:
    """Return the sentence for the end of the article's update, which needs no look inside."""
    return say("narration.zero", update=update, loss=loss)


def _zero(specimen: Specimen, _table: Table) -> str:
    return completed(specimen.number, specimen.loss)


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
    what = say("words.list", names=names) if names else say("narration.nothing")
    if not specimen.ended:
        return say("narration.changed", phase=phase, names=what)
    return say(
        "narration.complete",
        update=specimen.number,
        known=not np.isnan(specimen.loss),
        loss=specimen.loss,
        names=what,
    )


def named_rows(rows: NDArray[np.int64], table: Table) -> str:
    """Name rows of the table, if they are few; else count them."""
    count = len(rows)
    if not table.row_names or count > 6:
        return say("words.rows", count=count)
    names = [isolated(table.row_names[row]) for row in rows]
    return say("narration.rows", count=count, names=names)


def _numbers(specimen: Specimen, name: str) -> NDArray[np.float64] | None:
    seen = specimen.seen.get(name)
    if seen is None or seen.value is None or not seen.value.numbers.size:
        return None
    return seen.value.numbers.astype(np.float64)


def _is_cut(specimen: Specimen, name: str) -> bool:
    value: Value | None = specimen.seen[name].value
    return value is None or not value.is_whole


def _range(numbers: NDArray[np.float64]) -> str:
    low, high = float(numbers.min()), float(numbers.max())
    return said(low) if low == high else say("words.range", low=low, high=high)


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
