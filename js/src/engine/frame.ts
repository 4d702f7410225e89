/** What the microscope shows at one moment, in words and numbers, as frame.py makes it (pure). */

import type { Packed } from "../kernel/arrays";
import {
  type Axis,
  FEWEST_COLUMNS,
  FRAME_NUMBERS,
  type Lines,
  MOST_COLUMNS,
  MOST_ROWS,
  type Source,
  type WireFrame,
  type WireTensor,
} from "../kernel/contract";
import { nameOfRow, type Table } from "./batches";
import { narrate } from "./narration";
import type { Entry } from "./recording";
import type { Seen, Specimen } from "./specimen";
import { PHASES, phasesOf } from "./update";

const AXES: Readonly<Record<string, readonly [Axis, Axis]>> = {
  x: ["rows", "features"],
  y: ["rows", "targets"],
  predictions: ["rows", "targets"],
  w: ["targets", "features"],
  b: ["", "targets"],
  "w.grad": ["targets", "features"],
  "b.grad": ["", "targets"],
};

interface FrameParts {
  readonly words: WireFrame;
  readonly arrays: Readonly<Record<string, Packed>>;
}

/** `byHand`: the entries of w and b that were set right before the update. */
export function frameOf(
  specimen: Specimen,
  table: Table,
  source: Partial<Source>,
  byHand: readonly Entry[],
): FrameParts {
  const { seen, index, number, done } = specimen;
  const ended = done === PHASES.length;
  const sizes = seen.flatMap(({ shape, numbers, old }) => {
    const [rows, columns] = leading(shape);
    return [numbers, old].flatMap((one) => (one ? rows * columns : []));
  });
  const most = share(sizes, FRAME_NUMBERS);
  const arrays: Record<string, Packed> = {};
  const shown = [...index.subarray(0, MOST_ROWS)];
  const [lines, next] = around(source, done, ended);
  const words = {
    update: number,
    phases: phasesOf(done),
    phase: PHASES[done - 1] ?? "",
    ...{ ended, done: lines, next, failed: null, index: shown },
    sentence: narrate(specimen, table, byHand),
    rows: shown.map((row) => nameOfRow(table, row)),
    tensors: seen.map((one) => tensorOf(one, most, arrays, byHand)),
  };
  return { words, arrays };
}

/** Describe a value, and add at most so many of its numbers to the others. */
function tensorOf(
  { name, shape, numbers, old, changed, later }: Seen,
  most: number,
  arrays: Record<string, Packed>,
  byHand: readonly Entry[],
): WireTensor {
  const of = name.replace("learning_rate", "");
  const words: WireTensor = {
    ...{ name, shape: [], dtype: "", requires_grad: false, axes: ["", ""], values: "", old: "" },
    ...{ state: later ? "later" : "none", was_none: changed !== "" && !old, changed, by_hand: [] },
  };
  if (!numbers) return words;
  const [rows, columns] = cut(leading(shape), most);
  const put = (key: string, all: Float32Array | Float64Array) => {
    arrays[key] = cutOut(shape, all, most);
    return key;
  };
  return {
    ...words,
    shape,
    dtype: of ? "float32" : "float",
    requires_grad: ["predictions", "loss", "w", "b"].includes(name),
    axes: AXES[name] ?? ["", ""],
    state: "value",
    values: put(name, numbers),
    old: old ? put(`${name} before`, old) : "",
    by_hand: changed
      ? []
      : byHand
          .filter(({ tensor, row, column }) => tensor === name && row < rows && column < columns)
          .map(({ row, column }) => [row, column] as const),
  };
}

/** Rows and columns that are kept of a tensor. */
export function leading(shape: readonly number[]): [number, number] {
  const [columns = 1, rows = 1] = [...shape].reverse();
  return [Math.min(rows, MOST_ROWS), Math.min(columns, MOST_COLUMNS)];
}

/** The most that each may have, so that together they stay within the budget. */
export function share(sizes: readonly number[], budget: number): number {
  let left = budget;
  let count = sizes.length;
  for (const size of [...sizes].sort((one, other) => one - other)) {
    if (size * count > left) return Math.floor(left / count);
    left -= size;
    count -= 1;
  }
  return budget;
}

/** Rows are cut as little as can be: a gradient is a sum over all rows of the batch. */
function cut([rows, columns]: [number, number], most: number): [number, number] {
  if (rows * columns <= most) return [rows, columns];
  const few = Math.min(columns, Math.max(FEWEST_COLUMNS, Math.floor(most / rows)));
  return [Math.min(rows, Math.max(1, Math.floor(most / few))), few];
}

/** The leading numbers of a tensor, as many as it may have. */
export function cutOut(
  shape: readonly number[],
  numbers: Float32Array | Float64Array,
  most: number,
): Packed {
  const [rows, columns] = cut(leading(shape), most);
  const width = shape.at(-1) ?? 1;
  const values = numbers.filter((_, i) => i % width < columns && i < rows * width);
  return { shape: [rows, columns], values };
}

/** The lines just finished, and the line that comes next; see `CodeView.around`. */
function around(
  { lines = [], fold = null, yields = [] }: Partial<Source>,
  done: number,
  ended: boolean,
): [Lines | null, number | null] {
  const isCode = (at: number) => {
    const text = (lines[at] ?? []).map(([, piece]) => piece).join("");
    return /^\s*[^\s#]/.test(text);
  };
  const codeFrom = (start: number) => {
    for (let at = start; at < lines.length; at += 1)
      if (isCode(at) && !yields.some(({ line }) => line === at)) return at;
    return null;
  };
  const body = (fold?.[1] ?? 0) + 1;
  const here = yields[Math.min(done, yields.length) - 1]?.line;
  if (here === undefined) return [null, codeFrom(body)];
  if (ended) {
    const begin = codeFrom(here + 1);
    return [begin === null ? null : [begin, lines.length - 1], null];
  }
  let last = here - 1;
  while (last >= 0 && !isCode(last)) last -= 1;
  const begin = codeFrom((yields[done - 2]?.line ?? body - 1) + 1) ?? here;
  return [begin <= last ? [begin, last] : [here, here], codeFrom(here + 1)];
}
