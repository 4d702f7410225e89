import { describe, expect, it } from "vitest";
import type { Range } from "../src/charts/axis";
import {
  apart,
  bandOf,
  between,
  columnOf,
  decadesOf,
  EDGE,
  firstBad,
  fitting,
  frameOf,
  keyOf,
  LINE,
  lossTicks,
  parted,
  pathOf,
  scaleOf,
  sparse,
  topOfKey,
  wholeTicks,
  zoomBy,
  zoomTo,
} from "../src/charts/lossplot";
import type { Curves } from "../src/kernel/decode";

const { NaN: NAN, POSITIVE_INFINITY: INFINITY } = Number;
const NOTHING = { x: [], y: [] };
const curvesOf = (losses: readonly number[]): Curves => {
  const x = losses.map((_, i) => i + 1);
  return {
    batch: losses.map((loss, i) => ({ update: i + 1, min: loss, max: loss })),
    mean: { x, y: losses },
    epoch: NOTHING,
    full: NOTHING,
    heldOut: NOTHING,
  };
};
const ALL = new Set(["batch", "epoch", "full", "held_out", "floor", "branches", "runs"]);
const decades = (given: Partial<Parameters<typeof decadesOf>[0]>) =>
  decadesOf({
    curves: curvesOf([]),
    runs: [],
    shown: ALL,
    floor: NAN,
    window: [0, 100],
    ...given,
  });

describe("the axis of losses", () => {
  it("spans what is shown, in halves of decades", () => {
    const curves = curvesOf([20_988, 300, 853]);
    expect(decades({ curves })).toEqual([2, 4.5]);
    expect(decades({ curves, floor: 0.9094 })).toEqual([-0.5, 4.5]);
    expect(decades({ curves, floor: 0.9094, shown: new Set(["batch"]) })).toEqual([2, 4.5]);
    expect(decades({ curves, window: [2, 3] })).toEqual([2, 3]);
  });

  it("reaches over kept runs, and not to losses that are not finite, nor to a floor far below", () => {
    const curves = curvesOf([1000, INFINITY, NAN, 0]);
    expect(decades({ curves })).toEqual([2.5, 3.5]);
    expect(decades({ curves, runs: [{ x: [0, 9], y: [5e6, INFINITY] }] })).toEqual([2.5, 7]);
    expect(decades({ curves, floor: 1e-12 })).toEqual([2.5, 3.5]);
  });

  it("is there before the first loss", () => {
    expect(decades({})).toEqual([-1.5, 3.5]);
    expect(decades({ floor: 2 })).toEqual([-0.5, 3.5]);
  });

  it("has numbers at powers of ten, between them where there are few decades, and some where there are many", () => {
    expect(lossTicks([-0.5, 4.5]).labelled).toEqual([1, 10, 100, 1000, 10_000]);
    expect(lossTicks([2, 3]).labelled).toEqual([100, 200, 300, 500, 1000]);
    expect(lossTicks([2, 3]).plain).toEqual([400, 600, 700, 800, 900]);
    expect(lossTicks([0, 35]).labelled).toEqual([1, 1e5, 1e10, 1e15, 1e20, 1e25, 1e30, 1e35]);
    for (const loss of lossTicks([-7.5, 3]).labelled) expect(Math.log10(loss) % 1).toBeCloseTo(0);
  });
});

