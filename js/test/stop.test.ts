import { describe, expect, it } from "vitest";
import { readStop, stopNote, stopOf, stopTraits } from "../src/text/stop";

describe("when a run stops by itself", () => {
  it("is one of three choices, and back to traits", () => {
    expect(stopOf({ stop_within: null, stop_patience: null })).toBe("end");
    for (const [stop, value] of [
      ["end", 0],
      ["near", 1.1],
      ["flat", 10],
    ] as const) {
      const traits = stopTraits(stop, value);
      expect(stopOf(traits)).toBe(stop);
      expect(Object.values(traits).filter((each) => each !== null)).toEqual(value ? [value] : []);
    }
  });

  it("takes a factor above 1, and whole epochs", () => {
    expect([readStop("near", "1.05"), readStop("near", "3"), readStop("flat", "1")]).toEqual([
      1.05, 3, 1,
    ]);
  });

  it.each([
    ["near", "1"],
    ["near", "0.9"],
    ["near", "1e999"],
    ["flat", "0"],
    ["flat", "2.5"],
    ["flat", "soon"],
  ] as const)("refuses %s %s in a sentence that names it", (stop, text) => {
    expect(readStop(stop, text)).toContain(`“${text}”`);
  });

  it("is said with its number", () => {
    expect(stopNote("near", 1.1)).toContain("at 1.1 times the best possible");
    expect(stopNote("flat", 10)).toContain("10 epochs");
    expect(stopNote("flat", 1)).toContain("1 epoch without");
  });
});
