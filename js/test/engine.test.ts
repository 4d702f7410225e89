import { describe, expect, it, vi } from "vitest";
import type { Table } from "../src/engine/batches";
import { createKernel } from "../src/engine/kernel";
import { Recording } from "../src/engine/recording";
import { Schedule } from "../src/engine/schedule";
import { createTrainer, type Wanted } from "../src/engine/trainer";
import { DEFAULTS, type Traits } from "../src/kernel/contract";
import { decodeCurves, decodeLosses, decodeTable } from "../src/kernel/decode";
import type { Model } from "../src/kernel/model";
import { createRun } from "../src/kernel/run";
import { decodeFrame, tensorOf } from "../src/state/frame";
import { FEATURES, INPUTS, ROWS, TARGET_NAMES, TARGETS } from "./crops";
import { random } from "./descent";
import { bitsOf, make, stateOf, type Verb } from "./engine";
import { SOURCE } from "./source";

const CROPS: Table = {
  ...{ n: 15, d: 3, t: 2 },
  heldOut: null,
  inputs: Float32Array.from(INPUTS.flat()),
  targets: Float32Array.from(TARGETS.flat()),
  names: { features: FEATURES, targets: TARGET_NAMES },
  rowNames: ROWS,
  notes: [],
};

const SETTINGS: Wanted = {
  ...{ learning_rate: 1e-5, epochs: 6, batch_size: 4, seed: 1, shuffle: true, standardize: false },
};

/** A page without a kernel: what it holds can be read, and nothing else works. */
const saved = (traits: Partial<Traits> = {}): Model => {
  const never = () => {
    throw new Error("There is no kernel.");
  };
  const all: Traits = { ...DEFAULTS, _source: SOURCE, ...traits };
  return {
    get: (name) => all[name],
    ...{ set: never, save_changes: never, send: never, on: never, off: never },
  };
};

const open = (traits: Partial<Traits> = {}) => {
  const model = createKernel(saved(traits), CROPS);
  const run = createRun(model);
  run.hello();
  return { model, run, traits: run.traits };
};

const until = (holds: () => void) => vi.waitFor(holds, { timeout: 20_000, interval: 5 });

describe("the engine in the kernel's place", () => {
  it("trains to the end and back, and shows what a kernel would", async () => {
    const { run, traits } = open({ epochs: 50, learning_rate: 1e-5, speed: null });
    expect(traits.status.value).toBe("ready");
    run.toggle();
    await until(() => expect(traits.status.value).toBe("finished"));
    expect(traits.update.value).toBe(250);
    expect(traits._pull.value).toBe(false);
    const { batch, full } = decodeLosses(traits._losses.value);
    expect(full).toBeCloseTo(405.233, 2); // as in PyTorch
    expect(decodeCurves(traits._curve.value).batch).toHaveLength(250);
    expect(decodeTable(traits._table.value)).toHaveLength(51);
    const frame = decodeFrame(traits._frame.value, traits._frame_data.value);
    expect([frame.update, frame.phase, frame.ended]).toEqual([250, "zero", true]);
    expect(tensorOf(frame, "loss")?.values[0]).toBe(batch);
    run.back();
    await until(() => expect(traits.update.value).toBe(249));
    expect(traits._recorded.value).toBe(250);
    run.seek(3);
    await until(() => expect(traits.update.value).toBe(3));
    run.reset();
    await until(() => expect(traits._recorded.value).toBe(0));
    run.dispose();
  });

  it("goes phase by phase", async () => {
    const { run, traits } = open();
    run.set("step_by", "phase");
    const seen: string[] = [];
    for (const phase of ["predict", "loss", "backward", "update", ""]) {
      run.step();
      await until(() => expect(traits._phase.value).toBe(phase));
      seen.push(traits._frame.value.phase ?? "");
    }
    expect(seen).toEqual(["predict", "loss", "backward", "update", "zero"]);
    expect(traits.update.value).toBe(1);
    run.dispose();
  });

  it("keeps to a given speed, and pauses", async () => {
    const { run, traits } = open({ speed: 100 });
    run.toggle();
    await until(() => expect(traits.update.value).toBeGreaterThan(3));
    expect(traits.status.value).toBe("running");
    run.toggle();
    await until(() => expect(traits.status.value).toBe("paused"));
    expect(traits.update.value).toBeLessThan(250);
    run.dispose();
  });

  it("takes settings, and explains and rescues a run that diverges", async () => {
    const { run, traits } = open();
    run.step();
    await until(() => expect(traits.update.value).toBe(1));
    run.set("learning_rate", 1);
    run.toggle();
    await until(() => expect(traits.status.value).toBe("diverged"));
    expect(traits._explained.value.kind).toBe("diverged");
    expect(traits._explained.value.words).toContain("times the largest stable one");
    run.ask({ kind: "rescue", to: "start" });
    await until(() => expect(traits.status.value).toBe("ready"));
    expect(traits.learning_rate.value).toBe(traits._explained.value.safe ?? 1e-5);
    const before = bitsOf(
      decodeFrame(traits._frame.value, traits._frame_data.value).tensors[4]?.values ?? [],
    );
    run.set("seed", 5);
    const after = bitsOf(
      decodeFrame(traits._frame.value, traits._frame_data.value).tensors[4]?.values ?? [],
    );
    expect(after).not.toEqual(before);
    run.dispose();
  });

  it.each([
    [1e-5, 0.1],
    [2e-5, 2e-5],
  ])("lets a rate that the table gives follow the scaling: %d", (rate, scaled) => {
    const { run, traits } = open({ learning_rate: rate });
    run.set("standardize", true);
    expect([traits.standardize.value, traits.learning_rate.value]).toEqual([true, scaled]);
    run.dispose();
  });

  it("sets numbers by hand, and takes that back", async () => {
    const { run, traits } = open();
    run.ask({ kind: "set", entries: [{ tensor: "w", row: 1, column: 2, value: 0.5 }] });
    await until(() => expect(traits._undoes.value).toBe("set"));
    const frame = decodeFrame(traits._frame.value, traits._frame_data.value);
    expect(tensorOf(frame, "w")?.values[5]).toBe(0.5);
    expect(tensorOf(frame, "w")?.by_hand).toEqual([[1, 2]]);
    run.ask({ kind: "undo" });
    await until(() => expect(traits._undoes.value).toBe(""));
    run.ask({ kind: "set", entries: [{ tensor: "b", row: 0, column: 1, value: 1e39 }] });
    await until(() => expect(traits._alert.value).toContain("b is 1.000e39; it must be a number"));
    expect(traits._undoes.value).toBe("");
    run.dispose();
  });

  it("keeps runs to compare with, while a run goes on, and forgets them", async () => {
    const { run, traits } = open({ speed: 50 });
    run.toggle();
    await until(() => expect(traits.update.value).toBeGreaterThan(1));
    run.ask({ kind: "keep" });
    await until(() => expect(traits._runs.value).toHaveLength(2));
    expect(traits.status.value).toBe("running");
    expect(traits._runs.value.map(({ kept }) => kept)).toEqual([true, false]);
    run.ask({ kind: "forget", index: 0 });
    await until(() => expect(traits._runs.value).toHaveLength(0));
    run.dispose();
  });

  it("stops by itself where the page says so", async () => {
    const settings = { standardize: true, learning_rate: 0.1, epochs: 400 };
    const { run, traits } = open({ ...settings, stop_within: 1.5 });
    run.toggle();
    await until(() => expect(traits._notice.value).toContain("within the chosen 1.5"));
    expect(traits.status.value).toBe("paused");
    run.dispose();
  });
});

