import { describe, expect, it } from "vitest";
import {
  following,
  isOver,
  type Life,
  type LifeEvent,
  modeOf,
  needsProof,
} from "../src/kernel/life";

const after = (...events: LifeEvent[]) => events.reduce<Life>(following, "new");

describe("what a page knows of its kernel", () => {
  it.each([
    ["new", []],
    ["asked", ["sent"]],
    ["live", ["sent", "heard"]],
    ["silent", ["sent", "unheard"]],
    ["live", ["sent", "unheard", "heard"]],
    ["none", ["refused"]],
    ["none", ["refused", "sent"]],
    ["gone", ["sent", "refused"]],
    ["gone", ["sent", "unheard", "refused"]],
    ["gone", ["sent", "heard", "refused"]],
    ["gone", ["sent", "heard", "refused", "sent", "unheard", "changed"]],
    ["live", ["sent", "heard", "refused", "sent", "heard"]],
    ["doubted", ["sent", "heard", "changed", "sent"]],
    ["live", ["sent", "heard", "changed", "sent", "heard"]],
    ["gone", ["sent", "heard", "changed", "sent", "unheard"]],
    ["gone", ["sent", "heard", "changed", "refused"]],
    ["live", ["sent", "heard", "unheard"]],
  ] as const)("is %s after %j", (life, events) => {
    expect(after(...events)).toBe(life);
  });

  it("is over where nothing arrives, and in doubt only an answer counts", () => {
    const all: Life[] = ["new", "asked", "silent", "live", "doubted", "none", "gone"];
    expect(all.filter(isOver)).toEqual(["none", "gone"]);
    expect(all.filter(needsProof)).toEqual(["doubted", "none", "gone"]);
    for (const life of all) expect(following(life, "heard")).toBe("live");
  });
});

it("a page without a kernel plays what has more than one moment", () => {
  expect([undefined, 0, 1, 2].map(modeOf)).toEqual(["kernel", "still", "still", "plays"]);
});
