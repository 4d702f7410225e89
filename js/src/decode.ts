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
