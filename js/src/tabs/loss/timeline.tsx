/** The Timeline: the whole run as a track in line with the plot, and the moment that is shown. */

import { useSignal } from "@preact/signals";
import type { TargetedPointerEvent } from "preact";
import { columnOf, firstBad, isFiniteColumn } from "../../charts/lossplot";
import type { Column } from "../../kernel/decode";
import { barredBy } from "../../parts/attributes";
import { useFinger } from "../../parts/finger";
import { Lock } from "../../parts/lock";
import type { View } from "../../state/view";
import { say } from "../../text/say";

const percent = (share: number) => `${(100 * share).toFixed(3)}%`;

/** The track stands under the plot, in line with its axis. */
export function Timeline({ view }: { view: View }) {
  const [width = 1000, first = 76, last = 988] = view.run.traits._axis.value;
  const [left, right] = view.plots.value.loss
    ? [percent(first / width), percent(1 - last / width)]
    : view.margins.value.map((pixels) => `${pixels}px`);
  return (
    <div class="lr-time" style={{ marginLeft: left, marginRight: right }}>
      <span class="lr-time-name" aria-hidden="true">
        {say("controls.label", { control: "timeline" })}
        <Lock view={view} control="timeline" />
      </span>
      <Track view={view} />
    </div>
  );
}

function Track({ view }: { view: View }) {
  const { run } = view;
  const { traits } = run;
  const pointed = useSignal<number | null>(null);
  const focused = useSignal(false);
  const finger = useFinger();
  const shown = run.sought.value ?? traits.update.value;
  const recorded = Math.max(traits._recorded.value, traits.update.value);
  const width = view.last.value;
  const { batch } = view.curves.value;
  const broken = firstBad(batch);
  const zoom = view.zoom.value;
  const changes = traits._changes.value.map((change) => ({ ...change, kind: "lr-changed-at" }));
  const branches = traits._lines.value
    .filter(({ colour }) => !colour)
    .map(({ start }) => ({ update: start, kind: "lr-branched-at" }));
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
      <i class="lr-recorded" style={{ width: percent(recorded / width) }} />
      <div class="lr-future" style={{ left: percent(shown / width) }} />
      {zoom && (
        <i
          class="lr-window"
          style={{ left: percent(zoom[0] / width), width: percent((zoom[1] - zoom[0]) / width) }}
        />
      )}
      {[...changes, ...branches].map(({ update, kind }) => (
        <i key={kind + update} class={kind} style={{ left: percent(update / width) }} />
      ))}
      {broken > 0 && (
        <i class="lr-broken" style={{ left: percent(broken / width) }}>
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
          {tipText(tip, batch)}
          {changes.map(({ update, words }) => (update === tip && words ? ` · ${words}` : ""))}
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
        {...barredBy(bar)}
        onInput={(event) => {
          const { valueAsNumber } = event.currentTarget;
          // By itself a range goes where a finger would be if all of the run were recorded.
          if (bar || finger.doing()) event.currentTarget.value = String(shown);
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
          if (event.button !== 0 || finger.down(event)) return;
          event.currentTarget.setPointerCapture(event.pointerId);
          event.currentTarget.focus({ preventScroll: true });
          seekUnder(event);
        }}
        onPointerMove={(event) => {
          finger.move(event);
          const doing = finger.doing();
          const drags = doing ? doing === "drags" : captures(event);
          if (drags) seekUnder(event);
          else if (!doing) pointed.value = under(event);
        }}
        onPointerUp={(event) => {
          if (finger.up(event)) seekUnder(event);
          if (event.pointerType !== "mouse") pointed.value = null;
        }}
        onPointerCancel={finger.cancel}
        onTouchEnd={finger.gone}
        onTouchCancel={finger.gone}
        onPointerLeave={() => {
          pointed.value = null;
        }}
      />
    </div>
  );
}

const captures = ({ currentTarget, pointerId }: TargetedPointerEvent<HTMLInputElement>): boolean =>
  currentTarget.hasPointerCapture(pointerId);

function tipText(update: number, columns: readonly Column[]): string {
  const column = columnOf(columns, update);
  if (!column) return say("losses.at", { update });
  const { min, max } = column;
  return min === max || !isFiniteColumn(column)
    ? say("losses.at_loss", { update, loss: max })
    : say("losses.at_losses", { update, low: min, high: max });
}
