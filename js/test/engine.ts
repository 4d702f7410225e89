/** The page's engine for tests: asked by Python (tests/engine), and by the tests beside this file. */

import type { Side, Table } from "../src/engine/batches";
import type { Entry } from "../src/engine/recording";
import { createTrainer, type Trainer, type Wanted } from "../src/engine/trainer";
import type { StepBy } from "../src/kernel/contract";

interface WireSide extends Pick<Table, "rowNames"> {
  readonly inputs: readonly (readonly number[])[];
  readonly targets: readonly (readonly number[])[];
}

export interface WireTable extends WireSide, Pick<Table, "names" | "notes"> {
  readonly heldOut?: WireSide | null;
}

const sideOf = ({ inputs, targets, rowNames }: WireSide): Side => ({
  n: inputs.length,
  rowNames,
  inputs: Float32Array.from(inputs.flat()),
  targets: Float32Array.from(targets.flat()),
});

export const tableOf = ({ names, notes, heldOut, ...rows }: WireTable): Table => ({
  ...sideOf(rows),
  d: rows.inputs[0]?.length ?? 0,
  t: rows.targets[0]?.length ?? 0,
  heldOut: heldOut ? sideOf(heldOut) : null,
  names,
  notes,
});

/** The bits of float32 numbers, so that NaN and −0 arrive as they are. */
export const bitsOf = (numbers: Iterable<number>): number[] =>
  Array.from(new Uint32Array(Float32Array.from(numbers).buffer));

/** A whole run: its random numbers, its losses, and where it ends. */
export function whole(table: WireTable, settings: Wanted, phases: readonly number[]) {
  const trainer = createTrainer(tableOf(table), settings);
  const start = trainer.batches.start();
  const { settings: filled } = trainer;
  trainer.advance();
  const { recording, update, status, model } = trainer;
  const ends = recording.epochMeans().ends;
  const orders = [0, ...ends].map((end) => [...trainer.batches.order(recording.schedule, end)]);
  const inside = phases.map((at) => {
    trainer.seek(at, 4);
    const { seen, index } = trainer.specimen;
    const numbers = seen.map((one) => [one.name, one.numbers && bitsOf(one.numbers)]);
    return { index: [...index], numbers: Object.fromEntries(numbers) };
  });
  trainer.seek(update);
  return {
    settings: filled,
    start: { w: bitsOf(start.w), b: bitsOf(start.b) },
    ...{ update, status, orders, inside },
    losses: bitsOf(recording.losses),
    means: recording.epochMeans().means,
    full: trainer.loss(),
    unseen: trainer.unseenLosses(),
    w: bitsOf(model.w),
    b: bitsOf(model.b),
  };
}

/** One thing to do to a trainer. */
export type Verb =
  | { readonly verb: "step" | "back"; readonly by: StepBy; readonly count: number }
  | { readonly verb: "seek"; readonly update: number; readonly phases: number }
  | { readonly verb: "advance"; readonly most: number }
  | { readonly verb: "change"; readonly changes: Partial<Wanted> }
  | { readonly verb: "reset"; readonly changes: { seed?: number; standardize?: boolean } }
  | { readonly verb: "set"; readonly entries: readonly Entry[] }
  | { readonly verb: "undo" };

export function make(trainer: Trainer, act: Verb): void {
  if (act.verb === "step" || act.verb === "back") trainer[act.verb](act.by, act.count);
  else if (act.verb === "seek") trainer.seek(act.update, act.phases);
  else if (act.verb === "advance") trainer.advance(Infinity, act.most);
  else if (act.verb === "change") trainer.change(act.changes as Parameters<Trainer["change"]>[0]);
  else if (act.verb === "reset") trainer.reset(act.changes);
  else if (act.verb === "set") trainer.set(act.entries);
  else trainer.undo();
}

/** A run made anew, without any way back, that comes to where a trainer stands. */
export function madeAnew(trainer: Trainer): Trainer {
  const { recording, update, phases, table } = trainer;
  const { segments } = recording.schedule;
  const fresh = createTrainer(table, segments[0]?.settings as Wanted);
  const events = [
    ...segments.slice(1).map(({ update: at, settings }) => ({ at, settings, set: null })),
    ...recording.checkpoints
      .filter(({ byHand }) => byHand)
      .map((set) => ({ at: set.update, settings: null, set })),
  ].sort((one, other) => one.at - other.at || (one.set ? 1 : -1));
  for (const { at, settings, set } of events) {
    if (at > update) break;
    fresh.step("update", at - fresh.update);
    if (settings) {
      const { learning_rate, batch_size, shuffle } = settings;
      if (at < update || phases) fresh.change({ learning_rate, batch_size, shuffle });
    } else if (set) {
      const { w, b } = set;
      const { d } = table;
      fresh.set([
        ...[...w].map((value, k): Entry => {
          return { tensor: "w", row: Math.floor(k / d), column: k % d, value };
        }),
        ...[...b].map((value, column): Entry => ({ tensor: "b", row: 0, column, value })),
      ]);
    }
  }
  fresh.step("update", update - fresh.update);
  fresh.step("phase", phases);
  const { learning_rate, batch_size, shuffle } = trainer.settings;
  fresh.change({ learning_rate, batch_size, shuffle });
  return fresh;
}

/** Where a trainer stands, in numbers that do not depend on rounding; and whether a fresh run has the same bits. */
export function stateOf(trainer: Trainer) {
  const { recording, update, phases, status, settings, total, canUndo, model } = trainer;
  const fresh = madeAnew(trainer);
  const bits = (one: Trainer) =>
    bitsOf([...one.model.w, ...one.model.b, one.unseenLoss(), ...lossesOf(one, update)]);
  const seenBits = (one: Trainer) =>
    one.specimen.seen.map((seen) => seen.numbers && bitsOf(seen.numbers));
  return {
    ...{ update, phases, status, settings, total, canUndo },
    epoch: trainer.place.epoch,
    batch: trainer.place.batch,
    updates: recording.updates,
    unseen: trainer.unseenLosses(),
    diverged: recording.divergedAt,
    branches: recording.branches.map(({ start, losses, name }) => [start, losses.length, name]),
    segments: recording.schedule.segments.map((segment) => segment.update),
    edited: [...recording.byHand.keys()],
    model: bitsOf([...model.w, ...model.b]),
    same:
      String(bits(trainer)) === String(bits(fresh)) &&
      String(seenBits(trainer)) === String(seenBits(fresh)),
  };
}

const lossesOf = ({ recording }: Trainer, update: number) => recording.losses.subarray(0, update);
