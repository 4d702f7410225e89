/** What happened in a run: its losses, moments to return to, and the futures left behind (pure). */

import {
  type ByHand,
  CHECKPOINT_BYTES,
  FEWEST_CHECKPOINTS,
  LONGEST_FIRST_STRIDE,
  MOST_BRANCH_BYTES,
  MOST_BRANCHES,
  MOST_CHECKPOINTS,
  SAME_LOSSES,
} from "../kernel/contract";
import type { Points } from "../kernel/decode";
import { say } from "../text/say";
import { differing, type Schedule, type Segment, type Settings } from "./schedule";
import type { Model } from "./update";

/** A number of w or b; b has one row. */
export type Entry = Omit<ByHand, "tensor"> & { readonly tensor: keyof Model };

/** The state of the model after some updates. */
export interface Checkpoint extends Model {
  readonly update: number;
  /** Whether w and b were set by hand there, so that no replay leads to it. */
  readonly byHand: boolean;
}

/** A future that was recorded once and then left, by a change of settings, by hand or by a reset. */
export interface Branch {
  /** The number of updates before it parted. */
  readonly start: number;
  readonly losses: Float32Array;
  readonly segments: readonly Segment[];
  /** What differed, for instance "learning rate 1e-6". */
  readonly name: string;
  /** Its curve, where no more is known of it. */
  readonly points?: Points;
}

export class Recording {
  schedule: Schedule;
  /** In order, the first at update 0: at strides that double where there are too many. */
  checkpoints: readonly Checkpoint[];
  branches: readonly Branch[] = [];
  /** How many updates are recorded. */
  updates = 0;
  /** The number of updates at which loss, w or b was found not finite. */
  divergedAt = Number.NaN;
  /** After how many updates w or b were set by hand, ascending, and which entries. */
  byHand: ReadonlyMap<number, readonly Entry[]> = new Map();
  /** Why the run stopped by itself, by the number of updates after which it did. */
  notices: ReadonlyMap<number, string> = new Map();
  /** The loss over the rows held out, by the number of updates, as epochs end. */
  heldOut = new Map<number, number>();
  /** Changes whenever recorded losses were cut off or replaced; appending leaves it. */
  version = 0;
  #losses = new Float32Array(1024);
  #stride: number;
  #due: number;

  /** `before`: that of the run before, which becomes a branch. */
  constructor(schedule: Schedule, start: Model, before?: Recording) {
    const { settings } = schedule.at(0);
    this.schedule = schedule;
    this.checkpoints = [{ ...start, update: 0, byHand: false }];
    this.#stride = Math.min(schedule.endOf(0), LONGEST_FIRST_STRIDE);
    this.#due = this.#stride;
    if (before) {
      const first = before.schedule.at(0).settings;
      const name = difference(first, settings) || named("learning_rate", first);
      this.branches = before.branchesWithout(0, name);
      this.version = before.version + 1;
    }
  }

  /** A recording of its own that holds the same. */
  copy(): Recording {
    const twin = new Recording(this.schedule, this.checkpoints[0] as Model);
    Object.assign(twin, this);
    twin.heldOut = new Map(this.heldOut);
    twin.#losses = this.#losses.slice();
    twin.#stride = this.#stride;
    twin.#due = this.#due;
    return twin;
  }

  /** The batch loss of every update, before its step. */
  get losses(): Float32Array {
    return this.#losses.subarray(0, this.updates);
  }

  /** Each completed epoch's end, as a number of updates, and the mean of its batch losses. */
  epochMeans(firstEpoch = 0): { ends: number[]; means: number[] } {
    const ends: number[] = [];
    const means: number[] = [];
    let start = firstEpoch ? this.schedule.endOf(firstEpoch - 1) : 0;
    for (let epoch = firstEpoch; ; epoch += 1) {
      const end = this.schedule.endOf(epoch);
      if (end > this.updates) return { ends, means };
      let sum = 0;
      for (let k = start; k < end; k += 1) sum += this.#losses[k] as number;
      ends.push(end);
      means.push(sum / (end - start));
      start = end;
    }
  }

  /** The last checkpoint at or before `update` updates. */
  before(update: number): Checkpoint {
    return this.checkpoints.findLast((mark) => mark.update <= update) as Checkpoint;
  }

  // ---- what the trainer writes ---------------------------------------------------------------

