/** What is on the wire of one feature and one target: the rows, the line, and where it was and goes (pure). */

import {
  bestLine,
  heightAt,
  isFiniteLine,
  type Line,
  lineOf,
  lossOf,
  meanOf,
  minus,
  type Parameters,
  pointsOf,
  type Units,
} from "../../charts/dataline";
import { unpack } from "../../kernel/arrays";
import type { FitInputs, FitNames, Names } from "../../kernel/contract";
import { decodeFit, type Side } from "../../kernel/decode";
import { type Frame, numberAt, type Tensor, tensorOf } from "../../state/frame";

/** The features that are here, each a column with a number for each row shown. */
export function decodeColumns(bytes: DataView, of: FitInputs = "columns"): number[][] {
  const { shape = [], values = [] } = unpack<FitInputs>(bytes)[of] ?? {};
  const [count = 0, rows = 0] = shape;
  return Array.from({ length: count }, (_, k) => [...values.slice(k * rows, (k + 1) * rows)]);
}

/** What is drawn of, the same at every moment of a run. */
export interface Data {
  readonly fit: Partial<FitNames>;
  readonly names: Partial<Names>;
  readonly columns: readonly (readonly number[])[];
  /** Of the rows held out. */
  readonly others?: readonly (readonly number[])[];
  readonly standardize: boolean;
}

/** Rows that are held out, as the picture has them. */
type HeldOut = Pick<Reading, "x" | "fromMean" | "targets" | "y"> & Pick<Side, "rmse" | "r2">;

export interface Reading {
  readonly feature: number;
  readonly target: number;
  /** The model has no other feature. */
  readonly alone: boolean;
  /** The feature, as it is, and counted from its mean over the rows shown. */
  readonly x: readonly number[];
  readonly fromMean: readonly number[];
  readonly centre: readonly number[];
  readonly units: Units;
  readonly targets: readonly number[];
  readonly predictions: readonly number[];
  /** The points' heights in the picture. */
  readonly y: readonly number[];
  /** The model's line; null where w or b is not finite. */
  readonly line: Line | null;
  readonly best: Line;
  /** Where the line was before the update that is shown changed it. */
  readonly before: Line | null;
  /** How the line would move at a learning rate of 1: downhill, for the batch. */
  readonly pull: Line | null;
  /** What a line that is drawn by hand starts from: an update under way is left first. */
  readonly base: Parameters;
  readonly start: Line;
  /** This target's loss over all rows, also of a sample. */
  readonly loss: number;
  readonly r2: number;
  readonly heldOut: HeldOut | null;
  /** Which of the rows shown are in the batch. */
  readonly batch: readonly number[];
}

export function read(
  { fit, names, columns, others = [], standardize }: Data,
  frame: Frame,
  bytes: DataView,
  target: number,
  feature: number,
): Reading | null {
  const known = decodeFit(fit, bytes)[target];
  const x = columns[feature];
  if (!known || !x || x.length === 0) return null;
  const { targets, predictions } = known;
  const count = names.features?.length ?? columns.length;
  const centre = columns.map(meanOf);
  const mean = centre[feature] as number;
  const fromMean = x.map((each) => each - mean);
  const units: Units = standardize
    ? { means: fit.means ?? [], deviations: fit.deviations ?? [] }
    : { means: [], deviations: [] };
  const alone = count === 1;
  const w = tensor(frame, "w");
  const b = tensor(frame, "b");
  const now = parameters(w, b, target);
  // Whatever the other features do, the mean prediction is the line's height at the feature's mean.
  const line = { slope: lineOf(now, feature, centre, units).slope, height: meanOf(predictions) };
  const finite = isFiniteLine(line);
  /** How the line moves with w and b: all features have a part in that. */
  const move = (by: Parameters) =>
    count === columns.length && w?.columns === count ? lineOf(by, feature, centre, units) : null;
  const was = w?.old || b?.old ? parameters(w, b, target, true) : null;
  const moved = was && move(difference(now, was));
  const before = moved && finite ? minus(line, moved) : null;
  const gradient = !was && tensor(frame, "w.grad")?.changed === "now";
  const slope =
    gradient && move(parameters(tensor(frame, "w.grad"), tensor(frame, "b.grad"), target));
  const y = alone || !finite ? targets : pointsOf(line, fromMean, targets, predictions);
  const underWay = frame.phases.length > 0 && !frame.ended && was && before;
  const rows = fit.index ?? [];
  return {
    ...{ feature, target, alone, x, fromMean, centre, units, targets, predictions, y },
    line: finite ? line : null,
    best: bestLine(fromMean, y),
    before,
    pull: slope && finite ? minus({ slope: 0, height: 0 }, slope) : null,
    base: underWay ? was : now,
    start: underWay || line,
    loss: known.rmse ** 2,
    r2: known.r2,
    heldOut: known.heldOut && heldOutOf(known.heldOut, others[feature] ?? [], mean, line, alone),
    batch: frame.index.map((row) => rows.indexOf(row)).filter((at) => at >= 0),
  };
}

