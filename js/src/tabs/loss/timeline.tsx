/** The Timeline: the whole run as a track, the loss curve on it, and the moment that is shown. */

import { useComputed, useSignal } from "@preact/signals";
import type { TargetedPointerEvent } from "preact";
import type { Column } from "../../kernel/decode";
import { Lock } from "../../parts/lock";
import type { View } from "../../state/view";
import { say } from "../../text/say";
import {
  BOX,
  brokenAt,
  columnOf,
  curvePath,
  decadesIn,
  heightOf,
  isFiniteColumn,
  type LogRange,
  logRange,
  powerOfTen,
} from "./curve";

const percent = (share: number) => `${(100 * share).toFixed(3)}%`;

interface TimelineProps {
  readonly view: View;
  /** It stands under the plot, in line with its axis, and draws no curve of its own. */
  readonly slim: boolean;
}

/** The axis and the track beside it. */
export function Timeline({ view, slim }: TimelineProps) {
  const range = useComputed(() => logRange(view.curve.value));
  const [width = 1000, first = 76, last = 988] = view.run.traits._axis.value;
  const place = slim
    ? { marginLeft: percent(first / width), marginRight: percent(1 - last / width) }
    : {};
  return (
    <div class={slim ? "lr-time lr-slim" : "lr-time"} style={place}>
      {slim ? (
        <span class="lr-time-name" aria-hidden="true">
          {say("controls.label", { control: "timeline" })}
          <Lock view={view} control="timeline" />
        </span>
      ) : (
        <Axis range={range.value} empty={view.curve.value.length === 0} />
      )}
      <Track view={view} range={range.value} slim={slim} />
    </div>
  );
}

function Axis({ range, empty }: { range: LogRange; empty: boolean }) {
  return (
    <div class="lr-axis" aria-hidden="true">
      {!empty &&
        decadesIn(range).map((exponent) => (
          <span key={exponent} style={{ top: percent(heightOf(10 ** exponent, range)) }}>
            {powerOfTen(exponent)}
          </span>
        ))}
    </div>
  );
}

function Track({ view, range, slim }: TimelineProps & { range: LogRange }) {
  const { run, curve } = view;
  const { traits } = run;
  const pointed = useSignal<number | null>(null);
  const focused = useSignal(false);
  const shown = run.sought.value ?? traits.update.value;
  const recorded = Math.max(traits._recorded.value, traits.update.value);
  // The plot's axis reaches as far as the longest run that was kept.
  const drawn = (slim && traits._axis.value[3]) || 0;
  const width = Math.max(1, drawn || traits._total.value, recorded);
  const [broken] = brokenAt(curve.value, width);
  const bar = view.bar("timeline", true);
  const tip = pointed.value ?? (focused.value ? shown : null);

  const under = (event: TargetedPointerEvent<HTMLInputElement>) => {
    const box = event.currentTarget.getBoundingClientRect();
    const at = Math.round(((event.clientX - box.left) / box.width) * width);
    return Math.min(recorded, Math.max(0, at));
  };
  const seekUnder = (event: TargetedPointerEvent<HTMLInputElement>) => {
    const update = under(event);
    pointed.value = update;
    if (!bar && update !== shown) run.seek(update);
  };

  return (
    <div class="lr-timeline">
      {slim ? (
        <i class="lr-recorded" style={{ width: percent(recorded / width) }} />
      ) : (
        <Curve columns={curve.value} total={width} range={range} label={traits._described.value} />
      )}
      <div class="lr-future" style={{ left: percent(shown / width) }} />
      {broken !== undefined && (
        <i class="lr-broken" style={{ left: percent(broken) }}>
          ∞
        </i>
      )}
      {tip !== null && tip !== shown && (
        <i class="lr-ghost" style={{ left: percent(tip / width) }} />
      )}
      <i class="lr-head-mark" style={{ left: percent(shown / width) }} />
      {tip !== null && recorded > 0 && (
        <span
          class={tip > width / 2 ? "lr-tip lr-before" : "lr-tip"}
          style={{ left: percent(tip / width) }}
        >
          {tipText(tip, curve.value)}
        </span>
      )}
      {/* A thumb of its own could only reach over the recorded part: the whole track takes the pointer. */}
      <input
        type="range"
        aria-label={say("controls.label", { control: "timeline" })}
        min={0}
        max={recorded}
        step={1}
        value={shown}
        aria-valuetext={say("losses.at_of", { update: shown, total: traits._total.value })}
        aria-disabled={bar ? "true" : undefined}
        title={bar}
        onInput={(event) => {
          const { valueAsNumber } = event.currentTarget;
          if (bar) event.currentTarget.value = String(shown);
          else run.seek(valueAsNumber);
        }}
        onFocus={() => {
          focused.value = true;
        }}
        onBlur={() => {
          focused.value = false;
        }}
        onMouseDown={(event) => event.preventDefault()}
        onPointerDown={(event) => {
          if (event.button !== 0) return;
          event.currentTarget.setPointerCapture(event.pointerId);
          event.currentTarget.focus({ preventScroll: true });
          seekUnder(event);
        }}
        onPointerMove={(event) => {
          if (event.currentTarget.hasPointerCapture(event.pointerId)) seekUnder(event);
          else pointed.value = under(event);
        }}
        onPointerLeave={() => {
          pointed.value = null;
        }}
      />
    </div>
  );
}

function tipText(update: number, columns: readonly Column[]): string {
  const column = columnOf(columns, update);
  if (!column) return say("losses.at", { update });
  const { min, max } = column;
  return min === max || !isFiniteColumn(column)
    ? say("losses.at_loss", { update, loss: max })
    : say("losses.at_losses", { update, low: min, high: max });
}

interface CurveProps {
  readonly columns: readonly Column[];
  readonly total: number;
  readonly range: LogRange;
  readonly label: string;
}

function Curve({ columns, total, range, label }: CurveProps) {
  if (columns.length === 0) return <div class="lr-empty">{say("losses.empty")}</div>;
  const lines = decadesIn(range);
  return (
    <div class="lr-curve" {...(label ? { role: "img", "aria-label": label } : {})}>
      {lines.map((exponent) => (
        <i
          key={exponent}
          class="lr-decade"
          style={{ top: percent(heightOf(10 ** exponent, range)) }}
        />
      ))}
      <svg viewBox={`0 0 ${BOX.width} ${BOX.height}`} preserveAspectRatio="none" aria-hidden="true">
        <path d={curvePath(columns, total, range)} />
      </svg>
    </div>
  );
}
