/** One row of settings: epochs, speed, stop and scaling, or behind "More" what begins another run. */

import { useSignal } from "@preact/signals";
import type { Control } from "../../kernel/contract";
import { barredBy } from "../../parts/attributes";
import { Field } from "../../parts/field";
import { Lock, Locked } from "../../parts/lock";
import { Refused } from "../../parts/refused";
import type { View } from "../../state/view";
import { count, rate } from "../../text/format";
import { say } from "../../text/say";
import { readBatchSize, readSeed } from "../../text/settings";
import { readStop, STOPS, type Stop, stopNote, stopOf, stopTraits, USUAL } from "../../text/stop";
import { Epochs, Speed } from "./sliders";

const FIRST: readonly Control[] = ["epochs", "speed", "stop", "standardize"];
const MORE: readonly Control[] = ["batch_size", "seed", "shuffle"];

export function Settings({ view }: { view: View }) {
  const { more: chosen } = view.kept;
  const all = FIRST.every(view.hidden);
  const none = MORE.every(view.hidden);
  if (all && none) return null;
  const more = (chosen.value || all) && !none;
  return (
    <div class="lr-settings">
      {more ? (
        <>
          <Numeric view={view} control="batch_size" note={say("knobs.batch_size")} />
          <Numeric view={view} control="seed" note={say("knobs.seed")} />
          <Check view={view} control="shuffle" note={say("knobs.shuffle")} />
        </>
      ) : (
        <>
          <Epochs view={view} />
          <Speed view={view} />
          <StopWhen view={view} />
          <Check view={view} control="standardize" note={say("knobs.standardize")} />
        </>
      )}
      {!all && !none && (
        <button
          type="button"
          class="lr-button lr-more"
          aria-expanded={more}
          title={MORE.map((control) => say("controls.label", { control })).join(", ")}
          onClick={() => {
            chosen.value = !more;
          }}
        >
          {say("knobs.more", { more })}
        </button>
      )}
    </div>
  );
}

interface ToldProps {
  readonly view: View;
  readonly control: Control;
  readonly note: string;
  readonly id: string;
}

/** What a setting means, for those who hear it; and for the eye, why something is not taken. */
const Told = ({ view, control, note, id }: ToldProps) => (
  <>
    <Refused view={view} control={control} />
    <span class="lr-spoken" id={id}>
      <Locked view={view} control={control} />
      {note}
    </span>
  </>
);

const READ = { batch_size: readBatchSize, seed: readSeed };

interface NumberProps extends Omit<ToldProps, "id"> {
  readonly control: keyof typeof READ;
}

function Numeric({ view, control, note }: NumberProps) {
  const { traits, set } = view.run;
  const id = `${view.id}-${control}-note`;
  if (view.hidden(control)) return null;
  return (
    <div class="lr-knob" title={note}>
      <span class="lr-label">
        {say("controls.label", { control })}
        <Lock view={view} control={control} />
      </span>
      <Field
        view={view}
        control={control}
        value={traits[control].value}
        read={READ[control]}
        set={(value) => set(control, value)}
        show={count}
        describedBy={id}
      />
      <Told id={id} {...{ view, control, note }} />
    </div>
  );
}

function StopWhen({ view }: { view: View }) {
  const { traits, set } = view.run;
  /** The numbers that were last chosen, to come back to. */
  const last = useSignal(USUAL);
  const within = traits.stop_within.value;
  const patience = traits.stop_patience.value;
  const stop = stopOf({ stop_within: within, stop_patience: patience });
  const value = within ?? patience ?? 0;
  const choose = (chosen: Stop, number: number) => {
    last.value = { ...last.value, [stop]: value, [chosen]: number };
    const wanted = stopTraits(chosen, number);
    set("stop_within", wanted.stop_within);
    set("stop_patience", wanted.stop_patience);
  };
  const id = `${view.id}-stop`;
  const note = stopNote(stop, value);
  const bar = view.bar("stop");
  if (view.hidden("stop")) return null;
  return (
    <div class="lr-knob lr-knob-stop" title={note}>
      <label class="lr-label" for={id}>
        {say("controls.label", { control: "stop" })}
        <Lock view={view} control="stop" />
      </label>
      <select
        id={id}
        class="lr-field"
        aria-describedby={`${id}-note`}
        {...barredBy(bar)}
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
            control="stop"
            value={value}
            show={rate}
            read={(text) => readStop(stop, text)}
            set={(number) => choose(stop, number)}
            describedBy={`${id}-note`}
          />
        )}
      </span>
      <Told id={`${id}-note`} view={view} control="stop" note={note} />
    </div>
  );
}

interface CheckProps extends Omit<ToldProps, "id"> {
  readonly control: "standardize" | "shuffle";
}

function Check({ view, control, note }: CheckProps) {
  const { traits, set } = view.run;
  const id = `${view.id}-${control}`;
  const bar = view.bar(control);
  if (view.hidden(control)) return null;
  return (
    <div class={`lr-knob lr-check lr-knob-${control}`} title={note}>
      <input
        id={id}
        type="checkbox"
        aria-describedby={`${id}-note`}
        {...barredBy(bar)}
        checked={traits[control]}
        onChange={(event) => {
          const { checked } = event.currentTarget;
          if (bar) event.currentTarget.checked = !checked;
          if (!view.bar(control, true)) set(control, checked);
        }}
      />
      <label class="lr-label" for={id}>
        {say("controls.label", { control })}
        <Lock view={view} control={control} />
      </label>
      <Told id={`${id}-note`} {...{ view, control, note }} />
    </div>
  );
}
