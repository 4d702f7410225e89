/** Numbers in a table: four significant digits, the decimal points of a column below each other. */

import { count, measured, rate, shortest } from "../text/format";
import type { Tensor } from "./frame";

/** Whole numbers as they are, all others with four significant digits: 73, 0.6827, −8,123. */
export const short = (x: number, precision?: number): string =>
  Number.isInteger(x) && Math.abs(x) < 1e6 ? count(x) : measured(x, precision);

/** As many digits as 32 bits have; a column has no room for more. */
const MOST = 7;

/** A column's numbers, with more digits if rows that differ would look alike: 2,000.9 above 2,000.5. */
export function told(
  numbers: readonly number[],
  show: (x: number, precision?: number) => string = short,
): string[] {
  for (let precision = 4; ; precision += 1) {
    const texts = numbers.map((x) => show(x, precision));
    const isAlike = (text: string, row: number) =>
      text === texts[row - 1] && differ(numbers[row], numbers[row - 1]);
    if (precision === MOST || !texts.some(isAlike)) return texts;
  }
}

const differ = (a = 0, b = 0) => !Number.isNaN(a) && Math.fround(a) !== Math.fround(b);

/** The number as it is kept: as many digits as tell it from its neighbours. */
export function exact(x: number, bits: number): string {
  if (!Number.isFinite(x)) return measured(x);
  return String(bits === 32 ? shortest(x) : x)
    .replace("e+", "e")
    .replaceAll("-", "\u2212");
}

/** As the tensor's table shows it: a plain number such as the learning rate is shown as it was typed. */
export const shownIn =
  ({ dtype }: Pick<Tensor, "dtype">) =>
  (x: number, precision?: number): string =>
    dtype === "float" ? rate(x) : short(x, precision);

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
