import { afterEach, describe, expect, it, vi } from "vitest";
import { pack } from "../src/engine/pack";
import { createTrainer } from "../src/engine/trainer";
import type { History, Traits } from "../src/kernel/contract";
import { decodeCurves, decodeLosses, decodeOthers } from "../src/kernel/decode";
import { createRun, type Run } from "../src/kernel/run";
import { FEATURES, INPUTS, ROWS, TARGET_NAMES, TARGETS } from "./crops";
import { Kernel } from "./kernel";
import { SOURCE } from "./source";

const HELD: Partial<Traits> = {
  _source: SOURCE,
  _rows: {
    ...{ features: FEATURES, targets: TARGET_NAMES, rows: ROWS, notes: [] },
    ...{ held_out: 0, held_out_rows: [] },
    columns: [...FEATURES, ...TARGET_NAMES].map(() => ({ type: "i2", decimals: 0 })),
  },
  _rows_data: pack({
    shorts: {
      shape: [5, 15],
      values: Float32Array.from([
        ...FEATURES.flatMap((_, j) => INPUTS.map((row) => row[j] as number)),
        ...TARGET_NAMES.flatMap((_, k) => TARGETS.map((row) => row[k] as number)),
      ]),
    },
  }),
};
const USUAL = { learning_rate: 1e-5, batch_size: 3, shuffle: true };
const FIRST = { update: 0, settings: USUAL };
const HISTORY: History = {
  ...{ stretches: [FIRST], by_hand: [], own_rate: true, patience_on: "known", kept: [] },
};

const NOTHING = new DataView(new ArrayBuffer(0));

let run: Run;
let kernel: Kernel;

/**
 * A page of a model that has the rows; `line`: whether its host says that a kernel made it. The losses of this
 * kernel are not those of PyTorch, and are left out.
 */
function open(traits: Partial<Traits> = {}, line?: boolean, fixed: Partial<Traits> = {}) {
  kernel = new Kernel({ ...HELD, _history: HISTORY, ...traits });
  const get = kernel.get.bind(kernel);
  const others: Record<string, unknown> = { _losses: NOTHING, ...fixed };
  if (line !== undefined) others.layout = { comm_live: line };
  kernel.get = ((name: never) => (name in others ? others[name] : get(name))) as typeof get;
  run = createRun(kernel);
}
const without = (traits: Partial<Traits> = {}) => {
  open(traits, undefined, traits);
  kernel.die(false);
  run.hello();
};
const until = (holds: () => void) => vi.waitFor(holds, { timeout: 60_000, interval: 5 });
const at = (update: number) => until(() => expect(run.traits.update.value).toBe(update));
const place = () => [run.mode.value, run.traits.status.value, run.traits.update.value];
const lossNow = () => decodeLosses(run.traits._losses.value).full;
const fresh = () => createTrainerOf({});
const createTrainerOf = (changes: object) =>
  createTrainer(
    {
      ...{ n: 15, d: 3, t: 2, names: { features: FEATURES, targets: TARGET_NAMES } },
      ...{ rowNames: ROWS, notes: [], heldOut: null },
      inputs: Float32Array.from(INPUTS.flat()),
      targets: Float32Array.from(TARGETS.flat()),
    },
    {
      ...{ learning_rate: 1e-5, epochs: 50, batch_size: 3, seed: 0, shuffle: true },
      ...{ standardize: false, ...changes },
    },
  );

afterEach(() => run.dispose());

