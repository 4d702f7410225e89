import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Traits } from "../src/model";
import { createRun, type Run } from "../src/run";
import { Kernel, type Message } from "./kernel";

beforeEach(() => {
  vi.useFakeTimers();
});

const runs: Run[] = [];

afterEach(() => {
  for (const run of runs.splice(0)) run.dispose();
  vi.useRealTimers();
});

/** A window that shows a kernel's model. */
function open(kernel: Kernel): Run {
  const run = createRun(kernel);
  runs.push(run);
  return run;
}

/** A run long enough that no test reaches its end by chance, in slices as long as the real ones. */
const start = (traits: Partial<Traits> = {}) => {
  const kernel = new Kernel({ epochs: 10_000, ...traits });
  kernel.latency = 50;
  return { kernel, run: open(kernel) };
};

const advances = (kernel: Kernel) => kernel.received.filter(({ kind }) => kind === "advance");

/** Watch how many advances each window has in flight, at each moment that it could change. */
function watch(kernel: Kernel) {
  const flying = new Map<string, Set<number>>();
  let most = 0;
  const { send, emit } = kernel;
  kernel.send = (content) => {
    const { kind, client, id } = content as Message;
    if (kind === "advance") {
      const own = flying.get(client) ?? new Set();
      flying.set(client, own.add(id));
      most = Math.max(most, own.size);
    }
    send.call(kernel, content);
  };
  kernel.emit = (event, ...args) => {
    const [reply] = args as (Message | undefined)[];
    if (event === "msg:custom" && reply) flying.get(reply.client)?.delete(reply.id);
    emit.call(kernel, event, ...args);
  };
  return { now: () => [...flying.values()].map(({ size }) => size), most: () => most };
}

describe("at full speed", () => {
  it("two requests are in flight, at every moment, and none after a pause", () => {
    const { kernel, run } = start();
    const flight = watch(kernel);
    run.toggle();
    vi.advanceTimersByTime(51);
    for (let i = 0; i < 100; i += 1) {
      vi.advanceTimersByTime(7);
      expect(flight.now()).toEqual([2]);
    }
    expect(run.traits.update.value).toBeGreaterThan(50);
    run.toggle();
    vi.advanceTimersByTime(100);
    const stopped = run.traits.update.value;
    vi.advanceTimersByTime(1_000);
    expect(flight.now()).toEqual([0]);
    expect(run.traits.update.value).toBe(stopped);
    expect(run.traits.status.value).toBe("paused");
  });

  it("two clicks on Run start one loop", () => {
    const { kernel, run } = start();
    const flight = watch(kernel);
    run.toggle();
    run.toggle();
    vi.advanceTimersByTime(1_000);
    expect(flight.most()).toBe(2);
    expect(run.traits.status.value).toBe("running");
  });

  it("a flag that flickers never starts a second loop", () => {
    const { kernel, run } = start({ status: "running" });
    kernel.latency = 100;
    const flight = watch(kernel);
    for (let i = 0; i < 40; i += 1) {
      kernel.change({ _pull: i % 2 === 0 });
      vi.advanceTimersByTime(i % 7);
    }
    kernel.change({ _pull: true });
    vi.advanceTimersByTime(1_000);
    expect(flight.most()).toBe(2);
    expect(flight.now()).toEqual([2]);
    expect(run.traits.update.value).toBeGreaterThan(0);
  });

  it("a page that comes back mid-run goes on", () => {
    const { kernel, run } = start();
    run.toggle();
    vi.advanceTimersByTime(100);
    run.dispose();
    vi.advanceTimersByTime(100);
    const before = kernel.get("update");
    vi.advanceTimersByTime(1_000);
    expect(kernel.get("update")).toBe(before);
    const again = open(kernel);
    vi.advanceTimersByTime(1_000);
    expect(again.traits.update.value).toBeGreaterThan(before);
  });

  it("two windows keep two requests each, and count no foreign answer", () => {
    const { kernel, run } = start();
    open(kernel);
    const flight = watch(kernel);
    run.toggle();
    vi.advanceTimersByTime(1_000);
    expect(flight.now()).toEqual([2, 2]);
    expect(flight.most()).toBe(2);
  });

  it("answers that nobody asked for change nothing", () => {
    const { kernel, run } = start();
    const flight = watch(kernel);
    run.toggle();
    vi.advanceTimersByTime(100);
    const { client, id } = kernel.received[0] as { client: string; id: number };
    for (const reply of [
      { kind: "done", client, id },
      { kind: "done" },
      { kind: "else" },
      undefined,
    ]) {
      kernel.emit("msg:custom", reply);
    }
    vi.advanceTimersByTime(100);
    expect(flight.most()).toBe(2);
  });

  it("the run ends by itself", () => {
    const { kernel, run } = start({ epochs: 4 });
    const flight = watch(kernel);
    run.toggle();
    vi.advanceTimersByTime(5_000);
    expect(run.traits.status.value).toBe("finished");
    expect(run.traits.update.value).toBe(20);
    expect(flight.now()).toEqual([0]);
  });
});

