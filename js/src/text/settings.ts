/** Settings as words: read what was typed, say what a value means. */

import { type Control, FASTEST, MOST_WATCHED, type Traits, WATCHED } from "../kernel/contract";
import { meant, rate, typed } from "./format";
import { say } from "./say";

/** The speed of a kernel that is not held back. */
export const FULL = Number.POSITIVE_INFINITY;

/** The speed at which a run of few updates takes about five seconds: lower than any number of updates. */
export const WATCH = 0;

/** The updates a second that a speed comes to, null for as fast as it goes; as in pace.py. */
export function watched(speed: number | "watch" | null, updates: number): number | null {
  if (speed !== "watch") return speed;
  return updates > 0 && updates <= MOST_WATCHED ? updates / WATCHED : null;
}

export const showSpeed = (speed: number): string =>
  speed === FULL ? say("knobs.full") : speed === WATCH ? say("knobs.watch") : rate(speed);

/**
 * Reads a number, or says why a text is not taken, how to write what it probably means, and what stays.
 *
 * `of`: the control, or what else the number is called.
 */
export const reader =
  (
    of: Extract<Control, keyof Traits> | "stop" | "guess" | "entry" | { readonly name: string },
    takes: (value: number) => boolean,
    rule: () => string,
    kept = true,
  ) =>
  (text: string): number | string => {
    const value = typed(text);
    if (takes(value)) return value;
    const other = meant(text);
    return say("fields.typed", {
      label: typeof of === "string" ? say("controls.label", { control: of }) : of.name,
      what: rule(),
      empty: text.trim() === "",
      text: text.trim(),
      hint: takes(other) ? String(other).replace("e+", "e") : "none",
      kept,
    });
  };

export const readRate = reader(
  "learning_rate",
  (value) => Math.fround(value) > 0 && Number.isFinite(Math.fround(value)),
  () => say("fields.learning_rate"),
);

export const isWhole = (value: number): boolean => value >= 1 && Number.isSafeInteger(value);

export const readEpochs = reader("epochs", isWhole, () =>
  say("fields.whole", { least: 1, example: "50" }),
);

const readPace = reader(
  "speed",
  (value) => value > 0 && value < FASTEST,
  () => say("fields.speed", { most: FASTEST, typed: true }),
);

/** The words are English, or those of the panel's language. */
export function readSpeed(text: string): number | string {
  const word = text.trim().toLowerCase();
  if (/^(full|max|∞)/.test(word) || word === say("knobs.full")) return FULL;
  return word.startsWith("watch") || word === say("knobs.watch") ? WATCH : readPace(text);
}

export const readBatchSize = reader("batch_size", isWhole, () =>
  say("fields.whole", { least: 1, example: "3" }),
);

export const readSeed = reader(
  "seed",
  (value) => value >= 0 && Number.isSafeInteger(value),
  () => say("fields.whole", { least: 0, example: "7" }),
);

export const readLoss = reader(
  "guess",
  (value) => value >= 0 && Number.isFinite(value),
  () => say("fields.loss"),
  false,
);

/** A number of a table. */
export const readCell = (name: string, text: string): number | string =>
  reader(
    { name },
    (value) => Number.isFinite(Math.fround(value)),
    () => say("fields.entry"),
  )(text);

/** An entry of w or b; float32 holds no more than 3.4e38, and nothing but 0 below 1e-45. */
export const readEntry = reader(
  "entry",
  (value) => Number.isFinite(Math.fround(value)) && (value === 0 || Math.fround(value) !== 0),
  () => say("fields.entry"),
);

/** "9% of", "just above", "3.2 times" */
export function compared(share: number): string {
  if (share <= 1) return say("rates.share", { share });
  return share < 1.05 ? say("rates.just_above") : say("rates.times", { factor: share });
}

/** "1e-5 is 9% of the largest stable rate, 1.12e-4" */
export const comparison = (value: number, limit: number): string =>
  say("rates.note", { rate: value, compared: compared(value / limit), limit });
