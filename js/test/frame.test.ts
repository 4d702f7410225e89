import { describe, expect, it } from "vitest";
import { decodeFrame, namesAlong, numberAt, shapeText, tensorOf } from "../src/state/frame";
import { float32, pack } from "./arrays";
import { Packer } from "./frames";

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
  packer.add({ name: "rate", shape: [], dtype: "float" }, [[0.1]]);
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
    const nothing = new DataView(new ArrayBuffer(0));
    const frame = decodeFrame({}, nothing);
    expect(frame).toMatchObject({ tensors: [], phases: [], sentence: "", next: null, done: null });
    const { tensors } = packed().frame;
    expect(decodeFrame({ tensors }, nothing).tensors[0]).toMatchObject({ rows: 0, old: null });
  });

  it("whose bytes are short has fewer tensors, and never a number that was not sent", () => {
    const { frame, data } = packed();
    const whole = decoded();
    for (let length = 0; length < data.byteLength; length += 1) {
      const short = decodeFrame(frame, new DataView(data.buffer.slice(0, length)));
      short.tensors.forEach((tensor, index) => {
        expect(tensor.values.length).toBe(tensor.rows * tensor.columns);
        if (tensor.rows > 0) expect(tensor.values).toEqual(whole.tensors[index]?.values);
      });
      expect(tensorOf(short, "rate")?.rows).toBe(0);
    }
  });

  it("that names arrays which are not there has no numbers, nor old ones of another size", () => {
    const [w] = packed().frame.tensors;
    if (!w) throw new Error("no w");
    const data = pack({ w: float32(matrix), one: float32([1]) });
    const [absent] = decodeFrame({ tensors: [{ ...w, values: "v" }] }, data).tensors;
    expect(absent).toMatchObject({ rows: 0, old: null });
    const [odd] = decodeFrame({ tensors: [{ ...w, old: "one" }] }, data).tensors;
    expect(odd).toMatchObject({ rows: 2, old: null });
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
