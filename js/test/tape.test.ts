import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Traits } from "../src/kernel/contract";
import { createRun, type Run } from "../src/kernel/run";
import {
  backward,
  coverage,
  decodeTape,
  nearest,
  onward,
  reached,
  type Tape,
  withMoment,
} from "../src/kernel/tape";
import { Kernel } from "./kernel";
import { packed, recordOf, recordsOf } from "./tapes";

const tape: Tape = decodeTape(recordsOf());
const placeOf = (index: number) => {
  const moment = tape.moments[index];
  return moment && [moment.update, moment.phases];
};
const at = (update: number, phases = 0) =>
  tape.moments.findIndex((moment) => moment.update === update && moment.phases === phases);

describe("a tape", () => {
  it("is in the order of the run, and knows where it stood", () => {
    expect([0, 1, 2, 3, 4].map(placeOf)).toEqual([
      [0, 0],
      [0, 1],
      [0, 2],
      [0, 3],
      [1, 0],
    ]);
    expect(placeOf(tape.start)).toEqual([20, 0]);
  });

  it("gives each moment its traits, frame and numbers", () => {
    const values = tape.moments[at(1, 2)]?.values() ?? {};
    expect(values).toMatchObject({ update: 1, _phase: "loss", status: "paused" });
    expect(values._frame).toEqual({ phases: ["predict", "loss"], sentence: "at 1, 2" });
    const numbers = [0, 8, 16].map((offset) => values._losses?.getFloat64(offset, true));
    expect(numbers).toEqual([1, Number.NaN, 2]);
  });

  it("that is cut off is refused", () => {
    expect(() => decodeTape(recordsOf().subarray(0, 30))).toThrow();
  });

  it.each([
    [[0, 0], "phase", [0, 1]],
    [[0, 3], "phase", [1, 0]],
    [[0, 2], "update", [1, 0]],
    [[10, 0], "update", [15, 0]],
    [[1, 1], "epoch", [5, 0]],
    [[5, 0], "epoch", [10, 0]],
  ] as const)("leads from %j by %s on to %j", ([update, phases], by, goal) => {
    expect(placeOf(onward(tape, at(update, phases), by))).toEqual(goal);
  });

  it.each([
    [[1, 0], "phase", [0, 3]],
    [[1, 2], "update", [1, 0]],
    [[1, 0], "update", [0, 0]],
    [[15, 0], "update", [10, 0]],
    [[7, 0], "epoch", [5, 0]],
    [[10, 0], "epoch", [5, 0]],
    [[1, 1], "epoch", [0, 0]],
  ] as const)("leads from %j by %s back to %j", ([update, phases], by, goal) => {
    expect(placeOf(backward(tape, at(update, phases), by))).toEqual(goal);
  });

  it("ends at its ends", () => {
    expect(onward(tape, at(20), "update")).toBe(-1);
    expect(backward(tape, 0, "phase")).toBe(-1);
  });

  it("has a nearest moment to any update, and the last that a run has come to", () => {
    expect([0, 12, 13, 99].map((update) => placeOf(nearest(tape, update))?.[0])).toEqual([
      0, 10, 15, 20,
    ]);
    expect([0.9, 12, 14.9, 15].map((update) => placeOf(reached(tape, update))?.[0])).toEqual([
      0, 10, 10, 15,
    ]);
  });
});

