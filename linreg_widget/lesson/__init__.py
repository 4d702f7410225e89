"""What a lesson asks, hides and locks; how it reads answers, and draws.

The lessons themselves import ``answers`` and ``pictures``; no other wing needs them.
"""

from .controls import (
    CONTROLS,
    PLOTTED,
    TABS,
    barred_message,
    barred_trait,
    check_controls,
    check_tab,
)
from .guessing import Guesses
from .questions import ACTS, Act, Answer, Asked, Question, check_ask, intro
