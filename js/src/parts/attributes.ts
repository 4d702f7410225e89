/** Attributes and handlers that several parts share, each with its reason. */

import type { Signal } from "@preact/signals";

/** A box that scrolls by itself, by keys too: it takes the focus, and its keys are not the panel's. */
export const SCROLLS = { tabIndex: 0, "data-keys": "own" } as const;

/** Of a field that a number is typed into. */
export const TYPED = {
  type: "text",
  inputMode: "decimal",
  autocomplete: "off",
  spellcheck: false,
} as const;

/** Of a control: why it cannot be used; undefined where it can, and its title then. It keeps the focus. */
export const barredBy = (bar: string | undefined, title?: string) =>
  ({ "aria-disabled": bar ? "true" : undefined, title: bar ?? title }) as const;

export const into =
  <T>(signal: Signal<T>) =>
  (value: T): void => {
    signal.value = value;
  };

export const flip = (signal: Signal<boolean>) => (): void => {
  signal.value = !signal.value;
};
