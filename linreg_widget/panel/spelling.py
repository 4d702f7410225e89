"""No attribute of a widget is taken in silence that was meant as one of its traits.

A widget takes any attribute, as all of Python's objects do, and ipywidgets' users keep things of
their own there. So ``widget.learning_rat = 1`` would set something that nobody reads.
"""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING, Any, ClassVar

import traitlets

from linreg_widget.errors import SettingsError, WidgetError
from linreg_widget.lesson import TABS
from linreg_widget.settings import FIELDS, other_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

__all__ = ["Spelt", "UnknownTraitError", "check_given", "hint"]

_ONCE = ("valley",)
"""What was a trait in the past, and is a tab now."""
_MADE_WITH = {
    "stop": "set stop_within or stop_patience.",
    "table": "make another widget: TrainerWidget(table).",
    "held_out": "make another widget: TrainerWidget(table, held_out=...).",
    "tape_bytes": "make another widget: TrainerWidget(table, tape_bytes=...).",
}
"""What a widget is made with, and never set."""
_NEAR = 0.78  # "standardise" and "epoch" are near a trait's name; "state" and "mask" are one's own


class UnknownTraitError(WidgetError, AttributeError):
    """A ``WidgetError`` that Python knows as an attribute's."""


class Spelt(traitlets.HasTraits):
    """A widget that refuses attributes which are not its traits, but were meant as such."""

    parts_of_its_own: ClassVar[tuple[str, ...]] = ()
    """Attributes that are set once, as it is made."""

    def __setattr__(self, name: str, value: object) -> None:
        if name[0] != "_" and (words := _refusal(self, name, value)):
            raise UnknownTraitError(words)
        super().__setattr__(name, value)

    def observe(self, handler: Any, names: Any = traitlets.All, type: Any = "change") -> None:  # noqa: A002
        """Call a function on changes; see ``traitlets.HasTraits.observe``.

        Raises
        ------
        UnknownTraitError
            If a name is none of the traits', but near one.
        """
        for name in [names] if isinstance(names, str) else [] if names is traitlets.All else names:
            if not self.has_trait(name) and (near := hint(self, name)):
                message = f"{name!r} is not a trait of {self.__class__.__name__}: {near}"
                raise UnknownTraitError(message)
        super().observe(handler, names, type)


def _refusal(widget: Spelt, name: str, value: object) -> str | None:
    """Return why an attribute is not taken, or None."""
    kind = type(widget)
    held = getattr(kind, name, None)
    if callable(held) and not callable(value):
        return f"{name} of a {kind.__name__} is a verb: call {name}(), do not set it."
    if hasattr(kind, name):
        return None
    if name in vars(widget):
        own = name in kind.parts_of_its_own
        return f"{name} of a {kind.__name__} is its own: make another widget." if own else None
    near = hint(widget, name, switched=isinstance(value, bool))
    return near and f"{name!r} is not a trait of {kind.__name__}: {near}"


def hint(widget: traitlets.HasTraits, name: str, *, switched: bool = False) -> str | None:
    """Return what to write in the place of a name that is no trait's, as a sentence, or None.

    Parameters
    ----------
    widget : HasTraits
    name : str
    switched : bool
        It is set to True or False, as a part of the page may be that is a tab.
    """
    if name in _ONCE or (switched and name in TABS):
        return f"write {_tab(name)}."
    if name in _MADE_WITH:
        return _MADE_WITH[name]
    traits = [one for one in widget.trait_names() if one[0] != "_"]
    other = other_name(name)
    near = other if other in traits else _nearest(name, traits)
    return near and f"did you mean {near!r}?"


def _tab(name: str) -> str:
    return f'tab = "{name}"'


def check_given(kind: type[Spelt], settings: Mapping[str, object]) -> None:
    """Check that no trait was given as a setting to what makes a widget.

    Raises
    ------
    SettingsError
        If one was; what is neither, ``Settings`` refuses.
    """
    for name, value in settings.items():
        if name in FIELDS:
            continue
        if name in _ONCE or (name in TABS and isinstance(value, bool)):
            raise SettingsError(f"{name!r} is not a setting; write {_tab(name)}.")
        if name[0] != "_" and name in kind.class_trait_names():
            raise SettingsError(
                f"{name!r} is not a setting; set it on the widget: widget.{name} = {value!r}."
            )


def _nearest(name: str, known: Iterable[str]) -> str | None:
    """Return the name that is meant, if one is near: without regard to case and underscores.

    Nobody mistypes the first letter of a short name: a ``block`` is no ``lock``.
    """
    wanted = name.replace("_", "").casefold()
    folded = {one.replace("_", ""): one for one in known if one[0] == wanted[:1] or len(one) > 6}
    near = difflib.get_close_matches(wanted, folded, n=1, cutoff=_NEAR)
    return folded[near[0]] if near else None
