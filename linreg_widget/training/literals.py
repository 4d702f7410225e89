"""Numbers, settings and tables as Python source, from which the same bits are read."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from linreg_widget.errors import SettingsError
from linreg_widget.messages import say
from linreg_widget.settings import STRETCH_SETTINGS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from linreg_widget.recording import Path, Schedule
    from linreg_widget.settings import Settings
    from linreg_widget.table import Table

_MOST_NUMBERS = 1_000_000


def rows_of(table: Table, prefix: str = "") -> str:
    """Return the source of a table's rows, as ``inputs`` and ``targets``.

    Raises
    ------
    SettingsError
        If there are more than a million numbers: Python takes about a kilobyte to read each.
    """
    numbers = table.inputs.size + table.targets.size
    if numbers > _MOST_NUMBERS:
        raise SettingsError(say("scripts.too_large", numbers=numbers, most=_MOST_NUMBERS))
    return (
        f"# {', '.join(without_breaks(name) for name in table.feature_names)}\n"
        f'{prefix}inputs = np.array([\n{_rows(table.inputs)}], dtype="float32")\n'
        f"# {', '.join(without_breaks(name) for name in table.target_names)}\n"
        f'{prefix}targets = np.array([\n{_rows(table.targets)}], dtype="float32")\n'
    )


def without_breaks(text: str) -> str:
    """Return a text that ends no line and can be written to any file."""
    return " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())


def _rows(values: NDArray[np.float32]) -> str:
    return "".join(f"    [{', '.join(_number(value) for value in row)}],\n" for row in values)


def _number(value: np.float32) -> str:
    """Write a float32 so that reading it as float64 and rounding gives the same bits."""
    short = str(value)
    if np.float32(float(short)) != value:
        return repr(float(value))
    return short if short == "-0.0" else short.removesuffix(".0")


def changes_of(schedule: Schedule) -> str:
    """Return the source of the settings that a schedule changes to, by updates done before."""
    later = schedule.segments[1:]
    rows = "".join(f"    {segment.update}: {literal_of(segment.settings)},\n" for segment in later)
    return f"{{\n{rows}}}" if rows else "{}"


def sets_of(by_hand: Path) -> str:
    """Return the source of the w and b that were set by hand, as ``by_hand``."""
    rows = "".join(
        f"    {update}: ([{', '.join(_bracketed(row) for row in w)}], {_bracketed(b)}),\n"
        for update, w, b in zip(*by_hand, strict=True)
    )
    return f"by_hand = {{\n{rows}}}  # w and b as they were set, after so many updates\n"


def _bracketed(row: NDArray[np.float32]) -> str:
    return f"[{', '.join(_number(value) for value in row)}]"


def literal_of(settings: Settings) -> str:
    """Return the source of those settings that hold for a stretch of updates."""
    held = (f'"{name}": {value!r}' for name, value in settings.some(STRETCH_SETTINGS).items())
    return f"{{{', '.join(held)}}}"
