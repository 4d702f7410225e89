/** Words that have the slot's lines; what is longer opens over what is below, by a click or by keys. */

import { useSignal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { useEffect, useLayoutEffect, useRef } from "preact/hooks";

interface LinesProps {
  readonly class?: string;
  readonly id?: string;
  readonly title?: string | undefined;
  readonly "aria-hidden"?: "true";
  readonly children: ComponentChildren;
}

export function Lines({ class: of = "", ...props }: LinesProps) {
  const box = useRef<HTMLParagraphElement>(null);
  const more = useSignal(false);
  const look = () => {
    const words = box.current;
    // What is open keeps the focus, however long it is.
    if (words && !words.matches(":focus")) more.value = words.scrollHeight > words.clientHeight + 1;
  };
  // After the frame: a look before it would lay the page out while other numbers still wait to be shown.
  useEffect(look);
  useLayoutEffect(() => {
    const observer = new ResizeObserver(look);
    observer.observe(box.current as Element);
    return () => observer.disconnect();
  }, []);
  return <p {...props} ref={box} class={`lr-lines ${of}`} tabIndex={more.value ? 0 : undefined} />;
}
