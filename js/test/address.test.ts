import { describe, expect, it } from "vitest";
import { DEFAULTS } from "../src/kernel/contract";
import { readAddress, type State, writeAddress } from "../src/text/address";

const { _history, ...PAGE } = DEFAULTS;
const PLAIN: State = { ...PAGE, learning_rate: 1e-5 };
const HELD = { learning_rate: 1e-5, batch_size: 3, shuffle: true };
const ENTRY = { update: 70, tensor: "w", row: 0, column: 2, value: -0.5 };
const written = (now: State, hash = "") => writeAddress(hash, { ...PLAIN, ...now }, PLAIN);

describe("an address", () => {
  it("says nothing of what is as the page has it", () => {
    expect(written({})).toBe("");
    expect(readAddress("")).toEqual({ state: {}, wrong: [], anew: false });
    expect(readAddress("#exercise-3")).toEqual({ state: {}, wrong: [], anew: false });
  });

  it.each<[State, string]>([
    [{ learning_rate: 1e-4 }, "#lr=1e-4"],
    [{ learning_rate: 1 / 3 }, "#lr=0.3333333333333333"],
    [{ seed: 2 ** 53 - 1, tab: "line" }, "#seed=9007199254740991&tab=line"],
    [{ hide: ["run", "table"], lock: ["keys"] }, "#hide=run,table&lock=keys"],
    [{ update: 75, _phase: "backward" }, "#at=75&phase=backward"],
    [{ epochs: 7, batch_size: 15, shuffle: false }, "#epochs=7&batch=15&shuffle=no"],
    [{ standardize: true, learning_rate: 0.1 }, "#lr=0.1&standardize=yes"],
    [{ stop_within: 1.1 }, "#within=1.1"],
    [{ stop_patience: 10, speed: null }, "#patience=10&speed=full"],
    [{ speed: 20, step_by: "phase" }, "#by=phase&speed=20"],
    [{ curves: ["batch", "floor"], ask: "line" }, "#curves=batch,floor&ask=line"],
  ])("is read as it was written: %o", (state, hash) => {
    expect(written(state)).toBe(hash);
    const found = readAddress(hash);
    expect(found.state).toEqual(state);
    expect(found.wrong).toEqual([]);
  });

  it("leads back where a page was saved in another state", () => {
    const saved: State = { ...PLAIN, update: 250, stop_within: 1.5, ask: "loss", hide: ["run"] };
    const hash = writeAddress("", { ...saved, stop_within: null, ask: null, hide: [] }, saved);
    expect(hash).toBe("#within=none&hide=none&ask=none");
    expect(readAddress(hash).state).toEqual({ stop_within: null, ask: null, hide: [] });
    expect(writeAddress("", { ...saved, update: 0 }, saved)).toBe("#at=0");
    expect(writeAddress("", { ...saved, update: 0, seed: 3 }, saved)).toBe("#seed=3");
    expect(writeAddress("", { ...saved, seed: 3 }, saved)).toBe("#seed=3&at=250");
  });

  it("tells how a run came to where it is, and what of it was recorded", () => {
    const stretches = [
      { update: 0, settings: HELD },
      { update: 60, settings: { ...HELD, learning_rate: 1 / 3, shuffle: false } },
    ];
    const now = { update: 80, _recorded: 250, _history: { stretches, by_hand: [ENTRY] } };
    const hash = "#at=80&ran=250&past=0:1e-5:3:yes,60:0.3333333333333333:3:no,70:w.0.2:-0.5";
    expect(written(now)).toBe(hash);
    expect(readAddress(hash)).toEqual({ state: now, wrong: [], anew: true });
    expect(written({ update: 80, _recorded: 80 })).toBe("#at=80");
  });

  it("tells of no place where the way there is too long", () => {
    const by_hand = Array.from({ length: 200 }, (_, k) => ({ ...ENTRY, update: k }));
    const now = { update: 75, _history: { stretches: [{ update: 0, settings: HELD }], by_hand } };
    expect(written(now, "#at=3")).toBe("");
    expect(written({ ...now, seed: 3 })).toBe("#seed=3");
    by_hand.pop();
    expect(written(now)).toMatch(/^#at=75&past=0:1e-5:3:yes,0:w.0.2:-0.5,1:w/);
  });

  it.each([
    "60:1e-5:3:yes",
    "0:1e-5:3:yes,60:w.0.2:1e999",
    "0:1e-5:3:yes,60:w.0.2:",
    "0:1e-5:3:yes,60:w.0:1",
    "0:1e-5:3:yes,60:x.0.2:1",
    "0:1e-5:3:yes,60:w.0.-2:1",
    "0:1e-5:3:yes,60:w.0.999999:1",
    "0:1e-5:3:yes,60:w.0.2:1:yes",
    "0:1e-5:3:yes,0:1e-6:3:yes",
    "0:1e-5:3:yes,9:1e-6:3:yes,8:1e-6:3:yes",
    "0:1e-5:3:yes:no",
    "0:1e-5:3:perhaps",
    "0:1e-50:3:yes",
    "0:1e-5:0:yes",
    "-1:1e-5:3:yes",
    "60:w.0.2:0.5",
    "0:1e-5:3:yes,",
    "garbage",
    "",
    "0:1e-5:3:yes,9:w.0.0:1e39",
    "0:1e-5:3:yes".padEnd(3_000, ",9:w.0.0:1"),
  ])("takes a past as a whole or not at all: %s", (past) => {
    const { state, wrong } = readAddress(`#seed=3&past=${past}`);
    expect(state).toEqual({ seed: 3 });
    expect(wrong).toHaveLength(1);
    expect(wrong[0]).toContain("the changes of a run, at most 200");
    expect(wrong[0]?.length).toBeLessThan(300);
  });

  it("keeps what is not ours, and gives each panel its own part", () => {
    const hash = writeAddress("#from=mail", { ...PLAIN, seed: 3 }, PLAIN, 2);
    expect(hash).toBe("#from=mail&2.seed=3");
    expect(readAddress(hash, 1).state).toEqual({});
    expect(readAddress(hash, 2).state).toEqual({ seed: 3 });
    expect(writeAddress(hash, { ...PLAIN, tab: "data" }, PLAIN)).toBe(
      "#from=mail&2.seed=3&tab=data",
    );
    expect(writeAddress(hash, PLAIN, PLAIN, 2)).toBe("#from=mail");
    expect(written({ seed: 3 }, "#exercise-3")).toBe("#seed=3");
  });

  it("takes numbers as they are typed", () => {
    const { state, wrong } = readAddress(
      "#lr=%E2%88%921e-5&epochs=1,000&speed=WATCH&at=07&seed= 7 ",
    );
    expect(state).toEqual({ epochs: 1000, speed: "watch", update: 7, seed: 7 });
    expect(wrong).toEqual([
      expect.stringMatching(/^Learning rate: enter a positive, finite number.* is not/),
    ]);
  });

  it("keeps the known of several names", () => {
    const { state, wrong } = readAddress("#hide=step,<b>x</b>,run");
    expect(state).toEqual({ hide: ["step", "run"] });
    expect(wrong).toEqual([expect.stringContaining("“<b>x</b>”, which is not a control")]);
  });
});

describe("a hostile address", () => {
  const evil = [
    "<img src=x onerror=alert(1)>",
    "javascript:alert(1)",
    "__proto__",
    "constructor",
    "toString",
    "1e999",
    "-1",
    "NaN",
    "Infinity",
    "0x10",
    "1;alert(1)",
    "{{alert(1)}}",
    "%",
    "%00",
    "\u202e1e-5",
    "9".repeat(100_000),
    "a".repeat(100_000),
    "[object Object]",
    "null",
    "undefined",
  ];
  const names = [
    "lr",
    "epochs",
    "batch",
    "seed",
    "shuffle",
    "standardize",
    "at",
    "phase",
    "ran",
    "past",
    "within",
  ];
  const others = ["patience", "by", "speed", "tab", "curves", "hide", "lock", "ask"];

  const lists = ["hide", "lock", "curves"];

  it.each(evil.map((text) => [text.slice(0, 40), text]))(
    "leaves the page as it is: %s",
    (_, text) => {
      for (const name of [...names, ...others])
        for (const value of [text, encodeURIComponent(text)]) {
          const { state, wrong } = readAddress(`#${name}=${value}`);
          expect([name, state]).toEqual([name, lists.includes(name) ? { [name]: [] } : {}]);
          expect(wrong).toHaveLength(1);
          expect(wrong[0]?.length).toBeLessThan(300);
        }
    },
  );

  it("sets nothing but what it can", () => {
    const hash = "#__proto__=1&constructor=2&_tape=x&_frame={}&title=<b>&task=hi&_losses=&2.lr=1";
    expect(readAddress(hash)).toEqual({ state: {}, wrong: [], anew: false });
    expect(({} as Record<string, unknown>).lr).toBeUndefined();
    expect(readAddress("#lr=1e-4&lr=oops").state).toEqual({ learning_rate: 1e-4 });
  });
});
