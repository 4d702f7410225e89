"""Traits that are checked like settings, and refuse in the same words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import traitlets

from linreg_widget.errors import SettingsError
from linreg_widget.lesson import check_controls, check_kind, check_tab
from linreg_widget.settings import Stop, check_setting

__all__ = [
    "WATCH",
    "Asked",
    "Controls",
    "Setting",
    "SettingsTraitError",
    "Speed",
    "StopRule",
    "Tab",
]

_FASTEST = 1e6
WATCH = "watch"
"""The speed at which a run of few updates can be watched: it takes about five seconds."""

if TYPE_CHECKING:
    AnyTrait = traitlets.TraitType[Any, Any]
else:
    AnyTrait = traitlets.TraitType  # generic only from traitlets 5.10 on; Colab has 5.7


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

    def validate(self, _obj: object, value: object) -> Any:
        """Return the value as a float, "watch" or None.

        Raises
        ------
        SettingsTraitError
            If it is not usable.
        """
        if value is None or value == WATCH:
            return value
        if (
            isinstance(value, bool)
            or not isinstance(value, int | float)
            or not 0 < value < _FASTEST
        ):
            raise SettingsTraitError(
                f"speed is {value!r}; it must be a number of updates a second, above 0 and below "
                f"{_FASTEST:,.0f}, 'watch' for a run of about five seconds, or None for full speed."
            )
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
    """What is asked before an act: "loss", "weight", "diverges", or None for nothing."""

    def validate(self, _obj: object, value: object) -> str | None:
        """Return the value.

        Raises
        ------
        SettingsTraitError
            If it is none of these.
        """
        try:
            return check_kind(value)
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


class Tab(AnyTrait):
    """The tab of the stage that is open: one of ``TABS``."""

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
