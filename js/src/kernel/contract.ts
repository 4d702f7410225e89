/**
 * What the kernel and the page share, written by `python -m tests.contract` (`make format`) from
 * Python's declarations: do not edit.
 */

/** The synced traits. */
export interface Traits {
  _alert: string;
  _answer: Partial<WireAnswer>;
  _answers: string;
  _axis: readonly number[];
  _batch: number;
  _batches: number;
  _changes: readonly Change[];
  _coefficients: DataView;
  _curve: DataView;
  _described: string;
  _draft: Partial<WireDraft>;
  _epoch: number;
  _explained: Partial<Explained>;
  _findings: readonly string[];
  _fit: Partial<FitNames>;
  _fit_data: DataView;
  _fit_inputs: DataView;
  _floor: number;
  _frame: Partial<WireFrame>;
  _frame_data: DataView;
  _graph: Partial<WireGraph>;
  _graph_data: DataView;
  _held_out: number;
  _history: Partial<History>;
  _limit: number;
  _lines: readonly Line[];
  _lines_data: DataView;
  _losses: DataView;
  _mean: number;
  _messages: readonly string[];
  _names: Partial<Names>;
  _notice: string;
  _phase: string;
  _plot: boolean;
  _pull: boolean;
  _question: Partial<WireQuestion>;
  _recorded: number;
  _rows: Partial<Rows>;
  _rows_data: DataView;
  _run_columns: readonly string[];
  _runs: readonly RunRow[];
  _score: string;
  _source: Partial<Source>;
  _summary: string;
  _table: DataView;
  _tape: DataView;
  _title: string;
  _total: number;
  _undoes: string;
  _worst: number;
  ask: "loss" | "weight" | "diverges" | "line" | readonly Choice[] | null;
  batch_size: number;
  curves: readonly Curve[];
  epochs: number;
  hide: readonly string[];
  lang: string;
  learning_rate: number;
  lock: readonly string[];
  seed: number;
  shuffle: boolean;
  speed: number | "watch" | null;
  standardize: boolean;
  status: Status;
  step_by: StepBy;
  stop_patience: number | null;
  stop_within: number | null;
  tab: Tab;
  task: string;
  update: number;
}

const NOTHING = new DataView(new ArrayBuffer(0));

export const DEFAULTS: Readonly<Traits> = {
  _alert: "",
  _answer: {},
  _answers: "",
  _axis: [],
  _batch: 0,
  _batches: 1,
  _changes: [],
  _coefficients: NOTHING,
  _curve: NOTHING,
  _described: "",
  _draft: {},
  _epoch: 0,
  _explained: {},
  _findings: [],
  _fit: {},
  _fit_data: NOTHING,
  _fit_inputs: NOTHING,
  _floor: -1.0,
  _frame: {},
  _frame_data: NOTHING,
  _graph: {},
  _graph_data: NOTHING,
  _held_out: 0,
  _history: {},
  _limit: 0.0,
  _lines: [],
  _lines_data: NOTHING,
  _losses: NOTHING,
  _mean: 0.0,
  _messages: [],
  _names: {},
  _notice: "",
  _phase: "",
  _plot: false,
  _pull: false,
  _question: {},
  _recorded: 0,
  _rows: {},
  _rows_data: NOTHING,
  _run_columns: [],
  _runs: [],
  _score: "",
  _source: {},
  _summary: "",
  _table: NOTHING,
  _tape: NOTHING,
  _title: "",
  _total: 1,
  _undoes: "",
  _worst: 0.0,
  ask: null,
  batch_size: 3,
  curves: ["batch", "epoch", "full", "held_out", "floor", "branches", "runs"],
  epochs: 50,
  hide: [],
  lang: "en",
  learning_rate: 1e-05,
  lock: [],
  seed: 0,
  shuffle: true,
  speed: "watch",
  standardize: false,
  status: "ready",
  step_by: "update",
  stop_patience: null,
  stop_within: null,
  tab: "loss",
  task: "",
  update: 0,
};

export type Status = "ready" | "running" | "paused" | "finished" | "diverged" | "failed";

