/** Messages by name, from the catalogue that the kernel reads too: linreg_widget/messages (pure). */

import { count, factor, inEnglish, measured, percent, rate, said } from "./format";
import { type Message, speak as take, templateOf } from "./templates";

type Value = string | number | boolean | readonly string[];
export type Values = Readonly<Record<string, Value>>;

interface Argument {
  readonly name: string;
  readonly kind: string;
  readonly digits: number | undefined;
  readonly options: ReadonlyMap<string, Parts>;
}
type Parts = readonly (string | Argument)[];

const KNOWN = new Map<string, Parts>();

/** Say the messages, and write numbers, in another language from now on; of none, in English. */
export function speak(others: readonly string[]): void {
  take(others);
  inEnglish(others.length === 0);
}

/** A message with values in it; a test holds that each call names its parameters, all of them and no others. */
export const say = (message: Message, values: Values = {}): string =>
  render(templateOf(message), values);

/** A template of the catalogue with values in it; its syntax is explained in catalogue.py. */
export function render(template: string, values: Values): string {
  let parts = KNOWN.get(template);
  if (!parts) {
    parts = parse({ text: template });
    KNOWN.set(template, parts);
  }
  return filled(parts, values);
}

const SYNTAX = /([^{}#]+)|(#)|\{\s*(\w+)\s*(?:,\s*(\w+)\s*)?(?:,\s*(\d+)\s*)?|\}/y;
const OPTION = /\s*,?\s*(\w+)\s*\{|\s*\}/y;

/** What is still to be read. */
interface Reading {
  readonly text: string;
  at?: number;
}

function next(pattern: RegExp, reading: Reading): RegExpExecArray | null {
  pattern.lastIndex = reading.at ?? 0;
  const found = pattern.exec(reading.text);
  if (found) reading.at = pattern.lastIndex;
  return found;
}

/** The parts up to a closing brace, or the end. */
function parse(reading: Reading, amount = ""): Parts {
  const parts: (string | Argument)[] = [];
  for (;;) {
    const [all, plain, sign, name, kind = "", digits] = next(SYNTAX, reading) ?? ["}"];
    if (all === "}") return parts;
    if (name) {
      const options = new Map<string, Parts>();
      for (let key = next(OPTION, reading)?.[1]; key; key = next(OPTION, reading)?.[1])
        options.set(key, parse(reading, kind === "plural" ? name : amount));
      parts.push({ name, kind, digits: digits ? Number(digits) : undefined, options });
    } else if (sign && amount) {
      parts.push({ name: amount, kind: "count", digits: undefined, options: new Map() });
    } else parts.push(plain ?? all);
  }
}

const filled = (parts: Parts, values: Values): string =>
  parts.map((part) => (typeof part === "string" ? part : written(part, values))).join("");

function written({ name, kind, digits, options }: Argument, values: Values): string {
  const value = values[name];
  if (value === undefined) throw new Error(`A message needs ${name}.`);
  if (kind === "plural" || kind === "select") {
    const key = kind === "select" ? String(value) : value === 1 ? "one" : "other";
    return filled(options.get(key) ?? options.get("other") ?? [], values);
  }
  return kind ? (FORMATS[kind] as Format)(value as never, digits) : String(value);
}

type Format = (value: never, digits?: number) => string;

/** "a, b and c"; of more than one too many, "a, b, c and 5 more". */
function listed(names: readonly string[], most = 0): string {
  const cut = most > 0 && names.length > most + 1;
  const all = cut
    ? [...names.slice(0, most), say("words.more", { count: names.length - most })]
    : names;
  const last = all.at(-1) ?? "";
  const start = all.slice(0, -1).join(", ");
  return start ? say("words.and", { start, last }) : last;
}

/** How values are written, by their kinds in a template. */
const FORMATS: Readonly<Record<string, Format>> = {
  count,
  number: said,
  measured,
  rate,
  times: factor,
  percent,
  list: listed,
};
