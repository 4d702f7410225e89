/** A kernel that lives in the page: a model as anywidget hands it out, with a real run behind it. */

import {
  type ByHand,
  type CurveArrays,
  DEFAULTS,
  type FitArrays,
  type FitInputs,
  type LossArrays,
  type Traits,
  type WireAnswer,
  type WireQuestion,
} from "../src/kernel/contract";
import type { Model, TraitName } from "../src/kernel/model";
import { watched } from "../src/text/settings";
import { float32, float64, int32, pack } from "./arrays";
import { FEATURES, INPUTS, LIMIT, ROWS, TARGET_NAMES, TARGETS, WORST } from "./crops";
import {
  BATCHES,
  firstWeights,
  fullLoss,
  lossOf,
  PHASES,
  pass,
  rowsOf,
  updated,
  type Weights,
} from "./descent";
import { frameOf } from "./frames";
import { coefficients, explained, FINDINGS, FLOOR } from "./insight";
import { SOURCE } from "./source";

export interface Message {
  /** A number, or the answer to a question. */
  readonly value?: number | string;
  readonly held?: boolean;
  readonly kind: string;
  readonly client: string;
  readonly id: number;
  readonly by?: string;
  readonly update?: number;
  readonly to?: string;
  readonly index?: number;
  readonly entries?: readonly ByHand[];
  readonly traits?: Partial<Traits>;
}

const COLUMNS = 512;

export class Kernel implements Model {
  /** Milliseconds that each answer takes; infinity: a kernel that is silent. */
  latency = 4;
  /** Updates in a slice at full speed. */
  slice = 3;
  readonly received: Message[] = [];
  /** How many of them were answered. */
  answered = 0;
  private dead = false;
  private readonly state: Traits;
  /** Right and counted guesses. */
  private readonly tally = [0, 0];
  private readonly listeners = new Map<string, Set<(...args: never[]) => void>>();
  private weights: Weights[] = [];
  private losses: number[] = [];
  private phase = -1;
  /** An entry was set by hand, and no update made since. */
  private byHand = false;
  /** As it was before the first set by hand. */
  private before: Weights | null = null;
  private due = 0;
  private lastAdvance = 0;

  constructor(initial: Partial<Traits> = {}) {
    this.state = {
      ...DEFAULTS,
      speed: null, // as fast as it goes: a test waits for nothing
      epochs: 50,
      batch_size: 3,
      _title: "Crop yields",
      _described: "The batch loss, told in words by the kernel.",
      _summary: "15 rows · 3 features → 2 targets",
      _limit: LIMIT,
      _worst: WORST,
      _floor: FLOOR,
      _findings: FINDINGS,
      _run_columns: ["learning rate", "epochs", "full-data loss"],
      _mean: 1190.7,
      _plot: true,
      _source: SOURCE,
      _names: { features: FEATURES, targets: TARGET_NAMES },
      _fit: {
        rows: ROWS,
        index: [...ROWS.keys()],
        count: ROWS.length,
        targets: TARGET_NAMES,
        leading: [1, 1],
        means: [],
        deviations: [],
        labels: [...FEATURES, ...TARGET_NAMES],
        named: true,
        held_out: [],
        held_out_count: 0,
      },
      _fit_inputs: pack<FitInputs>({
        columns: float32(FEATURES.map((_, k) => INPUTS.map((row) => row[k] ?? 0))),
        held_out: NONE,
      }),
      ...initial,
    };
    this.restart();
    this.publish();
  }

  get<K extends TraitName>(name: K): Traits[K] {
    return this.state[name];
  }

  set<K extends TraitName>(name: K, value: Traits[K]): void {
    if (this.state[name] === value) return;
    this.change({ [name]: value });
    if (name === "standardize") this.restart();
  }

  save_changes(): void {
    const total = this.state.epochs * BATCHES;
    if (this.state.status === "finished" && this.state.update < total)
      this.change({ status: "paused" });
    this.publish();
  }

  on(event: string, callback: (...args: never[]) => void): void {
    const known = this.listeners.get(event) ?? new Set();
    this.listeners.set(event, known.add(callback));
  }

  off(event: string, callback: (...args: never[]) => void): void {
    this.listeners.get(event)?.delete(callback);
  }

  listening(): number {
    return [...this.listeners.values()].reduce((total, { size }) => total + size, 0);
  }

  /** End: nothing can be sent any more. Answers under way still come; most hosts tell the model. */
  die(isTold = true): void {
    this.dead = true;
    if (isTold) this.emit("comm_live_update");
  }

