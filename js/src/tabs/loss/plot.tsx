/** The loss plot: the kernel's canvas, or where there is none the same plot, drawn here, to be zoomed. */

import { useComputed, useSignal } from "@preact/signals";
import type { ComponentChildren, TargetedKeyboardEvent, TargetedPointerEvent } from "preact";
import { useLayoutEffect } from "preact/hooks";
import type { Range } from "../../charts/axis";
import {
  apart,
  bandOf,
  between,
  columnOf,
  decadesOf,
  EDGE,
  type Frame,
  firstBad,
  fitting,
  frameOf,
  isNarrow,
  keyOf,
  LINE,
  lossTicks,
  parted,
  pathOf,
  type Scale,
  scaleOf,
  sparse,
  topOfKey,
  wholeTicks,
  zoomBy,
  zoomTo,
} from "../../charts/lossplot";
import { MOST_DOTS, MOST_MARKERS, RIGHT } from "../../kernel/contract";
import { decodeTable, type Points } from "../../kernel/decode";
import { useSize } from "../../parts/size";
import { drawsLine, type View } from "../../state/view";
import { bestPossible } from "../../text/best";
import { count, isolated, said } from "../../text/format";
import { say } from "../../text/say";

export const LossPlot = ({ view }: { view: View }) =>
  view.plots.value.loss ? (
    // Room for the plot beside the panel; see plots.ts.
    <div class="lr-hole lr-hole-loss" data-plot="loss" />
  ) : (
    <Own view={view} />
  );

const RING = "m-3.5 0a3.5 3.5 0 1 0 7 0a3.5 3.5 0 1 0-7 0";
const DIAMOND = "m-4 0l4-4 4 4-4 4z";
/** Between words side by side, in pixels. */
const WORDS = 68;
/** A piece of a curve beside its name in the key, in pixels. */
const SAMPLE = 14;
/** A pointer that has moved no farther was not dragged, in pixels. */
const STILL = 6;

interface Drawn extends Frame, Scale {
  readonly view: View;
  readonly window: Range;
}

const across = ({ left, right }: Frame, y: number) => `M${left} ${y.toFixed(1)}H${right}`;
const down = ({ top, bottom }: Frame, x: number) => `M${x.toFixed(1)} ${top}V${bottom}`;

type Anchor = "start" | "middle" | "end";

const words = (x: number, y: number, anchor: Anchor, text: string, kind?: string) => (
  <text key={text} class={kind} x={x} y={y} text-anchor={anchor}>
    {text}
  </text>
);

