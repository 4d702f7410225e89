/** Settings as words: read what was typed, say what a value means. */

import { meant, rate, typed } from "./format";
import { say } from "./say";

/** The speed of a kernel that is not held back. */
export const FULL = Number.POSITIVE_INFINITY;

export const showSpeed = (speed: number): string =>
  speed === FULL ? say("knobs.full") : rate(speed);

/** Reads a number, or says why a text is not taken, how to write what it probably means, and what stays. */
export const reader =
  (
    control: "learning_rate" | "epochs" | "speed" | "stop" | "guess" | "entry",
    takes: (value: number) => boolean,
    rule: () => string,
    kept = true,
  ) =>
  (text: string): number | string => {
    const value = typed(text);
    if (takes(value)) return value;
    const other = meant(text);
    return say("fields.typed", {
      label: say("controls.label", { control }),
      what: rule(),
      empty: text.trim() === "",
      text: text.trim(),
      hint: takes(other) ? String(other).replace("e+", "e") : "none",
      kept,
    });
  };

export const readRate = reader(
  "learning_rate",
  (value) => value > 0 && Number.isFinite(value),
  () => say("fields.learning_rate"),
);

export const isWhole = (value: number): boolean => value >= 1 && Number.isSafeInteger(value);

export const readEpochs = reader("epochs", isWhole, () =>
  say("fields.whole", { least: 1, example: "50" }),
);

/** As in traits.py. */
const FASTEST = 1e6;

const readPace = reader(
  "speed",
  (value) => value > 0 && value < FASTEST,
  () => say("fields.speed", { most: FASTEST, typed: true }),
);

export const readSpeed = (text: string): number | string =>
  /^(full|max|∞)/i.test(text.trim()) ? FULL : readPace(text);

export const readLoss = reader(
  "guess",
  (value) => value >= 0 && Number.isFinite(value),
  () => say("fields.loss"),
  false,
);

/** An entry of w or b; float32 holds no more than 3.4e38. */
export const readEntry = reader(
  "entry",
  (value) => Number.isFinite(Math.fround(value)),
  () => say("fields.entry"),
);

/** "1e-5 is 9% of the largest stable rate, 1.12e-4" */
export function comparison(value: number, limit: number): string {
  const share = value / limit;
  return say("rates.note", {
    rate: value,
    compared:
      share <= 1
        ? say("rates.share", { share })
        : share < 1.05
          ? say("rates.just_above")
          : say("rates.times", { factor: share }),
    limit,
  });
}
