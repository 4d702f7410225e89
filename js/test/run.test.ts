import { describe, expect, it, vi } from "vitest";
import { start, useClock } from "./windows";

useClock();

describe("commands", () => {
  it("carry their kind, the window and a number of their own", () => {
    const { kernel, run } = start({ step_by: "phase" });
    run.step();
    run.back();
    run.toggle();
    run.reset();
    run.seek(3);
    const [first] = kernel.received;
    expect(first?.client).toMatch(/^\w{8,}$/);
    expect(kernel.received).toEqual([
      { kind: "step", by: "phase", client: first?.client, id: 1 },
      { kind: "back", by: "phase", client: first?.client, id: 2 },
      { kind: "run", client: first?.client, id: 3 },
      { kind: "reset", client: first?.client, id: 4 },
      { kind: "seek", update: 3, client: first?.client, id: 5 },
    ]);
  });

  it("of a key held down wait for the answer to the last", () => {
    const { kernel, run } = start();
    run.step();
    run.step(true);
    run.step(true);
    expect(kernel.received).toHaveLength(1);
    vi.advanceTimersByTime(60);
    run.step(true);
    expect(kernel.received).toHaveLength(2);
  });

  it("to seek go one at a time, and the newest place wins", () => {
    const { kernel, run } = start();
    run.set("step_by", "epoch");
    for (let i = 0; i < 4; i += 1) run.step();
    vi.advanceTimersByTime(100);
    kernel.received.length = 0;
    for (const update of [15, 12, 9, 3]) run.seek(update);
    expect(kernel.received).toMatchObject([{ kind: "seek", update: 15 }]);
    expect(run.sought.value).toBe(3);
    vi.advanceTimersByTime(200);
    expect(kernel.received).toMatchObject([{ update: 15 }, { update: 3 }]);
    expect(run.sought.value).toBeNull();
    expect(run.traits.update.value).toBe(3);
  });

  it("to seek are all sent before what is pressed next", () => {
    const { kernel, run } = start();
    for (let i = 0; i < 6; i += 1) run.step();
    vi.advanceTimersByTime(100);
    kernel.received.length = 0;
    for (const update of [5, 4, 2]) run.seek(update);
    run.step();
    expect(kernel.received).toMatchObject([
      { kind: "seek", update: 5 },
      { kind: "seek", update: 2 },
      { kind: "step" },
    ]);
    expect(run.sought.value).toBe(2);
    vi.advanceTimersByTime(200);
    expect(kernel.received).toHaveLength(3);
    expect(run.sought.value).toBeNull();
    expect(run.traits.update.value).toBe(3);
  });

  it("are known to be under way until they are answered", () => {
    const { kernel, run } = start();
    for (const act of [run.step, run.back, run.reset, () => run.seek(0)]) {
      act();
      expect(run.pending.value).toMatchObject([{ kind: kernel.received.at(-1)?.kind }]);
      vi.advanceTimersByTime(60);
      expect(run.pending.value).toEqual([]);
    }
  });

  it("to seek survive a lost one", () => {
    const { kernel, run } = start();
    run.step();
    vi.advanceTimersByTime(60);
    kernel.latency = Number.POSITIVE_INFINITY;
    run.seek(1);
    vi.advanceTimersByTime(6_000);
    kernel.latency = 50;
    run.seek(0);
    vi.advanceTimersByTime(100);
    expect(run.traits.update.value).toBe(0);
    expect(run.sought.value).toBeNull();
    expect(run.waiting.value).toBe("no");
  });
});

describe("traits", () => {
  it("change together: no view sees half of a message", () => {
    const { kernel, run } = start();
    const seen: string[] = [];
    run.traits.update.subscribe((update) => {
      seen.push(`${update} ${run.traits._phase.peek()} ${run.traits.status.peek()}`);
    });
    kernel.change({ update: 5, _phase: "loss", status: "paused" });
    expect(seen).toEqual(["0  ready", "5 loss paused"]);
  });

  it("that a kernel does not know have a stand-in", () => {
    const { kernel, run } = start();
    kernel.change({ _title: undefined as unknown as string });
    expect(run.traits._title.value).toBe("");
  });
});

it("a run that is over leaves no timer and no listener", () => {
  const { kernel, run } = start();
  run.toggle();
  vi.advanceTimersByTime(100);
  kernel.latency = Number.POSITIVE_INFINITY;
  run.step();
  vi.advanceTimersByTime(100);
  run.dispose();
  expect(kernel.listening()).toBe(0);
  expect(vi.getTimerCount()).toBe(0);
});
