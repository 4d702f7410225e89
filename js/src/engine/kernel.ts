/**
 * The engine in the kernel's place: a model that takes the page's requests and has the kernel's traits.
 *
 * What the engine does not know of (the valley, the tape) stays as the page has it.
 */

import {
  type Act,
  type ByHand,
  type Draw,
  MOST_BEFORE,
  MOST_POINTS,
  type Request,
  SETTINGS,
  type StepBy,
  type Traits,
} from "../kernel/contract";
import { type Model, some, type TraitName, traitOf } from "../kernel/model";
import { measured } from "../text/format";
import { say } from "../text/say";
import { watched } from "../text/settings";
import { createAsking } from "./asking";
import type { Table } from "./batches";
import { compared, keptBeside, outcomeOf } from "./comparison";
import { diagnose } from "./diagnosis";
import type { Kept } from "./losscurves";
import { createReadings } from "./readings";
import { begun, branchesOf, historyOf, keptOf, restoring } from "./restoring";
import { drawn, successor, wordsOf } from "./tables";
import type { Trainer } from "./trainer";

/** Milliseconds of work for one request: with what the page does besides, 60 frames a second. */
const SLICE = 10;
/** Milliseconds between two looks at a run that goes on; longer if they cost more than a quarter of that. */
const FRAME = 30;
const LOOKS = 4;
/** Milliseconds between two looks at what takes longer to work out, while a run goes on. */
const SELDOM = 200;
/** Milliseconds in which the page's first picture may wait for a run that is made again. */
const AT_ONCE = 100;
const FULL_LOSSES = 10;

/** Requests for which the engine has nothing to do. */
const IDLE: ReadonlySet<Request["kind"]> = new Set(["hello", "tape", "look", "paste"] as const);

/** What is told of a table, and of nothing else. */
const OF_TABLE = ["_names", "_held_out", "_fit", "_fit_inputs", "_title"] as const;

/** A run on another table. */
interface Before {
  readonly trainer: Trainer;
  readonly readings: ReturnType<typeof createReadings>;
  readonly kept: Kept[];
  readonly words: Partial<Traits>;
}

type Listener = (...args: never[]) => void;
type Message = Request & { readonly client: string; readonly id: number };

export interface Engine extends Model {
  /** Whether somebody has done something here since. */
  readonly touched: boolean;
  dispose(): void;
}

