/** A button that copies a text; where the browser refuses that, the text itself, to be copied by hand. */

import { useSignal } from "@preact/signals";
import { say } from "../text/say";

interface CopyProps {
  /** The text, asked for when it is to be copied. */
  readonly of: () => string;
  readonly title: string;
  /** What the button says; it says that it has copied for as long as the text stays the same. */
  readonly label?: string;
}

export function Copy({ of, title, label }: CopyProps) {
  const copied = useSignal<string | null>(null);
  const byHand = useSignal("");
  const copy = async () => {
    const text = of();
    byHand.value = "";
    try {
      await navigator.clipboard.writeText(text);
      copied.value = text;
    } catch {
      // There is no clipboard for pages from http, or it is forbidden.
      byHand.value = text;
    }
  };
  const done = copied.value !== null;
  return (
    <>
      <button
        type="button"
        class="lr-link"
        title={title}
        onClick={copy}
        onBlur={() => {
          copied.value = null;
        }}
      >
        {done || !label ? say("files.copy", { copied: done }) : label}
      </button>
      {byHand.value && (
        <textarea
          class="lr-byhand"
          readOnly
          rows={1}
          aria-label={say("files.not_copied")}
          title={say("files.not_copied")}
          value={byHand.value}
          ref={(box) => box?.select()}
        />
      )}
      <span class="lr-spoken" aria-live="polite">
        {done && say("files.copy", { copied: done })}
      </span>
    </>
  );
}
