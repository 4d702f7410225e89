"""The options for reading a table whose cells alone do not say how: columns, gaps, decimals."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any, Literal, TypedDict, Unpack, cast

from linreg_widget.errors import TableError
from linreg_widget.messages import meant, say

from .choosing import Columns, Encode
from .columns import listed, quoted

Missing = Literal["drop"] | None
_THOUSANDS = (",", ".", " ", "'")


class How(TypedDict, total=False):
    """The options of ``Table.parse`` and ``Table.of``."""

    features: Columns
    drop: Columns
    encode: Encode
    missing: Missing
    decimal: str | None
    thousands: str | None


@dataclass(frozen=True)
class Reading:
    """The options of ``Table.parse`` and ``Table.of``, checked."""

    features: Columns = None
    """The features, in this order; None: all columns that are not targets."""
    drop: Columns = None
    """Columns to leave out, before anything else is looked at."""
    encode: Encode = None
    """Columns of words to be made 0/1 columns; True: all of them."""
    missing: Missing = None
    """``"drop"``: leave out rows with gaps."""
    decimal: str | None = None
    """The decimal mark, ``"."`` or ``","``; None: found out from the cells."""
    thousands: str | None = None
    """What parts thousands: ``","``, ``"."``, ``" "`` or ``"'"``; None: found out likewise."""

    @classmethod
    def of(cls, **how: Unpack[How]) -> Reading:
        """Return options, checked.

        Raises
        ------
        TableError
            If an option is unknown, or its value is.
        """
        known = [one.name for one in fields(cls)]
        for name in how:
            if name not in known:
                hint = meant(name, known, say("options.all", names=listed(known)))
                raise TableError(say("options.unknown", name=repr(name), hint=hint))
        return cls(**cast("Any", how))

    def __post_init__(self) -> None:
        if self.missing not in (None, "drop"):
            raise TableError(say("options.missing", value=quoted(self.missing)))
        for name, marks in (("decimal", (".", ",")), ("thousands", _THOUSANDS)):
            mark = getattr(self, name)
            if mark is not None and mark not in marks:
                raise TableError(
                    say("options.one_of", name=name, value=quoted(mark), marks=listed(marks))
                )
        if self.decimal is not None and self.decimal == self.thousands:
            raise TableError(say("options.same_marks", mark=quoted(self.decimal)))

    @property
    def mark(self) -> str | None:
        """The decimal mark, if it is said or follows from what parts thousands."""
        return self.decimal or {",": ".", ".": ","}.get(self.thousands or "")
