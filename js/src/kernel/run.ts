/** The run as the page sees it: the traits, the commands, and who answers them. */

import { computed, effect, type ReadonlySignal, signal, untracked } from "@preact/signals";
import { createKernel, type Engine } from "../engine/kernel";
import { tableOf } from "../engine/table";
import { pace, type Sample, withSample } from "../text/eta";
import { type Address, keepAddress, type Page } from "./address";
import type { Look, Request, Traits } from "./contract";
import {
  type Abilities,
  following,
  hasLine,
  isOver,
  type Life,
  type LifeEvent,
  type Mode,
  needsProof,
} from "./life";
import { follow, type Model, type Synced, type TraitSignals } from "./model";
import { createPlayer, isOwn, type Player } from "./player";
import { createPull } from "./pull";
import { type Asked, createRequests, LOST, type Requests, type Waiting } from "./requests";

/** What a window tells of itself. */
export type Room = Omit<Look, "kind">;

/** A kernel that has not answered by then is taken to be none, in milliseconds, until it does. */
const LISTEN = 1_000;
/** A page that has rested for so long asks for the tape, in milliseconds. */
const IDLE = 1_500;
const NONE: readonly Asked[] = [];
/** Requests after which a run does not go on, as far as the page knows. */
const PAUSES: ReadonlySet<Request["kind"]> = new Set([
  ...(["pause", "step", "back", "seek", "reset", "set", "draw", "undo", "rescue"] as const),
]);

export interface Run {
  readonly model: Model;
  readonly traits: TraitSignals;
  readonly set: Synced["set"];
  readonly waiting: ReadonlySignal<Waiting>;
  /** What has no answer yet: the kernel knows what came of it, the page does not. */
  readonly pending: Requests["pending"];
  /** Whether the run goes on, once all that was asked for is done: the button reads Pause. */
  readonly goes: ReadonlySignal<boolean>;
  /** Updates a second as seen, or null. */
  readonly pace: ReadonlySignal<number | null>;
  /** The update that was asked for and is not reached yet, or null. */
  readonly sought: ReadonlySignal<number | null>;
  /** What can be done where no kernel answers and the page has what it shows; else null. */
  readonly recorded: ReadonlySignal<Abilities | null>;
  /** Whether the kernel that answered is no more: restarted, shut down or dead. */
  readonly gone: ReadonlySignal<boolean>;
  readonly mode: ReadonlySignal<Mode>;
  /** How much of it is recorded, on such a page. */
  readonly covered: Player["covered"];
  /** The page's own; null where the page is not ours alone. */
  readonly address: Address | null;
  /** The last update that somebody has seen: a page that only plays a run shows no future. */
  readonly seen: ReadonlySignal<number>;
  /** Ask whether there is a kernel. */
  hello(): void;
  step(held?: boolean): void;
  back(held?: boolean): void;
  /** Run or Pause, whichever the button reads. */
  toggle(): void;
  reset(): void;
  seek(update: number): void;
  /** Tell how much room there is for the loss plot. */
  look(room: Room): void;
  /** All that needs no more than to be asked for. */
  ask(request: Request): void;
  dispose(): void;
}

