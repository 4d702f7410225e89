/** The table's rows as the model sees them, in the order of each epoch, as a DataLoader draws it (pure). */

import { Generator } from "./generator";
import type { Schedule, Settings } from "./schedule";
import type { Model, Rows } from "./update";

/** What is learned from. */
export interface Table extends Rows {
  /** n */
  readonly rows: number;
  /** d */
  readonly features: number;
  /** t */
  readonly outputs: number;
}

/** The features' means and standard deviations, each (d,). */
export interface Scale {
  readonly mean: Float64Array;
  readonly std: Float64Array;
}

/** As scikit-learn's StandardScaler: the deviation divides by n; that of a constant feature is 1. */
export function scaling({ inputs, rows, features: d }: Table): Scale {
  const mean = new Float64Array(d);
  const std = new Float64Array(d);
  for (let j = 0; j < d; j += 1) {
    const column = Float64Array.from({ length: rows }, (_, row) => inputs[row * d + j] as number);
    const center = column.reduce((sum, x) => sum + x) / rows;
    const square = column.reduce((sum, x) => sum + (x - center) ** 2, 0);
    mean[j] = center;
    std[j] = column.some((x) => x !== column[0]) ? Math.sqrt(square / rows) || 1 : 1;
  }
  return { mean, std };
}

export class Batches implements Rows {
  readonly inputs: Float32Array;
  readonly targets: Float32Array;
  readonly scale: Scale | null;
  readonly #table: Table;
  readonly #generator: Generator;
  readonly #sampler = new Generator();
  readonly #start: Model;
  /** Of the sampler, one for each epoch so far: its order can be had again at once. */
  #seeds = new Int32Array(64);
  #drawn = 0;
  readonly #order: Int32Array;
  #ordered = Number.NaN;

  constructor(table: Table, { seed, standardize }: Settings) {
    const { rows, features: d, outputs: t, inputs } = table;
    this.#table = table;
    this.targets = table.targets;
    const scale = standardize ? scaling(table) : null;
    this.scale = scale;
    this.inputs = scale
      ? inputs.map((x, i) => (x - (scale.mean[i % d] as number)) / (scale.std[i % d] as number))
      : inputs;
    this.#generator = new Generator().manualSeed(seed);
    this.#start = { w: this.#generator.randn(t * d), b: this.#generator.randn(t) };
    this.#order = new Int32Array(rows);
  }

  /** w and b before the first update, copies. */
  get start(): Model {
    return { w: this.#start.w.slice(), b: this.#start.b.slice() };
  }

  /** The order of the rows in the epoch of the next update after `update` updates, good until asked again. */
  order(schedule: Schedule, update: number): Int32Array {
    const { epoch, batch } = schedule.locate(update);
    const { shuffle } = schedule.at(update - batch).settings; // as the epoch began
    const wanted = shuffle ? epoch : -1;
    if (wanted !== this.#ordered) {
      this.#ordered = wanted;
      if (shuffle)
        this.#sampler.manualSeed(this.#seedOf(epoch), this.#table.rows).randperm(this.#order);
      else this.#order.set([...this.#order.keys()]);
    }
    return this.#order;
  }

  /** The rows from `row` on that the next update learns from. */
  rows(schedule: Schedule, update: number): Int32Array {
    const { row } = schedule.locate(update);
    return this.order(schedule, update).slice(row, row + schedule.at(update).settings.batch_size);
  }

  /** As each epoch begins, a DataLoader draws a seed for its workers, and one for its sampler. */
  #seedOf(epoch: number): number {
    for (; this.#drawn <= epoch; this.#drawn += 1) {
      if (this.#drawn === this.#seeds.length) {
        const seeds = new Int32Array(2 * this.#drawn);
        seeds.set(this.#seeds);
        this.#seeds = seeds;
      }
      this.#generator.int64();
      this.#seeds[this.#drawn] = this.#generator.int64();
    }
    return this.#seeds[epoch] as number;
  }
}
