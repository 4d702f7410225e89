import { describe, expect, it } from "vitest";
import { unpack } from "../src/kernel/arrays";
import { float32, float64, int32, pack } from "./arrays";

/** As panel/codec.py packs w, a (1, 2) float32, and n, an int32 alone; tests/panel/test_codec.py has them. */
const FROM_PYTHON = "IAAAAHsidyI6WyJmNCIsWzEsMl1dLCJuIjpbImk0IixbXV19AACAPwAAAMAHAAAA";

const bytesOf = (base64: string) =>
  new DataView(Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0)).buffer);

describe("packed arrays", () => {
  it("are read as Python packs them", () => {
    expect(unpack(bytesOf(FROM_PYTHON))).toEqual({
      w: { shape: [1, 2], values: Float32Array.of(1, -2) },
      n: { shape: [], values: Int32Array.of(7) },
    });
  });

  it("keep their types, NaN and infinity, and any name", () => {
    const arrays = {
      Größe: float32([0.1, Number.NaN]),
      ["__proto__"]: float64([0.1, Number.NEGATIVE_INFINITY]),
      "w before": int32([-1]),
    };
    expect(Object.entries(unpack(pack(arrays)))).toEqual(Object.entries(arrays));
  });

  it("are read wherever in a buffer they lie", () => {
    const { buffer } = pack({ w: float64([1.5, 2]) });
    for (const offset of [1, 2, 3, 8]) {
      const wide = new Uint8Array(buffer.byteLength + offset + 5);
      wide.set(new Uint8Array(buffer as ArrayBuffer), offset);
      const { w } = unpack<"w">(new DataView(wide.buffer, offset, buffer.byteLength));
      expect([...(w?.values ?? [])]).toEqual([1.5, 2]);
    }
  });

  it("that cannot be read are not there", () => {
    expect(unpack(new DataView(new ArrayBuffer(24)))).toEqual({});
    const head = new TextEncoder().encode('{"w":["f2",[1]]}');
    const half = Uint8Array.from([head.length, 0, 0, 0, ...head, 0, 0]);
    expect(unpack(new DataView(half.buffer))).toEqual({});
  });

  it("whose bytes are missing are not there, and nothing is made up", () => {
    const data = pack({ w: float64([1, 2]), b: float64([3]) });
    for (let length = 0; length < data.byteLength; length += 1) {
      const { w, b } = unpack<"w" | "b">(new DataView(data.buffer, 0, length));
      expect(b).toBeUndefined();
      if (length < data.byteLength - 8) expect(w).toBeUndefined();
      else expect([...(w?.values ?? [])]).toEqual([1, 2]);
    }
  });
});
