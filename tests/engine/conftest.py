"""What tests of the page's engine share: a node process that has it, and numbers as bits."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from linreg_widget.table.table import Table
from tests import node

SCRIPT = """
import { bitsOf, make, stateOf, tableOf, whole } from "../test/engine";
import { diagnose } from "./engine/diagnosis";
import { findings } from "./engine/findings";
import { createInsight } from "./engine/insight";
import { createTrainer } from "./engine/trainer";
const kept = globalThis as any;
const [what, ...rest] = args;
if (what === "whole") return whole(...(rest as Parameters<typeof whole>));
if (what === "begin") { kept.trainer = createTrainer(tableOf(rest[0]), rest[1]); return stateOf(kept.trainer); }
if (what === "verb") { make(kept.trainer, rest[0]); return stateOf(kept.trainer); }
if (what === "specimen") {
  const { seen, index, number, done } = kept.trainer.specimen;
  const bits = seen.map((one: any) => [
    one.name, one.shape, one.later, one.changed, one.numbers && [...one.numbers], one.old && [...one.old]]);
  return { seen: bits, index: [...index], number, done };
}
if (what === "told") {
  const [table, settings, stop, acts] = rest;
  const trainer = createTrainer(tableOf(table), settings);
  trainer.stopAt(stop);
  const words: unknown[] = [];
  for (const act of acts) {
    make(trainer, act);
    const { update, status, notice, insight, settings: { learning_rate: rate } } = trainer;
    words.push({ update, status, notice, explained: diagnose(trainer), findings: findings(insight, rate) });
  }
  return words;
}
const insight = createInsight(tableOf(rest[0]), rest[1], rest[2]);
const { leastSquares, curvatures, directions, floor, rounding, meanLoss, largestStableRate,
  worstBatchRate, safeRate, conditionNumber, rank } = insight;
const { w, b, loss, dependent } = leastSquares;
return { w: w.map((row) => [...row]), b, loss, dependent: [...dependent], floor, rounding, meanLoss, rank,
  curvatures: [...curvatures], directions: directions.map((one) => [...one]), largestStableRate,
  worstBatchRate, safeRate, conditionNumber, lives: [...insight.halfLives(rest[3])].map(String) };
"""


class Engine(node.Service):
    """The page's engine in a node process of its own."""

    def __init__(self) -> None:
        super().__init__(SCRIPT)


@pytest.fixture(scope="session")
def engine() -> Iterator[Engine]:
    """One process for all tests of a run."""
    with Engine() as process:
        yield process


def wire(table: Table) -> dict[str, Any]:
    """A table as the engine takes it in tests."""
    return {
        "inputs": table.inputs.tolist(),
        "targets": table.targets.tolist(),
        "names": {"features": table.feature_names, "targets": table.target_names},
        "notes": [note._asdict() for note in table.notes],
    }


def floats(bits: list[int]) -> NDArray[np.float32]:
    """Numbers of their bits."""
    return np.array(bits, np.uint32).view(np.float32)
