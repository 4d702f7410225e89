"""The loss curve and the valley: the only wing that draws, with matplotlib."""

from typing import TYPE_CHECKING

from .loss import LossPlot

if TYPE_CHECKING:
    from .valley.plot import ValleyPlot


def __getattr__(name: str) -> object:
    """Load the valley when it is asked for (PEP 562)."""
    if name != "ValleyPlot":
        raise AttributeError(name)
    from .valley.plot import ValleyPlot

    return ValleyPlot
