/** The loss plot: the kernel's canvas, or where there is none the same plot, drawn here, to be zoomed. */

import { type Signal, useComputed, useSignal } from "@preact/signals";
import type { ComponentChildren, TargetedKeyboardEvent, TargetedPointerEvent } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";
import type { Range } from "../../charts/axis";
import {
  bandOf,
  between,
  columnOf,
  decadesOf,
  dotsOf,
  EDGE,
  type Frame,
  firstBad,
  fitting,
  frameOf,
  lossTicks,
  meansOf,
  parted,
  pathOf,
  type Scale,
  scaleOf,
  sparse,
  wholeTicks,
  withRoom,
  zoomBy,
  zoomTo,
} from "../../charts/lossplot";
import { decodeTable } from "../../kernel/decode";
import { Hole } from "../../parts/hole";
import type { View } from "../../state/view";
import { bestPossible } from "../../text/best";
import { count, isolated, said } from "../../text/format";
import { say } from "../../text/say";

export const LossPlot = ({ view }: { view: View }) =>
  view.plots.value.loss ? <Hole kind="loss" /> : <Own view={view} />;

/** So few batch losses have a dot each, and so many of the marks on the full data's curve. */
const DOTS = 60;
const MARKS = 26;
/** Beyond this share of the axis, words are to the left of their places. */
const FAR = 0.78;
/** Between two lines of labels, and between two words side by side, in pixels. */
const LINE = 13;
const WORDS = 68;
/** A pointer that has moved no farther was not dragged, in pixels. */
const STILL = 6;

interface Drawn {
  readonly view: View;
  readonly frame: Frame;
  readonly scale: Scale;
  readonly window: Range;
  readonly decades: Range;
}

function Own({ view }: { view: View }) {
  const { traits } = view.run;
  const { box, width, height } = useSize();
  const curves = view.curves.value;
  const last = view.last.value;
  const zoom = view.zoom.value && zoomTo(view.zoom.value, last);
  const window: Range = zoom ?? [0, last];
  const shown = new Set<string>(traits.curves.value);
  const lines = view.others.value.filter(({ colour }) => shown.has(colour ? "runs" : "branches"));
  const frame = frameOf(
    width,
    height,
    lines.map(({ name }) => name),
  );
  const runs = lines.filter(({ colour }) => colour);
  const floor = bestPossible(traits._floor.value);
  const decades = decadesOf({ curves, runs, shown, floor, window });
  const scale = scaleOf(frame, window, decades);
  const drawn: Drawn = { view, frame, scale, window, decades };
  const { left, top } = frame;
  const right = left + frame.width;
  const few = curves.batch.length <= DOTS && curves.batch.every(({ min, max }) => min === max);
  const batch = meansOf(curves.batch);
  useLayoutEffect(() => {
    view.margins.value = [left + EDGE, width - right + EDGE];
  }, [left, width, right]);
  const onKeyDown = (event: TargetedKeyboardEvent<HTMLDivElement>) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.target !== event.currentTarget) return;
    const next = zoomBy(event.key, zoom, last, traits.update.value);
    if (next === undefined) return;
    event.preventDefault();
    view.zoom.value = next;
  };
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset would bring each notebook's form styles
    <div
      class="lr-hole lr-hole-loss lr-lossplot"
      ref={box}
      role="group"
      aria-label={say("plot.zoom")}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: it is zoomed by keys, too
      tabIndex={0}
      data-keys={zoom ? "own" : undefined}
      onKeyDown={onKeyDown}
      onDblClick={() => {
        view.zoom.value = null;
      }}
    >
      <svg
        width={width}
        height={height}
        viewBox={`0 0 ${width} ${height}`}
        role="img"
        aria-label={traits._described.value}
        data-window={window.join()}
        data-decades={decades.join()}
      >
        <Axes {...drawn} />
        <clipPath id={`${view.id}-axes`}>
          <rect x={left} y={top} width={frame.width} height={frame.height} />
        </clipPath>
        <g clip-path={`url(#${view.id}-axes)`}>
          {shown.has("floor") && (
            <>
              <path class="lr-floor" d={`M${left} ${scale.y(floor)}H${right}`} />
              <path class="lr-mean" d={`M${left} ${scale.y(traits._mean.value)}H${right}`} />
            </>
          )}
          {lines.map((line, index) => (
            <path
              key={index}
              class={line.colour ? "lr-run" : "lr-branch"}
              style={line.colour && { stroke: line.colour }}
              d={pathOf(line, scale)}
            />
          ))}
          <Changes {...drawn} />
        </g>
        {shown.has("floor") && <Levels {...drawn} floor={floor} />}
        <Names {...drawn} room={width - right} lines={lines} />
        <Present {...drawn} dotted={shown.has("batch")}>
          {shown.has("batch") && (
            <>
              {!few && <path class="lr-band" d={bandOf(curves.batch, scale)} />}
              <path class="lr-batches" d={pathOf(batch, scale)} />
              {few && <path class="lr-batch-dots" d={dotsOf(batch, scale)} />}
            </>
          )}
          {shown.has("epoch") && (
            <>
              <path class="lr-epoch" d={pathOf(curves.epoch, scale)} />
              {curves.epoch.x.length === 1 && (
                <path class="lr-epoch-dots" d={dotsOf(curves.epoch, scale)} />
              )}
            </>
          )}
          {shown.has("full") && (
            <>
              <path class="lr-full" d={pathOf(curves.full, scale)} />
              <path
                class="lr-full-marks"
                d={dotsOf(sparse(curves.full, MARKS), scale).replaceAll(
                  "h0",
                  "m-4 0l4 -4 4 4-4 4z",
                )}
              />
            </>
          )}
        </Present>
        {batch.x.length + lines.length === 0 && (
          <text class="lr-empty" x={left + frame.width / 2} y={top + frame.height / 2}>
            {say("losses.empty")}
          </text>
        )}
        <Selection {...drawn} last={last} />
      </svg>
      {zoom && (
        <button
          type="button"
          class="lr-link lr-whole"
          style={{ right: `${width - right}px` }}
          onClick={() => {
            view.zoom.value = null;
            box.current?.focus({ preventScroll: true });
          }}
        >
          {say("plot.whole")}
        </button>
      )}
    </div>
  );
}

