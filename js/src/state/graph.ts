/** The graph of an update: its operations, the walk through them, and what is said on the way (pure). */

import { type Packed, sizeOf, unpack } from "../kernel/arrays";
import type { WireGraph, WireNode } from "../kernel/contract";
import { rate, said } from "../text/format";
import { say } from "../text/say";
import { short } from "./digits";

export interface Graph extends WireGraph {
  readonly arrays: Readonly<Partial<Record<string, Packed>>>;
}

/** A step of the walk: an operation is made, or its gradient arrives. */
export interface Step {
  readonly node: number;
  readonly back: boolean;
}

const EMPTY: WireGraph = {
  update: 0,
  phases: [],
  ended: false,
  operations: 0,
  spots: [],
  nodes: [],
};

export const decodeGraph = (wire: Partial<WireGraph>, bytes: DataView): Graph => ({
  ...EMPTY,
  ...wire,
  arrays: unpack(bytes),
});

/** Those of the phase just made; of an update that is complete, or failed, all. */
export function stepsOf({ nodes, phases, ended }: Graph): Step[] {
  const last = Math.max(-1, ...nodes.map(({ phase, flow_phase }) => Math.max(phase, flow_phase)));
  const all = ended || last >= phases.length;
  const steps: Step[] = [];
  for (let phase = all ? 0 : phases.length - 1; phase <= last; phase += 1) {
    nodes.forEach((node, index) => {
      if (node.phase === phase && node.kind === "operation")
        steps.push({ node: index, back: false });
    });
    const flows = nodes.flatMap(({ flow, flow_phase }, node) =>
      flow_phase === phase ? [{ node, back: true, flow }] : [],
    );
    steps.push(...flows.sort((a, b) => a.flow - b.flow));
  }
  return steps;
}

/** The norm of a tensor's numbers, also where only the leading ones are here; null: it is not known. */
export function normOf({ arrays }: Graph, name: string, shape: readonly number[]): number | null {
  const { values = [] } = arrays[name] ?? {};
  const all = sizeOf(shape);
  if (values.length < all) return arrays[`norm${name}`]?.values[0] ?? null;
  return Math.sqrt(Array.from(values).reduce((sum, x) => sum + x * x, 0));
}

/** A plain number, such as the learning rate, is written as it was typed. */
export const shownAs =
  ({ kind }: Pick<WireNode, "kind">) =>
  (x: number): string =>
    kind === "number" && !Number.isInteger(x) ? rate(x) : short(x);

/** What stands at an edge, in lines of cells: the numbers of a small tensor; else its shape and its norm. */
export function linesOf(
  graph: Graph,
  name: string,
  shape: readonly number[],
  show = short,
): string[][] {
  const { values, shape: [rows = 0, columns = 1] = [] } = graph.arrays[name] ?? {};
  if (!values) return [];
  const all = sizeOf(shape);
  const texts = Array.from(values, (x) => show(x));
  if (all === texts.length && rows < 5 && columns < 4)
    return Array.from({ length: rows }, (_, row) =>
      texts.slice(row * columns, (row + 1) * columns),
    );
  const norm = normOf(graph, name, shape);
  return [[shape.join(" × ")], ...(norm === null ? [] : [[say("graph.size", { norm })]])];
}

/** Numbers as text: all of them, if they are few; else how many there are and their norm. */
export function textOf(graph: Graph, name: string, shape: readonly number[]): string {
  const { values = [] } = graph.arrays[name] ?? {};
  const size = shape.join(" × ");
  const columns = shape.at(-1) ?? 1;
  const texts = Array.from(values, (x) => said(x));
  if (shape.length === 0) return texts[0] ?? "";
  const norm = normOf(graph, name, shape);
  if (texts.length > 6) return norm === null ? size : `${size} (${say("graph.size", { norm })})`;
  const rows = texts.flatMap((_, at) =>
    at % columns ? [] : [texts.slice(at, at + columns).join(", ")],
  );
  return `[${rows.join("; ")}]`;
}

/** What is said of a step, in sentences. */
export function sentencesOf(graph: Graph, { node: at, back }: Step): string[] {
  const node = graph.nodes[at];
  if (!node) return [];
  const { label, title, shape, values, gradients, meeting, rule, inputs, flaws } = node;
  if (!back) {
    const value = textOf(graph, values, shape);
    return [value ? say("graph.made", { label, title, value }) : title, ...flaws];
  }
  const value = textOf(graph, gradients, shape);
  const sums = inputs.flatMap(({ source, sum }) => {
    const from = graph.nodes[source];
    const [name, text] = (from && sumOf(graph, sum, from)) || [];
    return name && text ? [say("graph.sum", { name, sum: text })] : [];
  });
  const met = sumOf(graph, meeting, node);
  return [
    say("graph.arrives", { title, value }),
    ...(met ? [say("graph.meet", { name: met[0], sum: met[1] })] : []),
    rule || (node.kind === "leaf" ? say("graph.leaf", { title }) : ""),
    ...new Set(sums),
  ].filter(Boolean);
}

/** An entry's name and how it comes about: "w[0, 2]" and "3 · 4 − 5 · 2 = 2". */
export function sumOf(
  { arrays }: Graph,
  name: string,
  { title, shape }: Pick<WireNode, "title" | "shape">,
): readonly [string, string] | null {
  const [flat = 0, count = 0, total = 0, ...terms] = arrays[name]?.values ?? [];
  if (count === 0) return null;
  let text = "";
  const plain = terms.every((x, at) => at % 2 === 0 || x === 1);
  terms.forEach((x, at) => {
    const number = said(x);
    const below = number.startsWith("−");
    if (at % 2) text += plain ? "" : ` · ${below ? `(${number})` : number}`;
    else text += at === 0 ? number : below ? ` − ${number.slice(1)}` : ` + ${number}`;
  });
  if (terms.length < 2 * count) text += " + …";
  const entry = shape.map((size, at) => {
    const behind = sizeOf(shape.slice(at + 1));
    return Math.floor(flat / behind) % size;
  });
  return [entry.length ? `${title}[${entry.join(", ")}]` : title, `${text} = ${said(total)}`];
}

/** The last node of a tensor of the update; -1: none. */
export const nodeOf = ({ nodes }: Graph, tensor: string): number =>
  nodes.reduce((found, node, index) => (node.tensor === tensor ? index : found), -1);
