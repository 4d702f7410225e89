"""The settings of a run and the arguments of a trainer's verbs, checked with errors in words."""

from __future__ import annotations

import dataclasses
import math
import numbers
import operator
import sys
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, TypedDict, TypeVar, Unpack, cast, get_args, overload

from .errors import SettingsError
from .messages import meant, say
from .wording import rate_text

if TYPE_CHECKING:
    from collections.abc import Sequence

_T = TypeVar("_T")
_LARGEST_WHOLE = 2**53 - 1  # the largest whole number that a browser's numbers hold exactly
# Below and above these a number is 0 or infinite in the 32 bits of w and b.
_SMALLEST, _LARGEST = 2.0**-150, 2.0**128 - 2.0**103
_EXAMPLES = {"epochs": 50, "batch_size": 3, "seed": 0, "patience": 10}
OTHER_NAMES = {
    "alpha": "learning_rate",
    "batch": "batch_size",
    "bs": "batch_size",
    "eta": "learning_rate",
    "lr": "learning_rate",
    "n_epochs": "epochs",
    "random_state": "seed",
    "rate": "learning_rate",
    "scale": "standardize",
}
"""What other libraries and books call the settings."""


# The three kinds of settings. This is the only place that says which setting is of which kind.
_START = {"kind": "start"}  # holds for a whole run: another value starts the run again
_STRETCH = {"kind": "stretch"}  # holds for a stretch of updates: it may change on the way
_PLAN = {"kind": "plan"}  # says how far the run is to go, and leaves each update as it is

By = Literal["phase", "update", "epoch"]


Entry = tuple[str, int, int]
"""An entry of w or b: the tensor's name, the row (0 in b) and the column."""


class Changes(TypedDict, total=False):
    """Settings by name, as keyword arguments."""

    learning_rate: float | None
    epochs: int
    batch_size: int | None
    seed: int
    shuffle: bool
    standardize: bool


@dataclass(frozen=True)
class Settings:
    """How a run is trained. With the table and the update function it fixes every bit of the run.

    There are three kinds of settings, and each field says which it is: ``START_SETTINGS`` hold for
    a whole run, ``STRETCH_SETTINGS`` for a stretch of updates, ``PLAN_SETTINGS`` say how far it is
    to go.

    Raises
    ------
    SettingsError
        If a value has the wrong type or is out of its range.

    Examples
    --------
    >>> Settings(learning_rate=1e-5, epochs=100).but(seed=1)
    Settings(learning_rate=1e-05, epochs=100, batch_size=None, seed=1, shuffle=True, ...)
    """

    learning_rate: float | None = field(default=None, metadata=_STRETCH)
    """Length of a step, as a multiple of the gradient; None: a tenth of the largest stable rate."""
    epochs: int = field(default=50, metadata=_PLAN)
    """Passes over the whole table, at least 1."""
    batch_size: int | None = field(default=None, metadata=_STRETCH)
    """Rows in one batch, at least 1; None: 3 for tables of up to 100 rows, 64 above."""
    seed: int = field(default=0, metadata=_START)
    """Seed of the generator that draws w, b and the order of the rows; 0 or more."""
    shuffle: bool = field(default=True, metadata=_STRETCH)
    """Whether the rows come in a new random order in each epoch."""
    standardize: bool = field(default=False, metadata=_START)
    """Whether the features are scaled to mean 0 and standard deviation 1 inside the run."""

    def __post_init__(self) -> None:
        for one in dataclasses.fields(self):
            value = getattr(self, one.name)
            if value is not None or one.default is not None:
                object.__setattr__(self, one.name, check_setting(one.name, value))

    @classmethod
    def of(cls, settings: object, **changes: Unpack[Changes]) -> Settings:
        """Return settings, or the defaults for None, with some of them changed.

        Parameters
        ----------
        settings : Settings or None
        **changes
            Settings by name.

        Raises
        ------
        SettingsError
            If ``settings`` is something else, a name is unknown or a value out of its range.
        """
        if settings is None:
            return cls().but(**changes)
        if not isinstance(settings, Settings):
            raise SettingsError(say("fields.not_settings", value=_shown(settings)))
        return settings.but(**changes)

    def but(self, **changes: Unpack[Changes]) -> Settings:
        """Return a copy with some settings changed.

        Parameters
        ----------
        **changes
            Settings by name.

        Raises
        ------
        SettingsError
            If a name is unknown or a value out of its range.
        """
        for name in changes:
            _check_name(name)
        return dataclasses.replace(self, **changes)

    def differing(self, other: Settings) -> list[str]:
        """Return the names of the settings in which two runs differ, those of the plan aside.

        Parameters
        ----------
        other : Settings
            Those of the other run.
        """
        return [
            name
            for name in FIELDS
            if name not in PLAN_SETTINGS and getattr(self, name) != getattr(other, name)
        ]

    def some(self, names: Sequence[str]) -> Changes:
        """Return some settings by name.

        Parameters
        ----------
        names : sequence of str
            For instance ``STRETCH_SETTINGS``.
        """
        return cast("Changes", {name: getattr(self, name) for name in names})

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


