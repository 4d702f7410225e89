/** One view of a run: what its components share. */

import { computed, type ReadonlySignal, type Signal, signal } from "@preact/signals";
import type { Range } from "../charts/axis";
import {
  CONTROLS,
  type Control,
  type Point,
  type Request,
  SETTINGS,
  TABS,
  type Tab,
  type Traits,
  type WireFrame,
} from "../kernel/contract";
import {
  type Curves,
  decodeCurves,
  decodeLosses,
  decodeOthers,
  type Losses,
  type Other,
  upTo,
} from "../kernel/decode";
import type { Abilities } from "../kernel/life";
import { isOwn } from "../kernel/player";
import type { Run } from "../kernel/run";
import { withoutPython } from "../text/python";
import { say } from "../text/say";
import { createMicroscope, type Microscope } from "./micro";
import { createPasted, type Pasted } from "./paste";
import { abilities, noticeOf, PLACE, type Standing } from "./status";

/** Where words about what is not taken stand: at the control that it was meant for, or in the head. */
export type Where = "" | Control | "entry" | "guess";

interface Refusal {
  readonly words: string;
  readonly where: Where;
  /** Another one each time, so that the same words are announced again. */
  readonly number: number;
}

const ALL_WELL: Refusal = { words: "", where: "", number: 0 };

interface Plots {
  readonly loss: boolean;
  readonly valley: boolean;
}

/** A step by phase leaves these tabs: they do not show it. */
const BLIND: ReadonlySet<Tab> = new Set(["loss", "compare", "data", "valley"]);

/** Requests after which the run may stand elsewhere, or be another one. */
const MOVES = ["step", "back", "seek", "reset", "undo", "rescue", "draw"] as const;
/** Settings after which it begins anew. */
const RESTARTS = ["seed", "standardize"] as const;
/** Requests that can be undone. */
const UNDOABLE = ["set", "draw"] as const;

/** What was chosen in a tab, kept while another one is open. */
export interface Kept {
  /** What the batch and the line are shown of; a null feature is the one that explains most. */
  readonly target: Signal<number>;
  readonly feature: Signal<number | null>;
  /** A row of the reader's own, as it was typed. */
  readonly row: Signal<string[]>;
  /** Whether all rows are listed, the losses are a table, the other settings are shown. */
  readonly all: Signal<boolean>;
  readonly table: Signal<boolean>;
  readonly more: Signal<boolean>;
  /** Whether points are drawn in data and line. */
  readonly draw: Signal<boolean>;
  /** The tables that undo leads back to, and the last one drawn, while the kernel has not answered. */
  readonly drafts: Signal<readonly (readonly Point[])[]>;
  /** What was pasted, and what is chosen of it. */
  readonly paste: Pasted;
}

export interface View {
  readonly run: Run;
  /** Whether one of these was asked for and has no answer yet. */
  isPending(...kinds: readonly Request["kind"][]): boolean;
  /** Makes ids unique among the views on the page. */
  readonly id: string;
  /** Why something that was typed here is not taken, and where; "" when all is well. */
  readonly refusal: ReadonlySignal<Refusal>;
  /** Say so, or with "" that all is well. It holds until the run moves, or anything is set. */
  refuse(words: string, where?: Where): void;
  /** The tab that is open, and the others that the lesson leaves. */
  readonly tab: ReadonlySignal<Tab>;
  readonly tabs: ReadonlySignal<readonly Tab[]>;
  open(tab: Tab): void;
  /** Whether the page has room for the loss beside another tab. */
  readonly wide: Signal<boolean>;
  /** Whether the plots stand beside the panel, to be put into it. */
  readonly plots: Signal<Plots>;
  /** Why controls that need a kernel cannot be used; undefined where they can. */
  readonly needs: ReadonlySignal<string | undefined>;
  /** Whether the lesson leaves a control out of the page, or shows it without its use. */
  hidden(control: Control): boolean;
  locked(control: Control): boolean;
  /** Why a control cannot be used; undefined where it can. Some are the page's own: they need no kernel. */
  bar(control: Control, own?: boolean): string | undefined;
  /** Whether the kernel may have another table than the one that is shown. */
  readonly turning: ReadonlySignal<boolean>;
  /** Whether something was done that can be undone. */
  readonly undoes: ReadonlySignal<boolean>;
  /** Why what was done last cannot be undone; undefined where it can. */
  readonly undoBar: ReadonlySignal<string | undefined>;
  /** The guess that is asked for: what takes it, and whether it was asked for here. */
  readonly asked: { field: HTMLElement | null; here: boolean };
  readonly standing: ReadonlySignal<Standing>;
  /** Why the run rests, if it stopped by itself. */
  readonly notice: ReadonlySignal<string>;
  /** Whether that is told now, or what goes wrong in the run. */
  readonly warned: ReadonlySignal<boolean>;
  /** What a kernel has said, as it holds here: where there is no Python, nobody is told to call it. */
  told(words: string): string;
  /** One signal each: they seldom change, however fast the standing does. */
  readonly able: { readonly [K in keyof Abilities | "reset" | "toggle"]: ReadonlySignal<boolean> };
  readonly losses: ReadonlySignal<Losses>;
  /** Whether w and b are worse than the mean, whatever the features. */
  readonly poor: ReadonlySignal<boolean>;
  /** Whether nothing was done yet. */
  readonly fresh: ReadonlySignal<boolean>;
  readonly curves: ReadonlySignal<Curves>;
  /** Branches and kept runs. */
  readonly others: ReadonlySignal<readonly Other[]>;
  /** The update at the end of the plot's axis: of this run, or of a longer one that was kept. */
  readonly last: ReadonlySignal<number>;
  /** The updates that the plot is zoomed to; null: all. */
  readonly zoom: Signal<Range | null>;
  /** Of the axis in the plot that the page draws: left and right of its first and last update, in pixels. */
  readonly margins: Signal<Range>;
  readonly micro: Microscope;
  readonly kept: Kept;
}

