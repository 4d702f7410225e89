"""What the page asks the panel for, what it is answered, and the card on which a guess stands."""

from __future__ import annotations

from typing import Literal, NotRequired, TypedDict

from linreg_widget.lesson import Act
from linreg_widget.settings import By

__all__ = [
    "ByHand",
    "Forget",
    "Guess",
    "Look",
    "Move",
    "Reply",
    "Request",
    "Rescue",
    "Seek",
    "SetEntries",
    "Simple",
    "WireAnswer",
    "WireQuestion",
]


class Move(TypedDict):
    """Go one step."""

    kind: Literal["step", "back"]
    by: By
    held: NotRequired[bool]
    """Whether a key is held down: then nothing is asked."""


class Simple(TypedDict):
    """All that needs no more than to be asked for; "hello" only wants an answer."""

    kind: Literal["advance", "hello", "keep", "pause", "reset", "run", "skip", "tape", "undo"]


class Guess(TypedDict):
    """Answer the question."""

    kind: Literal["guess"]
    value: float | str


class Seek(TypedDict):
    """Go to a recorded moment."""

    kind: Literal["seek"]
    update: int


class Rescue(TypedDict):
    """Go back to where all was well, with a safe rate."""

    kind: Literal["rescue"]
    to: Literal["start", "good"]


class ByHand(TypedDict):
    """An entry of w, or of b, which has one row, and the number that is set."""

    tensor: str
    row: int
    column: int
    value: float


class SetEntries(TypedDict):
    """Set entries of w and b by hand, all at once."""

    kind: Literal["set"]
    entries: list[ByHand]


class Forget(TypedDict):
    """Drop a kept run."""

    kind: Literal["forget"]
    index: int


class Look(TypedDict):
    """Tell how a window shows the panel."""

    kind: Literal["look"]
    width: int
    """Of the room for the loss plot, in the page's pixels; 0: there is no room."""
    height: int
    beside: bool
    """Whether two tabs are side by side."""


Request = Move | Simple | Guess | Seek | Rescue | SetEntries | Forget | Look
"""A message of the page; with it come ``client``, the window's name, and ``id``, its number."""


class Reply(TypedDict):
    """The answer to a request."""

    kind: Literal["done"]
    client: str
    id: int
    more: NotRequired[bool]
    """Whether there is more to do: then the page asks again."""


class WireQuestion(TypedDict):
    """What is asked before an act, or "set": what is to be set by hand."""

    act: Act
    words: str
    choices: list[str]
    """What can be answered; none: a number."""


class WireAnswer(TypedDict):
    """What is shown while nothing is asked."""

    words: str
    guess: str
    """Empty where there is none."""
    truth: str
    right: bool | None
    """None: neither, or not known yet."""
