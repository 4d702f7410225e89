/** The operations of the article's update, with values and gradients, as graphwire.py tells of them (pure). */

import type { Packed } from "../kernel/arrays";
import type {
  Kind,
  Part,
  Source,
  WireEdge,
  WireGraph,
  WireNode,
  WireSpot,
} from "../kernel/contract";
import { say } from "../text/say";
import { cut, leading, share } from "./frame";
import { float32 } from "./pack";
import type { Specimen } from "./specimen";
import { PHASES } from "./update";

const MOST_NUMBERS = 6_000; // of all tensors together
const MOST_TERMS = 4; // of a sum, that are written out

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
  readonly inputs?: readonly string[];
  readonly value?: Value | undefined;
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
  const most = share(sizes, MOST_NUMBERS);
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
    const [rows, columns] = cut(leading(one.shape), most);
    const width = one.shape.at(-1) ?? 1;
    const kept = one.numbers.filter((_, i) => i % width < columns && i < rows * width);
    const name = put({ shape: [rows, columns], values: kept });
    names.set(one, name);
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
    const { label, title, kind = "operation", phase, inputs = [], backs = [], at = [] } = one;
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
    ...{ update: number, phases: PHASES.slice(0, Math.min(done, PHASES.length - 1)), ended },
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
    const size = shape.reduce((product, one) => product * one, 1);
    return { shape, numbers: Float32Array.from({ length: size }, (_, i) => entry(i)) };
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
  const size: Value = { shape: [], numbers: Float64Array.of(n * t) };
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
    return rows * columns === shape.reduce((product, one) => product * one, 1);
  };
  /** The terms of the largest entry of a share, where all of the numbers are sent. */
  const terms = (
    of: Value,
    from: readonly Value[],
    all: (flat: number) => [number, number][],
  ): Back => ({ share: of, ...(from.every(isWhole) && { terms: all(largest(of.numbers)) }) });
  const each = <T>(make: (row: number) => T): T[] =>
    Array.from({ length: n }, (_, row) => make(row));
  const rule = (operation: string, count = n * t, twice = false) =>
    say("graph.common_rule", { operation, twice, spread: operation === "add", count });

  const leaf = (name: string, value: Value, back?: [number, Value]): [string, Operation] => [
    name,
    {
      ...{ label: name, title: name, tensor: name, kind: "leaf", phase: 0, value },
      ...(back && { flow: back[0], gradient: back[1] }),
    },
  ];
  const found = (name: string, value: Value): [string, Operation][] =>
    later
      ? [
          [
            `${name} found`,
            {
              ...{ label: name, title: name, tensor: name, kind: "gradient", phase: 0 },
              value: make(value.shape, () => 0),
            },
          ],
        ]
      : [];
  const filled = (name: string, value: Value): [string, Operation] => [
    name,
    {
      ...{ label: name, title: name, tensor: name, kind: "gradient", phase: 2, value },
      inputs: later ? [`${name} found`] : [],
    },
  ];
  const stepped = (name: string, grad: Value): [string, Operation][] => {
    const step = `model.${name}.grad * learning_rate`;
    return [
      [
        step,
        {
          ...{ label: "*", title: step, part: "off", phase: 3, at: [step] },
          inputs: [`${name}.grad`, "learning_rate"],
          value: make(grad.shape, (i) => at(grad, i) * f(at(rate, 0))),
        },
      ],
      [
        `new ${name}`,
        {
          ...{
            label: "−=",
            title: name,
            tensor: name,
            part: "off",
            phase: 3,
            inputs: [name, step],
          },
          value: numbers(name, grad.shape),
          at: [`model.${name} -= ${step}`],
        },
      ],
    ];
  };
  const cleared = (name: string, value: Value): [string, Operation] => [
    `${name} cleared`,
    {
      ...{ label: "zero_()", title: name, tensor: name, phase: 4, inputs: [name] },
      value: make(value.shape, () => 0),
      at: [`model.${name}.zero_()`],
    },
  ];
  const recorded = { part: "graph" as Part };
  const call = "model(x)";
  const callLoss = "mse_loss(predictions, y)";
  const turnedKey = "self.w.t()";
  const productKey = "x @ self.w.t()";
  const all: [string, Operation][] = [
    leaf("x", x),
    leaf("y", y),
    leaf("w", w, [8, wBack]),
    ...found("w.grad", w),
    leaf("b", b, [5, bBack]),
    ...found("b.grad", b),
    [
      turnedKey,
      {
        ...{ ...recorded, label: "t()", title: turnedKey, phase: 0, inputs: ["w"], value: turned },
        ...{ flow: 7, gradient: turnedBack, backs: [{ share: wBack }], rule: rule("t") },
        at: [turnedKey, call],
      },
    ],
    [
      productKey,
      {
        ...{ ...recorded, label: "@", title: productKey, phase: 0, inputs: ["x", turnedKey] },
        ...{ value: products, flow: 6, gradient: pulls, rule: rule("matmul") },
        backs: [
          undefined,
          terms(turnedBack, [x, turned, pulls], (flat) =>
            each((row) => [at(pulls, row * t + (flat % t)), at(x, row * d + Math.floor(flat / t))]),
          ),
        ],
        at: [productKey, call],
      },
    ],
    [
      "predictions",
      {
        ...{ ...recorded, label: "+", title: "predictions", tensor: "predictions", phase: 0 },
        ...{ inputs: [productKey, "b"], value: predictions, flow: 4, gradient: pulls },
        backs: [
          { share: pulls },
          terms(bBack, [b, pulls], (k) => each((row) => [at(pulls, row * t + k), 1])),
        ],
        ...{ rule: rule("add"), at: ["x @ self.w.t() + self.b", call] },
      },
    ],
    [
      "difference",
      {
        ...{ ...recorded, label: "−", title: "difference", phase: 1, inputs: ["predictions", "y"] },
        ...{ value: difference, flow: 3, gradient: pulls, rule: rule("sub") },
        ...{ backs: [{ share: pulls }], at: ["predictions - targets", callLoss] },
        meeting: terms(pulls, [pulls], (flat) => [
          [at(half, flat), 1],
          [at(half, flat), 1],
        ]),
      },
    ],
    [
      "squares",
      {
        ...{ ...recorded, label: "*", title: "difference * difference", phase: 1 },
        ...{ inputs: ["difference", "difference"], value: squares, flow: 2, gradient: parts },
        backs: Array(2).fill(
          terms(half, [half], (flat) => [[at(parts, flat), at(difference, flat)]]),
        ),
        ...{ rule: rule("mul", n * t, true), at: ["difference * difference", callLoss] },
      },
    ],
    [
      "sum",
      {
        ...{ ...recorded, label: "sum()", title: "torch.sum(difference * difference)", phase: 1 },
        ...{ inputs: ["squares"], value: sum, flow: 1, gradient: part, backs: [{ share: parts }] },
        ...{ rule: rule("sum"), at: ["torch.sum(difference * difference)", callLoss] },
      },
    ],
    [
      "size",
      {
        ...{ label: "difference.numel()", title: "difference.numel()", kind: "number", phase: 1 },
        ...{ tensor: "difference.numel()", value: size },
      },
    ],
    [
      "loss",
      {
        ...{ ...recorded, label: "/", title: "loss", tensor: "loss", phase: 1 },
        ...{ inputs: ["sum", "size"], value: loss, flow: 0, gradient: make([], () => 1) },
        ...{ backs: [terms(part, [], () => [[1, 1 / (n * t)]])], rule: rule("div") },
        at: ["torch.sum(difference * difference) / difference.numel()", callLoss],
      },
    ],
    filled("w.grad", wGrad),
    filled("b.grad", bGrad),
    [
      "backward",
      {
        ...{ label: "backward()", title: "loss.backward()", phase: 2, inputs: ["loss"] },
        at: ["loss.backward()"],
      },
    ],
    [
      "learning_rate",
      {
        ...{ label: "learning_rate", title: "learning_rate", tensor: "learning_rate", phase: 3 },
        ...{ kind: "number", value: rate },
      },
    ],
    ...stepped("w", wGrad),
    ...stepped("b", bGrad),
    cleared("w.grad", w),
    cleared("b.grad", b),
    [
      "item",
      {
        ...{ label: "item()", title: "loss.item()", phase: 4, inputs: ["loss"] },
        value: { shape: [], numbers: Float64Array.from(loss.numbers) },
        at: ["loss.item()"],
      },
    ],
  ];
  return new Map(
    all.filter(([, { phase, kind }]) => phase < done || (!phase && kind && done === 0)),
  );
}

/** The place of the number farthest from 0. */
const largest = (numbers: ArrayLike<number>): number => {
  let found = 0;
  for (let i = 1; i < numbers.length; i += 1)
    if (Math.abs(numbers[i] as number) > Math.abs(numbers[found] as number)) found = i;
  return found;
};