describe("a page that never had a kernel", () => {
  it("trains at once, and all that is asked for is done here", async () => {
    without();
    expect(place()).toEqual(["trains", "ready", 0]);
    expect([run.gone.value, run.recorded.value, run.waiting.value]).toEqual([false, null, "no"]);
    const asked = kernel.received.length;
    run.step();
    await at(1);
    run.set("learning_rate", 2e-5);
    expect(run.traits.learning_rate.value).toBe(2e-5);
    run.toggle();
    await until(() => expect(run.traits.status.value).toBe("finished"));
    run.seek(7);
    await at(7);
    run.back();
    await at(6);
    expect(run.traits._changes.value.map(({ update }) => update)).toEqual([1]);
    run.reset();
    await at(0);
    expect(decodeOthers(run.traits._lines.value, run.traits._lines_data.value)).toHaveLength(1);
    expect(kernel.received).toHaveLength(asked);
    expect(kernel.get("update")).toBe(0);
  });

  it("goes on where the run stood, with what was changed and set by hand on the way", async () => {
    const model = fresh();
    model.step("update", 4);
    model.change({ learning_rate: 2e-5 });
    model.step("update", 3);
    model.set([{ tensor: "b", row: 0, column: 1, value: 0.5 }]);
    model.step("update", 5);
    without({
      ...{ update: 9, _recorded: 12, learning_rate: 2e-5 },
      _history: {
        ...HISTORY,
        stretches: [FIRST, { update: 4, settings: { ...USUAL, learning_rate: 2e-5 } }],
        by_hand: [{ update: 7, tensor: "b", row: 0, column: 1, value: 0.5 }],
      },
    });
    expect(place()).toEqual(["trains", "paused", 9]);
    expect(run.traits._recorded.value).toBe(12);
    const { batch } = decodeCurves(run.traits._curve.value);
    expect(batch.map(({ min }) => min)).toEqual([...model.recording.losses]);
    run.seek(12);
    await at(12);
    expect(lossNow()).toBe(model.loss());
  });

  it("does in order what is pressed and set without an answer between", async () => {
    without();
    run.step();
    run.set("learning_rate", 2e-6);
    run.step();
    const trainer = fresh();
    trainer.step("update");
    trainer.change({ learning_rate: 2e-6 });
    trainer.step("update");
    await at(2);
    expect(lossNow()).toBe(trainer.loss());
    for (let k = 0; k < 10; k += 1) run.step();
    for (let k = 0; k < 10; k += 1) run.back();
    run.toggle();
    run.toggle();
    expect([run.goes.value, run.pending.value.length]).toEqual([false, 22]);
    await until(() => expect(run.pending.value).toEqual([]));
    expect(place()).toEqual(["trains", "paused", 2]);
    run.step();
    run.set("seed", 7);
    run.step();
    await until(() => expect(run.pending.value).toEqual([]));
    const other = createTrainerOf({ seed: 7, learning_rate: 2e-6 });
    other.step("update");
    expect([run.traits.update.value, lossNow()]).toEqual([1, other.loss()]);
  });

  it("has the kept runs and the branches that were saved", async () => {
    const kept = {
      ...{ name: "slow", epochs: 50, updates: 250, status: "finished" },
      settings: { ...USUAL, learning_rate: 1e-6, epochs: 50, seed: 0, standardize: false },
      ...{ loss: 2000, distance: null, colour: "#7b3fa0" },
    };
    without({
      _history: { ...HISTORY, kept: [kept] },
      _lines: [
        { name: "learning rate 1", colour: "", start: 3, points: 2 },
        { name: "slow", colour: "#7b3fa0", start: 0, points: 1 },
      ],
      _lines_data: pack({
        ends: { shape: [3], values: Int32Array.of(5, 10, 250) },
        losses: { shape: [3], values: Float32Array.of(7, 8, 2000) },
      }),
    });
    const others = () => decodeOthers(run.traits._lines.value, run.traits._lines_data.value);
    expect(others().map(({ name, x }) => [name, x])).toEqual([
      ["learning rate 1", [5, 10]],
      ["slow", [250]],
    ]);
    expect(run.traits._runs.value.map(({ name }) => name)).toEqual(["slow", "now"]);
    run.ask({ kind: "forget", index: 0 });
    await until(() => expect(run.traits._runs.value).toEqual([]));
    expect(others()).toHaveLength(1);
  });

  it("begins anew where the run does not come out as it was, and says so", () => {
    const other = { shape: [], values: Float64Array.of(12.5) };
    without({ update: 5, _recorded: 5, _losses: pack({ full: other }) });
    expect(place()).toEqual(["trains", "ready", 0]);
    expect(run.traits._alert.value).toContain("starts again");
  });

  it("makes a long run again in slices, and keeps what is asked for meanwhile", async () => {
    const updates = 1_000_000; // of more epochs than a call takes arguments
    without({ update: updates, _recorded: updates, epochs: 200_000, status: "running" });
    expect(place()).toEqual(["trains", "paused", updates]);
    expect(run.traits._alert.value).toContain("redoes the 1,000,000 updates of the run");
    run.back();
    await at(updates - 1);
    expect(run.traits._alert.value).toBe("");
    expect(run.traits.status.value).toBe("paused");
  });

  it.each([
    ["another update function", { _source: { ...SOURCE, article: false } }],
    [
      "a table too large for the state",
      { _rows: {}, _rows_data: new DataView(new ArrayBuffer(0)) },
    ],
    ["bytes that are not whole", { _rows_data: new DataView(new ArrayBuffer(9)) }],
  ])("does not train with %s", (_, traits) => {
    without(traits);
    expect(run.mode.value).toBe("still");
  });
});

