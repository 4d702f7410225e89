import { describe, expect, it } from "vitest";
import { following, isOver, type Life, type LifeEvent, modeOf, needsProof } from "../src/life";

const after = (...events: LifeEvent[]) => events.reduce<Life>(following, "new");

describe("what a page knows of its kernel", () => {
  it.each([
    ["new", []],
    ["asked", ["sent"]],
    ["live", ["sent", "answered"]],
    ["silent", ["sent", "unanswered"]],
    ["live", ["sent", "unanswered", "answered"]],
    ["none", ["refused"]],
    ["none", ["refused", "sent"]],
    ["gone", ["sent", "refused"]],
    ["gone", ["sent", "unanswered", "refused"]],
    ["gone", ["sent", "answered", "refused"]],
    ["gone", ["sent", "answered", "refused", "sent", "unanswered", "changed"]],
    ["live", ["sent", "answered", "refused", "sent", "answered"]],
    ["doubted", ["sent", "answered", "changed", "sent"]],
    ["live", ["sent", "answered", "changed", "sent", "answered"]],
    ["gone", ["sent", "answered", "changed", "sent", "unanswered"]],
    ["gone", ["sent", "answered", "changed", "refused"]],
    ["live", ["sent", "answered", "unanswered"]],
  ] as const)("is %s after %j", (life, events) => {
    expect(after(...events)).toBe(life);
  });

  it("is over where nothing arrives, and in doubt only an answer counts", () => {
    const all: Life[] = ["new", "asked", "silent", "live", "doubted", "none", "gone"];
    expect(all.filter(isOver)).toEqual(["none", "gone"]);
    expect(all.filter(needsProof)).toEqual(["doubted", "none", "gone"]);
    for (const life of all) expect(following(life, "answered")).toBe("live");
  });
});

it("a page without a kernel plays what has more than one moment", () => {
  expect([undefined, 0, 1, 2].map(modeOf)).toEqual(["kernel", "still", "still", "plays"]);
});
