"""Which columns are the targets: by name, by position or by count."""

from __future__ import annotations

import difflib
import operator
import re
from collections.abc import Iterable, Sequence

from linreg_widget.errors import TableError

from .columns import clean, join_unit, listed, quoted, repeated

__all__ = ["Targets", "choose_targets"]

Targets = int | str | Sequence[int | str] | None
"""What callers may pass as ``targets``; see `choose_targets`."""

_WHOLE = re.compile(r"[+-]?\d{1,9}", re.ASCII)


def choose_targets(targets: Targets, names: Sequence[str], units: Sequence[str]) -> list[int]:
    """Return the positions of the target columns.

    Parameters
    ----------
    targets : None, str, int, or sequence of str and int
        - ``None``: the last column.
        - ``"Mangoes"``, ``["Mangoes", "Oranges"]``: by name, with or without the unit. The case
          may differ where that leaves one candidate only.
        - ``2``: a lone positive int is a count, here the last two columns.
        - ``[3, 4]``, ``[3]``, ``[-1]``, ``-1``: ints in a sequence, and negative ones anywhere,
          are positions, counted from 0; a column of row names does not count.
        - ``"2"``, ``["2"]``: a lone text that is no name but a whole number is a count;
          ``["3", "4"]``: several are positions. This is how ``%%linreg -t`` passes numbers.
    names, units : sequence of str
        The table's number columns, in order. Columns without a name have ``""``.

    Returns
    -------
    list of int
        In the order asked for, each in ``range(len(names))``.
    """
    count = len(names)
    alone = isinstance(targets, str) or not isinstance(targets, Iterable)
    if targets is None:
        wanted: list[object] = [-1]
    elif alone:
        wanted = [targets]
    else:
        wanted = list(targets)  # type: ignore[arg-type]
    if not wanted:
        raise TableError("targets is empty: name at least one column, or leave targets out.")

    if len(wanted) == 1:
        number = _whole(wanted[0])
        text = wanted[0] if isinstance(wanted[0], str) else None
        known = text is not None and _candidates(text, names, units)
        if number is not None and number >= 0 and not known and (alone or text is not None):
            return _last(number, count)
    positions = [_position(one, names, units) for one in wanted]
    if twice := repeated(positions):
        what = quoted(names[twice[0]] or f"at position {twice[0]}")
        raise TableError(f"The target {what} is asked for twice: name each target once.")
    if len(positions) == count:
        raise TableError(
            f"All {count} columns are targets, so no feature is left to predict them from: "
            "choose fewer targets."
        )
    return positions


def _whole(value: object) -> int | None:
    """Return `value` as an int where it is a whole number, else None."""
    if isinstance(value, str):
        return int(value) if _WHOLE.fullmatch(value.strip()) else None
    if isinstance(value, bool):
        return None
    try:
        return operator.index(value)  # type: ignore[arg-type]
    except TypeError:
        return None


def _last(number: int, count: int) -> list[int]:
    if number == 0:
        raise TableError(
            "targets=0 asks for no target at all: a lone number counts the last columns. "
            "For the first column write targets=[0] or its name."
        )
    if number >= count:
        raise TableError(
            f"targets={number} asks for the last {number} columns, but the table has {count} "
            f"columns of numbers and at least one must stay a feature: ask for at most {count - 1}."
        )
    return list(range(count - number, count))


def _candidates(wanted: str, names: Sequence[str], units: Sequence[str]) -> list[int]:
    """Return the columns that `wanted` may mean: the exact ones, else those of any case."""
    wanted = clean(wanted)
    columns = [
        {name, join_unit(name, unit), f"{name} [{unit}]", f"{name}({unit})"} if name else set()
        for name, unit in zip(names, units, strict=True)
    ]
    exact = [position for position, column in enumerate(columns) if wanted in column]
    if exact:
        return exact
    folded = wanted.casefold()
    return [
        position
        for position, column in enumerate(columns)
        if folded in {label.casefold() for label in column}
    ]


def _position(wanted: object, names: Sequence[str], units: Sequence[str]) -> int:
    number, count = _whole(wanted), len(names)
    if isinstance(wanted, str):
        found = _candidates(wanted, names, units)
        if len(found) == 1:
            return found[0]
        if len(found) > 1:
            which = listed([join_unit(names[position], units[position]) for position in found])
            raise TableError(
                f"The target {quoted(wanted)} may be any of {which}: write it exactly as one."
            )
        if number is None:
            raise TableError(_unknown(wanted, names))
    if number is None:
        raise TableError(
            f"targets must be names, whole numbers or a list of them, not {quoted(wanted)} "
            f"({type(wanted).__name__})."
        )
    if not -count <= number < count:
        raise TableError(
            f"There is no target at position {number}: the table has {count} columns of numbers, "
            f"at positions 0 to {count - 1} (or -1, the last, to -{count}). A column whose name "
            "is a number is asked for by that name, as a text."
        )
    return number % count


def _unknown(wanted: str, names: Sequence[str]) -> str:
    folded = {name.casefold(): name for name in names if name}
    near = difflib.get_close_matches(clean(wanted).casefold(), list(folded), n=1)
    if near:
        return f"There is no column {quoted(wanted)}: did you mean {quoted(folded[near[0]])}?"
    if not folded:
        return (
            f"There is no column {quoted(wanted)}, for the columns have no names: give a header, "
            "or a position, such as targets=[-1]."
        )
    return f"There is no column {quoted(wanted)}: the columns are {listed(list(folded.values()))}."
