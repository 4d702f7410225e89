/** Losses, as the page shows them, out of packed arrays (pure). */

import { type Packed, unpack } from "./arrays";
import type {
  CurveArrays,
  FitArrays,
  FitNames,
  Line,
  LineArrays,
  LossArrays,
  TableArrays,
} from "./contract";

export interface Losses {
  /** Of the last batch; NaN before the first. */
  readonly batch: number;
  /** Mean over the last completed epoch. */
  readonly epoch: number;
  /** Of the whole table. */
  readonly full: number;
  /** Of the rows held out; NaN where none are. */
  readonly heldOut: number;
}

export function decodeLosses(bytes: DataView): Losses {
  const { batch, epoch, full, held_out } = unpack<LossArrays>(bytes);
  const first = (numbers: typeof batch) => numbers?.values[0] ?? Number.NaN;
  return {
    ...{ batch: first(batch), epoch: first(epoch) },
    ...{ full: first(full), heldOut: first(held_out) },
  };
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

/** A curve: losses after so many updates. */
export interface Points {
  readonly x: readonly number[];
  readonly y: readonly number[];
}

/** The curves of the run. */
export interface Curves {
  readonly batch: readonly Column[];
  /** The means of these columns. */
  readonly mean: Points;
  /** Means of epochs. */
  readonly epoch: Points;
  /** Losses of all rows. */
  readonly full: Points;
  /** Losses of the rows held out. */
  readonly heldOut: Points;
}

/** The curve of a branch or of a kept run. */
export type Other = Points & Pick<Line, "name" | "colour">;

const numbersOf = (packed: Packed | undefined): number[] => [...(packed?.values ?? [])];

export function decodeCurves(bytes: DataView): Curves {
  const { ends, low, high, mean, epoch_ends, epoch, full_ends, full, held_out_ends, held_out } =
    unpack<CurveArrays>(bytes);
  return {
    batch: numbersOf(ends).map((update, column) => ({
      update,
      min: low?.values[column] ?? Number.NaN,
      max: high?.values[column] ?? Number.NaN,
    })),
    mean: { x: numbersOf(ends), y: numbersOf(mean) },
    epoch: { x: numbersOf(epoch_ends), y: numbersOf(epoch) },
    full: { x: numbersOf(full_ends), y: numbersOf(full) },
    heldOut: { x: numbersOf(held_out_ends), y: numbersOf(held_out) },
  };
}

/** Curves up to an update. */
export function upTo({ batch, ...others }: Curves, last: number): Curves {
  const cut = ({ x, y }: Points): Points => {
    const kept = (_: number, k: number) => (x[k] as number) <= last;
    return { x: x.filter(kept), y: y.filter(kept) };
  };
  return {
    batch: batch.filter(({ update }) => update <= last),
    mean: cut(others.mean),
    epoch: cut(others.epoch),
    full: cut(others.full),
    heldOut: cut(others.heldOut),
  };
}

/** The curves of branches and kept runs. */
export function decodeOthers(lines: readonly Line[], bytes: DataView): Other[] {
  const { ends, losses } = unpack<LineArrays>(bytes);
  const [x, y] = [numbersOf(ends), numbersOf(losses)];
  let at = 0;
  return lines.map(({ name, colour, points }) => {
    const from = at;
    at += points;
    return { name, colour, x: x.slice(from, at), y: y.slice(from, at) };
  });
}

/** Rows that are trained on, or those held out. */
export interface Side {
  readonly targets: readonly number[];
  readonly predictions: readonly number[];
  /** Over all rows, also where only a sample is here. */
  readonly rmse: number;
  /** The share of the variance that is explained, over all rows; NaN: there is none, or it is not known. */
  readonly r2: number;
}

export interface Fitted extends Side {
  readonly name: string;
  readonly worst: number;
  /** Null where no rows are held out. */
  readonly heldOut: Side | null;
}

/** One for each target. */
export function decodeFit(
  { rows = [], targets = [], held_out = [] }: Partial<FitNames>,
  bytes: DataView,
): Fitted[] {
  const arrays = unpack<FitArrays>(bytes);
  const at = (numbers: Packed | undefined, index: number) => numbers?.values[index] ?? Number.NaN;
  return targets.map((name, k) => {
    const column = (numbers: Packed | undefined, of: readonly string[] = rows) =>
      of.map((_, i) => at(numbers, i * targets.length + k));
    return {
      name,
      r2: at(arrays.r2, k),
      heldOut: held_out.length
        ? {
            targets: column(arrays.held_out_targets, held_out),
            predictions: column(arrays.held_out_predictions, held_out),
            rmse: at(arrays.held_out_rmse, k),
            r2: at(arrays.held_out_r2, k),
          }
        : null,
      targets: column(arrays.targets),
      predictions: column(arrays.predictions),
      rmse: at(arrays.rmse, k),
      worst: at(arrays.worst, k),
    };
  });
}
