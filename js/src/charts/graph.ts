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

/** What a node needs room for, in pixels, and where it then stands. */
export interface Size {
  readonly width: number;
  readonly height: number;
}

/**
 * A column is as wide as its widest node, and a row as high as its highest. What is apart has columns of its
 * own, and a line above it.
 */
export function arrange(
  { places, columns, rows, apart }: Layout,
  sizes: readonly Size[],
  { gap, line }: { readonly gap: Size; readonly line: number },
) {
  const placed = sizes.map((size, node) => ({ ...size, ...(places[node] as Place) }));
  const isApart = (row: number) => Number(row >= apart);
  /** Where each begins, and where one more would. */
  const starts = (count: number, first: number, room: (at: number) => number) => {
    const found = [first];
    for (let at = 0; at < count; at += 1) found.push((found[at] ?? 0) + room(at));
    return found;
  };
  const most = (of: readonly number[], least: number) => (of.length ? Math.max(...of) + least : 0);
  const lefts = [0, 1].map((band) =>
    starts(columns, 12, (at) => {
      const there = placed.filter(({ row, column }) => column === at && isApart(row) === band);
      return most(
        there.map(({ width }) => width),
        gap.width,
      );
    }),
  );
  const tops = starts(rows, 4, (at) => {
    const there = placed.filter(({ row }) => row === at);
    return (
      most(
        there.map(({ height }) => height),
        gap.height,
      ) + (at + 1 === apart ? line : 0)
    );
  });
  const left = (node: number, beyond: number) => {
    const { row = 0, column = 0 } = placed[node] ?? {};
    return lefts[isApart(row)]?.[column + beyond] ?? 0;
  };
  return {
    x: (node: number) => left(node, 0),
    y: (node: number) => tops[placed[node]?.row ?? 0] ?? 0,
    /** Where the column of a node ends, before the gap. */
    end: (node: number) => left(node, 1) - gap.width,
    width: Math.max(...lefts.map((all) => all.at(-1) ?? 0)),
    height: tops.at(-1) ?? 0,
    /** Where the line above what is apart begins. */
    caption: (tops[apart] ?? 0) - line,
  };
}

type Node = Pick<WireNode, "kind" | "part" | "inputs" | "label">;

/**
 * An operation stands right of what it is made of, and a leaf left of the first one that takes it. backward(),
 * where the gradients turn, stands below its loss, and what is done with them, below all.
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
  const placed = new Set<number>();
  let first = 0;
  let rows = 0;
  for (const band of [false, true]) {
    const taken = new Set<string>();
    const put = (at: number, column: number, from: number) => {
      let row = from;
      while (taken.has(`${column},${row}`)) row += 1;
      taken.add(`${column},${row}`);
      places[at] = { column, row };
      placed.add(at);
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
      const row = before[0] === undefined ? first : (places[before[0]]?.row ?? first);
      put(at, at === turn && before.length > 0 ? column - 1 : column, row);
    }
    // First those that an operation takes, then those that nothing takes, then what these were before, backwards.
    const turnOf = (at: number) => {
      const all = users[at] ?? [];
      if (all.some((user) => nodes[user]?.kind === "operation")) return at;
      return all.length === 0 ? at + nodes.length : 3 * nodes.length - at;
    };
    const others = within.filter(({ node }) => node.kind !== "operation");
    for (const { at } of others.sort((a, b) => turnOf(a.at) - turnOf(b.at))) {
      const beside = (users[at] ?? [])
        .flatMap((user) =>
          apart[user] === band && placed.has(user) ? (places[user] as Place) : [],
        )
        .sort((a, b) => a.column - b.column)[0];
      put(at, beside ? beside.column - 1 : 0, beside ? beside.row : first);
    }
    // What a gradient was before stands left of it.
    const least = Math.min(0, ...within.map(({ at }) => places[at]?.column ?? 0));
    for (const { at } of within) {
      const { column, row } = places[at] as Place;
      places[at] = { column: column - least, row };
    }
    if (!band) first = rows;
  }
  const columns = Math.max(0, ...places.map(({ column }) => column)) + 1;
  return { places, columns, rows, apart: first };
}
