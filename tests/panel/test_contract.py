"""What is sent is what the contract with the page says: traits, records, arrays, requests."""

from __future__ import annotations

import types
from typing import (
    Annotated,
    Any,
    Literal,
    NotRequired,
    Union,
    get_args,
    get_origin,
    get_type_hints,
    is_typeddict,
)

import numpy as np
import pytest

from linreg_widget import Table, TrainerWidget, UpdateError, crop_yields
from linreg_widget.panel.codec import unpack
from linreg_widget.panel.handover import Stretch
from linreg_widget.panel.page import shared_traits
from linreg_widget.panel.panel import TrainerPanel
from linreg_widget.panel.requests import Reply, Request
from linreg_widget.panel.traits import Arrays, Record
from linreg_widget.settings import Settings
from tests.contract import fields, kinds, type_of


def faults(value: Any, wanted: Any, place: str) -> list[str]:
    """Where a value is not of a type, as JSON has it: tuples and lists are one."""
    origin, inside = get_origin(wanted), get_args(wanted)
    if is_typeddict(wanted):
        return record_faults(value, wanted, place)
    if origin in (list, tuple) or (origin is None and issubclass(wanted, tuple)):
        return sequence_faults(value, wanted, place)
    if origin is NotRequired:
        return faults(value, inside[0], place)
    if origin is Annotated:
        return settings_faults(value, inside[1], place)
    if origin in (Union, types.UnionType):
        fits = any(not faults(value, one, place) for one in inside)
    elif origin is Literal:
        fits = value in inside
    else:
        fits = type(value) is wanted or (wanted is float and type(value) is int)
    return [] if fits else [f"{place} is {value!r}, not {wanted}"]


def record_faults(value: Any, wanted: type, place: str) -> list[str]:
    known = fields(wanted)
    needed = {key for key, kind in known.items() if get_origin(kind) is not NotRequired}
    if not isinstance(value, dict) or not needed <= value.keys() <= known.keys():
        return [f"{place} has other keys than {wanted.__name__}: {value!r}"]
    return [one for key in value for one in faults(value[key], known[key], f"{place}.{key}")]


def settings_faults(value: Any, names: tuple[str, ...], place: str) -> list[str]:
    """Where settings are not filled in, all of them."""
    if not isinstance(value, dict) or value.keys() != {*names}:
        return [f"{place} has not the settings {names}: {value!r}"]
    kinds = get_type_hints(Settings)
    return [
        one
        for name in names
        for one in faults(value[name], (get_args(kinds[name]) or (kinds[name],))[0], place)
    ]


def sequence_faults(value: Any, wanted: Any, place: str) -> list[str]:
    if not isinstance(value, list | tuple):
        return [f"{place} is no list: {value!r}"]
    parts = get_args(wanted) or tuple(fields(wanted).values())
    if get_origin(wanted) is list or parts[1:] == (...,):
        parts = parts[:1] * len(value)
    if len(value) != len(parts):
        return [f"{place} has no {len(parts)} parts: {value!r}"]
    each = enumerate(zip(value, parts, strict=True))
    return [one for index, pair in each for one in faults(*pair, f"{place}[{index}]")]


def all_faults(panel: TrainerPanel) -> list[str]:
    """Where the panel's traits are not as they are declared."""
    found = []
    state = panel.get_state()
    for name, trait in shared_traits(type(panel)).items():
        value = state[name]
        if isinstance(trait, Arrays):
            found += array_faults(value, trait.of, name)
        elif not (isinstance(trait, Record) and value == {}):
            found += faults(value, type_of(trait), name)
    for tensor in panel._frame["tensors"]:
        named = {tensor["values"], tensor["old"]} - {""}
        if not named <= unpack(panel._frame_data).keys():
            found.append(f"{tensor['name']} has no numbers by {named}")
    return found


def array_faults(data: bytes, wanted: type | None, name: str) -> list[str]:
    arrays = unpack(data)
    if wanted is None or not data:
        return []
    kinds = {key: get_args(get_args(kind)[1])[0] for key, kind in fields(wanted).items()}
    found = {key: array.dtype.type for key, array in arrays.items()}
    return [] if found == kinds else [f"{name} has {found}, not {kinds}"]


def test_a_fault_is_found() -> None:
    """Or else the tests below would prove nothing."""
    (move, *_) = get_args(Request)
    assert faults({"kind": "step", "by": "phase"}, move, "it") == []
    assert faults({"kind": "step", "by": "phase", "held": 1}, move, "it") != []
    assert faults({"kind": "step"}, move, "it") != []
    assert faults({"kind": "step", "by": "phase", "too": 1}, move, "it") != []
    assert faults({"kind": "step", "by": "row"}, move, "it") != []
    assert faults(True, float, "it") != []  # noqa: FBT003
    assert faults([("a", 1)], list[tuple[str, str]], "it") != []
    assert faults(None, int | None, "it") == []
    stretch = fields(Stretch)["settings"]
    assert faults({"learning_rate": 1e-5, "batch_size": 3, "shuffle": True}, stretch, "it") == []
    assert faults({"learning_rate": None, "batch_size": 3, "shuffle": True}, stretch, "it") != []
    assert faults({"learning_rate": 1e-5, "batch_size": 3}, stretch, "it") != []


