/** The picture of data and line: SVG, of the size in which it stands on the page. */

import { useSignal } from "@preact/signals";
import type { TargetedPointerEvent } from "preact";
import { useRef } from "preact/hooks";
import { pixelOf, type Range, ticksOf } from "../../charts/axis";
import { arrow, heightAt, type Line, minus } from "../../charts/dataline";
import { isolated, said, ticksSaid } from "../../text/format";
import { say } from "../../text/say";
import type { Reading } from "./reading";

export interface Shown {
  readonly reading: Reading;
  readonly names: { readonly x: string; readonly y: string };
  /** The least and the largest of the feature, and what the axis shows. */
  readonly xEnds: Range;
  readonly xRange: Range;
  readonly yRange: Range;
  /** The model's, or the one in somebody's hand; null: there is none. */
  readonly line: Line | null;
  /** Where the line's ends are, from the mean. */
  readonly ends: readonly [number, number];
  readonly best: Line | null;
  readonly before: Line | null;
  readonly pull: Line | null;
  /** The line is in somebody's hand: where it goes is theirs. */
  readonly dragged: boolean;
  /** Which of the rows is pointed out; -1: none. */
  readonly chosen: number;
  readonly rows: readonly string[];
  readonly width: number;
  readonly height: number;
}

/** Room for the numbers of the axes. */
const LEFT = 50;
const RIGHT = 8;
const TOP = 6;
const BOTTOM = 36;

export interface Scale {
  readonly width: number;
  readonly height: number;
  x(value: number): number;
  y(value: number): number;
  /** The height at a place down the picture, and the feature at a place across it. */
  back(pixel: number): number;
  across(pixel: number): number;
}

/** From the table's units to pixels of the picture. */
export function scaleOf({ xRange, yRange, width, height }: Shown): Scale {
  const [w, h] = [width - LEFT - RIGHT, height - TOP - BOTTOM];
  const [low, high] = yRange;
  return {
    width: w,
    height: h,
    x: (value) => LEFT + pixelOf(xRange, w, value),
    y: (value) => TOP + h - pixelOf(yRange, h, value),
    back: (pixel) => low + ((TOP + h - pixel) / h) * (high - low),
    across: (pixel) => xRange[0] + ((pixel - LEFT) / w) * (xRange[1] - xRange[0]),
  };
}

/** What a pointer does where points are drawn; places are in the table's units. */
export interface Pen {
  /** A point is in the hand, here. */
  hold(row: number, x: number, y: number): void;
  drop(): void;
  cancel(): void;
  /** A point was clicked. */
  choose(row: number): void;
  /** An empty place was clicked. */
  add(x: number, y: number): void;
}

/** A pointer that has moved no farther has clicked, in pixels. */
const STILL = 4;

/** No farther than this from a point, in pixels, one means it. */
const NEAR = 18;
/** How long the longer of the two arrows is at backward(), in pixels: the gradient has no place on the axis. */
const PULL = 36;

interface PictureProps {
  readonly shown: Shown;
  readonly choose: (row: number) => void;
  /** While points are drawn; else null. */
  readonly pen: Pen | null;
}

/** A pointer that is down: where it came down, on which row, and whether it has moved since. */
interface Down {
  readonly row: number;
  readonly x: number;
  readonly y: number;
  readonly dragged: boolean;
}

