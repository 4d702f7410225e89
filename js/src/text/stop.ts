/** When a run stops by itself: the three choices, and the number that two of them need (pure). */

import { counted, rate } from "./format";
import { isWhole, reader } from "./settings";

export type Stop = "end" | "near" | "flat";

export interface StopTraits {
  readonly stop_within: number | null;
  readonly stop_patience: number | null;
}

export const STOPS: readonly (readonly [Stop, string])[] = [
  ["end", "after all epochs"],
  ["near", "near the best possible loss"],
  ["flat", "when the loss no longer falls"],
];

/** What a choice begins with: a factor, epochs. */
export const USUAL: Readonly<Record<Stop, number>> = { end: 0, near: 1.1, flat: 10 };

export const stopOf = ({ stop_within, stop_patience }: StopTraits): Stop =>
  stop_within !== null ? "near" : stop_patience !== null ? "flat" : "end";

/** A choice with its number, as traits. */
export const stopTraits = (stop: Stop, value: number): StopTraits => ({
  stop_within: stop === "near" ? value : null,
  stop_patience: stop === "flat" ? value : null,
});

const readNear = reader(
  (value) => value > 1 && Number.isFinite(value),
  "Near is a number above 1, such as 1.1: the run stops at 1.1 times the best possible loss",
  "not one",
  "number",
);

const readFlat = reader(
  isWhole,
  "Patience is a positive whole number of epochs, such as 10",
  "not one",
  "number",
);

export const readStop = (stop: Stop, text: string): number | string =>
  (stop === "near" ? readNear : readFlat)(text);

/** What the choice means with its number. */
export function stopNote(stop: Stop, value: number): string {
  if (stop === "end") return "the run ends with its last epoch";
  return stop === "near"
    ? `full-data loss at ${rate(value)} times the best possible`
    : `after ${counted(value, "epoch")} without a lower full-data loss`;
}
