/** Runs side by side: what differed, and where each ended; see comparison.py (pure). */

import { COLOURS, MOST_KEPT, PRESENT, type Traits } from "../kernel/contract";
import { count, measured, rate, said } from "../text/format";
import { say } from "../text/say";
import { differing, type Settings } from "./schedule";
import type { Status, Trainer } from "./trainer";

const ENDS = ["epochs", "updates", "status", "loss", "distance"];

/** Where a run stands. */
export interface Outcome {
  readonly name: string;
  readonly settings: Settings;
  readonly epochs: number;
  readonly updates: number;
  readonly status: Status;
  /** Over all rows. */
  readonly loss: number;
  /** How many times the best possible loss that is. */
  readonly distance: number;
  readonly colour: string;
}

export function outcomeOf(trainer: Trainer, name = ""): Outcome {
  const { update: updates, recording, place, status, insight } = trainer;
  const settings = updates ? recording.schedule.at(updates - 1).settings : trainer.settings;
  const { learning_rate, batch_size: batch, seed, standardize, shuffle } = settings;
  const loss = trainer.loss();
  return {
    ...{ settings, epochs: place.epoch, updates, status, loss, colour: PRESENT },
    name: name || say("runs.name", { rate: learning_rate, batch, seed, standardize, shuffle }),
    distance: insight.distance(loss),
  };
}

/** Keep a run beside others, by a name of its own and in a colour that few have; the latest twelve. */
export function keptBeside<Run extends Outcome>(others: readonly Run[], run: Run): Run[] {
  const times = (colour: string) => others.filter((other) => other.colour === colour).length;
  const least = Math.min(...COLOURS.map(times));
  const colour = COLOURS.find((one) => times(one) === least) ?? PRESENT;
  const names = others.map((other) => other.name);
  let { name } = run;
  for (let k = 2; names.includes(name); k += 1) name = `${run.name} (${k})`;
  return [...others, { ...run, name, colour }].slice(-MOST_KEPT);
}

/** Kept runs and the present one as a table. */
export function compared(
  kept: readonly Outcome[],
  trainer: Trainer,
): Pick<Traits, "_runs" | "_run_columns"> {
  if (kept.length === 0) return { _runs: [], _run_columns: [] };
  const runs = [...kept, outcomeOf(trainer, "now")];
  const names = differing(...runs.map(({ settings }) => settings));
  const ends = ENDS.map((column) => say("compare.end", { column }));
  return {
    _run_columns: [...names.map((name) => name.replace("_", " ")), ...ends],
    _runs: runs.map(({ name, settings, epochs, updates, status, loss, distance, colour }, k) => ({
      ...{ name, colour, kept: k < kept.length },
      cells: [
        ...names.map((one) => word(one, settings[one])),
        ...[count(epochs), count(updates), say("head.status", { status }), measured(loss)],
        Number.isFinite(distance) ? said(distance) : "–",
      ],
    })),
  };
}

function word(name: keyof Settings, value: number | boolean): string {
  if (typeof value === "boolean") return say("compare.truth", { value });
  return name === "learning_rate" ? rate(value) : String(value);
}
