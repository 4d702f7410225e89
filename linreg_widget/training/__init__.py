"""The trainer: step, back, run, seek, compare, export; any moment of a run, exactly."""

from .account import EpochTable, TableArrays, described
from .comparison import Comparing, KeptRun, Outcome, differing
from .link import link_of, trainer_from
from .trainer import Trainer
from .travel import Sightseer
from .view import Status

__all__ = [
    "Comparing",
    "EpochTable",
    "KeptRun",
    "Outcome",
    "Sightseer",
    "Status",
    "TableArrays",
    "Trainer",
    "described",
    "differing",
    "link_of",
    "trainer_from",
]
