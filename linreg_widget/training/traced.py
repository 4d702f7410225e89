"""The graph of the update that a run stands in, or has just made."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, cast

from linreg_widget.microscope import learning

if TYPE_CHECKING:
    from linreg_widget.microscope import Graph

    from .run import Run


def graph_of(run: Run) -> Graph:
    """Return torch's operations in an update; a twin makes it again if they were not noted."""
    failure = run.failure
    specimen = run.specimen()
    if not specimen.traced or failure is not None:
        twin = run.twin()
        twin.traced = True
        twin.go_to(run.update, len(run.phases), look=failure is None)
        twin.failure = failure
        specimen = twin.specimen()
    if failure is not None:
        with contextlib.suppress(Exception), learning():
            specimen.finish()
    return cast("Graph", specimen.graph)
