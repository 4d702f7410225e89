"""A table that is drawn in a page without a kernel leads to the run that the kernel would make."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from linreg_widget import Table, Trainer
from linreg_widget.panel.codec import unpack
from linreg_widget.panel.panel import TrainerPanel
from tests.engine.conftest import wire
from tests.node import Service

SCRIPT = """
import { tableOf } from "../test/engine";
import { drawn, successor, wordsOf } from "./engine/tables";
import { createTrainer } from "./engine/trainer";
import { unpack } from "./kernel/arrays";
const [table, wanted, points, pattern, labels] = args;
const first = createTrainer(tableOf(table), wanted);
first.step("epoch", 2);
const made = drawn(first.table, { points, pattern });
const next = successor(first, made, !pattern);
next.advance();
const { _fit, _names, _held_out, ...arrays } = wordsOf(made, labels);
const numbers = Object.fromEntries(Object.entries(arrays).map(([name, bytes]: [string, any]) =>
  [name, Object.fromEntries(Object.entries(unpack(bytes)).map(([key, { shape, values }]: any) =>
    [key, [shape, [...values]]]))]));
return {
  settings: next.settings, losses: [...next.recording.losses.subarray(0, next.recording.updates)],
  unseen: next.unseenLosses(), own: next.ownRate,
  words: { _fit, _names, _held_out }, numbers, rowNames: made.rowNames,
};
"""
NAMED = "name,Hours (h),Grade\nAnna,1,2\nBert,2,4\nCarl,3,5\nDora,4,9\nEmil,6,7"
UNNAMED = "x,y\n1,2\n2,4\n3,5\n8,4\n9,9"
POINTS = [
    {"x": 6.0, "y": 7.25, "row": 4},
    {"x": 2.5, "y": -1.0, "row": -1},
    {"x": 1.0, "y": 2.0, "row": 0},
    {"x": 1.0, "y": 3.5, "row": -1},
]


@pytest.fixture(scope="module")
def page() -> Iterator[Service]:
    with Service(SCRIPT) as service:
        yield service


@pytest.mark.parametrize("pattern", ["", "A line"])
@pytest.mark.parametrize(
    "settings",
    [{}, {"learning_rate": 0.02}, {"batch_size": 2, "seed": 7}, {"standardize": True}],
    ids=str,
)
@pytest.mark.parametrize("held_out", [None, [True, False, True, False, False]], ids=str)
@pytest.mark.parametrize("text", [NAMED, UNNAMED], ids=["named", "unnamed"])
def test_it_is_the_kernels_run(
    page: Service, text: str, held_out: Any, settings: dict[str, Any], pattern: str
) -> None:
    trainer = Trainer(Table.parse(text), epochs=6, held_out=held_out, **settings)
    wanted = {
        "learning_rate": None,
        "batch_size": None,
        "epochs": 6,
        "seed": 0,
        "shuffle": True,
        "standardize": False,
        **settings,
    }
    panel = TrainerPanel(trainer)
    panel.step("epoch", 2)
    panel.draw(POINTS, pattern)
    now = panel.trainer
    labels = [*now.table.labels]
    found = page.ask(wire(trainer.table, trainer.held_out), wanted, POINTS, pattern, labels)
    want = {name: getattr(now.settings, name) for name in wanted}
    assert found["settings"] == {**want, "learning_rate": pytest.approx(want["learning_rate"])}
    assert found["own"] == now.has_own_rate
    assert found["rowNames"] == [*now.table.row_names]
    for name in ("_names", "_fit"):
        said, true = found["words"][name], getattr(panel, name)
        assert said.keys() == true.keys()
        for key, value in said.items():
            close = key in ("means", "deviations")
            assert value == (pytest.approx(true[key], rel=1e-6) if close else true[key]), key
    assert found["words"]["_held_out"] == panel._held_out
    for name, arrays in found["numbers"].items():
        true = unpack(getattr(panel, name))
        assert arrays.keys() == true.keys()
        for key, (shape, values) in arrays.items():
            np.testing.assert_array_equal(np.array(values).reshape(shape), true[key])
    panel.run()
    np.testing.assert_allclose(found["losses"], now.recording.losses, rtol=1e-4)
    updates, unseen = now.held_out_losses()
    assert found["unseen"]["x"] == updates.tolist()
    np.testing.assert_allclose(found["unseen"]["y"], unseen, rtol=1e-4)
    panel.close()
