"""What a lesson asks, hides and locks; how it reads answers, and draws.

The lessons themselves import ``answers`` and ``pictures``; no other wing needs them.
"""

from .controls import (
    CONTROLS,
    TABS,
    barred_message,
    barred_trait,
    check_controls,
    check_tab,
)
from .guessing import Guesses
from .questions import ACTS, Act, Answer, Kind, Question, check_kind, intro

__all__ = [
    "ACTS",
    "CONTROLS",
    "TABS",
    "Act",
    "Answer",
    "Guesses",
    "Kind",
    "Question",
    "barred_message",
    "barred_trait",
    "check_controls",
    "check_kind",
    "check_tab",
    "intro",
]
