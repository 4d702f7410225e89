/** What the kernel and the page share: the synced traits, as signals. */

import { batch, type ReadonlySignal, type Signal, signal } from "@preact/signals";
import type {
  Answer,
  Explained,
  FitNames,
  Names,
  Question,
  RunRow,
  Source,
  WireFrame,
} from "./wire";

export type StepBy = "phase" | "update" | "epoch";
export type Status = "ready" | "running" | "paused" | "finished" | "diverged" | "failed";

/** The one list of trait names on the page; a Python test holds it against the synced traits. */
export interface Traits {
  learning_rate: number;
  epochs: number;
  batch_size: number;
  seed: number;
  shuffle: boolean;
  standardize: boolean;
  step_by: StepBy;
  speed: number | "watch" | null;
  status: Status;
  update: number;
  _phase: string;
  _epoch: number;
  _batch: number;
  _batches: number;
  _total: number;
  _recorded: number;
  _losses: DataView;
  _curve: DataView;
  _table: DataView;
  _described: string;
  _title: string;
  _summary: string;
  _limit: number;
  _alert: string;
  _pull: boolean;
  _source: Partial<Source>;
  _names: Partial<Names>;
  _frame: Partial<WireFrame>;
  _frame_data: DataView;
  _fit: Partial<FitNames>;
  _fit_data: DataView;
  _worst: number;
  _floor: number;
  _mean: number;
  _findings: string[];
  _explained: Partial<Explained>;
  _coefficients: DataView;
  _runs: RunRow[];
  _run_columns: string[];
  _notice: string;
  curves: string[];
  stop_within: number | null;
  stop_patience: number | null;
  tab: string;
  ask: string | null;
  hide: string[];
  lock: string[];
  _question: Partial<Question>;
  _answer: Partial<Answer>;
  _score: string;
  _plot: boolean;
  _axis: number[];
  _tape: DataView;
}

export type TraitName = keyof Traits;

/** What anywidget 0.9 offers of its model, and no more. */
export interface Model {
  get<K extends TraitName>(name: K): Traits[K];
  set<K extends TraitName>(name: K, value: Traits[K]): void;
  save_changes(): void;
  send(content: unknown): void;
  on(event: string, callback: (...args: never[]) => void): void;
  off(event: string, callback: (...args: never[]) => void): void;
}

const NOTHING = new DataView(new ArrayBuffer(0));

/** Stands in for a trait that a kernel of another version does not send. */
export const DEFAULTS: Readonly<Traits> = {
  learning_rate: 1e-5,
  epochs: 1,
  batch_size: 1,
  seed: 0,
  shuffle: true,
  standardize: false,
  step_by: "update",
  speed: null,
  status: "ready",
  update: 0,
  _phase: "",
  _epoch: 0,
  _batch: 0,
  _batches: 1,
  _total: 1,
  _recorded: 0,
  _losses: NOTHING,
  _curve: NOTHING,
  _table: NOTHING,
  _described: "",
  _title: "",
  _summary: "",
  _limit: 0,
  _alert: "",
  _pull: false,
  _source: {},
  _names: {},
  _frame: {},
  _frame_data: NOTHING,
  _fit: {},
  _fit_data: NOTHING,
  _worst: 0,
  _floor: -1,
  _mean: 0,
  _findings: [],
  _explained: {},
  _coefficients: NOTHING,
  _runs: [],
  _run_columns: [],
  _notice: "",
  curves: ["batch", "epoch", "full", "floor", "branches", "runs"],
  stop_within: null,
  stop_patience: null,
  tab: "loss",
  ask: null,
  hide: [],
  lock: [],
  _question: {},
  _answer: {},
  _score: "",
  _plot: false,
  _axis: [],
  _tape: NOTHING,
};

const NAMES = Object.keys(DEFAULTS) as TraitName[];

export type TraitSignals = { readonly [K in TraitName]: ReadonlySignal<Traits[K]> };

export interface Synced {
  readonly traits: TraitSignals;
  /** Set a trait here and in the kernel. */
  set<K extends TraitName>(name: K, value: Traits[K]): void;
  /** Lay values over those of the model; null takes them away. */
  overlay(values: Partial<Traits> | null): void;
  /** Read every trait anew. */
  refresh(): void;
  dispose(): void;
}

/**
 * Follow a model's traits.
 *
 * One message of the kernel changes several traits, and the model tells of them one by one when all are
 * already set. Reading all of them at the first word keeps every view consistent at every moment.
 */
export function follow(model: Model): Synced {
  let over: Partial<Traits> | null = null;
  const read = <K extends TraitName>(name: K): Traits[K] =>
    (over && name in over ? over[name] : model.get(name)) ?? DEFAULTS[name];
  const signals = Object.fromEntries(NAMES.map((name) => [name, signal(read(name))])) as {
    [K in TraitName]: Signal<Traits[K]>;
  };
  const update = <K extends TraitName>(name: K) => {
    signals[name].value = read(name);
  };
  const refresh = () => batch(() => NAMES.forEach(update));
  for (const name of NAMES) model.on(`change:${name}`, refresh);
  return {
    traits: signals,
    set(name, value) {
      model.set(name, value);
      model.save_changes();
      refresh();
    },
    overlay(values) {
      if (over === values) return;
      over = values;
      refresh();
    },
    refresh,
    dispose() {
      for (const name of NAMES) model.off(`change:${name}`, refresh);
    },
  };
}
