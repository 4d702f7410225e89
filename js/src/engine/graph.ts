/** The operations of the article's update, with values and gradients, as graphwire.py tells of them (pure). */

import { type Packed, sizeOf } from "../kernel/arrays";
import {
  GRAPH_NUMBERS,
  type Kind,
  MOST_TERMS,
  type Part,
  type Source,
  type WireEdge,
  type WireGraph,
  type WireNode,
  type WireSpot,
} from "../kernel/contract";
import { say } from "../text/say";
import { cutOut, leading, share } from "./frame";
import { largest } from "./narration";
import { float32 } from "./pack";
import type { Specimen } from "./specimen";
import { PHASES, phasesOf } from "./update";

const f = Math.fround;

interface Value {
  readonly shape: readonly number[];
  readonly numbers: Float32Array | Float64Array;
}

/** What flows back to an input: how much, and how its largest entry comes about. */
interface Back {
  readonly share: Value;
  readonly terms?: readonly (readonly [gradient: number, derivative: number])[];
}

interface Operation {
  readonly label: string;
  readonly title: string;
  readonly tensor?: string;
  readonly kind?: Kind;
  readonly part?: Part;
  readonly phase: number;
  readonly inputs: readonly string[];
  readonly value: Value | undefined;
  /** Which of all gradients to arrive. */
  readonly flow?: number;
  readonly gradient?: Value;
  readonly backs?: readonly (Back | undefined)[];
  /** How that is the sum of several shares. */
  readonly meeting?: Back;
  readonly rule?: string;
  /** Where in the code: line, expression and function, inmost first. */
  readonly at?: readonly string[];
}

const MODEL = "return x @ self.w.t() + self.b";
const SUMMED = "return torch.sum(difference * difference) / difference.numel()";
const CALL = "LinearRegression.__call__";
const MSE = "mse_loss";
/** Lines of other functions. */
const ELSEWHERE: Readonly<Record<string, readonly [source: string, its: string]>> = {
  "self.w.t()": [MODEL, CALL],
  "x @ self.w.t()": [MODEL, CALL],
  "x @ self.w.t() + self.b": [MODEL, CALL],
  "predictions - targets": ["difference = predictions - targets", MSE],
  "difference * difference": [SUMMED, MSE],
  "torch.sum(difference * difference)": [SUMMED, MSE],
  "torch.sum(difference * difference) / difference.numel()": [SUMMED, MSE],
};

/** An update as far as it is made. */
export function graphOf(
  { seen, index, number, done }: Specimen,
  source: Partial<Source>,
): { words: WireGraph; arrays: Record<string, Packed> } {
  const ended = done === PHASES.length;
  const nodes = operationsOf(seen, index.length, number > 1, done);
  const keys = [...nodes.keys()];
  const values = [...nodes.values()].flatMap(({ value, gradient }) => [
    value,
    done > 2 && gradient,
  ]);
  const sizes = values.flatMap((one) => {
    if (!one) return [];
    const [rows, columns] = leading(one.shape);
    return [rows * columns];
  });
  const most = share(sizes, GRAPH_NUMBERS);
  const arrays: Record<string, Packed> = {};
  const names = new Map<Value, string>();
  const spots: WireSpot[] = [];

  function put(array: Packed): string {
    const name = String(Object.keys(arrays).length);
    arrays[name] = array;
    return name;
  }
  function nameOf(one: Value | undefined): string {
    if (!one?.numbers.length) return "";
    const known = names.get(one);
    if (known) return known;
    const kept = cutOut(one.shape, one.numbers, most);
    const name = put(kept);
    names.set(one, name);
    if (kept.values.length < one.numbers.length) {
      let squares = 0;
      for (const x of one.numbers) squares += x * x;
      arrays[`norm${name}`] = { shape: [1], values: Float64Array.of(Math.sqrt(squares)) };
    }
    return name;
  }
  /** The numbers that a sum is written with: entry, terms, total; "" where it only hands something on. */
  function sumOf(back: Back | undefined): string {
    if (!back?.terms?.length || (back.terms.length === 1 && back.terms[0]?.[1] === 1)) return "";
    const flat = largest(back.share.numbers);
    const total = back.share.numbers[flat] as number;
    const shown = back.terms.slice(0, MOST_TERMS).flat();
    return put(float32([flat, back.terms.length, total, ...shown]));
  }
  function spotOf(code: string): number {
    const [text, its] = ELSEWHERE[code] ?? ["", source.name ?? ""];
    const lines = (source.lines ?? []).map((pieces) => pieces.map(([, piece]) => piece).join(""));
    const line = text ? -1 : lines.findIndex((one) => one.includes(code));
    const whole = text || (lines[line] ?? code).trim();
    const start = whole.indexOf(code);
    const spot = { line, source: whole, function: its, start, end: start + code.length };
    const known = spots.findIndex((one) => JSON.stringify(one) === JSON.stringify(spot));
    return known < 0 ? spots.push(spot) - 1 : known;
  }
  function nodeOf(one: Operation): WireNode {
    const { label, title, kind = "operation", phase, inputs, backs = [], at = [] } = one;
    const flows = one.flow !== undefined && done > 2;
    return {
      ...{ kind, label, title, phase, tensor: one.tensor ?? "", part: one.part ?? "plain" },
      flow: flows ? (one.flow as number) : -1,
      flow_phase: flows ? 2 : -1,
      inputs: inputs.map((name, k): WireEdge => {
        const back = flows ? backs[k] : undefined;
        return { source: keys.indexOf(name), share: nameOf(back?.share), sum: sumOf(back) };
      }),
      shape: one.value?.shape ?? [],
      values: nameOf(one.value),
      gradients: flows ? nameOf(one.gradient) : "",
      meeting: flows ? sumOf(one.meeting) : "",
      spots: at.map(spotOf),
      rule: (flows && one.rule) || "",
      flaws: [],
    };
  }
  const all = [...nodes.values()].map(nodeOf);
  const words = {
    ...{ update: number, phases: phasesOf(done), ended },
    operations: all.filter(({ kind }) => kind === "operation").length,
    ...{ spots, nodes: all },
  };
  return { words, arrays };
}

