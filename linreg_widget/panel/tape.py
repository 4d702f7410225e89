"""``Tape``: moments of a run in few bytes, for a page without a kernel; ``Taping`` makes one.

A moment is what a page shows: traits by name, each a JSON value or packed arrays. Two moments have
most of it in common, so each distinct value and each distinct array is written once, and a moment
says only what differs from the moment written before it. Deflated, a moment of the crops takes
about 115 bytes.

Inflated, a tape is a sequence of records. A record is the length of its words (uint32, little
endian), the words (JSON: ``new`` values, the ``sizes`` of new pieces of packed arrays, and the
``row``: for each trait that has changed, the place of its value, or a list of its pieces' places)
and the pieces. The fields of a frame and of a graph are written one by one, as ``_frame.sentence``.

Only a second trainer moves (see ``Replay``), so a tape can be made in slices, whenever there is
time, and dropped at any moment.
"""

from __future__ import annotations

import itertools
import json
import math
import struct
import zlib
from typing import TYPE_CHECKING, Any, TypeVar, cast

from linreg_widget import clock
from linreg_widget.errors import LinregError
from linreg_widget.training import Replay

from .codec import pieces
from .readings import Readings

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from linreg_widget.training import Trainer

AT_REST = 200
"""Moments of a tape that may never be played; of a small table, see ``_weight``."""
FOR_A_PAGE = 2_500
"""Moments of a tape that was asked for, for a page in one file.

They are counted, not timed: what is in a page does not depend on the machine that made it."""
_SLOWEST = 0.05  # seconds that one may take on average; an update that takes longer is given up
_NUMBERS = 100_000  # of a table, which cost as much as a moment itself
_MOST_WHOLE = 400  # updates with all phases
_WHOLE_FIRST = 4  # first updates whose phases are all on the tape
_ROUNDS = (16, 128, 512, 2048)  # moments, from the first round to the last
_BY_FIELDS = ("_frame", "_graph")
_Written = TypeVar("_Written", str, bytes)


class Tape:
    """Moments, written one after the other as long as there is room.

    Parameters
    ----------
    most : int
        Bytes that the tape may have.
    """

    def __init__(self, most: int) -> None:
        self._room = most
        self._deflate: Any = zlib.compressobj(9)
        self._data = bytearray()
        self._values: dict[str, int] = {}
        self._pieces: dict[bytes, int] = {}
        self._row: dict[str, int | list[int]] = {}
        self.moments = 0
        """How many there are."""

    def add(self, moment: Mapping[str, Any]) -> bool:
        """Write one more moment; after the first for which there is no room, write none.

        Numbers that are not finite have no place in JSON: they are left out.
        """
        if self._room <= 0:
            return False
        # All records are one stream: a flush after each would cost a fifth more.
        trial = self._deflate.copy()
        data = trial.compress(self._record(moment))
        if len(self._data) + len(data) + len(trial.copy().flush()) > self._room:
            self._room = 0
            return False
        self._deflate = trial
        self._data += data
        self.moments += 1
        return True

    def to_bytes(self) -> bytes:
        """Return the tape; nothing where not one moment had room."""
        if not self.moments:
            return b""
        return bytes(self._data) + bytes(self._deflate.copy().flush())

    def _record(self, moment: Mapping[str, Any]) -> bytes:
        new: list[str] = []
        fresh: list[bytes] = []
        row: dict[str, int | list[int]] = {}
        for name, value in moment.items():
            if isinstance(value, bytes):
                row[name] = [_place(self._pieces, piece, fresh) for piece in pieces(value)]
            elif name in _BY_FIELDS:
                for key, word in value.items():
                    row[f"{name}.{key}"] = _place(self._values, _text(word), new)
            elif not (isinstance(value, float) and not math.isfinite(value)):
                row[name] = _place(self._values, _text(value), new)
        changed = {name: place for name, place in row.items() if self._row.get(name) != place}
        self._row.update(changed)
        sizes = _text([len(piece) for piece in fresh])
        words = f'{{"new":[{",".join(new)}],"sizes":{sizes},"row":{_text(changed)}}}'.encode()
        return b"".join([struct.pack("<I", len(words)), words, *fresh])


def _text(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))


def _place(known: dict[_Written, int], value: _Written, new: list[_Written]) -> int:
    """Return the place of a value among all, and note it where it is new."""
    if value not in known:
        known[value] = len(known)
        new.append(value)
    return known[value]


def state_of(trainer: Trainer) -> tuple[object, ...]:
    """Return what must not change for moments on a tape to be those of the run."""
    return trainer.stamp.history


