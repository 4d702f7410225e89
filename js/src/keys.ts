/** What a key does while the panel has the focus. */

export type Action = "step" | "back" | "toggle" | "reset";

const ACTIONS: Readonly<Record<string, Action>> = {
  ArrowRight: "step",
  ArrowLeft: "back",
  " ": "toggle",
  Home: "reset",
};

/** For the help: key and what it does. */
export const HELP: readonly (readonly [string, string])[] = [
  ["→", "Step"],
  ["←", "Back"],
  ["Space", "Run or Pause"],
  ["Home", "Reset"],
  ["Tab", "On to the numbers"],
  ["Enter", "On a number of w or b: set it by hand"],
];

/** As much of an element as decides whether it needs a key itself. */
export interface Target {
  readonly tagName: string;
  readonly isContentEditable?: boolean;
  /** `data-keys="own"`: a box that scrolls by itself. */
  readonly dataset?: { readonly keys?: string | undefined };
}

const TAKES_ALL = new Set(["INPUT", "TEXTAREA", "SELECT"]);
const TAKES_SPACE = new Set(["BUTTON", "SUMMARY", "A"]);

/** The panel's action for a key, or null where the focused element uses the key itself. */
export function actionFor(key: string, target: Target): Action | null {
  if (TAKES_ALL.has(target.tagName) || target.isContentEditable) return null;
  const moves = target.tagName === "TD" || target.dataset?.keys === "own";
  if (key === " " ? TAKES_SPACE.has(target.tagName) : moves) return null;
  return ACTIONS[key] ?? null;
}
