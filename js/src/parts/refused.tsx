/** Why something is not taken, beside the control that it was meant for; it moves nothing there. */

import { useLayoutEffect, useRef } from "preact/hooks";
import type { Control } from "../kernel/contract";
import type { View } from "../state/view";

export function Refused({ view, control }: { view: View; control: Control }) {
  const { words, where } = view.refusal.value;
  return words && where === control ? <Bubble key={words}>{words}</Bubble> : null;
}

/** For the eye; the alert in the head says it to those who hear it. */
function Bubble({ children: words }: { children: string }) {
  const box = useRef<HTMLSpanElement>(null);
  useLayoutEffect(() => {
    const { current: bubble } = box;
    const card = bubble?.closest(".lr-card");
    if (!bubble || !card) return;
    const over = bubble.getBoundingClientRect().right - card.getBoundingClientRect().right + 12;
    if (over > 0) bubble.style.left = `${-over}px`;
  }, []);
  return (
    <span ref={box} class="lr-refused lr-bubble" aria-hidden="true">
      {words}
    </span>
  );
}
