/** A Frame: what the microscope shows at one moment, decoded from its description and its bytes. */

import { unpack } from "../kernel/arrays";
import type { Axis, Names, WireFrame, WireTensor } from "../kernel/contract";

/** One place in a tensor. A vector is one row, a scalar one row with one column. */
export interface Entry {
  readonly tensor: string;
  readonly row: number;
  readonly column: number;
}

export interface Tensor extends Omit<WireTensor, "values" | "old"> {
  /** Rows and columns that are here; the shape may be larger. */
  readonly rows: number;
  readonly columns: number;
  /** Of each number: 32 or 64. */
  readonly bits: number;
  /** Row-major. */
  readonly values: Float64Array;
  /** What they were before this update last changed them. */
  readonly old: Float64Array | null;
}

export interface Frame extends Omit<WireFrame, "tensors"> {
  readonly tensors: readonly Tensor[];
}

const EMPTY: Omit<Frame, "tensors"> = {
  update: 0,
  ended: false,
  phases: [],
  phase: "",
  done: null,
  next: null,
  failed: null,
  sentence: "",
  rows: [],
  index: [],
};

/** Bytes that are missing leave a tensor without numbers; they never make one up. */
export function decodeFrame(wire: Partial<WireFrame>, bytes: DataView): Frame {
  const arrays = unpack(bytes);
  const tensors = (wire.tensors ?? []).map((tensor) => decodeTensor(tensor, arrays));
  return { ...EMPTY, ...wire, tensors };
}

function decodeTensor(wire: WireTensor, arrays: ReturnType<typeof unpack>): Tensor {
  const { values, old, ...words } = wire;
  const [numbers, before] = [arrays[values], arrays[old]];
  const [rows = 0, columns = 1] = numbers?.shape ?? [];
  return {
    ...words,
    rows,
    columns,
    bits: 8 * (numbers?.values.BYTES_PER_ELEMENT ?? 4),
    values: Float64Array.from(numbers?.values ?? []),
    old:
      before && before.values.length === rows * columns ? Float64Array.from(before.values) : null,
  };
}

/** The number at a place, or what it was before; null where there is none. */
export function numberAt(
  { rows, columns, values, old }: Tensor,
  row: number,
  column: number,
  before = false,
): number | null {
  if (row < 0 || row >= rows || column < 0 || column >= columns) return null;
  return (before ? old : values)?.[row * columns + column] ?? null;
}

export const tensorOf = (frame: Frame, name: string): Tensor | undefined =>
  frame.tensors.find((tensor) => tensor.name === name);

export const hasFinished = ({ phase, phases }: Frame, name: string): boolean =>
  phase === name || phases.includes(name);

/** "(3×3)", "(2)", "()"; nothing for what is no tensor: a float, an int, a bool. */
export function shapeText({ shape, dtype, state }: Tensor): string {
  return state === "value" && dtype.length > 5 ? `(${shape.join("×")})` : "";
}

/** What the rows or the columns are called; null where they have no names and need none. */
export function namesAlong(
  axis: Axis,
  length: number,
  frame: Frame,
  names: Names,
): readonly string[] | null {
  if (axis === "" && length < 2) return null;
  const known = axis === "rows" ? frame.rows : axis === "" ? [] : names[axis];
  return Array.from({ length }, (_, index) => known?.[index] ?? String(index));
}
