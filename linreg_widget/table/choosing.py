"""Which columns are the targets, which the features, and which are left out or encoded."""

from __future__ import annotations

import difflib
import operator
import re
from collections.abc import Iterable, Sequence

from linreg_widget.errors import TableError
from linreg_widget.messages import say

from .columns import clean, join_unit, listed, quoted, repeated

Targets = int | str | Sequence[int | str] | None
"""What callers may pass as ``targets``; see `choose_targets`."""

Columns = int | str | Sequence[int | str] | None
"""What callers may pass for columns: names, or positions counted from 0."""

Encode = Columns | bool
"""What callers may pass as ``encode``: columns of words, or True for all of them."""

_WHOLE = re.compile(r"[+-]?\d{1,9}", re.ASCII)


def choose_targets(targets: Targets, names: Sequence[str], units: Sequence[str]) -> list[int]:
    """Return the positions of the target columns.

    Parameters
    ----------
    targets : None, str, int, or sequence of str and int
        - ``None``: the last column.
        - ``"Mangoes"``, ``["Mangoes", "Oranges"]``: by name, with or without the unit. Upper and
          lower case may differ if only one column matches.
        - ``"Mangoes, Oranges"``: several names, unless one column has that name.
        - ``2``: a single positive int is a count, here the last two columns.
        - ``[3, 4]``, ``[3]``, ``[-1]``, ``-1``: ints in a sequence, and negative ones anywhere,
          are positions, counted from 0; a column of row names does not count.
        - ``"2"``, ``["2"]``: a single text that is a whole number and not a name is a count;
          ``["3", "4"]``: several are positions. This is how ``%%linreg -t`` passes numbers.
    names, units : sequence of str
        The table's columns of numbers, in order. Columns without a name have ``""``.

    Returns
    -------
    list of int
        In the order asked for, each in ``range(len(names))``.
    """
    count = len(names)
    alone = isinstance(targets, str) or not isinstance(targets, Iterable)
    wanted = split_list(-1 if targets is None else targets, names, units)
    if not wanted:
        raise TableError(say("choosing.none"))

    if len(wanted) == 1:
        number = _whole(wanted[0])
        text = wanted[0] if isinstance(wanted[0], str) else None
        known = text is not None and _candidates(text, names, units)
        if number is not None and number >= 0 and not known and (alone or text is not None):
            return _last(number, count)
    positions = [_position("target", one, names, units) for one in wanted]
    if twice := repeated(positions):
        what = quoted(names[twice[0]] or say("choosing.at", position=twice[0]))
        raise TableError(say("choosing.twice", what=what))
    if len(positions) == count:
        raise TableError(say("choosing.all", count=count))
    return positions


def choose_columns(
    option: str, wanted: Columns, names: Sequence[str], units: Sequence[str]
) -> list[int]:
    """Return the positions of columns that an option names, in the order asked for.

    Parameters
    ----------
    option : str
        For messages: ``features``, ``drop``, ``encode``.
    wanted : None, str, int, or sequence of str and int
        Names, or positions; several names may stand in one text, separated by commas.
    names, units : sequence of str
        The table's columns, in order.
    """
    if wanted is None:
        return []
    parts = split_list(wanted, names, units)
    return list(dict.fromkeys(_position(option, one, names, units) for one in parts))


def split_list(wanted: object, names: Sequence[str], units: Sequence[str]) -> list[object]:
    """Return what is wanted as a list; texts such as ``a, b`` are names, unless one is a name."""
    parts: list[object] = []
    if isinstance(wanted, str) or not isinstance(wanted, Iterable):
        wanted = [wanted]
    for one in wanted:
        if isinstance(one, str) and "," in one and not _candidates(one, names, units):
            parts += [part.strip() for part in one.split(",") if part.strip()]
        else:
            parts.append(one)
    return parts


def _whole(value: object) -> int | None:
    """Return `value` as an int if it is a whole number, else None."""
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
        raise TableError(say("choosing.zero"))
    if number >= count:
        raise TableError(say("choosing.too_many", number=number, count=count, most=count - 1))
    return list(range(count - number, count))


def _candidates(wanted: str, names: Sequence[str], units: Sequence[str]) -> list[int]:
    """Return the columns that `wanted` may mean: exact matches, else those that ignore case."""
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


def _position(option: str, wanted: object, names: Sequence[str], units: Sequence[str]) -> int:
    what = "target" if option == "target" else "column"
    number, count = _whole(wanted), len(names)
    if isinstance(wanted, str):
        found = _candidates(wanted, names, units)
        if len(found) == 1:
            return found[0]
        if len(found) > 1:
            which = listed([join_unit(names[position], units[position]) for position in found])
            raise TableError(
                say("choosing.ambiguous", what=what, wanted=quoted(wanted), which=which)
            )
        if number is None:
            raise TableError(_unknown(wanted, names))
    if number is None:
        option = "targets" if option == "target" else option
        raise TableError(
            say("choosing.kind", option=option, value=quoted(wanted), type=type(wanted).__name__)
        )
    if not -count <= number < count:
        raise TableError(
            say("choosing.position", what=what, number=number, count=count, last=count - 1)
        )
    return number % count


def _unknown(wanted: str, names: Sequence[str]) -> str:
    folded = {name.casefold(): name for name in names if name}
    near = difflib.get_close_matches(clean(wanted).casefold(), list(folded), n=1)
    if near:
        return say("choosing.meant", wanted=quoted(wanted), near=quoted(folded[near[0]]))
    if not folded:
        return say("choosing.nameless", wanted=quoted(wanted))
    return say("choosing.unknown", wanted=quoted(wanted), names=listed(list(folded.values())))