export type StepBy = "phase" | "update" | "epoch";

export type Tab = "loss" | "microscope" | "graph" | "line" | "predictions" | "compare" | "data" | "valley";

export type Curve = "batch" | "epoch" | "full" | "held_out" | "floor" | "branches" | "runs";

/** What the card shows while no question is open. */
export interface WireAnswer {
  readonly words: string;
  /** Empty if there is none. */
  readonly guess: string;
  readonly truth: string;
  /** None if neither, or not yet known. */
  readonly right: boolean | null;
}

export type Act = "step" | "run" | "set";

export type Role = "feature" | "target" | "encode" | "names" | "out";

/** A change of the settings, or of w or b by hand. */
export interface Change {
  /** The number of updates before it. */
  readonly update: number;
  /** Its label, which may be empty. */
  readonly words: string;
}

/** The table that a pasted text would make. */
export interface WireDraft {
  /** The request's token. */
  readonly token: string;
  readonly columns: readonly DraftColumn[];
  /** How many more columns there are. */
  readonly more: number;
  /** How many rows the text has. */
  readonly rows: number;
  /** The table in a sentence; empty if it is refused. */
  readonly summary: string;
  readonly notes: readonly string[];
  /** Why it is refused, with the rule and the remedy. */
  readonly error: string;
  /** Whether it is trained on now. */
  readonly trained: boolean;
}

/** A column of a pasted text. */
export interface DraftColumn {
  readonly name: string;
  readonly unit: string;
  /** Its first cells. */
  readonly cells: readonly string[];
  readonly role: Role;
  /** Whether it holds words and no numbers, so it can become 0/1 columns. */
  readonly words: boolean;
}

/** What went wrong, or is going wrong, in a run. */
export interface Explained {
  /**
   * w or b never move; they go uphill; the update function has another loss or step than was
   * meant; the loss grows; it is no longer finite.
   */
  readonly kind: "still" | "uphill" | "loss" | "growing" | "diverged" | "";
  readonly words: string;
  /** A safe learning rate; 0 if none helps. */
  readonly safe: number;
  /** The updates done at the best moment that is no worse than the start; 0 if there is none. */
  readonly good: number;
}

/** What never changes of a ``Fit``. */
export interface FitNames {
  /** All rows, or a sample of them. */
  readonly rows: readonly string[];
  /** Their numbers in the table, from 0. */
  readonly index: readonly number[];
  /** How many rows there are in all. */
  readonly count: number;
  readonly targets: readonly string[];
  /** For each target the feature, of those sent, that explains most of it alone. */
  readonly leading: readonly number[];
  /** The means of the features that are sent. */
  readonly means: readonly number[];
  /** Their standard deviations. */
  readonly deviations: readonly number[];
  /** Names with units, as in a file, of the features that are sent and of the targets. */
  readonly labels: readonly string[];
  /** Whether the rows have names of their own. */
  readonly named: boolean;
  /** The rows held out, or a sample of them; empty if there are none. */
  readonly held_out: readonly string[];
  /** How many rows are held out in all. */
  readonly held_out_count: number;
}

/** The words of a ``Frame``; lines are counted from 0. */
export interface WireFrame {
  /** Its number in the run, from 1. */
  readonly update: number;
  /** The finished phases. */
  readonly phases: readonly string[];
  /** The last finished phase; "" before the first. */
  readonly phase: string;
  /** Whether the update is complete. */
  readonly ended: boolean;
  /** The lines that are just finished. */
  readonly done: Lines | null;
  /** The line that comes next. */
  readonly next: number | null;
  /** The line at which the update was given up. */
  readonly failed: number | null;
  /** What the last phase did. */
  readonly sentence: string;
  /** The names of the batch's rows. */
  readonly rows: readonly string[];
  /** The numbers of these rows in the table, from 0. */
  readonly index: readonly number[];
  readonly tensors: readonly WireTensor[];
}

export type Changed = "now" | "earlier" | "";

export type Axis = "rows" | "targets" | "features" | "";

