/** When a run stops by itself: the three choices, and the number that two of them need (pure). */

import { say } from "./say";
import { isWhole, reader } from "./settings";

export type Stop = "end" | "near" | "flat";

interface StopTraits {
  readonly stop_within: number | null;
  readonly stop_patience: number | null;
}

export const STOPS: readonly Stop[] = ["end", "near", "flat"];

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
  "stop",
  (value) => value > 1 && Number.isFinite(value),
  () => say("fields.within"),
);

const readFlat = reader("stop", isWhole, () => say("fields.whole", { least: 1, example: "10" }));

export const readStop = (stop: Stop, text: string): number | string =>
  (stop === "near" ? readNear : readFlat)(text);

/** What the choice means with its number. */
export function stopNote(stop: Stop, value: number): string {
  if (stop === "end") return say("stop.end");
  return stop === "near"
    ? say("stop.near", { factor: value })
    : say("stop.flat", { epochs: value });
}
