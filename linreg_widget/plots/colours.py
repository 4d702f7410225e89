"""The loss plot's colours, as "#rrggbb".

Blue, orange and green of different lightness, which people who confuse red and green still tell
apart; every curve differs in width, dashes or markers as well. Texts have a contrast of at least
4.5 to the card.

These are for a light page. A dark one turns the finished picture over by CSS, so that two windows
of one kernel, and pages without a kernel, each show what suits them.
"""

from __future__ import annotations

__all__ = [
    "BAD",
    "BATCH",
    "BRANCH",
    "CARD",
    "DIM",
    "EPOCH",
    "FLOOR",
    "FULL",
    "GRID",
    "HIGH",
    "INK",
    "LOW",
]

CARD = "#ffffff"
INK = "#1c1d21"  # the present, and the numbers of updates
DIM = "#62656e"  # other texts
GRID = "#e6e8ec"
BATCH = "#3f87d9"  # drawn faint
EPOCH = "#1d57b8"
FULL = "#c2500a"
FLOOR = "#23785a"
BRANCH = "#766590"
BAD = "#b3261e"
LOW = "#fffdfa"  # the valley's ground, between which and HIGH its slopes are: tints of FULL
HIGH = "#f0c9a8"
