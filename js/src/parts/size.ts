/** How large an element is on the page. */

import { useSignal } from "@preact/signals";
import { useLayoutEffect, useRef } from "preact/hooks";

/** Follow the size of the element that takes `box` as its ref, in pixels. */
export function useSize(width: number, height: number) {
  const box = useRef<HTMLDivElement>(null);
  const size = useSignal({ width, height });
  useLayoutEffect(() => {
    const element = box.current as HTMLElement;
    const look = () => {
      const { clientWidth, clientHeight } = element;
      // On a page that does not show it, it keeps its last size.
      if (clientWidth) size.value = { width: clientWidth, height: clientHeight };
    };
    look();
    const observer = new ResizeObserver(look);
    observer.observe(element);
    return () => observer.disconnect();
  }, []);
  return { box, ...size.value };
}
