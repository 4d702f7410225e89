import { describe, expect, it } from "vitest";
import { grown, pixelOf, rangeOf, ticksOf, widened } from "../src/charts/axis";
import {
  arrow,
  bestLine,
  heightAt,
  type Line,
  lineOf,
  lossOf,
  meanOf,
  parametersFor,
  pointsOf,
  through,
} from "../src/charts/dataline";
import { FEATURES, INPUTS, TARGETS } from "./crops";
import { firstWeights } from "./descent";

const PLAIN = { means: [], deviations: [] };
const { w, b } = firstWeights(0);
const OWN = { w: w[0] ?? [], b: b[0] ?? 0 };
const COLUMNS = FEATURES.map((_, k) => INPUTS.map((row) => Number(row[k])));
const CENTRE = COLUMNS.map(meanOf);
const Y = TARGETS.map((row) => Number(row[0]));
const predict = (x: readonly number[], own = OWN) =>
  own.w.reduce((sum, weight, k) => sum + weight * (x[k] ?? 0), own.b);
const PREDICTIONS = INPUTS.map((row) => predict(row));
const fromMean = (k: number) => (COLUMNS[k] ?? []).map((x) => x - (CENTRE[k] ?? 0));

describe("the line of a model", () => {
  it("is its prediction where the other features have their means", () => {
    for (const feature of [0, 1, 2]) {
      const line = lineOf(OWN, feature, CENTRE, PLAIN);
      const at = CENTRE.map((mean, k) => (k === feature ? 100 : mean));
      expect(heightAt(line, 100 - (CENTRE[feature] ?? 0))).toBeCloseTo(predict(at), 9);
      expect(line.height).toBeCloseTo(meanOf(PREDICTIONS), 9);
    }
  });

  it("is the same in the table's units where the features are scaled", () => {
    const units = { means: [80, 80, 50], deviations: [10, 30, 12] };
    const scaled = {
      w: OWN.w.map((weight, k) => weight * (units.deviations[k] ?? 1)),
      b: OWN.b + OWN.w.reduce((sum, weight, k) => sum + weight * (units.means[k] ?? 0), 0),
    };
    const [one, other] = [lineOf(OWN, 1, CENTRE, PLAIN), lineOf(scaled, 1, CENTRE, units)];
    expect(other.slope).toBeCloseTo(one.slope, 9);
    expect(other.height).toBeCloseTo(one.height, 9);
  });

  it.each([0, 1, 2])("has each residual of all features as its stick, feature %i", (feature) => {
    const line = lineOf(OWN, feature, CENTRE, PLAIN);
    const points = pointsOf(line, fromMean(feature), Y, PREDICTIONS);
    points.forEach((y, i) => {
      const stick = heightAt(line, fromMean(feature)[i] ?? 0) - y;
      expect(stick).toBeCloseTo((PREDICTIONS[i] ?? 0) - (Y[i] ?? 0), 9);
    });
    const square = meanOf(PREDICTIONS.map((p, i) => (p - (Y[i] ?? 0)) ** 2));
    expect(lossOf(line, fromMean(feature), points)).toBeCloseTo(square, 6);
  });

  it("shows targets as they are where a residual is not finite", () => {
    const line = { slope: 1, height: 0 };
    expect(pointsOf(line, [0, 1], [5, 6], [Number.NaN, 1])).toEqual([5, 6]);
  });
});

describe("a line drawn by hand", () => {
  const wanted: Line = through([-40, 20], [60, 120]);

  it("goes through both ends", () => {
    expect(heightAt(wanted, -40)).toBeCloseTo(20, 12);
    expect(heightAt(wanted, 60)).toBeCloseTo(120, 12);
  });

  it.each([
    ["as they are", PLAIN],
    ["scaled", { means: [80, 85, 50], deviations: [10, 30, 12] }],
  ])("is had by one weight and the bias, features %s", (_, units) => {
    const present = lineOf(OWN, 1, CENTRE, units);
    const { weight, bias } = parametersFor(wanted, present, OWN, 1, CENTRE, units);
    const made = { w: [OWN.w[0] ?? 0, weight, OWN.w[2] ?? 0], b: bias };
    const line = lineOf(made, 1, CENTRE, units);
    expect(line.slope).toBeCloseTo(wanted.slope, 12);
    expect(line.height).toBeCloseTo(wanted.height, 9);
  });
});

describe("the best line", () => {
  it("has the lowest loss for the points", () => {
    const x = fromMean(1);
    const best = bestLine(x, Y);
    const least = lossOf(best, x, Y);
    for (const [slope, height] of [
      [0.01, 0],
      [-0.01, 0],
      [0, 0.5],
      [0, -0.5],
    ] as const)
      expect(
        lossOf({ slope: best.slope + slope, height: best.height + height }, x, Y),
      ).toBeGreaterThan(least);
  });

  it("is level where a feature is constant", () => {
    expect(bestLine([0, 0], [2, 4])).toEqual({ slope: 0, height: 3 });
  });
});

describe("axes", () => {
  it("have round ticks within their range", () => {
    expect(ticksOf([0, 10], 5)).toEqual([0, 2, 4, 6, 8, 10]);
    expect(ticksOf([-0.13, 0.31], 5)).toEqual([-0.1, 0, 0.1, 0.2, 0.3]);
    expect(ticksOf([9e9, 9.1e9], 3).length).toBeGreaterThan(1);
  });

  it("have a length, whatever they are to show", () => {
    expect(rangeOf([3, 3])).toEqual([1.5, 4.5]);
    expect(rangeOf([0])).toEqual([-1, 1]);
    expect(rangeOf([Number.NaN, Number.POSITIVE_INFINITY])).toEqual([0, 1]);
    expect(rangeOf([Number.NaN, 2, 6])).toEqual([2, 6]);
    expect(widened([0, 10], 0.1)).toEqual([-1, 11]);
  });

  it("stay while what they show moves a little, and grow in steps, to a bound", () => {
    const base = [0, 100] as const;
    expect(grown(base, [10, 90])).toEqual([0, 100]);
    expect(grown(base, [-5, 90])).toEqual(grown(base, [-15, 80]));
    expect(grown(base, [-5, 90])).toEqual([-25, 100]);
    expect(grown(base, [50, 1e9])).toEqual([0, 400]);
    expect(grown(base, [Number.NaN])).toEqual([0, 100]);
  });

  it("place what is far outside near enough to be drawn", () => {
    expect(pixelOf([0, 10], 100, 5)).toBe(50);
    expect(pixelOf([0, 10], 100, 1e30)).toBe(1e4);
    expect(pixelOf([0, 10], 100, -1e30)).toBe(-1e4);
  });
});

describe("an arrow", () => {
  it("has its tip where the line goes, up or down", () => {
    expect(arrow(50, 100, 60)).toBe("M50.00 100.00V60.00M45.10 67.00L50.00 60.00L54.90 67.00");
    expect(arrow(50, 60, 100)).toMatch(/^M50.00 60.00V100.00M45.10 93.00L/);
  });

  it("is no longer than the move", () => {
    expect(arrow(0, 10, 9)).toBe("M0.00 10.00V9.00M-0.70 10.00L0.00 9.00L0.70 10.00");
  });
});
