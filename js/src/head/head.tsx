/** The head: name, verbs and state; where the run is; and one room for what is said now. */

import { useComputed } from "@preact/signals";
import type { Control } from "../kernel/contract";
import type { View } from "../state/view";
import { Buttons, StepByChoice } from "./buttons";
import { LossReadout, Name, Place, Progress, SpokenStatus, State } from "./readout";
import { Slot } from "./slot";

export const Head = ({ view }: { view: View }) => (
  <div class="lr-head">
    <Bar view={view} />
    <div class="lr-monitor">
      <Place view={view} />
      <LossReadout view={view} />
      <Progress view={view} />
    </div>
    <Slot view={view} />
    <SpokenStatus view={view} />
  </div>
);

function Bar({ view }: { view: View }) {
  const parts: readonly Control[] = ["reset", "back", "step", "run", "step_by"];
  const empty = useComputed(() => parts.every(view.hidden)).value;
  return (
    <div class="lr-bar">
      <Name view={view} />
      {!empty && <Buttons view={view} />}
      {!empty && <StepByChoice view={view} />}
      <State view={view} />
    </div>
  );
}
