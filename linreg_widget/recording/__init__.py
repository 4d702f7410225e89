"""What happened in a run, and the way back: losses, checkpoints, branches, schedule."""

from .changes import MOST_BRANCHES, changes_of, label_of, means_by_epoch
from .checkpoints import Checkpoint, Path, Snapshot, digest_of
from .envelope import MOST_COLUMNS, Envelope, Thinned
from .recording import LARGEST, Branch, Recording
from .schedule import Plan, Position, Schedule
