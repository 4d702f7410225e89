/**
 * Which settings hold when, and where each update stands among epochs and rows (pure).
 *
 * Epochs of n rows are cut into batches. The size of the batches may change at any update, also within an
 * epoch; then the rows that are left are cut by the new size.
 */

import { type Kept, SETTINGS, type Stretch } from "../kernel/contract";

/** How to train, every one filled in; see settings.py. */
export type Settings = Readonly<Kept["settings"]>;
/** Those that may change within a run. */
export type Changes = Partial<Stretch["settings"] & Pick<Settings, "epochs">>;

/** Where an update stands, all counted from 0. */
export interface Place {
  /** Completed epochs. */
  readonly epoch: number;
  /** Completed updates of the current epoch. */
  readonly batch: number;
  /** Rows of the current epoch already used. */
  readonly row: number;
}

/** A stretch of a run under one set of settings (`epochs` excepted: that is the run's). */
export interface Segment {
  /** The number of updates before it. */
  readonly update: number;
  /** Where in its epoch it begins. */
  readonly place: Place;
  readonly settings: Settings;
}

/** The names of the settings in which runs differ, `epochs` aside. */
export const differing = (...runs: readonly Settings[]): (keyof Settings)[] =>
  SETTINGS.filter(
    (name) => name !== "epochs" && runs.some((settings) => settings[name] !== runs[0]?.[name]),
  );

/** The stretches of a run, in order. A schedule is never altered. */
export class Schedule {
  /** `rows`: in the table. The first segment begins at update 0. */
  constructor(
    readonly rows: number,
    readonly segments: readonly Segment[],
  ) {}

  static of(rows: number, settings: Settings): Schedule {
    return new Schedule(rows, [{ update: 0, place: { epoch: 0, batch: 0, row: 0 }, settings }]);
  }

  /** The stretch that the next update after `update` updates belongs to. */
  at(update: number): Segment {
    return this.#last((segment) => segment.update <= update);
  }

  /** The first number of updates above `update` from which other settings hold. */
  nextChange(update: number): number {
    return this.segments.find((segment) => segment.update > update)?.update ?? Infinity;
  }

  /** The place after `update` updates. */
  locate(update: number): Place {
    const segment = this.at(update);
    const { place, settings } = segment;
    const done = update - segment.update;
    const later = done - this.#left(segment);
    if (later < 0) {
      const row = place.row + done * settings.batch_size;
      return { epoch: place.epoch, batch: place.batch + done, row };
    }
    const batches = this.#batches(segment);
    const batch = later % batches;
    const epoch = place.epoch + 1 + (later - batch) / batches;
    return { epoch, batch, row: batch * settings.batch_size };
  }

  /** The number of updates at the end of an epoch, counted from 0. */
  endOf(epoch: number): number {
    const segment = this.#last(({ place }) => place.epoch <= epoch);
    const later = epoch - segment.place.epoch;
    return segment.update + this.#left(segment) + later * this.#batches(segment);
  }

  /** The number of updates at the start of an epoch before a moment; `inside` an update its epoch has begun. */
  back(update: number, epochs: number, inside: boolean): number {
    let start = update;
    for (let k = 0; k < epochs; k += 1) {
      let { batch } = this.locate(start);
      if (start && !batch && !(inside && k === 0)) batch = this.locate(start - 1).batch + 1;
      start -= batch;
    }
    return start;
  }

  /** The schedule with other settings from `update` updates on. */
  changed(update: number, settings: Settings): Schedule {
    const kept = this.segments.filter((segment) => segment.update < update);
    const last = kept.at(-1);
    if (!last || differing(last.settings, settings).length)
      kept.push({ update, place: this.locate(update), settings });
    return new Schedule(this.rows, kept);
  }

  /** The number of updates left in the epoch in which a stretch begins. */
  #left({ place, settings }: Segment): number {
    return Math.ceil((this.rows - place.row) / settings.batch_size);
  }

  /** The number of updates in a whole epoch of a stretch. */
  #batches({ settings }: Segment): number {
    return Math.ceil(this.rows / settings.batch_size);
  }

  #last(holds: (segment: Segment) => boolean): Segment {
    return this.segments.findLast(holds) ?? (this.segments[0] as Segment);
  }
}
