import { describe, expect, it } from "vitest";
import { bestPossible, distance } from "../src/best";

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

  it("is no factor where the best possible is 0, or what rounding leaves of it", () => {
    expect(distance(3, 0)).toBe("the best possible is 0");
    expect(distance(1e-13, 1e-31)).toBe("the best possible is 0");
    expect(distance(0, 0)).toBe("the best possible");
    expect(bestPossible(1e-31, 1e-13)).toBe(0);
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
    expect(bestPossible(-1, 3)).toBeNaN();
    expect(bestPossible(0.9, Number.NaN)).toBe(0.9);
  });
});
