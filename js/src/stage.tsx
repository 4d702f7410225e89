/** The stage below the head: tabs, and what the open one shows. */

import { useComputed, useSignal } from "@preact/signals";
import type { ComponentChildren, TargetedKeyboardEvent } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";
import type { Tab } from "./kernel/contract";
import { barredBy, flip } from "./parts/attributes";
import { Lock } from "./parts/lock";
import { reveal } from "./parts/reveal";
import { help } from "./state/keys";
import { type View, whyLocked } from "./state/view";
import { Compare } from "./tabs/compare";
import { Said } from "./tabs/data";
import { GraphOf } from "./tabs/graph/graph";
import { DataAndLine } from "./tabs/line/line";
import { Loss } from "./tabs/loss/loss";
import { Inside } from "./tabs/microscope/inside";
import { Predictions } from "./tabs/predictions/predictions";
import { Valley } from "./tabs/valley";
import { say } from "./text/say";

type Show = (props: { readonly view: View }) => ComponentChildren;

const CONTENTS: Readonly<Record<Tab, Show>> = {
  loss: Loss,
  microscope: Inside,
  graph: GraphOf,
  line: DataAndLine,
  predictions: Predictions,
  compare: Compare,
  data: Said,
  valley: Valley,
};

/** On a wide page the loss stands beside the other tabs. */
export function Stage({ view }: { view: View }) {
  const asked = useSignal(false);
  const tab = view.tab.value;
  const Show = CONTENTS[tab];
  const beside = view.wide.value && view.tabs.value.includes("loss");
  if (view.tabs.value.length === 0) return null;
  return (
    <div class={beside ? "lr-stage lr-two" : "lr-stage"}>
      {beside && (
        <section class="lr-beside" aria-label={say("controls.label", { control: "loss" })}>
          <div class="lr-tabs">
            <span class="lr-tab lr-alone">{say("controls.label", { control: "loss" })}</span>
          </div>
          <div class="lr-panel">
            <Loss view={view} />
          </div>
        </section>
      )}
      {(!beside || tab !== "loss") && (
        <div class="lr-chosen">
          <Tabs view={view} beside={beside}>
            {!view.hidden("keys") && (
              <button
                type="button"
                class="lr-tab lr-ask-keys"
                aria-label={say("keys.name")}
                aria-expanded={asked.value}
                {...barredBy(view.locked("keys") ? whyLocked() : undefined, say("keys.title"))}
                onClick={view.locked("keys") ? undefined : flip(asked)}
              >
                {view.locked("keys") ? <Lock view={view} control="keys" /> : "?"}
              </button>
            )}
          </Tabs>
          <div
            class={`lr-panel lr-panel-${tab}`}
            role="tabpanel"
            id={`${view.id}-panel`}
            aria-labelledby={`${view.id}-tab-${tab}`}
          >
            {asked.value && !view.locked("keys") ? <Keys /> : <Show view={view} />}
          </div>
        </div>
      )}
    </div>
  );
}

interface TabsProps {
  readonly view: View;
  readonly beside: boolean;
  readonly children: ComponentChildren;
}

const MOVES: Readonly<Record<string, number>> = { ArrowRight: 1, ArrowLeft: -1 };

function Tabs({ view, beside, children }: TabsProps) {
  const chosen = view.tab.value;
  const tabs = view.tabs.value.filter((tab) => !beside || tab !== "loss");
  const list = useRef<HTMLDivElement>(null);
  // Also where the lesson opens a tab, or an act does.
  useLayoutEffect(() => {
    reveal(list.current, list.current?.querySelector(`[data-tab="${chosen}"]`));
  }, [chosen, tabs.length]);
  const troubled = useComputed(() => Boolean(view.run.traits._explained.value.kind)).value;
  const points = troubled && chosen !== "loss";
  const onKeyDown = (event: TargetedKeyboardEvent<HTMLDivElement>) => {
    const free = tabs.filter((tab) => !view.locked(tab));
    const { key } = event;
    const by = MOVES[key];
    const at = key === "Home" ? 0 : key === "End" ? -1 : by && free.indexOf(chosen) + by;
    const next = at === undefined ? undefined : free.at(at % free.length);
    if (!next) return;
    event.preventDefault();
    view.open(next);
    event.currentTarget.querySelector<HTMLElement>(`[data-tab="${next}"]`)?.focus();
  };
  return (
    <div class="lr-tabs">
      <div
        ref={list}
        role="tablist"
        aria-label={say("head.tabs")}
        data-keys="own"
        onKeyDown={onKeyDown}
      >
        {tabs.map((tab) => (
          <button
            key={tab}
            type="button"
            role="tab"
            class={tab === "loss" && points ? "lr-tab lr-points" : "lr-tab"}
            id={`${view.id}-tab-${tab}`}
            data-tab={tab}
            data-keys="own"
            aria-selected={tab === chosen}
            aria-controls={`${view.id}-panel`}
            {...barredBy(view.locked(tab) ? whyLocked() : undefined)}
            tabIndex={tab === chosen ? 0 : -1}
            onClick={() => view.open(tab)}
          >
            {say("controls.label", { control: tab })}
            <Lock view={view} control={tab} />
          </button>
        ))}
      </div>
      {children}
    </div>
  );
}

const Keys = () => (
  <dl class="lr-help">
    {help().map(([key, does]) => (
      <div key={key}>
        <dt>
          <kbd>{key}</kbd>
        </dt>
        <dd>{does}</dd>
      </div>
    ))}
  </dl>
);
