"""What tests of the page's engine share: a node process that has it, and numbers as bits."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from linreg_widget.table.table import Table
from tests import node

SCRIPT = """
import { bitsOf, make, stateOf, tableOf, whole } from "../test/engine";
import { compared, keptBeside, outcomeOf } from "./engine/comparison";
import { diagnose } from "./engine/diagnosis";
import { findings } from "./engine/findings";
import { frameOf } from "./engine/frame";
import { graphOf } from "./engine/graph";
import { createKernel } from "./engine/kernel";
import { createInsight } from "./engine/insight";
import { createReadings } from "./engine/readings";
import { tableOf as held } from "./engine/table";
import { createTrainer } from "./engine/trainer";
import { unpack } from "./kernel/arrays";
// No work takes any time: what is given some is done whole, on any machine.
performance.now = () => 0;
const kept = globalThis as any;
const [what, ...rest] = args;
if (what === "whole") return whole(...(rest as Parameters<typeof whole>));
if (what === "begin") {
  kept.trainer = createTrainer(tableOf(rest[0]), rest[1]);
  return stateOf(kept.trainer);
}
if (what === "verb") {
  make(kept.trainer, rest[0]);
  return stateOf(kept.trainer);
}
if (what === "specimen") {
  const { seen, index, number, done } = kept.trainer.specimen;
  const list = (numbers: any) => numbers && [...numbers];
  const all = seen.map(({ name, shape, later, changed, numbers, old }: any) =>
    [name, shape, later, changed, list(numbers), list(old)]);
  return { seen: all, index: [...index], number, done };
}
if (what === "frames") {
  const [table, settings, source, acts] = rest;
  const trainer = createTrainer(tableOf(table), settings);
  return acts.map((act: any) => {
    make(trainer, act);
    const { specimen, recording } = trainer;
    const byHand = recording.byHand.get(specimen.number - 1) ?? [];
    const { words, arrays } = frameOf(specimen, trainer.table, source, byHand);
    const numbers = Object.entries(arrays).map(
      ([name, { shape, values }]) => [name, shape, [...values]]);
    return { words, numbers };
  });
}
if (what === "graphs") {
  const [table, settings, source, acts] = rest;
  const trainer = createTrainer(tableOf(table), settings);
  return acts.map((act: any) => {
    make(trainer, act);
    const { words, arrays } = graphOf(trainer.specimen, source);
    const numbers = Object.entries(arrays).map(
      ([name, { shape, values }]) => [name, shape, [...values].map(String)]);
    return { words, numbers };
  });
}
if (what === "readings") {
  const [table, settings, source, fit, acts] = rest;
  const trainer = createTrainer(tableOf(table), settings);
  const read = createReadings(trainer, source, fit);
  return acts.map((act: any) => {
    make(trainer, act);
    return Object.fromEntries(Object.entries(read(true, [], false)).map(([name, value]) => {
      if (!(value instanceof DataView)) return [name, value];
      const arrays = Object.entries(unpack(value)).map(([key, array]: any) =>
        [key, [array.shape, [...array.values].map(String)]]);
      return [name, Object.fromEntries(arrays)];
    }));
  });
}
if (what === "compared") {
  const trainer = createTrainer(tableOf(rest[0]), rest[1]);
  let kept: any[] = [];
  for (const act of rest[2])
    if (act === "keep") kept = keptBeside(kept, outcomeOf(trainer));
    else make(trainer, act);
  return compared(kept, trainer);
}
if (what === "table") {
  const [words, buffers] = rest;
  const view = (text: string) =>
    new DataView(Uint8Array.from(atob(text), (one) => one.charCodeAt(0)).buffer);
  const get = (name: string) => (name in buffers ? view(buffers[name]) : words[name]);
  const table = held({ get } as any);
  const listed = (side: any) =>
    side && { ...side, inputs: bitsOf(side.inputs), targets: bitsOf(side.targets) };
  return table && { ...listed(table), heldOut: listed(table.heldOut) };
}
if (what === "restored") {
  const [words, buffers, acts] = rest;
  const view = (text: string) =>
    new DataView(Uint8Array.from(atob(text), (one) => one.charCodeAt(0)).buffer);
  const page = { get: (name: string) => (name in buffers ? view(buffers[name]) : words[name]) };
  const engine = createKernel(page as any, held(page as any) as any);
  const told = new Map<string, any>();
  for (const name of ["status", "update", "_phase", "_recorded", "_total", "_alert", "_notice",
    "_changes", "_lines", "_runs", "_run_columns", "_undoes", "learning_rate", "epochs",
    "batch_size", "shuffle", "_described"]) told.set(name, engine.get(name as never));
  const arrays = (name: string) => Object.fromEntries(
    Object.entries(unpack(engine.get(name as never) as any)).map(
      ([key, { values }]: any) => [key, [...values].map(String)]));
  engine.dispose();
  return { ...Object.fromEntries(told), curve: arrays("_curve"), losses: arrays("_losses"),
    lines: arrays("_lines_data"), frame: arrays("_frame_data") };
}
if (what === "told") {
  const [table, settings, stop, acts] = rest;
  const trainer = createTrainer(tableOf(table), settings);
  trainer.stopAt(stop);
  return acts.map((act: any) => {
    make(trainer, act);
    const { update, status, notice, insight, settings } = trainer;
    const explained = diagnose(trainer);
    const said = findings(insight, settings.learning_rate);
    return { update, status, notice, explained, findings: said };
  });
}
const insight = createInsight(tableOf(rest[0]), rest[1], rest[2]);
const { w, b, ...best } = insight.leastSquares;
return {
  ...insight,
  leastSquares: { ...best, w: w.map((row) => [...row]), b, dependent: [...best.dependent] },
  curvatures: [...insight.curvatures],
  lives: [...insight.halfLives(rest[3])].map(String),
};
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


@pytest.fixture(scope="package", autouse=True)
def one_thread() -> Iterator[None]:
    """Let torch use one thread: on a busy machine several wait for each other at each update."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


def wire(table: Table, held_out: Table | None = None) -> dict[str, Any]:
    """A table, and the rows held out of it, as the engine takes them in tests."""
    return {
        **_side(table),
        "names": {"features": table.feature_names, "targets": table.target_names},
        "notes": [note._asdict() for note in table.notes],
        "heldOut": None if held_out is None else _side(held_out),
    }


def _side(table: Table) -> dict[str, Any]:
    return {
        "inputs": table.inputs.tolist(),
        "targets": table.targets.tolist(),
        "rowNames": table.row_names or (),
    }


def floats(bits: list[int]) -> NDArray[np.float32]:
    """Numbers of their bits."""
    return np.array(bits, np.uint32).view(np.float32)


def numbered(first: int, count: int) -> list[Any]:
    """Return numbers for a test: the first few for `make test`, and the rest for `make matrix`."""
    rest = (pytest.param(number, marks=pytest.mark.matrix) for number in range(first, count))
    return [*range(first), *rest]
