/** Weights and biases beside the least-squares ones, for a table per target (pure). */

import { unpack } from "./arrays";
import type { CoefficientArrays, Names } from "./contract";

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

interface Decoded {
  /** The rows' names: the leading features. */
  readonly features: readonly string[];
  readonly targets: readonly Coefficients[];
}

export function decodeCoefficients(bytes: DataView, names: Partial<Names>): Decoded {
  const { now, best, scaled_now, scaled_best } = unpack<CoefficientArrays>(bytes);
  // Bytes that are missing leave everything out.
  const [length = 0, width = 1] = scaled_best?.shape ?? [];
  const row = (numbers: typeof now, target: number) =>
    Array.from(numbers?.values.slice(target * width, (target + 1) * width) ?? []);
  const named = (known: readonly string[] | undefined, count: number) =>
    Array.from({ length: count }, (_, index) => known?.[index] ?? String(index));
  return {
    features: named(names.features, width - 1),
    targets: named(names.targets, length).map((target, k) => ({
      target,
      now: row(now, k),
      best: row(best, k),
      scaledNow: row(scaled_now, k),
      scaledBest: row(scaled_best, k),
    })),
  };
}