/** The grid, and numbers of losses, updates and epochs. */
function Axes({ view, frame, scale, window, decades }: Drawn) {
  const { traits } = view.run;
  const { left, top, width, height } = frame;
  const [right, bottom] = [left + width, top + height];
  const rows = useComputed(() => decodeTable(traits._table.value)).value;
  const { labelled, plain } = lossTicks(decades);
  const most = Math.min(7, width / 70);
  // While the settings stay the same, epochs are equally long: so these place them all.
  const known = rows.filter(({ epoch }) => epoch < traits.epochs.value);
  const [epochs, updates] = [
    [...known.map(({ epoch }) => epoch), traits.epochs.value],
    [...known.map(({ update }) => update), traits._total.value],
  ];
  const [from, to] = window;
  const [first, final] = [
    between({ x: updates, y: epochs }, from),
    between({ x: updates, y: epochs }, to),
  ];
  return (
    <g class="lr-lossaxes">
      <path
        class="lr-levels"
        d={labelled.map((loss) => `M${left} ${scale.y(loss).toFixed(1)}H${right}`).join("")}
      />
      <path
        class="lr-ticks"
        d={`M${left} ${top}V${bottom}H${right}${plain.map((loss) => `M${left} ${scale.y(loss).toFixed(1)}h-3`).join("")}`}
      />
      {labelled.map((loss) => (
        <text key={loss} x={left - 7} y={scale.y(loss) + 4} text-anchor="end">
          {said(loss)}
        </text>
      ))}
      <text x={left - 7} y={top - 7} text-anchor="end">
        {say("plot.axis", { axis: "loss" })}
      </text>
      <text x={left - 7} y={bottom + 15} text-anchor="end">
        {say("plot.axis", { axis: "update" })}
      </text>
      <text x={left - 7} y={bottom + 29} text-anchor="end">
        {say("plot.axis", { axis: "epoch" })}
      </text>
      {wholeTicks(window, most).map((update) => (
        <g key={update}>
          <path class="lr-ticks" d={`M${scale.x(update).toFixed(1)} ${bottom}v4`} />
          <text class="lr-update" x={scale.x(update)} y={bottom + 15} text-anchor="middle">
            {count(update)}
          </text>
        </g>
      ))}
      {final > first &&
        wholeTicks([first, final], most).map((epoch) => (
          <text
            key={epoch}
            x={scale.x(between({ x: epochs, y: updates }, epoch))}
            y={bottom + 29}
            text-anchor="middle"
          >
            {count(epoch)}
          </text>
        ))}
    </g>
  );
}

