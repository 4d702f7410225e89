/** "Losses as a table": the loss plot, for those who would rather read it. */

import { useComputed } from "@preact/signals";
import { decodeTable } from "../../kernel/decode";
import { SCROLLS } from "../../parts/attributes";
import { Numbers } from "../../parts/numbers";
import { short } from "../../state/digits";
import { drawsLine, type View } from "../../state/view";
import { count } from "../../text/format";
import { say } from "../../text/say";

export function LossTable({ view }: { view: View }) {
  const { _table, _described } = view.run.traits;
  const rows = useComputed(() => decodeTable(_table.value)).value;
  return (
    <div class="lr-listing" {...SCROLLS}>
      {!drawsLine(view) && <p>{_described}</p>}
      <Numbers
        label={say("losses.table")}
        corner={say("losses.column", { column: "epochs" })}
        rows={rows.map(({ epoch }) => count(epoch))}
        show={(x, precision) => (Number.isNaN(x) ? "–" : short(x, precision))}
        columns={[
          [say("losses.column", { column: "updates" }), rows.map(({ update }) => update)],
          [say("losses.name", { loss: "epoch" }), rows.map(({ mean }) => mean)],
          [say("losses.name", { loss: "full" }), rows.map(({ full }) => full)],
        ]}
      />
      <p class="lr-sample">{say("losses.note")}</p>
    </div>
  );
}
