/** What the data say, in sentences; see findings.py (pure). */

import { COUNTED, MOSTLY, NAMED_COLUMNS } from "../kernel/contract";
import { isolated } from "../text/format";
import { say } from "../text/say";
import type { Insight } from "./insight";
import { copied } from "./leakage";

const LARGEST_ROOT = Math.sqrt((2 - 2 ** -23) * 2 ** 127); // beyond, squares overflow

/** A sentence or two on the best fit, each odd column, and a learning rate. */
export function findings(insight: Insight, rate: number): string[] {
  const { notes } = insight.table;
  return [
    best(insight),
    ...notes.map(({ words }) => words),
    ...copied(insight.table),
    ...merged(insight),
    tooLarge(insight),
    ...idle(insight),
    limits(insight),
    pace(insight, rate),
    advice(insight),
  ].filter(Boolean);
}

/** Which parameters dominate a direction: "mostly the weight of Rainfall". */
export function nameOfDirection({ directions, table }: Insight, index: number): string {
  const { names, d } = table;
  const shares = [...(directions[index] ?? [])].map((part, at) => ({ at, share: part ** 2 }));
  shares.sort((one, other) => other.share - one.share);
  const main = shares.slice(0, (shares[0]?.share ?? 0) > MOSTLY ? 1 : 2).map(({ at }) => at);
  const weights = main.filter((at) => at < d).map((at) => isolated(names.features[at] ?? ""));
  const parts = weights.length
    ? [say("directions.weights", { count: weights.length, names: weights })]
    : [];
  if (main.includes(d)) parts.push(say("directions.bias"));
  return say("directions.mostly", { parts });
}

/** Name the columns with which the loss is beyond float32's range; "" if there are none. */
export function tooLarge({ table, standardize }: Insight): string {
  const { inputs, targets, names, d, t } = table;
  const large = (numbers: Float32Array, all: readonly string[], width: number) =>
    all.filter((_, column) =>
      numbers.some((x, i) => i % width === column && Math.abs(x) > LARGEST_ROOT),
    );
  const features = standardize ? [] : large(inputs, names.features, d);
  const outputs = large(targets, names.targets, t);
  const columns = [...features, ...outputs].map(isolated);
  if (columns.length === 0) return "";
  return say("findings.too_large", { columns, targets: outputs.length > 0 });
}

function best({ table, variances, leastSquares, floor, isExact, meanLoss }: Insight): string {
  const shares = variances.flatMap((variance, k) => {
    if (!variance) return [];
    const loss = leastSquares.targetLosses[k] as number;
    const target = isolated(table.names.targets[k] ?? "");
    return say("findings.share", {
      percent: 100 * (1 - loss / variance),
      target,
      rmse: Math.sqrt(loss),
    });
  });
  const words = say("findings.best", { floor, exact: isExact, mean: meanLoss });
  return shares.length ? `${words} ${say("findings.explained", { shares })}` : words;
}

/** The features in which scaling makes different numbers equal. */
function merged({ table, standardize, scale }: Insight): string[] {
  const { inputs, n, d, names } = table;
  if (!standardize || n > COUNTED) return [];
  return names.features.flatMap((name, j) => {
    const x = inputs.filter((_, i) => i % d === j);
    const scaled = x.map((one) => (one - (scale.mean[j] as number)) / (scale.std[j] as number));
    const [before, left] = [new Set(x).size, new Set(scaled).size];
    if (2 * left > before) return [];
    return say("findings.merged", { feature: isolated(name), before, left });
  });
}

/** The columns that add nothing. */
function idle({ table, leastSquares, rank }: Insight): string[] {
  const names = table.names.features.map(isolated);
  const told = table.notes.filter(({ collapsed }) => collapsed).map(({ column }) => column);
  const { dependent } = leastSquares;
  const found = [...dependent].flatMap(([column, parts]) => {
    const feature = names[column] ?? "";
    const others = parts.map((part) => names[part] ?? "");
    if (others.length) return say("findings.combination", { feature, others });
    return told.includes(table.names.features[column] ?? "")
      ? []
      : say("findings.constant", { feature });
  });
  const more = found.length - NAMED_COLUMNS;
  if (more > 0) found.splice(NAMED_COLUMNS, more, say("findings.same", { count: more }));
  if (dependent.size) found.push(say("findings.independent", { rank, count: table.d }));
  return found;
}

function limits(insight: Insight): string {
  const { largestStableRate: limit, worstBatchRate: worst, batchSize: batch } = insight;
  const words = say("findings.limit", { limit, direction: nameOfDirection(insight, 0) });
  return worst < 0.995 * limit ? `${words} ${say("findings.worst", { worst, batch })}` : words;
}

function pace(insight: Insight, rate: number): string {
  const lives = insight.halfLives(rate);
  const last = insight.directions.length - 1;
  const slow = lives[last] as number;
  if (!last) return say("findings.halves", { rate, halves_in: epochs(slow) });
  if (slow === Infinity) return say("findings.stuck", { rate });
  const direction = nameOfDirection(insight, last);
  const next = epochs(lives[last - 1] as number);
  return say("findings.pace", { rate, direction, slow: epochs(slow), next });
}

function advice(insight: Insight): string {
  const { conditionNumber: number, batchSize, standardize } = insight;
  if (number < 100) return say("findings.even", { number });
  if (standardize) return say("findings.uneven", { number });
  const scaled = insight.but(batchSize, true).conditionNumber;
  return say("findings.unscaled", { number, scaled });
}

function epochs(number: number): string {
  if (number === Infinity) return say("findings.forever");
  if (number < 0.1) return say("findings.moment");
  if (number >= 1e6) return say("findings.millions", { millions: number / 1e6 });
  return say("findings.epochs", { epochs: Number(number.toPrecision(2)) });
}
