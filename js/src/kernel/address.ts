/** A page's own address: the state that it asks for, laid over the saved one, and the state that it is to hold. */

import { effect } from "@preact/signals";
import { tableOf } from "../engine/table";
import { createTrainer } from "../engine/trainer";
import { PHASES, type Phase } from "../engine/update";
import {
  ADDRESSED,
  type Addressed,
  notPast,
  readAddress,
  type State,
  writeAddress,
} from "../text/address";
import { say } from "../text/say";
import { type HandEntry, MOST_UPDATES, STRETCH_SETTINGS, type Traits } from "./contract";
import { type Model, some, type TraitSignals, traitOf } from "./model";

/** Milliseconds at rest after which an address holds what the page shows: browsers count the changes. */
const CALM = 300;
/** Products of a weight and a feature that a link may ask for: seconds of work. */
const MOST_PRODUCTS = 3e9;

/** A panel of a page that has no kernel and never had one. */
export interface Page {
  readonly model: Model;
  /** Which of the page's panels it is, from 1. */
  readonly panel: number;
  /** What it is without an address. */
  readonly plain: State;
  /** Whether its address asks for a run. */
  readonly anew: boolean;
  /** What cannot be taken of its address, in sentences. */
  readonly wrong: readonly string[];
}

type Plain = Required<Omit<State, "_history">>;

let panels = 0;

/** The model with what the address says; on a page that may have a kernel, its address is none of ours. */
export function addressed(model: Model): { readonly model: Model; readonly page: Page | null } {
  if (!document.querySelector(".linreg-page")) return { model, page: null };
  panels += 1;
  const { state, anew, wrong } = readAddress(location.hash, panels);
  const page = { panel: panels, model, plain: plainOf(model), anew, wrong };
  const over = anew ? ofRun(model, state, wrong) : state;
  const get: Model["get"] = (name) => (name in over ? over[name as never] : model.get(name));
  return { model: { ...model, get }, page };
}

function stateOf(get: <K extends Addressed>(name: K) => Traits[K]): State {
  const { _history, ...state } = some<Traits, Addressed>(ADDRESSED, get);
  const { stretches = [], by_hand = [] } = _history;
  const [first, other] = stretches;
  const same = STRETCH_SETTINGS.every((name) => !first || first.settings[name] === state[name]);
  // Nothing was changed on its way, or by hand: its settings and its place make it.
  const isPlain = !other && by_hand.length === 0 && (same || state._recorded === 0);
  return isPlain ? state : { ...state, _history: { stretches, by_hand } };
}

const plainOf = (model: Model) => stateOf((name) => traitOf(model, name)) as Plain;

/** A run that begins anew, up to the place that is asked for; without an engine, there is none. */
function ofRun(model: Model, wanted: State, wrong: string[]): Partial<Traits> {
  const table = tableOf(model);
  const saved = plainOf(model);
  if (!table) {
    const shown = { ...saved, ...wanted };
    return some(["tab", "hide", "lock", "speed", "step_by", "curves"], (name) => shown[name]);
  }
  const { own_rate = true, patience_on = "known" } = traitOf(model, "_history");
  const { n, d, t } = table;
  const isNone = ({ tensor, row, column }: HandEntry) =>
    tensor === "w" ? row >= t || column >= d : row > 0 || column >= t;
  const none = wanted._history?.by_hand.find(isNone);
  if (none) wrong.push(notPast(`${none.tensor}.${none.row}.${none.column}`));
  const { stretches = [], by_hand = [] } = (!none && wanted._history) || {};
  const settings = { ...saved, ...wanted };
  const chosen = own_rate || "learning_rate" in wanted || stretches.length > 1;
  // As where it is set by hand: a rate that nobody chose follows the scale of the features.
  const follows = !chosen && settings.standardize !== saved.standardize;
  const { learning_rate } = createTrainer(table, {
    ...settings,
    learning_rate: follows ? null : settings.learning_rate,
  }).settings;
  const held = [settings, ...stretches.map((one) => one.settings)];
  const sizes = held.map(({ batch_size }) => Math.min(n, batch_size));
  const all = settings.epochs * Math.ceil(n / Math.min(...sizes));
  const most = Math.min(all, MOST_UPDATES, Math.ceil(MOST_PRODUCTS / (Math.max(...sizes) * d * t)));
  const { update: at = 0, _recorded: ran = 0 } = wanted;
  const asked = Math.max(at, ran);
  const [update, recorded] = [Math.min(at, most), Math.min(asked, most)];
  if (asked > most) wrong.push(say("address.most", { most }));
  const isThere = ({ update }: { readonly update: number }) => update <= recorded;
  // After the last update there is no phase.
  const reached = PHASES.slice(0, PHASES.indexOf((wanted._phase ?? "") as Phase) + 1);
  const done = update < all ? reached : [];
  return {
    ...{ ...wanted, learning_rate, update, _recorded: recorded, _phase: done.at(-1) ?? "" },
    _history: {
      stretches: stretches.filter(isThere),
      by_hand: by_hand.filter(isThere),
      ...{ own_rate: chosen, patience_on, kept: [] },
    },
    _frame: { ...traitOf(model, "_frame"), phases: done },
    ...{ _lines: [], _changes: [], _notice: "", _explained: {} },
  };
}

export interface Address extends Pick<Page, "model" | "wrong"> {
  /** The page's address, as it is now. */
  link(): string;
  dispose(): void;
}

/** Keep the page's address at what it shows, so that a reload comes back to it. */
export function keepAddress(page: Page, traits: TraitSignals): Address {
  const { panel, plain, model, wrong } = page;
  const write = () => {
    const now = stateOf((name) => traits[name].value as never);
    const hash = writeAddress(location.hash, now, plain, panel);
    if (hash === location.hash) return;
    try {
      history.replaceState(history.state, "", hash || location.pathname + location.search);
    } catch {
      // A page in a frame that may not have an address of its own.
    }
  };
  const stop = effect(() => {
    for (const name of ADDRESSED) traits[name].value;
    if (traits.status.value === "running") return;
    const timer = setTimeout(write, CALM);
    return () => clearTimeout(timer);
  });
  // Another address was typed, or a link within the page was followed.
  const follow = () => {
    if (location.hash.includes("=")) location.reload();
  };
  addEventListener("hashchange", follow);
  return {
    model,
    wrong,
    link() {
      write();
      return location.href;
    },
    dispose() {
      removeEventListener("hashchange", follow);
      stop();
    },
  };
}
