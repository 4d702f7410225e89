/** What the plot shows: its legend, whose entries are switches; and the losses as a table instead. */

import { type Curve, DEFAULTS } from "../../kernel/contract";
import { decodeTable } from "../../kernel/decode";
import { barredBy } from "../../parts/attributes";
import { Lock } from "../../parts/lock";
import { Save } from "../../parts/save";
import { Switch } from "../../parts/switch";
import type { View } from "../../state/view";
import { lossesAsCsv } from "../../text/csv";
import { say } from "../../text/say";

const CURVES = DEFAULTS.curves;

export function Switches({ view }: { view: View }) {
  const { table } = view.kept;
  const { traits, set } = view.run;
  const shown = traits.curves.value;
  const bar = view.bar("curves", true);
  const curves = !view.hidden("curves");
  const offered = CURVES.filter((curve) => curve !== "held_out" || traits._held_out.value > 0);
  const toggle = (curve: Curve) =>
    set(
      "curves",
      CURVES.filter((each) => shown.includes(each) !== (each === curve)),
    );
  return (
    <div class="lr-switches">
      {curves && (
        // biome-ignore lint/a11y/useSemanticElements: a fieldset would bring each notebook's form styles
        <div
          class="lr-curves"
          role="group"
          aria-label={say("controls.label", { control: "curves" })}
        >
          {offered.map((curve) => (
            <Switch key={curve} bar={bar} on={shown.includes(curve)} set={() => toggle(curve)}>
              <i class={`lr-key lr-key-${curve}`} aria-hidden="true" />
              {say("losses.curve", { curve })}
            </Switch>
          ))}
          <Lock view={view} control="curves" />
        </div>
      )}
      {!curves && <span class="lr-label">{say("losses.axis")}</span>}
      <span class="lr-links">
        <Save
          name="losses"
          of={(panel) =>
            table.value && !view.bar("table", true)
              ? lossesAsCsv(
                  view.curves.value.batch,
                  decodeTable(view.run.traits._table.value),
                  view.curves.value.heldOut,
                )
              : (panel.closest(".linreg-box") ?? panel).querySelector(
                  ".linreg-plot:not(.linreg-valley) canvas, .lr-lossplot svg",
                )
          }
        />
        {!view.hidden("table") && (
          <button
            type="button"
            class="lr-link"
            aria-pressed={table.value && !view.bar("table", true)}
            {...barredBy(view.bar("table", true))}
            onClick={() => {
              if (!view.bar("table", true)) table.value = !table.value;
            }}
          >
            {say("controls.label", { control: "table" })}
            <Lock view={view} control="table" />
          </button>
        )}
      </span>
    </div>
  );
}
