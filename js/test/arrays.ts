/** Arrays packed as panel/codec.py packs them. */

import type { Packed } from "../src/kernel/arrays";

/** Numbers, or rows of them. */
type Numbers = readonly number[] | readonly (readonly number[])[];

const shapeOf = (numbers: Numbers): number[] => {
  const [first] = numbers;
  return typeof first === "number" || !first ? [numbers.length] : [numbers.length, first.length];
};

export const float32 = (numbers: Numbers): Packed => ({
  shape: shapeOf(numbers),
  values: Float32Array.from(numbers.flat()),
});

export const float64 = (numbers: Numbers): Packed => ({
  shape: shapeOf(numbers),
  values: Float64Array.from(numbers.flat()),
});

export const int32 = (numbers: readonly number[]): Packed => ({
  shape: [numbers.length],
  values: Int32Array.from(numbers),
});

export function pack<Name extends string>(arrays: Readonly<Record<Name, Packed>>): DataView {
  const all = Object.entries<Packed>(arrays);
  const typeOf = ({ values }: Packed) =>
    values instanceof Int32Array ? "i4" : values instanceof Float32Array ? "f4" : "f8";
  const heads = all.map(([name, array]) => [name, [typeOf(array), array.shape]]);
  const head = new TextEncoder().encode(JSON.stringify(Object.fromEntries(heads)));
  const parts = all.map(([, { values }]) => new Uint8Array(values.buffer));
  const length = new Uint8Array(new Uint32Array([head.length]).buffer);
  const bytes = [length, head, ...parts].flatMap((part) => [...part]);
  return new DataView(Uint8Array.from(bytes).buffer);
}
