import { describe, expect, it } from "vitest";
import { decodeCurve, decodeLosses, decodeTable } from "../src/kernel/decode";
import {
  brokenAt,
  columnOf,
  curvePath,
  decadesIn,
  heightOf,
  logRange,
  powerOfTen,
} from "../src/tabs/loss/curve";
import { float32, float64, int32, pack } from "./arrays";

const { NaN: NAN, POSITIVE_INFINITY: INFINITY } = Number;
const NOTHING = new DataView(new ArrayBuffer(0));

describe("bytes from the kernel", () => {
  it("hold three losses, finite or not", () => {
    const numbers = { batch: 853.5, epoch: INFINITY, full: NAN };
    const { batch, epoch, full } = numbers;
    const bytes = pack({ batch: float64([batch]), epoch: float64([epoch]), full: float64([full]) });
    expect(decodeLosses(bytes)).toEqual(numbers);
  });

  it("that are missing are losses not known yet", () => {
    const bytes = pack({ batch: float64([1]) });
    expect(decodeLosses(bytes)).toEqual({ batch: 1, epoch: NAN, full: NAN });
    expect(decodeLosses(NOTHING)).toEqual({ batch: NAN, epoch: NAN, full: NAN });
  });

  it("hold the rows of the table", () => {
    const bytes = pack({
      epochs: float64([0, 1]),
      updates: float64([0, 5]),
      mean: float64([NAN, 4.25]),
      full: float64([8.5, NAN]),
    });
    expect(decodeTable(NOTHING)).toEqual([]);
    expect(decodeTable(bytes)).toEqual([
      { epoch: 0, update: 0, mean: NAN, full: 8.5 },
      { epoch: 1, update: 5, mean: 4.25, full: NAN },
    ]);
  });

  it("hold the columns of the curve", () => {
    const bytes = pack({
      ends: int32([2, 4]),
      low: float32([1.5, 0.5]),
      high: float32([3, INFINITY]),
    });
    expect(decodeCurve(bytes)).toEqual([
      { update: 2, min: 1.5, max: 3 },
      { update: 4, min: 0.5, max: INFINITY },
    ]);
    expect(decodeCurve(NOTHING)).toEqual([]);
  });
});

describe("the axis of the curve", () => {
  it("spans all finite losses by quarter decades, and at least one decade", () => {
    expect(
      logRange([
        { update: 1, min: 12, max: 900 },
        { update: 2, min: 50, max: INFINITY },
        { update: 3, min: NAN, max: NAN },
      ]),
    ).toEqual({ low: 1, high: 3 });
    const flat = logRange([{ update: 1, min: 100, max: 100 }]);
    expect(flat).toEqual({ low: 1.5, high: 2.5 });
  });

  it("is sound with no loss, or none above zero", () => {
    expect(logRange([])).toEqual({ low: 0, high: 1 });
    expect(logRange([{ update: 1, min: 0, max: 0 }])).toEqual({ low: 0, high: 1 });
  });

  it("has the largest loss on top, and zero on the bottom", () => {
    const range = { low: 0, high: 4 };
    expect([10_000, 100, 1, 0, INFINITY].map((loss) => heightOf(loss, range))).toEqual([
      0, 0.5, 1, 1, 0,
    ]);
  });

  it("is marked by at most five powers of ten", () => {
    expect(decadesIn({ low: 0.5, high: 3.25 })).toEqual([1, 2, 3]);
    expect(decadesIn({ low: -2, high: 38 })).toEqual([0, 10, 20, 30]);
    expect([-4, -2, 0, 4, 32].map(powerOfTen)).toEqual(["1e-4", "0.01", "1", "10,000", "1e32"]);
  });
});

describe("the path of the curve", () => {
  const range = { low: 0, high: 2 };

  it("goes along the largest losses and back along the least", () => {
    const columns = [
      { update: 5, min: 1, max: 100 },
      { update: 10, min: 10, max: 10 },
    ];
    expect(curvePath(columns, 10, range)).toBe("M500.0 0.0L1000.0 50.0L1000.0 50.0L500.0 100.0Z");
  });

  it("breaks where a loss was not finite, which is marked", () => {
    const columns = [1, 2, 3].map((update) => ({ update, min: 1, max: update === 2 ? NAN : 1 }));
    expect(curvePath(columns, 4, range).match(/M/g)).toHaveLength(2);
    expect(brokenAt(columns, 4)).toEqual([0.5]);
  });

  it("knows which column holds an update", () => {
    const columns = [4, 8].map((update) => ({ update, min: 1, max: 1 }));
    expect([0, 1, 4, 5, 8, 9].map((update) => columnOf(columns, update)?.update)).toEqual([
      undefined,
      4,
      4,
      8,
      8,
      undefined,
    ]);
  });
});
