/** Predictions against targets for all rows: a chart and a table for each target. */

import { useComputed } from "@preact/signals";
import { decodeFit, type Fitted } from "../../kernel/decode";
import { flip } from "../../parts/attributes";
import { Numbers } from "../../parts/numbers";
import { Save } from "../../parts/save";
import type { View } from "../../state/view";
import { explained, isolated } from "../../text/format";
import { say } from "../../text/say";
import { chartOf, SIZE } from "./fitting";
import { OwnRow } from "./ownrow";

/** More charts than this would be no overview. */
const MOST = 6;

export function Fit({ view }: { view: View }) {
  const { all: listed } = view.kept;
  const { _fit } = view.run.traits;
  const fits = useComputed(() => decodeFit(_fit.value, view.micro.fit.value)).value;
  const { rows = [], index = [], count: all = rows.length } = _fit.value;
  const { held_out: others = [], held_out_count = 0 } = _fit.value;
  const chosen = index.indexOf(view.micro.chosen.value ?? -1);
  return (
    <>
      <div class={listed.value ? "lr-fits lr-listed" : "lr-fits"}>
        {fits.slice(0, MOST).map((fit, index) => (
          <section key={fit.name} class="lr-onefit">
            <h4>
              <bdi>{fit.name}</bdi>
            </h4>
            <Chart fit={fit} chosen={chosen} />
            <div class="lr-measures">
              <Measures of={fit} />
              <p>{say("tables.worst", { residual: fit.worst })}</p>
              {fit.heldOut && (
                <>
                  <h4 class="lr-heldout">
                    <i class="lr-ring" aria-hidden="true" />{" "}
                    {say("tables.side", { held_out: true })}
                  </h4>
                  <Measures of={fit.heldOut} />
                </>
              )}
            </div>
            {listed.value ? (
              <Residuals fit={fit} rows={rows} others={others} chosen={chosen} />
            ) : (
              <Save
                name="predictions"
                of={(panel) => panel.querySelectorAll(".lr-chart").item(index)}
              />
            )}
          </section>
        ))}
        {!listed.value && <OwnRow view={view} />}
      </div>
      <p class="lr-sample">
        <button type="button" class="lr-link" aria-expanded={listed.value} onClick={flip(listed)}>
          {say("tables.listed", { listed: listed.value })}
        </button>{" "}
        {all > rows.length
          ? say("tables.sample", { shown: rows.length, all })
          : say("tables.all", { count: all })}{" "}
        {held_out_count > 0 && `${say("tables.held_out", { count: held_out_count })} `}
        {say("tables.residual")}
        {fits.length > MOST && ` ⋯ ${say("tables.targets", { count: fits.length - MOST })}.`}
      </p>
    </>
  );
}

/** Three numbers, a line each. */
const Measures = ({ of: { rmse, r2 } }: { of: Pick<Fitted, "rmse" | "r2"> }) => (
  <>
    <p>{say("tables.loss", { loss: rmse ** 2 })}</p>
    <p>{say("tables.rmse", { rmse })}</p>
    {!Number.isNaN(r2) && <p>{say("tables.r2", { r2: explained(r2) })}</p>}
  </>
);

interface ChartProps {
  readonly fit: Fitted;
  /** Which of the rows is pointed out; -1: none. */
  readonly chosen: number;
}

function Chart({ fit, chosen }: ChartProps) {
  const { ticks, points, rings, residuals, beyond, count: far, at } = chartOf(fit);
  const [x, y] = at(chosen) ?? [];
  return (
    <svg
      class="lr-chart"
      viewBox={`-50 -6 ${SIZE + 58} ${SIZE + 38}`}
      role="img"
      aria-label={say("tables.chart", {
        target: isolated(fit.name),
        count: fit.targets.length,
        rmse: fit.rmse,
        beyond: far,
      })}
    >
      <g class="lr-axes">
        <rect width={SIZE} height={SIZE} />
        {ticks.map(({ text, at }) => (
          <g key={at}>
            <path d={`M${at} 0V${SIZE}M0 ${SIZE - at}H${SIZE}`} />
            <text x={at} y={SIZE + 13} text-anchor="middle">
              {text}
            </text>
            <text x={-5} y={SIZE - at + 3.5} text-anchor="end">
              {text}
            </text>
          </g>
        ))}
        <text x={SIZE / 2} y={SIZE + 28} text-anchor="middle">
          {say("tables.value", { column: "target" })}
        </text>
      </g>
      <path class="lr-perfect" d={`M0 ${SIZE}L${SIZE} 0`} />
      <path class="lr-residuals" d={residuals} />
      <path class="lr-points" d={points} />
      <path class="lr-hollow" d={rings} />
      <path class="lr-beyond" d={beyond} />
      <text x={5} y={13}>
        {say("tables.value", { column: "prediction" })}
      </text>
      {x !== undefined && <circle class="lr-chosenpoint" cx={x} cy={y} r={6} />}
    </svg>
  );
}

interface ResidualsProps extends ChartProps {
  readonly rows: readonly string[];
  /** Those held out. */
  readonly others: readonly string[];
}

function Residuals({ fit, rows, others, chosen }: ResidualsProps) {
  const { name, heldOut } = fit;
  const targets = [...fit.targets, ...(heldOut?.targets ?? [])];
  const predictions = [...fit.predictions, ...(heldOut?.predictions ?? [])];
  const residuals = predictions.map((prediction, row) => prediction - (targets[row] ?? 0));
  return (
    <Numbers
      label={say("tables.residuals", { target: isolated(name) })}
      corner={say("tables.row")}
      rows={[...rows, ...others.map((row) => say("tables.held_row", { row }))]}
      lit={chosen}
      columns={[
        [say("tables.value", { column: "target" }), targets],
        [say("tables.value", { column: "prediction" }), predictions],
        [say("tables.value", { column: "residual" }), residuals],
      ]}
    />
  );
}
