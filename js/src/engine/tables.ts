/** Tables that are drawn, as panel/tables.py has them: what the page shows of them, and what follows (pure). */

import type { Point, Traits } from "../kernel/contract";
import { say } from "../text/say";
import type { Table } from "./batches";
import { float32, pack } from "./pack";
import { createTrainer, type Trainer, type Wanted } from "./trainer";

/** The table of some points: the present one's rows, changed, or one of its own with a pattern's title. */
export function drawn(present: Table, points: readonly Point[], pattern: string): Table {
  const { rowNames } = present;
  const named = !pattern && rowNames.length > 0;
  return {
    ...{ n: points.length, d: 1, t: 1, notes: pattern ? [] : present.notes },
    names: pattern ? { features: ["x"], targets: ["y"] } : present.names,
    rowNames: named
      ? points.map(({ row }, at) => rowNames[row] ?? say("words.row", { row: at + 1 }))
      : [],
    inputs: Float32Array.from(points, ({ x }) => x),
    targets: Float32Array.from(points, ({ y }) => y),
  };
}

/**
 * A trainer that follows another one on such a table, with its settings. `same`: each of them; else a rate and a
 * batch size that followed from the old table follow from the new one.
 */
export function successor(before: Trainer, table: Table, same: boolean): Trainer {
  const { settings, ownRate } = before;
  if (same) return createTrainer(table, settings, ownRate);
  const usual = createTrainer(before.table, { ...settings, batch_size: null }).settings;
  const batch_size = usual.batch_size === settings.batch_size ? null : settings.batch_size;
  const learning_rate = ownRate ? settings.learning_rate : null;
  const wanted: Wanted = { ...settings, batch_size, learning_rate };
  return createTrainer(table, wanted, ownRate);
}

/** What the page is told of a table that was drawn, all of which it has. `labels`: names with units. */
export function wordsOf(table: Table, labels: readonly string[]): Partial<Traits> {
  const { n, names, rowNames, inputs, targets } = table;
  const mean = inputs.reduce((sum, x) => sum + x, 0) / n;
  const deviation = Math.sqrt(inputs.reduce((sum, x) => sum + (x - mean) ** 2, 0) / n);
  const rows = rowNames.length
    ? [...rowNames]
    : Array.from(inputs, (_, row) => say("words.row", { row: row + 1 }));
  return {
    _names: names,
    _fit: {
      ...{ rows, index: rows.map((_, row) => row), count: n, targets: names.targets },
      ...{ leading: [0], means: [mean], deviations: [deviation], labels },
      ...{ named: rowNames.length > 0, held_out: [], held_out_count: 0 },
    },
    _fit_inputs: pack({
      columns: { shape: [1, n], values: inputs },
      held_out: float32([], [1, 0]),
    }),
    _rows: { features: names.features, targets: names.targets, rows: rowNames, notes: [] },
    _rows_data: pack({
      inputs: { shape: [n, 1], values: inputs },
      targets: { shape: [n, 1], values: targets },
    }),
  };
}
