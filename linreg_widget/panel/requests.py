"""What the page asks the panel for, what the panel answers, and the card for questions."""

from __future__ import annotations

from typing import Literal, NotRequired, TypedDict

from linreg_widget.lesson import Act
from linreg_widget.settings import By
from linreg_widget.table import DraftColumn, Role


class Move(TypedDict):
    """Go one step."""

    kind: Literal["step", "back"]
    by: By
    held: NotRequired[bool]
    """Whether a key is held down: then nothing is asked."""


class Simple(TypedDict):
    """Requests without any details; "hello" only wants an answer."""

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
    """Go back to a good moment, with a safe rate."""

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


class Point(TypedDict):
    """A row of one feature and one target."""

    x: float
    y: float
    row: int
    """Its row in the present table, from 0; -1 if it is new."""


class Draw(TypedDict):
    """Begin the run again on other points."""

    kind: Literal["draw"]
    points: list[Point]
    """All of them."""
    pattern: str
    """The title of a new table with the columns x and y; empty if the present table's rows have
    changed."""
    onto: NotRequired[list[str]]
    """The feature and the target of the table in which the points were drawn, if the present one is
    not known to the page yet: then they are not all of the rows, but are added to them."""


class Paste(TypedDict):
    """Read a text as a table, and train on it if `train` is set."""

    kind: Literal["paste"]
    token: str
    """Comes back with what was read."""
    text: str
    roles: list[Role]
    """One for each column; empty to read the text as it is."""
    drop_gaps: bool
    """Whether to leave out rows with a missing value."""
    decimal: str
    """The decimal mark; empty to infer it from the cells."""
    thousands: str
    """The mark between thousands; empty to infer it from the cells."""
    held_out: float
    """The fraction of the rows to hold out; 0: none."""
    train: bool


class Look(TypedDict):
    """Tell how a window shows the panel."""

    kind: Literal["look"]
    width: int
    """Width of the room for the loss plot, in the page's pixels; 0 if there is none."""
    height: int
    beside: bool
    """Whether two tabs are side by side."""


Request = Move | Simple | Guess | Seek | Rescue | SetEntries | Forget | Draw | Paste | Look
"""A message of the page; with it come ``client``, the window's name, and ``id``, its number.

And ``traits``, if any were set since the message before: ipywidgets keeps the messages of their own
back while one of them has no answer, and what is asked for shall not be done without them.
"""


class Reply(TypedDict):
    """The answer to a request."""

    kind: Literal["done"]
    client: str
    id: int
    more: NotRequired[bool]
    """Whether there is more to do; then the page asks again."""


class WireDraft(TypedDict):
    """The table that a pasted text would make."""

    token: str
    """The request's token."""
    columns: list[DraftColumn]
    more: int
    """How many more columns there are."""
    rows: int
    """How many rows the text has."""
    summary: str
    """The table in a sentence; empty if it is refused."""
    notes: list[str]
    error: str
    """Why it is refused, with the rule and the remedy."""
    trained: bool
    """Whether it is trained on now."""


class WireQuestion(TypedDict):
    """A question before an act; for "set", what should be set by hand."""

    act: Act
    words: str
    choices: list[str]
    """The possible answers; empty if the answer is a number."""


class WireAnswer(TypedDict):
    """What the card shows while no question is open."""

    words: str
    guess: str
    """Empty if there is none."""
    truth: str
    right: bool | None
    """None if neither, or not yet known."""
