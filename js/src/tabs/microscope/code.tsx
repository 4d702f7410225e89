/** The code that runs: what it has done, what comes next, and where its phases end. */

import { useSignal } from "@preact/signals";
import { useMemo } from "preact/hooks";
import type { Token } from "../../kernel/contract";
import type { View } from "../../state/view";
import { say } from "../../text/say";
import { isWithin, listing, shownLine } from "./listing";

/** Each mark has a word, a sign and a colour. */
const MARKS = { failed: "✕", done: "✓", next: "▸" } as const;

export function Code({ view }: { view: View }) {
  const { source, frame } = view.micro;
  const { fold, name } = source.value;
  // The same nodes each time: a frame then costs no more than its marks.
  const rows = useMemo(
    () => listing(source.value).map((row) => ({ ...row, text: <Text tokens={row.tokens} /> })),
    [source.value],
  );
  const open = useSignal(false);
  const { done, next, failed, phase, phases } = frame.value;
  const coming = shownLine(rows, failed === null ? next : null);
  const markOf = (index: number) =>
    index === failed ? "failed" : isWithin(done, index) ? "done" : index === coming && "next";
  if (rows.length === 0) return <p class="lr-nothing">{say("inside.hidden")}</p>;
  return (
    // biome-ignore lint/a11y/useSemanticElements: the code is preformatted
    <pre
      class="lr-code"
      role="region"
      aria-label={say("inside.source", { name })}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, by keys too
      tabIndex={0}
      data-keys="own"
    >
      <code>
        {rows.map(({ index, number, text, ends }) => {
          const isFold = index === fold?.[0];
          if (!open.value && !isFold && isWithin(fold, index)) return null;
          const mark = markOf(index);
          return [
            <span key={index} class={`lr-line lr-now-${mark}`}>
              <span class="lr-gutter">
                {mark && (
                  <i role="img" aria-label={say("inside.mark", { mark })}>
                    {MARKS[mark]}
                  </i>
                )}
                {number}
              </span>
              {text}
              {isFold && (
                <button
                  type="button"
                  class="lr-unfold"
                  aria-expanded={open.value}
                  onClick={() => {
                    open.value = !open.value;
                  }}
                >
                  {open.value
                    ? say("inside.fold")
                    : say("inside.unfold", { count: fold[1] - fold[0] })}
                </button>
              )}
            </span>,
            ...ends.map((end) => (
              <Phase key={end} name={end} is={end === phase} was={phases.includes(end)} />
            )),
          ];
        })}
      </code>
    </pre>
  );
}

const Text = ({ tokens }: { tokens: readonly Token[] }) => (
  <span class="lr-text">
    {tokens.map(([kind, text]) => (kind ? <span class={`lr-${kind}`}>{text}</span> : text))}
    {"\n"}
  </span>
);

/** In place of its `yield` line. */
const Phase = ({ name, is, was }: { name: string; is: boolean; was: boolean }) => (
  <span class="lr-phase">
    <em class={is ? "lr-current" : ""} aria-current={is && "step"}>
      {is || was ? "✓" : "○"} {name}
    </em>
  </span>
);
