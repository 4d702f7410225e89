"""``Frame``: what the microscope shows at one moment. The only file that knows the wire format.

A frame names the phase, the lines of code and every tensor of one update. The words travel as JSON;
the numbers travel beside them, as bytes in one buffer, so that NaN and infinity arrive as they are.
Large tensors send their leading rows and columns, so that a frame stays small whatever the table.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from linreg_widget.quiet import quietly
from linreg_widget.table import name_row

from .narration import narrate
from .specimen import MOST_COLUMNS, MOST_ROWS, Seen

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from linreg_widget.settings import Entry
    from linreg_widget.table import Table

    from .codeview import CodeView
    from .specimen import Specimen, Value

__all__ = ["Frame", "names_of"]

_MOST_NUMBERS = 9_000  # of all tensors together, those before a change included: 36 kB of float32
_FEWEST_COLUMNS = 8
_FIRST = ("x", "y", "predictions", "loss")
_PARAMETERS = ("w", "b", "w.grad", "b.grad")
_LAST = "learning_rate"


@dataclass(frozen=True, eq=False)
class Frame:
    """What the microscope shows at one moment."""

    specimen: Specimen
    """The update under way; between two updates the one just made, at the start the first one."""
    code: CodeView
    """The source of the update function."""
    table: Table
    """The table, for the names of rows and columns."""
    failed: int | None = None
    """The line, in the function's file, at which the update was given up."""
    by_hand: frozenset[Entry] = frozenset()
    """The entries of w and b that were set by hand right before the update."""

    @property
    def phase(self) -> str:
        """The last finished phase; "" before the first.

        The one that ends with the update is "zero" in the article's update, else "return".
        """
        if self.specimen.ended:
            return "zero" if self.code.article else "return"
        return self.specimen.phases[-1] if self.specimen.phases else ""

    @property
    @quietly
    def sentence(self) -> str:
        """What the last phase did, in one sentence with the numbers."""
        if self.failed is not None:
            return ""
        article = self.code.article
        return narrate(self.specimen, self.phase, self.table, article=article, by_hand=self.by_hand)

    @property
    def values(self) -> list[Seen | str]:
        """All values in the order in which they are shown; by name alone those still to come."""
        specimen = self.specimen
        found: dict[str, Seen | str] = {name: name for name in specimen.later}
        found.update(specimen.seen)
        own = [name for name in found if name not in specimen.of_model]
        order = dict.fromkeys([*_FIRST, *own, *_PARAMETERS, *specimen.of_model])
        order.pop(_LAST, None)
        return [found[name] for name in [*order, _LAST] if name in found]

    @quietly
    def encode(self) -> tuple[dict[str, Any], bytes]:
        """Return the words, for JSON, and the numbers, as bytes."""
        specimen, code, names = self.specimen, self.code, self.table.row_names
        done, after = code.around(specimen.lines, ended=specimen.ended)
        values = self.values
        known = [seen for seen in values if isinstance(seen, Seen)]
        arrays = [array for seen in known for array in (seen.value, seen.old) if array is not None]
        sizes = [array.numbers.size for array in arrays]
        pack = _Pack(_share(sizes, _MOST_NUMBERS))
        rows = specimen.rows[:MOST_ROWS]
        return {
            "update": specimen.number,
            "phases": [*specimen.phases],
            "phase": self.phase,
            "ended": specimen.ended,
            "done": done,
            "next": after,
            "failed": code.index_of(self.failed),
            "sentence": self.sentence,
            "rows": [name_row(names, row) for row in rows.tolist()],
            "index": rows.tolist(),
            "tensors": [self._words(seen, pack) for seen in values],
        }, bytes(pack.data)

    def _words(self, seen: Seen | str, pack: _Pack) -> dict[str, Any]:
        """Say what is to be known of a value, and pack its numbers."""
        value = seen.value if isinstance(seen, Seen) else None
        words: dict[str, Any] = {
            "name": seen if isinstance(seen, str) else seen.name,
            "shape": [],
            "shown": [0, 0],
            "dtype": "",
            "requires_grad": False,
            "axes": ["", ""],
            "state": "later" if isinstance(seen, str) else "none",
            "at": -1,
            "old": -1,
            "bits": 32,
            "was_none": False,
            "changed": "",
            "by_hand": [],
        }
        if isinstance(seen, str):
            return words
        old = seen.old
        words.update(changed=seen.changed, was_none=bool(seen.changed) and old is None)
        if value is None:
            return words
        if old is not None and (old.shape != value.shape or old.dtype != value.dtype):
            old = None
        rows, columns = _cut(value, pack.most)
        words.update(
            shape=value.shape,
            shown=[rows, columns],
            dtype=value.dtype,
            requires_grad=value.requires_grad,
            axes=self._axes(seen.name, value.shape),
            state="value",
            at=pack.add(value.numbers[:rows, :columns]),
            old=-1 if old is None else pack.add(old.numbers[:rows, :columns]),
            bits=8 * value.numbers.itemsize,
            by_hand=self._set_in(seen, rows, columns),
        )
        return words

    def _set_in(self, seen: Seen, rows: int, columns: int) -> list[list[int]]:
        """Return the shown entries of a value, as row and column, that are as set by hand."""
        if seen.changed or seen.name.removeprefix("model.") not in ("w", "b"):
            return []
        return [
            [row, column]
            for name, row, column in sorted(self.by_hand)
            if name == seen.name.removeprefix("model.") and row < rows and column < columns
        ]

    def _axes(self, name: str, shape: tuple[int, ...]) -> list[str]:
        """Say what the rows and the columns of a value stand for, as far as its shape tells."""
        n, t, d = len(self.specimen.rows), self.table.outputs, self.table.features
        if len(shape) == 1:
            of_batch = [(n, "rows"), (t, "targets"), (d, "features")]
            known = of_batch[1:] if name in self.specimen.of_model else of_batch
            return ["", next((axis for size, axis in known if shape == (size,)), "")]
        if len(shape) != 2:
            return ["", ""]
        pairs = [
            ((n, t), ["rows", "targets"]),
            ((n, d), ["rows", "features"]),
            ((t, d), ["targets", "features"]),
            ((d, t), ["features", "targets"]),
        ]
        if name == "x":
            pairs = pairs[1:]
        elif name in self.specimen.of_model:
            pairs = pairs[2:]
        return next((axes for size, axes in pairs if shape == size), ["", ""])


