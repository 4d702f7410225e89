/** Stop and Standardize: the knobs that are no sliders. */

import { useComputed, useSignal } from "@preact/signals";
import { Field } from "../../parts/field";
import { Lock, Locked } from "../../parts/lock";
import type { View } from "../../state/view";
import { rate } from "../../text/format";
import { say } from "../../text/say";
import { readStop, STOPS, type Stop, stopNote, stopOf, stopTraits, USUAL } from "../../text/stop";

export function StopWhen({ view }: { view: View }) {
  const { traits, set } = view.run;
  /** The numbers that were last chosen, to come back to. */
  const last = useSignal(USUAL);
  const within = traits.stop_within.value;
  const patience = traits.stop_patience.value;
  const stop = stopOf({ stop_within: within, stop_patience: patience });
  const value = useComputed(() => traits.stop_within.value ?? traits.stop_patience.value ?? 0);
  const choose = (chosen: Stop, number: number) => {
    last.value = { ...last.value, [stop]: value.value, [chosen]: number };
    const wanted = stopTraits(chosen, number);
    set("stop_within", wanted.stop_within);
    set("stop_patience", wanted.stop_patience);
  };
  const id = `${view.id}-stop`;
  const bar = view.bar("stop");
  if (view.hidden("stop")) return null;
  return (
    <div class="lr-knob lr-knob-stop">
      <label class="lr-label" for={id}>
        {say("controls.label", { control: "stop" })}
        <Lock view={view} control="stop" />
      </label>
      <select
        id={id}
        class="lr-field"
        aria-describedby={`${id}-note`}
        aria-disabled={bar ? "true" : undefined}
        title={bar}
        value={stop}
        onChange={(event) => {
          const chosen = event.currentTarget.value as Stop;
          if (bar) event.currentTarget.value = stop;
          if (!view.bar("stop", true)) choose(chosen, last.value[chosen]);
        }}
      >
        {STOPS.map((each) => (
          <option key={each} value={each}>
            {say("stop.choice", { stop: each })}
          </option>
        ))}
      </select>
      <span class="lr-room">
        {stop !== "end" && (
          <Field
            key={stop}
            view={view}
            name={say("controls.label", { control: "stop" })}
            control="stop"
            value={value}
            show={rate}
            read={(text) => readStop(stop, text)}
            set={(number) => choose(stop, number)}
            describedBy={`${id}-note`}
          />
        )}
      </span>
      <span class="lr-note" id={`${id}-note`}>
        <Locked view={view} control="stop" />
        {stopNote(stop, value.value)}
      </span>
    </div>
  );
}

export function Standardize({ view }: { view: View }) {
  const { traits, set } = view.run;
  const id = `${view.id}-standardize`;
  const bar = view.bar("standardize");
  if (view.hidden("standardize")) return null;
  return (
    <div class="lr-knob lr-knob-standardize">
      <label class="lr-label" for={id}>
        {say("controls.label", { control: "standardize" })}
        <Lock view={view} control="standardize" />
      </label>
      <span class="lr-check">
        <input
          id={id}
          type="checkbox"
          aria-describedby={`${id}-note`}
          aria-disabled={bar ? "true" : undefined}
          title={bar}
          checked={traits.standardize}
          onChange={(event) => {
            const { checked } = event.currentTarget;
            if (bar) event.currentTarget.checked = !checked;
            if (!view.bar("standardize", true)) set("standardize", checked);
          }}
        />
        <span class="lr-note" id={`${id}-note`}>
          <Locked view={view} control="standardize" />
          {say("knobs.standardize")}
        </span>
      </span>
    </div>
  );
}