describe("the axis along", () => {
  it("has whole numbers", () => {
    expect(wholeTicks([0, 250], 7)).toEqual([0, 50, 100, 150, 200, 250]);
    expect(wholeTicks([0, 1], 7)).toEqual([0, 1]);
    expect(wholeTicks([3.5, 6.2], 7)).toEqual([4, 5, 6]);
  });

  it("places epochs of other lengths", () => {
    const knots = { x: [0, 1, 2, 4], y: [0, 5, 10, 14] };
    expect([0, 0.5, 2, 3, 4, 9].map((epoch) => between(knots, epoch))).toEqual([
      0, 2.5, 10, 12, 14, 14,
    ]);
    expect(between({ x: [0, 0], y: [0, 7] }, 0)).toBe(0);
  });

  it("says of long names what tells them apart", () => {
    const run = (rate: string, seed = 0) => `learning rate ${rate}, batches of 3, seed ${seed}`;
    expect(apart([run("1e-5")])).toEqual(["learning rate 1e-5"]);
    expect(apart([run("1e-5"), "slow, but steady", run("5e-5")])).toEqual([
      ...["learning rate 1e-5", "slow, but steady", "learning rate 5e-5"],
    ]);
    expect(apart([run("1e-5"), run("1e-5", 1)])).toEqual([
      ...["learning rate 1e-5, seed 0", "learning rate 1e-5, seed 1"],
    ]);
    expect(apart([])).toEqual([]);
  });

  it("leaves room for names, up to a share of the picture", () => {
    const room = (width: number, ...names: string[]) => width - frameOf(width, 222, names).right;
    expect(room(1000)).toBeLessThan(room(1000, "slow"));
    expect(room(1000, "slow")).toBeLessThan(room(1000, "slow", "learning rate 1e-6"));
    expect(room(400, "slow")).toBe(room(400));
    for (const name of ["slow", "learning rate 1e-6"])
      expect(fitting(name, room(1000, name))).toBe(name);
    expect(fitting("a".repeat(99), room(1000, "a".repeat(99)))).toBe(`${"a".repeat(32)}…`);
    expect(fitting("learning rate 1e-6, batches of 3", 120)).toBe("learning rate 1e…");
  });
});

describe("the key of a narrow picture", () => {
  const run = (name: string) => ({ name, colour: "#123456" });
  const branch = (name: string) => ({ name, colour: "" });
  const rows = (...lines: { name: string; colour: string }[]) =>
    keyOf(lines, "branches", (count) => `and ${count} more`).map(({ name }) => name);

  it("has a row for each kept run, and one for the branches, which look alike", () => {
    expect(rows()).toEqual([]);
    expect(rows(branch("slow"), branch("slow"), run("fast"))).toEqual(["slow", "fast"]);
    expect(rows(branch("slow"), branch("fast"))).toEqual(["branches"]);
  });

  it("stands at the top, or where fewer points of other runs are", () => {
    const frame = { left: 50, right: 250, top: 10, bottom: 190 };
    const scale = { x: (x: number) => x, y: (y: number) => y, update: (x: number) => x };
    const top = (points: [number, number][], lowest = 150) => {
      const [x, y] = [0, 1].map((at) => points.map((point) => point[at] as number)) as [
        number[],
        number[],
      ];
      return topOfKey(2, [{ x, y }], frame, scale, lowest);
    };
    expect(top([])).toBe(top([[200, 140]]));
    const low = top([[200, 30]]);
    expect(low).toBeGreaterThan(100);
    expect(low + 2 * LINE).toBeLessThan(150);
    expect(top([[60, 30]])).toBe(top([]));
    expect(top([[200, 30]], 40)).toBe(top([]));
  });

  it("counts what it has no row for, and keeps the latest", () => {
    const runs = ["1", "2", "3", "4", "5", "6"].map(run);
    expect(rows(...runs.slice(1))).toEqual(["2", "3", "4", "5", "6"]);
    expect(rows(...runs)).toEqual(["and 2 more", "3", "4", "5", "6"]);
    expect(rows(branch("slow"), ...runs)).toEqual(["and 3 more", "3", "4", "5", "6"]);
  });
});

describe("a zoom", () => {
  it("shows what was dragged over, never too little, within the run", () => {
    expect(zoomTo([50, 100], 250)).toEqual([50, 100]);
    expect(zoomTo([100, 100], 250)).toEqual([98, 102]);
    expect(zoomTo([0, 1], 25_600)).toEqual([0, 400]);
    expect(zoomTo([249, 250], 250)).toEqual([246, 250]);
    expect(zoomTo([-10, 300], 250)).toBeNull();
    expect(zoomTo([50, 100], 40)).toBeNull();
  });

  it("goes in and out around the present, sideways, and back by keys", () => {
    expect(zoomBy("+", null, 200, 60)).toEqual([10, 110]);
    expect(zoomBy("=", [0, 100], 200, 150)).toEqual([25, 75]);
    expect(zoomBy("-", [25, 75], 200, 150)).toEqual([0, 100]);
    expect(zoomBy("-", [0, 150], 200, 150)).toBeNull();
    expect(zoomBy("ArrowRight", [0, 100], 200, 0)).toEqual([25, 125]);
    expect(zoomBy("ArrowLeft", [0, 100], 200, 0)).toEqual([0, 100]);
    expect(zoomBy("0", [0, 100], 200, 0)).toBeNull();
    expect(zoomBy("Escape", [0, 100], 200, 0)).toBeNull();
  });

  it("leaves all other keys to the panel, and where all is shown the arrows too", () => {
    for (const key of ["ArrowLeft", "ArrowRight", "0", "Escape"])
      expect(zoomBy(key, null, 200, 0)).toBeUndefined();
    for (const key of [" ", "a", "Home"]) expect(zoomBy(key, [0, 100], 200, 0)).toBeUndefined();
  });
});