  /** Be there again, or only the connection to it. */
  comeBack(): void {
    this.dead = false;
    this.emit("comm_live_update");
  }

  send(content: unknown): void {
    if (this.dead) throw new Error("Cannot send");
    const message = content as Message;
    this.received.push(message);
    if (Number.isFinite(this.latency)) setTimeout(() => this.answer(message), this.latency);
  }

  /** Do what a message asks, and tell every window so. */
  answer(message: Message): void {
    for (const [name, value] of Object.entries(message.traits ?? {}))
      this.set(name as TraitName, value as Traits[TraitName]);
    if (message.traits) this.publish();
    // A greeting changes nothing, and the tape is none of this kernel's business.
    if (!["hello", "tape", "look"].includes(message.kind)) {
      this.act(message);
      this.publish();
    }
    this.answered += 1;
    this.emit("msg:custom", { kind: "done", client: message.client, id: message.id });
  }

  emit(event: string, ...args: unknown[]): void {
    for (const callback of [...(this.listeners.get(event) ?? [])]) callback(...(args as never[]));
  }

  /** Set traits as a message of the kernel does: all of them first, then tell. */
  change(values: Partial<Traits>): void {
    Object.assign(this.state, values);
    for (const name of Object.keys(values)) this.emit(`change:${name}`);
  }

  private restart(): void {
    this.weights = [firstWeights(this.state.seed)];
    this.losses = [];
    this.phase = -1;
    this.byHand = false;
    const fresh = { update: 0, status: "ready", _pull: false, _alert: "", _notice: "" } as const;
    Object.assign(this.state, fresh);
  }

  private act(message: Message): void {
    const { kind, by, update = 0, index = 0 } = message;
    const { status } = this.state;
    if (!["keep", "forget", "advance", "pause"].includes(kind)) this.byHand = false;
    if (kind === "guess" || kind === "skip") {
      this.guess(message);
      return;
    }
    if (this.asks(message)) return;
    if (["step", "back", "seek", "reset", "run"].includes(kind)) this.change({ _question: {} });
    if (kind === "run" && !["finished", "diverged", "failed"].includes(status)) {
      this.due = 0;
      this.lastAdvance = performance.now();
      this.change({ status: "running", _pull: true });
    } else if (kind === "pause") this.rest();
    else if (kind === "reset") this.restart();
    else if (kind === "advance" && this.state._pull) this.advance();
    else if (kind === "seek") this.moveTo(update);
    else if (kind === "step") this.step(by);
    else if (kind === "back") this.back(by);
    else if (kind === "rescue") this.rescue(message.to);
    else if (kind === "set") for (const entry of message.entries ?? []) this.setEntry(entry);
    else if (kind === "undo") this.undo();
    else if (kind === "keep") this.keep();
    else if (kind === "forget") {
      this.change({ _runs: this.state._runs.filter((_, at) => at !== index) });
    }
  }

  private rescue(to = "start"): void {
    const { safe = 1e-5, good = 0 } = this.state._explained;
    this.state.learning_rate = safe;
    if (to === "start") this.restart();
    else {
      this.losses.length = good;
      this.moveTo(good);
    }
  }

  /** Whether a question comes before what a message asks for. */
  private asks({ kind, held }: Message): boolean {
    const { ask, update, status } = this.state;
    if (!ask || held || status === "running" || this.phase >= 0) return false;
    if (kind !== "step" && kind !== "run") return false;
    const comes = kind === "run" ? "The run goes on" : `Update ${update + 1} comes`;
    const question: WireQuestion = {
      act: kind,
      words: `${comes}. The loss over all rows is ${Math.round(this.full())} now. What will it be then?`,
      choices: ask === "loss" ? [] : ["Yes", "No"],
    };
    this.change({ _question: question });
    return true;
  }

  /** Do what was asked about. Close is within ten percent: the real rule is the kernel's. */
  private guess({ value, by = "update" }: Message): void {
    const { act } = this.state._question;
    if (!act) return;
    this.change({ _question: {} });
    if (act === "run") this.change({ status: "running", _pull: true });
    else this.step(by);
    const truth = this.full();
    const right =
      value === undefined ? null : value === "Yes" || Math.abs(Number(value) / truth - 1) < 0.1;
    if (right !== null) {
      this.tally[0] = (this.tally[0] ?? 0) + Number(right);
      this.tally[1] = (this.tally[1] ?? 0) + 1;
    }
    const answer: WireAnswer = {
      words: right === null ? "The loss fell." : `${right ? "Close" : "Not close"}: the loss fell.`,
      guess: value === undefined ? "" : String(value),
      truth: String(Math.round(truth)),
      right,
    };
    this.change({ _answer: answer, _score: `${this.tally[0]} of ${this.tally[1]} close` });
  }

