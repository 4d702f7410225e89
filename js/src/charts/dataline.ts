/**
 * Data and line: rows as points, the model as a line, and where an update moves it (pure).
 *
 * With one feature this is the plain picture. With more it is the component-plus-residual plot: from each
 * target the part of the other features is taken away, as far as they differ from their means over the rows
 * shown. So the line is what the model predicts with the other features at their means, and the stick from a
 * point to it is the row's residual, exactly, however many features there are.
 */

export interface Line {
  /** In the table's units. */
  readonly slope: number;
  /** Where the feature has its mean. */
  readonly height: number;
}

export const heightAt = ({ slope, height }: Line, fromMean: number): number =>
  height + slope * fromMean;

export const meanOf = (numbers: readonly number[]): number =>
  numbers.reduce((sum, x) => sum + x, 0) / numbers.length;

export const minus = (a: Line, b: Line): Line => ({
  slope: a.slope - b.slope,
  height: a.height - b.height,
});

export const isFiniteLine = ({ slope, height }: Line): boolean => Number.isFinite(slope + height);

/** The units of a model's features: x' = (x − mean) / deviation, or x itself. */
export interface Units {
  readonly means: readonly number[];
  readonly deviations: readonly number[];
}

/** One target's weights, and its bias; or what they change by, or their gradient. */
export interface Parameters {
  readonly w: readonly number[];
  readonly b: number;
}

/**
 * The line of a model, feature by feature: its predictions where all other features have their means.
 *
 * `centre`: the features' means over the rows shown, in the table's units.
 */
export function lineOf(
  { w, b }: Parameters,
  feature: number,
  centre: readonly number[],
  units: Units,
): Line {
  const height = w.reduce(
    (sum, weight, k) => sum + weight * scaled(centre[k] ?? Number.NaN, k, units),
    b,
  );
  return { slope: (w[feature] ?? Number.NaN) / (units.deviations[feature] ?? 1), height };
}

const scaled = (x: number, k: number, { means, deviations }: Units) =>
  (x - (means[k] ?? 0)) / (deviations[k] ?? 1);

/** The rows' y for the picture: all but one feature's part taken away from the targets. */
export function pointsOf(
  line: Line,
  fromMean: readonly number[],
  targets: readonly number[],
  predictions: readonly number[],
): number[] {
  return targets.map((target, i) => {
    const y = heightAt(line, fromMean[i] ?? 0) - ((predictions[i] ?? Number.NaN) - target);
    return Number.isFinite(y) ? y : target;
  });
}

/** The line of the lowest loss for some points. */
export function bestLine(fromMean: readonly number[], y: readonly number[]): Line {
  const square = fromMean.reduce((sum, x) => sum + x * x, 0);
  const product = fromMean.reduce((sum, x, i) => sum + x * (y[i] ?? 0), 0);
  return { slope: square > 0 ? product / square : 0, height: meanOf(y) };
}

/** The mean squared distance of points from a line. */
export const lossOf = (line: Line, fromMean: readonly number[], y: readonly number[]): number =>
  meanOf(y.map((each, i) => (heightAt(line, fromMean[i] ?? 0) - each) ** 2));

/** The line through two heights, at two places beside the mean. */
export function through(
  left: readonly [fromMean: number, height: number],
  right: readonly [fromMean: number, height: number],
): Line {
  const slope = (right[1] - left[1]) / (right[0] - left[0]);
  return { slope, height: left[1] - slope * left[0] };
}

/** The weight and the bias that make a model's line another one; the other weights stay. */
export function parametersFor(
  wanted: Line,
  present: Line,
  { w, b }: Parameters,
  feature: number,
  centre: readonly number[],
  units: Units,
): { readonly weight: number; readonly bias: number } {
  const weight = wanted.slope * (units.deviations[feature] ?? 1);
  const moved = weight - (w[feature] ?? 0);
  const bias =
    b + (wanted.height - present.height) - moved * scaled(centre[feature] ?? 0, feature, units);
  return { weight, bias };
}

/** An arrow straight up or down, for a path: no longer than its head, it is a head alone. */
export function arrow(x: number, from: number, to: number): string {
  const size = Math.min(7, Math.abs(to - from));
  const back = to + (to < from ? size : -size);
  const at = (y: number) => y.toFixed(2);
  return `M${at(x)} ${at(from)}V${at(to)}M${at(x - size * 0.7)} ${at(back)}L${at(x)} ${at(to)}L${at(x + size * 0.7)} ${at(back)}`;
}
