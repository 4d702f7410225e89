import { describe, expect, it } from "vitest";
import type { Range } from "../src/charts/axis";
import { withRole } from "../src/state/paste";
import {
  added,
  moved,
  PATTERNS,
  patternOf,
  placed,
  removed,
  titleOf,
} from "../src/tabs/line/points";

const POINTS = [
  { x: 1, y: 2, row: 0 },
  { x: 3, y: 4, row: 1 },
];

describe("points that are drawn", () => {
  it.each([
    [3.614159, [0, 10], 3.61],
    [-3.614159, [-5, 5], -3.61],
    [1234.56, [0, 3000], 1230],
    [123_456, [0, 900_000], 123_000],
    [0.000123456, [0, 0.001], 0.000123],
    [7, [6.9, 7.1], 7],
  ] as [number, Range, number][])(
    "have no more digits than a hand means: %f in %o",
    (value, range, wanted) => {
      expect(placed(value, range)).toBe(wanted);
    },
  );

  it("stay within a pixel or two of the hand", () => {
    for (const span of [0.003, 1, 29, 31, 7e5]) {
      for (let share = 0; share <= 1; share += 0.0371) {
        const value = -span + 3 * span * share;
        expect(Math.abs(placed(value, [-span, 2 * span]) - value)).toBeLessThan((3 * span) / 300);
      }
    }
  });

  it("are added, moved and removed; the others stay what they were", () => {
    expect(added(POINTS, 5, 6)).toEqual([...POINTS, { x: 5, y: 6, row: -1 }]);
    expect(moved(POINTS, 1, 7, 8)).toEqual([POINTS[0], { x: 7, y: 8, row: 1 }]);
    expect(removed(POINTS, 0)).toEqual([POINTS[1]]);
  });
});

/** The line of the lowest loss, and how much it explains. */
function fitted(points: readonly { readonly x: number; readonly y: number }[]) {
  const mean = (numbers: readonly number[]) => numbers.reduce((a, b) => a + b, 0) / numbers.length;
  const [x, y] = [mean(points.map((p) => p.x)), mean(points.map((p) => p.y))];
  const sum = (each: (p: { x: number; y: number }) => number) =>
    points.reduce((total, p) => total + each(p), 0);
  const [xx, xy, yy] = [
    sum((p) => (p.x - x) ** 2),
    sum((p) => (p.x - x) * (p.y - y)),
    sum((p) => (p.y - y) ** 2),
  ];
  return { slope: xy / xx, r2: xy ** 2 / (xx * yy) };
}

describe("patterns to start from", () => {
  it.each(PATTERNS)("are the same each time, finite, and have a title: %s", (pattern) => {
    const points = patternOf(pattern);
    expect(points.length).toBeGreaterThan(15);
    expect(points).toEqual(patternOf(pattern));
    for (const { x, y, row } of points) {
      expect(Number.isFinite(x + y)).toBe(true);
      expect(row).toBe(-1);
    }
    expect(titleOf(pattern)).toMatch(/^(A|An|Two) /);
  });

  it("show what they are called", () => {
    const line = patternOf("line");
    expect(fitted(line).r2).toBeGreaterThan(0.8);
    expect(fitted(line).r2).toBeLessThan(0.99);
    const outlier = patternOf("outlier");
    const off = outlier.filter((point, i) => point.y !== line[i]?.y);
    expect(off).toHaveLength(1);
    expect(fitted(outlier).slope).toBeLessThan(fitted(line).slope - 0.1);
    const groups = patternOf("groups");
    const [left, right] = [groups.filter(({ x }) => x < 5), groups.filter(({ x }) => x > 5)];
    expect(fitted(left).slope).toBeLessThan(-0.3);
    expect(fitted(right).slope).toBeLessThan(-0.3);
    expect(fitted(groups).slope).toBeGreaterThan(0.3);
    const curve = patternOf("curve");
    const [start, end] = [curve.slice(0, 10), curve.slice(10)];
    expect(fitted(end).slope).toBeGreaterThan(2 * fitted(start).slope);
  });
});

const COLUMNS = (["feature", "target", "names", "out"] as const).map((role) => ({
  role,
  words: role === "names",
}));

describe("the parts of columns", () => {
  it("a target takes the place of another one, unless several are wanted", () => {
    expect(withRole(COLUMNS, 0, "target", false)).toEqual(["target", "feature", "names", "out"]);
    expect(withRole(COLUMNS, 0, "target", true)).toEqual(["target", "target", "names", "out"]);
  });

  it("only one column names the rows; one of words does nothing then", () => {
    expect(withRole(COLUMNS, 0, "names", true)).toEqual(["names", "target", "out", "out"]);
  });

  it("all other parts are the column's own", () => {
    expect(withRole(COLUMNS, 3, "feature", false)).toEqual([
      "feature",
      "target",
      "names",
      "feature",
    ]);
    expect(withRole(COLUMNS, 2, "encode", false)).toEqual(["feature", "target", "encode", "out"]);
  });
});
