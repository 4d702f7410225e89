/** What the panel says: title, state, place, losses, progress, alert. */

import { computed, effect, untracked, useComputed, useSignal } from "@preact/signals";
import { useEffect, useMemo } from "preact/hooks";
import { flip } from "../parts/attributes";
import { Icon } from "../parts/icon";
import { Unbroken } from "../parts/unbroken";
import { advice, place, played, sentence } from "../state/status";
import { drawsLine, type View } from "../state/view";
import { bestPossible } from "../text/best";
import { timeLeft } from "../text/eta";
import { measured } from "../text/format";
import { say } from "../text/say";
import { zoneOf } from "../text/scales";
import { comparison } from "../text/settings";

/** The table's name, and under it its size, or what is to be known of the kernel. */
export function Name({ view }: { view: View }) {
  const { traits, waiting, mode, gone } = view.run;
  const title = traits._title.value || say("head.title");
  const kernel = gone.value
    ? say("head.gone")
    : mode.value === "kernel" || mode.value === "trains"
      ? say("head.waiting", { waiting: waiting.value })
      : mode.value === "plays"
        ? say("head.plays")
        : say("head.still");
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
      {say("head.status", { status })}
    </span>
  );
}

/**
 * For the eye: as fast as it changes. The same words are in the status line for the ear.
 *
 * Numbers are signals that stand in the page: a step writes them there, and renders nothing.
 */
export function Place({ view }: { view: View }) {
  const status = view.run.traits.status.value;
  const words = useComputed(() => advice(view.standing.value)).value;
  const parts = useComputed(() => place(view.standing.value));
  const count = useComputed(() => parts.value.length).value;
  const each = useMemo(
    () => Array.from({ length: count }, (_, index) => computed(() => parts.value[index])),
    [parts, count],
  );
  return (
    <div class={`lr-place lr-place-${status}`}>
      <div aria-hidden="true">
        {words !== null && <Unbroken>{words}</Unbroken>}
        {words === null &&
          each.map((part, index) => (index % 2 ? <b key={index}>{part}</b> : part))}
      </div>
      {words === null && <Pace view={view} />}
    </div>
  );
}

/** How much is done, how long the rest will take, and how fast it goes. */
function Pace({ view }: { view: View }) {
  const { traits, pace } = view.run;
  const words = useComputed(() => {
    const update = traits.update.value;
    const running = traits.status.value === "running";
    const left = running ? timeLeft(Math.max(1, traits._total.value) - update, pace.value) : "";
    const speed =
      running && pace.value !== null ? say("head.pace", { updates: rounded(pace.value) }) : "";
    return [`${done(view)}%`, left, speed].filter(Boolean).join(" · ");
  });
  return <div class="lr-pace">{words}</div>;
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
    let said = "";
    let rate = view.standing.peek().learning_rate;
    const speak = () => {
      timer = undefined;
      const at = view.standing.peek();
      const words = sentence(at);
      const { kind, words: warning } = at.explained ?? {};
      // A warning stays for many updates: it is said in the first sentence, not in each.
      warnedIn = kind && kind !== "diverged" ? (warnedIn ?? words) : null;
      const { full } = view.losses.peek();
      const rests = at.status !== "running" && at.update > 0 && Number.isFinite(full);
      const loss = rests && `${say("losses.name", { loss: "full" })} ${measured(full)}`;
      const now = [words, loss, warnedIn === words && warning].filter(Boolean).join(" · ");
      // A rate that was chosen changes nothing yet but what is to be expected of it.
      if (now !== said) spoken.value = said = now;
      else if (rate !== at.learning_rate) spoken.value = verdict(view);
      rate = at.learning_rate;
    };
    const stop = effect(() => {
      const running = view.standing.value.status === "running";
      if (running) timer ??= setTimeout(speak, CALM);
      else {
        clearTimeout(timer);
        untracked(speak);
      }
    });
    return () => {
      stop();
      clearTimeout(timer);
    };
  }, []);
  const late = useComputed(() =>
    view.run.waiting.value === "long" ? ` · ${say("head.waiting_spoken")}` : "",
  );
  // Signals, not their values: to render it again would write the same words again, and they would be said again.
  return (
    <div class="lr-spoken" role="status" aria-live="polite">
      {spoken}
      {late}
    </div>
  );
}

