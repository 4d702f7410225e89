/** Plays a tape where no kernel answers: the same verbs, and the same traits. */

import { computed, type ReadonlySignal, signal } from "@preact/signals";
import type { StepBy, TraitSignals, Traits } from "./model";
import type { Abilities } from "./status";
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
} from "./tape";

/** Milliseconds between two frames of a run. */
const FRAME = 50;
/** How long the whole run takes at full speed, in seconds. */
const WHOLE = 10;

/** The traits that a page without a kernel can set. */
const OWN: ReadonlySet<string> = new Set(["step_by", "speed"]);
export const isOwn = (name: string): boolean => OWN.has(name);

export interface Player {
  /** Whether the tape is played. */
  readonly playing: ReadonlySignal<boolean>;
  /** What can be done, while it is. */
  readonly can: ReadonlySignal<Abilities | null>;
  /** How much of the run there is, while it is. */
  readonly covered: ReadonlySignal<Coverage | null>;
  /** Begin, where there is a tape. */
  load(): Promise<void>;
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
  let own: Partial<Traits> = {};
  let timer: ReturnType<typeof setInterval> | undefined;
  let wanted = true;

  const look = (status?: Traits["status"]) => {
    const moment = tape.value?.moments[at.value];
    if (moment) show({ ...moment.values(), ...(status && { status }), ...own });
  };
  const rest = () => {
    clearInterval(timer);
    timer = undefined;
  };
  const goTo = (index: number) => {
    rest();
    if (index >= 0) at.value = index;
    look();
  };
  const last = () => (tape.value?.moments.length ?? 0) - 1;
  const run = (reel: Tape) => {
    if (at.value >= last()) at.value = 0;
    const first = (reel.moments[at.value] as Moment).update;
    const end = (reel.moments[last()] as Moment).update;
    let update = first;
    look("running");
    timer = setInterval(() => {
      update += ((traits.speed.value ?? end / WHOLE) * FRAME) / 1000;
      const next = reached(reel, update);
      if (next > at.value) at.value = next;
      if (update < end) look("running");
      else goTo(last());
    }, FRAME);
  };

  return {
    playing: computed(() => tape.value !== null),
    can: computed(
      () =>
        tape.value && {
          back: at.value > 0,
          step: at.value < (tape.value?.moments.length ?? 0) - 1,
          run: tape.value.moments.length > 1,
        },
    ),
    covered: computed(() => tape.value && coverage(tape.value)),
    async load() {
      wanted = true;
      const data = traits._tape.value;
      if (tape.value || data.byteLength === 0) return;
      try {
        const loaded = decodeTape(await inflate(data as DataView<ArrayBuffer>));
        if (!wanted || loaded.moments.length === 0) return;
        tape.value = loaded;
        goTo(loaded.start);
      } catch {
        // A browser that cannot inflate, or a tape of another version: the page shows what there is.
      }
    },
    leave() {
      wanted = false;
      rest();
      if (!tape.value) return;
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
