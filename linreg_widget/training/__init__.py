"""The trainer: step, back, run, seek, compare, export; any moment of a run, exactly."""

from typing import TYPE_CHECKING

from .batches import is_large
from .link import link_of, trainer_from
from .replay import Replay
from .successor import successor
from .summary import described, summary_of
from .trainer import Trainer
from .view import RunView, Stamp, Status

if TYPE_CHECKING:
    from .comparison import KeptRun, Outcome, differing


def __getattr__(name: str) -> object:
    """Load what compares runs when it is asked for (PEP 562)."""
    if name not in ("KeptRun", "Outcome", "differing"):
        raise AttributeError(name)
    from . import comparison

    return getattr(comparison, name)
