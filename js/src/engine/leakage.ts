/** Rows held out that are near copies of rows trained on, in words; see leakage.py and findings.py (pure). */

import { CLOSER, KNOWN_ROWS, MOST_LOOKED_AT, NEAR_COPY } from "../kernel/contract";
import { isolated } from "../text/format";
import { say } from "../text/say";
import { columnsOf, nameOfRow, type Side, spaced, type Table } from "./batches";
import { mean } from "./insight";

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
  const rows = spaced(n, Math.min(n, KNOWN_ROWS));
  const columns = allOf(table).map((column) => rows.map((row) => column[row] as number));
  const spreads = columns.map((column) => {
    const middle = mean(column);
    return Math.sqrt(mean(column.map((x) => (x - middle) ** 2))) || 1;
  });
  const limit = Math.min(NEAR_COPY, (CLOSER * SPREAD * n ** (-1 / d)) / 2);
  const others = allOf(heldOut);
  let exact = false;
  const name = (side: Side, row: number) => isolated(nameOfRow(side, row));
  const pairs = spaced(heldOut.n, Math.min(heldOut.n, MOST_LOOKED_AT)).flatMap((row) => {
    const near: { of: number; distance: number }[] = [];
    for (let k = 0; k < rows.length; k += 1) {
      let distance = 0;
      for (let j = 0; j < columns.length && distance <= limit; j += 1) {
        const away = Math.abs((columns[j]?.[k] as number) - (others[j]?.[row] as number));
        distance = Math.max(distance, away / (spreads[j] as number));
      }
      if (distance <= limit) near.push({ of: rows[k] as number, distance });
    }
    near.sort((one, other) => one.distance - other.distance);
    if (near.length === 0) return [];
    exact ||= near[0]?.distance === 0;
    const of = near.map((one) => name(table, one.of));
    return say("findings.copy", { row: name(heldOut, row), of });
  });
  if (!exact && 2 * pairs.length < Math.min(heldOut.n, MOST_LOOKED_AT)) return [];
  return [say("findings.copies", { count: pairs.length, rows: heldOut.n, pairs })];
}