function Own({ view }: { view: View }) {
  const { traits } = view.run;
  const { box, width, height } = useSize(560, 222);
  const curves = view.curves.value;
  const last = view.last.value;
  const zoom = view.zoom.value && zoomTo(view.zoom.value, last);
  const window: Range = zoom ?? [0, last];
  const shown = new Set<string>(traits.curves.value);
  const lines = view.others.value.filter(({ colour }) => shown.has(colour ? "runs" : "branches"));
  const given = lines.map(({ name }) => name);
  const frame = frameOf(width, height, apart(given));
  const { left, right, top, bottom } = frame;
  const room = isNarrow(width) ? right - left - SAMPLE : width - right;
  const names = apart(given, isNarrow(width) ? room : undefined);
  const runs = lines.filter(({ colour }) => colour);
  const key = isNarrow(width)
    ? keyOf(
        lines.map(({ colour }, index) => ({ name: names[index] ?? "", colour })),
        say("losses.curve", { curve: "branches" }),
        (more) => say("plot.more", { count: more }),
      )
    : null;
  const asked = drawsLine(view);
  const floor = asked ? Number.NaN : bestPossible(traits._floor.value);
  // What one looks at closely need not be seen beside the floor.
  const decades = decadesOf({ curves, runs, shown, floor: zoom ? Number.NaN : floor, window });
  const scale = scaleOf(frame, window, decades);
  const drawn: Drawn = { view, window, ...frame, ...scale };
  const keyTop = topOfKey(
    key?.length ?? 0,
    lines,
    frame,
    scale,
    floor >= 0 ? scale.y(floor) : bottom,
  );
  const few = curves.batch.length <= MOST_DOTS;
  const show = (next: Range | null) => {
    view.zoom.value = next;
  };
  useLayoutEffect(() => {
    view.margins.value = [left + EDGE, width - right + EDGE];
  }, [left, width, right]);
  const onKeyDown = (event: TargetedKeyboardEvent<HTMLDivElement>) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.target !== event.currentTarget)
      return;
    const next = zoomBy(event.key, zoom, last, traits.update.value);
    if (next === undefined) return;
    event.preventDefault();
    show(next);
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
      onDblClick={() => show(null)}
    >
      <svg
        width={width}
        height={height}
        viewBox={`0 0 ${width} ${height}`}
        role="img"
        aria-label={asked ? say("controls.label", { control: "loss" }) : traits._described.value}
        data-window={window.join()}
        data-decades={decades.join()}
      >
        <Axes {...drawn} decades={decades} />
        <Clip {...drawn} name="axes" from={left} to={right}>
          {shown.has("floor") && (
            <>
              {floor >= 0 && <path class="lr-floor" d={across(frame, scale.y(floor))} />}
              <path class="lr-mean" d={across(frame, scale.y(traits._mean.value))} />
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
        </Clip>
        {parted(
          (key ? [] : lines).map(({ y }) =>
            Math.min(bottom, Math.max(top, scale.y(y.findLast(Number.isFinite) ?? 1))),
          ),
          LINE,
        ).map((y, index) => {
          const { name = "", colour = "" } = lines[index] ?? {};
          return (
            <text
              key={index}
              class={colour ? "lr-runname" : "lr-branchname"}
              style={colour && { fill: colour }}
              x={right + EDGE}
              y={y + 4}
            >
              <title>{name}</title>
              {isolated(fitting(names[index] ?? "", room))}
            </text>
          );
        })}
        <Present {...drawn} dotted={shown.has("batch")}>
          {shown.has("batch") && (
            <>
              {!few && <path class="lr-band" d={bandOf(curves.batch, scale)} />}
              <path class="lr-batches" d={pathOf(curves.mean, scale)} />
              {few && <path class="lr-batchdots" d={pathOf(curves.mean, scale, "h0")} />}
            </>
          )}
          {shown.has("epoch") && <path class="lr-epochs" d={pathOf(curves.epoch, scale)} />}
          {shown.has("full") && (
            <Marked kind="full" {...{ scale, mark: DIAMOND }} of={curves.full} />
          )}
          {shown.has("held_out") && (
            <Marked kind="heldout" {...{ scale, mark: RING }} of={curves.heldOut} />
          )}
        </Present>
        {shown.has("floor") && (
          <Levels {...drawn} floor={floor} taken={[keyTop, keyTop + LINE * (key?.length ?? 0)]} />
        )}
        {key?.map(({ name, colour }, index) => {
          const y = keyTop + LINE * (index + 1);
          return (
            <g key={index} class="lr-named">
              {colour !== null && (
                <path
                  class={colour ? "lr-run" : "lr-branch"}
                  style={colour && { stroke: colour }}
                  d={`M${right - EDGE} ${y - 4}h-${SAMPLE}`}
                />
              )}
              {words(
                right - EDGE - SAMPLE - 5,
                y,
                "end",
                isolated(fitting(name, room)),
                "lr-level",
              )}
            </g>
          );
        })}
        {curves.batch.length + lines.length === 0 &&
          words((left + right) / 2, (top + bottom) / 2, "middle", say("losses.empty"))}
        <Selection {...drawn} show={(range) => show(zoomTo(range, last))} />
      </svg>
      {zoom && (
        <button
          type="button"
          class="lr-link lr-whole"
          style={{ right: `${width - right}px` }}
          onClick={() => {
            show(null);
            box.current?.focus({ preventScroll: true });
          }}
        >
          {say("plot.whole")}
        </button>
      )}
    </div>
  );
}

interface MarkedProps {
  readonly kind: "full" | "heldout";
  readonly of: Points;
  readonly mark: string;
  readonly scale: Scale;
}

