/** The panel's root: its parts in order, and the keys. */

import type { ReadonlySignal } from "@preact/signals";
import type { TargetedKeyboardEvent } from "preact";
import { Ask } from "./head/ask";
import { Buttons, StepByChoice } from "./head/buttons";
import {
  Alert,
  Header,
  LossReadout,
  Place,
  Progress,
  SpokenStatus,
  withoutKernel,
} from "./head/readout";
import { Verdict } from "./head/verdict";
import { Fold } from "./parts/fold";
import type { Theme } from "./parts/theme";
import { actionFor, HELP, hasText, passes } from "./state/keys";
import type { Control } from "./state/lesson";
import type { View } from "./state/view";
import { Compare } from "./tabs/compare";
import { Said } from "./tabs/data";
import { DataAndLine } from "./tabs/line/line";
import { Standardize, StopWhen } from "./tabs/loss/knobs";
import { LossTable } from "./tabs/loss/losstable";
import { Epochs, LearningRate, Speed } from "./tabs/loss/sliders";
import { Switches } from "./tabs/loss/switches";
import { Timeline } from "./tabs/loss/timeline";
import { Inside } from "./tabs/microscope/inside";
import { Fit } from "./tabs/predictions/fit";
import { say } from "./text/say";

export function Root({ view, theme }: { view: View; theme: ReadonlySignal<Theme> }) {
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset would bring each notebook's form styles
    <div
      // A page with MathJax would take dollars in names for formulas.
      class="linreg mathjax_ignore tex2jax_ignore"
      // English, also in a notebook from right to left; names in it are isolated.
      dir="ltr"
      role="group"
      aria-label={say("head.panel")}
      data-theme={theme}
      data-lm-suppress-shortcuts="true"
      // biome-ignore lint/a11y/noNoninteractiveTabindex: the panel as a whole takes keys
      tabIndex={0}
      onKeyDown={(event) => onKey(event, view)}
    >
      <div class="lr-card">
        <Header view={view} />
        <Bar view={view} />
        <Ask view={view} />
        <div class="lr-monitor">
          <div class="lr-now">
            <Place view={view} />
            <LossReadout view={view} />
          </div>
          {!view.hidden("timeline") && <Timeline view={view} />}
          <Progress view={view} />
        </div>
        <Verdict view={view} />
        <SpokenStatus view={view} />
        <Alert view={view} />
        {view.needs.value && !view.run.gone.value && <p class="lr-sample">{withoutKernel(view)}</p>}
        <div class="lr-knobs">
          <LearningRate view={view} />
          <Epochs view={view} />
          <Speed view={view} />
          <StopWhen view={view} />
          <Standardize view={view} />
        </div>
        <Inside view={view} />
        <Fold
          view={view}
          control="line"
          name={say("controls.label", { control: "line" })}
          kind="lr-fit"
          open
        >
          {() => <DataAndLine view={view} />}
        </Fold>
        <Fold
          view={view}
          control="predictions"
          name={say("controls.label", { control: "predictions" })}
          kind="lr-fit"
          open
        >
          {() => <Fit view={view} />}
        </Fold>
        <Fold
          view={view}
          control="data"
          name={say("controls.label", { control: "data" })}
          kind="lr-said"
        >
          {() => <Said view={view} />}
        </Fold>
        <Fold
          view={view}
          control="table"
          name={say("controls.label", { control: "table" })}
          kind="lr-table"
        >
          {() => <LossTable view={view} />}
        </Fold>
        <Fold
          view={view}
          control="compare"
          name={say("controls.label", { control: "compare" })}
          kind="lr-runs"
        >
          {() => <Compare view={view} />}
        </Fold>
        <Keys view={view} />
        <Switches view={view} />
      </div>
    </div>
  );
}

function Bar({ view }: { view: View }) {
  const parts: readonly Control[] = ["reset", "back", "step", "run", "step_by"];
  if (parts.every(view.hidden)) return null;
  return (
    <div class="lr-bar">
      <Buttons view={view} />
      <StepByChoice view={view} />
    </div>
  );
}

const Keys = ({ view }: { view: View }) => (
  <Fold view={view} control="keys" name={say("keys.name")} kind="lr-keys">
    {() => (
      <div class="lr-help">
        {HELP.map(([key, does]) => (
          <span key={key}>
            <kbd>{key}</kbd> {does}
          </span>
        ))}
      </div>
    )}
  </Fold>
);

function onKey(event: TargetedKeyboardEvent<HTMLElement>, { run, able, bar }: View): void {
  // A notebook in command mode would take "d d", "a", Ctrl A or the arrows for its own.
  if (!passes(event)) event.stopPropagation();
  if (event.defaultPrevented) return;
  if (event.ctrlKey || event.metaKey || event.altKey) {
    if (/^z$/i.test(event.key) && !event.shiftKey && !hasText(event.target as HTMLElement)) {
      event.preventDefault();
      if (run.traits._undo.value && !bar("set") && !bar("keys", true)) run.ask({ kind: "undo" });
    }
    // All of the page would be selected.
    if (/^a$/i.test(event.key) && !hasText(event.target as HTMLElement)) event.preventDefault();
    return;
  }
  const action = actionFor(event.key, event.target as HTMLElement);
  if (action === null) return;
  event.preventDefault();
  if (bar("keys", true)) return;
  if (action === "step" && able.step.value) run.step(event.repeat);
  if (action === "back" && able.back.value) run.back(event.repeat);
  if (event.repeat) return;
  if (action === "toggle" && able.toggle.value) run.toggle();
  if (action === "reset" && able.reset.value) run.reset();
}
