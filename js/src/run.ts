/** The run as the page sees it: the traits, the commands, and the loop that pulls the updates. */

import { computed, effect, type ReadonlySignal, signal, untracked } from "@preact/signals";
import { pace, type Sample, withSample } from "./eta";
import { follow, type Model, type Synced, type TraitSignals } from "./model";
import { createRequests, LOST, type Request, type Requests, type Waiting } from "./requests";

/** Requests in flight at full speed: while the kernel answers one, the next is on its way. */
const IN_FLIGHT = 2;
/** No more often than this at a given speed, in milliseconds; the kernel works out how much is due. */
const SHORTEST_PERIOD = 50;
/** A silent kernel is asked again after LOST, then ever less often, up to this, in milliseconds. */
const RAREST = 60_000;

export interface Run {
  readonly model: Model;
  readonly traits: TraitSignals;
  readonly set: Synced["set"];
  readonly waiting: ReadonlySignal<Waiting>;
  /** Updates a second as seen, or null. */
  readonly pace: ReadonlySignal<number | null>;
  /** The update that was asked for and is not reached yet, or null. */
  readonly sought: ReadonlySignal<number | null>;
  step(held?: boolean): void;
  back(held?: boolean): void;
  /** Run or Pause, whichever the button reads. */
  toggle(): void;
  reset(): void;
  seek(update: number): void;
  /** All that needs no more than to be asked for. */
  ask(request: Request): void;
  dispose(): void;
}

export function createRun(model: Model): Run {
  const { traits, set, refresh, dispose: unfollow } = follow(model);
  const sought = signal<number | null>(null);
  const requests = createRequests(model, (kind) => {
    refresh();
    if (kind === "seek") settleSeek();
    if (kind === "advance") pull.answered();
  });
  const pull = createPull(traits, requests);
  const observed = observePace(traits);

  let seeking = { update: -1, at: Number.NEGATIVE_INFINITY };
  const sendSeek = (update: number) => {
    seeking = { update, at: performance.now() };
    requests.send({ kind: "seek", update });
  };
  const settleSeek = () => {
    const newest = sought.value;
    if (newest !== null && newest !== seeking.update) sendSeek(newest);
    else sought.value = null;
  };
  // A key held down repeats faster than a slow kernel answers: it must not build up a queue.
  const unlessHeld = (kind: "step" | "back", held: boolean) => {
    if (!held || requests.open(kind) === 0) requests.send({ kind, by: traits.step_by.value });
  };

  return {
    model,
    traits,
    set,
    waiting: requests.waiting,
    pace: observed.pace,
    sought,
    step: (held = false) => unlessHeld("step", held),
    back: (held = false) => unlessHeld("back", held),
    toggle: () => requests.send({ kind: traits.status.value === "running" ? "pause" : "run" }),
    reset: () => requests.send({ kind: "reset" }),
    seek(update) {
      sought.value = update;
      const lost = performance.now() - seeking.at > LOST;
      if (requests.open("seek") === 0 || lost) sendSeek(update);
    },
    ask: requests.send,
    dispose() {
      pull.dispose();
      observed.dispose();
      requests.dispose();
      unfollow();
    },
  };
}

/**
 * Keep `advance` requests in flight while `_pull` is set.
 *
 * There is no loop to start or stop: each event (a trait changed, an answer came, a timer rang) only
 * brings the number of open requests to what it should be. So there can never be two loops.
 */
function createPull(traits: TraitSignals, requests: Requests) {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let lastAsked = Number.NEGATIVE_INFINITY;
  let patience = LOST;

  const ask = () => {
    lastAsked = performance.now();
    requests.send({ kind: "advance" });
  };
  const plan = () => {
    clearTimeout(timer);
    if (!traits._pull.value) return;
    const speed = traits.speed.value;
    if (speed === null) {
      while (requests.open("advance") < IN_FLIGHT) ask();
    } else if (requests.open("advance") === 0) {
      const due = lastAsked + Math.max(SHORTEST_PERIOD, 1000 / speed);
      const wait = due - performance.now();
      if (wait > 0) {
        timer = setTimeout(plan, wait);
        return;
      }
      ask();
    }
    timer = setTimeout(askAgain, patience);
  };
  const askAgain = () => {
    patience = Math.min(2 * patience, RAREST);
    ask();
    plan();
  };
  const stop = effect(() => {
    traits._pull.value;
    traits.speed.value;
    untracked(plan);
  });
  return {
    answered() {
      patience = LOST;
      plan();
    },
    dispose() {
      stop();
      clearTimeout(timer);
    },
  };
}

function observePace(traits: TraitSignals) {
  const samples = signal<readonly Sample[]>([]);
  const forget = effect(() => {
    traits.status.value;
    traits.speed.value;
    samples.value = [];
  });
  const observe = effect(() => {
    const update = traits.update.value;
    if (traits.status.value !== "running") return;
    const time = performance.now() / 1000;
    samples.value = withSample(samples.peek(), { time, update });
  });
  return {
    pace: computed(() => pace(samples.value)),
    dispose() {
      forget();
      observe();
    },
  };
}
