"""Traits that are checked like settings and refuse in the same words, or that travel as records."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, get_args

import traitlets

from linreg_widget.errors import SettingsError
from linreg_widget.messages import say, speaking_for
from linreg_widget.settings import Stop, check_setting, whole_number

_FASTEST = 1e6
_LONGEST = 60  # characters of a refused value
_SURELY_WHOLE = 2**31  # which takes no look
_WATCH: Literal["watch"] = "watch"
"""The speed at which a run of few updates can be watched: it takes about five seconds."""

if TYPE_CHECKING:
    from collections.abc import Callable

    AnyTrait = traitlets.TraitType[Any, Any]
    AnyDict = traitlets.Dict[str, Any]
    AnyWhole = traitlets.Int[int, Any]
    AnyChoice = traitlets.Enum[Any]
    AnyList = traitlets.List[Any]
else:  # generic only from traitlets 5.10 on; Colab has 5.7
    AnyTrait, AnyDict = traitlets.TraitType, traitlets.Dict
    AnyWhole, AnyChoice, AnyList = traitlets.Int, traitlets.Enum, traitlets.List


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
        return _checked(obj, self.check, *given)


def _checked(obj: object, check: Callable[..., Any], *given: object) -> Any:
    try:
        return check(*given)
    except SettingsError:
        with speaking_for(obj):  # the same once more, in other words
            try:
                return check(*given)
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


class Speed(Checked):
    """The speed of a run; see ``_check_speed``."""

    def __init__(self) -> None:
        super().__init__(_check_speed, _WATCH)


class Choice(AnyChoice):
    """One of the names of a ``Literal``."""

    def __init__(self, of: object, default: str) -> None:
        super().__init__(get_args(of), default)

    def validate(self, obj: object, value: object) -> Any:
        """Return the value as it is held."""
        try:
            return super().validate(obj, value)
        except traitlets.TraitError:
            with speaking_for(obj):
                rule = say("fields.one_of", names=", ".join(map(repr, self.values or ())))
                raise _refused(self.name, value, rule) from None


class Choices(AnyList):
    """A list of some of the names of a ``Literal``; at first of all."""

    def __init__(self, of: object) -> None:
        self.names = get_args(of)
        super().__init__(traitlets.Enum(self.names), [*self.names])

    def validate(self, obj: object, value: object) -> Any:
        """Return the value as it is held."""
        try:
            return super().validate(obj, value)
        except traitlets.TraitError:
            with speaking_for(obj):
                rule = say("fields.list_of", names=", ".join(map(repr, self.names)))
                raise _refused(self.name, value, rule) from None


def _refused(name: object, value: object, rule: str) -> SettingsTraitError:
    shown = repr(value)[:_LONGEST]
    return SettingsTraitError(say("fields.given", name=name, value=shown, what=rule))


class Whole(AnyWhole):
    """A whole number from 0 on."""

    def validate(self, obj: object, value: object) -> int:
        """Return the value as it is held."""
        if type(value) is int and 0 <= value < _SURELY_WHOLE:
            return value
        return int(_checked(obj, whole_number, str(self.name), value, 0))


def _check_speed(value: object) -> float | Literal["watch"] | None:
    """Return updates a second as a float, "watch", or None for as fast as it goes.

    Raises
    ------
    SettingsError
        If it is anything else.
    """
    if value is None or value == _WATCH:
        return value
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < _FASTEST:
        what = say("fields.speed", most=_FASTEST, typed=False)
        raise SettingsError(say("fields.given", name="speed", value=repr(value), what=what))
    return float(value)


class Record(AnyDict):
    """A dict that travels as JSON: empty, or as a ``TypedDict`` says.

    Parameters
    ----------
    of : type or str
        The ``TypedDict``, which the page is told of; by its name, if its module is not loaded just
        for that. See tests/contract.py, which knows where the name is from.
    """

    def __init__(self, of: type | str) -> None:
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
