/** What travels in dicts: the microscope's traits, as frame.py writes them, and what is said of the run. */

/** A piece of source text and what it is: keyword, string, comment …, "" where it is nothing special. */
export type Token = readonly [kind: string, text: string];

/** The first and the last index of some lines. */
export type Lines = readonly [first: number, last: number];

export interface Source {
  readonly name: string;
  /** The built-in update: only its numbers can be explained. */
  readonly article: boolean;
  /** The number of lines[0] in its file. */
  readonly first: number;
  readonly lines: readonly (readonly Token[])[];
  /** The docstring. */
  readonly fold: Lines | null;
  /** Lines that only yield a phase's name. */
  readonly yields: readonly { readonly line: number; readonly name: string }[];
}

export interface Names {
  readonly features: readonly string[];
  readonly targets: readonly string[];
}

export type Axis = "rows" | "targets" | "features" | "";
export type Changed = "now" | "earlier" | "";
export type State = "value" | "none" | "later";

export interface WireTensor {
  readonly name: string;
  readonly shape: readonly number[];
  /** Rows and columns that are sent: the leading ones. */
  readonly shown: readonly number[];
  readonly dtype: string;
  readonly requires_grad: boolean;
  readonly axes: readonly Axis[];
  readonly state: State;
  /** Where the values begin, and where those before the last change do (-1: there are none). In bytes. */
  readonly at: number;
  readonly old: number;
  readonly bits: number;
  readonly was_none: boolean;
  readonly changed: Changed;
  /** Rows and columns of the entries that are as they were set by hand. */
  readonly by_hand: readonly (readonly [row: number, column: number])[];
}

export interface WireFrame {
  /** Counted from 1. */
  readonly update: number;
  /** Finished so far, and the last of them. */
  readonly phases: readonly string[];
  readonly phase: string;
  /** The update is complete. */
  readonly ended: boolean;
  /** Of the source's lines: just finished, next, and failed. */
  readonly done: Lines | null;
  readonly next: number | null;
  readonly failed: number | null;
  readonly sentence: string;
  /** Of the batch: names, and numbers in the table, from 0. */
  readonly rows: readonly string[];
  readonly index: readonly number[];
  readonly tensors: readonly Partial<WireTensor>[];
}

export interface FitNames {
  /** All rows, or a sample of them: names, and numbers in the table, from 0. */
  readonly rows: readonly string[];
  readonly index: readonly number[];
  readonly count: number;
  readonly targets: readonly string[];
  /** For each target: the feature by which a line alone explains most. */
  readonly leading: readonly number[];
  /** Of the features that are sent, over all rows; a constant one has the deviation 1. */
  readonly means: readonly number[];
  readonly deviations: readonly number[];
}

/** What went or goes wrong. */
export interface Explained {
  /** w or b never move; they go uphill; the loss grows; it is no longer finite. */
  readonly kind: "still" | "uphill" | "growing" | "diverged" | "";
  readonly words: string;
  /** A learning rate that is safe; 0: none helps. */
  readonly safe: number;
  /** The updates done at the best moment that is no worse than the start; 0: there is none. */
  readonly good: number;
}

/** A row of the comparison of runs. */
export interface RunRow {
  readonly name: string;
  readonly cells: readonly string[];
  /** "#rrggbb", on a light page. */
  readonly colour: string;
  /** The present run is not. */
  readonly kept: boolean;
}

/** What is asked before an act; empty where nothing is. */
export interface Question {
  readonly act: "step" | "run" | "set";
  readonly words: string;
  /** What can be answered; none: a number. */
  readonly choices: readonly string[];
}

/** What is shown while nothing is asked. */
export interface Answer {
  readonly words: string;
  /** "" where there is none. */
  readonly guess: string;
  readonly truth: string;
  /** null: neither, or not known yet. */
  readonly right: boolean | null;
}

/** One entry of w or b, set by hand. */
export interface ByHand {
  readonly tensor: string;
  readonly row: number;
  readonly column: number;
  readonly value: number;
}

export const NO_SOURCE: Source = {
  name: "",
  article: false,
  first: 1,
  lines: [],
  fold: null,
  yields: [],
};
