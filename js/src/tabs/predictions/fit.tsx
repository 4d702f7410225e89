/** Predictions against targets for all rows: a chart and a table for each target. */

import { type Signal, useComputed } from "@preact/signals";
import { Numbers } from "../../parts/numbers";
import { short } from "../../state/digits";
import type { View } from "../../state/view";
import { count, counted, isolated, measured } from "../../text/format";
import { chartOf, decodeFit, type Fitted, SIZE } from "./fitting";

/** More charts than this would be no overview. */
const MOST = 6;

interface FitProps {
  readonly view: View;
  /** Whether the rows are listed beside the charts. */
  readonly all: Signal<boolean>;
}

export function Fit({ view, all: listed }: FitProps) {
  const { _fit } = view.run.traits;
  const fits = useComputed(() => decodeFit(_fit.value, view.micro.fit.value)).value;
  const { rows = [], count: all = rows.length } = _fit.value;
  return (
    <>
      <div class={listed.value ? "lr-fits lr-listed" : "lr-fits"}>
        {fits.slice(0, MOST).map((fit) => (
          <section key={fit.name} class="lr-onefit">
            <h4>
              <bdi>{fit.name}</bdi> <span>loss {measured(fit.rmse ** 2)}</span>{" "}
              <span>RMSE {measured(fit.rmse)}</span>{" "}
              <span>largest residual {measured(fit.worst)}</span>
            </h4>
            <Chart fit={fit} />
            {listed.value && <Residuals fit={fit} rows={rows} />}
          </section>
        ))}
      </div>
      <p class="lr-sample">
        <button
          type="button"
          class="lr-link"
          aria-expanded={listed.value}
          onClick={() => {
            listed.value = !listed.value;
          }}
        >
          {listed.value ? "Charts alone" : "All rows as a table"}
        </button>{" "}
        {all > rows.length
          ? `A sample of ${count(rows.length)} of ${count(all)} rows, RMSE of all.`
          : `All ${counted(all, "row")}.`}{" "}
        Residual: prediction minus target. Loss: the mean of their squares; RMSE: its root.
        Triangles: off the chart.
        {fits.length > MOST && ` ⋯ ${counted(fits.length - MOST, "more target")}.`}
      </p>
    </>
  );
}

function Chart({ fit }: { fit: Fitted }) {
  const { ticks, points, residuals, beyond, count: far } = chartOf(fit);
  return (
    <svg
      class="lr-chart"
      viewBox={`-34 -6 ${SIZE + 42} ${SIZE + 38}`}
      role="img"
      aria-label={`${isolated(fit.name)}: predictions against ${counted(fit.targets.length, "target")}, RMSE ${measured(fit.rmse)}, ${far} beyond the chart`}
    >
      <g class="lr-axes">
        <rect width={SIZE} height={SIZE} />
        {ticks.map(({ value, at }) => (
          <g key={value}>
            <path d={`M${at} 0V${SIZE}M0 ${SIZE - at}H${SIZE}`} />
            <text x={at} y={SIZE + 13} text-anchor="middle">
              {short(value)}
            </text>
            <text x={-5} y={SIZE - at + 3.5} text-anchor="end">
              {short(value)}
            </text>
          </g>
        ))}
        <text x={SIZE / 2} y={SIZE + 28} text-anchor="middle">
          target
        </text>
        <text x={5} y={13}>
          prediction
        </text>
      </g>
      <path class="lr-perfect" d={`M0 ${SIZE}L${SIZE} 0`} />
      <path class="lr-residuals" d={residuals} />
      <path class="lr-points" d={points} />
      <path class="lr-beyond" d={beyond} />
    </svg>
  );
}

interface ResidualsProps {
  readonly fit: Fitted;
  readonly rows: readonly string[];
}

function Residuals({ fit: { name, targets, predictions }, rows }: ResidualsProps) {
  const residuals = predictions.map((prediction, row) => prediction - (targets[row] ?? 0));
  return (
    <Numbers
      label={`${isolated(name)}: residuals`}
      corner="row"
      rows={rows}
      columns={[
        ["target", targets],
        ["prediction", predictions],
        ["residual", residuals],
      ]}
    />
  );
}
