"""The graph of the page's engine: its words are the kernel's, and its numbers, array by array."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from linreg_widget.microscope import CodeView, encode_graph
from linreg_widget.settings import FIELDS
from linreg_widget.table.table import Table, crop_yields
from linreg_widget.training.trainer import Trainer
from tests.engine.conftest import Engine, wire
from tests.engine.test_frames import (
    ACTS,
    PHASE,
    UPDATE,
    as_json,
    by_hand,
    do,
    long,
    wide,
)

NAMED = ("values", "gradients", "meeting")
Arrays = dict[str, NDArray[Any]]


@pytest.mark.parametrize(
    ("table", "settings", "acts"),
    [
        (crop_yields(), {}, [PHASE] * 12 + [UPDATE, by_hand(("w", 1, 2)), *ACTS]),
        (crop_yields(), {"standardize": True, "batch_size": 7}, ACTS),
        (crop_yields(), {"learning_rate": 1e-30}, [PHASE] * 5),
        (wide(), {"batch_size": 60, "learning_rate": 1e-3}, [PHASE] * 6),
        (long(), {"batch_size": 150, "learning_rate": 1e-3}, [PHASE] * 6),
        (Table.parse("x,y\n1,3\n2,5"), {"batch_size": 1, "learning_rate": 0.1}, [PHASE] * 12),
        (Table.parse("x,y\n1,3"), {"batch_size": 1, "learning_rate": 0.5}, [PHASE] * 12),
    ],
)
def test_a_graph_is_the_kernels(
    engine: Engine, table: Table, settings: Any, acts: list[dict[str, Any]]
) -> None:
    trainer = Trainer(table, **settings)
    trainer.traced = True
    given = {name: getattr(trainer.settings, name) for name in FIELDS}
    code = CodeView.of(trainer.update_function)
    asked = wire(table), given, code.to_wire(), acts
    for act, found in zip(acts, engine.ask("graphs", *asked), strict=True):
        do(trainer, **act)
        words, numbers = encode_graph(trainer.graph(), code)
        mine = {
            name: np.array([float(x.replace("Infinity", "inf")) for x in values]).reshape(shape)
            for name, shape, values in found["numbers"]
        }
        same(found["words"], as_json(words), mine, numbers)


def same(found: Any, true: Any, mine: Arrays, numbers: Arrays) -> None:
    """Assert that graphs are the same; arrays have names of their own."""
    assert len(found["nodes"]) == len(true["nodes"])
    for one, other in zip(found.pop("nodes"), true.pop("nodes"), strict=True):
        for key in NAMED:
            near(mine, one.pop(key), numbers, other.pop(key), (other["title"], key))
        for edge, known in zip(one["inputs"], other["inputs"], strict=True):
            for key in ("share", "sum"):
                near(mine, edge.pop(key), numbers, known.pop(key), (other["title"], key))
        assert one == other
    assert found == true


def near(mine: Arrays, name: str, numbers: Arrays, other: str, what: Any) -> None:
    """Assert that two arrays are alike, or that neither is there."""
    assert (name == "") == (other == ""), what
    if name:
        one, true = mine[name], numbers[other]
        assert one.shape == true.shape, what
        size = float(np.abs(true).max(initial=0))
        assert np.allclose(one, true, rtol=2e-5, atol=1e-5 * size), (what, one, true)
