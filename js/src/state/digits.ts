/** Numbers in a table: four significant digits, the decimal points of a column below each other. */

import { count, measured, rate, shortest } from "../text/format";
import type { Tensor } from "./frame";

/** Whole numbers as they are, all others with four significant digits: 73, 0.6827, −8,123. */
export const short = (x: number): string =>
  Number.isInteger(x) && Math.abs(x) < 1e6 ? count(x) : measured(x);

/** The number as it is kept: as many digits as tell it from its neighbours. */
export function exact(x: number, bits: number): string {
  if (!Number.isFinite(x)) return measured(x);
  return String(bits === 32 ? shortest(x) : x)
    .replace("e+", "e")
    .replaceAll("-", "\u2212");
}

/** As the tensor's table shows it: a plain number such as the learning rate is shown as it was typed. */
export const cellText = (x: number, { dtype }: Pick<Tensor, "dtype">): string =>
  dtype === "float" ? rate(x) : short(x);

/** More characters than this make a column wider than the others. */
const WIDEST = 9;

const fractionOf = (text: string): string => /\.\d+$/.exec(text)?.[0] ?? "";

/**
 * What to put invisibly behind each text of a column, so that the decimal points align. A column of very
 * different sizes is aligned only as far as its width allows.
 */
export function padding(texts: readonly string[]): string[] {
  const longest = texts.map(fractionOf).reduce((a, b) => (b.length > a.length ? b : a), "");
  return texts.map((text) =>
    /^[^e]*\d$/.test(text)
      ? longest.slice(
          fractionOf(text).length,
          Math.max(0, WIDEST + fractionOf(text).length - text.length),
        )
      : "",
  );
}

/** 0 to 1: how large a number is beside the largest of its tensor. */
export function shares({ values }: Tensor): (x: number) => number {
  const largest = Math.max(...values.filter(Number.isFinite).map(Math.abs));
  return (x) => (Number.isFinite(x) && largest > 0 ? Math.abs(x) / largest : 0);
}
