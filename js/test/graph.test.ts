import { describe, expect, it } from "vitest";
import { arrange, layout } from "../src/charts/graph";
import type { WireNode } from "../src/kernel/contract";
import {
  decodeGraph,
  linesOf,
  nodeOf,
  normOf,
  sentencesOf,
  shownAs,
  stepsOf,
  sumOf,
  textOf,
} from "../src/state/graph";
import { float32, pack } from "./arrays";

const NODE: WireNode = {
  kind: "operation",
  label: "",
  title: "",
  tensor: "",
  part: "graph",
  phase: 0,
  flow: -1,
  flow_phase: -1,
  inputs: [],
  shape: [],
  values: "",
  gradients: "",
  meeting: "",
  spots: [],
  rule: "",
  flaws: [],
};

const from = (...sources: number[]) => sources.map((source) => ({ source, share: "", sum: "" }));

/** x @ w + b, squared, backward, and a step. */
const NODES: WireNode[] = [
  { ...NODE, kind: "leaf", label: "x", title: "x", tensor: "x", part: "plain" },
  {
    ...NODE,
    kind: "leaf",
    label: "w",
    title: "w",
    tensor: "w",
    part: "plain",
    flow: 3,
    flow_phase: 1,
  },
  { ...NODE, kind: "leaf", label: "b", title: "b", tensor: "b", part: "plain" },
  { ...NODE, label: "@", title: "x @ w", inputs: from(0, 1), flow: 2, flow_phase: 1 },
  { ...NODE, label: "+", title: "made", inputs: from(3, 2), flow: 1, flow_phase: 1 },
  { ...NODE, label: "*", title: "loss", inputs: from(4, 4), flow: 0, flow_phase: 1, shape: [2, 2] },
  {
    ...NODE,
    label: "backward()",
    title: "loss.backward()",
    part: "plain",
    phase: 1,
    inputs: from(5),
  },
  {
    ...NODE,
    kind: "gradient",
    label: "w.grad",
    title: "w.grad",
    tensor: "w.grad",
    part: "plain",
    phase: 1,
  },
  { ...NODE, kind: "number", label: "rate", title: "rate", part: "plain", phase: 2 },
  { ...NODE, label: "*", title: "step", part: "off", phase: 2, inputs: from(7, 8) },
  { ...NODE, label: "−=", title: "w", tensor: "w", part: "off", phase: 2, inputs: from(1, 9) },
];

const graph = (some: Partial<Parameters<typeof decodeGraph>[0]> = {}, arrays = {}) =>
  decodeGraph({ nodes: NODES, phases: ["predict", "backward", "update"], ...some }, pack(arrays));

