/**
 * What the data say before any training: how good a fit can get, and how fast one may learn (pure).
 *
 * In float64, as insight.py and leastsquares.py, where the reasons and the sources stand. The loss is a bowl.
 * With Z = [X 1], its Hessian has the same block for each target, 2 / (n t) · ZᵀZ.
 */

import { type Scale, scaling, type Table } from "./batches";

type Vector = Float64Array;

const EPSILON = 2 ** -23; // of float32
const TINY = 2 ** -126; // the smallest normal float32
const ROUNDINGS = 3; // in a prediction: of w and b, of their products with x, of the sums
const OF_A_NUMBER = 4; // its own, and those of the sums in the column's mean
const MOST_SWEEPS = 40;

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
  /** Of all columns, features first. */
  readonly means: readonly number[];
  /** The lengths of the centred columns. */
  readonly sizes: readonly number[];
  /** The features' columns as sums of orthogonal unit vectors, as many as there are independent ones. */
  readonly shares: readonly Vector[];
  readonly rank: number;
  readonly best: LeastSquares;
  /** The sums of |[x 1]|² over the longest rows, by how many; of the scaled features, or of the plain ones. */
  readonly longest: Map<boolean, Vector>;
}

export class Insight {
  readonly #facts: Facts;
  #curvature: { readonly values: Vector; readonly directions: readonly Vector[] } | undefined;

  constructor(
    readonly table: Table,
    readonly batchSize: number,
    readonly standardize: boolean,
    facts: Facts | null = null,
  ) {
    this.#facts = facts ?? factsOf(table);
  }

  /** The same with other settings. */
  but(batchSize: number, standardize: boolean): Insight {
    if (batchSize === this.batchSize && standardize === this.standardize) return this;
    const other = new Insight(this.table, batchSize, standardize, this.#facts);
    if (standardize === this.standardize) other.#curvature = this.#curvature;
    return other;
  }

  // ---- the best fit --------------------------------------------------------------------------

  /** In the table's units. */
  get leastSquares(): LeastSquares {
    return this.#facts.best;
  }

  /** For the scaled features: weights w · std, biases b + w · mean. */
  get scaledLeastSquares(): LeastSquares {
    const { best, scale } = this.#facts;
    const w = best.w.map((weights) =>
      weights.map((weight, j) => weight * (scale.std[j] as number)),
    );
    return { ...best, w, b: best.b.map((bias, k) => bias + dot(best.w[k] as Vector, scale.mean)) };
  }

  /** The number of features that are neither constant nor a combination of others. */
  get rank(): number {
    return this.#facts.rank;
  }

  /** The mean squared distance of each target from its mean. */
  get variances(): number[] {
    const { rows, features } = this.table;
    return this.#facts.sizes.slice(features).map((size) => size ** 2 / rows);
  }

  /** The loss of always predicting each target's mean. */
  get meanLoss(): number {
    return mean(this.variances);
  }

  /** The best possible loss of a model with float32 numbers. */
  get floor(): number {
    const means = this.#facts.means.slice(this.table.features);
    const rounded = mean(means.map((each) => (ROUNDINGS * (EPSILON / 2) * each) ** 2));
    const best = this.leastSquares.loss + this.rounding;
    return Math.max(Math.min(best, this.meanLoss + rounded), TINY);
  }

  /** The loss that float32's rounding alone can leave of a perfect fit. */
  get rounding(): number {
    const { w, b, dependent } = this.standardize ? this.scaledLeastSquares : this.leastSquares;
    const vague = new Set(
      [...dependent].flatMap(([j, parts]) => (parts.length ? [j, ...parts] : [])),
    );
    const errors = w.map((weights, k) => {
      const sizes = weights.map((weight, j) => Math.max(Math.abs(weight), vague.has(j) ? 1 : 0));
      return ROUNDINGS * (EPSILON / 2) * this.#terms(sizes, b[k] as number);
    });
    return mean(errors.map((error) => error ** 2));
  }

  /** Whether the best fit is perfect, apart from float32's rounding. */
  get isExact(): boolean {
    return this.floor > 2 * this.leastSquares.loss;
  }

  /** A loss as a multiple of the best possible one, at least 1. */
  distance(loss: number): number {
    const times = loss / this.floor;
    return times < 1 ? 1 : times;
  }

  // ---- curvature -----------------------------------------------------------------------------

  /** The eigenvalues of the loss's Hessian for one target, steepest first, (d + 1,); 0: flat. */
  get curvatures(): Vector {
    return this.#curved.values;
  }

  /** Their eigenvectors, weights, then bias; none for flat directions. */
  get directions(): readonly Vector[] {
    return this.#curved.directions;
  }

  get conditionNumber(): number {
    return this.#curvatureAt(0) / this.#curvatureAt(this.rank);
  }

  /** Above it, gradient descent on all rows diverges: 2 / λ for the largest curvature λ. */
  get largestStableRate(): number {
    return 2 / this.#curvatureAt(0);
  }

  /** A rate at which no batch, whatever its rows, overshoots its own lowest loss. */
  get worstBatchRate(): number {
    const { rows: n, outputs: t } = this.table;
    const limit = this.largestStableRate;
    const longest = this.#longest;
    const rates = [Math.min(this.batchSize, n), n % this.batchSize || n].map((size) =>
      Math.max((size * t) / (longest[size - 1] as number), (limit * size) / n),
    );
    return Math.min(...rates, limit);
  }

  /** A tenth of the largest stable rate, or lower, to one significant digit. */
  get safeRate(): number {
    const worst = this.worstBatchRate;
    const bound = roundRate(worst);
    const below = bound > worst ? roundRate(bound * 0.9) : bound;
    return Math.min(roundRate(this.largestStableRate / 10), below);
  }

  /** The number of epochs in which each direction's error halves; infinite if it does not shrink. */
  halfLives(rate: number): Vector {
    const steps = Math.ceil(this.table.rows / this.batchSize);
    return this.curvatures.map((curvature) => {
      const step = rate * curvature;
      const log = step < 1 ? Math.log1p(-step) : Math.log(step - 1);
      return log < 0 ? Math.LN2 / -log / steps : Infinity;
    });
  }

  slowestHalfLife(rate: number): number {
    return Math.max(...this.halfLives(rate).slice(0, this.rank + 1));
  }

  #curvatureAt(index: number): number {
    return this.curvatures[index] as number;
  }

