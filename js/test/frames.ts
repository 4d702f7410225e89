/** Frames as frame.py makes them, of the descent in the page. */

import type { Packed } from "../src/kernel/arrays";
import type { Changed, WireFrame, WireTensor } from "../src/kernel/contract";
import { float32, float64, pack } from "./arrays";
import { INPUTS, ROWS, TARGETS } from "./crops";
import { type Pass, pass, type Weights } from "./descent";
import { lineOf } from "./source";

export interface Sent {
  readonly frame: WireFrame;
  readonly data: DataView;
}

type Numbers = readonly (readonly number[])[];

/** Packs numbers into one buffer and describes them. */
export class Packer {
  readonly tensors: WireTensor[] = [];
  private readonly arrays: Record<string, Packed> = {};

  /** A plain number has the dtype "float". */
  add(
    about: Partial<WireTensor> & { readonly name: string },
    values: Numbers | null,
    old: Numbers | null = null,
  ): void {
    const put = (name: string, numbers: Numbers | null) => {
      if (!numbers) return "";
      this.arrays[name] = (about.dtype === "float" ? float64 : float32)(numbers);
      return name;
    };
    this.tensors.push({
      shape: values ? [values.length, values[0]?.length ?? 0] : [],
      dtype: "float32",
      requires_grad: false,
      axes: ["", ""],
      was_none: false,
      changed: "",
      state: "value",
      by_hand: [],
      ...about,
      values: put(about.name, values),
      old: put(`${about.name} before`, old),
    });
  }

  get data(): DataView {
    return pack(this.arrays);
  }
}

const PHASES = ["predict", "loss", "backward", "update", "zero"];

/** Lines that each phase has done, and the line after it. */
const LINES: readonly (readonly [string, string, string | null])[] = [
  ["predictions = model", "predictions = model", "loss = mse_loss"],
  ["loss = mse_loss", "loss = mse_loss", "loss.backward"],
  ["loss.backward", "loss.backward", "with torch.no_grad"],
  ["with torch.no_grad", "model.b -=", "model.w.grad.zero_"],
  ["model.w.grad.zero_", "return loss.item", null],
];

const zeros = (like: Numbers) => like.map((line) => line.map(() => 0));
const round = (x: number) => Number(x.toPrecision(4)).toLocaleString("en");

function sentenceOf(phase: string, { loss, wGrad }: Pass, rows: readonly number[]): string {
  switch (phase) {
    case "predict":
      return `The model predicted ${2 * rows.length} numbers: the targets of these ${rows.length} rows.`;
    case "loss":
      return `The loss of these ${rows.length} rows is ${round(loss)}: the mean of ${2 * rows.length} squared differences.`;
    case "backward":
      return `backward() filled w.grad and b.grad; the largest slope is ${round(Math.max(...wGrad.flat().map(Math.abs)))}.`;
    case "update":
      return "w and b took one step downhill: learning rate times gradient.";
    case "zero":
      return "The gradients are zero again, ready for the next update.";
    default:
      return "Press Step to go through the first update.";
  }
}

/**
 * The frame of an update (counted from 0) of which `phase` phases are done: 0 none, 5 all. Before the first
 * update of all there is no gradient.
 */
export function frameOf(
  update: number,
  weights: Weights,
  rows: readonly number[],
  rate: number,
  phase: number,
): Sent {
  const all = pass(weights, rows, rate);
  const packer = new Packer();
  const changedIn = (...phases: number[]): Changed => {
    const last = Math.max(0, ...phases.filter((each) => each <= phase));
    return last === 0 ? "" : last === phase ? "now" : "earlier";
  };
  const pick = (table: Numbers) => rows.map((row) => table[row] ?? []);
  packer.add({ name: "x", axes: ["rows", "features"] }, pick(INPUTS));
  packer.add({ name: "y", axes: ["rows", "targets"] }, pick(TARGETS));
  const local = (name: string, since: number, about: Partial<WireTensor>, values: Numbers) => {
    const changed = changedIn(since);
    const state = phase >= since ? "value" : "later";
    const common = { name, changed, was_none: changed !== "", state, requires_grad: true } as const;
    packer.add(
      { ...common, ...(state === "later" ? {} : about) },
      state === "later" ? null : values,
    );
  };
  local("predictions", 1, { axes: ["rows", "targets"] }, all.predictions);
  local("loss", 2, { shape: [] }, [[all.loss]]);
  const moved = changedIn(4);
  const parameter = (about: Partial<WireTensor> & { name: string }, old: Numbers, now: Numbers) =>
    packer.add(
      { ...about, changed: moved, requires_grad: true },
      moved ? now : old,
      moved ? old : null,
    );
  const vector = { axes: ["", "targets"] as const, shape: [weights.b.length] };
  parameter({ name: "w", axes: ["targets", "features"] }, weights.w, all.after.w);
  parameter({ name: "b", ...vector }, [weights.b], [all.after.b]);
  const gradient = (about: Partial<WireTensor> & { name: string }, values: Numbers) => {
    const changed = changedIn(3, 5);
    if (phase < 3 && update === 0) packer.add({ name: about.name, state: "none" }, null);
    else if (phase < 3) packer.add(about, zeros(values));
    else if (phase < 5) {
      const first = update === 0;
      packer.add({ ...about, changed, was_none: first }, values, first ? null : zeros(values));
    } else packer.add({ ...about, changed }, zeros(values), values);
  };
  gradient({ name: "w.grad", axes: ["targets", "features"] }, all.wGrad);
  gradient({ name: "b.grad", ...vector }, [all.bGrad]);
  packer.add({ name: "learning_rate", shape: [], dtype: "float" }, [[rate]]);
  const name = PHASES[phase - 1] ?? "";
  const [from, to, next] = LINES[phase - 1] ?? ["", "", "predictions = model"];
  return {
    frame: {
      update: update + 1,
      phases: PHASES.slice(0, phase),
      phase: name,
      ended: phase === PHASES.length,
      done: name ? [lineOf(from), lineOf(to)] : null,
      next: next === null ? null : lineOf(next),
      failed: null,
      sentence: sentenceOf(name, all, rows),
      rows: rows.map((row) => ROWS[row] ?? ""),
      index: rows,
      tensors: packer.tensors,
    },
    data: packer.data,
  };
}
