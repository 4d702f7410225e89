import { describe, expect, it } from "vitest";
import { decodeFit } from "../src/kernel/decode";
import { padding, short, told } from "../src/state/digits";
import { chartOf } from "../src/tabs/predictions/fitting";
import { float32, pack } from "./arrays";

const NAMES = { rows: ["A", "B"], count: 2, targets: ["p", "q"] };
const TARGETS = float32([
  [10, 1],
  [20, 2],
]);
const BYTES = pack({
  targets: TARGETS,
  predictions: float32([
    [11, 0],
    [500, 2],
  ]),
  rmse: float32([3, 4]),
  worst: float32([5, 6]),
});

const KNOWN = { r2: Number.NaN, heldOut: null };

describe("predictions against targets", () => {
  it("are taken apart by target", () => {
    expect(decodeFit(NAMES, BYTES)).toEqual([
      { name: "p", targets: [10, 20], predictions: [11, 500], rmse: 3, worst: 5, ...KNOWN },
      { name: "q", targets: [1, 2], predictions: [0, 2], rmse: 4, worst: 6, ...KNOWN },
    ]);
  });

  it("are NaN where bytes are missing", () => {
    const [p] = decodeFit(NAMES, pack({ targets: TARGETS }));
    expect(p).toMatchObject({ targets: [10, 20], predictions: [Number.NaN, Number.NaN] });
    expect(p?.rmse).toBeNaN();
    expect(decodeFit({}, new DataView(new ArrayBuffer(0)))).toEqual([]);
  });

  it("far away are marked at the edge, and the scale stays the targets'", () => {
    const [p] = decodeFit(NAMES, BYTES);
    if (!p) throw new Error("no p");
    const chart = chartOf(p);
    expect(chart.ticks.map(({ text }) => text)).toEqual(["10", "15", "20"]);
    expect(chart.count).toBe(1);
    expect(chart.points.match(/h0/g)).toHaveLength(1);
    expect(chartOf({ ...p, predictions: [0, 0] }).ticks).toEqual(chart.ticks);
  });

  it("of nothing, of one target, and of NaN make a chart as well", () => {
    for (const targets of [[], [5], [0], [Number.NaN]]) {
      const chart = chartOf({
        ...{ name: "", targets, predictions: targets, rmse: 0, worst: 0 },
        ...{ r2: 1, heldOut: null },
      });
      expect(chart.points).not.toMatch(/NaN|Infinity/);
      expect(chart.ticks.length).toBeLessThan(9);
    }
  });
});

describe("numbers in a column", () => {
  it("are whole, or have four significant digits", () => {
    expect([73, 0.68274, -8123.4, Number.NaN].map((x) => short(x))).toEqual([
      "73",
      "0.6827",
      "−8,123",
      "NaN",
    ]);
  });

  it.each([
    [
      [2000.9, 2000.5, 2000.1],
      ["2,000.9", "2,000.5", "2,000.1"],
    ],
    [
      [0.90942, 0.90941, 405.2],
      ["0.90942", "0.90941", "405.20"],
    ],
    [
      [1.23456e-30, 1.23459e-30],
      ["1.23456e−30", "1.23459e−30"],
    ],
    // Apart they are told by their rows, and what 32 bits do not tell apart is one number.
    [
      [2000.9, 73, 2000.5],
      ["2,001", "73", "2,001"],
    ],
    [
      [0.1, 0.1 + 1e-12, Number.NaN, Number.NaN],
      ["0.1000", "0.1000", "NaN", "NaN"],
    ],
    [
      [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY, 0, -0],
      ["∞", "∞", "0", "0"],
    ],
  ])("tell rows apart that differ: %o", (numbers, texts) => {
    expect(told(numbers)).toEqual(texts);
  });

  it("have no more digits than 32 bits have", () => {
    const near = [1e6 / 3, Math.fround(1e6 / 3) + 0.03125];
    expect(told(near)).toEqual(["333,333.3", "333,333.4"]);
    expect(told([16777216.5, 16777217.5])).toEqual(["1.677722e7", "1.677722e7"]);
  });

  it("get what aligns their decimal points", () => {
    expect(padding(["73", "0.6827", "−1.078", "1.2e−9", "NaN"])).toEqual([
      ".6827",
      "",
      "7",
      "",
      "",
    ]);
  });
});
