/** Named arrays out of one buffer, as panel/codec.py packs them (pure). */

import type { ArrayType, Head } from "./contract";

/** An array, row by row. */
export interface Packed {
  readonly shape: readonly number[];
  readonly values: Float32Array | Float64Array | Int8Array | Int16Array | Int32Array;
}

/** How many numbers an array of a shape has. */
export const sizeOf = (shape: readonly number[]): number =>
  shape.reduce((product, length) => product * length, 1);

const TYPES = {
  f4: Float32Array,
  f8: Float64Array,
  i1: Int8Array,
  i2: Int16Array,
  i4: Int32Array,
} as const satisfies Record<ArrayType, unknown>;

/**
 * The arrays that are whole: of bytes that are missing, or that another version packed, there are fewer, and
 * never a number made up.
 */
export function unpack<Name extends string>(bytes: DataView): Partial<Record<Name, Packed>> {
  // Without a prototype, so that a variable may have any name.
  const arrays: Partial<Record<string, Packed>> = Object.create(null);
  let at = bytes.byteLength < 4 ? 0 : 4 + bytes.getUint32(0, true);
  for (const [name, [type, shape]] of headsOf(bytes, at)) {
    const Type = TYPES[type];
    if (!Type) break;
    const size = Type.BYTES_PER_ELEMENT * sizeOf(shape);
    if (at + size > bytes.byteLength) break;
    const copy = new Uint8Array(bytes.buffer, bytes.byteOffset + at, size).slice();
    arrays[name] = { shape, values: new Type(copy.buffer) };
    at += size;
  }
  return arrays;
}

function headsOf(bytes: DataView, end: number): (readonly [name: string, head: Head])[] {
  if (end === 0 || end > bytes.byteLength) return [];
  const text = new Uint8Array(bytes.buffer, bytes.byteOffset + 4, end - 4);
  try {
    return Object.entries(JSON.parse(new TextDecoder().decode(text)) as Record<string, Head>);
  } catch {
    return [];
  }
}
