/**
 * The trainer: one training loop that can be stepped, run, wound back and continued, exactly (pure).
 *
 * A run is a function of table, settings and seed. So a past moment is reproduced, to the last bit, by repeating
 * updates from the checkpoint before it. The verbs and their meaning are those of trainer.py.
 */

import { MOST_SETS, SMALL_TABLE, type StepBy } from "../kernel/contract";
import type { Points } from "../kernel/decode";
import { createBatches, type Table } from "./batches";
import { createInsight, roundRate } from "./insight";
import { type Entry, Recording } from "./recording";
import { type Changes, differing, Schedule, type Settings } from "./schedule";
import { look } from "./specimen";
import { createWatch, type Stop } from "./stopping";
import { GradientUpdate, type Model, mseLoss, PHASES, type Phase, predict } from "./update";

/** Products of a weight and a feature between two looks at the clock. */
const A_FEW = 20_000;

export type Status = "ready" | "paused" | "finished" | "diverged";
/** A rate or a batch size that is null is worked out from the table. */
export type Wanted = Omit<Settings, "learning_rate" | "batch_size"> & {
  readonly [K in "learning_rate" | "batch_size"]: number | null;
};

export type Trainer = ReturnType<typeof createTrainer>;

/** `own`: whether the learning rate was chosen, or followed from a table. */
export function createTrainer(table: Table, wanted: Wanted, own = wanted.learning_rate !== null) {
  let insight = createInsight(table, table.n, false);
  let ownRate = own;
  let batches = createBatches(table, filledIn(wanted));
  let recording = new Recording(Schedule.of(table.n, filledIn(wanted)), batches.start());
  const model = batches.start();
  /** Completed updates. */
  let update = 0;
  /** Finished phases of the update under way. */
  let phases = 0;
  let epochs = wanted.epochs;
  /** Settings that are to change with the next update. */
  let waiting: Changes = {};
  /** Makes the updates. */
  let made = new GradientUpdate(model, 0);
  /** The model before the update under way or the last one, and that one's number, if it is known. */
  const before = batches.start();
  let beforeUpdate = -1;
  let sets: { readonly recording: Recording; readonly update: number; readonly phases: number }[] =
    [];
  let watch = createWatch({ within: null, patience: null, on: "known" });
  const fullLosses = new WeakMap<Model, number>();

  // ---- where it stands -----------------------------------------------------------------------

  /** From here on, with the changes that wait. */
  const settings = (): Settings => ({
    ...recording.schedule.at(update).settings,
    ...waiting,
    epochs,
  });

  /** The number of updates before the next one that is not yet under way. */
  const next = () => update + (phases ? 1 : 0);

  /** How it goes on from here: as recorded, if what waits is what holds here anyway. */
  function schedule(): Schedule {
    const { schedule } = recording;
    const recorded = schedule.at(next()).settings;
    const wanted = { ...recorded, ...waiting };
    return differing(recorded, wanted).length > 0 ? schedule.changed(next(), wanted) : schedule;
  }

  const place = () => recording.schedule.locate(update);
  const total = () => schedule().endOf(epochs - 1);
  const diverged = () => update === recording.divergedAt && !phases;

  function status(): Status {
    if (diverged()) return "diverged";
    if (!phases && update >= total()) return "finished";
    return next() ? "paused" : "ready";
  }

  /** For all rows, (n, t). */
  function predictions(of: Model = model): Float32Array {
    const numbers = new Float32Array(table.targets.length);
    predict(of, batches.inputs, table.n, numbers);
    return numbers;
  }

  /** For the rows held out. */
  function guesses(of: Model = model): Float32Array {
    const numbers = new Float32Array(table.heldOut?.targets.length ?? 0);
    if (batches.unseen) predict(of, batches.unseen, table.heldOut?.n ?? 0, numbers);
    return numbers;
  }

  /** Over the rows held out; NaN if there are none. */
  function unseenLoss(of: Model = model): number {
    if (!table.heldOut) return Number.NaN;
    return mseLoss(guesses(of), table.heldOut.targets, table.heldOut.targets.length);
  }

  /** Over the whole table. */
  const loss = (of: Model = model) => mseLoss(predictions(of), table.targets, table.targets.length);

  function told() {
    const { batch_size, standardize } = settings();
    insight = insight.but(batch_size, standardize);
    return insight;
  }

  function specimen() {
    const fresh = !phases && (!update || recording.byHand.has(update));
    const index = fresh || phases ? update : update - 1;
    if (!fresh && beforeUpdate !== index) goTo(update, phases, true);
    const held = fresh ? schedule() : recording.schedule;
    const rows = batches.rows(held, index);
    const { learning_rate } = held.at(index).settings;
    const done = fresh ? 0 : phases || PHASES.length;
    return look(fresh ? model : before, batches, rows, learning_rate, index + 1, done);
  }

  // ---- forward -------------------------------------------------------------------------------

  /** Make updates until `stop` are done or the run diverges; one under way is finished first. */
  function train(stop: number): void {
    while (phases) resume();
    if (update >= stop || diverged()) return;
    while (update < stop && !diverged()) {
      begin();
      make(stop);
    }
    const { epoch, batch } = place();
    epochs = Math.max(epochs, epoch + (batch ? 1 : 0));
  }

  /** What waits takes hold. */
  function begin(): void {
    const held = schedule();
    if (held !== recording.schedule) recording.changeSettings(update, held);
    waiting = {};
    epochs = Math.max(epochs, held.locate(update).epoch + 1);
  }

  /** Make updates, for the first time or again, `stop` at most, up to the end of the epoch. */
  function make(stop: number): void {
    const held = recording.schedule;
    const { batch_size, learning_rate } = held.at(update).settings;
    const end = Math.min(stop, held.nextChange(update));
    const order = batches.order(held, update);
    let { row } = held.locate(update);
    sized(batch_size);
    while (row < order.length && update < end) {
      const from = row;
      row = Math.min(row + batch_size, order.length);
      made.take(batches, order, from, row);
      if (update === stop - 1) remember();
      if (!took(made.run(learning_rate))) return;
    }
  }

  /** Make one more phase, of the next update where none is under way. */
  function resume(): void {
    const held = recording.schedule;
    const { batch_size, learning_rate } = held.at(update).settings;
    if (!phases) {
      const rows = batches.rows(held, update);
      sized(batch_size);
      made.take(batches, rows, 0, rows.length);
      remember();
    }
    made[PHASES[phases] as Phase](learning_rate);
    phases = (phases + 1) % PHASES.length;
    if (!phases) took(made.mse);
  }

  /** Note an update that was just made, and return whether another one can follow. */
  function took(loss: number): boolean {
    if (update === recording.updates) {
      if (!Number.isFinite(loss)) {
        diverge(loss);
        return false;
      }
      recording.append(loss);
    }
    update += 1;
    if (recording.byHand.has(update)) copy(recording.before(update), model);
    if (update === recording.divergedAt) return false;
    const known = recording.heldOut;
    if (table.heldOut && !known.has(update) && !place().batch) known.set(update, unseenLoss());
    recording.pass(update, model);
    return true;
  }

  /** Stop after the first update whose loss is not finite, or before it if w or b are not. */
  function diverge(loss: number): void {
    goTo(update);
    const moves = [...model.w, ...model.b].every(Number.isFinite);
    recording.divergedAt = update + (moves ? 1 : 0);
    if (moves) {
      recording.append(loss);
      make(update + 1);
    }
  }

  function remember(): void {
    copy(model, before);
    beforeUpdate = update;
  }

  function sized(rows: number): void {
    const most = Math.min(rows, table.n);
    if (made.most < most) made = new GradientUpdate(model, most);
  }

  /** Look whether the run is to stop where an epoch has just ended. */
  function stops(): boolean {
    const { epoch, batch } = place();
    if (batch || phases || diverged()) return false;
    let words = "";
    if (watch.wanted) {
      const { isExact, slowestHalfLife, distance } = told();
      const now = loss();
      const halving = isExact ? slowestHalfLife(settings().learning_rate) : 0;
      const bits = [model.w, model.b].map(({ buffer }) => new Int32Array(buffer)).join();
      const unseen = { update, loss: unseenLoss() };
      words = watch.look(epoch, now, distance(now), bits, halving, unseen);
    }
    if (words || recording.notices.get(update)) recording.note(update, words);
    return words !== "";
  }

  // ---- back, and anywhere --------------------------------------------------------------------

  /** To `look` at the last update, it is made again in any case. */
  function goTo(goal: number, inside = 0, look = false): void {
    const mark = recording.before(look && goal ? goal - 1 : goal);
    copy(mark, model);
    update = mark.update;
    phases = 0;
    beforeUpdate = -1;
    made.zero();
    while (update < goal) make(goal);
    while (phases < inside) resume();
  }

  /** Settings with learning rate and batch size worked out where they are null. */
  function filledIn(wanted: Wanted): Settings {
    const batch_size = wanted.batch_size ?? (table.n <= SMALL_TABLE ? 3 : 64);
    const limit = insight.but(batch_size, wanted.standardize).largestStableRate;
    return { ...wanted, batch_size, learning_rate: wanted.learning_rate ?? roundRate(limit / 10) };
  }

  function change({ epochs: planned = epochs, ...others }: Changes): void {
    epochs = planned;
    if (Object.keys(others).length === 0) return;
    ownRate ||= "learning_rate" in others;
    const recorded = recording.schedule.at(next()).settings;
    waiting = Object.fromEntries(
      Object.entries({ ...waiting, ...others }).filter(
        ([name, value]) => value !== recorded[name as keyof Changes],
      ),
    );
  }

  function reset(changes: Partial<Pick<Settings, "seed" | "standardize">> = {}): void {
    const now = settings();
    const rescaled = { ...now, ...changes }.standardize !== now.standardize;
    const learning_rate = rescaled && !ownRate ? null : now.learning_rate;
    const filled = filledIn({ ...now, ...changes, learning_rate });
    batches = createBatches(table, filled);
    recording = new Recording(Schedule.of(table.n, filled), batches.start(), recording);
    waiting = {};
    sets = [];
    goTo(0);
  }

  return {
    table,
    model,
    change,
    reset,
    loss,
    predictions,
    guesses,
    unseenLoss,
    get recording() {
      return recording;
    },
    get batches() {
      return batches;
    },
    get update() {
      return update;
    },
    get phases() {
      return phases;
    },
    get ownRate() {
      return ownRate;
    },
    get settings() {
      return settings();
    },
    get schedule() {
      return schedule();
    },
    /** Where in its epoch it stands. */
    get place() {
      return place();
    },
    /** Updates in the whole run, if nothing more is changed. */
    get total() {
      return total();
    },
    get status() {
      return status();
    },
    /** Why the run stopped by itself where it stands. */
    get notice(): string {
      return (!phases && recording.notices.get(update)) || "";
    },
    /** The loss of the last batch, or of the one under way once it is known; NaN before. */
    get batchLoss(): number {
      if (phases) return phases > 1 ? made.mse : Number.NaN;
      return recording.losses[update - 1] ?? Number.NaN;
    },
    /** What the data say, with the present batch size and scaling. */
    get insight() {
      return told();
    },
    /**
     * The update under way, or the one just made; the one that waits at the start, and where w and b were just
     * set by hand.
     */
    get specimen() {
      return specimen();
    },
    /** Go forward by phases, updates or epochs; past the last one, `epochs` is raised to fit. */
    step(by: StepBy = "update", count = 1): void {
      if (by === "update") train(update + count);
      else
        for (let k = 0; k < count && !diverged(); k += 1) {
          if (by === "epoch") train(schedule().endOf(place().epoch));
          else {
            if (!phases) begin();
            resume();
          }
        }
    },
    /**
     * Train for some milliseconds, for `most` updates at most, and return whether there is more to do: the run
     * has not come to its end, stopped by itself or diverged.
     */
    advance(milliseconds = Infinity, most = Infinity): boolean {
      const deadline = performance.now() + milliseconds;
      const stop = Math.min(total(), update + most);
      const few = Math.ceil(A_FEW / (settings().batch_size * model.w.length));
      while (most > 0 && (phases || update < stop) && !diverged()) {
        const goal = Math.min(stop, update + few);
        train(watch.wanted ? Math.min(goal, schedule().endOf(place().epoch)) : goal);
        if (stops()) return false;
        if (performance.now() >= deadline) break;
      }
      return !diverged() && update < total();
    },
    /** Go back by phases, updates or epochs; what was recorded stays for going on. */
    back(by: StepBy = "update", count = 1): void {
      if (by === "update") goTo(Math.max(0, next() - count));
      else if (by === "epoch") goTo(recording.schedule.back(update, count, phases > 0));
      else
        for (let k = 0; k < count; k += 1)
          if (phases) goTo(update, phases - 1);
          else if (update) goTo(update - 1, PHASES.length - 1);
    },
    /** Go to a recorded moment, after so many updates, and so many phases of the next one. */
    seek(goal: number, inside = 0): void {
      goTo(Math.min(goal, recording.updates), goal === recording.divergedAt ? 0 : inside);
    },
    /** Set entries of w and b by hand. An update under way is left. */
    set(entries: readonly Entry[]): void {
      sets = [...sets.slice(1 - MOST_SETS), { recording: recording.copy(), update, phases }];
      if (phases) goTo(update);
      const changed = entries.filter(({ tensor, row, column, value }) => {
        const numbers = model[tensor];
        const at = (tensor === "w" ? row * table.d : 0) + column;
        const old = numbers[at];
        numbers[at] = value;
        return numbers[at] !== old;
      });
      recording.setByHand(update, model, changed);
    },
    /** Whether something in the run as it is was set by hand, at most twenty times ago. */
    get canUndo(): boolean {
      return recording.byHand.has(sets.at(-1)?.update ?? -1);
    },
    /** Take back what was last set by hand, where `canUndo`: the run is where and what it was before. */
    undo(): void {
      const last = sets.pop();
      if (!last) return;
      last.recording.comeBack(recording, last.update);
      recording = last.recording;
      goTo(last.update, last.phases);
    },
    /** Go on with a rate that is safe: from the start, or from a good update of this run. */
    rescue(learning_rate: number, good = 0): void {
      if (!good) {
        change({ learning_rate });
        reset();
        return;
      }
      ownRate = true;
      goTo(good);
      const held = recording.schedule.changed(good, { ...settings(), learning_rate });
      recording.changeSettings(good, held);
      waiting = {};
    },
    /** Whether a run may stop before its last epoch. */
    get mayStop(): boolean {
      return watch.wanted;
    },
    /** When to stop before the last epoch. */
    stopAt(stop: Stop): void {
      watch = createWatch(stop);
    },
    /**
     * The losses over all rows at checkpoints, as far as they are known; those that are not are worked on for
     * some milliseconds, the latest first.
     */
    fullLosses(milliseconds: number): Points {
      const deadline = performance.now() + milliseconds;
      const found = new Map<number, number>();
      for (const mark of [...recording.checkpoints].reverse()) {
        const due = performance.now() <= deadline;
        const known = fullLosses.get(mark) ?? (due || found.size === 0 ? loss(mark) : undefined);
        if (known === undefined) continue;
        fullLosses.set(mark, known);
        found.set(mark.update, known);
      }
      return { x: [...found.keys()].reverse(), y: [...found.values()].reverse() };
    },
    /** The loss over the rows held out, at the start and as each epoch ended. */
    unseenLosses(): Points {
      const { heldOut: known, checkpoints } = recording;
      for (const mark of table.heldOut ? checkpoints : []) {
        // Elsewhere it was looked at as the epoch ended, if one did.
        const due = !mark.update || mark.byHand;
        if (due && !known.has(mark.update)) known.set(mark.update, unseenLoss(mark));
      }
      const there = [...known].sort(([one], [other]) => one - other);
      return { x: there.map(([at]) => at), y: there.map(([, one]) => one) };
    },
    /** The loss over all rows after so many recorded updates. */
    lossAfter(goal: number): number {
      const [here, inside] = [update, phases];
      goTo(goal);
      const found = loss();
      goTo(here, inside);
      return found;
    },
    /** The gradient of the loss over all rows, for this model or another one. */
    gradient(of: Model): Model {
      const all = new GradientUpdate(of, table.n);
      all.take(
        batches,
        Int32Array.from({ length: table.n }, (_, row) => row),
        0,
        table.n,
      );
      all.predict();
      all.backward();
      return { w: all.wGrad, b: all.bGrad };
    },
  };
}

function copy(from: Model, to: Model): void {
  to.w.set(from.w);
  to.b.set(from.b);
}
