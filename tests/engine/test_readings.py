"""What the page shows of a run of its engine is what the kernel would show, trait by trait."""

from __future__ import annotations

import base64
from typing import Any

import numpy as np
import pytest

from linreg_widget.panel.codec import unpack
from linreg_widget.panel.readings import Readings
from linreg_widget.settings import FIELDS
from linreg_widget.table.table import Table, crop_yields
from linreg_widget.training.trainer import Trainer
from tests import said
from tests.engine.conftest import Engine, floats, wire
from tests.engine.test_frames import as_json, do
from tests.training.updates import phase_by_phase

RUN: dict[str, Any] = {"verb": "advance"}
OF_THE_KERNEL = {"_title", "_runs", "_run_columns", "_history", "stop_within", "stop_patience"}


def long_table() -> Table:
    rng = np.random.default_rng(2)
    x = rng.normal(size=(40, 3)).astype(np.float32)
    return Table.of((x, x @ np.array([[1.0], [2], [3]], np.float32)))


def noisy_table() -> Table:
    rng = np.random.default_rng(3)
    x = rng.normal(size=(600, 3))
    return Table.of((x, x @ np.array([[1.0], [2], [3]]) + rng.normal(size=(600, 1))))


def step(by: str, count: int = 1) -> dict[str, Any]:
    return {"verb": "step", "by": by, "count": count}


def back(by: str, count: int = 1) -> dict[str, Any]:
    return {"verb": "back", "by": by, "count": count}


ENTRY = {"verb": "set", "entries": [{"tensor": "w", "row": 0, "column": 0, "value": 0.5}]}


FIRST = [step("phase", 7), step("epoch", 2), ENTRY, RUN, back("epoch")]
LONG = {"epochs": 130, "batch_size": 7, "learning_rate": 1e-3}


@pytest.mark.parametrize(
    ("table", "settings", "acts"),
    [
        (
            crop_yields(),
            {"seed": 3},
            FIRST,
        ),
        (crop_yields(), {"held_out": ["C", "H"], "standardize": True}, FIRST),
        (crop_yields(), {"held_out": 0.3, "learning_rate": 1e-3}, [step("epoch"), RUN]),
        # More rows held out than are shown.
        (noisy_table(), {"held_out": 0.5, "epochs": 9}, [RUN, back("epoch", 2)]),
        (crop_yields(), {"standardize": True}, [step("update", 7), RUN, back("update", 30)]),
        (crop_yields(), {"learning_rate": 1e-3}, [step("update", 3), RUN, back("update")]),
        # More updates than columns, and more epochs than rows of the table of losses.
        (
            long_table(),
            {"epochs": 130, "batch_size": 7, "learning_rate": 1e-3},
            [RUN, back("epoch")],
        ),
    ],
)
@pytest.mark.usefixtures("stopped")
def test_the_traits_are_the_kernels(
    engine: Engine,
    table: Table,
    settings: Any,
    acts: list[dict[str, Any]],
) -> None:
    trainer = Trainer(table, **settings)
    readings = Readings(trainer)
    words = readings.words()
    given = {name: getattr(trainer.settings, name) for name in FIELDS}
    asked = (wire(trainer.table, trainer.held_out), given, words["_source"], words["_fit"], acts)
    for act, found in zip(acts, engine.ask("readings", *asked), strict=True):
        if act == RUN:
            trainer.run()
        else:
            do(trainer, **act)
        true = readings.now(at_rest=True)
        assert (found.pop("_graph"), found.pop("_graph_data")) == ({}, {})
        assert found.keys() == true.keys() - OF_THE_KERNEL
        first = float(trainer.recording.losses[0])
        for name, value in found.items():
            if isinstance(true[name], bytes):
                _near(name, value, unpack(true[name]), first)
            elif isinstance(value, float):
                assert value == pytest.approx(true[name], rel=1e-9), name
            elif name in ("_explained", "_findings", "_described", "_frame"):
                assert _plain(value) == _plain(true[name]), name
            else:
                assert value == true[name], name


def _near(name: str, found: Any, true: dict[str, np.ndarray], first: float) -> None:
    assert found.keys() == true.keys(), name
    for key in found:
        numbers = true[key]
        shape, values = found[key]
        mine = np.array([float(x.replace("Infinity", "inf")) for x in values]).reshape(shape)
        assert mine.shape == numbers.shape, (name, key)
        finite = np.isfinite(numbers)
        assert np.array_equal(np.isfinite(mine), finite), (name, key)
        size = float(np.abs(numbers[finite]).max(initial=0))
        least = 1e-6 * first if name in ("_losses", "_curve", "_table") else 1e-5 * size
        assert np.allclose(mine[finite], numbers[finite], rtol=2e-5, atol=least), (name, key)


