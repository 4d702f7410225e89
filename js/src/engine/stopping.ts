/** Stopping by itself: near the best possible loss, or when the loss no longer falls; see stopping.py (pure). */

import { CIRCLING, ENDLESS, HALVINGS, REMEMBERED } from "../kernel/contract";
import { nearness } from "../text/best";
import { say } from "../text/say";

/** Null: not for that reason. */
export interface Stop {
  /** The full-data loss is at most this many times the best possible. */
  readonly within: number | null;
  /** For so many epochs it has reached no new low. */
  readonly patience: number | null;
  /** Whose loss patience is about: that of the rows trained on, or of the rows held out. */
  readonly on: "known" | "held_out";
}

/** Looks at a run's epochs as they end, and says when it is to stop. */
export function createWatch({ within, patience, on }: Stop) {
  let last = -1;
  let lowest = Infinity;
  let since = 0;
  let best = { update: 0, loss: Infinity };
  let worse = 0;
  let wasNear = false;
  let circles = 0;
  let states: string[] = [];

  /** Whether the model had the same numbers before, to the last bit; and remember these. */
  function isBackAt(state: string): boolean {
    const others = states.filter((known) => known !== state);
    const known = others.length < states.length;
    states = [...others, state].slice(-REMEMBERED);
    return known;
  }

  function forget(): void {
    lowest = Infinity;
    best = { update: 0, loss: Infinity };
    since = worse = circles = 0;
    wasNear = false;
    states = [];
  }

  return {
    /** Whether there is anything to look at. */
    wanted: within !== null || patience !== null,

    /**
     * Look at the end of an epoch; return why to stop there, or "".
     *
     * `distance`: how many times the best possible loss that is. `state`: tells whether w and b are what they
     * were. `halving`: where only rounding keeps the loss from 0, the epochs in which the slowest error halves.
     * `unseen`: the loss over the rows held out after so many updates.
     */
    look(
      epoch: number,
      loss: number,
      distance: number,
      state: string,
      halving: number,
      unseen: typeof best,
    ): string {
      if (epoch !== last + 1) forget();
      last = epoch;
      const near = within !== null && distance <= within;
      const arrived = near && !wasNear;
      wasNear = near;
      circles = within !== null && isBackAt(state) ? circles + 1 : 0;
      since = loss < lowest ? 0 : since + 1;
      lowest = Math.min(loss, lowest);
      const better = unseen.loss < best.loss;
      if (better) best = unseen;
      worse = better ? 0 : worse + 1;
      if (arrived) {
        const rounding = halving > 0;
        return say("stopping.near", {
          epoch,
          loss,
          distance: nearness(distance),
          within,
          rounding,
        });
      }
      if (circles === CIRCLING && !near)
        return say("stopping.circling", { epoch, epochs: CIRCLING, factor: distance });
      const stuck = Math.max(CIRCLING, Math.ceil(Math.min(HALVINGS * halving, ENDLESS)));
      if (halving && within !== null && since === stuck && !near)
        return say("stopping.stuck", {
          epoch,
          epochs: since,
          halvings: HALVINGS,
          factor: distance,
        });
      const known = on !== "held_out";
      if (patience === null || (known ? since : worse) < patience) return "";
      const words = known
        ? say("stopping.flat", { epoch, lowest, epochs: patience })
        : say("stopping.unseen", {
            epoch,
            lowest: best.loss,
            epochs: patience,
            best: best.update,
          });
      forget();
      return words;
    },
  };
}
