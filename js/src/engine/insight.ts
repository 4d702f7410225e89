/**
 * What the data say before any training: how good a fit can get, and how fast one may learn (pure).
 *
 * In float64, as insight.py and leastsquares.py, where the reasons and the sources stand. The loss is a bowl.
 * With Z = [X 1], its Hessian has the same block for each target, 2 / (n t) · ZᵀZ.
 */

import { ROUNDINGS_OF_NUMBER, ROUNDINGS_OF_PREDICTION } from "../kernel/contract";
import { columnsOf, type Scale, scaling, type Table } from "./batches";

type Vector = Float64Array;

const EPSILON = 2 ** -23; // of float32
const TINY = 2 ** -126; // the smallest normal float32
const HALF_ULP = EPSILON / 2;
const MOST_SWEEPS = 40;
const PLAIN: Scale = { mean: new Float64Array(), std: new Float64Array() };

/** The w (t, d) and b (t,) with the lowest loss, target by target. */
export interface LeastSquares {
  readonly w: readonly Vector[];
  readonly b: readonly number[];
  /** The mean squared residual of each target. */
  readonly targetLosses: readonly number[];
  readonly loss: number;
  /** Each feature that depends on others, and these; none for a constant one. */
  readonly dependent: ReadonlyMap<number, readonly number[]>;
}

/** What no setting changes. */
interface Facts {
  readonly scale: Scale;
  readonly best: LeastSquares;
  /** The number of features that are neither constant nor a combination of others. */
  readonly rank: number;
  /** The mean squared distance of each target from its mean. */
  readonly variances: readonly number[];
  /** The targets' means. */
  readonly centers: readonly number[];
  /** In the table's units, or in those of the scaled features. */
  units(standardize: boolean): Units;
}

interface Units {
  /** The eigenvalues of the loss's Hessian for one target, steepest first, (d + 1,); 0: flat. */
  readonly curvatures: Vector;
  /** Their eigenvectors, weights, then bias; none for flat directions. */
  readonly directions: readonly Vector[];
  /** The sums of |[x 1]|² over the longest rows, by how many. */
  readonly longest: Vector;
  /** The size of each feature, as a root of its mean square. */
  readonly sizes: Vector;
}

export interface Insight extends Pick<Units, "curvatures" | "directions"> {
  readonly table: Table;
  readonly batchSize: number;
  readonly standardize: boolean;
  readonly scale: Scale;
  readonly rank: number;
  readonly variances: readonly number[];
  /** The loss of always predicting each target's mean. */
  readonly meanLoss: number;
  /** The loss that float32's rounding alone can leave of a perfect fit. */
  readonly rounding: number;
  /** The best possible loss of a model with float32 numbers. */
  readonly floor: number;
  /** Whether the best fit is perfect, apart from float32's rounding. */
  readonly isExact: boolean;
  /** In the table's units. */
  readonly leastSquares: LeastSquares;
  /** For the scaled features: weights w · std, biases b + w · mean. */
  readonly scaledLeastSquares: LeastSquares;
  /** Above it, gradient descent on all rows diverges: 2 / λ for the largest curvature λ. */
  readonly largestStableRate: number;
  /** A rate at which no batch, whatever its rows, overshoots its own lowest loss. */
  readonly worstBatchRate: number;
  /** A tenth of the largest stable rate, or lower, to one significant digit. */
  readonly safeRate: number;
  readonly conditionNumber: number;
  /** The number of epochs in which each direction's error halves; infinite if it does not shrink. */
  halfLives(rate: number): Vector;
  slowestHalfLife(rate: number): number;
  /** A loss as a multiple of the best possible one, at least 1. */
  distance(loss: number): number;
  /** The same with other settings. */
  but(batchSize: number, standardize: boolean): Insight;
}