/** What is to be expected of the learning rate; "" where nothing is known of it. */
function verdict({ standing, run }: View): string {
  const { learning_rate: rate, limit } = standing.peek();
  const zone = zoneOf(rate, limit, run.traits._worst.peek());
  return zone ? `${say("knobs.zone", { zone })} · ${comparison(rate, limit)}` : "";
}

const LOSSES = ["batch", "epoch", "full", "held_out", "floor"] as const;
type Loss = (typeof LOSSES)[number];

function lossOf(view: View, loss: Loss): string {
  const { traits } = view.run;
  const known = (value: number) => (Number.isNaN(value) ? "–" : measured(value));
  if (loss === "floor") return drawsLine(view) ? "?" : known(bestPossible(traits._floor.value));
  const value = view.losses.value[loss === "held_out" ? "heldOut" : loss];
  return traits.status.value === "diverged" ? measured(value) : known(value);
}

export function LossReadout({ view }: { view: View }) {
  /** For those who do not point: the meanings as text. */
  const told = useSignal(false);
  const holds = view.run.traits._held_out.value > 0;
  const named = LOSSES.filter((loss) => holds || loss !== "held_out");
  return (
    <>
      <div class="lr-losses">
        {named.map((loss) => (
          <div key={loss} title={say("losses.title", { loss })}>
            <span>{say("losses.name", { loss })}</span> <LossValue view={view} loss={loss} />
          </div>
        ))}
        {view.tabs.value.length > 0 && (
          <button
            type="button"
            class="lr-meanings"
            aria-label={say("losses.meanings")}
            title={say("losses.meanings")}
            aria-expanded={told.value}
            onClick={flip(told)}
          >
            ?
          </button>
        )}
      </div>
      {told.value && (
        <dl class="lr-told">
          {named.map((loss) => (
            <div key={loss}>
              <dt>{say("losses.name", { loss })}</dt>
              <dd>{say("losses.title", { loss })}</dd>
            </div>
          ))}
        </dl>
      )}
    </>
  );
}

const LossValue = ({ view, loss }: { view: View; loss: Loss }) => (
  <b>{useComputed(() => lossOf(view, loss))}</b>
);

export function Progress({ view }: { view: View }) {
  const share = useComputed(() => done(view)).value;
  return (
    <progress aria-label={say("head.progress")} value={share} max={100}>
      {share}%
    </progress>
  );
}

/** Three significant digits: more would only flicker. */
const rounded = (x: number) => Number(x.toPrecision(x < 100 ? 2 : 3));

/** Who computes what is shown, where that is not a kernel. */
export function Computed({ view }: { view: View }) {
  const { mode, gone } = view.run;
  if (mode.value !== "trains") return null;
  const lost = gone.value ? `${say("page.lost_trains")} ` : "";
  return <p class="lr-computed">{lost + say("page.computed")}</p>;
}

/** What the page can do without a kernel. */
export function withoutKernel(view: View): string {
  const gone = view.run.gone.value;
  const asks = view.run.traits.ask.value !== null;
  if (view.run.mode.value !== "plays")
    return gone ? say("page.lost_still") : say("page.without_still", { asks });
  const words = played(view.standing.value.barred);
  const does = gone
    ? say("page.lost", { played: words })
    : say("page.without", { played: words, asks });
  return [does, ...covers(view)].join(" ");
}

/** What is not on the tape, if anything. */
function covers({ run }: View): string[] {
  const { updates = 0, whole = 0 } = run.covered.value ?? {};
  const all = run.traits._recorded.value;
  return [
    ...(updates < all ? [say("page.covers", { updates, all })] : []),
    ...(whole < all ? [say("page.phases", { count: whole })] : []),
  ];
}