/** `page`: its own address is its state. */
export function createRun(model: Model, page: Page | null = null): Run {
  const { traits, set, overlay, refresh, turnTo, dispose: unfollow } = follow(model);
  const sought = signal<number | null>(null);
  const answered = (kind: Request["kind"], more: boolean) => {
    if (kind === "seek") settleSeek();
    if (kind === "advance" || kind === "hello") pull.answered();
    if (kind === "tape" && more) requests.send({ kind });
  };
  const requests = createRequests(model, {
    answered(kind, more) {
      note("heard");
      refresh();
      answered(kind, more);
      if (unsaid && requests.pending.peek().every((one) => !one.traits)) hello();
    },
    sent(arrives) {
      note(arrives ? "sent" : "refused");
    },
  });
  const player = createPlayer(traits, overlay);
  const playing = () => player.mode.value !== "kernel";

  /** The page's own trainer, where it is in the kernel's place, and the requests to it. */
  const own = signal<{ readonly engine: Engine; readonly requests: Requests } | null>(null);
  const train = (): boolean => {
    const table = own.peek() ? null : tableOf(model);
    if (table) {
      player.leave();
      unsaid = null; // the model has it
      if (own.peek()) return true; // that has shown what the model holds, and who is missed
      const engine = createKernel(model, table, page?.anew);
      own.value = { engine, requests: createRequests(engine, { answered, sent() {} }) };
      turnTo(engine);
    }
    return own.peek() !== null;
  };
  const stopTraining = () => {
    const { engine, requests: asked } = own.peek() ?? {};
    if (!engine) return;
    own.value = null;
    sought.value = null;
    turnTo(model);
    asked?.dispose();
    engine.dispose();
  };
  // A host may keep values back while it sends others, but no request: what is pressed next would act without them.
  let unsaid: Partial<Traits> | null = null;
  const tell = (request: Request) => {
    const values = unsaid;
    unsaid = null;
    requests.send(values ? { ...request, traits: values } : request);
  };
  /** To whoever trains. */
  const active: Pick<Requests, "send" | "open"> = {
    send(request) {
      // Whoever drags the timeline and presses on goes on from where it was left.
      if (!["advance", "look", "seek"].includes(request.kind)) newestSeek();
      const there = own.peek();
      if (there) there.requests.send(request);
      else tell(request);
      // A kernel that is missed now has not heard it: the engine, in its place since, shall.
      if (!there) own.peek()?.requests.send(request);
    },
    open: (kind) => (own.peek()?.requests ?? requests).open(kind),
  };

  const life = signal<Life>("new");
  /** Nobody has asked yet whether there is a kernel: nothing follows from silence. */
  let greeted = false;
  let listening: ReturnType<typeof setTimeout> | undefined;
  const note = (event: LifeEvent) => {
    if (event === "heard" || event === "refused") clearTimeout(listening);
    if (greeted) life.value = following(life.value, event);
    if (event === "heard") {
      stopTraining();
      player.leave();
    } else if (event === "unheard") silent();
    else if (event === "refused") refused();
  };
  const silent = () => {
    if (isOver(life.value)) refused();
    // A host that has a line to a kernel waits for it, however busy it is.
    else if (hasLine(model) !== true && !train()) player.load(false);
  };
  const refused = () => {
    if (greeted) {
      // What was sent before may be answered yet, by a kernel that is no more.
      requests.forget();
      if (!own.peek()) sought.value = null;
      if (train()) return;
    } else if (traits.status.value === "running") overlay({ status: "paused", _pull: false });
    player.load(greeted);
  };
  // What only a kernel changes.
  const changed = () => {
    if (!needsProof(life.value)) note("heard");
    else if (isOver(life.value)) {
      // Its last words, which may come late.
      if (!own.peek()?.engine.touched) {
        stopTraining();
        if (!train()) player.load(true);
      }
      hello();
    }
  };
  const hello = () => tell({ kind: "hello" });
  const listen = () => {
    clearTimeout(listening);
    // Should there be a kernel all the same, its answer gives the page back to it.
    if (hasLine(model) === false) note("refused");
    else listening = setTimeout(note, LISTEN, "unheard");
    hello();
  };
  // ipywidgets tells its models so when the kernel restarts or ends. Sending then throws, or nobody answers.
  const connection = () => {
    note("changed");
    requests.forget();
    listen();
  };
  const taped = effect(() => {
    traits._tape.value;
    if (untracked(() => isOver(life.value) && !own.value)) untracked(() => player.load(true));
  });
  model.on("change:_losses", changed);
  model.on("comm_live_update", connection);
  const live = computed(() => life.value === "live");
  const pending = computed(() =>
    playing() ? NONE : (own.value?.requests ?? requests).pending.value,
  );
  const goes = computed(() => {
    const { status, ask, _question } = traits;
    const last = pending.value.findLast(
      ({ kind }) => PAUSES.has(kind) || ["run", "guess", "skip"].includes(kind),
    );
    if (!last) return status.value === "running";
    if (PAUSES.has(last.kind)) return false;
    // A lesson may ask first.
    return last.kind === "run" ? ask.value === null : _question.value.act === "run";
  });
  const taping = observeRest(traits, live, () => {
    if (requests.open("tape") === 0 && !tableOf(model)) requests.send({ kind: "tape" });
  });
  const pull = createPull(traits, active);
  const observed = observePace(traits);
  const address = page && keepAddress(page, traits);

  let seeking = { update: -1, at: Number.NEGATIVE_INFINITY };
  const sendSeek = (update: number) => {
    seeking = { update, at: performance.now() };
    active.send({ kind: "seek", update });
  };
  const newestSeek = () => {
    const newest = sought.peek();
    if (newest !== null && newest !== seeking.update) sendSeek(newest);
  };
  const settleSeek = () => {
    newestSeek();
    if (active.open("seek") === 0) sought.value = null;
  };
  // A key held down repeats faster than a slow kernel answers: it must not build up a queue.
  const unlessHeld = (kind: "step" | "back", held: boolean) => {
    const by = traits.step_by.value;
    if (playing()) player[kind](by);
    else if (!held || active.open(kind) === 0) active.send({ kind, by, ...(held && { held }) });
  };

  return {
    model,
    traits,
    set(name, value) {
      if (!own.peek() && !playing()) {
        unsaid = { ...unsaid, [name]: value };
        // A model takes values in silence, connected or not. While a slider is dragged, one question at a time.
        const asks = requests.pending.peek().some(({ traits: told = {} }) => name in told);
        if (live.value && !asks) hello();
      }
      if (!playing()) set(name, value);
      else {
        unsaid = null;
        if (isOwn(name)) player.set({ [name]: value });
      }
    },
    waiting: computed(() => (own.value || playing() ? "no" : requests.waiting.value)),
    pending,
    goes,
    pace: observed.pace,
    sought,
    recorded: player.can,
    gone: computed(() => life.value === "gone"),
    mode: computed(() => (own.value ? "trains" : player.mode.value)),
    covered: player.covered,
    address,
    seen: computed(() =>
      playing() && life.value !== "gone" ? player.seen.value : Number.POSITIVE_INFINITY,
    ),
    hello() {
      greeted = true;
      listen();
    },
    step: (held = false) => unlessHeld("step", held),
    back: (held = false) => unlessHeld("back", held),
    toggle() {
      if (playing()) player.toggle();
      else active.send({ kind: goes.value ? "pause" : "run" });
    },
    reset() {
      if (playing()) player.seek(0);
      else active.send({ kind: "reset" });
    },
    seek(update) {
      if (playing()) {
        player.seek(update);
        return;
      }
      sought.value = update;
      const lost = performance.now() - seeking.at > LOST;
      if (active.open("seek") === 0 || lost) sendSeek(update);
    },
    look: (room) => active.send({ kind: "look", ...room }),
    ask: active.send,
    dispose() {
      clearTimeout(listening);
      address?.dispose();
      model.off("change:_losses", changed);
      model.off("comm_live_update", connection);
      taped();
      stopTraining();
      player.leave();
      taping();
      pull.dispose();
      observed.dispose();
      requests.dispose();
      unfollow();
    },
  };
}

/** Tell when the run has moved and then rested for a while, on a page whose kernel has said hello. */
const observeRest = (traits: TraitSignals, live: ReadonlySignal<boolean>, rested: () => void) =>
  effect(() => {
    traits._losses.value;
    traits._frame.value;
    if (!live.value || traits.status.value === "running" || traits._recorded.value === 0) return;
    const timer = setTimeout(rested, IDLE);
    return () => clearTimeout(timer);
  });

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
