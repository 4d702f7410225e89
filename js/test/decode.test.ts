import { describe, expect, it } from "vitest";
import { decodeCurves, decodeLosses, decodeOthers, decodeTable } from "../src/kernel/decode";
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

  it("hold the curves of the run", () => {
    const bytes = pack({
      ends: int32([2, 4]),
      low: float32([1.5, 0.5]),
      high: float32([3, INFINITY]),
      mean: float32([2, 0.5]),
      epoch_ends: int32([4]),
      epoch: float32([1.25]),
      full_ends: int32([0, 4]),
      full: float32([9, 1]),
    });
    expect(decodeCurves(bytes)).toEqual({
      batch: [
        { update: 2, min: 1.5, max: 3 },
        { update: 4, min: 0.5, max: INFINITY },
      ],
      mean: { x: [2, 4], y: [2, 0.5] },
      epoch: { x: [4], y: [1.25] },
      full: { x: [0, 4], y: [9, 1] },
    });
    const nothing = { x: [], y: [] };
    expect(decodeCurves(NOTHING)).toEqual({
      batch: [],
      mean: nothing,
      epoch: nothing,
      full: nothing,
    });
  });

  it("hold the curves of branches and kept runs, one after the other", () => {
    const lines = [
      { name: "", colour: "", start: 2, points: 1 },
      { name: "slow", colour: "#7b3fa0", start: 0, points: 2 },
    ];
    const bytes = pack({ ends: int32([5, 0, 9]), losses: float32([1, 8, 4]) });
    expect(decodeOthers(lines, bytes)).toEqual([
      { name: "", colour: "", x: [5], y: [1] },
      { name: "slow", colour: "#7b3fa0", x: [0, 9], y: [8, 4] },
    ]);
    expect(decodeOthers([], NOTHING)).toEqual([]);
    expect(decodeOthers(lines, NOTHING).map(({ x }) => x)).toEqual([[], []]);
  });
});
