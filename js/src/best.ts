/** How far a loss is from the best that any w and b reach, the least-squares loss (pure). */

import { factor } from "./format";

/** Below this, and as far below the loss, a least-squares loss is what rounding leaves of 0. */
const TINY = 1e-12;

/** The least-squares loss as it is shown; NaN where it is not known. */
export function bestPossible(floor: number, loss: number): number {
  if (!(floor >= 0)) return Number.NaN;
  return floor < TINY && !(floor >= TINY * loss) ? 0 : floor;
}

/** "still 106 times the best possible"; "" where there is nothing to compare. */
export function distance(loss: number, floor: number): string {
  const best = bestPossible(floor, loss);
  if (!Number.isFinite(loss) || Number.isNaN(best)) return "";
  if (best === 0) return loss > 0 ? "the best possible is 0" : "the best possible";
  const times = loss / best;
  if (times < 1.005) return "the best possible";
  return `${times >= 2 ? "still " : ""}${factor(times)} times the best possible`;
}
