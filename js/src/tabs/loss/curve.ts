/** The loss curve behind the Timeline: from columns of losses to an SVG path. */

import type { Column } from "../../kernel/decode";

/** A range of log10 of the loss. */
export interface LogRange {
  readonly low: number;
  readonly high: number;
}

const QUARTER = 0.25;
const isOnLogScale = (x: number) => Number.isFinite(x) && x > 0;

export const isFiniteColumn = ({ min, max }: Column): boolean =>
  Number.isFinite(min) && Number.isFinite(max);

/** Quarter decades around all finite losses, so that the axis seldom moves while the curve grows. */
export function logRange(columns: readonly Column[]): LogRange {
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (const { min, max } of columns) {
    if (isOnLogScale(min)) low = Math.min(low, Math.log10(min));
    if (isOnLogScale(max)) high = Math.max(high, Math.log10(max));
  }
  if (low > high) return { low: 0, high: 1 };
  low = Math.floor(low / QUARTER) * QUARTER;
  high = Math.ceil(high / QUARTER) * QUARTER;
  if (high - low >= 1) return { low, high };
  const middle = Math.round((low + high) / 2 / QUARTER) * QUARTER;
  return { low: Math.min(low, middle - 0.5), high: Math.max(high, middle + 0.5) };
}

/** 0 at the top to 1 at the bottom; a loss of zero lies on the bottom. */
export function heightOf(loss: number, { low, high }: LogRange): number {
  if (!isOnLogScale(loss)) return loss > 0 ? 0 : 1;
  return Math.min(1, Math.max(0, (high - Math.log10(loss)) / (high - low)));
}

/** The powers of ten inside a range, for lines to read the curve by; at most about four. */
export function decadesIn({ low, high }: LogRange): number[] {
  const step = Math.max(1, Math.ceil((high - low) / 4));
  const first = Math.ceil(low / step) * step || 0;
  const exponents: number[] = [];
  for (let exponent = first; exponent <= high; exponent += step) exponents.push(exponent);
  return exponents;
}

/** A power of ten as the axis shows it: 0.01, 10,000, 1e32. */
export const powerOfTen = (exponent: number): string =>
  exponent < -3 || exponent > 5 ? `1e${exponent}` : (10 ** exponent).toLocaleString("en");

/** The box that paths are drawn in; it is stretched to whatever size the track has. */
export const BOX = { width: 1000, height: 100 } as const;

/** Stretches of finite columns as closed envelopes: there along the largest, back along the least. */
export function curvePath(columns: readonly Column[], total: number, range: LogRange): string {
  const at = (update: number, loss: number) =>
    `${((update / total) * BOX.width).toFixed(1)} ${(heightOf(loss, range) * BOX.height).toFixed(1)}`;
  let path = "";
  let stretch: Column[] = [];
  const close = () => {
    if (stretch.length === 0) return;
    const there = stretch.map(({ update, max }) => at(update, max));
    const back = stretch.map(({ update, min }) => at(update, min)).reverse();
    path += `M${there.join("L")}L${back.join("L")}Z`;
    stretch = [];
  };
  for (const column of columns) {
    if (isFiniteColumn(column)) stretch.push(column);
    else close();
  }
  close();
  return path;
}

/** Where the loss was not finite, as shares of the whole run. */
export const brokenAt = (columns: readonly Column[], total: number): number[] =>
  columns.filter((column) => !isFiniteColumn(column)).map(({ update }) => update / total);

/** The column that holds an update's loss. */
export const columnOf = (columns: readonly Column[], update: number): Column | undefined =>
  update > 0 ? columns.find((column) => column.update >= update) : undefined;
