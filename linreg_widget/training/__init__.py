"""The trainer: step, back, run, seek, compare, export; any moment of a run, exactly."""

from .comparison import KeptRun, Outcome, differing
from .link import link_of, trainer_from
from .replay import Replay
from .successor import successor
from .summary import described, summary_of
from .trainer import Trainer
from .view import RunView, Stamp, Status
