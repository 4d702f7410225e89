"""Refuses attributes of a widget that were probably meant as one of its traits.

A widget takes any attribute, as Python's objects do, and ipywidgets' users keep things of their own
there. So ``widget.learning_rat = 1`` would silently set something that nobody reads.
"""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING, Any, ClassVar

import traitlets

from linreg_widget.errors import SettingsError, WidgetError
from linreg_widget.lesson import TABS
from linreg_widget.messages import say, speaking_for
from linreg_widget.settings import FIELDS, OTHER_NAMES

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_ONCE = ("valley",)
"""Former traits that are tabs now."""
_MADE_WITH = {
    "table": "table",
    "held_out": "table, held_out=...",
    "tape_bytes": "table, tape_bytes=...",
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
        if name[0] != "_" and _refusal(self, name, value):
            with speaking_for(self):
                raise UnknownTraitError(_refusal(self, name, value))
        super().__setattr__(name, value)

    def observe(self, handler: Any, names: Any = traitlets.All, type: Any = "change") -> None:  # noqa: A002
        """Call a function on changes, as ``traitlets.HasTraits.observe`` does.

        Parameters
        ----------
        handler : callable
            It is called with the change: a dict with ``name``, ``old``, ``new`` and others.
        names : str or list of str, default all
            The traits that are observed.
        type : str, default "change"
            The kind of notification, as in traitlets.

        Raises
        ------
        UnknownTraitError
            If a name is none of the traits', but near one.
        """
        for name in [names] if isinstance(names, str) else [] if names is traitlets.All else names:
            if not self.has_trait(name) and hint(self, name):
                kind = self.__class__.__name__  # type is a parameter here
                with speaking_for(self):
                    near = hint(self, name)
                    words = say("traits.not_one", name=repr(name), kind=kind, hint=near)
                raise UnknownTraitError(words)
        super().observe(handler, names, type)


def _refusal(widget: Spelt, name: str, value: object) -> str | None:
    """Return why an attribute is not taken, or None."""
    kind = type(widget)
    held = getattr(kind, name, None)
    if callable(held) and not callable(value):
        return say("traits.verb", name=name, kind=kind.__name__)
    if hasattr(kind, name):
        return None
    if name in vars(widget):
        own = name in kind.parts_of_its_own
        return say("traits.own", name=name, kind=kind.__name__) if own else None
    near = hint(widget, name, switched=isinstance(value, bool))
    return near and say("traits.not_one", name=repr(name), kind=kind.__name__, hint=near)


def hint(widget: traitlets.HasTraits, name: str, *, switched: bool = False) -> str | None:
    """Return a sentence saying what to write instead of a name that is not a trait, or None.

    Parameters
    ----------
    widget : HasTraits
    name : str
    switched : bool
        It is set to True or False, as a part of the page may be that is a tab.
    """
    if name in _ONCE or (switched and name in TABS):
        return say("traits.tab", tab=name)
    if name == "stop":
        return say("traits.stop")
    if name in _MADE_WITH:
        return say("traits.made_with", given=_MADE_WITH[name])
    traits = [one for one in widget.trait_names() if one[0] != "_"]
    other = OTHER_NAMES.get(name)
    near = other if other in traits else _nearest(name, traits)
    return near and say("words.meant", name=repr(near))


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
            near = say("traits.tab", tab=name)
        elif name[0] != "_" and name in kind.class_trait_names():
            near = say("traits.set", name=name, value=repr(value))
        else:
            continue
        raise SettingsError(say("fields.not_a_setting", name=repr(name), hint=near))


def _nearest(name: str, known: Iterable[str]) -> str | None:
    """Return the name that is meant, if one is near: without regard to case and underscores.

    Nobody mistypes the first letter of a short name: a ``block`` is no ``lock``.
    """
    wanted = name.replace("_", "").casefold()
    folded = {one.replace("_", ""): one for one in known if one[0] == wanted[:1] or len(one) > 6}
    near = difflib.get_close_matches(wanted, folded, n=1, cutoff=_NEAR)
    return folded[near[0]] if near else None