export function Picture({ shown, choose, pen }: PictureProps) {
  const { reading, names, xRange, yRange, line, best, before, chosen, rows } = shown;
  const { x, y, fromMean, batch, heldOut } = reading;
  const scale = scaleOf(shown);
  const hovered = useSignal(-1);
  const down = useRef<Down | null>(null);
  const size = { width: scale.width, height: scale.height };
  const [top, bottom] = [TOP, TOP + scale.height];
  const mean = (x[0] ?? 0) - (fromMean[0] ?? 0);
  const px = (i: number) => scale.x(x[i] ?? Number.NaN);
  const py = (i: number) => scale.y(y[i] ?? Number.NaN);
  const inside = (i: number) => py(i) >= top && py(i) <= bottom;
  const at = (n: number) => n.toFixed(2);
  const all = x.map((_, i) => i);
  const inBatch = new Set(batch);
  /** From edge to edge. */
  const across = (which: Line) => {
    const [left, right] = xRange.map((each) => at(scale.y(heightAt(which, each - mean))));
    return `M${LEFT} ${left}L${LEFT + scale.width} ${right}`;
  };
  const sticks = (some: readonly number[]) =>
    some
      .map(
        (i) =>
          line && `M${at(px(i))} ${at(py(i))}V${at(scale.y(heightAt(line, fromMean[i] ?? 0)))}`,
      )
      .join("");
  const dots = (some: readonly number[]) =>
    some
      .filter(inside)
      .map((i) => `M${at(px(i))} ${at(py(i))}h0`)
      .join("");
  const rings = batch
    .filter(inside)
    .map((i) => `M${at(px(i) - 6)} ${at(py(i))}a6 6 0 1 0 12 0a6 6 0 1 0 -12 0`)
    .join("");
  const others = (heldOut?.x ?? []).map((each, i) => ({
    x: scale.x(each),
    y: scale.y(heldOut?.y[i] ?? Number.NaN),
    line: line ? scale.y(heightAt(line, heldOut?.fromMean[i] ?? 0)) : Number.NaN,
  }));
  const seen = (height: number) => height >= top && height <= bottom;
  const hollow = others
    .filter((each) => seen(each.y))
    .map((each) => `M${at(each.x - 4)} ${at(each.y)}a4 4 0 1 0 8 0a4 4 0 1 0 -8 0`)
    .join("");
  const otherSticks = others
    .filter((each) => !Number.isNaN(each.line))
    .map((each) => `M${at(each.x)} ${at(each.y)}V${at(each.line)}`)
    .join("");
  const beyond = [...all.map((i) => ({ x: px(i), y: py(i) })), ...others]
    .filter((each) => !seen(each.y))
    .map((each) =>
      each.y < top ? `M${at(each.x)} ${top}l-3.5 6h7z` : `M${at(each.x)} ${bottom}l-3.5 -6h7z`,
    )
    .join("");
  const placeOf = (event: TargetedPointerEvent<SVGSVGElement> | MouseEvent) => {
    const frame = (event.currentTarget as SVGSVGElement).getBoundingClientRect();
    return [event.clientX - frame.x, event.clientY - frame.y] as const;
  };
  /** In the table's units, within the axes. */
  const unitsAt = (left: number, height: number) =>
    [
      scale.across(Math.min(LEFT + scale.width, Math.max(LEFT, left))),
      scale.back(Math.min(bottom, Math.max(top, height))),
    ] as const;
  const nearest = (event: TargetedPointerEvent<SVGSVGElement> | MouseEvent) => {
    const [ex, ey] = placeOf(event);
    const far = all.map((i) => Math.hypot(px(i) - ex, Math.min(bottom, Math.max(top, py(i))) - ey));
    const least = Math.min(...far);
    return least < NEAR ? far.indexOf(least) : -1;
  };
  const named = hovered.value >= 0 && hovered.value < x.length ? hovered.value : chosen;
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the menu of rows does the same
    <svg
      class={pen ? "lr-picture lr-drawn" : "lr-picture"}
      width={shown.width}
      height={shown.height}
      viewBox={`0 0 ${shown.width} ${shown.height}`}
      role="img"
      aria-label={described(shown)}
      data-x={xRange.join()}
      data-y={yRange.join()}
      onPointerDown={(event) => {
        if (!pen || event.button !== 0) return;
        event.currentTarget.setPointerCapture(event.pointerId);
        const [left, height] = placeOf(event);
        down.current = { row: nearest(event), x: left, y: height, dragged: false };
      }}
      onPointerMove={(event) => {
        const from = down.current;
        hovered.value = event.pointerType === "mouse" && !from ? nearest(event) : -1;
        if (!from) return;
        const [left, height] = placeOf(event);
        const dragged = from.dragged || Math.hypot(left - from.x, height - from.y) > STILL;
        down.current = { ...from, dragged };
        if (dragged && from.row >= 0) pen?.hold(from.row, ...unitsAt(left, height));
      }}
      onPointerUp={(event) => {
        const from = down.current;
        down.current = null;
        if (!from || !pen) return;
        if (from.row < 0) {
          if (!from.dragged) pen.add(...unitsAt(...placeOf(event)));
        } else {
          pen.choose(from.row);
          if (from.dragged) pen.drop();
        }
      }}
      onPointerCancel={() => {
        down.current = null;
        pen?.cancel();
      }}
      onPointerLeave={() => {
        hovered.value = -1;
      }}
      onClick={(event) => {
        if (pen) return;
        const row = nearest(event);
        if (row >= 0) choose(row);
      }}
    >
      <g class="lr-axes">
        <rect x={LEFT} y={TOP} {...size} />
        {ticksSaid(ticksOf(xRange, scale.width / 90)).map(({ value, text }) => (
          <g key={value}>
            <path d={`M${at(scale.x(value))} ${top}V${bottom}`} />
            <text x={scale.x(value)} y={bottom + 14} text-anchor="middle">
              {text}
            </text>
          </g>
        ))}
        {ticksSaid(ticksOf(yRange, 5)).map(({ value, text }) => (
          <g key={value}>
            <path d={`M${LEFT} ${at(scale.y(value))}h${scale.width}`} />
            <text x={LEFT - 5} y={scale.y(value) + 3.5} text-anchor="end">
              {text}
            </text>
          </g>
        ))}
      </g>
      {/* biome-ignore lint/a11y/noSvgWithoutTitle: the same picture, cut off at its axes */}
      <svg x={LEFT} y={TOP} {...size} viewBox={`${LEFT} ${TOP} ${size.width} ${size.height}`}>
        {best && <path class="lr-line-best" d={across(best)} />}
        {before && <path class="lr-line-was" d={across(before)} />}
        <path class="lr-sticks" d={sticks(all.filter((i) => !inBatch.has(i)))} />
        <path class="lr-sticks lr-inbatch" d={sticks(batch)} />
        <path class="lr-othersticks" d={otherSticks} />
        {line && <path class="lr-line-now" d={across(line)} />}
        <path class="lr-arrows" d={movesOf(shown, scale)} />
      </svg>
      <path class="lr-dots" d={dots(all)} />
      <path class="lr-hollowdots" d={hollow} />
      <path class="lr-rings" d={rings} />
      <path class="lr-beyond" d={beyond} />
      <g class="lr-axisnames">
        <text x={LEFT + scale.width / 2} y={shown.height - 4} text-anchor="middle">
          {clipped(names.x)}
        </text>
        {/* Below the hand of a line that leaves the picture. */}
        <text
          x={LEFT + 7}
          y={TOP + (line && scale.y(heightAt(line, shown.ends[0])) < TOP + 24 ? 30 : 15)}
        >
          {clipped(names.y)}
        </text>
      </g>
      {named >= 0 && inside(named) && (
        <>
          <circle class="lr-chosenpoint" cx={px(named)} cy={py(named)} r={8.5} />
          <text
            class="lr-pointname"
            x={px(named) + (px(named) > shown.width / 2 ? -12 : 12)}
            y={Math.max(top + 12, py(named) - 7)}
            text-anchor={px(named) > shown.width / 2 ? "end" : "start"}
          >
            {clipped(rows[named] ?? "")}
          </text>
        </>
      )}
    </svg>
  );
}

