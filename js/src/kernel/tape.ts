/**
 * A recorded run: its moments, as panel/tape.py writes them, and where to go from one to the other (pure).
 *
 * Between two moments on a tape there may be others that are not: a step goes to the next that is.
 */

import type { StepBy, Traits } from "./contract";

export interface Moment {
  readonly update: number;
  /** Completed epochs, and updates completed in this one. */
  readonly epoch: number;
  readonly batch: number;
  /** Finished phases of the update under way; 0 between two updates. */
  readonly phases: number;
  /** The traits as the kernel would send them. */
  values(): Partial<Traits>;
}

export interface Tape {
  /** In the order of the run. */
  readonly moments: readonly Moment[];
  /** Where the run stood when the tape was made. */
  readonly start: number;
}

/** How much of a run is on a tape. */
export interface Coverage {
  /** Moments between two updates, without the start. */
  readonly updates: number;
  /** Of how many updates, from the first on, every phase is there. */
  readonly whole: number;
}

interface Words {
  readonly new: readonly unknown[];
  readonly sizes: readonly number[];
  readonly row: Readonly<Record<string, number | number[]>>;
}

export async function inflate(data: DataView<ArrayBuffer>): Promise<Uint8Array> {
  const stream = new Blob([data]).stream().pipeThrough(new DecompressionStream("deflate"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

export function decodeTape(bytes: Uint8Array): Tape {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const known: unknown[] = [];
  const pieces: Uint8Array[] = [];
  const moments: Moment[] = [];
  let row: Words["row"] = {};
  for (let at = 0; at < bytes.length; ) {
    const start = at + 4;
    at = start + view.getUint32(at, true);
    const words = JSON.parse(new TextDecoder().decode(bytes.subarray(start, at))) as Words;
    known.push(...words.new);
    for (const size of words.sizes) {
      pieces.push(bytes.subarray(at, at + size));
      at += size;
    }
    row = { ...row, ...words.row };
    moments.push(momentOf(row, known, pieces));
  }
  const [first] = moments;
  moments.sort(order);
  return { moments, start: Math.max(0, first ? moments.indexOf(first) : 0) };
}

function momentOf(row: Words["row"], known: readonly unknown[], pieces: readonly Uint8Array[]) {
  const word = (name: string) => known[row[name] as number];
  return {
    update: word("update") as number,
    epoch: word("_epoch") as number,
    batch: word("_batch") as number,
    phases: word("_phase") ? (word("_frame.phases") as unknown[]).length : 0,
    values() {
      const values: Record<string, unknown> = {};
      for (const [name, place] of Object.entries(row)) {
        if (typeof place !== "number") values[name] = joined(place, pieces);
        else {
          const [record = "", field] = name.split(".");
          if (field) {
            values[record] ??= {};
            (values[record] as Record<string, unknown>)[field] = known[place];
          } else values[name] = known[place];
        }
      }
      return values as Partial<Traits>;
    },
  };
}

function joined(places: readonly number[], pieces: readonly Uint8Array[]): DataView {
  const parts = places.map((place) => pieces[place] as Uint8Array);
  const whole = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return new DataView(whole.buffer);
}

/** A tape with a moment put in its place, instead of the one that may be there, and which starts there. */
export function withMoment({ moments }: Tape, one: Moment): Tape {
  const all = [...moments.filter((other) => order(other, one) !== 0), one].sort(order);
  return { moments: all, start: all.indexOf(one) };
}

const order = (a: Moment, b: Moment) => a.update - b.update || a.phases - b.phases;

export function coverage({ moments }: Tape): Coverage {
  const within = new Set(moments.filter(({ phases }) => phases > 0).map(({ update }) => update));
  let whole = 0;
  while (within.has(whole)) whole += 1;
  return { updates: moments.filter((one) => atRest(one) && one.update > 0).length, whole };
}

const atRest = ({ phases }: Moment) => phases === 0;

/** Where a step forward leads, as in the kernel: an update under way is finished first. -1: nowhere. */
export function onward({ moments }: Tape, at: number, by: StepBy): number {
  const here = moments[at] as Moment;
  return moments.findIndex(
    (moment, index) =>
      index > at &&
      (by === "phase" || (atRest(moment) && (by === "update" || moment.epoch > here.epoch))),
  );
}

/** Where a step back leads: from within an update or an epoch to its beginning. -1: nowhere. */
export function backward({ moments }: Tape, at: number, by: StepBy): number {
  const { epoch, batch, phases } = moments[at] as Moment;
  const goal = batch || phases ? epoch : epoch - 1;
  return moments.findLastIndex(
    (moment, index) =>
      index < at &&
      (by === "phase" ||
        (atRest(moment) &&
          (by === "update" || moment.epoch < goal || (moment.epoch === goal && !moment.batch)))),
  );
}

/** The moment between two updates that is nearest to an update. */
export function nearest({ moments }: Tape, update: number): number {
  let best = 0;
  moments.forEach((moment, index) => {
    const gain =
      Math.abs(update - (moments[best] as Moment).update) - Math.abs(update - moment.update);
    if (atRest(moment) && gain > 0) best = index;
  });
  return best;
}

/** The last moment between two updates that a run has come to by so many updates. */
export const reached = ({ moments }: Tape, update: number): number =>
  Math.max(
    0,
    moments.findLastIndex((moment) => atRest(moment) && moment.update <= update),
  );
