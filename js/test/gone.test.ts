import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Traits } from "../src/kernel/contract";
import { createRun, type Run } from "../src/kernel/run";
import { Kernel } from "./kernel";
import { packed } from "./tapes";
import { advances, watch } from "./windows";

let run: Run;
let kernel: Kernel;

/** A page whose kernel has answered; each answer takes 50 ms. */
async function open(traits: Partial<Traits> = {}) {
  kernel = new Kernel({ epochs: 10_000, ...traits });
  kernel.latency = 50;
  run = createRun(kernel);
  run.hello();
  await vi.advanceTimersByTimeAsync(60);
}

/** Until the tape is unpacked, which no clock of a test can hurry. */
async function plays() {
  vi.useRealTimers();
  await vi.waitFor(() => expect(run.mode.value).toBe("plays"));
  vi.useFakeTimers();
}

const steps = async (times: number) => {
  for (let time = 0; time < times; time += 1) {
    run.step();
    await vi.advanceTimersByTimeAsync(60);
  }
};
const status = () => run.traits.status.value;
const update = () => run.traits.update.value;

function expectStill() {
  expect(run.gone.value).toBe(true);
  expect(run.mode.value).toBe("still");
  expect(run.recorded.value).toEqual({ back: false, step: false, run: false });
  expect(run.waiting.value).toBe("no");
  expect(run.sought.value).toBeNull();
  expect(run.traits._pull.value).toBe(false);
  expect(status()).not.toBe("running");
}

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  run.dispose();
  vi.advanceTimersByTime(60); // answers of the kernel under way
  expect(vi.getTimerCount()).toBe(0);
  vi.useRealTimers();
});

/** Each leads to a moment in which a kernel may die, and has what the page then shows. */
const MOMENTS: Record<string, [act: () => unknown, status: string]> = {
  "before anything is done": [() => {}, "ready"],
  "within a run at full speed": [
    async () => {
      run.toggle();
      await vi.advanceTimersByTimeAsync(500);
    },
    "paused",
  ],
  "within a run at a given speed": [
    async () => {
      run.set("speed", 4);
      run.toggle();
      await vi.advanceTimersByTimeAsync(900);
    },
    "paused",
  ],
  "within an update": [
    async () => {
      run.set("step_by", "phase");
      await steps(3);
    },
    "paused",
  ],
  "at the end of a run": [
    async () => {
      run.set("epochs", 2);
      run.toggle();
      await vi.advanceTimersByTimeAsync(1_000);
    },
    "finished",
  ],
  "with a diverged run": [
    async () => {
      run.set("learning_rate", 1);
      run.toggle();
      await vi.advanceTimersByTimeAsync(5_000);
    },
    "diverged",
  ],
  "while a place is sought": [
    async () => {
      await steps(3);
      run.seek(1);
      run.seek(2);
    },
    "paused",
  ],
};

describe("a kernel that is gone without a tape", () => {
  it.each(Object.entries(MOMENTS))("%s: the page is still", async (_, [act, shown]) => {
    await open();
    await act();
    kernel.die();
    expectStill();
    const phase = run.traits._phase.value;
    const asked = kernel.received.length;
    await vi.advanceTimersByTimeAsync(20_000);
    expectStill();
    expect(status()).toBe(shown);
    expect(update()).toBe(kernel.get("update")); // its last words included
    expect(run.traits._phase.value).toBe(phase);
    expect(kernel.received).toHaveLength(asked);
    for (const act of [run.step, run.back, run.toggle, run.reset]) act();
    run.seek(0);
    expect(status()).toBe(shown);
    expect(kernel.received).toHaveLength(asked);
  });

  it("is missed by the next act where no host tells of it", async () => {
    for (const act of ["step", "back", "toggle", "reset"] as const) {
      await open();
      await steps(1);
      kernel.die(false);
      expect(run.gone.value).toBe(false);
      run[act]();
      expectStill();
      run.dispose();
    }
  });

  it("is missed by a value that is set, which it never had", async () => {
    await open();
    await steps(1);
    kernel.die(false);
    run.set("learning_rate", 1e-3);
    expectStill();
    expect(run.traits.learning_rate.value).toBe(kernel.get("learning_rate"));
    expect(run.traits.learning_rate.value).not.toBe(1e-3);
  });

  it("is not brought back by an answer under way, whose words are shown", async () => {
    await open();
    run.step();
    await vi.advanceTimersByTimeAsync(20);
    kernel.die();
    expect(update()).toBe(0);
    await vi.advanceTimersByTimeAsync(100);
    expectStill();
    expect([update(), status()]).toEqual([1, "paused"]);
  });
});

