/**
 * The state of a page in its address: `lesson.html#lr=1e-4&seed=3&tab=line&hide=run,step` (pure).
 *
 * Where settings were changed on the way, or entries of w or b set by hand, `past` tells of it:
 * `at=80&ran=250&past=0:1e-5:3:yes,60:2e-5:3:yes,70:w.0.2:0.5` is after 80 of 250 recorded updates. From the
 * start the rate was 1e-5, in shuffled batches of 3, from update 60 on 2e-5, and at 70 an entry was set.
 *
 * A link with a setting or a place of a run begins that run anew; the others open a tab, hide controls and the
 * like. What stands in an address is taken by the rules for what is typed: it is a number, or a name that is known
 * here, or it is refused. So nothing in it is ever markup or code.
 *
 * On a page with several panels, the names of the second one begin with "2.", and so on.
 */

import {
  CONTROLS,
  DEFAULTS,
  type HandEntry,
  KINDS,
  STEPS,
  type Stretch,
  TABS,
  type Traits,
} from "../kernel/contract";
import { rate } from "./format";
import { say } from "./say";
import { FULL, readBatchSize, readEpochs, readRate, readSeed, readSpeed, WATCH } from "./settings";
import { readStop } from "./stop";

interface Field<T> {
  /** The value that a text stands for; throws a `Refused` where it stands for none. */
  read(name: string, text: string): T;
  write(value: T): string;
}

class Refused extends Error {
  /** `kept`: what can be taken all the same. */
  constructor(
    why: string,
    readonly kept?: unknown,
  ) {
    super(why);
  }
}

/** More letters than any number or name needs: no refusal fills the page. */
const LONGEST = 48;

const given = (name: string, text: string, what: string): string =>
  say("fields.given", { name, value: `“${text.slice(0, LONGEST)}”`, what });

function refuse(name: string, text: string, what: string): never {
  throw new Refused(given(name, text, what));
}

/** A number by the reader of the field into which it is typed. */
const typed = (read: (text: string) => number | string): Field<number> => ({
  read(_, text) {
    const value = read(text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text);
    if (typeof value === "string") throw new Refused(value);
    return value;
  },
  write: (x) => (Number(rate(x)) === x ? rate(x) : String(x)),
});

const place: Field<number> = {
  read(name, text) {
    const value = Number(text);
    const takes = /^\d+$/.test(text) && Number.isSafeInteger(value);
    return takes ? value : refuse(name, text, say("fields.whole", { least: 0, example: "none" }));
  },
  write: String,
};

const oneOf = <T extends string>(all: readonly T[]): Field<T> => ({
  read: (name, text) =>
    all.find((one) => one === text) ??
    refuse(name, text, say("address.one_of", { names: all.join(", ") })),
  write: (value) => value,
});

/** Some of several names, in their order; what is no name is left out. */
const someOf = <T extends string>(all: readonly T[]): Field<readonly T[]> => ({
  read(name, text) {
    const given = text.split(",").filter((one) => one && one !== "none");
    const kept = all.filter((one) => given.includes(one));
    const other = given.find((one) => !all.includes(one as T));
    if (other === undefined) return kept;
    throw new Refused(say("address.unknown", { name, text: other.slice(0, LONGEST) }), kept);
  },
  write: (values) => values.join() || "none",
});

const orNone = <T>({ read, write }: Field<T>): Field<T | null> => ({
  read: (name, text) => (text === "none" ? null : read(name, text)),
  write: (value) => (value === null ? "none" : write(value)),
});

const yesOrNo: Field<boolean> = {
  read: (name, text) => oneOf(["yes", "no"]).read(name, text) === "yes",
  write: (value) => (value ? "yes" : "no"),
};

const speed: Field<Traits["speed"]> = {
  read(name, text) {
    const value = typed(readSpeed).read(name, text);
    return value === FULL ? null : value === WATCH ? "watch" : value;
  },
  write: (value) =>
    value === null ? "full" : value === "watch" ? value : typed(readSpeed).write(value),
};

/** How a run came to where it is. */
export interface Past {
  readonly stretches: readonly Stretch[];
  readonly by_hand: readonly HandEntry[];
}

/** The most changes that an address holds: with more, the link would be too long to send. */
const MOST_CHANGES = 200;
/** Why a past is not taken. */
export const notPast = (text: string): string =>
  given("past", text, say("address.past", { most: MOST_CHANGES }));
const rates = typed(readRate);
const sizes = typed(readBatchSize);

/** Taken as a whole or not at all: with less of it, it is another run. */
const past: Field<Past> = {
  read(name, text) {
    const stretches: Stretch[] = [];
    const by_hand: HandEntry[] = [];
    try {
      for (const one of text.split(",")) {
        const [at = "", what = "", value = "", shuffle, ...others] = one.split(":");
        const update = place.read(name, at);
        const entry = /^([wb])\.(\d{1,5})\.(\d{1,5})$/.exec(what);
        const last = stretches.at(-1)?.update;
        const follows = last === undefined ? !update : update > last;
        if (entry && shuffle === undefined && Number.isFinite(Math.fround(Number(value || "x")))) {
          const [, tensor = "", row, column] = entry;
          const at = { row: Number(row), column: Number(column), value: Number(value) };
          by_hand.push({ update, tensor, ...at });
        } else if (shuffle && !others.length && follows) {
          const [learning_rate, batch_size] = [rates.read(name, what), sizes.read(name, value)];
          const settings = { learning_rate, batch_size, shuffle: yesOrNo.read(name, shuffle) };
          stretches.push({ update, settings });
        } else throw one;
      }
    } catch {
      stretches.length = 0; // what is wrong with a part of it helps nobody
    }
    if (stretches.length && stretches.length + by_hand.length <= MOST_CHANGES)
      return { stretches, by_hand };
    throw new Refused(notPast(text));
  },
  write: ({ stretches, by_hand }) =>
    stretches.length + by_hand.length > MOST_CHANGES
      ? ""
      : [
          ...stretches.map(({ update, settings: { learning_rate, batch_size, shuffle } }) =>
            [update, rates.write(learning_rate), batch_size, yesOrNo.write(shuffle)].join(":"),
          ),
          ...by_hand.map(({ update, tensor, row, column, value }) =>
            [update, `${tensor}.${row}.${column}`, value].join(":"),
          ),
        ].join(),
};

