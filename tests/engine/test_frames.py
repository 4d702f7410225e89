"""The microscope of the page's engine: the words and numbers of a frame are the kernel's."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from linreg_widget.microscope.codeview import CodeView
from linreg_widget.settings import FIELDS
from linreg_widget.table.table import Table, crop_yields
from linreg_widget.training.trainer import Trainer
from tests import said
from tests.engine.conftest import Engine, wire
from tests.engine.test_runs import near
from tests.microscope.looking import look

PHASE = {"verb": "step", "by": "phase", "count": 1}
UPDATE = {"verb": "step", "by": "update", "count": 1}
BACK = {"verb": "back", "by": "phase", "count": 1}


def by_hand(*entries: tuple[str, int, int]) -> dict[str, Any]:
    return {
        "verb": "set",
        "entries": [
            {"tensor": name, "row": row, "column": column, "value": 0.5}
            for name, row, column in entries
        ],
    }


def do(trainer: Trainer, verb: str, **what: Any) -> None:
    if verb == "set":
        if trainer.position.phase:
            trainer.back()
        w, b = (getattr(trainer.model, name).detach().numpy().copy() for name in ("w", "b"))
        for one in what["entries"]:
            numbers = w if one["tensor"] == "w" else b[None]
            numbers[one["row"], one["column"]] = one["value"]
        trainer.set(w=w, b=b)
    else:
        getattr(trainer, verb)(**what)


def wide() -> Table:
    """A table of which only a part is sent."""
    rng = np.random.default_rng(0)
    x = rng.normal(size=(90, 140)).astype(np.float32)
    return Table.of((x, x[:, :3] + rng.normal(size=(90, 3)).astype(np.float32)))


def long() -> Table:
    """A table whose batches have more rows than are sent."""
    rng = np.random.default_rng(1)
    x = rng.normal(size=(200, 2)).astype(np.float32)
    return Table.of((x, x[:, :1] * 2))


ACTS = [PHASE] * 11 + [BACK] * 3 + [UPDATE, by_hand(("w", 0, 1)), PHASE, PHASE, UPDATE]
EVERY = [(name, row, column) for name in "wb" for row in range(2) for column in range(3)]
ALL = by_hand(*(one for one in EVERY if one[0] == "w" or one[1:] < (0, 2)))


@pytest.mark.parametrize(
    ("table", "settings", "acts"),
    [
        (crop_yields(), {}, [*ACTS, by_hand(("w", 1, 2), ("b", 0, 1), ("w", 0, 0)), PHASE, ALL]),
        (crop_yields(), {"standardize": True, "batch_size": 7}, ACTS),
        (crop_yields(), {"learning_rate": 1e30}, [PHASE] * 5),
        (crop_yields(), {"learning_rate": 1e-30}, [PHASE] * 5),
        (wide(), {"batch_size": 60, "learning_rate": 1e-3}, [PHASE] * 6),
        (long(), {"batch_size": 150, "learning_rate": 1e-3}, [PHASE] * 6),
        (Table.parse("x,y\n1,3\n2,5"), {"batch_size": 1, "learning_rate": 0.1}, ACTS[:14]),
    ],
)
def test_a_frame_is_the_kernels(
    engine: Engine, table: Table, settings: Any, acts: list[dict[str, Any]]
) -> None:
    trainer = Trainer(table, **settings)
    given = {name: getattr(trainer.settings, name) for name in FIELDS}
    source = CodeView.of(trainer.update_function).to_wire()
    for act, found in zip(
        acts, engine.ask("frames", wire(table), given, source, acts), strict=True
    ):
        do(trainer, **act)
        true = look(trainer)
        mine, words = found["words"], true.words
        assert said.words(mine.pop("sentence")) == said.words(words.pop("sentence"))
        assert as_json(mine) == as_json(words)
        arrays = {
            name: np.array(values, float).reshape(shape) for name, shape, values in found["numbers"]
        }
        assert arrays.keys() == true.arrays.keys()
        for name, numbers in true.arrays.items():
            finite = np.isfinite(numbers)
            size = float(np.abs(numbers[finite]).max(initial=0))
            near(arrays[name][finite], numbers[finite], 1e-5 * size)


def as_json(words: Any) -> Any:
    """Tuples as lists."""
    if isinstance(words, dict):
        return {key: as_json(value) for key, value in words.items()}
    return [*map(as_json, words)] if isinstance(words, list | tuple) else words
