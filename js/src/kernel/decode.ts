/** Losses, as the page shows them, out of packed arrays (pure). */

import { unpack } from "./arrays";
import type { CurveArrays, LossArrays, TableArrays } from "./contract";

export interface Losses {
  /** Of the last batch; NaN before the first. */
  readonly batch: number;
  /** Mean over the last completed epoch. */
  readonly epoch: number;
  /** Of the whole table. */
  readonly full: number;
}

export function decodeLosses(bytes: DataView): Losses {
  const { batch, epoch, full } = unpack<LossArrays>(bytes);
  const first = (numbers: typeof batch) => numbers?.values[0] ?? Number.NaN;
  return { batch: first(batch), epoch: first(epoch), full: first(full) };
}

/** One row of the table of losses; NaN where a loss is not known, or not finite. */
export interface LossRow {
  readonly epoch: number;
  readonly update: number;
  /** The mean batch loss since the row before. */
  readonly mean: number;
  readonly full: number;
}

export function decodeTable(bytes: DataView): LossRow[] {
  const { epochs, updates, mean, full } = unpack<TableArrays>(bytes);
  return Array.from(epochs?.values ?? [], (epoch, row) => ({
    epoch,
    update: updates?.values[row] ?? Number.NaN,
    mean: mean?.values[row] ?? Number.NaN,
    full: full?.values[row] ?? Number.NaN,
  }));
}

/** The batch losses of a stretch of updates that ends with `update`. */
export interface Column {
  readonly update: number;
  readonly min: number;
  readonly max: number;
}

export function decodeCurve(bytes: DataView): Column[] {
  const { ends, low, high } = unpack<CurveArrays>(bytes);
  return Array.from(ends?.values ?? [], (update, column) => ({
    update,
    min: low?.values[column] ?? Number.NaN,
    max: high?.values[column] ?? Number.NaN,
  }));
}
