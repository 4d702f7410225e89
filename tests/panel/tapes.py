"""Reading tapes for the tests, as the page does."""

from __future__ import annotations

import json
import math
import struct
import zlib
from typing import Any

from linreg_widget.panel.readings import Readings
from linreg_widget.panel.tape import Taping
from linreg_widget.training.trainer import Trainer

Place = tuple[int, int]


def decode(data: bytes) -> list[dict[str, Any]]:
    """The moments in the order in which they are written."""
    whole = zlib.decompress(data)
    known: list[Any] = []
    pieces: list[bytes] = []
    row: dict[str, Any] = {}
    moments = []
    at = 0
    while at < len(whole):
        (length,) = struct.unpack_from("<I", whole, at)
        words = json.loads(whole[at + 4 : at + 4 + length], parse_constant=_refuse)
        at += 4 + length
        known += words["new"]
        for size in words["sizes"]:
            pieces.append(whole[at : at + size])
            at += size
        row = {**row, **words["row"]}
        moment: dict[str, Any] = {"_frame": {}}
        if any(name.startswith("_graph.") for name in row):
            moment["_graph"] = {}
        for name, place in row.items():
            if isinstance(place, list):
                moment[name] = b"".join(pieces[one] for one in place)
            elif name.startswith(("_frame.", "_graph.")):
                record, _, field = name.partition(".")
                moment[record][field] = known[place]
            else:
                moment[name] = known[place]
        moments.append(moment)
    assert at == len(whole)
    return moments


def _refuse(word: str) -> None:
    raise AssertionError(f"{word} is no JSON")


def place_of(moment: dict[str, Any]) -> Place:
    """Completed updates and finished phases."""
    return moment["update"], len(moment["_frame"]["phases"]) if moment["_phase"] else 0


def taped(trainer: Trainer, most: int = 200_000, moments: float = math.inf) -> dict[Place, Any]:
    """The moments of a tape by their places."""
    taping = Taping(trainer, most, moments)
    assert taping.work()
    data = taping.to_bytes()
    assert len(data) <= most
    made = decode(data) if data else []
    found = {place_of(moment): moment for moment in made}
    assert len(found) == len(made), "a moment is on the tape twice"
    return found


def seen(trainer: Trainer) -> dict[str, Any]:
    """What a page would show of the trainer now, as JSON leaves it."""
    moment = Readings(trainer).moment()
    words = {name: value for name, value in moment.items() if not isinstance(value, bytes)}
    numbers = {name: value for name, value in moment.items() if isinstance(value, bytes)}
    return {**json.loads(json.dumps(words)), **numbers}
