/** What the kernel and the page share: the synced traits, as signals. */

import { batch, type ReadonlySignal, type Signal, signal } from "@preact/signals";
import { DEFAULTS, type Traits } from "./contract";

export type TraitName = keyof Traits;

/** What anywidget 0.9 offers of its model, and no more. */
export interface Model {
  get<K extends TraitName>(name: K): Traits[K];
  set<K extends TraitName>(name: K, value: Traits[K]): void;
  save_changes(): void;
  send(content: unknown): void;
  on(event: string, callback: (...args: never[]) => void): void;
  off(event: string, callback: (...args: never[]) => void): void;
}

/** A kernel of another version does not send all traits: their defaults stand in for them. */
const NAMES = Object.keys(DEFAULTS) as TraitName[];

export type TraitSignals = { readonly [K in TraitName]: ReadonlySignal<Traits[K]> };

export interface Synced {
  readonly traits: TraitSignals;
  /** Set a trait here and in the kernel. */
  set<K extends TraitName>(name: K, value: Traits[K]): void;
  /** Lay values over those of the model; null takes them away. */
  overlay(values: Partial<Traits> | null): void;
  /** Read every trait anew. */
  refresh(): void;
  /** Follow another model from now on. */
  turnTo(other: Model): void;
  dispose(): void;
}

/** A trait's value, or what stands in for it; null is a value of its own. */
export function traitOf<K extends TraitName>(model: Pick<Model, "get">, name: K): Traits[K] {
  const value = model.get(name);
  return value === undefined ? DEFAULTS[name] : value;
}

/**
 * Follow a model's traits.
 *
 * One message of the kernel changes several traits, and the model tells of them one by one when all are
 * already set. Reading all of them at the first word keeps every view consistent at every moment.
 */
export function follow(first: Model): Synced {
  let model = first;
  let over: Partial<Traits> | null = null;
  const read = <K extends TraitName>(name: K): Traits[K] => {
    return over && name in over ? (over[name] as Traits[K]) : traitOf(model, name);
  };
  const signals = Object.fromEntries(NAMES.map((name) => [name, signal(read(name))])) as {
    [K in TraitName]: Signal<Traits[K]>;
  };
  const update = <K extends TraitName>(name: K) => {
    signals[name].value = read(name);
  };
  const refresh = () => batch(() => NAMES.forEach(update));
  // What the first word has brought already is not read again at each of the others.
  const heard = NAMES.map((name) => () => signals[name].peek() !== read(name) && refresh());
  const listen = (how: "on" | "off") => {
    NAMES.forEach((name, index) => {
      model[how](`change:${name}`, heard[index] as () => void);
    });
  };
  listen("on");
  return {
    traits: signals,
    set(name, value) {
      model.set(name, value);
      model.save_changes();
      refresh();
    },
    overlay(values) {
      if (over === values) return;
      over = values;
      refresh();
    },
    refresh,
    turnTo(other) {
      listen("off");
      model = other;
      listen("on");
      refresh();
    },
    dispose: () => listen("off"),
  };
}

/** A record of what some names stand for. */
export const some = <T, Name extends keyof T>(
  names: readonly Name[],
  of: (name: Name) => unknown,
): Pick<T, Name> => Object.fromEntries(names.map((name) => [name, of(name)])) as Pick<T, Name>;