def _plain(words: Any) -> Any:
    """Words without their numbers."""
    words = as_json(words)
    if isinstance(words, dict):
        return {key: _plain(value) for key, value in words.items()}
    if isinstance(words, list):
        return [*map(_plain, words)]
    return said.words(words) if isinstance(words, str) else words


def tiny(**columns: list[float]) -> Table:
    return Table.of(columns)


@pytest.mark.parametrize(
    ("trainer", "whole"),
    [
        (Trainer(crop_yields()), True),
        (Trainer(long_table()), True),
        (Trainer(tiny(x=[1, 1, 1], y=[16777217.0, 2, 3])), True),  # with notes
        (Trainer(Table.of((np.ones((600, 2)), np.arange(600)))), True),
        (Trainer(Table.of((np.ones((9, 40)), np.ones((9, 12))))), True),
        (Trainer(Table.of((np.ones((9000, 2)), np.ones(9000)))), True),  # a byte each
        (Trainer(Table.of((np.full((9000, 2), 1 / 3), np.ones(9000)))), True),
        (Trainer(Table.of((np.full((12_000, 2), 1 / 3), np.ones(12_000)))), True),
        (Trainer(Table.of((np.full((13_000, 2), 1 / 3), np.ones(13_000)))), False),
        (Trainer(Table.of((np.ones((50_000, 2)), np.ones(50_000)))), False),
        (Trainer(crop_yields(), held_out=0.2), True),
        (Trainer(crop_yields(), held_out=crop_yields()), True),
        (Trainer(tiny(x=[1, -2, 128], y=[0.5, -12.25, 327.67], z=[-0.0, 1, 2])), True),
        (Trainer(tiny(x=[1e-5, 2, 3], y=[32768, 1e10, -1e-40], z=[0.1, 0.2, -3.2767])), True),
        (Trainer(crop_yields(), update=phase_by_phase), False),
    ],
)
def test_the_page_holds_the_whole_of_a_small_table(
    engine: Engine, trainer: Trainer, *, whole: bool
) -> None:
    words = Readings(trainer).words()
    numbers = {"_rows_data": base64.b64encode(words.pop("_rows_data")).decode()}
    named = {name: words[name] for name in ("_rows", "_source")}
    found, table = engine.ask("table", named, numbers), trainer.table
    assert (found is not None) == whole
    if whole:
        assert {name: as_json(found[name]) for name in ("names", "notes")} == {
            name: as_json(wire(table)[name]) for name in ("names", "notes")
        }
        others = trainer.held_out
        assert (found["heldOut"] is None) == (others is None)
        for side, true in ((found, table), (found["heldOut"], others)):
            if true is None:
                continue
            assert side["rowNames"] == [*true.row_names]
            for name in ("inputs", "targets"):
                assert floats(side[name]).tobytes() == getattr(true, name).tobytes()


def test_kept_runs_stand_beside_the_present_one(engine: Engine) -> None:
    table = crop_yields()
    slower: dict[str, Any] = {"verb": "change", "changes": {"learning_rate": 2e-6}}
    again = {"verb": "reset", "changes": {"seed": 2, "standardize": True}}
    acts = [RUN, "keep", "keep", slower, {"verb": "reset", "changes": {}}, RUN, "keep", again]
    acts += [step("epoch"), slower, "keep"] + [step("update"), "keep"] * 10
    trainer = Trainer(table, learning_rate=1e-5)
    given = {name: getattr(trainer.settings, name) for name in FIELDS}
    found = engine.ask("compared", wire(table), given, acts)
    for act in acts:
        if act == "keep":
            trainer.keep()
        elif act == RUN:
            trainer.run()
        elif act["verb"] in ("change", "reset"):  # type: ignore[index]
            getattr(trainer, act["verb"])(**act["changes"])  # type: ignore[index]
        else:
            do(trainer, **act)  # type: ignore[arg-type]
    true = Readings(trainer).now(at_rest=True)
    assert found["_run_columns"] == true["_run_columns"]
    assert len(found["_runs"]) == 13
    for mine, other in zip(found["_runs"], true["_runs"], strict=True):
        assert _plain(mine) == _plain(other)
        assert mine["name"] == other["name"]
        assert mine["cells"][:3] == other["cells"][:3]
