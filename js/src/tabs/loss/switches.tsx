/** What the plots below the panel show. */

import type { Curve } from "../../kernel/contract";
import { Lock } from "../../parts/lock";
import type { View } from "../../state/view";

const CURVES: readonly (readonly [curve: Curve, words: string])[] = [
  ["batch", "batch losses"],
  ["epoch", "epoch means"],
  ["full", "full data"],
  ["floor", "best possible"],
  ["branches", "branches"],
  ["runs", "kept runs"],
];

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
      CURVES.map(([each]) => each).filter((each) => shown.includes(each) !== (each === curve)),
    );
  return (
    <div class="lr-switches">
      {curves && (
        // biome-ignore lint/a11y/useSemanticElements: a fieldset would bring each notebook's form styles
        <div class="lr-curves" role="group" aria-labelledby={`${view.id}-curves`}>
          <span class="lr-label" id={`${view.id}-curves`}>
            The plot shows
            <Lock view={view} control="curves" />
          </span>
          {CURVES.map(([curve, words]) => (
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
              {words}
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
          title={
            bars.valley ?? "The loss over two of the parameters as a map, with the path of this run"
          }
          onClick={() => !view.bar("valley", true) && set("valley", !valley)}
        >
          <Lock view={view} control="valley" />
          Valley
        </button>
      )}
    </div>
  );
}
