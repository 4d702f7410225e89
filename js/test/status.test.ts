import { describe, expect, it } from "vitest";
import { abilities, advice, place, played, type Standing, sentence } from "../src/state/status";

const STANDING: Standing = {
  status: "paused",
  update: 7,
  _total: 250,
  _phase: "",
  _epoch: 1,
  epochs: 50,
  _batch: 2,
  _batches: 5,
  loss: 853.46,
  step_by: "update",
  learning_rate: 1e-5,
  limit: 1.1155e-4,
};

const say = (change: Partial<Standing>) => sentence({ ...STANDING, ...change });

describe("the status sentence", () => {
  it("between two updates names the one just made", () => {
    expect(say({})).toBe("epoch 2 of 50 · update 7 of 250 · batch loss 853.5");
  });

  it("inside an update names that update and the phase just finished", () => {
    expect(say({ _phase: "backward" })).toBe(
      "epoch 2 of 50 · update 8 of 250 · after backward · batch loss 853.5",
    );
  });

  it("at an epoch's end names that epoch, and inside the next update the next", () => {
    expect(say({ update: 10, _epoch: 2, _batch: 0 })).toMatch(/^epoch 2 of 50 · update 10 /);
    expect(say({ update: 10, _epoch: 2, _batch: 0, _phase: "predict" })).toMatch(
      /^epoch 3 of 50 · update 11 /,
    );
  });

  it("before the first update names epoch 1 and no loss", () => {
    expect(say({ update: 0, _epoch: 0, _batch: 0, loss: Number.NaN })).toBe(
      "epoch 1 of 50 · update 0 of 250",
    );
  });

  it("says what to do first", () => {
    expect(say({ status: "ready" })).toBe(
      "Ready: 50 epochs of 5 updates. Press Step to make one gradient update, or Run.",
    );
    expect(say({ status: "ready", epochs: 1, _batches: 1, step_by: "phase" })).toBe(
      "Ready: 1 epoch of 1 update. Press Step to go through an update phase by phase, or Run.",
    );
  });

  it("says what to do at the end", () => {
    expect(say({ status: "finished", update: 250 })).toBe(
      "Finished: 50 epochs, 250 updates. Raise Epochs to go on, or Reset to start again.",
    );
  });

  it("tells nobody to use what the lesson hides or locks", () => {
    const ready = "Ready: 50 epochs of 5 updates.";
    expect(say({ status: "ready", barred: ["run"] })).toBe(
      `${ready} Press Step to make one gradient update.`,
    );
    expect(say({ status: "ready", barred: ["timeline", "step"] })).toBe(`${ready} Press Run.`);
    expect(say({ status: "ready", barred: ["step", "run"] })).toBe(ready);
    const finished = { status: "finished", update: 250 } as const;
    const done = "Finished: 50 epochs, 250 updates.";
    expect(say({ ...finished, barred: ["epochs"] })).toBe(`${done} Reset to start again.`);
    expect(say({ ...finished, barred: ["reset"] })).toBe(`${done} Raise Epochs to go on.`);
    expect(say({ ...finished, recorded: true, barred: ["run"] })).toBe(`${done} Press Back.`);
    expect(say({ status: "failed", barred: ["reset"] })).toMatch(/ Press Step to try again\.$/);
  });

  it("of a recorded run says how to play it", () => {
    expect(say({ status: "finished", update: 250, recorded: true })).toBe(
      "Finished: 50 epochs, 250 updates. Press Run to play it from the start, or Back.",
    );
    expect(say({ status: "diverged", recorded: true })).toBe(
      "Diverged after update 7. Press Back, or Run to play it from the start.",
    );
  });

  it("where nothing can be played says only how the run ended", () => {
    const stuck = true;
    expect(say({ status: "finished", update: 250, stuck })).toBe(
      "Finished: 50 epochs, 250 updates.",
    );
    expect(say({ status: "diverged", stuck })).toBe("Diverged after update 7.");
    expect(say({ status: "failed", stuck })).toBe("Failed after update 7.");
    for (const status of ["ready", "paused"] as const)
      expect(say({ status, stuck })).toMatch(/^epoch 2 of 50 · update 7 of 250/);
  });

  it("names only those ways to play that the lesson leaves", () => {
    expect(played()).toBe("plays a recorded run: Step, Back, Run, the Timeline and Speed work.");
    expect(played(["run", "epochs", "speed"])).toBe(
      "plays a recorded run: Step, Back and the Timeline work.",
    );
    expect(played(["step", "back", "timeline", "speed"])).toBe("plays a recorded run: Run works.");
    expect(played(["step", "back", "run", "timeline", "speed"])).toBe("shows a recorded run.");
  });

  it("says why a run diverged, and the remedy", () => {
    expect(say({ status: "diverged", update: 12, learning_rate: 1e-3 })).toBe(
      "Diverged at update 12: the loss is no longer finite. Press Back for the last finite state, " +
        "then lower the Learning rate (now 1e-3; the largest stable one is about 1.1e-4).",
    );
    expect(say({ status: "diverged", limit: 0 })).toMatch(/\(now 1e-5\)\.$/);
  });

  it("says why in the kernel’s words where it has any, and where the run stands", () => {
    const explained = { kind: "diverged", words: "The rate is too large." } as const;
    const at = { status: "diverged", update: 12, explained } as const;
    expect(say(at)).toBe("The rate is too large. epoch 2 of 50 · update 12 of 250");
    expect(advice({ ...STANDING, ...at })).toBeNull();
    expect(say({ ...at, status: "paused" })).not.toContain("too large");
  });

  it("says why a run stopped by itself, at rest only", () => {
    const notice = "Stopped after epoch 2: near enough.";
    for (const status of ["paused", "finished"] as const) {
      expect(say({ status, notice, said: "The gradients are zero." })).toBe(
        `${notice} epoch 2 of 50 · update 7 of 250`,
      );
      expect(advice({ ...STANDING, status, notice })).toBeNull();
    }
    expect(say({ status: "running", notice })).not.toContain(notice);
  });

  it("says in which update the function failed", () => {
    expect(say({ status: "failed" })).toMatch(/^Failed in update 8: /);
  });

  it("at rest says what the last phase did; while running, the loss", () => {
    const said = "The loss of these 3 rows is 853.5.";
    expect(say({ said, _phase: "loss" })).toBe(
      "epoch 2 of 50 · update 8 of 250 · after loss · The loss of these 3 rows is 853.5.",
    );
    expect(say({ said, status: "running" })).toMatch(/ · batch loss 853\.5$/);
    expect(say({ said, status: "failed" })).toMatch(/^Failed in update 8: .* rows is 853\.5\.$/);
    expect(say({ said, status: "finished" })).not.toMatch(/these 3 rows/);
  });

  it("shown in parts has its values at the odd places", () => {
    const values = (change: Partial<Standing>) =>
      place({ ...STANDING, ...change }).filter((_, index) => index % 2);
    expect(values({ _phase: "loss" })).toEqual(["2", "8", "loss"]);
    expect(values({})).toEqual(["2", "7"]);
  });
});

describe("what can be done", () => {
  it.each([
    ["at the start", { status: "ready", update: 0 }, [false, true, true]],
    [
      "inside the first update",
      { status: "paused", update: 0, _phase: "predict" },
      [true, true, true],
    ],
    ["in the middle", { status: "paused" }, [true, true, true]],
    ["when finished", { status: "finished", _epoch: 50 }, [true, false, false]],
    [
      "with more epochs than are done",
      { status: "finished", _epoch: 50, epochs: 51 },
      [true, true, true],
    ],
    ["when diverged", { status: "diverged" }, [true, false, false]],
    ["when the function failed", { status: "failed" }, [true, true, false]],
  ] as const)("%s", (_, change, [back, step, run]) => {
    expect(abilities({ ...STANDING, ...change })).toEqual({ back, step, run });
    // Where an act has no answer yet, the page does not know where the run stands.
    const all = { back: true, step: true, run: true };
    expect(abilities({ ...STANDING, ...change }, true)).toEqual(all);
  });
});
