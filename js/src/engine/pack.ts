/** Named arrays in one buffer, as panel/codec.py packs them and kernel/arrays.ts unpacks them (pure). */

import type { Packed } from "../kernel/arrays";
import type { ArrayType } from "../kernel/contract";

const typeOf = ({ values }: Packed): ArrayType =>
  values instanceof Int32Array ? "i4" : values instanceof Float32Array ? "f4" : "f8";

export function pack(arrays: Readonly<Record<string, Packed>>): DataView {
  const all = Object.entries(arrays);
  const heads = all.map(([name, array]) => [name, [typeOf(array), array.shape]]);
  const head = new TextEncoder().encode(JSON.stringify(Object.fromEntries(heads)));
  const size = all.reduce((sum, [, { values }]) => sum + values.byteLength, 4 + head.length);
  const bytes = new Uint8Array(size);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, head.length, true);
  bytes.set(head, 4);
  let at = 4 + head.length;
  for (const [, { values }] of all) {
    bytes.set(new Uint8Array(values.buffer, values.byteOffset, values.byteLength), at);
    at += values.byteLength;
  }
  return view;
}

type Numbers = readonly number[];

export const float32 = (numbers: Numbers, shape: Numbers = [numbers.length]): Packed => ({
  shape,
  values: Float32Array.from(numbers),
});

export const float64 = (numbers: Numbers, shape: Numbers = [numbers.length]): Packed => ({
  shape,
  values: Float64Array.from(numbers),
});

export const int32 = (numbers: Numbers): Packed => ({
  shape: [numbers.length],
  values: Int32Array.from(numbers),
});
