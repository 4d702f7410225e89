/** Settings as words: read what was typed, say what a value means. */

import { count, factor, meant, percent, rate, typed } from "./format";

/** The speed of a kernel that is not held back. */
export const FULL = Number.POSITIVE_INFINITY;

/** The speed at which a run of few updates takes about five seconds: lower than any number of updates. */
export const WATCH = 0;

const WATCHED = 5;
const MOST_WATCHED = 2_500;

/** The updates a second that a speed comes to, null for as fast as it goes; as in pace.py. */
export function watched(speed: number | "watch" | null, updates: number): number | null {
  if (speed !== "watch") return speed;
  return updates > 0 && updates <= MOST_WATCHED ? updates / WATCHED : null;
}

export const showSpeed = (speed: number): string =>
  speed === FULL ? "full" : speed === WATCH ? "watch" : rate(speed);

/** Reads a number, or says why a text is not taken, how to write what it probably means, and what stays. */
export const reader =
  (takes: (value: number) => boolean, rule: string, not: string, kept: string) =>
  (text: string): number | string => {
    const value = typed(text);
    if (takes(value)) return value;
    const other = meant(text);
    const words = text.trim() ? `“${text.trim()}”` : "nothing";
    const hint = takes(other) ? `: write ${String(other).replace("e+", "e")}` : "";
    return `${rule}: ${words} is ${not}${hint}. The ${kept} stays as it was.`;
  };

export const readRate = reader(
  (value) => value > 0 && Number.isFinite(value),
  "The learning rate is a positive number, such as 1e-5 or 0.001",
  "not one",
  "rate",
);

export const isWhole = (value: number): boolean => value >= 1 && Number.isSafeInteger(value);

export const readEpochs = reader(
  isWhole,
  "Epochs are a positive whole number, such as 50",
  "not one",
  "number",
);

/** As in traits.py. */
const FASTEST = 1e6;

const readPace = reader(
  (value) => value > 0 && value < FASTEST,
  `The speed is a number of updates a second, above 0 and below ${count(FASTEST)}, such as 5, “watch” or “full”`,
  "neither",
  "speed",
);

export const readSpeed = (text: string): number | string =>
  /^(full|max|∞)/i.test(text.trim()) ? FULL : /^watch/i.test(text.trim()) ? WATCH : readPace(text);

export const readBatchSize = reader(
  isWhole,
  "The batch size is a positive whole number of rows, such as 3",
  "not one",
  "number",
);

export const readSeed = reader(
  (value) => value >= 0 && Number.isSafeInteger(value),
  "The seed is a whole number, 0 or more, such as 7",
  "not one",
  "seed",
);

export const readLoss = reader(
  (value) => value >= 0 && Number.isFinite(value),
  "A loss is a number, 0 or more, such as 1000 or 2.5e-3",
  "not one",
  "question",
);

/** An entry of w or b; float32 holds no more than 3.4e38. */
export const readEntry = reader(
  (value) => Number.isFinite(Math.fround(value)),
  "An entry of w or b is a number, such as 0.5 or -2e-3",
  "not one",
  "entry",
);

/** "1e-5 is 9% of the largest stable rate, 1.12e-4" */
export function comparison(value: number, limit: number): string {
  const share = value / limit;
  const times =
    share <= 1 ? `${percent(share)} of` : share < 1.05 ? "just above" : `${factor(share)} times`;
  return `${rate(value)} is ${times} the largest stable rate, ${rate(limit, 3)}`;
}
