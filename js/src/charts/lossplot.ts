/** The loss plot: its axes, where it is zoomed to, its paths, and where its labels go (pure). */

import type { Column, Curves, Points } from "../kernel/decode";
import { pixelOf, type Range, ticksOf } from "./axis";

/** Where the axes are in the picture, in its pixels. */
export interface Frame {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

/** Left free at both ends of the axis along, in pixels. */
export const EDGE = 6;
const TOP = 18;
const BOTTOM = 36;
/** No wider than this many letters is a name, and no wider than this share of the picture are all. */
const LETTERS = 33;
const SHARE = 0.4;
const LETTER = 6.1;

/** The axes of a picture: as much room to their right as the names of curves there need. */
export function frameOf(width: number, height: number, names: readonly string[]): Frame {
  const left = width < 480 ? 56 : 62;
  const longest = Math.max(0, ...names.map((name) => Math.min(LETTERS, [...name].length)));
  const right = longest ? Math.min(SHARE * width, 12 + LETTER * longest) : 10;
  return {
    left,
    top: TOP,
    width: Math.max(40, width - left - right),
    height: Math.max(40, height - TOP - BOTTOM),
  };
}

/** As much of a name as there is room for, to the right of the axes. */
export function fitting(name: string, room: number): string {
  const letters = [...name];
  const most = Math.min(LETTERS, Math.floor((room - 12) / LETTER));
  return letters.length > most ? `${letters.slice(0, most - 1).join("")}…` : name;
}

// ---- the axis of losses --------------------------------------------------------------------------

/** Decades, so that no curve runs along the edge. */
const MARGIN = 0.04;
/** Of the least loss: a floor below this is named at the edge. */
const REACH = 1e-5;

interface Seen {
  readonly curves: Curves;
  /** Kept runs. A branch, which may have diverged, does not stretch the axis. */
  readonly runs: readonly Points[];
  /** Of "batch", "epoch", "full" and "floor". */
  readonly shown: ReadonlySet<string>;
  /** NaN: not known. */
  readonly floor: number;
  /** The updates that are seen. */
  readonly window: Range;
}

/** The powers of ten, in halves, between which all that is shown lies. */
export function decadesOf({ curves, runs, shown, floor, window }: Seen): Range {
  const [from, to] = window;
  let [least, greatest] = [Number.POSITIVE_INFINITY, 0];
  const take = (update: number, ...losses: number[]) => {
    if (update < from || update > to) return;
    for (const loss of losses) {
      if (!(loss > 0 && loss < Number.POSITIVE_INFINITY)) continue;
      least = Math.min(least, loss);
      greatest = Math.max(greatest, loss);
    }
  };
  const all = ({ x, y }: Points) => {
    x.forEach((update, i) => {
      take(update, y[i] ?? 0);
    });
  };
  if (shown.has("batch")) for (const { update, min, max } of curves.batch) take(update, min, max);
  if (shown.has("epoch")) all(curves.epoch);
  if (shown.has("full")) all(curves.full);
  runs.forEach(all);
  const bottom = shown.has("floor") && floor > 0;
  if (greatest === 0) [least, greatest] = bottom ? [floor, floor * 1000] : [0.1, 1000];
  if (bottom && floor >= least * REACH)
    [least, greatest] = [Math.min(least, floor / 2), Math.max(greatest, floor)];
  return [
    Math.floor(2 * (Math.log10(least) - MARGIN)) / 2,
    Math.ceil(2 * (Math.log10(greatest) + MARGIN)) / 2,
  ];
}

/** So many decades and fewer also have labels between the powers of ten. */
const FEW = 1.6;
const MOST = 8;

/** Losses with a grid line and a number, and losses with a small mark. */
export function lossTicks([bottom, top]: Range): { labelled: number[]; plain: number[] } {
  const [first, last] = [Math.ceil(bottom), Math.floor(top)];
  const step = [1, 2, 3, 5, 10, 20, 50, 100].find((each) => (last - first) / each < MOST) ?? 200;
  const labelled: number[] = [];
  const plain: number[] = [];
  for (let power = first - 1; power <= last; power += 1) {
    for (let digit = 1; digit < (step > 1 ? 2 : 10); digit += 1) {
      const loss = Number(`${digit}e${power}`);
      if (Math.log10(loss) < bottom - 1e-9 || Math.log10(loss) > top + 1e-9) continue;
      const few = top - bottom < FEW && [2, 3, 5].includes(digit);
      (few || (digit === 1 && power % step === 0) ? labelled : plain).push(loss);
    }
  }
  return { labelled, plain };
}

// ---- the axis of updates and epochs --------------------------------------------------------------

/** Whole numbers within a range, about so many. */
export const wholeTicks = (range: Range, about: number): number[] =>
  ticksOf(range, Math.max(2, about)).filter(Number.isInteger);

/** The height at a place of a line through points with ascending x. */
export function between({ x, y }: Points, at: number): number {
  const next = x.findIndex((each) => each >= at);
  const [x0, x1, y0, y1] = [x[next - 1], x[next], y[next - 1], y[next]];
  if (x1 === undefined || y1 === undefined) return y.at(-1) ?? Number.NaN;
  if (x0 === undefined || y0 === undefined || x1 === x0) return y1;
  return y0 + ((at - x0) / (x1 - x0)) * (y1 - y0);
}

// ---- zoom ----------------------------------------------------------------------------------------

/** A zoom shows at least so many updates, and as many as this share of the run: it is drawn in columns. */
const FEWEST = 4;
const FINEST = 1 / 64;

/** A range of updates as it can be shown; null: the whole run. */
export function zoomTo([a, b]: Range, last: number): Range | null {
  const middle = (a + b) / 2;
  const length = Math.max(Math.abs(b - a), FEWEST, FINEST * last);
  if (length >= last) return null;
  const from = Math.min(last - length, Math.max(0, middle - length / 2));
  return [from, from + length];
}

/** Where a key leads; undefined: it is not for the plot. */
export function zoomBy(
  key: string,
  zoom: Range | null,
  last: number,
  now: number,
): Range | null | undefined {
  const [from, to] = zoom ?? [0, last];
  const middle = now >= from && now <= to ? now : (from + to) / 2;
  const half = (to - from) / 2;
  const times = { "+": 0.5, "=": 0.5, "-": 2, "\u2212": 2 }[key];
  if (times) return zoomTo([middle - times * half, middle + times * half], last);
  if (!zoom) return undefined;
  if (key === "0" || key === "Escape") return null;
  const by = { ArrowLeft: -half / 2, ArrowRight: half / 2 }[key];
  return by === undefined ? by : zoomTo([from + by, to + by], last);
}

// ---- paths ---------------------------------------------------------------------------------------

/** From updates and losses to pixels of the picture, and back along. */
export interface Scale {
  x(update: number): number;
  y(loss: number): number;
  update(pixel: number): number;
}

export function scaleOf({ left, top, width, height }: Frame, window: Range, decades: Range): Scale {
  const [from, to] = window;
  const along = width - 2 * EDGE;
  return {
    x: (update) => left + EDGE + ((update - from) / (to - from)) * along,
    // A loss of zero lies far below.
    y: (loss) => top + height - pixelOf(decades, height, Math.log10(loss)),
    update: (pixel) => from + ((pixel - left - EDGE) / along) * (to - from),
  };
}

const place = (x: number, y: number) => `${x.toFixed(1)} ${y.toFixed(1)}`;

/** A line through points, broken where a loss is not finite. */
export function pathOf({ x, y }: Points, scale: Scale): string {
  let path = "";
  let pen = "M";
  x.forEach((update, i) => {
    const loss = y[i] ?? Number.NaN;
    if (Number.isFinite(loss)) path += pen + place(scale.x(update), scale.y(loss));
    pen = Number.isFinite(loss) ? "L" : "M";
  });
  return path;
}

export const isFiniteColumn = ({ min, max }: Column): boolean =>
  Number.isFinite(min) && Number.isFinite(max);

/** The means of columns, as a curve. */
export const meansOf = (columns: readonly Column[]): Points => ({
  x: columns.map(({ update }) => update),
  y: columns.map(({ mean }) => mean),
});

/** Stretches of finite columns as closed bands: there along the largest, back along the least. */
export function bandOf(columns: readonly Column[], scale: Scale): string {
  let path = "";
  let stretch: Column[] = [];
  const close = () => {
    const there = stretch.map(({ update, max }) => place(scale.x(update), scale.y(max)));
    const back = stretch.map(({ update, min }) => place(scale.x(update), scale.y(min)));
    if (stretch.length > 1) path += `M${[...there, ...back.reverse()].join("L")}Z`;
    stretch = [];
  };
  for (const column of columns) {
    if (isFiniteColumn(column)) stretch.push(column);
    else close();
  }
  close();
  return path;
}

/** A path that is drawn as dots, by its round caps. */
export const dotsOf = ({ x, y }: Points, scale: Scale): string =>
  x
    .map((update, i) => `M${place(scale.x(update), scale.y(y[i] ?? Number.NaN))}h0`)
    .filter((dot) => !dot.includes("NaN"))
    .join("");

/** Some of the points, for marks: a power of two of the nearest ones apart, so that they stay as more come. */
export function sparse({ x, y }: Points, most: number): Points {
  const stride = Math.min(...x.slice(1).map((update, i) => update - (x[i] ?? 0)));
  const doublings = Math.ceil(Math.log2(Math.max((x.at(-1) ?? 0) / (stride * most), 1)));
  const step = stride * 2 ** doublings;
  const kept = x
    .map((_, i) => i)
    .filter((i) => i === 0 || Math.floor((x[i] ?? 0) / step) > Math.floor((x[i - 1] ?? 0) / step));
  return { x: kept.map((i) => x[i] ?? 0), y: kept.map((i) => y[i] ?? Number.NaN) };
}

/** The column that holds an update's loss. */
export const columnOf = (columns: readonly Column[], update: number): Column | undefined =>
  update > 0 ? columns.find((column) => column.update >= update) : undefined;

/** The first update whose loss was not finite, as far as columns tell; 0: none. */
export const firstBad = (columns: readonly Column[]): number =>
  columns.find((column) => !isFiniteColumn(column))?.update ?? 0;

// ---- labels --------------------------------------------------------------------------------------

/** Heights of labels, in pixels, none nearer to another than a line and none above the top. */
export function parted(heights: readonly number[], line: number, top: number): number[] {
  const order = heights.map((_, i) => i).sort((i, j) => (heights[j] ?? 0) - (heights[i] ?? 0));
  const placed = [...heights];
  let edge = Number.POSITIVE_INFINITY;
  for (const i of order) {
    edge = Math.min(placed[i] ?? 0, edge - line);
    placed[i] = edge;
  }
  edge = top - line;
  for (const i of order.reverse()) {
    edge = Math.max(placed[i] ?? 0, edge + line);
    placed[i] = edge;
  }
  return placed;
}

/** Which labels of ascending places have room before the next one that is shown; the last always has. */
export function withRoom(places: readonly number[], room: number): boolean[] {
  let next = Number.POSITIVE_INFINITY;
  return places
    .map((_, i) => places[places.length - 1 - i] ?? 0)
    .map((at) => {
      const free = next - at >= room;
      if (free) next = at;
      return free;
    })
    .reverse();
}
