/** A choice of yes or no, with its words behind it. */

import type { ComponentChildren } from "preact";
import { barredBy } from "./attributes";

interface SwitchProps {
  readonly on: boolean;
  readonly set: (on: boolean) => void;
  /** Why it cannot be used; undefined where it can. */
  readonly bar?: string | undefined;
  readonly title?: string;
  readonly children: ComponentChildren;
}

export const Switch = ({ on, set, bar, title, children }: SwitchProps) => (
  <label class="lr-switch" title={title}>
    <input
      type="checkbox"
      checked={on}
      {...barredBy(bar)}
      onChange={(event) => {
        const { checked } = event.currentTarget;
        if (bar) event.currentTarget.checked = on;
        else set(checked);
      }}
    />
    {children}
  </label>
);