class Taping:
    """A tape in the making.

    Parameters
    ----------
    trainer : Trainer
        It must stay as it is until the tape is made; ``fits`` tells whether it did.
    most : int
        Bytes that the tape may have.
    moments : float
        How many it may have, in all, if the table is small.
    """

    def __init__(self, trainer: Trainer, most: int, moments: float = AT_REST) -> None:
        self._trainer = trainer
        self._tape = Tape(most)
        self._place = self._where()
        self._allowed = self._left = moments
        self._weight, self._worked = _weight(trainer), 0.0
        self._work: Iterator[None] | None = self._make()
        self._taken: set[tuple[int, int]] = set()
        self._under_way = 0  # phases of the update under way

    @property
    def fits(self) -> bool:
        """Whether the trainer is still where and what it was."""
        return self._place == self._where()

    def is_of(self, trainer: Trainer) -> bool:
        """Whether it is of this trainer, which is still where and what it was."""
        return trainer is self._trainer and self.fits

    @property
    def is_made(self) -> bool:
        """Whether nothing is left to do."""
        slow = self._worked > _SLOWEST * self._allowed
        return self._work is None or self._left <= 0 or slow

    def work(self, seconds: float = math.inf) -> bool:
        """Work for so long; return whether the tape is made."""
        deadline, start = clock.now() + seconds, clock.worked()
        while not self.is_made and clock.now() < deadline:
            try:
                next(cast("Iterator[None]", self._work))
            except (StopIteration, LinregError):  # the latter: no way leads back in this run
                self._work = None
            now = clock.worked()
            self._worked, start = self._worked + now - start, now
        return self.is_made

    def allow(self, moments: float) -> None:
        """Let it have so many moments, in all; one that had as many as it might goes on."""
        self._left += max(0.0, moments - self._allowed)
        self._allowed = max(self._allowed, moments)

    def to_bytes(self) -> bytes:
        """Return the tape as far as it is made."""
        return self._tape.to_bytes()

    def _where(self) -> tuple[object, ...]:
        return self._trainer.stamp

    def _make(self) -> Iterator[None]:
        """Write moment after moment, until the tape is full: what matters most comes first."""
        trainer = self._trainer
        if not self._take(Readings(trainer)):
            return
        self._under_way = max(phases for _, phases in self._taken)
        yield
        twin = Replay(trainer)
        readings = Readings(twin)
        twin.traced = True
        for _ in twin.explore():
            yield
        for update, whole in self._stops(twin):
            for phases in itertools.count():
                twin.visit(update, phases)
                if not self._take(readings, (twin.position.update, twin.phases)):
                    return
                yield
                ended = twin.position.update != update
                if ended or not whole or not self._may_go_on(update, phases + 1):
                    break

    def _stops(self, twin: Replay) -> Iterator[tuple[int, bool]]:
        """Yield updates, and whether the phases of the next one are wanted as well."""
        position, updates = self._trainer.position, len(self._trainer.recording)
        yield updates, False
        for update in range(min(_WHOLE_FIRST, updates)):
            yield update, True
        yield position.update, True
        for some in rounds(updates):
            for update in some:
                near = twin.near(update)
                if (near, 0) not in self._taken:
                    yield near, False
        for update in range(_WHOLE_FIRST, min(updates, _MOST_WHOLE)):
            yield update, True

    def _may_go_on(self, update: int, phases: int) -> bool:
        """Tell whether the next update was recorded up to that phase; one under way was in part."""
        return update < len(self._trainer.recording) or phases <= self._under_way

    def _take(self, readings: Readings, place: tuple[int, int] | None = None) -> bool:
        """Write the moment that is read, if it is not on the tape; return whether there is room."""
        if place in self._taken:
            return True
        moment = readings.moment()
        frame = moment.get("_frame")
        if frame is None:
            return True  # a past update that cannot be made again
        phases = len(frame["phases"]) if moment["_phase"] else 0
        self._taken.add((moment["update"], phases))
        self._left -= self._weight
        return self._tape.add(moment)


class Recorder:
    """The tape of a trainer as it is: made in slices, and again as soon as the run changes."""

    def __init__(self) -> None:
        self._taping: Taping | None = None
        self._made_of: tuple[object, ...] = ()

    @property
    def is_made(self) -> bool:
        """Whether nothing is left to do."""
        return self._taping is not None and self._taping.is_made

    def work(self, trainer: Trainer, most: int, seconds: float, moments: float) -> bytes | None:
        """Work on the tape; return it once it is made, and None before and after.

        Parameters
        ----------
        trainer : Trainer
        most : int
            Bytes that the tape may have.
        seconds : float
            For how long now.
        moments : float
            How many it may have, in all, if the table is small.
        """
        taping = self._taping
        if taping is None or not taping.is_of(trainer):
            taping = self._taping = Taping(trainer, most)
        taping.allow(moments)
        if taping.is_made or not taping.work(seconds):
            return None
        self._made_of = state_of(trainer)
        return taping.to_bytes()

    def fits(self, trainer: Trainer) -> bool:
        """Whether the tape that was made last is still that of the run."""
        return self._made_of == state_of(trainer)

    def forget(self) -> None:
        """Keep nothing."""
        self._taping = None


def _weight(trainer: Trainer) -> float:
    """Return what a moment costs: with each, all rows are predicted."""
    table = trainer.table
    return 1 + table.rows * (table.features + table.outputs) / _NUMBERS


def rounds(updates: int) -> Iterator[list[int]]:
    """Yield numbers of updates, evenly over their log, ever more closely, each but once.

    Parameters
    ----------
    updates : int
        How many there are.
    """
    known: set[int] = set()
    for count in _ROUNDS:
        wanted = {round((updates + 1) ** (index / count)) - 1 for index in range(count + 1)}
        if fresh := sorted(wanted - known):
            yield fresh
        known |= wanted
