/** How far a loss is from the best that any w and b reach with 32-bit numbers (pure). */

import { factor } from "./format";

/** The best possible loss as it is shown; NaN where it is not known. */
export const bestPossible = (floor: number): number => (floor >= 0 ? floor : Number.NaN);

/** "still 106 times the best possible"; "" where there is nothing to compare. */
export function distance(loss: number, floor: number): string {
  const best = bestPossible(floor);
  if (!Number.isFinite(loss) || Number.isNaN(best)) return "";
  if (best === 0) return loss > 0 ? "the best possible is 0" : "the best possible";
  const times = loss / best;
  if (times < 1.005) return "the best possible";
  return `${times >= 2 ? "still " : ""}${factor(times)} times the best possible`;
}
