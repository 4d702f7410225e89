/** Weights and biases beside the least-squares ones, for a table per target (pure). */

import type { Names } from "./wire";

/** Numbers down a column: one for each feature that is here, then the bias. */
type Column = readonly number[];

export interface Coefficients {
  readonly target: string;
  /** In the table's units: present, and least squares. */
  readonly now: Column;
  readonly best: Column;
  /** The same of the scaled features. */
  readonly scaledNow: Column;
  readonly scaledBest: Column;
}

export interface Decoded {
  /** The rows' names: the leading features. */
  readonly features: readonly string[];
  readonly targets: readonly Coefficients[];
}

/** t and d, then four blocks of t rows of d weights and a bias, all float64. */
export function decodeCoefficients(bytes: DataView, names: Partial<Names>): Decoded {
  const all = Array.from({ length: Math.floor(bytes.byteLength / 8) }, (_, index) =>
    bytes.getFloat64(8 * index, true),
  );
  const [t = 0, d = 0] = all;
  const width = d + 1;
  // Bytes that are missing leave everything out.
  const length = all.length >= 2 + 4 * t * width ? t : 0;
  const row = (block: number, target: number) => {
    const start = 2 + (block * t + target) * width;
    return all.slice(start, start + width);
  };
  const named = (known: readonly string[] | undefined, count: number) =>
    Array.from({ length: count }, (_, index) => known?.[index] ?? String(index));
  return {
    features: length ? named(names.features, d) : [],
    targets: named(names.targets, length).map((target, k) => ({
      target,
      now: row(0, k),
      scaledNow: row(1, k),
      best: row(2, k),
      scaledBest: row(3, k),
    })),
  };
}