const FRAME = { left: 50, right: 150 + 2 * EDGE, top: 10, bottom: 110 };
const scale = scaleOf(FRAME, [0, 100], [0, 2]);
const at = (update: number) => 50 + EDGE + update;

describe("a path", () => {
  it("goes through its points, on a logarithmic scale", () => {
    const path = pathOf({ x: [0, 50, 100], y: [100, 10, 1] }, scale);
    expect(path).toBe(`M${at(0)}.0 10.0h0L${at(50)}.0 60.0L${at(100)}.0 110.0`);
    expect([0, 37, 100].map((update) => scale.update(scale.x(update)))).toEqual([0, 37, 100]);
  });

  it("breaks where a loss is not finite, and a single point is a dot", () => {
    const path = pathOf({ x: [0, 1, 2, 3, 4], y: [100, INFINITY, 10, NAN, 1] }, scale);
    expect(path).toBe(`M${at(0)}.0 10.0h0M${at(2)}.0 60.0h0M${at(4)}.0 110.0h0`);
  });

  it("of a loss of zero leads below the picture, not to nowhere", () => {
    expect(pathOf({ x: [1], y: [0] }, scale)).toMatch(/^M57\.0 \d{4,}\.0h0$/);
  });

  it("marks each point", () => {
    expect(pathOf({ x: [0, 1], y: [100, NAN] }, scale, "v2")).toBe(`M${at(0)}.0 10.0v2`);
    const x = Array.from({ length: 100 }, (_, i) => 10 * i);
    const few = sparse({ x, y: x }, 26);
    expect(few.x).toEqual(few.y);
    expect(few.x).toHaveLength(25);
    expect(sparse({ x: x.slice(0, 60), y: x }, 26).x).toEqual(few.x.slice(0, 15));
    expect(sparse(NOTHING, 26)).toEqual(NOTHING);
  });

  it("of columns is a band for each stretch of finite ones", () => {
    const columns = [
      { update: 10, min: 1, max: 100 },
      { update: 20, min: 10, max: 10 },
      { update: 30, min: 1, max: INFINITY },
      { update: 40, min: 1, max: 10 },
    ];
    expect(bandOf(columns, scale)).toBe(
      `M${at(10)}.0 10.0L${at(20)}.0 60.0L${at(20)}.0 60.0L${at(10)}.0 110.0Z` +
        `M${at(40)}.0 60.0L${at(40)}.0 110.0Z`,
    );
    expect(bandOf([], scale)).toBe("");
    expect(firstBad(columns)).toBe(30);
    expect(firstBad(columns.slice(0, 2))).toBe(0);
    expect([0, 1, 10, 11, 99].map((update) => columnOf(columns, update)?.update)).toEqual([
      undefined,
      10,
      10,
      20,
      undefined,
    ]);
  });
});

describe("labels", () => {
  it("stand where they belong, and move up where they would stand on each other", () => {
    expect(parted([10, 50, 90], 13)).toEqual([10, 50, 90]);
    expect(parted([50, 52, 45], 13)).toEqual([39, 52, 26]);
    expect(parted([], 13)).toEqual([]);
  });
});

// Types: a window is a range.
const whole: Range = [0, 100];
it("a scale begins and ends a little within the axes", () => {
  expect(whole.map(scale.x)).toEqual([FRAME.left + EDGE, FRAME.right - EDGE]);
});
