/**
 * The trainer: one training loop that can be stepped, run, wound back and continued, exactly (pure).
 *
 * A run is a function of table, settings and seed. So a past moment is had again, to the last bit, by making
 * updates again from the checkpoint before it. The verbs and their meaning are those of trainer.py.
 */

import type { StepBy } from "../kernel/contract";
import { Batches, type Table } from "./batches";
import { Insight, roundRate } from "./insight";
import { type Checkpoint, type Entry, Recording } from "./recording";
import { type Changes, Schedule, type Settings } from "./schedule";
import { Specimen } from "./specimen";
import { type Stop, Watch } from "./stopping";
import { GradientUpdate, type Model, mseLoss, PHASES, predict } from "./update";

const SMALL_TABLE = 100;
const MOST_SETS = 20;
/** Updates between two looks at the clock. */
const A_FEW = 32;

export type Status = "ready" | "paused" | "finished" | "diverged";
/** A rate or a batch size that is null is worked out from the table. */
export type Wanted = Omit<Settings, "learning_rate" | "batch_size"> & {
  readonly [K in "learning_rate" | "batch_size"]: number | null;
};

export class Trainer {
  readonly table: Table;
  readonly model: Model;
  recording: Recording;
  batches: Batches;
  /** Completed updates. */
  update = 0;
  /** Finished phases of the update under way. */
  phases = 0;
  /** How many epochs the run is to have. */
  epochs: number;
  #watch = new Watch({ within: null, patience: null });
  /** Settings that are to change with the next update. */
  #waiting: Changes = {};
  /** Makes the updates. */
  #made: GradientUpdate;
  /** The model before the update under way or the last one, and that one's number, if it is known. */
  #before: { readonly model: Model; update: number };
  #sets: { readonly recording: Recording; readonly update: number; readonly phases: number }[] = [];
  #insight: Insight;
  #ownRate: boolean;

  constructor(table: Table, wanted: Wanted) {
    this.table = table;
    this.#insight = new Insight(table, table.rows, false);
    this.#ownRate = wanted.learning_rate !== null;
    const settings = this.#filledIn(wanted);
    this.batches = new Batches(table, settings);
    this.recording = new Recording(Schedule.of(table.rows, settings), this.batches.start);
    this.model = this.batches.start;
    this.#before = { model: this.batches.start, update: -1 };
    this.#made = new GradientUpdate(this.model, 0);
    this.epochs = settings.epochs;
  }

  // ---- where it stands -----------------------------------------------------------------------

