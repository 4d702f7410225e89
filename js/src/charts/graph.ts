/** Where the nodes of a graph stand: in layers from left to right, without crossings where it can be (pure). */

import type { WireNode } from "../kernel/contract";

export interface Place {
  readonly column: number;
  readonly row: number;
}

export interface Layout {
  readonly places: readonly Place[];
  readonly columns: number;
  readonly rows: number;
  /** The first row of what is not part of torch's graph; as many as there are rows: there is none. */
  readonly apart: number;
}

type Node = Pick<WireNode, "kind" | "part" | "inputs" | "label">;

/**
 * An operation stands right of what it is made of, and a leaf left of the first one that takes it. What is done
 * with gradients, after backward(), stands below.
 */
export function layout(nodes: readonly Node[]): Layout {
  const turn = nodes.findIndex(({ label }) => label === "backward()");
  const apart = nodes.map(
    ({ kind, part }, at) =>
      kind === "gradient" || (kind === "operation" && part !== "graph" && turn >= 0 && at > turn),
  );
  const users = nodes.map((_, at) =>
    nodes.flatMap((node, user) => (node.inputs.some(({ source }) => source === at) ? [user] : [])),
  );
  nodes.forEach(({ kind }, at) => {
    const all = users[at] ?? [];
    if (kind !== "operation" && all.length > 0 && all.every((user) => apart[user]))
      apart[at] = true;
  });
  const places: Place[] = nodes.map(() => ({ column: 0, row: 0 }));
  let first = 0;
  let rows = 0;
  for (const band of [false, true]) {
    const taken = new Set<string>();
    const put = (at: number, column: number, from: number) => {
      let row = from;
      while (taken.has(`${column},${row}`)) row += 1;
      taken.add(`${column},${row}`);
      places[at] = { column, row };
      rows = Math.max(rows, row + 1);
    };
    const within = nodes.flatMap((node, at) => (apart[at] === band ? [{ node, at }] : []));
    for (const { node, at } of within) {
      if (node.kind !== "operation") continue;
      const before = node.inputs
        .map(({ source }) => source)
        .filter(
          (source) => source < at && apart[source] === band && nodes[source]?.kind === "operation",
        );
      const column = Math.max(0, ...before.map((source) => places[source]?.column ?? 0)) + 1;
      put(at, column, before[0] === undefined ? first : (places[before[0]]?.row ?? first));
    }
    for (const { node, at } of within) {
      if (node.kind === "operation") continue;
      const beside = (users[at] ?? [])
        .filter((user) => apart[user] === band)
        .map((user) => places[user] as Place)
        .sort((a, b) => a.column - b.column)[0];
      put(at, beside ? beside.column - 1 : 0, beside ? beside.row : first);
    }
    if (!band) first = rows;
  }
  const columns = Math.max(0, ...places.map(({ column }) => column)) + 1;
  return { places, columns, rows, apart: first };
}
