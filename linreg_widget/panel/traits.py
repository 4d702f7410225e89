"""Traits that are checked like settings and refuse in the same words, or that travel as records."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import traitlets

from linreg_widget.errors import SettingsError
from linreg_widget.lesson import TABS, Choice, Kind, check_ask, check_controls, check_tab
from linreg_widget.messages import check_language, say
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

if TYPE_CHECKING:
    AnyTrait = traitlets.TraitType[Any, Any]
    AnyDict = traitlets.Dict[str, Any]
    AnyEnum = traitlets.Enum[Any]
else:  # generic only from traitlets 5.10 on; Colab has 5.7
    AnyTrait, AnyDict, AnyEnum = traitlets.TraitType, traitlets.Dict, traitlets.Enum


class SettingsTraitError(SettingsError, traitlets.TraitError):
    """A ``SettingsError`` that traitlets knows as its own."""


class Setting(AnyTrait):
    """A trait that is checked like the setting of its name."""

    def validate(self, _obj: object, value: object) -> Any:
        """Return the value as a plain number or truth value.

        Raises
        ------
        SettingsTraitError
            If it is not usable; both a ``SettingsError`` and a ``TraitError``.
        """
        try:
            return check_setting(str(self.name), value)
        except SettingsError as error:
            raise SettingsTraitError(str(error)) from None


class Speed(AnyTrait):
    """Updates a second: a number above zero, "watch", or None for as fast as it goes."""

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
            raise SettingsTraitError(words)
        return float(value)


class StopRule(AnyTrait):
    """One of the two ways to stop by itself, ``stop_within`` or ``stop_patience``, or None."""

    def validate(self, _obj: object, value: object) -> Any:
        """Return the value as a plain number or None.

        Raises
        ------
        SettingsTraitError
            If it is not usable.
        """
        given: Any = {str(self.name).removeprefix("stop_"): value}
        try:
            stop = Stop(**given)
        except SettingsError as error:
            raise SettingsTraitError(str(error)) from None
        return stop.patience if "patience" in given else stop.within


class Asked(AnyTrait):
    """What is asked: "loss", "weight", "diverges", "line", questions of choice, or None."""

    def validate(self, _obj: object, value: object) -> Kind | list[Choice] | None:
        """Return the value.

        Raises
        ------
        SettingsTraitError
            If it is none of these.
        """
        try:
            return check_ask(value)
        except SettingsError as error:
            raise SettingsTraitError(str(error)) from None


class Lang(AnyTrait):
    """The language of a panel: one of ``LANGUAGES``."""

    def validate(self, _obj: object, value: object) -> str:
        """Return the value.

        Raises
        ------
        SettingsTraitError
            If there is no catalogue for it.
        """
        try:
            return check_language(value)
        except SettingsError as error:
            raise SettingsTraitError(str(error)) from None


class Controls(AnyTrait):
    """Names of the panel's controls."""

    def validate(self, _obj: object, value: object) -> tuple[str, ...]:
        """Return the names, each once, in their order on the page.

        Raises
        ------
        SettingsTraitError
            If one is unknown.
        """
        try:
            return check_controls(str(self.name), value)
        except SettingsError as error:
            raise SettingsTraitError(str(error)) from None


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

    def validate(self, _obj: object, value: object) -> str:
        """Return the value.

        Raises
        ------
        SettingsTraitError
            If there is no such tab.
        """
        try:
            return check_tab(value)
        except SettingsError as error:
            raise SettingsTraitError(str(error)) from None
