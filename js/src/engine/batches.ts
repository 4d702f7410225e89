/** The table's rows as the model sees them, in the order of each epoch, as a DataLoader draws it (pure). */

import type { Names } from "../kernel/contract";
import { say } from "../text/say";
import { Generator } from "./generator";
import type { Schedule, Settings } from "./schedule";
import type { Model, Rows } from "./update";

/** Rows that have names, or none of them has one. */
export interface Side extends Rows {
  readonly n: number;
  readonly rowNames: readonly string[];
}

/** A row's name, or its number. */
export const nameOfRow = ({ rowNames }: Pick<Side, "rowNames">, row: number): string =>
  rowNames[row] ?? say("words.row", { row: row + 1 });

/** What is learned from: n rows, d features, t targets. */
export interface Table extends Side {
  readonly d: number;
  readonly t: number;
  readonly names: Names;
  /** Rows that are only looked at, as epochs end. */
  readonly heldOut: Side | null;
  /** What columns lost when their numbers became float32. */
  readonly notes: readonly {
    readonly column: string;
    readonly words: string;
    /** Whether different numbers have all become the same one. */
    readonly collapsed: boolean;
  }[];
}

/** Rows that are shown, evenly spaced, as microscope/fit.py chooses them. */
export const spaced = (rows: number, shown: number): number[] =>
  Array.from({ length: shown }, (_, k) => {
    const at = shown > 1 ? k * ((rows - 1) / (shown - 1)) : 0;
    return at % 1 === 0.5 ? 2 * Math.round(at / 2) : Math.round(at); // a half goes to the even one
  });

/** The features' means and standard deviations, each (d,). */
export interface Scale {
  readonly mean: Float64Array;
  readonly std: Float64Array;
}

/** The columns of rows that stand one after the other, in float64. */
export const columnsOf = (numbers: Float32Array, width: number): Float64Array[] =>
  Array.from({ length: width }, (_, j) =>
    Float64Array.from(
      { length: numbers.length / width },
      (_, row) => numbers[row * width + j] as number,
    ),
  );

/** As scikit-learn's StandardScaler: the deviation divides by n; that of a constant feature is 1. */
export function scaling({ inputs, n, d }: Table): Scale {
  const columns = columnsOf(inputs, d);
  const mean = Float64Array.from(columns, (x) => x.reduce((sum, x) => sum + x) / n);
  const std = Float64Array.from(columns, (column, j) => {
    const square = column.reduce((sum, x) => sum + (x - (mean[j] as number)) ** 2, 0);
    return column.some((x) => x !== column[0]) ? Math.sqrt(square / n) || 1 : 1;
  });
  return { mean, std };
}

/** Features x' = (x − mean) / std; `of` may hold several rows. */
export const scaled = (of: Float32Array, { mean, std }: Scale): Float32Array =>
  of.map((x, i) => (x - (mean[i % mean.length] as number)) / (std[i % std.length] as number));

export function createBatches(table: Table, { seed, standardize }: Settings) {
  const { n, d, t } = table;
  const scale = standardize ? scaling(table) : null;
  const generator = new Generator().manualSeed(seed);
  const w = generator.randn(t * d);
  const b = generator.randn(t);
  const sampler = new Generator();
  /** The sampler's seeds, one for each epoch so far, so any epoch's order can be drawn again at once. */
  const seeds: number[] = [];
  const order = new Int32Array(n);
  let ordered = Number.NaN;

  /** The order of the rows in the epoch of the next update after `update` updates, until asked again. */
  function orderOf(schedule: Schedule, update: number): Int32Array {
    const { epoch, batch } = schedule.locate(update);
    const { shuffle } = schedule.at(update - batch).settings; // as the epoch began
    const wanted = shuffle ? epoch : -1;
    if (wanted === ordered) return order;
    ordered = wanted;
    if (shuffle) sampler.manualSeed(seedOf(epoch), n).randperm(order);
    else for (let row = 0; row < n; row += 1) order[row] = row;
    return order;
  }

  /** As each epoch begins, a DataLoader draws a seed for its workers, and one for its sampler. */
  function seedOf(epoch: number): number {
    while (seeds.length <= epoch) {
      generator.int64();
      seeds.push(generator.int64());
    }
    return seeds[epoch] as number;
  }

  return {
    /** All features as the model sees them, (n, d). */
    inputs: scale ? scaled(table.inputs, scale) : table.inputs,
    targets: table.targets,
    /** Those of the rows held out, likewise. */
    unseen: table.heldOut && (scale ? scaled(table.heldOut.inputs, scale) : table.heldOut.inputs),
    scale,
    /** w and b before the first update, copies. */
    start: (): Model => ({ w: w.slice(), b: b.slice() }),
    order: orderOf,
    /** The rows that the next update learns from. */
    rows(schedule: Schedule, update: number): Int32Array {
      const { row } = schedule.locate(update);
      return orderOf(schedule, update).slice(row, row + schedule.at(update).settings.batch_size);
    },
  };
}