export type State = "value" | "none" | "later";

/** A stretch of lines. */
export type Lines = readonly [first: number, last: number];

/** What the page is told of a value beside its numbers. */
export interface WireTensor {
  /** As in the code, but without ``model.``. */
  readonly name: string;
  /** The whole shape, even if only the leading rows and columns are sent. */
  readonly shape: readonly number[];
  /** What torch calls it, "float32"; "float" and "int" for plain numbers. */
  readonly dtype: string;
  readonly requires_grad: boolean;
  /** What the rows and the columns stand for. */
  readonly axes: readonly [Axis, Axis];
  /** Whether it has a value, is None, or comes later in this update. */
  readonly state: State;
  /** The name of the array with its numbers, as rows and columns; "" if there is none. */
  readonly values: string;
  /** The name of the array with its numbers before the last change; "" if there is none. */
  readonly old: string;
  /** Whether the last change made it, so that there was nothing before. */
  readonly was_none: boolean;
  /** By the last phase, by an earlier one of this update, or not in this update. */
  readonly changed: Changed;
  /** Rows and columns of the entries that are as they were set by hand. */
  readonly by_hand: readonly (readonly [number, number])[];
}

/** The operations of the update that is looked at. */
export interface WireGraph {
  readonly update: number;
  readonly phases: readonly string[];
  readonly ended: boolean;
  /** How many there are; more than nodes, if lines of code are folded. */
  readonly operations: number;
  readonly spots: readonly WireSpot[];
  readonly nodes: readonly WireNode[];
}

export type Kind = "leaf" | "number" | "operation" | "gradient";

export type Part = "graph" | "plain" | "off";

/** A sub-expression in a line of code. */
export interface WireSpot {
  /** In the update function's source, from 0; -1: it is in another function. */
  readonly line: number;
  /** The line, or lines, without their indentation. */
  readonly source: string;
  readonly function: string;
  /** Where in them it begins, and where it ends: in characters of ``source``. */
  readonly start: number;
  readonly end: number;
}

/** An operation, or what comes from elsewhere. */
export interface WireNode {
  readonly kind: Kind;
  /** The operation's sign or name: "@". */
  readonly label: string;
  /** What the result is called: a variable, or the code. */
  readonly title: string;
  /** Its name inside the update, "w.grad"; "" where it has none there. */
  readonly tensor: string;
  readonly part: Part;
  /** How many phases were finished when it was made. */
  readonly phase: number;
  /** Which of all gradients to arrive, from 0; -1: none did. */
  readonly flow: number;
  /** How many phases were finished when it came; -1: none did. */
  readonly flow_phase: number;
  readonly inputs: readonly WireEdge[];
  readonly shape: readonly number[];
  /**
   * The array of its numbers, as rows and columns; "" where it has none.
   *
   * If these are only the leading ones, an array whose name begins with "norm" has the norm of all,
   * where that is known.
   */
  readonly values: string;
  /** The array of its gradient's numbers. */
  readonly gradients: string;
  /** How the largest entry of that is the sum of several shares, as in ``WireEdge.sum``. */
  readonly meeting: string;
  /** Where it stands, by numbers of the graph's spots: inmost first. */
  readonly spots: readonly number[];
  /** How it hands its gradient on. */
  readonly rule: string;
  /** What is wrong here. */
  readonly flaws: readonly string[];
}

/** One input of an operation. */
export interface WireEdge {
  /** The node that made it. */
  readonly source: number;
  /** What flowed back on this way: an array's name, "" if nothing has. */
  readonly share: string;
  /**
   * How its largest entry comes about: the name of an array of its place in the tensor, of how
   * many products there are, of their sum, and of the first of them: gradient and derivative.
   */
  readonly sum: string;
}

/** How the recorded run came about; each list is in the order in which it happened. */
export interface History {
  readonly stretches: readonly Stretch[];
  readonly by_hand: readonly HandEntry[];
  /** Whether the learning rate was chosen, or follows from the table. */
  readonly own_rate: boolean;
  /** Whose loss ``stop_patience`` is about. */
  readonly patience_on: "known" | "held_out";
  readonly kept: readonly Kept[];
}

