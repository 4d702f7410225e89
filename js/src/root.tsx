/** The panel's root: head and stage, and the keys. */

import type { ReadonlySignal } from "@preact/signals";
import type { TargetedKeyboardEvent } from "preact";
import { Head } from "./head/head";
import { Computed } from "./head/readout";
import { PageLink } from "./link";
import { leaveFor } from "./parts/cells";
import type { Theme } from "./parts/theme";
import { Stage } from "./stage";
import { actionFor, hasText, passes } from "./state/keys";
import type { View } from "./state/view";
import { say } from "./text/say";

export function Root({ view, theme }: { view: View; theme: ReadonlySignal<Theme> }) {
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset would bring each notebook's form styles
    <div
      // A page with MathJax would take dollars in names for formulas.
      class="linreg mathjax_ignore tex2jax_ignore"
      // Also in a notebook of another language, or from right to left; names in it are isolated.
      lang={view.run.traits.lang.value}
      dir="ltr"
      role="group"
      aria-label={say("head.panel")}
      data-theme={theme}
      data-lm-suppress-shortcuts="true"
      // biome-ignore lint/a11y/noNoninteractiveTabindex: the panel as a whole takes keys
      tabIndex={0}
      onKeyDown={(event) => onKey(event, view)}
    >
      <div class="lr-card">
        <Head view={view} />
        <Stage view={view} />
        <OnPaper view={view} />
        <Computed view={view} />
        <PageLink view={view} />
      </div>
    </div>
  );
}

/** On paper the settings stand in a line; what sets them is of no use there. */
function OnPaper({ view }: { view: View }) {
  const { learning_rate, batch_size, seed, standardize, shuffle, epochs } = view.run.traits;
  return (
    <p class="lr-onpaper" aria-hidden="true">
      {say("head.on_paper", {
        name: say("runs.name", {
          rate: learning_rate.value,
          batch: batch_size.value,
          seed: seed.value,
          standardize: standardize.value,
          shuffle: shuffle.value,
        }),
        epochs: epochs.value,
      })}
    </p>
  );
}

function onKey(event: TargetedKeyboardEvent<HTMLElement>, view: View): void {
  const { run, able, bar, undoes, undoBar } = view;
  const { key, shiftKey, ctrlKey, metaKey, altKey } = event;
  if (key === "Enter" && shiftKey && !(ctrlKey || metaKey || altKey)) {
    event.preventDefault();
    event.stopPropagation();
    leaveFor(event.currentTarget);
    return;
  }
  // A notebook in command mode would take "d d", "a", Ctrl A or the arrows for its own.
  if (!passes(event)) event.stopPropagation();
  if (event.defaultPrevented) return;
  if (ctrlKey || metaKey || altKey) {
    if (/^z$/i.test(key) && !shiftKey && !hasText(event.target as HTMLElement)) {
      event.preventDefault();
      if (undoes.value && !undoBar.value && !bar("keys", true)) run.ask({ kind: "undo" });
    }
    // All of the page would be selected.
    if (/^a$/i.test(key) && !hasText(event.target as HTMLElement)) event.preventDefault();
    return;
  }
  const action = actionFor(key, event.target as HTMLElement);
  if (action === null) return;
  event.preventDefault();
  if (bar("keys", true)) return;
  if (action === "step" && able.step.value) run.step(event.repeat);
  if (action === "back" && able.back.value) run.back(event.repeat);
  if (event.repeat) return;
  if (action === "toggle" && able.toggle.value) run.toggle();
  if (action === "reset" && able.reset.value) run.reset();
}