/** Curvatures, directions and rates are for the scaled features if `standardize`. */
export function createInsight(
  table: Table,
  batchSize: number,
  standardize: boolean,
  facts = factsOf(table),
): Insight {
  const { n, t } = table;
  const { best, rank, variances, centers, scale } = facts;
  const { curvatures, directions, longest, sizes } = facts.units(standardize);
  const [steepest, flattest] = [curvatures[0] as number, curvatures[rank] as number];
  const b = best.b.map((bias, k) => bias + dot(best.w[k] as Vector, scale.mean));
  const w = best.w.map((weights) => weights.map((weight, j) => weight * (scale.std[j] as number)));
  const scaledLeastSquares: LeastSquares = { ...best, w, b };

  const meanLoss = mean(variances);
  const rounding = roundingOf(standardize ? scaledLeastSquares : best, sizes);
  const ofMeans = mean(centers.map((center) => (ROUNDINGS_OF_PREDICTION * HALF_ULP * center) ** 2));
  const floor = Math.max(Math.min(best.loss + rounding, meanLoss + ofMeans), TINY);

  const largestStableRate = 2 / steepest;
  const rates = [Math.min(batchSize, n), n % batchSize || n].map((size) =>
    Math.max((size * t) / (longest[size - 1] as number), (largestStableRate * size) / n),
  );
  const worstBatchRate = Math.min(...rates, largestStableRate);
  const bound = roundRate(worstBatchRate);
  const below = bound > worstBatchRate ? roundRate(bound * 0.9) : bound;

  function halfLives(rate: number): Vector {
    const steps = Math.ceil(n / batchSize);
    return curvatures.map((curvature) => {
      const step = rate * curvature;
      const log = step < 1 ? Math.log1p(-step) : Math.log(step - 1);
      return log < 0 ? Math.LN2 / -log / steps : Infinity;
    });
  }

  const insight: Insight = {
    ...{ table, batchSize, standardize, scale, rank, variances, meanLoss, rounding, floor },
    ...{ curvatures, directions, largestStableRate, worstBatchRate, halfLives },
    leastSquares: best,
    scaledLeastSquares,
    isExact: floor > 2 * best.loss,
    conditionNumber: steepest / flattest,
    safeRate: Math.min(roundRate(largestStableRate / 10), below),
    slowestHalfLife: (rate: number) => Math.max(...halfLives(rate).slice(0, rank + 1)),
    distance: (loss: number) => (loss < floor ? 1 : loss / floor),
    but(otherSize: number, scaled: boolean): Insight {
      if (otherSize === batchSize && scaled === standardize) return insight;
      return createInsight(table, otherSize, scaled, facts);
    },
  };
  return insight;
}

/** The size of the numbers that each prediction adds up, ignoring their signs. */
const terms = (weights: Vector, bias: number, sizes: Vector): number =>
  Math.abs(bias) +
  weights.reduce((sum, weight, j) => sum + Math.abs(weight) * (sizes[j] as number), 0);

/** The loss that float32's rounding alone can leave of a perfect fit. */
function roundingOf({ w, b, dependent }: LeastSquares, sizes: Vector): number {
  const vague = new Set(
    [...dependent].flatMap(([j, parts]) => (parts.length ? [j, ...parts] : [])),
  );
  const errors = w.map((weights, k) => {
    const kept = weights.map((x, j) => (vague.has(j) ? Math.max(Math.abs(x), 1) : x));
    return ROUNDINGS_OF_PREDICTION * HALF_ULP * terms(kept, b[k] as number, sizes);
  });
  return mean(errors.map((error) => error ** 2));
}

/** To one significant digit, ties to even as Python does: 1.1155e-5 becomes 1e-5, 2.5 becomes 2. */
export function roundRate(rate: number): number {
  const exact = rate.toExponential(60).replace(/^([02468]\.)50*e/, "$10e");
  return Number(Number(exact).toExponential(0));
}

