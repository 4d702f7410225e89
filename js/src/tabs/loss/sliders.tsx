/** Learning rate, Epochs and Speed. */

import { Action } from "../../parts/action";
import { Slider } from "../../parts/slider";
import { Unbroken } from "../../parts/unbroken";
import type { View } from "../../state/view";
import { count, rate } from "../../text/format";
import { say } from "../../text/say";
import {
  epochScale,
  positionOf,
  rateScale,
  type Scale,
  SPEEDS,
  zoneOf,
  zones,
} from "../../text/scales";
import {
  comparison,
  FULL,
  readEpochs,
  readRate,
  readSpeed,
  showSpeed,
  WATCH,
} from "../../text/settings";

export function LearningRate({ view }: { view: View }) {
  const { traits, set } = view.run;
  const value = traits.learning_rate.value;
  const limit = traits._limit.value;
  const scale = rateScale(limit, value);
  const worst = traits._worst.value;
  const ruled = !view.hidden("ruler");
  const zone = ruled && zoneOf(value, limit, worst);
  const { words, where } = view.refusal.value;
  return (
    <Slider
      view={view}
      control="learning_rate"
      value={value}
      scale={scale}
      page={10}
      show={rate}
      read={readRate}
      set={(chosen) => set("learning_rate", chosen)}
      track={<RateTrack scale={scale} limit={ruled ? limit : 0} worst={worst} />}
      note={
        words && where === "learning_rate" ? (
          <span class="lr-refused" aria-hidden="true">
            {words}
          </span>
        ) : (
          zone && (
            <>
              <b class={`lr-zone lr-zone-${zone}`}>{say("knobs.zone", { zone })}</b>{" "}
              <Unbroken>{comparison(value, limit)}</Unbroken>
            </>
          )
        )
      }
    />
  );
}

/** Labelled ticks that fit a slider in a narrow cell. */
const MOST_TICKS = 9;

interface RateTrackProps {
  readonly scale: Scale;
  readonly limit: number;
  readonly worst: number;
}

function RateTrack({ scale, limit, worst }: RateTrackProps) {
  const at = (value: number) => positionOf(scale, value) / (scale.length - 1);
  const decades = scale.filter((_, index) => index % 10 === 0);
  const every = Math.ceil(decades.length / MOST_TICKS);
  const all = zones(limit, worst);
  const ends = all.map(([, end]) => (Number.isFinite(end) ? at(end) : 1));
  const parts = all.map(([zone], index) => ({
    zone,
    style: { flexGrow: 100 * ((ends[index] ?? 1) - (ends[index - 1] ?? 0)) },
  }));
  return (
    <>
      {limit > 0 && (
        <div aria-hidden="true">
          <div class="lr-zones">
            {parts.map(({ zone, style }) => (
              <i key={zone} class={`lr-zone-${zone}`} style={style} />
            ))}
          </div>
          {/* Names as near to their zones as they can be without touching; the limit is exact. */}
          <div class="lr-names" style={{ width: `${100 * at(limit)}%` }}>
            {parts.slice(0, -1).map(({ zone, style }) => (
              <span key={zone} style={style}>
                {say("knobs.zone", { zone })}
              </span>
            ))}
          </div>
          <div class="lr-names lr-beyond-limit" style={{ left: `${100 * at(limit)}%` }}>
            <b>{say("knobs.zone", { zone: "limit" })}</b>
            <span>{say("knobs.zone", { zone: "divergent" })}</span>
          </div>
        </div>
      )}
      {decades
        .filter((_, index) => index % every === 0)
        .map((value) => (
          <i key={value} class="lr-tick" style={{ left: `${100 * at(value)}%` }}>
            <span>{rate(value)}</span>
          </i>
        ))}
    </>
  );
}

export function Epochs({ view }: { view: View }) {
  const { traits, set } = view.run;
  return (
    <Slider
      view={view}
      control="epochs"
      value={traits.epochs.value}
      scale={epochScale(traits.epochs.value)}
      page={10}
      show={count}
      read={readEpochs}
      set={(chosen) => set("epochs", chosen)}
      track={<i class="lr-fill" />}
      note={say("knobs.epochs", { updates: traits._batches.value, total: traits._total.value })}
    />
  );
}

export function Speed({ view }: { view: View }) {
  const { traits, set } = view.run;
  const speed = traits.speed.value === "watch" ? WATCH : (traits.speed.value ?? FULL);
  const choose = (chosen: number) =>
    set("speed", chosen === FULL ? null : chosen === WATCH ? "watch" : chosen);
  const mode = view.run.mode.value;
  const bar = view.bar("speed", true);
  const isFull = speed === FULL;
  return (
    <Slider
      view={view}
      control="speed"
      own
      value={speed}
      scale={SPEEDS}
      page={3}
      show={showSpeed}
      read={readSpeed}
      set={choose}
      track={<i class="lr-fill" />}
      note={say("knobs.speed", {
        speed: speed === WATCH ? "watch" : speed !== FULL ? "set" : mode,
      })}
    >
      <Action
        able={!bar}
        act={() => choose(isFull ? WATCH : FULL)}
        title={bar ?? say("knobs.other_speed_title", { full: isFull })}
      >
        {say("knobs.other_speed", { full: isFull })}
      </Action>
    </Slider>
  );
}
