/** A part of the panel that can be folded away; folded, it costs nothing. */

import { useSignal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import type { Control } from "../state/lesson";
import type { View } from "../state/view";
import { Lock } from "./lock";

interface FoldProps {
  readonly view: View;
  readonly control: Control;
  readonly name: string;
  readonly kind: string;
  readonly open?: boolean;
  readonly children: () => ComponentChildren;
}

/** Locked, it stays folded. */
export function Fold({ view, control, name, kind, open = false, children }: FoldProps) {
  const unfolded = useSignal(open);
  const bar = view.bar(control, true);
  const shown = unfolded.value && !bar;
  if (view.hidden(control)) return null;
  return (
    <details
      class={`lr-fold ${kind}`}
      open={shown}
      onToggle={(event) => {
        if (!bar) unfolded.value = event.currentTarget.open;
      }}
    >
      {/* biome-ignore lint/a11y/noStaticElementInteractions: a summary is a button by itself */}
      <summary
        aria-disabled={bar ? "true" : undefined}
        title={bar}
        onClick={(event) => bar && event.preventDefault()}
      >
        {name}
        <Lock view={view} control={control} />
      </summary>
      {shown && children()}
    </details>
  );
}
