/** A part of the panel that can be folded away; folded, it costs nothing. */

import { useSignal } from "@preact/signals";
import type { ComponentChildren } from "preact";

interface FoldProps {
  readonly name: string;
  readonly kind: string;
  readonly open?: boolean;
  readonly children: () => ComponentChildren;
}

export function Fold({ name, kind, open = false, children }: FoldProps) {
  const unfolded = useSignal(open);
  return (
    <details
      class={`lr-fold ${kind}`}
      open={unfolded.value}
      onToggle={(event) => {
        unfolded.value = event.currentTarget.open;
      }}
    >
      <summary>{name}</summary>
      {unfolded.value && children()}
    </details>
  );
}
