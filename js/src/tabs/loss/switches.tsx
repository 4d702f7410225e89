/** What the plots below the panel show. */

import type { Curve } from "../../kernel/contract";
import { Lock } from "../../parts/lock";
import type { View } from "../../state/view";
import { say } from "../../text/say";

const CURVES = ["batch", "epoch", "full", "floor", "branches", "runs"] as const;

export function Switches({ view }: { view: View }) {
  const { traits, set } = view.run;
  const shown = traits.curves.value;
  const valley = traits.valley.value;
  const bars = { curves: view.bar("curves"), valley: view.bar("valley") };
  const curves = traits._plot.value && !view.hidden("curves");
  const button = valley !== null && !view.hidden("valley");
  if (!curves && !button) return null;
  const toggle = (curve: Curve) =>
    set(
      "curves",
      CURVES.filter((each) => shown.includes(each) !== (each === curve)),
    );
  return (
    <div class="lr-switches">
      {curves && (
        // biome-ignore lint/a11y/useSemanticElements: a fieldset would bring each notebook's form styles
        <div class="lr-curves" role="group" aria-labelledby={`${view.id}-curves`}>
          <span class="lr-label" id={`${view.id}-curves`}>
            {say("controls.label", { control: "curves" })}
            <Lock view={view} control="curves" />
          </span>
          {CURVES.map((curve) => (
            <label key={curve} class="lr-switch">
              <input
                type="checkbox"
                aria-disabled={bars.curves ? "true" : undefined}
                title={bars.curves}
                checked={shown.includes(curve)}
                onChange={(event) => {
                  if (bars.curves) event.currentTarget.checked = shown.includes(curve);
                  if (!view.bar("curves", true)) toggle(curve);
                }}
              />
              {say("losses.curve", { curve })}
            </label>
          ))}
        </div>
      )}
      {button && (
        <button
          type="button"
          class="lr-button"
          aria-pressed={valley}
          aria-disabled={bars.valley ? "true" : undefined}
          title={bars.valley ?? say("losses.valley")}
          onClick={() => !view.bar("valley", true) && set("valley", !valley)}
        >
          <Lock view={view} control="valley" />
          {say("controls.label", { control: "valley" })}
        </button>
      )}
    </div>
  );
}
