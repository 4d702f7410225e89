/**
 * A finger on something that is set by dragging sideways: it may as well have come to scroll the page.
 *
 * So it counts once it has moved sideways, or when it is lifted where it came down. The browser moves a range
 * by itself as soon as it is touched: until then that is to be undone.
 */

import { useMemo } from "preact/hooks";

/** Pixels that a finger may tremble. */
const TREMBLE = 8;

/** It has done nothing yet, drags sideways, or scrolls the page. */
type Doing = "rests" | "drags" | "scrolls";

type Pointer = Pick<PointerEvent, "pointerType" | "pointerId" | "clientX" | "clientY">;

export interface Finger {
  /** What the finger that is down does; null: there is none. */
  doing(): Doing | null;
  /** Take note of a pointer that comes down; return whether it is a finger or a pen. */
  down(event: Pointer): boolean;
  move(event: Pointer): void;
  /** It is lifted; return whether that was a tap. */
  up(event: Pointer): boolean;
  /** The browser has taken it, to scroll. */
  cancel(): void;
  /** It is no longer there. */
  gone(): void;
}

export function createFinger(): Finger {
  let doing: Doing | null = null;
  let [id, x, y] = [0, 0, 0];
  return {
    doing: () => doing,
    down({ pointerType, pointerId, clientX, clientY }) {
      if (pointerType === "mouse") return false;
      [id, x, y] = [pointerId, clientX, clientY];
      doing = "rests";
      return true;
    },
    move({ pointerId, clientX, clientY }) {
      if (doing !== "rests" || pointerId !== id) return;
      const [across, along] = [Math.abs(clientX - x), Math.abs(clientY - y)];
      if (Math.max(across, along) > TREMBLE) doing = across > along ? "drags" : "scrolls";
    },
    up({ pointerId }) {
      if (pointerId !== id) return false;
      const tapped = doing === "rests";
      doing = null;
      return tapped;
    },
    cancel() {
      doing = doing && "scrolls";
    },
    gone() {
      doing = null;
    },
  };
}

export const useFinger = (): Finger => useMemo(createFinger, []);

/** Whether readers can only point with a finger. */
export const taps = (): boolean => matchMedia("(hover: none)").matches;
