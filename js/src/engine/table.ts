/** The table out of what a page holds of it: see panel/handover.py. */

import { unpack } from "../kernel/arrays";
import type { RowArrays, Stored } from "../kernel/contract";
import { type Model, traitOf } from "../kernel/model";
import type { Table } from "./batches";

const ARRAYS: Readonly<Record<Stored["type"], RowArrays>> = {
  i1: "bytes",
  i2: "shorts",
  f4: "floats",
};

/** Null: the page does not hold it, or the run is not of the article's update. */
export function tableOf(model: Pick<Model, "get">): Table | null {
  const words = traitOf(model, "_rows");
  const { features = [], targets = [], rows = [], notes = [], columns = [], held_out = 0 } = words;
  const arrays = unpack<RowArrays>(traitOf(model, "_rows_data"));
  const [d, t] = [features.length, targets.length];
  const read = { bytes: 0, shorts: 0, floats: 0 };
  const numbers = columns.map(({ type, decimals }) => {
    const { shape = [], values = [] } = arrays[ARRAYS[type]] ?? {};
    const { 1: all = 0 } = shape;
    const from = all * read[ARRAYS[type]]++;
    return Float32Array.from(values.slice(from, from + all), (x) => x / 10 ** decimals);
  });
  const all = numbers[0]?.length ?? 0;
  const n = all - held_out;
  const whole = n > 0 && d + t === numbers.length && numbers.every(({ length }) => length === all);
  if (!whole || !d || !t || !traitOf(model, "_source").article) return null;
  const part = (from: number, to: number, start: number, width: number) => {
    const made = new Float32Array((to - from) * width);
    for (let k = 0; k < width; k += 1)
      for (let row = from; row < to; row += 1)
        made[(row - from) * width + k] = numbers[start + k]?.[row] as number;
    return made;
  };
  const side = (from: number, to: number, rowNames: readonly string[]) => ({
    ...{ n: to - from, inputs: part(from, to, 0, d), targets: part(from, to, d, t), rowNames },
  });
  return {
    ...{ d, t, names: { features, targets }, notes, ...side(0, n, rows) },
    heldOut: held_out ? side(n, all, words.held_out_rows ?? []) : null,
  };
}
