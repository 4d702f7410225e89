"""What happened in a run, and the way back: losses, checkpoints, branches, schedule."""

from .branches import Branch, Path
from .checkpoints import Checkpoint
from .envelope import CurveArrays, Envelope, MeanDecimator
from .plan import Plan
from .recording import LARGEST, Recording
from .schedule import Position, Schedule
from .snapshot import Snapshot

__all__ = [
    "LARGEST",
    "Branch",
    "Checkpoint",
    "CurveArrays",
    "Envelope",
    "MeanDecimator",
    "Path",
    "Plan",
    "Position",
    "Recording",
    "Schedule",
    "Snapshot",
]
