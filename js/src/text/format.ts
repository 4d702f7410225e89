/** Numbers as the panel writes them, and as people type them. */

const MINUS = "\u2212";

/** Whether numbers stand in English words: 1,234 and 62%. Else 1 234 and 62 %; see LANGUAGE in wording.py. */
let english = true;
export const inEnglish = (are: boolean): void => {
  english = are;
};

const typographic = (text: string) => text.replaceAll("-", MINUS);
const grouped = (digits: string) =>
  digits.replace(/\B(?=(\d{3})+(?!\d))/g, english ? "," : "\u202f");

/** 1234 -> "1,234" */
export const count = (n: number): string => typographic(grouped(String(Math.round(n))));

/** A measured number with four significant digits, or the whole part: 853.5, 20,988, 1.234e6, ∞, NaN. */
export function measured(x: number, precision = 4): string {
  if (Number.isNaN(x)) return "NaN";
  if (!Number.isFinite(x)) return x > 0 ? "∞" : `${MINUS}∞`;
  if (x === 0) return "0";
  const rounded = Number(x.toPrecision(precision));
  const size = Math.abs(rounded);
  if (size >= 1e6 || size < 1e-3) {
    return typographic(rounded.toExponential(precision - 1).replace("e+", "e"));
  }
  const digits = Math.max(0, precision - 1 - Math.floor(Math.log10(size)));
  return fixed(digits > 0 ? rounded : x, digits);
}

/** With so many digits behind the point: 1,234.50 */
function fixed(x: number, digits: number): string {
  const [whole = "", fraction] = x.toFixed(digits).split(".");
  return typographic(fraction === undefined ? grouped(whole) : `${grouped(whole)}.${fraction}`);
}

/** Ticks with their texts: as `said` writes them, with more digits if it takes more to tell them apart. */
export function ticksSaid(ticks: readonly number[]): { value: number; text: string }[] {
  const [first = 0, second = 1] = ticks;
  const digits = Math.max(0, Math.ceil(-Math.log10(second - first) - 1e-9));
  const alike = new Set(ticks.map((tick) => said(tick))).size < ticks.length;
  const more = digits > 9 || Math.abs(first) >= 1e12 ? exact : (x: number) => fixed(x, digits);
  return ticks.map((value) => ({ value, text: alike ? more(value) : said(value) }));
}

/** Two numbers with as many digits as it takes to tell them apart. */
export function toldApart(before: number, after: number): [string, string] {
  const [old, now] = [measured(before), measured(after)];
  return old === now && before !== after ? [exact(before), exact(after)] : [old, now];
}

/** With nine digits, as many as tell any two 32-bit numbers apart. */
function exact(x: number): string {
  const [mantissa = "", power = "0"] = x.toExponential(8).split("e");
  const exponent = Number(power);
  if (exponent >= -4 && exponent < 9) return typographic(String(Number(x.toPrecision(9))));
  const digits = mantissa.replace(/\.?0+$/, "");
  const sign = exponent < 0 ? "-" : "+";
  return typographic(`${digits}e${sign}${String(Math.abs(exponent)).padStart(2, "0")}`);
}

/** With the fewest digits that tell a number of 32 bits from its neighbours. */
export function shortest(x: number): number {
  let near = x;
  for (let digits = 1; digits <= 9; digits += 1) {
    near = Number(x.toPrecision(digits));
    if (Math.fround(near) === Math.fround(x)) break;
  }
  return near;
}

/** A rate, as one types it: 1e-5, 1.1155e-4, 0.05, 1. */
export function rate(x: number, digits = 7): string {
  if (!Number.isFinite(x)) return measured(x);
  const rounded = Number(x.toPrecision(digits));
  const size = Math.abs(rounded);
  if (size !== 0 && (size < 0.02 || size >= 1e6)) {
    return rounded.toExponential().replace("e+", "e");
  }
  return String(rounded);
}

/** A share with at most two significant digits below ten: "0.9%", "9%", "62%". */
export function percent(share: number): string {
  const value = share * 100;
  const sign = english ? "%" : "\u00a0%";
  if (value > 0 && value < 0.01) return `${english ? "less than" : "<"} 0.01${sign}`;
  return (value >= 10 || value === 0 ? Math.round(value) : Number(value.toPrecision(1))) + sign;
}

