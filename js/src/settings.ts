/** Settings as words: read what was typed, say what a value means. */

import { factor, percent, rate, typed } from "./format";

/** The speed of a kernel that is not held back. */
export const FULL = Number.POSITIVE_INFINITY;

export const showSpeed = (speed: number): string => (speed === FULL ? "full" : String(speed));

/** Why a text is not taken, and what stays. */
export const refused = (text: string, rule: string, not: string, kept: string): string =>
  `${rule}: ${text.trim() ? `“${text.trim()}”` : "nothing"} is ${not}. The ${kept} stays as it was.`;

export function readRate(text: string): number | string {
  const value = typed(text);
  if (value > 0 && Number.isFinite(value)) return value;
  const rule = "The learning rate is a positive number, such as 1e-5 or 0.001";
  return refused(text, rule, "not one", "rate");
}

export function readEpochs(text: string): number | string {
  const value = typed(text);
  if (value >= 1 && Number.isSafeInteger(value)) return value;
  return refused(text, "Epochs are a positive whole number, such as 50", "not one", "number");
}

export function readSpeed(text: string): number | string {
  if (/^(full|max|∞)/i.test(text.trim())) return FULL;
  const value = typed(text);
  if (value > 0 && Number.isFinite(value)) return value;
  const rule = "The speed is a positive number of updates a second, such as 5, or “full”";
  return refused(text, rule, "neither", "speed");
}

export function readLoss(text: string): number | string {
  const value = typed(text);
  if (value >= 0 && Number.isFinite(value)) return value;
  const rule = "A loss is a number, 0 or more, such as 1000 or 2.5e-3";
  return refused(text, rule, "not one", "question");
}

/** An entry of w or b; float32 holds no more than 3.4e38. */
export function readEntry(text: string): number | string {
  const value = typed(text);
  if (Number.isFinite(Math.fround(value))) return value;
  return refused(text, "An entry of w or b is a number, such as 0.5 or -2e-3", "not one", "entry");
}

/** "1e-5 is 9% of the largest stable rate, 1.12e-4" */
export function comparison(value: number, limit: number): string {
  const share = value / limit;
  const times =
    share <= 1 ? `${percent(share)} of` : share < 1.05 ? "just above" : `${factor(share)} times`;
  return `${rate(value)} is ${times} the largest stable rate, ${rate(limit, 3)}`;
}