/** `page`: the model of a page without a kernel. The run goes on where it was left, or where an address `asked`. */
export function createKernel(page: Pick<Model, "get">, table: Table, asked = false): Engine {
  const saved: Pick<Model, "get"> = { get: (name) => traitOf(page, name) };
  const rests = saved.get("status") === "running" && { status: "paused" as const };
  let traits: Partial<Traits> = { _pull: false, ...rests };
  const get = <K extends TraitName>(name: K): Traits[K] =>
    (name in traits ? traits[name] : saved.get(name)) as Traits[K];
  let trainer = begun(table, saved);
  /** Runs on other tables, that can be gone back to. */
  let before: Before[] = [];
  let readings = readingsOf();
  let asking = createAsking(trainer);
  const listeners = new Map<string, Set<Listener>>();
  let pending: Partial<Traits> = {};
  let running = false;
  let lastRest = Number.NEGATIVE_INFINITY;
  let nextShow = Number.NEGATIVE_INFINITY;
  let kept: Kept[] = [];
  let touched = false;
  let timer: ReturnType<typeof setTimeout> | undefined;
  /** What is asked for while the run is made again. */
  let waiting: (() => void)[] | null = [];
  const due = createPace();

  const tell = (event: string, ...args: unknown[]) => {
    for (const listener of listeners.get(event) ?? []) listener(...(args as never[]));
  };
  function readingsOf() {
    return createReadings(trainer, saved.get("_source"), get("_fit"));
  }

  function show(alert = ""): void {
    const time = performance.now();
    const rest = !running || time - lastRest > SELDOM;
    asking.look(running);
    if (rest) lastRest = time;
    const now: Partial<Traits> = {
      ...{ _alert: alert, _pull: running, status: running ? "running" : trainer.status },
      ...readings(rest, kept, get("tab") === "graph"),
      ...asking.card(),
      ...(rest && { ...compared(kept, trainer), _history: historyOf(trainer) }),
      _undoes: trainer.canUndo ? "set" : before.length > 0 ? "draw" : "",
    };
    const old = traits;
    traits = { ...traits, ...now };
    for (const name of Object.keys(now) as TraitName[])
      if (old[name] !== now[name]) tell(`change:${name}`);
    nextShow = time + Math.max(FRAME, LOOKS * (performance.now() - time));
  }

  /** One slice of a run. */
  function work(): void {
    if (!running) return;
    const speed = watched(get("speed"), get("_total"));
    const more = trainer.advance(SLICE, speed === null ? Infinity : due.now(speed));
    running = more && !trainer.notice;
  }

  /** Set entries of w and b by hand, or say why not: the model's numbers have 32 bits. */
  function set(entries: readonly ByHand[]): string {
    const wrong = entries.find(({ value }) => !Number.isFinite(Math.fround(value)));
    if (wrong) {
      const value = measured(wrong.value);
      return say("fields.given", { name: wrong.tensor, value, what: say("fields.entry") });
    }
    trainer.set(entries.map((one) => ({ ...one, tensor: one.tensor === "w" ? "w" : "b" })));
    return "";
  }

  /** What Step and Run do. */
  function go(act: Act, by: StepBy): void {
    running = false;
    if (trainer.status === "diverged") return;
    if (act === "step") trainer.step(by);
    else if (act === "run" && trainer.status !== "finished") {
      due.restart();
      running = true;
    }
  }

  /** Do what Step or Run does: ask first if a guess is due, else act. */
  function press(act: Act, by: StepBy, held = false): void {
    if (held || running || !asking.ask(act, by)) go(act, by);
  }

  /** Take an answer, or null for none, and do what it was asked before; else say why not. */
  function answer(value: unknown): string {
    const { question, alert } = asking.answer(value);
    if (question) go(question.act, question.by);
    return alert;
  }

  function keep(): void {
    const run = outcomeOf(trainer);
    const { x, y } = trainer.fullLosses(FULL_LOSSES);
    const past = (_: number, k: number) => (x[k] as number) < run.updates;
    const curve = { x: [...x.filter(past), run.updates], y: [...y.filter(past), run.loss] };
    kept = keptBeside(kept, { ...run, curve });
  }

  /** Begin again on points that were drawn; return why not, or "". */
  function draw(asked: Draw): string {
    const { points, pattern, onto } = asked;
    const { features, targets } = trainer.table.names;
    if (onto && onto.join() !== [...features, ...targets].join())
      return say("draw.elsewhere", { x: points[0]?.x ?? 0, y: points[0]?.y ?? 0 });
    const made = drawn(trainer.table, asked);
    if (made.n > MOST_POINTS) return say("draw.count", { count: made.n, most: MOST_POINTS });
    const following = successor(trainer, made, !pattern);
    before = [...before.slice(1 - MOST_BEFORE), { trainer, readings, kept, words: tableWords() }];
    trainer = following;
    watch();
    kept = [];
    const words = wordsOf(made, pattern ? ["x", "y"] : (get("_fit").labels ?? []));
    traits = { ...traits, ...words, ...(pattern && { _title: pattern }) };
    readings = readingsOf();
    asking.turnTo(trainer);
    return "";
  }

  /** What the page is told of the table. */
  function tableWords(): Partial<Traits> {
    return some<Traits, (typeof OF_TABLE)[number]>(OF_TABLE, get);
  }

  function undo(): void {
    if (trainer.canUndo) {
      trainer.undo();
      return;
    }
    const last = before.at(-1);
    if (!last) return;
    before = before.slice(0, -1);
    ({ trainer, readings, kept } = last);
    traits = { ...traits, ...last.words };
    asking.turnTo(trainer);
  }

  /** Do what was asked for; return why not, or "". Other runs can be kept and dropped while this one goes on. */
  function done(request: Message): string {
    const { kind } = request;
    if (kind === "advance") work();
    else if (kind === "keep") keep();
    else if (kind === "forget") kept = kept.filter((_, k) => k !== request.index);
    else if (kind === "step") press(kind, request.by, request.held);
    else if (kind === "run") press(kind, "update");
    else if (kind === "guess") return answer(request.value);
    else if (kind === "skip") return answer(null);
    else running = false;
    const diverged = trainer.status === "diverged";
    if (kind === "back") trainer.back(request.by);
    else if (kind === "seek") trainer.seek(request.update);
    else if (kind === "reset") trainer.reset();
    else if (kind === "undo") undo();
    else if (kind === "draw") return draw(request);
    else if (kind === "set" && !diverged) return set(request.entries);
    else if (kind === "rescue") {
      const { safe, good } = diagnose(trainer);
      if (safe) trainer.rescue(safe, request.to === "good" ? good : 0);
    }
    return "";
  }

  function act(request: Message): void {
    const { kind } = request;
    if (IDLE.has(kind)) return;
    touched = true;
    const alert = done(request);
    if (kind !== "advance") lastRest = Number.NEGATIVE_INFINITY;
    if (kind !== "advance" || !running || performance.now() >= nextShow) show(alert);
  }

  /** Settings that hold for a whole run start it again; the others change it from the next update on. */
  function take(values: Partial<Traits>): void {
    touched = true;
    traits = { ...traits, ...values };
    const { seed, standardize, update, ...others } = values;
    const changed = Object.entries(others).filter(([name]) => SETTINGS.includes(name as never));
    if (changed.length) trainer.change(Object.fromEntries(changed));
    if (seed !== undefined || standardize !== undefined) {
      running = false;
      const { settings } = trainer;
      trainer.reset({
        seed: seed ?? settings.seed,
        standardize: standardize ?? settings.standardize,
      });
    }
    if (update !== undefined && update !== trainer.update) {
      running = false;
      trainer.seek(update);
    }
    if ("stop_within" in values || "stop_patience" in values) watch();
    if ("speed" in values) due.restart();
    follow();
    show();
  }

  function watch(): void {
    const { patience_on } = saved.get("_history");
    trainer.stopAt({
      within: get("stop_within"),
      patience: get("stop_patience"),
      on: (trainer.table.heldOut && patience_on) || "known",
    });
  }

  /** Take over what the lesson asks, hides and locks. */
  function follow(): void {
    asking.follow({ ask: get("ask"), hide: get("hide"), lock: get("lock") });
  }

  /** Repeat the run as far as the page holds it; if it does not come out the same, start it again. */
  function restore(way: Generator<void, boolean>, milliseconds: number): void {
    const deadline = performance.now() + milliseconds;
    let next = way.next();
    while (!next.done && performance.now() < deadline) next = way.next();
    if (!next.done) {
      const updates = saved.get("_recorded");
      traits = { ...traits, _alert: say("page.making", { updates }) };
      tell("change:_alert");
      timer = setTimeout(restore, 0, way, SLICE);
      return;
    }
    if (!next.value) {
      trainer = begun(table, saved);
      readings = readingsOf();
      asking = createAsking(trainer);
    }
    trainer.recording.branches = branchesOf(saved);
    kept = keptOf(saved);
    watch();
    follow();
    show(next.value ? "" : say("page.anew"));
    const all = waiting ?? [];
    waiting = null;
    for (const one of all) one();
  }
  const later = (what: () => void) => (waiting ? waiting.push(what) : what());
  /** Messages that have no answer yet, in order. */
  let sent: Message[] = [];
  const hear = () => {
    const all = sent;
    sent = [];
    for (const message of all)
      later(() => {
        act(message);
        tell("msg:custom", { kind: "done", client: message.client, id: message.id });
      });
  };

  restore(restoring(trainer, saved, asked), AT_ONCE);
  return {
    get touched() {
      return touched;
    },
    get,
    set(name, value) {
      pending = { ...pending, [name]: value };
    },
    save_changes() {
      const values = pending;
      pending = {};
      hear();
      later(() => take(values));
    },
    /** As from a kernel, the answer comes later: in between, the page draws. */
    send(content) {
      sent.push(content as Message);
      setTimeout(hear);
    },
    on(event, listener) {
      listeners.set(event, (listeners.get(event) ?? new Set()).add(listener));
    },
    off(event, listener) {
      listeners.get(event)?.delete(listener);
    },
    dispose() {
      clearTimeout(timer);
      running = false;
      listeners.clear();
    },
  };
}

/** How many updates are due at a given speed; what was missed is not made up for. */
function createPace() {
  let start = Number.NaN;
  let done = 0;
  return {
    restart() {
      start = Number.NaN;
    },
    now(speed: number): number {
      const time = performance.now() / 1000;
      if (Number.isNaN(start)) [start, done] = [time, 0];
      const updates = Math.floor((time - start) * speed + 0.5) + 1 - done;
      const most = Math.max(1, Math.floor(speed / 4));
      if (updates <= most) {
        done += updates;
        return updates;
      }
      [start, done] = [time, 1];
      return most;
    },
  };
}
