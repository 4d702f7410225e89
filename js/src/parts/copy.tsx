/** A button that copies text, and says whether it could. */

import { useSignal } from "@preact/signals";
import type { TargetedMouseEvent } from "preact";
import { say } from "../text/say";

export function Copy({ text }: { readonly text: () => string }) {
  const done = useSignal<boolean | null>(null);
  const copy = async ({ currentTarget }: TargetedMouseEvent<HTMLButtonElement>) => {
    const words = text();
    try {
      await navigator.clipboard.writeText(words);
      done.value = true;
    } catch {
      done.value = copyOld(words, currentTarget);
    }
  };
  return (
    <span class="lr-copy">
      <button
        type="button"
        class="lr-link"
        onClick={copy}
        onBlur={() => {
          done.value = null;
        }}
      >
        {say("draw.copy")}
      </button>
      <span role="status">{done.value !== null && say("draw.copied", { copied: done.value })}</span>
    </span>
  );
}

/** Pages on plain http, and frames that may not, have no clipboard of the new kind. */
function copyOld(text: string, beside: HTMLElement): boolean {
  const field = document.createElement("textarea");
  field.value = text;
  field.style.cssText = "position:fixed;opacity:0";
  beside.after(field);
  field.select();
  const copied = document.execCommand("copy");
  field.remove();
  beside.focus({ preventScroll: true });
  return copied;
}
