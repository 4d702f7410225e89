import { describe, expect, it, vi } from "vitest";
import { advances, open, start, useClock, watch } from "./windows";

useClock();

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

  it("Run asked for twice starts one loop", () => {
    const { kernel, run } = start();
    const flight = watch(kernel);
    run.ask({ kind: "run" });
    run.ask({ kind: "run" });
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

describe("to be watched", () => {
  it("a run of few updates takes about five seconds, whatever else it is", async () => {
    const { kernel, run } = start({ speed: "watch", epochs: 50 });
    run.toggle();
    await vi.advanceTimersByTimeAsync(4_500);
    expect(kernel.get("status")).toBe("running");
    await vi.advanceTimersByTimeAsync(1_000);
    expect(kernel.get("status")).toBe("finished");
  });

  it("a run of many is not slowed", async () => {
    const { kernel, run } = start({ speed: "watch", epochs: 501 });
    kernel.slice = 100;
    run.toggle();
    await vi.advanceTimersByTimeAsync(2_000);
    expect(kernel.get("status")).toBe("finished");
  });

  it("full speed is one press away, also during the run", async () => {
    const { kernel, run } = start({ speed: "watch", epochs: 50 });
    run.toggle();
    await vi.advanceTimersByTimeAsync(500);
    const before = kernel.get("update");
    expect(before).toBeLessThanOrEqual(30);
    kernel.slice = 100;
    run.set("speed", null);
    await vi.advanceTimersByTimeAsync(500);
    expect(kernel.get("status")).toBe("finished");
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

  it("whose connection is closed is waited for, and nothing is thrown", () => {
    const { kernel, run } = start();
    kernel.send = () => {
      throw new Error("Cannot send");
    };
    run.step();
    vi.advanceTimersByTime(600);
    expect(run.waiting.value).toBe("a while");
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
