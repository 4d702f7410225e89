"""The loss curve and the valley: the only wing that draws, with matplotlib."""

from .loss import LossPlot
from .valley.plot import ValleyPlot
