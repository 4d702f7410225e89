"""The settings of a run, checked in words."""

from __future__ import annotations

import dataclasses
import difflib
import math
import numbers
import operator
from dataclasses import dataclass
from typing import Any, TypeVar

from .errors import SettingsError

__all__ = ["FIELDS", "Settings", "check_setting"]

_T = TypeVar("_T")
_LARGEST_WHOLE = 2**53 - 1  # the largest whole number that a browser's numbers hold exactly


@dataclass(frozen=True)
class Settings:
    """How a run is trained. Together with the table and the update function it fixes every bit of it.

    Raises
    ------
    SettingsError
        If a value has the wrong type or is out of its range.
    """

    learning_rate: float | None = None
    """Length of a step, as a multiple of the gradient; None: a tenth of the largest stable rate."""
    epochs: int = 50
    """Passes over the whole table, at least 1."""
    batch_size: int | None = None
    """Rows in one batch, at least 1; None: 3 for tables of up to 100 rows, 64 above."""
    seed: int = 0
    """Seed of the generator that draws w, b and the order of the rows; 0 or more."""
    shuffle: bool = True
    """Whether the rows come in a new random order in each epoch."""
    standardize: bool = False
    """Whether the features are scaled to mean 0 and standard deviation 1 inside the run."""

    def __post_init__(self) -> None:
        for name in FIELDS:
            value = getattr(self, name)
            if value is not None or name not in ("learning_rate", "batch_size"):
                object.__setattr__(self, name, check_setting(name, value))

    def but(self, **changes: Any) -> Settings:
        """Return a copy with some settings changed.

        Raises
        ------
        SettingsError
            If a name is unknown or a value out of its range.
        """
        for name in changes:
            if name not in FIELDS:
                near = difflib.get_close_matches(name, FIELDS, n=1)
                hint = (
                    f"did you mean {near[0]!r}?"
                    if near
                    else f"the settings are {', '.join(FIELDS)}."
                )
                raise SettingsError(f"{name!r} is no setting; {hint}")
        return dataclasses.replace(self, **changes)

    @property
    def rate(self) -> float:
        """The learning rate of settings that a trainer has filled in.

        Raises
        ------
        SettingsError
            If it is still None.
        """
        return _filled("learning_rate", self.learning_rate)

    @property
    def batch_rows(self) -> int:
        """The batch size of settings that a trainer has filled in.

        Raises
        ------
        SettingsError
            If it is still None.
        """
        return _filled("batch_size", self.batch_size)


FIELDS = tuple(field.name for field in dataclasses.fields(Settings))


def check_setting(name: str, value: object) -> Any:
    """Return a setting's value as a plain float, int or bool.

    Raises
    ------
    SettingsError
        If the type or the range is wrong; the message names value, rule and remedy.
    """
    if name == "learning_rate":
        return _positive_number(value)
    if name in ("shuffle", "standardize"):
        if not isinstance(value, bool) and type(value).__name__ not in ("bool_", "bool"):
            raise SettingsError(f"{name} is {value!r}; it must be True or False.")
        return bool(value)
    least = 0 if name == "seed" else 1
    return _whole_number(name, value, least)


def _positive_number(value: object) -> float:
    rule = "the learning rate must be a positive, finite number: try 1e-5"
    if isinstance(value, bool) or not isinstance(value, numbers.Real):
        raise SettingsError(f"learning_rate is {value!r}, a {type(value).__name__}; {rule}.")
    number = float(value)
    if not (math.isfinite(number) and number > 0):
        raise SettingsError(f"learning_rate is {number:g}; {rule}.")
    return number


def _whole_number(name: str, value: object, least: int) -> int:
    words = name.replace("_", " ")
    rule = f"{words} must be a whole number, {least} or more"
    try:
        if isinstance(value, bool):
            raise TypeError
        if isinstance(value, numbers.Real) and float(value).is_integer():
            number = int(value)  # 50.0, as a number field sends it
        else:
            number = operator.index(value)  # type: ignore[arg-type]
    except (TypeError, ValueError, OverflowError):
        raise SettingsError(f"{name} is {value!r}; {rule}: try {_EXAMPLES[name]}.") from None
    if number < least:
        raise SettingsError(f"{name} is {number}; {rule}: try {_EXAMPLES[name]}.")
    if number > _LARGEST_WHOLE:
        raise SettingsError(
            f"{name} is {number}; {rule}, and at most 2**53 - 1: try {_EXAMPLES[name]}."
        )
    return number


_EXAMPLES = {"epochs": 50, "batch_size": 3, "seed": 0}


def _filled(name: str, value: _T | None) -> _T:
    if value is None:
        raise SettingsError(
            f"{name} is None; a trainer fills it in: read it from trainer.settings."
        )
    return value
