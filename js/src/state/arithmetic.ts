/**
 * Where a number comes from: the article's update, written out for one entry.
 *
 * This is the one file that knows what linear regression is. The letters, as in model.py: n rows in the
 * batch, d features, t targets; i, j, k count them.
 *
 *     predictions[i,k] = Σ_j x[i,j]·w[k,j] + b[k]
 *     loss             = 1/(n·t) · Σ_ik (predictions[i,k] − y[i,k])²
 *     w.grad[k,j]      = 2/(n·t) · Σ_i (predictions[i,k] − y[i,k])·x[i,j]   + what was there
 *     b.grad[k]        = 2/(n·t) · Σ_i (predictions[i,k] − y[i,k])          + what was there
 *     w[k,j]           = old − learning_rate·w.grad[k,j],   and b[k] alike
 */

import { type Entry, type Frame, hasFinished, numberAt, tensorOf } from "./frame";

/** A number that took part, and where it stands. */
export interface Part extends Entry {
  readonly value: number;
  /** It is what stood there before this update changed it. */
  readonly before: boolean;
}

/**
 * How the parts of a term make its value: a·b, (a − b)², (a − b)·c, a − b, −a·b. The difference a − b is
 * the error of a prediction.
 */
export type Form = "product" | "square" | "weighted" | "error" | "step";

export interface Term {
  readonly parts: readonly Part[];
  readonly value: number;
}

export interface Explanation {
  /** The number that is explained: torch's own. */
  readonly of: Part;
  readonly form: Form;
  /** The sum of the terms is multiplied by this fraction. */
  readonly factor: readonly [numerator: number, denominator: number];
  readonly terms: readonly Term[];
  /** Added to that: the bias, the old weight, what backward() found there. */
  readonly plus: Part | null;
  /** Terms that were not sent. */
  readonly missing: number;
  /** In double precision, from the float32 numbers; NaN where terms are missing. */
  readonly sum: number;
  /** The sum of all sizes: what the error of a float32 sum is measured by. */
  readonly scale: number;
  /** zero_() has set it to 0 since. */
  readonly cleared: boolean;
}

/** Null where nothing was computed in this update so far. */
export function explain(frame: Frame, { tensor, row, column }: Entry): Explanation | null {
  /** A number of the frame; null where there is none, or none was sent. */
  const at = (name: string, i: number, j: number, before = false): Part | null => {
    const known = tensorOf(frame, name);
    const value = known ? numberAt(known, i, j, before) : null;
    return value === null ? null : { tensor: name, row: i, column: j, value, before };
  };
  const changed = (name: string) => tensorOf(frame, name)?.changed !== "";
  /** Only the last steps of an update change w and b: all before them used what is now old. */
  const used = (name: string, i: number, j: number) => at(name, i, j, changed(name));
  const error = (i: number, k: number) => [at("predictions", i, k), at("y", i, k)];
  const [rows = 1, targets = 1] = tensorOf(frame, "predictions")?.shape ?? [];
  const cleared = hasFinished(frame, "zero");
  const here = at(tensor, row, column);

  if (tensor === "predictions") {
    const features = tensorOf(frame, "x")?.shape[1] ?? 0;
    return summed("product", here, features, (j) => [at("x", row, j), used("w", column, j)], {
      plus: used("b", 0, column),
    });
  }
  if (tensor === "loss") {
    const size = rows * targets;
    return summed("square", here, size, (k) => error(Math.floor(k / targets), k % targets), {
      factor: [1, size],
    });
  }
  if (tensor.endsWith(".grad") && hasFinished(frame, "backward")) {
    const of = at(tensor, row, column, cleared);
    const found = cleared ? null : at(tensor, row, column, true);
    const ofWeight = tensor === "w.grad";
    const sum = (plus: Part | null) =>
      summed(
        ofWeight ? "weighted" : "error",
        of,
        rows,
        (i) => (ofWeight ? [...error(i, row), at("x", i, column)] : error(i, column)),
        { factor: [2, rows * targets], cleared, plus },
      );
    const fresh = sum(found?.value ? found : null);
    if (!cleared || !of || !fresh) return fresh;
    // zero_() hides what backward() had found: it is the rest, where there is more than rounding.
    const value = of.value - fresh.sum;
    return Math.abs(value) > 1e-4 * fresh.scale ? sum({ ...of, value }) : fresh;
  }
  if ((tensor === "w" || tensor === "b") && hasFinished(frame, "update")) {
    const grad = at(`${tensor}.grad`, row, column, cleared);
    const plus = at(tensor, row, column, true);
    return plus && summed("step", here, 1, () => [at("learning_rate", 0, 0), grad], { plus });
  }
  return null;
}

const VALUE: Record<Form, (a: number, b: number, c: number) => number> = {
  product: (a, b) => a * b,
  square: (a, b) => (a - b) ** 2,
  weighted: (a, b, c) => (a - b) * c,
  error: (a, b) => a - b,
  step: (a, b) => -a * b,
};

/** No more terms than this are sent. */
const MOST = 1e4;

/** Null where nothing of the sum is there. */
function summed(
  form: Form,
  of: Part | null,
  total: number,
  parts: (index: number) => (Part | null)[],
  more: Partial<Pick<Explanation, "factor" | "plus" | "cleared">>,
): Explanation | null {
  const { factor = [1, 1], plus = null, cleared = false } = more;
  const terms = Array.from({ length: Math.min(total, MOST) }, (_, index) => parts(index))
    .filter((all): all is Part[] => !all.includes(null))
    .map((all) => {
      const [a = 0, b = 0, c = 0] = all.map((part) => part.value);
      return { parts: all, value: VALUE[form](a, b, c) };
    });
  if (!of || terms.length === 0) return null;
  const sum = terms.reduce((before, { value }) => before + value, 0);
  const size = terms.reduce((before, { value }) => before + Math.abs(value), 0);
  const share = factor[0] / factor[1];
  const missing = total - terms.length;
  const added = plus?.value ?? 0;
  return {
    of,
    form,
    factor,
    terms,
    plus,
    missing,
    sum: missing > 0 ? Number.NaN : share * sum + added,
    scale: share * size + Math.abs(added),
    cleared,
  };
}

/** Every place that took part. */
export const partsOf = ({ terms, plus }: Explanation): readonly Part[] => [
  ...terms.flatMap(({ parts }) => parts),
  ...(plus ? [plus] : []),
];
