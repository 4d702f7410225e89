"""The controls in the page: traits, acts, readings and the tape; the only wing with anywidget."""

from .closing.lifetime import look_after, watch
from .elsewhere import Notice
from .page import page_of
from .panel import TrainerPanel
from .spelling import Spelt, check_given, hint

__all__ = [
    "Notice",
    "Spelt",
    "TrainerPanel",
    "check_given",
    "hint",
    "look_after",
    "page_of",
    "watch",
]