describe("a kernel that is there", () => {
  const silent = (line?: boolean) => {
    vi.useFakeTimers();
    open({}, line);
    kernel.latency = Number.POSITIVE_INFINITY;
    run.hello();
    vi.advanceTimersByTime(5_000);
    vi.useRealTimers();
  };

  it("trains, and the page does not", async () => {
    open();
    run.hello();
    run.step();
    await at(1);
    expect(run.mode.value).toBe("kernel");
  });

  it("is waited for as long as it is busy", () => {
    silent(true);
    expect(run.mode.value).toBe("kernel");
  });

  it("is missed at once where the host has no line to one", () => {
    vi.useFakeTimers();
    open({}, false);
    kernel.latency = Number.POSITIVE_INFINITY;
    run.hello();
    expect(place()).toEqual(["trains", "ready", 0]);
    vi.useRealTimers();
  });

  it("has the page as soon as it answers, whatever its host says", async () => {
    open({}, false);
    run.hello();
    await until(() => expect(run.mode.value).toBe("kernel"));
    expect(run.gone.value).toBe(false);
  });

  it("is missed after a second where the host does not tell", () => {
    silent();
    expect(place()).toEqual(["trains", "ready", 0]);
  });

  it("takes over again as soon as it answers", async () => {
    open();
    run.hello();
    run.step();
    await at(1);
    kernel.die();
    expect([...place(), run.gone.value]).toEqual(["trains", "paused", 1, true]);
    run.step();
    await at(2);
    kernel.comeBack();
    await until(() => expect(run.mode.value).toBe("kernel"));
    expect([...place(), run.gone.value]).toEqual(["kernel", "paused", 1, false]);
    run.step();
    await at(2);
    expect(kernel.get("update")).toBe(2);
  });

  it("that is missed at a click leaves the click to the page", async () => {
    open();
    run.hello();
    run.step();
    await at(1);
    kernel.die(false);
    run.step();
    await at(2);
    expect(place()).toEqual(["trains", "paused", 2]);
    expect(kernel.get("update")).toBe(1);
  });

  it("leaves a run under way where its last words say that it stood", async () => {
    open({ epochs: 10_000 });
    run.hello();
    run.toggle();
    await until(() => expect(run.traits.update.value).toBeGreaterThan(20));
    kernel.die();
    expect(run.mode.value).toBe("trains");
    expect(run.traits.status.value).toBe("paused");
    await until(() => expect(run.traits.update.value).toBe(kernel.get("update")));
    run.set("learning_rate", 1e-6);
    expect(run.traits.learning_rate.value).toBe(1e-6);
    expect(kernel.get("learning_rate")).toBe(1e-5);
  });
});
