"""The controls in the page: traits, acts, readings and the tape; the only wing with anywidget."""

from .cells import look_after, watch
from .page import page_of
from .panel import TrainerPanel
from .taping import FOR_A_PAGE
from .traits import Asked, Controls, Setting, Speed, StopRule, Tab

__all__ = [
    "FOR_A_PAGE",
    "Asked",
    "Controls",
    "Setting",
    "Speed",
    "StopRule",
    "Tab",
    "TrainerPanel",
    "look_after",
    "page_of",
    "watch",
]