  private full(): number {
    return fullLoss(this.weights[this.state.update] as Weights);
  }

  private undo(): void {
    this.weights[this.state.update] = this.before as Weights;
    this.change({ _undoes: "" });
  }

  private setEntry({ tensor, row, column, value }: ByHand): void {
    this.rest();
    const { update } = this.state;
    const { w, b } = this.weights[update] as Weights;
    if (!this.state._undoes) this.before = { w, b };
    const put = (numbers: readonly number[]) =>
      numbers.map((old, at) => (at === column ? Math.fround(Number(value)) : old));
    this.weights[update] =
      tensor === "w" ? { w: w.map((own, k) => (k === row ? put(own) : own)), b } : { w, b: put(b) };
    this.losses.length = update;
    this.phase = -1;
    this.byHand = true;
    this.change({ status: "paused", _notice: "", _undoes: "set" });
  }

  private keep(): void {
    const colours = ["#d95f02", "#1b9e77", "#7570b3", "#e7298a"];
    const kept = this.state._runs.filter((row) => row.kept);
    const colour = colours[kept.length % colours.length] ?? "#666666";
    this.change({ _runs: [...kept, { ...this.present(), colour, kept: true }] });
  }

  private present() {
    const { learning_rate: rate, epochs, update } = this.state;
    const loss = fullLoss(this.weights[update] as Weights);
    const cells = [rate.toExponential(), String(epochs), String(Number(loss.toPrecision(4)))];
    return { name: `rate ${rate.toExponential()}`, cells, colour: "#2563d4", kept: false };
  }

  private rest(): void {
    if (this.state.status === "running") this.change({ status: "paused", _pull: false });
  }

  private advance(): void {
    const now = performance.now();
    const speed = watched(this.state.speed, this.state._total);
    this.due += speed === null ? this.slice : ((now - this.lastAdvance) / 1000) * speed;
    this.lastAdvance = now;
    for (; this.due >= 1 && this.state._pull; this.due -= 1) this.finishUpdate();
  }

  private step(by = "update"): void {
    this.rest();
    if (["finished", "diverged"].includes(this.state.status)) return;
    this.change({ status: "paused" });
    if (by === "update") this.finishUpdate();
    if (by === "epoch") {
      do this.finishUpdate();
      while (this.state.update % BATCHES && this.state.status === "paused");
    }
    if (by === "phase") {
      this.phase += 1;
      if (this.phase >= PHASES.length) this.finishUpdate();
    }
  }

  private back(by = "update"): void {
    this.rest();
    const { update } = this.state;
    if (by === "phase" && this.phase >= 0) this.phase -= 1;
    else if (by === "phase" && update > 0) {
      this.moveTo(update - 1);
      this.phase = PHASES.length - 1;
    } else if (this.phase >= 0) this.moveTo(update);
    else this.moveTo(by === "epoch" ? Math.floor((update - 1) / BATCHES) * BATCHES : update - 1);
  }

  private moveTo(update: number): void {
    this.phase = -1;
    const at = Math.min(this.losses.length, Math.max(0, update));
    this.change({
      update: at,
      status: at === 0 ? "ready" : this.state._pull ? "running" : "paused",
    });
  }

  private finishUpdate(): void {
    const { update, learning_rate, seed } = this.state;
    this.phase = -1;
    if (update >= this.state.epochs * BATCHES) {
      this.change({ status: "finished", _pull: false });
      return;
    }
    const weights = this.weights[update] as Weights;
    const rows = rowsOf(update, seed);
    this.losses[update] = Math.fround(lossOf(weights, rows));
    this.weights[update + 1] = updated(weights, rows, learning_rate);
    this.state.update = update + 1;
    this.byHand = false;
    if (!Number.isFinite(this.losses[update])) this.change({ status: "diverged", _pull: false });
    else if ((update + 1) % BATCHES === 0 && this.isNear()) {
      const epoch = (update + 1) / BATCHES;
      const words = `Stopped after epoch ${epoch}: the loss is within ${this.state.stop_within} times the best possible.`;
      this.change({ status: "paused", _pull: false, _notice: words });
    } else if (update + 1 >= this.state.epochs * BATCHES) {
      this.change({ status: "finished", _pull: false });
    }
  }