/** A curve with marks on some of its points. */
const Marked = ({ kind, of, mark, scale }: MarkedProps) => (
  <>
    <path class={`lr-${kind}s`} d={pathOf(of, scale)} />
    <path class={`lr-${kind}marks`} d={pathOf(sparse(of, MOST_MARKERS), scale, mark)} />
  </>
);

interface ClipProps extends Drawn {
  readonly name: string;
  readonly from: number;
  readonly to: number;
  readonly children?: ComponentChildren;
}

/** What is seen between two places along the axis. */
const Clip = ({ view, top, bottom, name, from, to, children }: ClipProps) => (
  <>
    <clipPath id={`${view.id}-${name}`}>
      <rect x={from} y={top} width={to - from} height={bottom - top} />
    </clipPath>
    <g clip-path={`url(#${view.id}-${name})`}>{children}</g>
  </>
);

/** The grid, and numbers of losses, updates and epochs. */
function Axes({ view, window, decades, ...at }: Drawn & { readonly decades: Range }) {
  const { traits } = view.run;
  const { left, right, bottom } = at;
  const rows = useComputed(() => decodeTable(traits._table.value)).value;
  const { labelled, plain } = lossTicks(decades);
  const most = Math.min(7, (right - left) / 70);
  // While the settings stay the same, epochs are equally long: so these place them all.
  const known = rows.filter(({ epoch }) => epoch < traits.epochs.value);
  const epochs = [...known.map(({ epoch }) => epoch), traits.epochs.value];
  const updates = [...known.map(({ update }) => update), traits._total.value];
  const [first, final] = window.map((end) => between({ x: updates, y: epochs }, end)) as [
    number,
    number,
  ];
  const ticks = wholeTicks(window, most);
  const edge = left - 7;
  return (
    <>
      <path class="lr-levels" d={labelled.map((loss) => across(at, at.y(loss))).join("")} />
      <path
        class="lr-ticks"
        d={[
          `${down(at, left)}H${right}`,
          ...plain.map((loss) => `M${left} ${at.y(loss).toFixed(1)}h-3`),
          ...ticks.map((update) => `M${at.x(update).toFixed(1)} ${bottom}v4`),
        ].join("")}
      />
      {labelled.map((loss) => words(edge, at.y(loss) + 4, "end", said(loss)))}
      {words(edge, at.top - 7, "end", say("plot.axis", { axis: "loss" }))}
      {words(edge, bottom + 15, "end", say("plot.axis", { axis: "update" }))}
      {words(edge, bottom + 29, "end", say("plot.axis", { axis: "epoch" }))}
      {ticks.map((each) => words(at.x(each), bottom + 15, "middle", count(each), "lr-update"))}
      {final > first &&
        wholeTicks([first, final], most).map((epoch) => {
          const x = at.x(between({ x: epochs, y: updates }, epoch));
          return words(x, bottom + 29, "middle", count(epoch));
        })}
    </>
  );
}

/** Where settings changed, w or b were set by hand, and the loss was no longer finite. */
function Changes({ view, window, ...at }: Drawn) {
  const changes = view.run.traits._changes.value;
  const bad = firstBad(view.curves.value.batch);
  const beside = (update: number, by: number, text: string) =>
    at.x(update) > at.left + RIGHT * (at.right - at.left)
      ? words(at.x(update) - by, at.top + 11, "end", text)
      : words(at.x(update) + by, at.top + 11, "start", text);
  return (
    <>
      {changes.map(({ update = 0, words: label = "" }, index) => {
        const next = changes[index + 1]?.update ?? Number.POSITIVE_INFINITY;
        return (
          <g key={index} class="lr-change">
            <path d={down(at, at.x(update))} />
            {at.x(next) - at.x(update) > WORDS && beside(update, 5, label)}
          </g>
        );
      })}
      {bad > 0 && (
        <g class="lr-bad">
          <path d={down(at, at.x(bad))} />
          <path class="lr-cross" d={`M${at.x(bad) - 4} ${at.top + 3}l8 8m0-8l-8 8`} />
          {beside(bad, 10, say("plot.bad"))}
        </g>
      )}
    </>
  );
}