describe("the layout", () => {
  const { places, columns, rows, apart } = layout(NODES);
  const at = (title: string) => places[NODES.findIndex((node) => node.title === title)];

  it("goes from left to right, and turns below the loss", () => {
    expect(["x @ w", "made", "loss"].map((each) => at(each)?.column)).toEqual([1, 2, 3]);
    expect(at("loss.backward()")).toEqual({ column: 3, row: 1 });
    expect(columns).toBe(4);
    NODES.forEach((node, to) => {
      for (const { source } of node.inputs) {
        if (node.title === "w" && source === 1) continue; // the step, which is not part of it
        if (node.label === "backward()") continue;
        expect(places[source]?.column).toBeLessThan(places[to]?.column ?? 0);
      }
    });
  });

  it("puts a leaf left of what takes it", () => {
    expect([at("x")?.column, at("b")?.column]).toEqual([0, 1]);
  });

  it("puts the step below, and its numbers with it", () => {
    expect(apart).toBe(2);
    for (const [node, place] of NODES.map((each, k) => [each, places[k]] as const)) {
      const below = node.part === "off" || node.kind === "gradient" || node.kind === "number";
      expect((place?.row ?? 0) >= apart).toBe(below);
    }
    expect(rows).toBe(4);
  });

  it("gives each node a place of its own", () => {
    expect(new Set(places.map(({ column, row }) => `${column},${row}`)).size).toBe(NODES.length);
  });

  it("puts what a gradient was before left of it", () => {
    const before = { ...NODE, kind: "gradient" as const, label: "w.grad", title: "w.grad" };
    const nodes = [...NODES.slice(0, 3), before, ...NODES.slice(3, 7)];
    const shifted = nodes.map((node) => ({
      ...node,
      inputs: node.inputs.map((edge) => ({
        ...edge,
        source: edge.source > 2 ? edge.source + 1 : edge.source,
      })),
    }));
    const after = { ...before, phase: 1, inputs: from(3) };
    const last = { ...before, phase: 2, inputs: from(8) };
    const all = layout([...shifted, after, last]);
    expect([3, 8, 9].map((at) => all.places[at]?.column)).toEqual([0, 1, 2]);
    expect(new Set(all.places.map(({ column, row }) => `${column},${row}`)).size).toBe(10);
    expect(all.places.every(({ column, row }) => column >= 0 && row >= 0)).toBe(true);
  });

  it("can be of nothing, and of what goes in a circle", () => {
    expect(layout([])).toEqual({ places: [], columns: 1, rows: 0, apart: 0 });
    const circle = [
      { ...NODE, inputs: from(1) },
      { ...NODE, inputs: from(0) },
    ];
    expect(layout(circle).places).toHaveLength(2);
  });
});

describe("the room of nodes", () => {
  it("is as wide and as high as each needs, and none lies on another", () => {
    const plan = layout(NODES);
    const sizes = NODES.map((_, at) => ({ width: 20 + 13 * (at % 4), height: 20 + 17 * (at % 3) }));
    const gap = { width: 12, height: 9 };
    const { x, y, end, width, height, caption } = arrange(plan, sizes, { gap, line: 20 });
    const boxes = sizes.map((size, at) => ({ left: x(at), top: y(at), ...size }));
    boxes.forEach((one, at) => {
      expect(one.left + one.width).toBeLessThanOrEqual(end(at));
      expect(end(at)).toBeLessThan(width);
      expect(one.top + one.height).toBeLessThan(height);
      const isApart = (plan.places[at]?.row ?? 0) >= plan.apart;
      if (isApart) expect(one.top).toBeGreaterThanOrEqual(caption + 20);
      else expect(one.top + one.height).toBeLessThanOrEqual(caption);
      for (const other of boxes.slice(at + 1))
        expect(
          one.left + one.width < other.left ||
            other.left + other.width < one.left ||
            one.top + one.height < other.top ||
            other.top + other.height < one.top,
        ).toBe(true);
    });
  });
});

describe("what stands at an edge", () => {
  const all = graph(
    {},
    {
      small: float32([1.5, -2, 30, 4]),
      many: float32([3, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]),
      part: float32([3, 4]),
      normpart: float32([50]),
      lone: float32([3, 4]),
    },
  );
  const part = (name: string, rows: number, columns: number) => {
    const array = all.arrays[name];
    return {
      ...all,
      arrays: { ...all.arrays, [name]: { ...array, shape: [rows, columns] } },
    } as typeof all;
  };

  it("is all of a small tensor's numbers", () => {
    expect(linesOf(part("small", 2, 2), "small", [2, 2])).toEqual([
      ["1.500", "−2"],
      ["30", "4"],
    ]);
    expect(linesOf(part("small", 1, 4), "nothing", [1, 4])).toEqual([]);
  });

  it("is a plain number as it was typed, and a count with its whole digits", () => {
    const text = shownAs({ kind: "number" });
    expect([1e-5, 0.05, 1200].map(text)).toEqual(["1e-5", "0.05", "1,200"]);
    expect(shownAs({ kind: "leaf" })(1e-5)).toBe("1.000e−5");
    expect(linesOf(part("small", 2, 2), "small", [2, 2], text)[0]).toEqual(["1.5", "−2"]);
  });

  it("is the shape and the norm of a large one", () => {
    expect(linesOf(part("many", 5, 3), "many", [5, 3])).toEqual([["5 × 3"], ["norm 5"]]);
  });

  it("is the norm of all numbers where a part of them is here, or none", () => {
    expect(normOf(part("part", 1, 2), "part", [64, 2])).toBe(50);
    expect(linesOf(part("part", 1, 2), "part", [64, 2])).toEqual([["64 × 2"], ["norm 50"]]);
    expect(linesOf(part("lone", 1, 2), "lone", [64, 2])).toEqual([["64 × 2"]]);
  });
});