/** By Gram and Schmidt's method, with each projection done twice. */
function factsOf(table: Table): Facts {
  const { inputs, targets, n, d, t } = table;
  const root = Math.sqrt(n);
  const columns = [...columnsOf(inputs, d), ...columnsOf(targets, t)];
  const means = columns.map(mean);
  const noise = columns.map(
    (column) =>
      ROUNDINGS_OF_NUMBER *
      EPSILON *
      root *
      column.reduce((most, x) => Math.max(most, Math.abs(x)), 0),
  );
  const centred = columns.map((column, j) => column.map((x) => x - (means[j] as number)));
  const lengths = centred.map(length);
  const basis: Vector[] = [];
  const found: number[] = [];
  const triangle: Vector[] = [];
  const dependent = new Map<number, number[]>();
  /** Each column as a sum of orthogonal unit vectors, as many as there are independent features. */
  const shares = centred.map((column, j) => {
    const left = column.slice();
    const of = project(basis, left);
    if (j >= d) return of;
    const factors = solve(triangle, of);
    const rounding = found.reduce(
      (sum, other, k) => sum + Math.abs(factors[k] as number) * (noise[other] as number),
      noise[j] as number,
    );
    const size = length(left);
    if (size > rounding && found.length < Math.min(n, d)) {
      basis.push(left.map((x) => x / size));
      found.push(j);
      const whole = Float64Array.of(...of, size);
      triangle.push(whole);
      return whole;
    }
    const parts = found.map(
      (other, k) => Math.abs(factors[k] as number) * (lengths[other] as number),
    );
    const least = Math.max(1e-6 * Math.max(0, ...parts), rounding);
    const all = found.map((other, k) => ({ other, part: parts[k] as number }));
    all.sort((one, next) => next.part - one.part);
    dependent.set(
      j,
      all.flatMap(({ other, part }) => (part > least ? other : [])),
    );
    return of;
  });
  const rank = found.length;
  const w = shares.slice(d).map((of) => {
    const solved = solve(triangle, of);
    return Float64Array.from({ length: d }, (_, j) => solved[found.indexOf(j)] ?? 0);
  });
  const scale = scaling(table);
  const b = w.map((weights, k) => (means[d + k] as number) - dot(weights, means));
  const sizes = Float64Array.from(means, (mean, j) =>
    Math.hypot(mean, (lengths[j] as number) / root),
  );
  const targetLosses = w.map((weights, k) => {
    const left = (centred[d + k] as Vector).slice();
    project(basis, left);
    const loss = dot(left, left) / n;
    return loss <= (4 * Number.EPSILON * terms(weights, b[k] as number, sizes)) ** 2 ? 0 : loss;
  });

  function unitsOf({ mean: center, std }: Scale): Units {
    const scaledBy = (j: number) => std[j] ?? 1;
    const middle = means.slice(0, d).map((mean, j) => (mean - (center[j] ?? 0)) / scaledBy(j));
    const columns = middle.map((mean, j) =>
      Float64Array.from({ length: rank + 1 }, (_, k) =>
        k < rank ? (shares[j]?.[k] ?? 0) / scaledBy(j) : mean * root,
      ),
    );
    columns.push(new Float64Array(rank + 1).fill(root, rank));
    const directions = singular(columns).slice(0, rank + 1);
    const curvatures = new Float64Array(d + 1);
    curvatures.set(directions.map(({ value }) => (2 / (n * t)) * value ** 2));
    const squares = Float64Array.from({ length: n }, (_, row) => {
      const x = inputs.subarray(row * d, (row + 1) * d);
      return x.reduce((sum, x, j) => sum + ((x - (center[j] ?? 0)) / scaledBy(j)) ** 2, 1);
    });
    let sum = 0;
    const longest = squares
      .sort()
      .reverse()
      .map((square) => {
        sum += square;
        return sum;
      });
    return {
      ...{ curvatures, longest },
      directions: directions.map(({ direction }) => direction),
      sizes: Float64Array.from(middle, (mean, j) =>
        Math.hypot(mean, (lengths[j] as number) / root / scaledBy(j)),
      ),
    };
  }
  const known = new Map<boolean, Units>();
  return {
    ...{ scale, rank },
    best: { w, b, targetLosses, loss: mean(targetLosses), dependent },
    variances: lengths.slice(d).map((size) => size ** 2 / n),
    centers: means.slice(d),
    units(standardize) {
      const units = known.get(standardize) ?? unitsOf(standardize ? scale : PLAIN);
      known.set(standardize, units);
      return units;
    },
  };
}