describe("at a given speed", () => {
  it.each([1, 5, 20, 100])("%i updates a second are made, by one request at a time", (speed) => {
    const { kernel, run } = start({ speed });
    const flight = watch(kernel);
    run.toggle();
    vi.advanceTimersByTime(10_000);
    expect(flight.most()).toBe(1);
    expect(Math.abs(run.traits.update.value - 10 * speed)).toBeLessThanOrEqual(1 + speed / 5);
    expect(advances(kernel).length).toBeLessThanOrEqual(1 + 10 * Math.min(20, speed));
  });

  it("a change of speed takes effect at once and leaves one loop", () => {
    const { kernel, run } = start({ speed: 1 });
    const flight = watch(kernel);
    run.toggle();
    vi.advanceTimersByTime(1_500);
    run.set("speed", null);
    vi.advanceTimersByTime(500);
    expect(flight.now()).toEqual([2]);
    expect(run.traits.update.value).toBeGreaterThan(20);
    run.set("speed", 2);
    vi.advanceTimersByTime(100);
    const asked = advances(kernel).length;
    vi.advanceTimersByTime(10_000);
    expect(Math.abs(advances(kernel).length - asked - 20)).toBeLessThanOrEqual(1);
    expect(flight.most()).toBe(2);
  });
});

describe("a kernel that is silent", () => {
  it("is waited for after half a second, and no longer when it answers", () => {
    const { kernel, run } = start();
    kernel.latency = 800;
    run.step();
    vi.advanceTimersByTime(499);
    expect(run.waiting.value).toBe("no");
    vi.advanceTimersByTime(2);
    expect(run.waiting.value).toBe("a while");
    vi.advanceTimersByTime(300);
    expect(run.waiting.value).toBe("no");
    expect(run.traits.update.value).toBe(1);
  });

  it("is not waited for while it answers each request in time", () => {
    const { kernel, run } = start();
    kernel.latency = 300;
    const waited = vi.fn();
    run.waiting.subscribe(waited);
    run.toggle();
    vi.advanceTimersByTime(10_000);
    expect(waited.mock.calls).toEqual([["no"]]);
  });

  it("is asked again, ever less often, and not flooded", () => {
    const { kernel, run } = start();
    run.toggle();
    vi.advanceTimersByTime(100);
    kernel.latency = Number.POSITIVE_INFINITY;
    vi.advanceTimersByTime(50);
    const asked = kernel.received.length;
    vi.advanceTimersByTime(6_000);
    expect(kernel.received.length - asked).toBe(1);
    expect(run.waiting.value).toBe("long");
    vi.advanceTimersByTime(600_000);
    expect(kernel.received.length - asked).toBeLessThan(16);
  });

  it.each([
    ["kept the old requests", true],
    ["lost them", false],
  ])("goes on with two in flight when it comes back and %s", (_, kept) => {
    const { kernel, run } = start();
    run.toggle();
    vi.advanceTimersByTime(100);
    kernel.latency = Number.POSITIVE_INFINITY;
    vi.advanceTimersByTime(60);
    const unanswered = kernel.received.slice(-2);
    vi.advanceTimersByTime(8_000);
    const before = run.traits.update.value;
    kernel.latency = 50;
    if (kept) for (const message of unanswered) kernel.answer(message);
    vi.advanceTimersByTime(12_000);
    const flight = watch(kernel);
    vi.advanceTimersByTime(1_000);
    expect(flight.now()).toEqual([2]);
    expect(flight.most()).toBe(2);
    expect(run.traits.update.value).toBeGreaterThan(before);
    expect(run.waiting.value).toBe("no");
  });
});

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
