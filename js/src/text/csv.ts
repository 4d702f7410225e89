/** CSV (pure), and as such the losses: the numbers behind the curves. */

import type { Column, LossRow, Points } from "../kernel/decode";

/** Lines of cells. */
export const asCsv = (rows: readonly (readonly (string | number)[])[]): string =>
  rows.map((cells) => `${cells.join()}\n`).join("");

export const quoted = (text: string): string => `"${text.replaceAll('"', '""')}"`;

/** As many digits as tell any two 32-bit numbers apart; nothing for a loss that is not known. */
const cell = (x = Number.NaN): string =>
  Number.isNaN(x) ? "" : Number.isFinite(x) ? String(Number(x.toPrecision(9))) : "inf";

/**
 * A line for each update, with the batch's loss before it; and where an epoch ends, the mean loss since the
 * last such line, and that of all rows; and that of the rows held out, where some are. A long run has a line for a
 * stretch of updates, with the least and the greatest loss in it.
 */
export function lossesAsCsv(
  columns: readonly Column[],
  rows: readonly LossRow[],
  heldOut: Points = { x: [], y: [] },
): string {
  const each = columns.every(({ update }, index) => update === index + 1);
  const batch = new Map(columns.map((column) => [column.update, column]));
  const ends = new Map(rows.map((row) => [row.update, row]));
  const others = new Map(heldOut.x.map((update, index) => [update, heldOut.y[index]]));
  const updates = [...new Set([...ends.keys(), ...batch.keys(), ...others.keys()])].sort(
    (a, b) => a - b,
  );
  const lines = updates.map((update) => {
    const { min, max } = batch.get(update) ?? {};
    const { mean, full } = ends.get(update) ?? {};
    const losses = each ? [max] : [min, max];
    const unseen = others.size ? [others.get(update)] : [];
    return [update, ...[...losses, mean, full, ...unseen].map(cell)];
  });
  const heads = each ? ["batch_loss"] : ["batch_loss_min", "batch_loss_max"];
  const last = others.size ? ["held_out_loss"] : [];
  return asCsv([["update", ...heads, "mean_loss", "full_loss", ...last], ...lines]);
}
