/** What the page shows of a run at one moment, trait by trait, as panel/readings.py reads it. */

import type { Packed } from "../kernel/arrays";
import {
  DEFAULTS,
  type FitNames,
  MOST_FEATURES,
  MOST_TARGETS,
  type Source,
  TABLE_ROWS,
  type Traits,
} from "../kernel/contract";
import type { Points } from "../kernel/decode";
import { said } from "../text/format";
import { say } from "../text/say";
import { spaced } from "./batches";
import { diagnose } from "./diagnosis";
import { findings } from "./findings";
import { frameOf } from "./frame";
import { graphOf } from "./graph";
import { createDrawing, createMeans, type Kept } from "./losscurves";
import { float32, float64, pack } from "./pack";
import type { Trainer } from "./trainer";
import { PHASES } from "./update";

/** Milliseconds for losses over all rows that are not known yet: within a run, and at rest. */
const FULL_LOSSES = 2;
const FULL_AT_REST = 20;

/** `source` and `fit` are what the page knows of the update and of the rows that it shows. */
export function createReadings(trainer: Trainer, source: Partial<Source>, fit: Partial<FitNames>) {
  const { table } = trainer;
  const drawing = createDrawing(trainer);
  const epochMeans = createMeans(TABLE_ROWS);
  let means: number[] = [];
  let ends: number[] = [];
  let read = Number.NaN;

  function readEpochs(): void {
    const { recording } = trainer;
    if (recording.version !== read) [means, ends, read] = [[], [], recording.version];
    const more = recording.epochMeans(means.length);
    // One by one: a call takes only so many arguments.
    for (const mean of more.means) means.push(mean);
    for (const end of more.ends) ends.push(end);
    epochMeans.update(ends, means, recording.version);
  }

  function epochTable(known: Points): Record<string, Packed> {
    const full = new Map(known.x.map((update, k) => [update, known.y[k] as number]));
    const rows = epochMeans.columns();
    const epochs = [0, ...rows.map(({ count }) => count)];
    const updates = [0, ...rows.map(({ end }) => end)];
    return {
      epochs: float64(epochs),
      updates: float64(updates),
      mean: float64([Number.NaN, ...rows.map(({ mean }) => mean)]),
      full: float64(updates.map((update) => full.get(update) ?? Number.NaN)),
    };
  }

  function coefficients(): Record<string, Packed> {
    const { model, insight, batches } = trainer;
    const { mean, std } = batches.scale ?? { mean: [], std: [] };
    const { d, t } = table;
    const w = Array.from({ length: t }, (_, k) => [...model.w.subarray(k * d, (k + 1) * d)]);
    const plain = w.map((row) => row.map((weight, j) => weight / (std[j] ?? 1)));
    const shifts = plain.map((row) => row.reduce((sum, x, j) => sum + x * (mean[j] ?? 0), 0));
    const leading = (rows: readonly ArrayLike<number>[], b: ArrayLike<number>) =>
      float64(
        rows
          .slice(0, MOST_TARGETS)
          .flatMap((row, k) => [...Array.from(row).slice(0, MOST_FEATURES), b[k] as number]),
        [Math.min(t, MOST_TARGETS), Math.min(d, MOST_FEATURES) + 1],
      );
    const { leastSquares: best, scaledLeastSquares: scaled } = insight;
    return {
      now: leading(
        plain,
        shifts.map((shift, k) => (model.b[k] as number) - shift),
      ),
      best: leading(best.w, best.b),
      scaled_now: leading(w, model.b),
      scaled_best: leading(scaled.w, scaled.b),
    };
  }

  function fitted(): Record<string, Packed> {
    const { t, n, targets, heldOut } = table;
    const width = Math.min(t, MOST_TARGETS);
    const rowsOf = (numbers: Float32Array, index: readonly number[]) =>
      float32(
        index.flatMap((row) => [...numbers.subarray(row * t, row * t + width)]),
        [index.length, width],
      );
    const index = fit.index ?? [];
    const others = heldOut ? spaced(heldOut.n, fit.held_out?.length ?? 0) : [];
    const [made, guesses] = [trainer.predictions(), trainer.guesses()];
    const scores = scoresOf(made, targets, n, width);
    const unseen = heldOut ? scoresOf(guesses, heldOut.targets, heldOut.n, width) : [];
    return {
      targets: rowsOf(targets, index),
      predictions: rowsOf(made, index),
      rmse: float32(scores.map(({ rmse }) => rmse)),
      worst: float32(scores.map(({ most }) => most)),
      r2: float32(scores.map(({ r2 }) => r2)),
      held_out_targets: rowsOf(heldOut?.targets ?? guesses, others),
      held_out_predictions: rowsOf(guesses, others),
      held_out_rmse: float32(unseen.map(({ rmse }) => rmse)),
      held_out_r2: float32(unseen.map(({ r2 }) => r2)),
    };
  }

  /** For each target that is shown. */
  function scoresOf(made: Float32Array, targets: Float32Array, n: number, width: number) {
    const { t } = table;
    return Array.from({ length: width }, (_, k) => {
      let [sum, most, mean, spread] = [0, 0, 0, 0];
      for (let i = k; i < n * t; i += t) mean += (targets[i] as number) / n;
      for (let i = k; i < n * t; i += t) {
        const error = (made[i] as number) - (targets[i] as number);
        spread += ((targets[i] as number) - mean) ** 2;
        sum += error * error;
        most = Math.max(most, Math.abs(error));
      }
      return { rmse: Math.sqrt(sum / n), most, r2: spread > 0 ? 1 - sum / spread : Number.NaN };
    });
  }

  /** A sentence or two on where the run stands and how its loss came there. */
  function described(loss: number): string {
    const { recording, update, total, insight } = trainer;
    const { losses, updates: recorded, divergedAt } = recording;
    const stands = say("told.stands", { loss, floor: insight.floor });
    if (!recorded) return say("told.unbegun", { total, stands });
    if (!update) return say("told.back", { recorded, stands });
    const [first, last] = [losses[0] as number, losses[update - 1] as number];
    if (update === divergedAt) return say("told.diverged", { first, last, update });
    const same = said(first) === said(last);
    const ahead = update < recorded;
    return say("told.after", { update, total, ahead, recorded, same, first, last, stands });
  }

  /** All traits that a moment of the run decides; `atRest`: also those that take longer to work out. */
  return function now(atRest: boolean, kept: readonly Kept[], graphed: boolean): Partial<Traits> {
    const { update, phases, settings, place, schedule, recording, insight, specimen } = trainer;
    const loss = trainer.loss();
    readEpochs();
    const mean = means[place.epoch - 1] ?? Number.NaN;
    const { words, arrays } = frameOf(
      specimen,
      table,
      source,
      recording.byHand.get(specimen.number - 1) ?? [],
    );
    const full = trainer.fullLosses(atRest ? FULL_AT_REST : FULL_LOSSES);
    const traits: Partial<Traits> = {
      ...settings,
      ...{ update, _phase: PHASES[phases - 1] ?? "", _epoch: place.epoch, _batch: place.batch },
      _batches: schedule.endOf(place.epoch) - (update - place.batch),
      _total: trainer.total,
      _recorded: recording.updates,
      _undoes: trainer.canUndo ? "set" : "",
      _losses: pack({
        batch: float64([trainer.batchLoss], []),
        epoch: float64([mean], []),
        full: float64([loss], []),
        held_out: float64([trainer.unseenLoss()], []),
      }),
      ...drawing.curves(ends, means, full, trainer.unseenLosses()),
      ...{ _frame: words, _frame_data: pack(arrays), _fit_data: pack(fitted()) },
      _coefficients: pack(coefficients()),
      _table: pack(epochTable(full)),
      ...{ _limit: insight.largestStableRate, _worst: insight.worstBatchRate },
      ...{ _floor: insight.floor, _mean: insight.meanLoss, _notice: trainer.notice },
      _summary: say("panel.summary", {
        rows: table.n,
        features: table.d,
        targets: table.t,
        batch: settings.batch_size,
      }),
    };
    const graph = graphed ? graphOf(specimen, source) : null;
    Object.assign(traits, {
      _graph: graph?.words ?? {},
      _graph_data: graph ? pack(graph.arrays) : DEFAULTS._graph_data,
    });
    if (!atRest) return traits;
    const explained = diagnose(trainer);
    return {
      ...traits,
      _explained: explained.kind ? explained : {},
      _findings: findings(insight, settings.learning_rate),
      _described: described(loss),
      ...drawing.others(kept),
    };
  };
}
