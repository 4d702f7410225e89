"""A run in one line: everything that determines its state, as a short text.

A run is a pure function of table, settings, seed, update function, and of what was set by hand. So
a text that names these, and how far the run had come, restores exactly the same state, bit for bit.
It has no table and no function, only their fingerprints: whoever opens it must have both. It is
packed JSON; nothing in it is evaluated.
"""

from __future__ import annotations

import base64
import hashlib
import json
import zlib
from typing import TYPE_CHECKING, Any

from linreg_widget.errors import SettingsError
from linreg_widget.messages import say
from linreg_widget.microscope import complete_source, name_of
from linreg_widget.model import gradient_update
from linreg_widget.settings import (
    PLAN_SETTINGS,
    START_SETTINGS,
    STRETCH_SETTINGS,
    Settings,
    Stop,
    whole_number,
)

from .held_out import drawn_mask, in_short, joined
from .trainer import Trainer

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from linreg_widget.microscope import UpdateFunction
    from linreg_widget.table import Table

_MARK = "linreg1:"
_BLOCK = 65_536  # rows
_MOST_BYTES = 1_000_000  # unpacked: far more than a hundred changes need
_MOST_UPDATES = 1_000_000  # that a link may ask for: a minute or so of work
_MOST_PRODUCTS = 10**12  # of an entry of w and one of x; for large tables, minutes


def link_of(trainer: Trainer) -> str:
    """Return a trainer's run, up to where it stands, as a text for ``trainer_from``.

    Raises
    ------
    SettingsError
        If it has more updates than a link may ask for.
    UpdateError
        If the source of the user's own update function cannot be read.
    """
    here, recording = trainer.position, trainer.recording
    begun = here.update + (here.phase is not None)
    first, *later = [one for one in recording.segments if one.update < max(begun, 1)]
    sizes = [one.settings.batch_rows for one in (first, *later)]
    if here.update > (most := _most_updates(trainer.table, sizes)):
        raise SettingsError(say("links.too_long", updates=here.update, most=most))
    by_hand = recording.sets_by_hand(here.update)
    content = {
        **_tables(trainer),
        "function": _name_and_mark(trainer.update_function),
        "start": first.settings.some(STRETCH_SETTINGS),
        "changes": [[one.update, one.settings.some(STRETCH_SETTINGS)] for one in later],
        "sets": []
        if by_hand is None
        else [[int(u), w.tolist(), b.tolist()] for u, w, b in zip(*by_hand, strict=True)],
        **trainer.settings.some(PLAN_SETTINGS),
        **first.settings.some(START_SETTINGS),
        "update": here.update,
        "phases": len(trainer.specimen.phases) if here.phase else 0,
        "now": trainer.settings.some(STRETCH_SETTINGS),
        "stop": [trainer.stop.within, trainer.stop.patience, trainer.stop.on],
    }
    packed = zlib.compress(json.dumps(content, separators=(",", ":")).encode(), 9)
    return _MARK + base64.urlsafe_b64encode(packed).decode().rstrip("=")


def trainer_from(
    link: str,
    table: Table,
    update_function: UpdateFunction = gradient_update,
    held_out: Table | None = None,
) -> Trainer:
    """Return a trainer in the state in which a link was made, by repeating the run.

    Parameters
    ----------
    link : str
    table : Table
        The same numbers as those of the link's run; names may differ.
    update_function : generator function
        The same function.
    held_out : Table, optional
        The rows held out, if they were a table of their own.

    Raises
    ------
    SettingsError
        If the text is not a link, asks for more updates than a link may, or the table or function
        differs from its run's.
    UpdateError
        If the update function raises.
    """
    content = _unpacked(link)
    try:
        _check(content, table, update_function, held_out)
        return _made_again(content, table, update_function, held_out)
    except (KeyError, TypeError, ValueError, IndexError) as error:
        if isinstance(error, SettingsError):
            raise
        raise _no_link(say("links.parts", error=error)) from None


def fingerprint(table: Table) -> str:
    """Return a short text that differs for tables with other numbers."""
    digest = hashlib.sha256()
    for part in (table.inputs, table.targets):
        digest.update(repr(part.shape).encode())
        for start in range(0, len(part), _BLOCK):  # no copy of a large table is made
            digest.update(part[start : start + _BLOCK].astype("<f4").tobytes())
    return digest.hexdigest()[:16]


def _unpacked(link: object) -> dict[str, Any]:
    if not isinstance(link, str) or not link.strip().startswith(_MARK):
        raise _no_link(say("links.start", mark=repr(_MARK)))
    text = link.strip().removeprefix(_MARK)
    try:
        packed = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
        unpack = zlib.decompressobj()
        plain = unpack.decompress(packed, _MOST_BYTES)
        if not unpack.eof:
            raise ValueError(say("links.length"))  # noqa: TRY301 - explained below
        content = json.loads(plain)
    except (ValueError, zlib.error, RecursionError) as error:
        raise _no_link(say("links.packed", error=error)) from None
    if not isinstance(content, dict):
        raise _no_link(say("links.more"))
    return content


