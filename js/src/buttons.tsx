/** The verbs: Reset, Back, Step, Run, and what Step steps by. */

import type { ComponentChildren, TargetedMouseEvent } from "preact";
import { Icon } from "./icon";
import type { StepBy } from "./model";
import type { View } from "./view";

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
  const { run, able } = view;
  const running = run.traits.status.value === "running";
  return (
    <div class="lr-buttons">
      <Action able act={run.reset} title="Start again from the same weights (Home)">
        <Icon name="reset" />
        Reset
      </Action>
      <Action able={able.back.value} act={() => run.back()} title="Undo exactly (left arrow)">
        <Icon name="back" />
        Back
      </Action>
      <Action able={able.step.value} act={() => run.step()} title="Go on by one (right arrow)">
        <Icon name="step" />
        Step
      </Action>
      <Action able={running || able.run.value} act={run.toggle} title="Run or pause (space)" main>
        <Icon name={running ? "pause" : "run"} />
        {running ? "Pause" : "Run"}
      </Action>
    </div>
  );
}

const STEPS: readonly StepBy[] = ["phase", "update", "epoch"];

export function StepByChoice({ view }: { view: View }) {
  const { traits, set } = view.run;
  const chosen = traits.step_by.value;
  return (
    <div class="lr-stepby" role="radiogroup" aria-labelledby={`${view.id}-stepby`}>
      <span class="lr-label" id={`${view.id}-stepby`}>
        Step by
      </span>
      <span class="lr-segments">
        {STEPS.map((by) => (
          <label key={by} class="lr-segment">
            <input
              type="radio"
              name={`${view.id}-stepby`}
              value={by}
              checked={by === chosen}
              onChange={() => set("step_by", by)}
            />
            <span>{by}</span>
          </label>
        ))}
      </span>
    </div>
  );
}