/** Settings that held from some update on. */
export interface Stretch {
  /** The number of updates before. */
  readonly update: number;
  readonly settings: Pick<Traits, "learning_rate" | "batch_size" | "shuffle">;
}

/** An entry of w or b as it was set by hand; b has one row. */
export interface HandEntry {
  /** The number of updates before. */
  readonly update: number;
  readonly tensor: string;
  readonly row: number;
  readonly column: number;
  readonly value: number;
}

/** A run that was kept for comparison; its curve is one of the plot's lines. */
export interface Kept {
  readonly name: string;
  readonly settings: Pick<Traits, "learning_rate" | "epochs" | "batch_size" | "seed" | "shuffle" | "standardize">;
  /** Whole epochs that were made. */
  readonly epochs: number;
  readonly updates: number;
  readonly status: string;
  /** Over all rows; None where it is not finite. */
  readonly loss: number | null;
  readonly distance: number | null;
  readonly colour: string;
}

/** Another run's curve in the plot. */
export interface Line {
  /** The curve's name; empty if it has no label. */
  readonly name: string;
  /** A kept run's colour on a light page, as "#rrggbb"; empty for a branch. */
  readonly colour: string;
  /** The number of updates before a branch begins; 0 for a kept run. */
  readonly start: number;
  /** How many of ``LineArrays`` are its own. */
  readonly points: number;
}

/** The names of the table's columns, the leading ones. */
export interface Names {
  readonly features: readonly string[];
  readonly targets: readonly string[];
}

/** A question before an act; for "set", what should be set by hand. */
export interface WireQuestion {
  readonly act: Act;
  readonly words: string;
  /** The possible answers; empty if the answer is a number. */
  readonly choices: readonly string[];
}

/** The names of the table's rows and of all its columns. */
export interface Rows {
  readonly features: readonly string[];
  readonly targets: readonly string[];
  /** The names of the rows trained on; empty if they have none. */
  readonly rows: readonly string[];
  /** How many rows are held out: they come after the others. */
  readonly held_out: number;
  /** Their names. */
  readonly held_out_rows: readonly string[];
  readonly notes: readonly RowNote[];
  /** How the features, and then the targets, are stored. */
  readonly columns: readonly Stored[];
}

/** A notice about a table. */
export interface RowNote {
  readonly column: string;
  readonly words: string;
  /** Whether different numbers of the column have all become the same one. */
  readonly collapsed: boolean;
}

/** How a column is stored. */
export interface Stored {
  /** In which of the arrays: ``bytes``, ``shorts`` or ``floats``. */
  readonly type: "i1" | "i2" | "f4";
  /** The power of ten by which its numbers must be divided. */
  readonly decimals: number;
}

/** A row of the comparison of runs. */
export interface RunRow {
  readonly name: string;
  readonly cells: readonly string[];
  /** On a light page, as "#rrggbb". */
  readonly colour: string;
  /** The present run is not. */
  readonly kept: boolean;
}

/** An update function's source for the page; lines are counted from 0. */
export interface Source {
  /** The function's name. */
  readonly name: string;
  /** Whether it is the built-in update: only its numbers can be explained. */
  readonly article: boolean;
  /** The number of the first line in its file. */
  readonly first: number;
  readonly lines: readonly (readonly Token[])[];
  /** The docstring. */
  readonly fold: Lines | null;
  /** The lines that only yield a phase's name. */
  readonly yields: readonly Yield[];
}

/** A piece of source text. */
export type Token = readonly [kind: string, text: string];

/** A line that only yields a phase's name. */
export interface Yield {
  readonly line: number;
  readonly name: string;
}

/** A question with the answers to choose from. */
export interface Choice {
  readonly question: string;
  readonly choices: readonly string[];
  /** The position of the right one, from 0. */
  readonly right: number;
  /** Of each choice, why it is right or wrong; empty: nothing is said of any. */
  readonly why: readonly string[];
}