  append(loss: number): void {
    if (this.updates === this.#losses.length) {
      const losses = new Float32Array(2 * this.updates);
      losses.set(this.#losses);
      this.#losses = losses;
    }
    this.#losses[this.updates] = loss;
    this.updates += 1;
  }

  /** Keep the model after `update` updates, if it is time. */
  pass(update: number, { w, b }: Model): void {
    if (update < this.#due) return;
    let kept = [...this.checkpoints, { update, w: w.slice(), b: b.slice(), byHand: false }];
    const most = Math.min(
      MOST_CHECKPOINTS,
      Math.max(FEWEST_CHECKPOINTS, CHECKPOINT_BYTES / (w.byteLength + b.byteLength)),
    );
    while (kept.filter(({ byHand }) => !byHand).length > most) {
      kept = kept.filter(({ byHand }, k) => k % 2 === 0 || byHand);
      this.#stride *= 2;
    }
    this.#keep(kept);
  }

  /** Go on by another schedule from `update` updates on; the future recorded is a branch. */
  changeSettings(update: number, schedule: Schedule): void {
    const { settings } = schedule.at(update);
    const last = this.schedule.segments.at(-1) as Segment;
    this.#cut(
      update,
      difference(this.schedule.at(update).settings, settings) ||
        difference(last.settings, settings),
    );
    this.schedule = schedule;
  }

  /** Let entries of w and b be others after `update` updates; the future recorded is a branch. */
  setByHand(update: number, { w, b }: Model, entries: readonly Entry[]): void {
    const { settings } = this.schedule.at(update);
    this.#cut(update, say("runs.as_were"));
    this.schedule = this.schedule.changed(update, settings);
    const kept = this.checkpoints.filter((known) => known.update < update);
    this.#keep([...kept, { update, w: w.slice(), b: b.slice(), byHand: true }]);
    this.notices = upTo(this.notices, update - 1);
    this.heldOut = upTo(this.heldOut, update - 1);
    const all = [...(this.byHand.get(update) ?? []), ...entries];
    this.byHand = new Map([...this.byHand, [update, inOrder(all)]]);
  }

  /** Note why the run stopped by itself after `update` updates; "" if it does not. */
  note(update: number, words: string): void {
    this.notices = new Map([...this.notices, [update, words]]);
  }

  /** Hold again, instead of `now`, whose future from `update` updates on is a branch. */
  comeBack(now: Recording, update: number): void {
    this.version = now.version + 1;
    const left = now.branchesWithout(update, say("runs.by_hand")).at(-1);
    if (left && update < now.updates) this.branches = withBranch(this.branches, left);
  }

  /** The branches there will be when the future from `update` updates on is left. */
  branchesWithout(update: number, name: string): readonly Branch[] {
    if (update >= this.updates) return this.branches;
    const losses = this.losses.slice(update);
    const { segments } = this.schedule;
    return withBranch(this.branches, { start: update, losses, segments, name });
  }

  /** Forget what was recorded after `update` updates. */
  #cut(update: number, name: string): void {
    if (update < this.updates) {
      this.branches = this.branchesWithout(update, name);
      this.version += 1;
    }
    this.divergedAt = Number.NaN;
    this.byHand = upTo(this.byHand, update);
    this.notices = upTo(this.notices, update);
    this.heldOut = upTo(this.heldOut, update);
    this.#keep(this.checkpoints.filter((known) => known.update <= update));
    this.updates = update;
  }

  #keep(kept: readonly Checkpoint[]): void {
    this.checkpoints = kept;
    this.#due = (kept.at(-1) as Checkpoint).update + this.#stride;
  }
}

/** Each entry once, w before b, row by row. */
function inOrder(entries: readonly Entry[]): Entry[] {
  const keyOf = ({ tensor, row, column }: Entry) => [tensor === "w" ? 0 : 1, row, column];
  const found = new Map(entries.map((entry) => [String(keyOf(entry)), entry]));
  const before = (one: Entry, other: Entry) => {
    const [keys, others] = [keyOf(one), keyOf(other)];
    const k = keys.findIndex((key, at) => key !== others[at]);
    return (keys[k] ?? 0) - (others[k] ?? 0);
  };
  return [...found.values()].sort(before);
}

const upTo = <T>(kept: ReadonlyMap<number, T>, update: number): Map<number, T> =>
  new Map([...kept].filter(([known]) => known <= update));

/** The latest twenty, of at most 16 MB, without those that are only the beginning of another one. */
function withBranch(branches: readonly Branch[], one: Branch): readonly Branch[] {
  const here = (known: Branch) => known.start === one.start && !known.points;
  if (branches.some((known) => here(known) && begins(known.losses, one.losses))) return branches;
  const kept = branches.filter((known) => !(here(known) && begins(one.losses, known.losses)));
  const all = [...kept, one].slice(-MOST_BRANCHES);
  let bytes = 0;
  const small = all.filter((_, k) => {
    bytes += all[all.length - 1 - k]?.losses.byteLength ?? 0; // the latest first
    return bytes <= MOST_BRANCH_BYTES;
  });
  return all.slice(-Math.max(1, small.length));
}

/** Whether `part` is how `whole` begins, as far as anybody could see. */
const begins = (whole: Float32Array, part: Float32Array): boolean =>
  part.every((loss, k) => {
    const other = whole[k] ?? Number.NaN;
    return (
      k < whole.length &&
      (Object.is(loss, other) || Math.abs(loss - other) <= SAME_LOSSES * Math.abs(other))
    );
  });

/** What `one` has that differs: "learning rate 1e-6, batch size 3". */
const difference = (one: Settings, other: Settings): string =>
  differing(one, other)
    .map((name) => named(name, one))
    .join(", ");

function named(setting: keyof Settings, settings: Settings): string {
  const value = settings[setting];
  if (setting === "learning_rate") return say("runs.rate", { rate: value });
  if (typeof value === "boolean") return say("runs.truth", { setting, on: value });
  return say("runs.number", { setting, value });
}
