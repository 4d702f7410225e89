import { describe, expect, it } from "vitest";
import { explain, partsOf } from "../src/state/arithmetic";
import { decodeFrame, type Frame, numberAt, tensorOf } from "../src/state/frame";
import { written } from "../src/tabs/microscope/formula";
import { firstWeights, rowsOf, updated } from "./descent";
import { frameOf, type Sent } from "./frames";

const RATE = 1e-5;

/** The frame of an update (counted from 0) with so many phases done, 0 to 5. */
function sent(update: number, phase: number): Sent {
  let weights = firstWeights(0);
  for (let k = 0; k < update; k += 1) weights = updated(weights, rowsOf(k, 0), RATE);
  return frameOf(update, weights, rowsOf(update, 0), RATE, phase);
}

const frame = (update: number, phase: number): Frame => {
  const { frame: wire, data } = sent(update, phase);
  return decodeFrame(wire, data);
};

const PHASES = [0, 1, 2, 3, 4, 5];

/** Frames of which every number is checked: name, frame. */
const FRAMES: readonly (readonly [string, Frame])[] = [
  ...[0, 1, 2, 7].flatMap((update) =>
    PHASES.map((phase) => [`update ${update + 1}, ${phase} phases`, frame(update, phase)] as const),
  ),
  // Frames that Python wrote are held against torch in tests/panel/test_arithmetic.py.
];

/** How many numbers each phase explains: 6 predictions, 1 loss, 6 + 2 gradients, 6 + 2 of w and b. */
const EXPLAINED: Readonly<Record<string, number>> = {
  "": 0,
  predict: 6,
  loss: 7,
  backward: 15,
  update: 23,
  zero: 23,
};

function everyEntry({ tensors }: Frame) {
  return tensors.flatMap(({ name, rows, columns }) =>
    Array.from({ length: rows * columns }, (_, index) => ({
      tensor: name,
      row: Math.floor(index / columns),
      column: index % columns,
    })),
  );
}

describe("every number that the update computes", () => {
  it.each(FRAMES)("agrees with its sum to float32 precision: %s", (_, frame) => {
    const explained = everyEntry(frame).flatMap((entry) => explain(frame, entry) ?? []);
    expect(explained).toHaveLength(EXPLAINED[frame.phase] ?? Number.NaN);
    for (const { of, sum, scale, missing } of explained) {
      expect(missing).toBe(0);
      expect(Math.abs(of.value - sum)).toBeLessThanOrEqual(scale * 2 ** -21);
    }
  });

  it.each(FRAMES)("names parts that stand where it says: %s", (_, frame) => {
    for (const entry of everyEntry(frame)) {
      const explanation = explain(frame, entry);
      for (const part of explanation ? partsOf(explanation) : []) {
        const tensor = tensorOf(frame, part.tensor);
        expect(tensor && numberAt(tensor, part.row, part.column, part.before)).toBe(part.value);
      }
    }
  });

  it("does not agree when a number is wrong", () => {
    const { frame: wire, data } = sent(1, 3);
    const wrong = decodeFrame(wire, data);
    const x = tensorOf(wrong, "x") ?? fail();
    x.values[0] = (x.values[0] ?? 0) + 1;
    const { of, sum, scale } = explain(wrong, { tensor: "w.grad", row: 0, column: 0 }) ?? fail();
    expect(Math.abs(of.value - sum)).toBeGreaterThan(scale * 2 ** -21);
  });
});

const fail = (): never => {
  throw new Error("not explained");
};

const explained = (frame: Frame, tensor: string, row = 0, column = 0) =>
  explain(frame, { tensor, row, column }) ?? fail();

describe("which w was used", () => {
  it("the one from before the update, once the update has changed it", () => {
    for (const [phase, before] of [
      [1, false],
      [3, false],
      [4, true],
      [5, true],
    ] as const) {
      const { terms, plus } = explained(frame(1, phase), "predictions");
      expect(terms.map(({ parts }) => parts[1]?.before)).toEqual([before, before, before]);
      expect(plus?.before).toBe(before);
    }
  });

  it("moved by the gradient that zero_() has cleared since", () => {
    const after = explained(frame(1, 4), "w", 0, 1);
    const cleared = explained(frame(1, 5), "w", 0, 1);
    expect(cleared.sum).toBe(after.sum);
    expect(cleared.terms[0]?.parts[1]).toMatchObject({ tensor: "w.grad", before: true });
  });
});

