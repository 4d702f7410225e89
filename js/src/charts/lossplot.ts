/** The loss plot: its axes, where it is zoomed to, its paths, and where its labels go (pure). */

import {
  DECADE_STEPS,
  FEW_DECADES,
  FLOOR_REACH,
  LONGEST_NAME,
  MARGIN,
  MOST_DECADE_TICKS,
  MOST_NAMES,
} from "../kernel/contract";
import type { Column, Curves, Points } from "../kernel/decode";
import { pixelOf, type Range, ticksOf } from "./axis";

/** Where the axes are in the picture, in its pixels. */
export interface Frame {
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

/** Left free at both ends of the axis along, in pixels. */
export const EDGE = 6;
/** For the word above the axis, and for two rows of numbers below it. */
const TOP = 18;
const BOTTOM = 36;
const LETTER = 6.1;
/** Below this width names stand within the axes, in a key of so many rows at most. */
const NARROW = 560;
const MOST_ROWS = 5;

export const isNarrow = (width: number): boolean => width < NARROW;

/** The axes of a picture: as much room to their right as the names of curves there need. */
export function frameOf(width: number, height: number, names: readonly string[]): Frame {
  const beside = isNarrow(width) ? [] : names;
  const longest = Math.max(...beside.map((name) => Math.min(LONGEST_NAME, [...name].length)), 0);
  const room = longest ? Math.min(MOST_NAMES * width, 14 + LETTER * longest) : 18;
  return { left: width < 480 ? 56 : 62, right: width - room, top: TOP, bottom: height - BOTTOM };
}

/** As many letters as a name may have. */
const lettersIn = (room: number): number =>
  Math.min(LONGEST_NAME, Math.floor((room - 13) / LETTER));

/** Names as they stand in the picture: of long ones, such as a run's settings, what tells them apart. */
export function apart(names: readonly string[], room = Number.POSITIVE_INFINITY): string[] {
  const isLong = (name: string) => name.length > lettersIn(room);
  const long = names.filter(isLong).map((name) => name.split(", "));
  const tells = (part: string, at: number) => !at || long.some((parts) => !parts.includes(part));
  return names.map((name) => (isLong(name) ? name.split(", ").filter(tells).join(", ") : name));
}

/** As much of a name as there is room for. */
export function fitting(name: string, room: number): string {
  const most = lettersIn(room);
  const letters = [...name];
  return letters.length > most ? `${letters.slice(0, most - 1).join("")}…` : name;
}

interface Named {
  readonly name: string;
  /** "" for a branch. */
  readonly colour: string;
}

/**
 * Names as the rows of a key, the latest last; what there is no row for is counted in one without a colour. Branches
 * look alike, so they have one row.
 */
export function keyOf(
  lines: readonly Named[],
  branches: string,
  more: (count: number) => string,
): readonly (Named | { readonly name: string; readonly colour: null })[] {
  const others = new Set(lines.filter(({ colour }) => !colour).map(({ name }) => name));
  const [only = ""] = others;
  const rows = lines.filter(({ colour }) => colour);
  const all = others.size
    ? [{ name: others.size > 1 ? branches : only, colour: "" }, ...rows]
    : rows;
  if (all.length <= MOST_ROWS) return all;
  const hidden = all.length - MOST_ROWS + 1;
  return [{ name: more(hidden), colour: null }, ...all.slice(hidden)];
}

/** Between two lines of words, and above the key, where the words of changes stand, in pixels. */
export const LINE = 13;
const CHANGES = 11;

/**
 * Where a key of so many rows begins: to the right at the top, since losses fall; or above what stands at `lowest`, if
 * fewer points of other runs lie there.
 */
export function topOfKey(
  rows: number,
  lines: readonly Points[],
  { left, right, top, bottom }: Frame,
  scale: Scale,
  lowest: number,
): number {
  const height = LINE * rows;
  const high = top + CHANGES;
  const low = Math.min(bottom, lowest) - height - LINE / 2;
  const within = (from: number) =>
    lines.flatMap(({ x, y }) =>
      x.filter((update, i) => {
        const [across, up] = [scale.x(update), scale.y(y[i] ?? 0)];
        return across > (left + right) / 2 && up > from && up < from + height + LINE / 2;
      }),
    ).length;
  return low > high && within(high) > within(low) ? low : high;
}

// ---- the axis of losses --------------------------------------------------------------------------

interface Seen {
  readonly curves: Curves;
  /** Kept runs. A branch, which may have diverged, does not stretch the axis. */
  readonly runs: readonly Points[];
  /** Of "batch", "epoch", "full", "held_out" and "floor". */
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
  if (shown.has("held_out")) all(curves.heldOut);
  runs.forEach(all);
  const bottom = shown.has("floor") && floor > 0;
  if (greatest === 0) [least, greatest] = bottom ? [floor, floor * 1000] : [0.1, 1000];
  if (bottom && floor >= least * FLOOR_REACH)
    [least, greatest] = [Math.min(least, floor / 2), Math.max(greatest, floor)];
  return [
    Math.floor(2 * (Math.log10(least) - MARGIN)) / 2,
    Math.ceil(2 * (Math.log10(greatest) + MARGIN)) / 2,
  ];
}

/** Losses with a grid line and a number, and losses with a small mark. */
export function lossTicks([bottom, top]: Range): { labelled: number[]; plain: number[] } {
  const [first, last] = [Math.ceil(bottom), Math.floor(top)];
  const step = DECADE_STEPS.find((each) => (last - first) / each < MOST_DECADE_TICKS) ?? 200;
  const labelled: number[] = [];
  const plain: number[] = [];
  for (let power = first - 1; power <= last; power += 1) {
    for (let digit = 1; digit < (step > 1 ? 2 : 10); digit += 1) {
      const loss = Number(`${digit}e${power}`);
      if (Math.log10(loss) < bottom - 1e-9 || Math.log10(loss) > top + 1e-9) continue;
      const few = top - bottom < FEW_DECADES && [2, 3, 5].includes(digit);
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

export function scaleOf({ left, right, top, bottom }: Frame, window: Range, decades: Range): Scale {
  const [from, to] = window;
  const unit = (right - left - 2 * EDGE) / (to - from);
  return {
    x: (update) => left + EDGE + (update - from) * unit,
    // A loss of zero lies far below.
    y: (loss) => bottom - pixelOf(decades, bottom - top, Math.log10(loss)),
    update: (pixel) => from + (pixel - left - EDGE) / unit,
  };
}

const place = (x: number, y: number) => `${x.toFixed(1)} ${y.toFixed(1)}`;

/**
 * A line through points, broken where a loss is not finite; a point between two breaks is a dot. Or the same
 * mark at each point.
 */
export function pathOf({ x, y }: Points, scale: Scale, mark?: string): string {
  let open = false;
  return x
    .map((update, i) => {
      const loss = y[i] ?? Number.NaN;
      const goesOn = open && !mark;
      open = Number.isFinite(loss);
      if (!open) return "";
      const at = place(scale.x(update), scale.y(loss));
      return goesOn ? `L${at}` : `M${at}${mark ?? "h0"}`;
    })
    .join("");
}

export const isFiniteColumn = ({ min, max }: Column): boolean =>
  Number.isFinite(min) && Number.isFinite(max);

/** Stretches of finite columns as closed bands: there along the largest, back along the least. */
export function bandOf(columns: readonly Column[], scale: Scale): string {
  let [path, there, back] = ["", "", ""];
  const close = () => {
    if (there) path += `M${there}${back}Z`;
    there = back = "";
  };
  for (const column of columns) {
    const { update, min, max } = column;
    if (!isFiniteColumn(column)) close();
    else {
      there += `${there && "L"}${place(scale.x(update), scale.y(max))}`;
      back = `L${place(scale.x(update), scale.y(min))}${back}`;
    }
  }
  close();
  return path;
}

/** Some of the points, for marks: each of a power of two, so that they keep their places as more come. */
export function sparse({ x, y }: Points, most: number): Points {
  const step = 2 ** Math.ceil(Math.log2(Math.max(1, x.length / most)));
  const some = (all: readonly number[]) => all.filter((_, i) => i % step === 0);
  return { x: some(x), y: some(y) };
}

/** The column that holds an update's loss. */
export const columnOf = (columns: readonly Column[], update: number): Column | undefined =>
  update > 0 ? columns.find((column) => column.update >= update) : undefined;

/** The first update whose loss was not finite, as far as columns tell; 0: none. */
export const firstBad = (columns: readonly Column[]): number =>
  columns.find((column) => !isFiniteColumn(column))?.update ?? 0;

/** Heights of labels, in pixels, moved upwards until none is nearer to another than a line. */
export function parted(heights: readonly number[], line: number): number[] {
  const placed = [...heights];
  let edge = Number.POSITIVE_INFINITY;
  const upwards = [...heights.keys()].sort((i, j) => (heights[j] ?? 0) - (heights[i] ?? 0));
  for (const i of upwards) placed[i] = edge = Math.min(heights[i] ?? 0, edge - line);
  return placed;
}
