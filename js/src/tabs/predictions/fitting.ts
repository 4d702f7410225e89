/** Predictions against targets: the numbers, and the paths of a chart (pure). */

import { pixelOf, rangeOf, ticksOf, widened } from "../../charts/axis";
import { type Packed, unpack } from "../../kernel/arrays";
import type { FitArrays, FitNames } from "../../kernel/contract";

export interface Fitted {
  readonly name: string;
  readonly targets: readonly number[];
  readonly predictions: readonly number[];
  /** Over all rows, also where only a sample is here. */
  readonly rmse: number;
  readonly worst: number;
}

/** One for each target. */
export function decodeFit(
  { rows = [], targets = [] }: Partial<FitNames>,
  bytes: DataView,
): Fitted[] {
  const arrays = unpack<FitArrays>(bytes);
  const at = (numbers: Packed | undefined, index: number) => numbers?.values[index] ?? Number.NaN;
  return targets.map((name, k) => {
    const column = (numbers: Packed | undefined) =>
      rows.map((_, i) => at(numbers, i * targets.length + k));
    return {
      name,
      targets: column(arrays.targets),
      predictions: column(arrays.predictions),
      rmse: at(arrays.rmse, k),
      worst: at(arrays.worst, k),
    };
  });
}

export interface Chart {
  readonly ticks: readonly { readonly value: number; readonly at: number }[];
  readonly points: string;
  readonly residuals: string;
  /** Predictions that lie above or below the chart, and how many. */
  readonly beyond: string;
  readonly count: number;
  /** Where the point of a row is; null where it has none. */
  at(row: number): readonly [x: number, y: number] | null;
}

/** The side of the square that a chart is drawn in, y downwards. */
export const SIZE = 168;

/** Beyond the least and the largest target there is room for so much of their distance. */
const ROOM = 0.18;

/** Both axes have the scale of the targets, which stays as it is however the predictions move. */
export function chartOf({ targets, predictions }: Fitted): Chart {
  const axis = widened(rangeOf(targets), ROOM);
  const [low, high] = axis;
  const pixel = (x: number) => Math.min(SIZE, Math.max(0, pixelOf(axis, SIZE, x)));
  const ticks = ticksOf(axis, 4).map((value) => ({ value, at: pixel(value) }));
  const at = (row: number) => {
    const [x = Number.NaN, y = Number.NaN] = [targets[row], predictions[row]];
    return Number.isNaN(x + y) ? null : ([pixel(x), SIZE - pixel(y)] as const);
  };
  let [points, residuals, beyond, count] = ["", "", "", 0];
  targets.forEach((target, row) => {
    const prediction = predictions[row] ?? Number.NaN;
    if (Number.isNaN(target + prediction)) return;
    const x = pixel(target).toFixed(1);
    const y = SIZE - pixel(prediction);
    residuals += `M${x} ${(SIZE - pixel(target)).toFixed(1)}V${y.toFixed(1)}`;
    if (prediction >= low && prediction <= high) points += `M${x} ${y.toFixed(1)}h0`;
    else {
      beyond += `M${x} ${y}l-3.5 ${y ? -6 : 6}h7z`;
      count += 1;
    }
  });
  return { ticks, points, residuals, beyond, count, at };
}
