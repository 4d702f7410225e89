"""What happened in a run, and the way back: losses, checkpoints, branches, schedule."""

from .checkpoints import Checkpoint, Snapshot, digest_of
from .envelope import CurveArrays, Envelope, MeanDecimator
from .recording import LARGEST, Branch, Path, Recording
from .schedule import Plan, Position, Schedule

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
    "digest_of",
]
