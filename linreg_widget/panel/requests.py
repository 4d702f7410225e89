"""What the page asks the panel for, what it is answered, and the card on which a guess stands."""

from __future__ import annotations

from typing import Literal, NotRequired, TypedDict

from linreg_widget.lesson import Act
from linreg_widget.settings import By
from linreg_widget.table import Role


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


class Point(TypedDict):
    """A row of one feature and one target."""

    x: float
    y: float
    row: int
    """Which row of the present table it was, from 0; -1: it is new."""


class Draw(TypedDict):
    """Begin the run again on other points."""

    kind: Literal["draw"]
    points: list[Point]
    """All of them."""
    pattern: str
    """The title of a table of their own, with the columns x and y; empty: the present one's rows,
    changed."""


class Paste(TypedDict):
    """Read a text as a table, and train on it if that is asked for."""

    kind: Literal["paste"]
    token: str
    """Comes back with what was read."""
    text: str
    roles: list[Role]
    """One for each column; empty: as the text is read by itself."""
    drop_gaps: bool
    """Whether rows in which a value is missing are left out."""
    decimal: str
    """The decimal mark; empty: found out from the cells."""
    thousands: str
    """Likewise, what parts thousands."""
    held_out: float
    """The fraction of the rows to hold out; 0: none."""
    train: bool


class Look(TypedDict):
    """Tell how a window shows the panel."""

    kind: Literal["look"]
    width: int
    """Of the room for the loss plot, in the page's pixels; 0: there is no room."""
    height: int
    beside: bool
    """Whether two tabs are side by side."""


Request = Move | Simple | Guess | Seek | Rescue | SetEntries | Forget | Draw | Paste | Look
"""A message of the page; with it come ``client``, the window's name, and ``id``, its number."""


class Reply(TypedDict):
    """The answer to a request."""

    kind: Literal["done"]
    client: str
    id: int
    more: NotRequired[bool]
    """Whether there is more to do: then the page asks again."""


class WireColumn(TypedDict):
    """A column of a pasted text, as it stands there."""

    name: str
    unit: str
    cells: list[str]
    """The first of them."""
    role: Role
    words: bool
    """Whether it holds words and no number, so that it may be made 0/1 columns."""


class WireDraft(TypedDict):
    """What a pasted text would be as a table."""

    token: str
    """That of the request."""
    columns: list[WireColumn]
    more: int
    """How many more columns there are."""
    rows: int
    """In the text."""
    summary: str
    """Of the table; empty where it is refused."""
    notes: list[str]
    error: str
    """Why it is refused, with the rule and the remedy."""
    trained: bool
    """Whether it is trained on now."""


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
