"""The trainer: step, back, run, seek, compare, export; any moment of a run, exactly."""

from .account import described
from .comparison import Comparing, KeptRun, Outcome, differing
from .link import link_of, trainer_from
from .trainer import Trainer
from .travel import Sightseer

__all__ = [
    "Comparing",
    "KeptRun",
    "Outcome",
    "Sightseer",
    "Trainer",
    "described",
    "differing",
    "link_of",
    "trainer_from",
]
