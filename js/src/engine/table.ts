/** The table out of what a page holds of it, for tables of which it holds everything. */

import { unpack } from "../kernel/arrays";
import type { FitArrays, FitInputs } from "../kernel/contract";
import type { Model } from "../kernel/model";
import type { Table } from "./batches";

/** Null: the page has only a sample of the rows, or of the columns. */
export function tableOf(model: Pick<Model, "get">): Table | null {
  const { rows = [], count } = model.get("_fit");
  const { features = [], targets = [] } = model.get("_names");
  const { columns } = unpack<FitInputs>(model.get("_fit_inputs"));
  const { targets: y } = unpack<FitArrays>(model.get("_fit_data"));
  const [n, d, t] = [rows.length, features.length, targets.length];
  const whole = n > 0 && n === count && columns?.shape[0] === d && y?.shape[1] === t;
  if (!whole) return null;
  const x = columns.values;
  const named = rows.some((name, row) => name !== `row ${row + 1}`);
  return {
    ...{ n, d, t, names: { features, targets }, rowNames: named ? rows : [], notes: [] },
    inputs: Float32Array.from(x, (_, i) => x[(i % d) * n + Math.floor(i / d)] as number),
    targets: Float32Array.from(y.values),
  };
}