export type Control = "reset" | "back" | "step" | "run" | "step_by" | "loss" | "timeline" | "learning_rate" | "ruler" | "epochs" | "speed" | "stop" | "standardize" | "batch_size" | "seed" | "shuffle" | "curves" | "table" | "microscope" | "graph" | "set" | "line" | "draw" | "predictions" | "compare" | "data" | "paste" | "valley" | "keys";

/** Go one step. */
export interface Move {
  readonly kind: "step" | "back";
  readonly by: StepBy;
  /** Whether a key is held down: then nothing is asked. */
  readonly held?: boolean;
}

/** Requests without any details; "hello" only wants an answer. */
export interface Simple {
  readonly kind: "advance" | "hello" | "keep" | "pause" | "reset" | "run" | "skip" | "tape" | "undo";
}

/** Answer the question. */
export interface Guess {
  readonly kind: "guess";
  readonly value: number | string;
}

/** Go to a recorded moment. */
export interface Seek {
  readonly kind: "seek";
  readonly update: number;
}

/** Go back to a good moment, with a safe rate. */
export interface Rescue {
  readonly kind: "rescue";
  readonly to: "start" | "good";
}

/** Set entries of w and b by hand, all at once. */
export interface SetEntries {
  readonly kind: "set";
  readonly entries: readonly ByHand[];
}

/** An entry of w, or of b, which has one row, and the number that is set. */
export interface ByHand {
  readonly tensor: string;
  readonly row: number;
  readonly column: number;
  readonly value: number;
}

/** Drop a kept run. */
export interface Forget {
  readonly kind: "forget";
  readonly index: number;
}

/** Begin the run again on other points. */
export interface Draw {
  readonly kind: "draw";
  /** All of them. */
  readonly points: readonly Point[];
  /**
   * The title of a new table with the columns x and y; empty if the present table's rows have
   * changed.
   */
  readonly pattern: string;
  /**
   * The feature and the target of the table in which the points were drawn, if the present one is
   * not known to the page yet: then they are not all of the rows, but are added to them.
   */
  readonly onto?: readonly string[];
}

/** A row of one feature and one target. */
export interface Point {
  readonly x: number;
  readonly y: number;
  /** Its row in the present table, from 0; -1 if it is new. */
  readonly row: number;
}

/** Read a text as a table, and train on it if `train` is set. */
export interface Paste {
  readonly kind: "paste";
  /** Comes back with what was read. */
  readonly token: string;
  readonly text: string;
  /** One for each column; empty to read the text as it is. */
  readonly roles: readonly Role[];
  /** Whether to leave out rows with a missing value. */
  readonly drop_gaps: boolean;
  /** The decimal mark; empty to infer it from the cells. */
  readonly decimal: string;
  /** The mark between thousands; empty to infer it from the cells. */
  readonly thousands: string;
  /** The fraction of the rows to hold out; 0: none. */
  readonly held_out: number;
  readonly train: boolean;
}

/** Tell how a window shows the panel. */
export interface Look {
  readonly kind: "look";
  /** Width of the room for the loss plot, in the page's pixels; 0 if there is none. */
  readonly width: number;
  readonly height: number;
  /** Whether two tabs are side by side. */
  readonly beside: boolean;
}

/** The answer to a request. */
export interface Reply {
  readonly kind: "done";
  readonly client: string;
  readonly id: number;
  /** Whether there is more to do; then the page asks again. */
  readonly more?: boolean;
}

/** What a buffer says of one of its arrays. */
export type Head = readonly [dtype: ArrayType, shape: readonly number[]];

export type ArrayType = "f4" | "f8" | "i1" | "i2" | "i4";

export const CONTROLS: readonly Control[] = ["reset", "back", "step", "run", "step_by", "loss", "timeline", "learning_rate", "ruler", "epochs", "speed", "stop", "standardize", "batch_size", "seed", "shuffle", "curves", "table", "microscope", "graph", "set", "line", "draw", "predictions", "compare", "data", "paste", "valley", "keys"];

export const TABS: readonly Tab[] = ["loss", "microscope", "graph", "line", "predictions", "compare", "data", "valley"];

