/** What the microscope says of an entry, in plain words. */

import type { Names } from "../kernel/contract";
import { counted, isolated } from "../text/format";
import type { Explanation } from "./arithmetic";
import { cellText, exact } from "./digits";
import { type Entry, type Frame, namesAlong, numberAt, type Tensor, tensorOf } from "./frame";

export interface Scene {
  readonly frame: Frame;
  readonly names: Names;
  /** The built-in update, of which every number can be explained. */
  readonly article: boolean;
}

/** What row and column of an entry are called, as far as they have names. */
export function placeNames({ frame, names }: Scene, { tensor, row, column }: Entry): string[] {
  const known = tensorOf(frame, tensor);
  if (known?.state !== "value") return [];
  const along = (axis: 0 | 1, index: number) =>
    namesAlong(known.axes[axis], axis ? known.columns : known.rows, frame, names)?.[index];
  return [along(0, row), along(1, column)].filter((name) => name !== undefined).map(isolated);
}

/** "w.grad[Mangoes, Rainfall]" */
export function entryName(scene: Scene, entry: Entry): string {
  const places = placeNames(scene, entry);
  return places.length > 0 ? `${entry.tensor}[${places.join(", ")}]` : entry.tensor;
}

/** "w.grad, Mangoes, Rainfall: −8,123, was 0" */
export const isByHand = ({ by_hand }: Tensor, at: Pick<Entry, "row" | "column">): boolean =>
  by_hand.some(([row, column]) => row === at.row && column === at.column);

export function spokenName(scene: Scene, tensor: Tensor, entry: Entry): string {
  const text = (before: boolean) => {
    const value = numberAt(tensor, entry.row, entry.column, before);
    return value === null ? "" : cellText(value, tensor);
  };
  const was = tensor.changed && text(true);
  const place = [entry.tensor, ...placeNames(scene, entry)].join(", ");
  const hand = isByHand(tensor, entry) ? ", set by hand" : "";
  return `${place}: ${text(false)}${was && `, was ${was}`}${hand}`;
}

export const absence = (tensor: { readonly state: string } | null | undefined): string =>
  tensor?.state === "none" ? "None" : "not yet";

/** The sentence beside a written-out sum. */
export function meaning(scene: Scene, { of, form, terms, missing, plus }: Explanation) {
  const [first = "", second = ""] = placeNames(scene, of);
  const all = terms.length + missing;
  switch (form) {
    case "product":
      return `Each feature of row ${first} times its weight for ${second}, plus the bias${
        plus?.before ? "; w and b are those from before the update" : ""
      }.`;
    case "square":
      return `The mean of the ${counted(all, "squared difference")} between predictions and y.`;
    case "step":
      return "One step downhill: the old number minus learning rate times gradient.";
    default: {
      const times = form === "weighted" ? ` times the row’s ${second}` : "";
      const added = plus ? ", added to what was there before" : "";
      return `How far each prediction of ${first} is off${times}, over the batch’s ${counted(all, "row")}${added}.`;
    }
  }
}

/** The sentence for a number that no sum explains. */
export function origin({ frame, article }: Scene, { tensor, row, column }: Entry): string {
  const known = tensorOf(frame, tensor);
  if (known?.state === "later") return "Not computed yet in this update.";
  if (known?.state === "none") return "backward() has not made a gradient yet.";
  if (!article) return "";
  if (tensor === "x" || tensor === "y") return "From the table.";
  if (tensor.endsWith(".grad"))
    return known && numberAt(known, row, column) === 0
      ? "Cleared by zero_() in the last update."
      : "Left from before: backward() adds to it.";
  return tensor === "learning_rate" ? "As set above." : "Not changed yet in this update.";
}

/** Torch's number and ours, to all the digits that float32 has. */
export function precision({ of, sum, missing }: Explanation, bits: number): string {
  const torch = `torch ${exact(of.value, bits)}`;
  if (missing > 0) return torch;
  return `${torch} · worked out here ${exact(Number(sum.toPrecision(9)), 64)}`;
}
