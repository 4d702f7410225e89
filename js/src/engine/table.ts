/** The table out of what a page holds of it. */

import { unpack } from "../kernel/arrays";
import type { RowArrays } from "../kernel/contract";
import { type Model, traitOf } from "../kernel/model";
import type { Table } from "./batches";

/** Null: the page does not hold it, or the run is not of the article's update. */
export function tableOf(model: Pick<Model, "get">): Table | null {
  const { features = [], targets = [], rows = [], notes = [] } = traitOf(model, "_rows");
  const arrays = unpack<RowArrays>(traitOf(model, "_rows_data"));
  const [n = 0, d = 0] = arrays.inputs?.shape ?? [];
  const [, t = 0] = arrays.targets?.shape ?? [];
  const whole = n > 0 && features.length === d && targets.length === t;
  if (!whole || !traitOf(model, "_source").article) return null;
  const numbers = (name: RowArrays) => Float32Array.from(arrays[name]?.values ?? []);
  return {
    ...{ n, d, t, names: { features, targets }, rowNames: rows, notes },
    ...{ inputs: numbers("inputs"), targets: numbers("targets") },
  };
}
