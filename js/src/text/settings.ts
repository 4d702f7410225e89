/** Settings as words: read what was typed, say what a value means. */

import { count, factor, meant, percent, rate, typed } from "./format";

/** The speed of a kernel that is not held back. */
export const FULL = Number.POSITIVE_INFINITY;

export const showSpeed = (speed: number): string => (speed === FULL ? "full" : rate(speed));

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
  `The speed is a number of updates a second, above 0 and below ${count(FASTEST)}, such as 5, or “full”`,
  "neither",
  "speed",
);

export const readSpeed = (text: string): number | string =>
  /^(full|max|∞)/i.test(text.trim()) ? FULL : readPace(text);

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