/** What there is after some phases, in the order in which it came. */
function operationsOf(
  seen: Specimen["seen"],
  n: number,
  later: boolean,
  done: number,
): Map<string, Operation> {
  const of = (name: string) => seen.find((one) => one.name === name);
  const [x, y, w, b] = ["x", "y", "w", "b"].map((name) => {
    const { shape = [], numbers, old } = of(name) ?? {};
    return { shape, numbers: (done > 3 && old) || numbers || new Float32Array() };
  }) as [Value, Value, Value, Value];
  const [t = 1, d = 1] = w.shape;
  const many = [n, t];
  const numbers = (name: string, shape: readonly number[]): Value => ({
    shape,
    numbers: of(name)?.numbers ?? new Float32Array(),
  });
  const make = (shape: readonly number[], entry: (i: number) => number): Value => {
    const numbers = Float32Array.from({ length: sizeOf(shape) }, (_, i) => entry(i));
    return { shape, numbers };
  };
  const at = (value: Value, i: number) => value.numbers[i] as number;
  const turned = make([d, t], (i) => at(w, (i % t) * d + Math.floor(i / t)));
  const products = make(many, (i) => {
    const row = Math.floor(i / t);
    let sum = 0;
    for (let j = 0; j < d; j += 1) sum += at(x, row * d + j) * at(w, (i % t) * d + j);
    return sum;
  });
  const predictions = numbers("predictions", many);
  const difference = make(many, (i) => f(at(predictions, i) - at(y, i)));
  const squares = make(many, (i) => at(difference, i) ** 2);
  const sum = make([], () => [...squares.numbers].reduce((total, one) => total + one, 0));
  const part = make([], () => 1 / (n * t));
  const parts = make(many, () => 1 / (n * t));
  const half = make(many, (i) => f(at(parts, i) * at(difference, i)));
  const pulls = make(many, (i) => 2 * at(half, i));
  const bBack = make([t], (k) => {
    let total = 0;
    for (let row = 0; row < n; row += 1) total += at(pulls, row * t + k);
    return total;
  });
  const turnedBack = make([d, t], (i) => {
    let total = 0;
    for (let row = 0; row < n; row += 1)
      total += at(pulls, row * t + (i % t)) * at(x, row * d + Math.floor(i / t));
    return total;
  });
  const wBack = make([t, d], (i) => at(turnedBack, (i % d) * t + Math.floor(i / d)));
  const [wGrad, bGrad] = ["w.grad", "b.grad"].map((name) => {
    const { shape = [], numbers: now, old, changed } = of(name) ?? {};
    return { shape, numbers: (done > 4 && changed === "now" && old) || now || new Float32Array() };
  }) as [Value, Value];
  const rate = numbers("learning_rate", []);
  const loss = numbers("loss", []);
  const isWhole = ({ shape }: Value): boolean => {
    const [rows, columns] = leading(shape);
    return rows * columns === sizeOf(shape);
  };
  /** The terms of the largest entry of a share, where all of the numbers are sent. */
  const terms = (
    of: Value,
    from: readonly Value[],
    all: (flat: number) => [number, number][],
  ): Back => ({ share: of, ...(from.every(isWhole) && { terms: all(largest(of.numbers)) }) });
  const each = <T>(of: (row: number) => T): T[] => Array.from({ length: n }, (_, row) => of(row));
  const rule = (operation: string, count = n * t) =>
    say("graph.common_rule", { operation, twice: operation === "mul", spread: true, count });

  const nodes = new Map<string, Operation>();
  /** The keys of its inputs, and its own, which is its title where nothing else is said. */
  const add = (
    label: string,
    phase: number,
    inputs: readonly string[],
    value: Value | undefined,
    { key = label, ...more }: Partial<Operation> & { readonly key?: string } = {},
  ) => {
    if (phase < done || (phase === 0 && more.kind))
      nodes.set(key, { label, title: key, phase, inputs, value, ...more });
  };
  /** What comes from elsewhere. */
  const given = (name: string, kind: Kind, phase: number, value: Value, more = {}) =>
    add(name, phase, [], value, { kind, tensor: name, ...more });
  /** What torch records: which of all gradients to arrive, that gradient, and what flows back. */
  const flows = (
    flow: number,
    gradient: Value,
    backs: readonly (Back | undefined)[],
    name: string,
    ...at: readonly string[]
  ) => ({ flow, gradient, backs, rule: rule(name), at, part: "graph" as const });
  const clear = (name: string, value: Value) => {
    const zero = make(value.shape, () => 0);
    const how = { title: name, tensor: name, at: [`model.${name}.zero_()`] };
    add("zero_()", 4, [name], zero, { key: `${name} cleared`, ...how });
  };
  const before = (name: string, value: Value) => {
    const how = { key: `${name} before`, title: name };
    if (later)
      given(
        name,
        "gradient",
        0,
        make(value.shape, () => 0),
        how,
      );
  };
  const step = (name: string, grad: Value) => {
    const key = `model.${name}.grad * learning_rate`;
    const scaled = make(grad.shape, (i) => at(grad, i) * f(at(rate, 0)));
    add("*", 3, [`${name}.grad`, "learning_rate"], scaled, { key, part: "off", at: [key] });
    add("−=", 3, [name, key], numbers(name, grad.shape), {
      ...{ key: `new ${name}`, title: name, tensor: name, part: "off" },
      at: [`model.${name} -= ${key}`],
    });
  };
  const CALLED = "model(x)";
  const COMPARED = "mse_loss(predictions, y)";
  const turn = "self.w.t()";
  const product = "x @ self.w.t()";
  const square = "difference * difference";
  const total = "torch.sum(difference * difference)";
  const size = "difference.numel()";

  given("x", "leaf", 0, x);
  given("y", "leaf", 0, y);
  given("w", "leaf", 0, w, { flow: 8, gradient: wBack });
  before("w.grad", w);
  given("b", "leaf", 0, b, { flow: 5, gradient: bBack });
  before("b.grad", b);
  add("t()", 0, ["w"], turned, {
    ...{ key: turn, ...flows(7, turnedBack, [{ share: wBack }], "t", turn, CALLED) },
  });
  const ofTurned = terms(turnedBack, [x, turned, pulls], (i) =>
    each((row) => [at(pulls, row * t + (i % t)), at(x, row * d + Math.floor(i / t))]),
  );
  add("@", 0, ["x", turn], products, {
    ...{ key: product, ...flows(6, pulls, [undefined, ofTurned], "matmul", product, CALLED) },
  });
  const ofBias = terms(bBack, [b, pulls], (k) => each((row) => [at(pulls, row * t + k), 1]));
  add("+", 0, [product, "b"], predictions, {
    ...{ key: "predictions", tensor: "predictions" },
    ...flows(4, pulls, [{ share: pulls }, ofBias], "add", `${product} + self.b`, CALLED),
  });
  add("−", 1, ["predictions", "y"], difference, {
    key: "difference",
    ...flows(3, pulls, [{ share: pulls }], "sub", "predictions - targets", COMPARED),
    meeting: terms(pulls, [pulls], (i) => [
      [at(half, i), 1],
      [at(half, i), 1],
    ]),
  });
  const ofFactor = terms(half, [half], (i) => [[at(parts, i), at(difference, i)]]);
  add("*", 1, ["difference", "difference"], squares, {
    ...{ key: square, ...flows(2, parts, [ofFactor, ofFactor], "mul", square, COMPARED) },
  });
  add("sum()", 1, [square], sum, {
    ...{ key: total, ...flows(1, part, [{ share: parts }], "sum", total, COMPARED) },
  });
  given(size, "number", 1, { shape: [], numbers: Float64Array.of(n * t) });
  const ofTotal = terms(part, [], () => [[1, 1 / (n * t)]]);
  const one = make([], () => 1);
  add("/", 1, [total, size], loss, {
    ...{ key: "loss", tensor: "loss" },
    ...flows(0, one, [ofTotal], "div", `${total} / ${size}`, COMPARED),
  });
  for (const [name, value] of [
    ["w.grad", wGrad],
    ["b.grad", bGrad],
  ] as const)
    given(name, "gradient", 2, value, later && { inputs: [`${name} before`] });
  add("backward()", 2, ["loss"], undefined, { key: "loss.backward()", at: ["loss.backward()"] });
  given("learning_rate", "number", 3, rate);
  step("w", wGrad);
  step("b", bGrad);
  clear("w.grad", w);
  clear("b.grad", b);
  const item = { shape: [], numbers: Float64Array.from(loss.numbers) };
  add("item()", 4, ["loss"], item, { key: "loss.item()", at: ["loss.item()"] });
  return nodes;
}
