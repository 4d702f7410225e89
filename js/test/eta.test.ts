import { describe, expect, it } from "vitest";
import { pace, type Sample, timeLeft, withSample } from "../src/text/eta";

const steady = (seconds: number, perSecond: number, every: number): readonly Sample[] => {
  let samples: readonly Sample[] = [];
  for (let time = 0; time <= seconds; time += every) {
    samples = withSample(samples, { time, update: Math.round(time * perSecond) });
  }
  return samples;
};

describe("the pace of a run", () => {
  it.each([
    [3, 14_000, 0.01],
    [20, 500, 0.05],
    [8, 1, 1],
  ])("over %f s at %f updates a second is that", (seconds, perSecond, every) => {
    expect(pace(steady(seconds, perSecond, every))).toBeCloseTo(perSecond, -Math.log10(perSecond));
  });

  it("is not known from too little", () => {
    expect(pace([])).toBeNull();
    expect(pace(steady(0.3, 1000, 0.05))).toBeNull();
    expect(pace(steady(5, 0, 0.5))).toBeNull();
  });

  it("needs few samples, however often the page hears", () => {
    expect(steady(60, 14_000, 0.005).length).toBeLessThan(200);
  });

  it("starts anew when the run is wound back", () => {
    const samples = steady(3, 100, 0.1);
    expect(withSample(samples, { time: 3.1, update: 0 })).toEqual([{ time: 3.1, update: 0 }]);
  });
});

it.each([
  [100, null, ""],
  [0, 100, ""],
  [50, 100, "less than 1 s left"],
  [450, 100, "about 5 s left"],
  [1234, 100, "about 12 s left"],
  [5_900, 100, "about 1 min left"],
  [15_000, 100, "about 3 min left"],
  [900_000, 100, "about 2.5 h left"],
  [100e6, 100, "about 12 days left"],
])("%i updates at %s a second: %s", (updates, perSecond, words) => {
  expect(timeLeft(updates, perSecond)).toBe(words);
});
