/** Numbers that arrive as bytes, so that NaN and infinity arrive as they are. */

export interface Losses {
  /** Of the last batch; NaN before the first. */
  readonly batch: number;
  /** Mean over the last completed epoch. */
  readonly epoch: number;
  /** Of the whole table. */
  readonly full: number;
}

export function decodeLosses(bytes: DataView): Losses {
  const at = (index: number) =>
    bytes.byteLength >= 8 * (index + 1) ? bytes.getFloat64(8 * index, true) : Number.NaN;
  return { batch: at(0), epoch: at(1), full: at(2) };
}

/** One row of the table of losses; NaN where a loss is not known, or not finite. */
export interface LossRow {
  readonly epoch: number;
  readonly update: number;
  /** The mean batch loss since the row before. */
  readonly mean: number;
  readonly full: number;
}

export function decodeTable(bytes: DataView): LossRow[] {
  const rows: LossRow[] = [];
  for (let at = 0; at + 32 <= bytes.byteLength; at += 32) {
    const [epoch, update, mean, full] = [0, 8, 16, 24].map((by) =>
      bytes.getFloat64(at + by, true),
    ) as [number, number, number, number];
    rows.push({ epoch, update, mean, full });
  }
  return rows;
}

/** The batch losses of a stretch of updates that ends with `update`. */
export interface Column {
  readonly update: number;
  readonly min: number;
  readonly max: number;
}

export function decodeCurve(bytes: DataView): Column[] {
  const columns: Column[] = [];
  for (let offset = 0; offset + 12 <= bytes.byteLength; offset += 12) {
    columns.push({
      update: bytes.getFloat32(offset, true),
      min: bytes.getFloat32(offset + 4, true),
      max: bytes.getFloat32(offset + 8, true),
    });
  }
  return columns;
}
