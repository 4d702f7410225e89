/** "What the data say": the findings, and weights and biases beside the best ones. */

import { useComputed } from "@preact/signals";
import { type Coefficients, decodeCoefficients } from "../kernel/coefficients";
import { Numbers } from "../parts/numbers";
import { Unbroken } from "../parts/unbroken";
import type { View } from "../state/view";
import { counted, isolated } from "../text/format";

export function Said({ view }: { view: View }) {
  const { _coefficients, _names, _findings, standardize } = view.run.traits;
  const { features, targets } = useComputed(() =>
    decodeCoefficients(_coefficients.value, _names.value),
  ).value;
  const { features: all = [], targets: goals = [] } = _names.value;
  const rest = [
    all.length > features.length && counted(all.length - features.length, "more feature"),
    goals.length > targets.length && counted(goals.length - targets.length, "more target"),
  ].filter(Boolean);
  return (
    <div class="lr-data">
      <p class="lr-sample">{view.run.traits._summary}</p>
      <ul class="lr-findings">
        {_findings.value.map((finding) => (
          <li key={finding}>
            <Unbroken>{finding}</Unbroken>
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
            Best: least squares over all rows; no other w and b have a lower loss.
            {standardize.value && " Scaled: for features of mean 0 and standard deviation 1."}
            {rest.length > 0 && ` ⋯ ${rest.join(", ")}.`}
          </p>
        </>
      )}
    </div>
  );
}

interface TargetProps {
  readonly one: Coefficients;
  readonly features: readonly string[];
  readonly scaled: boolean;
}

function Target({ one, features, scaled }: TargetProps) {
  const columns: (readonly [head: string, numbers: readonly number[]])[] = [
    ["now", one.now],
    ["best", one.best],
  ];
  if (scaled) columns.push(["now, scaled", one.scaledNow], ["best, scaled", one.scaledBest]);
  return (
    <Numbers
      label={`${isolated(one.target)}: weights and bias`}
      corner={one.target}
      rows={[...features, "bias"]}
      columns={columns}
    />
  );
}