Act = tuple[Any, ...]  # a verb and its arguments, or a trait and its value
ASKED: list[Act] = [("ask", "loss"), ("press", "step")]
MOMENTS: dict[str, list[Act]] = {
    "at the start": [],
    "within an update": [("step", "phase", 3)],
    "after some updates": [("step", "update", 7)],
    "at the end": [("run",)],
    "in the past": [("run", 3), ("back", "update", 4)],
    "diverged": [("learning_rate", 1.0), ("run",)],
    "set by hand": [("set", None, [1.0, 2.0])],
    "compared": [("run", 2), ("keep",), ("reset",), ("run", 1)],
    "asked": [("ask", "weight"), ("press", "step")],
    "answered": [*ASKED, ("guess", 1000)],
    "locked": [("lock", ("run", "speed"))],
    "paced": [("speed", 20.0), ("start",)],
    "stopped": [("stop_within", 1e9), ("run",)],
}


def do(panel: TrainerPanel, acts: list[Act]) -> None:
    for name, *arguments in acts:
        if panel.has_trait(name):
            setattr(panel, name, *arguments)
        else:
            owner = panel if hasattr(panel, name) else panel.page
            getattr(owner, name)(*arguments)


@pytest.mark.parametrize("moment", MOMENTS)
def test_what_is_sent_is_what_the_contract_says(widget: TrainerWidget, moment: str) -> None:
    do(widget.panel, MOMENTS[moment])
    assert all_faults(widget.panel) == []


def fails(model: Any, x: Any, y: Any, learning_rate: float) -> Any:
    """An update of another's, with a value that is no tensor, and an error."""
    rows, bent = len(x), np.float64(2)
    yield "half"
    raise ValueError(f"{rows} {bent}")


def test_so_it_is_for_an_update_of_ones_own_that_fails_and_a_table_without_names() -> None:
    widget = TrainerWidget(Table.of(np.arange(12.0).reshape(6, 2)), update=fails, plot=None)
    assert all_faults(widget.panel) == []
    with pytest.raises(UpdateError, match=r"3 2\.0"):
        widget.step()
    assert all_faults(widget.panel) == []
    widget.close()


# ---- requests ------------------------------------------------------------------------------------

SAMPLES: dict[str, tuple[dict[str, Any], list[Act]]] = {
    "step": ({"by": "phase", "held": True}, []),
    "back": ({"by": "update"}, [("step",)]),
    "guess": ({"value": 900.0}, ASKED),
    "skip": ({}, ASKED),
    "seek": ({"update": 1}, [("step", "update", 3)]),
    "rescue": ({"to": "start"}, [("learning_rate", 1.0), ("run",)]),
    "set": ({"entries": [{"tensor": "w", "row": 0, "column": 1, "value": 3.5}]}, []),
    "undo": ({}, [("set", None, [1.0, 2.0])]),
    "forget": ({"index": 0}, [("keep",)]),
    "draw": ({"points": [{"x": 1.5, "y": 2, "row": -1}], "pattern": "A line"}, []),
    "paste": (
        {
            "token": "t",
            "text": "a,b\n1,2\n3,5",
            "roles": ["feature", "target"],
            "drop_gaps": False,
            "decimal": "",
            "thousands": "",
            "held_out": 0.0,
            "train": True,
        },
        [],
    ),
    "keep": ({}, [("step",)]),
    "advance": ({}, [("start",)]),
    "pause": ({}, [("start",)]),
    "reset": ({}, [("step",)]),
    "run": ({}, []),
    "tape": ({}, [("step",)]),
    "look": ({"width": 640, "height": 222, "beside": True}, []),
    "hello": ({}, []),
}
"""What each kind of request has beside it, and what comes before, so that it has an effect."""


@pytest.mark.parametrize("request_", get_args(Request), ids=lambda request: request.__name__)
def test_the_panel_hears_each_request_of_the_contract(request_: Any) -> None:
    for kind in kinds(request_):
        panel = TrainerPanel(TrainerWidget(crop_yields(), plot=None).trainer)
        more, before = SAMPLES[kind]
        message = {"kind": kind, **more}
        assert faults(message, request_, "it") == []
        do(panel, before)
        state = {**panel.get_state(), "room": panel.room}
        replies: list[Any] = []
        panel.send = lambda content, buffers=None: replies.append(content)  # noqa: B023 - called at once
        panel._handle_custom_msg({**message, "client": "one", "id": 3}, [])
        after = {**panel.get_state(), "room": panel.room}
        changed = {name for name, value in after.items() if value != state[name]}
        (reply,) = replies
        assert bool(changed or "more" in reply) == (kind != "hello"), kind  # a tape takes longer
        assert faults(reply, Reply, "it") == []
        assert (reply["client"], reply["id"]) == ("one", 3)
        assert not panel._alert
        panel.close()