describe("the walk", () => {
  const titles = (steps: ReturnType<typeof stepsOf>) =>
    steps.map(({ node, back }) => `${back ? "∂" : ""}${NODES[node]?.title}`);

  it("goes through the phase just made", () => {
    expect(titles(stepsOf(graph()))).toEqual(["step", "w"]);
  });

  it("goes back from the loss to the leaves", () => {
    const nodes = NODES.slice(0, 8);
    expect(titles(stepsOf(graph({ nodes, phases: ["predict", "backward"] })))).toEqual([
      "loss.backward()",
      "∂loss",
      "∂made",
      "∂x @ w",
      "∂w",
    ]);
  });

  it("goes through all of an update that is complete, or has failed", () => {
    expect(stepsOf(graph({ ended: true }))).toHaveLength(10);
    expect(stepsOf(graph({ phases: [] }))).toHaveLength(10);
    expect(stepsOf(graph({ nodes: [], phases: ["predict"] }))).toEqual([]);
  });
});

describe("what is said", () => {
  const arrays = {
    few: float32([[1.5, -2]]),
    many: float32([[3, 4, 0, 0, 0, 0, 0]]),
    one: float32([[20988.4]]),
    sum: float32([[3, 5, -9, 2, 3, -4, 0.5]]),
    plain: float32([[1, 2, -1, 2, 1, -3, 1]]),
  };
  const all = graph({}, arrays);

  it("writes few numbers out, and of many the size and the norm", () => {
    expect(textOf(all, "few", [1, 2])).toBe("[1.5, −2]");
    expect(textOf(all, "few", [2, 1])).toBe("[1.5; −2]");
    expect(textOf(all, "one", [])).toBe("20,988");
    expect(textOf(all, "many", [7])).toBe("7 (norm 5)");
    expect(textOf(all, "none", [])).toBe("");
  });

  it("writes a sum of products as one writes it", () => {
    expect(sumOf(all, "sum", { title: "w", shape: [2, 2] })).toEqual([
      "w[1, 1]",
      "2 · 3 − 4 · 0.5 + … = −9",
    ]);
    expect(sumOf(all, "plain", { title: "b", shape: [2] })).toEqual(["b[1]", "2 − 3 = −1"]);
    expect(sumOf(all, "", { title: "b", shape: [2] })).toBeNull();
  });

  it("tells an operation and the gradient that arrives", () => {
    const nodes = NODES.map((node, at) =>
      at === 5
        ? { ...node, values: "few", gradients: "few", meeting: "plain", rule: "Rule." }
        : node,
    );
    const told = graph({ nodes }, arrays);
    expect(sentencesOf(told, { node: 5, back: false })).toEqual(["* gives loss = [1.5, −2]."]);
    const back = sentencesOf(told, { node: 5, back: true });
    expect(back[0]).toContain("How the loss changes with loss: [1.5, −2].");
    expect(back.at(-1)).toBe("Rule.");
    expect(sentencesOf(told, { node: 99, back: true })).toEqual([]);
  });

  it("finds the last node of a tensor", () => {
    expect(nodeOf(all, "w")).toBe(10);
    expect(nodeOf(all, "nothing")).toBe(-1);
  });
});