/** Where settings changed, w or b were set by hand, and the loss was no longer finite. */
function Changes({ view, frame, scale, window }: Drawn) {
  const { traits } = view.run;
  const { left, top, width, height } = frame;
  const bad = firstBad(view.curves.value.batch);
  const seen = traits._changes.value.filter(
    ({ update = 0 }) => update >= window[0] && update <= window[1],
  );
  const named = withRoom(
    seen.map(({ update = 0 }) => scale.x(update)),
    WORDS,
  );
  const anchor = (x: number) =>
    x > left + FAR * width
      ? ({ x: x - 5, "text-anchor": "end" } as const)
      : ({ x: x + 5, "text-anchor": "start" } as const);
  return (
    <>
      {seen.map(({ update = 0, words }, index) => (
        <g key={index} class="lr-change">
          <path d={`M${scale.x(update).toFixed(1)} ${top}v${height}`} />
          {named[index] && (
            <text {...anchor(scale.x(update))} y={top + 11}>
              {words}
            </text>
          )}
        </g>
      ))}
      {bad > 0 && (
        <g class="lr-bad">
          <path d={`M${scale.x(bad).toFixed(1)} ${top}v${height}`} />
          <path class="lr-cross" d={`M${(scale.x(bad) - 4).toFixed(1)} ${top + 3}l8 8m0 -8l-8 8`} />
          <text
            {...anchor(scale.x(bad) + (scale.x(bad) > left + FAR * width ? -5 : 5))}
            y={top + 11}
          >
            {say("plot.bad")}
          </text>
        </g>
      )}
    </>
  );
}

/** The names of the best possible loss and of the mean's. */
function Levels({ view, frame, scale, floor }: Drawn & { readonly floor: number }) {
  const { left, top, width, height } = frame;
  const bottom = top + height;
  const mean = view.run.traits._mean.value;
  const [low, middle] = [scale.y(floor), scale.y(mean)];
  const below = low > bottom;
  return (
    <>
      {Number.isFinite(floor) && (
        <text
          class="lr-level lr-best"
          x={left + EDGE}
          y={below ? bottom - 4 : bottom - low > LINE + 2 ? low + LINE - 1 : low - 4}
        >
          {say("plot.floor", { floor, below })}
        </text>
      )}
      {middle > top && middle < bottom && (
        <text class="lr-level" x={left + width - EDGE} y={middle - 4} text-anchor="end">
          {say("plot.mean", { mean })}
        </text>
      )}
    </>
  );
}

interface NamesProps extends Drawn {
  readonly room: number;
  readonly lines: View["others"]["value"];
}

/** The names of branches and kept runs, to the right of the axes. */
function Names({ frame, scale, room, lines }: NamesProps) {
  const { left, top, width, height } = frame;
  const named = lines.filter(({ name }) => name);
  const heights = named.map(({ y }) => {
    const end = scale.y(y.filter(Number.isFinite).at(-1) ?? 1);
    return Math.min(top + height, Math.max(top, end));
  });
  const places = parted(heights, LINE, top);
  return (
    <>
      {named.map(({ name, colour }, index) => (
        <text
          key={index}
          class={colour ? "lr-runname" : "lr-branchname"}
          style={colour && { fill: colour }}
          x={left + width + 6}
          y={(places[index] ?? 0) + 4}
        >
          <title>{name}</title>
          {isolated(fitting(name, room))}
        </text>
      ))}
    </>
  );
}

