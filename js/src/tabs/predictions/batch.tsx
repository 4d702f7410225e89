/** The batch row by row: features, target, prediction, and what each row adds to the gradients. */

import { useComputed } from "@preact/signals";
import { Numbers } from "../../parts/numbers";
import { short as digits } from "../../state/digits";
import { namesAlong, tensorOf } from "../../state/frame";
import type { View } from "../../state/view";
import { tellingApart } from "../../text/apart";
import { isolated } from "../../text/format";
import { say } from "../../text/say";
import { type BatchRow, batchOf, gradients } from "./batches";

export function Batch({ view }: { view: View }) {
  const chosen = view.kept.target;
  const scene = view.micro.scene.value;
  const { frame, names } = scene;
  const target = Math.min(chosen.value, Math.max(0, names.targets.length - 1));
  const rows = useComputed(() => batchOf(view.micro.frame.value, chosen.value)).value;
  const x = tensorOf(frame, "x");
  const features = (x && namesAlong("features", x.columns, frame, names)) ?? [];
  const short = tellingApart(features);
  const column = (number: (row: BatchRow) => number) => rows.map(number);
  const asking = view.run.traits._question.value.words;
  const sums = gradients(rows, names.targets.length);
  if (!scene.article || rows.length === 0) return null;
  return (
    <section class="lr-batch">
      <h4>
        {say("tables.batch")}
        {names.targets.length > 1 && (
          <select
            class="lr-field"
            aria-label={say("tables.target")}
            value={target}
            onChange={(event) => {
              chosen.value = Number(event.currentTarget.value);
            }}
          >
            {names.targets.map((name, index) => (
              <option key={index} value={index}>
                {name}
              </option>
            ))}
          </select>
        )}
        {!asking && sums.length > 0 && (
          <span>
            {say("tables.sums", {
              entries: rows.length * names.targets.length,
              sums: sums.map((sum) => digits(sum)).join(", "),
            })}
          </span>
        )}
      </h4>
      <Numbers
        label={say("tables.batch_of", { target: isolated(names.targets[target] ?? "") })}
        corner={say("tables.row")}
        room={5.6}
        rows={rows.map(({ row }) => frame.rows[row] ?? String(row))}
        columns={[
          ...features.map(
            (name, at) => [name, column(({ inputs }) => inputs[at] ?? 0), short[at]] as const,
          ),
          [say("tables.value", { column: "target" }), column((row) => row.target)],
          [say("tables.value", { column: "prediction" }), column((row) => row.prediction)],
          [say("tables.value", { column: "residual" }), column((row) => row.residual)],
          ...features.map(
            (name, at) =>
              [
                say("tables.product", { name }),
                column(({ residual, inputs }) => residual * (inputs[at] ?? 0)),
                say("tables.product", { name: short[at] ?? name }),
              ] as const,
          ),
        ]}
      />
    </section>
  );
}
