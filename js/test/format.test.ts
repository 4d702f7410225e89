import { describe, expect, it } from "vitest";
import {
  count,
  factor,
  meant,
  measured,
  percent,
  rate,
  ticksSaid,
  typed,
} from "../src/text/format";

describe("a measured number", () => {
  it.each([
    [853.4567, "853.5"],
    [4363.1, "4,363"],
    [634, "634.0"],
    [20988.4, "20,988"],
    [9999.96, "10,000"],
    [999_999.4, "1.000e6"],
    [0.90944, "0.9094"],
    [-0.2588, "−0.2588"],
    [-3237.4, "−3,237"],
    [1, "1.000"],
    [0, "0"],
  ])("%f is shown with at least four significant digits as %s", (x, shown) => {
    expect(measured(x)).toBe(shown);
  });

  it.each([
    [1234567, "1.235e6"],
    [0.00012346, "1.235e−4"],
    [-2.5e-10, "−2.500e−10"],
    [3.4e38, "3.400e38"],
  ])("%f, very large or small, is shown as %s", (x, shown) => {
    expect(measured(x)).toBe(shown);
  });

  it("says what is not finite", () => {
    expect([Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, Number.NaN].map(measured)).toEqual([
      "∞",
      "−∞",
      "NaN",
    ]);
  });
});

describe("ticks", () => {
  it.each([
    [[0, 5000, 10_000], "0 5,000 10,000"],
    [[-0.5, 0, 0.5], "−0.5 0 0.5"],
    [[2000, 2000.2, 2000.4], "2,000.0 2,000.2 2,000.4"],
    [[-2000.5, -2000, -1999.5], "−2,000.5 −2,000.0 −1,999.5"],
    [[99.99, 99.995, 100], "99.990 99.995 100.000"],
    [[1_234_567, 1_234_568], "1,234,567 1,234,568"],
    [[1_500_000, 2_000_000], "1.5e6 2e6"],
    [[2000.5], "2,001"],
    [[], ""],
  ])("%j are told apart as %s", (ticks, said) => {
    const texts = ticksSaid(ticks).map(({ text }) => text);
    expect(texts.join(" ")).toBe(said);
  });

  it.each([1e-30, 1e-7, 1, 1e7, 1e12, 3e38])("are told apart at %d, however near", (size) => {
    for (const share of [1, 1e-2, 1e-4, 1e-6]) {
      const ticks = [0, 1, 2, 3].map((k) => size * (1 + k * share));
      expect(new Set(ticksSaid(ticks).map(({ text }) => text)).size).toBe(4);
    }
  });
});

describe("a rate", () => {
  it.each([
    [1e-5, "1e-5"],
    [1.1155e-4, "1.1155e-4"],
    [0.01, "1e-2"],
    [0.05, "0.05"],
    [1.007, "1.007"],
    [3 * 0.1, "0.3"],
    [1e7, "1e7"],
  ])("%f reads %s, as one types it", (x, shown) => {
    expect(rate(x)).toBe(shown);
    expect(typed(shown)).toBeCloseTo(x, 12);
  });

  it("is rounded on request", () => expect(rate(1.1155e-4, 2)).toBe("1.1e-4"));
});

it("a whole number is written with its thousands apart", () => {
  expect(count(1e6)).toBe("1,000,000");
});

it.each([
  [0, "0%"],
  [0.00896, "0.9%"],
  [0.0896, "9%"],
  [0.62, "62%"],
  [1.234, "123%"],
  [1e-6, "less than 0.01%"],
])("a share of %f is %s", (share, shown) => {
  expect(percent(share)).toBe(shown);
});

describe("what is typed", () => {
  it.each([
    ["1e-5", 1e-5],
    [" 0.001 ", 1e-3],
    [".5", 0.5],
    ["1,000", 1000],
    ["12 345", 12345],
    ["1,234,567", 1234567],
    ["−3", -3],
    ["1E2", 100],
  ])("%s is the number %f", (text, value) => expect(typed(text)).toBe(value));

  it.each(["", "fast", "1e", "1,5", "0x10", "1e-5 or so", "Infinity", "1,00,000", "--1"])(
    "%s is no number",
    (text) => expect(typed(text)).toBeNaN(),
  );
});

describe("how many times as much", () => {
  it.each([
    [1.0149, "1.01"],
    [1.1, "1.1"],
    [2.69, "2.7"],
    [36.4, "36"],
    [105.6, "106"],
    [9138.6, "9,139"],
    [999_999, "1e6"],
    [12_345_678, "1.2e7"],
  ])("%f is said as %s", (x, words) => expect(factor(x)).toBe(words));
});

describe("what is typed on other keyboards", () => {
  it.each([
    ["1 000", 1000],
    ["1\u00a0000", 1000],
    ["1\u202f000.5", 1000.5],
    ["1'000'000", 1e6],
    ["1’000", 1000],
    ["1_000", 1000],
    ["1,000.5", 1000.5],
    ["１２", 12],
    ["－０．５", -0.5],
    ["−0.5", -0.5],
    ["–0.5", -0.5],
    [" 1e-5 ", 1e-5],
    ["1 e −5", 1e-5],
  ])("%s is taken as %f", (text, value) => expect(typed(text)).toBe(value));

  it.each([
    ["1,5e-3", 1.5e-3],
    ["0,84", 0.84],
    ["0,840", 0.84],
    ["-0,5", -0.5],
    ["1.000,5", 1000.5],
    ["1 000,5", 1000.5],
    ["10%", 0.1],
    ["0,5 %", 0.005],
    ["½", 0.5],
    ["1/4", 0.25],
    ["2·10^-3", 2e-3],
    ["10**-5", 1e-5],
    ["1,5×10^-3", 1.5e-3],
    ["2·10⁻³", 2e-3],
    ["10³", 1000],
  ])("%s is not taken, and probably means %f", (text, value) => {
    expect(typed(text)).toBeNaN();
    expect(meant(text)).toBe(value);
  });

  it.each([
    "",
    "abc",
    "1,2,3",
    "1½",
    "5²",
    "3¹⁰",
    "1,00,000",
    "1.2.3",
    "1e",
    "%",
    "--1",
    "1,000'000",
  ])("of %s nobody knows", (text) => {
    expect(typed(text)).toBeNaN();
    expect(meant(text)).toBeNaN();
  });
});
