import { describe, expect, it } from "vitest";
import { decodeCoefficients } from "../src/kernel/coefficients";
import { float64, pack } from "./arrays";
import { FEATURES, TARGET_NAMES } from "./crops";
import { updated } from "./descent";
import { coefficients, FLOOR } from "./insight";

const NAMES = { features: ["f", "g"], targets: ["p"] };

describe("weights and biases beside the best", () => {
  it("are taken apart by target and block", () => {
    const bytes = pack({
      now: float64([[1, 2, 3]]),
      best: float64([[7, 8, 9]]),
      scaled_now: float64([[4, 5, 6]]),
      scaled_best: float64([[10, 11, 12]]),
    });
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
    const one = float64([[1, 2]]);
    const bytes = pack({ now: one, best: one, scaled_now: one, scaled_best: one });
    expect(decodeCoefficients(bytes, {}).targets[0]?.target).toBe("0");
    expect(decodeCoefficients(bytes, NAMES).features).toEqual(["f"]);
  });

  it("are none where bytes are missing", () => {
    const none = { features: [], targets: [] };
    expect(decodeCoefficients(new DataView(new ArrayBuffer(0)), NAMES)).toEqual(none);
    expect(decodeCoefficients(pack({ now: float64([[1, 2, 3]]) }), NAMES)).toEqual(none);
  });

  it("of the crops have the certified best loss, where a gradient step leads nowhere", () => {
    expect(FLOOR).toBeCloseTo(0.9094, 4);
    const names = { features: FEATURES, targets: TARGET_NAMES };
    const start = { w: [[0, 0, 0], [0, 0, 0]], b: [0, 0] }; // biome-ignore format: two rows
    const { targets } = decodeCoefficients(pack(coefficients(start, true)), names);
    const best = {
      w: targets.map(({ best }) => best.slice(0, 3)),
      b: targets.map(({ best }) => best[3] ?? 0),
    };
    expect(best.b).toEqual([expect.closeTo(2.21, 1), expect.closeTo(-5.04, 1)]);
    const after = updated(best, [...Array(15).keys()], 1e-5);
    expect(after.w.flat()).toEqual(best.w.flat().map((x) => expect.closeTo(x, 5)));
  });
});