function heldOutOf(
  { targets, predictions, rmse, r2 }: Side,
  x: readonly number[],
  mean: number,
  line: Line,
  alone: boolean,
): HeldOut {
  const fromMean = x.map((each) => each - mean);
  const partial = !alone && isFiniteLine(line);
  const y = partial ? pointsOf(line, fromMean, targets, predictions) : targets;
  return { x, fromMean, targets, y, rmse, r2 };
}

/** The model's own tensor, also where a variable of the update has its name. */
const tensor = (frame: Frame, name: string): Tensor | undefined => {
  const own = tensorOf(frame, `model.${name}`) ?? tensorOf(frame, name);
  return own?.state === "value" ? own : undefined;
};

function parameters(
  w: Tensor | undefined,
  b: Tensor | undefined,
  target: number,
  before = false,
): Parameters {
  const at = (from: Tensor | undefined, row: number, column: number) =>
    from ? (numberAt(from, row, column, before && from.old !== null) ?? Number.NaN) : Number.NaN;
  return {
    w: Array.from({ length: w?.columns ?? 0 }, (_, k) => at(w, target, k)),
    b: at(b, 0, target),
  };
}

const difference = (a: Parameters, c: Parameters): Parameters => ({
  w: a.w.map((weight, k) => weight - (c.w[k] ?? Number.NaN)),
  b: a.b - c.b,
});

/** The loss of a line for the points shown, and the least that a line has for them. */
export const lossesOf = ({ fromMean, y, best }: Reading, line: Line) => ({
  now: lossOf(line, fromMean, y),
  best: lossOf(best, fromMean, y),
});

/** With one point elsewhere, of a model with one feature: where a hand holds it. */
export function redrawn(
  reading: Reading,
  held: { readonly at: number; readonly x: number; readonly y: number } | null,
): Reading {
  if (!held) return reading;
  const mean = reading.centre[reading.feature] ?? 0;
  const put = (numbers: readonly number[], value: number) =>
    numbers.map((each, i) => (i === held.at ? value : each));
  const x = put(reading.x, held.x);
  const y = put(reading.targets, held.y);
  const shift = meanOf(x) - mean;
  const centred = bestLine(
    x.map((each) => each - mean - shift),
    y,
  );
  return {
    ...reading,
    ...{ x, y, targets: y, fromMean: x.map((each) => each - mean) },
    best: { slope: centred.slope, height: heightAt(centred, -shift) },
  };
}

/** RMSE and R² that a line has for rows as they stand in the picture. */
export function scoreOf(
  line: Line,
  { fromMean, y, targets }: Pick<Reading, "fromMean" | "y" | "targets">,
): { readonly rmse: number; readonly r2: number } {
  const loss = lossOf(line, fromMean, y);
  const mean = meanOf(targets);
  const spread = meanOf(targets.map((each) => (each - mean) ** 2));
  return { rmse: Math.sqrt(loss), r2: spread > 0 ? 1 - loss / spread : Number.NaN };
}