/** What an address can say: its name there, and the trait. */
const FIELDS = {
  lr: ["learning_rate", typed(readRate)],
  epochs: ["epochs", typed(readEpochs)],
  batch: ["batch_size", typed(readBatchSize)],
  seed: ["seed", typed(readSeed)],
  shuffle: ["shuffle", yesOrNo],
  standardize: ["standardize", yesOrNo],
  at: ["update", place],
  phase: ["_phase", oneOf(["predict", "loss", "backward", "update"])],
  ran: ["_recorded", place],
  past: ["_history", past],
  within: ["stop_within", orNone(typed((text) => readStop("near", text)))],
  patience: ["stop_patience", orNone(typed((text) => readStop("flat", text)))],
  by: ["step_by", oneOf(STEPS)],
  speed: ["speed", speed],
  tab: ["tab", oneOf(TABS)],
  curves: ["curves", someOf(DEFAULTS.curves)],
  hide: ["hide", someOf(CONTROLS)],
  lock: ["lock", someOf(CONTROLS)],
  ask: ["ask", orNone(oneOf(KINDS))],
} as const;

type Name = keyof typeof FIELDS;
/** Those of a place in a run; and those that make another run of it. */
const PLACE: readonly Name[] = ["at", "phase", "ran", "past"];
const OF_A_RUN: readonly Name[] = [
  ...(["lr", "epochs", "batch", "seed", "shuffle", "standardize"] as const),
  ...PLACE,
];
const ALL = Object.keys(FIELDS) as Name[];

/** The traits that an address can set. */
export type Addressed = (typeof FIELDS)[Name][0];
/** `_history`: none of a run that its settings and its place make. */
export type State = Partial<Omit<Pick<Traits, Addressed>, "_history">> & {
  readonly _history?: Past;
};
export const ADDRESSED: readonly Addressed[] = ALL.map((name) => FIELDS[name][0]);

/** What the names of a page's panel begin with there, the first of which is number 1. */
const prefixOf = (panel: number): string => (panel > 1 ? `${panel}.` : "");

export interface Address {
  readonly state: State;
  /** Whether it is about a run of its own, that begins anew. */
  readonly anew: boolean;
  /** Why something in it is not taken, in a sentence each. */
  readonly wrong: string[];
}

/** What an address ("#lr=…") says of a panel. What has other names is not for us. */
export function readAddress(hash: string, panel = 1): Address {
  const given = new URLSearchParams(hash.replace(/^#/, ""));
  const state: Record<string, unknown> = {};
  const wrong: string[] = [];
  for (const name of ALL) {
    const text = given.get(prefixOf(panel) + name)?.trim();
    if (text === undefined) continue;
    const [trait, field] = FIELDS[name];
    try {
      state[trait] = field.read(name, text);
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      wrong.push(error.message);
      if (error.kept) state[trait] = error.kept;
    }
  }
  return { state, wrong, anew: OF_A_RUN.some((name) => FIELDS[name][0] in state) };
}

/** The address with what a panel is now, as far as that differs from what it is without one; the rest of it stays. */
export function writeAddress(hash: string, now: State, plain: State, panel = 1): string {
  const prefix = prefixOf(panel);
  const given = new URLSearchParams(hash.includes("=") ? hash.replace(/^#/, "") : "");
  const written = (state: State, name: Name): string => {
    const [trait, field] = FIELDS[name];
    const value = state[trait];
    // A lesson's own questions have no room in an address.
    if (name === "ask" && typeof value === "object" && value) return "";
    const write = field.write as (value: unknown) => string;
    return value === undefined || value === "" ? "" : write(value);
  };
  /** Whether a link can lead there. */
  const exact = !now._history || written(now, "past") !== "";
  const differs = (name: Name) => written(now, name) !== written(plain, name);
  const runs = OF_A_RUN.filter((name) => differs(name) && (exact || !PLACE.includes(name)));
  for (const name of ALL) {
    given.delete(prefix + name); // so that they come in one order
    const isPlace = PLACE.includes(name);
    const told = isPlace ? runs.length > 0 && exact && written(now, name) !== "0" : differs(name);
    if (name === "ran" && !((now._recorded ?? 0) > (now.update ?? 0))) continue;
    if (told && written(now, name)) given.set(prefix + name, written(now, name));
  }
  // A run that begins anew begins at its start, and something has to say that it does.
  if (runs.length > 0 && !OF_A_RUN.some((name) => given.has(prefix + name)))
    given.set(`${prefix}at`, "0");
  // Commas and points need no code of their own there, and a link is to be read.
  const text = given.toString().replaceAll("%2C", ",").replaceAll("%3A", ":");
  return text && `#${text}`;
}
