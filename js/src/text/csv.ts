/** CSV (pure), and as such the losses: the numbers behind the curves. */

import type { Column, LossRow } from "../kernel/decode";

/** Lines of cells. */
export const asCsv = (rows: readonly (readonly (string | number)[])[]): string =>
  rows.map((cells) => `${cells.join()}\n`).join("");

export const quoted = (text: string): string => `"${text.replaceAll('"', '""')}"`;

/** As many digits as tell any two 32-bit numbers apart; nothing for a loss that is not known. */
const cell = (x = Number.NaN): string =>
  Number.isNaN(x) ? "" : Number.isFinite(x) ? String(Number(x.toPrecision(9))) : "inf";

/**
 * A line for each update, with the batch's loss before it; and where an epoch ends, the mean loss since the
 * last such line, and that of all rows. A long run has a line for a stretch of updates, with the least and the
 * greatest loss in it.
 */
export function lossesAsCsv(columns: readonly Column[], rows: readonly LossRow[]): string {
  const each = columns.every(({ update }, index) => update === index + 1);
  const batch = new Map(columns.map((column) => [column.update, column]));
  const ends = new Map(rows.map((row) => [row.update, row]));
  const updates = [...new Set([...ends.keys(), ...batch.keys()])].sort((a, b) => a - b);
  const lines = updates.map((update) => {
    const { min, max } = batch.get(update) ?? {};
    const { mean, full } = ends.get(update) ?? {};
    const losses = each ? [max] : [min, max];
    return [update, ...[...losses, mean, full].map(cell)];
  });
  const heads = each ? ["batch_loss"] : ["batch_loss_min", "batch_loss_max"];
  return asCsv([["update", ...heads, "mean_loss", "full_loss"], ...lines]);
}
