/** What the plots below the panel show. */

import type { View } from "./view";

const CURVES: readonly (readonly [curve: string, words: string])[] = [
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
  if (!traits._plot.value && valley === null) return null;
  const toggle = (curve: string) =>
    set(
      "curves",
      CURVES.map(([each]) => each).filter((each) => shown.includes(each) !== (each === curve)),
    );
  return (
    <div class="lr-switches">
      {traits._plot.value && (
        // biome-ignore lint/a11y/useSemanticElements: a fieldset would bring each notebook's form styles
        <div class="lr-curves" role="group" aria-labelledby={`${view.id}-curves`}>
          <span class="lr-label" id={`${view.id}-curves`}>
            The plot shows
          </span>
          {CURVES.map(([curve, words]) => (
            <label key={curve} class="lr-switch">
              <input
                type="checkbox"
                aria-disabled={view.needs.value ? "true" : undefined}
                title={view.needs.value}
                checked={shown.includes(curve)}
                onChange={(event) => {
                  if (view.needs.value) event.currentTarget.checked = shown.includes(curve);
                  toggle(curve);
                }}
              />
              {words}
            </label>
          ))}
        </div>
      )}
      {valley !== null && (
        <button
          type="button"
          class="lr-button"
          aria-pressed={valley}
          aria-disabled={view.needs.value ? "true" : undefined}
          title={
            view.needs.value ??
            "The loss over two of the parameters as a map, with the path of this run"
          }
          onClick={() => set("valley", !valley)}
        >
          Valley
        </button>
      )}
    </div>
  );
}
