/** A button with words, that says why it cannot be used and keeps the focus. */

import type { ComponentChildren, TargetedMouseEvent } from "preact";

interface ActionProps {
  readonly able: boolean;
  readonly act: (event: TargetedMouseEvent<HTMLButtonElement>) => void;
  readonly title: string;
  readonly main?: boolean;
  readonly children: ComponentChildren;
}

/** aria-disabled and not disabled: a button that can do no more must not drop the keyboard's focus. */
export const Action = ({ able, act, title, main = false, children }: ActionProps) => (
  <button
    type="button"
    class={main ? "lr-button lr-main" : "lr-button"}
    aria-disabled={able ? undefined : "true"}
    title={title}
    onClick={(event) => able && act(event)}
  >
    {children}
  </button>
);
