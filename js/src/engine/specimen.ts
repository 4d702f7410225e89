/** One update under the microscope: its tensors as each phase leaves them; see specimen.py (pure). */

import type { Changed } from "../kernel/contract";
import { GradientUpdate, type Model, PHASES, type Phase, type Rows } from "./update";

type Numbers = Float32Array | Float64Array;

/** One named value inside an update. */
export interface Seen {
  readonly name: string;
  readonly shape: readonly number[];
  /** Null where the variable is None, or comes later. */
  readonly numbers: Numbers | null;
  readonly later: boolean;
  /** What it was before the phase that changed it; null also where it was not there. */
  readonly old: Numbers | null;
  /** By the last phase, by an earlier one of this update, or not in this update. */
  readonly changed: Changed;
}

export interface Specimen {
  /** All named values, in the order in which they are shown. */
  readonly seen: readonly Seen[];
  /** The table's rows that are in its batch. */
  readonly index: Int32Array;
  /** Which update of the run it is, from 1. */
  readonly number: number;
  /** How many phases are finished. */
  readonly done: number;
}

/** Make some phases of an update, from a model before it, and note what they leave. */
export function look(
  start: Model,
  rows: Rows,
  index: Int32Array,
  rate: number,
  number: number,
  done: number,
): Specimen {
  const n = index.length;
  const t = start.b.length;
  const d = start.w.length / t;
  const made = new GradientUpdate({ w: start.w.slice(), b: start.b.slice() }, n);
  made.take(rows, index, 0, n);
  const see = (phases: number) => {
    const gradient = number > 1 || phases > 2; // None before the first one
    const values: [string, number[], Numbers | null | false][] = [
      ["x", [n, d], made.x],
      ["y", [n, t], made.y],
      ["predictions", [n, t], phases > 0 && made.predictions],
      ["loss", [], phases > 1 && Float32Array.of(made.mse)],
      ["w", [t, d], made.model.w],
      ["b", [t], made.model.b],
      ["w.grad", [t, d], gradient ? made.wGrad : null],
      ["b.grad", [t], gradient ? made.bGrad : null],
      ["learning_rate", [], Float64Array.of(rate)],
    ];
    return values.map(
      ([name, shape, numbers]): Seen => ({
        ...{ name, shape, later: numbers === false, old: null, changed: "" },
        numbers: numbers ? numbers.slice() : null,
      }),
    );
  };
  let seen = see(0);
  for (let phase = 0; phase < done; phase += 1) {
    made[PHASES[phase] as Phase](rate);
    seen = see(phase + 1).map((now, k) => noted(now, seen[k] as Seen));
  }
  return { seen, index, number, done };
}

function noted(now: Seen, known: Seen): Seen {
  const { numbers, old, changed } = known;
  const same = now.numbers ? now.numbers.every((x, i) => Object.is(x, numbers?.[i])) : !numbers;
  return same
    ? { ...now, old, changed: changed && "earlier" }
    : { ...now, old: numbers, changed: "now" };
}
