/** Names for the plots beside the panel: neither ipympl's canvas nor ipywidgets' image has one. */

import { effect, type ReadonlySignal } from "@preact/signals";

/** The widget's box, or a page of its own. */
const BOX = ".widget-vbox, .linreg-page";
const UNNAMED = ".linreg-plot canvas:first-child:not([role]), img.linreg-plot:not([role])";

let named = 0;

/** Keep every picture of the losses described, and that of the valley named, as they come and go. */
export function namePlots(panel: Element, described: ReadonlySignal<string>) {
  let box: Element | null = null;
  const name = () => {
    for (const plot of box?.querySelectorAll(".linreg-plot") ?? []) {
      const picture = plot.matches("img") ? plot : plot.querySelector("canvas");
      picture?.setAttribute("role", "img");
      const words = plot.parentElement?.querySelector(".linreg-valley-words");
      picture?.setAttribute(
        "aria-label",
        plot.matches(".linreg-valley") ? "Valley" : described.value,
      );
      if (!words || !plot.matches(".linreg-valley")) continue;
      named += 1;
      words.id ||= `linreg-words-${named}`;
      picture?.setAttribute("aria-describedby", words.id);
    }
  };
  const observer = new MutationObserver(() => {
    if (box?.querySelector(UNNAMED)) name();
  });
  const look = () => {
    if (box) return;
    box = panel.closest(BOX);
    if (!box) return;
    observer.observe(box, { childList: true, subtree: true });
    name();
  };
  const stop = effect(() => {
    described.value;
    look();
    name();
  });
  return {
    /** Look for the plots, once the panel stands on the page. */
    look,
    dispose() {
      stop();
      observer.disconnect();
    },
  };
}
