import { describe, expect, it } from "vitest";
import {
  epochScale,
  positionOf,
  rateScale,
  type Scale,
  SPEEDS,
  stepped,
  valueAt,
  zoneOf,
  zones,
} from "../src/text/scales";
import { comparison, readEntry, readEpochs, readRate, readSpeed } from "../src/text/settings";
import { LIMIT, WORST } from "./crops";

const ascending = (scale: Scale) =>
  scale.every((value, index) => index === 0 || value > (scale[index - 1] as number));

describe("the learning rates of the slider", () => {
  it("reach from far below the largest stable rate to above it, in whole decades", () => {
    const scale = rateScale(LIMIT, 1e-5);
    expect(scale[0]).toBe(1e-9);
    expect(scale.at(-1)).toBe(1e-2);
    expect(ascending(scale)).toBe(true);
  });

  it("hold 1, 2 and 5 of each decade, to the last bit", () => {
    expect(rateScale(LIMIT, 1e-5)).toEqual(expect.arrayContaining([1e-6, 2e-6, 5e-6, 3e-7, 8e-5]));
  });

  it.each([1e-300, 1e-12, 1e-9, 0.3, 40, 1e300])("always reach the present rate %f", (present) => {
    const scale = rateScale(LIMIT, present);
    expect(scale[0]).toBeLessThanOrEqual(present);
    expect(scale.at(-1)).toBeGreaterThanOrEqual(present);
  });

  it.each([0, Number.NaN, Number.POSITIVE_INFINITY])("do without a limit (%f)", (limit) => {
    const scale = rateScale(limit, 1e-5);
    expect([scale[0], scale.at(-1)]).toEqual([1e-9, 1e-1]);
  });
});

describe("the epochs of the slider", () => {
  it("are whole numbers from 1 to 10,000, or more where there are more", () => {
    const scale = epochScale(50);
    expect([scale[0], scale.at(-1)]).toEqual([1, 10_000]);
    expect(scale.every(Number.isInteger) && ascending(scale)).toBe(true);
    expect(epochScale(25_000).at(-1)).toBe(100_000);
  });
});

describe("positions", () => {
  const scale = rateScale(LIMIT, 1e-5);

  it("lead to a value and back", () => {
    for (const each of [scale, epochScale(50), SPEEDS]) {
      each.forEach((value, index) => {
        expect(positionOf(each, value)).toBe(index);
        expect(valueAt(each, index)).toBe(value);
      });
    }
  });

  it("of other values lie between", () => {
    expect(positionOf([1, 10, 100], Math.sqrt(10))).toBeCloseTo(0.5);
    expect(positionOf(SPEEDS, 5000)).toBe(SPEEDS.length - 1.5);
  });

  it("beyond the ends are the ends", () => {
    expect(positionOf(scale, 1e-20)).toBe(0);
    expect(positionOf(scale, 1e20)).toBe(scale.length - 1);
    expect(valueAt(scale, -5)).toBe(1e-9);
    expect(valueAt(scale, 1e9)).toBe(1e-2);
  });

  it("go on by keys to the next good value, from between as well", () => {
    expect(stepped(scale, 1e-5, 1)).toBe(1.2e-5);
    expect(stepped(scale, 1e-5, -1)).toBe(8e-6);
    expect(stepped(scale, 1e-5, 10)).toBe(1e-4);
    expect(stepped(scale, 1.1155e-4, 1)).toBe(1.2e-4);
    expect(stepped(scale, 1.1155e-4, -1)).toBe(1e-4);
    expect(stepped(SPEEDS, 1000, 1)).toBe(Number.POSITIVE_INFINITY);
  });
});

describe("a rate beside the largest stable one", () => {
  it("is slow, good, risky or divergent", () => {
    const rates = [1e-6, 1e-5, WORST, 7e-5, LIMIT, 1.2e-4];
    expect(rates.map((rate) => zoneOf(rate, LIMIT, WORST))).toEqual([
      "slow",
      "good",
      "good",
      "risky",
      "risky",
      "divergent",
    ]);
    expect(zoneOf(1e-5, 0, 0)).toBeNull();
  });

  it.each([
    ["no batch is known to be worse", 0, [0.03, 0.9]],
    ["the worst batch is as good as all", 1, [0.03, 0.9]],
    ["the worst batch is somewhat worse", 0.62, [0.03, 0.62]],
    ["the worst batch is far worse", 0.01, [0.003, 0.01]],
  ])("has zones in order where %s", (_, worst, [slow, good]) => {
    expect(zones(2, 2 * worst)).toEqual([
      ["slow", expect.closeTo(2 * (slow ?? 0))],
      ["good", expect.closeTo(2 * (good ?? 0))],
      ["risky", 2],
      ["divergent", Number.POSITIVE_INFINITY],
    ]);
  });

  it("is compared in words", () => {
    expect(comparison(1e-5, LIMIT)).toBe("1e-5 is 9% of the largest stable rate, 1.12e-4");
    expect(comparison(3e-4, LIMIT)).toBe("3e-4 is 2.7 times the largest stable rate, 1.12e-4");
    expect(comparison(1.001 * LIMIT, LIMIT)).toMatch(/ is just above the largest stable rate, /);
    expect(comparison(1.2 * LIMIT, LIMIT)).toMatch(/ is 1\.2 times the /);
    expect(comparison(LIMIT, LIMIT)).toMatch(/ is 100% of the /);
    expect(comparison(1e4, LIMIT)).toMatch(/^10000 is 9e7 times the /);
  });
});

describe("a number field", () => {
  it("takes what is sound", () => {
    expect([readRate("1e-5"), readEpochs("1,000"), readSpeed("2.5")]).toEqual([1e-5, 1000, 2.5]);
    expect(readSpeed("Full")).toBe(Number.POSITIVE_INFINITY);
    expect([readEntry("−2e-3"), readEntry("0")]).toEqual([-2e-3, 0]);
  });

  it.each([
    [readRate, "fast"],
    [readRate, "0"],
    [readRate, "-1e-5"],
    [readRate, "1e999"],
    [readEpochs, "2.5"],
    [readEpochs, "0"],
    [readEpochs, "1e300"],
    [readSpeed, "0"],
    [readSpeed, "quick"],
    [readEntry, "a half"],
    [readEntry, "1e39"],
  ])("%o refuses %s in a sentence that names it", (read, text) => {
    expect(read(text)).toContain(`“${text}”`);
  });
});
