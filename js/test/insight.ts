/** What can be said of the crop data and of a run on them, as the kernel says it. */

import type { Packed } from "../src/kernel/arrays";
import type { CoefficientArrays, Explained } from "../src/kernel/contract";
import { float64 } from "./arrays";
import { FEATURES, INPUTS, LIMIT, TARGETS } from "./crops";
import { fullLoss, type Weights } from "./descent";

const mean = (values: readonly number[]) => values.reduce((a, b) => a + b, 0) / values.length;

const MEANS = FEATURES.map((_, j) => mean(INPUTS.map((row) => row[j] ?? 0)));
const DEVIATIONS = FEATURES.map((_, j) =>
  Math.sqrt(mean(INPUTS.map((row) => ((row[j] ?? 0) - (MEANS[j] ?? 0)) ** 2))),
);

/** Solve a small linear system by elimination. */
function solve(matrix: number[][], right: number[]): number[] {
  const rows = matrix.map((row, i) => [...row, right[i] ?? 0]);
  const size = rows.length;
  for (let i = 0; i < size; i += 1) {
    const pivot = rows[i] as number[];
    for (const row of rows.filter((other) => other !== pivot)) {
      const times = (row[i] ?? 0) / (pivot[i] as number);
      for (let j = 0; j <= size; j += 1) row[j] = (row[j] ?? 0) - times * (pivot[j] as number);
    }
  }
  return rows.map((row, i) => (row[size] as number) / (row[i] as number));
}

function leastSquares(): Weights {
  const inputs = INPUTS.map((row) => [...row, 1]);
  const product = (a: number, b: number) =>
    inputs.reduce((sum, row) => sum + (row[a] ?? 0) * (row[b] ?? 0), 0);
  const size = [0, 1, 2, 3];
  const solutions = [0, 1].map((k) =>
    solve(
      size.map((a) => size.map((b) => product(a, b))),
      size.map((a) =>
        inputs.reduce((sum, row, i) => sum + (row[a] ?? 0) * (TARGETS[i]?.[k] ?? 0), 0),
      ),
    ),
  );
  return { w: solutions.map((own) => own.slice(0, 3)), b: solutions.map((own) => own[3] ?? 0) };
}

const BEST = leastSquares();

/** The loss that no w and b go below. */
export const FLOOR = fullLoss(BEST);

/** The same model of features scaled to mean 0 and standard deviation 1. */
const scaled = ({ w, b }: Weights): Weights => ({
  w: w.map((row) => row.map((weight, j) => weight * (DEVIATIONS[j] ?? 1))),
  b: w.map((row, k) => row.reduce((sum, x, j) => sum + x * (MEANS[j] ?? 0), b[k] ?? 0)),
});

const rowsOf = ({ w, b }: Weights) => float64(w.map((row, k) => [...row, b[k] ?? 0]));

export const coefficients = (
  now: Weights,
  standardize: boolean,
): Record<CoefficientArrays, Packed> => ({
  now: rowsOf(now),
  best: rowsOf(BEST),
  scaled_now: rowsOf(standardize ? scaled(now) : now),
  scaled_best: rowsOf(scaled(BEST)),
});

export const FINDINGS = [
  "The best possible loss is 0.9094: no w and b do better on these 15 rows.",
  "Predicting the mean of each target has a loss of 1,191; the best w and b explain 99.9% of that.",
  "The features’ scales make the loss 2.2e6 times as steep in one direction as in another, so the bias hardly learns; standardized, it is 7.0 times.",
];

const SAFE = 1e-5;

/** What goes or went wrong in a run with these batch losses. */
export function explained(losses: readonly number[], rate: number): Partial<Explained> {
  const first = losses[0] ?? 0;
  const last = losses.at(-1) ?? 0;
  const good = losses.map((loss) => loss <= first).lastIndexOf(true) + 1;
  const times = (rate / LIMIT).toPrecision(2);
  const about = { safe: SAFE, good };
  if (losses.length && !Number.isFinite(last))
    return {
      ...about,
      kind: "diverged",
      words: `Diverged at update ${losses.length}: the loss is no longer finite. The learning rate is ${times} times the largest stable one, so each step went further past the best w and b than the one before.`,
    };
  if (losses.length < 4 || !(last > 4 * first)) return { kind: "" };
  return {
    ...about,
    kind: "growing",
    words: `The loss grows: it is ${Math.round(last / first).toLocaleString("en")} times the first. The learning rate is ${times} times the largest stable one.`,
  };
}
