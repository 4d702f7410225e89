/** Predictions against targets: the paths of a chart (pure). */

import { pixelOf, rangeOf, ticksOf, widened } from "../../charts/axis";
import type { Fitted } from "../../kernel/decode";
import { ticksSaid } from "../../text/format";

export interface Chart {
  readonly ticks: readonly { readonly text: string; readonly at: number }[];
  readonly points: string;
  /** Rings: the rows held out. */
  readonly rings: string;
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

/** A ring around a place, for a path. */
export const RING = "m-3 0a3 3 0 1 0 6 0a3 3 0 1 0 -6 0";

/** Both axes have the scale of the targets, which stays as it is however the predictions move. */
export function chartOf({ targets, predictions, heldOut }: Fitted): Chart {
  const axis = widened(rangeOf([...targets, ...(heldOut?.targets ?? [])]), ROOM);
  const [low, high] = axis;
  const pixel = (x: number) => Math.min(SIZE, Math.max(0, pixelOf(axis, SIZE, x)));
  const ticks = ticksSaid(ticksOf(axis, 4)).map((tick) => ({ ...tick, at: pixel(tick.value) }));
  const at = (row: number) => {
    const [x = Number.NaN, y = Number.NaN] = [targets[row], predictions[row]];
    return Number.isNaN(x + y) ? null : ([pixel(x), SIZE - pixel(y)] as const);
  };
  let [points, rings, residuals, beyond, count] = ["", "", "", "", 0];
  const put = (target: number, prediction = Number.NaN, hollow = false) => {
    if (Number.isNaN(target + prediction)) return;
    const x = pixel(target).toFixed(1);
    const y = SIZE - pixel(prediction);
    residuals += `M${x} ${(SIZE - pixel(target)).toFixed(1)}V${y.toFixed(1)}`;
    if (prediction >= low && prediction <= high) {
      if (hollow) rings += `M${x} ${y.toFixed(1)}${RING}`;
      else points += `M${x} ${y.toFixed(1)}h0`;
    } else {
      beyond += `M${x} ${y}l-3.5 ${y ? -6 : 6}h7z`;
      count += 1;
    }
  };
  targets.forEach((target, row) => {
    put(target, predictions[row]);
  });
  heldOut?.targets.forEach((target, row) => {
    put(target, heldOut.predictions[row], true);
  });
  return { ticks, points, rings, residuals, beyond, count, at };
}