def _of_kind(kind: dict[str, str]) -> tuple[str, ...]:
    return tuple(one.name for one in dataclasses.fields(Settings) if one.metadata == kind)


FIELDS = tuple(one.name for one in dataclasses.fields(Settings))
"""The names of all settings."""
START_SETTINGS = _of_kind(_START)
"""Those that hold for a whole run; another value starts the run again."""
STRETCH_SETTINGS = _of_kind(_STRETCH)
"""Those that hold for a stretch of updates; they may change within a run."""
PLAN_SETTINGS = _of_kind(_PLAN)
"""Those that say how far a run is to go, and leave each of its updates as it is."""


@overload
def check_setting(name: Literal["learning_rate"], value: object) -> float: ...
@overload
def check_setting(name: Literal["epochs", "batch_size", "seed"], value: object) -> int: ...
@overload
def check_setting(name: str, value: object) -> object: ...
def check_setting(name: str, value: object) -> float:
    """Return a setting's value as a plain float, int or bool.

    Raises
    ------
    SettingsError
        If the type or the range is wrong; the message names value, rule and remedy.
    """
    _check_name(name)
    if name == "learning_rate":
        return _positive_number(value)
    if name in ("shuffle", "standardize"):
        return check_truth(name, value)
    return whole_number(name, value, 0 if name == "seed" else 1)


def check_truth(name: str, value: object) -> bool:
    """Return True or False, also NumPy's, which takes long to load and is not loaded here.

    Raises
    ------
    SettingsError
        If it is anything else.
    """
    numpy = sys.modules.get("numpy")
    if isinstance(value, bool) or (numpy is not None and isinstance(value, numpy.bool_)):
        return bool(value)
    raise SettingsError(say("fields.truth", name=name, value=repr(value)))


def check_text(name: str, value: object) -> str:
    """Return a text.

    Raises
    ------
    SettingsError
        If it is anything else.
    """
    if isinstance(value, str):
        return value
    raise SettingsError(
        say("fields.given", name=name, value=repr(value)[:60], what=say("fields.text"))
    )


def check_changes(changes: Changes, now: Settings) -> Changes:
    """Return changes that a run can take on its way, with plain numbers.

    Raises
    ------
    SettingsError
        If a name is unknown, a value out of its range, or a setting of a whole run is to change.
    """
    checked = {name: check_setting(name, value) for name, value in changes.items()}
    for name in START_SETTINGS:
        value = checked.get(name, getattr(now, name))
        if value != getattr(now, name):
            raise SettingsError(say("fields.of_the_start", name=name, value=repr(value)))
    return cast("Changes", checked)


def refuse_assigned(name: str, value: object) -> None:
    """Refuse ``trainer.learning_rate = 1e-3``, which would be a new attribute and set nothing.

    Raises
    ------
    SettingsError
        If the name is that of a setting.
    """
    if name in FIELDS:
        verb = "reset" if name in START_SETTINGS else "change"
        raise SettingsError(say("fields.assigned", name=name, verb=verb, value=_shown(value)))


def whole_number(name: str, value: object, least: int) -> int:
    """Return a whole number, ``least`` or more, as an int; 50.0 counts, as number fields send it.

    Raises
    ------
    SettingsError
        If it is anything else.
    """
    try:
        if isinstance(value, bool):
            raise TypeError  # noqa: TRY301 - refused in the same words as the rest
        # A float, also one of NumPy's, which is Real; an int, which is Rational, may be too large.
        if isinstance(value, numbers.Real) and not isinstance(value, numbers.Rational):
            value = int(float(value)) if float(value).is_integer() else value
        number: int = operator.index(value)  # type: ignore[arg-type]
    except (TypeError, ValueError, OverflowError):
        raise _not_whole(name, _shown(value), least) from None
    if number > _LARGEST_WHOLE:
        what = say("fields.too_large", least=least)
        raise SettingsError(say("fields.given", name=name, value=number, what=what))
    if number < least:
        raise _not_whole(name, number, least)
    return number