describe("a gradient", () => {
  it("that was cleared explains what it was", () => {
    const { of, cleared, plus } = explained(frame(1, 5), "w.grad", 1, 2);
    expect(cleared).toBe(true);
    expect(plus).toBeNull();
    expect(of.value).toBe(explained(frame(1, 4), "w.grad", 1, 2).of.value);
  });

  it("before backward() is nothing that this update computed", () => {
    expect(explain(frame(1, 2), { tensor: "w.grad", row: 0, column: 0 })).toBeNull();
  });

  /** As if the gradient had held a hundred in each place before backward(). */
  const added = (phase: number): Frame => {
    const plain = frame(1, phase);
    const more = (values: Float64Array) => values.map((value) => Math.fround(value + 100));
    const tensors = plain.tensors.map((tensor) => {
      if (!tensor.name.endsWith(".grad")) return tensor;
      const { values, old } = tensor;
      return phase === 5
        ? { ...tensor, old: old && more(old) }
        : { ...tensor, values: more(values), old: old && more(old) };
    });
    return { ...plain, tensors };
  };

  it("that was not zero is added to, and its sum says so", () => {
    const { plus, of, sum, scale } = explained(added(3), "w.grad", 0, 1);
    expect(plus).toMatchObject({ value: 100, before: true });
    expect(Math.abs(of.value - sum)).toBeLessThanOrEqual(scale * 2 ** -21);
  });

  it("that was not zero and is cleared leaves a rest, which is what was there", () => {
    const { plus, of, sum } = explained(added(5), "w.grad", 0, 1);
    expect(plus?.value).toBeCloseTo(100, 1);
    expect(of.value).toBeCloseTo(sum, 6);
  });
});

describe("a tensor that was cut", () => {
  /** The frame with only the first row of x, y and predictions, or the first column of x and w. */
  const cut = (rows: boolean): Frame => {
    const { frame: wire, data } = sent(1, 4);
    const names = rows ? ["x", "y", "predictions"] : ["x", "w"];
    const whole = decodeFrame(wire, data);
    const tensors = whole.tensors.map((tensor) => {
      if (!names.includes(tensor.name)) return tensor;
      const left = (numbers: Float64Array) =>
        numbers.filter((_, at) => (rows ? at < tensor.columns : at % tensor.columns === 0));
      const { values, old } = tensor;
      const kept = { ...tensor, values: left(values), old: old && left(old) };
      return { ...kept, ...(rows ? { rows: 1 } : { columns: 1 }) };
    });
    return { ...whole, tensors };
  };

  it("shows the terms there are, says how many there are not, and gives no false sum", () => {
    const { terms, missing, sum } = explained(cut(true), "w.grad", 0, 1);
    expect([terms.length, missing]).toEqual([1, 2]);
    expect(sum).toBeNaN();
    expect(explained(cut(true), "loss")).toMatchObject({ missing: 4 });
    expect(explained(cut(false), "predictions")).toMatchObject({ missing: 2 });
    expect(written(explained(cut(true), "w.grad", 0, 1)).at(-1)).toBe("+ … 2 more)");
  });

  it("says nothing of an entry that was not sent", () => {
    expect(explain(cut(true), { tensor: "predictions", row: 1, column: 0 })).toBeNull();
  });
});

describe("a sum in writing", () => {
  const text = (frame: Frame, tensor: string, row = 0, column = 0) =>
    written(explained(frame, tensor, row, column)).join(" ");

  it("has every term of a small batch, negative numbers in brackets unless they come first", () => {
    expect(text(frame(1, 3), "w.grad", 0, 1)).toMatch(
      /^2\/6·\(−[\d.]+·66 \+ [\d.]+·43 \+ [\d.]+·44\)$/,
    );
    expect(text(frame(1, 3), "b.grad")).toMatch(/^2\/6·\(−[\d.]+ \+ [\d.]+ \+ [\d.]+\)$/);
    expect(text(frame(1, 3), "predictions", 0, 1)).toMatch(
      /^74·\(−[\d.]+\) \+ 66·\(−[\d.]+\) \+ 43·[\d.]+ \+ \(−[\d.]+\)$/,
    );
    expect(text(frame(1, 4), "w")).toMatch(/^[\d.]+ − 1e-5·[\d,]+$/);
  });

  it("of the loss shows each squared difference", () => {
    expect(text(frame(0, 2), "loss")).toMatch(
      /^1\/6·\(\([\d.]+ − 81\)²( \+ \(−?[\d.]+ − \d+\)²){5}\)$/,
    );
  });

  it("of many terms folds the middle", () => {
    const one = explained(frame(1, 3), "b.grad");
    const many = { ...one, terms: Array.from({ length: 64 }, () => one.terms[1] ?? fail()) };
    const pieces = written(many);
    expect(pieces).toHaveLength(4);
    expect(pieces[2]).toBe("+ … 61 more");
    expect(pieces[3]).toMatch(/\)$/);
  });
});
