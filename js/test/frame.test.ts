import { describe, expect, it } from "vitest";
import { decodeFrame, namesAlong, numberAt, shapeText, tensorOf } from "../src/state/frame";
import { Packer } from "./frames";
import { float32 } from "./kernel";

const matrix = [
  [1, -2, 3],
  [4, 5, Number.NaN],
];

const packed = () => {
  const packer = new Packer();
  packer.add({ name: "w", axes: ["targets", "features"], requires_grad: true }, matrix, [
    [0, 0, 0],
    [9, 9, 9],
  ]);
  packer.add({ name: "b", shape: [2], axes: ["", "targets"] }, [[Number.POSITIVE_INFINITY, 0.1]]);
  packer.add({ name: "loss", state: "later" }, null);
  packer.add({ name: "rate", shape: [], dtype: "float", bits: 64 }, [[0.1]]);
  return { frame: { tensors: packer.tensors, rows: ["A", "B"] }, data: packer.data };
};

const decoded = () => {
  const { frame, data } = packed();
  return decodeFrame(frame, data);
};

describe("a frame", () => {
  it("gives each number and what it was before", () => {
    const w = tensorOf(decoded(), "w");
    if (!w) throw new Error("no w");
    expect([w.rows, w.columns]).toEqual([2, 3]);
    expect(numberAt(w, 0, 1)).toBe(-2);
    expect(numberAt(w, 1, 0, true)).toBe(9);
    expect(numberAt(w, 2, 0)).toBeNull();
    expect(numberAt(w, 0, -1)).toBeNull();
  });

  it("keeps NaN, infinity, and float64 as they are", () => {
    const frame = decoded();
    expect(tensorOf(frame, "w")?.values[5]).toBeNaN();
    expect([...(tensorOf(frame, "b")?.values ?? [])]).toEqual([
      Number.POSITIVE_INFINITY,
      Math.fround(0.1),
    ]);
    expect([...(tensorOf(frame, "rate")?.values ?? [])]).toEqual([0.1]);
  });

  it("has no numbers for what is not there yet, and no old ones where nothing changed", () => {
    const frame = decoded();
    expect(tensorOf(frame, "loss")?.rows).toBe(0);
    expect(tensorOf(frame, "b")?.old).toBeNull();
  });

  it("of an empty description is empty", () => {
    const frame = decodeFrame({}, float32([]));
    expect(frame).toMatchObject({ tensors: [], phases: [], sentence: "", next: null, done: null });
    expect(decodeFrame({ tensors: [{}] }, float32([])).tensors[0]).toMatchObject({ rows: 0 });
  });

  it("whose bytes are short has fewer rows, and never a number that was not sent", () => {
    const { frame, data } = packed();
    for (let length = 0; length <= data.byteLength; length += 1) {
      const short = decodeFrame(frame, new DataView(data.buffer.slice(0, length)));
      for (const tensor of short.tensors) {
        expect(tensor.values.length).toBeGreaterThanOrEqual(tensor.rows * tensor.columns);
        expect(tensor.values.length * (tensor.bits / 8)).toBeLessThanOrEqual(length);
      }
      expect(tensorOf(short, "w")?.rows).toBe(Math.min(2, Math.floor(length / 12)));
    }
  });

  it("whose offsets are nonsense has no numbers", () => {
    for (const at of [-8, 1e9, Number.NaN]) {
      const { tensors } = decodeFrame({ tensors: [{ shown: [2, 2], at, old: at }] }, float32([1]));
      expect(tensors[0]).toMatchObject({ rows: 0, old: null });
    }
  });
});

describe("a tensor's words", () => {
  it("its shape, as torch writes it; a plain number has none", () => {
    const shapes = decoded().tensors.map(shapeText);
    expect(shapes).toEqual(["(2×3)", "(2)", "", ""]);
  });

  it("the names of rows and columns, and their numbers where there are too few names", () => {
    const frame = decoded();
    const names = { features: ["p"], targets: ["q", "r"] };
    expect(namesAlong("features", 2, frame, names)).toEqual(["p", "1"]);
    expect(namesAlong("rows", 2, frame, names)).toEqual(["A", "B"]);
    expect(namesAlong("", 1, frame, names)).toBeNull();
    expect(namesAlong("", 2, frame, names)).toEqual(["0", "1"]);
  });
});
