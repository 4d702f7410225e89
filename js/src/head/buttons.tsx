/** The verbs: Reset, Back, Step, Run, and what Step steps by. */

import { STEPS } from "../kernel/contract";
import { Action } from "../parts/action";
import { barredBy } from "../parts/attributes";
import { Icon } from "../parts/icon";
import { Lock } from "../parts/lock";
import { Segments } from "../parts/segments";
import { type View, whyLocked } from "../state/view";
import { say } from "../text/say";

export function Buttons({ view }: { view: View }) {
  const { run, able, hidden, locked } = view;
  const goes = run.goes.value;
  const all = [
    ["reset", able.reset, run.reset],
    ["back", able.back, () => run.back()],
    ["step", able.step, () => run.step()],
    ["run", able.toggle, run.toggle],
  ] as const;
  const shown = all.filter(([verb]) => !hidden(verb));
  if (shown.length === 0) return null;
  return (
    <div class="lr-buttons">
      {shown.map(([verb, can, act]) => (
        <Action
          key={verb}
          able={can.value}
          act={act}
          title={locked(verb) ? whyLocked() : say("head.button", { verb })}
          main={verb === "run"}
        >
          <Icon name={locked(verb) ? "lock" : verb === "run" && goes ? "pause" : verb} />
          {verb === "run" && goes ? say("head.pause") : say("controls.label", { control: verb })}
        </Action>
      ))}
    </div>
  );
}

export function StepByChoice({ view }: { view: View }) {
  const { traits, set } = view.run;
  const bar = view.bar("step_by", true);
  if (view.hidden("step_by")) return null;
  return (
    <div
      class="lr-stepby"
      role="radiogroup"
      aria-labelledby={`${view.id}-stepby`}
      {...barredBy(bar)}
    >
      <span class="lr-label" id={`${view.id}-stepby`}>
        {say("controls.label", { control: "step_by" })}
        <Lock view={view} control="step_by" />
      </span>
      <Segments
        name={`${view.id}-stepby`}
        choices={STEPS}
        chosen={traits.step_by.value}
        show={(by) => say("head.by", { by })}
        set={(by) => set("step_by", by)}
        disabled={bar !== undefined}
      />
    </div>
  );
}
