/** A Frame: what the microscope shows at one moment, decoded from its description and its bytes. */

import type { Axis, Names, WireFrame, WireTensor } from "../kernel/wire";

/** One place in a tensor. A vector is one row, a scalar one row with one column. */
export interface Entry {
  readonly tensor: string;
  readonly row: number;
  readonly column: number;
}

export interface Tensor extends Omit<WireTensor, "shown" | "axes" | "at" | "old"> {
  /** Rows and columns that are here; the shape may be larger. */
  readonly rows: number;
  readonly columns: number;
  /** What names the rows and the columns. */
  readonly axes: readonly [Axis, Axis];
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

/** Bytes that are missing leave rows out; they never make a number up. */
export function decodeFrame(wire: Partial<WireFrame>, bytes: DataView): Frame {
  const tensors = (wire.tensors ?? []).map((tensor) => decodeTensor(tensor, bytes));
  return { ...EMPTY, ...wire, tensors };
}

const NO_TENSOR: Omit<WireTensor, "shown" | "axes" | "at" | "old"> = {
  name: "",
  shape: [],
  dtype: "",
  requires_grad: false,
  state: "value",
  bits: 32,
  was_none: false,
  changed: "",
  by_hand: [],
};

function decodeTensor(wire: Partial<WireTensor>, bytes: DataView): Tensor {
  const tensor = { ...NO_TENSOR, ...wire };
  const { axes = [], at = -1, old = -1, shown = [] } = wire;
  const [rows = 1, columns = 1] = shown;
  const read = (from: number) =>
    numbersAt(bytes, from, tensor.bits, tensor.state === "value" ? rows * columns : 0);
  const values = read(at);
  const before = read(old);
  return {
    ...tensor,
    rows: Math.floor(values.length / columns) || 0,
    columns,
    axes: [(axes.length > 1 && axes[0]) || "", axes.at(-1) ?? ""],
    values,
    old: before.length > 0 && before.length === values.length ? before : null,
  };
}

/** As many of `count` numbers as there are bytes for. */
function numbersAt(bytes: DataView, at: number, bits: number, count: number): Float64Array {
  const size = bits / 8;
  const there = at < 0 ? 0 : Math.min(count, Math.floor((bytes.byteLength - at) / size));
  return Float64Array.from({ length: there }, (_, k) =>
    size === 8 ? bytes.getFloat64(at + 8 * k, true) : bytes.getFloat32(at + 4 * k, true),
  );
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
