import { expect, it, vi } from "vitest";
import { createKernel } from "../src/engine/kernel";
import { DEFAULTS, type Traits } from "../src/kernel/contract";
import type { Model } from "../src/kernel/model";
import { createRun } from "../src/kernel/run";
import { FEATURES, INPUTS, ROWS, TARGET_NAMES, TARGETS } from "./crops";
import { SOURCE } from "./source";

const CROPS = {
  ...{ n: 15, d: 3, t: 2, rowNames: ROWS, notes: [] },
  heldOut: null,
  inputs: Float32Array.from(INPUTS.flat()),
  targets: Float32Array.from(TARGETS.flat()),
  names: { features: FEATURES, targets: TARGET_NAMES },
};

/** A page without a kernel whose lesson asks; the engine is in the kernel's place. */
function open(traits: Partial<Traits>) {
  const never = () => {
    throw new Error("There is no kernel.");
  };
  const all: Traits = { ...DEFAULTS, _source: SOURCE, speed: null, ...traits };
  const saved: Model = {
    get: (name) => all[name],
    ...{ set: never, save_changes: never, send: never, on: never, off: never },
  };
  const run = createRun(createKernel(saved, CROPS));
  run.hello();
  return run;
}

const until = (holds: () => void) => vi.waitFor(holds, { timeout: 20_000, interval: 5 });

it("asks before a step, and judges after it, without a kernel", async () => {
  const run = open({ ask: "loss" });
  const { traits } = run;
  expect(traits._answer.value.words).toContain("Before each Step or Run, predict the loss.");
  run.step();
  await until(() => expect(traits._question.value.words).toContain("Next is update 1."));
  expect(traits.update.value).toBe(0);
  run.ask({ kind: "guess", value: "much" });
  await until(() => expect(traits._alert.value).toContain("'much' is not a valid loss"));
  run.ask({ kind: "guess", value: 30_000 });
  await until(() => expect(traits.update.value).toBe(1));
  expect(traits._question.value).toEqual({});
  expect(traits._answer.value).toMatchObject({ guess: "30,000", truth: "27,416", right: true });
  expect(traits._score.value).toBe("1 of 1 close");
  expect(traits._answers.value.split("\n")).toHaveLength(3);
  run.dispose();
});

it("asks nothing while a key is held down, and once before a run, which it judges at its end", async () => {
  const run = open({ ask: "diverges", learning_rate: 1 });
  const { traits } = run;
  run.step(true);
  await until(() => expect(traits.update.value).toBe(1));
  run.reset();
  await until(() => expect(traits.update.value).toBe(0));
  run.toggle();
  await until(() => expect(traits._question.value.choices).toEqual(["Yes", "No"]));
  expect(traits.status.value).toBe("ready");
  run.ask({ kind: "guess", value: "No" });
  await until(() => expect(traits.status.value).toBe("diverged"));
  expect(traits._answer.value).toMatchObject({ guess: "No", truth: "Yes", right: false });
  expect(traits._score.value).toBe("0 of 1 right");
  run.dispose();
});

it("withdraws a question whose act is hidden meanwhile", async () => {
  const run = open({ ask: "weight" });
  const { traits } = run;
  run.step();
  await until(() => expect(traits._question.value.act).toBe("step"));
  run.set("hide", ["step"]);
  expect(traits._question.value).toEqual({});
  expect(traits._answer.value.words).toBe("The question was withdrawn.");
  run.dispose();
});
