/** What went wrong in a run, or is about to, and the ways out of it; see diagnosis.py (pure). */

import { type Explained, LONGEST_STRETCH, MOST_TRIED, STEADY } from "../kernel/contract";
import { say } from "../text/say";
import { compared } from "../text/settings";
import { nameOfDirection, tooLarge } from "./findings";
import type { Insight } from "./insight";
import type { Schedule } from "./schedule";
import type { Trainer } from "./trainer";
import type { Model } from "./update";

/** The smallest rate that helps: w and b have 32 bits. */
const SMALLEST = 2 ** -126;
const WELL: Explained = { kind: "", words: "", safe: 0, good: 0 };

/** What is wrong with a run where it stands; with the article's update, only the rate can be wrong. */
export function diagnose(trainer: Trainer): Explained {
  const { update, recording, settings } = trainer;
  if (!update) return WELL;
  const diverged = update === recording.divergedAt;
  const segment = recording.schedule.at(update - 1); // as it went wrong, whatever was set since
  const held = segment.settings;
  const rate = held.learning_rate;
  const told = trainer.insight.but(held.batch_size, held.standardize);
  const losses = recording.losses.subarray(0, update);
  const epoch = epochOf(trainer.schedule, update);
  const [stretch, growth] = diverged
    ? [0, 0]
    : growing(losses.subarray(segment.update), epoch, noise(rate, told));
  const same = rate === settings.learning_rate; // or what went wrong will not go on
  if (!diverged && !growth) return (same && standstill(trainer, rate, told)) || WELL;
  const helps = rate > told.safeRate && told.safeRate >= SMALLEST && !tooLarge(told);
  const safe = helps ? told.safeRate : 0;
  if (!diverged && !same && safe) return WELL;
  const finite = losses.filter(Number.isFinite);
  const lowest = finite.reduce((best, loss, k) => (loss < (finite[best] as number) ? k : best), 0);
  const what = diverged
    ? `${say("status.diverged", { update })} ${grew(finite, lowest)}`.trim()
    : say("diagnosis.growing", { growth, updates: stretch });
  return {
    kind: diverged ? "diverged" : "growing",
    words: `${what} ${cause(rate, told, !diverged)}`,
    safe,
    good: safe && good(trainer, losses, lowest),
  };
}

/** Updates in an epoch: stretches of that many have all rows in them and can be compared. */
function epochOf(schedule: Schedule, update: number): number {
  const { epoch, batch } = schedule.locate(update);
  return schedule.endOf(epoch) - (update - batch);
}

/** The updates done at a moment no worse than the start; 0: there is none. */
function good(trainer: Trainer, losses: Float32Array, lowest: number): number {
  const first = losses[0] as number;
  const lossAt = (update: number) => losses[update] ?? Number.NaN;
  const marks = trainer.recording.checkpoints
    .map(({ update }) => update)
    .filter((update) => lossAt(update) <= first)
    .sort((one, other) => lossAt(one) - lossAt(other));
  const start = trainer.lossAfter(0);
  const better = (update: number) =>
    update > 0 && lossAt(update) <= first && trainer.lossAfter(update) <= start;
  return [lowest, ...marks.slice(0, MOST_TRIED)].find(better) ?? 0;
}

/** By what factor the loss may grow without anything wrong: batches differ. */
function noise(rate: number, insight: Insight): number {
  if (rate > insight.largestStableRate) return 1.5;
  return rate > insight.worstBatchRate ? 3 : 10;
}

/** How long a stretch is, and by what the loss grew over the last one; it must have grown twice in a row. */
function growing(losses: Float32Array, epoch: number, noise: number): [number, number] {
  const stretch = Math.min(Math.max(epoch, STEADY), LONGEST_STRETCH, Math.floor(losses.length / 3));
  if (!stretch) return [0, 0];
  const [first, second, third] = [3, 2, 1].map((before) => {
    const start = losses.length - before * stretch;
    return losses.subarray(start, start + stretch).reduce((sum, loss) => sum + loss, 0);
  }) as [number, number, number];
  const least = stretch >= STEADY ? noise : 2 * noise;
  return [stretch, second > least * first && third > least * second ? third / second : 0];
}

function grew(finite: Float32Array, lowest: number): string {
  const end = finite.length;
  if (end - lowest < 2) return "";
  const [least, last] = [finite[lowest] as number, finite[end - 1] as number];
  return say("diagnosis.grew", { lowest: least, at: lowest + 1, last, end });
}

/** Say that w and b have never moved, since all steps are shorter than rounding. */
function standstill(trainer: Trainer, rate: number, insight: Insight): Explained | null {
  const { recording, update, model } = trainer;
  const since = Math.max(0, ...[...recording.byHand.keys()].filter((at) => at < update));
  const start = recording.before(since);
  const marks = recording.checkpoints.filter(
    (mark) => mark.update > since && mark.update <= update,
  );
  const safe = insight.safeRate;
  if (since === update || ![...marks, model].every((now) => isSame(start, now))) return null;
  if (isMoving(trainer, start, rate) || !isMoving(trainer, start, safe)) return null;
  const updates = update - since;
  const words = since
    ? say("diagnosis.since_update", { update: since, updates })
    : say("diagnosis.since_start", { updates });
  return {
    ...{ kind: "still", safe, good: 0 },
    words: say("diagnosis.too_short", { since: words, rate, safe }),
  };
}

const isSame = (one: Model, other: Model): boolean =>
  one.w.every((weight, k) => weight === other.w[k]) &&
  one.b.every((bias, k) => bias === other.b[k]);

/** Whether a step at this rate, downhill on all rows, would change w or b. */
function isMoving(trainer: Trainer, start: Model, rate: number): boolean {
  const { w, b } = trainer.gradient(start);
  const moves = (numbers: Float32Array, gradient: Float32Array) =>
    numbers.some((x, k) => Math.fround(x - Math.fround(rate * (gradient[k] as number))) !== x);
  return moves(start.w, w) || moves(start.b, b);
}

/** How a rate compares with the largest stable one, and what it makes grow. */
function cause(rate: number, insight: Insight, briefly: boolean): string {
  const { largestStableRate: limit, worstBatchRate: worst, batchSize: batch } = insight;
  const large = tooLarge(insight);
  if (large || rate <= worst) return large || say("diagnosis.too_far");
  if (rate <= limit) return say("diagnosis.some_batches", { rate, limit, worst, batch });
  const told = compared(rate / limit);
  if (briefly) return say("diagnosis.too_high", { rate, compared: told, limit });
  const growth = Math.abs(1 - rate * (insight.curvatures[0] as number));
  const direction = nameOfDirection(insight, 0);
  return say("diagnosis.overshoots", { rate, compared: told, limit, direction, growth });
}
