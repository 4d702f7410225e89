"""``Tape``: moments of a run in few bytes, for a page that has no kernel to ask.

A moment is what a page shows: traits by name, each a value for JSON or bytes. Most of one moment
is in another too, so each distinct word and each distinct tensor is written once, and a moment
says only which of them are not those of the moment written before it. After deflate, a moment
of the crops takes some 115 bytes.

Inflated, a tape is a row of records. A record is the length of its words (uint32, little endian),
the words (JSON: ``new`` values, the ``sizes`` of new pieces of bytes, and the ``row``: for each
trait that is another now, the place of its value, or a list of its pieces' places) and the pieces.
A frame's words are written one by one, as ``_frame.sentence``.
"""

from __future__ import annotations

import itertools
import json
import math
import struct
import zlib
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

__all__ = ["Tape", "rounds"]

_BLOCK = 1024  # bytes of what has no tensors; equal blocks are written once
_WORDS, _NUMBERS = "_frame", "_frame_data"
_Written = TypeVar("_Written", str, bytes)
_ROUNDS = (16, 128, 512, 2048)  # moments, from the first round to the last


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
        pieces: list[bytes] = []
        row: dict[str, int | list[int]] = {}
        for name, value in moment.items():
            if isinstance(value, bytes):
                cut = _cut(value, moment[_WORDS] if name == _NUMBERS else None)
                row[name] = [_place(self._pieces, piece, pieces) for piece in cut]
            elif name == _WORDS:
                for key, word in value.items():
                    row[f"{name}.{key}"] = _place(self._values, _text(word), new)
            elif not (isinstance(value, float) and not math.isfinite(value)):
                row[name] = _place(self._values, _text(value), new)
        changed = {name: place for name, place in row.items() if self._row.get(name) != place}
        self._row.update(changed)
        sizes = _text([len(piece) for piece in pieces])
        words = f'{{"new":[{",".join(new)}],"sizes":{sizes},"row":{_text(changed)}}}'.encode()
        return b"".join([struct.pack("<I", len(words)), words, *pieces])


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


def _text(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))


def _place(known: dict[_Written, int], value: _Written, new: list[_Written]) -> int:
    """Return the place of a value among all, and note it where it is new."""
    if value not in known:
        known[value] = len(known)
        new.append(value)
    return known[value]


def _cut(data: bytes, words: Mapping[str, Any] | None) -> list[bytes]:
    """Cut bytes where tensors begin, since a tensor is often that of another moment too."""
    starts = set(range(0, len(data), _BLOCK))
    if words is not None:
        starts = {0, *(tensor[key] for tensor in words["tensors"] for key in ("at", "old"))}
    ends = sorted({start for start in starts if 0 <= start < len(data)} | {len(data)})
    return [data[start:end] for start, end in itertools.pairwise(ends)]
