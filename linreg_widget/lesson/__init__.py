"""What a lesson asks, hides and locks; how it reads answers, and draws."""

from .answers import number_in, trainer_in
from .controls import (
    CONTROLS,
    TABS,
    barred_message,
    barred_trait,
    check_controls,
    check_tab,
)
from .guessing import Guesses
from .pictures import Picture, beside
from .questions import ACTS, Act, Answer, Kind, Question, check_kind, intro

__all__ = [
    "ACTS",
    "CONTROLS",
    "TABS",
    "Act",
    "Answer",
    "Guesses",
    "Kind",
    "Picture",
    "Question",
    "barred_message",
    "barred_trait",
    "beside",
    "check_controls",
    "check_kind",
    "check_tab",
    "intro",
    "number_in",
    "trainer_in",
]
