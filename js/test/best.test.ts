import { describe, expect, it } from "vitest";
import { bestPossible, distance } from "../src/text/best";

describe("the distance to the best possible loss", () => {
  it.each([
    [96.4, 0.9094, "still 106 times the best possible"],
    [8310.67, 0.9094, "still 9,139 times the best possible"],
    [2.4, 1, "still 2.4 times the best possible"],
    [1.2, 1, "1.2 times the best possible"],
    [1.012, 1, "1.01 times the best possible"],
    [1.004, 1, "the best possible"],
    [0.999, 1, "the best possible"],
    [3e7, 2, "still 1.5e7 times the best possible"],
  ])("of %f from %f is: %s", (loss, floor, words) => {
    expect(distance(loss, floor)).toBe(words);
  });

  it("is no factor where a page saved long ago says that the best possible is 0", () => {
    expect(distance(3, 0)).toBe("the best possible is 0");
    expect(distance(0, 0)).toBe("the best possible");
  });

  it("is a factor of what 32-bit numbers reach, on a perfect line too, and never below 1", () => {
    expect(bestPossible(1.34e-12)).toBe(1.34e-12);
    expect(distance(134, 1.34e-12)).toBe("still 1e14 times the best possible");
    expect(distance(8.53e-13, 1.34e-12)).toBe("the best possible");
    expect(distance(0, 1.34e-12)).toBe("the best possible");
  });

  it("is a factor where both are small", () => {
    expect(distance(3e-20, 1e-20)).toBe("still 3 times the best possible");
  });

  it("is not told of what is no number, nor where the best is not known", () => {
    expect([Number.NaN, Number.POSITIVE_INFINITY].map((loss) => distance(loss, 1))).toEqual([
      "",
      "",
    ]);
    expect(distance(3, -1)).toBe("");
    expect(bestPossible(-1)).toBeNaN();
  });
});
