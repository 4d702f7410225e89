"""Traits that are checked like settings and refuse in the same words, or that travel as records."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any, Literal, TypeVar

import traitlets

from linreg_widget.errors import SettingsError
from linreg_widget.lesson import TABS, Choice, Kind, check_ask, check_controls, check_tab
from linreg_widget.messages import check_language, say, speaking_for
from linreg_widget.settings import Stop, check_setting

__all__ = [
    "WATCH",
    "Arrays",
    "Asked",
    "Controls",
    "Lang",
    "Record",
    "Setting",
    "SettingsTraitError",
    "Speed",
    "StopRule",
    "Tab",
]

_FASTEST = 1e6
WATCH: Literal["watch"] = "watch"
"""The speed at which a run of few updates can be watched: it takes about five seconds."""

R = TypeVar("R")
T = TypeVar("T")

if TYPE_CHECKING:
    from collections.abc import Callable

    AnyTrait = traitlets.TraitType[Any, Any]
    AnyDict = traitlets.Dict[str, Any]
    AnyEnum = traitlets.Enum[Any]
else:  # generic only from traitlets 5.10 on; Colab has 5.7
    AnyTrait, AnyDict, AnyEnum = traitlets.TraitType, traitlets.Dict, traitlets.Enum


class SettingsTraitError(SettingsError, traitlets.TraitError):
    """A ``SettingsError`` that traitlets knows as its own."""


def _refusing(validate: Callable[[T, object, object], R]) -> Callable[[T, object, object], R]:
    """Let a trait refuse in its widget's language, as a SettingsError and a TraitError."""

    @functools.wraps(validate)
    def checked(self: T, obj: object, value: object) -> R:
        try:
            return validate(self, obj, value)
        except SettingsError:
            with speaking_for(obj):  # the same once more, in other words
                try:
                    return validate(self, obj, value)
                except SettingsError as error:
                    raise SettingsTraitError(str(error)) from None

    return checked


class Setting(AnyTrait):
    """A trait that is checked like the setting of its name."""

    @_refusing
    def validate(self, _obj: object, value: object) -> Any:
        """Return the value as a plain number or truth value."""
        return check_setting(str(self.name), value)


class Speed(AnyTrait):
    """Updates a second: a number above zero, "watch", or None for as fast as it goes."""

    @_refusing
    def validate(self, _obj: object, value: object) -> float | Literal["watch"] | None:
        """Return the value as a float, "watch" or None.

        Raises
        ------
        SettingsTraitError
            If it is not usable.
        """
        if value is None:
            return None
        if value == WATCH:
            return WATCH
        if (
            isinstance(value, bool)
            or not isinstance(value, int | float)
            or not 0 < value < _FASTEST
        ):
            what = say("fields.speed", most=_FASTEST, typed=False)
            words = say("fields.given", name="speed", value=repr(value), what=what)
            raise SettingsError(words)
        return float(value)


class StopRule(AnyTrait):
    """One of the two ways to stop by itself, ``stop_within`` or ``stop_patience``, or None."""

    @_refusing
    def validate(self, _obj: object, value: object) -> Any:
        """Return the value as a plain number or None."""
        given: Any = {str(self.name).removeprefix("stop_"): value}
        stop = Stop(**given)
        return stop.patience if "patience" in given else stop.within


class Asked(AnyTrait):
    """What is asked: "loss", "weight", "diverges", "line", questions of choice, or None."""

    @_refusing
    def validate(self, _obj: object, value: object) -> Kind | list[Choice] | None:
        """Return the value."""
        return check_ask(value)


class Lang(AnyTrait):
    """The language of a panel: one of ``LANGUAGES``."""

    @_refusing
    def validate(self, _obj: object, value: object) -> str:
        """Return the value."""
        return check_language(value)


class Controls(AnyTrait):
    """Names of the panel's controls."""

    @_refusing
    def validate(self, _obj: object, value: object) -> tuple[str, ...]:
        """Return the names, each once, in their order on the page."""
        return check_controls(str(self.name), value)


class Record(AnyDict):
    """A dict that travels as JSON: empty, or as a ``TypedDict`` says.

    Parameters
    ----------
    of : type
        The ``TypedDict``, which the page is told of; see tests/contract.py.
    """

    def __init__(self, of: type) -> None:
        super().__init__()
        self.of = of


class Arrays(traitlets.Bytes):
    """Arrays that travel as bytes, packed by ``codec``; empty before there are any.

    Parameters
    ----------
    of : type, optional
        A ``TypedDict`` with a key for each array; without one, the arrays have any names.
    """

    def __init__(self, of: type | None = None) -> None:
        super().__init__(b"")
        self.of = of


class Tab(AnyEnum):
    """The tab of the stage that is open: one of ``TABS``."""

    def __init__(self) -> None:
        super().__init__(TABS, TABS[0])

    @_refusing
    def validate(self, _obj: object, value: object) -> str:
        """Return the value."""
        return check_tab(value)
