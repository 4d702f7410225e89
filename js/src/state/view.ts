/** One view of a run: what its components share. */

import { computed, type ReadonlySignal, signal } from "@preact/signals";
import type { WireFrame } from "../kernel/contract";
import { type Column, decodeCurve, decodeLosses, type Losses } from "../kernel/decode";
import { isOwn } from "../kernel/player";
import type { Run } from "../kernel/run";
import { say } from "../text/say";
import { type Control, LOCKED } from "./lesson";
import { createMicroscope, type Microscope } from "./micro";
import { type Abilities, abilities, type Standing } from "./status";

export interface View {
  readonly run: Run;
  /** Makes ids unique among the views on the page. */
  readonly id: string;
  /** Why something that was typed here is not taken; "" when all is well. */
  readonly refusal: ReadonlySignal<string>;
  /** Say so, or with "" that all is well. It holds until the run moves, or anything is set. */
  refuse(words: string): void;
  /** Why controls that need a kernel cannot be used; undefined where they can. */
  readonly needs: ReadonlySignal<string | undefined>;
  /** Whether the lesson leaves a control out of the page, or shows it without its use. */
  hidden(control: Control): boolean;
  locked(control: Control): boolean;
  /** Why a control cannot be used; undefined where it can. Some are the page's own: they need no kernel. */
  bar(control: Control, own?: boolean): string | undefined;
  /** The guess that is asked for: what takes it, and whether it was asked for here. */
  readonly asked: { field: HTMLElement | null; here: boolean };
  readonly standing: ReadonlySignal<Standing>;
  /** One signal each: they seldom change, however fast the standing does. */
  readonly able: { readonly [K in keyof Abilities | "reset" | "toggle"]: ReadonlySignal<boolean> };
  readonly losses: ReadonlySignal<Losses>;
  readonly curve: ReadonlySignal<readonly Column[]>;
  readonly micro: Microscope;
}

let views = 0;

/** What can be set in the page. */
const SETTABLE = [
  ...([
    "learning_rate",
    "epochs",
    "batch_size",
    "seed",
    "standardize",
    "step_by",
    "speed",
  ] as const),
  ...(["stop_within", "stop_patience"] as const),
];

/** What the frame says, if it is of the moment shown: within a run it is sent less often. */
const saidOf = ({ sentence = "", update, ended }: Partial<WireFrame>, done: number): string =>
  update === undefined || update === (ended ? done : done + 1) ? sentence : "";

export function createView(run: Run): View {
  const { traits, recorded, gone, mode } = run;
  // Where the run stands and how it goes on; within a run, not each of its updates.
  const state = computed(() =>
    [
      traits.status.value,
      traits.status.value !== "running" && [traits.update.value, traits._phase.value],
      ...SETTABLE.map((name) => traits[name].value),
      traits._question.value.words,
      gone.value,
    ].join(),
  );
  const refused = signal({ words: "", at: "" });
  const refuse = (words: string) => {
    refused.value = { words, at: state.value };
  };
  const refusal = computed(() => (refused.value.at === state.value ? refused.value.words : ""));
  const needs = computed(() => {
    if (mode.value === "kernel") return undefined;
    if (gone.value) return say("page.needs_gone");
    return mode.value === "plays" ? say("page.needs_here") : say("page.needs");
  });
  const hidden = (control: Control) => traits.hide.value.includes(control);
  const locked = (control: Control) => traits.lock.value.includes(control);
  const barred = (control: Control) => hidden(control) || locked(control);
  const asked: View["asked"] = { field: null, here: false };
  /** Step and Run may be answered by a question, which takes the focus in the window that pressed. */
  const press = () => {
    asked.here = true;
    asked.field?.focus({ preventScroll: true });
  };
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
    said: saidOf(traits._frame.value, traits.update.value),
    explained: traits._explained.value,
    notice: traits._notice.value,
    recorded: mode.value === "plays",
    stuck: mode.value === "still",
    barred: [...traits.hide.value, ...traits.lock.value],
  }));
  const all = computed(() => abilities(standing.value));
  views += 1;
  return {
    run: {
      ...run,
      set(name, value) {
        if (needs.value && !isOwn(name)) refuse(needs.value);
        else run.set(name, value);
      },
      ask(request) {
        if (needs.value) refuse(needs.value);
        else run.ask(request);
      },
      step(held) {
        if (!held) press();
        run.step(held);
      },
      toggle() {
        press();
        run.toggle();
      },
    },
    needs,
    hidden,
    locked,
    bar: (control, own = false) =>
      barred(control) ? LOCKED : own && mode.value !== "still" ? undefined : needs.value,
    asked,
    id: `linreg-${views}-${Math.random().toString(36).slice(2, 8)}`,
    refusal,
    refuse,
    standing,
    able: {
      back: computed(() => !barred("back") && (recorded.value ?? all.value).back),
      step: computed(() => !barred("step") && (recorded.value ?? all.value).step),
      run: computed(() => (recorded.value ?? all.value).run),
      reset: computed(() => !barred("reset") && mode.value !== "still"),
      toggle: computed(
        () =>
          !barred("run") &&
          (traits.status.value === "running" || (recorded.value ?? all.value).run),
      ),
    },
    losses,
    curve: computed(() => decodeCurve(traits._curve.value)),
    micro,
  };
}
