/** How far a loss is from the best that any w and b reach with 32-bit numbers (pure). */

import { say } from "./say";

/** The best possible loss as it is shown; NaN where it is not known. */
export const bestPossible = (floor: number): number => (floor >= 0 ? floor : Number.NaN);

/** "still 106 times the best possible"; "" where there is nothing to compare. */
export function distance(loss: number, floor: number): string {
  const best = bestPossible(floor);
  if (!Number.isFinite(loss) || Number.isNaN(best)) return "";
  if (best === 0) return loss > 0 ? say("distance.zero") : say("distance.reached");
  const times = loss / best;
  return times < 2 ? nearness(times) : say("distance.still", { factor: times });
}

/** "1.3 times the best possible", or that it is that. */
export const nearness = (factor: number): string =>
  factor < 1.005 ? say("distance.reached") : say("distance.times", { factor });
