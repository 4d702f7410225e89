/** What a phase of the article's update did, in one sentence with its numbers; see narration.py (pure). */

import { MOST_COLUMNS, MOST_ROWS } from "../kernel/contract";
import { isolated, said } from "../text/format";
import { say } from "../text/say";
import type { Table } from "./batches";
import type { Entry } from "./recording";
import type { Specimen } from "./specimen";
import { PHASES } from "./update";

const MOST_NAMED = 6;

/** The sentence for the phase that was finished last; before the first, for the batch. */
export function narrate(specimen: Specimen, table: Table, byHand: readonly Entry[]): string {
  const { seen, index, number: update, done } = specimen;
  const numbersOf = (name: string) => [...(seen.find((one) => one.name === name)?.numbers ?? [])];
  const rows = index.length;
  const [loss = Number.NaN] = numbersOf("loss");
  const phase = PHASES[done - 1];
  /** For what is too large to be sent whole. */
  const changes = () => {
    const names = seen.filter(({ changed }) => changed === "now").map(({ name }) => name);
    return say("narration.changed", { phase: phase ?? "", names: say("words.list", { names }) });
  };
  const isCut = rows > MOST_ROWS || table.t > MOST_COLUMNS;
  const isModelCut = table.t > MOST_ROWS || table.d > MOST_COLUMNS;
  switch (phase) {
    case "predict": {
      if (isCut) return changes();
      const [made, wanted] = [range(numbersOf("predictions")), range(numbersOf("y"))];
      return say("narration.predict", { made, rows, wanted });
    }
    case "loss":
      return say("narration.loss", { rows, loss, count: rows * table.t });
    case "backward": {
      const gradients = numbersOf("w.grad");
      if (isModelCut || !gradients.every(Number.isFinite)) return changes();
      const at = largest(gradients);
      const gradient = gradients[at] ?? 0;
      if (gradient === 0) return say("narration.flat");
      return say("narration.backward", { entry: entry(table, at), gradient, lowers: gradient > 0 });
    }
    case "update": {
      const old = seen.find(({ name }) => name === "w")?.old;
      if (!seen.some(({ changed }) => changed === "now")) return say("narration.too_small");
      if (!old || isModelCut) return changes();
      const moved = numbersOf("w").map((x, k) => x - (old[k] as number));
      if (!moved.every(Number.isFinite)) return say("narration.too_far");
      const at = largest(moved);
      const [from, to] = [old[at] as number, numbersOf("w")[at] as number];
      return say("narration.update", { entry: entry(table, at), old: from, new: to });
    }
    case "zero":
      return say("narration.zero", { update, loss });
    default: {
      const start = say("narration.start", { update, rows: named(index, table) });
      return `${start} ${origin(update === 1, table, byHand)}`.trimEnd();
    }
  }
}

/** Where the numbers of w and b come from, if not from an update. */
function origin(first: boolean, table: Table, byHand: readonly Entry[]): string {
  const { names, d, t } = table;
  if (byHand.length === 0) return first ? say("narration.drawn") : "";
  const found = byHand.map(({ tensor, row, column }) =>
    tensor === "w"
      ? `w[${names.targets[row]}, ${names.features[column]}]`
      : `b[${names.targets[column]}]`,
  );
  const count = found.length;
  if (count === t * (d + 1)) return say("narration.by_hand");
  const what =
    count > 3 ? say("narration.entries", { count }) : say("words.list", { names: found });
  return say("narration.entries_by_hand", { names: what, count, first });
}

/** Names of the table's rows, if they are few; else their number. */
export function named(index: Int32Array, { rowNames }: Table): string {
  const count = index.length;
  if (rowNames.length === 0 || count > MOST_NAMED) return say("words.rows", { count });
  const names = [...index].map((row) => isolated(rowNames[row] ?? ""));
  return say("narration.rows", { count, names });
}

function range(numbers: readonly number[]): string {
  const low = numbers.reduce((least, x) => Math.min(least, x));
  const high = numbers.reduce((most, x) => Math.max(most, x));
  return low === high ? said(low) : say("words.range", { low, high });
}

/** The place of the number farthest from 0. */
export function largest(numbers: ArrayLike<number>): number {
  let found = 0;
  for (let i = 1; i < numbers.length; i += 1)
    if (Math.abs(numbers[i] as number) > Math.abs(numbers[found] as number)) found = i;
  return found;
}

const entry = ({ names, d }: Table, at: number): string =>
  `${isolated(names.targets[Math.floor(at / d)] ?? "")}, ${isolated(names.features[at % d] ?? "")}`;
