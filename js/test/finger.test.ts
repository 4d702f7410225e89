import { describe, expect, it } from "vitest";
import { createFinger } from "../src/parts/finger";

const at = (clientX: number, clientY: number, pointerType = "touch", pointerId = 1) => ({
  ...{ clientX, clientY, pointerType, pointerId },
});

describe("a finger", () => {
  it.each([
    ["drags", 20, 3],
    ["drags", -20, -19],
    ["scrolls", 3, 20],
    ["scrolls", 19, -20],
    ["rests", 7, 7],
  ])("%s after moving by %d and %d", (doing, x, y) => {
    const finger = createFinger();
    expect(finger.down(at(100, 100))).toBe(true);
    finger.move(at(100 + x, 100 + y));
    expect(finger.doing()).toBe(doing);
    expect(finger.up(at(100 + x, 100 + y))).toBe(doing === "rests");
    expect(finger.doing()).toBeNull();
  });

  it("does what it began to do, wherever it goes then", () => {
    const finger = createFinger();
    finger.down(at(0, 0));
    finger.move(at(20, 0));
    finger.move(at(20, 90));
    expect(finger.doing()).toBe("drags");
    finger.cancel();
    expect(finger.doing()).toBe("scrolls");
    expect(finger.up(at(20, 90))).toBe(false);
  });

  it("is no mouse, and no second finger", () => {
    const finger = createFinger();
    expect(finger.down(at(0, 0, "mouse"))).toBe(false);
    expect(finger.doing()).toBeNull();
    finger.cancel();
    expect(finger.doing()).toBeNull();
    expect(finger.down(at(0, 0, "pen"))).toBe(true);
    finger.move(at(30, 0, "touch", 2));
    expect(finger.doing()).toBe("rests");
    expect(finger.up(at(0, 0, "touch", 2))).toBe(false);
    finger.gone();
    expect(finger.doing()).toBeNull();
  });
});