/** Whether the reader draws the line just now: then the page does not show the best one. */
export const drawsLine = ({ run: { traits } }: View): boolean =>
  traits.ask.value === "line" && Boolean(traits._question.value.words);

export const whyLocked = (): string => say("controls.locked");

let views = 0;

/** What can be set in the page. */
const SETTABLE = [...SETTINGS, ...(["step_by", "speed", "stop_within", "stop_patience"] as const)];

/** The control that sets a trait; "" if that is in the head. */
const controlOf = (name: string): Where =>
  name.startsWith("stop_") ? "stop" : (CONTROLS.find((control) => control === name) ?? "");

/** What the frame says, if it is of the moment shown: within a run it is sent less often. */
const saidOf = ({ sentence = "", update, ended }: Partial<WireFrame>, done: number): string =>
  update === undefined || update === (ended ? done : done + 1) ? sentence : "";

export function createView(run: Run): View {
  const { traits, recorded, gone, mode } = run;
  // Where the run stands and how it goes on; within a run, not each of its updates.
  const state = computed(() =>
    [
      traits.status.value,
      traits.status.value !== "running" && [traits.update.value, traits._phase.value],
      ...SETTABLE.map((name) => traits[name].value),
      traits._question.value.words,
      gone.value,
      traits.tab.value,
    ].join(),
  );
  const refused = signal({ ...ALL_WELL, at: "" });
  const refuse = (words: string, where: Where = "") => {
    const number = refused.peek().number + 1;
    refused.value = { words, where, number, at: state.value };
  };
  // The same one each time, so that a step renders nothing that would say it.
  const refusal = computed(() => (refused.value.at === state.value ? refused.value : ALL_WELL));
  const needs = computed(() => {
    if (mode.value === "kernel" || mode.value === "trains") return undefined;
    if (gone.value) return say("page.needs_gone");
    return mode.value === "plays" ? say("page.needs_here") : say("page.needs");
  });
  const hidden = (control: Control) => traits.hide.value.includes(control);
  const locked = (control: Control) => traits.lock.value.includes(control);
  const barred = (control: Control) => hidden(control) || locked(control);
  const wide = signal(false);
  const plots = signal<Plots>({ loss: false, valley: false });
  const tabs = computed(() =>
    TABS.filter(
      (each) =>
        !hidden(each) &&
        (each !== "valley" || plots.value.valley || (!needs.value && traits._plot.value)),
    ),
  );
  const tab = computed<Tab>(() => {
    const wanted = traits.tab.value;
    const shown = tabs.value.filter((each) => !wide.value || each !== "loss");
    return shown.includes(wanted) && !locked(wanted)
      ? wanted
      : (shown.find((each) => !locked(each)) ?? "loss");
  });
  const open = (wanted: Tab) => {
    if (tabs.value.includes(wanted) && !locked(wanted)) run.set("tab", wanted);
  };
  const asked: View["asked"] = { field: null, here: false };
  /** Step and Run may be answered by a question, which takes the focus in the window that pressed. */
  const press = () => {
    asked.here = true;
    asked.field?.focus({ preventScroll: true });
  };
  const bar = (control: Control, own = false) => {
    if (barred(control)) return whyLocked();
    // The page trains by itself, but Python reads tables.
    if (control === "paste" && mode.value === "trains")
      return gone.value ? say("page.needs_gone") : say("page.needs");
    return own && mode.value !== "still" ? undefined : needs.value;
  };
  const micro = createMicroscope(traits);
  const losses = computed(() => decodeLosses(traits._losses.value));
  const curves = computed(() => upTo(decodeCurves(traits._curve.value), run.seen.value));
  const others = computed(() => decodeOthers(traits._lines.value, traits._lines_data.value));
  const told = (words = "") => (mode.value === "kernel" ? words : withoutPython(words));
  const standing = computed<Standing>(() => ({
    ...(Object.fromEntries(PLACE.map((name) => [name, traits[name].value])) as Pick<
      Traits,
      (typeof PLACE)[number]
    >),
    loss: losses.value.batch,
    limit: hidden("ruler") ? 0 : traits._limit.value,
    said: saidOf(traits._frame.value, traits.update.value),
    explained: { ...traits._explained.value, words: told(traits._explained.value.words) },
    notice: told(traits._notice.value),
    recorded: mode.value === "plays",
    stuck: mode.value === "still",
    barred: [...traits.hide.value, ...traits.lock.value],
  }));
  const notice = computed(() => noticeOf(standing.value));
  const isPending = (...kinds: readonly Request["kind"][]) =>
    run.pending.value.some(({ kind }) => kinds.includes(kind));
  const restarts = computed(() =>
    run.pending.value.some(({ traits: set = {} }) => RESTARTS.some((name) => name in set)),
  );
  const all = computed(() => abilities(standing.value, isPending(...MOVES) || restarts.value));
  const drafts = signal<readonly (readonly Point[])[]>([]);
  const turning = computed(() =>
    run.pending.value.some((one) =>
      one.kind === "paste" ? one.train : one.kind === "draw" || one.kind === "undo",
    ),
  );
  views += 1;
  return {
    run: {
      ...run,
      set(name, value) {
        if (needs.value && !isOwn(name)) refuse(needs.value, controlOf(name));
        else run.set(name, value);
      },
      ask(request) {
        if (needs.value) refuse(needs.value);
        else {
          const all = drafts.peek();
          if (request.kind === "undo") drafts.value = turning.peek() ? all.slice(0, -1) : [];
          // Which points it has, only the kernel knows.
          if (request.kind === "paste" && request.train) drafts.value = [];
          if (request.kind === "set") drafts.value = [...all, ...all.slice(-1)];
          run.ask(request);
        }
      },
      step(held) {
        if (!held) press();
        if (!held && traits.step_by.value === "phase" && BLIND.has(tab.value)) open("microscope");
        run.step(held);
      },
      toggle() {
        press();
        run.toggle();
      },
    },
    isPending,
    turning,
    needs,
    hidden,
    locked,
    bar,
    undoes: computed(() => traits._undoes.value !== "" || isPending(...UNDOABLE)),
    undoBar: computed(() => bar((traits._undoes.value || "set") as Control)),
    asked,
    id: `linreg-${views}-${Math.random().toString(36).slice(2, 8)}`,
    refusal,
    refuse,
    tab,
    tabs,
    open,
    wide,
    plots,
    standing,
    notice,
    warned: computed(() => Boolean(traits._explained.value.kind || notice.value)),
    told,
    able: {
      back: computed(() => !barred("back") && (recorded.value ?? all.value).back),
      step: computed(() => !barred("step") && (recorded.value ?? all.value).step),
      run: computed(() => (recorded.value ?? all.value).run),
      reset: computed(() => !barred("reset") && mode.value !== "still"),
      toggle: computed(
        () => !barred("run") && (run.goes.value || (recorded.value ?? all.value).run),
      ),
    },
    losses,
    poor: computed(() => traits._mean.value > 0 && losses.value.full > traits._mean.value),
    fresh: computed(
      () => traits._recorded.value === 0 && traits.status.value === "ready" && !traits._phase.value,
    ),
    curves,
    others,
    last: computed(() => {
      const { _total, _recorded, update } = traits;
      const kept = others.value.map(({ colour, x }) => (colour && x.at(-1)) || 0);
      return Math.max(1, _total.value, _recorded.value, update.value, ...kept);
    }),
    zoom: signal<Range | null>(null),
    margins: signal<Range>([68, 16]),
    micro,
    kept: {
      ...{ target: signal(0), feature: signal<number | null>(null), row: signal<string[]>([]) },
      ...{ all: signal(false), table: signal(false), more: signal(false), draw: signal(false) },
      drafts,
      paste: createPasted(),
    },
  };
}
