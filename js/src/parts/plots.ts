/**
 * The plots beside the panel, which neither ipympl's canvas nor ipywidgets' image give a name, put into the
 * panel: they are widgets of their own in the same box, one cell of a grid with the panel, and are laid over
 * the room that the open tab leaves for them.
 */

import { effect } from "@preact/signals";
import type { View } from "../state/view";
import { say } from "../text/say";

/** The widget's box, or a page of its own. */
const BOX = ".linreg-box";
const PLOTS = ".linreg-plot:not(.linreg-valley), .linreg-valley-box";

/** From this width on, in pixels, the loss stands beside another tab. */
const WIDE = 1300;

/** The map of the valley, and its menus beside it, in pixels. */
const BESIDE = 804;

let named = 0;

/** Keep the pictures described and in their places, as they, the panel and its tabs come and go. */
export function layPlots(panel: HTMLElement, view: View) {
  const { traits, mode } = view.run;
  let box: HTMLElement | null = null;
  let holes: readonly HTMLElement[] = [];
  let hole: Element | null = null;
  let told = "0 0 false";
  let due = 0;

  const holesNow = () => [...panel.querySelectorAll<HTMLElement>("[data-plot]")];

  const name = () => {
    for (const plot of box?.querySelectorAll(".linreg-plot") ?? []) {
      const picture = plot.matches("img") ? plot : plot.querySelector("canvas");
      picture?.setAttribute("role", "img");
      const words = plot.parentElement?.querySelector(".linreg-valley-words");
      picture?.setAttribute(
        "aria-label",
        plot.matches(".linreg-valley")
          ? say("controls.label", { control: "valley" })
          : traits._described.value,
      );
      if (!words || !plot.matches(".linreg-valley")) continue;
      named += 1;
      words.id ||= `linreg-words-${named}`;
      picture?.setAttribute("aria-describedby", words.id);
    }
  };
  const place = () => {
    view.wide.value = panel.clientWidth >= WIDE;
    const found = box?.querySelectorAll<HTMLElement>(PLOTS) ?? [];
    const is = { loss: false, valley: false };
    // Without a kernel the canvas has only its last picture: then the page draws the losses itself.
    for (const plot of found)
      if (plot.matches(".linreg-valley-box")) is.valley = true;
      else is.loss = mode.value === "kernel";
    const had = view.plots.peek();
    if (is.loss !== had.loss || is.valley !== had.valley) view.plots.value = is;
    holes = holesNow();
    if (!is.loss) tell(0, 0);
    if (!box) return;
    const frame = box.getBoundingClientRect();
    for (const plot of found) {
      const kind = plot.matches(".linreg-valley-box") ? "valley" : "loss";
      const room = holes.find((one) => one.dataset.plot === kind);
      plot.classList[room ? "remove" : "add"]("linreg-away");
      plot.classList.add("linreg-placed");
      if (!room) continue;
      const { left, top, width, height } = room.getBoundingClientRect();
      plot.style.setProperty("--left", `${left - frame.left}px`);
      plot.style.setProperty("--top", `${top - frame.top}px`);
      plot.style.setProperty("--width", `${width}px`);
      if (kind === "loss") plot.style.setProperty("--height", `${height}px`);
      if (kind === "valley") plot.classList.toggle("linreg-valley-narrow", width < BESIDE);
      if (kind === "valley") room.style.minHeight = `${plot.offsetHeight}px`;
      // No wider than it was drawn is what is laid out; it is to be drawn as wide as there is room.
      else tell(room.closest(".lr-loss")?.clientWidth ?? Math.round(width), Math.round(height));
    }
    const [first = null] = holes;
    if (hole !== first) {
      if (hole) sizes.unobserve(hole);
      if (first) sizes.observe(first);
      hole = first;
    }
  };
  const placeSoon = () => {
    cancelAnimationFrame(due);
    due = requestAnimationFrame(place);
  };
  /** Let the kernel draw for the room that there is. */
  const tell = (width: number, height: number) => {
    const words = `${width} ${height} ${view.wide.value}`;
    if (words === told || mode.value !== "kernel") return;
    told = words;
    view.run.look({ width, height, beside: view.wide.value });
  };
  const sizes = new ResizeObserver(place);
  const changes = new MutationObserver((all) => {
    // What a run changes within the panel moves nothing, unless a room for a plot comes or goes there.
    const now = holesNow();
    const same = now.length === holes.length && now.every((one, k) => one === holes[k]);
    if (same && all.every(({ target }) => panel.contains(target))) return;
    name();
    placeSoon();
  });
  const look = () => {
    if (!box) {
      box = panel.closest<HTMLElement>(BOX);
      if (box) changes.observe(box, { childList: true, subtree: true });
      sizes.observe(panel);
    }
    name();
    place();
  };
  const stop = effect(() => {
    traits._described.value;
    name();
  });
  const follow = effect(() => {
    mode.value;
    placeSoon();
  });
  return {
    /** Look for the plots, once the panel stands on the page. */
    look,
    dispose() {
      stop();
      follow();
      cancelAnimationFrame(due);
      sizes.disconnect();
      changes.disconnect();
    },
  };
}
