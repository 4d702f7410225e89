import { describe, expect, it } from "vitest";
import { decodeCoefficients } from "../src/kernel/coefficients";
import { FEATURES, TARGET_NAMES } from "./crops";
import { updated } from "./descent";
import { coefficients, FLOOR } from "./insight";
import { float64 } from "./kernel";

const NAMES = { features: ["f", "g"], targets: ["p"] };

describe("weights and biases beside the best", () => {
  it("are taken apart by target and block", () => {
    const bytes = float64([1, 2, ...[1, 2, 3], ...[4, 5, 6], ...[7, 8, 9], ...[10, 11, 12]]);
    expect(decodeCoefficients(bytes, NAMES)).toEqual({
      features: ["f", "g"],
      targets: [
        {
          target: "p",
          now: [1, 2, 3],
          scaledNow: [4, 5, 6],
          best: [7, 8, 9],
          scaledBest: [10, 11, 12],
        },
      ],
    });
  });

  it("have numbers for names that were not sent, and leave out names beyond the numbers", () => {
    const bytes = float64([1, 1, ...[1, 2], ...[1, 2], ...[1, 2], ...[1, 2]]);
    expect(decodeCoefficients(bytes, {}).targets[0]?.target).toBe("0");
    expect(decodeCoefficients(bytes, NAMES).features).toEqual(["f"]);
  });

  it("are none where bytes are missing", () => {
    for (const numbers of [[], [1], [1, 2], [1, 1, 1, 2, 3], [Number.NaN, 3]]) {
      expect(decodeCoefficients(float64(numbers), NAMES)).toEqual({ features: [], targets: [] });
    }
  });

  it("of the crops have the certified best loss, where a gradient step leads nowhere", () => {
    expect(FLOOR).toBeCloseTo(0.9094, 4);
    const names = { features: FEATURES, targets: TARGET_NAMES };
    const start = { w: [[0, 0, 0], [0, 0, 0]], b: [0, 0] }; // biome-ignore format: two rows
    const { targets } = decodeCoefficients(float64(coefficients(start, true)), names);
    const best = {
      w: targets.map(({ best }) => best.slice(0, 3)),
      b: targets.map(({ best }) => best[3] ?? 0),
    };
    expect(best.b).toEqual([expect.closeTo(2.21, 1), expect.closeTo(-5.04, 1)]);
    const after = updated(best, [...Array(15).keys()], 1e-5);
    expect(after.w.flat()).toEqual(best.w.flat().map((x) => expect.closeTo(x, 5)));
  });
});
