/** What a key does while the panel has the focus. */

import { say } from "../text/say";

export type Action = "step" | "back" | "toggle" | "reset";

const ACTIONS: Readonly<Record<string, Action>> = {
  ArrowRight: "step",
  ArrowLeft: "back",
  " ": "toggle",
  Home: "reset",
};

/** For the help: key and what it does. */
export const help = () =>
  [
    ["→", say("keys.step")],
    ["←", say("keys.back")],
    ["Space", say("keys.run")],
    ["Home", say("keys.reset")],
    ["Tab", say("keys.numbers")],
    ["+ −", say("keys.zoom")],
    ["Enter", say("keys.set")],
    ["Ctrl Z", say("keys.undo")],
    ["Shift Enter", say("keys.next")],
  ] as const;

/** As much of an element as decides whether it needs a key itself. */
export interface Target {
  readonly tagName: string;
  readonly isContentEditable?: boolean;
  /** `data-keys="own"`: a box that scrolls by itself. */
  readonly dataset?: { readonly keys?: string | undefined };
}

/** As much of a keyboard event as tells whose it is. */
type Stroke = Pick<KeyboardEvent, "key" | "ctrlKey" | "metaKey" | "altKey" | "shiftKey">;

/** With Ctrl, Cmd or Alt: what the command modes of JupyterLab and the classic notebook do to cells. */
const OF_CELLS = /^([acmvxyz_-]|Arrow\w+|Home|End|Backspace|Delete|Page\w+)$/i;

/**
 * Whether a key goes on to the notebook: with Ctrl to run the cell, to save, to open a palette or a side bar. All
 * others stay in the panel: in command mode they would select, move, merge, paste or delete cells.
 */
export function passes({ key, ctrlKey, metaKey, altKey, shiftKey }: Stroke): boolean {
  const held = ctrlKey || metaKey || altKey;
  if (key === "Enter") return held;
  if (!held) return /^F\d+$/.test(key);
  // Ctrl Shift C is the palette of commands, Ctrl Shift X the manager of extensions.
  return !OF_CELLS.test(key) || (shiftKey && /^[cx]$/i.test(key));
}

const TAKES_ALL = new Set(["INPUT", "TEXTAREA", "SELECT"]);
const TAKES_SPACE = new Set(["BUTTON", "SUMMARY", "A"]);

/** Whether an element has text of its own to select. */
export const hasText = (target: Target): boolean =>
  TAKES_ALL.has(target.tagName) || target.isContentEditable === true;

/** The panel's action for a key, or null where the focused element uses the key itself. */
export function actionFor(key: string, target: Target): Action | null {
  if (hasText(target)) return null;
  const moves = target.tagName === "TD" || target.dataset?.keys === "own";
  if (key === " " ? TAKES_SPACE.has(target.tagName) : moves) return null;
  return ACTIONS[key] ?? null;
}