/** Take the parts along orthogonal unit vectors away from a column, and return their lengths. */
function project(basis: readonly Vector[], column: Vector): Vector {
  const shares = new Float64Array(basis.length);
  for (let again = 0; again < 2; again += 1)
    basis.forEach((unit, k) => {
      const share = dot(unit, column);
      add(column, -share, unit);
      shares[k] = (shares[k] as number) + share;
    });
  return shares;
}

/** Solve a triangle of equations, given by columns. */
function solve(triangle: readonly Vector[], right: Vector): Vector {
  const x = right.slice(0, triangle.length);
  for (let k = x.length - 1; k >= 0; k -= 1) {
    const column = triangle[k] as Vector;
    x[k] = (x[k] as number) / (column[k] as number);
    for (let i = 0; i < k; i += 1)
      x[i] = (x[i] as number) - (column[i] as number) * (x[k] as number);
  }
  return x;
}

/**
 * Singular values, the largest first, and their directions: Jacobi's rotations make the columns orthogonal,
 * two by two (Demmel and Veselić, SIAM J. Matrix Anal. Appl. 13, 1992: small values are accurate too).
 */
function singular(columns: readonly Vector[]): { value: number; direction: Vector }[] {
  const a = columns.map((column) => column.slice());
  const v = a
    .map((_, j) => a.map((_, i) => (i === j ? 1 : 0)))
    .map((row) => Float64Array.from(row));
  for (let sweep = 0, turned = true; turned && sweep < MOST_SWEEPS; sweep += 1) {
    turned = false;
    for (let p = 0; p < a.length; p += 1)
      for (let q = p + 1; q < a.length; q += 1) {
        const [one, other] = [a[p] as Vector, a[q] as Vector];
        const [pp, qq, pq] = [dot(one, one), dot(other, other), dot(one, other)];
        if (Math.abs(pq) <= 1e-15 * Math.sqrt(pp * qq)) continue;
        turned = true;
        const cotangent = (qq - pp) / (2 * pq);
        const tangent = (cotangent < 0 ? -1 : 1) / (Math.abs(cotangent) + Math.hypot(1, cotangent));
        rotate(one, other, tangent);
        rotate(v[p] as Vector, v[q] as Vector, tangent);
      }
  }
  return a
    .map((column, j) => ({ value: length(column), direction: v[j] as Vector }))
    .sort((one, other) => other.value - one.value);
}

function rotate(one: Vector, other: Vector, tangent: number): void {
  const cosine = 1 / Math.hypot(1, tangent);
  for (let i = 0; i < one.length; i += 1) {
    const [x, y] = [one[i] as number, other[i] as number];
    one[i] = cosine * (x - tangent * y);
    other[i] = cosine * (tangent * x + y);
  }
}

function dot(one: Vector, other: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < one.length; i += 1) sum += (one[i] as number) * (other[i] as number);
  return sum;
}

function add(to: Vector, times: number, what: Vector): void {
  for (let i = 0; i < to.length; i += 1) to[i] = (to[i] as number) + times * (what[i] as number);
}

const length = (column: Vector): number => Math.sqrt(dot(column, column));
export const mean = (numbers: readonly number[] | Vector): number =>
  (numbers as readonly number[]).reduce((sum, x) => sum + x, 0) / numbers.length;
