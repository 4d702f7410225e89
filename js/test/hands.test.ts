/** Hands that are quicker than the answers: what is pressed twice means what it would with an answer between. */

import { describe, expect, it, vi } from "vitest";
import type { Request, Traits } from "../src/kernel/contract";
import { createView } from "../src/state/view";
import { start, useClock } from "./windows";

useClock();

const begin = (traits: Partial<Traits> = {}) => {
  const { kernel, run } = start(traits);
  const kinds = () => kernel.received.map(({ kind }) => kind).filter((kind) => kind !== "advance");
  return { kernel, run, view: createView(run), kinds };
};

describe("Run", () => {
  it("pressed twice before an answer runs and pauses", () => {
    const { view, kinds } = begin();
    view.run.toggle();
    expect(view.run.goes.value).toBe(true);
    view.run.toggle();
    expect(view.run.goes.value).toBe(false);
    vi.advanceTimersByTime(60);
    expect(kinds()).toEqual(["run", "pause"]);
    expect([view.run.traits.status.value, view.run.goes.value]).toEqual(["paused", false]);
  });

  it("pressed twice in a run pauses and goes on", () => {
    const { view, kinds } = begin();
    view.run.toggle();
    vi.advanceTimersByTime(200);
    view.run.toggle();
    view.run.toggle();
    expect(kinds()).toEqual(["run", "pause", "run"]);
    vi.advanceTimersByTime(60);
    expect(view.run.traits.status.value).toBe("running");
  });

  it("after a step that has no answer runs again: a step pauses", () => {
    const { view, kinds } = begin();
    view.run.toggle();
    view.run.step();
    view.run.toggle();
    expect(kinds()).toEqual(["run", "step", "run"]);
    vi.advanceTimersByTime(60);
    expect(view.run.traits.status.value).toBe("running");
  });

  it("that was asked about goes on with the guess, and a press pauses it", () => {
    const { view, kinds } = begin({ ask: "diverges" });
    view.run.toggle();
    vi.advanceTimersByTime(60);
    expect(view.run.goes.value).toBe(false);
    view.run.ask({ kind: "guess", value: "Yes" });
    view.run.toggle();
    expect(kinds()).toEqual(["run", "guess", "pause"]);
  });

  it("pressed once more goes on where a kernel is silent for long", () => {
    const { kernel, view, kinds } = begin();
    kernel.latency = Number.POSITIVE_INFINITY;
    view.run.toggle();
    kernel.latency = 50;
    vi.advanceTimersByTime(6_000);
    view.run.toggle();
    expect(kinds()).toEqual(["run", "run"]);
  });
});

describe("a value that is set", () => {
  /** A host that keeps values back, as JupyterLab does while it has sent others. */
  const holding = (traits: Partial<Traits> = {}) => {
    const one = begin(traits);
    one.kernel.save_changes = () => {};
    one.run.hello();
    vi.advanceTimersByTime(60);
    one.kernel.received.length = 0;
    return one;
  };

  it("is there before what is pressed next", () => {
    const { kernel, run } = holding();
    run.set("learning_rate", 2e-6);
    run.set("learning_rate", 3e-6);
    run.step();
    run.step();
    expect(kernel.received).toMatchObject([
      { kind: "hello", traits: { learning_rate: 2e-6 } },
      { kind: "step", traits: { learning_rate: 3e-6 } },
      { kind: "step" },
    ]);
    expect(kernel.received[2]).not.toHaveProperty("traits");
  });

  it("again and again is told one at a time, the last one in the end", () => {
    const { kernel, run } = holding();
    for (const rate of [2e-6, 3e-6, 4e-6]) run.set("learning_rate", rate);
    vi.advanceTimersByTime(200);
    expect(kernel.received).toMatchObject([
      { kind: "hello", traits: { learning_rate: 2e-6 } },
      { kind: "hello", traits: { learning_rate: 4e-6 } },
    ]);
    expect(run.pending.value).toEqual([]);
  });

  it("begins a finished run anew: what is pressed next is not lost", () => {
    for (const [name, value] of [
      ["seed", 7],
      ["standardize", true],
    ] as const) {
      const { kernel, run, view } = holding({ epochs: 1 });
      run.toggle();
      vi.advanceTimersByTime(2_000);
      expect(run.traits.status.value).toBe("finished");
      expect(view.able.step.value).toBe(false);
      kernel.latency = Number.POSITIVE_INFINITY;
      run.set(name, value);
      expect([view.able.step.value, view.able.toggle.value]).toEqual([true, true]);
    }
  });
});

it("what is drawn and undone without an answer goes on from the last table that stays", () => {
  const { view } = begin();
  const { drafts } = view.kept;
  const point = (x: number) => [{ x, y: 0, row: 0 }];
  const draw = (x: number) => {
    drafts.value = [...(view.isPending("draw", "undo") ? drafts.value : [point(0)]), point(x)];
    view.run.ask({ kind: "draw", points: point(x), pattern: "" });
  };
  draw(1);
  draw(2);
  view.run.ask({ kind: "undo" });
  expect(drafts.value.at(-1)).toEqual(point(1));
  view.run.ask({ kind: "set", entries: [] });
  view.run.ask({ kind: "undo" });
  expect(drafts.value.at(-1)).toEqual(point(1));
  draw(3);
  view.run.ask({ kind: "undo" });
  view.run.ask({ kind: "undo" });
  expect(drafts.value.at(-1)).toEqual(point(0));
  view.run.ask({ kind: "undo" });
  expect(drafts.value).toEqual([]);
});

it("until a table that is trained on is known, no points are taken for its own", () => {
  const { view } = begin();
  const { drafts } = view.kept;
  const nothing = { token: "", text: "", roles: [], drop_gaps: false, decimal: "", thousands: "" };
  drafts.value = [[{ x: 0, y: 0, row: 0 }]];
  view.run.ask({ kind: "paste", ...nothing, held_out: 0, train: false });
  expect([view.turning.value, drafts.value.length]).toEqual([false, 1]);
  view.run.ask({ kind: "paste", ...nothing, held_out: 0, train: true });
  expect([view.turning.value, drafts.value.length]).toEqual([true, 0]);
});

it("what is under way stays the same list until it is another one", () => {
  const { run } = begin();
  run.toggle();
  vi.advanceTimersByTime(60);
  const seen: (readonly Request[])[] = [];
  run.pending.subscribe((pending) => seen.push(pending));
  vi.advanceTimersByTime(1_000);
  expect(seen).toEqual([[]]);
  run.step();
  vi.advanceTimersByTime(60);
  expect(seen.slice(1)).toEqual([[{ kind: "step", by: "update" }], []]);
});
