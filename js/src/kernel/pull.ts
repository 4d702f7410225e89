/** The loop that pulls the updates of a run out of the kernel, or of the page's own engine. */

import { effect, untracked } from "@preact/signals";
import { watched } from "../text/settings";
import type { TraitSignals } from "./model";
import { LOST, type Requests } from "./requests";

/** Requests in flight at full speed: while the kernel answers one, the next is on its way. */
const IN_FLIGHT = 2;
/** No more often than this at a given speed, in milliseconds; the kernel works out how much is due. */
const SHORTEST_PERIOD = 50;
/** A silent kernel is asked again after LOST, then ever less often, up to this, in milliseconds. */
const RAREST = 60_000;

/**
 * Keep `advance` requests in flight while `_pull` is set.
 *
 * There is no loop to start or stop: each event (a trait changed, an answer came, a timer rang) only
 * brings the number of open requests to what it should be. So there can never be two loops.
 */
export function createPull(traits: TraitSignals, requests: Pick<Requests, "send" | "open">) {
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
    const speed = watched(traits.speed.value, traits._total.value);
    if (speed === null) {
      // A request that is refused ends the run.
      for (let flying = requests.open("advance"); flying < IN_FLIGHT; flying += 1)
        if (traits._pull.value) ask();
    } else if (requests.open("advance") === 0) {
      const due = lastAsked + Math.max(SHORTEST_PERIOD, 1000 / speed);
      const wait = due - performance.now();
      if (wait > 0) {
        timer = setTimeout(plan, wait);
        return;
      }
      ask();
    }
    if (traits._pull.value) timer = setTimeout(askAgain, patience);
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