  /** From here on, with the changes that wait. */
  get settings(): Settings {
    const { settings } = this.recording.schedule.at(this.update);
    return { ...settings, ...this.#waiting, epochs: this.epochs };
  }

  /** How it goes on from here. */
  get schedule(): Schedule {
    const { schedule } = this.recording;
    if (Object.keys(this.#waiting).length === 0) return schedule;
    return schedule.changed(this.#next, { ...schedule.at(this.#next).settings, ...this.#waiting });
  }

  /** The number of updates before the next one that is not yet under way. */
  get #next(): number {
    return this.update + (this.phases ? 1 : 0);
  }

  /** Completed epochs. */
  get epoch(): number {
    return this.recording.schedule.locate(this.update).epoch;
  }

  /** Completed updates of the current epoch. */
  get batch(): number {
    return this.recording.schedule.locate(this.update).batch;
  }

  /** Updates in the whole run, if nothing more is changed. */
  get total(): number {
    return this.schedule.endOf(this.epochs - 1);
  }

  get diverged(): boolean {
    return this.update === this.recording.divergedAt && !this.phases;
  }

  get status(): Status {
    if (this.diverged) return "diverged";
    if (!this.phases && this.update >= this.total) return "finished";
    return this.#next ? "paused" : "ready";
  }

  /** Why the run stopped by itself where it stands. */
  get notice(): string {
    return (!this.phases && this.recording.notices.get(this.update)) || "";
  }

  /** The loss of the last batch, or of the one under way once it is known; NaN before. */
  get batchLoss(): number {
    if (this.phases) return this.phases > 1 ? this.#made.loss : Number.NaN;
    return this.recording.losses[this.update - 1] ?? Number.NaN;
  }

  /** The loss over the whole table, of this model or another one. */
  loss(model: Model = this.model): number {
    return mseLoss(this.predictions(model), this.table.targets, this.table.targets.length);
  }

  /** For all rows, (n, t). */
  predictions(model: Model = this.model): Float32Array {
    const predictions = new Float32Array(this.table.targets.length);
    predict(model, this.batches.inputs, this.table.rows, predictions);
    return predictions;
  }

  /** What the data say, with the present batch size and scaling. */
  get insight(): Insight {
    const { batch_size, standardize } = this.settings;
    this.#insight = this.#insight.but(batch_size, standardize);
    return this.#insight;
  }

  /**
   * The update under way, or the one just made; the one that waits at the start, and where w and b were just
   * set by hand.
   */
  get specimen(): Specimen {
    const { update, phases, recording } = this;
    const fresh = !phases && (!update || recording.byHand.has(update));
    const index = fresh || phases ? update : update - 1;
    if (!fresh && this.#before.update !== index) this.#goTo(update, phases, true);
    const schedule = fresh ? this.schedule : recording.schedule;
    const start = fresh ? this.model : this.#before.model;
    const rows = this.batches.rows(schedule, index);
    const { learning_rate } = schedule.at(index).settings;
    const done = fresh ? 0 : phases || PHASES.length;
    return new Specimen(start, this.batches, rows, learning_rate, index + 1, done);
  }

  // ---- forward -------------------------------------------------------------------------------

  /** Go forward by phases, updates or epochs; past the last one, `epochs` is raised to fit. */
  step(by: StepBy = "update", count = 1): void {
    if (by === "update") this.#train(this.update + count);
    else
      for (let k = 0; k < count && !this.diverged; k += 1) {
        if (by === "phase") this.#stepPhase();
        else this.#train(this.schedule.endOf(this.epoch));
      }
  }

  /** Train to the end of the run. */
  run(): void {
    this.advance(Infinity);
  }

  /**
   * Train for some milliseconds, for `most` updates at most, and return whether there is more to do: the run
   * has not come to its end, stopped by itself or diverged.
   */
  advance(milliseconds: number, most = Infinity): boolean {
    const deadline = performance.now() + milliseconds;
    const stop = Math.min(this.total, this.update + most);
    const { wanted } = this.#watch;
    while ((this.phases || this.update < stop) && !this.diverged) {
      const goal = Math.min(stop, this.update + A_FEW);
      this.#train(wanted ? Math.min(goal, this.schedule.endOf(this.epoch)) : goal);
      if (this.#lookAtEpoch()) return false;
      if (performance.now() >= deadline) break;
    }
    return !this.diverged && this.update < this.total;
  }

  /** Make updates until `stop` are done or the run diverges; one under way is finished first. */
  #train(stop: number): void {
    while (this.phases) this.#resume();
    if (this.update >= stop || this.diverged) return;
    while (this.update < stop && !this.diverged) {
      this.#begin();
      this.#make(stop);
    }
    this.epochs = Math.max(this.epochs, this.epoch + (this.batch ? 1 : 0));
  }

  #stepPhase(): void {
    if (!this.phases) this.#begin();
    this.#resume();
  }

  /** What waits takes hold. */
  #begin(): void {
    const { schedule, recording, update } = this;
    if (schedule !== recording.schedule) recording.changeSettings(update, schedule);
    this.#waiting = {};
    this.epochs = Math.max(this.epochs, schedule.locate(update).epoch + 1);
  }

  /** Make updates, for the first time or again, `stop` at most, up to the end of the epoch. */
  #make(stop: number): void {
    const { recording, batches } = this;
    const { schedule } = recording;
    const { batch_size, learning_rate } = schedule.at(this.update).settings;
    const end = Math.min(stop, schedule.nextChange(this.update));
    const made = this.#sized(batch_size);
    const order = batches.order(schedule, this.update);
    let { row } = schedule.locate(this.update);
    while (row < order.length && this.update < end) {
      const from = row;
      row = Math.min(row + batch_size, order.length);
      made.take(batches, order, from, row);
      if (this.update === stop - 1) this.#remember();
      if (!this.#took(made.run(learning_rate))) return;
    }
  }

  /** Make one more phase, of the next update where none is under way. */
  #resume(): void {
    const { schedule } = this.recording;
    const { batch_size, learning_rate } = schedule.at(this.update).settings;
    const made = this.#sized(batch_size);
    if (!this.phases) {
      const rows = this.batches.rows(schedule, this.update);
      made.take(this.batches, rows, 0, rows.length);
      this.#remember();
    }
    made.make(PHASES[this.phases] as (typeof PHASES)[number], learning_rate);
    this.phases = (this.phases + 1) % PHASES.length;
    if (!this.phases) this.#took(made.loss);
  }

  /** Note an update that was just made, and return whether another one can follow. */
  #took(loss: number): boolean {
    const { recording, model } = this;
    if (this.update === recording.updates) {
      if (!Number.isFinite(loss)) {
        this.#diverge(loss);
        return false;
      }
      recording.append(loss);
    }
    this.update += 1;
    if (recording.byHand.has(this.update)) this.#restore(recording.before(this.update));
    recording.pass(this.update, model);
    return this.update !== recording.divergedAt;
  }

