/** Predictions against targets: the numbers, and the paths of a chart (pure). */

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
}

/** The side of the square that a chart is drawn in, y downwards. */
export const SIZE = 168;

/** Beyond the least and the largest target there is room for so much of their distance. */
const ROOM = 0.18;

/** Both axes have the scale of the targets, which stays as it is however the predictions move. */
export function chartOf({ targets, predictions }: Fitted): Chart {
  const finite = targets.filter(Number.isFinite);
  const least = Math.min(...finite);
  const range = Math.max(...finite) - least || Math.abs(least) || 1;
  const low = least - ROOM * range;
  const length = (1 + 2 * ROOM) * range;
  const pixel = (x: number) => Math.min(SIZE, Math.max(0, ((x - low) / length) * SIZE));
  // 1, 2 or 5 times a power of ten: the step of about four ticks.
  const power = 10 ** Math.floor(Math.log10(length / 4));
  const step = power * ([1, 2, 5].find((times) => times * power * 4.01 >= length) ?? 10);
  const first = Math.ceil(low / step);
  const ticks = Array.from(
    { length: Math.floor((low + length) / step - first + 1) || 0 },
    (_, k) => {
      const value = Number(((first + k) * step).toPrecision(12)) || 0;
      return { value, at: pixel(value) };
    },
  );
  let [points, residuals, beyond, count] = ["", "", "", 0];
  targets.forEach((target, row) => {
    const prediction = predictions[row] ?? Number.NaN;
    if (Number.isNaN(target + prediction)) return;
    const x = pixel(target).toFixed(1);
    const y = SIZE - pixel(prediction);
    residuals += `M${x} ${(SIZE - pixel(target)).toFixed(1)}V${y.toFixed(1)}`;
    if (prediction >= low && prediction <= low + length) points += `M${x} ${y.toFixed(1)}h0`;
    else {
      beyond += `M${x} ${y}l-3.5 ${y ? -6 : 6}h7z`;
      count += 1;
    }
  });
  return { ticks, points, residuals, beyond, count };
}
