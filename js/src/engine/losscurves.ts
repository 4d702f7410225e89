/** The loss plot in numbers, thinned, as panel/losscurves.py makes them (pure). */

import {
  type Change,
  COLUMNS,
  FEW_UPDATES,
  type Line,
  MOST_CHANGES,
  POINTS,
  POINTS_OF_OTHERS,
  SHOWN_BRANCHES,
  type Traits,
} from "../kernel/contract";
import type { Points } from "../kernel/decode";
import { say } from "../text/say";
import type { Outcome } from "./comparison";
import { createEnvelope } from "./envelope";
import { float32, int32, pack } from "./pack";
import type { Branch, Recording } from "./recording";
import type { Trainer } from "./trainer";

/** A run as it stood when it was kept, and its losses over all rows. */
export interface Kept extends Outcome {
  readonly curve: Points;
}

/** The means of stretches of a series whose values have places of their own; see envelope.py. */
export function createMeans(columns: number) {
  const values = createEnvelope(columns);
  const places = createEnvelope(columns);
  return {
    update(ends: readonly number[], means: readonly number[], version: number): void {
      values.update(means, version);
      places.update(ends, version);
    },
    /** `count`: of values so far, `end`: the place of the column's last one. */
    columns: () => {
      const all = places.columns();
      return values
        .columns()
        .map(({ end, mean }, k) => ({ count: end, end: all[k]?.high ?? end, mean }));
    },
  };
}

export function createDrawing(trainer: Trainer) {
  const batch = createEnvelope(COLUMNS);
  const epoch = createMeans(POINTS);

  return {
    /** `ends`, `means`: of the epochs; `full`: what is known of the loss over all rows; `unseen`: over those held out. */
    curves(
      ends: readonly number[],
      means: readonly number[],
      full: Points,
      unseen: Points,
    ): Pick<Traits, "_curve" | "_changes"> {
      const { recording } = trainer;
      batch.update(recording.losses, recording.version);
      epoch.update(ends, means, recording.version);
      const columns = batch.columns();
      const epochs = epoch.columns();
      const some = thinned(full, POINTS);
      const others = thinned(unseen, POINTS);
      return {
        _curve: pack({
          ends: int32(columns.map(({ end }) => end)),
          low: float32(columns.map(({ low }) => low)),
          high: float32(columns.map(({ high }) => high)),
          mean: float32(columns.map(({ mean }) => mean)),
          epoch_ends: int32(epochs.map(({ end }) => end)),
          epoch: float32(epochs.map(({ mean }) => mean)),
          full_ends: int32(some.x),
          full: float32(some.y),
          held_out_ends: int32(others.x),
          held_out: float32(others.y),
        }),
        _changes: changesOf(recording).slice(-MOST_CHANGES),
      };
    },

    /** Branches and kept runs. */
    others(kept: readonly Kept[]): Pick<Traits, "_lines" | "_lines_data"> {
      const branches = trainer.recording.branches.slice(-SHOWN_BRANCHES);
      const curves = [
        ...branches.map((branch) => branch.points ?? meansOf(branch, trainer.table.n)),
        ...kept.map(({ curve }) => thinned(curve, POINTS_OF_OTHERS)),
      ];
      const named = [
        ...branches.map((branch) => ({ name: labelOf(branch), colour: "", start: branch.start })),
        ...kept.map(({ name, colour }) => ({ name, colour, start: 0 })),
      ];
      return {
        _lines: named.map((one, k): Line => ({ ...one, points: curves[k]?.x.length ?? 0 })),
        _lines_data: pack({
          ends: int32(curves.flatMap(({ x }) => x)),
          losses: float32(curves.flatMap(({ y }) => y)),
        }),
      };
    },
  };
}

/** The updates at which settings changed, or w or b were set by hand, each with a label, if it has one. */
function changesOf({ schedule, byHand }: Recording): Change[] {
  const changes = schedule.segments.slice(1).map(({ update, settings }, k): Change => {
    const { learning_rate: rate } = settings;
    const same = schedule.segments[k]?.settings.learning_rate === rate;
    return { update, words: same ? "" : say("plot.rate", { rate }) };
  });
  const set = [...byHand.keys()].map((update) => ({ update, words: say("plot.by_hand") }));
  return [...changes, ...set].sort(
    (one, other) => one.update - other.update || (one.words < other.words ? -1 : 1),
  );
}

/** Empty for a branch of a few updates, and where no loss is finite. */
function labelOf({ name, losses, points }: Branch): string {
  if (points) return name;
  return losses.length >= FEW_UPDATES && losses.some((loss) => loss > 0 && loss < Infinity)
    ? name
    : "";
}

/** A branch's losses averaged over one epoch's updates each, or over more. */
function meansOf({ start, losses, segments }: Branch, rows: number): Points {
  const batches = Math.ceil(rows / (segments.at(-1)?.settings.batch_size ?? rows));
  const width = Math.max(batches, Math.ceil(losses.length / POINTS_OF_OTHERS));
  const x: number[] = [];
  const y: number[] = [];
  for (let from = 0; from < losses.length; from += width) {
    const some = losses.subarray(from, from + width);
    x.push(start + from + some.length);
    y.push(some.reduce((sum, loss) => sum + loss, 0) / some.length);
  }
  return { x, y };
}

/** Every k-th point and the last, so that about `most` are left. */
function thinned({ x, y }: Points, most: number): Points {
  const every = Math.max(1, Math.ceil(x.length / most));
  const chosen = (_: number, k: number) => k % every === 0 || k === x.length - 1;
  return { x: x.filter(chosen), y: y.filter(chosen) };
}
