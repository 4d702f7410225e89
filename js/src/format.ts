/** Numbers and amounts in words, as the panel shows them. */

const MINUS = "\u2212";

const typographic = (text: string) => text.replaceAll("-", MINUS);
const grouped = (digits: string) => digits.replace(/\B(?=(\d{3})+(?!\d))/g, ",");

/** 1234 -> "1,234" */
export const count = (n: number): string => typographic(grouped(String(Math.round(n))));

/** count(2) of things: "1 epoch", "1,234 updates" */
export const counted = (n: number, noun: string): string =>
  `${count(n)} ${noun}${n === 1 ? "" : "s"}`;

/** A measured number with four significant digits, or the whole part: 853.5, 20,988, 1.234e6, ∞, NaN. */
export function measured(x: number): string {
  if (Number.isNaN(x)) return "NaN";
  if (!Number.isFinite(x)) return x > 0 ? "∞" : `${MINUS}∞`;
  if (x === 0) return "0";
  const rounded = Number(x.toPrecision(4));
  const size = Math.abs(rounded);
  if (size >= 1e6 || size < 1e-3) {
    return typographic(rounded.toExponential(3).replace("e+", "e"));
  }
  const digits = Math.max(0, 3 - Math.floor(Math.log10(size)));
  const [whole = "", fraction] = (digits > 0 ? rounded : x).toFixed(digits).split(".");
  return typographic(fraction === undefined ? grouped(whole) : `${grouped(whole)}.${fraction}`);
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
  if (value > 0 && value < 0.01) return "less than 0.01%";
  return value >= 10 || value === 0 ? `${Math.round(value)}%` : `${Number(value.toPrecision(1))}%`;
}

/** How many times as much, for a sentence: "1.01", "2.7", "36", "9,139", "1.2e7". */
export function factor(x: number): string {
  const rounded = Number(x.toPrecision(x < 1.1 ? 3 : x < 100 ? 2 : x < 1000 ? 3 : 4));
  return rounded < 1e3 ? String(rounded) : rounded < 1e6 ? count(rounded) : rate(rounded, 2);
}

/** A number as people type it: "1e-5", "0.001", "1,000", "−3"; NaN where it is none. */
export function typed(text: string): number {
  const plain = text.trim().replaceAll(MINUS, "-");
  if (/^[+-]?\d{1,3}([, \u202f]\d{3})+$/.test(plain))
    return Number(plain.replace(/[, \u202f]/g, ""));
  return /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(plain) ? Number(plain) : Number.NaN;
}

/** Scripts from right to left, by their blocks. */
const RIGHT_TO_LEFT =
  /[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc\u{10800}-\u{10fff}\u{1e800}-\u{1efff}]/u;

/** A name for a sentence, as `isolated` in wording.py: from right to left, it moves nothing around it. */
export const isolated = (name: string): string =>
  RIGHT_TO_LEFT.test(name) ? `\u2068${name}\u2069` : name;
