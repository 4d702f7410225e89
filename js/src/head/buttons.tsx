/** The verbs: Reset, Back, Step, Run, and what Step steps by. */

import type { ComponentChildren, TargetedMouseEvent } from "preact";
import { STEPS } from "../kernel/contract";
import { barredBy } from "../parts/attributes";
import { Icon } from "../parts/icon";
import { Lock } from "../parts/lock";
import { type View, whyLocked } from "../state/view";
import { say } from "../text/say";

interface ActionProps {
  readonly able: boolean;
  readonly act: (event: TargetedMouseEvent<HTMLButtonElement>) => void;
  readonly title: string;
  readonly main?: boolean;
  readonly children: ComponentChildren;
}

/** aria-disabled and not disabled: a button that can do no more must not drop the keyboard's focus. */
export const Action = ({ able, act, title, main = false, children }: ActionProps) => (
  <button
    type="button"
    class={main ? "lr-button lr-main" : "lr-button"}
    aria-disabled={able ? undefined : "true"}
    title={title}
    onClick={(event) => able && act(event)}
  >
    {children}
  </button>
);

export function Buttons({ view }: { view: View }) {
  const { run, able, hidden, locked } = view;
  const running = run.traits.status.value === "running";
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
          <Icon name={locked(verb) ? "lock" : verb === "run" && running ? "pause" : verb} />
          {verb === "run" && running ? say("head.pause") : say("controls.label", { control: verb })}
        </Action>
      ))}
    </div>
  );
}

export function StepByChoice({ view }: { view: View }) {
  const { traits, set } = view.run;
  const chosen = traits.step_by.value;
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
      <span class="lr-segments">
        {STEPS.map((by) => (
          <label key={by} class="lr-segment">
            <input
              type="radio"
              name={`${view.id}-stepby`}
              value={by}
              checked={by === chosen}
              disabled={bar !== undefined}
              onChange={() => set("step_by", by)}
            />
            <span>{say("head.by", { by })}</span>
          </label>
        ))}
      </span>
    </div>
  );
}