class _Pack:
    """Numbers one after the other in one buffer.

    Parameters
    ----------
    most : int
        The most numbers of one array that are to be shown.
    """

    def __init__(self, most: int) -> None:
        self.most = most
        self.data = bytearray()

    def add(self, numbers: NDArray[Any]) -> int:
        """Add an array, row by row, and return where it begins, in bytes."""
        self.data += bytes(-len(self.data) % numbers.itemsize)
        start = len(self.data)
        self.data += np.ascontiguousarray(numbers).astype(f"<f{numbers.itemsize}").tobytes()
        return start


def names_of(table: Table) -> dict[str, list[str]]:
    """Return the names of the table's columns for JSON, the first 128 of each kind."""
    return {
        "features": list(table.feature_names[:MOST_COLUMNS]),
        "targets": list(table.target_names[:MOST_COLUMNS]),
    }


def _share(sizes: list[int], budget: int) -> int:
    """Return the most that each may have, so that all have no more than the budget together.

    Those that need less than an equal share leave the rest to the others.
    """
    left, count = budget, len(sizes)
    for size in sorted(sizes):
        if size * count > left:
            return left // count
        left, count = left - size, count - 1
    return budget


def _cut(value: Value, most: int) -> tuple[int, int]:
    """Return how many rows and columns to show of a value: all, or about ``most`` numbers.

    Rows are cut as little as can be: a gradient is a sum over all rows of the batch.
    """
    rows, columns = value.numbers.shape
    if rows * columns <= most:
        return rows, columns
    columns = min(columns, max(_FEWEST_COLUMNS, most // rows))
    return min(rows, max(1, most // columns)), columns