def _not_whole(name: str, value: object, least: int) -> SettingsError:
    example = str(_EXAMPLES.get(name, "none"))
    what = say("fields.whole", least=least, example=example)
    return SettingsError(say("fields.given", name=name, value=value, what=what))


def check_steps(by: str, count: object) -> int:
    """Return a count of phases, updates or epochs as an int.

    Raises
    ------
    SettingsError
        If ``by`` names none of them, or the count is not 1 or more.
    """
    if by not in get_args(By):
        raise SettingsError(say("fields.by", value=repr(by)))
    return whole_number("count", count, 1)


def check_seconds(value: object) -> float:
    """Return a time in seconds, 0 or more, as a float.

    Raises
    ------
    SettingsError
        If it is anything else.
    """
    if isinstance(value, bool) or not isinstance(value, numbers.Real) or not float(value) >= 0:
        raise SettingsError(say("fields.seconds", value=_shown(value)))
    return float(value)


def _positive_number(value: object) -> float:
    what = say("fields.learning_rate")
    if isinstance(value, bool) or not isinstance(value, numbers.Real):
        shown = f"{_shown(value)}, {say('words.kind', type=type(value).__name__)}"
        raise SettingsError(say("fields.given", name="learning_rate", value=shown, what=what))
    try:
        number = float(value)
    except OverflowError:
        number = math.inf
    if not _SMALLEST < number < _LARGEST:
        shown = rate_text(number)
        raise SettingsError(say("fields.given", name="learning_rate", value=shown, what=what))
    return number


def _check_name(name: str) -> None:
    if name in FIELDS:
        return
    other, known = OTHER_NAMES.get(name), say("fields.known", names=", ".join(FIELDS))
    hint = say("words.meant", name=repr(other)) if other else meant(str(name), FIELDS, known)
    raise SettingsError(say("fields.not_a_setting", name=repr(name), hint=hint))


def _shown(value: object) -> str:
    """Show a value in a message, cut where it is long."""
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."


def _filled(name: str, value: _T | None) -> _T:
    if value is None:
        raise SettingsError(say("fields.unfilled", name=name))
    return value


@dataclass(frozen=True)
class Stop:
    """When a run should stop before its last epoch, checked at the end of each epoch.

    Raises
    ------
    SettingsError
        If a value is out of its range.

    Examples
    --------
    >>> trainer = Trainer(crop_yields(), standardize=True, stop=Stop(within=1.1))
    >>> trainer.run()
    >>> trainer.position.epoch
    18
    >>> trainer.notice
    'Stopped after epoch 18: the full-data loss, 0.9929, is 1.09 times the best possible, ...'
    """

    within: float | None = None
    """Stop once the full-data loss is at most this many times the best possible; above 1.

    Also stop where 32-bit numbers cannot come nearer at this rate: w and b return to the same
    numbers, or a loss that could become 0 no longer falls."""
    patience: int | None = None
    """Stop once the full-data loss has reached no new low for this many epochs; at least 1."""
    on: Literal["known", "held_out"] = "known"
    """Whose loss ``patience`` is about: that of the rows trained on, or of the rows held out."""

    def __post_init__(self) -> None:
        if self.within is not None:
            object.__setattr__(self, "within", _factor(self.within))
        if self.patience is not None:
            object.__setattr__(self, "patience", whole_number("patience", self.patience, 1))
        if self.on not in ("known", "held_out"):
            raise SettingsError(say("fields.on", value=repr(self.on)))

    @staticmethod
    def of(stop: object) -> Stop:
        """Return what was given as a ``Stop``; None stops nothing.

        Raises
        ------
        SettingsError
            If it is anything else.
        """
        if stop is not None and not isinstance(stop, Stop):
            raise SettingsError(say("fields.stop", value=repr(stop)))
        return stop or Stop()

    def __bool__(self) -> bool:
        """Whether there is anything to look at."""
        return self.within is not None or self.patience is not None


def _factor(value: object) -> float:
    number = isinstance(value, numbers.Real) and not isinstance(value, bool)
    try:
        factor = float(value) if number else math.nan  # type: ignore[arg-type]
    except OverflowError:
        factor = math.inf
    if not (math.isfinite(factor) and factor > 1):
        what = say("fields.within")
        raise SettingsError(say("fields.given", name="within", value=repr(value), what=what))
    return factor