describe("a page without a kernel", () => {
  let run: Run;
  let kernel: Kernel;

  async function open(traits: Partial<Traits> = {}, latency = Number.POSITIVE_INFINITY) {
    kernel = new Kernel({ _tape: packed, epochs: 4, ...traits });
    kernel.latency = latency;
    run = createRun(kernel);
    run.hello();
  }
  const listen = async () => {
    await vi.advanceTimersByTimeAsync(1_000);
    vi.useRealTimers();
    await vi.waitFor(() => expect(run.recorded.value).not.toBeNull());
    vi.useFakeTimers();
  };
  const place = () => [run.traits.update.value, run.traits._phase.value];

  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    run.dispose();
    vi.useRealTimers();
  });

  it("plays the tape after a second, from where the run stood", async () => {
    await open();
    expect(run.recorded.value).toBeNull();
    await listen();
    expect(run.traits.update.value).toBe(20);
    expect(run.recorded.value).toEqual({ back: true, step: false, run: true });
    expect(run.waiting.value).toBe("no");
    const asked = kernel.received.length;
    run.reset();
    expect(place()).toEqual([0, ""]);
    run.set("step_by", "phase");
    run.step();
    run.step();
    expect(place()).toEqual([0, "loss"]);
    expect(run.traits._frame.value.sentence).toBe("at 0, 2");
    run.back();
    expect(place()).toEqual([0, "predict"]);
    run.seek(13);
    expect(place()).toEqual([15, ""]);
    expect(kernel.received).toHaveLength(asked);
  });

  it("runs in five seconds to be watched and in one at full speed", async () => {
    await open();
    await listen();
    run.set("speed", "watch");
    run.toggle();
    await vi.advanceTimersByTimeAsync(4_800);
    expect(run.traits.status.value).toBe("running");
    await vi.advanceTimersByTimeAsync(300);
    expect(run.traits.status.value).toBe("finished");
    run.seek(0);
    run.set("speed", null);
    run.toggle();
    await vi.advanceTimersByTimeAsync(900);
    expect(run.traits.status.value).toBe("running");
    await vi.advanceTimersByTimeAsync(200);
    expect(run.traits.status.value).toBe("finished");
  });

  it("can be paused in a run, and rests at the end", async () => {
    await open();
    await listen();
    run.set("speed", "watch");
    run.toggle();
    expect(run.traits.status.value).toBe("running");
    await vi.advanceTimersByTimeAsync(2_500);
    expect(run.traits.update.value).toBeGreaterThanOrEqual(9);
    expect(run.traits.update.value).toBeLessThanOrEqual(10);
    run.toggle();
    expect(run.traits.status.value).toBe("paused");
    await vi.advanceTimersByTimeAsync(5_000);
    expect(run.traits.update.value).toBeLessThanOrEqual(10);
    run.set("speed", 50);
    run.toggle();
    await vi.advanceTimersByTimeAsync(400);
    expect(place()).toEqual([20, ""]);
    expect(run.traits.status.value).toBe("finished");
  });

  it("leaves the tape as soon as a kernel answers", async () => {
    await open();
    await listen();
    run.reset();
    kernel.latency = 4;
    kernel.emit("msg:custom", { kind: "done", client: kernel.received[0]?.client, id: 1 });
    expect(run.recorded.value).toBeNull();
    expect(run.traits.update.value).toBe(kernel.get("update"));
    run.step();
    expect(kernel.received.at(-1)).toMatchObject({ kind: "step" });
  });

  it("takes a change that only a kernel makes for an answer", async () => {
    await open();
    await listen();
    kernel.change({ _losses: new DataView(new ArrayBuffer(24)) });
    expect(run.recorded.value).toBeNull();
  });

  it("shows what there is if there is no tape, or one that it cannot read", async () => {
    for (const _tape of [new DataView(new ArrayBuffer(0)), new DataView(new ArrayBuffer(9))]) {
      await open({ _tape });
      await vi.advanceTimersByTimeAsync(2_000);
      expect(run.recorded.value).toBeNull();
      expect(run.waiting.value).toBe("no");
      run.dispose();
    }
  });
});

describe("a page with a kernel", () => {
  it("asks for the tape when the run has rested, slice by slice", async () => {
    vi.useFakeTimers();
    const kernel = new Kernel();
    kernel.latency = 4;
    const run = createRun(kernel);
    run.hello();
    const asked = () => kernel.received.filter(({ kind }) => kind === "tape").length;
    await vi.advanceTimersByTimeAsync(5_000);
    expect(asked()).toBe(0);
    run.step();
    await vi.advanceTimersByTimeAsync(1_000);
    run.step();
    await vi.advanceTimersByTimeAsync(1_000);
    expect(asked()).toBe(0);
    kernel.latency = Number.POSITIVE_INFINITY;
    await vi.advanceTimersByTimeAsync(1_000);
    expect(asked()).toBe(1);
    expect(run.waiting.value).toBe("no");
    const { client, id } = kernel.received.at(-1) ?? { client: "", id: 0 };
    kernel.emit("msg:custom", { kind: "done", client, id, more: true });
    expect(asked()).toBe(2);
    kernel.emit("msg:custom", { kind: "done", client, id: id + 1, more: false });
    await vi.advanceTimersByTimeAsync(9_000);
    expect(asked()).toBe(2);
    expect(run.recorded.value).toBeNull();
    run.dispose();
    vi.useRealTimers();
  });
});

describe("a tape that starts where a page stands", () => {
  const moment = (update: number, phases = 0) => ({
    ...(tape.moments[0] as (typeof tape.moments)[number]),
    update,
    phases,
  });

  it("has what the page shows instead of its own", () => {
    const own = moment(3);
    const { moments, start } = withMoment(tape, own);
    expect(moments).toHaveLength(tape.moments.length);
    expect(moments[start]).toBe(own);
    expect(start).toBe(at(3));
  });

  it.each([
    [12, 2],
    [13, 0],
    [21, 0],
  ])("has it in its place where it had not: %i, %i", (update, phases) => {
    const { moments, start } = withMoment(tape, moment(update, phases));
    expect(moments).toHaveLength(tape.moments.length + 1);
    expect(moments[start]).toMatchObject({ update, phases });
    expect(moments[start - 1]?.update).toBe(update === 21 ? 20 : 10);
    expect(moments[start + 1]?.update).toBe(update === 21 ? undefined : 15);
  });
});

describe("what a tape covers", () => {
  it("is the updates that are on it, and for how many of the first their phases are", () => {
    expect(coverage(tape)).toEqual({ updates: 16, whole: 2 });
  });

  it("is nothing where only the start is on it", () => {
    const start = decodeTape(recordOf(0, 0, { values: 0, pieces: 0 }));
    expect(coverage(start)).toEqual({ updates: 0, whole: 0 });
  });
});