/** As `measured`, for a sentence: without zeros that only fill up, or with fewer digits. */
export const said = (x: number, digits = 4): string =>
  measured(digits < 4 ? Number(x.toPrecision(digits)) : x).replace(/\.?0+(?=e|$)/, zerosOf);

/** Zeros go only behind a point: 20.00, but not 20,000. */
const zerosOf = (zeros: string, at: number, text: string) =>
  /\.\d*$/.test(text.slice(0, at)) || zeros.startsWith(".") ? "" : zeros;

/** How many times as much, for a sentence: "1.01", "2.7", "36", "9,139", "1.2e7". */
export const factor = (x: number): string =>
  said(x, x < 1.1 ? 3 : x < 100 ? 2 : x < 1000 ? 3 : x < 1e6 ? 4 : 2);

/** One sort of digits, minus and blanks, as keyboards and phones write them: full-width ones, "−2 e −3". */
const plain = (text: string) =>
  text
    .replace(/\d[¼-¾⅐-⅞]|[¹²³⁰-⁻]+/g, "^$&") // or 1½ would be 11/2, and 10³ 103
    .normalize("NFKC")
    .trim()
    .replace(/[\u2010-\u2013\u2212]/g, "-")
    .replace(/([\d.]) *e *([+-]?) *(\d)/i, "$1e$2$3");

const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;
/** Thousands are parted by one and the same mark: "1,000", "1 000.5", "1'000'000". */
const GROUPED = /^[+-]?[1-9]\d{0,2}([, '\u2019_])\d{3}(\1\d{3})*(\.\d*)?$/;
const COMMA = /^[+-]?(\d{1,3}([. '\u2019])\d{3}(\2\d{3})*|\d*),\d+(e[+-]?\d+)?$/i;
const POWER = /^(.+?)?[x\u00d7\u00b7*]? *10(?:\^|\*\*)([+-]?\d+)$/i;
const FRACTION = /^([+-]?\d+)[/\u2044](\d+)$/;

/**
 * A number as people type it: "1e-5", "0.001", "1,000", "−3"; NaN if it is not one. In another language than
 * English also "1,5e-3"; there "1,000" may be 1 or 1000, so it is refused.
 */
export function typed(text: string): number {
  const words = plain(text);
  const comma = !english && COMMA.test(words);
  if (GROUPED.test(words)) return comma ? Number.NaN : Number(words.replace(/[, '\u2019_]/g, ""));
  if (comma) return meant(words);
  return NUMBER.test(words) ? Number(words) : Number.NaN;
}

/** What a text that is not taken probably means: "0,84", "1.000,5", "10%", "½", "2·10^-3"; NaN: who knows. */
export function meant(text: string): number {
  const words = plain(text);
  if (COMMA.test(words)) return Number(words.replace(/[. '\u2019]/g, "").replace(",", "."));
  if (words.endsWith("%")) return Number((known(words.slice(0, -1)) / 100).toPrecision(12));
  const [, times = "1", power] = POWER.exec(words) ?? [];
  if (power) return Number(`${known(times)}e${power}`);
  const [, over, under] = FRACTION.exec(words) ?? [];
  return under ? Number(over) / Number(under) : Number.NaN;
}

function known(text: string): number {
  const value = typed(text);
  return Number.isNaN(value) ? meant(text) : value;
}

/** Scripts from right to left, by their blocks. */
const RIGHT_TO_LEFT =
  /[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc\u{10800}-\u{10fff}\u{1e800}-\u{1efff}]/u;

/** A name for a sentence, as `isolated` in wording.py: from right to left, it moves nothing around it. */
export const isolated = (name: string): string =>
  RIGHT_TO_LEFT.test(name) ? `\u2068${name}\u2069` : name;

/** R² with three digits, rounded away from 1: what is not exact does not look so. */
export const explained = (r2: number): string =>
  !Number.isFinite(r2) ? "–" : r2 < 1 && r2 > 0.999 ? "0.999" : said(r2, 3);
