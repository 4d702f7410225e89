/** One view of a run: what its components share. */

import { computed, type ReadonlySignal, type Signal, signal } from "@preact/signals";
import { type Column, decodeCurve, decodeLosses, type Losses } from "./decode";
import { createMicroscope, type Microscope } from "./micro";
import type { Run } from "./run";
import { type Abilities, abilities, type Standing } from "./status";

export interface View {
  readonly run: Run;
  /** Makes ids unique among the views on the page. */
  readonly id: string;
  /** Why something that was typed here is not taken; "" when all is well. */
  readonly refusal: Signal<string>;
  readonly standing: ReadonlySignal<Standing>;
  /** One signal each: they seldom change, however fast the standing does. */
  readonly able: { readonly [K in keyof Abilities]: ReadonlySignal<boolean> };
  readonly losses: ReadonlySignal<Losses>;
  readonly curve: ReadonlySignal<readonly Column[]>;
  readonly micro: Microscope;
}

let views = 0;

export function createView(run: Run): View {
  const { traits } = run;
  const micro = createMicroscope(traits);
  const losses = computed(() => decodeLosses(traits._losses.value));
  const standing = computed<Standing>(() => ({
    status: traits.status.value,
    update: traits.update.value,
    total: traits._total.value,
    phase: traits._phase.value,
    epoch: traits._epoch.value,
    epochs: traits.epochs.value,
    batch: traits._batch.value,
    batches: traits._batches.value,
    loss: losses.value.batch,
    stepBy: traits.step_by.value,
    learningRate: traits.learning_rate.value,
    limit: traits._limit.value,
    said: traits._frame.value.sentence ?? "",
    explained: traits._explained.value,
    notice: traits._notice.value,
  }));
  const all = computed(() => abilities(standing.value));
  views += 1;
  return {
    run,
    id: `linreg-${views}-${Math.random().toString(36).slice(2, 8)}`,
    refusal: signal(""),
    standing,
    able: {
      back: computed(() => all.value.back),
      step: computed(() => all.value.step),
      run: computed(() => all.value.run),
    },
    losses,
    curve: computed(() => decodeCurve(traits._curve.value)),
    micro,
  };
}
