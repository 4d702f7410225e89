"""What a column loses when its numbers become float32, in words, with the remedy.

float32 has 24 binary digits: it cannot represent every whole number above 16,777,216, and numbers
around 1.7 billion are 128 apart. A column of times or ids still looks right, but rounding has
removed its information. Numbers below about 1e-38 lose digits, below 1e-45 all of them.
"""

from __future__ import annotations

import functools
import math
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from linreg_widget.errors import TableError
from linreg_widget.messages import say
from linreg_widget.quiet import quietly

from .columns import quoted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from numpy.typing import NDArray

    from .numerals import Place

_TINY = float(np.finfo(np.float32).tiny)  # below, numbers have fewer digits
_HUGE = float(np.finfo(np.float32).max)
_BLURRED = 0.01  # of the standard deviation: rounding by more is reported
COUNTED = 100_000
"""The most rows for which different numbers are counted however small the rounding is."""

EXACT = 2.0**53
"""Whole numbers up to here are exact in float64."""
_MAYBE = 1e-4  # of the standard deviation: if rounding reaches it, they are always counted
_BLOCK = 65_536  # rows looked at together
_HALF = float(np.finfo(np.float32).eps) / 2  # of a number: what rounding changes it by, at most
_TOLD_APART = 2**22  # multiples of the smallest difference that float32 can easily represent
_UNKNOWN = 300  # powers of ten from which on float64 cannot hold the number either
_HELD_EXACTLY = ("float16", "float32", "int8", "int16", "uint8", "uint16", "bool")


class Lost(NamedTuple):
    """What one column lost."""

    words: str
    """The end of a sentence that begins "The numbers of" the column."""
    collapsed: bool = False
    """Whether different numbers have all become the same one."""


class Note(NamedTuple):
    """A notice about a table: how it was read, what looks wrong, or what float32 lost."""

    column: str
    """The column's name; "" if it is about more than one."""
    words: str
    """A sentence, with the remedy if there is one."""
    collapsed: bool = False
    """Whether different numbers have all become the same one."""


@quietly
def losses(
    given: Iterable[NDArray[Any]],
    held: Sequence[NDArray[np.float32]],
    place: Place,
    texts: Mapping[int, Sequence[str]] | None = None,
) -> tuple[Lost | None, ...]:
    """Return what each of k columns lost; None for a column that lost nothing that matters.

    Parameters
    ----------
    given : iterable of k ndarrays, each of shape (n,)
        The original numbers, finite and of any real type; Python's int where none holds them.
    held : sequence of k ndarrays, each of shape (n,)
        The same numbers as float32.
    place : callable
        Says in words where a number is; called as ``place(column, row)``.
    texts : mapping of int to sequence of str, optional
        A column's numbers as typed, if they were typed.

    Raises
    ------
    TableError
        If all numbers of a column are so small that they become 0.
    """
    written, columns = texts or {}, [*given]

    def shown(column: int, row: int) -> str:
        number = f"{columns[column][row]:.6g}"
        text = quoted(written[column][row]) if column in written else number
        return say("precision.cell", cell=place(column, row), value=text)

    return tuple(
        _lost(numbers, held[column], functools.partial(shown, column))
        for column, numbers in enumerate(columns)
    )


def _lost(
    given: NDArray[Any], held: NDArray[np.float32], shown: Callable[[int], str]
) -> Lost | None:
    if given.dtype.name in _HELD_EXACTLY:
        return None
    if len(held) > COUNTED and given.dtype == np.float64 and _is_fine(held):
        return None
    if float(np.abs(held).max()) < EXACT and (given == held).all():
        return None
    return _too_small(given, held, shown) or _too_close(given, held)


