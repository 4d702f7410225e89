/** "Losses as a table": the loss plot, for those who would rather read it. */

import { useComputed } from "@preact/signals";
import { decodeTable } from "../../kernel/decode";
import { Numbers } from "../../parts/numbers";
import { short } from "../../state/digits";
import type { View } from "../../state/view";
import { count } from "../../text/format";

export function LossTable({ view }: { view: View }) {
  const { _table, _described } = view.run.traits;
  const rows = useComputed(() => decodeTable(_table.value)).value;
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, by keys too
    <div class="lr-listing" tabIndex={0} data-keys="own">
      <p>{_described}</p>
      <Numbers
        label="Losses by epoch"
        corner="epochs"
        rows={rows.map(({ epoch }) => count(epoch))}
        show={(x) => (Number.isNaN(x) ? "–" : short(x))}
        columns={[
          ["updates", rows.map(({ update }) => update)],
          ["epoch mean", rows.map(({ mean }) => mean)],
          ["full data", rows.map(({ full }) => full)],
        ]}
      />
      <p class="lr-sample">
        Epoch mean: of the batch losses since the row above. Full data: the loss of all rows. –: not
        known, or not finite.
      </p>
    </div>
  );
}
