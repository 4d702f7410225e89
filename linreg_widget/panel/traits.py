"""Traits that are checked like settings and refuse in the same words, or that travel as records."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import traitlets

from linreg_widget.errors import SettingsError
from linreg_widget.messages import say, speaking_for
from linreg_widget.settings import Stop, check_setting

_FASTEST = 1e6
WATCH: Literal["watch"] = "watch"
"""The speed at which a run of few updates can be watched: it takes about five seconds."""

if TYPE_CHECKING:
    from collections.abc import Callable

    AnyTrait = traitlets.TraitType[Any, Any]
    AnyDict = traitlets.Dict[str, Any]
else:  # generic only from traitlets 5.10 on; Colab has 5.7
    AnyTrait, AnyDict = traitlets.TraitType, traitlets.Dict


class SettingsTraitError(SettingsError, traitlets.TraitError):
    """A ``SettingsError`` that traitlets knows as its own."""


class Checked(AnyTrait):
    """A trait that refuses in its widget's language: as a SettingsError and a TraitError.

    Parameters
    ----------
    check : callable
        ``check(value)`` returns the value as it is to be held.
    default : object
    named : bool
        Whether it is ``check(name, value)``.
    """

    def __init__(
        self, check: Callable[..., Any], default: object = None, *, named: bool = False
    ) -> None:
        super().__init__(default, allow_none=default is None)
        self.check, self._named = check, named

    def validate(self, obj: object, value: object) -> Any:
        """Return the value as it is held."""
        given = [*([str(self.name)] if self._named else []), value]
        try:
            return self.check(*given)
        except SettingsError:
            with speaking_for(obj):  # the same once more, in other words
                try:
                    return self.check(*given)
                except SettingsError as error:
                    raise SettingsTraitError(str(error)) from None


class Setting(Checked):
    """A trait that is checked like the setting of its name."""

    def __init__(self, default: object) -> None:
        super().__init__(check_setting, default, named=True)


class StopRule(Checked):
    """One of the two ways to stop by itself, ``stop_within`` or ``stop_patience``, or None."""

    def __init__(self) -> None:
        super().__init__(_stop_rule, named=True)


def _stop_rule(name: str, value: object) -> float | None:
    given: Any = {name.removeprefix("stop_"): value}
    stop = Stop(**given)
    return stop.patience if "patience" in given else stop.within


def check_speed(value: object) -> float | Literal["watch"] | None:
    """Return updates a second as a float, "watch", or None for as fast as it goes.

    Raises
    ------
    SettingsError
        If it is anything else.
    """
    if value is None or value == WATCH:
        return value
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < _FASTEST:
        what = say("fields.speed", most=_FASTEST, typed=False)
        raise SettingsError(say("fields.given", name="speed", value=repr(value), what=what))
    return float(value)


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