describe("branches", () => {
  const recorded = (updates: number, first: number, before?: Recording) => {
    const settings = { ...SETTINGS, learning_rate: 1e-5, batch_size: 3 };
    const start = { w: new Float32Array(6), b: new Float32Array(2) };
    const recording = new Recording(Schedule.of(15, settings), start, before);
    for (let k = 0; k < updates; k += 1) recording.append(first + k);
    return recording;
  };
  const chain = (count: number, updates: number) => {
    let last: Recording | undefined;
    for (let k = 0; k <= count; k += 1) last = recorded(updates, k, last);
    return (last as Recording).branches;
  };

  it("are the latest twenty, of at most 16 MB", () => {
    expect(chain(3, 10).map(({ losses }) => losses[0])).toEqual([0, 1, 2]);
    expect(chain(25, 10).map(({ losses }) => losses[0])).toEqual(
      [...Array(20)].map((_, k) => 5 + k),
    );
    expect(chain(4, 2 ** 21).map(({ losses }) => losses[0])).toEqual([2, 3]);
    expect(chain(2, 5_000_000)).toHaveLength(1);
  });

  it("are none of them only how another one begins", () => {
    const short = recorded(5, 0, recorded(3, 0));
    const long = recorded(4, 0, short);
    expect(long.branches.map(({ losses }) => losses.length)).toEqual([5]);
    expect(recorded(1, 0, long).branches.map(({ losses }) => losses.length)).toEqual([5]);
  });
});

describe("any way through a run", () => {
  const by = ["phase", "update", "epoch"] as const;
  const rates = [1e-5, 2e-5, 1e-4, 30];

  function verb(next: () => number, recorded: number): Verb {
    const below = (count: number) => Math.floor(next() * count);
    const step = { by: by[below(3)] ?? "update", count: 1 + below(3) };
    const entry = { tensor: "w", row: below(2), column: below(3), value: next() } as const;
    const all: Verb[] = [
      { verb: "step", ...step },
      { verb: "back", ...step },
      { verb: "seek", update: below(recorded + 1), phases: below(5) },
      { verb: "advance", most: 1 + below(20) },
      { verb: "change", changes: { learning_rate: rates[below(4)] ?? 1e-5 } },
      { verb: "change", changes: { batch_size: 1 + below(9), shuffle: next() < 0.5 } },
      { verb: "set", entries: [entry] },
      { verb: "undo" },
      ...(next() < 0.2 ? [{ verb: "reset", changes: { seed: below(3) } } as const] : []),
    ];
    return all[below(all.length)] as Verb;
  }

  it.each([...Array(30).keys()])("ends at the bits of a fresh run: %i", (seed) => {
    const next = random(seed);
    const trainer = createTrainer(CROPS, SETTINGS);
    for (let k = 0; k < 25; k += 1) {
      const act = verb(next, trainer.recording.updates);
      if (trainer.status === "diverged" && (act.verb === "step" || act.verb === "set")) continue;
      make(trainer, act);
      expect([k, act, stateOf(trainer).same]).toEqual([k, act, true]);
    }
  });
});
