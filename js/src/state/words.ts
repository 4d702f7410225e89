/** What the microscope says of an entry, in plain words. */

import type { Names } from "../kernel/contract";
import { isolated } from "../text/format";
import { say } from "../text/say";
import type { Explanation } from "./arithmetic";
import { exact } from "./digits";
import { type Entry, type Frame, namesAlong, numberAt, type Tensor, tensorOf } from "./frame";

export interface Scene {
  readonly frame: Frame;
  readonly names: Names;
  /** The built-in update, of which every number can be explained. */
  readonly article: boolean;
}

/** What row and column of an entry are called, as far as they have names. */
function placeNames({ frame, names }: Scene, { tensor, row, column }: Entry): string[] {
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

export const isByHand = ({ by_hand }: Tensor, at: Pick<Entry, "row" | "column">): boolean =>
  by_hand.some(([row, column]) => row === at.row && column === at.column);

/** "w.grad, Mangoes, Rainfall: −8,123, was 0" */
export function spokenName(
  scene: Scene,
  tensor: Tensor,
  entry: Entry,
  text: { readonly now: string; readonly old: string },
): string {
  const place = [entry.tensor, ...placeNames(scene, entry)].join(", ");
  return say("entry.spoken", {
    place,
    now: text.now,
    before: text.old !== "",
    was: text.old,
    by_hand: isByHand(tensor, entry),
  });
}

export const absence = (tensor: { readonly state: string } | null | undefined): string =>
  tensor?.state === "none" ? say("entry.none") : say("entry.later");

/** The sentence beside a written-out sum. */
export function meaning(scene: Scene, { of, form, terms, missing, plus }: Explanation) {
  const [first = "", second = ""] = placeNames(scene, of);
  const all = terms.length + missing;
  switch (form) {
    case "product":
      return say("entry.product", { first, second, before: plus?.before ?? false });
    case "square":
      return say("entry.square", { count: all });
    case "step":
      return say("entry.step");
    default:
      return say("entry.slope", {
        first,
        weighted: form === "weighted",
        second,
        count: all,
        added: plus !== undefined,
      });
  }
}

/** The sentence for a number that no sum explains. */
export function origin({ frame, article }: Scene, { tensor, row, column }: Entry): string {
  const known = tensorOf(frame, tensor);
  if (known?.state === "later") return say("entry.uncomputed");
  if (known?.state === "none") return say("entry.no_gradient");
  if (!article) return "";
  if (tensor === "x" || tensor === "y") return say("entry.table");
  if (tensor.endsWith(".grad"))
    return known && numberAt(known, row, column) === 0 ? say("entry.cleared") : say("entry.left");
  return tensor === "learning_rate" ? say("entry.set") : say("entry.unchanged");
}

/** Torch's number and ours, to all the digits that float32 has. */
export function precisionNote(
  { of, sum, missing }: Explanation,
  bits: number,
  here: boolean,
): string {
  const torch = say("entry.torch", { here, number: exact(of.value, bits) });
  if (missing > 0) return torch;
  return say("entry.both", { torch, sum: exact(Number(sum.toPrecision(9)), 64) });
}
