/** Files to keep: the losses as CSV, pictures as SVG or PNG. */

import type { TargetedMouseEvent } from "preact";
import { say } from "../text/say";

interface SaveProps {
  /** The file's name, without the ending. */
  readonly name: string;
  /** What it holds: text, or the picture there is. */
  readonly of: (panel: Element) => string | Element | null | undefined;
}

/** A button that saves a file. */
export function Save({ name, of }: SaveProps) {
  const save = ({ currentTarget }: TargetedMouseEvent<HTMLElement>) => {
    const what = of(currentTarget.closest(".linreg") as Element);
    if (typeof what === "string") offer(`${name}.csv`, new Blob([what], { type: "text/csv" }));
    else if (what instanceof SVGSVGElement) offer(`${name}.svg`, drawing(what));
    else if (what instanceof HTMLCanvasElement)
      what.toBlob((blob) => blob && offer(`${name}.png`, blob));
  };
  return (
    <button type="button" class="lr-link" title={say("files.title")} onClick={save}>
      {say("files.save")}
    </button>
  );
}

function offer(file: string, blob: Blob): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = file;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href));
}

/** What the page's style sheet says of a drawing; the file has none. */
const STYLES = [
  ...["fill", "stroke", "stroke-width", "stroke-dasharray", "stroke-linecap", "stroke-linejoin"],
  ...["opacity", "paint-order", "font-size", "font-family", "font-weight", "text-anchor"],
];

function drawing(svg: SVGSVGElement): Blob {
  const copy = svg.cloneNode(true) as SVGSVGElement;
  const { width, height } = svg.getBoundingClientRect();
  const parts = [...copy.querySelectorAll<SVGElement>("*")];
  svg.querySelectorAll("*").forEach((part, index) => {
    const style = getComputedStyle(part);
    for (const name of STYLES) parts[index]?.style.setProperty(name, style.getPropertyValue(name));
  });
  copy.setAttribute("xmlns", "http://www.w3.org/2000/svg");
  copy.setAttribute("width", String(width));
  copy.setAttribute("height", String(height));
  copy.style.background = getComputedStyle(svg.closest(".lr-card") ?? svg).backgroundColor;
  return new Blob([new XMLSerializer().serializeToString(copy)], { type: "image/svg+xml" });
}