def _is_fine(held: NDArray[np.float32]) -> bool:
    """Tell whether nothing that matters can have been lost, by the numbers of a long column alone.

    None may have become 0, and rounding, at most half of what lies between two numbers, may not
    reach the share of the standard deviation from which on it is looked at. If there is doubt, the
    numbers that were given tell.
    """
    low, high, squares, total = math.inf, -math.inf, 0.0, 0.0
    for start in range(0, len(held), _BLOCK):
        block = held[start : start + _BLOCK].astype(np.float64)
        if not block.all():
            return False
        low, high = min(low, float(block.min())), max(high, float(block.max()))
        block -= held[0]
        total += float(block.sum())
        block *= block
        squares += float(block.sum())
    largest, n = max(abs(low), abs(high)), len(held)
    spread = math.sqrt(max(squares / n - (total / n) ** 2, 0.0))
    return largest > 2 * _TINY and largest * _HALF < _MAYBE / 2 * spread


def _too_small(
    given: NDArray[Any], held: NDArray[np.float32], shown: Callable[[int], str]
) -> Lost | None:
    sizes = np.abs(given.astype(np.float64))
    gone, largest = (given != 0) & (held == 0), float(sizes.max())
    first, unit = int(np.argmax(gone)), _unit(largest)
    if gone.any() and not held.any():
        raise TableError(say("precision.gone", cell=shown(first), unit=unit))
    if largest < _TINY:
        return Lost(say("precision.small", unit=unit))
    if not gone.any():
        return None
    power = math.ceil(math.log10(_TINY) - math.log10(float(sizes[gone].min())))
    fits = math.log10(largest) + power < math.log10(_HUGE)
    count = int(np.count_nonzero(gone)) - 1
    return Lost(
        say(
            "precision.reach",
            cell=shown(first),
            others=count > 0,
            more=count,
            power=power,
            fits=fits,
        )
    )


def _unit(largest: float) -> str:
    """Return a power of ten that makes a column's largest number about 1."""
    power = -math.floor(math.log10(largest))
    return f"1e{power}" if power < _UNKNOWN else say("precision.large_power")


def _too_close(given: NDArray[Any], held: NDArray[np.float32]) -> Lost | None:
    apart, start = _from_least(given)
    error = float(np.abs(held.astype(np.float64) - start - apart).max())
    spread = float(apart.std())
    if not spread:
        return None  # the same number in all rows
    collapsed = bool((held == held[0]).all())
    if not collapsed and error < _MAYBE * spread and len(given) > COUNTED:
        return None
    distinct = np.unique(apart)
    before, left = len(distinct), len(np.unique(held))
    if not collapsed and error <= _BLURRED * spread and 2 * left > before:
        return None
    if collapsed:
        outcome = say("precision.collapsed", before=before, number=_number(float(str(held[0]))))
    elif left < before:
        outcome = say("precision.left", before=before, left=left)
    else:
        outcome = say("precision.moved", error=error)
    return Lost(
        say(
            "precision.close",
            step=float(np.spacing(np.abs(held).max())),
            outcome=outcome,
            offset=_offset(start, distinct),
        ),
        collapsed,
    )


def _from_least(given: NDArray[Any]) -> tuple[NDArray[np.float64], float]:
    """Return the exact differences to the least number, float64, and that number."""
    least, reach = given.min(), float(given.max()) - float(given.min())
    if given.dtype.kind == "f" or reach < EXACT:
        return (given - least).astype(np.float64), float(least)
    return given.astype(np.float64) - float(least), float(least)


def _offset(start: float, distinct: NDArray[np.float64]) -> str:
    """Suggest an offset after which float32 can tell the numbers apart."""
    low, high = start, start + float(distinct[-1])
    away = math.copysign(1, low) * min(abs(low), abs(high)) if low * high > 0 else 0.0
    gap = float(np.diff(distinct).min())
    for power in range(math.floor(math.log10(abs(away))), -20, -1) if away else ():
        step = 10.0**power
        offset = math.copysign(round(math.floor(abs(away) / step) * step, max(-power, 0)), away)
        if max(abs(low - offset), abs(high - offset)) < _TOLD_APART * gap:
            return say("precision.offset", subtract=offset > 0, number=_number(abs(offset)))
    return say("precision.no_offset")


def _number(value: float) -> str:
    """Write a number in full, as people type it: "1,700,000,000"."""
    if value and not 1e-4 <= abs(value) < 1e27:
        return f"{value:.6g}"
    return f"{value:,.0f}" if abs(value) >= 1e15 else f"{value:,.15g}"