  get #curved() {
    this.#curvature ??= this.#curve();
    return this.#curvature;
  }

  /** From the singular values of a root of ZᵀZ, which is never formed. */
  #curve() {
    const { shares, rank } = this.#facts;
    const { rows: n, features: d, outputs: t } = this.table;
    const { mean: center, std } = this.#units;
    const root = shares.slice(0, d).map((column, j) => {
      const middle = (this.#facts.means[j] as number) - (center[j] as number);
      const all = [...column, middle * Math.sqrt(n)];
      return Float64Array.from(all, (share) => share / (std[j] as number));
    });
    root.push(new Float64Array(rank + 1).fill(Math.sqrt(n), rank));
    const found = singular(root).slice(0, rank + 1);
    const values = new Float64Array(d + 1);
    values.set(found.map(({ value }) => (2 / (n * t)) * value ** 2));
    return { values, directions: found.map(({ direction }) => direction) };
  }

  /** What the features are scaled by. */
  get #units(): Scale {
    const { features: d } = this.table;
    const plain = { mean: new Float64Array(d), std: new Float64Array(d).fill(1) };
    return this.standardize ? this.#facts.scale : plain;
  }

  get #longest(): Vector {
    const known = this.#facts.longest.get(this.standardize);
    if (known) return known;
    const { inputs, rows, features: d } = this.table;
    const { mean: center, std } = this.#units;
    const lengths = new Float64Array(rows).fill(1);
    inputs.forEach((x, i) => {
      const scaled = (x - (center[i % d] as number)) / (std[i % d] as number);
      lengths[Math.floor(i / d)] = (lengths[Math.floor(i / d)] as number) + scaled ** 2;
    });
    let sum = 0;
    const sums = lengths
      .sort()
      .reverse()
      .map((length) => {
        sum += length;
        return sum;
      });
    this.#facts.longest.set(this.standardize, sums);
    return sums;
  }

  /** The size of the numbers that a prediction adds up, ignoring their signs. */
  #terms(weights: Vector, bias: number): number {
    const { means, sizes } = this.#facts;
    const { mean: center, std } = this.#units;
    const each = weights.map((weight, j) => {
      const middle = (means[j] as number) - (center[j] as number);
      const spread = (sizes[j] as number) / Math.sqrt(this.table.rows);
      return (Math.abs(weight) * Math.hypot(middle, spread)) / (std[j] as number);
    });
    return each.reduce((sum, size) => sum + size, Math.abs(bias));
  }
}