describe("a kernel that is gone with a tape", () => {
  it("leaves a page that plays it from where it stands", async () => {
    await open({ epochs: 4 });
    await steps(3);
    kernel.change({ _tape: packed });
    kernel.die();
    await plays();
    expect([update(), status()]).toEqual([3, "paused"]);
    expect(run.recorded.value).toEqual({ back: true, step: true, run: true });
    run.back();
    expect(update()).toBe(2);
    run.reset();
    expect(update()).toBe(0);
    run.set("speed", 100);
    run.toggle();
    await vi.advanceTimersByTimeAsync(1_000);
    expect([update(), status()]).toEqual([20, "finished"]);
  });

  it("and went on since: the moment shown is there as well", async () => {
    await open({ _tape: packed });
    run.toggle();
    while (update() <= 20) await vi.advanceTimersByTimeAsync(50);
    kernel.die();
    const place = update();
    expectStill();
    await plays();
    expect([update(), status()]).toEqual([place, "paused"]);
    expect(run.recorded.value).toEqual({ back: true, step: false, run: true });
    run.back();
    expect([update(), status()]).toEqual([20, "paused"]); // not finished, as when the tape was made
    run.step();
    expect([update(), status()]).toEqual([place, "paused"]);
  });

  it("which comes after its end: it is played all the same", async () => {
    await open();
    await steps(2);
    kernel.die();
    expectStill();
    kernel.change({ _tape: packed });
    await plays();
    expect(run.gone.value).toBe(true);
    expect(update()).toBe(2);
    run.back();
    expect(update()).toBe(1);
    // Nothing that comes now takes the page from under its reader.
    kernel.change({ _losses: new DataView(new ArrayBuffer(24)) });
    expect([run.mode.value, update()]).toEqual(["plays", 1]);
  });

  it("of another run: an empty one takes its place", async () => {
    await open({ _tape: packed });
    await steps(1);
    kernel.die();
    await plays();
    kernel.change({ _tape: new DataView(new ArrayBuffer(0)) });
    expectStill();
  });
});

describe("a kernel that lives", () => {
  it("goes on as before when its connection is back", async () => {
    await open();
    run.toggle();
    await vi.advanceTimersByTimeAsync(500);
    kernel.die();
    await vi.advanceTimersByTimeAsync(3_000);
    expectStill();
    const place = update();
    kernel.comeBack();
    expect(run.gone.value).toBe(true);
    const flight = watch(kernel);
    await vi.advanceTimersByTimeAsync(2_000);
    expect([run.gone.value, run.mode.value, status()]).toEqual([false, "kernel", "running"]);
    expect(update()).toBeGreaterThan(place);
    expect(flight.most()).toBe(2);
    run.toggle();
    await vi.advanceTimersByTimeAsync(200);
    expect([status(), run.waiting.value]).toEqual(["paused", "no"]);
    run.step();
    expect(kernel.received.at(-1)).toMatchObject({ kind: "step" });
  });

  it("is believed to, in doubt, only when it answers", async () => {
    await open();
    run.toggle();
    await vi.advanceTimersByTimeAsync(500);
    kernel.emit("comm_live_update");
    await vi.advanceTimersByTimeAsync(3_000);
    expect([run.gone.value, status()]).toEqual([false, "running"]);
    kernel.latency = Number.POSITIVE_INFINITY; // a host that takes all that is sent
    kernel.emit("comm_live_update");
    expect(run.gone.value).toBe(false);
    kernel.change({ _losses: new DataView(new ArrayBuffer(24)) });
    await vi.advanceTimersByTimeAsync(1_000);
    expectStill();
    const asked = advances(kernel).length;
    await vi.advanceTimersByTimeAsync(20_000);
    expect(advances(kernel)).toHaveLength(asked);
  });

  it("is only interrupted where its run pauses", async () => {
    await open();
    run.toggle();
    await vi.advanceTimersByTimeAsync(500);
    kernel.change({ status: "paused", _pull: false });
    await vi.advanceTimersByTimeAsync(2_000);
    expect([run.gone.value, run.mode.value]).toEqual([false, "kernel"]);
    await steps(1);
    expect(status()).toBe("paused");
  });
});

describe("a page that never had a kernel", () => {
  it.each([
    ["a tape", packed, "plays"],
    ["no tape", new DataView(new ArrayBuffer(0)), "still"],
  ] as const)("and cannot even ask, with %s", async (_, _tape, mode) => {
    kernel = new Kernel({ _tape });
    kernel.die(false);
    run = createRun(kernel);
    run.hello();
    if (mode === "plays") await plays();
    expect([run.gone.value, run.mode.value]).toEqual([false, mode]);
    expect(run.recorded.value?.run).toBe(mode === "plays");
  });
});
