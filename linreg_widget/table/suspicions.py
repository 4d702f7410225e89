"""What looks wrong in a table that could be read: totals, numbered rows, rows that are columns."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING

import numpy as np

from linreg_widget.messages import say
from linreg_widget.quiet import quietly
from linreg_widget.wording import isolated

from .columns import split_unit
from .numerals import is_number
from .precision import Note

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

_IDS = re.compile(
    r"#|(?:.*[ _-])?(?:id|ids|no\.?|nr\.?|num|index|idx|rank|row|key|sl|sr|s\.? ?no\.?|obs|"
    r"observation|case|record|serial|rownum|lfd\.? ?nr\.?|rang|unnamed: \d+)|.*[a-z]I[Dd]",
    re.IGNORECASE,
)
_TOTALS = re.compile(
    r"(?:grand |sub-?)?(?:total|totals|sum|summe|gesamt|insgesamt|overall|somme|suma)\b.*"
    r"|(?:mean|average|avg\.?|mittel(?:wert)?|durchschnitt|moyenne|media|median)\b.*|all\b.*|\u03c3|\u2211",
    re.IGNORECASE,
)
_CALLED = re.compile(  # and by nothing else, so that it is one whatever its numbers
    r"(?:grand |sub-?)?(?:total|totals|sum|summe|gesamt|insgesamt|overall|somme|suma)s?:?"
    r"|(?:mean|average|avg\.?|mittelwert|durchschnitt|moyenne|median):?|\u03c3|\u2211",
    re.IGNORECASE,
)
_CODE = re.compile(r"[^\W\d_]|(?:[^\W\d_]{1,12}[ _.-]?)?\d{1,4}(?:[-/]\d{1,4}){0,2}")
_LONGEST_NAME = 200  # signs, of a column that may be an id
_CLOSE = 1e-3  # of a sum, that rounded numbers may miss
_FEWEST = 3  # rows that a total can be of, itself included
_MOST_NAMES = 10_000  # of rows that are looked at
_COUNTED = 10  # rows from which on a first column that counts is noticed whatever its name
_CODES = (-99.0, -999.0, -9999.0, -99999.0)  # that stand for missing values in many data sets


@quietly
def suspicions(
    labels: Sequence[str],
    columns: Sequence[NDArray[np.float32]],
    row_names: Sequence[str],
    targets: Sequence[int],
    least: float = -math.inf,
) -> list[Note]:
    """Return a note for each thing that looks wrong.

    Parameters
    ----------
    labels : sequence of str
        One per column, "" for none.
    columns : sequence of k ndarrays, each of shape (n,)
    row_names : sequence of str
        One per row, or none.
    targets : sequence of int
        Which of the columns are targets.
    least : float
        A number that none is below.
    """
    return [
        *_counting(labels, columns, targets),
        *(_coded(labels, columns) if least <= max(_CODES) else ()),
        *_summing(columns, row_names),
        *_turned(labels, len(columns[0]), row_names),
    ]


def _counting(
    labels: Sequence[str], columns: Sequence[NDArray[np.float32]], targets: Sequence[int]
) -> list[Note]:
    """Name the features that only number the rows."""
    n, k = len(columns[0]), len(columns)
    found = []
    for at in range(k):
        if at in targets or k - len(targets) < 2 or n < _FEWEST:
            continue
        column, name = columns[at], split_unit(labels[at])[0]
        counts = column[0] in (0, 1) and bool((np.diff(column) == 1).all())
        named = bool(name and len(name) <= _LONGEST_NAME and _IDS.fullmatch(name))
        whole = named and len(np.unique(column)) == n and bool((column == np.floor(column)).all())
        if whole or (counts and not at and n >= _COUNTED):
            words = say(
                "notices.counts", column=isolated(name or f"x{at + 1}"), option=repr(name or at)
            )
            found.append(Note(name, words))
    return found


def _coded(labels: Sequence[str], columns: Sequence[NDArray[np.float32]]) -> list[Note]:
    """Name the columns in which a number such as -999 seems to stand for a missing value."""
    found = []
    for at, column in enumerate(columns):
        low = float(column.min())
        others = column[column != low] if low in _CODES else ()
        if len(others) and np.min(others) >= 0:
            name = split_unit(labels[at])[0]
            count = int((column == low).sum())
            shown = isolated(name or say("words.column", column=at + 1))
            words = say("notices.coded", column=shown, code=low, count=count)
            found.append(Note(name, words))
    return found


def _summing(columns: Sequence[NDArray[np.float32]], row_names: Sequence[str]) -> list[Note]:
    """Name a row that is the sum or the mean of the others."""
    n, k = len(columns[0]), len(columns)
    if n < _FEWEST:
        return []
    some = row_names if n <= _MOST_NAMES else ()
    named = [at for at, name in enumerate(some) if _TOTALS.fullmatch(name.strip())]
    total = columns[0].sum(dtype=np.float64)
    if not named and not any(_is_sum(columns[0][row], total) for row in (n - 1, 0)):
        return []  # the sum of a single column tells, nearly always
    total = np.array([column.sum(dtype=np.float64) for column in columns])
    for row in dict.fromkeys([*named, n - 1, 0]):
        numbers = np.array([column[row] for column in columns], np.float64)
        others = total - numbers
        size = np.abs(others)
        for kind, made in (("sum", others), ("mean", others / (n - 1))):
            same = (np.abs(numbers - made) <= _CLOSE * size) & (size > 0)
            whole = same.all() and k > 1 and n > _FEWEST and kind == "sum"
            if same.any() if row in named else whole:
                name = isolated(row_names[row]) if row_names else ""
                shown, mean = name or str(row + 1), kind == "mean"
                words = say("notices.total", named=bool(name), row=shown, mean=mean)
                return [Note("", words)]
    called = [isolated(some[row].strip()) for row in named if _CALLED.fullmatch(some[row].strip())]
    return [Note("", say("notices.called", count=len(called), rows=called))] if called else []


def _is_sum(number: np.float32, total: np.float64) -> bool:
    """Tell whether a number is the sum of the others of its column, as far as it is rounded."""
    others = total - np.float64(number)
    return bool(abs(number - others) <= _CLOSE * abs(others))


def _turned(labels: Sequence[str], n: int, row_names: Sequence[str]) -> list[Note]:
    """Notice rows that look like columns: names with units, or fewer rows than coded columns."""
    k = len(labels)
    if not 2 <= n <= _MOST_NAMES or not row_names:
        return []
    units = sum(bool(split_unit(name)[1]) for name in row_names)
    words = [name for name in row_names if name and not _CODE.fullmatch(name)]
    codes = all(not label or is_number(label) or _CODE.fullmatch(label) for label in labels)
    if 2 * units > n or (n < k and codes and len(words) == n):
        shown = [isolated(name) for name in row_names]
        return [Note("", say("notices.turned", rows=shown))]
    return []
