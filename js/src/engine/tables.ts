/** Tables that are drawn, as panel/tables.py has them: what the page shows of them, and what follows (pure). */

import { type Draw, MOST_HELD_OUT, type Traits } from "../kernel/contract";
import { nameOfRow, type Side, scaling, spaced, type Table } from "./batches";
import { float32, pack } from "./pack";
import { createTrainer, type Trainer, type Wanted } from "./trainer";

/** The table of some points: the present one's rows, changed or added to, or one of its own with a pattern's title. */
export function drawn(
  present: Table,
  { points: given, pattern, onto }: Pick<Draw, "points" | "pattern" | "onto">,
): Table {
  const { rowNames, heldOut, inputs, targets } = present;
  const there = Array.from(inputs, (x, row) => ({ x, y: targets[row] ?? 0, row }));
  const points = onto ? [...there, ...given] : given;
  const named = !pattern && rowNames.length > 0;
  return {
    ...{ n: points.length, d: 1, t: 1, notes: pattern ? [] : present.notes },
    heldOut: pattern ? null : heldOut,
    names: pattern ? { features: ["x"], targets: ["y"] } : present.names,
    rowNames: named
      ? points.map(({ row }, at) => rowNames[row] ?? nameOfRow({ rowNames: [] }, at))
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

/** What the page is told about a table that was drawn. It has all of the table. `labels`: names with units. */
export function wordsOf(table: Table, labels: readonly string[]): Partial<Traits> {
  const { n, names, rowNames, inputs, heldOut } = table;
  const { mean, std } = scaling(table);
  const namesOf = (side: Side) => Array.from({ length: side.n }, (_, row) => nameOfRow(side, row));
  const rows = namesOf(table);
  const others = heldOut ? spaced(heldOut.n, Math.min(heldOut.n, MOST_HELD_OUT)) : [];
  return {
    _names: names,
    _held_out: heldOut?.n ?? 0,
    _fit: {
      ...{ rows, index: rows.map((_, row) => row), count: n, targets: names.targets },
      ...{ leading: [0], means: [...mean], deviations: [...std], labels },
      ...{ named: rowNames.length > 0, held_out_count: heldOut?.n ?? 0 },
      held_out: others.map((row) => nameOfRow(heldOut as Side, row)),
    },
    _fit_inputs: pack({
      columns: { shape: [1, n], values: inputs },
      held_out: float32(
        others.map((row) => heldOut?.inputs[row] as number),
        [1, others.length],
      ),
    }),
  };
}
