/** Stopping by itself: near the best possible loss, or when the loss no longer falls; see stopping.py (pure). */

import { say } from "../text/say";

/** Null: not for that reason. */
export interface Stop {
  /** The full-data loss is at most this many times the best possible. */
  readonly within: number | null;
  /** For so many epochs it has reached no new low. */
  readonly patience: number | null;
}

const REMEMBERED = 64;
const HALVINGS = 10;
const ENDLESS = 1e9;
const CIRCLING = 20;

/** Looks at a run's epochs as they end, and says when it is to stop. */
export class Watch {
  #epoch = -1;
  #lowest = Infinity;
  #since = 0;
  #near = false;
  #circles = 0;
  #states: string[] = [];

  constructor(readonly stop: Stop) {}

  /** Whether there is anything to look at. */
  get wanted(): boolean {
    return this.stop.within !== null || this.stop.patience !== null;
  }

  /**
   * Look at the end of an epoch; return why to stop there, or "".
   *
   * `distance`: how many times the best possible loss that is. `state`: tells whether w and b are what they
   * were. `halving`: where only rounding keeps the loss from 0, the epochs in which the slowest error halves.
   */
  look(epoch: number, loss: number, distance: number, state: string, halving: number): string {
    if (epoch !== this.#epoch + 1) this.#forget();
    this.#epoch = epoch;
    const { within, patience } = this.stop;
    const near = within !== null && distance <= within;
    const arrived = near && !this.#near;
    this.#near = near;
    this.#circles = this.#isBackAt(state) ? this.#circles + 1 : 0;
    this.#since = loss < this.#lowest ? 0 : this.#since + 1;
    this.#lowest = Math.min(loss, this.#lowest);
    if (arrived) {
      const nearness =
        distance < 1.005 ? say("distance.reached") : say("distance.times", { factor: distance });
      const rounding = halving > 0;
      return say("stopping.near", { epoch, loss, distance: nearness, within, rounding });
    }
    if (this.#circles === CIRCLING && !near)
      return say("stopping.circling", { epoch, epochs: CIRCLING, factor: distance });
    const stuck = Math.max(CIRCLING, Math.ceil(Math.min(HALVINGS * halving, ENDLESS)));
    if (halving && within !== null && this.#since === stuck && !near) {
      const epochs = this.#since;
      return say("stopping.stuck", { epoch, epochs, halvings: HALVINGS, factor: distance });
    }
    if (patience !== null && this.#since >= patience) {
      const lowest = this.#lowest;
      this.#forget();
      return say("stopping.flat", { epoch, lowest, epochs: patience });
    }
    return "";
  }

  /** Whether the model had the same numbers before, to the last bit; and remember these. */
  #isBackAt(state: string): boolean {
    if (this.stop.within === null) return false;
    const others = this.#states.filter((known) => known !== state);
    const known = others.length < this.#states.length;
    this.#states = [...others, state].slice(-REMEMBERED);
    return known;
  }

  #forget(): void {
    this.#lowest = Infinity;
    this.#since = 0;
    this.#near = false;
    this.#circles = 0;
    this.#states = [];
  }
}