/** To one significant digit, ties to even as Python does: 1.1155e-5 becomes 1e-5, 2.5 becomes 2. */
export function roundRate(rate: number): number {
  const exact = rate.toExponential(60).replace(/^([02468]\.)50*e/, "$10e");
  return Number(Number(exact).toExponential(0));
}

/** By Gram and Schmidt's method, with each projection done twice. */
function factsOf(table: Table): Facts {
  const { inputs, targets, rows: n, features: d, outputs: t } = table;
  const columns = Array.from({ length: d + t }, (_, j) => {
    const [numbers, width, at] = j < d ? [inputs, d, j] : [targets, t, j - d];
    return Float64Array.from({ length: n }, (_, row) => numbers[row * width + at] as number);
  });
  const means = columns.map(mean);
  const noise = columns.map(
    (column) =>
      OF_A_NUMBER *
      EPSILON *
      Math.sqrt(n) *
      column.reduce((most, x) => Math.max(most, Math.abs(x)), 0),
  );
  const centred = columns.map((column, j) => column.map((x) => x - (means[j] as number)));
  const sizes = centred.map(length);
  const basis: Vector[] = [];
  const found: number[] = [];
  const triangle: Vector[] = [];
  const dependent = new Map<number, number[]>();
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
    if (size > rounding && basis.length < Math.min(n, d)) {
      basis.push(left.map((x) => x / size));
      found.push(j);
      triangle.push(Float64Array.of(...of, size));
      return triangle.at(-1) as Vector;
    }
    dependent.set(j, partsOf(found, factors, sizes, rounding));
    return of;
  });
  const rank = basis.length;
  const w = Array.from({ length: t }, (_, k) => {
    const solved = solve(triangle, shares[d + k] as Vector);
    return Float64Array.from({ length: d }, (_, j) => solved[found.indexOf(j)] ?? 0);
  });
  const b = w.map(
    (weights, k) => (means[d + k] as number) - dot(weights, Float64Array.from(means)),
  );
  const targetLosses = w.map((weights, k) => {
    const left = (centred[d + k] as Vector).slice();
    project(basis, left);
    const terms = weights.reduce(
      (sum, weight, j) =>
        sum +
        Math.abs(weight) * Math.hypot(means[j] as number, (sizes[j] as number) / Math.sqrt(n)),
      Math.abs(b[k] as number),
    );
    const loss = dot(left, left) / n;
    return loss <= (4 * Number.EPSILON * terms) ** 2 ? 0 : loss;
  });
  const padded = shares.map((of) => Float64Array.from({ length: rank }, (_, k) => of[k] ?? 0));
  const best = { w, b, targetLosses, loss: mean(targetLosses), dependent };
  return { scale: scaling(table), means, sizes, shares: padded, rank, best, longest: new Map() };
}

/** The columns that contribute to a combination, the largest contribution first. */
function partsOf(
  found: readonly number[],
  factors: Vector,
  sizes: readonly number[],
  rounding: number,
): number[] {
  const parts = found.map((j, k) => ({
    j,
    size: Math.abs(factors[k] as number) * (sizes[j] as number),
  }));
  const least = Math.max(1e-6 * Math.max(0, ...parts.map(({ size }) => size)), rounding);
  return parts
    .filter(({ size }) => size > least)
    .sort((one, other) => other.size - one.size)
    .map(({ j }) => j);
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

function dot(one: Vector, other: Vector): number {
  let sum = 0;
  for (let i = 0; i < one.length; i += 1) sum += (one[i] as number) * (other[i] as number);
  return sum;
}

function add(to: Vector, times: number, what: Vector): void {
  for (let i = 0; i < to.length; i += 1) to[i] = (to[i] as number) + times * (what[i] as number);
}

const length = (column: Vector): number => Math.sqrt(dot(column, column));
const mean = (numbers: readonly number[] | Vector): number =>
  (numbers as readonly number[]).reduce((sum, x) => sum + x, 0) / numbers.length;
