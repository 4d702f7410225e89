"""How a panel's methods act on its trainer: under the lock, and then what it led to is shown.

Most of them are the trainer's own verbs; ``asking`` has what the page can ask for.
"""

from __future__ import annotations

import functools
import inspect
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec, TypeVar

from linreg_widget.errors import SettingsError
from linreg_widget.messages import say
from linreg_widget.microscope import given_by_hand

if TYPE_CHECKING:
    from collections.abc import Callable

    from linreg_widget.training import Trainer

    from .panel import TrainerPanel

P = ParamSpec("P")
R = TypeVar("R")


def verb(
    body: Callable[Concatenate[Trainer, P], R], *, pause: bool = True, note: str = ""
) -> Callable[Concatenate[TrainerPanel, P], R]:
    """Return a trainer's verb as a panel's, with the same parameters and the same docstring.

    Parameters
    ----------
    body : callable
        The verb, of the class ``Trainer``.
    pause : bool
        Whether a run is paused first.
    note : str
        What the docstring says besides; whether a run is paused, if not given.
    """

    @functools.wraps(body)
    def act(self: TrainerPanel, /, *args: P.args, **kwargs: P.kwargs) -> R:
        own: Callable[P, R] = getattr(self.trainer, body.__name__)  # a subclass may have its own
        return self.act(functools.partial(own, *args, **kwargs), pause=pause)

    first, *others = inspect.cleandoc(body.__doc__ or "").split("\n\n")
    note = note or ("A run is paused first." if pause else "A run goes on meanwhile.")
    act.__doc__ = "\n\n".join([first, note, *others])
    return act


def acting(
    *, pause: bool = True, clear: bool = True, rest: bool = True
) -> Callable[
    [Callable[Concatenate[TrainerPanel, P], R]], Callable[Concatenate[TrainerPanel, P], R]
]:
    """Let a method of the panel act on its trainer, as a ``verb`` does.

    Parameters
    ----------
    pause : bool
        Whether a run is paused first.
    clear : bool
        Whether the alert is emptied.
    rest : bool
        Whether the trainer is at rest afterwards, even if a run goes on: all is to be shown.
    """

    def decorate(
        method: Callable[Concatenate[TrainerPanel, P], R],
    ) -> Callable[Concatenate[TrainerPanel, P], R]:
        @functools.wraps(method)
        def act(self: TrainerPanel, /, *args: P.args, **kwargs: P.kwargs) -> R:
            do = functools.partial(method, self, *args, **kwargs)
            return self.act(do, pause=pause, clear=clear, rest=rest)

        return act

    return decorate


def set_entries(trainer: Trainer, entries: object) -> None:
    """Set entries of ``w`` and ``b`` by hand, all at once; see ``Trainer.set``.

    Parameters
    ----------
    trainer : Trainer
    entries : list of dict
        Each with a ``tensor``, "w" or "b", a ``row`` (0 for b), a ``column`` and a ``value``.
    """
    given = [_entry_of(one) for one in entries] if isinstance(entries, list) else []
    if not given:
        raise SettingsError(say("updates.no_entries", value=repr(entries)))
    if trainer.position.phase:
        trainer.seek(trainer.position.update)  # out of the update under way, and what it did
    w, b = (one.detach().tolist() for one in (trainer.model.w, trainer.model.b))
    tables = {"w": w, "b": [b]}
    for name, row, column, number in given:
        try:
            tables[name][row][column] = number
        except (KeyError, IndexError, TypeError):
            raise SettingsError(
                say("updates.no_entry", name=repr(name), row=repr(row), column=repr(column))
            ) from None
    names = {name for name, *_ in given}
    trainer.set(w=w if "w" in names else None, b=b if "b" in names else None)


def _entry_of(given: object) -> tuple[str, Any, Any, float]:
    """Return what a message says of one entry: tensor, row, column, and the number."""
    words = given if isinstance(given, dict) else {}
    name = str(words.get("tensor"))
    number = given_by_hand(name, words.get("value"), ()).item()
    return name, words.get("row"), words.get("column"), number