export const STEPS: readonly StepBy[] = ["phase", "update", "epoch"];

export const ROLES: readonly Role[] = ["feature", "target", "encode", "names", "out"];

export const KINDS: readonly (Traits["ask"] & string)[] = ["loss", "weight", "diverges", "line"];

export const SETTINGS: readonly (keyof Kept["settings"])[] = ["learning_rate", "epochs", "batch_size", "seed", "shuffle", "standardize"];

export const STRETCH_SETTINGS: readonly (keyof Stretch["settings"])[] = ["learning_rate", "batch_size", "shuffle"];

/** A message of the page. */
export type Request = Move | Simple | Guess | Seek | Rescue | SetEntries | Forget | Draw | Paste | Look;

/** For each of the t targets shown, d weights and the bias: each array (t, d + 1). */
export type CoefficientArrays = "now" | "best" | "scaled_now" | "scaled_best";

/** The curves of the run: columns (k,) of batch losses, and points (m,) of the others. */
export type CurveArrays = "ends" | "low" | "high" | "mean" | "epoch_ends" | "epoch" | "full_ends" | "full" | "held_out_ends" | "held_out";

/** The numbers of a ``Fit``: m rows are shown, and k of those held out, of t targets. */
export type FitArrays = "targets" | "predictions" | "rmse" | "worst" | "r2" | "held_out_targets" | "held_out_predictions" | "held_out_rmse" | "held_out_r2";

/** The features of a ``Fit``, which never change: the leading d of them, for m rows. */
export type FitInputs = "columns" | "held_out";

/** The points of all lines, one line after the other, each (k,). */
export type LineArrays = "ends" | "losses";

/** Four losses, each (); NaN: not known yet. */
export type LossArrays = "batch" | "epoch" | "full" | "held_out";

/**
 * All rows of the table, with the numbers used in training: each row of an array is a column.
 *
 * Each array has shape (k, n), for k columns of n rows, rows held out included.
 */
export type RowArrays = "bytes" | "shorts" | "floats";

/** The losses of a run by epochs, each (rows,); NaN: not known, or not finite. */
export type TableArrays = "epochs" | "updates" | "mean" | "full";

// insight/findings.py
export const NAMED_COLUMNS = 4; // that add nothing and are named each by itself

// insight/insight.py
export const MOSTLY = 0.75; // of a direction's squared length: a parameter with so much of it names it alone
export const ROUNDINGS_OF_PREDICTION = 3; // in a prediction: of w and b, of their products with x, of the sums

// insight/leakage.py
export const MOST_LOOKED_AT = 300; // The most rows held out that are compared, evenly chosen
export const KNOWN_ROWS = 20000; // rows trained on, likewise
export const NEAR_COPY = 0.1; // of the standard deviation, in each column
export const CLOSER = 0.25; // of the distance to the nearest row that chance alone would give

// insight/leastsquares.py
export const ROUNDINGS_OF_NUMBER = 4; // of each number: its own, and those of the sums in the column's mean

// lesson/guessing.py
export const BY_DEGREES = ["loss", "line"] as const; // kinds whose answers are more or less close

// lesson/questions.py
export const ACTS = ["step", "run"] as const; // What it can be asked before; "set", w and b by hand, is what is asked for
export const CHOICES = {"loss": [], "weight": ["Rise", "Fall"], "diverges": ["Yes", "No"], "line": ["Done"]} as const;
export const NEAR_BEST = 0.1; // of the way from the mean's loss to the best, what a good line may leave
export const SMALLEST_LOSS = 1e-12; // stands in for a loss of zero, which has no logarithm

// microscope/fit.py
export const MOST_HELD_OUT = 250;

// microscope/frame.py
export const FRAME_NUMBERS = 9000; // of all tensors together, those before a change included: 36 kB of float32

// microscope/graphwire.py
export const GRAPH_NUMBERS = 6000; // of all tensors together

// microscope/rules.py
export const MOST_TERMS = 4; // of a sum, that are written out

