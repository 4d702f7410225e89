/** What is said now, in one room of one height: a question, its result, a verdict, an error, a hint. */

import { useComputed } from "@preact/signals";
import type { View } from "../state/view";
import { say } from "../text/say";
import { Ask, isAsking } from "./ask";
import { Lines } from "./lines";
import { withoutKernel } from "./readout";
import { Verdict } from "./verdict";

export function Slot({ view }: { view: View }) {
  const { traits, gone, mode } = view.run;
  const trains = mode.value === "trains";
  const { words: refused, where, number } = view.refusal.value;
  const alert = gone.value && !trains ? withoutKernel(view) : traits._alert.value;
  const atField = where !== "";
  const asks = isAsking(view);
  // Each as yes or no: a step that changes none of them renders nothing here.
  const open = useComputed(() => isAsking(view) && Boolean(traits._question.value.words)).value;
  const answered = useComputed(() => isAsking(view) && Boolean(traits._answer.value.words)).value;
  const warned = view.warned.value;
  const errs = alert || (refused && !atField);
  return (
    <div class="lr-slot">
      {/* Always there: what comes into it is announced. What stands at its field is only spoken here. Empty
          texts would be written anew with each change, and what stands beside them be said again. */}
      <div class="lr-alert" role="alert">
        {alert ? (
          <div>
            <Lines>{alert}</Lines>
          </div>
        ) : null}
        {gone.value && trains && <div class="lr-spoken">{say("page.lost_trains")}</div>}
        {refused ? (
          <div key={number} class={atField ? "lr-spoken" : ""}>
            {atField ? refused : <Lines>{refused}</Lines>}
          </div>
        ) : null}
      </div>
      {asks && (!errs || open) && <Ask view={view} />}
      {!errs && !open && !warned && !answered && traits.task.value && (
        <div class="lr-task">
          <Lines>{traits.task}</Lines>
        </div>
      )}
      {!errs &&
        !open &&
        (warned || !answered) &&
        (!warned && view.needs.value ? <Recorded view={view} /> : <Verdict view={view} />)}
    </div>
  );
}

const Recorded = ({ view }: { view: View }) => (
  <div class="lr-said">
    <Lines>{withoutKernel(view)}</Lines>
  </div>
);
