"""What a run can be restored from: for copies of a trainer, and to undo what was set by hand."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

from linreg_widget.microscope import learning
from linreg_widget.recording import Snapshot

if TYPE_CHECKING:
    from .run import Run

_KEPT = ("table", "held_out", "function", "update", "failure")


def kept(run: Run) -> dict[str, Any]:
    """Return what ``resumed`` needs to restore a run; it no longer changes.

    The snapshots come along, so a run of a million updates is restored at once. Only an update
    under way, which Python cannot copy, is repeated.
    """
    with learning():
        run.settle()
        return {
            **{name: getattr(run, name) for name in _KEPT},
            "phases": len(run.phases),
            "here": None if run.phases else Snapshot(run.model),
            "recording": copy.copy(run.recording),
            "plan": copy.copy(run.plan),
        }


def resumed(kind: type[Run], state: dict[str, Any]) -> Run:
    """Return the run that ``kept`` was called on, in the same state, with a model of its own.

    What ``kept`` returned, or a copy of it, belongs to the new run from here on.
    """
    settings = state["recording"].segments[0].settings
    run = kind(state["table"], settings, state["function"], None, state["held_out"])
    run.recording, run.plan = state["recording"], state["plan"]
    run.come_to(state)
    return run