// microscope/values.py
export const MOST_ROWS = 64;
export const MOST_COLUMNS = 128;
export const FEWEST_COLUMNS = 8;

// panel/losscurves.py
export const COLUMNS = 512; // of batch losses
export const POINTS = 256; // of epoch means, and of losses over all rows
export const POINTS_OF_OTHERS = 128; // of a branch, and of a kept run
export const MOST_CHANGES = 8;

// panel/pace.py
export const WATCHED = 5; // seconds that a run takes that can be watched
export const MOST_WATCHED = 2500; // updates; a run of more is not slowed

// panel/readings.py
export const MOST_TARGETS = 8; // whose coefficients are shown
export const MOST_FEATURES = 32; // whose coefficients are shown
export const TABLE_ROWS = 100; // of losses in a table; even, as ``Envelope`` wants it

// panel/tables.py
export const MOST_POINTS = 500; // As many rows as the page shows of a table: what is not seen cannot be drawn
export const MOST_BEFORE = 20; // trainers that can be gone back to

// panel/traits.py
export const FASTEST = 1000000.0;

// plots/annotations.py
export const LONGEST_NAME = 33; // letters of a kept run's name that the plot shows
export const FLOOR_REACH = 1e-05; // of the least loss: a floor below this is labelled at the edge
export const RIGHT = 0.78; // of the axes' width: beyond it, words are to the left of their places

// plots/axes.py
export const MARGIN = 0.04; // decades, so that no curve runs along the edge
export const FEW_DECADES = 1.6; // up to here, ticks between powers of ten have labels, too
export const MOST_DECADE_TICKS = 8;
export const DECADE_STEPS = [1, 2, 3, 5, 10, 20, 50, 100, 200] as const;

// plots/curves.py
export const MOST_DOTS = 60; // batch losses with a dot each
export const MOST_MARKERS = 26; // on the full-data curve

// plots/loss.py
export const MOST_NAMES = 0.4; // of the width, that names of curves to the right of the axes may take

// recording/changes.py
export const SHOWN_BRANCHES = 8; // How many branches are shown, the latest ones
export const FEW_UPDATES = 10; // updates: a branch of fewer, from a step or two, has no name

// recording/checkpoints.py
export const MOST_CHECKPOINTS = 512;
export const FEWEST_CHECKPOINTS = 16;
export const CHECKPOINT_BYTES = 16777216;

// recording/recording.py
export const LONGEST_FIRST_STRIDE = 64;
export const MOST_BRANCHES = 20;
export const MOST_BRANCH_BYTES = 16777216;
export const SAME_LOSSES = 1e-06; // of them: as much as sums of 32-bit numbers differ in another order

// table/draft.py
export const MOST_LETTERS = 1000000; // The longest text that is read: ten letters for each cell that ``Table.parse`` takes

// table/precision.py
export const COUNTED = 100000; // The most rows for which different numbers are counted however small the rounding is

// training/comparison.py
export const PRESENT = "#c2500a";
export const COLOURS = ["#7b3fa0", "#0b7a75", "#9a7a00", "#b0256b", "#4a5a6a", "#5f7d16"] as const;

// training/defaults.py
export const SMALL_TABLE = 100; // rows, up to which batches are of the article's three

// training/diagnosis.py
export const LONGEST_STRETCH = 50; // updates in each of the stretches that are compared
export const STEADY = 5; // updates in a stretch from which on its mean is trusted more
export const MOST_TRIED = 16; // moments that are tried for a good one

// training/link.py
export const MOST_UPDATES = 1000000; // that a link may ask for: a minute or so of work

// training/run.py
export const MOST_SETS = 20; // sets by hand that can be taken back

// training/stopping.py
export const REMEMBERED = 64; // of the model's states at the ends of epochs, those that it may come back to
export const HALVINGS = 10; // of the slowest error, in which a loss falls a million times
export const ENDLESS = 1000000000; // epochs, which nobody waits for
export const CIRCLING = 20; // epochs in a row that bring back such a state: each order of rows has had its turn

// training/trainer.py
export const MOST_KEPT = 12;