  /** Stop after the first update whose loss is not finite, or before it if w or b are not. */
  #diverge(loss: number): void {
    const { recording, model } = this;
    this.#goTo(this.update);
    if ([...model.w, ...model.b].every(Number.isFinite)) {
      recording.append(loss);
      this.#make(this.update + 1);
    }
    recording.divergedAt = this.update;
  }

  #remember(): void {
    copy(this.model, this.#before.model);
    this.#before.update = this.update;
  }

  #sized(rows: number): GradientUpdate {
    const most = Math.min(rows, this.table.rows);
    if (this.#made.most < most) this.#made = new GradientUpdate(this.model, most);
    return this.#made;
  }

  // ---- back, and anywhere --------------------------------------------------------------------

  /** Go back by phases, updates or epochs; what was recorded stays for going on. */
  back(by: StepBy = "update", count = 1): void {
    const inside = this.phases > 0;
    if (by === "update") this.#goTo(Math.max(0, this.update - count + (inside ? 1 : 0)));
    else if (by === "epoch") this.#goTo(this.recording.schedule.back(this.update, count, inside));
    else
      for (let k = 0; k < count; k += 1)
        if (this.phases) this.#goTo(this.update, this.phases - 1);
        else if (this.update) this.#goTo(this.update - 1, PHASES.length - 1);
  }

  /** Go to a recorded moment, after so many updates, and so many phases of the next one. */
  seek(update: number, phases = 0): void {
    const { updates, divergedAt } = this.recording;
    const most = update === divergedAt ? 0 : PHASES.length - 1;
    this.#goTo(Math.min(Math.max(0, update), updates), Math.min(phases, most));
  }

  /** To `look` at the last update, it is made again in any case. */
  #goTo(update: number, phases = 0, look = false): void {
    const mark = this.recording.before(look && update ? update - 1 : update);
    this.#restore(mark);
    this.update = mark.update;
    this.phases = 0;
    this.#before.update = -1;
    while (this.update < update) this.#make(update);
    while (this.phases < phases) this.#resume();
  }

  #restore(mark: Checkpoint): void {
    copy(mark, this.model);
  }

  // ---- anew, and otherwise -------------------------------------------------------------------

  /** Begin again with the present settings, or others; the run so far stays as a branch. */
  reset(changes: Partial<Pick<Settings, "seed" | "standardize">> = {}): void {
    const now = this.settings;
    const rescaled = (changes.standardize ?? now.standardize) !== now.standardize;
    const rate = rescaled && !this.#ownRate ? null : now.learning_rate;
    const settings = this.#filledIn({ ...now, ...changes, learning_rate: rate });
    this.batches = new Batches(this.table, settings);
    const schedule = Schedule.of(this.table.rows, settings);
    this.recording = new Recording(schedule, this.batches.start, this.recording);
    this.epochs = settings.epochs;
    this.#waiting = {};
    this.#sets = [];
    this.#goTo(0);
  }

  /** Change settings from the next update on; `shuffle` holds from the next epoch on. */
  change(changes: Changes): void {
    const { epochs = this.epochs, ...others } = changes;
    this.epochs = epochs;
    if (Object.keys(others).length === 0) return;
    this.#ownRate ||= "learning_rate" in others;
    const recorded = this.recording.schedule.at(this.#next).settings;
    const all = Object.entries({ ...this.#waiting, ...others });
    this.#waiting = Object.fromEntries(
      all.filter(([name, value]) => value !== recorded[name as keyof Changes]),
    );
  }

  /** Set entries of w and b by hand. An update under way is left. */
  set(entries: readonly Entry[]): void {
    const { update, phases, recording, model } = this;
    this.#sets = [
      ...this.#sets.slice(1 - MOST_SETS),
      { recording: recording.copy(), update, phases },
    ];
    if (phases) this.#goTo(update);
    const changed = entries.filter(({ tensor, row, column, value }) => {
      const numbers = model[tensor];
      const at = (tensor === "w" ? row * this.table.features : 0) + column;
      const before = numbers[at];
      numbers[at] = value;
      return numbers[at] !== before;
    });
    recording.setByHand(update, model, changed);
  }

  /** Whether something in the run as it is was set by hand, at most twenty times ago. */
  get canUndo(): boolean {
    const last = this.#sets.at(-1);
    return last !== undefined && this.recording.byHand.has(last.update);
  }

  /** Take back what was last set by hand: the run is where and what it was before. */
  undo(): void {
    const last = this.canUndo && this.#sets.pop();
    if (!last) return;
    last.recording.comeBack(this.recording, last.update);
    this.recording = last.recording;
    this.#goTo(last.update, last.phases);
  }

  /** Go back to the start, or to a good update, and go on with a rate that is safe. */
  rescue(rate: number, good?: number): void {
    if (good === undefined) {
      this.change({ learning_rate: rate });
      this.reset();
      return;
    }
    this.#ownRate = true;
    this.#goTo(good);
    const settings = { ...this.settings, learning_rate: rate };
    this.recording.changeSettings(good, this.recording.schedule.changed(good, settings));
    this.#waiting = {};
  }

  /** When to stop before the last epoch. */
  get stop(): Stop {
    return this.#watch.stop;
  }

  set stop(stop: Stop) {
    this.#watch = new Watch(stop);
  }

  /** Look whether the run is to stop where an epoch has just ended. */
  #lookAtEpoch(): boolean {
    const { insight, notice, recording, update, model } = this;
    if (this.batch || this.phases || this.diverged) return false;
    let words = "";
    if (this.#watch.wanted) {
      const loss = this.loss();
      const halving = insight.isExact ? insight.slowestHalfLife(this.settings.learning_rate) : 0;
      const state = [model.w, model.b].map(bitsOf).join();
      words = this.#watch.look(this.epoch, loss, insight.distance(loss), state, halving);
    }
    if (words || notice) recording.note(update, words);
    return words !== "";
  }

  /** Settings with learning rate and batch size worked out where they are null. */
  #filledIn(wanted: Wanted): Settings {
    const batch_size = wanted.batch_size ?? (this.table.rows <= SMALL_TABLE ? 3 : 64);
    const told = this.#insight.but(batch_size, wanted.standardize);
    const learning_rate = wanted.learning_rate ?? roundRate(told.largestStableRate / 10);
    return { ...wanted, batch_size, learning_rate };
  }
}

const bitsOf = ({ buffer }: Float32Array) => new Int32Array(buffer);

function copy(from: Model, to: Model): void {
  to.w.set(from.w);
  to.b.set(from.b);
}