interface PresentProps extends Drawn {
  /** Whether the batch losses are shown, on which the present one stands. */
  readonly dotted: boolean;
  readonly children: ComponentChildren;
}

/** The curves, faint after the present, where they are only recorded. */
function Present({ view, frame, scale, dotted, children }: PresentProps) {
  const { left, top, width, height } = frame;
  const { batch } = view.curves.value;
  const { update } = view.run.traits;
  const at = view.run.sought.value ?? update.value;
  const column = columnOf(batch, at);
  const loss =
    column?.min === column?.max ? (column?.max ?? view.losses.value.batch) : column?.mean;
  const now = Math.min(left + width, Math.max(left, scale.x(at)));
  const inside = now === scale.x(at);
  const y = at > 0 ? scale.y(loss ?? Number.NaN) : Number.NaN;
  const clip = (name: string, from: number, to: number) => (
    <clipPath id={`${view.id}-${name}`}>
      <rect x={from} y={top} width={Math.max(0, to - from)} height={height} />
    </clipPath>
  );
  return (
    <>
      {clip("past", left, now)}
      {clip("future", now, left + width)}
      <g clip-path={`url(#${view.id}-past)`}>
        <g id={`${view.id}-curves`} class="lr-drawn">
          {children}
        </g>
      </g>
      {at < (batch.at(-1)?.update ?? 0) && (
        <use class="lr-ahead" href={`#${view.id}-curves`} clip-path={`url(#${view.id}-future)`} />
      )}
      {inside && <path class="lr-now" d={`M${now.toFixed(1)} ${top}v${height}`} />}
      {inside && dotted && y >= top && y <= top + height && (
        <circle class="lr-nowdot" cx={now} cy={y} r={4} />
      )}
    </>
  );
}

/** The range that is being dragged over, and what takes the pointer. */
function Selection({ view, frame, scale, last }: Drawn & { readonly last: number }) {
  const { left, top, width, height } = frame;
  const drag: Signal<Range | null> = useSignal<Range | null>(null);
  const at = (event: TargetedPointerEvent<SVGElement>) => {
    const from = event.currentTarget.ownerSVGElement?.getBoundingClientRect().left ?? 0;
    return Math.min(left + width, Math.max(left, event.clientX - from));
  };
  const [from, to] = drag.value ?? [0, 0];
  return (
    <>
      {Math.abs(to - from) > STILL && (
        <rect
          class="lr-selection"
          x={Math.min(from, to)}
          y={top}
          width={Math.abs(to - from)}
          height={height}
        />
      )}
      <rect
        class="lr-catch"
        x={left}
        y={top}
        width={width}
        height={height}
        onPointerDown={(event) => {
          if (event.button !== 0) return;
          event.currentTarget.setPointerCapture(event.pointerId);
          drag.value = [at(event), at(event)];
        }}
        onPointerMove={(event) => {
          if (drag.value) drag.value = [drag.value[0], at(event)];
        }}
        onPointerUp={() => {
          const [start, end] = drag.value ?? [0, 0];
          drag.value = null;
          if (Math.abs(end - start) <= STILL) return;
          const ends = [Math.min(start, end), Math.max(start, end)].map(scale.update);
          view.zoom.value = zoomTo(ends as unknown as Range, last);
        }}
        onPointerCancel={() => {
          drag.value = null;
        }}
      />
    </>
  );
}

function useSize() {
  const box = useRef<HTMLDivElement>(null);
  const size = useSignal({ width: 560, height: 222 });
  useLayoutEffect(() => {
    const look = () => {
      const { clientWidth = 0, clientHeight = 0 } = box.current ?? {};
      const { width, height } = size.peek();
      if (clientWidth && (clientWidth !== width || clientHeight !== height))
        size.value = { width: clientWidth, height: clientHeight };
    };
    look();
    const observer = new ResizeObserver(look);
    observer.observe(box.current as HTMLElement);
    return () => observer.disconnect();
  }, []);
  return { box, ...size.value };
}