/** The names of the best possible loss and of the mean's; between the `taken` heights, not to the right. */
function Levels({
  view,
  floor,
  taken,
  ...at
}: Drawn & { readonly floor: number; readonly taken: Range }) {
  const { left, right, top, bottom } = at;
  const mean = view.run.traits._mean.value;
  const [low, middle] = [at.y(floor), at.y(mean)];
  const below = low > bottom;
  const narrow = right - left < 240;
  const lowest = below ? bottom - 4 : bottom - low > LINE + 2 ? low + LINE - 1 : low - 4;
  // Two words that would stand on one another stand one above the other.
  const near = floor >= 0 && Math.abs(middle - 4 - lowest) < LINE;
  const first = narrow || (middle > taken[0] && middle - LINE < taken[1]);
  return (
    <>
      {floor >= 0 &&
        words(
          left + EDGE,
          lowest,
          "start",
          say("plot.floor", { floor, below, short: narrow }),
          "lr-level lr-lowest",
        )}
      {middle > top &&
        middle < bottom &&
        words(
          first ? left + EDGE : right - EDGE,
          near ? lowest - LINE : middle - 4,
          first ? "start" : "end",
          say("plot.mean", { mean, short: first && !narrow }),
          "lr-level",
        )}
    </>
  );
}

interface PresentProps extends Drawn {
  /** Whether the batch losses are shown, on which the present one stands. */
  readonly dotted: boolean;
  readonly children: ComponentChildren;
}

/** The curves, faint after the present, where they are only recorded. */
function Present({ dotted, children, ...drawn }: PresentProps) {
  const { view, left, right, top, bottom } = drawn;
  const { batch } = view.curves.value;
  const update = view.run.sought.value ?? view.run.traits.update.value;
  const column = columnOf(batch, update);
  const exact = column && column.min === column.max;
  const y = drawn.y(exact ? column.max : view.losses.value.batch);
  const x = drawn.x(update);
  const now = Math.min(right, Math.max(left, x));
  return (
    <>
      <Clip {...drawn} name="past" from={left} to={now}>
        <g id={`${view.id}-curves`}>{children}</g>
      </Clip>
      <g class="lr-ahead">
        <Clip {...drawn} name="future" from={now} to={right}>
          {update < (batch.at(-1)?.update ?? 0) && <use href={`#${view.id}-curves`} />}
        </Clip>
      </g>
      {now === x && <path class="lr-here" d={down(drawn, now)} />}
      {now === x && dotted && update > 0 && y >= top && y <= bottom && (
        <circle class="lr-heredot" cx={now} cy={y} r={4} />
      )}
    </>
  );
}

/** The range that is dragged over, and what takes the pointer. */
function Selection({
  left,
  right,
  top,
  bottom,
  update,
  show,
}: Drawn & { readonly show: (range: Range) => void }) {
  const drag = useSignal<Range | null>(null);
  const [a, b] = drag.value ?? [0, 0];
  const [from, to] = [Math.min(a, b), Math.max(a, b)];
  const at = (event: TargetedPointerEvent<SVGRectElement>) => {
    const edge = event.currentTarget.getBoundingClientRect().left - left;
    return Math.min(right, Math.max(left, event.clientX - edge));
  };
  const size = { y: top, height: bottom - top };
  return (
    <>
      {to - from > STILL && <rect class="lr-selection" x={from} width={to - from} {...size} />}
      <rect
        class="lr-catch"
        x={left}
        width={right - left}
        {...size}
        onPointerDown={(event) => {
          if (event.button !== 0) return;
          event.currentTarget.setPointerCapture(event.pointerId);
          drag.value = [at(event), at(event)];
        }}
        onPointerMove={(event) => {
          if (drag.value) drag.value = [a, at(event)];
        }}
        onPointerUp={() => {
          if (to - from > STILL) show([update(from), update(to)]);
          drag.value = null;
        }}
        onPointerCancel={() => {
          drag.value = null;
        }}
      />
    </>
  );
}
