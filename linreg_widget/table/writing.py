"""A table as text: at the prompt, its first rows; as CSV, all of it, to be read again."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np

from linreg_widget.messages import say
from linreg_widget.wording import width

from .formats import EMPHASIS
from .numerals import is_value

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

_THREES = re.compile(r"-?[1-9]\d{0,2}\.\d{3}$")
_LIKE_CODE = re.compile(
    r"(?:array|tensor|structure|data\.frame)\(|(?:select|insert|create)\s", re.IGNORECASE
)
_ROWS, _COLUMNS, _LETTERS = 6, 8, 24  # at most, of a table at the prompt


def written(
    labels: Sequence[str], row_names: Sequence[str], values: NDArray[np.float32], separator: str
) -> str:
    """Return a table as text: k labels, n row names or none, and the values, ``(n, k)``."""
    cells = values.astype(str)  # the shortest that float32 tells apart, but float64 may not
    other = cells.astype(np.float64).astype(np.float32) != values
    cells[other] = values[other].astype(np.float64).astype(str)
    lines = [[cell.removesuffix(".0") for cell in row] for row in cells.tolist()]
    if separator in ";\t":  # else thousands might be meant by 2.155
        lines = [[_THREES.sub(r"\g<0>0", cell) for cell in line] for line in lines]
    header = [_cell(f"{label} ()" if is_value(label) else label) for label in labels]
    if row_names:
        header = ["", *header]
        lines = [[_cell(name), *line] for name, line in zip(row_names, lines, strict=True)]
    if separator == "|":
        header = [_barred(cell) for cell in header]
        lines = [[_barred(line[0]), *line[1:]] for line in lines]
    return "".join(separator.join(line) + "\n" for line in [header, *lines])


def _barred(cell: str) -> str:
    """Escape a cell's bars, and part a backslash at its end from the bar that follows."""
    return cell.replace("|", "\\|") + " " * cell.endswith("\\")


def _cell(text: str) -> str:
    """Quote a text that could be mistaken for several cells, a comment, marks or code."""
    plain = not set(text) & set(',;|\t"#') and not EMPHASIS.search(text)
    if plain and text[:1].isalnum() and not _LIKE_CODE.match(text):
        return text
    return '"' + text.replace('"', '""') + '"'


def preview(
    title: str,
    labels: Sequence[str],
    row_names: Sequence[str],
    inputs: NDArray[np.float32],
    targets: NDArray[np.float32],
) -> str:
    """Return a title, the first rows in aligned columns, and the arrays' shapes."""
    n, d = inputs.shape
    t = targets.shape[1]
    features = _chosen(d, max(_COLUMNS - min(t, _COLUMNS // 2), _COLUMNS // 2))
    outputs = _chosen(t, _COLUMNS // 2)
    columns = [[""] + [_shown(name) for name in row_names[:_ROWS]]] if row_names else []
    for array, chosen, start in ((inputs, features, 0), (targets, outputs, d)):
        if start:
            columns.append(["│"] * (1 + min(n, _ROWS)))
        for position in chosen:
            if position is None:
                columns.append(["…"] * (1 + min(n, _ROWS)))
            else:
                numbers = [f"{value:.6g}" for value in array[:_ROWS, position].tolist()]
                columns.append([_shown(labels[start + position]), *numbers])
    aligned = [
        _aligned(column, left=bool(row_names) and not at) for at, column in enumerate(columns)
    ]
    lines = ["  ".join(cells).rstrip() for cells in zip(*aligned, strict=True)]
    if n > _ROWS:
        lines.append(f"… {say('tables.rows', count=n - _ROWS)}")
    return "\n".join(
        [
            say("sheets.title", title=title, rows=n, features=d, targets=t),
            *lines,
            say("sheets.shapes", inputs=inputs.shape, targets=targets.shape),
        ]
    )


def _chosen(count: int, room: int) -> list[int | None]:
    """Return the positions to show; None is for those left out."""
    if count <= room:
        return list(range(count))
    return [*range(room - 2), None, count - 1]


def _shown(text: str) -> str:
    text = "".join(letter for letter in text if letter.isprintable())
    return text if len(text) <= _LETTERS else text[: _LETTERS - 1] + "…"


def _aligned(column: Sequence[str], *, left: bool) -> list[str]:
    widest = max(map(width, column))
    blanks = [" " * (widest - width(cell)) for cell in column]
    return [
        cell + blank if left else blank + cell for cell, blank in zip(column, blanks, strict=True)
    ]
