/** "What the data say": the findings, and weights and biases beside the best ones. */

import { useComputed } from "@preact/signals";
import { type Coefficients, decodeCoefficients } from "../kernel/coefficients";
import { type Column, Numbers } from "../parts/numbers";
import { Unbroken } from "../parts/unbroken";
import { drawsLine, type View } from "../state/view";
import { tellingApart } from "../text/apart";
import { isolated } from "../text/format";
import { say } from "../text/say";
import { YourData } from "./data/paste";

export function Said({ view }: { view: View }) {
  return (
    <div class="lr-data">
      <YourData view={view} />
      {!view.kept.paste.open.value &&
        (drawsLine(view) ? (
          <p class="lr-sample">{say("tables.after_line")}</p>
        ) : (
          <Findings view={view} />
        ))}
    </div>
  );
}

function Findings({ view }: { view: View }) {
  const { _coefficients, _names, _findings, standardize } = view.run.traits;
  const { features, targets } = useComputed(() =>
    decodeCoefficients(_coefficients.value, _names.value),
  ).value;
  const { features: all = [], targets: goals = [] } = _names.value;
  const rest = [
    all.length > features.length && say("tables.features", { count: all.length - features.length }),
    goals.length > targets.length &&
      say("tables.targets", { count: goals.length - targets.length }),
  ].filter(Boolean);
  return (
    <>
      <p class="lr-sample">{view.run.traits._summary}</p>
      <ul class="lr-findings">
        {_findings.value.map((finding) => (
          <li key={finding}>
            <Unbroken>{view.told(finding)}</Unbroken>
          </li>
        ))}
      </ul>
      {targets.length > 0 && (
        <>
          <div class="lr-coefficients">
            {targets.map((one, index) => (
              <Target key={index} one={one} features={features} scaled={standardize.value} />
            ))}
          </div>
          <p class="lr-sample">
            {say("tables.best")}
            {standardize.value && ` ${say("tables.scaled")}`}
            {rest.length > 0 && ` ⋯ ${rest.join(", ")}.`}
          </p>
        </>
      )}
    </>
  );
}

interface TargetProps {
  readonly one: Coefficients;
  readonly features: readonly string[];
  readonly scaled: boolean;
}

function Target({ one, features, scaled }: TargetProps) {
  const columns: Column[] = [
    [say("tables.coefficient", { column: "now" }), one.now],
    [say("tables.coefficient", { column: "best" }), one.best],
  ];
  if (scaled)
    columns.push(
      [say("tables.coefficient", { column: "now_scaled" }), one.scaledNow],
      [say("tables.coefficient", { column: "best_scaled" }), one.scaledBest],
    );
  return (
    <Numbers
      label={say("tables.coefficients", { target: isolated(one.target) })}
      corner={one.target}
      rows={[...features, say("tables.bias")]}
      brief={[...tellingApart(features), say("tables.bias")]}
      columns={columns}
    />
  );
}
