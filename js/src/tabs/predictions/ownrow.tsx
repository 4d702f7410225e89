/** A row of the reader's own: its features are typed, and its predictions written out. */

import { useComputed } from "@preact/signals";
import { decodeCoefficients } from "../../kernel/coefficients";
import { TYPED } from "../../parts/attributes";
import { short } from "../../state/digits";
import type { View } from "../../state/view";
import { tellingApart } from "../../text/apart";
import { isolated, meant, typed } from "../../text/format";
import { say } from "../../text/say";

export function OwnRow({ view }: { view: View }) {
  const { _coefficients, _names } = view.run.traits;
  const { row } = view.kept;
  const { features, targets } = useComputed(() =>
    decodeCoefficients(_coefficients.value, _names.value),
  ).value;
  const { features: all = [] } = _names.value;
  // The weights of the leading features are here; a prediction takes all of them.
  if (features.length < all.length || targets.length === 0) return null;
  const named = tellingApart(features);
  const texts = features.map((_, index) => row.value[index]?.trim() ?? "");
  const numbers = texts.map((text) => (text ? typed(text) : Number.NaN));
  const wrong = texts.find((text, index) => text && !Number.isFinite(numbers[index]));
  return (
    <section class="lr-own">
      <h4>{say("tables.own")}</h4>
      <div class="lr-own-fields">
        {features.map((feature, index) => (
          <label key={index} title={feature}>
            <bdi>{named[index]}</bdi>
            <input
              class="lr-field"
              {...TYPED}
              aria-label={feature}
              value={row.value[index] ?? ""}
              aria-invalid={texts[index] && !Number.isFinite(numbers[index]) ? "true" : undefined}
              onInput={({ currentTarget }) => {
                row.value = features.map((_, at) =>
                  at === index ? currentTarget.value : (row.value[at] ?? ""),
                );
              }}
            />
          </label>
        ))}
      </div>
      <div class="lr-own-words" aria-live="polite">
        {numbers.every(Number.isFinite) ? (
          targets.map(({ target, now }, index) => (
            <p key={index}>{written(isolated(target), numbers, now)}</p>
          ))
        ) : (
          <p>{wrong === undefined ? say("tables.own_start") : refusal(wrong)}</p>
        )}
      </div>
    </section>
  );
}

/** A prediction as the sum that it is: "Mangoes = 73 · 0.3 + 67 · 0.5 + 1 = 56.4". */
function written(target: string, row: readonly number[], weights: readonly number[]): string {
  const bias = weights[row.length] ?? Number.NaN;
  const products = row.map((x, index) => x * (weights[index] ?? Number.NaN));
  const terms = row.map((x, index) => `${short(x)} · ${inSum(weights[index] ?? Number.NaN)}`);
  const prediction = products.reduce((sum, product) => sum + product, bias);
  const sum = [...terms, inSum(bias)].join(" + ");
  return say("tables.own_sum", { target, sum, prediction: short(prediction) });
}

const inSum = (x: number): string => (x < 0 ? `(${short(x)})` : short(x));

function refusal(text: string): string {
  const hint = meant(text);
  return say("tables.own_refused", { text, hint: Number.isFinite(hint) ? String(hint) : "none" });
}
