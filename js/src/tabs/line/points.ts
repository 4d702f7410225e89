/** Points that are drawn: what a hand does to them, ready-made ones, and a table of them as text (pure). */

import type { Range } from "../../charts/axis";
import type { Point } from "../../kernel/contract";
import { asCsv, quoted } from "../../text/csv";
import { shortest } from "../../text/format";
import { say } from "../../text/say";

/** About as many steps as the picture has pixels: a hand is not surer. */
const STEPS = 300;

/** A place that a hand points to, with no more digits than it means. */
export function placed(value: number, [low, high]: Range): number {
  const power = Math.floor(Math.log10((high - low) / STEPS));
  const rounded = Math.round(value / 10 ** power);
  return power < 0 ? Number(`${rounded}e${power}`) : rounded * 10 ** power;
}

export const moved = (points: readonly Point[], at: number, x: number, y: number): Point[] =>
  points.map((point, index) => (index === at ? { ...point, x, y } : point));

export const removed = (points: readonly Point[], at: number): Point[] =>
  points.filter((_, index) => index !== at);

export const added = (points: readonly Point[], x: number, y: number): Point[] => [
  ...points,
  { x, y, row: -1 },
];

// ---- to start from -----------------------------------------------------------------------------

export const PATTERNS = ["line", "outlier", "groups", "curve"] as const;
export type Pattern = (typeof PATTERNS)[number];

/** Numbers around 0 that look like noise, with a standard deviation of about 1; the same each time. */
function noises(seed: number, count: number): number[] {
  let state = seed;
  const next = () => {
    state = (state * 48_271) % 2_147_483_647;
    return state / 2_147_483_647;
  };
  // The sum of twelve even ones is almost normal, with a variance of 1.
  return Array.from({ length: count }, () =>
    Array.from({ length: 12 }, next).reduce((sum, each) => sum + each, -6),
  );
}

const ROWS = 20;
/** From 0.5 to 10. */
const EVENLY = Array.from({ length: ROWS }, (_, i) => (i + 1) / 2);

/** The heights over x, with noise. */
const over = (
  x: readonly number[],
  height: (x: number) => number,
  seed: number,
  spread: number,
) => {
  const noise = noises(seed, x.length);
  return x.map((each, i) => [each, height(each) + spread * (noise[i] ?? 0)] as const);
};

const LINE = over(EVENLY, (x) => 2 + 0.8 * x, 7, 0.7);

/** In each of the two groups y falls with x; over both it rises. */
const GROUPS = [
  ...over(EVENLY.slice(0, 9), (x) => 5 - 0.6 * x, 3, 0.4),
  ...over(EVENLY.slice(11), (x) => 15 - 0.6 * x, 5, 0.4),
];

const READY: Readonly<Record<Pattern, readonly (readonly [number, number])[]>> = {
  line: LINE,
  outlier: LINE.map(([x, y]) => (x === 9 ? [x, -6] : [x, y])),
  groups: GROUPS,
  curve: over(EVENLY, (x) => 1 + 0.12 * x * x, 11, 0.5),
};

export const patternOf = (pattern: Pattern): Point[] =>
  READY[pattern].map(([x, y]) => ({ x, y: Number(y.toFixed(2)), row: -1 }));

export const titleOf = (pattern: Pattern): string => say("draw.pattern", { pattern });

// ---- as text -----------------------------------------------------------------------------------

/** Quoted where a text could be taken for several cells, a comment or a frame; see table/writing.py. */
const cell = (text: string): string =>
  /[\p{L}\p{N}]/u.test(text) && !/[,;|\t"#\n]/.test(text) ? text : quoted(text);

/** A label that looks like a number says that it has no unit, so that it is read as a name. */
const head = (label: string): string =>
  cell(
    /^[\d\s.,+\-\u2212%$€£eE]+$/.test(label) || /^(nan|inf|n\/?a|true|false|yes|no)$/i.test(label)
      ? `${label} ()`
      : label,
  );

/** A table as CSV, which Python reads as the same numbers: columns, and names for the rows or null. */
export function tableAsCsv(
  labels: readonly string[],
  columns: readonly (readonly number[])[],
  names: readonly string[] | null,
): string {
  const rows = columns[0]?.map((_, i) =>
    columns.map((column) => shortest(column[i] ?? Number.NaN)),
  );
  const heads = labels.map(head);
  return asCsv([
    names ? ["", ...heads] : heads,
    ...(rows ?? []).map((row, i) => (names ? [cell(names[i] ?? ""), ...row] : row)),
  ]);
}
