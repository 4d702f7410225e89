/** At the foot of a page without a kernel: its link, and ticks for what the page and the link leave out. */

import { useSignal } from "@preact/signals";
import { CONTROLS, type Control } from "./kernel/contract";
import { flip } from "./parts/attributes";
import { Copy } from "./parts/copy";
import { Switch } from "./parts/switch";
import type { View } from "./state/view";
import { say } from "./text/say";

export function PageLink({ view }: { view: View }) {
  const { address } = view.run;
  const open = useSignal(false);
  if (!address) return null;
  return (
    <div class="lr-pagelink">
      <Copy of={address.link} label={say("address.link")} title={say("address.link_title")} />
      <button
        type="button"
        class="lr-link"
        aria-expanded={open.value}
        title={say("address.controls_title")}
        onClick={flip(open)}
      >
        {say("address.controls")}
      </button>
      {open.value && <Ticks view={view} />}
    </div>
  );
}

function Ticks({ view }: { view: View }) {
  const { traits, set } = view.run;
  const hidden = traits.hide.value;
  const toggle = (control: Control) =>
    set(
      "hide",
      CONTROLS.filter((each) => hidden.includes(each) !== (each === control)),
    );
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset would bring each notebook's form styles
    <div class="lr-ticks" role="group" aria-labelledby={`${view.id}-ticks`}>
      <p id={`${view.id}-ticks`}>{say("address.hide")}</p>
      {CONTROLS.filter((control) => control !== "valley").map((control) => (
        <Switch key={control} on={hidden.includes(control)} set={() => toggle(control)}>
          {say("controls.label", { control })}
        </Switch>
      ))}
    </div>
  );
}
