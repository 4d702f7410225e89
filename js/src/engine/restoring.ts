/** A run that was saved, made again update by update, as far as it was recorded. */

import { type History, SETTINGS, STRETCH_SETTINGS } from "../kernel/contract";
import { decodeLosses, decodeOthers } from "../kernel/decode";
import { type Model, some } from "../kernel/model";
import type { Table } from "./batches";
import type { Kept } from "./losscurves";
import type { Branch, Entry } from "./recording";
import type { Changes, Settings } from "./schedule";
import { createTrainer, type Status, type Trainer } from "./trainer";

/** Updates between two looks at the clock. */
const SOME = 500;
/** By what share a loss may differ from the kernel's, whose sums round otherwise, and be that of the same run. */
const SAME = 1e-3;

type Saved = Pick<Model, "get">;

/** The run as the page holds it, at its start; a rate that nobody chose follows from the table. */
export function begun(table: Table, saved: Saved): Trainer {
  const { stretches = [], own_rate = false } = saved.get("_history");
  const wanted = { ...settingsOf(saved), ...stretches[0]?.settings };
  if (!own_rate) {
    const follows = createTrainer(table, { ...wanted, learning_rate: null });
    if (follows.settings.learning_rate === wanted.learning_rate) return follows;
  }
  return createTrainer(table, wanted);
}

/** The futures that were left; the page has only their curves. */
export const branchesOf = (saved: Saved): Branch[] =>
  linesOf(saved).flatMap(({ name, colour, start, x, y }) =>
    colour ? [] : { name, start, points: { x, y }, losses: new Float32Array(), segments: [] },
  );

/** The runs that were kept, each with its curve. */
export function keptOf(saved: Saved): Kept[] {
  const lines = linesOf(saved).filter(({ colour }) => colour);
  return (saved.get("_history").kept ?? []).map((run, k) => ({
    ...run,
    status: run.status as Status,
    loss: run.loss ?? Infinity,
    distance: run.distance ?? Infinity,
    curve: lines[k] ?? { x: [], y: [] },
  }));
}

function linesOf(saved: Saved) {
  const lines = saved.get("_lines");
  const others = decodeOthers(lines, saved.get("_lines_data"));
  return others.map((one, k) => ({ ...one, start: lines[k]?.start ?? 0 }));
}

/**
 * Go to where the run stood when it was saved, bit by bit; in the end tell whether that is the same run. What an
 * address `asked` for has nothing to compare with.
 */
export function* restoring(
  trainer: Trainer,
  saved: Saved,
  asked = false,
): Generator<void, boolean> {
  const { stretches = [], by_hand = [] } = saved.get("_history");
  const [recorded, update] = [saved.get("_recorded"), saved.get("update")];
  const entries = new Map<number, Entry[]>();
  for (const { update: at, tensor, ...rest } of by_hand)
    entries.set(at, [...(entries.get(at) ?? []), { ...rest, tensor: tensor === "w" ? "w" : "b" }]);
  const changes = new Map(stretches.slice(1).map(({ update: at, settings }) => [at, settings]));
  const moments = [...new Set([...changes.keys(), ...entries.keys(), recorded])];
  for (const moment of moments.sort((one, other) => one - other)) {
    while (trainer.update < moment && trainer.status !== "diverged") {
      trainer.step("update", Math.min(SOME, moment - trainer.update));
      yield;
    }
    if (trainer.update < moment) break; // it diverged
    change(trainer, changes.get(moment) ?? {});
    const set = entries.get(moment);
    if (set) trainer.set(set);
  }
  const same = trainer.recording.updates === recorded;
  const phases = saved.get("_phase") ? (saved.get("_frame").phases ?? []).length : 0;
  // Those of an update that was begun, and perhaps left, hold too.
  if (changes.has(recorded) && trainer.status !== "diverged") trainer.step("phase");
  const under = update === recorded ? phases : 0; // an update that was never finished
  trainer.seek(update, under ? 0 : phases);
  if (under) trainer.step("phase", under);
  const { seed: _, standardize: __, ...settings } = settingsOf(saved);
  change(trainer, settings);
  const { full } = decodeLosses(saved.get("_losses"));
  const now = trainer.loss();
  if (saved.get("_notice")) trainer.recording.note(update, saved.get("_notice"));
  const near = !Number.isFinite(full) || Math.abs(now - full) <= SAME * Math.abs(full);
  return asked || (same && trainer.update === update && near);
}

/** How the run came to where it is. */
export const historyOf = ({ recording }: Trainer): Partial<History> => ({
  stretches: recording.schedule.segments.map(({ update, settings }) => ({
    update,
    settings: some(STRETCH_SETTINGS, (name) => settings[name]),
  })),
  by_hand: [...recording.byHand].flatMap(([update, entries]) =>
    entries.map((entry) => ({ ...entry, update })),
  ),
});

/** Change what differs: a rate that is named counts as chosen. */
function change(trainer: Trainer, changes: Changes): void {
  const { settings } = trainer;
  const others = Object.entries(changes).filter(([name, x]) => x !== settings[name as never]);
  trainer.change(Object.fromEntries(others));
}

const settingsOf = (saved: Saved): Settings => some(SETTINGS, (name) => saved.get(name));
