"""Setting a widget's traits together: pages and observers hear of all, whatever interrupts.

Each message belongs to a state, and disappears with it:

============== ========================================= ======================================
message        says                                      is there as long as
============== ========================================= ======================================
``_alert``     why the last request was refused          nothing else is asked for or set
``_alert``     why the update function failed            the run stands where it failed
``_notice``    why the run stopped by itself             the run stands there, also again
``_explained`` divergence                                the run stands there, also again
``_explained`` a growing loss                            the rate is the one that made it grow
``_question``  what a guess is asked for                 the run stands where it was asked
``_answer``    guess and truth, or why none counts       the run stands there, also again
``status``     what can be done                          the run stands there
a refusal      why a typed text is not taken (page only) nothing is set, and the run stands there
============== ========================================= ======================================
"""

from __future__ import annotations

import contextlib
import sys
import time
from typing import TYPE_CHECKING, Any

import torch
import traitlets

from linreg_widget.messages import language, templates_of_page

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import ipywidgets

_HOLDING = ("_holding_sync", "_cross_validation_lock")  # what marks holds of ipywidgets, traitlets


def spoken_now() -> dict[str, Any]:
    """Return the traits of a panel in the language that is spoken now."""
    return {"lang": language(), "_messages": templates_of_page(language())}


def put(widget: ipywidgets.Widget, state: Mapping[str, Any]) -> None:
    """Set traits, those that are others now: the rest would only be checked once more."""
    for name, value in state.items():
        if getattr(widget, name) != value:
            setattr(widget, name, value)


def set_together(widget: ipywidgets.Widget, change: Callable[[], None]) -> None:
    """Let ``change`` set traits, and tell of all of them at its end.

    If it is interrupted, or an observer raises, nothing stays held back; but some may not have been
    told.
    """
    # A plain ``with`` would not do: an interrupt may come as an exit begins, and all would be held
    # back for as long as IPython keeps the traceback.
    holds: list[Any] = []
    gradients = torch.is_grad_enabled()
    before = {name: getattr(widget, name) for name in _HOLDING}  # true within somebody else's hold
    try:
        holds += [widget.hold_sync(), widget.hold_trait_notifications()]
        with holds[0], holds[1]:
            change()
    except BaseException as error:
        torch.set_grad_enabled(gradients)  # it may have come within the end of a ``no_grad``
        for hold in reversed(holds):
            hold.gen.close()
        # Or it came between two lines of their ends.
        for name, held in before.items():
            setattr(widget, name, held)
        if not before["_cross_validation_lock"]:
            vars(widget).pop(
                "notify_change", None
            )  # traitlets' stand-in, which keeps all to itself
        if isinstance(error, AttributeError) and isinstance(error.__context__, KeyboardInterrupt):
            raise error.__context__ from None  # it came before there was a stand-in to take away
        raise


def let_out(on_its_way: float = 0.0) -> None:
    """Wait until the kernel has sent what it was given to send.

    It sends in a thread of its own, which has to wait for its turn as long as a plot is drawn.
    To flush the standard output is the way that ipykernel offers to wait for that thread.

    Parameters
    ----------
    on_its_way : float
        For how many seconds more to leave the processor to those who carry it: the server and the
        browser, which on a machine of two cores would else have to share them with the kernel.
    """
    with contextlib.suppress(Exception):  # there may be none, or a closed one
        sys.stdout.flush()
    if on_its_way:
        time.sleep(on_its_way)


def tell_anew(widget: ipywidgets.Widget) -> None:
    """Tell the page and all observers of every synced trait, changed or not."""
    with widget.hold_sync():
        for name in widget.keys:
            value = getattr(widget, name)
            change = {"name": name, "old": value, "new": value, "owner": widget, "type": "change"}
            with contextlib.suppress(Exception):
                widget.notify_change(traitlets.Bunch(change))