/** From the line's ends to the arrows, which the hands there must not cover, in pixels. */
const ASIDE = 26;

/** Where the batch pulls the line, or how far the update has moved it: at both of its ends. */
function movesOf(
  { line, ends, before, pull, dragged, xEnds, xRange, yRange }: Shown,
  scale: Scale,
) {
  const moved = pull ?? (line && before && minus(line, before));
  if (!line || !moved || dragged) return "";
  const from = pull ? line : minus(line, moved);
  const unit = scale.height / (yRange[1] - yRange[0]);
  const largest = Math.max(...ends.map((end) => Math.abs(heightAt(moved, end))));
  const times = pull && largest > 0 ? PULL / (largest * unit) : 1;
  // What goes beyond the axis ends there, with its head.
  const within = (y: number) => Math.min(TOP + scale.height - 2, Math.max(TOP + 2, y));
  const aside = (ASIDE / scale.width) * (xRange[1] - xRange[0]);
  return [aside, -aside]
    .map((by, index) => {
      const k = index as 0 | 1;
      const place = ends[k] + by;
      const start = scale.y(heightAt(from, place));
      const end = start - times * heightAt(moved, place) * unit;
      const [tail, head] = [within(start), within(end)];
      return tail === head ? "" : arrow(scale.x(xEnds[k] + by), tail, head);
    })
    .join("");
}

const MOST = 34;
const clipped = (name: string) =>
  isolated([...name].length > MOST ? `${[...name].slice(0, MOST - 1).join("")}…` : name);

/** "Mangoes against Rainfall (mm)" */
export const axesOf = ({ x, y }: Shown["names"]): string =>
  say("line.axes", { target: isolated(y), feature: isolated(x) });

/** The same in words. */
function described({ reading, names, line, best, ends, xEnds }: Shown): string {
  const { x, loss } = reading;
  const [low, high] = xEnds.map((end) => said(end)) as [string, string];
  const [left, right] = line ? ends.map((end) => said(heightAt(line, end))) : [];
  const [from, to] = best ? ends.map((end) => said(heightAt(best, end))) : [];
  return sentences(
    say("line.picture", { axes: axesOf(names), count: x.length }),
    reading.heldOut && say("tables.held_out", { count: reading.heldOut.x.length }),
    left && right ? say("line.model", { left, right, low, high, loss }) : say("line.none"),
    from && to && say("line.best", { left: from, right: to, low, high }),
  );
}

/** Those that are there, one after the other. */
export const sentences = (...some: readonly (string | false | null | undefined)[]): string =>
  some.filter(Boolean).join(" ");
