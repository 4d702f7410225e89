/** One update under the microscope: its tensors as each phase leaves them; see specimen.py (pure). */

import type { Changed } from "../kernel/contract";
import { GradientUpdate, type Model, PHASES, type Rows } from "./update";

/** One named value inside an update. */
export interface Seen {
  readonly name: string;
  readonly shape: readonly number[];
  /** Null where the variable is None, or comes later. */
  readonly numbers: Float32Array | Float64Array | null;
  readonly later: boolean;
  /** What it was before the phase that changed it; null also where it was not there. */
  readonly old: Float32Array | Float64Array | null;
  /** By the last phase, by an earlier one of this update, or not in this update. */
  readonly changed: Changed;
}

export class Specimen {
  /** All named values, in the order in which they are shown. */
  readonly seen: readonly Seen[];
  readonly loss: number;

  constructor(
    start: Model,
    rows: Rows,
    /** The table's rows that are in its batch. */
    readonly index: Int32Array,
    rate: number,
    /** Which update of the run it is, from 1. */
    readonly number: number,
    /** How many phases are finished. */
    readonly done: number,
  ) {
    const n = index.length;
    const t = start.b.length;
    const d = start.w.length / t;
    const made = new GradientUpdate({ w: start.w.slice(), b: start.b.slice() }, n);
    made.take(rows, index, 0, n);
    const look = (phases: number) => {
      const gradient = number > 1 || phases > 2; // None before the first one
      const values: [string, number[], Float32Array | Float64Array | null, boolean?][] = [
        ["x", [n, d], made.x],
        ["y", [n, t], made.y],
        ["predictions", [n, t], phases > 0 ? made.predictions : null, phases < 1],
        ["loss", [], phases > 1 ? Float32Array.of(made.loss) : null, phases < 2],
        ["w", [t, d], made.model.w],
        ["b", [t], made.model.b],
        ["w.grad", [t, d], gradient ? made.wGrad : null],
        ["b.grad", [t], gradient ? made.bGrad : null],
        ["learning_rate", [], Float64Array.of(rate)],
      ];
      return values.map(
        ([name, shape, numbers, later = false]): Seen => ({
          ...{ name, shape, later, old: null, changed: "" },
          numbers: numbers?.slice() ?? null,
        }),
      );
    };
    let seen = look(0);
    for (let phase = 0; phase < done; phase += 1) {
      made.make(PHASES[phase] as (typeof PHASES)[number], rate);
      seen = look(phase + 1).map((now, k) => noted(now, seen[k] as Seen));
    }
    this.seen = seen;
    this.loss = done > 1 ? made.loss : Number.NaN;
  }

  /** The last finished phase; "" before the first. */
  get phase(): string {
    return PHASES[this.done - 1] ?? "";
  }

  /** Whether the update is complete. */
  get ended(): boolean {
    return this.done === PHASES.length;
  }
}

function noted(now: Seen, known: Seen): Seen {
  const same =
    now.numbers === known.numbers || now.numbers?.every((x, i) => Object.is(x, known.numbers?.[i]));
  if (same) return { ...now, old: known.old, changed: known.changed ? "earlier" : "" };
  return { ...now, old: known.numbers, changed: "now" };
}
