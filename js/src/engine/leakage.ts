/** Rows held out that are near copies of rows trained on, in words; see leakage.py and findings.py (pure). */

import { isolated } from "../text/format";
import { say } from "../text/say";
import { columnsOf, type Side, type Table } from "./batches";
import { spaced } from "./readings";

const MOST_LOOKED_AT = 300;
const MOST_KEPT = 20_000;
const NEAR = 0.1; // of the standard deviation, in each column
const CLOSER = 0.25; // of the distance to the nearest row that chance alone would give
const SPREAD = Math.sqrt(12);

const known = new WeakMap<Table, readonly string[]>();

/** Name the rows held out that are near copies of rows trained on, if they are many or exact. */
export function copied(table: Table): readonly string[] {
  const found = known.get(table) ?? (table.heldOut ? copiesOf(table, table.heldOut) : []);
  known.set(table, found);
  return found;
}

function copiesOf(table: Table, heldOut: Side): string[] {
  const { n, d, t } = table;
  const allOf = ({ inputs, targets }: Side) => [...columnsOf(inputs, d), ...columnsOf(targets, t)];
  const rows = spaced(n, Math.min(n, MOST_KEPT));
  const columns = allOf(table).map((column) => rows.map((row) => column[row] as number));
  const spreads = columns.map((column) => {
    const mean = column.reduce((sum, x) => sum + x, 0) / column.length;
    return Math.sqrt(column.reduce((sum, x) => sum + (x - mean) ** 2, 0) / column.length) || 1;
  });
  const limit = Math.min(NEAR, (CLOSER * SPREAD * n ** (-1 / d)) / 2);
  const others = allOf(heldOut);
  let exact = false;
  const name = ({ rowNames }: Side, row: number) => isolated(rowNames[row] ?? `row ${row + 1}`);
  const pairs = spaced(heldOut.n, Math.min(heldOut.n, MOST_LOOKED_AT)).flatMap((row) => {
    const away = (k: number) =>
      Math.max(
        ...columns.map(
          (column, j) =>
            Math.abs((column[k] as number) - (others[j]?.[row] as number)) / (spreads[j] as number),
        ),
      );
    const near = rows
      .map((of, k) => ({ of, distance: away(k) }))
      .filter(({ distance }) => distance <= limit)
      .sort((one, other) => one.distance - other.distance);
    if (near.length === 0) return [];
    exact ||= near[0]?.distance === 0;
    const of = near.map((one) => name(table, one.of));
    return say("findings.copy", { row: name(heldOut, row), of });
  });
  if (!exact && 2 * pairs.length < Math.min(heldOut.n, MOST_LOOKED_AT)) return [];
  if (pairs.length === 0) return [];
  return [say("findings.copies", { count: pairs.length, rows: heldOut.n, pairs })];
}
