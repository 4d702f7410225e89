"""The panel's controls by name: what a lesson may hide or lock, and what each of them acts on.

The names are the controls' accessible names in snake case, with short ones for the panel's parts.
The page leaves out what is hidden and disables what is locked; the kernel refuses requests that
would bypass this, from another window or another program. Python's own verbs always work.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple, get_args

from linreg_widget.errors import SettingsError
from linreg_widget.messages import meant, say

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping


class Control(NamedTuple):
    """What one control of the panel, or a part of it, acts on; the catalogue has its label."""

    kinds: tuple[str, ...] = ()
    """The page's messages that it sends."""
    traits: tuple[str, ...] = ()
    """The traits that the page sets by it."""


CONTROLS: Mapping[str, Control] = {
    "reset": Control(("reset",), ("seed",)),
    "back": Control(("back",)),
    "step": Control(("step",)),
    "run": Control(("run", "pause"), ("_pull",)),
    "step_by": Control((), ("step_by",)),
    "loss": Control(),
    "timeline": Control(("seek",), ("update",)),
    "learning_rate": Control((), ("learning_rate",)),
    "ruler": Control(),
    "epochs": Control((), ("epochs",)),
    "speed": Control((), ("speed",)),
    "stop": Control((), ("stop_within", "stop_patience")),
    "standardize": Control((), ("standardize",)),
    "batch_size": Control((), ("batch_size",)),
    "seed": Control((), ("seed",)),
    "shuffle": Control((), ("shuffle",)),
    "curves": Control((), ("curves",)),
    "table": Control(),
    "microscope": Control(),
    "graph": Control(),
    "set": Control(("set", "undo")),
    "line": Control(),
    "draw": Control(("draw",)),
    "predictions": Control(),
    "compare": Control(("keep", "forget")),
    "data": Control(),
    "paste": Control(("paste",)),
    "valley": Control(),
    "keys": Control(),
}
"""The one list of controls, in their order on the page."""

Tab = Literal["loss", "microscope", "graph", "line", "predictions", "compare", "data", "valley"]
TABS: tuple[Tab, ...] = get_args(Tab)
"""The controls that are tabs of the stage: the values of the trait ``tab``."""

PLOTTED = frozenset({"loss", "compare"})
"""Those that show the loss plot."""

# The page reads them and never sets them.
_PYTHONS_OWN = (
    *("task", "ask", "hide", "lock", "lang", "_messages"),
    *("_question", "_answer", "_score", "_answers"),
)
_RESCUES = {"start": ("learning_rate", "reset"), "good": ("learning_rate", "timeline")}


def check_controls(name: str, value: object) -> tuple[str, ...]:
    """Return controls by name, each once, in their order on the page.

    Parameters
    ----------
    name : str
        What they are given as: "hide" or "lock".
    value : str or iterable of str
        One name, or several.

    Raises
    ------
    SettingsError
        If one is unknown; the message has the nearest name.
    """
    wanted: Iterable[object]
    if isinstance(value, str):
        wanted = (value,)
    elif isinstance(value, list | tuple | set | frozenset):
        wanted = value
    else:
        raise SettingsError(say("controls.names", name=name, value=repr(value)))
    chosen = list(wanted)
    for control in chosen:
        if not isinstance(control, str) or control not in CONTROLS:
            hint = meant(str(control).lower(), CONTROLS)
            raise SettingsError(
                say("controls.unknown", control=repr(control), name=name, hint=hint)
            )
    return tuple(control for control in CONTROLS if control in chosen)


def check_tab(value: object) -> Tab:
    """Return the name of a tab.

    Raises
    ------
    SettingsError
        If there is no such tab.
    """
    for tab in TABS:
        if isinstance(value, str) and value == tab:
            return tab
    raise SettingsError(say("controls.tab", value=repr(value), names=", ".join(TABS)))


def barred_message(kind: object, to: object, barred: Collection[str]) -> str:
    """Return which of the barred controls a message of the page would need, or "".

    Parameters
    ----------
    kind : str
        The message's.
    to : str
        Where a rescue leads, or the control whose act an undo takes back.
    barred : collection of str
        The controls that are hidden or locked.
    """
    needed = [name for name, control in CONTROLS.items() if kind in control.kinds]
    if kind == "undo" and to in CONTROLS:
        needed = [str(to)]
    if kind == "rescue":
        needed += _RESCUES["good" if to == "good" else "start"]
    return next((name for name in needed if name in barred), "")


def barred_trait(trait: str, barred: Collection[str]) -> str:
    """Return why the page may not set a trait: a barred control, Python's own trait, or ""."""
    if trait in _PYTHONS_OWN:
        return trait
    needed = [name for name, control in CONTROLS.items() if trait in control.traits]
    return next((name for name in needed if name in barred), "")