  private isNear(): boolean {
    const { stop_within, update } = this.state;
    return stop_within !== null && fullLoss(this.weights[update] as Weights) <= stop_within * FLOOR;
  }

  private publish(): void {
    const { update, epochs, seed } = this.state;
    const epoch = Math.floor(update / BATCHES);
    const ended = this.losses.slice(Math.max(0, (epoch - 1) * BATCHES), epoch * BATCHES);
    const here = this.weights[update] as Weights;
    const last =
      this.phase >= 1
        ? lossOf(here, rowsOf(update, seed))
        : (this.losses[update - 1] ?? Number.NaN);
    this.change({
      update,
      _phase: PHASES[this.phase] ?? "",
      _epoch: epoch,
      _batch: update % BATCHES,
      _batches: BATCHES,
      _total: epochs * BATCHES,
      _recorded: this.losses.length,
      _losses: pack<LossArrays>({
        batch: float64([last]),
        epoch: float64([ended.reduce((sum, loss) => sum + loss, 0) / ended.length]),
        full: float64([fullLoss(here)]),
        held_out: float64([Number.NaN]),
      }),
      _curve: curveBytes(this.losses),
      ...this.frame(),
      _fit_data: fitBytes(here),
      _explained: explained(this.losses.slice(0, update), this.state.learning_rate),
      _coefficients: pack(coefficients(here, this.state.standardize)),
      _runs: [...this.state._runs.filter(({ kept }) => kept), this.present()],
    });
  }

  /** Between two updates the one just made is shown. */
  private frame(): Partial<Traits> {
    const { update, seed, learning_rate } = this.state;
    const ended = this.phase < 0 && update > 0 && !this.byHand;
    const at = ended ? update - 1 : update;
    const phase = ended ? PHASES.length + 1 : this.phase + 1;
    const weights = this.weights[at] as Weights;
    const { frame, data } = frameOf(at, weights, rowsOf(at, seed), learning_rate, phase);
    return { _frame: frame, _frame_data: data };
  }
}

const NONE = float32([]);

function fitBytes(weights: Weights): DataView {
  const { predictions } = pass(weights, [...INPUTS.keys()], 0);
  const errors = TARGET_NAMES.map((_, k) =>
    predictions.map((line, row) => (line[k] ?? 0) - (TARGETS[row]?.[k] ?? 0)),
  );
  const rmse = errors.map((own) => Math.sqrt(own.reduce((sum, e) => sum + e * e, 0) / own.length));
  const worst = errors.map((own) => Math.max(...own.map(Math.abs)));
  return pack<FitArrays>({
    targets: float32(TARGETS),
    predictions: float32(predictions),
    rmse: float32(rmse),
    worst: float32(worst),
    r2: float32(
      errors.map((own, k) => {
        const goals = TARGETS.map((row) => row[k] ?? 0);
        const mean = goals.reduce<number>((sum, goal) => sum + goal, 0) / goals.length;
        const spread = goals.reduce<number>((sum, goal) => sum + (goal - mean) ** 2, 0);
        return 1 - own.reduce((sum, e) => sum + e * e, 0) / spread;
      }),
    ),
    ...{ held_out_targets: NONE, held_out_predictions: NONE },
    ...{ held_out_rmse: NONE, held_out_r2: NONE },
  });
}

function curveBytes(losses: readonly number[]): DataView {
  const width = Math.max(1, Math.ceil(losses.length / COLUMNS));
  const columns: { readonly end: number; readonly all: readonly number[] }[] = [];
  for (let start = 0; start < losses.length; start += width) {
    const all = losses.slice(start, start + width);
    columns.push({ end: start + all.length, all });
  }
  const meanOf = (all: readonly number[]) => all.reduce((sum, loss) => sum + loss, 0) / all.length;
  const epochs = Array.from({ length: Math.floor(losses.length / BATCHES) });
  return pack<CurveArrays>({
    ends: int32(columns.map(({ end }) => end)),
    low: float32(columns.map(({ all }) => Math.min(...all))),
    high: float32(columns.map(({ all }) => Math.max(...all))),
    mean: float32(columns.map(({ all }) => meanOf(all))),
    epoch_ends: int32(epochs.map((_, epoch) => (epoch + 1) * BATCHES)),
    epoch: float32(epochs.map((_, k) => meanOf(losses.slice(k * BATCHES, (k + 1) * BATCHES)))),
    full_ends: int32([]),
    full: float32([]),
    held_out_ends: int32([]),
    held_out: float32([]),
  });
}
