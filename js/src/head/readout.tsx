/** What the panel says: title, state, place, losses, progress, alert. */

import { effect, untracked, useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { Icon } from "../parts/icon";
import { Unbroken } from "../parts/unbroken";
import { advice, place, played, sentence } from "../state/status";
import type { View } from "../state/view";
import { bestPossible } from "../text/best";
import { timeLeft } from "../text/eta";
import { count, counted, measured } from "../text/format";

const WAITING = {
  no: "",
  "a while": "waiting for the kernel…",
  long: "waiting for the kernel: busy, or gone?",
} as const;

/** The table's name, and under it its size, or what is to be known of the kernel. */
export function Name({ view }: { view: View }) {
  const { traits, waiting, mode, gone } = view.run;
  const title = traits._title.value || "Linear regression";
  const kernel = gone.value
    ? "the kernel is gone"
    : mode.value === "kernel"
      ? WAITING[waiting.value]
      : mode.value === "plays"
        ? "recorded run, no kernel"
        : "no kernel";
  return (
    <div class="lr-name" title={`${title}: ${traits._summary.value}`}>
      <bdi class="lr-title">{title}</bdi>
      <span class="lr-summary" hidden={kernel !== ""}>
        {traits._summary}
      </span>
      <span class="lr-waiting" data-waiting={waiting.value}>
        {kernel}
      </span>
    </div>
  );
}

export function State({ view }: { view: View }) {
  const status = view.run.traits.status.value;
  const poor = status === "finished" && view.poor.value;
  return (
    <span class={`lr-state lr-state-${poor ? "poor" : status}`} aria-hidden="true">
      <Icon
        name={
          poor ? "ready" : status === "running" ? "run" : status === "paused" ? "pause" : status
        }
      />
      {status}
    </span>
  );
}

/** For the eye: as fast as it changes. The same words are in the status line for the ear. */
export function Place({ view }: { view: View }) {
  const at = view.standing.value;
  const words = advice(at);
  return (
    <div class={`lr-place lr-place-${at.status}`}>
      <div aria-hidden="true">
        {words !== null && <Unbroken>{words}</Unbroken>}
        {words === null &&
          place(at).map((part, index) => (index % 2 ? <b key={part}>{part}</b> : part))}
      </div>
      {words === null && <Pace view={view} />}
    </div>
  );
}

/** How much is done, how long the rest will take, and how fast it goes. */
function Pace({ view }: { view: View }) {
  const { traits, pace } = view.run;
  const update = traits.update.value;
  const running = traits.status.value === "running";
  const left = running ? timeLeft(Math.max(1, traits._total.value) - update, pace.value) : "";
  const speed =
    running && pace.value !== null ? `${count(rounded(pace.value))} updates a second` : "";
  return <div class="lr-pace">{[`${done(view)}%`, left, speed].filter(Boolean).join(" · ")}</div>;
}

const done = ({ run: { traits } }: View): number =>
  Math.floor(100 * Math.min(1, traits.update.value / Math.max(1, traits._total.value)));

/** Milliseconds between two sentences of a run under way. */
const CALM = 1_000;

/** The status line for screen readers: at once when something ends, once a second while it goes on. */
export function SpokenStatus({ view }: { view: View }) {
  const spoken = useSignal(sentence(view.standing.peek()));
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    let warnedIn: string | null = null;
    const say = () => {
      timer = undefined;
      const at = view.standing.peek();
      const words = sentence(at);
      const { kind, words: warning } = at.explained ?? {};
      // A warning stays for many updates: it is said in the first sentence, not in each.
      warnedIn = kind && kind !== "diverged" ? (warnedIn ?? words) : null;
      spoken.value = warnedIn === words ? `${words} · ${warning}` : words;
    };
    const stop = effect(() => {
      const running = view.standing.value.status === "running";
      if (running) timer ??= setTimeout(say, CALM);
      else {
        clearTimeout(timer);
        untracked(say);
      }
    });
    return () => {
      stop();
      clearTimeout(timer);
    };
  }, []);
  return (
    <div class="lr-spoken" role="status" aria-live="polite">
      {spoken}
      {view.run.waiting.value === "long" && " · waiting for the kernel"}
    </div>
  );
}

export function LossReadout({ view }: { view: View }) {
  const { batch, epoch, full } = view.losses.value;
  const floor = view.run.traits._floor.value;
  const { status } = view.standing.value;
  const known = (loss: number) => (Number.isNaN(loss) ? "–" : measured(loss));
  const show = status === "diverged" ? measured : known;
  const named = [
    ["last batch", show(batch), "The loss of the last batch, before its update"],
    ["epoch mean", show(epoch), "The mean of the batch losses of the last complete epoch"],
    ["full data", show(full), "The loss of all rows, with w and b as they are now"],
    ["best possible", known(bestPossible(floor)), "The least loss that any w and b reach"],
  ] as const;
  return (
    <div class="lr-losses">
      {named.map(([name, loss, title]) => (
        <div key={name} title={title}>
          <span>{name}</span> <b>{loss}</b>
        </div>
      ))}
    </div>
  );
}

export function Progress({ view }: { view: View }) {
  const share = done(view);
  return (
    <progress aria-label="Progress" value={share} max={100}>
      {share}%
    </progress>
  );
}

/** Three significant digits: more would only flicker. */
const rounded = (x: number) => Number(x.toPrecision(x < 100 ? 2 : 3));

const LOST = "The kernel of this run was restarted or has ended. Run the cell again to train";
const KEPT = "Until then this page shows what it showed last.";

/** What the page can do without a kernel. */
export function withoutKernel(view: View): string {
  const { barred } = view.standing.value;
  const plays = view.run.mode.value === "plays";
  if (view.run.gone.value)
    return plays
      ? `${LOST}; until then this page ${played(barred)}${covers(view)}`
      : `${LOST}. ${KEPT}`;
  const rest =
    "Settings, w and b, stops and comparisons need a kernel: open the notebook and run its cells.";
  return plays
    ? `This page ${played(barred)} ${rest}${covers(view)}`
    : `This page has no kernel, and shows how the run stood. ${rest}`;
}

/** What is not on the tape; "" where everything is. */
function covers({ run }: View): string {
  const { updates = 0, whole = 0 } = run.covered.value ?? {};
  const all = run.traits._recorded.value;
  const some =
    updates < all
      ? ` It has ${count(updates)} of its ${counted(all, "update")}; the others are skipped.`
      : "";
  return whole < all
    ? `${some} Phases are recorded of the first ${counted(whole, "update")}.`
    : some;
}
