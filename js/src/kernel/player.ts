/** Plays a tape where no kernel answers: the same verbs, and the same traits. */

import { batch, computed, type ReadonlySignal, signal } from "@preact/signals";
import { type StepBy, type Traits, WATCHED } from "./contract";
import { type Abilities, type Mode, modeOf } from "./life";
import type { TraitSignals } from "./model";
import {
  backward,
  type Coverage,
  coverage,
  decodeTape,
  inflate,
  type Moment,
  nearest,
  onward,
  reached,
  type Tape,
  withMoment,
} from "./tape";

/** Milliseconds between two frames of a run. */
const FRAME = 50;
/** How long the whole run takes at full speed, in seconds. */
const FULL = 1;

/** The traits that a page without a kernel can set. */
const OWN: ReadonlySet<string> = new Set(["step_by", "speed", "tab", "curves", "hide"]);
export const isOwn = (name: string): boolean => OWN.has(name);

const EMPTY: Tape = { moments: [], start: 0 };

export interface Player {
  readonly mode: ReadonlySignal<Mode>;
  /** What can be done, while it is. */
  readonly can: ReadonlySignal<Abilities | null>;
  /** How much of the run there is, while it is. */
  readonly covered: ReadonlySignal<Coverage | null>;
  /** The last update that was shown here. */
  readonly seen: ReadonlySignal<number>;
  /**
   * Begin, where there is a tape; or in any case, with what the page shows. Once more where the model has
   * changed since: a kernel's last words may come late.
   */
  load(inAnyCase: boolean): Promise<void>;
  /** Leave the page to the kernel. */
  leave(): void;
  set(values: Partial<Traits>): void;
  step(by: StepBy): void;
  back(by: StepBy): void;
  seek(update: number): void;
  toggle(): void;
}

/** `show` lays values over the model's; null takes them away. */
export function createPlayer(
  traits: TraitSignals,
  show: (values: Partial<Traits> | null) => void,
): Player {
  const tape = signal<Tape | null>(null);
  const at = signal(0);
  const seen = signal(0);
  let own: Partial<Traits> = {};
  let timer: ReturnType<typeof setInterval> | undefined;
  let wanted = false;
  /** What the page has of the run, and whether somebody has gone elsewhere in it. */
  let decoded: { readonly data: DataView; readonly tape: Tape } | null = null;
  let moved = false;

  const look = (status?: Traits["status"]) => {
    const moment = tape.value?.moments[at.value];
    if (!moment) return;
    seen.value = Math.max(seen.value, moment.update);
    const values = moment.values();
    // The tape may have been made before the run got more epochs.
    if (values.status === "finished" && moment.update < traits._total.value)
      values.status = "paused";
    show({ ...values, _pull: false, ...(status && { status }), ...own });
  };
  /** What the model holds, at rest. */
  const here = (): Moment => {
    const { update, _epoch, _batch, _phase, _frame, status } = traits;
    const stopped = status.value === "running" && { status: "paused" as const };
    const phases = _phase.value ? Math.max(1, _frame.value.phases?.length ?? 0) : 0;
    return {
      update: update.value,
      epoch: _epoch.value,
      batch: _batch.value,
      phases,
      values: () => ({ ...stopped }),
    };
  };
  const open = (known: Tape, withHere: boolean) =>
    batch(() => {
      show(null);
      const now = here();
      const all = withMoment(known, now);
      const missing = all.moments.length > known.moments.length;
      tape.value = withHere || missing ? all : known;
      at.value = tape.value.start;
      look();
    });
  const rest = () => {
    clearInterval(timer);
    timer = undefined;
  };
  const goTo = (index: number) => {
    rest();
    moved = true;
    if (index >= 0) at.value = index;
    look();
  };
  const last = () => (tape.value?.moments.length ?? 0) - 1;
  const run = (reel: Tape) => {
    moved = true;
    if (at.value >= last()) at.value = 0;
    const first = (reel.moments[at.value] as Moment).update;
    const end = (reel.moments[last()] as Moment).update;
    let update = first;
    look("running");
    timer = setInterval(() => {
      const { value: speed } = traits.speed;
      const pace = typeof speed === "number" ? speed : end / (speed ? WATCHED : FULL);
      update += (pace * FRAME) / 1000;
      const next = reached(reel, update);
      if (next > at.value) at.value = next;
      if (update < end) look("running");
      else goTo(last());
    }, FRAME);
  };

  return {
    mode: computed(() => modeOf(tape.value?.moments.length)),
    can: computed(
      () =>
        tape.value && {
          back: at.value > 0,
          step: at.value < (tape.value?.moments.length ?? 0) - 1,
          run: tape.value.moments.length > 1,
        },
    ),
    seen,
    covered: computed(() => tape.value && coverage(tape.value)),
    async load(inAnyCase) {
      wanted = true;
      if (moved) return;
      const data = traits._tape.value;
      if (inAnyCase) open(decoded?.data === data ? decoded.tape : EMPTY, true);
      if (data.byteLength === 0 || decoded?.data === data) return;
      try {
        const loaded = decodeTape(await inflate(data as DataView<ArrayBuffer>));
        if (!wanted || moved || loaded.moments.length === 0) return;
        decoded = { data, tape: loaded };
        open(loaded, inAnyCase);
      } catch {
        // A browser that cannot inflate, or a tape of another version: the page shows what there is.
      }
    },
    leave() {
      wanted = moved = false;
      rest();
      decoded = null;
      tape.value = null;
      own = {};
      show(null);
    },
    set(values) {
      own = { ...own, ...values };
      look(timer === undefined ? undefined : "running");
    },
    step: (by) => tape.value && goTo(onward(tape.value, at.value, by)),
    back: (by) => tape.value && goTo(backward(tape.value, at.value, by)),
    seek: (update) => tape.value && goTo(nearest(tape.value, update)),
    toggle() {
      if (timer) goTo(at.value);
      else if (tape.value) run(tape.value);
    },
  };
}
