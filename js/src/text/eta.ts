/** How fast a run goes and how long it still takes, from what was seen of it. */

import { say } from "./say";

export interface Sample {
  /** Seconds, of any clock. */
  readonly time: number;
  readonly update: number;
}

const WINDOW = 6;
const ENOUGH = 0.6;
/** Far more than a screen can show; bounds the work at full speed. */
const SPACING = 0.05;

/** The samples of the last seconds with one more; anew where the run was wound back. */
export function withSample(samples: readonly Sample[], next: Sample): readonly Sample[] {
  const last = samples.at(-1);
  if (last && next.update < last.update) return [next];
  const kept = samples.filter(({ time }) => time >= next.time - WINDOW);
  const beforeLast = kept.at(-2);
  const crowded = beforeLast && last && last.time - beforeLast.time < SPACING;
  return [...(crowded ? kept.slice(0, -1) : kept), next];
}

/** Updates a second, or null while too little was seen. */
export function pace(samples: readonly Sample[]): number | null {
  const first = samples[0];
  const last = samples.at(-1);
  if (!first || !last || last.time - first.time < ENOUGH) return null;
  const updates = last.update - first.update;
  return updates > 0 ? updates / (last.time - first.time) : null;
}

/** "about 12 s left"; "" where it cannot be told. */
export function timeLeft(updatesLeft: number, updatesPerSecond: number | null): string {
  if (updatesPerSecond === null || updatesLeft <= 0) return "";
  const seconds = updatesLeft / updatesPerSecond;
  if (seconds < 1) return say("time.moment");
  const [amount, unit] = roughly(seconds);
  return say("time.left", { amount, unit });
}

/** A time of a second or more with as many digits as one waits for. */
function roughly(seconds: number): readonly [number, "s" | "min" | "h" | "days"] {
  if (seconds < 58) return [seconds < 10 ? Math.round(seconds) : Math.round(seconds / 2) * 2, "s"];
  const minutes = Math.round(seconds / 60);
  const hours = Math.round(seconds / 360) / 10;
  if (minutes < 60) return [minutes, "min"];
  return hours < 48 ? [hours, "h"] : [Math.round(hours / 24), "days"];
}
