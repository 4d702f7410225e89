"""What a lesson asks, hides and locks; how it reads answers, and draws."""

from .answers import number_in, trainer_in
from .choices import Choice
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
from .questions import ACTS, Act, Answer, Asked, Kind, Question, check_ask, intro

__all__ = [
    "ACTS",
    "CONTROLS",
    "TABS",
    "Act",
    "Answer",
    "Asked",
    "Choice",
    "Guesses",
    "Kind",
    "Picture",
    "Question",
    "barred_message",
    "barred_trait",
    "beside",
    "check_ask",
    "check_controls",
    "check_tab",
    "intro",
    "number_in",
    "trainer_in",
]
