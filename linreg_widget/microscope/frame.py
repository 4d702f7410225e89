"""``Frame``: what the microscope shows at one moment, in words and numbers for the page.

A frame names the phase, the lines of code and every tensor of one update. The words travel as JSON;
the numbers travel beside them as arrays, so that NaN and infinity arrive as they are.
Large tensors send their leading rows and columns, so that a frame stays small whatever the table.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, TypedDict

from linreg_widget.messages import say
from linreg_widget.quiet import quietly
from linreg_widget.table import name_row

from .codeview import Lines
from .narration import narrate
from .specimen import Changed, Seen
from .values import MOST_COLUMNS, MOST_ROWS, cut_to, fair_share

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from linreg_widget.settings import Entry
    from linreg_widget.table import Table

    from .codeview import CodeView
    from .specimen import Specimen

_MOST_NUMBERS = 9_000  # of all tensors together, those before a change included: 36 kB of float32
_FIRST = ("x", "y", "predictions", "loss")
_PARAMETERS = ("w", "b", "w.grad", "b.grad")
_LAST = "learning_rate"

Axis = Literal["rows", "targets", "features", ""]
State = Literal["value", "none", "later"]


class Names(TypedDict):
    """The names of the table's columns, the leading ones."""

    features: list[str]
    targets: list[str]


class WireTensor(TypedDict):
    """What the page is told of a value beside its numbers."""

    name: str
    """As in the code, but without ``model.``."""
    shape: tuple[int, ...]
    """The whole shape, even if only the leading rows and columns are sent."""
    dtype: str
    """What torch calls it, "float32"; "float" and "int" for plain numbers."""
    requires_grad: bool
    axes: tuple[Axis, Axis]
    """What the rows and the columns stand for."""
    state: State
    """Whether it has a value, is None, or comes later in this update."""
    values: str
    """The name of the array with its numbers, as rows and columns; "" if there is none."""
    old: str
    """The name of the array with its numbers before the last change; "" if there is none."""
    was_none: bool
    """Whether the last change made it, so that there was nothing before."""
    changed: Changed
    """By the last phase, by an earlier one of this update, or not in this update."""
    by_hand: list[tuple[int, int]]
    """Rows and columns of the entries that are as they were set by hand."""


class WireFrame(TypedDict):
    """The words of a ``Frame``; lines are counted from 0."""

    update: int
    """Its number in the run, from 1."""
    phases: list[str]
    """The finished phases."""
    phase: str
    """The last finished phase; "" before the first."""
    ended: bool
    """Whether the update is complete."""
    done: Lines | None
    """The lines that are just finished."""
    next: int | None
    """The line that comes next."""
    failed: int | None
    """The line at which the update was given up."""
    sentence: str
    """What the last phase did."""
    rows: list[str]
    """The names of the batch's rows."""
    index: list[int]
    """The numbers of these rows in the table, from 0."""
    tensors: list[WireTensor]


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
        """What the last phase did, in one sentence with the numbers; or that the update failed."""
        if self.failed is not None:
            marked = self.code.index_of(self.failed) is not None
            return say("narration.failed", update=self.specimen.number, marked=marked)
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
    def encode(self) -> tuple[WireFrame, dict[str, NDArray[Any]]]:
        """Return the words, for JSON, and the numbers that they name."""
        specimen, code, names = self.specimen, self.code, self.table.row_names
        done, after = code.around(specimen.lines, ended=specimen.ended)
        values = self.values
        known = [seen for seen in values if isinstance(seen, Seen)]
        sizes = [one.numbers.size for seen in known for one in (seen.value, seen.old) if one]
        most = fair_share(sizes, _MOST_NUMBERS)
        arrays: dict[str, NDArray[Any]] = {}
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
            "tensors": [self._words(seen, most, arrays) for seen in values],
        }, arrays

    def _words(self, seen: Seen | str, most: int, arrays: dict[str, NDArray[Any]]) -> WireTensor:
        """Describe a value, and add at most so many of its numbers to the others."""
        value = seen.value if isinstance(seen, Seen) else None
        words: WireTensor = {
            "name": seen if isinstance(seen, str) else seen.name,
            "shape": (),
            "dtype": "",
            "requires_grad": False,
            "axes": ("", ""),
            "state": "later" if isinstance(seen, str) else "none",
            "values": "",
            "old": "",
            "was_none": False,
            "changed": "",
            "by_hand": [],
        }
        if isinstance(seen, str):
            return words
        old = seen.old
        words["changed"] = seen.changed
        words["was_none"] = bool(seen.changed) and old is None
        if value is None:
            return words
        if old is not None and (old.shape != value.shape or old.dtype != value.dtype):
            old = None
        rows, columns = cut_to(value, most)
        words.update(
            {
                "shape": value.shape,
                "dtype": value.dtype,
                "requires_grad": value.requires_grad,
                "axes": self._axes(seen.name, value.shape),
                "state": "value",
                "values": seen.name,
                "by_hand": self._set_in(seen, rows, columns),
            }
        )
        arrays[seen.name] = value.numbers[:rows, :columns]
        if old is not None:
            words["old"] = f"{seen.name} before"  # with a space, so that no variable is called so
            arrays[words["old"]] = old.numbers[:rows, :columns]
        return words

    def _set_in(self, seen: Seen, rows: int, columns: int) -> list[tuple[int, int]]:
        """Return the shown entries of a value, as row and column, that are as set by hand."""
        if seen.changed or seen.name.removeprefix("model.") not in ("w", "b"):
            return []
        return [
            (row, column)
            for name, row, column in sorted(self.by_hand)
            if name == seen.name.removeprefix("model.") and row < rows and column < columns
        ]

    def _axes(self, name: str, shape: tuple[int, ...]) -> tuple[Axis, Axis]:
        """Say what the rows and the columns of a value stand for, as far as its shape tells."""
        n, t, d = len(self.specimen.rows), self.table.outputs, self.table.features
        if len(shape) == 1:
            of_batch: list[tuple[int, Axis]] = [(n, "rows"), (t, "targets"), (d, "features")]
            known = of_batch[1:] if name in self.specimen.of_model else of_batch
            return "", next((axis for size, axis in known if shape == (size,)), "")
        if len(shape) != 2:
            return "", ""
        pairs: list[tuple[tuple[int, int], tuple[Axis, Axis]]] = [
            ((n, t), ("rows", "targets")),
            ((n, d), ("rows", "features")),
            ((t, d), ("targets", "features")),
            ((d, t), ("features", "targets")),
        ]
        if name == "x":
            pairs = pairs[1:]
        elif name in self.specimen.of_model:
            pairs = pairs[2:]
        return next((axes for size, axes in pairs if shape == size), ("", ""))


def names_of(table: Table) -> Names:
    """Return the names of the table's columns for JSON, the first 128 of each kind."""
    return {
        "features": list(table.feature_names[:MOST_COLUMNS]),
        "targets": list(table.target_names[:MOST_COLUMNS]),
    }