def _tables(trainer: Trainer) -> dict[str, Any]:
    """Return fingerprints of the tables, and which rows of the whole one are held out."""
    table, others, rows = trainer.table, trainer.held_out, trainer.held_rows
    if others is None:
        return {"table": fingerprint(table)}
    if rows is None:
        return {"table": fingerprint(table), "held_out": fingerprint(others)}
    seed = trainer.recording.segments[0].settings.seed
    apart = in_short(rows, table.rows + others.rows, seed)
    return {"table": fingerprint(joined(table, others, rows)), "held_out": apart}


def _check(
    content: dict[str, Any],
    table: Table,
    update_function: UpdateFunction,
    held_out: Table | None,
) -> None:
    """Refuse a table or an update function that is not that of the link."""
    if content["table"] != fingerprint(table):
        words = say(
            "links.table",
            title=table.name or say("links.this_one"),
            rows=table.rows,
            features=table.features,
            targets=table.outputs,
        )
        raise SettingsError(words)
    apart = content.get("held_out")
    given = None if held_out is None else fingerprint(held_out)
    if given != (apart if isinstance(apart, str) else None):
        raise SettingsError(say("links.held_out", wanted=isinstance(apart, str)))
    name, mark = content["function"]
    if [name, mark] != _name_and_mark(update_function):
        own = name_of(update_function)
        same = name == own
        raise SettingsError(say("links.function", same=same, name=own if same else repr(name)))


def _made_again(
    content: dict[str, Any],
    table: Table,
    update_function: UpdateFunction,
    held_out: Table | None,
) -> Trainer:
    plan = {name: content[name] for name in PLAN_SETTINGS}
    start = Settings(**content["start"], **plan, **{name: content[name] for name in START_SETTINGS})
    apart: Any = content.get("held_out")
    if isinstance(apart, list):
        rows = {whole_number("row", row, 0) for row in apart}
        apart = [row in rows for row in range(table.rows)]
    elif isinstance(apart, int):
        apart = drawn_mask(table.rows, whole_number("held_out", apart, 1), start.seed)
    apart = apart if held_out is None else held_out
    trainer = Trainer(table, start, update=update_function, held_out=apart)
    last, ways = whole_number("update", content["update"], 0), [*_ways(content)]
    given = [changes.get("batch_size", 1) for *_, changes in ways if changes]
    sizes = [trainer.settings.batch_rows, *(whole_number("batch_size", one, 1) for one in given)]
    if last > (most := _most_updates(trainer.table, sizes)):
        raise SettingsError(say("links.too_many", updates=last, most=most))
    for update, w, b, changes in ways:
        _go_to(trainer, min(update, last))
        if changes is None:
            trainer.set(w, b)
        else:
            trainer.change(**changes)
    _go_to(trainer, last)
    for _ in range(whole_number("phases", content["phases"], 0)):
        trainer.step("phase")
        if trainer.position.phase is None:
            raise ValueError(say("links.phases", update=last + 1))
    trainer.change(**content["now"], **plan)
    trainer.stop = Stop(*content["stop"])
    return trainer


def _ways(content: dict[str, Any]) -> Iterator[tuple[int, Any, Any, dict[str, Any] | None]]:
    """Yield what was done during the run, in order: changed settings, and numbers set by hand."""
    ways: list[tuple[int, Any, Any, dict[str, Any] | None]] = [
        (whole_number("update", update, 0), None, None, dict(changes))
        for update, changes in content["changes"]
    ]
    ways += [(whole_number("update", update, 0), w, b, None) for update, w, b in content["sets"]]
    yield from sorted(ways, key=lambda way: way[0])


def _most_updates(table: Table, batch_sizes: Sequence[int]) -> int:
    """Return how many updates a link may ask for: whoever opens it has to wait for them all."""
    rows = min(table.rows, max(batch_sizes))
    return min(_MOST_UPDATES, _MOST_PRODUCTS // (rows * table.features * table.outputs))


def _go_to(trainer: Trainer, update: int) -> None:
    if update > trainer.position.update:
        trainer.step(count=update - trainer.position.update)


def _name_and_mark(function: UpdateFunction) -> list[str]:
    """Return an update function's name and a fingerprint of its source; "" for the article's."""
    if function is gradient_update:
        return [name_of(function), ""]
    source = "\n".join(complete_source(function, ()))  # with what it uses from elsewhere
    return [name_of(function), hashlib.sha256(source.encode()).hexdigest()[:16]]


def _no_link(why: str) -> SettingsError:
    return SettingsError(say("links.not_a_link", why=why))
